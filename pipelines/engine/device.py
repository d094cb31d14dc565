"""The device that a process computes on. Imports torch."""

import torch


def choose(asked: str, index: int) -> str:
    """Either "cpu", "cuda:N" or "mps", for what the operator `asked` ("auto", "cpu", "cuda", "mps").

    Processes with a different `index` get different NVIDIA devices, as far as there are as many.
    """
    if asked in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{index % torch.cuda.device_count()}"
    if asked in ("auto", "mps") and torch.backends.mps.is_available():
        return "mps"
    return "cpu" if asked == "auto" else asked


def kind(device: str) -> str:
    """What is alike in all devices on which a model behaves alike: "cpu", "mps", or the name of the NVIDIA model."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def allocated_bytes(device: str) -> int | None:
    """Bytes that this process holds on an accelerator; None on CPUs, where the operating system knows."""
    if device.startswith("cuda"):
        return int(torch.cuda.memory_allocated(device))
    return int(torch.mps.current_allocated_memory()) if device == "mps" else None


def memory_bytes(device: str) -> int | None:
    """All memory of an accelerator; None on CPUs."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[1])
    return int(torch.mps.recommended_max_memory()) if device == "mps" else None


def empty_caches(device: str) -> None:
    """Give back what torch's allocator keeps of models that are gone."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
