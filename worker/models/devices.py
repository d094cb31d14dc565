"""Which devices this machine has, told without torch. Imports the standard library only."""

import os
import re
from pathlib import Path


def count_gpus(device: str) -> int:
    """How many CUDA devices this process may use, told without torch."""
    if device == "cpu":
        return 0
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return len([part for part in chosen.split(",") if part.strip()])
    return sum(1 for node in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", node.name))


def expected(device: str) -> str:
    """What a worker child will run on, as far as can be told before it loads torch."""
    return "cuda" if count_gpus(device) else "cpu"
