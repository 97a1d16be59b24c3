"""`trireme cluster explain` and `cluster draw`, over every example."""
import json
import re
import unittest

from cli_support import ROOT, CliTest

CLUSTERS = sorted((ROOT / "clusters").glob("*.toml"))
NOT_BUILT = {"hyperpod-slurm", "hyperpod-eks", "eks"}
BUILT = [path for path in CLUSTERS if path.stem not in NOT_BUILT]


class ExplainTest(CliTest):
    def test_every_example(self):
        for path in BUILT:
            with self.subTest(path.name):
                done = self.run_trireme("cluster", "explain", path, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                page = json.loads(done.stdout)
                self.assertIsNone(page["usd_per_hour"])
                ids = {(file["path"], resource["id"]) for file in page["files"] for resource in file["resources"]}
                for key in page["keys"]:
                    for piece in key["becomes"]:
                        if piece["type"]:
                            self.assertIn((piece["file"], piece["name"]), ids)
                name = next(key for key in page["keys"] if key["key"] == "cluster.name")
                self.assertTrue(name["becomes"])
                self.assertGreater(name["line"], 0)

    def test_text(self):
        done = self.run_trireme("cluster", "explain", ROOT / "clusters/llama.toml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("llama: 2 x p5.48xlarge (16 GPUs), parallelcluster in us-east-2\n"
                                               "cost an hour: unknown, since the catalogue holds no prices\n"))
        self.assertRegex(done.stdout, r"\n\d+: storage\.fsx\.size_gib = 4800\n      filesystems\.json: FileSystemFsx\n")
        self.assertIn("\nnetwork.json, stack llama-network\n      Vpc  AWS::EC2::VPC\n", done.stdout)

    def test_not_built(self):
        done = self.run_trireme("cluster", "explain", ROOT / "clusters/eks.toml")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn('orchestrator "eks" is not built yet', done.stderr)


class DrawTest(CliTest):
    def test_every_example_is_well_formed(self):
        for path in CLUSTERS:
            with self.subTest(path.name):
                done = self.run_trireme("cluster", "draw", path)
                self.assertEqual(done.returncode, 0, done.stderr)
                first, *lines = done.stdout.splitlines()
                self.assertEqual(first, "flowchart TB")
                ids, depth = [], 0
                for line in map(str.strip, lines):
                    if line == "end":
                        depth -= 1
                    elif match := re.fullmatch(r'subgraph (\w+)\["[^"]+"\]', line):
                        ids.append(match[1])
                        depth += 1
                    elif match := re.fullmatch(r'(\w+)\[\(?"[^"]+"\)?\]', line):
                        ids.append(match[1])
                    else:
                        link = re.fullmatch(r"(\w+) (?:---|-->|<-->) (\w+)", line)
                        self.assertTrue(link, line)
                        self.assertLessEqual({link[1], link[2]}, set(ids), line)
                    self.assertGreaterEqual(depth, 0)
                self.assertEqual(depth, 0)
                self.assertEqual(len(ids), len(set(ids)))

    def test_what_it_shows(self):
        text = self.run_trireme("cluster", "draw", ROOT / "clusters/team.toml").stdout
        for part in ("use2-az3", "use2-az1", "login: login<br/>2 x m5.2xlarge", "home: openzfs", "Aurora MySQL",
                     "filesystems.json"):
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
