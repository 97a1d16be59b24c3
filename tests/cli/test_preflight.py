"""trireme preflight: findings as text and JSON, their exit status, and what is refused."""
import json
import time
import unittest

from cli_support import ROOT, CliTest

KEYS = ["rule", "severity", "file", "line", "where", "evidence", "remedy", "source"]
VPC = "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlock: !Ref Block\n"
WITH_BLOCK = "Parameters:\n  Block: {Type: String, Default: 10.0.0.0/16}\n" + VPC


class PreflightTest(CliTest):
    def findings(self, *words):
        done = self.run_trireme("preflight", *words, "--json")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        found = json.loads(done.stdout)
        errors = [each for each in found if each["severity"] == "error"]
        self.assertEqual(done.returncode, 1 if errors else 0)
        return found

    def test_description_of_the_repository(self):
        found = self.findings(ROOT / "clusters/llama.toml")
        self.assertTrue(found)
        for each in found:
            self.assertEqual(list(each), KEYS)
            self.assertIn(each["severity"], ("warning", "info", "undecided"))
            self.assertGreater(each["line"], 0)

    def test_override_moves_a_finding_to_the_command_line(self):
        found = self.findings(ROOT / "clusters/llama.toml", "--set", "nodes.gpu.instance=p5.48xlrge")
        wrong = [each for each in found if each["rule"] == "instance-known"]
        self.assertEqual(len(wrong), 1)
        self.assertEqual(wrong[0]["file"], "--set nodes.gpu.instance")
        self.assertIn("p5.48xlarge", wrong[0]["remedy"])

    def test_broken_description_is_a_finding(self):
        path = self.write("one.toml", "version = 1\n[cluster]\nname = \"x\"\nregoin = \"us-east-2\"\n")
        found = self.findings(path)
        self.assertIn(("description", "error", 4), [(each["rule"], each["severity"], each["line"]) for each in found])

    def test_text_has_a_closing_count(self):
        path = self.write("t.yaml", VPC)
        done = self.run_trireme("preflight", "--template", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("t.yaml:5: error: reference-dangling: Resources.Vpc: ", done.stdout)
        self.assertTrue(done.stdout.endswith("1 errors, 0 warnings, 0 hints, 0 undecided\n"), done.stdout)

    def test_set_gives_a_parameter_of_a_template(self):
        path = self.write("t.yaml", WITH_BLOCK)
        self.assertEqual(self.findings("--template", path), [])
        found = self.findings("--template", path, "--set", "Block=10.0.0.0/8")
        self.assertEqual([each["rule"] for each in found], ["cidr-size"])

    def test_templates_given_together(self):
        one = self.write("one.yaml", "Resources:\n  A:\n    Type: AWS::EC2::Subnet\n    Properties:\n"
                                     "      VpcId: !ImportValue net-VpcIds\n")
        two = self.write("two.yaml", VPC.replace("!Ref Block", "10.0.0.0/16") +
                         "Outputs:\n  Vpc:\n    Value: !Ref Vpc\n    Export: {Name: net-VpcId}\n")
        self.assertEqual(self.findings("--template", one), [])
        found = self.findings("--template", one, "--template", two)
        self.assertEqual([(each["rule"], each["line"]) for each in found], [("import-near", 5)])

    def test_snapshot_decides(self):
        undecided = self.findings(ROOT / "clusters/llama.toml")
        snapshot = self.write("account.json", json.dumps({
            "region": "us-east-2",
            "quotas": [{"service": "ec2", "code": "L-417A185B", "name": "P", "value": 384},
                       {"service": "ec2", "code": "L-1216C47A", "name": "Standard", "value": 64}],
            "reservations": [{"id": "cr-0123456789abcdef0", "instance_type": "p5.48xlarge", "zone_id": "use2-az3",
                              "state": "active", "type": "default", "total": 2, "available": 2}]}))
        self.assertEqual({each["severity"] for each in undecided}, {"undecided"})
        self.assertEqual(self.findings(ROOT / "clusters/llama.toml", "--snapshot", snapshot), [])

    def test_kind_is_told_or_forced(self):
        path = self.write("notes.yaml", "a: 1\n")
        done = self.run_trireme("preflight", "--template", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--kind", done.stderr)
        self.assertEqual(self.findings("--template", path, "--kind", "kubernetes"), [])
        done = self.run_trireme("preflight", "--template", path, "--kind", "terraform")
        self.assertEqual(done.returncode, 2)

    def test_syntax_error_is_a_finding_with_its_line(self):
        path = self.write("t.yaml", "Resources:\n  A: [1\n")
        found = self.findings("--template", path)
        self.assertEqual({(each["rule"], each["severity"]) for each in found}, {("syntax", "error")})

    def test_wrong_use(self):
        for words in ((), (ROOT / "clusters/llama.toml", "--template", "x")):
            self.assertEqual(self.run_trireme("preflight", *words).returncode, 2)
        done = self.run_trireme("preflight", "--template", "absent.yaml")
        self.assertEqual(done.returncode, 3)
        self.assertIn("absent.yaml", done.stderr)
        snapshot = self.write("account.json", "{}")
        done = self.run_trireme("preflight", ROOT / "clusters/llama.toml", "--snapshot", snapshot)
        self.assertEqual(done.returncode, 1)
        self.assertIn("trireme account snapshot", done.stderr)

    def test_fast_enough_to_run_before_every_commit(self):
        files = sorted((ROOT / "tests/data/preflight_defects").rglob("*.yaml"))
        began = time.monotonic()
        for path in files:
            self.run_trireme("preflight", "--template", path)
        self.assertLess((time.monotonic() - began) / len(files), 0.2)


if __name__ == "__main__":
    unittest.main()
