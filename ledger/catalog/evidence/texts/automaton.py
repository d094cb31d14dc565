"""Match words with a template in one pass, however many ways there are to read it. Imports pattern, words, owners.

Thompson's construction (Programming Techniques: Regular expression search algorithm, CACM 11(6), 1968): every way is
followed at once, so that no text can make it slow. States are numbered from 1; 0 is the end.
"""

from collections.abc import Sequence as Row
from dataclasses import dataclass, field

from ledger.catalog.evidence.texts.owners import MOST_WORDS, of_a_name
from ledger.catalog.evidence.texts.pattern import Choice, Hole, Sequence
from ledger.catalog.evidence.texts.words import Word

END = 0


@dataclass(slots=True)
class Automaton:
    """A template, ready to be matched."""

    start: int = END
    words: dict[int, tuple[str, int]] = field(default_factory=dict)
    holes: dict[int, int] = field(default_factory=dict)
    forks: dict[int, list[int]] = field(default_factory=dict)
    size: int = 0
    first: frozenset[int] = frozenset()

    @classmethod
    def of(cls, template: Sequence) -> "Automaton":
        """The automaton of a whole text that begins and ends with `template`."""
        made = cls()
        made.start = made._follow(template, END)
        made.first = frozenset(made._closed({made.start: 0}))
        return made

    def matches(self, text: Row[Word]) -> bool:
        """Whether all of `text` is the template; a number of a clause may be absent from it."""
        reached = self._closed({self.start: 0})
        for word in text:
            going: dict[int, int] = dict(reached) if word.may_go else {}
            for state, taken in reached.items():
                if state in self.words:
                    wanted, then = self.words[state]
                    if wanted == word.text:
                        going[then] = 0
                elif state in self.holes and taken < MOST_WORDS and (word.may_go or self._names(state, word)):
                    going[state] = min(going.get(state, MOST_WORDS), taken + 1)
            reached = self._closed(going)
            if not reached:
                return False
        return END in reached

    def _names(self, hole: int, word: Word) -> bool:
        """Whether a word that stands in no owner's line may be a name in a hole: before all text, none may."""
        return hole not in self.first and of_a_name(word.said)

    def _follow(self, template: Sequence, then: int) -> int:
        for part in reversed(template):
            self.size += 1
            state = self.size
            if isinstance(part, Hole):
                self.holes[state] = then
            elif isinstance(part, Choice):
                self.forks[state] = [self._follow(option, then) for option in part.options]
            else:
                self.words[state] = part, then
            then = state
        return then

    def _closed(self, reached: dict[int, int]) -> dict[int, int]:
        """With every state that is reached from there without a word; by state, how many words its hole has taken."""
        waiting = list(reached.items())
        closed: dict[int, int] = {}
        while waiting:
            state, taken = waiting.pop()
            if closed.get(state, MOST_WORDS + 1) <= taken:
                continue
            closed[state] = taken
            if state in self.holes:
                waiting.append((self.holes[state], 0))
            waiting += [(then, 0) for then in self.forks.get(state, ())]
        return closed
