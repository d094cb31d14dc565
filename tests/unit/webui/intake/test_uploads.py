"""Several files become one row of documents."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.work.jobs.submit import NewDocument
from webui.intake.files.uploads import MAX_REFUSED, Invalid, Limits, Upload

LIMITS = Limits(max_document_bytes=10_000, max_documents=20_000, max_total_bytes=50_000_000)


def upload(*files: tuple[str, bytes], limits: Limits = LIMITS) -> Upload:
    return Upload([(name, io.BytesIO(raw)) for name, raw in files], limits, None)


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, body in members.items():
            made.writestr(name.replace("__", "/") + ".txt", body)
    return target.getvalue()


def test_an_upload_without_files_yields_nothing() -> None:
    assert list(upload()) == []


def test_documents_come_in_the_order_of_the_files_as_often_as_asked() -> None:
    both = upload(("b.txt", b"b"), ("a.zip", zipped(y=b"y", x=b"x")), ("a.jsonl", b'{"text": "1"}\n{"text": "2"}\n'))
    first = list(both)
    assert [item.name for item in first if isinstance(item, NewDocument)] == [
        "b.txt", "y.txt", "x.txt", "a.jsonl:1", "a.jsonl:2"
    ]  # fmt: skip
    half = iter(both)
    next(half)
    assert list(both) == first


def test_a_custom_id_used_twice_is_refused_with_both_places() -> None:
    lines = b'{"text": "1", "custom_id": "x"}\n{"text": "2", "custom_id": "x"}\n{"text": "3", "custom_id": "a.txt"}\n'
    items = list(upload(("a.txt", b"a"), ("r.jsonl", lines), ("z.zip", zipped(a=b"a"))))
    refused = [item for item in items if isinstance(item, Invalid)]
    assert [(item.pointer, item.code) for item in refused] == [
        ("/files/1/lines/2", "duplicate_custom_id"),
        ("/files/1/lines/3", "duplicate_custom_id"),
    ]
    assert refused[0].detail == "r.jsonl, line 2: The custom_id “x” is used already at r.jsonl, line 1."
    assert refused[1].detail == "r.jsonl, line 3: The custom_id “a.txt” is used already at a.txt."


def test_a_refused_file_leaves_its_neighbours_alone() -> None:
    items = list(upload(("a.txt", b"a"), ("b.exe", b"b"), ("../c.zip", b"c"), ("d.zip", b"d"), ("e.md", b"e")))
    assert [item.pointer if isinstance(item, Invalid) else item.name for item in items] == [
        "a.txt", "/files/1", "/files/2", "/files/3", "e.md"
    ]  # fmt: skip
    assert [item.code for item in items if isinstance(item, Invalid)] == [
        "unsupported_type", "unsafe_name", "unsupported_type"
    ]  # fmt: skip


def test_reading_ends_at_the_most_documents() -> None:
    limits = Limits(max_document_bytes=10, max_documents=2, max_total_bytes=1_000)
    items = list(upload(("r.jsonl", b'{"text": "x"}\n' * 5), ("z.txt", b"z"), limits=limits))
    assert [item.code if isinstance(item, Invalid) else item.name for item in items] == [
        "r.jsonl:1", "r.jsonl:2", "too_many_documents"
    ]  # fmt: skip


def test_reading_ends_at_the_most_bytes() -> None:
    limits = Limits(max_document_bytes=10, max_documents=20, max_total_bytes=25)
    items = list(upload(*((f"{n}.txt", b"x" * 10) for n in range(5)), limits=limits))
    assert [item.code if isinstance(item, Invalid) else item.name for item in items] == [
        "0.txt", "1.txt", "upload_too_large"
    ]  # fmt: skip


def test_reading_ends_at_the_most_refusals() -> None:
    items = list(upload(("r.jsonl", b"x\n" * (MAX_REFUSED + 5)), ("z.txt", b"z")))
    assert len(items) == MAX_REFUSED + 1
    assert isinstance(items[-1], Invalid)
    assert items[-1].code == "too_many_refused"


class Generated(io.RawIOBase):
    """A file of `count` JSON lines that exist only while they are read."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lines: Iterator[bytes] = iter(())
        self._rest = b""

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._lines = (json.dumps({"text": f"{n} " * 500}).encode() + b"\n" for n in range(self._count))
        self._rest = b""
        return 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._lines, b"")
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def test_memory_stays_flat_over_ten_thousand_lines() -> None:
    def stream() -> BinaryIO:
        return io.BufferedReader(cast("io.RawIOBase", Generated(10_000)))

    tracemalloc.start()
    count = sum(isinstance(item, NewDocument) for item in Upload([("r.jsonl", stream())], LIMITS, None))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert peak_bytes < 6_000_000, "the lines together are 25 MB"


NAMES = st.one_of(
    st.sampled_from(["a.txt", "a.jsonl", "a.csv", "a.zip", "b.md", "../x.zip"]),
    st.text(max_size=12),
    st.text(max_size=12).map(lambda text: text + ".zip"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NAMES, st.binary(max_size=60)), max_size=5))
def test_no_files_raise_and_each_has_its_say(files: list[tuple[str, bytes]]) -> None:
    items = list(upload(*files))
    assert len(items) >= len(files)
    for item in items:
        if isinstance(item, Invalid):
            (item.pointer + item.detail).encode()
            assert "\n" not in item.detail


def test_files_of_one_name_from_several_folders_are_told_apart() -> None:
    items = list(upload(("report.txt", b"a"), ("report.txt", b"b"), ("report.txt (2)", b"x"), ("report.txt", b"c")))
    found = [(item.custom_id, item.name, item.text) for item in items if isinstance(item, NewDocument)]
    assert found == [
        ("report.txt", "report.txt", "a"),
        ("report.txt (2)", "report.txt", "b"),
        ("report.txt (3)", "report.txt", "c"),
    ]


def test_lines_of_files_of_one_name_are_told_apart_but_not_ids_that_were_given() -> None:
    lines = b'{"text": "1"}\n{"text": "2", "custom_id": "x"}\n'
    items = list(upload(("r.jsonl", lines), ("r.jsonl", lines)))
    assert [item.custom_id for item in items if isinstance(item, NewDocument)] == ["r.jsonl:1", "x", "r.jsonl:1 (2)"]
    assert [item.code for item in items if isinstance(item, Invalid)] == ["duplicate_custom_id"]
