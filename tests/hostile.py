"""Checkpoints that are made to hang, to eat memory, to break a parser or to lie, by what is wrong with them."""

import json
import resource
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

Damage = Callable[[Path], object]
"""Spoils the checkpoint in a directory."""


def weights(directory: Path, header: object, payload: bytes = b"") -> None:
    """A weight file with that header, raw where it is bytes."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    (directory / "model.safetensors").write_bytes(struct.pack("<Q", len(raw)) + raw + payload)


def tensor(shape: list[Any], end: Any = 4, dtype: str = "F32", start: Any = 0) -> dict[str, Any]:
    """What a header says of one tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def sound(directory: Path) -> Path:
    """A checkpoint that can be inspected, of one weight."""
    directory.mkdir()
    settings = {"model_type": "marian", "architectures": ["MarianMTModel"]}
    (directory / "config.json").write_text(json.dumps(settings))
    (directory / "tokenizer.json").write_text(split("[a-z]+"))
    (directory / "README.md").write_text("---\nlicense: mit\n---\n")
    weights(directory, {"a": tensor([1])}, bytes(4))
    return directory


HEADERS: dict[str, tuple[object, bytes]] = {
    "dimensions whose product has a million digits": ({"a": tensor([99_999_999] * 200_000, 0)}, b""),
    "lists in lists": (b'{"a":' + b"[" * 900_000 + b"]" * 900_000 + b"}", b""),
    "lists beside lists": (b'{"a":[' + b",".join([b"[]"] * 3_000_000) + b"]}", b""),
    "an end at infinity": (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e999]}}', b""),
    "an end of five thousand digits": (
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,' + b"9" * 5000 + b"]}}",
        b"",
    ),
    "an end that is a fraction": ({"a": tensor([1], 4.0)}, bytes(4)),
    "a dimension that is true": ({"a": tensor([True])}, bytes(4)),
    "a dimension below nothing": ({"a": tensor([-1])}, bytes(4)),
    "an unknown format": ({"a": tensor([1], dtype="F31")}, bytes(4)),
    "a format that is a list": ({"a": {**tensor([1]), "dtype": ["F32"]}}, bytes(4)),
    "more numbers than bytes": ({"a": tensor([1 << 40])}, bytes(4)),
    "tensors that overlap": ({"a": tensor([2], 8), "b": tensor([2], 12, start=4)}, bytes(12)),
    "a hole between tensors": ({"a": tensor([1]), "b": tensor([1], 12, start=8)}, bytes(12)),
    "bytes of no tensor": ({"a": tensor([1])}, bytes(400)),
    "a tensor twice": (b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":1}', b""),
    "metadata that is a number": ({"__metadata__": 5}, b""),
    "a key that is not text": (b'{"\xff":1}', b""),
    "a list": ([1], b""),
    "more dimensions than torch has": ({"a": tensor([1] * 1000)}, bytes(4)),
    "a length of its own beyond the file": (b"", b""),
}


def largest_child_bytes(before: int = 0) -> int:
    """Memory of the largest child that has ended; 0 where one was as large `before`, or this process is.

    A process that is forked keeps its parent's memory in its account when it becomes another program.
    """
    children, own = (
        1024 * resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    )
    return children if children > max(before, own) else 0


def text(name: str, content: str | bytes) -> Damage:
    """The file `name` is this."""
    return lambda directory: (directory / name).write_bytes(content.encode() if isinstance(content, str) else content)


def change(name: str, **settings: object) -> Damage:
    """JSON in the file `name` says this too."""

    def damage(directory: Path) -> None:
        path = directory / name
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(known | settings))

    return damage


def fast_tokenizer(**settings: object) -> str:
    """The text of a tokenizer.json that knows few words."""
    model = {"type": "WordLevel", "vocab": {"<unk>": 0, "a": 1}, "unk_token": "<unk>"}
    whole = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": None, "post_processor": None}
    return json.dumps({**whole, "decoder": None, "model": model, **settings})


def split(regex: str) -> str:
    """A tokenizer.json that splits text by an expression."""
    pattern = {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    return fast_tokenizer(pre_tokenizer=pattern)


def replace(regex: str) -> str:
    """A tokenizer.json that replaces by an expression."""
    return fast_tokenizer(normalizer={"type": "Replace", "pattern": {"Regex": regex}, "content": "b"})


YAML_BOMB = "---\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)
FILES: dict[str, Damage] = {
    "expressions that double": text("tokenizer.json", split("(a|aa)+$")),
    "expressions that double at a letter of their own": text("tokenizer.json", split("(q|qq)+$")),
    "expressions that double at two letters": text("tokenizer.json", replace("(xy|xyxy)+$")),
    "an expression in a sequence": text(
        "tokenizer.json",
        fast_tokenizer(normalizer={"type": "Sequence", "normalizers": [json.loads(replace("(7+)+$"))["normalizer"]]}),
    ),
    "a tokenizer that is cut": text("tokenizer.json", fast_tokenizer()[:200]),
    "a tokenizer of lists in lists": text("tokenizer.json", "[" * 1_000_000),
    "a tokenizer of a gigabyte in memory": text("tokenizer.json", '{"a":[' + "{}," * 9_000_000 + "1]}"),
    "pieces that are noise": text("source.spm", bytes(range(256)) * 400),
    "a configuration of lists in lists": text("config.json", "[" * 1_000_000),
    "a configuration of a gigabyte in memory": text("generation_config.json", '{"a":[' + "{}," * 9_000_000 + "1]}"),
    "a card that grows tenfold a level": text("README.md", YAML_BOMB + "---\n"),
    "a card that holds itself": text("README.md", "---\na: &a [*a]\n---\n"),
    "a card of bytes": text("README.md", "---\na: !!binary /w==\n---\n"),
    "a configuration of ten million layers": change("config.json", decoder_layers=10**7),
    "a configuration of layers without end": text("config.json", '{"encoder_layers": 1' + "0" * 4000 + "}"),
    "a shard that is missing": text("model.safetensors.index.json", '{"weight_map": {"a": "b.safetensors"}}'),
    "a shard that is a pickle": text("model.safetensors.index.json", '{"weight_map": {"a": "b.bin"}}'),
    "a tensor in no shard": text("model.safetensors.index.json", '{"weight_map": {"b": "model.safetensors"}}'),
}
