"""The memory of a rank, as the system counts it, is what `trireme plan` says: tensors, and the process beside them."""
import json
import pathlib
import subprocess
import time
import unittest

from run_support import ROOT, TRIREME, RunTest

RECIPE = ROOT / "recipes/bench/llama_15m_v4k.toml"


class MemoryTest(RunTest):
    def words(self, *overrides):
        settings = ("train.steps=4", "train.global_batch_size=8", "train.micro_batch_size=4", "log.tensorboard=false",
                    "checkpoint.asynchronous=false", "log.folder=runs", "log.name=run", *overrides)
        return [word for setting in settings for word in ("--set", setting)]

    def peak_pss(self, words):
        """Largest PSS of each rank, in bytes, sampled while they train."""
        process = subprocess.Popen([TRIREME, "train", RECIPE, "--ranks", "2", *words], cwd=self.folder, text=True,
                                   env=self.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        peaks = {}
        while process.poll() is None:
            for rank in self.ranks_of(process):
                try:
                    text = pathlib.Path(f"/proc/{rank}/smaps_rollup").read_text()
                except OSError:
                    continue
                kib = [int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")]
                peaks[rank] = max(peaks.get(rank, 0), 1024 * kib[0] if kib else 0)
            time.sleep(0.02)
        self.finish(process)
        return list(peaks.values())

    def test_pss_is_plan_plus_process(self):
        for compute, zero in (("fp32", 3), ("fp32", 0), ("bf16", 3)):
            words = self.words(f"precision.compute={compute}", f"parallel.zero={zero}", f"log.name={compute}-{zero}")
            with self.subTest(compute=compute, zero=zero):
                plan = json.loads(subprocess.run([TRIREME, "plan", RECIPE, "--world", "2", "--json", *words], text=True,
                                                 cwd=self.folder, check=True, capture_output=True).stdout)
                expected = plan["memory"]["peak"] + plan["memory"]["process_on_cpu"]
                peaks = self.peak_pss(words)
                self.assertEqual(len(peaks), 2)
                for peak in peaks:
                    self.assertLessEqual(abs(peak - expected), 0.15 * expected, f"{peak} of {expected} expected")


if __name__ == "__main__":
    unittest.main()
