"""Names that shells and parsers stumble over, links that lead away, and a surprising umask."""
import os
import shutil
import stat
import subprocess
import unittest

from run_support import RECIPE, TRIREME, RunTest

NAMES = ("with space", "with\nnewline", "with'single", 'with"double', "..hidden..", "Trière ⛵", "-dash", "a%s{}$HOME`x`", "0.5x")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class PathsTest(RunTest):
    def put_corpus(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in (".bin", ".idx", ".json"):
            shutil.copyfile(self.shared / f"corpus{suffix}", folder / f"{name}{suffix}")

    def run_command(self, *words, code=0, cwd=None, **options):
        done = subprocess.run([TRIREME, *words], cwd=cwd or self.folder, capture_output=True, text=True,
                              env=self.environment, stdin=subprocess.DEVNULL, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_recipe_corpus_and_run_with_such_names(self):
        for name in NAMES:
            with self.subTest(name):
                here = self.folder / name
                self.put_corpus(here, name)
                recipe = RECIPE.replace('"corpus"', quoted(f"{here}/{name}")).replace('name = "run"', f"name = {quoted(name)}")
                recipe = recipe.replace("[log]", f"[log]\nfolder = {quoted(str(here / 'runs'))}").replace("steps = 30", "steps = 6")
                path = here / f"{name}.toml"
                path.write_text(recipe)
                self.run_command("check", str(path))
                self.run_command("train", str(path), "--ranks", "2")
                run = here / "runs" / name
                self.run_command("train", str(run / "config.toml"), "--ranks", "2", "--resume", "--set", "train.steps=8",
                                 "--set", "schedule.decay_steps=6")
                self.assertTrue((run / "checkpoints/step_00000008/manifest.json").exists())
                self.run_command("report", str(run))
                self.run_command("convert", "--from", str(run), "--to", str(here / "out"))

    def test_a_name_that_is_not_utf_8(self):
        here = os.fsencode(self.folder) + b"/bad\xff"
        os.mkdir(here)
        shutil.copyfile(self.folder / "recipe.toml", here + b"/recipe.toml")
        self.run_command("train", here + b"/recipe.toml", "--ranks", "1", "--set", "train.steps=2")

    def test_dots_in_a_path(self):
        (self.folder / "deep").mkdir()
        self.run_command("train", "deep/../recipe.toml", "--ranks", "1", "--set", "train.steps=2", "--set",
                         "log.folder=deep/../runs", "--set", "data.train=deep/../corpus")
        self.assertTrue(self.run_folder().exists())

    def test_a_recipe_whose_file_gives_no_name(self):
        (self.folder / "...toml").write_text(RECIPE.replace('name = "run"', ""))
        done = self.run_command("train", "...toml", code=1)
        self.assertIn("its name gives no name to the run; set log.name", done.stderr)
        self.assertFalse((self.folder / "config.toml").exists())

    def test_a_run_folder_behind_links(self):
        elsewhere = self.new_folder()
        (elsewhere / "runs").mkdir()
        (elsewhere / "disk").mkdir()
        (self.folder / "runs").symlink_to(elsewhere / "runs")
        self.train("--ranks", "2", "--set", "train.steps=5", "--set", "schedule.decay_steps=30")
        checkpoints = elsewhere / "runs/run/checkpoints"
        checkpoints.rename(elsewhere / "disk/checkpoints")
        checkpoints.symlink_to(elsewhere / "disk/checkpoints")
        # A link among the checkpoints: what it leads to is not ours to remove.
        kept = elsewhere / "kept"
        shutil.copytree(elsewhere / "disk/checkpoints/step_00000005", kept)
        (checkpoints / "step_00000001").symlink_to(kept)
        self.train("--ranks", "2", "--resume", "--set", "train.steps=20", "--set", "schedule.decay_steps=30")
        self.assertTrue((elsewhere / "disk/checkpoints/step_00000020/manifest.json").exists())
        self.assertFalse((checkpoints / "step_00000001").exists())
        self.assertTrue((kept / "manifest.json").exists())


class ModesTest(RunTest):
    def test_modes_do_not_depend_on_the_umask(self):
        for mask in (0o000, 0o022, 0o077):
            with self.subTest(oct(mask)):
                folder = self.new_folder()
                subprocess.run([TRIREME, "train", "recipe.toml", "--ranks", "2", "--set", "train.steps=6"], cwd=folder, check=True,
                               env=self.environment, umask=mask, capture_output=True)
                subprocess.run([TRIREME, "report", "runs/run"], cwd=folder, check=True, umask=mask, capture_output=True)
                for path in [folder / "runs", *(folder / "runs").rglob("*")]:
                    private = path.name == ".lock"
                    wanted = 0o755 if path.is_dir() else 0o600 if private else 0o644
                    self.assertEqual(oct(stat.S_IMODE(path.stat().st_mode)), oct(wanted), path)


if __name__ == "__main__":
    unittest.main()
