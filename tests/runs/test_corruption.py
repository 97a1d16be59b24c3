"""A bit that flips, in a rank's memory, in a checkpoint or in the token files, is found and named before anything builds on it."""
import json
import re
import time
import unittest

from run_support import RunTest

# Weights that stay as they are, so that they can be found in memory; every step is compared.
STILL = ("--set", "optimizer.learning_rate=0", "--set", "train.steps=100000", "--set", "checkpoint.asynchronous=false",
         "--set", "checkpoint.every_steps=10", "--set", "checkpoint.keep=1000000", "--set", "system.verify_every_steps=1")


def tensor_bytes(checkpoint, name):
    """A whole tensor of a checkpoint of ranks that repeat their state: rank 0 or another has it in its file."""
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    (piece,) = manifest["tensors"][name]["pieces"]
    path = checkpoint / manifest["files"][piece["file"]]["name"]
    return path.read_bytes()[piece["offset"]:piece["offset"] + 4 * piece["count"]]


def flip_in_memory(pid, pattern):
    """Flips a bit of every private copy of `pattern` in a process; returns how many there were."""
    flipped = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            begin, end = (int(part, 16) for part in span.split("-"))
            if rights != "rw-p" or end - begin > 1 << 28:
                continue
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except OSError:
                continue
            for match in re.finditer(re.escape(pattern), data):
                memory.seek(begin + match.start() + 5)
                memory.write(bytes([data[match.start() + 5] ^ 4]))
                flipped += 1
    return flipped


class MemoryTest(RunTest):
    WEIGHT = "model.layers.1.mlp.down_proj.weight"

    def flip_in_rank_1(self, *words):
        process = self.start(*words, *STILL)
        self.wait_for_step(11, process)
        deadline = time.monotonic() + 10
        while not list((self.run_folder() / "checkpoints").glob("step_*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        first = sorted((self.run_folder() / "checkpoints").glob("step_*"))[0]
        self.assertGreater(flip_in_memory(self.ranks_of(process)[1], tensor_bytes(first, self.WEIGHT)), 0)
        return self.finish(process, code=3)

    def test_a_flipped_weight_of_a_running_rank(self):
        process = self.flip_in_rank_1("--ranks", "3", "--set", "parallel.zero=0")
        self.assertRegex(process.err, r"rank 1 on \S+ \(pid \d+\) failed first")
        found = re.search(rf"step (\d+): {re.escape(self.WEIGHT)} of rank 1 on \S+ is not what the other 2 ranks hold", process.err)
        self.assertTrue(found, process.err)
        self.assertIn("nothing of this step was saved", process.err)
        self.assertLess(int(self.last_checkpoint().name.removeprefix("step_")), int(found[1]))
        # What was saved before is sound.
        self.train("--ranks", "3", "--set", "parallel.zero=0", "--resume", *STILL, "--set",
                   f"train.steps={int(found[1]) + 1}")

    def test_two_ranks_are_both_named(self):
        process = self.flip_in_rank_1("--ranks", "2", "--set", "parallel.zero=0")
        self.assertRegex(process.err, rf"{re.escape(self.WEIGHT)} differs between rank 0 on \S+ and rank 1 on \S+[;,] ")
        self.assertIn("a majority needs three ranks", process.err)

    def test_healthy_runs_pass(self):
        for words in (("--set", "parallel.zero=0"), ("--set", "parallel.zero=1"), ("--set", "parallel.dp_replicate=2")):
            self.train("--ranks", "2" if "parallel.dp_replicate=2" not in words else "4", *words, "--set",
                       "system.verify_every_steps=3", "--set", "train.steps=6", folder=self.new_folder())

    def test_nothing_to_compare_is_refused(self):
        for words in (("--ranks", "2"), ("--ranks", "1", "--set", "parallel.zero=0")):
            process = self.train(*words, "--set", "system.verify_every_steps=3", code=1)
            self.assertIn("no two ranks hold the same state, so there is nothing to compare", process.err)


class DiskTest(RunTest):
    def flip(self, path, at):
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        if path.is_symlink():
            path.unlink()
        path.write_bytes(data)

    def resume_from_older(self, damage, *parts):
        """Stops a run at step 15, damages its newest checkpoint, and goes on from that of step 10."""
        whole = self.new_folder()
        self.train("--ranks", "2", folder=whole)
        self.train("--ranks", "2", "--set", "train.steps=15", "--set", "schedule.decay_steps=30")
        damage(self.last_checkpoint())
        process = self.train("--ranks", "2", "--resume", "--set", "train.steps=30")
        for part in parts:
            self.assertIn(part, process.err)
        self.assertIn('"resume","step":10', (self.run_folder() / "events.jsonl").read_text())
        self.assert_same_run(self.folder, whole)

    def test_flipped_bit_in_a_shard(self):
        self.resume_from_older(lambda folder: self.flip(folder / "rank_00001.safetensors", -40),
                               "step_00000015/rank_00001.safetensors: checksum of the", "trying the one before it")

    def test_flipped_bit_in_the_manifest(self):
        self.resume_from_older(lambda folder: self.flip(folder / "manifest.json", 700), "step_00000015/manifest.json: ",
                               "trying the one before it")

    def test_manifest_that_names_a_file_outside(self):
        def point_outside(folder):
            shard = folder / "rank_00001.safetensors"
            shard.rename(folder.parent / "elsewhere")
            shard.symlink_to("../elsewhere")
        self.resume_from_older(point_outside, "rank_00001.safetensors: is a symbolic link")

    def test_flipped_bit_in_the_index_of_the_corpus(self):
        self.flip(self.folder / "corpus.idx", 34)  # the length of the first document
        self.assertIn("corpus.idx: ", self.train("--ranks", "2", code=1).err)

    def test_flipped_bit_in_the_tokens_of_the_corpus(self):
        self.flip(self.folder / "corpus.bin", 1000)
        process = self.train("--ranks", "2", "--set", "data.verify=true", code=1)
        self.assertIn("corpus.bin with its index is not what was prepared", process.err)

    def test_whole_token_files_verify(self):
        self.train("--ranks", "2", "--set", "data.verify=true", "--set", "train.steps=3")


if __name__ == "__main__":
    unittest.main()
