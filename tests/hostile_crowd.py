"""Hostile checkpoints by the hundred, drawn by a seed out of kinds of faults. Imports hostile."""

import json
import os
import random
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import hostile
from tests.hostile import Damage

JSON_FILES = ["config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json"]
LETTERS = "abcdefghijkmnopqrsuvwxyz0123456789é中"
Kind = Callable[[random.Random], Damage]


def _header(draw: random.Random) -> Damage:
    header, payload = hostile.HEADERS[draw.choice(sorted(hostile.HEADERS))]
    if not payload and header == b"":
        return hostile.text("model.safetensors", struct.pack("<Q", draw.randint(2**20, 2**63)))
    return lambda directory: hostile.weights(directory, header, payload)


def _cut_weights(draw: random.Random) -> Damage:
    def damage(directory: Path) -> None:
        path = directory / "model.safetensors"
        raw = path.read_bytes()
        path.write_bytes(raw[: draw.randrange(len(raw))])

    return damage


def _spoilt_byte(draw: random.Random) -> Damage:
    def damage(directory: Path) -> None:
        path = directory / "model.safetensors"
        raw = bytearray(path.read_bytes())
        raw[draw.randrange(8, len(raw) - 4)] = draw.choice(b"\x00\xff")
        path.write_bytes(bytes(raw))

    return damage


def _holes(draw: random.Random) -> Damage:
    name = draw.choice(["model.safetensors", "README.md", "LICENSE", "tokenizer.json", "big.bin", "spiece.model"])
    size = 1 << draw.randint(24, 42)

    def damage(directory: Path) -> None:
        if name == "model.safetensors":
            hostile.weights(directory, {"a": hostile.tensor([size // 4], size)}, b"")
            size_there = (directory / name).stat().st_size + size
        else:
            size_there = size
        with (directory / name).open("ab") as file:
            file.truncate(size_there)

    return damage


def _link(draw: random.Random) -> Damage:
    name = draw.choice(["tokenizer.json", "config.json", "model.safetensors", "LICENSE", "x/y.json"])
    target = draw.choice(
        ["/dev/zero", "/proc/kmsg", "/etc/passwd", "..", ".", "../..", "nowhere", name, "/proc/self/fd/0"]
    )

    def damage(directory: Path) -> None:
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return damage


def _no_file(draw: random.Random) -> Damage:
    name, kind = draw.choice(["LICENSE", "vocab.json", "config.json"]), draw.choice(["pipe", "socket"])

    def damage(directory: Path) -> None:
        path = directory / name
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        else:
            here = Path.cwd()
            os.chdir(directory)  # a socket's path must be short
            with socket.socket(socket.AF_UNIX) as one:
                one.bind(name)
            os.chdir(here)

    return damage


def _name(draw: random.Random) -> Damage:
    sign = draw.choice([b"\xff", b"\n", b"\x1b[2J", "\u202e".encode(), "\u0085".encode(), b"\xed\xa0\x80", b"\x7f"])
    suffix = draw.choice([b".json", b".md", b".safetensors", b""])

    def damage(directory: Path) -> None:
        Path(os.fsdecode(os.fsencode(directory) + b"/a" + sign + b"b" + suffix)).write_text("{}")

    return damage


def _depth(draw: random.Random) -> Damage:
    depth = draw.randint(20, 300)

    def damage(directory: Path) -> None:
        (directory / "/".join(["d"] * depth)).mkdir(parents=True)

    return damage


def _json_bomb(draw: random.Random) -> Damage:
    name, depth = draw.choice(JSON_FILES), draw.randint(100_000, 2_000_000)
    digits = "9" * draw.randint(4_301, 100_000)
    return hostile.text(
        name,
        draw.choice(
            [
                "[" * depth,
                '{"a":' * depth,
                "[" * depth + "]" * depth,
                '{"a": ' + digits + "}",
                '{"a": [-' + digits + ".0e1, " + digits + "]}",
                b'{"a": "\xff\xfe"}',
                '{"a": 1',
                "",
                "\x00" * draw.randint(1, 100_000),
            ]
        ),
    )


def _unsafe_key(draw: random.Random) -> Damage:
    key = draw.choice(["auto_map", "trust_remote_code", "quantization_config", "attn_implementation", "kernel_config"])
    value: object = {key: {"AutoModel": "x--y.Z"}}
    for _ in range(draw.randint(0, 50)):
        value = draw.choice([{"a": value}, [value]])
    return hostile.change(draw.choice(JSON_FILES[:3]), deep=value)


def _layers(draw: random.Random) -> Damage:
    key = draw.choice(["decoder_layers", "encoder_layers", "num_layers", "num_hidden_layers", "n_layers"])
    return hostile.change("config.json", **{key: 10 ** draw.randint(1, 4000)})


def _expression(draw: random.Random) -> Damage:
    sign = "".join(draw.sample(LETTERS, draw.randint(1, 2)))
    expression = draw.choice(["({0}|{0}{0})+$", "(({0})+)+$", "({0}+|{0}{0}+)*$", "({0}|{0}?)+$"]).format(sign)
    return hostile.text("tokenizer.json", draw.choice([hostile.split, hostile.replace])(expression))


def _tokenizer(draw: random.Random) -> Damage:
    whole = json.loads(hostile.fast_tokenizer())
    key = draw.choice(["model", "added_tokens", "normalizer", "pre_tokenizer"])
    wrong: object = draw.choice([[], 7, "x", [[]], {"type": "Python"}, {"type": 5}, -1.5, [{"id": -1}], True])
    if key == "added_tokens" and wrong == []:
        wrong = {}
    return hostile.text("tokenizer.json", json.dumps(whole | {key: wrong}))


def _pieces(draw: random.Random) -> Damage:
    return hostile.text(draw.choice(["source.spm", "spiece.model"]), draw.randbytes(draw.randint(0, 100_000)) + b"\xff")


def _card(draw: random.Random) -> Damage:
    wide, levels = draw.randint(8, 30), draw.randint(8, 40)
    bomb = f"a0: &a0 [{', '.join('x' * wide)}]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * wide)}]\n" for n in range(1, levels)
    )
    deep = draw.randint(2_000, 200_000)
    front = draw.choice(
        [
            bomb,
            "a: &a [*a]\n",
            "a: &a {b: *a}\n",
            "a: !!binary /w==\n",
            "a: !!python/object/apply:os.system [id]\n",
            "license: mit\nlicense: mit\n",
            "a: " + "[" * deep + "\n",
            "- a\n",
            "a: b: c: d\n",
            "? [[]]\n: 1\n",
            "".join(f"k{n}: &k{n} {{<<: *k{n - 1}}}\n" for n in range(deep)),
        ]
    )
    return hostile.text("README.md", f"---\n{front}---\n")


def _index(draw: random.Random) -> Damage:
    shard = draw.choice(["b.safetensors", "../b.safetensors", "/etc/passwd", "b.bin", "", "x\x00y", 5, None, {}])
    return hostile.text("model.safetensors.index.json", json.dumps({"weight_map": {"a": shard}}))


def _no_weights(draw: random.Random) -> Damage:
    def damage(directory: Path) -> None:
        (directory / "model.safetensors").rename(directory / draw.choice(["pytorch_model.bin", "a.pt", "model.onnx"]))

    return damage


def _memory(draw: random.Random) -> Damage:
    unit = draw.choice(["{},", "[],", "1.5,"])
    return hostile.text(draw.choice(JSON_FILES[1:]), '{"a":[' + unit * 16_000_000 + "1]}")


CHEAP: tuple[Kind, ...] = (
    _header, _cut_weights, _spoilt_byte, _holes, _link, _no_file, _name, _depth, _json_bomb, _unsafe_key, _layers,
    _tokenizer, _pieces, _card, _index, _no_weights,
)  # fmt: skip
DEAR: tuple[Kind, ...] = (_expression, _memory)
DEAR_EACH = 20
"""One in so many takes seconds."""


def crowd(seed: int, count: int) -> Iterator[tuple[str, Damage]]:
    """So many kinds of damage with a name for each, the same for the same seed."""
    draw = random.Random(seed)
    for number in range(count):
        kind = DEAR[number // DEAR_EACH % 2] if number % DEAR_EACH == 0 else CHEAP[number % len(CHEAP)]
        yield f"{number}: {kind.__name__[1:]}", kind(draw)
