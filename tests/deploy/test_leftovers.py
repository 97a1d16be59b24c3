"""What earlier runs and descriptions left in the account: change sets, log groups, a cluster of ParallelCluster."""
import json
import unittest

from deploy_support import BATCH, DATA, NOTHING, SLURM_JOBS, DeployTest, contents

CHANGE = ("--set", "network.flow_log_days=7")
TAGGED = "Region: us-east-2\nHeadNode:\n  InstanceType: m5.large\nTags:\n  - Key: trireme:cluster\n    Value: {}\n"


class ChangeSetTest(DeployTest):
    def killed(self, start, verb, *words):
        """Accounts in which a run ended right after it had a change set made: each of them in turn."""
        whole = self.new_account().copy_of(start)
        whole.deploy(verb, DATA, *words)
        operations = [call["operation"] for call in whole.calls()]
        seen = 0
        for number in [i + 1 for i, operation in enumerate(operations) if operation == "create-change-set"]:
            account = self.new_account().copy_of(start)
            account.strike({"fault": "kill_after", "call": number})
            killed = account.deploy(verb, DATA, *words, code=None).returncode == -9
            if killed and self.pending(account):  # steps side by side may have taken a call more or less
                seen += 1
                yield account
        self.assertGreater(seen, 0)

    @staticmethod
    def pending(account):
        return [stack for stack in contents(account.world())["stacks"].values() if stack["pending"]]

    def test_the_next_run_clears_those_of_a_killed_one(self):
        deployed = self.deployed(DATA)
        world = contents(deployed.world())
        for verb in ("plan", "apply"):
            for account in self.killed(deployed, verb, *CHANGE):
                other = self.new_account().copy_of(account)
                account.deploy("apply", DATA)
                self.assert_holds(account, world)
                other.deploy("delete", DATA)
                self.assertEqual(self.pending(other), [])

    def test_those_of_a_killed_deletion(self):
        deployed = self.deployed(DATA)
        for account in self.killed(deployed, "delete", "--data"):
            other = self.new_account().copy_of(account)
            account.deploy("apply", DATA)
            self.assertEqual(contents(account.world())["stacks"], contents(deployed.world())["stacks"])
            other.deploy("delete", DATA)
            self.assertEqual(self.pending(other), [])

    def test_a_stack_that_was_announced_and_never_made(self):
        without = DATA.replace('[accounting]\nkind = "aurora"\n', "")
        expected = contents(self.deployed(without).world())["stacks"]
        seen = set()
        for account in self.killed(self.new_account(), "apply"):
            announced = [name for name, stack in account.world()["stacks"].items()
                         if stack["status"] == "REVIEW_IN_PROGRESS"]
            seen.update(announced)
            other = self.new_account().copy_of(account)
            if announced == ["data-accounting"]:
                account.deploy("apply", without)
                self.assertEqual(contents(account.world())["stacks"], expected)
            other.deploy("delete", DATA)
            self.assertEqual(self.pending(other), [])
            other.deploy("delete", DATA, "--data")
            self.assert_holds(other, NOTHING)
        self.assertIn("data-accounting", seen)

    def test_those_of_others_stay(self):
        account = self.deployed(DATA)
        template = account.home / "template.json"
        template.write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
        account.aws("cloudformation", "create-change-set", "--stack-name", "data-buckets", "--change-set-name", "mine",
                    "--template-body", f"file://{template}")
        account.deploy("apply", DATA)
        account.deploy("delete", DATA)
        self.assertEqual(contents(account.world())["stacks"]["data-buckets"]["pending"], ["mine"])


class LogTest(DeployTest):
    def log_groups(self, account):
        return [group["logGroupName"] for group in account.aws("logs", "describe-log-groups")["logGroups"]]

    def test_a_deletion_tells_of_the_log_groups_that_stay(self):
        for text, of_pcluster in ((BATCH, False), (DATA, True)):
            account = self.deployed(text)
            kept = json.loads(account.deploy("delete", text, "--json").stdout)["kept_logs"]
            self.assertEqual(sorted(kept), sorted(self.log_groups(account)))
            self.assertEqual(any(name.startswith("/aws/parallelcluster/") for name in kept), of_pcluster)
            out = account.deploy("delete", text).stdout
            for name in kept:
                self.assertIn(f"kept the log group {name}: delete it with --data\n", out)

    def test_data_goes_with_its_logs(self):
        account = self.deployed(BATCH)
        account.deploy("delete", BATCH)
        (kept,) = self.log_groups(account)
        self.assert_says(account.deploy("delete", BATCH, "--data"), f"logs: deleted {kept}\n")
        self.assert_holds(account, NOTHING)

    def test_the_logs_of_a_cluster_of_a_longer_name_stay(self):
        longer = BATCH.replace('name = "jobs"', 'name = "jobs-two"')
        account = self.deployed(longer)
        world = contents(account.world())
        account.deploy("apply", BATCH)
        account.deploy("delete", BATCH, "--data")
        self.assert_holds(account, world)

    def test_a_log_group_that_somebody_else_deletes_meanwhile(self):
        account = self.deployed(BATCH)
        account.deploy("delete", BATCH)
        (kept,) = self.log_groups(account)
        account.strike({"fault": "garbage", "operation": "logs.delete-log-group"})  # the first try did it
        account.deploy("delete", BATCH, "--data")
        self.assert_holds(account, NOTHING)


class PclusterTest(DeployTest):
    def test_another_orchestrator(self):
        account = self.deployed(SLURM_JOBS)
        world = contents(account.world())
        self.assertIn("parallelcluster: delete the cluster jobs, which is no longer described; apply needs --replace "
                      "parallelcluster\n", account.deploy("plan", BATCH).stdout)
        row = json.loads(account.deploy("status", BATCH, "--json").stdout)[-1]
        self.assertEqual((row["step"], row["name"], row["status"], row["described"]),
                         ("parallelcluster", "jobs", "CREATE_COMPLETE", False))
        done = account.deploy("apply", BATCH, code=1)
        self.assert_says(done, "the ParallelCluster jobs is there, and the description no longer asks for it\n  next: ",
                         "--replace parallelcluster")
        self.assert_holds(account, world)
        account.deploy("apply", BATCH, "--replace", "parallelcluster")
        expected = contents(self.deployed(BATCH).world())
        self.assertEqual(contents(account.world())["stacks"], expected["stacks"])
        self.assertEqual(json.loads(account.deploy("status", BATCH, "--json").stdout)[-1]["described"], True)

    def test_a_deletion_takes_it_before_its_network(self):
        for words in ((), ("--data",)):
            account = self.deployed(SLURM_JOBS)
            account.deploy("delete", BATCH, *words)
            (pcluster,) = account.calls("pcluster.delete-cluster")
            for call in account.calls("cloudformation.delete-stack"):
                self.assertGreater(call["index"], pcluster["index"])
            self.assertEqual(contents(account.world())["clusters"], {})
        self.assert_holds(account, NOTHING)

    def test_another_name(self):
        account = self.deployed(SLURM_JOBS)
        world = contents(account.world())
        for name, cluster in (("old", "jobs"), ("other", "other")):
            file = account.home / f"{name}.yaml"
            file.write_text(TAGGED.format(cluster))
            account.pcluster("create-cluster", "--cluster-name", name, "--cluster-configuration", file)
        self.assertIn("parallelcluster: delete the cluster old, ", account.deploy("plan", SLURM_JOBS).stdout)
        self.assert_says(account.deploy("apply", SLURM_JOBS, code=1), "the ParallelCluster old is there")
        account.deploy("apply", SLURM_JOBS, "--replace", "parallelcluster")
        after = contents(account.world())
        self.assertEqual(sorted(after["clusters"]), ["jobs", "other"])
        self.assertEqual(after["stacks"]["jobs"], world["stacks"]["jobs"])

    def test_who_has_no_pcluster_needs_none(self):
        account = self.new_account()
        (account.folder / "bin/pcluster").unlink()
        for verb in ("plan", "apply", "status", "delete"):
            account.deploy(verb, BATCH)


if __name__ == "__main__":
    unittest.main()
