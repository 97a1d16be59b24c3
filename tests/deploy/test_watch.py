"""`trireme watch`: nodes come and go, with their reasons, as text, JSON and CSV."""
import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import time
import unittest

from account_support import BATCH, SMALL, AccountTest
from cli_support import TRIREME

COLUMNS = ["kind", "group", "id", "type", "zone", "state", "since", "reason"]
LOST = {"StateReason": {"Code": "Server.InternalError", "Message": 'Server.InternalError: "bad", host'},
        "StateTransitionReason": "Server.InternalError (2026-01-01 00:10:00 GMT)"}
ASKED = {"StateReason": {"Code": "Client.UserInitiatedShutdown",
                         "Message": "Client.UserInitiatedShutdown: User initiated shutdown"},
         "StateTransitionReason": "User initiated (2026-01-01 00:20:00 GMT)"}


class WatchTest(AccountTest):
    def deployed(self, text):
        description = self.write("cluster.toml", text)
        self.trireme("deploy", "apply", description, "--yes", "--poll", 0.001)
        self.set_instances()
        return description

    def slurm_node(self, number, kind="Compute", **more):
        tags = {"parallelcluster:cluster-name": "small", "parallelcluster:node-type": kind}
        if kind == "Compute":
            tags["parallelcluster:queue-name"] = "gpu"
        return self.instance(number, tags, **more)

    def follow(self, description, *words):
        process = subprocess.Popen([TRIREME, "watch", str(description), "--poll", "0.01", *words], cwd=self.folder,
                                   text=True, env=self.account.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        """Kills it with the `aws` that it may have started, which would still write into the account's folder."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def set_when_watched(self, *instances):
        """Changes the account between two looks: the world belongs to whoever holds its lock."""
        import fcntl
        with (self.account.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.set_instances(*instances)

    def next_change(self, process, state):
        """The next line of --json, which must tell of a node that is now in the state."""
        while True:
            row = json.loads(process.stdout.readline())
            if row["kind"] == "node":
                self.assertEqual(row["state"], state, row)
                return row


class OnceTest(WatchTest):
    def test_nodes_have_group_zone_state_and_reason(self):
        description = self.deployed(SMALL)
        self.set_instances(self.slurm_node(1, "HeadNode"), self.slurm_node(2),
                           self.slurm_node(3, state="terminated", **LOST),
                           self.slurm_node(4, state="terminated", **ASKED),
                           self.instance(5, {"parallelcluster:cluster-name": "other"}))
        rows = json.loads(self.trireme("watch", description, "--once", "--json").stdout)
        self.assertTrue(all(list(row) == COLUMNS for row in rows))
        fleet, head, node, lost, asked = rows
        self.assertEqual((fleet["kind"], fleet["id"], fleet["state"]), ("fleet", "small", "RUNNING"))
        self.assertEqual((head["group"], node["group"], node["type"], node["zone"]),
                         ("head", "gpu", "p5.48xlarge", "us-east-2a"))
        self.assertEqual((node["state"], node["since"], node["reason"]), ("running", "2026-01-01T00:00:00+00:00", ""))
        self.assertEqual((lost["state"], lost["since"]), ("terminated", "2026-01-01 00:10:00 GMT"))
        self.assertEqual(lost["reason"],
                         'Server.InternalError: "bad", host; next: EC2 failed: start the node again; if it goes '
                                         "on, look at the AWS Health Dashboard")
        self.assertEqual(asked["reason"], "Client.UserInitiatedShutdown: User initiated shutdown")
        table = self.trireme("watch", description, "--once").stdout.splitlines()
        self.assertEqual(table[0].split(), COLUMNS)
        self.assertEqual(len(table), 6)
        read = list(csv.DictReader(io.StringIO(self.trireme("watch", description, "--once", "--csv").stdout)))
        self.assertEqual(read, rows)  # with commas and quotes in a reason

    def test_a_protected_fleet_says_what_to_do(self):
        description = self.deployed(SMALL)
        self.account.change_world(fleet_status="PROTECTED")
        (fleet,) = json.loads(self.trireme("watch", description, "--once", "--json").stdout)
        self.assertEqual(fleet["state"], "PROTECTED")
        self.assertIn("update-compute-fleet --status START_REQUESTED", fleet["reason"])

    def test_nothing_is_a_heading_alone(self):
        description = self.deployed(BATCH)
        self.assertEqual(self.trireme("watch", description, "--once", "--csv").stdout, ",".join(COLUMNS) + "\n")
        self.assertEqual(json.loads(self.trireme("watch", description, "--once", "--json").stdout), [])

    def test_jobs_of_batch_that_wait_or_failed(self):
        description = self.deployed(BATCH)
        self.set_instances(self.instance(1, {"trireme:cluster": "jobs", "trireme:group": "gpu"}))
        job = {"jobQueue": "jobs-gpu", "jobDefinition": "d", "createdAt": 1767225600000, "polls": 0}
        reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - too large, for the queue"
        self.account.change_world(jobs={
            "j-1": job | {"jobName": "waits", "status": "RUNNABLE", "statusReason": reason},
            "j-2": job | {"jobName": "failed", "status": "FAILED", "statusReason": "Host EC2 terminated",
                          "stoppedAt": 1767225660000},
            "j-3": job | {"jobName": "runs", "status": "RUNNING"}})
        rows = json.loads(self.trireme("watch", description, "--once", "--json").stdout)
        self.assertEqual([(row["kind"], row["group"], row["id"]) for row in rows],
                         [("node", "gpu", "i-00000000000000001"), ("job", "gpu", "j-1"), ("job", "gpu", "j-2")])
        self.assertEqual((rows[1]["type"], rows[1]["state"], rows[1]["since"], rows[1]["reason"]),
                         ("waits", "RUNNABLE", "2026-01-01T00:00:00Z", reason))
        self.assertEqual((rows[2]["state"], rows[2]["since"]), ("FAILED", "2026-01-01T00:01:00Z"))

    def test_instances_and_volumes_of_batch_carry_the_tags_that_are_looked_for(self):
        self.write("cluster.toml", BATCH)
        self.trireme("synth", "cluster.toml", "--out", "files")
        resources = json.loads((self.folder / "files/batch.json").read_text())["Resources"]
        specifications = resources["TemplateGpu"]["Properties"]["LaunchTemplateData"]["TagSpecifications"]
        self.assertEqual([each["ResourceType"] for each in specifications], ["instance", "volume"])
        for each in specifications:
            tags = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
            self.assertEqual(tags, {"Name": "jobs-gpu", "trireme:cluster": "jobs", "trireme:group": "gpu",
                                    "team": "research"})


class FollowTest(WatchTest):
    def test_nodes_appear_change_and_go(self):
        description = self.deployed(SMALL)
        process = self.follow(description, "--json")
        self.assertEqual(json.loads(process.stdout.readline())["kind"], "fleet")
        self.set_when_watched(self.slurm_node(2, state="pending"))
        new = self.next_change(process, "pending")
        self.assertEqual(list(new), ["time", *COLUMNS, "was"])
        self.assertEqual(new["was"], "")
        self.set_when_watched(self.slurm_node(2))
        self.assertEqual(self.next_change(process, "running")["was"], "pending")
        self.set_when_watched(self.slurm_node(2, state="terminated", **LOST))
        lost = self.next_change(process, "terminated")
        self.assertEqual(lost["was"], "running")
        self.assertIn("Server.InternalError", lost["reason"])
        self.set_when_watched(self.slurm_node(3))
        self.assertEqual(self.next_change(process, "running")["id"], "i-00000000000000003")
        self.set_when_watched()
        self.assertEqual(self.next_change(process, "gone")["was"], "running")

    def test_csv_has_one_heading_and_text_says_from_what_to_what(self):
        description = self.deployed(SMALL)
        process = self.follow(description, "--csv")
        self.assertEqual(process.stdout.readline(), ",".join(["time", *COLUMNS, "was"]) + "\n")
        process.stdout.readline()
        self.set_when_watched(self.slurm_node(2, state="terminated", **LOST))
        (row,) = csv.reader([process.stdout.readline()])
        self.assertEqual((row[1], row[6]), ("node", "terminated"))
        self.assertIn('"bad", host', row[8])
        text = self.follow(description)
        self.assertRegex(text.stdout.readline(), r"^\d\d:\d\d:\d\d  fleet small: RUNNING\n$")
        self.assertRegex(text.stdout.readline(),
                         r"^\S+  node gpu i-\S+ p5.48xlarge us-east-2a: terminated \(Server.*\)\n$")

    def test_it_ends_once_every_node_runs(self):
        description = self.deployed(SMALL)
        process = self.follow(description, "--until-ready", "--json")
        process.stdout.readline()
        self.set_when_watched(self.slurm_node(1, "HeadNode"), self.slurm_node(2, state="pending"),
                              self.slurm_node(9, state="terminated", **ASKED))
        time.sleep(0.1)
        self.assertIsNone(process.poll())
        self.set_when_watched(self.slurm_node(1, "HeadNode"), self.slurm_node(2))
        self.assertEqual(process.wait(30), 0)

    def test_it_ends_when_a_node_is_lost_or_the_fleet_is_protected(self):
        description = self.deployed(SMALL)
        self.set_instances(self.slurm_node(8, state="terminated", **LOST))  # lost before the watch began
        process = self.follow(description, "--until-ready", "--json")
        process.stdout.readline()
        time.sleep(0.1)
        self.assertIsNone(process.poll())
        self.set_when_watched(self.slurm_node(9, state="terminated", **LOST))
        self.assertEqual(process.wait(30), 1)
        self.assertIn("does not become ready", process.stderr.read())
        self.set_instances()
        self.account.change_world(fleet_status="PROTECTED")
        self.trireme("watch", description, "--until-ready", "--poll", 0.01, code=1)

    def test_it_gives_up_in_time(self):
        description = self.deployed(SMALL)
        done = self.trireme("watch", description, "--until-ready", "--poll", 0.01, "--timeout", 0.1, code=1)
        self.assertIn("not ready after 0.1 s; `trireme watch --once` shows what is missing", done.stderr)

    def test_throttling_and_a_lost_connection_are_survived(self):
        description = self.deployed(SMALL)
        self.set_instances(self.slurm_node(1, "HeadNode"), self.slurm_node(2))
        self.account.script({"fault": "throttle", "operation": "ec2.describe-instances", "times": 2},
                            {"fault": "no_connection", "operation": "ec2.describe-instances", "times": 1})
        self.trireme("watch", description, "--until-ready", "--poll", 0.01)
        self.assertGreaterEqual(len(self.account.calls("ec2.describe-instances")), 4)

    def test_wrong_words(self):
        description = self.write("cluster.toml", SMALL)
        for words, message in ((["--poll", "0"], "--poll must be above 0"),
                               (["--json", "--csv"], "one of --json and --csv"),
                               (["--once", "--until-ready"], "one of --once and --until-ready"),
                               (["--timeout", "5"], "--timeout belongs to --until-ready"),
                               (["--until-ready", "--timeout", "-1"], "--timeout must be 0 or above")):
            self.assertIn(message, self.trireme("watch", description, *words, code=2).stderr)
        self.write("eks.toml", SMALL.replace('"parallelcluster"', '"eks"').replace("[nodes.head]", "[nodes.head]"))
        self.assertIn("is not built yet", self.trireme("watch", "eks.toml", code=1).stderr)
        self.assertEqual(self.account.calls(), [])


if __name__ == "__main__":
    unittest.main()
