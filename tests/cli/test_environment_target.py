"""trireme synth --target environment: variables for job scripts, and jobs that all-reduce over the accelerators."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from cli_support import CliTest

CLUSTER = """\
version = 1
[cluster]
name = "llama"
region = "us-east-2"
zone = "use2-az3"
orchestrator = "{orchestrator}"
[nodes.head]
role = "controller"
instance = "m5.8xlarge"
{rest}"""
SOFTWARE = """
[software]
libfabric = "2.1.0"
plugin = "1.16.3"
efa_installer = "1.42.0"
nccl = "2.26.2+cuda12.8"
kernel = "6.1"
"""
LUSTRE = '\n[storage.data]\nkind = "lustre"\nmount = "/data"\nsize_gib = 1200\nthroughput = 250\n'
# What the job asks of its node. srun leaves the lines that NCCL would have written.
STUBS = {
    "nvidia-smi": 'echo 9.0',
    "git": 'for folder; do :; done; echo "git $*" >>"$LOG"; mkdir -p "$folder/build/lib"; '
           'touch "$folder/build/lib/libnccl.so.2"; printf "#!/bin/sh\\n" >"$folder/build/all_reduce_perf"; '
           'chmod +x "$folder/build/all_reduce_perf"',
    "make": 'echo "make $*" >>"$LOG"',
    "srun": 'echo "srun $* GDR=$FI_EFA_USE_HUGE_PAGE" >>"$LOG"; '
            'echo "NET/OFI Selected provider is $PROVIDER, fabric is $PROVIDER" >"${NCCL_DEBUG_FILE%/*}/node.1"',
    "scontrol": 'printf "localhost\\nother\\n"',
    "neuron-ls": "echo '[{\"nc_count\": 2}, {\"nc_count\": 2}]'",
    "nccom-test": 'echo "nccom-test $* ROOT=$NEURON_RT_ROOT_COMM_ID PROVIDER=$FI_PROVIDER" >>"$LOG"',
}


def group(name, instance, count=2, more=""):
    return f'[nodes.{name}]\nrole = "worker"\ninstance = "{instance}"\ncount = {count}\n{more}'


class EnvironmentTargetTest(CliTest):
    def synth(self, *groups, orchestrator="parallelcluster", code=0):
        cluster = self.write("c.toml", CLUSTER.format(orchestrator=orchestrator, rest="\n".join(groups)))
        done = self.run_trireme("synth", cluster, "--out", "out", "--target", "environment")
        self.assertEqual(done.returncode, code, done.stderr)
        return {path.name: path for path in (self.folder / "out").glob("*") if path.suffix != ".json"}, done

    def run_job(self, path, **env):
        stubs = self.folder / "stubs"
        for name, script in STUBS.items():
            self.write(f"stubs/{name}", f"#!/bin/bash\n{script}\n").chmod(0o755)
        (self.folder / "home").mkdir(exist_ok=True)
        log = self.folder / "log"
        log.write_text("")
        settings = {"LOG": log, "HOME": self.folder / "home", "PATH": f"{stubs}:{os.environ['PATH']}",
                    "SLURM_JOB_ID": "7", "SLURM_JOB_NUM_NODES": "2", "SLURM_JOB_NODELIST": "x",
                    "SLURM_SUBMIT_DIR": path.parent,
                    "PROVIDER": "efa", **env}
        done = subprocess.run(["bash", path], text=True, capture_output=True, timeout=60,
                              env={name: str(value) for name, value in settings.items()})
        return done, log.read_text().splitlines()

    def test_every_script_pleases_shellcheck(self):
        files, _ = self.synth(group("gpu", "p5.48xlarge"), group("one", "p5.48xlarge", 1),
                              group("trn", "trn1.32xlarge"), group("cpu", "hpc7a.96xlarge"), group("small", "m5.large"),
                              LUSTRE)
        self.assertEqual(set(files), {f"environment-{name}.sh" for name in ("gpu", "one", "trn", "cpu")} |
                         {f"nccl-test-{name}.sbatch" for name in ("gpu", "one", "trn")})
        self.assertEqual(judges.shellcheck(files.values()), [])

    def test_the_advice_follows_the_software(self):
        files, _ = self.synth(group("gpu", "p5.48xlarge"))
        text = files["environment-gpu.sh"].read_text()
        self.assertIn("# FI_PROVIDER: undecided: give software.plugin; set to efa if", text)
        self.assertNotIn("export FI_PROVIDER", text)
        files, _ = self.synth(group("gpu", "p5.48xlarge"), SOFTWARE)
        text = files["environment-gpu.sh"].read_text()
        self.assertNotIn("undecided", text)
        env = subprocess.run(["sh", "-euc", f". {files['environment-gpu.sh']}; env"], text=True, capture_output=True,
                             env={"NCCL_BUFFSIZE": "1", "FI_PROVIDER": "efa"}, check=True).stdout
        self.assertEqual({line for line in env.splitlines() if line.startswith(("FI_", "NCCL_"))},
                         {"FI_EFA_USE_HUGE_PAGE=0", "NCCL_SOCKET_IFNAME=en"})

    def test_a_version_that_is_none_is_named_by_its_key(self):
        _, done = self.synth(group("gpu", "p5.48xlarge"), '[software]\nplugin = "newest1"\n', code=1)
        self.assertIn('software.plugin: "newest1" is no version', done.stderr)

    def test_batch_gets_the_variables_and_no_slurm_job(self):
        files, _ = self.synth(group("gpu", "p5.48xlarge"), orchestrator="batch")
        self.assertEqual(set(files), {"environment-gpu.sh"})

    def test_nothing_without_efa(self):
        _, done = self.synth(group("gpu", "p5.48xlarge", more='efa = "off"\n'), code=1)
        self.assertIn('the description asks for nothing of target "environment"', done.stderr)

    def test_the_nccl_job_builds_once_and_runs_over_all_gpus(self):
        files, _ = self.synth(group("gpu", "p5.48xlarge"), SOFTWARE)
        job = files["nccl-test-gpu.sbatch"]
        for line in ("--nodes=2", "--ntasks-per-node=8", "--gpus-per-node=8", "--exclusive", "--partition=gpu",
                     "--time=01:00:00"):
            self.assertIn(f"#SBATCH {line}\n", job.read_text())
        done, log = self.run_job(job)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line.split()[0] for line in log], ["git", "git", "make", "make", "srun"])
        self.assertIn("--branch v2.26.2-1 https://github.com/NVIDIA/nccl ", log[0])
        self.assertIn("code=sm_90", log[2])
        self.assertRegex(log[4], "--mpi=pmix .*/all_reduce_perf -b 8 -e 16G .* GDR=0$")
        self.assertEqual([line.split()[0] for line in self.run_job(job)[1]], ["srun"])

    def test_the_nccl_job_fails_when_nccl_fell_back_to_tcp(self):
        files, _ = self.synth(group("gpu", "p5.48xlarge"))
        done, _ = self.run_job(files["nccl-test-gpu.sbatch"], PROVIDER="tcp")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the nodes did not talk over EFA", done.stderr)
        done, _ = self.run_job(files["nccl-test-gpu.sbatch"], PROVIDER="tcp", SLURM_JOB_NUM_NODES="1")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_job_says_where_its_environment_is_missing(self):
        files, _ = self.synth(group("gpu", "p5.48xlarge"))
        done, _ = self.run_job(files["nccl-test-gpu.sbatch"], SLURM_SUBMIT_DIR=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("environment-gpu.sh: run sbatch in the folder that trireme synth wrote", done.stderr)

    def test_the_trainium_job_uses_every_core_of_every_node(self):
        files, _ = self.synth(group("trn", "trn1.32xlarge"))
        done, log = self.run_job(files["nccl-test-trn.sbatch"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(log[0], "^nccom-test --nworkers 8 --nnodes 2 allr .*--hosts localhost other "
                                 "ROOT=127.0.0.1:41000 PROVIDER=efa$")
        self.assertNotIn("gpus-per-node", files["nccl-test-trn.sbatch"].read_text())


if __name__ == "__main__":
    unittest.main()
