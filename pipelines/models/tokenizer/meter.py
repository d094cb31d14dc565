"""How much a template may make of what it is given: characters and steps, counted. Imports jinja2."""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from jinja2.utils import Namespace

BUDGET = 1_000_000
"""Characters and steps of one rendering; the longest templates of known models take some 20,000 with a short text."""
CONTAINERS = (list, tuple, ItemsView, KeysView, ValuesView)


class CostlyError(Exception):
    """The template makes, or does, more than any prompt needs."""


class Meter:
    """What is left of the budget of one rendering.

    Nothing is computed of values that were not paid for, so that time and memory stay within a multiple of the budget
    whatever a template says, with no process or signal of its own: it works in any thread.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin another rendering."""
        self.left = BUDGET

    def tick(self, amount: int) -> bool:
        """True, `amount` spent: for a place where an expression stands."""
        self.spend(amount)
        return True

    def spend(self, amount: int) -> None:
        """Raise CostlyError where no `amount` is left, else take it off."""
        self.ask(amount)
        self.left -= amount

    def ask(self, amount: int) -> None:
        """Raise CostlyError where no `amount` is left."""
        if amount > self.left:
            raise CostlyError

    def pay(self, value: Any) -> Any:
        """`value`, paid for with its size."""
        self.spend(self.size(value))
        return value

    def size(self, value: Any) -> int:
        """Characters and entries of `value`, of each container as often as it is in others. Raises CostlyError.

        Written out, a list that holds another twice, which does so in turn, is longer than what holds it in memory.
        """
        waiting, found = [value], 0
        while waiting:
            one = waiting.pop()
            found += 1 + len(one) if isinstance(one, str) else 1
            if isinstance(one, int):
                found += one.bit_length() // 8
            elif isinstance(one, CONTAINERS):
                waiting.extend(one)
            elif (inside := _inside(one)) is not None:
                waiting += [*inside.keys(), *inside.values()]
            self.ask(found)
        return found

    def listed(self, value: Any) -> Any:
        """A list of what an iterator gives, each entry paid for; any other value as it is, paid for too."""
        if not isinstance(value, Iterator):
            return self.pay(value)
        return [self.pay(entry) for entry in value]


def _inside(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, dict):
        return value
    if isinstance(value, Namespace):
        attributes: dict[str, Any] = object.__getattribute__(value, "_Namespace__attrs")
        return attributes
    return None
