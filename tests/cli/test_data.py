"""`trireme data prepare`, `inspect` and `train-tokenizer` through the executable."""
import gzip
import json
import math
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from cli_support import TRIREME, CliTest  # noqa: E402

RECIPE = """\
version = 1
[model]
hidden_size = 64
intermediate_size = 128
num_hidden_layers = 2
num_attention_heads = 4
num_key_value_heads = 2
vocab_size = 300
[data]
train = ["0.75 a", "0.25 b"]
tokenizer = "bytes"
[train]
steps = 10
global_batch_size = 12
micro_batch_size = 2
seq_len = 16
"""


def prose(sentences, start=0):
    return "".join(f"Sentence {n} says that {n * 7919 % 10007} is not prime. It's {n}!\n" for n in
                   range(start, start + sentences))


class DataTest(CliTest):
    def data(self, *words, **keywords):
        return self.run_trireme("data", *words, **keywords)

    def prepared(self, *words):
        result = self.data("prepare", *words, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def inspected(self, *words):
        result = self.data("inspect", *words, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def refused(self, code, *words, **keywords):
        result = self.data(*words, **keywords)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stderr

    def left_over(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name.startswith("out"))


class PrepareTest(DataTest):
    def test_writes_what_megatron_reads(self):
        self.write("a.txt", "hi\n\nyou")
        self.write("b.jsonl.gz", gzip.compress(b'{"text": "\\u00e9"}\n\n{"text": ""}\n{"text": "z"}\n'))
        info = self.prepared("a.txt", "b.jsonl.gz", "--tokenizer", "bytes", "--to", "out/x", "--split-on", "\\n\\n",
                             "--append-eod")
        self.assertEqual([info[key] for key in ("documents", "tokens", "bytes")], [4, 12, 8])
        self.assertEqual(info["tokenizer"]["end_of_document"], 256)
        tokens = struct.unpack("<12H", (self.folder / "out/x.bin").read_bytes())
        self.assertEqual(tokens, (*b"hi", 256, *b"you", 256, *"é".encode(), 256, *b"z", 256))
        index = (self.folder / "out/x.idx").read_bytes()
        self.assertEqual(index[:9], b"MMIDIDX\0\0")
        self.assertEqual(struct.unpack("<QBQQ", index[9:34]), (1, 8, 4, 5))
        self.assertEqual(struct.unpack("<4i4q5q", index[34:]), (3, 4, 3, 2, 0, 6, 14, 20, 0, 1, 2, 3, 4))
        self.assertEqual(json.loads((self.folder / "out/x.json").read_text()), info)

    def test_workers_do_not_change_the_result(self):
        self.write("long.txt", prose(60_000))
        self.write("lines.jsonl", "".join(json.dumps({"body": prose(3, n)}) + "\n" for n in range(5000)))
        self.write("short.txt.gz", gzip.compress(prose(10).encode()))
        for workers in (1, 2, 5):
            self.prepared("long.txt", "lines.jsonl", "short.txt.gz", "--jsonl-key", "body", "--tokenizer", "bytes",
                          "--to", f"out{workers}", "--workers", workers)
        for suffix in ("bin", "idx", "json"):
            one, two, five = ((self.folder / f"out{n}.{suffix}").read_bytes() for n in (1, 2, 5))
            self.assertEqual(one, two)
            self.assertEqual(one, five)

    def test_identity_is_of_the_content(self):
        self.write("a.txt", prose(50))
        self.write("b.txt", prose(50))
        self.write("c.txt", prose(51))
        first, same, other = (self.prepared(f"{name}.txt", "--tokenizer", "bytes", "--to", f"out_{name}")
                              for name in "abc")
        self.assertEqual(first["content_hash"], same["content_hash"])
        self.assertNotEqual(first["content_hash"], other["content_hash"])

    def test_refuses_bad_input_and_leaves_nothing(self):
        self.write("empty.txt", "")
        self.write("cut.txt.gz", gzip.compress(os.urandom(200_000))[:100_000])
        self.write("bad.jsonl", '{"text": "fine"}\n{"text": broken\n')
        self.write("blank.jsonl", "\n\n")
        self.write("good.txt", prose(5))
        cases = [("missing.txt", 3, "missing.txt: no such file"),
                 (".", 3, ".: is a folder without index.json"),
                 ("empty.txt", 1, "empty.txt: the file is empty"),
                 ("cut.txt.gz", 1, "cut.txt.gz: the compressed data is cut short"),
                 ("bad.jsonl", 1, "bad.jsonl:2: not JSON"),
                 ("blank.jsonl", 1, "the inputs hold no text")]
        for name, code, message in cases:
            with self.subTest(name):
                self.assertIn(message, self.refused(code, "prepare", "good.txt" if name != "blank.jsonl" else name,
                                                    name,
                                                    "--tokenizer", "bytes", "--to", "out"))
                self.assertEqual(self.left_over(), [])

    def test_refuses_bad_tokenizers(self):
        self.write("a.txt", prose(5))
        self.write("t.json", "{")
        cases = [("none.json", 3, "can't open none.json"), ("t.json", 1, "t.json: not JSON")]
        for name, code, message in cases:
            self.assertIn(message, self.refused(code, "prepare", "a.txt", "--tokenizer", name, "--to", "out"))
        self.assertIn("the tokenizer bytes has 257 ids, more than the vocabulary of 256",
                      self.refused(1, "prepare", "a.txt", "--tokenizer", "bytes", "--to", "out", "--vocab-size", "256"))
        for token in ("<eod>", "[SEP]", "[a,b]"):
            self.assertIn(f'has no special token "{token}"; it has: <|endoftext|>',
                          self.refused(1, "prepare", "a.txt", "--tokenizer", "bytes", "--to", "out", "--append-eod",
                                       "--eod-token", token))

    def test_refuses_to_overwrite_unless_told(self):
        self.write("a.txt", prose(5))
        first = self.prepared("a.txt", "--tokenizer", "bytes", "--to", "out")
        self.write("a.txt", prose(6))
        self.assertIn("out.idx is there already", self.refused(2, "prepare", "a.txt", "--tokenizer", "bytes", "--to",
                                                               "out"))
        self.assertEqual(json.loads((self.folder / "out.json").read_text()), first)
        self.assertNotEqual(self.prepared("a.txt", "--tokenizer", "bytes", "--to", "out", "--overwrite"), first)

    def test_full_disk(self):
        self.write("a.txt", prose(40_000))
        limit = (500_000, 500_000)
        # A limit on file sizes fails as a full disk does: write(2) refuses.
        result = subprocess.run([TRIREME, "data", "prepare", "a.txt", "--tokenizer", "bytes", "--to", "out"],
                                cwd=self.folder, capture_output=True, text=True, timeout=60, restore_signals=False,
                                preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                                    resource.setrlimit(resource.RLIMIT_FSIZE, limit)))
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("can't write out.bin", result.stderr)
        self.assertEqual(self.left_over(), [])

    def test_unwritable_folder(self):
        self.write("a.txt", prose(5))
        self.write("file", "not a folder")
        self.assertIn("can't create folder file/x", self.refused(3, "prepare", "a.txt", "--tokenizer", "bytes", "--to",
                                                                 "file/x/y"))

    def test_killed_leaves_no_data_set_and_can_run_again(self):
        self.write("a.txt", prose(200_000))
        words = [TRIREME, "data", "prepare", "a.txt", "--tokenizer", "bytes", "--to", "out"]
        process = subprocess.Popen(words, cwd=self.folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while process.poll() is None and not (self.folder / "out.bin.tmp").exists():
            time.sleep(0.001)
        process.kill()
        process.wait()
        self.assertFalse((self.folder / "out.idx").exists())
        self.prepared("a.txt", "--tokenizer", "bytes", "--to", "out")
        self.assertEqual(self.left_over(), ["out.bin", "out.idx", "out.json"])

    def test_a_signal_leaves_nothing(self):
        self.write("a.txt", prose(200_000))
        words = [TRIREME, "data", "prepare", "a.txt", "--tokenizer", "bytes", "--to", "out", "--split-on", "!"]
        process = subprocess.Popen(words, cwd=self.folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while process.poll() is None and not (self.folder / "out.bin.tmp").exists():
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("stopped by a signal; nothing was written", errors)
        self.assertEqual(self.left_over(), [])

    def test_draws_a_bar_on_a_terminal_only(self):
        self.write("a.txt", prose(20_000))
        words = ["data", "prepare", "a.txt", "--tokenizer", "bytes", "--to", "out", "--overwrite"]
        self.assertEqual(self.run_trireme(*words).stderr, "")
        ours, theirs = pty.openpty()
        subprocess.run([TRIREME, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=theirs, check=True,
                       timeout=60)
        os.close(theirs)
        seen = os.read(ours, 65536).decode()
        os.close(ours)
        self.assertIn("prepare [", seen)
        self.assertTrue(seen.endswith("\r\x1b[K"), "the bar is cleared at the end")


class InspectTest(DataTest):
    def setUp(self):
        super().setUp()
        self.write("a.txt", prose(100))
        self.write("b.txt", prose(50, 5000))
        self.prepared("a.txt", "--tokenizer", "bytes", "--to", "a", "--split-on", "!\\n")
        self.prepared("b.txt", "--tokenizer", "bytes", "--to", "b", "--split-on", "!\\n", "--append-eod")
        self.write("r.toml", RECIPE)

    def test_rows_of_a_step(self):
        batch = self.inspected("r.toml", "--step", 3, "--ranks", 2)
        self.assertEqual([row["sample"] for row in batch["rows"]], list(range(24, 36)))
        self.assertEqual([row["data_rank"] for row in batch["rows"]], [0, 0, 1, 1] * 3)
        self.assertEqual([row["microbatch"] for row in batch["rows"]], [0] * 4 + [1] * 4 + [2] * 4)
        corpus = (self.folder / "a.txt").read_text().replace("!\n", "")
        from_a = [row for row in batch["rows"] if row["source"].startswith("a ")]
        self.assertEqual(len(from_a), 9)
        for row in from_a:
            self.assertEqual(len(row["tokens"]), 17)
            self.assertIn(row["text"], corpus)
            first = int(row["source"].split()[2].split("..")[0])
            self.assertEqual(corpus[first:first + 17], row["text"])

    def test_layout_does_not_change_rows(self):
        def tokens(*words):
            return [row["tokens"] for row in self.inspected("r.toml", "--step", 2, *words)["rows"]]
        one = tokens()
        self.assertEqual(tokens("--ranks", 3, "--set", "train.micro_batch_size=1"), one)
        self.assertNotEqual(tokens("--set", "train.seed=2"), one)

    def test_documents(self):
        found = self.inspected("b", "--document", 1)
        self.assertEqual(found["document"]["text"], prose(1, 5001).replace("!\n", "<|endoftext|>"))
        self.assertEqual(found["documents"], 50)
        self.assertIn("b has documents 0 to 49, not 50", self.refused(2, "inspect", "b", "--document", "50"))

    def test_statistics_are_those_of_the_text(self):
        text = prose(100).replace("!\n", "")
        found = self.inspected("a", "--statistics")
        self.assertEqual((found["tokens"], found["distinct_tokens"]), (len(text), len(set(text))))
        entropy = -sum(text.count(c) / len(text) * math.log(text.count(c) / len(text)) for c in set(text))
        self.assertAlmostEqual(found["unigram_entropy"], entropy, places=9)

    def test_packing_tells_documents(self):
        rows = self.inspected("r.toml", "--set", 'data.packing="documents"')["rows"]
        self.assertTrue(all(row["document_starts"][0] == 0 for row in rows))
        self.assertTrue(any(len(row["document_starts"]) > 1 for row in rows))
        for row in rows:
            starts = row["document_starts"]
            masked = [start - 1 for start in starts if start > 0]
            self.assertEqual(row["targets"], [None if i in masked else row["tokens"][i + 1] for i in range(16)])
            self.assertEqual(row["positions"], [i - max(s for s in starts if s <= i) for i in range(16)])

    def test_text_shows_borders_and_what_counts(self):
        words = ("inspect", "r.toml", "--set", 'data.packing="documents"', "--full")
        rows = self.inspected(*words[1:])["rows"]
        lines = self.data(*words).stdout.splitlines()
        self.assertEqual(lines[0], "step 1: 12 rows")
        for row, summary, text in zip(rows, lines[2::3], lines[3::3], strict=True):
            starts = row["document_starts"]
            masked = sum(start > 0 for start in starts)
            self.assertEqual(summary, f"  documents from {', '.join(map(str, starts))}; {16 - masked} of 16 targets count")
            self.assertEqual(text.count("‖"), masked)
            self.assertEqual(text[2:].replace("‖", ""), row["text"].replace("\n", "\\n"))
        stream = self.data("inspect", "r.toml").stdout
        self.assertIn("  16 of 16 targets count\n", stream)

    def test_refuses_what_it_cannot_show(self):
        self.assertIn("a: was prepared with a tokenizer of 257 ids (bytes), more than the model's vocabulary of 256",
                      self.refused(1, "inspect", "r.toml", "--set", "model.vocab_size=256"))
        (self.folder / "b.json").unlink()
        self.assertIn("b: token id 256 at position",
                      self.refused(1, "inspect", "r.toml", "--set", "model.vocab_size=256", "--set",
                                   'data.train=["b"]', "--set", "train.global_batch_size=200"))
        self.data("train-tokenizer", "a.txt", "--vocab-size", 290, "--to", "t.json")
        self.assertIn("a: was prepared with the tokenizer bytes (hash",
                      self.refused(1, "inspect", "r.toml", "--set", "data.tokenizer=t.json"))
        self.assertIn("but one sample takes seq_len + 1 = 100001",
                      self.refused(1, "inspect", "r.toml", "--set", "train.seq_len=100000"))
        self.assertIn("--step counts from 1, got 0", self.refused(2, "inspect", "r.toml", "--step", "0"))
        (self.folder / "a.bin").write_bytes((self.folder / "a.bin").read_bytes()[:-10])
        self.assertIn("a.bin", self.refused(1, "inspect", "r.toml"))
        self.assertIn("can't open c.idx", self.refused(3, "inspect", "c"))


class TrainTokenizerTest(DataTest):
    def test_trains_a_tokenizer_that_prepare_reads(self):
        self.write("a.txt", prose(3000))
        for name, workers in (("t1.json", 1), ("t2.json", 3)):
            result = self.data("train-tokenizer", "a.txt", "--vocab-size", 400, "--to", name, "--workers", workers)
            self.assertEqual(result.returncode, 0, result.stderr)
        tokenizer = (self.folder / "t1.json").read_bytes()
        self.assertEqual(tokenizer, (self.folder / "t2.json").read_bytes())
        self.assertEqual(json.loads(tokenizer)["model"]["vocab"]["<|endoftext|>"], 0)
        info = self.prepared("a.txt", "--tokenizer", "t1.json", "--to", "out", "--append-eod")
        self.assertEqual(info["tokenizer"]["vocab_size"], 400)
        self.assertEqual(info["tokenizer"]["end_of_document"], 0)
        self.assertLess(info["tokens"], info["bytes"] / 2)
        found = self.inspected("out")
        self.assertEqual(found["document"]["text"], (self.folder / "a.txt").read_text() + "<|endoftext|>")

    def test_says_what_is_wrong(self):
        self.write("a.txt", "ab")
        words = ("train-tokenizer", "a.txt", "--to", "t.json", "--vocab-size")
        self.assertIn("a vocabulary of 100 is too small", self.refused(1, *words, "100"))
        result = self.data(*words, "300")
        self.assertEqual(result.returncode, 0)
        self.assertIn("the text has words for 258 tokens only", result.stderr)


if __name__ == "__main__":
    unittest.main()
