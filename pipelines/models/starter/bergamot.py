"""Read a Bergamot/Marian binary model (version 1) into float32 tensors. Imports numpy and yaml.

Layout, little endian: u64 version, u64 n; n headers of four u64 (name length, type, dimensions, data length); n names;
n shapes of i32; u64 pad length and the pad; n data blocks. int8 blocks are the integers and one float32 multiplier
(weight = integer / multiplier) and are stored transposed, all but the embedding `Wemb`.
"""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

FLOAT32 = 0x404
INT8 = 0x4101
SETTINGS = "special:model.yml"
EMBEDDING = "Wemb"
SHORTLIST_MAGIC = 0xF11A48D5013417F5


class BergamotError(ValueError):
    """The file is no Bergamot model of the version that is read here."""


def read(content: bytes) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, Any]]:
    """Tensors by Marian's names, matrices as [in, out], and the hyper-parameters. Raises BergamotError."""
    try:
        return _read(content)
    except (struct.error, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise BergamotError(f"Not a readable Bergamot model: {type(error).__name__}.") from error


def _read(content: bytes) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, Any]]:
    version, count = struct.unpack_from("<QQ", content)
    if version != 1:
        raise BergamotError(f"Bergamot file version {version} is not known.")
    headers = [struct.unpack_from("<4Q", content, 16 + 32 * index) for index in range(count)]
    offset = 16 + 32 * count
    names, shapes = [], []
    for name_length, _, _, _ in headers:
        names.append(content[offset : offset + name_length].rstrip(b"\0").decode())
        offset += name_length
    for _, _, dimensions, _ in headers:
        shapes.append(struct.unpack_from(f"<{dimensions}i", content, offset))
        offset += 4 * dimensions
    offset += 8 + struct.unpack_from("<Q", content, offset)[0]
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    settings: dict[str, Any] = {}
    for name, shape, (_, kind, _, length) in zip(names, shapes, headers, strict=True):
        block = content[offset : offset + length]
        offset += length
        if name == SETTINGS:
            settings = yaml.safe_load(block.rstrip(b"\0"))
        elif kind in (FLOAT32, INT8):
            tensors[name] = _tensor(name, kind, shape, block)
    return tensors, settings


def read_shortlist(content: bytes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], int]:
    """A binary lexical shortlist: offsets by source id, target ids, and how many first ids are always allowed.

    Layout: six u64 (magic, checksum, common, best, number of offsets, number of ids), u64 offsets, u32 ids.
    Raises BergamotError.
    """
    try:
        magic, _, common, _, sources, entries = struct.unpack_from("<6Q", content)
        offsets = np.frombuffer(content, "<u8", sources, offset=48).astype(np.int32)
        ids = np.frombuffer(content, "<u4", entries, offset=48 + 8 * sources).astype(np.int32)
    except (struct.error, ValueError) as error:
        raise BergamotError("Not a readable shortlist.") from error
    if magic != SHORTLIST_MAGIC or offsets[-1] != entries:
        raise BergamotError("Not a Bergamot shortlist.")
    return offsets, ids, common


def _tensor(name: str, kind: int, shape: tuple[int, ...], block: bytes) -> npt.NDArray[np.float32]:
    size = int(np.prod(shape))
    if kind == FLOAT32:
        return np.frombuffer(block, "<f4", size).reshape(shape)
    integers = np.frombuffer(block, np.int8, size).astype(np.float32)
    weights: npt.NDArray[np.float32] = integers / np.frombuffer(block, "<f4", 1, offset=size)[0]
    return weights.reshape(shape) if name == EMBEDDING else weights.reshape(shape[::-1]).T
