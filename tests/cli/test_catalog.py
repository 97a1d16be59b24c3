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


if __name__ == "__main__":
    unittest.main()
