"""The name of a work that is a model, as it may stand above a licence. Imports known, owners and the table of terms.

Nobody can tell from a text which words are a name; so one shape only is taken for it, without what licences say.
"""

import re
from functools import cache

from ledger.catalog.evidence.texts.known import spdx
from ledger.catalog.evidence.texts.owners import of_a_name
from ledger.catalog.evidence.texts.words import words
from ledger.catalog.terms.licenses import table

MAKER = r"[A-Z][\w'’-]{1,20}(?: [A-Z][\w'’-]{1,20}){0,2}"
NAME = re.compile(
    rf"(?P<name>[A-Z][\w]{{1,20}})(?: (?:[Tt]ranslat(?:e|or|ion)|[Ss]ummari[sz]er?|[Cc]lassifier"
    rf"|[Ee]mbeddings?|[Ee]ncoder))(?P<version> v?\d{{1,2}}(?:\.\d{{1,3}}){{1,3}})?(?: (?:©|\(c\)) \d{{4}})?"
    rf"(?: by (?P<maker>{MAKER}))?"
)
COMMON = re.compile(
    r"(?:ed|ing|able|ible|ung|keit|heit|tion|sion|ment|ance|ence|schaft|ción|zione|ção|ité|ität|ismus|ful|less|ly|ers)$"
)
"""How words end that are no names, in the languages of most licences."""
WHOM = re.compile(
    r"research|intern|confiden|propriet|privat|demo|preview|student|teach|school|hobb|scien|secret|customer|employee"
    r"|member|partner|subscri|reserved|universit|charit|govern|milit|profit|business|compan|free|test|sandbox|beta"
    r"|experiment|draft|eval|stud[iy]|home|base|forschung|lehre|schul|enseign|ensin|educa|school|rail|community|public"
    r"|access|stage|limited|lizenz|licen|rights|trade|sensitive|approv|requir|exclud|embargo|expir|revok|\bfees?\b"
    r"|cost|rent|leak|code|data|corpus|token|third|part|other|weight|staff|alpha|paywall",
    re.IGNORECASE,
)
"""What a short line may say of whom a work is for, or of what else it is: such a line is more than a name."""


def is_work(line: str) -> bool:
    """Whether `line` is one coined word with a kind and a version or a maker, as in "Acme Translate 1.0 by Jane Doe".

    "Model" is no such kind: any word may stand before it, as in "Staff Model".
    """
    said = NAME.fullmatch(line)
    if said is None or not (said["version"] or said["maker"]):
        return False
    return all(_is_coined(word) for word in [said["name"], *(said["maker"] or "").split()])


def _is_coined(word: str) -> bool:
    if word.isupper() or WHOM.search(word) or COMMON.search(word.casefold()) or not of_a_name(word):
        return False
    return not any(said.text in _said_in_licences() for said in words(word))


@cache
def _said_in_licences() -> frozenset[str]:
    """Every word of a known licence's text, and of the name of one that asks more than credit."""
    texts = [row["metadata"]["licenseText"] for row in spdx().values()]
    names = [f"{row.id} {row.title}" for row in table().values() if not row.is_light]
    return frozenset(word.text for text in (*texts, *names) for word in words(text))
