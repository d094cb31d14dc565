"""A hostile template costs little, reaches nothing, and ends with an error."""

import threading

import pytest
from jinja2.exceptions import SecurityError, TemplateError
from transformers.utils.chat_template_utils import _compile_jinja_template

from pipelines.models.tokenizer.meter import CostlyError
from pipelines.models.tokenizer.sandbox import RefusedError, Sandboxed

COSTLY = [
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "{% for a in range(9999) %}{% for b in range(9999) if false %}{% endfor %}{% endfor %}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{{ 'a' * 999999999 }}",
    "{{ 999999999 * 'a' }}",
    "{{ [0] * 999999999 }}",
    "{{ range(999999999)|list }}",
    "{{ 'abc'|indent(999999999) }}",
    "{{ [[1]]|tojson(indent=999999999) }}",
    "{{ ('x' * 9999)|replace('x', 'y' * 9999) }}",
    "{{ ('x' * 9999).replace('x', 'y' * 9999) }}",
    "{{ ('y' * 9999).join(('x' * 9999)|list) }}",
    "{{ ('x' * 9999)|join('y' * 9999) }}",
    "{% set ns = namespace(x='aa') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x='aa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='aa') %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x='aa') %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
    "{% set ns = namespace(x='aa') %}{% for i in range(60) %}{% set ns.x = {'a': ns.x, 'b': ns.x} %}{% endfor %}",
    "{% set ns = namespace(x=1) %}{% for i in range(60) %}{% set ns.x = namespace(a=ns.x, b=ns.x) %}{% endfor %}",
    "{% set ns = namespace(x='aa') %}{% for i in range(60) %}{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}"
    "{% set ns.x = y %}{% endfor %}",
    "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
    "{% for i in range(99) %}" + "x" * 30_000 + "{% endfor %}",
    "{% set x = 'x' * 99999 %}{% for i in range(999) %}{% if x == x ~ '' %}{% endif %}{% endfor %}",
    "{% set x = ('x' * 9999)|list %}{% for i in range(9999) %}{% if x is eq x %}{% endif %}{% endfor %}",
    "{% set x = ('x' * 9999)|list %}{% for i in range(9999) %}{% set y = x[1:] %}{% endfor %}",
    "{% set x = ('x' * 9999)|list %}{% for i in range(9999) %}{% set y = x|map('upper') %}{% endfor %}",
    "{% set ns = namespace(x=1) %}{% for i in range(12) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}"
    "{% set d = {ns.x: 1} %}{% for i in range(9999) %}{{ d[ns.x] }}{% endfor %}",
    "{% set x = 'x' * 99999 %}{% for i in range(9999) %}{% if 'y' in x %}{% endif %}{% endfor %}",
    "{% for b in ('x' * 99999)|list if " + "b and " * 100 + "false %}{% endfor %}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{{ loop([1]) }}{% endfor %}",
]


@pytest.mark.timeout(120)  # each would take for ever, or a machine's memory
@pytest.mark.parametrize("template", COSTLY)
def test_what_takes_for_ever_or_grows_without_end_is_stopped(template):
    made = Sandboxed(template)
    with pytest.raises((CostlyError, RecursionError)):
        made.render({})


FORBIDDEN = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__']['__mro__'] }}",
    "{{ ([''] | map(attribute='__class__') | first).mro() }}",
    "{{ namespace.__init__ }}",
    "{{ namespace(__class__=1) }}",
    "{% set ns = namespace() %}{% set ns.__class__ = 1 %}",
    "{{ raise_exception.__globals__ }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{:999999999d}'.format(1) }}",
    "{{ '{a:999999999d}'.format_map({'a': 1}) }}",
    "{{ ('{:999999999d}'|safe).format(1) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ 'a'.center(999999999) }}",
    "{{ 'a'.zfill(999999999) }}",
    "{{ 'a'.encode() }}",
    "{{ 'a'|center(999999999) }}",
    "{{ 'a'|attr('upper') }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ [1, 2]|random }}",
    "{{ lipsum(999999) }}",
    "{{ cycler(1) }}",
    "{{ messages.append(1) }}",
    "{{ self._TemplateReference__context }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% block a %}{% endblock %}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ strftime_now('%999999d' * 20) }}",
    "{{ " + "(" * 30_000 + "1" + ")" * 30_000 + " }}",
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("template", FORBIDDEN)
def test_what_a_chat_template_has_no_use_for_is_refused(template):
    with pytest.raises((SecurityError, TemplateError, CostlyError, RecursionError)):
        Sandboxed(template).render({"messages": [{"role": "user"}]})


def test_a_template_may_refuse_a_conversation_and_its_words_go_no_further():
    with pytest.raises(RefusedError) as raised:
        Sandboxed("{{ raise_exception('private ' ~ messages) }}").render({"messages": ["word"]})
    assert "private" not in str(raised.value)


def test_each_rendering_has_the_whole_budget_and_none_shares_it():
    made = Sandboxed("{% for i in range(n) %}{{ i }} {% endfor %}")
    usual = made.render({"n": 2000})
    found = []
    threads = [threading.Thread(target=lambda: found.append(made.render({"n": 2000}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [usual] * 8
    assert [made.render({"n": 2000}) for _ in range(60)] == [usual] * 60


def test_a_template_that_asks_for_the_day_is_told_the_same_every_day():
    assert Sandboxed("{{ strftime_now('%Y-%m-%d %B') }}").render({}) == "2024-07-26 July"


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{{ {'b': [1, 'é<']}|tojson }}", '{"b": [1, "é<"]}'),
        ("{{ [3, 1]|sort|map('string')|join('-') }}{{ 7 // 2 }}{{ 7 % 4 }}{{ 3 * 'ab' }}", "1-333ababab"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{{ loop.last }}{% else %}none{% endfor %}", "a1True"),
        ("{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "1"),
        ("{{ 'a' ~ 1 ~ none ~ nothing }}{{ 'abc'[::-1] }}{{ ('a', 'b')[1] }}", "a1Nonecbab"),
        ("{% filter upper %}a{% endfilter %}{% set x %}b{% endset %}{{ x|trim }}", "Ab"),
        ("{% macro m(a, b='2') %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% call m('1') %}3{% endcall %}", "123"),
        ("{{ dict(a=1).a }}{{ 'x' in {'x': 1} }}{{ 'a-b'.split('-')[-1] }}{{ -1|abs }}", "1Trueb1"),
    ],
)
def test_the_rest_of_the_language_means_what_it_means_to_jinja(template, made):
    assert Sandboxed(template).render({}) == made == _compile_jinja_template(template).render()


@pytest.mark.parametrize("sign", ["*", "//", "%", "/", "+", "-"])
def test_numbers_of_more_digits_than_any_count_has_are_not_computed_with(sign):
    grown = "{% set ns = namespace(x=0) %}{% set ns.x = 1000003 %}"
    grown += "{% for i in range(4) %}{% set ns.x = ns.x * ns.x %}{% endfor %}"
    with pytest.raises(SecurityError):
        Sandboxed(f"{grown}{{% set y = ns.x {sign} 7 %}}").render({})
