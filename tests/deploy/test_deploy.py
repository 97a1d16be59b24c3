"""trireme deploy against an account that commands play: what it makes, changes, refuses, says and keeps to itself."""
import json
import pathlib
import re
import subprocess
import time
import unittest

from deploy_support import BATCH, DATA, DESCRIPTIONS, LLAMA, NOTHING, DeployTest, contents

LOCK = "/trireme/llama/lock"
# Batch with so many queues that its template does not fit into a request.
LARGE = BATCH + "".join(f'[nodes.more{i}]\ninstance = "p4d.24xlarge"\ncapacity = {{ kind = "spot" }}\n' for i in range(24))
CHINA = {"region": "cn-north-1", "partition": "aws-cn",
         "zones": [{"name": "cn-north-1a", "id": "cnn1-az1"}, {"name": "cn-north-1b", "id": "cnn1-az2"}]}


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
        self.assertEqual(json.loads(account.deploy("apply", LLAMA, "--json").stdout), {"cluster": "llama", "deployed": True})
        rows = json.loads(account.deploy("status", LLAMA, "--json").stdout)
        self.assertEqual([(row["step"], row["name"], row["status"], row["described"]) for row in rows],
                         [("buckets", "llama-buckets", "CREATE_COMPLETE", True),
                          ("network", "llama-network", "CREATE_COMPLETE", True),
                          ("filesystems", "llama-filesystems", "CREATE_COMPLETE", True),
                          ("parallelcluster", "llama", "CREATE_COMPLETE", True)])
        self.assertEqual(json.loads(account.deploy("drift", LLAMA, "--json").stdout), [])
        self.assertEqual(json.loads(account.deploy("delete", LLAMA, "--json").stdout),
                         {"cluster": "llama", "kept": ["buckets", "filesystems", "network"]})

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
        self.assertEqual([each["logical_id"] for key, each in after.items() if each != resources[key]], ["FlowLogGroup"])

    def test_changed_tags_are_a_change(self):
        account = self.deployed(LLAMA)
        self.assert_says(account.deploy("apply", LLAMA, "--set", 'cluster.tags.team="other"'), "buckets: updated")
        tags = account.world()["stacks"]["llama-buckets"]["tags"]
        self.assertIn({"Key": "team", "Value": "other"}, tags)
        self.assert_says(account.deploy("apply", LLAMA, "--set", 'cluster.tags.team="other"'), "buckets: is as described")

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
        self.assertIn("accounting: delete the stack, which is no longer described", account.deploy("plan", without).stdout)
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
                                      rf"  next: undo the change, or allow it with --replace {resource}; the old one is "
                                      r"kept, outside the stack")
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
        self.assert_says(done, "Export llama-network-PrivateSubnet1Id cannot be updated as it is in use by llama-filesystems",
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

    def test_a_plan_takes_nothing_away_from_a_deployment(self):
        account = self.deployed(LLAMA, polls_per_resource=1)
        text = LLAMA.replace("research", "other")
        apply = account.start("apply", text)
        while apply.poll() is None:
            account.deploy("plan", text, code=None)
        self.assertEqual(apply.returncode, 0, apply.communicate()[1])
        apply.communicate()


class TroubleTest(DeployTest):
    def test_without_a_terminal_only_with_yes(self):
        account = self.new_account()
        for verb in ("apply", "delete"):
            self.assert_says(account.deploy(verb, LLAMA, "--no-yes", code=2), "there is no terminal to ask on; pass --yes")
        self.assertEqual(account.calls(), [])

    def command(self, account, name, text):
        path = account.home / "tools" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return {"PATH": f"{path.parent}:{account.env['PATH']}"}

    def test_what_stands_before_aws_is_named_with_its_remedy(self):
        for said, status, remedy in (
                ("The config profile (nobody) could not be found", 255, "`aws configure list-profiles` lists them"),
                ("Unable to locate credentials. You can configure credentials by running \"aws configure\".", 253,
                 "give credentials: `aws configure sso`"),
                ("aws: error: argument operation: Invalid choice, valid choices are:", 2,
                 "the aws command line is too old for this call; install version 2.13 or newer"),
                ("An error occurred (ExpiredToken) when calling the PutParameter operation: The security token included "
                 "in the request is expired", 254, "aws sso login"),
                ("Error loading SSO Token: Token for x does not exist", 255, "aws sso login")):
            with self.subTest(said=said):
                account = self.new_account()
                env = self.command(account, "aws", f"echo '{said}' >&2; exit {status}")
                done = account.deploy("apply", LLAMA, "--profile", "nobody", env=env, code=3)
                self.assert_says(done, said, f"  next: ", remedy)

    def test_missing_programs(self):
        account = self.new_account()
        (account.home / "empty").mkdir()
        done = account.deploy("apply", LLAMA, env={"PATH": str(account.home / "empty")}, code=3)
        self.assert_says(done, "can't start aws", "next: install the AWS CLI, version 2.13 or newer, and put it on PATH")
        (account.folder / "bin/pcluster").unlink()
        for words in ((), ("--profile", "x")):
            done = account.deploy("apply", LLAMA, *words, env={"PATH": f"{account.folder}/bin:/usr/bin"}, code=3)
            self.assert_says(done, "next: pip install aws-parallelcluster, and put pcluster on PATH")

    def test_the_profile_reaches_both_programs(self):
        account = self.new_account()
        log = account.home / "seen"
        real = account.folder / "bin"
        env = self.command(account, "pcluster", f'echo "$AWS_PROFILE $AWS_ACCESS_KEY_ID" >> {log}; exec {real}/pcluster "$@"')
        self.command(account, "aws", f'echo "$4 $5 $6" >> {log}.aws; exec {real}/aws "$@"')
        account.deploy("apply", LLAMA, "--profile", "team", env=env | {"AWS_ACCESS_KEY_ID": "of another account"})
        self.assertEqual(set(log.read_text().splitlines()), {"team "})
        self.assertEqual(set(pathlib.Path(f"{log}.aws").read_text().splitlines()), {"json --profile team"})

    def test_a_journal_that_can_not_be_written_is_one_warning(self):
        account = self.new_account()
        account.state = pathlib.Path("/dev/full")
        done = account.deploy("apply", LLAMA)
        self.assertEqual(done.stderr.count("the deployment goes on without its journal"), 1)
        account.state = account.home / "full"
        (account.state / "llama").mkdir(parents=True)
        (account.state / "llama/journal.jsonl").symlink_to("/dev/full")
        done = account.deploy("delete", LLAMA, "--data")
        self.assertEqual(done.stderr.count("the deployment goes on without its journal"), 1)
        self.assert_holds(account, NOTHING)

    def test_a_state_folder_that_vanishes_loses_nothing(self):
        account = self.new_account(polls_per_resource=1)
        process = account.start("apply", LLAMA)
        while process.poll() is None:
            subprocess.run(["rm", "-rf", account.state], check=True, stderr=subprocess.DEVNULL)
            time.sleep(0.02)
        out, err = process.communicate()
        self.assertEqual((process.returncode, out), (0, "llama is deployed\n"), err)

    def test_the_journal_tells_what_the_terminal_did(self):
        account = self.deployed(LLAMA)
        lines = [json.loads(line) for line in (account.state / "llama/journal.jsonl").read_text().splitlines()]
        self.assertEqual(lines[-1]["step"], "parallelcluster")
        self.assertEqual(lines[-1]["what"], "created")

    def test_every_failure_of_steps_side_by_side_is_told(self):
        account = self.new_account(polls_per_resource=1)
        account.script(*[{"fault": "stack_failure", "stack": stack, "logical_id": resource, "reason": f"no {resource}"}
                         for stack, resource in (("llama-network", "Vpc"), ("llama-buckets", "BucketBootstrap"))])
        done = account.deploy("apply", LLAMA, code=3)
        self.assert_says(done, "network: failed: ", "no Vpc", "buckets: failed: ", "no BootstrapBucket")
        account.deploy("apply", LLAMA)

    def test_a_deletion_that_keeps_failing_ends(self):
        account = self.deployed(LLAMA)
        failure = {"fault": "stack_failure", "stack": "llama-network", "logical_id": "Vpc", "phase": "delete",
                   "reason": "has dependencies and cannot be deleted", "times": 3}
        account.script(failure)
        for verb, words in (("delete", ("--data",)), ("delete", ("--data",)), ("apply", ())):
            done = account.deploy(verb, LLAMA, *words, code=3)
            self.assert_says(done, "llama-network ended in DELETE_FAILED: Vpc (AWS::EC2::VPC): has dependencies",
                             "next: something outside the stacks uses it")
        account.deploy("apply", LLAMA)
        account.deploy("delete", LLAMA, "--data")
        self.assert_holds(account, NOTHING)


class RequestTest(DeployTest):
    def test_a_large_template_goes_through_the_bucket(self):
        for changes, suffix in (({}, "us-east-2.amazonaws.com"), (CHINA, "cn-north-1.amazonaws.com.cn")):
            text = LARGE
            if changes:
                text = text.replace("us-east-2", "cn-north-1").replace("use2-az3", "cnn1-az1")
            with self.subTest(suffix=suffix):
                account = self.deployed(text, **changes)
                urls = [call["parameters"]["template-url"] for call in account.calls("cloudformation.create-change-set")
                        if "template-url" in call["parameters"]]
                self.assertEqual(len(urls), 1)
                self.assertRegex(urls[0], rf"^https://[A-Za-z0-9-]+\.s3\.{re.escape(suffix)}/templates/batch-[0-9a-f]+\.json$")
                world = contents(account.world())
                account.deploy("apply", text)
                self.assert_holds(account, world)
                account.deploy("delete", text, "--data")
                self.assert_holds(account, NOTHING)

    def test_nothing_of_a_request_is_on_a_command_line(self):
        account = self.new_account()
        seen = account.home / "words"
        for name in ("aws", "pcluster"):
            path = account.home / "tools" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >> {seen}\nexec {account.folder}/bin/{name} "$@"\n')
            path.chmod(0o755)
        env = {"PATH": f"{account.home}/tools:{account.env['PATH']}"}
        account.deploy("apply", DATA, env=env)
        account.deploy("drift", DATA, env=env)
        account.deploy("delete", DATA, "--data", env=env)
        words = {re.sub(r"/proc/\d+/fd/\d+", "FILE", line) for line in seen.read_text().splitlines()}
        for line in words:
            self.assertRegex(line, r"^aws --region us-east-2 --output json [a-z0-9]+ [a-z-]+( --cli-input-json file://FILE)?$|"
                                   r"^pcluster [a-z-]+ --region us-east-2 --cluster-name data"
                                   r"( --cluster-configuration FILE)?$")
        self.assertGreater(len(words), 15)

    def test_no_secret_is_told(self):
        account = self.new_account(polls_per_resource=1)
        account.env["AWS_SECRET_ACCESS_KEY"] = secret = "s3cr3t-of-the-caller"
        process = account.start("apply", DATA)
        lines = set()
        while process.poll() is None:
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    lines.add(path.read_bytes())
                except OSError:
                    pass  # it ended
        out, err = process.communicate()
        self.assertEqual(process.returncode, 0, err)
        told = [out, err, (account.folder / "calls.jsonl").read_text(), (account.state / "data/journal.jsonl").read_text()]
        for text in told + [line.decode(errors="replace") for line in lines]:
            self.assertNotIn(secret, text)
        # The database's password is AWS's own: no template holds one.
        for stack in account.world()["stacks"].values():
            self.assertNotRegex(stack["template"], r'"(MasterUserPassword|SecretString)":"(?!\{\{resolve)')

    def test_requests_are_what_aws_takes(self):
        judges_python = pathlib.Path(__file__).resolve().parents[2] / "build/judges/bin/python"
        if not judges_python.exists():
            self.skipTest("build/judges is not there; tests/support/fetch_judges.py makes it")
        import judges
        items = {}
        for text in (*DESCRIPTIONS.values(), LARGE):
            account = self.new_account()
            for verb, words in (("plan", ()), ("apply", ()), ("apply", ("--set", 'cluster.tags.a="b"')), ("drift", ()),
                                ("delete", ("--data",))):
                account.deploy(verb, text, *words)
            for call in account.calls():
                if call["service"] != "pcluster" and call["operation"] != "put-object":
                    body = self.request_of(call)
                    items[json.dumps([call["service"], call["operation"], body], sort_keys=True)] = (
                        call["service"], call["operation"], body, "request")
        self.assertGreater(len({item[:2] for item in items.values()}), 15)
        for item, problems in zip(items.values(), judges.botocore_shapes(list(items.values())), strict=True):
            self.assertEqual(problems, [], item[:2])

    @staticmethod
    def request_of(call):
        """The request as it was in the input file: the log has its members by option."""
        names = {"template-url": "TemplateURL"}
        return {names.get(option) or "".join(word.capitalize() for word in option.split("-")): value
                for option, value in call["parameters"].items()}


if __name__ == "__main__":
    unittest.main()
