"""Data parallel layouts of four ranks on fewer GPUs, which the ranks share in turn.

NCCL refuses two ranks of one host on one GPU. Told by NCCL_HOSTID that each rank is a host of its own, it moves their data
by sockets, so that layouts such as hsdp of 2 x 2 run through all of our code on two GPUs, or on one.
"""
import unittest

from gpu_support import GPUS, ON_GPU
from run_support import RunTest, free_port, torchrun_variables

RANKS = 4
PLAIN = ("--set", "train.steps=20", "--set", "precision.compute=fp32", "--set", "system.timeout_s=60")
MODES = {"ddp": (RANKS, 1, 0), "zero-1": (1, RANKS, 1), "zero-2": (1, RANKS, 2), "zero-3": (1, RANKS, 3),
         "hsdp, zero-1": (2, 2, 1), "hsdp, zero-2": (2, 2, 2), "hsdp": (2, 2, 3)}  # dp_replicate, dp_shard, zero


def settings(mode):
    return [word for key, value in zip(("dp_replicate", "dp_shard", "zero"), MODES[mode])
            for word in ("--set", f"parallel.{key}={value}")]


class SharedGpusTest(RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if GPUS == 0:
            raise AssertionError("these tests need a GPU")

    def train_on_shared_gpus(self, *words, folder=None):
        gpus, port = max(count for count in (1, 2, 4) if count <= GPUS), free_port()
        ranks = []
        for rank in range(RANKS):
            alone = {"NCCL_HOSTID": f"rank{rank}", "NCCL_SOCKET_IFNAME": "lo", "NCCL_IB_DISABLE": "1"}
            ranks.append(self.start(*PLAIN, *ON_GPU, *words, folder=folder,
                                    env=torchrun_variables(rank, RANKS, port, ranks_a_node=gpus) | alone))
        for process in ranks:
            self.finish(process)

    def assert_near(self, folder, other, bound):
        for key, tolerance in (("loss", bound), ("grad_norm", 1e-4)):
            for mine, theirs in zip(self.records(folder), self.records(other), strict=True):
                self.assertAlmostEqual(mine[key], theirs[key], delta=tolerance * theirs[key], msg=f"{key} of step {mine['step']}")

    def test_modes_follow_one_gpu_and_the_cpu(self):
        one, cpu = self.new_folder(), self.new_folder()
        self.train(*PLAIN, *ON_GPU, "--ranks", "1", folder=one)
        self.train(*PLAIN, "--ranks", "2", "--set", "system.device=cpu", folder=cpu)
        for mode in MODES:
            with self.subTest(mode):
                folder = self.new_folder()
                self.train_on_shared_gpus(*settings(mode), folder=folder)
                self.assert_near(folder, one, 2e-6)
                self.assert_near(folder, cpu, 1e-5)

    def test_hsdp_repeats_bit_for_bit(self):
        folders = [self.new_folder(), self.new_folder()]
        for folder in folders:
            self.train_on_shared_gpus(*settings("hsdp"), folder=folder)
        self.assert_same_run(*folders)

    def test_checkpoints_of_hsdp_move_to_one_gpu_to_the_cpu_and_back(self):
        whole = self.new_folder()
        self.train(*PLAIN, *ON_GPU, "--ranks", "1", folder=whole)
        until = ("--resume", "--set", "schedule.decay_steps=20", "--set")
        self.train_on_shared_gpus(*settings("hsdp"), "--set", "schedule.decay_steps=20", "--set", "train.steps=5")
        self.train(*PLAIN, *ON_GPU, "--ranks", "1", *until, "train.steps=10")
        self.train(*PLAIN, "--ranks", "3", "--set", "system.device=cpu", *until, "train.steps=15")
        self.train_on_shared_gpus(*settings("hsdp"), *until, "train.steps=20")
        self.assert_near(self.folder, whole, 1e-5)


if __name__ == "__main__":
    unittest.main()
