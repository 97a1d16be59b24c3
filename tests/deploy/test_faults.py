"""Whatever AWS does to a deployment, the failing run names the cause and the next one ends as if nothing had been."""
import random
import unittest

from deploy_support import DESCRIPTIONS, NOTHING, SCALE, DeployTest, contents

NUM_TRIALS = 50 * SCALE if SCALE > 1 else 10
MAX_RUNS = 8  # until a deployment must be through
UPDATE = ("--set", 'cluster.tags.team="other"')
CAPACITY = "We currently do not have sufficient capacity (InsufficientInstanceCapacity)"


def at(kind, rest=None):
    """A fault at a random call."""
    return lambda dice, account, verb: [{"fault": kind, "call": dice.randint(1, 60)} | (rest or {})]


def random_resource(dice, account):
    stacks = account.world()["stacks"]
    stack = dice.choice(sorted(stacks))
    return {"stack": stack, "logical_id": dice.choice(sorted(stacks[stack]["resources"]))}


def stack_failure(dice, account, verb):
    phase = "delete" if verb == "delete" else "deploy"
    return [{"fault": "stack_failure", "reason": CAPACITY, "phase": phase} | random_resource(dice, account)]


def stuck_rollback(dice, account, verb):
    """A failed update or creation whose roll-back fails too."""
    failing = stack_failure(dice, account, verb)[0]
    resources = sorted(account.world()["stacks"][failing["stack"]]["resources"])
    return [failing] + [failing | {"phase": "rollback", "logical_id": each, "reason": "still in use"}
                        for each in dice.sample(resources, min(3, len(resources)))]


def changed_by_hand(dice, account, verb):
    change = {"deleted": True} if verb == "delete" else {"properties": {"Tags": []}}
    return [{"fault": "resource_changed_by_hand", "operation": "ssm.put-parameter"} | change |
            random_resource(dice, account)]


# Fault, and what a run that it fails says; "" where it must not fail a run.
FAULTS = {
    "throttled for a moment": (at("throttle", {"times": 3}), ""),
    "an answer that is no JSON": (at("garbage"), ""),
    "no connection for a moment": (at("no_connection"), ""),
    "slow": (at("slow", {"ms": 30}), ""),
    "throttled for long": (lambda *_: [{"fault": "throttle", "operation": "cloudformation.describe-stacks",
                                        "times": 30}],
                           "run the command again in a minute"),
    "credentials run out": (at("expired_credentials", {"times": 2}), "aws sso login"),
    "denied": (at("access_denied", {"action": "some:Thing"}), "`trireme synth --target policy` writes a policy"),
    "a resource fails": (stack_failure, CAPACITY),
    "a roll-back fails": (stuck_rollback, CAPACITY),
    "changed by hand": (changed_by_hand, ""),
}


class FaultTest(DeployTest):
    def setUp(self):
        self.deployed_by_name = {name: self.deployed(text) for name, text in DESCRIPTIONS.items()}
        self.updated = {}
        for name, account in self.deployed_by_name.items():
            updated = self.new_account().copy_of(account)
            updated.deploy("apply", DESCRIPTIONS[name], *UPDATE)
            self.updated[name] = contents(updated.world())

    def operation(self, name, verb):
        """An account to begin with, the command's words, and what is to be there in the end."""
        deployed = self.deployed_by_name[name]
        if verb == "create":
            return self.new_account(), ("apply", DESCRIPTIONS[name]), contents(deployed.world())
        account = self.new_account().copy_of(deployed)
        if verb == "update":
            return account, ("apply", DESCRIPTIONS[name], *UPDATE), self.updated[name]
        return account, ("delete", DESCRIPTIONS[name], "--data"), NOTHING

    def run_until_done(self, account, words, cause, failed, kind):
        self.said = ""
        for _ in range(MAX_RUNS):
            done = account.deploy(*words, code=None)
            self.said += done.stderr
            if done.returncode == 0:
                if "the deployment's lock stays behind" in done.stderr:  # for the next one to take over
                    continue
                return
            failed.add(kind)
            self.assertTrue(cause, done.stderr)  # else it is a fault that must not fail a run
            self.assert_says(done, cause, "next: ")
            cause = "still in use" if cause == CAPACITY else cause
        self.fail(f"still fails: {done.stderr}")

    def forget_orphans(self, account, verb):
        """A creation whose roll-back fails leaves what holds data outside any stack: the run must have named it. The
        logs that a failed ParallelCluster keeps are known only to it."""
        world = account.world()
        for key in [key for key, each in world["resources"].items() if each["stack"] is None]:
            if not key.startswith("/aws/parallelcluster/") or verb == "delete":
                self.assertIn(f"keeps {key.split('#')[0]} ", self.said)
            del world["resources"][key]
            world["buckets"].pop(key, None)
        account.write_world(world)

    def test_random_faults(self):
        dice = random.Random(20261126)
        failed = set()
        for trial in range(NUM_TRIALS):
            kind = list(FAULTS)[trial % len(FAULTS)]
            name, verb = dice.choice(list(DESCRIPTIONS)), dice.choice(("create", "update", "delete"))
            if kind == "changed by hand" and verb == "create":
                verb = "delete"
            with self.subTest(trial=trial, kind=kind, cluster=name, verb=verb):
                make, cause = FAULTS[kind]
                account, words, expected = self.operation(name, verb)
                faults = make(dice, self.deployed_by_name[name], verb)
                account.strike(*faults)
                self.run_until_done(account, words, cause, failed, kind)
                self.forget_orphans(account, verb)
                self.assert_holds(account, expected)
        self.assertGreaterEqual(failed, {"throttled for long", "a resource fails"})


if __name__ == "__main__":
    unittest.main()
