"""SPDX's templates, as a package carries them: regular expressions, read into words and holes. Imports words.

Only what the templates use is read: letters, escapes, classes, groups, alternatives and repeats.
"""

import re
from dataclasses import dataclass

from ledger.catalog.evidence.texts.words import words

REPEAT = re.compile(r"[*+?]|\{(\d*),?(\d*)\}")
PLAIN = re.compile(r"[^\\()\[\]|*+?{}.^$]+(?![*+?{])")
GROUP = re.compile(r"\(\?P<\w+>|\(\?:|\(")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for the name of an owner or the number of a clause."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences; an empty one among them makes the others optional."""

    options: "tuple[Sequence, ...]"


Sequence = tuple["str | Hole | Choice", ...]
"""Words, holes and choices in order."""


class Reader:
    """Reads one expression from its beginning to its end."""

    def __init__(self, expression: str) -> None:
        self._expression, self._place = expression, 0

    def sequence(self) -> Sequence:
        """All of it. Raises ValueError where a group has no end."""
        read = self._options()
        if self._place < len(self._expression):
            raise ValueError("a group ends that never began")
        return read.options[0] if len(read.options) == 1 else (read,)

    def _options(self) -> Choice:
        options = [self._run()]
        while self._peek() == "|":
            self._place += 1
            options.append(self._run())
        return Choice(tuple(options))

    def _run(self) -> Sequence:
        """Until an alternative or the end of the group."""
        found: list[str | Hole | Choice] = []
        letters = ""
        while (sign := self._peek()) and sign not in "|)":
            if plain := PLAIN.match(self._expression, self._place):
                letters += plain[0]
                self._place = plain.end()
                continue
            read = self._atom()
            optional = self._repeat()
            if isinstance(read, str) and not (optional and read.isalnum()):
                letters += read
                continue
            found += [word.text for word in words(letters)]
            letters = ""
            if isinstance(read, Hole):
                found.append(read)
            elif isinstance(read, str):  # a letter that may be absent, such as the s of "names"
                *_, last = found
                found[-1:] = [Choice(((str(last),), (f"{last}{read}",)))]
            else:
                found.append(Choice((*read.options, ())) if optional else read)
        return (*found, *(word.text for word in words(letters)))

    def _atom(self) -> "str | Hole | Choice":
        sign = self._peek()
        if group := GROUP.match(self._expression, self._place):
            self._place = group.end()
            inside = self._options()
            if self._peek() != ")":
                raise ValueError("a group has no end")
            self._place += 1
            return inside
        self._place += 1
        if sign == "[":
            return self._class()
        if sign == "\\":
            self._place += 1
            escaped = self._expression[self._place - 1]
            return " " if escaped in "sn" else "" if escaped in "bBd" else escaped
        return Hole() if sign == "." else "" if sign in "^$" else sign

    def _class(self) -> "str | Hole":
        end = self._expression.index("]", self._place + 1)
        inside = self._expression[self._place : end]
        self._place = end + 1
        return Hole() if inside.startswith("^") else " "

    def _repeat(self) -> bool:
        """Whether what was read may be absent; how often it may come again does not count."""
        repeat = REPEAT.match(self._expression, self._place)
        if repeat is None:
            return False
        self._place = repeat.end()
        return repeat[0] in "*?" or (repeat[0][0] == "{" and repeat[1] in ("", "0"))

    def _peek(self) -> str:
        return self._expression[self._place : self._place + 1]
