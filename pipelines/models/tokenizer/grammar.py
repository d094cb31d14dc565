"""What of Jinja a chat template may say, and where its cost is counted in it. Imports jinja2.

Loops, conditions, macros and assignments are what known templates are made of. What reads other files, and attributes
whose names begin with an underscore, have no place in one. Jinja has no hook where a loop turns, a list is made or
texts are joined, so that calls of the filters below are written into the tree before it is compiled.
"""

from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

TICK, PAID, JOINED = "of a turn", "paid for", "joined"
"""Filters of ours, under names that no template can write."""

EXPRESSIONS = """
    Add And Call Compare Concat CondExpr Const Dict Div Filter FloorDiv Getattr Getitem Keyword List Mod Mul Name Neg
    Not NSRef Operand Or Pair Pos Slice Sub TemplateData Test Tuple
"""
STATEMENTS = """
    Assign AssignBlock Break CallBlock Continue ExprStmt FilterBlock For If Macro Output Scope Template With
"""
ALLOWED = frozenset((EXPRESSIONS + STATEMENTS).split())
"""Kinds of nodes, by the names that Jinja gives them."""


class Generation(Extension):
    """`{% generation %}` marks for training what an assistant says; here it is only what it holds."""

    tags = {"generation"}  # noqa: RUF012 -- Jinja's own name, which it only reads

    def parse(self, parser: Parser) -> nodes.Node:
        """The block's body."""
        line = next(parser.stream).lineno
        return nodes.Scope(parser.parse_statements(("name:endgeneration",), drop_needle=True), lineno=line)


def metered(tree: nodes.Template) -> nodes.Template:
    """`tree` with its cost counted. Raises SecurityError for what a chat template may not say."""
    for node in (tree, *tree.find_all(nodes.Node)):
        if type(node).__name__ not in ALLOWED:
            raise SecurityError(f'a chat template has no use for "{type(node).__name__}"')
        if any(str(getattr(node, field, "")).startswith("_") for field in ("attr", "key")):
            raise SecurityError("an attribute's name begins with an underscore")
    counted: nodes.Template = _Counting().visit(tree)
    return counted


class _Counting(NodeTransformer):
    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """`node` with calls of the filters in it, or a call with `node` in it."""
        cost = _weight(node) if isinstance(node, nodes.For | nodes.Macro | nodes.CallBlock) else 0
        self.generic_visit(node, *args, **kwargs)
        if cost:
            _count_turns(node, cost)
        elif isinstance(node, nodes.Compare):
            node.expr = _through(PAID, node.expr)
            for operand in node.ops:
                operand.expr = _through(PAID, operand.expr)
        elif isinstance(node, nodes.Concat):
            return _through(JOINED, nodes.List(node.nodes, lineno=node.lineno))
        elif isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Slice | nodes.Const):
            node.arg = _through(PAID, node.arg)
        return _through(PAID, node) if _makes_more(node) else node


def _count_turns(node: Any, cost: int) -> None:
    node.body.insert(0, nodes.ExprStmt(_tick(cost, node), lineno=node.lineno))
    if isinstance(node, nodes.For) and node.test is not None:
        node.test = nodes.And(_tick(cost, node), node.test, lineno=node.lineno)


def _makes_more(node: nodes.Node) -> bool:
    """Whether a value comes to be that Jinja asks nobody about."""
    if isinstance(node, nodes.Tuple):
        return node.ctx == "load"
    slices = isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice)
    return slices or isinstance(node, nodes.List | nodes.Dict)


def _weight(node: nodes.Node) -> int:
    """What a turn of `node` costs by itself: its parts, and the text that it writes."""
    written = sum(len(part.data) for part in node.find_all(nodes.TemplateData))
    return 1 + written + sum(1 for _ in node.find_all(nodes.Node))


def _tick(cost: int, node: nodes.Node) -> nodes.Expr:
    return _through(TICK, nodes.Const(cost, lineno=node.lineno))


def _through(name: str, node: nodes.Node) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
