"""Who made the results of a job: by model, licence and verdict, as the receipts say."""

import pytest
from sqlalchemy import event

from ledger.catalog.attribution import Runtime, Used, used
from ledger.catalog.tables import License, Model
from ledger.errors import NotFoundError
from tests.attributions import license_
from tests.conftest import Desk
from tests.receipts import license_file, license_row, record


def attributions(desk: Desk, job_id: str) -> list[Used]:
    with desk.ledger.read() as session:
        return used(session, job_id)


def test_each_model_that_made_results_is_there_with_their_number(desk):
    other = desk.admit("another", license_="apache-2.0")
    job_id = desk.submit("one", "two", "three")
    record(desk, desk.model, "MIT", items=2)
    record(desk, other, "Apache-2.0")
    found = attributions(desk, job_id)
    assert [(one.model.name, one.license.id, one.declared, one.results) for one in found] == [
        ("another", "Apache-2.0", other.declared_license, 1),
        ("marian-en-pt", "MIT", desk.model.declared_license, 2),
    ]


def test_one_model_on_two_devices_is_one_attribution(desk):
    job_id = desk.submit("one", "two", "three")
    record(desk, desk.model, "MIT", items=2)
    record(desk, desk.model, "MIT", device="cuda:0", dtype="bfloat16")
    [found] = attributions(desk, job_id)
    versions = (("torch", "2.13.0"), ("transformers", "5.23.0"))
    assert found.results == 3
    assert found.runtimes == (
        Runtime("cpu", "float32", "torch", "3", versions),
        Runtime("cuda:0", "bfloat16", "torch", "3", versions),
    )


def test_the_licence_that_counts_is_the_one_in_the_receipt(desk):
    job_id = desk.submit("one", "two")
    record(desk, desk.model, "MIT")
    license_row(desk, license_("CC-BY-NC-4.0", commercial_use=False))
    with desk.ledger.write() as session:
        session.get_one(Model, desk.model.id).concluded_license_id = "CC-BY-NC-4.0"
    assert [one.license.id for one in attributions(desk, job_id)] == ["MIT"]
    record(desk, desk.model, "CC-BY-NC-4.0")
    assert [(one.license.id, one.results) for one in attributions(desk, job_id)] == [("CC-BY-NC-4.0", 1), ("MIT", 1)]


def test_another_verdict_is_another_attribution(desk):
    job_id = desk.submit("one", "two")
    for reason in ("By the rule of May.", "By the rule of June."):
        record(desk, desk.model, "MIT", verdict={"purpose": "internal", "reason": reason})
    found = [one.verdict["reason"] for one in attributions(desk, job_id)]
    assert found == ["By the rule of June.", "By the rule of May."]


def test_the_terms_and_texts_come_along(desk):
    license_row(desk, license_("LicenseRef-gemma", use_restrictions=True))
    license_file(desk, desk.model, "USE_POLICY.md", "2" * 64, "Do no harm.")
    license_file(desk, desk.model, "LICENSE", "1" * 64, "The terms.")
    license_file(desk, desk.admit("unused"), "LICENSE", "3" * 64, "Other terms.")
    job_id = desk.submit("one")
    record(desk, desk.model, "LicenseRef-gemma")
    [found] = attributions(desk, job_id)
    assert found.license.use_restrictions
    assert [(one.path, one.sha256, one.text) for one in found.wordings] == [
        ("LICENSE", "1" * 64, "The terms."),
        ("USE_POLICY.md", "2" * 64, "Do no harm."),
    ]


def test_a_receipt_may_name_a_licence_that_has_no_row_and_no_runtime(desk):
    job_id = desk.submit("one")
    record(desk, desk.model, "LicenseRef-lost", versions={}, device="", dtype="", backend="", pipeline_version="")
    [found] = attributions(desk, job_id)
    assert (found.license.id, found.license.commercial_use, found.license.attribution) == (
        "LicenseRef-lost",
        None,
        True,
    )
    assert found.runtimes == (Runtime("", "", "", "", ()),)
    with desk.ledger.read() as session:
        assert session.get(License, "LicenseRef-lost") is None


def test_results_of_another_job_do_not_count(desk):
    first = desk.submit("one")
    record(desk, desk.model, "MIT")
    second = desk.submit("two")
    assert [one.results for one in attributions(desk, first)] == [1]
    assert attributions(desk, second) == []


def test_an_unknown_job_is_no_job_without_results(desk):
    with pytest.raises(NotFoundError):
        attributions(desk, "job_none")


def test_what_is_asked_of_the_database_does_not_grow_with_the_results(sqlite_desk):
    desk, read = sqlite_desk, []

    def count(job_id: str) -> list[str]:
        read.clear()
        with desk.ledger.read() as session:
            engine = session.get_bind()
            event.listen(engine, "before_cursor_execute", note)
            found = used(session, job_id)
            event.remove(engine, "before_cursor_execute", note)
            assert {type(row).__name__ for row in session} <= {"Job", "Model", "License"}
        assert len(found) == 1
        return list(read)

    def note(connection, cursor, statement, *rest):
        read.append(statement)

    small = desk.submit("one")
    record(desk, desk.model, "MIT")
    large = desk.submit(*[f"text {number}" for number in range(60)])
    record(desk, desk.model, "MIT", items=60)
    assert count(small) == count(large)
