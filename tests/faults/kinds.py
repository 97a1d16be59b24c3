"""Random faults: each strikes a call that the unhurt run makes, drawn evenly over who calls, what and on which file."""
import dataclasses
import errno
import re
import signal

ANYWHERE = "runs/run"
PIPE_READS = 40  # of a supervisor: their number differs from run to run, and is larger


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    who: str  # a rank, "supervisor" or "*"
    call: str
    where: str
    first: int
    times: int
    action: str

    def text(self):
        return f"{self.who}|{self.call}|{self.where}|{self.first}|{self.times}|{self.action}"


def place_of(path):
    """The part of a path that stays the same from run to run; None: a file that is no concern of the run's."""
    for known in ("control", "pipe:", "tfevents", "manifest.json", ".step_", "/step_", "metrics.jsonl", "events.jsonl"):
        if known in path:
            return known
    named = re.search(r"(corpus\.\w+|(recipe|config)\.toml|environment\.json|\.lock|rank_\d\.log|checkpoints)", path)
    return named[1] if named else None


def points(calls):
    """{(who, call, place): how often}, the same for every run, so that a seed draws the same faults again."""
    counts = {}
    for who, call, _, path in calls:
        place = place_of(path)
        if place and (call, place) != ("mkdir", ".step_"):  # whichever rank comes first makes that folder
            counts[who, call, place] = counts.get((who, call, place), 0) + 1
    return {point: PIPE_READS if point[2] == "pipe:" else count for point, count in counts.items()}


def moment(dice, calls, wanted):
    """A random call of those that `wanted(who, call, place)` admits: who, call, place, its number."""
    counts = {point: count for point, count in points(calls).items() if wanted(*point)}
    who, call, place = dice.choice(sorted(counts))
    return who, call, place, dice.randint(1, counts[who, call, place])


def is_file(who, call, place):
    return place not in ("control", "pipe:")


def of_rank(who, call, place):
    return who != "supervisor" and place != "pipe:"


def io_error(dice, calls):
    return Fault("I/O error", *moment(dice, calls, is_file), dice.choice((1, 1, 1000000)), f"error={errno.EIO}")


def full_disk(dice, calls):
    def takes_space(who, call, place):
        return is_file(who, call, place) and call in ("write", "sync", "mkdir", "rename", "truncate")
    who, call, place, first = moment(dice, calls, takes_space)
    if dice.random() < 0.3:  # for everybody and everything from the first write that fails on
        return Fault("full disk", "*", "write", ANYWHERE, dice.randint(1, 40), 1000000, f"error={errno.ENOSPC}")
    return Fault("full disk", who, call, place, first, dice.choice((1, 1000000)), f"error={errno.ENOSPC}")


def cut_short(dice, calls):
    def moves_bytes(who, call, place):
        return is_file(who, call, place) and call in ("read", "write")
    return Fault("short write or read", *moment(dice, calls, moves_bytes), dice.choice((1, 3, 1000000)), "short")


def slow_disk(dice, calls):
    pause = f"delay={dice.choice((50, 200, 800))}"
    return Fault("slow disk", *moment(dice, calls, is_file), dice.choice((1, 2)), pause)


def killed_rank(dice, calls):
    number = dice.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS))
    return Fault("rank killed", *moment(dice, calls, of_rank), 1, f"signal={int(number)}")


def stopped_rank(dice, calls):
    return Fault("rank stopped", *moment(dice, calls, of_rank), 1, f"signal={int(signal.SIGSTOP)}")


def little_memory(dice, calls):
    return Fault("rank out of memory", *moment(dice, calls, of_rank), 1, f"memory={dice.choice((0, 1, 4, 16))}")


def killed_supervisor(dice, calls):
    def of_supervisor(who, call, place):
        return who == "supervisor"
    return Fault("supervisor killed", *moment(dice, calls, of_supervisor), 1, f"signal={int(signal.SIGKILL)}")


def stepped_clock(dice, calls):
    hours = dice.choice((-30, -5, -1, 1, 5, 30))
    return Fault("clock stepped", *moment(dice, calls, lambda *point: True), 1, f"clock={3600 * hours}")


def slow_rank(dice, calls):
    """Its rank is stopped and continued all the time, from outside."""
    ranks = {who for who, *_ in calls} - {"supervisor"}
    return Fault("rank slowed", dice.choice(sorted(ranks)), "", "", 0, 0, "")


KINDS = (io_error, full_disk, cut_short, slow_disk, killed_rank, stopped_rank, little_memory, killed_supervisor,
         stepped_clock, slow_rank)
