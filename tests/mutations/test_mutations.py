"""Faults put at random places of good outputs: preflight must report each, with its line, and none where there is none."""
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support"), str(pathlib.Path(__file__).parent)]
from all_faults import MUTATIONS, places_of
from good_outputs import good_outputs, run_trireme

SCALE = int(os.environ.get("TRIREME_TEST_SCALE", "1"))
PLACES = 3 * SCALE  # of each mutation
LEAST_KINDS, LEAST_OUTPUTS = 66, 20


def preflight(files) -> tuple[int, list[dict]]:
    words = [word for file in files for word in ("--template", file)]
    done = run_trireme("preflight", *words, "--json", check=False)
    if done.returncode not in (0, 1):
        raise AssertionError(f"preflight ended with {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


class MutationsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.outputs = good_outputs(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def places(self, mutation):
        """Random places of the mutation, as (document, edit)."""
        places = places_of(mutation, self.outputs)
        return random.Random(mutation.name).sample(places, min(PLACES, len(places)))

    def judge(self, document, text):
        """Findings of the deployment with another text in place of the document's."""
        mutated = self.folder / f"mutated{document.path.suffix}"
        mutated.write_text(text)
        files = [mutated if each is document else each.path for each in document.deployment.documents]
        return preflight(files)

    def test_good_outputs_have_no_error(self):
        self.assertGreaterEqual(len(self.outputs), LEAST_OUTPUTS)
        for deployment in self.outputs:
            with self.subTest(deployment.name):
                code, findings = preflight([document.path for document in deployment.documents])
                self.assertEqual([], [each for each in findings if each["severity"] == "error"])
                self.assertEqual(0, code)

    def test_every_mutation_is_reported(self):
        self.assertGreaterEqual(len(MUTATIONS), LEAST_KINDS)
        tried = 0
        for mutation in MUTATIONS.values():
            places = self.places(mutation)
            with self.subTest(mutation.name):
                self.assertTrue(places, "no output has a place for it")
            for document, edit in places:
                where = f"{document.deployment.name}/{document.path.name} {next(iter(edit.values), '')}"
                with self.subTest(f"{mutation.name} in {where}"):
                    self.check(mutation, document, edit)
                tried += 1
        print(f"{len(MUTATIONS)} mutations at {tried} places of {len(self.outputs)} outputs", file=sys.stderr)

    def check(self, mutation, document, edit):
        text, line = document.render(edit)
        code, findings = self.judge(document, text)
        reported = [each for each in findings if each["rule"] in mutation.rules and each["severity"] == mutation.level]
        self.assertTrue(reported, f"preflight said {[self.brief(each) for each in findings]}")
        self.assertTrue(any(self.points_at(each, document, text, edit, line) for each in reported),
                        f"expected line {line or edit.says}, got {[self.brief(each) for each in reported]}")
        for finding in reported:
            for part in ("evidence", "remedy", "source"):
                self.assertTrue(finding[part].strip(), f"no {part} in {finding}")
        self.assertTrue(any(edit.remedy in each["remedy"] for each in reported), reported)
        self.assertEqual(1 if any(each["severity"] == "error" for each in findings) else 0, code)

    def points_at(self, finding, document, text, edit, line) -> bool:
        if finding["line"] <= 0:
            return False
        in_mutated = pathlib.Path(finding["file"]).stem == "mutated"
        if line:
            return in_mutated and finding["line"] == line
        lines = (text if in_mutated else pathlib.Path(finding["file"]).read_text()).split("\n")
        # The line, or that of the element which opens there.
        return edit.says in "\n".join(lines[finding["line"] - 1:finding["line"] + 1])

    @staticmethod
    def brief(finding) -> str:
        return f"{pathlib.Path(finding['file']).name}:{finding['line']}: {finding['severity']} {finding['rule']}: " \
               f"{finding['evidence']}"


if __name__ == "__main__":
    unittest.main()
