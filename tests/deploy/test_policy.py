"""The deployer's policy allows everything that deploying, watching and deleting a cluster asks for, and little else."""
import csv
import json
import re
import unittest

from account_support import BATCH, SLURM, SMALL, AccountTest
import judges
from iam_policy import allows, denied, union
from scripted_aws import ROOT, uncovered

DESCRIPTIONS = {"slurm": SLURM, "batch": BATCH, "small": SMALL}


class PolicyTest(AccountTest):
    def policy_files(self, name, *options):
        description = self.write(f"{name}.toml", DESCRIPTIONS[name])
        folder = self.folder / f"{name}-files"
        self.trireme("synth", description, "--out", folder, *options)
        index = json.loads((folder / "synth.json").read_text())
        return [folder / file["path"] for file in index["files"] if file["kind"] == "policy"]

    def live(self, description):
        """A cluster's whole life."""
        deploy = ["--poll", 0.001, "--state", self.folder / "state"]
        self.trireme("account", "snapshot", "--region", "us-east-2")
        self.trireme("deploy", "plan", description, *deploy)
        self.trireme("deploy", "apply", description, *deploy, "--yes")
        for command in (["status"], ["drift"], ["plan"], ["export", "--outputs"]):
            self.trireme("deploy", command[0], description, *deploy, *command[1:])
        self.trireme("watch", description, "--once")
        denied_now = denied(self.account, self.policy)
        self.trireme("deploy", "apply", description, *deploy, "--yes", "--set", "cluster.tags.stage=two")
        self.trireme("deploy", "delete", description, *deploy, "--yes")
        self.trireme("deploy", "delete", description, *deploy, "--yes", "--data")
        return denied_now + denied(self.account, self.policy)

    def test_it_allows_what_a_cluster_asks_for_in_its_life_and_every_part_of_it_counts(self):
        for name, text in DESCRIPTIONS.items():
            with self.subTest(description=name):
                self.account = type(self.account)(self.folder / f"aws-{name}")
                self.policy = union(self.policy_files(name))
                self.assertEqual(self.live(self.write(f"{name}.toml", text)), [])
                needed = self.account.iam_actions() - {"-"}
                self.assertEqual(uncovered(needed, self.policy), [])
                for family in {action.split(":")[0] for action in needed}:
                    missing = uncovered(needed, self.without(lambda action: action.split(":")[0] == family))
                    self.assertTrue(missing, f"nobody notices that {family} is gone")
                for action in needed:
                    if action.startswith("ec2:Describe"):
                        continue  # ParallelCluster's ec2:Describe* allows it too
                    self.assertEqual(uncovered(needed, self.without(lambda each: each == action)), [action])
                elsewhere = json.loads(re.sub(re.escape(self.cluster_name(text)), "other", json.dumps(self.policy),
                                              flags=re.I))
                self.assertTrue(denied(self.account, elsewhere))

    def cluster_name(self, text):
        return re.search(r'^name = "(.*)"', text, re.M)[1]

    def without(self, drops):
        statements = [each | {"Action": [action for action in each["Action"] if not drops(action)]}
                      for each in self.policy["Statement"]]
        return {"Statement": statements}

    def test_every_action_exists_and_fits_its_resources(self):
        for name in DESCRIPTIONS:
            paths = self.policy_files(name)
            for path, problems in zip(paths, judges.iam_policy(paths), strict=True):
                self.assertEqual(problems, [], path)

    def test_facts_name_only_what_the_handlers_of_a_type_call(self):
        called = judges.handler_actions()
        checked = 0
        with (ROOT / "facts/iam_actions.tsv").open() as file:
            rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))
        for row in rows:
            if row["source"] == "permissions of the type's handlers, CloudFormation registry":
                self.assertLessEqual(set(row["actions"].lower().split(",")), set(called[row["needed_by"]]),
                                     row["needed_by"])
                checked += 1
        self.assertGreater(checked, 40)

    def test_the_judge_sees_what_is_wrong(self):
        def policy(action, resource, **more):
            return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": resource,
                                                            **more}]}
        wrong = {
            "s3:PutObjects: no such action": policy("s3:PutObjects", "*"),
            "acts on arn": policy("s3:CreateBucket", "arn:aws:sqs:us-east-2:*:queue"),
            "has no resources": policy("s3:ListAllMyBuckets", "arn:aws:s3:::mine"),
            "no action of the statement acts on it": policy("s3:CreateBucket",
                                                            ["arn:aws:s3:::mine", "arn:aws:sns:us-east-2:*:topic"]),
            "has no condition key": policy("s3:CreateBucket", "*",
                                           Condition={"StringEquals": {"iam:PassedToService": "x"}}),
            "a managed policy holds 6144": policy("s3:CreateBucket", [f"arn:aws:s3:::bucket-{i}" for i in range(300)]),
        }
        paths = [self.write(f"{i}.json", json.dumps(each)) for i, each in enumerate(wrong.values())]
        for message, problems in zip(wrong, judges.iam_policy(paths), strict=True):
            self.assertTrue(any(message in problem for problem in problems), f"{message}: {problems}")

    def test_roles_go_only_to_the_services_that_take_them(self):
        for name in DESCRIPTIONS:
            for statement in union(self.policy_files(name))["Statement"]:
                if "iam:PassRole" in statement["Action"]:
                    self.assertIn("iam:PassedToService", statement["Condition"]["StringEquals"])
                    self.assertNotIn("*", statement["Resource"])
                of_service = "aws-service-role" in str(statement["Resource"])
                if "iam:AttachRolePolicy" in statement["Action"] and not of_service:
                    self.assertIn("iam:PolicyARN", statement["Condition"]["ArnEquals"])

    def test_it_names_the_cluster_and_what_the_description_adopts(self):
        policy = union(self.policy_files("slurm"))
        region = "us-east-2"
        self.assertTrue(allows(policy, "s3:PutBucketPolicy", "arn:aws:s3:::acme-corpus", region))
        self.assertTrue(allows(policy, "s3:GetObject", "arn:aws:s3:::acme-scripts/setup.sh", region))
        self.assertTrue(allows(policy, "s3:CreateBucket", "arn:aws:s3:::slurm1-buckets-databucket-1", region))
        self.assertFalse(allows(policy, "s3:DeleteBucket", "arn:aws:s3:::acme-corpus", region))
        self.assertFalse(allows(policy, "iam:CreateRole", "arn:aws:iam::1:role/Other-network-Role", region))
        self.assertFalse(allows(policy, "ec2:CreateVpc", "*", "eu-west-1"))
        self.assertTrue(allows(policy, "autoscaling:CreateAutoScalingGroup", "*", region))
        small = union(self.policy_files("small"))
        for action in ("autoscaling:CreateAutoScalingGroup", "rds:CreateDBCluster", "fsx:CreateFileSystem",
                       "batch:ListJobs"):
            self.assertFalse(allows(small, action, "*", region), action)

    def test_it_comes_last_and_alone_if_asked(self):
        files = self.policy_files("small")
        self.assertEqual(files, self.policy_files("small", "--target", "policy"))
        self.assertTrue(all(re.fullmatch(r"deployer-policy(-\d+)?\.json", path.name) for path in files))

    def test_a_type_without_a_row_is_an_error(self):
        facts = self.folder / "facts"
        facts.mkdir()
        for path in (ROOT / "facts").glob("*.tsv"):
            lines = path.read_text().splitlines(keepends=True)
            (facts / path.name).write_text("".join(line for line in lines
                                                   if not line.startswith("AWS::S3::BucketPolicy")))
        self.write("small.toml", SMALL)
        done = self.run_trireme("synth", "small.toml", "--out", "files", env={"TRIREME_FACTS": str(facts)})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("does not say what the deployer needs for AWS::S3::BucketPolicy: add a row", done.stderr)


if __name__ == "__main__":
    unittest.main()
