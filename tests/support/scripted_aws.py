"""An AWS account for a test: a folder, and the commands `aws` and `pcluster` that play it (support/scripted_aws/).

    account = ScriptedAws(folder, polls_per_resource=2)
    account.script({"fault": "throttle", "operation": "cloudformation.describe-stacks", "times": 3})
    subprocess.run([TRIREME, "deploy", …], env=account.env)
    account.calls("cloudformation.create-change-set")
"""
import fnmatch
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIREME = pathlib.Path(os.environ.get("TRIREME_BIN", ROOT / "build/release/bin/trireme"))
PROGRAM = TRIREME.with_name("scripted_aws")
SEED = ROOT / "tests/support/scripted_aws/world.json"


class ScriptedAws:
    def __init__(self, folder, **changes):
        """`changes` replace members of the default world: region, zones, offerings, quotas, ec2, polls_per_resource…"""
        self.folder = pathlib.Path(folder)
        (self.folder / "bin").mkdir(parents=True)
        for name in ("aws", "pcluster"):
            (self.folder / "bin" / name).symlink_to(PROGRAM)
        self.write_world(json.loads(SEED.read_text()) | changes)
        own = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SCRIPTED_AWS"))}
        self.env = own | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "SCRIPTED_AWS": str(self.folder),
                          "AWS_DEFAULT_REGION": self.world()["region"]}

    def world(self) -> dict:
        return json.loads((self.folder / "world.json").read_text())

    def write_world(self, world: dict):
        (self.folder / "world.json").write_text(json.dumps(world))

    def change_world(self, **changes):
        self.write_world(self.world() | changes)

    def script(self, *faults):
        """Replaces the faults to come; faults.h lists them."""
        (self.folder / "script.json").write_text(json.dumps(faults))
        self.change_world(faults_used={})

    def calls(self, pattern: str = "*") -> list[dict]:
        """The calls so far whose "service.operation" matches: index, parameters, result, exit, iam."""
        log = self.folder / "calls.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [line for line in lines if fnmatch.fnmatchcase(f"{line['service']}.{line['operation']}", pattern)]

    def iam_actions(self) -> set[str]:
        """What a policy must allow for the calls so far."""
        return {action for call in self.calls() for action in call["iam"]}

    def run(self, program: str, *words) -> subprocess.CompletedProcess:
        return subprocess.run([str(self.folder / "bin" / program), *map(str, words)], env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def aws(self, *words):
        """The answer; None if the command prints nothing."""
        return self._answer("aws", *words)

    def pcluster(self, *words):
        return self._answer("pcluster", *words)

    def _answer(self, program, *words):
        done = self.run(program, *words)
        if done.returncode != 0:
            line = " ".join(map(str, (program, *words)))
            raise RuntimeError(f"{line}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None


def uncovered(actions, policy: dict) -> list[str]:
    """The actions that no Allow statement of an IAM policy names, whatever its resources and conditions."""
    allowed = []
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            named = statement.get("Action", [])
            allowed += [named] if isinstance(named, str) else named
    return sorted(action for action in actions
                  if not any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in allowed))
