"""A hundred changes of a digit, a name, a negation or a label, planted in stored results, are found by computing again.

No stamp helps here: `tests/integration/test_bindings.py` plants what stamps find.
"""

import random
import re

import pytest

from corpusmill.checking import rerun
from corpusmill.checking.likeness import difference
from corpusmill.checking.verification import verify
from ledger.work.leases.finish import Completion, Provenance, finish
from pipelines.tasks.base import Outcome
from tests.fakes import FakePipeline
from tests.unit.checking.test_again import BODY
from tests.work import take

SAID = {
    "It did not rain in Lisbon on 12 May 2024, and Maria Lopes paid 1,250 euros.": ("did not rain", "did rain"),
    "O João Pinto nunca viu as 37 casas de Évora, e pagou 4.500 euros em 2019.": ("nunca viu", "viu"),
    "Herr Vogel hat die 14 Briefe aus Köln nicht gelesen, sagte Anna 2021.": ("nicht gelesen", "gelesen"),
    "Jean Moreau n'a pas vendu les 85 tableaux de Nantes en 1998.": ("n'a pas vendu", "a vendu"),
    "Ana Ruiz jamás vendió los 62 cuadros de Toledo en 1987.": ("jamás vendió", "vendió"),
    "Иван Петров не купил 48 книг в Москве в 2015 году.": ("не купил", "купил"),
    "Jan Nowak nie kupił 29 książek w Krakowie w 2003 roku.": ("nie kupił", "kupił"),
    "The court found it impossible for Karl Weber to pay -350 of 900 euros.": ("impossible", "possible"),
    "He won't meet Olga Marin before 17 March, said Peter on day 9.": ("won't", "will"),
    "鈴木さんは2018年に本を35冊買わなかったとMariaが言った。": ("買わなかった", "買った"),
    "그는 2016년에 Peter의 책 74권을 사지 않았다.": ("사지 않았다", "샀다"),
}
AROUND = "and so they went on along the river for a long while until the evening came and it was time to go home "
SCORES = {"negative": 0.1, "neutral": 0.2, "positive": 0.7}
NAME = re.compile(r"(?<=\s)[A-ZÉÖА-Я][a-zãéöа-яąż]{2,}|Maria|Peter")


def digit(draw: random.Random, text: str) -> str:
    place = draw.choice([found.start() for found in re.finditer(r"\d", text)])
    other = draw.choice([sign for sign in "0123456789" if sign != text[place]])
    return text[:place] + draw.choice([other, text[place] + other, ""]) + text[place + 1 :]


def name(draw: random.Random, text: str) -> str:
    found = draw.choice(list(NAME.finditer(text)))
    place = draw.randrange(found.start() + 1, found.end())
    return text[:place] + ("o" if text[place] != "o" else "u") + text[place + 1 :]


def negation(draw: random.Random, text: str) -> str:
    old, new = next(pair for said, pair in SAID.items() if said in text)
    assert old in text
    return text.replace(old, new)


def planted(seed: int) -> list[tuple[dict, dict]]:
    """A hundred pairs of what a model makes and what is stored instead."""
    draw = random.Random(seed)
    pairs: list[tuple[dict, dict]] = []
    for number in range(75):
        text = draw.choice(list(SAID))
        text = AROUND * draw.randint(0, 9) + text + " " + AROUND * draw.randint(0, 9)
        pairs.append(({"text": text}, {"text": (digit, name, negation)[number % 3](draw, text)}))
    for _ in range(25):
        other = draw.choice(["negative", "neutral", "mixed", "Positive", "positive "])
        pairs.append(({"label": "positive", "scores": SCORES}, {"label": other, "scores": SCORES}))
    return pairs


@pytest.mark.parametrize("seed", range(8))
def test_a_hundred_of_a_hundred_planted_changes_are_told_and_what_is_equal_is_not(seed):
    pairs = planted(seed)
    assert len(pairs) == 100
    assert [(made, stored) for made, stored in pairs if not difference(stored, made, "pt")] == []
    assert [made for made, _ in pairs if difference(made, made, "pt")] == []


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_verify_names_every_document_with_a_planted_change(sqlite_desk, tmp_path, monkeypatch, dtype):
    pairs = planted(7)
    made: dict[str, dict] = {}

    class Model(FakePipeline):
        def _outcome(self, text: str) -> Outcome:
            return Outcome(output=made[text])

    monkeypatch.setattr("corpusmill.checking.verification.verify_files", lambda *_: None)
    monkeypatch.setattr(rerun, "load", lambda *_, **__: Model())
    caught = 0
    for start in range(0, len(pairs), 10):  # a check names so many at most
        some = dict(zip((f"text {start + n}" for n in range(10)), pairs[start : start + 10], strict=True))
        made.update({text: pair[0] for text, pair in some.items()})
        sound = f"sound {start}"
        made[sound] = pairs[start][0]
        job_id = sqlite_desk.submit(*some, sound)
        held = take(sqlite_desk, items=11)
        stored = {text: pair[1] for text, pair in some.items()} | {sound: made[sound]}
        receipt = Provenance(sqlite_desk.model.id, BODY | {"dtype": dtype})
        done = [Completion(item.id, stored[item.text], receipt, 0.1, 0.2) for item in held.items]
        with sqlite_desk.ledger.write() as session:
            finish(session, held.id, done, [], now=sqlite_desk.now)
        *_, computed = verify(sqlite_desk.ledger, tmp_path, job_id, sample=11)
        assert [line.split(":")[0] for line in computed.wrong] == [f"doc-{n}" for n in range(10)]
        caught += len(computed.wrong)
    assert caught == 100
