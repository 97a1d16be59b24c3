"""`trireme efa-env`: which variables to set for EFA and NCCL."""
import json
import subprocess
import unittest

from cli_support import CliTest

CURRENT = ("--libfabric", "2.1.0", "--plugin", "v1.16.3-aws", "--efa-installer", "1.42.0", "--nccl", "2.27.5-1",
           "--kernel", "5.15.0-1084-aws", "--cuda", "12.8.1", "--driver", "570.133.20")


class EfaEnvTest(CliTest):
    def ask(self, instance, *words):
        return self.run_trireme("efa-env", "--instance", instance, *words)

    def answer(self, instance, *words, code=0):
        done = self.ask(instance, "--json", *words)
        self.assertEqual(done.returncode, code, done.stderr)
        answer = json.loads(done.stdout)
        return {row["variable"]: row for row in answer["variables"]}, answer["versions"]

    def test_current_stack_on_p5_sets_two_variables(self):
        variables, versions = self.answer("p5.48xlarge", *CURRENT)
        values = {name: row["value"] for name, row in variables.items() if row["state"] == "set"}
        self.assertEqual(values, {"FI_EFA_USE_HUGE_PAGE": "0", "NCCL_SOCKET_IFNAME": "en"})
        self.assertEqual({row["state"] for row in variables.values()}, {"set", "unset"})
        self.assertIsNone(variables["NCCL_PROTO"]["value"])
        self.assertTrue(all(row["reason"] and row["source"] for row in variables.values()))
        self.assertEqual(versions, [])

    def test_what_is_not_given_is_undecided_and_named(self):
        variables, _ = self.answer("p4d.24xlarge")
        self.assertEqual(variables["FI_PROVIDER"]["state"], "undecided")
        self.assertTrue(variables["FI_PROVIDER"]["reason"].startswith("undecided: give --plugin; set to efa if"))
        self.assertIn("give --plugin and --libfabric", self.ask("p4d.24xlarge").stdout)

    def test_below_a_floor_is_status_1_and_below_a_recommendation_is_not(self):
        _, versions = self.answer("p5.48xlarge", "--nccl", "2.17.1", code=1)
        self.assertEqual([(row["rule"], row["severity"]) for row in versions], [("p5-nccl", "error")])
        self.assertEqual(set(versions[0]), {"rule", "severity", "evidence", "remedy", "source"})
        _, versions = self.answer("p5.48xlarge", "--nccl", "2.18.1")
        self.assertEqual([row["severity"] for row in versions], ["warning"])
        done = self.ask("p5.48xlarge", "--nccl", "2.17.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: p5.48xlarge with nccl 2.17.1: needs nccl >= 2.18.0", done.stdout)

    def test_shell_lines_do_what_they_say(self):
        done = self.ask("p4d.24xlarge", "--shell", "--plugin", "1.5.0", "--libfabric", "1.16.0")
        self.assertEqual(done.returncode, 0, done.stderr)
        script = self.write("env.sh", "export RDMAV_FORK_SAFE=1 NCCL_BUFFSIZE=1\n" + done.stdout + "env\n")
        env = subprocess.run(["sh", "-eu", script], text=True, capture_output=True, check=True).stdout.splitlines()
        for line in ("FI_EFA_USE_HUGE_PAGE=0", "FI_EFA_USE_DEVICE_RDMA=1", "FI_PROVIDER=efa", "NCCL_PROTO=simple"):
            self.assertIn(line, env)
        self.assertFalse([line for line in env if line.startswith(("RDMAV", "NCCL_BUFFSIZE"))])
        self.assertIn("# FI_EFA_FORK_SAFE: undecided: give --kernel", done.stdout)

    def test_findings_stay_out_of_the_shell_lines(self):
        done = self.ask("p5.48xlarge", "--shell", "--plugin", "1.6.0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: p5.48xlarge with plugin 1.6.0", done.stderr)
        self.assertNotIn("error", done.stdout)

    def test_a_size_without_efa_is_said(self):
        done = self.ask("g5.xlarge")
        self.assertIn("g5.xlarge has no EFA; sizes of g5 that can have it: 8xlarge, 12xlarge", done.stdout)

    def test_a_general_purpose_type_has_nothing_to_set(self):
        variables, versions = self.answer("m5.8xlarge")
        self.assertEqual({row["state"] for row in variables.values()}, {"unset"})
        self.assertEqual(versions, [])
        self.assertIn("m5.8xlarge has no EFA; sizes of m5 that can have it: none", self.ask("m5.8xlarge").stdout)

    def test_wrong_usage(self):
        cases = {
            ("p5.48xlarge", "--plugin", "latest"): '--plugin: "latest" is no version; one looks like 1.16.3',
            ("p5x.48xlarge",): '--instance: no instance type "p5x.48xlarge"; did you mean "p5',
            ("p5",): '--instance: no instance type "p5"; `trireme catalog` lists them',
            ("p5.48xlarge", "--json", "--shell"): "--json and --shell exclude each other",
            ("p5.48xlarge", "--plugn", "1"): "did you mean --plugin?",
        }
        for words, message in cases.items():
            with self.subTest(words=words):
                done = self.ask(*words)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
