"""A .zip becomes its members, read in place and never written by name. Imports formats and the intake.

What is inside an archive is a claim until it was read: sizes are counted on the bytes that come out.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from webui.intake.files.formats import extension
from webui.intake.files.member_names import name_of
from webui.intake.limits import IntakeError, Limits
from webui.intake.names import unsafe

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_MEMBERS = 10_000
MAX_RATIO = 100
RATIO_FROM_BYTES = 1_000_000
"""Below this an archive may expand as it likes: a short file of one letter is no bomb."""

MAX_DIRECTORY_BYTES = 1_000 * MAX_MEMBERS
"""zipfile reads the whole central directory at once, so its size is checked before."""

LOCAL_HEADER = b"PK\x03\x04"
END_HEADER = b"PK\x05\x06"
ZIP64_LOCATOR = b"PK\x06\x07"
END_BYTES, LOCATOR_BYTES, LOCAL_BYTES, COMMENT_BYTES = 22, 20, 30, 0xFFFF
ENCRYPTED = 0x1 | 0x40 | 0x2000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    struct.error,
)
"""What zipfile raises on hostile bytes, found by fuzzing."""


def members(stream: BinaryIO, limits: Limits) -> Iterator[tuple[str, BinaryIO | IntakeError]]:
    """Name and bytes of each member in the archive's order, or why one is refused.

    Each stream is to be read before the next is asked for; reading it raises IntakeError for a damaged member, and for
    a bomb, after which the archive ends. Raises IntakeError for an archive that is refused whole.
    """
    size_bytes = _check_frame(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except BROKEN as error:
        raise _damaged() from error
    with archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise _too_many()
        _check_spans(stream, infos, archive.start_dir)
        meter = _Meter(size_bytes, limits.max_total_bytes)
        seen: set[str] = set()
        for info in infos:
            if meter.burst:
                return
            name = name_of(info)
            if not _passed_over(name):
                yield name, _refusal(info, name, seen) or _open(archive, info, meter)


@dataclass(slots=True)
class _Meter:
    """Counts what comes out of one archive."""

    archive_bytes: int
    max_bytes: int
    expanded_bytes: int = 0
    burst: bool = False

    def count(self, size_bytes: int) -> None:
        self.expanded_bytes += size_bytes
        if self.expanded_bytes > self.max_bytes:
            self._burst(f"{self.max_bytes} bytes")
        if self.expanded_bytes > max(RATIO_FROM_BYTES, MAX_RATIO * self.archive_bytes):
            self._burst(f"{MAX_RATIO} times its size")

    def _burst(self, measure: str) -> None:
        self.burst = True
        raise IntakeError("archive_bomb", f"The archive unpacks to more than {measure}; no more of it is read.")


class _Metered(io.RawIOBase):
    """A member's bytes, counted as they come out."""

    def __init__(self, source: zipfile.ZipExtFile, meter: _Meter) -> None:
        self._source = source
        self._meter = meter

    def readable(self) -> bool:
        """True: that is all it is for."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill `buffer`. Raises IntakeError where the archive is damaged or expands beyond measure."""
        view = memoryview(buffer).cast("B")
        try:
            chunk = self._source.read(len(view))
        except BROKEN as error:
            raise _damaged() from error
        self._meter.count(len(chunk))
        view[: len(chunk)] = chunk
        return len(chunk)


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: _Meter) -> BinaryIO | IntakeError:
    try:
        source = archive.open(info)
    except BROKEN:
        return _damaged()
    return cast("BinaryIO", io.BufferedReader(_Metered(cast("zipfile.ZipExtFile", source), meter)))


def _refusal(info: zipfile.ZipInfo, name: str, seen: set[str]) -> IntakeError | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    reason = unsafe(name)
    if reason is not None:
        return IntakeError("unsafe_name", reason)
    if name in seen:
        return IntakeError("duplicate_member", "The archive holds this name twice.")
    seen.add(name)
    if kind not in {0, stat.S_IFREG}:
        return IntakeError("special_member", "The member is a link or a device, not a file.")
    if info.flag_bits & ENCRYPTED:
        return IntakeError("encrypted_member", "The member is encrypted; send the archive without a password.")
    if extension(name) == ".zip":
        return IntakeError("nested_archive", "The member is an archive itself; unpack it first.")
    if info.compress_type not in METHODS:
        return IntakeError("unsupported_compression", "The member is compressed by another method than Deflate.")
    return None


def _passed_over(name: str) -> bool:
    """Folders, and what macOS and others put beside the files."""
    parts = name.split("/")
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in parts)
    return name.endswith("/") or (unsafe(name) is None and (parts[0] == "__MACOSX" or hidden))


def _check_frame(stream: BinaryIO) -> int:
    """Check an archive's start and end before zipfile believes them, and return its size in bytes."""
    size_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size_bytes:
        raise IntakeError("empty_file", "The file is empty.")
    if stream.read(4) not in {LOCAL_HEADER, END_HEADER}:
        raise IntakeError("unsupported_type", "The file is no ZIP archive.")
    tail_start = max(0, size_bytes - END_BYTES - COMMENT_BYTES - LOCATOR_BYTES)
    stream.seek(tail_start)
    tail = stream.read()
    end = tail.rfind(END_HEADER)
    if end < 0 or len(tail) - end < END_BYTES:
        raise _damaged()
    if ZIP64_LOCATOR in tail[max(0, end - LOCATOR_BYTES) : end]:
        raise IntakeError("unsupported_compression", "ZIP64 archives are not read; send several smaller ones.")
    (count,), (directory_bytes,) = struct.unpack_from("<H", tail, end + 10), struct.unpack_from("<I", tail, end + 12)
    if count > MAX_MEMBERS or directory_bytes > MAX_DIRECTORY_BYTES:
        raise _too_many()
    stream.seek(0)
    return size_bytes


def _check_spans(stream: BinaryIO, infos: Sequence[zipfile.ZipInfo], directory_start: int) -> None:
    """Refuse members that share bytes, the trick of a bomb without nesting (D. Fifield, WOOT 2019; CVE-2024-0450)."""
    spans = sorted((info.header_offset, info.compress_size) for info in infos)
    free_from = 0
    for start, compressed_bytes in spans:
        stream.seek(max(start, 0))
        header = stream.read(LOCAL_BYTES)
        if start < 0 or len(header) < LOCAL_BYTES or not header.startswith(LOCAL_HEADER):
            raise _damaged()
        if start < free_from:
            raise IntakeError("overlapping_members", "Members of the archive share bytes.")
        free_from = start + LOCAL_BYTES + sum(struct.unpack_from("<HH", header, 26)) + compressed_bytes
    if free_from > directory_start:
        raise IntakeError("overlapping_members", "Members of the archive share bytes with its directory.")


def _damaged() -> IntakeError:
    return IntakeError("invalid_zip", "The archive is damaged.")


def _too_many() -> IntakeError:
    return IntakeError("too_many_members", f"An archive holds at most {MAX_MEMBERS} members.")
