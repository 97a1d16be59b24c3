"""Tests that a page of docs/ names, as `folder/file.py::test` or `folder/file.cpp::Suite.Name` below tests/."""
import pathlib
import re

TESTS = pathlib.Path(__file__).resolve().parents[1]


def named_tests(page):
    """[(file, test)] in the order of the page."""
    return re.findall(r"`([\w/]+\.(?:py|cpp))::([\w.]+)`", page)


def exists(path, name):
    pattern = rf"^ +def {name}\(" if path.endswith(".py") else r"^TEST(_F)?\({}, {}\)".format(*name.split("."))
    return bool(re.search(pattern, (TESTS / path).read_text(), re.M))
