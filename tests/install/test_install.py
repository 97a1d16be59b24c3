"""`cmake --install` gives both programs and a package: other projects find it, link it and train with it."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TRIREME_BIN", ROOT / "build/release/bin/trireme")).resolve().parents[1]
DIGITS = ROOT / "build/assets/digits/digits.csv"


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.prefix = cls.folder / "prefix"
        cls.run_command("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @staticmethod
    def run_command(*words, code=0, cwd=None):
        done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=cwd)
        if done.returncode != code:
            raise AssertionError(f"{words} ended with {done.returncode}\n{done.stdout}")
        return done.stdout

    def build_project(self, source):
        """Another project's program, made with the installed package alone."""
        cache = (BUILD / "CMakeCache.txt").read_text()
        python = re.search(r"^TRIREME_PYTHON:\w+=(.*)$", cache, re.M)[1]
        build = self.folder / source.name
        self.run_command("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                         f"-DTRIREME_PYTHON={python}")
        self.run_command("cmake", "--build", build)
        return build / source.name

    def test_programs_run_where_they_were_installed(self):
        self.assertIn("trireme 0.", self.run_command(self.prefix / "bin/trireme", "--version"))
        plan = self.run_command(self.prefix / "bin/trireme", "plan",
                                self.prefix / "share/trireme/recipes/bench/llama_15m.toml", "--world", "1", "--device",
                                "h100-sxm")
        self.assertIn("time floor", plan)  # facts/ came along

    def test_another_project_finds_links_and_runs_it(self):
        consumer = self.build_project(ROOT / "tests/install/consumer")
        self.assertRegex(self.run_command(consumer), r"^loss \d\.\d+\n$")

    # One test, because the example takes longest to build.
    def test_own_modules_train_sharded_as_on_one_rank_and_go_on_after_a_stop(self):
        source = ROOT / "examples/own_module"
        self.assertLess((source / "main.cpp").read_text().count("\n"), 60)
        self.program = self.build_project(source)
        # In fp64, where the order of a sum decides no activation: every step can be compared.
        alone, _ = self.train("alone", "--ranks", 1, "--set", "precision.compute=fp64")
        self.stop_after_step_40("sharded", "--ranks", 3, "--set", "precision.compute=fp64")
        sharded, output = self.train("sharded", "--ranks", 3, "--resume", "--set", "precision.compute=fp64")
        self.assertEqual(sorted(sharded), list(range(1, 301)))
        for step in alone:
            self.assertAlmostEqual(alone[step], sharded[step], delta=1e-5 * alone[step])
        right = int(re.search(r"^(\d+) of 360 unseen digits read$", output, re.M)[1])
        print(f"\n{right} of 360 unseen digits read: {right / 3.6:.1f} %")
        self.assertGreater(right, 0.9 * 360)
        self.fails_as_documented()

        short = ("--set", "train.steps=20", "--set", "schedule.warmup_steps=2")  # fp32
        one, three = (self.train(f"short-{ranks}", "--ranks", ranks, *short)[0] for ranks in (1, 3))
        self.assertEqual(len(three), 20)
        for step in one:
            self.assertAlmostEqual(one[step], three[step], delta=1e-5 * one[step])

    def command(self, name, *words):
        return [self.program, ROOT / "examples/own_module/digits.toml", DIGITS, "--set", f"log.name={name}", *words]

    def train(self, name, *words):
        """Losses by step, as the log has them, and what the program printed."""
        output = self.run_command(*self.command(name, *words), cwd=self.folder)
        return self.losses(name), output

    def losses(self, name):
        lines = (self.folder / "runs" / name / "metrics.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        return {record["step"]: record["loss"] for record in records if "grad_norm" in record}

    def stop_after_step_40(self, name, *words):
        command = [str(word) for word in self.command(name, *words, "--set", "train.steps=300")]
        metrics = self.folder / "runs" / name / "metrics.jsonl"
        with subprocess.Popen(command, cwd=self.folder, text=True, stderr=subprocess.PIPE) as running:
            while running.poll() is None and not (metrics.exists() and metrics.read_text().count("\n") > 40):
                time.sleep(0.01)
            running.send_signal(signal.SIGTERM)
            said = running.stderr.read()
        self.assertEqual(running.returncode, 75, said)
        self.assertIn(f"go on with: {self.program} runs/{name}/config.toml --resume -- {DIGITS}", said)
        self.assertLess(len(self.losses(name)), 300)

    def fails_as_documented(self):
        def said(code, *words):
            return self.run_command(*words, code=code, cwd=self.folder)

        self.assertIn("usage: ", said(0, self.program, "--help"))
        recipe = ROOT / "examples/own_module/digits.toml"
        self.assertIn("making the program's modules and data failed: can't open absent.csv",
                      said(1, self.program, recipe, "absent.csv", "--set", "log.name=absent"))
        self.assertIn("name the file with the digits", said(1, self.program, recipe, "--set", "log.name=nameless"))
        self.assertIn("can't run on 4 ranks", said(1, *self.command("four", "--ranks", "4")))
        self.assertIn("--ranks must be at least 1", said(2, *self.command("none", "--ranks", "-1")))
        self.assertIn("unknown option --rank; did you mean --ranks?", said(2, *self.command("typo", "--rank", "2")))
        other = self.folder / "other.csv"
        other.write_text("\n".join(reversed(DIGITS.read_text().splitlines())) + "\n")
        self.assertIn("is not what", said(1, self.program, self.folder / "runs/alone/config.toml", other, "--resume"))


if __name__ == "__main__":
    unittest.main()
