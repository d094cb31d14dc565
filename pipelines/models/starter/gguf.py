"""Read a GGUF file (version 2 or 3, little endian): its settings and its weights as float32. Imports numpy.

Layout: magic, u32 version, u64 tensors, u64 settings; each setting is a name, u32 type and value; each tensor a name,
u32 dimensions, their u64 lengths (innermost first), u32 type and u64 offset; then, aligned, the blocks. Types and
blocks are those of ggml (ggml-common.h, MIT): of Q8_0 a float16 scale and 32 int8, of Q4_1 a float16 scale and minimum
and 16 bytes, whose low halves are weights 0 to 15 and high ones 16 to 31.
"""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MAGIC = b"GGUF"
STRING, ARRAY = 8, 9
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
ALIGNMENT = "general.alignment"
USUAL_ALIGNMENT = 32


class GgufError(ValueError):
    """The file is no GGUF of the versions and number formats that are read here."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a tensor lies in the file: its shape (outermost first), ggml's number of its type, its first byte."""

    shape: tuple[int, ...]
    kind: int
    start: int


@dataclass(frozen=True, slots=True)
class Gguf:
    """A file as its head describes it: settings by name, tensors by name."""

    content: bytes
    settings: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def weights(self, name: str) -> Floats:
        """The numbers of a tensor. Raises GgufError, or KeyError where there is none of that name."""
        tensor = self.tensors[name]
        if tensor.kind not in FORMATS:
            raise GgufError(f'"{name}" is in the number format {tensor.kind} of ggml, which is not read here.')
        numbers, size, read = FORMATS[tensor.kind]
        blocks, rest = divmod(math.prod(tensor.shape), numbers)
        raw = self.content[tensor.start : tensor.start + blocks * size]
        if rest or len(raw) != blocks * size:
            raise GgufError(f'"{name}" does not lie whole in the file.')
        return read(np.frombuffer(raw, np.uint8).reshape(blocks, size)).reshape(tensor.shape)


def read(content: bytes) -> Gguf:
    """The head of a file; weights are read when they are asked for. Raises GgufError."""
    if content[:4] != MAGIC:
        raise GgufError("Not a GGUF file.")
    try:
        return _read(content)
    except (struct.error, UnicodeDecodeError, KeyError) as error:
        raise GgufError(f"Not a readable GGUF file: {type(error).__name__}.") from error


def _read(content: bytes) -> Gguf:
    head = _Head(content, 4)
    version, tensors, settings = head.numbers("IQQ")
    if version not in (2, 3):
        raise GgufError(f"GGUF version {version} is not known.")
    known = {head.string(): head.value(*head.numbers("I")) for _ in range(settings)}
    places = {}
    for _ in range(tensors):
        name, (dimensions,) = head.string(), head.numbers("I")
        shape = head.numbers(f"{dimensions}Q")[::-1]
        places[name] = (shape, *head.numbers("IQ"))
    aligned = known.get(ALIGNMENT, USUAL_ALIGNMENT)
    first = -(-head.at // aligned) * aligned
    return Gguf(content, known, {name: Tensor(shape, kind, first + at) for name, (shape, kind, at) in places.items()})


class _Head:
    """A place in the file that moves on as it is read."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at

    def numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def string(self) -> str:
        (length,) = self.numbers("Q")
        self.at += length
        return self.content[self.at - length : self.at].decode()

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind != ARRAY:
            return self.numbers(NUMBERS[kind])[0]
        each, count = self.numbers("IQ")
        return (
            [self.string() for _ in range(count)] if each == STRING else list(self.numbers(f"{count}{NUMBERS[each]}"))
        )


def _float32(blocks: npt.NDArray[np.uint8]) -> Floats:
    return blocks.view("<f4")


def _halves(blocks: npt.NDArray[np.uint8]) -> Floats:
    return blocks.view("<f2").astype(np.float32)


def _q4_1(blocks: npt.NDArray[np.uint8]) -> Floats:
    scale, least = _halves(blocks[:, :2]), _halves(blocks[:, 2:4])
    low, high = blocks[:, 4:] & 15, blocks[:, 4:] >> 4
    weights: Floats = scale * np.concatenate([low, high], axis=1) + least
    return weights


def _q8_0(blocks: npt.NDArray[np.uint8]) -> Floats:
    return _halves(blocks[:, :2]) * blocks[:, 2:].view(np.int8)


FORMATS: dict[int, tuple[int, int, Callable[[npt.NDArray[np.uint8]], Floats]]] = {
    0: (1, 4, _float32),
    3: (32, 20, _q4_1),
    8: (32, 34, _q8_0),
}
"""By ggml's number of a type: weights of a block, its bytes, and what reads blocks [blocks, bytes]."""
