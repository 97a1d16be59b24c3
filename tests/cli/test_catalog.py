"""`trireme catalog`: the tables of facts, as text and as JSON."""
import json
import unittest

from cli_support import CliTest


class CatalogTest(CliTest):
    def rows(self, name):
        done = self.run_trireme("catalog", name, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_models_are_those_that_a_recipe_can_name(self):
        rows = {row["name"]: row for row in self.rows("models")}
        self.assertEqual(rows["llama3-8b"]["parameters"], 8_030_261_248)
        text = self.run_trireme("catalog", "models").stdout
        self.assertEqual(len(text.splitlines()), len(rows) + 1)
        self.write("r.toml", 'version = 1\n[model]\npreset = "llama3-8b"\n[data]\nsynthetic = true\n')
        plan = self.run_trireme("plan", "r.toml", "--world", "8", "--json")
        self.assertEqual(plan.returncode, 0, plan.stderr)
        self.assertIn("8030261248", plan.stdout)

    def test_gpus_have_a_source_and_unknown_is_said(self):
        rows = self.rows("gpus")
        self.assertTrue(all(row["source"] for row in rows))
        self.assertIn(None, [row["bf16_tflops"] for row in rows])
        self.assertIn("unknown", self.run_trireme("catalog", "gpus").stdout)

    def test_instance_types_as_a_list(self):
        done = self.run_trireme("catalog", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {row["type"]: row for row in json.loads(done.stdout)}
        self.assertEqual(rows["p5.48xlarge"]["accelerators"], 8)
        self.assertIsNone(rows["p6e-gb200.36xlarge"]["efa_interfaces"])
        text = self.run_trireme("catalog").stdout.splitlines()
        self.assertEqual(len(text), len(rows) + 1)
        self.assertRegex(next(line for line in text if line.startswith("p6e-gb200.36xlarge")), "unknown$")

    def test_one_instance_type_with_its_interfaces_and_zones(self):
        done = self.run_trireme("catalog", "ml.p6-b300.48xlarge", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        facts = json.loads(done.stdout)
        self.assertEqual((facts["type"], facts["family"]), ("p6-b300.48xlarge", "p6-b300"))
        self.assertEqual(facts["interfaces"][0], {"card": 0, "device": 0, "kind": "interface"})
        self.assertEqual([each["kind"] for each in facts["interfaces"][1:]], ["efa-only"] * 16)
        self.assertIn("us-west-2", facts["zones"])
        text = self.run_trireme("catalog", "p6-b300.48xlarge").stdout
        self.assertIn("\n16    0       efa-only\n", text)
        self.assertRegex(text, r"\nus-west-2 usw2-az1 ")

    def test_unknown_instance_type_gets_a_suggestion(self):
        done = self.run_trireme("catalog", "p5.48xlrge", "--json")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn('no instance type "p5.48xlrge"; did you mean "p5.48xlarge"?', done.stderr)

    def test_help_names_the_other_tables(self):
        text = self.run_trireme("catalog", "--help").stdout
        for part in ("[TYPE]", "--json", "catalog gpus", "catalog models"):
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
