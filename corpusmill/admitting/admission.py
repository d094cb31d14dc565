"""Admit a checkpoint directory: inspect it, try it out, enter it in the ledger. Imports pipelines and the ledger."""

import getpass
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from corpusmill.admitting.apart import inspect, recognise
from corpusmill.admitting.copying import copy_checkpoint
from corpusmill.admitting.trial import Tried, try_apart
from corpusmill.output import Refusal
from ledger.base import utc_now
from ledger.catalog import models, tunings
from ledger.catalog.evidence import bases
from ledger.catalog.evidence.conclusion import Conclusion, conclude
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.models import Admission
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.errors import LedgerError
from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import ModelFacts
from pipelines.models.checkpoint.manifest import manifest_digest
from pipelines.models.profile.labels import give
from pipelines.tasks.registry import task_named

REVISION_CHARACTERS = 40
NAME = re.compile(r"\w[^\x00-\x1f\x7f\\]*")
"""It becomes a directory: one that begins with a dot would lie elsewhere, or among drafts."""


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """What makes a model unfit becomes a Refusal with its code."""
    try:
        yield
    except (ModelError, LedgerError) as error:
        raise Refusal(f"{name} is refused ({error.code}): {error.message}") from error


def admit(
    ledger: Ledger,
    models_dir: Path,
    directory: Path,
    *,
    name: str,
    source: dict[str, Any],
    revision: str | None = None,
    conclusion: Conclusion | None = None,
    pair: tuple[str, str] | None = None,
    asked: str,
    facts: ModelFacts | None = None,
    doubts: Sequence[str] = (),
) -> Model:
    """Admit the checkpoint in `directory`, which lies in `models_dir`; `facts` are its own, if it was inspected.

    Without a commit the revision is the digest of the files. `pair` gives the languages of a bilingual model that
    does not say them itself; `conclusion` is somebody's word on the licence, `doubts` what is known against that of
    its card; `asked` is the setting `device`, on which the model is tried out. Raises Refusal.
    """
    with _refusing(name):
        facts = facts or inspect(directory)
        licensed = _licensed(ledger, _declaration(facts, doubts), conclusion)
        pairs = facts.language_pairs or ((pair,) if pair else ())
        tasks = _tasks(name, facts, pairs)
        tried = try_apart(directory, facts, tasks, pairs, asked=asked)
        admission = _admission(
            facts,
            name=name,
            revision=revision or digest(facts),
            directory=directory.resolve().relative_to(models_dir.resolve()).as_posix(),
            source=source,
            tasks=tasks,
            language_pairs=pairs,
            **licensed,
        )
        with ledger.write() as session:
            model = models.admit(session, admission, now=ledger.now(session))
            _note(session, model, tried)
            return model


def _licensed(ledger: Ledger, declaration: Declaration, word: Conclusion | None) -> dict[str, Any]:
    """What an Admission says of the licence: declared, found apart, and concluded here, unless `word` says it."""
    findings = recognise(declaration)
    with ledger.read() as session:
        known = bases.known(session, declaration.bases)
    found = word or conclude(declaration, known, findings)
    return {"declaration": declaration, "findings": findings, "conclusion": found}


def _declaration(facts: ModelFacts, doubts: Sequence[str]) -> Declaration:
    return Declaration(
        facts.licenses,
        facts.license_name,
        facts.license_files,
        unread=facts.license_unread,
        headers=facts.license_headers,
        prose=facts.license_prose,
        bases=facts.base_models,
        doubts=doubts,
    )


def _admission(facts: ModelFacts, **decided: Any) -> Admission:
    """What the files say of a model, with what was `decided` about it."""
    return Admission(
        architecture=facts.architecture,
        languages=facts.languages,
        multilingual=facts.multilingual,
        parameter_count=facts.parameters,
        weights_bytes=facts.weights_bytes,
        weights_sha256=facts.weights_sha256,
        manifest=facts.manifest,
        card=facts.card,
        profile=facts.profile,
        card_text=facts.card_text,
        admitted_by=getpass.getuser(),
        **decided,
    )


def _note(session: Session, model: Model, tried: Tried) -> None:
    for task, finding in tried.findings.items():
        tunings.note_precision(
            session,
            (model.id, task, tried.device),
            precision=finding.precision,
            compared=finding.compared,
            moved=finding.moved,
            stand_ins=finding.stand_ins,
            now=utc_now(),
        )


def _tasks(name: str, facts: ModelFacts, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The tasks a model can be used for; a bilingual one translates only where its languages are known."""
    if facts.decided.refusal:
        raise Refusal(f"{name} is refused: {facts.decided.refusal}")
    tasks = [task for task in facts.tasks if not task_named(task).needs_pair or pairs or facts.multilingual]
    if not tasks:
        raise Refusal(f"{name} is refused: a {facts.architecture} needs --from and --to, or does no task known here.")
    return tasks


def add(
    ledger: Ledger,
    models_dir: Path,
    origin: str,
    *,
    name: str | None,
    pair: tuple[str, str] | None,
    conclusion: Conclusion | None,
    asked: str,
    labels: Sequence[str] = (),
) -> Model:
    """Admit a directory, or a hub repository at a commit (REPO@COMMIT), after copying it to the models directory.

    `labels` name those of a classifier whose files do not. Of a model that is refused nothing stays there. Raises
    Refusal.
    """
    name, source, home, new, facts = _placed(models_dir, origin, name, labels)
    try:
        return admit(
            ledger,
            models_dir,
            home,
            name=name,
            source=source,
            revision=None if labels else source.get("commit"),
            conclusion=conclusion,
            pair=pair,
            asked=asked,
            facts=facts,
        )
    except BaseException:
        if new:
            shutil.rmtree(home)
            with suppress(OSError):  # another revision of the same name stays
                home.parent.rmdir()
        raise


def _placed(
    models_dir: Path, origin: str, name: str | None, labels: Sequence[str]
) -> tuple[str, dict[str, str], Path, bool, ModelFacts | None]:
    """Name, source and directory of a copy of the checkpoint in `models_dir`; whether it is new, then its facts too."""
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=".adding-") as folder, _refusing(origin):
        draft = Path(folder) / "model"
        source = _fetch(origin, draft)
        if labels:
            give(draft, labels)
        facts = inspect(draft)
        if labels and not facts.decided.refusal and facts.decided.labels != tuple(labels):
            raise ModelError("no_labels", "It is no classifier, so --labels names nothing; leave that out.")
        chosen = name or source.get("repo") or Path(source["directory"]).name
        if not NAME.fullmatch(chosen):
            raise ModelError("bad_name", "A name begins with a letter or digit and has no control characters.")
        named = None if labels else source.get("commit")  # each choice of labels is a revision of its own
        home = models_dir / chosen.replace("/", "--") / (named or digest(facts))[:12]
        home.parent.mkdir(parents=True, exist_ok=True)
        new = not home.exists()
        if new:
            draft.rename(home)
    return chosen, source, home, new, facts if new else None


def _fetch(origin: str, draft: Path) -> dict[str, str]:
    """Copy the checkpoint to `draft` and say where it is from. Raises ModelError."""
    if Path(origin).is_dir():
        copy_checkpoint(Path(origin), draft)
        return {"directory": str(Path(origin).resolve())}
    from pipelines.models.hub import hub_snapshot

    repo, _, commit = origin.partition("@")
    hub_snapshot(repo, commit, draft)
    return {"repo": repo, "commit": commit}


def digest(facts: ModelFacts) -> str:
    """The revision of a checkpoint that has no commit: a digest over the hashes of its files."""
    return manifest_digest(facts.manifest)[:REVISION_CHARACTERS]
