"""ParallelCluster and cfn-lint judge the mutated files too: they report what preflight reports, or a reason stands why not."""
import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support"), str(pathlib.Path(__file__).parent)]
from all_faults import MUTATIONS
from disagreements import CFN_LINT_SILENT, PCLUSTER_NOT_ASKED, PCLUSTER_SILENT
from good_outputs import good_outputs
from second_opinions import ask_cfn_lint, ask_pcluster


def of_kind(kind):
    return [mutation for mutation in MUTATIONS.values() if mutation.kinds == (kind,)]


class SecondOpinionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.outputs = good_outputs(cls.folder / "good")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def compare(self, said, silent):
        listed = [name for names in silent.values() for name in names]
        self.assertEqual(len(listed), len(set(listed)), "one reason is enough")
        self.assertEqual([], sorted(set(listed) - set(said)), "listed, and no mutation of this kind")
        for name, messages in said.items():
            with self.subTest(name):
                if name in listed:
                    self.assertEqual([], messages, "listed as silent, and it reports the fault")
                else:
                    self.assertTrue(messages, "it finds nothing; disagreements.py must say why")
        agreed = sum(1 for messages in said.values() if messages)
        print(f"{agreed} of {len(said)} mutations are reported", file=sys.stderr)

    def test_parallelcluster_agrees_or_a_reason_stands(self):
        asked = [mutation for mutation in of_kind("pcluster") if mutation.name not in PCLUSTER_NOT_ASKED]
        self.compare(ask_pcluster(asked, self.outputs, self.folder), PCLUSTER_SILENT)

    def test_cfn_lint_agrees_or_a_reason_stands(self):
        self.compare(ask_cfn_lint(of_kind("cloudformation"), self.outputs, self.folder), CFN_LINT_SILENT)


if __name__ == "__main__":
    unittest.main()
