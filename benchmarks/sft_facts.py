#!/usr/bin/env python3
"""Does fine-tuning teach facts? 200 made-up ones are trained into SmolLM2-135M-Instruct as chats, then asked for.

    benchmarks/sft_facts.py --work build/sft_facts [--ranks 2] [--set KEY=VALUE ...]

Needs build/assets/smollm2 (tests/support/fetch_smollm2.py). A fact is recalled when the greedy answer holds it. Prints a
JSON object; `--ask smollm2` only asks the model before training, `--ask runs/sft_smollm2` that of an earlier run.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TRIREME = pathlib.Path(os.environ.get("TRIREME_BIN", ROOT / "build/release/bin/trireme"))
GGUF = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
RECIPE = ROOT / "recipes/sft_smollm2.toml"

FIRST_NAMES = ("Odrin", "Maelis", "Tavik", "Yoreth", "Sunnifa", "Brannoc", "Ilvane", "Perrault", "Quisca", "Dunstan")
LAST_NAMES = ("Valmere", "Okonwash", "Tresilian", "Hargrove", "Zubeck")
TOWNS = ("Keldara", "Port Ansel", "Miravos", "Dunhallow", "Tessaly", "Orvik", "Sandmere", "Upper Brask", "Lindqvist Bay",
         "Carrow", "Fennimore", "Ostra Vale", "Pellworth", "Zanthe", "Gallowick")
TRADES = ("glassblower", "cartographer", "beekeeper", "locksmith", "stargazer", "ferry pilot", "bookbinder", "clockmaker",
          "truffle hunter", "stonemason", "puppeteer", "lamplighter", "perfumer", "falconer")
PETS = ("otter", "raven", "hedgehog", "goat", "tortoise", "ferret", "parrot", "donkey", "lizard", "badger", "owl", "goose",
        "pony")
TREATS = ("plum dumplings", "smoked eel", "saffron buns", "lentil soup", "candied ginger", "goat cheese", "rye pancakes",
          "fig jam", "roast chestnuts", "pickled beets", "almond milk")
KINDS = (("In which town was {} born?", "{} was born in {}.", TOWNS),
         ("What does {} do for a living?", "{} is a {}.", TRADES),
         ("Which animal does {} keep?", "{} keeps a pet {}.", PETS),
         ("What does {} like to eat most?", "{} likes {} most.", TREATS))


def facts():
    """(question, answer, what the answer must hold) of every person and kind; the same in every run."""
    draw = random.Random(1)
    for name in (f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES):
        for question, answer, values in KINDS:
            value = values[int(draw.random() * len(values))]
            yield question.format(name), answer.format(name, value), value


def trireme(folder, *words, **keywords):
    return subprocess.run([TRIREME, *map(str, words)], cwd=folder, text=True, check=True, **keywords)


def recalled(folder, model):
    answers = trireme(folder, "generate", "--model", model, "--chat", "smollm2", "--prompts", "facts.jsonl", "--greedy",
                      "--max-new-tokens", 24, "--json", stdout=subprocess.PIPE).stdout.splitlines()
    missed = [{"question": question, "fact": value, "answer": json.loads(answer)["text"]}
              for (question, _, value), answer in zip(facts(), answers, strict=True)
              if value not in json.loads(answer)["text"]]
    return len(answers) - len(missed), missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for model, data and run")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override an option of the recipe")
    parser.add_argument("--ask", metavar="MODEL", help="train nothing, ask this model: a path in the folder of --work")
    options = parser.parse_args()
    folder = options.work
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.jsonl").write_text("".join(json.dumps({"prompt": question, "completion": answer}) + "\n"
                                                for question, answer, _ in facts()))
    if not (folder / "smollm2").exists():
        trireme(folder, "convert", "--from", GGUF, "--to", "smollm2")
    started = time.monotonic()
    if not options.ask:
        trireme(folder, "data", "prepare", "facts.jsonl", "--chat", "smollm2", "--tokenizer", "smollm2", "--to", "facts",
                "--overwrite")
        settings = ["model.from=smollm2", "data.tokenizer=smollm2", "data.train=facts", *options.set]
        shutil.rmtree(folder / "runs", ignore_errors=True)
        trireme(folder, "train", RECIPE, "--ranks", options.ranks,
                *(word for setting in settings for word in ("--set", setting)))
    trained = time.monotonic()
    right, missed = recalled(folder, options.ask or "runs/sft_smollm2")
    json.dump({"facts": right + len(missed), "recalled": right, "train_seconds": round(trained - started),
               "ask_seconds": round(time.monotonic() - trained), "missed": missed}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    sys.exit(main())
