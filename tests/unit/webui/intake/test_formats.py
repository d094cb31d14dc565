"""What each file format accepts and refuses."""

import codecs
import io
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.work.jobs.submit import NewDocument
from webui.intake.files.formats import read
from webui.intake.limits import IntakeError, Limits
from webui.intake.names import shown

LIMITS = Limits(max_document_bytes=1_000, max_documents=100, max_total_bytes=100_000)


def found(name: str, raw: bytes, language: str | None = None) -> list[tuple[int | None, NewDocument | IntakeError]]:
    return list(read(name, io.BytesIO(raw), LIMITS, language))


def documents(name: str, raw: bytes) -> list[NewDocument]:
    items = [item for _, item in found(name, raw)]
    refused = [item for item in items if isinstance(item, IntakeError)]
    assert not refused, refused
    return [item for item in items if isinstance(item, NewDocument)]


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


@pytest.mark.parametrize("name", ["note.txt", "note.md", "a/b/NOTE.TXT"])
def test_a_text_file_is_one_document_under_its_own_name(name: str) -> None:
    assert documents(name, "Olá.\r\n".encode()) == [NewDocument(name, name, "Olá.\r\n", None)]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert documents("a.txt", codecs.BOM_UTF8 + b"hi")[0].text == "hi"
    assert documents("a.jsonl", codecs.BOM_UTF8 + line(text="hi"))[0].text == "hi"
    assert documents("a.csv", codecs.BOM_UTF8 + b"text\nhi\n")[0].text == "hi"


def test_a_document_at_the_limit_passes_with_and_without_a_byte_order_mark() -> None:
    body = b"x" * LIMITS.max_document_bytes
    assert len(documents("a.txt", body)[0].text) == len(body)
    assert len(documents("a.txt", codecs.BOM_UTF8 + body)[0].text) == len(body)


def test_a_jsonl_line_names_its_document_and_language() -> None:
    raw = line(custom_id="r-1", text="one", language="pt-BR") + b"\r\n" + line(text="two", custom_id=None)
    first, second = documents("r.jsonl", raw)
    assert first == NewDocument("r-1", "r.jsonl:1", "one", "pt-BR")
    assert second == NewDocument("r.jsonl:3", "r.jsonl:3", "two", None)


def test_the_uploads_language_holds_where_a_file_names_none() -> None:
    raw = line(text="one") + line(text="two", language="de")
    languages = [item.language for _, item in found("r.jsonl", raw, "en") if isinstance(item, NewDocument)]
    assert languages == ["en", "de"]
    (_, text) = found("r.txt", b"one", "en")[0]
    assert isinstance(text, NewDocument)
    assert text.language == "en"


def test_an_escaped_text_may_be_six_times_as_long_as_the_document() -> None:
    escaped = "".join(f"\\u{ord(c):04x}" for c in "x" * LIMITS.max_document_bytes)
    assert documents("r.jsonl", b'{"text": "' + escaped.encode() + b'"}')[0].text == "x" * LIMITS.max_document_bytes


def test_a_csv_row_may_hold_commas_quotes_and_line_breaks() -> None:
    raw = b'custom_id,text,language\r\na,"one, ""two""\r\nthree",en\r\n\r\n,four,\r\n'
    first, second = documents("r.csv", raw)
    assert first == NewDocument("a", "r.csv:2", 'one, "two"\r\nthree', "en")
    assert second == NewDocument("r.csv:5", "r.csv:5", "four", None)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_spreadsheets_may_separate_columns_by_semicolon_or_tab(delimiter: str) -> None:
    raw = f"Text{delimiter}custom_id\na, b{delimiter}x\n".encode()
    assert documents("r.csv", raw) == [NewDocument("x", "r.csv:2", "a, b", None)]


LATIN = "é".encode("latin-1")
WHOLE_FILE = [
    ("a.txt", b"", "empty_file"),
    ("a.txt", codecs.BOM_UTF8, "empty_file"),
    ("a.jsonl", b"", "empty_file"),
    ("a.jsonl", b"\n \n", "empty_file"),
    ("a.csv", b"", "empty_file"),
    ("a.csv", b"text\n", "empty_file"),
    ("a.csv", b"\n", "empty_file"),
    ("a.txt", LATIN, "encoding"),
    ("a.txt", "á".encode("utf-16"), "encoding"),
    ("a.txt", codecs.BOM_UTF16_BE + "á".encode("utf-16-be"), "encoding"),
    ("a.txt", "á".encode("utf-32"), "encoding"),
    ("a.jsonl", '{"text": "a"}'.encode("utf-16"), "encoding"),
    ("a.csv", "text\na".encode("utf-16"), "encoding"),
    ("a.txt", b"a\0b", "encoding"),
    ("a.txt", b"\xed\xa0\x80", "encoding"),
    ("a.txt", b"\xc0\x80", "encoding"),
    ("a.txt", b"\xf4\x90\x80\x80", "encoding"),
    ("a.txt", b"abc\xe2\x82", "encoding"),
    ("a.txt", b"x" * 1_001, "document_too_large"),
    ("a.txt", "é".encode() * 501, "document_too_large"),
    ("a.txt", b"%PDF-1.7\n", "unsupported_type"),
    ("a.md", b"PK\x03\x04rest", "unsupported_type"),
    ("a.jsonl", b"\x1f\x8brest", "unsupported_type"),
    ("a.pdf", b"x", "unsupported_type"),
    ("a.docx", b"x", "unsupported_type"),
    ("a", b"x", "unsupported_type"),
    (".txt", b"x", "unsupported_type"),
    ("txt", b"x", "unsupported_type"),
    ("", b"x", "unsafe_name"),
    ("../a.txt", b"x", "unsafe_name"),
    ("a/../../b.txt", b"x", "unsafe_name"),
    ("/etc/passwd.txt", b"x", "unsafe_name"),
    ("C:\\a.txt", b"x", "unsafe_name"),
    ("c:a.txt", b"x", "unsafe_name"),
    ("..\\a.txt", b"x", "unsafe_name"),
    ("a\0.txt", b"x", "unsafe_name"),
    ("a\n.txt", b"x", "unsafe_name"),
    ("a\u202etxt.txt", b"x", "unsafe_name"),
    ("a\u2028.txt", b"x", "unsafe_name"),
    ("a\ud800.txt", b"x", "unsafe_name"),
    ("a" * 252 + ".txt", b"x", "unsafe_name"),
]


@pytest.mark.parametrize(("name", "raw", "code"), WHOLE_FILE)
def test_a_file_that_is_no_good_is_refused_once_without_a_line(name: str, raw: bytes, code: str) -> None:
    ((number, item),) = found(name, raw)
    assert isinstance(item, IntakeError)
    assert (number, item.code) == (None, code)


GOOD = line(text="good")
ONE_LINE = [
    (b"not json\n", "invalid_json"),
    (b"{\n", "invalid_json"),
    (b"[" * 5_000 + b"\n", "invalid_json"),
    (b'{"text": ' + b"9" * 5_000 + b"}\n", "invalid_json"),
    (b'{"text": "a", "text": "b"}\n', "invalid_json"),
    (b'{"text": "a"} {"text": "b"}\n', "invalid_json"),
    (b'["a"]\n', "invalid_line"),
    (b'"a"\n', "invalid_line"),
    (b"null\n", "invalid_line"),
    (b"{}\n", "missing_text"),
    (line(custom_id="a"), "missing_text"),
    (line(text=None), "missing_text"),
    (line(text=1), "missing_text"),
    (line(text=["a"]), "missing_text"),
    (b'{"text": NaN}\n', "missing_text"),
    (line(text="a", texts="b"), "unknown_key"),
    (line(text="a", id="b"), "unknown_key"),
    (line(text="a", custom_id=""), "invalid_custom_id"),
    (line(text="a", custom_id=7), "invalid_custom_id"),
    (line(text="a", custom_id="x" * 256), "invalid_custom_id"),
    (line(text="a", custom_id="x\n"), "invalid_custom_id"),
    (line(text="a", custom_id="\ud800"), "invalid_custom_id"),
    (line(text="a", language="English"), "invalid_language"),
    (line(text="a", language=""), "invalid_language"),
    (line(text="a", language=1), "invalid_language"),
    (line(text="a", language="en" + "-abcdefgh" * 4), "invalid_language"),
    (line(text="a\0b"), "encoding"),
    (line(text="\ud83d"), "encoding"),
    (b'{"text": "' + LATIN + b'"}\n', "encoding"),
    (line(text="x" * 1_001), "document_too_large"),
    (b'{"text": "' + b"x" * 50_000 + b'"}\n', "document_too_large"),
]


@pytest.mark.parametrize(("bad", "code"), ONE_LINE)
def test_a_bad_jsonl_line_is_named_and_its_neighbours_survive(bad: bytes, code: str) -> None:
    first, refused, last = found("r.jsonl", GOOD + bad + GOOD)
    assert isinstance(refused[1], IntakeError)
    assert (refused[0], refused[1].code) == (2, code)
    assert [type(item) for _, item in (first, last)] == [NewDocument, NewDocument]


def test_an_unknown_key_is_named_and_made_harmless() -> None:
    (_, refused) = found("r.jsonl", line(text="a", **{"te\u202ext\n" + "x" * 300: 1}))[0]
    assert isinstance(refused, IntakeError)
    assert "te\ufffdxt\ufffdxxx" in refused.detail
    assert len(refused.detail) < 250


ONE_ROW = [
    (b"a,b\n", "invalid_row"),
    (b",,,\n", "invalid_row"),
    (b"a,b,English\n", "invalid_language"),
    (b"a,x\0y,\n", "encoding"),
    (b"a," + b"x" * 1_001 + b",\n", "document_too_large"),
]


@pytest.mark.parametrize(("bad", "code"), ONE_ROW)
def test_a_bad_csv_row_is_named_and_its_neighbours_survive(bad: bytes, code: str) -> None:
    first, refused, last = found("r.csv", b"custom_id,text,language\n1,good,\n" + bad + b"2,good,\n")
    assert isinstance(refused[1], IntakeError)
    assert (refused[0], refused[1].code) == (3, code)
    assert [type(item) for _, item in (first, last)] == [NewDocument, NewDocument]


CSV_ENDS = [
    (b"custom_id,text\n1,good\n2," + LATIN + b"\n3,good\n", 3, "encoding"),
    (b'custom_id,text\n1,good\n2,"open\n3,good\n', 3, "invalid_csv"),
    (b'custom_id,text\n1,good\n2,"a"b\n3,good\n', 3, "invalid_csv"),
    (b"custom_id,text\n1,good\n2," + b"x" * 20_000 + b"\n3,good\n", 3, "document_too_large"),
]


@pytest.mark.parametrize(("raw", "number", "code"), CSV_ENDS)
def test_a_csv_file_ends_where_its_rows_can_no_longer_be_told_apart(raw: bytes, number: int, code: str) -> None:
    first, refused = found("r.csv", raw)
    assert isinstance(first[1], NewDocument)
    assert isinstance(refused[1], IntakeError)
    assert (refused[0], refused[1].code) == (number, code)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"id,name\n", "missing_column"),
        (b"custom_id\n", "missing_column"),
        (b"text,notes\n", "unknown_column"),
        (b"text,text\n", "invalid_csv"),
        (b'"text\n', "missing_column"),
    ],
)
def test_a_csv_header_must_name_known_columns_once(header: bytes, code: str) -> None:
    ((_, refused),) = found("r.csv", header + b"a,b\n")
    assert isinstance(refused, IntakeError)
    assert refused.code == code


def test_a_name_too_long_for_its_line_number_is_refused() -> None:
    ((number, refused),) = found("a" * 249 + ".jsonl", GOOD)
    assert isinstance(refused, IntakeError)
    assert (number, refused.code) == (1, "unsafe_name")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("r.jsonl", b'{"text": "SECRET", "a": 1}\nSECRET\n{"text": "SECRET\xff"}\n'),
        ("r.csv", b'text,language\nSECRET,SECRET\nSECRET,a,b\n"SECRET"x,\n'),
        ("r.txt", b"SECRET\xff"),
        ("r.txt", b"SECRET\0"),
        ("r.jsonl", b'{"text": "SECRET", "language": "SECRET"}\n{"text": "SECRET", "custom_id": 1}\n'),
    ],
)
def test_no_refusal_quotes_document_text(name: str, raw: bytes) -> None:
    refused = [item for _, item in found(name, raw)]
    assert refused
    assert all(isinstance(item, IntakeError) and "SECRET" not in item.detail for item in refused)


NAMES = st.one_of(
    st.sampled_from(["a.txt", "a.md", "a.jsonl", "a.csv"]), st.text(max_size=20).map(lambda t: t + ".csv")
)
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([b'{"text": "', b'"}\n', b"text,custom_id\n", b'"', b",", b"\n", b"\r", b"\\ud800", b"\0"]),
    ),
    max_size=20,
).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(NAMES, PIECES)
def test_no_bytes_raise_and_everything_that_passes_can_be_stored(name: str, raw: bytes) -> None:
    items = found(name, raw)
    assert items
    for _, item in items:
        if isinstance(item, NewDocument):
            assert "\0" not in item.text + item.name + item.custom_id
            assert len(item.text.encode()) <= LIMITS.max_document_bytes
            assert max(len(item.name.encode().decode()), len(item.custom_id.encode().decode())) <= 255
        else:
            assert shown(item.detail[:100]) == item.detail[:100]


@given(st.lists(st.text(st.sampled_from(string.printable + "é€😀"), max_size=40), min_size=1, max_size=20))
def test_texts_written_as_jsonl_come_back_as_they_were(texts: list[str]) -> None:
    raw = b"".join(line(text=text) for text in texts)
    assert [document.text for document in documents("a.jsonl", raw)] == texts
