#include "trireme/cloud/description/forms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "support/mutate.h"
#include "support/test_scale.h"
#include "trireme/cloud/address/cidr.h"

namespace trireme::cloud {
namespace {

struct Form {
  const char* name;
  std::function<bool(const std::string&)> holds;
  std::vector<std::string> right;
  std::vector<std::string> wrong;
};

std::vector<Form> forms() {
  return {
      {"cluster", is_cluster_name, {"llama", "Llama-2", "ab"}, {"a", "1a", "-a", "a-", "a_b", std::string(26, 'a')}},
      {"part", is_part_name, {"g", "gpu", "g5-2x"}, {"", "Gpu", "5g", "g-", "g_", std::string(26, 'a')}},
      {"resource",
       [](const std::string& text) { return is_resource_id(text, "subnet-"); },
       {"subnet-01234567", "subnet-0123456789abcdef0"},
       {"subnet-", "subnet-0123456", "subnet-0123456789ABCDEF0", "vpc-01234567", "subnet-0123456g"}},
      {"bucket",
       is_bucket_name,
       {"acme-corpus", "a.b", "123"},
       {"ab", "Acme", "a..b", ".ab", "a_b", std::string(64, 'a')}},
      {"s3",
       is_s3_uri,
       {"s3://acme", "s3://acme/", "s3://acme/a/b_c.d"},
       {"s3://", "s3:/acme", "s3://A/x", "s3://acme/a b"}},
      {"mount", is_mount_point, {"/fsx", "/a/b-c_d.e"}, {"", "/", "fsx", "/fsx/", "/a//b", "/a/../b", "/a b"}},
      {"mount name", is_mount_name, {"fsx", "7uxzrbev"}, {"", "Fsx", "fsx-1", "123456789"}},
      {"arn",
       is_arn,
       {"arn:aws:secretsmanager:us-east-2:123456789012:secret:x-AbCdEf", "arn:aws-cn:iam::123456789012:role/x"},
       {"arn:aws:x", "arn:gcp:secretsmanager:us-east-2:123456789012:secret:x", "arn:aws:a:b:c:d:*"}},
      {"region",
       is_region_name,
       {"us-east-2", "us-gov-west-1", "cn-north-1"},
       {"", "us-east", "US-EAST-2", "1s-east-2", "useast2"}},
      {"zone",
       is_zone_id,
       {"use2-az3", "usgw1-az1", "use1-bos1-az1"},
       {"us-east-2a", "use2-az", "use2-azb", "-az1", "use2-az3a"}},
      {"instance",
       is_instance_type,
       {"p5.48xlarge", "p6-b200.48xlarge", "u-6tb1.metal"},
       {"p5", "p5.", ".p5x", "P5.48xlarge", "p5..x"}},
      {"tag",
       [](const std::string& text) { return is_tag_text(text, 256); },
       {"", "a b", "a:b/c@d"},
       {"a;b", "a\nb", std::string(257, 'a')}},
      {"tag name", is_tag_name, {"team", "cost center"}, {"", "aws:x", "a.b", std::string(129, 'a')}},
      {"email", is_email, {"ops@example.com", "a+b@x.org"}, {"", "ops", "@x.org", "a@b", "a@b@c.d", "a@b.", "a b@c.d"}},
      {"key pair", is_key_pair_name, {"me", "me@host_1"}, {"", "a b", std::string(256, 'a')}},
      {"hyperpod", is_hyperpod_name, {"hp-1", "H"}, {"", "-a", "a-", "a_b", std::string(64, 'a')}},
      {"user", is_database_user, {"slurmadmin", "a"}, {"", "1a", "a-b", std::string(17, 'a')}},
      {"version", is_version, {"1.43.2", "6.8.0-1024-aws", "12.8"}, {"", "latest", "1 2", "-1", "1:2"}},
      {"host",
       is_host_and_port,
       {"db.example.com:3306", "10.0.0.1:1"},
       {"db", ":3306", "db:", "db:0", "db:65536", "db:1:2", "db:x"}},
      {"setup",
       is_setup_script,
       {"s3://acme/setup.sh", "https://example.com/x.sh a --b=c,d"},
       {"http://example.com/x.sh", "https:// x.sh", "s3://acme/x.sh  a", "s3://acme/x.sh ", "s3://acme/$x",
        "s3://a;b"}},
      {"image",
       is_pinned_image,
       {"nccl:2.27", "public.ecr.aws/hpc/nccl-tests:v1", "host:5000/a/b@sha256:0123"},
       {"nccl", "nccl:latest", "host:5000/a", ":v1", "a:", "a:v1 b", "a:b:$x"}},
      {"cidr",
       [](const std::string& text) { return static_cast<bool>(Cidr::parse(text)); },
       {"10.0.0.0/16"},
       {"10.0.0.1/16"}},
  };
}

TEST(Forms, TakeWhatIsRightAndNothingElse) {
  for (const Form& form : forms()) {
    for (const std::string& text : form.right) EXPECT_TRUE(form.holds(text)) << form.name << ": " << text;
    for (const std::string& text : form.wrong) EXPECT_FALSE(form.holds(text)) << form.name << ": " << text;
  }
}

/// Characters that mean something to a POSIX shell between double quotes, to CloudFormation or to a YAML reader inside
/// a quoted string, and all that are not printable ASCII.
bool is_harmless(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 && c < 0x7f &&
           std::string_view("\"\\$`!{}'#&|;<>*?[]()%~^").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

TEST(Forms, PropertyThatWhatPassesIsHarmless) {
  const std::vector<std::string> insertions = {"\"",
                                               "'",
                                               "\n",
                                               "\r\n",
                                               "${x}",
                                               "$(x)",
                                               "`x`",
                                               "\\",
                                               "\t",
                                               "{{resolve:ssm:/x}}",
                                               "!",
                                               "*",
                                               "#",
                                               " #",
                                               "&",
                                               "|",
                                               ";",
                                               "<",
                                               ">",
                                               "\u00e9",
                                               "\u202e",
                                               "\u2028",
                                               "\x7f",
                                               std::string(1, '\0'),
                                               std::string(300, 'a'),
                                               "%",
                                               "~",
                                               "..",
                                               "//",
                                               "::"};
  for (const Form& form : forms()) {
    for (const std::string& right : form.right) {
      for (const std::string& insertion : insertions) {
        for (size_t at = 0; at <= right.size(); ++at) {
          std::string text = right;
          text.insert(at, insertion);
          EXPECT_TRUE(!form.holds(text) || is_harmless(text)) << form.name << ": " << text;
        }
      }
    }
  }
}

TEST(Forms, FuzzThatWhatPassesIsHarmless) {
  std::mt19937 random(11);
  for (int round = 0; round < 300 * test::test_scale(); ++round) {
    for (const Form& form : forms()) {
      const std::string text = test::mutate(form.right[random() % form.right.size()], random);
      EXPECT_TRUE(!form.holds(text) || is_harmless(text)) << form.name << ": " << text;
    }
  }
}

}  // namespace
}  // namespace trireme::cloud
