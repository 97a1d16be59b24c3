"""trireme deploy where something is in its way, and what it lets others see of its requests."""
import json
import os
import pathlib
import re
import subprocess
import time
import unittest

from deploy_support import BATCH, DATA, DESCRIPTIONS, LLAMA, NOTHING, DeployTest, contents

# Batch with so many queues that its template does not fit into a request.
LARGE = BATCH + "".join(f'[nodes.more{i}]\ninstance = "p4d.24xlarge"\ncapacity = {{ kind = "spot" }}\n'
                        for i in range(24))
CHINA = {"region": "cn-north-1", "partition": "aws-cn",
         "zones": [{"name": "cn-north-1a", "id": "cnn1-az1"}, {"name": "cn-north-1b", "id": "cnn1-az2"}]}


class TroubleTest(DeployTest):
    def test_without_a_terminal_only_with_yes(self):
        account = self.new_account()
        for verb in ("apply", "delete"):
            self.assert_says(account.deploy(verb, LLAMA, "--no-yes", code=2),
                             "there is no terminal to ask on; pass --yes")
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
                ("An error occurred (ExpiredToken) when calling the PutParameter operation: The security token "
                 "included in the request is expired", 254, "aws sso login"),
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
        self.assert_says(done, "can't start aws",
                         "next: install the AWS CLI, version 2.13 or newer, and put it on PATH")
        (account.folder / "bin/pcluster").unlink()
        for words in ((), ("--profile", "x")):
            done = account.deploy("apply", LLAMA, *words, env={"PATH": f"{account.folder}/bin:/usr/bin"}, code=3)
            self.assert_says(done, "next: pip install aws-parallelcluster, and put pcluster on PATH")

    def test_the_profile_reaches_both_programs(self):
        account = self.new_account()
        log = account.home / "seen"
        real = account.folder / "bin"
        env = self.command(account, "pcluster",
                           f'echo "$AWS_PROFILE $AWS_ACCESS_KEY_ID" >> {log}; exec {real}/pcluster "$@"')
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
            subprocess.run(["rm", "-rf", account.state], check=False,
                           stderr=subprocess.DEVNULL)  # it may come back meanwhile
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
        self.assert_says(done, "network: failed: ", "no Vpc", "buckets: failed: ", "no BucketBootstrap")
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
                self.assertRegex(urls[0],
                                 rf"^https://[A-Za-z0-9-]+\.s3\.{re.escape(suffix)}/templates/batch-[0-9a-f]+\.json$")
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
            self.assertRegex(line,
                             r"^aws --region us-east-2 --output json [a-z0-9]+ [a-z-]+( --cli-input-json "
                             r"file://FILE)?$|"
                                   r"^pcluster [a-z-]+ --region us-east-2 --cluster-name data"
                                   r"( --cluster-configuration FILE)?$")
        self.assertGreater(len(words), 15)

    def test_no_secret_is_told(self):
        account = self.new_account(polls_per_resource=1)
        account.env["AWS_SECRET_ACCESS_KEY"] = secret = "s3cr3t-of-the-caller"
        process = account.start("apply", DATA)
        lines = set()
        while process.poll() is None:
            for process_id in filter(str.isdigit, os.listdir("/proc")):
                try:
                    lines.add(pathlib.Path("/proc", process_id, "cmdline").read_bytes())
                except OSError:
                    pass  # it ended
        out, err = process.communicate()
        self.assertEqual(process.returncode, 0, err)
        told = [out, err, (account.folder / "calls.jsonl").read_text(),
                (account.state / "data/journal.jsonl").read_text()]
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
        members = {}
        for option, value in call["parameters"].items():
            name = names.get(option) or "".join(word.capitalize() for word in option.split("-"))
            members[name[0].lower() + name[1:] if call["service"] == "logs" else name] = value
        return members


if __name__ == "__main__":
    unittest.main()
