"""The tables of models, their licences and how they run. No behaviour; imports the ledger's base."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ledger.base import Base, BigId

_IN_USE = sql("retired_at IS NULL")


class License(Base):
    """Terms by SPDX expression or LicenseRef. `commercial_use` is null where nobody has said.

    `entered_by` is who entered terms that no table has, such as bought ones, with the reason and until when they hold.
    `naming` is what names of derived models must hold, `clause` the place in the text that decides on commercial use,
    `conditions` what it makes depend on who uses it or asks beside credit (`ledger.catalog.terms.conditions`).
    """

    __tablename__ = "licenses"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    commercial_use: Mapped[bool | None]
    attribution: Mapped[bool]
    share_alike: Mapped[bool]
    use_restrictions: Mapped[bool] = mapped_column(default=False)
    naming: Mapped[str | None] = mapped_column(String(255))
    clause: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text)
    conditions: Mapped[list[Any] | None]
    entered_by: Mapped[str | None] = mapped_column(String(255))
    entered_reason: Mapped[str | None] = mapped_column(Text)
    valid_until: Mapped[datetime | None]


class LicenseCorrection(Base):
    """What came to hold: the row of a licence, or the conclusion for a model that has it, before and after."""

    __tablename__ = "license_corrections"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    license_id: Mapped[str] = mapped_column(ForeignKey("licenses.id"), index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class LicenseText(Base):
    """The words of a licence or notice as they came with a model, once for each content."""

    __tablename__ = "license_texts"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class Model(Base):
    """One admitted model at one exact revision, with the sha256 of every file and both its licences.

    `declared_license` is what its card or package says, `concluded_license_id` what was found to hold, with the
    evidence or the person and reason, `unknown_bases` those it comes from of which nothing is known, `profile`
    what it is for. `directory` is relative to the models directory of each machine.
    `preferred_at` is when a person last said that jobs which name no model shall get it.
    `precision` (null: automatic), `backend`, `context_tokens` and `pinned` are how its operator wants it run.
    The card, longer than all the rest, is read when it is asked for.
    """

    __tablename__ = "models"
    __table_args__ = (
        UniqueConstraint("name", "revision"),
        Index("ix_models_in_use", "name", "admitted_at", sqlite_where=_IN_USE, postgresql_where=_IN_USE),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    revision: Mapped[str] = mapped_column(String(64))
    directory: Mapped[str] = mapped_column(String(512))
    source: Mapped[dict[str, Any]]
    architecture: Mapped[str] = mapped_column(String(128))
    tasks: Mapped[list[Any]]
    languages: Mapped[list[Any]]
    language_pairs: Mapped[list[Any]]
    multilingual: Mapped[bool]
    parameter_count: Mapped[int] = mapped_column(BigId)
    weights_bytes: Mapped[int] = mapped_column(BigId)
    weights_sha256: Mapped[str] = mapped_column(String(64))
    manifest: Mapped[dict[str, Any]]
    card: Mapped[dict[str, Any]] = mapped_column(deferred=True, deferred_group="card")
    card_text: Mapped[str] = mapped_column(Text, deferred=True, deferred_group="card")
    declared_license: Mapped[str | None] = mapped_column(String(255))
    unknown_bases: Mapped[list[Any] | None]
    profile: Mapped[dict[str, Any] | None]
    concluded_license_id: Mapped[str] = mapped_column(ForeignKey("licenses.id"))
    concluded_by: Mapped[str] = mapped_column(String(255))
    concluded_reason: Mapped[str] = mapped_column(Text)
    concluded_at: Mapped[datetime]
    admitted_at: Mapped[datetime]
    admitted_by: Mapped[str] = mapped_column(String(255))
    retired_at: Mapped[datetime | None]
    preferred_at: Mapped[datetime | None]
    preferred_by: Mapped[str | None] = mapped_column(String(255))
    precision: Mapped[str | None] = mapped_column(String(16))
    backend: Mapped[str] = mapped_column(String(16), default="torch")
    context_tokens: Mapped[int] = mapped_column(default=0)
    pinned: Mapped[bool] = mapped_column(default=False)


class Ability(Base):
    """A task that a model does, for one pair of languages, for any, or where none is asked.

    `ledger.catalog.abilities` writes it at admission, so that a choice reads the models that come into question alone.
    """

    __tablename__ = "abilities"

    task: Mapped[str] = mapped_column(String(32), primary_key=True)
    source: Mapped[str] = mapped_column(String(255), primary_key=True)
    target: Mapped[str] = mapped_column(String(255), primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), primary_key=True)


class LicenseFile(Base):
    """A file of a model that holds a licence, a notice or a use policy, and the finding on its text in a sentence."""

    __tablename__ = "license_files"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(255), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("license_texts.sha256"))
    finding: Mapped[str] = mapped_column(Text, default="")


class Grounds(Base):
    """What the files of a model declare of licences and what was found in them, by which rules, to conclude from anew.

    `declaration` and `findings` are as `ledger.catalog.evidence.kept` writes them, `bases` what the model says it
    comes from. It is not `whole` where the model was admitted before this was kept.
    """

    __tablename__ = "grounds"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), primary_key=True)
    declaration: Mapped[dict[str, Any]]
    findings: Mapped[dict[str, Any]]
    bases: Mapped[list[Any]]
    rules: Mapped[str] = mapped_column(String(64))
    whole: Mapped[bool]


class Tuning(Base):
    """What one kind of device was found to make of one model in one task; any of it may be unknown yet.

    `precision` is the number format that the quality guard left standing, `compared` the one that it compared with
    float32, `moved` the points of chrF that were lost by it. `budget_tokens` fit into memory after more did not;
    `resident_bytes` is what the loaded model was measured to take.
    """

    __tablename__ = "tunings"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), primary_key=True)
    task: Mapped[str] = mapped_column(String(32), primary_key=True)
    device: Mapped[str] = mapped_column(String(128), primary_key=True)
    precision: Mapped[str | None] = mapped_column(String(16))
    compared: Mapped[str | None] = mapped_column(String(16))
    moved: Mapped[float | None] = mapped_column(Float)
    budget_tokens: Mapped[int | None] = mapped_column(BigId)
    resident_bytes: Mapped[int | None] = mapped_column(BigId)
    stand_ins: Mapped[list[Any] | None]
    changed_at: Mapped[datetime]


class Decision(Base):
    """One decision of the licence gate: append-only. A refused submission has no job.

    `policy` names the version by which it was decided, `declared` what the installation declared of what the licence
    asks about (null: nothing). That of a load stands once for each job, licence and policy.
    """

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("job_id", "moment", "license_id", "policy", "allowed"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    moment: Mapped[str] = mapped_column(String(16))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), index=True)
    license_id: Mapped[str] = mapped_column(ForeignKey("licenses.id"))
    purpose: Mapped[str] = mapped_column(String(32))
    allowed: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    policy: Mapped[str] = mapped_column(String(64))
    declared: Mapped[dict[str, Any] | None]
