"""clusters/*.toml: each is checked, synthesised to the same bytes every time, quickly, and fits the editors' schema."""
import json
import pathlib
import resource
import statistics
import subprocess
import unittest

from cli_support import ROOT, TRIREME, CliTest

CLUSTERS = sorted((ROOT / "clusters").glob("*.toml"))
NOT_BUILT = {"hyperpod-slurm", "hyperpod-eks", "eks"}
SCHEMA = ROOT / "docs/reference/cluster.schema.json"
JUDGES = ROOT / "build/judges/bin/python"
SECONDS = 0.05 * (20 if "asan" in TRIREME else 1)

VALIDATE = """
import json, sys, tomllib, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
found = {path: [error.message for error in validator.iter_errors(tomllib.load(open(path, "rb")))]
         for path in sys.argv[2:]}
print(json.dumps(found))
"""


def processor_seconds() -> float:
    """Of the programs run so far: what else the machine does, and how slow its disk syncs, does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def files_of(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class ClustersTest(CliTest):
    def test_there_are_enough(self):
        self.assertGreaterEqual(len([path for path in CLUSTERS if path.stem not in NOT_BUILT]), 16)
        self.assertLessEqual(NOT_BUILT, {path.stem for path in CLUSTERS})

    def test_each_says_what_it_is_for(self):
        for path in CLUSTERS:
            lines = path.read_text().splitlines()
            self.assertEqual(lines[0], "#:schema ../docs/reference/cluster.schema.json", path.name)
            self.assertTrue(lines[1].startswith("# ") and lines[2].startswith("# ") and not lines[3].startswith("#"),
                            path.name)

    def test_names_differ(self):
        names = [json.loads(self.run_trireme("synth", path, "--out", "out", "--json").stdout)["cluster"]
                 for path in CLUSTERS if path.stem not in NOT_BUILT]
        self.assertEqual(len(names), len(set(names)))

    def test_scripts_are_pinned(self):
        for path in CLUSTERS:
            for line in path.read_text().splitlines():
                if "githubusercontent.com" in line:
                    self.assertRegex(line, r"/[0-9a-f]{40}/", path.name)

    def test_built_ones_are_right(self):
        for path in CLUSTERS:
            if path.stem in NOT_BUILT:
                continue
            with self.subTest(path.name):
                done = self.run_trireme("check", path)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assertRegex(done.stdout.splitlines()[-1], rf"^{path}: ok, .* x .* in [a-z0-9-]+$")

    def test_others_are_not_built_yet(self):
        for name in NOT_BUILT:
            with self.subTest(name):
                done = self.run_trireme("check", ROOT / f"clusters/{name}.toml", "--json")
                self.assertEqual(done.returncode, 1)
                errors = [each for each in json.loads(done.stdout)["findings"] if each["severity"] == "error"]
                self.assertEqual([(each["key"], each["message"]) for each in errors],
                                 [("cluster.orchestrator", f'orchestrator "{name}" is not built yet')])
                self.assertEqual(pathlib.Path(errors[0]["file"]).name, f"{name}.toml")
                self.assertGreater(errors[0]["line"], 0)
                done = self.run_trireme("synth", ROOT / f"clusters/{name}.toml", "--out", "out")
                self.assertEqual(done.returncode, 1)
                self.assertIn("is not built yet", done.stderr)

    def test_synth_writes_the_same_bytes_quickly(self):
        for path in CLUSTERS:
            if path.stem in NOT_BUILT:
                continue
            with self.subTest(path.name):
                seconds, written = [], []
                for run in range(5):
                    folder = self.folder / f"{path.stem}-{run % 2}"
                    started = processor_seconds()
                    done = subprocess.run([TRIREME, "synth", path, "--out", folder], stdout=subprocess.DEVNULL)
                    seconds.append(processor_seconds() - started)
                    self.assertEqual(done.returncode, 0)
                    written.append(files_of(folder))
                self.assertTrue(all(files == written[0] for files in written))
                self.assertIn("synth.json", written[0])
                self.assertLess(statistics.median(seconds), SECONDS)


class CheckClusterTest(CliTest):
    def check(self, text, *words):
        self.write("c.toml", text)
        return self.run_trireme("check", "c.toml", *words)

    LLAMA = (ROOT / "clusters/llama.toml").read_text()

    def test_right_one(self):
        done = self.check(self.LLAMA)
        self.assertEqual((done.returncode, done.stdout),
                         (0, "c.toml: ok, 2 x p5.48xlarge (16 GPUs), parallelcluster in us-east-2\n"))
        self.assertEqual(json.loads(self.check(self.LLAMA, "--json").stdout), {"ok": True, "findings": []})

    def test_every_problem_at_once(self):
        done = self.check(self.LLAMA.replace("us-east-2", "us-est-2").replace("p5.48xlarge\"", "p5.48xlrge\""))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout,
                         r'c\.toml:\d+:\d+: error: cluster\.region: no region "us-est-2"; did you mean "us-east-2"\?')
        self.assertRegex(done.stdout, r'c\.toml:\d+:\d+: error: nodes\.gpu\.instance: no instance type "p5\.48xlrge"')

    def test_zone_of_another_region(self):
        done = self.check(self.LLAMA.replace("use2-az3", "usw2-az3"))
        self.assertIn('error: cluster.zone: us-east-2 has no zone "usw2-az3" (it has use2-az1, use2-az2, use2-az3)',
                      done.stdout)

    def test_what_synth_would_refuse(self):
        done = self.check(self.LLAMA, "--set", "nodes.head.instance=m5.2xlarge", "--set",
                          "nodes.gpu.instance=m5.8xlarge",
                          "--set", "nodes.gpu.efa=on")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nodes.gpu.efa: m5.8xlarge has no EFA", done.stdout)

    def test_world_is_for_recipes(self):
        done = self.check(self.LLAMA, "--world", "8")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--world is for recipes, and c.toml describes a cluster", done.stderr)


class SchemaTest(CliTest):
    def validate(self, *paths):
        self.assertTrue(JUDGES.exists(), "the judges are not installed: run tests/support/fetch_judges.py")
        done = subprocess.run([JUDGES, "-c", VALIDATE, SCHEMA, *paths], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_examples_agree(self):
        self.assertEqual({path: found for path, found in self.validate(*CLUSTERS).items() if found}, {})

    def test_wrong_ones_do_not(self):
        wrong = {
            "key": "[nodes.gpu]\ninstnace = 'p5.48xlarge'\n",
            "section": "[netwrk]\n",
            "type": "[nodes.gpu]\ncount = 'two'\n",
            "choice": "[cluster]\norchestrator = 'slurm'\n",
            "range": "[nodes.gpu]\ncount = -1\n",
            "open range": "[monitoring]\nlog_days = 0\n",
            "capacity": "[nodes.gpu]\ncapacity = { kynd = 'spot' }\n",
            "version": "version = 2\n",
            "tag": "[cluster.tags]\nteam = 3\n",
        }
        paths = [self.write(f"{name}.toml", text) for name, text in wrong.items()]
        self.assertEqual([path for path, found in self.validate(*paths).items() if len(found) != 1], [])

    def test_right_ones_do(self):
        text = ("base = 'x.toml'\nversion = 1\n[cluster.tags]\n'cost center' = 'a'\n"
                "[nodes.g5]\nsetup = 's3://a-b/x.sh'\n")
        path = self.write("right.toml", text)
        self.assertEqual(self.validate(path), {str(path): []})


if __name__ == "__main__":
    unittest.main()
