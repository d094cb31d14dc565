"""Adding a task is adding a folder: pages, API, description, command line, exports and profiles have it."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import BlenderbotConfig, BlenderbotForConditionalGeneration

from corpusmill.commands.submit import submit
from ledger.catalog.models import queue_name
from ledger.work.jobs import views as jobs
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from pipelines import tasks
from pipelines.engine.budget import Budget
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.opened import Opened
from pipelines.models.options import Options
from pipelines.tasks.base import Input, Runtime
from pipelines.tasks.registry import all_tasks, task_named
from pipelines.tasks.sample import samples

ROOM = Path(__file__).parents[2] / "data" / "rooms" / "shouting"
POSTED = {"Origin": "http://localhost"}


@pytest.fixture
def rooms(tmp_path, monkeypatch) -> Path:
    """A folder outside ours with one room more."""
    folder = tmp_path / "rooms"
    shutil.copytree(ROOM, folder / "shouting")
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(folder)])
    all_tasks.cache_clear()
    yield folder
    all_tasks.cache_clear()
    for name in [name for name in sys.modules if name.startswith("pipelines.tasks.shouting")]:
        del sys.modules[name]


@pytest.fixture
def shouter(rooms, sqlite_desk):
    return sqlite_desk.admit("shouter", tasks=["shouting"], language_pairs=[], languages=["en"])


def shouted(desk, model) -> None:
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=queue_name("shouting", model), now=desk.now, lease_seconds=60, max_items=9,
            max_bytes=9**9,
        )  # fmt: skip
        receipt = Provenance(
            model.id, {"model": {"name": model.name, "revision": model.revision}, "license": {"concluded": "MIT"}}
        )
        finish(
            session,
            held.id,
            [Completion(i.id, {"loud": "=HEY"}, receipt, 0.1, 0.2) for i in held.items],
            [],
            now=desk.now,
        )


def test_a_new_room_is_on_the_form_and_the_form_makes_its_job(client, shouter, sqlite_desk):
    page = client.get("/jobs/new").text
    assert "<strong>Shouting</strong><small>The same, louder</small>" in page
    assert '<input type="number" name="volume" data-parameter="volume" data-kind="integer" min="1" max="11"' in page
    assert 'data-kind="words"' in page
    assert 'type="checkbox" value="yes" name="twice"' in page
    said = {
        "task": "shouting",
        "volume": "11",
        "leave_out": "um, er",
        "twice": "yes",
        "purpose": "internal",
        "text": "hey",
    }
    made = client.post("/jobs/new", data=said, headers=POSTED)
    assert made.status_code == 303
    with sqlite_desk.ledger.read() as session:
        job = jobs.view(session, made.location.rsplit("/", 1)[1], now=sqlite_desk.now).job
    assert (job.task, job.parameters) == ("shouting", {"volume": 11, "leave_out": ["um", "er"], "twice": True})
    assert "volume: 11, words to leave out: um, er, say it twice: True" in client.get(made.location).text
    refused = client.post("/jobs/new", data=said | {"volume": "12"}, headers=POSTED)
    assert (refused.status_code, "A volume is from 1 to 11." in refused.text) == (422, True)


def test_a_new_room_is_in_the_api_its_exports_and_its_page(client, shouter, sqlite_desk):
    asked = {"task": "shouting", "parameters": {"volume": 3}, "documents": [{"custom_id": "a", "text": "hey"}]}
    made = client.post("/api/v1/jobs", json=asked)
    assert made.status_code == 202
    job = made.json["id"]
    wrong = client.post("/api/v1/jobs", json=asked | {"parameters": {"pitch": 3}})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/parameters/pitch")
    shouted(sqlite_desk, shouter)
    line = json.loads(client.get(f"/api/v1/jobs/{job}/results").text)
    assert line["output"] == {"loud": "=HEY"}
    row = next(csv.DictReader(io.StringIO(client.get(f"/api/v1/jobs/{job}/results?format=csv").text)))
    assert row["loud"] == "'=HEY"
    page = client.get(f"/jobs/{job}/documents/0").text
    assert '<h2 id="result">What was shouted</h2>' in page
    assert '<p class="shouted">=HEY</p>' in page


def test_a_new_room_is_in_the_description(client, rooms):
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    assert "shouting" in schemas["JsonJobBody"]["properties"]["task"]["enum"]
    assert schemas["ShoutingParameters"]["properties"]["volume"]["maximum"] == 11
    assert {"$ref": "#/components/schemas/ShoutingParameters"} in schemas["JsonJobBody"]["properties"]["parameters"][
        "anyOf"
    ]


COMMAND = "from pipelines import tasks; tasks.__path__.append({folder!r}); from corpusmill.cli import main; main()"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--help"], "--leave-out TEXT  Words, by commas. (shouting)"),
        (["shouting", __file__, "--volume", "12"], "--volume"),
        (["sentiment", __file__, "--volume", "2"], "sentiment takes no --volume"),
        (["shouting", __file__, "--from", "en"], "shouting takes no --from"),
    ],
)
def test_a_new_room_is_on_the_command_line(rooms, words, said):
    command = [sys.executable, "-c", COMMAND.format(folder=str(rooms)), "submit", *words]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"})
    assert said in " ".join((ran.stdout + ran.stderr).split()).replace("--leave-out TEXT ", "--leave-out TEXT  ")


def test_a_new_room_decides_on_checkpoints_and_runs_them(rooms, tmp_path):
    directory = tmp_path / "model"
    config = BlenderbotConfig(
        vocab_size=60, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=32,
    )  # fmt: skip
    BlenderbotForConditionalGeneration(config).save_pretrained(directory)
    facts = inspect(directory)
    assert facts.tasks == ("shouting",)
    task = task_named("shouting")
    opened = Opened(directory, None, None, facts.decided, Runtime("cpu", "float32", {}), Budget("cpu"), Options())
    sample = samples(task, [], multilingual=False)[0].inputs
    pipeline = task.part("building").build(opened)
    assert pipeline.run([Input("hey", task.parameters.parse({"volume": 2})), *sample])[0].output == {"loud": "HEY!!"}


def test_a_job_of_a_room_that_is_gone_is_still_shown_and_exported(client, shouter, sqlite_desk, rooms):
    asked = {"task": "shouting", "parameters": {"volume": 3}, "documents": [{"custom_id": "a", "text": "hey"}]}
    job = client.post("/api/v1/jobs", json=asked).json["id"]
    shouted(sqlite_desk, shouter)
    shutil.rmtree(rooms / "shouting")
    all_tasks.cache_clear()
    for path in ("/jobs", f"/jobs/{job}", f"/jobs/{job}/documents/0"):
        assert client.get(path).status_code == 200
    row = next(csv.DictReader(io.StringIO(client.get(f"/api/v1/jobs/{job}/results?format=csv").text)))
    assert json.loads(row["output"]) == {"loud": "=HEY"}


def test_an_option_takes_what_any_of_its_tasks_takes():
    at_most = {param.name: param.type for param in submit.params}["parameter_top_k"]
    assert (at_most.min, at_most.max) == (0, 100_000)
