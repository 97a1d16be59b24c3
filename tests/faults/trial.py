"""One random trial: a run is hurt, then resumed in peace, and must end as the run that nobody hurt."""
import dataclasses
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

from kinds import KINDS, Fault
from world import LIBRARY, Left, plain_environment, read_log

DEADLINE_SECONDS = 40  # timeout_s, three heartbeats, the grace time of 10 s, and a slow machine
ENVIRONMENT_CODES = (1, 3)


@dataclasses.dataclass
class Outcome:
    number: int
    kinds: tuple[str, ...]
    description: str
    struck: bool = False
    ended: str = ""  # how the hurt run ended
    culprit: bool | None = None  # whether the report named it; None: no report was due
    problems: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0


class Trial:
    def __init__(self, seed, number, worlds, folder):
        dice = random.Random(f"{seed}/{number}")
        self.world = worlds[dice.choices(sorted(worlds), weights=(3, 3, 1, 1))[0]]
        self.begin = dice.choice(("begin", "resume"))
        self.restarts = dice.choice((0, 0, 0, 1))
        calls = self.world.calls[self.begin]
        first = KINDS[number % len(KINDS)]  # every kind equally often
        more = [dice.choice(KINDS)] if dice.random() < 0.2 else []
        self.faults: list[Fault] = [kind(dice, calls) for kind in [first, *more]]
        self.folder = folder / f"trial_{number}"
        self.log = folder / f"trial_{number}.struck"
        plan = "; ".join(fault.text() if fault.call else f"rank {fault.who} slowed" for fault in self.faults)
        self.outcome = Outcome(number, tuple(sorted({fault.kind for fault in self.faults})),
                               f"{self.world.layout}, {self.begin}, {self.restarts} restarts: {plan}")

    def run(self):
        started = time.monotonic()
        self.world.fill(self.folder, self.begin)
        try:
            self.judge()
        finally:
            self.outcome.seconds = time.monotonic() - started
            if not self.outcome.problems:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.log.unlink(missing_ok=True)
        return self.outcome

    def check(self, holds, problem):
        if not holds:
            self.outcome.problems.append(problem)
        return holds

    def judge(self):
        code, report, durable = self.hurt()
        struck = read_log(self.log)
        slowed = any(not fault.call for fault in self.faults)
        self.outcome.struck = bool(struck) or slowed
        self.outcome.ended = f"exit code {code}"
        killed = any(who == "supervisor" and action == "signal=9" for who, _, action, _ in struck)
        self.check(code in (0, *ENVIRONMENT_CODES) or killed, f"ended with {code}:\n{report}")
        if code in ENVIRONMENT_CODES or "failed first" in report:
            self.outcome.culprit = any(names(report, one) for one in struck)
            self.check(self.outcome.culprit, f"the report names none of {struck}:\n{report}")
        left = Left(self.folder)
        complete = left.complete_steps()
        self.check(not durable or complete and complete[-1] >= durable,
                   f"the checkpoint of step {durable} was lost: {complete} are left")
        if code != 0:
            self.resume(left, complete)
        self.compare(left, report)

    def hurt(self):
        """Exit code, report, and the newest checkpoint ever seen whole."""
        environment = plain_environment() | {"LD_PRELOAD": str(LIBRARY), "FAULT_LOG": str(self.log),
                                             "FAULTS": ";".join(fault.text() for fault in self.faults if fault.call)}
        slowed = [fault.who for fault in self.faults if not fault.call]
        errors = self.folder / "stderr"
        words = ["--max-restarts", str(self.restarts)]
        with open(errors, "w") as file:
            process = subprocess.Popen(self.world.command(self.begin == "resume", words=words), cwd=self.folder,
                                       env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=file)
        left, durable = Left(self.folder), 0
        deadline = time.monotonic() + DEADLINE_SECONDS * (1 + self.restarts)
        while process.poll() is None and time.monotonic() < deadline:
            durable = max([durable, *left.complete_steps()])
            for rank in slowed:
                self.hold_up(process.pid, rank)
            time.sleep(0.04)
        if not self.check(process.poll() is not None, "hangs past the deadline"):
            process.kill()
            process.wait()
        self.check_nothing_left()
        return process.returncode, errors.read_text(errors="replace"), durable

    def hold_up(self, supervisor, rank):
        for pid, variables in processes():
            if variables.get("TRIREME_JOB_ID", "").endswith(f"-{supervisor}") and variables.get("TRIREME_RANK") == rank:
                try:
                    os.kill(pid, signal.SIGSTOP)
                    time.sleep(0.05)
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass

    def check_nothing_left(self):
        deadline = time.monotonic() + 5
        while (left := [pid for pid, _ in processes(self.folder)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.check(not left, f"processes left: {left}")
        self.check(not list(pathlib.Path("/dev/shm").glob("*trireme*")), "shared memory left")

    def resume(self, left, complete):
        began = (left.run / "config.toml").exists()
        events = len(left.lines("events.jsonl"))
        try:
            done = subprocess.run(self.world.command(began), cwd=self.folder, env=plain_environment(), text=True,
                                  errors="replace", stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            return self.check(False, "the resumed run hangs")
        self.check(done.returncode == 0, f"can't be resumed:\n{done.stderr}")
        self.check("can't be used" not in done.stderr, f"a whole checkpoint does not load:\n{done.stderr}")
        resumed = [event["step"] for event in left.lines("events.jsonl")[events:] if event.get("event") == "resume"]
        self.check(not complete or resumed == [complete[-1]] or complete[-1] == 0,
                   f"resumed from {resumed} although {complete} are whole")

    def compare(self, left, report):
        if self.outcome.problems:
            return
        golden = self.world.golden
        losses = left.losses()
        if not re.search(r"can't write \S*metrics.jsonl", report):  # else the run has said that lines may lack
            self.check(losses.keys() == golden.losses().keys(), f"steps {sorted(losses)} in metrics.jsonl")
        wrong = {step: loss for step, loss in losses.items() if golden.losses()[step] != loss}
        self.check(not wrong, f"losses differ: {wrong}")
        if self.check(left.complete_steps()[-1:] == golden.complete_steps()[-1:], "no last checkpoint"):
            self.check(left.last_state() == golden.last_state(), "the last checkpoint's bytes differ")


def processes(folder=None):
    """(pid, environment) of every process, or of those that work below a folder."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or folder and not (entry / "cwd").readlink().is_relative_to(folder):
                continue
            if not folder and (entry / "exe").readlink().name != "trireme-train":
                continue
            text = (entry / "environ").read_text(errors="replace")
            yield int(entry.name), dict(item.partition("=")[::2] for item in text.split("\0"))
        except OSError:
            pass


def names(report, strike):
    """Whether the report names this as the cause: the rank and what became of it, or the file and what it refused."""
    who, _, action, path = strike
    effect, _, value = action.partition("=")
    if effect == "signal" and int(value) == signal.SIGSTOP:
        return re.search(rf"rank {who} on \S+ \(pid \d+\) gave no sign of life for [\d.]+ s: it is stopped", report)
    if effect == "signal":
        name = signal.Signals(int(value)).name
        return re.search(rf"rank {who} on \S+ \(pid \d+\) failed first: it was killed by {name}", report)
    if effect == "memory":
        return re.search(rf"rank {who} on \S+ \(pid \d+\) failed first|rank {who}: ", report)
    if effect != "error" or pathlib.Path(path).name not in report or os.strerror(int(value)) not in report:
        return None
    return who == "supervisor" or re.search(rf"rank {who} on \S+ \(pid \d+\) failed first|rank {who}: ", report)
