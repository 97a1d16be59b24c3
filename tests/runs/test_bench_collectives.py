"""`trireme bench collectives`: its rows, their arithmetic, and what it refuses."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from run_support import ROOT, TRIREME

FACTORS = {"all_reduce": lambda n: 2 * (n - 1) / n, "all_gather": lambda n: (n - 1) / n, "reduce_scatter": lambda n: (n - 1) / n,
           "all_to_all": lambda n: (n - 1) / n, "broadcast": lambda n: 1, "send_recv": lambda n: 1}


def bench(*words, launcher=()):
    return subprocess.run([*launcher, TRIREME, "bench", "collectives", *map(str, words)], text=True, capture_output=True,
                          timeout=120)


class CollectivesTest(unittest.TestCase):
    def rows(self, *words, **options):
        done = bench("--json", "--rounds", 3, *words, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check_figures(self, row, ranks):
        self.assertTrue(row["checked"])
        self.assertEqual(row["ranks"], ranks)
        self.assertGreater(row["seconds_min"], 0)
        self.assertLessEqual(row["seconds_min"], row["seconds_median"])
        self.assertGreaterEqual(row["spread"], 0)
        self.assertAlmostEqual(row["algbw_gbs"] / (row["bytes"] / row["seconds_median"] / 1e9), 1, places=6)
        self.assertAlmostEqual(row["busbw_gbs"] / row["algbw_gbs"], FACTORS[row["operation"]](ranks), places=6)

    def test_a_row_for_every_operation_memory_and_size(self):
        for dtype in ("fp32", "bf16"):
            rows = self.rows("--ranks", 2, "--min", "4KiB", "--max", "100KiB", "--dtype", dtype)
            self.assertEqual([(row["operation"], row["buffers"], row["bytes"]) for row in rows],
                             [(operation, buffers, size) for operation in FACTORS for buffers in ("allocated", "any")
                              for size in (4096, 16384, 65536)])
            for row in rows:
                self.assertEqual((row["dtype"], row["backend"]), (dtype, "shm"))
                self.check_figures(row, 2)

    def test_sizes_are_cut_to_equal_pieces(self):
        rows = self.rows("--ranks", 3, "--min", 4096, "--max", 4096, "--buffers", "any")
        self.assertEqual([row["bytes"] for row in rows], [4092] * len(FACTORS))
        for row in rows:
            self.check_figures(row, 3)

    @unittest.skipUnless(shutil.which("mpirun"), "no mpirun")
    def test_a_world_of_mpirun(self):
        mpirun = ("mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "2")
        rows = self.rows("--max", "4KiB", "--buffers", "any", "--backend", "mpi", launcher=mpirun)
        self.assertEqual([row["backend"] for row in rows], ["mpi"] * len(FACTORS))

    def test_text_has_the_same_columns(self):
        done = bench("--max", "4KiB", "--operations", "broadcast", "--buffers", "any")
        self.assertEqual(done.returncode, 0, done.stderr)
        heading, row = done.stdout.splitlines()
        self.assertEqual(heading.split()[:3], ["operation", "ranks", "backend"])
        self.assertEqual(row.split()[:4], ["broadcast", "2", "shm", "4096"])

    def test_options_that_no_run_could_use(self):
        for words, message in ((("--ranks", 1), "--ranks must be at least 2, got 1"),
                               (("--rounds", 0), "--rounds must be at least 1, got 0"),
                               (("--min", "5 cows"), '--min: "5 cows" is no size; write 5GB, 4KiB'),
                               (("--min", "2MiB", "--max", "1MiB"), "--min 2MiB is above --max 1MiB; swap them"),
                               (("--operations", "all_reduce,gather"), 'there is no "gather"'),
                               (("--operations", ""), "--operations is empty; leave it out"),
                               (("--dtype", "fp8"), "fp8"), (("--buffers", "some"), "some")):
            done = bench(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(message, done.stderr)

    def test_a_back_end_of_another_launcher(self):
        done = bench("--backend", "mpi", "--max", "4KiB")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('system.backend = "mpi" can\'t be used', done.stderr)

    @unittest.skipUnless(shutil.which("mpicc"), "no mpicc")
    def test_the_comparison_with_peers(self):
        with tempfile.TemporaryDirectory() as folder:
            figures = pathlib.Path(folder) / "figures.json"
            command = [ROOT / "benchmarks/collectives", "--max", "4KiB", "--operations", "all_reduce,send_recv", "--repeats", "1",
                       "--rounds", "1", "--build", pathlib.Path(TRIREME).parents[1], "--to", figures]
            done = subprocess.run(command, text=True, capture_output=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = json.loads(figures.read_text())["rows"]
        self.assertEqual([row["operation"] for row in rows], ["all_reduce", "send_recv"])
        for row in rows:
            seconds = row["seconds"]
            self.assertEqual(set(seconds), {"allocated", "any", "gloo", "mpi"})
            self.assertAlmostEqual(row["speed_over"]["any/mpi"], seconds["mpi"] / seconds["any"])
            self.assertIn(f"| {row['operation']} | 4 KiB |", done.stdout)


if __name__ == "__main__":
    unittest.main()
