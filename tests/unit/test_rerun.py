"""When a result that is computed again must be equal, flags included, and when close is enough."""

from types import SimpleNamespace

import pytest

from corpusmill.checking.rerun import _difference, _is_as_then
from pipelines.tasks.base import Outcome
from pipelines.text.flags import Flag, FlagCode
from tests.fakes import FakePipeline
from worker.drain.batch import PIPELINE_VERSION

FLAG = Flag(FlagCode.UNTRANSLATED, 0, 3, "It reads as before.", 0, 3)


def line(text="one", flags=()):
    return SimpleNamespace(result=SimpleNamespace(output={"text": text}, flags=[flag.as_json() for flag in flags]))


def test_equal_outputs_with_other_flags_differ_where_all_is_as_then():
    assert _difference(line(), Outcome({"text": "one"}), exact=True) == ""
    assert _difference(line(flags=[FLAG]), Outcome({"text": "one"}, flags=(FLAG,)), exact=True) == ""
    assert _difference(line(flags=[FLAG]), Outcome({"text": "one"}), exact=True) == "other flags"
    assert _difference(line(), Outcome({"text": "one"}, flags=(FLAG,)), exact=True) == "other flags"


def test_flags_may_differ_where_outputs_may():
    assert _difference(line(flags=[FLAG]), Outcome({"text": "one"}), exact=False) == ""


RECEIPT = {"pipeline_version": PIPELINE_VERSION, "device": "cpu", "dtype": "float32", "versions": {"fake": "1"}}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, True),
        ({"pipeline_version": "before"}, False),
        ({"device": "cuda:0"}, False),
        ({"versions": {"fake": "2"}}, False),
    ],
)
def test_a_result_of_another_pipeline_version_need_not_be_equal(change, wanted):
    assert _is_as_then(FakePipeline(), SimpleNamespace(body=RECEIPT | change)) is wanted
