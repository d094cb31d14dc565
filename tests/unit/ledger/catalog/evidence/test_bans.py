"""Sentences of a card by which somebody rules commerce out are seen, whatever they are written with; others are not."""

import time

import pytest

from ledger.catalog.evidence.bans import LONGEST, found
from tests.unit.ledger.catalog.evidence.texts import BANS

SAID = [
    *BANS.values(),
    "We don't allow commercial use.",
    "Commercial use isn’t allowed",
    "Commercial use: not allowed.",
    "The weights are released under CC BY-NC 4.0.",
    "https://creativecommons.org/licenses/by-nc/4.0/",
    "The weights are AGPL-3.0.",
    "It is intended solely for research purposes",
    "For academic purposes exclusively",
    "For-profit use is strictly prohibited",
    "For commercial use, please contact sales@example.org",
    "You may not use this model in any business.",
    "Kommerzielle Nutzung bedarf unserer Zustimmung",
    "本模型仅用于科研",
    "商用利用はご遠慮ください",
    "non\u2011commercial use",
    "non&nbsp;commercial",
    "non\\-commercial",
    "n\u200bon-commercial",
    "non-cоmmercial",
    "<b>non</b>-<i>commercial</i>",
]
CLEAN = [
    "",
    "There are no restrictions on commercial use.",
    "Free for commercial use, no restrictions.",
    "Not only for research but also for commercial use.",
    "Evaluated on academic benchmarks only.",
    "Unlike commercial APIs, no data leave your machine.",
    "可免费商用，不需要授权",
    "Only the encoder was trained.",
]


@pytest.mark.parametrize("prose", SAID)
def test_a_ban_is_seen(prose: str):
    assert found(f"# Model\n\nIt translates.\n{prose}\n")


@pytest.mark.parametrize("prose", CLEAN)
def test_what_is_none_is_not(prose: str):
    assert found(f"# Model\n\nIt translates. {prose}\n") is None


def test_what_is_longer_than_anybody_reads_settles_nothing():
    assert found("a " * LONGEST)


@pytest.mark.parametrize("stem", ["commercia", "prohibit", "interdi", "kommerziel", "коммерч", "not ", "only the "])
def test_no_prose_takes_long(stem: str):
    started = time.process_time()
    found(stem * (LONGEST // len(stem)))
    assert time.process_time() - started < 10
