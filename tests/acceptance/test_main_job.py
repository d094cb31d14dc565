"""The main job on real input: documents in over HTTP, translations, summaries and sentiment out of real models."""

import json
import re
from pathlib import Path

import pytest

from tests.acceptance.conftest import Stack

SAMPLES = Path(__file__).parent.parent.parent / "samples"
CANARY = "zebracanary"


def test_a_letter_is_translated_with_its_paragraphs(stack: Stack):
    letter = "Dear Maria,\n\nThank you for your letter. The garden is full of flowers this year.\n\nYours,\nTom\n"
    line = stack.lines(stack.wait(stack.submit("translation", [{"custom_id": "l", "text": letter}])))[0]
    text = line["output"]["text"]
    assert text.count("\n") == letter.count("\n")
    assert re.search(r"flores", text)
    assert line["model"]["name"] == "starter-en-pt"
    assert line["model"]["license"] == "NOASSERTION"
    assert re.fullmatch(r"[0-9a-f]{40}", line["model"]["revision"])


def test_a_summary_quotes_its_source_at_its_spans(stack: Stack):
    source = next((SAMPLES / "en" / "news").glob("*.txt")).read_text(encoding="utf-8")
    job = stack.submit("summarization", [{"custom_id": "n", "text": source}], parameters={"sentences": 2})
    output = stack.lines(stack.wait(job))[0]["output"]
    assert 1 <= len(output["spans"]) <= 2
    for span in output["spans"]:
        quoted = " ".join(source[span["start"] : span["end"]].split())
        assert quoted in " ".join(output["text"].split())


def test_clear_opinions_get_their_label(stack: Stack):
    texts = {
        "positive": "I love this kettle. It is quick, quiet and beautiful. The best thing I bought this year.",
        "negative": "Terrible. It broke after two days and the support was rude. A complete waste of money.",
    }
    job = stack.submit("sentiment", [{"custom_id": label, "text": text} for label, text in texts.items()])
    for line in stack.lines(stack.wait(job)):
        assert line["output"]["label"] == line["custom_id"]
        assert abs(sum(line["output"]["scores"].values()) - 1) < 0.001


def test_hard_documents_are_handled_or_refused_with_a_reason(stack: Stack):
    documents = {
        "whitespace": " \n\t\n ",
        "empty": "",
        "one long line": "word " * 20_000 + "x" * 100_000,
        "emoji": "I am so happy today 🎉🎉 👩‍👩‍👧‍👦!",
        "right to left": "שלום עולם. مرحبا بالعالم.",
        "mixed": "Good morning. Bom dia. Guten Morgen. おはようございます。",
        "neighbour": "The neighbour is fine.",
    }
    for task in ("sentiment", "summarization"):
        job = stack.wait(stack.submit(task, [{"custom_id": k, "text": v} for k, v in documents.items()]))
        lines = {line["custom_id"]: line for line in stack.lines(job)}
        assert job["status"] == "completed_with_errors"
        for name in ("whitespace", "empty"):
            assert lines[name]["status"] == "discarded"
            assert lines[name]["error"]["code"] == "empty_document"
        for name in set(documents) - {"whitespace", "empty"}:
            assert lines[name]["status"] == "completed", (task, name, lines[name]["error"])


def test_a_long_line_is_translated_to_its_end(stack: Stack):
    text = "The cat sleeps on the sofa and the dog sleeps on the floor while " * 150 + "the last word is elephant"
    job = stack.wait(stack.submit("translation", [{"custom_id": "long", "text": text}]))
    output = stack.lines(job)[0]["output"]["text"]
    assert "elefante" in output[-80:]
    assert output.count("gato") > 100


def test_the_command_line_submits_a_folder_and_writes_results(stack: Stack, tmp_path: Path):
    out = tmp_path / "out.jsonl"
    printed = stack.ran("submit", "sentiment", str(SAMPLES / "en" / "reviews"), "--wait", "--out", str(out), "--json")
    job = json.loads(printed.splitlines()[-1])
    assert job["status"] == "completed"
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == job["counts"]["total"] > 12
    assert {line["output"]["label"] for line in lines} == {"positive", "neutral", "negative"}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["sentiment", "{empty}"], 4),
        (["translation", "{good}", "--from", "en", "--to", "de"], 3),
        (["translation", "{good}"], 2),
        (["poetry", "{good}"], 2),
        (["sentiment", "{good}", "--purpose", "commercial"], 0),
        (["translation", "{good}", "--from", "en", "--to", "pt", "--purpose", "commercial"], 3),
    ],
)
def test_exit_statuses_that_scripts_can_use(arguments, status, stack: Stack, tmp_path: Path):
    files = {"good": tmp_path / "good.txt", "empty": tmp_path / "blank.txt"}
    files["good"].write_text("A fine day.")
    files["empty"].write_text("  \n ")
    filled = [argument.format(**files) for argument in arguments]
    assert stack.run("submit", *filled, "--wait").returncode == status


def test_a_server_that_is_not_there_is_told_from_one_that_refuses(stack: Stack, tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_text("A.")
    done = stack.run("submit", "sentiment", str(file), "--server", "http://127.0.0.1:9")
    assert done.returncode == 5
    assert "no server answers" in done.stderr


def test_models_status_and_doctor_speak_json(stack: Stack):
    names = [json.loads(line)["name"] for line in stack.ran("models", "list", "--json").splitlines()]
    assert sorted(names) == ["starter-en-pt", "starter-pt-en", "starter-sentiment", "starter-summary"]
    assert all(json.loads(line)["id"] for line in stack.ran("status", "--json").splitlines())
    findings = [json.loads(line) for line in stack.run("doctor", "--json").stdout.splitlines()]
    assert {f["check"] for f in findings if f["ok"]} >= {"database", "broker", "models", "workers"}


def test_no_log_holds_a_word_of_a_document(stack: Stack):
    documents = [{"custom_id": "c", "text": f"The {CANARY} is here. " * 3}, {"custom_id": "d", "text": ""}]
    for task in ("translation", "summarization", "sentiment"):
        stack.wait(stack.submit(task, documents))
    assert CANARY not in stack.text()
    broker = b"".join(p.read_bytes() for p in (stack.data_dir / "valkey").rglob("*") if p.is_file())
    assert CANARY.encode() not in broker
