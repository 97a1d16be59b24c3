"""trireme deploy against an account that commands play: what it makes, changes, refuses and deletes, one at a time."""
import json
import time
import unittest

from deploy_support import BATCH, DATA, DESCRIPTIONS, LLAMA, NOTHING, DeployTest, contents

LOCK = "/trireme/llama/lock"


class LifeTest(DeployTest):
    def test_plan_of_an_empty_account_lists_everything_and_leaves_nothing(self):
        account = self.new_account()
        plan = {step["step"]: step for step in json.loads(account.deploy("plan", LLAMA, "--json").stdout)}
        self.assertEqual(list(plan), ["buckets", "network", "filesystems", "parallelcluster"])
        self.assertIn({"action": "Add", "resource": "FileSystemFsx", "type": "AWS::FSx::FileSystem", "replaced": False},
                      plan["filesystems"]["changes"])
        self.assertEqual(plan["parallelcluster"]["action"], "create the cluster")
        self.assertIn("  Add Vpc (AWS::EC2::VPC)\n", account.deploy("plan", LLAMA).stdout)
        self.assert_holds(account, NOTHING)

    def test_apply_twice_changes_nothing(self):
        for name, text in DESCRIPTIONS.items():
            with self.subTest(cluster=name):
                account = self.deployed(text)
                world = contents(account.world())
                self.assertEqual({stack["status"] for stack in world["stacks"].values()}, {"COMPLETE"})
                before = len(account.calls("cloudformation.create-change-set"))
                done = account.deploy("apply", text)
                self.assertEqual(len(account.calls("cloudformation.create-change-set")), before)
                self.assertEqual(done.stdout, f"{name} is deployed\n")
                self.assert_holds(account, world)
                self.assertEqual(account.deploy("plan", text).stdout.count("is as described"), len(world["stacks"]))

    def test_json_answers(self):
        account = self.deployed(LLAMA)
        self.assertEqual(json.loads(account.deploy("apply", LLAMA, "--json").stdout),
                         {"cluster": "llama", "deployed": True})
        rows = json.loads(account.deploy("status", LLAMA, "--json").stdout)
        self.assertEqual([(row["step"], row["name"], row["status"], row["described"]) for row in rows],
                         [("buckets", "llama-buckets", "CREATE_COMPLETE", True),
                          ("network", "llama-network", "CREATE_COMPLETE", True),
                          ("filesystems", "llama-filesystems", "CREATE_COMPLETE", True),
                          ("parallelcluster", "llama", "CREATE_COMPLETE", True)])
        self.assertEqual(json.loads(account.deploy("drift", LLAMA, "--json").stdout), [])
        answer = json.loads(account.deploy("delete", LLAMA, "--json").stdout)
        logs = [group["logGroupName"] for group in account.aws("logs", "describe-log-groups")["logGroups"]]
        self.assertEqual(answer | {"kept_logs": sorted(answer["kept_logs"])},
                         {"cluster": "llama", "kept": ["buckets", "filesystems", "network"], "kept_logs": sorted(logs)})

    def test_a_changed_description_updates_only_what_changed(self):
        account = self.deployed(LLAMA)
        resources = account.world()["resources"]
        change = ("--set", "network.flow_log_days=7")
        plan = [step for step in json.loads(account.deploy("plan", LLAMA, *change, "--json").stdout) if step["changes"]]
        self.assertEqual([(step["step"], [each["resource"] for each in step["changes"]]) for step in plan],
                         [("network", ["FlowLogGroup"])])
        done = account.deploy("apply", LLAMA, *change)
        self.assert_says(done, "network: updated", "buckets: is as described", "filesystems: is as described")
        after = account.world()["resources"]
        self.assertEqual(after.keys(), resources.keys())
        self.assertEqual([each["logical_id"] for key, each in after.items() if each != resources[key]],
                         ["FlowLogGroup"])

    def test_changed_tags_are_a_change(self):
        account = self.deployed(LLAMA)
        self.assert_says(account.deploy("apply", LLAMA, "--set", 'cluster.tags.team="other"'), "buckets: updated")
        tags = account.world()["stacks"]["llama-buckets"]["tags"]
        self.assertIn({"Key": "team", "Value": "other"}, tags)
        self.assert_says(account.deploy("apply", LLAMA, "--set", 'cluster.tags.team="other"'),
                         "buckets: is as described")

    def test_a_step_that_waits_for_another_has_a_plan(self):
        account = self.deployed(LLAMA)
        linked = LLAMA.replace('"s3://acme-corpus"', '"storage.corpus"') + '[storage.corpus]\nkind = "bucket"\n'
        self.assertIn("filesystems: changes that show only once the steps before are deployed",
                      account.deploy("plan", linked).stdout)

    def test_status_and_drift_tell_what_was_changed_by_hand(self):
        account = self.deployed(LLAMA)
        account.script({"fault": "resource_changed_by_hand", "stack": "llama-network", "logical_id": "FlowLogGroup",
                        "properties": {"RetentionInDays": 3}},
                       {"fault": "resource_changed_by_hand", "stack": "llama-network", "logical_id": "NodesFromNodes",
                        "deleted": True})
        account.aws("sts", "get-caller-identity")
        account.aws("sts", "get-caller-identity")
        rows = json.loads(account.deploy("drift", LLAMA, "--json", code=1).stdout)
        self.assertEqual([(row["resource"], row["status"], row["difference"]) for row in rows],
                         [("FlowLogGroup", "MODIFIED", "/RetentionInDays: 3 instead of 30"),
                          ("NodesFromNodes", "DELETED", "")])

    def test_an_undescribed_stack_goes_unless_it_holds_data(self):
        account = self.deployed(DATA)
        without = DATA.replace('[accounting]\nkind = "aurora"\n', "")
        self.assertIn("accounting: delete the stack, which is no longer described",
                      account.deploy("plan", without).stdout)
        done = account.deploy("apply", without, code=1)
        self.assert_says(done, "data-accounting holds data", "--replace accounting")
        self.assertIn("data-accounting", account.world()["stacks"])
        done = account.deploy("apply", without, "--replace", "accounting")
        self.assertNotIn("data-accounting", account.world()["stacks"])
        self.assertRegex(done.stderr, r"accounting: keeps \S+ \(AWS::RDS::DBCluster\), outside any stack")

    def test_delete_takes_undescribed_stacks_too(self):
        account = self.deployed(DATA)
        account.deploy("delete", DATA.replace('[accounting]\nkind = "aurora"\n', ""), "--data")
        self.assert_holds(account, NOTHING)

    def test_delete_keeps_data_and_apply_brings_the_cluster_back(self):
        for text, kept in ((LLAMA, ["buckets", "filesystems", "network"]),
                           (DATA, ["accounting", "buckets", "filesystems", "network"]), (BATCH, ["buckets"])):
            account = self.deployed(text)
            world = contents(account.world())
            self.assertEqual(json.loads(account.deploy("delete", text, "--json").stdout)["kept"], kept)
            self.assertEqual([name.split("-", 1)[1] for name in sorted(account.world()["stacks"])], kept)
            account.deploy("apply", text)
            back = contents(account.world())
            self.assertEqual((back["stacks"], back["clusters"]), (world["stacks"], world["clusters"]))

    def test_delete_with_data_leaves_nothing(self):
        for text in DESCRIPTIONS.values():
            account = self.deployed(text)
            for bucket in account.world()["buckets"]:
                for _ in range(2):
                    account.aws("s3api", "put-object", "--bucket", bucket, "--key", "a/b", "--body", __file__)
                account.aws("s3api", "delete-object", "--bucket", bucket, "--key", "a/b")
            account.deploy("delete", text, "--data")
            self.assert_holds(account, NOTHING)
            account.deploy("delete", text, "--data")


class DataTest(DeployTest):
    def assert_guarded(self, text, changed, resource, verb):
        account = self.deployed(text)
        world = contents(account.world())
        done = account.deploy("apply", changed, code=1)
        self.assertRegex(done.stderr, rf"the change {verb}.* {resource} \(AWS::\S+\), and its data\n"
                                      rf"  next: undo the change, or allow it with --replace {resource}; the old one "
                                      r"is kept, outside the stack")
        kept = [each for each in world["resources"] if each[1] == resource]
        self.assertEqual([each for each in contents(account.world())["resources"] if each[1] == resource], kept)
        account.deploy("apply", changed, "--replace", resource)
        account.deploy("apply", changed)
        return account

    def test_a_replaced_file_system(self):
        old = LLAMA.replace("throughput = 250", 'deployment = "persistent-1"\nversion = "2.15"\nthroughput = 200')
        account = self.assert_guarded(old, old.replace("2.15", "2.12"), "FileSystemFsx", "replaces")
        systems = [each for each in account.world()["resources"].values() if each["type"] == "AWS::FSx::FileSystem"]
        self.assertEqual(sorted(str(each["stack"]) for each in systems), ["None", "llama-filesystems"])

    def test_a_zone_can_not_be_changed_under_a_file_system(self):
        account = self.deployed(LLAMA)
        world = contents(account.world())
        done = account.deploy("apply", LLAMA.replace("use2-az3", "use2-az1"), code=3)
        self.assert_says(done, "Export llama-network-PrivateSubnet1Id cannot be updated as it is in use by "
                               "llama-filesystems",
                         "next: other stacks are built on it")
        self.assertEqual(contents(account.world())["resources"], world["resources"])

    def test_a_removed_bucket(self):
        self.assert_guarded(DATA, DATA.replace('[storage.corpus]\nkind = "bucket"\n', ""), "BucketCorpus", "removes")

    def test_a_removed_file_system(self):
        both = LLAMA.replace("[nodes.head]", '[storage.home]\nkind = "openzfs"\nmount = "/home"\nsize_gib = 512\n'
                                             'throughput = 320\n[nodes.head]')
        self.assert_guarded(both, LLAMA, "FileSystemHome", "removes")


class LockTest(DeployTest):
    def lock(self, account, **owner):
        account.change_world(ssm=account.world()["ssm"] | {LOCK: json.dumps(owner)})

    def assert_unlocked(self, account):
        self.assertEqual(contents(account.world())["parameters"], [])

    def test_only_one_of_several_proceeds(self):
        account = self.new_account(polls_per_resource=1)
        processes = [account.start("apply", LLAMA, poll=0.02) for _ in range(4)]
        codes = []
        for process in processes:
            _, err = process.communicate(timeout=120)
            codes.append(process.returncode)
            if process.returncode != 0:
                self.assertRegex(err, r"process \d+ on \S+ deploys this cluster, and was alive \d+ s ago\n  next: wait")
        self.assertEqual(sorted(codes), [0, 1, 1, 1])
        self.assert_unlocked(account)
        self.assertEqual(len(account.calls("pcluster.create-cluster")), 1)

    def test_of_several_that_find_a_dead_owner_one_proceeds(self):
        for _ in range(5):
            account = self.new_account()
            self.lock(account, host="gone", space="elsewhere", process=1, start="1", renewed=int(time.time()) - 400)
            account.script({"fault": "slow", "operation": "ssm.get-parameter", "ms": 50, "times": 4})
            processes = [account.start("apply", LLAMA, "--set", "cluster.tags.team=\"x\"") for _ in range(2)]
            for process in processes:
                process.communicate(timeout=120)
            self.assertIn([process.returncode for process in processes], ([0, 1], [1, 0]))
            self.assert_unlocked(account)

    def test_a_killed_owner_of_this_host_is_followed_at_once(self):
        account = self.new_account()
        account.strike({"fault": "kill_after", "operation": "cloudformation.execute-change-set"})
        self.assertEqual(account.deploy("apply", LLAMA, code=None).returncode, -9)
        self.assertEqual(contents(account.world())["parameters"], [LOCK])
        account.deploy("apply", LLAMA)
        self.assert_unlocked(account)

    def test_an_owner_elsewhere_is_followed_after_its_lease(self):
        account = self.new_account()
        self.lock(account, host="other", space="elsewhere", process=7, start="1", renewed=int(time.time()) - 100)
        done = account.deploy("apply", LLAMA, code=1)
        self.assertRegex(done.stderr, r"process 7 on other deploys this cluster, and was alive 10\d s ago")
        self.assert_says(done, "next: wait for it; a lock that is 300 s old is taken over")
        self.assertEqual([call for call in account.calls() if not call["operation"].endswith("parameter")], [])
        self.lock(account, host="other", space="elsewhere", process=7, start="1", renewed=int(time.time()) - 301)
        account.deploy("apply", LLAMA)
        self.assert_unlocked(account)

    def test_a_lock_that_nobody_can_read_is_taken_over(self):
        account = self.new_account()
        account.change_world(ssm={LOCK: "garbage"})
        account.deploy("apply", LLAMA)
        self.assert_unlocked(account)

    def assert_stops_without_its_lock(self, cause, *call):
        """A call changes the lock of a deployment that has begun; it must not get as far as the cluster."""
        account = self.new_account(polls_per_resource=1)
        process = account.start("apply", LLAMA, poll=0.02)
        while not account.calls("cloudformation.execute-change-set"):
            self.assertIsNone(process.poll())
            time.sleep(0.005)
        account.aws("ssm", *call, "--name", LOCK)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(f"{cause}: this deployment stops, for its lock is no longer its own\n  next: wait for", err)
        self.assertEqual(account.calls("pcluster.create-cluster"), [])
        return account

    def test_a_deployment_whose_lock_another_took_stops_and_names_it(self):
        other = {"host": "other", "space": "elsewhere", "process": 7, "start": "1", "renewed": int(time.time())}
        account = self.assert_stops_without_its_lock("process 7 on other deploys this cluster now", "put-parameter",
                                                     "--value", json.dumps(other), "--type", "String", "--overwrite")
        self.assertEqual(contents(account.world())["parameters"], [LOCK])  # it is the other's

    def test_a_deployment_whose_lock_is_gone_stops(self):
        self.assert_stops_without_its_lock("another deployment of this cluster may run now", "delete-parameter")

    def test_a_plan_takes_nothing_away_from_a_deployment(self):
        account = self.deployed(LLAMA, polls_per_resource=1)
        text = LLAMA.replace("research", "other")
        apply = account.start("apply", text)
        while apply.poll() is None:
            account.deploy("plan", text, code=None)
        self.assertEqual(apply.returncode, 0, apply.communicate()[1])
        apply.communicate()


if __name__ == "__main__":
    unittest.main()
