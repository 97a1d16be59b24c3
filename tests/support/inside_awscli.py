"""Runs with the interpreter of build/judges: gives command lines to the real aws command, which reads and validates
them as ever but calls nobody. stdin: a list of command lines; stdout: what it says against each, "" for a good one.
"""
import contextlib
import io
import json
import os
import sys

from awscli.clidriver import create_clidriver


class NoAnswer:
    status_code = 200
    headers = {}


def judge(driver, argv):
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            status = driver.main(argv)
        except SystemExit as problem:
            status = problem.code
    return "" if status == 0 else said.getvalue().strip().rsplit("\n\n", 1)[-1]


def main():
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
    driver = create_clidriver()
    # Comes after the parameters were validated and in place of the request.
    driver.session.register("before-call", lambda **_: (NoAnswer(), {}))
    json.dump([judge(driver, argv) for argv in json.load(sys.stdin)], sys.stdout)


main()
