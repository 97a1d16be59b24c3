"""The frame of the command line: help, suggestions, exit status."""
import shutil
import subprocess
import time
import unittest

from cli_support import TRIREME, CliTest


class CommandLineTest(CliTest):
    def assert_usage_error(self, done, message):
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(message, done.stderr)

    def commands(self):
        lines = self.run_trireme("--help").stdout.splitlines()
        return [line[2:].split("  ")[0] for line in lines if line.startswith("  ")]

    def test_version(self):
        done = self.run_trireme("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^trireme \d+\.\d+\.\d+\n$")

    def test_no_command_shows_the_list(self):
        done = self.run_trireme()
        self.assertEqual(done.returncode, 0)
        self.assertIn("check ", done.stdout)
        self.assertEqual(done.stdout, self.run_trireme("--help").stdout)

    def test_every_command_has_help_with_an_example(self):
        commands = self.commands()
        self.assertIn("check", commands)
        for command in commands:
            done = self.run_trireme(*command.split(), "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            self.assertIn(f"usage: trireme {command}", done.stdout)
            self.assertRegex(done.stdout, rf"Example\n  (\./)?trireme {command}")

    def test_help_of_a_command_in_every_form(self):
        help_text = self.run_trireme("check", "--help").stdout
        self.assertEqual(self.run_trireme("check", "-h").stdout, help_text)
        self.assertEqual(self.run_trireme("help", "check").stdout, help_text)

    def test_unknown_command(self):
        self.assert_usage_error(self.run_trireme("chekc", "x"),
                                'trireme: error: unknown command "chekc"; did you mean "trireme check"?')
        self.assert_usage_error(self.run_trireme("zzzzz"), 'unknown command "zzzzz"; see: trireme --help')
        self.assert_usage_error(self.run_trireme("--chekc"), "unknown")

    def test_unknown_option(self):
        self.assert_usage_error(self.run_trireme("check", "r.toml", "--jsn"),
                                "unknown option --jsn; did you mean --json?")
        self.assert_usage_error(self.run_trireme("check", "--sett=a=1", "r.toml"), "did you mean --set?")

    def test_missing_and_surplus_arguments(self):
        self.assert_usage_error(self.run_trireme("check"), "FILE is required; see: trireme check --help")
        self.assert_usage_error(self.run_trireme("check", "a.toml", "b.toml"), 'unexpected argument "b.toml"')
        self.assert_usage_error(self.run_trireme("check", "a.toml", "--set"), "--set")

    def test_values_of_options(self):
        for words, message in ((["--world", "two"], '--world: expected an integer, got "two"'),
                               (["--world=1.5"], '--world: expected an integer, got "1.5"'),
                               (["--world", "[2]"], '--world: expected an integer, got "[2]"'),
                               (["--world", "2", "--world", "3"], "--world: given 2 times; keep one"),
                               ([], "--world is required; see: trireme plan --help")):
            self.assert_usage_error(self.run_trireme("plan", "r.toml", *words), message)

    def test_groups_of_commands(self):
        self.assert_usage_error(self.run_trireme("data"), "`trireme data` needs a command: trireme data --help")
        self.assertIn("data prepare", self.run_trireme("data", "--help").stdout)
        self.assert_usage_error(self.run_trireme("data", "prepair"), 'did you mean "trireme data prepare"?')

    def test_no_colour_and_no_escape_outside_a_terminal(self):
        done = self.run_trireme("nonsense", env={"TERM": "xterm-256color"})
        self.assertNotIn("\x1b", done.stderr + self.run_trireme("--help", env={"TERM": "xterm-256color"}).stdout)

    def test_full_disk_on_standard_output(self):
        with open("/dev/full", "w") as full:
            done = self.run_trireme("--help", stdout=full)
        self.assertEqual(done.returncode, 3)
        self.assertIn("can't write to standard output", done.stderr)

    def test_training_command_without_the_training_executable(self):
        commands = self.commands()
        if "generate" not in commands:
            self.skipTest("no command of the training tower is built")
        alone = shutil.copy(TRIREME, self.folder / "trireme")
        done = subprocess.run([alone, "generate", "--model", "m", "--prompt", "p"], text=True, capture_output=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn("trireme-train is not there", done.stderr)

    def test_starts_in_20_ms(self):
        best = min(self.seconds_of("--version") for _ in range(10))
        self.assertLess(best, 0.020)

    def seconds_of(self, *words):
        start = time.perf_counter()
        self.run_trireme(*words)
        return time.perf_counter() - start


if __name__ == "__main__":
    unittest.main()
