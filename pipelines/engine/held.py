"""What torch holds in main memory in this process. Imports torch."""

import gc

import torch


def tensor_bytes() -> int:
    """Bytes of all tensors outside accelerators, each storage once; those of files that are mapped too.

    A mapped file counts as soon as a tensor lies in it: its pages come into memory one by one, and a resident set that
    is read too soon knows nothing of them. Tensors that oneDNN laid out have no storage that can be asked.
    """
    storages: dict[int, int] = {}
    laid_out = 0
    for found in gc.get_objects():
        if issubclass(type(found), torch.Tensor) and found.device.type == "cpu":  # isinstance would wake lazy objects
            if found.layout is torch.strided:
                storage = found.untyped_storage()
                storages[storage.data_ptr()] = storage.nbytes()
            else:
                laid_out += found.numel() * found.element_size()
    return sum(storages.values()) + laid_out
