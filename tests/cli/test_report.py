"""trireme report: a page that opens offline, and what it says about folders that are no runs."""
import html.parser
import json
import unittest
import xml.etree.ElementTree

from cli_support import CliTest

RECORD = {"step": 1, "loss": 2.0, "grad_norm": 1.0, "lr": 0.1, "tokens": 8, "tokens_seen": 8, "step_seconds": 0.5,
          "data_seconds": 0.1, "tokens_per_second": 16.0, "tps_per_device": 8.0, "mfu": 0.25,
          "peak_memory_bytes": 1048576, "skipped": 0}


class Page(html.parser.HTMLParser):
    """Checks that every element is closed in order, and counts them."""

    VOID = {"meta", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.count = [], {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


class Report(CliTest):
    def make_run(self, name, steps=5):
        lines = [json.dumps(RECORD | {"step": step, "loss": 2 / step}) for step in range(1, steps + 1)]
        self.write(f"runs/{name}/metrics.jsonl", "\n".join(lines) + "\n")
        self.write(f"runs/{name}/events.jsonl", '{"time":"t","event":"evaluate","step":5,"loss":1.5}\n')

    def test_page_of_two_runs(self):
        self.make_run("a")
        self.make_run("b")
        done = self.run_trireme("report", "runs/a", "runs/b", "--to", "page.html")
        self.assertEqual((done.returncode, done.stdout), (0, "wrote page.html\n"), done.stderr)
        text = (self.folder / "page.html").read_text()
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertEqual(page.count["figure"], 7)
        self.assertEqual(page.count["html"], 1)
        self.assertNotIn("src=", text)
        self.assertNotIn("href=", text)

    def test_picture_is_a_whole_svg_file(self):
        self.make_run("a")
        done = self.run_trireme("report", "runs/a", "--picture", "loss.svg")
        self.assertEqual(done.returncode, 0, done.stderr)
        root = xml.etree.ElementTree.parse(self.folder / "loss.svg").getroot()
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertIn("stroke", root.find("{*}style").text)

    def test_default_place_and_plot(self):
        self.make_run("a")
        done = self.run_trireme("report", "runs/a", "--plot")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("a: loss by step\n", done.stdout)
        self.assertTrue((self.folder / "runs/a/report.html").exists())

    def test_json(self):
        self.make_run("a")
        done = self.run_trireme("report", "runs/a", "--json")
        self.assertEqual(json.loads(done.stdout)[0]["Validation loss"], "1.5000")

    def test_evaluations_are_shown(self):
        self.make_run("a")
        self.make_run("b")
        self.write("runs/a/evaluations.jsonl",
                   '{"time": "t1", "model": "step_00000005", "text": "<book>.txt", "loss": 2.50004, "tokens": 64}\n'
                   '{"time": "t2", "model": "step_00000005", "choices": "q.jsonl", "accuracy": 0.75}\n{"time": "torn')
        self.assertEqual(self.run_trireme("report", "runs/a", "runs/b", "--to", "page.html").returncode, 0)
        text = (self.folder / "page.html").read_text()
        self.assertEqual(Page(text).open, [])
        self.assertIn("<h2>Evaluations</h2>", text)
        self.assertIn("<td>a</td><td>step_00000005</td><td>&lt;book&gt;.txt</td><td>loss 2.5000, tokens 64</td>", text)
        self.assertIn("<td>q.jsonl</td><td>accuracy 0.7500</td>", text)
        shown = json.loads(self.run_trireme("report", "runs/a", "runs/b", "--json").stdout)
        self.assertEqual(shown[0]["Evaluations"][1], {"model": "step_00000005", "data": "q.jsonl",
                                                      "figures": "accuracy 0.7500", "time": "t2"})
        self.assertEqual(shown[1]["Evaluations"], [])
        self.run_trireme("report", "runs/b", "--to", "other.html")
        self.assertNotIn("Evaluations", (self.folder / "other.html").read_text())

    def assert_refused(self, done, code, part):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(part, done.stderr)

    def test_no_run_folder(self):
        self.assert_refused(self.run_trireme("report", "runs/absent"), 3, "runs/absent is no run folder")

    def test_run_without_a_step(self):
        self.write("runs/new/metrics.jsonl", "")
        self.assert_refused(self.run_trireme("report", "runs/new"), 1, "the run has made no step yet")

    def test_broken_metrics(self):
        self.write("runs/bad/metrics.jsonl", b"\x00\xff\x01\n")
        self.assert_refused(self.run_trireme("report", "runs/bad"), 1, "holds no step record")

    def test_page_that_can_not_be_written(self):
        self.make_run("a")
        self.assert_refused(self.run_trireme("report", "runs/a", "--to", "nowhere/page.html"), 3, "nowhere/page.html")


if __name__ == "__main__":
    unittest.main()
