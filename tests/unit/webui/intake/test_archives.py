"""What is read out of a .zip and which archives are refused."""

import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.work.jobs.submit import NewDocument
from webui.intake.files.uploads import Invalid, Limits, Upload

LIMITS = Limits(max_document_bytes=3_000_000, max_documents=20_000, max_total_bytes=5_000_000)
Member = tuple[str | zipfile.ZipInfo, bytes]


def archive(*members: Member, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, body in members:
            made.writestr(name, body, compress_type=method)
    return target.getvalue()


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (mode | 0o644) << 16
    return info


def found(raw: bytes, limits: Limits = LIMITS) -> list[NewDocument | Invalid]:
    return list(Upload([("a.zip", io.BytesIO(raw))], limits, None))


def codes(raw: bytes, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    return [(item.pointer, item.code) for item in found(raw, limits) if isinstance(item, Invalid)]


def test_members_are_read_as_files_of_their_own_in_the_archives_order() -> None:
    raw = archive(("b/two.txt", b"two"), ("one.jsonl", b'{"text": "x"}\n{"text": "y"}\n'), ("c.csv", b"text\nz\n"))
    names = [item.name for item in found(raw) if isinstance(item, NewDocument)]
    assert names == ["b/two.txt", "one.jsonl:1", "one.jsonl:2", "c.csv:2"]


def test_folders_and_the_leavings_of_operating_systems_are_passed_over() -> None:
    raw = archive(
        ("d/", b""), ("__MACOSX/._a.txt", b"x"), ("d/.DS_Store", b"x"), (".git/a.txt", b"x"), ("d/a.txt", b"x")
    )
    assert [item.name for item in found(raw) if isinstance(item, NewDocument)] == ["d/a.txt"]
    assert codes(raw) == []


GOOD = ("good.txt", b"good")
SAFE_POINTER = "/files/0/members/"
ONE_MEMBER: list[tuple[Member, str, str]] = [
    (("../a.txt", b"x"), "..~1a.txt", "unsafe_name"),
    (("a/../../b.txt", b"x"), "a~1..~1..~1b.txt", "unsafe_name"),
    (("/etc/a.txt", b"x"), "~1etc~1a.txt", "unsafe_name"),
    (("C:/a.txt", b"x"), "C:~1a.txt", "unsafe_name"),
    (("..\\a.txt", b"x"), "..\\a.txt", "unsafe_name"),
    (("a\u202e.txt", b"x"), "a\ufffd.txt", "unsafe_name"),
    (("a" * 300 + ".txt", b"x"), "a" * 119 + "…", "unsafe_name"),
    ((special("a.txt", stat.S_IFLNK), b"/etc/passwd"), "a.txt", "special_member"),
    ((special("a.txt", stat.S_IFCHR), b""), "a.txt", "special_member"),
    ((special("a.txt", stat.S_IFIFO), b""), "a.txt", "special_member"),
    (("in~ner.zip", archive(GOOD)), "in~0ner.zip", "nested_archive"),
    (("a.pdf", b"x"), "a.pdf", "unsupported_type"),
    (("a.txt", b"%PDF-1"), "a.txt", "unsupported_type"),
    (("a.txt", b""), "a.txt", "empty_file"),
    (("a.txt", b"\xff\xfea\0"), "a.txt", "encoding"),
    (("a.jsonl", b'{"text": "x"}\n{"tex": "x"}\n'), "a.jsonl/lines/2", "unknown_key"),
]


@pytest.mark.parametrize(("member", "pointer", "code"), ONE_MEMBER)
def test_a_bad_member_is_named_and_its_neighbours_survive(member: Member, pointer: str, code: str) -> None:
    raw = archive(("before.txt", b"before"), member, GOOD)
    assert codes(raw) == [(SAFE_POINTER + pointer, code)]
    assert {"before.txt", "good.txt"} <= {item.name for item in found(raw) if isinstance(item, NewDocument)}


def test_a_name_that_occurs_twice_is_refused_the_second_time() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = archive(("a.txt", b"one"), ("a.txt", b"two"))
    assert codes(raw) == [("/files/0/members/a.txt", "duplicate_member")]
    assert [item.text for item in found(raw) if isinstance(item, NewDocument)] == ["one"]


def patched(raw: bytes, header: bytes, offset: int, value: bytes) -> bytes:
    """`raw` with `value` at `offset` into the first occurrence of `header`."""
    at = raw.index(header) + offset
    return raw[:at] + value + raw[at + len(value) :]


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def test_an_encrypted_member_is_refused() -> None:
    raw = patched(archive(("a.txt", b"x"), GOOD), CENTRAL, 8, b"\x01\x00")
    assert codes(raw) == [("/files/0/members/a.txt", "encrypted_member")]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_than_deflate_is_refused(method: int) -> None:
    assert codes(archive(GOOD, method=method)) == [("/files/0/members/good.txt", "unsupported_compression")]


def overlapping(raw: bytes) -> bytes:
    """The second directory entry points to the first member's bytes."""
    second = raw.index(CENTRAL, raw.index(CENTRAL) + 1)
    return raw[: second + 42] + struct.pack("<I", 0) + raw[second + 46 :]


STORED = archive(("a.txt", b"one"), ("b.txt", b"two"), method=zipfile.ZIP_STORED)
WHOLE_ARCHIVE: list[tuple[bytes, str]] = [
    (b"", "empty_file"),
    (archive(), "empty_file"),
    (b"just text", "unsupported_type"),
    (b"%PDF-1.7" + STORED, "unsupported_type"),
    (STORED[:-10], "invalid_zip"),
    (LOCAL + b"x" * 100, "invalid_zip"),
    (STORED[:4], "invalid_zip"),
    (overlapping(STORED), "overlapping_members"),
    (patched(STORED, CENTRAL, 20, struct.pack("<I", 10_000)), "overlapping_members"),
    (patched(STORED, CENTRAL, 42, struct.pack("<I", 1)), "invalid_zip"),
    (patched(STORED, END, 10, struct.pack("<H", 10_001)), "too_many_members"),
    (patched(STORED, END, 12, struct.pack("<I", 20_000_000)), "too_many_members"),
    (patched(STORED, END, 16, struct.pack("<I", 5)), "invalid_zip"),
    (STORED[:-22] + b"PK\x06\x07" + b"\0" * 16 + STORED[-22:], "unsupported_compression"),
]


@pytest.mark.parametrize(("raw", "code"), WHOLE_ARCHIVE)
def test_an_archive_that_is_no_good_is_refused_whole(raw: bytes, code: str) -> None:
    ((pointer, found_code),) = [(item.pointer, item.code) for item in found(raw) if isinstance(item, Invalid)]
    assert (pointer, found_code) == ("/files/0", code)
    assert len(found(raw)) == 1


def test_more_members_than_its_directory_admits_to_are_refused() -> None:
    many = archive(*((f"{number}/", b"") for number in range(10_001)), method=zipfile.ZIP_STORED)
    assert codes(patched(many, END, 10, struct.pack("<H", 1))) == [("/files/0", "too_many_members")]


def test_a_member_that_claims_another_size_or_sum_is_damaged() -> None:
    lying = patched(STORED, CENTRAL, 24, struct.pack("<I", 2))
    assert codes(lying) == [("/files/0/members/a.txt", "invalid_zip")]
    torn = patched(STORED, LOCAL, 30 + len("a.txt"), b"ONE")
    assert codes(torn) == [("/files/0/members/a.txt", "invalid_zip")]


def test_an_archive_that_expands_a_hundredfold_ends_as_a_bomb() -> None:
    raw = archive(("a.txt", b"x" * 900_000), ("b.txt", b"y" * 900_000), ("c.txt", b"c"))
    assert codes(raw) == [("/files/0/members/b.txt", "archive_bomb")]
    assert [item.name for item in found(raw) if isinstance(item, NewDocument)] == ["a.txt"]


def test_an_archive_that_expands_beyond_the_uploads_limit_ends_as_a_bomb() -> None:
    limits = Limits(max_document_bytes=1_000, max_documents=10, max_total_bytes=1_500)
    raw = archive(("a.txt", b"x" * 1_000), ("b.txt", b"y" * 1_000), ("c.txt", b"c"))
    assert codes(raw, limits) == [("/files/0/members/b.txt", "archive_bomb")]


def test_an_archive_that_expands_to_the_uploads_limit_is_taken() -> None:
    limits = Limits(max_document_bytes=1_000, max_documents=10, max_total_bytes=1_500)
    assert codes(archive(("a.txt", b"x" * 1_000), ("b.txt", b"y" * 500)), limits) == []


def test_a_bomb_does_not_end_the_files_after_it() -> None:
    bomb = archive(("a.txt", b"x" * 2_000_000))
    items = list(Upload([("a.zip", io.BytesIO(bomb)), ("b.txt", io.BytesIO(b"b"))], LIMITS, None))
    assert [type(item) for item in items] == [Invalid, NewDocument]


MIXED = archive(("a.txt", b"one"), ("b.jsonl", b'{"text": "two"}\n'), ("d/c.csv", b"text\nthree\n"))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(MIXED) - 1), st.binary(max_size=6)), max_size=4), st.integers(0, 60))
def test_no_damage_to_an_archive_raises(edits: list[tuple[int, bytes]], cut: int) -> None:
    raw = MIXED[: len(MIXED) - cut if cut < 30 else len(MIXED)]
    for at, value in edits:
        raw = raw[:at] + value + raw[at + len(value) :]
    for item in found(raw):
        if isinstance(item, Invalid):
            item.detail.encode()
            assert item.pointer.startswith("/files/0")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_called_an_archive_raise(raw: bytes) -> None:
    assert found(raw)
    assert found(LOCAL + raw + END + raw)
