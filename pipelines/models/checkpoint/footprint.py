"""How many bytes a checkpoint takes once it is loaded, told by its headers. Imports headers and precision; no torch."""

import json
from pathlib import Path

from pipelines.engine.precision import Precision
from pipelines.models.checkpoint.architectures import DECODERS
from pipelines.models.checkpoint.headers import Tensor, read_header

BYTES = {Precision.FLOAT32: 4, Precision.BFLOAT16: 2, Precision.FLOAT16: 2, Precision.INT8: 4}
"""Of one number in each format; in int8 all but the weights of linear layers is float32."""
FLOATS = frozenset({"F16", "BF16", "F32", "F64"})
TABLES = ("embed", "shared", "position", "wpe", "wte", "relative_attention_bias")
"""What the names of tables hold, which are looked up and never multiplied."""

ENTRY_BYTES, PIECE_BYTES = 300, 900
"""Of an entry in a tokenizer's vocabulary: in its tables, and in a trie with a table at each letter."""


def footprint_bytes(directory: Path, precision: Precision, *, is_packed: bool) -> int:
    """Bytes of the weights in `precision`, whatever their format in the files.

    Where a device `is_packed`, weights that are multiplied are laid out anew, so that a table that is also the head of
    a decoder is held twice. Raises OSError, ValueError and ModelError for files that cannot be read.
    """
    tensors = {name: one for path in directory.glob("*.safetensors") for name, one in read_header(path).items()}
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    total = sum(_bytes(name, one, precision) for name, one in tensors.items())
    return total + (_head_bytes(tensors, config, precision) if is_packed else 0)


def _bytes(name: str, tensor: Tensor, precision: Precision) -> int:
    if tensor.dtype not in FLOATS:
        return tensor.end - tensor.start
    if precision is Precision.INT8 and tensor.dimensions == 2 and not any(table in name for table in TABLES):
        return tensor.numbers
    return tensor.numbers * BYTES[precision]


def _head_bytes(tensors: dict[str, Tensor], config: dict[str, object], precision: Precision) -> int:
    """Of the copy of a decoder's table that is its head too; a head of its own is among the tensors."""
    writes = config.get("is_encoder_decoder") or config.get("model_type") in DECODERS
    if not writes or "lm_head.weight" in tensors or config.get("model_type") == "ssru-marian":
        return 0
    largest = max((one.numbers for one in tensors.values() if one.dimensions == 2), default=0)
    return largest * (1 if precision is Precision.INT8 else BYTES[precision])


def tokenizer_bytes(directory: Path) -> int:
    """Bytes that the tokenizer takes in main memory: 220 MB for 250,000 pieces of a Unigram model.

    Raises OSError and ValueError for files that cannot be read.
    """
    entries = json.loads((directory / "config.json").read_text(encoding="utf-8")).get("vocab_size")
    if not isinstance(entries, int):
        return 0
    return entries * (PIECE_BYTES if _has_trie(directory) else ENTRY_BYTES)


def _has_trie(directory: Path) -> bool:
    """Whether it is read as a Unigram model: as such, or out of SentencePiece's file where no other table lies."""
    fast = directory / "tokenizer.json"
    if fast.is_file():
        return b'"Unigram"' in fast.read_bytes()
    return not (directory / "vocab.json").exists() and any(directory.glob("*.model"))
