"""Result files: csv that no spreadsheet runs, zip that every system unpacks."""

import csv
import io
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest

from webui.exports.files import BYTE_ORDER_MARK, as_csv, as_zip

STARTS = "= + - @ ＝ ＋ － ＠".split()
SEPARATORS = (";", ",", "|", "\t", "\n", "\r")


def line(text: str, document: str = "a.txt") -> dict[str, Any]:
    return {
        "custom_id": document,
        "document": document,
        "status": "completed",
        "output": {"text": text},
        "error": None,
        "flags": [],
        "model": {"name": "m", "revision": "r", "license": "MIT"},
    }


def sheet(*texts: str, mark: bool = False) -> str:
    view: Any = SimpleNamespace(job=SimpleNamespace(task="translation"))
    return "".join(as_csv([line(text) for text in texts], view, mark=mark))


def cell(text: str) -> str:
    return list(csv.reader(io.StringIO(sheet(text), newline="")))[1][3]


def archive(*names: str, folder: Any) -> zipfile.ZipFile:
    lines = [line("text", name) for name in names]
    return zipfile.ZipFile(io.BytesIO(b"".join(as_zip(lines, lambda: "notice", folder))))


@pytest.mark.parametrize("start", STARTS)
def test_a_cell_never_begins_a_formula(start):
    assert cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_part_of_a_cell_begins_a_formula_where_a_sheet_splits_it(start, separator):
    for quotes in ("", '"'):
        assert cell(f"Olá{separator}{quotes}{start}1+1") == f"Olá{separator}{quotes}'{start}1+1"


@pytest.mark.parametrize("text", ["plain", "a = b; c", "1,5", "well-known", "a, b; c", "e-mail a@b.c", "x\r\n\r\ny"])
def test_other_text_stays_as_it_is(text):
    assert cell(text) == text


def test_a_byte_order_mark_comes_where_it_is_asked_for():
    assert sheet("a", mark=True).startswith(f"{BYTE_ORDER_MARK}custom_id,")
    assert sheet("a").startswith("custom_id,")
    assert sheet(mark=True).count("\n") == 1


@pytest.mark.parametrize("letter", ["я", "語", "𝕏", "a"])
def test_a_long_name_unpacks_on_any_file_system(letter, tmp_path):
    with archive(f"{letter * 250}.txt", folder=tmp_path) as made:
        (name,) = [name for name in made.namelist() if name.startswith("documents/")]
        assert len(name.removeprefix("documents/").encode()) <= 143
        assert name.endswith(".txt")
        made.extractall(tmp_path / "out")


def test_names_that_cleaning_makes_alike_stay_apart(tmp_path):
    with archive("a/b.txt", "a_b.txt", "a/b.txt", folder=tmp_path) as made:
        assert len(set(made.namelist())) == 5


def test_a_name_beyond_ascii_says_that_it_is_utf_8(tmp_path):
    with archive("é.txt", folder=tmp_path) as made:
        assert made.infolist()[0].flag_bits & 0x800
