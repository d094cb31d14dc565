"""The documentation says what the code does: every setting, command, state and word is there."""

import re
from pathlib import Path

import click
import pytest

from corpusmill.cli import app
from corpusmill.exits import MEANINGS
from corpusmill.settings import Settings
from ledger.catalog.gate.policy import Purpose
from ledger.work.states import Event, Reason, State
from pipelines.text.flags import FlagCode
from webui.pages.parts.explanations import EXPLANATIONS

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "samples" / "README.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str):
    assert f"| {name} | " in text("docs/quickstart.md")
    assert Settings.model_fields[name].description in text("docs/quickstart.md")


def test_every_state_and_reason_is_documented():
    lifecycle = text("docs/lifecycle.md")
    assert all(f"| {state} |" in lifecycle for state in State)
    assert all(f"`{reason}`" in lifecycle for reason in Reason)
    assert all(event in lifecycle for event in Event)


def test_every_purpose_is_documented():
    assert all(purpose in text("docs/quickstart.md") for purpose in Purpose)


def test_every_code_of_a_flag_has_its_section():
    assert re.findall(r"^### (\w+)$", text("docs/flags.md"), re.MULTILINE) == list(FlagCode)


@pytest.mark.parametrize("code", FlagCode)
def test_a_code_is_explained_in_the_documentation_as_on_its_page(code: FlagCode):
    section = text("docs/flags.md").split(f"### {code}\n")[1].split("\n### ")[0]
    explanation = EXPLANATIONS[code]
    for sentence in (explanation.meaning, explanation.cause, explanation.remedy):
        assert sentence in " ".join(section.split())


@pytest.mark.parametrize("word", ["Element", "Stand-in", "Flag"])
def test_the_words_around_flags_are_in_the_glossary(word: str):
    assert f"| **{word}** |" in text("docs/glossary.md")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_local_link_leads_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def commands(group: click.Command, *names: str):
    for name, command in getattr(group, "commands", {}).items():
        yield (*names, name), command
        yield from commands(command, *names, name)


@pytest.mark.parametrize(
    ("names", "command"), list(commands(app)), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_explains_itself_and_its_options(names: tuple[str, ...], command: click.Command):
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help or isinstance(option.type, click.Choice), (names, option.name)


def test_commands_that_report_speak_json():
    silent = {"up", "web", "worker", "beat"}
    for names, command in commands(app):
        if not isinstance(command, click.Group) and names[0] not in silent:
            assert "json_" in [option.name for option in command.params], names


def test_every_exit_status_is_documented_as_help_has_it():
    for status, meaning in MEANINGS.items():
        row = f"| {int(status)} | {meaning[0].upper()}{meaning[1:]}. |"
        assert row in text("docs/quickstart.md").replace("`submit --wait`", "submit --wait")
