"""Pages and messages name commands and options that trireme has."""
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIREME = os.environ.get("TRIREME_BIN", str(ROOT / "build/release/bin/trireme"))
QUOTED = re.compile(r"`(?:\./)?trireme ([^`{}]+)`")
BY_THE_SCRIPT = {"build", "demo", "test"}  # ./trireme, before it starts the program


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


class CommandsTest(unittest.TestCase):
    def test_every_command_that_is_named_exists(self):
        listed = subprocess.check_output([TRIREME, "--help"], text=True)
        commands = set(re.findall(r"^  (\S+(?: \S+)?)  ", listed, re.M))
        options = {name: set(re.findall(r"--[\w-]+", subprocess.check_output([TRIREME, *name.split(), "--help"], text=True)))
                   for name in commands}
        seen = 0
        for path in tracked("*.md", "src/*.cpp", "src/*.h"):
            for line in QUOTED.findall(path.read_text()):
                words = line.split()
                if words[0] in BY_THE_SCRIPT | {"COMMAND", "--help"}:
                    continue
                seen += 1
                with self.subTest(file=str(path.relative_to(ROOT)), command=line):
                    name = " ".join(words[:2]) if " ".join(words[:2]) in commands else words[0]
                    self.assertIn(name, commands)
                    rest = words[len(name.split()):]
                    self.assertNotRegex(" ".join(rest[:1]), r"^[a-z]+$", "a command of two words that is none")
                    self.assertLessEqual({word for word in rest if word.startswith("--")}, options[name] | {"--help"})
        self.assertGreater(seen, 50)


if __name__ == "__main__":
    unittest.main()
