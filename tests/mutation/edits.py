"""The kinds of mutants: what each one does to a node of the syntax tree. Standard library only."""

import ast
from collections.abc import Iterator

Edit = tuple[str, ast.expr | ast.stmt, str]
"""Kind, the node whose text is replaced, and what with."""

OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.GtE: "<",
    ast.Gt: "<=",
    ast.LtE: ">",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
BOUNDARIES: dict[type[ast.cmpop], str] = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*"}
EARLY_RETURN = "early return"
QUERIES = ("where", "and_", "filter", "having")
ASK_FOR_A_TYPE = ("isinstance", "issubclass")
ALL_OF = ("log", "logger", "warnings", "Field", "dataclass", "zip", "ConfigDict", "mapped_column", "relationship")
"""Calls that are left as they are: nothing is promised of a line of a log, and a table's own text is checked against
the migrations elsewhere."""


def edits(node: ast.AST) -> Iterator[Edit]:
    """Every edit of this very node, not of what is inside it."""
    match node:
        case ast.Compare(ops=[op], left=left, comparators=[right]):
            yield from _compared(node, op, left, right)
        case ast.BoolOp(values=[first, *rest]):
            other = " or " if isinstance(node.op, ast.And) else " and "
            yield "and/or", node, "(" + other.join(f"({_text(value)})" for value in [first, *rest]) + ")"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not dropped", node, f"({_text(operand)})"
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield "condition negated", test, f"(not ({_text(test)}))"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC and not _is_text(left, right):
            yield "arithmetic", node, f"({_text(left)} {ARITHMETIC[type(op)]} {_text(right)})"
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "call dropped", node, "pass"
        case ast.Constant():
            yield from _constant(node)
        case ast.Call():
            yield from _called(node)
        case ast.FunctionDef(body=[*body]):
            yield from _returned_early(body)


def _compared(node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Iterator[Edit]:
    yield "comparison flipped", node, f"({_text(left)} {OPPOSITES[type(op)]} {_text(right)})"
    if type(op) in BOUNDARIES:
        yield "boundary", node, f"({_text(left)} {BOUNDARIES[type(op)]} {_text(right)})"


def _constant(node: ast.Constant) -> Iterator[Edit]:
    if isinstance(node.value, bool):
        yield "constant", node, str(not node.value)
    elif isinstance(node.value, int):
        yield "constant", node, str(node.value + 1)
    elif isinstance(node.value, float):
        yield "constant", node, str(node.value * 2 + (node.value == 0))


def _called(node: ast.Call) -> Iterator[Edit]:
    names = [_text(argument) for argument in node.args if isinstance(argument, ast.Name | ast.Attribute)]
    if len(names) == len(node.args) == 2 and not node.keywords and _name(node.func) not in ASK_FOR_A_TYPE:
        yield "arguments swapped", node, f"{_text(node.func)}({names[1]}, {names[0]})"
    if _name(node.func) in QUERIES and len(node.args) > 1:
        for left_out in range(len(node.args)):
            kept = [_text(argument) for place, argument in enumerate(node.args) if place != left_out]
            yield "condition dropped", node, f"{_text(node.func)}({', '.join(kept)})"


def _returned_early(body: list[ast.stmt]) -> Iterator[Edit]:
    first = body[1] if _is_docstring(body[0]) and len(body) > 1 else body[0]
    if not isinstance(first, ast.Pass | ast.Raise | ast.FunctionDef | ast.ClassDef) and not _is_docstring(first):
        yield EARLY_RETURN, first, "return None"


def is_left_alone(node: ast.AST) -> bool:
    """Whether nothing in `node` is broken: calls of ALL_OF, code for type checkers, docstrings."""
    match node:
        case ast.Expr(value=ast.Call() as call):
            return is_left_alone(call)
        case ast.Call(func=function):
            return _name(function) in ALL_OF or _name(getattr(function, "value", None)) in ALL_OF
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case _:
            return isinstance(node, ast.JoinedStr) or _is_docstring(node)


def _name(function: ast.AST | None) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_text(*sides: ast.expr) -> bool:
    return any(isinstance(side, ast.JoinedStr) or isinstance(getattr(side, "value", None), str) for side in sides)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _text(node: ast.AST) -> str:
    return ast.unparse(node)
