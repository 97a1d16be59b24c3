"""`trireme deploy export`: what other tools need of a deployed cluster."""
import json
import subprocess
import unittest

from account_support import BATCH, SMALL, AccountTest


class ExportTest(AccountTest):
    def deployed(self, text):
        description = self.write("cluster.toml", text)
        self.trireme("deploy", "apply", description, "--yes", "--poll", 0.001)
        return description

    def ssh_reads(self, text, host):
        """What OpenSSH makes of a configuration file."""
        path = self.write("ssh_config", text)
        done = subprocess.run(["ssh", "-G", "-F", path, host], text=True, capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)

    def test_ssh_reaches_the_head_node_through_systems_manager(self):
        description = self.deployed(SMALL)
        head = self.account.pcluster("describe-cluster", "--cluster-name", "small", "--region", "us-east-2")["headNode"]
        text = self.trireme("deploy", "export", description, "--ssh-config").stdout
        read = self.ssh_reads(text, "small")
        self.assertEqual((read["hostname"], read["user"]), (head["instanceId"], "ubuntu"))
        self.assertEqual(read["proxycommand"], "aws --region us-east-2 ssm start-session --target %h --document-name "
                                               "AWS-StartSSHSession --parameters portNumber=%p")
        self.assertNotEqual(self.ssh_reads(text, "elsewhere").get("hostname"), head["instanceId"])

    def test_the_user_is_the_systems_or_the_one_that_is_named(self):
        description = self.deployed(SMALL)
        for os, user in (("alinux2023", "ec2-user"), ("rhel9", "ec2-user"), ("rocky9", "rocky"),
                         ("ubuntu2404", "ubuntu")):
            text = self.trireme("deploy", "export", description, "--ssh-config", "--set", f'image.os="{os}"').stdout
            self.assertEqual(self.ssh_reads(text, "small")["user"], user)
        text = self.trireme("deploy", "export", description, "--ssh-config", "--user", "ada").stdout
        self.assertEqual(self.ssh_reads(text, "small")["user"], "ada")
        done = self.trireme("deploy", "export", description, "--ssh-config", "--user", "a b", code=2)
        self.assertIn('--user "a b" is no user name', done.stderr)

    def test_a_profile_reaches_the_proxy_as_one_word(self):
        description = self.deployed(SMALL)
        profile = "it's 100%; true"
        text = self.trireme("deploy", "export", description, "--ssh-config", "--profile", profile).stdout
        command = self.ssh_reads(text, "small")["proxycommand"].replace("%%", "%").removeprefix("aws ")
        words = subprocess.run(["sh", "-c", f"printf '%s\\n' {command}"], text=True,
                               capture_output=True).stdout.splitlines()
        self.assertEqual(words[words.index("--profile") + 1], profile)

    def test_outputs_are_the_exports_of_the_clusters_stacks_alone(self):
        description = self.deployed(SMALL)
        other = SMALL.replace('"small"', '"other"')
        self.trireme("deploy", "apply", self.write("other.toml", other), "--yes", "--poll", 0.001)
        outputs = json.loads(self.trireme("deploy", "export", description, "--outputs").stdout)
        self.assertRegex(outputs["small-network-VpcId"], "^vpc-")
        self.assertTrue(all(name.startswith("small-") for name in outputs))

    def test_what_can_not_be_exported_is_said(self):
        description = self.write("cluster.toml", SMALL)
        self.assertIn("pass one of", self.trireme("deploy", "export", description, code=2).stderr)
        self.assertIn("pass one of", self.trireme("deploy", "export", description, "--ssh-config", "--outputs",
                                                  code=2).stderr)
        done = self.trireme("deploy", "export", description, "--outputs", "--user", "ada", code=2)
        self.assertIn("--user belongs to --ssh-config", done.stderr)
        done = self.trireme("deploy", "export", description, "--ssh-config", code=1)
        self.assertIn("the head node of small does not run: the cluster is absent", done.stderr)
        done = self.trireme("deploy", "export", self.write("jobs.toml", BATCH), "--ssh-config", code=1)
        self.assertIn('orchestrator "batch" has no head node', done.stderr)


if __name__ == "__main__":
    unittest.main()
