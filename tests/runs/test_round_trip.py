"""A checkpoint's weights through a Hugging Face folder and back into a checkpoint: not a bit changes."""
import json
import struct
import subprocess
import unittest

from run_support import TRIREME, RunTest


def tensors(path):
    """name -> bytes of a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return {name: data[8 + length:][slice(*entry["data_offsets"])]
            for name, entry in json.loads(data[8:8 + length]).items() if name != "__metadata__"}


class RoundTripTest(RunTest):
    def weights(self, folder=None):
        """Of the last checkpoint, which one rank wrote: every tensor whole."""
        (shard,) = self.last_checkpoint(folder).glob("*.safetensors")
        return {name: data for name, data in tensors(shard).items() if name.endswith(".weight")}

    def test_checkpoint_to_folder_to_checkpoint(self):
        self.train("--ranks", "1", "--set", "train.steps=4")
        subprocess.run([TRIREME, "convert", "--from", self.run_folder(), "--to", "hf"], cwd=self.folder, check=True,
                       capture_output=True)
        exported = tensors(self.folder / "hf/model.safetensors")
        before = self.weights()
        self.assertEqual(exported, before)

        other = self.new_folder()
        recipe = (other / "recipe.toml").read_text()
        head, rest = recipe.split("[data]")
        (other / "recipe.toml").write_text(f'version = 1\n[model]\nfrom = "{self.folder / "hf"}"\n[data]{rest}')
        # A step of AdamW with a rate of 0 leaves weights as they are.
        self.train("--ranks", "1", "--set", "train.steps=1", "--set", "optimizer.learning_rate=0", folder=other)
        after = self.weights(other)
        self.assertEqual(sorted(after), sorted(before))
        for name, data in before.items():
            self.assertTrue(after[name] == data, f"{name} differs")


if __name__ == "__main__":
    unittest.main()
