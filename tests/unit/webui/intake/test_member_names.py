"""Names in archives that do not say how they are written."""

import io
import struct
import zipfile
import zlib

import pytest

from ledger.work.jobs.submit import NewDocument
from webui.intake.files.uploads import Limits, Upload

LIMITS = Limits(10_000, 100, 10_000)
FLAG = 0x800


def archive(raw: bytes, extra: bytes = b"", flags: int = 0) -> bytes:
    """A .zip with one member whose name is the bytes `raw`."""
    body, checksum = b"text", zlib.crc32(b"text")
    common = struct.pack("<HHHHIIIHH", flags, 0, 0, 0x21, checksum, len(body), len(body), len(raw), len(extra))
    local = b"PK\x03\x04" + struct.pack("<H", 20) + common + raw + extra + body
    central = b"PK\x01\x02" + struct.pack("<HH", 20, 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    made = local + central + end
    assert zipfile.ZipFile(io.BytesIO(made)).testzip() is None
    return made


def name(raw: bytes) -> str:
    (item,) = Upload([("a.zip", io.BytesIO(raw))], LIMITS, None)
    assert isinstance(item, NewDocument), item
    assert item.text == "text"
    return item.name


def unicode_path(text: str, of: bytes) -> bytes:
    body = struct.pack("<BL", 1, zlib.crc32(of)) + text.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


@pytest.mark.parametrize("text", ["Olá.txt", "отчёт.txt", "報告.txt", "plain.txt", "é/ü.txt"])
@pytest.mark.parametrize("flags", [0, FLAG])
def test_utf_8_is_read_with_and_without_the_flag(text, flags):
    assert name(archive(text.encode(), flags=flags)) == text


def test_the_code_page_of_dos_is_read_where_a_name_is_not_utf_8():
    assert name(archive("Über.txt".encode("cp437"))) == "Über.txt"


def test_the_extra_field_with_the_name_is_believed_where_it_belongs_to_it():
    raw = "отчёт.txt".encode("cp866")
    assert name(archive(raw, unicode_path("отчёт.txt", raw))) == "отчёт.txt"
    assert name(archive(raw, unicode_path("other.txt", b"another"))) == raw.decode("cp437")


@pytest.mark.parametrize("extra", [b"up\x01\x00\x01", b"up\x00\x00", b"\x01\x00"])
def test_a_broken_extra_field_is_passed_over(extra):
    assert name(archive("Über.txt".encode("cp437"), extra)) == "Über.txt"
