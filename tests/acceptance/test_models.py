"""Admission, licences and removal of models, and what verifies a job, from the command line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from corpusmill.output import Refusal
from tests.acceptance.conftest import Stack
from tests.unit.ledger.catalog.evidence.texts import MIT


@pytest.fixture
def source(starter_dir: Path, tmp_path: Path) -> Path:
    """A copy of the starter sentiment model, to admit under another name."""
    (config,) = (starter_dir / "starter-sentiment").glob("*/config.json")
    return Path(shutil.copytree(config.parent, tmp_path / "mine"))


@pytest.fixture
def stack(fresh_stack: Callable[..., Stack], starter_dir: Path, tmp_path: Path) -> Stack:
    """A stack that is not started, with a models directory of its own."""
    made = fresh_stack()
    copied = shutil.copytree(starter_dir, tmp_path / "models")
    made.environment["CORPUSMILL_MODELS_DIR"] = str(copied)
    return made


def declare(source: Path, front_matter: str) -> None:
    (source / "README.md").write_text(f"---\n{front_matter}\n---\n# Mine\n")


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def cut(source: Path) -> None:
    file = source / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])


def pickle(source: Path) -> None:
    (source / "model.safetensors").rename(source / "pytorch_model.bin")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "no licence": (lambda source: declare(source, "language: en"), "license_missing"),
    "two licences": (lambda source: declare(source, "license: [mit, apache-2.0]"), "license_contradiction"),
    "another name": (lambda source: declare(source, "license: mit\nlicense_name: gemma"), "license_contradiction"),
    "another text": (lambda source: (source / "LICENSE").write_text(MIT), "license_contradiction"),
    "no expression": (lambda source: declare(source, "license: MIT OR"), "license_unreadable"),
    "no mapping": (lambda source: declare(source, "- mit"), "bad_card"),
    "pickle": (pickle, "no_safetensors"),
    "remote code": (lambda source: edit(source / "config.json", auto_map={"AutoModel": "m.M"}), "remote_code"),
    "truncated": (cut, "truncated_weights"),
    "outside": (
        lambda source: (source / "model.safetensors.index.json").write_text(
            json.dumps({"weight_map": {"a": "../../secret.safetensors"}})
        ),
        "truncated_weights",
    ),
    "link": (lambda source: (source / "vocab.extra").symlink_to("/etc/passwd"), "unsafe_file"),
}


@pytest.mark.parametrize(("spoil", "code"), REFUSED.values(), ids=REFUSED)
def test_an_unfit_model_is_refused_whole(stack: Stack, source: Path, spoil: Callable[[Path], object], code: str):
    spoil(source)
    models_dir = Path(stack.environment["CORPUSMILL_MODELS_DIR"])
    before = sorted(models_dir.rglob("*"))
    done = stack.run("models", "add", str(source))
    assert done.returncode == 3
    assert f"({code}):" in done.stderr
    assert sorted(models_dir.rglob("*")) == before
    assert '"mine"' not in stack.ran("models", "list", "--json")


@pytest.mark.parametrize("name", ["..", ".", ".hidden", "../above", "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(stack: Stack, source: Path, name: str):
    before = sorted(source.parent.rglob("*"))
    done = stack.run("models", "add", str(source), f"--name={name}")
    assert done.returncode == 3
    assert "(bad_name):" in done.stderr
    assert [path for path in sorted(source.parent.rglob("*")) if path not in before and "data" not in path.parts] == []


def test_a_policy_that_is_wrong_stops_the_stack_with_a_sentence(stack: Stack, tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text('version = "mine"')
    stack.environment["CORPUSMILL_POLICY_FILE"] = str(file)
    for command in (("up", "--port", "0"), ("worker",), ("models", "explain", "starter-summary")):
        done = stack.run(*command)
        assert done.returncode == 2
        assert "mine.toml is wrong at" in done.stderr


def test_a_licence_that_changes_is_flagged_and_decides_until_the_model_is_removed(stack: Stack, source: Path):
    first = json.loads(stack.ran("models", "add", str(source), "--json"))
    declare(source, "license: cc-by-nc-4.0\npipeline_tag: text-classification")
    done = stack.run("models", "add", str(source), "--json")
    second = json.loads(done.stdout)
    assert (first["license"], second["license"]) == ("Apache-2.0", "CC-BY-NC-4.0")
    assert "changed between revisions, from Apache-2.0" in done.stderr

    denied = stack.run("models", "explain", "mine", "--purpose", "commercial")
    assert denied.returncode == 3
    assert "Section 2(a)(1)" in denied.stdout
    allowed = json.loads(
        stack.ran("models", "explain", f"mine@{first['revision']}", "--purpose", "commercial", "--json")
    )
    assert allowed["allowed"] is True
    assert allowed["evidence"] == "card"
    assert [finding["need"] for finding in allowed["findings"]] == ["established", "commercial_use", "known_base"]

    stack.ran(
        "models",
        "conclude",
        f"mine@{second['revision']}",
        "MIT OR Apache-2.0",
        "--reason",
        "The author wrote so.",
        "--by",
        "Ada",
    )
    word = json.loads(stack.ran("models", "explain", "mine", "--purpose", "commercial", "--json"))
    assert (word["license"], word["evidence"], word["concluded_by"]) == ("MIT OR Apache-2.0", "person", "Ada")

    stack.ran("models", "remove", f"mine@{second['revision']}")
    assert second["revision"] not in stack.ran("models", "list", "--json")
    models_dir = Path(stack.environment["CORPUSMILL_MODELS_DIR"])
    assert [path.name for path in (models_dir / "mine").iterdir()] == [first["revision"][:12]]
    assert stack.run("models", "remove", "no-such").returncode == 3


def test_an_operators_word_admits_a_model_that_is_silent(stack: Stack, source: Path):
    declare(source, "pipeline_tag: text-classification")
    assert stack.run("models", "add", str(source), "--license", "mit").returncode == 2
    added = json.loads(
        stack.ran("models", "add", str(source), "--license", "NOASSERTION", "--reason", "Not asked yet.", "--json")
    )
    assert added["license"] == "NOASSERTION"
    again = stack.ran("models", "add", str(source), "--license", "mit", "--reason", "She wrote so.", "--json")
    assert json.loads(again)["license"] == "MIT"
    stack.ran("models", "conclude", "mine", "NOASSERTION", "--reason", "She takes it back.")
    assert stack.run("models", "explain", "mine", "--purpose", "evaluation").returncode == 0
    assert stack.run("models", "explain", "mine", "--purpose", "research").returncode == 3


def test_a_job_is_verified_and_what_was_changed_is_found(stack: Stack):
    stack.ran("models", "tune", "starter-sentiment", "--precision", "float32")
    stack.start()
    texts = ["I love this bridge.", "It was a terrible week.", "The meeting is on Thursday.", "What a lovely letter!"]
    job = stack.submit("sentiment", [{"custom_id": f"d{n}", "text": text} for n, text in enumerate(texts)])
    stack.wait(job)
    checks = [json.loads(line) for line in stack.ran("verify", job["id"], "--sample", "4", "--json").splitlines()]
    assert [check["wrong"] for check in checks] == [[]] * 8
    assert [check["checked"] for check in checks if check["name"] != "flags"] == [4, 1, 4, 1, 1, 4, 4]
    assert checks[-1]["note"] == "equal to the last letter"
    assert json.loads(stack.ran("verify", job["id"], "--sample", "3", "--json").splitlines()[-1])["checked"] <= 3
    assert stack.stop() == 0

    spoil(stack.data_dir / "ledger.db")
    done = stack.run("verify", job["id"], "--sample", "4", "--json")
    found = {check["name"]: check["wrong"] for check in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 4
    assert found["documents"] == ["d0"]
    assert len(found["stamps"]) == 4
    assert len(found["receipts"]) == 1
    assert "d2: another output" in found["computed again: starter-sentiment, float32"]


def spoil(database: Path) -> None:
    """Change a text, a receipt and an output behind the ledger's back."""
    import sqlite3

    with sqlite3.connect(database) as connection:
        first = "SELECT document_id FROM work_items WHERE position = 0 ORDER BY id DESC LIMIT 1"
        sha256 = f"SELECT sha256 FROM documents WHERE id = ({first})"
        connection.execute(f"UPDATE texts SET body = CAST('I hate it.' AS BLOB) WHERE sha256 = ({sha256})")
        connection.execute("UPDATE receipts SET body = json_set(body, '$.verdict.purpose', 'commercial')")
        connection.execute(
            "UPDATE results SET output = json_set(output, '$.label', 'mixed') "
            "WHERE item_id = (SELECT id FROM work_items WHERE position = 2 ORDER BY id DESC LIMIT 1)"
        )
    connection.close()


def test_a_new_revision_is_compared_in_the_shadow_and_used_only_when_promoted(
    stack: Stack, source: Path, tmp_path: Path
):
    first = json.loads(stack.ran("models", "add", str(source), "--json"))
    letters = tmp_path / "letters"
    letters.mkdir()
    for number, text in enumerate(("I love it.", "A terrible day.", "The train leaves at noon.")):
        (letters / f"{number}.txt").write_text(text)
    stack.ran("corpora", "add", "letters", str(letters))
    stack.ran("corpora", "scan", "letters")
    add = ("schedules", "add", "nightly", "--corpus", "letters", "--cron", "0 2 * * *", "--task", "sentiment")
    held = json.loads(stack.ran(*add, "--model", "mine", "--json"))["model"]
    edit(source / "config.json", id2label={"0": "bad", "1": "neutral", "2": "positive"})
    declare(source, "license: cc-by-nc-4.0\npipeline_tag: text-classification")
    second = json.loads(stack.ran("models", "add", str(source), "--json"))

    compare = (
        "models",
        "compare",
        f"mine@{first['revision']}",
        f"mine@{second['revision']}",
        "--corpus",
        "letters",
        "--task",
        "sentiment",
    )
    report = json.loads(stack.ran(*compare, "--json"))
    assert (report["documents"], report["failed"], report["chrf"]) == (3, 0, None)
    assert report["flips"] >= 1
    assert report["licenses"] == ["Apache-2.0", "CC-BY-NC-4.0"]
    assert report["purposes"]["commercial"] == [True, False]
    assert report["promoted"] == []
    assert model_of(stack, "nightly") == held == f"mine@{first['revision'][:12]}"

    assert json.loads(stack.ran(*compare, "--promote", "--by", "Ada", "--json"))["promoted"] == ["nightly"]
    assert model_of(stack, "nightly") == f"mine@{second['revision'][:12]}"


def model_of(stack: Stack, schedule: str) -> str:
    listed = map(json.loads, stack.ran("schedules", "list", "--json").splitlines())
    return next(row["model"] for row in listed if row["name"] == schedule)


def test_a_model_is_admitted_over_http_from_where_the_operator_allows(
    fresh_stack: Callable[..., Stack], source: Path, tmp_path: Path
):
    stack = fresh_stack(model_roots=tmp_path)
    stack.environment["CORPUSMILL_MODELS_DIR"] = str(tmp_path / "models")
    stack.start()
    with stack.client() as client:
        added = client.post("/models", {"origin": str(source), "name": "by-http"})
        assert (added["name"], added["license"]["concluded"]) == ("by-http", "Apache-2.0")
        with pytest.raises(Refusal, match="model_roots"):
            client.post("/models", {"origin": "/etc"})
        with pytest.raises(Refusal, match="model_roots"):
            client.post("/models", {"origin": "someone/model@" + "a" * 40})
        declare(source, "language: en")
        with pytest.raises(Refusal, match="names no licence"):
            client.post("/models", {"origin": str(source), "name": "silent"})
        with pytest.raises(Refusal, match="no licence that is known"):
            client.post("/models", {"origin": str(source), "license": "MIT OR", "reason": "x"})
        word = {"license": "mit", "reason": "The author wrote so.", "by": "Ada"}
        assert (
            client.post("/models", {"origin": str(source), "name": "silent"} | word)["license"]["concluded_by"] == "Ada"
        )
        names = {model["name"] for model in client.get("/models")["models"]}
    assert {"by-http", "silent"} <= names
