"""Every file of a checkpoint read once by what is to read it, so that one which cannot be read is known. No torch.

Imports files, headers and probes; tokenizers and sentencepiece for their files.
"""

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from pipelines.errors import ModelError
from pipelines.models.checkpoint.files import plain_files
from pipelines.models.checkpoint.headers import read_header
from pipelines.models.guard.probes import probes

At = Callable[[str, float], None]
"""Told what begins now, and how many CPU seconds it may take."""

SECONDS = 5.0
BYTES_PER_SECOND = 10e6
PIECES = frozenset({".model", ".spm"})


def read_all(directory: Path, at: At) -> None:
    """Read headers of weights, JSON, and tokenizers, which also read their probes. Raises ModelError.

    Not what is in weights, nor other texts. A configuration of more layers than there are tensors would build them for
    minutes before anybody missed their weights.
    """
    tensors = 0
    at("looking at its files", SECONDS)
    for name, path in plain_files(directory).items():
        plain = PurePosixPath(name)
        seconds = SECONDS + min(path.stat().st_size, 1e9) / BYTES_PER_SECOND
        if plain.suffix == ".safetensors":
            at(f'reading the header of "{name}"', SECONDS)
            tensors += len(read_header(path))
        elif plain.name == "tokenizer.json":
            at(f'reading "{name}"', seconds)
            _read_tokenizer(path, name, at)
        elif plain.suffix == ".json":
            at(f'reading "{name}"', seconds)
            _read_json(path, name)
        elif plain.suffix in PIECES:
            at(f'reading "{name}"', seconds)
            _read_pieces(path, name, at)
    _check_layers(directory / "config.json", tensors)


def _check_layers(path: Path, tensors: int) -> None:
    if not path.is_file() or not tensors:  # that there are no weights is said by who reads them
        return
    config = json.loads(_read_json(path, path.name))
    for key, value in config.items() if isinstance(config, dict) else ():
        if key.endswith("layers") and isinstance(value, int) and value > tensors:
            raise ModelError("bad_config", f'"{path.name}" sets "{key}" to more than there are tensors in the weights.')


def _read_json(path: Path, name: str) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError("bad_config", f'"{name}" is not readable JSON.') from error
    except MemoryError as error:
        raise _too_large(name) from error
    return text


def _read_tokenizer(path: Path, name: str, at: At) -> None:
    from tokenizers import Tokenizer

    text = _read_json(path, name)
    try:
        tokenizer = Tokenizer.from_str(text)
        at(f'having the tokenizer of "{name}" read short texts', SECONDS)
        for probe in probes(text):
            tokenizer.encode(probe)
    except MemoryError as error:
        raise _too_large(name) from error
    except BaseException as error:  # what panics in Rust is no Exception: an expression that gave up, for one
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise ModelError("bad_tokenizer", f'"{name}" is no tokenizer that can be used.') from error


def _read_pieces(path: Path, name: str, at: At) -> None:
    from sentencepiece import SentencePieceProcessor

    try:
        pieces = SentencePieceProcessor(model_file=str(path))
        at(f'having "{name}" read short texts', SECONDS)
        for probe in probes(""):
            pieces.encode(probe)
    except MemoryError as error:
        raise _too_large(name) from error
    except Exception as error:
        raise ModelError("bad_tokenizer", f'"{name}" is no SentencePiece model.') from error


def _too_large(name: str) -> ModelError:
    return ModelError("too_large", f'"{name}" takes far more memory to read than it should.')
