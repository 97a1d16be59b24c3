"""Token files between trireme and Megatron-LM: each reads what the other wrote, by Megatron's own code."""
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from cli_support import ROOT, CliTest  # noqa: E402

sys.path.insert(0, str(ROOT / "build/assets/megatron"))
import numpy  # noqa: E402
import torch  # noqa: E402
from megatron.core.datasets.indexed_dataset import IndexedDataset, IndexedDatasetBuilder  # noqa: E402

CL100K = ROOT / "build/assets/tiktoken/cl100k_base.tiktoken"


class MegatronTest(CliTest):
    def ran(self, *words):
        result = self.run_trireme("data", *words, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def build(self, prefix, dtype, documents, multimodal=False):
        """Writes documents, lists of sequences, as Megatron does."""
        builder = IndexedDatasetBuilder(f"{self.folder}/{prefix}.bin", dtype, multimodal)
        for document in documents:
            for sequence in document:
                builder.add_item(torch.tensor(sequence, dtype=torch.int64))
            builder.end_document()
        builder.finalize(f"{self.folder}/{prefix}.idx")

    def documents(self, prefix, count):
        """Token ids as trireme reads them."""
        return [self.ran("inspect", prefix, "--document", n)["document"]["tokens"] for n in range(count)]


class WrittenByTriremeTest(MegatronTest):
    def prepared(self, tokenizer):
        draw = random.Random(3)
        texts = ["".join(draw.choice("aé ü中文の\n") for _ in range(draw.randrange(1, 200))) for _ in range(12)]
        self.write("a.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in [*texts, "", "x"]))
        info = self.ran("prepare", "a.jsonl", "--tokenizer", tokenizer, "--to", "ours", "--append-eod", "--overwrite")
        self.assertEqual(info["documents"], 13)
        return self.documents("ours", 13)

    def test_megatron_reads_every_sequence(self):
        for tokenizer, dtype in (("bytes", numpy.uint16), (CL100K, numpy.int32)):
            expected = self.prepared(tokenizer)
            self.assertEqual(max(map(max, expected)) > 65535, dtype == numpy.int32)
            for mmap in (True, False):
                with self.subTest(tokenizer=tokenizer, mmap=mmap):
                    dataset = IndexedDataset(f"{self.folder}/ours", mmap=mmap)
                    self.assertEqual(dataset.index.dtype, dtype)
                    self.assertEqual(dataset.sequence_lengths.tolist(), [len(tokens) for tokens in expected])
                    self.assertEqual(dataset.document_indices.tolist(), list(range(14)))
                    self.assertEqual([dataset[n].tolist() for n in range(len(dataset))], expected)
                    self.assertEqual([tokens.tolist() for tokens in dataset[3:9]], expected[3:9])
                    for n, tokens in enumerate(expected):
                        middle = len(tokens) // 2
                        self.assertEqual(dataset.get(n, offset=middle).tolist(), tokens[middle:])
                        self.assertEqual(dataset.get(n, offset=1, length=middle).tolist(), tokens[1:1 + middle])

    def test_megatron_writes_the_same_bytes(self):
        for tokenizer, dtype in (("bytes", numpy.uint16), (CL100K, numpy.int32)):
            with self.subTest(tokenizer=tokenizer):
                self.build("theirs", dtype, [[tokens] for tokens in self.prepared(tokenizer)])
                for suffix in ("bin", "idx"):
                    self.assertEqual(*((self.folder / f"{name}.{suffix}").read_bytes() for name in ("ours", "theirs")))


class WrittenByMegatronTest(MegatronTest):
    def test_trireme_reads_every_document(self):
        for dtype in (numpy.uint8, numpy.int8, numpy.int16, numpy.uint16, numpy.int32, numpy.int64):
            top = min(numpy.iinfo(dtype).max, 2**31 - 1)
            documents = [[[0, 1, top]], [[5, 6], [7]], [], [[], [8]], [[top] * 100]]
            for multimodal in (False, True):  # with one, a mode follows for each sequence
                with self.subTest(dtype=dtype.__name__, multimodal=multimodal):
                    self.build("theirs", dtype, documents, multimodal)
                    self.assertEqual(self.documents("theirs", len(documents)),
                                     [sum(document, []) for document in documents])


if __name__ == "__main__":
    unittest.main()
