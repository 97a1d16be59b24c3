"""A deployment that was killed, at whatever call, ends as the one that nobody killed."""
import random
import unittest

from deploy_support import BATCH, DESCRIPTIONS, NOTHING, SCALE, SLURM_JOBS, DeployTest, contents

SHARE = 1.0 if SCALE >= 20 else 0.03 * SCALE  # of the calls at which a deployment is killed


class KillTest(DeployTest):
    def moments(self, num_calls: int):
        """Calls to be killed at, with the kind of the kill."""
        all_moments = [(call, kind) for call in range(1, num_calls + 1) for kind in ("kill_before", "kill_after")]
        count = max(3, round(SHARE * len(all_moments)))
        return sorted(random.Random(20261125).sample(all_moments, min(count, len(all_moments))))

    def kill_each(self, text, start, verb, *words, expected, then=None):
        """Kills `verb` at each of the moments, beginning from the account `start`, and runs it again, or `then`."""
        whole = self.new_account().copy_of(start)
        whole.deploy(verb, text, *words)
        if then is None:
            self.assert_holds(whole, expected)
        for call, kind in self.moments(len(whole.calls())):
            with self.subTest(call=call, kind=kind):
                account = self.new_account().copy_of(start)
                account.strike({"fault": kind, "call": call})
                killed = account.deploy(verb, text, *words, code=None)
                if killed.returncode == 0:
                    continue  # steps side by side take a call more or less
                self.assertEqual(killed.returncode, -9, killed.stderr)
                if then is None:
                    account.deploy(verb, text, *words)
                else:
                    account.deploy(then[0], text, *then[1:])
                self.assert_holds(account, expected)

    def test_apply(self):
        for name, text in DESCRIPTIONS.items():
            with self.subTest(cluster=name):
                self.kill_each(text, self.new_account(), "apply", expected=contents(self.deployed(text).world()))

    def test_delete_with_data(self):
        for name, text in DESCRIPTIONS.items():
            with self.subTest(cluster=name):
                account = self.deployed(text)
                for bucket in account.world()["buckets"]:
                    account.aws("s3api", "put-object", "--bucket", bucket, "--key", "a/b", "--body", __file__)
                self.kill_each(text, account, "delete", "--data", expected=NOTHING)

    def test_update(self):
        text = DESCRIPTIONS["data"]
        changed = ("--set", "network.flow_log_days=7", "--set", "cluster.tags.team=\"x\"")
        account = self.deployed(text)
        expected = self.new_account().copy_of(account)
        expected.deploy("apply", text, *changed)
        self.kill_each(text, account, "apply", *changed, expected=contents(expected.world()))

    def test_a_change_that_is_taken_back(self):
        text, changed = DESCRIPTIONS["data"], ("--set", "network.flow_log_days=7")
        account = self.deployed(text)
        world = contents(account.world())
        for verb in ("plan", "apply"):
            self.kill_each(text, account, verb, *changed, expected=world, then=("apply",))

    def test_a_cluster_that_is_left_over(self):
        account = self.deployed(SLURM_JOBS)
        replaced = self.new_account().copy_of(account)
        replaced.deploy("apply", BATCH, "--replace", "parallelcluster")
        self.kill_each(BATCH, account, "apply", "--replace", "parallelcluster", expected=contents(replaced.world()))
        self.kill_each(BATCH, account, "delete", "--data", expected=NOTHING)

    def test_while_stacks_take_their_time(self):
        text, slow = DESCRIPTIONS["jobs"], {"polls_per_resource": 1}
        deployed = self.deployed(text, **slow)
        self.kill_each(text, self.new_account(**slow), "apply", expected=contents(deployed.world()))
        self.kill_each(text, deployed, "delete", "--data", expected=NOTHING)


if __name__ == "__main__":
    unittest.main()
