"""GGUF files of the tests' own making: a head, and blocks as ggml packs them."""

import struct
from itertools import accumulate

import numpy as np

FORMS = {bool: (7, "?"), int: (4, "I"), float: (6, "f")}
F32, Q4_1, Q8_0 = 0, 3, 8
ALIGNMENT = 32


def string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def setting(value):
    if isinstance(value, str):
        return struct.pack("<I", 8) + string(value)
    if isinstance(value, list):
        if isinstance(value[0], str):
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(string, value))
        return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)
    kind, form = FORMS[type(value)]
    return struct.pack(f"<I{form}", kind, value)


def gguf_file(settings, tensors, version=3):
    """`tensors` are name, shape (outermost first), ggml's type and the packed blocks."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(settings))
    head += b"".join(string(name) + setting(value) for name, value in settings.items())
    padded = [raw + bytes(-len(raw) % ALIGNMENT) for *_, raw in tensors]
    starts = accumulate(map(len, padded), initial=0)
    for (name, shape, kind, _), start in zip(tensors, starts, strict=False):
        turned = shape[::-1]
        head += string(name) + struct.pack(f"<I{len(turned)}QIQ", len(turned), *turned, kind, start)
    return head + bytes(-len(head) % ALIGNMENT) + b"".join(padded)


def q4_1(scale, least, nibbles):
    """One block; `nibbles` are its 32 weights in their order."""
    low, high = np.array(nibbles, np.uint8).reshape(2, 16)
    return np.array([scale, least], "<f2").tobytes() + (low | high << 4).tobytes()


def q8_0(scale, integers):
    return np.array([scale], "<f2").tobytes() + np.array(integers, np.int8).tobytes()
