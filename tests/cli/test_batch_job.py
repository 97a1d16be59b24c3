"""The script of the Batch NCCL job, with its nodes as processes of this machine: the main node at 127.0.0.2, a worker
at 127.0.0.1, the address from which Linux connects to it."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from cli_support import CliTest

MAIN, WORKER, GPUS, JOB = "127.0.0.2", "127.0.0.1", 4, "1f2e3d4c-0000-4000-8000-123456789abc"
CLUSTER = """\
version = 1
[cluster]
name = "llama"
region = "us-east-2"
zone = "use2-az3"
orchestrator = "batch"
[nodes.gpu]
role = "worker"
instance = "p5.48xlarge"
count = 2
"""
# ssh accepts hosts that are in known_hosts with the key that their sshd was started with; both leave what they saw.
STUBS = {
    "sshd": 'echo "$*" >"$RECORD/sshd"; while [ $# -gt 0 ]; do case $1 in '
            '-h) cut -d" " -f1,2 "$2.pub" >"$RECORD/host-key";; '
            'AuthorizedKeysFile=*) cp "${1#*=}" "$RECORD/authorized_keys";; esac; shift; done',
    "ssh": 'config=$2; host=$3; known=$(sed -n "s/^UserKnownHostsFile //p" "$config"); '
           'grep -qxF "$host $(cat "$RECORD/host-key")" "$known" || exit 255; echo "$host" >>"$RECORD/ssh"',
    "mpirun": 'echo "$0 $*" >"$RECORD/mpirun"; while [ "$1" != --hostfile ]; do shift; done; '
              'cp "$2" "$RECORD/hostfile"',
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


@unittest.skipUnless(shutil.which("ssh-keygen") and shutil.which("perl"), "the job's nodes need ssh-keygen and perl")
class BatchJobTest(CliTest):
    def setUp(self):
        super().setUp()
        cluster = self.write("c.toml", CLUSTER)
        done = self.run_trireme("synth", cluster, "--out", "out", "--target", "batch")
        self.assertEqual(done.returncode, 0, done.stderr)
        resources = json.loads((self.folder / "out/batch.json").read_text())["Resources"].values()
        job = next(each for each in resources if each["Type"] == "AWS::Batch::JobDefinition")
        self.container = job["Properties"]["NodeProperties"]["NodeRangeProperties"][0]["Container"]
        self.script = self.container["Command"][2]
        self.assertEqual(self.script.count("PORT=9023"), 1)
        self.port = free_port()
        for name, script in STUBS.items():
            self.write(f"stubs/{name}", f"#!/bin/bash\n{script}\n").chmod(0o755)
        self.record = self.folder / "record"
        self.record.mkdir()

    def start(self, index, nodes=2, deadline=20, job=JOB, **env):
        """A node of the job, with a home and a place for temporary files of its own."""
        home = self.folder / f"node{index}"
        (home / "tmp").mkdir(parents=True, exist_ok=True)
        settings = {"PATH": f"{self.folder / 'stubs'}:{os.environ['PATH']}", "HOME": home, "TMPDIR": home / "tmp",
                    "RECORD": self.record, "GPUS_PER_NODE": GPUS, "JOIN_DEADLINE_S": deadline,
                    "AWS_BATCH_JOB_ID": f"{job}#{index}", "AWS_BATCH_JOB_NUM_NODES": nodes,
                    "AWS_BATCH_JOB_NODE_INDEX": index, "AWS_BATCH_JOB_MAIN_NODE_INDEX": 0, **env}
        if index:
            settings["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = MAIN
        process = subprocess.Popen(["bash", "-c", self.script.replace("PORT=9023", f"PORT={self.port}")], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={name: str(value) for name, value in settings.items()})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def finish(self, process, code=0):
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, code, out + err)
        return err

    def ask(self, line):
        """What the main node answers a client that is none of the script's; waits until it listens."""
        for _ in range(100):
            try:
                client = socket.create_connection((MAIN, self.port), timeout=10)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        with client:
            client.sendall(line.encode() + b"\n")
            return client.makefile().readline()

    def read(self, name):
        return (self.record / name).read_text()

    def test_two_nodes_meet_and_run_on_every_gpu(self):
        # The worker comes first and waits.
        worker = self.start(1)
        main = self.start(0, NCCL_P2P_LEVEL="NVL", FI_PROVIDER="efa", LD_LIBRARY_PATH="")
        self.finish(main)
        self.finish(worker)
        self.assertEqual(self.read("hostfile"), f"{MAIN} slots={GPUS}\n{WORKER} slots={GPUS}\n")
        self.assertEqual(self.read("ssh"), f"{WORKER}\n")
        call = self.read("mpirun")
        self.assertTrue(call.startswith(f"{self.folder}/stubs/mpirun "), call)
        self.assertIn(f" -np {2 * GPUS} -N {GPUS} ", call)
        for name in ("NCCL_P2P_LEVEL", "FI_PROVIDER", "LD_LIBRARY_PATH"):
            self.assertIn(f" -x {name} ", call)
        key = next((self.folder / "node0/tmp").glob("*/key.pub")).read_text().split()
        self.assertEqual(self.read("authorized_keys"), f'from="{MAIN}" {key[0]} {key[1]}\n')
        self.assertRegex(self.read("sshd"), "^-D -e -h .*/key ")
        self.assertEqual(list((self.folder / "node0").glob(".*")), [], "nothing in the home folder")

    def test_a_stranger_gets_no_key_and_a_late_comer_does(self):
        main = self.start(0)
        for line in ("", "hello", f"{JOB[:-1]} ssh-ed25519 AAAA", f"{JOB} ssh-rsa AAAA", f"{JOB} ssh-ed25519 AA'AA"):
            with self.subTest(line=line):
                self.assertEqual(self.ask(line), "")
        stranger = self.start(1, job="another")
        self.assertIn(f"the main node {MAIN} refused this one", self.finish(stranger, code=1))
        self.assertFalse((self.record / "sshd").exists())
        self.finish(self.start(1))
        self.assertIn(f"refused {WORKER}", self.finish(main))

    def test_a_missing_node_ends_the_wait_and_the_same_one_counts_once(self):
        start = time.monotonic()
        main = self.start(0, nodes=3, deadline=2)
        for _ in range(2):
            self.assertRegex(self.ask(f"{JOB} ssh-ed25519 AAAA"), "^ssh-ed25519 ")
        self.assertEqual(self.ask(f"{JOB} ssh-ed25519 BBBB"), "", "another key from the same address")
        self.assertIn(f"2 of 3 nodes came within 2 s: the main one {WORKER}", self.finish(main, code=1))
        self.assertLess(time.monotonic() - start, 10)
        self.assertFalse((self.record / "mpirun").exists())

    def test_a_worker_without_a_main_node_ends_too(self):
        self.assertIn(f"the main node {MAIN} did not answer within 1 s", self.finish(self.start(1, deadline=1), code=1))

    def test_a_host_that_proves_another_key_is_not_used(self):
        self.write("stubs/sshd", '#!/bin/bash\necho "ssh-ed25519 CCCC" >"$RECORD/host-key"\n')
        self.write("stubs/sleep", "#!/bin/bash\n").chmod(0o755)
        main = self.start(0)
        self.finish(self.start(1))
        self.assertIn(f"no sshd on {WORKER}", self.finish(main, code=1))

    def test_the_script_pleases_shellcheck(self):
        self.assertEqual(judges.shellcheck([self.write("job.sh", "#!/bin/bash\n" + self.script)]), [])

    def test_the_container_carries_what_is_to_be_set(self):
        variables = {each["Name"]: each["Value"] for each in self.container["Environment"]}
        self.assertEqual(variables, {"GPUS_PER_NODE": "8", "FI_EFA_USE_HUGE_PAGE": "0",
                                     "NCCL_SOCKET_IFNAME": "^lo,docker,ecs"})


if __name__ == "__main__":
    unittest.main()
