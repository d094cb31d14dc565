"""A chat template, compiled and rendered within bounds: it comes with a model, from anyone. Imports grammar and meter.

Jinja's own sandbox keeps a template from Python's insides, not from taking for ever or a machine's memory.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial, wraps
from threading import Lock
from typing import Any, NoReturn

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.ext import loopcontrols
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import Namespace

from pipelines.models.tokenizer.grammar import JOINED, PAID, TICK, Generation, metered
from pipelines.models.tokenizer.meter import Meter

MOST_CHARACTERS = 65_536
"""The longest templates of known models have some 20,000."""
TODAY = date(2024, 7, 26)
"""What a template that asks for the day is told: the one that Llama 3 writes where nobody tells it another.

A document's result would otherwise change from day to day, and nobody could make it again.
"""

MOST_NUMBER = 2**63
MOST_DATE_CHARACTERS = 100
"""A number in a form may ask for thousands of zeros."""

METHODS = frozenset(
    """
    capitalize changed count cycle endswith find get isdigit items join keys lower lstrip removeprefix removesuffix
    replace rfind rsplit rstrip split splitlines startswith strip title upper values
    """.split()
)
"""What may be called of texts, lists, dicts and loops: nothing that formats, pads or repeats."""
MULTIPLYING = frozenset({"indent", "join", "replace", "tojson"})
"""Filters and methods whose result may be as long as one argument as often as another."""
FILTERED = frozenset(
    """
    abs capitalize count d default dictsort e escape first float indent int items join last length list lower map max
    min reject rejectattr replace reverse round safe select selectattr sort string title tojson trim unique upper
    """.split()
)


class RefusedError(Exception):
    """The template says by itself (`raise_exception`) that it has no place for such a conversation."""


class Sandboxed:
    """A compiled template. Raises SecurityError, TemplateError or another where `source` is none that is rendered."""

    def __init__(self, source: str) -> None:
        if len(source) > MOST_CHARACTERS:
            raise SecurityError(f"it has {len(source)} characters, of which {MOST_CHARACTERS} are read")
        self._environment = _Environment()
        self._template = self._environment.from_string(source)
        self._alone = Lock()

    def render(self, values: Mapping[str, Any]) -> str:
        """What the template makes of `values`, plain JSON. Raises RefusedError, CostlyError, or what went wrong."""
        with self._alone:
            self._environment.meter.renew()
            return self._template.render(values)


class _Environment(ImmutableSandboxedEnvironment):
    """As transformers sets Jinja up for chat templates (`_cached_compile_jinja_template`), with less in it."""

    intercepted_binops = frozenset("+ - * / // %".split())

    def __init__(self) -> None:
        self.meter = Meter()
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[Generation, loopcontrols],
            finalize=pass_context(lambda _, value: self.meter.pay(value)),
            optimized=False,  # it would compute constants before anything is counted
        )
        self.globals = {"dict": partial(dict), "namespace": Namespace, "range": self._range}
        self.globals |= {"raise_exception": _refuse, "strftime_now": _today}
        filters: dict[str, Callable[..., Any]] = FILTERS | {"tojson": _json}
        self.filters = {name: self._counted(name, filters[name]) for name in FILTERED} | {
            TICK: self.meter.tick,
            PAID: self.meter.pay,
            JOINED: lambda values: self.meter.pay("".join(map(str, self.meter.pay(values)))),
        }
        tests: Mapping[str, Any] = TESTS
        self.tests = {name: self._counted(name, function) for name, function in tests.items()}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return metered(super()._parse(source, name, filename))

    def _range(self, *bounds: int) -> range:
        found = range(*bounds)
        self.meter.spend(len(found))
        return found

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter or test whose arguments and result are paid for; what it would give piece by piece is a list."""

        @wraps(function)
        def run(*given: Any, **named: Any) -> Any:
            self._ask(name, [*given, *named.values()])
            return self.meter.listed(function(*given, **named))

        return run

    def _ask(self, name: str, given: list[Any]) -> None:
        sizes = [self.meter.size(value) + (abs(value) if isinstance(value, int) else 0) for value in given]
        self.meter.spend(1 + sum(sizes))
        if name in MULTIPLYING and sizes:
            self.meter.ask(max(sizes) * (1 + sum(sizes) - max(sizes)))

    def wrap_str_format(self, value: Any) -> None:
        """No form of `str.format`, which Jinja would make safe against prying, not against widths."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may have it: nothing private, and of methods those that are known."""
        return super().is_safe_attribute(obj, attr, value) and (not callable(value) or attr in METHODS)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The result of an operator, paid for, which it would be too late for after a text was repeated."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("it formats by %")
        if any(isinstance(value, int) and abs(value) > MOST_NUMBER for value in (left, right)):
            raise SecurityError("it computes with numbers of more digits than any count has")
        if operator == "*":
            times = [value if isinstance(value, int) else 1 for value in (left, right)]
            if not (isinstance(left, int | float) and isinstance(right, int | float)):
                self.meter.ask(self.meter.size(left) * self.meter.size(right) * max(1, *times))
        return self.meter.pay(super().call_binop(context, operator, left, right))

    def call(self, context: Context, called: Any, *given: Any, **named: Any) -> Any:
        """The result of a call, paid for, with what it is given."""
        owner = getattr(called, "__self__", None)
        self._ask(getattr(called, "__name__", ""), [*given, *named.values(), owner])
        return self.meter.listed(super().call(context, called, *given, **named))


def _json(
    value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
) -> str:
    """As transformers has it: signs of HTML stay as they are."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _today(form: str) -> str:
    if len(form) > MOST_DATE_CHARACTERS:
        raise SecurityError("it asks for a date of many words")
    return TODAY.strftime(form)


def _refuse(message: object = "") -> NoReturn:  # noqa: ARG001 -- it is the template's, and may hold anything
    raise RefusedError
