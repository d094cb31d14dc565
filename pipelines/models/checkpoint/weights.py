"""What safetensors files say about weights, read without loading them. Imports headers."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.models.checkpoint.headers import read_header

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
    headers = {file.name: read_header(file) for file in files}
    _check_shards(directory, {name: header.keys() for name, header in headers.items()})
    digest = hashlib.sha256("".join(f"{file.name} {manifest[file.name]}\n" for file in files).encode()).hexdigest()
    tensors = [tensor for header in headers.values() for tensor in header.values()]
    parameters = sum(tensor.numbers for tensor in tensors if tensor.dtype not in INDICES)
    return Weights(parameters, sum(file.stat().st_size for file in files), digest)


def _check_shards(directory: Path, tensors: Mapping[str, Collection[str]]) -> None:
    """That every tensor of the index lies in the file it names; `tensors` are the names in each file."""
    index = directory / "model.safetensors.index.json"
    if not index.is_file():
        return
    try:
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError("truncated_weights", "The index of the weight files is not readable.") from error
    if not isinstance(named, dict) or not all(isinstance(shard, str) for shard in named.values()):
        raise ModelError("truncated_weights", "The index of the weight files is not readable.")
    if not all(shard in tensors for shard in named.values()):
        raise ModelError("truncated_weights", "A weight file that the index names is missing.")
    if not all(tensor in tensors[shard] for tensor, shard in named.items()):
        raise ModelError("truncated_weights", "A tensor that the index names is missing from its weight file.")
