"""What tests of training runs on this host's GPUs have in common."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "runs"))

GPUS = len([path for path in pathlib.Path("/dev").glob("nvidia*") if path.name[6:].isdigit()])
ON_GPU = ("--set", "system.device=cuda", "--set", "system.deterministic=true")
