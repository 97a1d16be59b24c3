"""`trireme data prepare` on corpora as people keep them: tar, MDS, Parquet, compressed; and what it says about them."""
import io
import json
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from cli_support import ROOT, CliTest  # noqa: E402

READERS = str(ROOT / "build/readers/bin/python")  # has pyarrow
TEXTS = ["one", "two é", "", "three\nlines\n", "one"]


def megatron_pair(documents, vocab_size):
    """.bin and .idx, from the table of docs/formats/megatron.md alone."""
    code, letter = (8, "H") if vocab_size < 65500 else (4, "i")
    width = struct.calcsize(letter)
    tokens = b"".join(struct.pack(f"<{len(d)}{letter}", *d) for d in documents)
    lengths = [len(d) for d in documents]
    pointers = [width * sum(lengths[:i]) for i in range(len(documents))]
    index = b"MMIDIDX\0\0" + struct.pack("<QBQQ", 1, code, len(documents), len(documents) + 1)
    index += struct.pack(f"<{len(lengths)}i", *lengths) + struct.pack(f"<{len(pointers)}q", *pointers)
    return tokens, index + struct.pack(f"<{len(documents) + 1}q", *range(len(documents) + 1))


class CorporaTest(CliTest):
    def prepare(self, *words, env=None):
        return self.run_trireme("data", "prepare", *words, "--tokenizer", "bytes", "--to", "out", "--overwrite", "--json",
                                env=env)

    def documents(self, *words, env=None):
        """The texts that come out of the token files."""
        result = self.prepare(*words, "--append-eod", env=env)
        self.assertEqual(result.returncode, 0, result.stderr)
        data = (self.folder / "out.bin").read_bytes()
        tokens = struct.unpack(f"<{len(data) // 2}H", data)
        texts, text = [], bytearray()
        for token in tokens:
            if token == 256:
                texts.append(text.decode())
                text = bytearray()
            else:
                text.append(token)
        return texts

    def kept(self):
        return [text for text in TEXTS if text]

    def tar(self, name, mode, members):
        with tarfile.open(self.folder / name, mode) as archive:
            for member, text in members:
                info = tarfile.TarInfo(member)
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))

    def parquet(self, name, columns):
        script = ("import json, sys, pyarrow, pyarrow.parquet as p\n"
                  "p.write_table(pyarrow.table(json.loads(sys.argv[2])), sys.argv[1], row_group_size=2)")
        subprocess.run([READERS, "-c", script, name, json.dumps(columns)], cwd=self.folder, check=True, timeout=60)


class FormatsTest(CorporaTest):
    def test_webdataset(self):
        long_name = "folder/" + "x" * 120  # takes a header of its own in the tar file
        members = [(f"{long_name}/{i:04}.txt", text) for i, text in enumerate(TEXTS)]
        for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tar.xz", "w:xz")):
            with self.subTest(name):
                self.tar(name, mode, members)
                self.assertEqual(self.documents(name), self.kept())
        self.tar("b.tar", "w", [(f"{i}.json", json.dumps({"body": text})) for i, text in enumerate(TEXTS)])
        self.assertEqual(self.documents("b.tar", "--jsonl-key", "body"), self.kept())

    def test_compressed_lines(self):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode()
        self.write("a.jsonl.xz", lzma.compress(lines))
        self.write("a.jsonl", lines)
        self.assertEqual(self.documents("a.jsonl.xz"), self.documents("a.jsonl"))

    def test_mds(self):
        fixtures = ROOT / "tests/unit/data/fixtures"
        raw, zstd = self.documents(fixtures / "mds"), self.documents(fixtures / "mds_zstd")
        self.assertEqual(len(raw), 6)  # of seven, one is empty
        self.assertEqual(raw[0], "document 0: é")
        self.assertEqual(raw, zstd)

    def test_parquet(self):
        self.parquet("a.parquet", {"id": list(range(len(TEXTS))), "text": TEXTS})
        self.assertEqual(self.documents("a.parquet", env={"TRIREME_PYTHON": READERS}), self.kept())

    def test_several_formats_in_one(self):
        self.tar("a.tar", "w", [("1.txt", "from tar")])
        self.write("b.txt", "from text")
        self.assertEqual(self.documents("a.tar", "b.txt", ROOT / "tests/unit/data/fixtures/mds")[:2],
                         ["from tar", "from text"])


class RefusedTest(CorporaTest):
    def refused(self, code, *words, env=None):
        result = self.prepare(*words, env=env)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith("out")], [])
        return result.stderr

    def test_parquet(self):
        self.parquet("a.parquet", {"id": [1, 2], "text": ["a", None]})
        env = {"TRIREME_PYTHON": READERS}
        self.assertIn('a.parquet: has no column "body"; name one by --jsonl-key: id, text',
                      self.refused(1, "a.parquet", "--jsonl-key", "body", env=env))
        self.assertIn('a.parquet: the column "id" is int64, no text',
                      self.refused(1, "a.parquet", "--jsonl-key", "id", env=env))
        self.assertIn('a.parquet:2: "text" is no string', self.refused(1, "a.parquet", env=env))
        self.write("b.parquet", (self.folder / "a.parquet").read_bytes()[:-10])
        self.assertIn("b.parquet: Parquet magic bytes not found", self.refused(1, "b.parquet", env=env))

    def test_parquet_without_pyarrow(self):
        self.write("a.parquet", "any")
        bare = self.write("bare", f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
        bare.chmod(0o755)
        self.assertIn(f"a.parquet: Parquet is read with pyarrow, which {bare} has not: run {bare} -m pip install pyarrow",
                      self.refused(1, "a.parquet", env={"TRIREME_PYTHON": str(bare)}))
        self.assertIn("can't start nowhere/python", self.refused(3, "a.parquet", env={"TRIREME_PYTHON": "nowhere/python"}))

    def test_tokens_in_mds(self):
        shard = {"column_encodings": ["ndarray:int32"], "column_names": ["tokens"], "column_sizes": [None],
                 "compression": None, "format": "mds", "raw_data": {"basename": "s", "bytes": 12}, "samples": 1,
                 "version": 2}
        self.write("set/index.json", json.dumps({"version": 2, "shards": [shard]}))
        self.write("set/s", b"0" * 12)
        self.assertIn("columns of tokens are not read", self.refused(1, "set", "--jsonl-key", "tokens"))


class SummaryTest(CorporaTest):
    def test_duplicates_and_empty_documents_are_told(self):
        self.write("a.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in ("a", "b", "a", "", "a")))
        self.write("b.jsonl", '{"text": "b"}\n\n{"text": "c"}\n')
        info = json.loads(self.prepare("a.jsonl", "b.jsonl").stdout)
        self.assertEqual((info["documents"], info["empty_documents"], info["duplicate_documents"]), (6, 2, 3))
        self.assertEqual([source["empty_documents"] for source in info["sources"]], [1, 1])
        self.assertEqual(json.loads((self.folder / "out.json").read_text()), info)
        text = self.run_trireme("data", "prepare", "a.jsonl", "b.jsonl", "--tokenizer", "bytes", "--to", "text").stdout
        self.assertIn("3 documents are like one before them and were kept; 2 were empty and left out", text)
        self.write("c.txt", "c")
        text = self.run_trireme("data", "prepare", "c.txt", "--tokenizer", "bytes", "--to", "other").stdout
        self.assertNotIn("like one before", text)


class MegatronTest(CorporaTest):
    def test_bytes_are_those_of_the_table(self):
        draw = random.Random(5)
        texts = ["".join(draw.choice("abcdefé\n ") for _ in range(draw.randrange(1, 90))) for _ in range(200)]
        self.write("a.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in texts))
        documents = [[*text.encode(), 256] for text in texts]
        for vocab_size in (257, 65499, 65500):
            with self.subTest(vocab_size):
                result = self.prepare("a.jsonl", "--vocab-size", vocab_size, "--append-eod")
                self.assertEqual(result.returncode, 0, result.stderr)
                tokens, index = megatron_pair(documents, vocab_size)
                self.assertEqual((self.folder / "out.bin").read_bytes(), tokens)
                self.assertEqual((self.folder / "out.idx").read_bytes(), index)


if __name__ == "__main__":
    unittest.main()
