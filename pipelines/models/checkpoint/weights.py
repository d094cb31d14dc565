"""What safetensors headers say about weights, read without loading them. Imports errors."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import ModelError

# The format's own limit for a header.
LARGEST_HEADER_BYTES = 100_000_000
# Tables of indices, such as a shortlist, are data and no parameters.
INDICES = frozenset({"I32", "I64"})
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.h5", "*.msgpack")


@dataclass(frozen=True, slots=True)
class Weights:
    """Number of parameters, bytes of all safetensors files, and one sha256 over their hashes."""

    parameters: int
    size_bytes: int
    sha256: str


def read_weights(directory: Path, manifest: Mapping[str, str]) -> Weights:
    """Facts of the safetensors files in `directory`. Raises ModelError: no_safetensors, truncated_weights."""
    files = sorted(path for path in directory.glob("*.safetensors") if path.is_file())
    if not files:
        pickles = any(next(directory.glob(pattern), None) for pattern in PICKLES)
        reason = "only files that could run code when read" if pickles else "no weights"
        raise ModelError("no_safetensors", f"The directory holds {reason}; weights must be safetensors.")
    _check_shards(directory)
    digest = hashlib.sha256("".join(f"{file.name} {manifest[file.name]}\n" for file in files).encode()).hexdigest()
    return Weights(sum(_parameters(file) for file in files), sum(file.stat().st_size for file in files), digest)


def _check_shards(directory: Path) -> None:
    index = directory / "model.safetensors.index.json"
    if not index.is_file():
        return
    try:
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError("truncated_weights", "The index of the weight files is not readable.") from error
    for shard in sorted(map(str, shards)):
        if "/" in shard or not (directory / shard).is_file():
            raise ModelError("truncated_weights", "A weight file that the index names is missing.")


def _parameters(path: Path) -> int:
    """Numbers in the tensors of one file, whose length must be what its header says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(size - 8, LARGEST_HEADER_BYTES):
            raise ModelError("truncated_weights", f'"{path.name}" is shorter than its header.')
        try:
            header: dict[str, Any] = json.loads(file.read(length))
            tensors = [entry for name, entry in header.items() if name != "__metadata__"]
            end = int(max((entry["data_offsets"][1] for entry in tensors), default=0))
            parameters = int(sum(math.prod(entry["shape"]) for entry in tensors if entry["dtype"] not in INDICES))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise ModelError("truncated_weights", f'"{path.name}" has no readable header.') from error
    if size != 8 + length + end:
        raise ModelError("truncated_weights", f'"{path.name}" is not as long as its header says.')
    return parameters
