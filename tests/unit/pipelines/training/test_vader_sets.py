"""Reading and splitting the rated snippet sets, on a small archive made here."""

import io
import tarfile

import pytest

from pipelines.training.scoring import table
from pipelines.training.vader_sets import SETS, Snippet, read, split


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def make_sdist(path, contents):
    inner_bytes = io.BytesIO()
    with tarfile.open(fileobj=inner_bytes, mode="w:gz") as inner:
        for name, content in contents.items():
            add(inner, f"hutto_ICWSM_2014/{name}", content.encode())
    with tarfile.open(path, "w:gz") as outer:
        add(outer, "vaderSentiment-0/additional_resources/hutto_ICWSM_2014.tar.gz", inner_bytes.getvalue())
    return path


@pytest.fixture
def sdist(tmp_path):
    lines = "1_1\t-0.9\tit broke .\r\n1_2\t0.5\tit is &amp; was a box\r\n2_1\t3.25\tlove it"
    contents = dict.fromkeys(SETS.values(), "7\t0.1\tfine’s\r\n") | {SETS["amazon"]: lines}
    return make_sdist(tmp_path / "sdist.tar.gz", contents)


def snippets(count, set_name="nyt"):
    return [Snippet(set_name, str(number // 4), 1.0, f"text {number}") for number in range(count)]


def test_all_four_sets_are_read(sdist):
    assert {snippet.set_name for snippet in read(sdist)} == set(SETS)


def test_a_line_gives_document_rating_and_text_without_entities(sdist):
    found = [snippet for snippet in read(sdist) if snippet.set_name == "amazon"]
    assert found == [
        Snippet("amazon", "1", -0.9, "it broke ."),
        Snippet("amazon", "1", 0.5, "it is & was a box"),
        Snippet("amazon", "2", 3.25, "love it"),
    ]


def test_text_beyond_ascii_is_kept(sdist):
    assert "fine’s" in {snippet.text for snippet in read(sdist)}


def test_an_archive_without_the_sets_is_refused(tmp_path):
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as archive:
        add(archive, "README", b"nothing here")
    with pytest.raises(KeyError):
        read(tmp_path / "other.tar.gz")


@pytest.mark.parametrize(("rating", "label"), [(-4, 0), (-0.51, 0), (-0.5, 1), (0, 1), (0.5, 1), (0.51, 2), (4, 2)])
def test_half_a_point_around_zero_is_neutral(rating, label):
    assert Snippet("nyt", "1", rating, "").label == label


def test_no_document_is_on_both_sides():
    training, held_out = split(snippets(4000))
    assert not {snippet.document for snippet in training} & {snippet.document for snippet in held_out}


def test_about_fifteen_per_cent_of_documents_are_held_out():
    training, held_out = split(snippets(8000))
    assert len(training) + len(held_out) == 8000
    assert 0.13 < len(held_out) / 8000 < 0.17


def test_the_split_depends_on_ids_alone():
    found = snippets(400)
    changed = [Snippet(one.set_name, one.document, -one.rating, one.text.upper()) for one in reversed(found)]
    held_out = {one.text.upper() for one in split(found)[1]}
    assert {one.text for one in split(changed)[1]} == held_out


def test_a_text_on_both_sides_leaves_the_training_side():
    found = [Snippet("tweets", str(number), 1.0, "same words") for number in range(200)]
    training, held_out = split(found)
    assert held_out
    assert training == []


def test_the_table_counts_classes_and_polarity_apart():
    rated = [Snippet("nyt", "1", rating, "") for rating in (-2.0, 2.0, 2.0, 0.0)]
    rows = [(0.7, 0.2, 0.1), (0.3, 0.5, 0.2), (0.1, 0.5, 0.4), (0.2, 0.6, 0.2)]
    assert table(rated, rows) == {"nyt": {"snippets": 4, "accuracy": 0.5, "polarity": round(2 / 3, 4)}}
