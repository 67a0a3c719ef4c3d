"""The canonical form of a syntax tree: the same text on every supported Python version.

Grammar of the form:  node = "(" TypeName { " " field } ")" ; field = name "=" value ; value = node | "[" values "]" |
constant
Fields come in alphabetical order; absent, None and empty-list fields are left out, and so are positions, type
comments, the `u`
prefix, docstrings and the name of the function that is hashed (a load of that name inside it becomes `<self>`).
Adjacent literal
pieces of an f-string are one piece. A constant is its type's letter and its value, integers in hexadecimal (no digit
limit).

Version history: 1 first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

DROPPED_FIELDS = frozenset({"type_comment", "kind", "type_ignores", "ctx", "simple"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

DecoratorFilter = Callable[[ast.expr], bool]


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(sorted(name for name in kind._fields if name not in DROPPED_FIELDS))
    return names


# Fields that hold no further code: names, operators, contexts.
_LEAF_FIELDS = DROPPED_FIELDS | {
    "op",
    "ops",
    "id",
    "attr",
    "arg",
    "name",
    "names",
    "asname",
    "module",
    "level",
    "lineno",
    "conversion",
}
_INNER_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
# Lists whose items may be None or text: keys of `{**a}`, defaults of keyword arguments, attributes of a class pattern.
_MIXED_FIELDS = frozenset({"keys", "kw_defaults", "kwd_attrs"})
_LIST = list


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below that can hold code, in source order of fields; ast.iter_child_nodes takes three times as
    long."""
    kind = type(node)
    fields = _INNER_FIELDS.get(kind)
    if fields is None:
        # `arg` and `name` are text everywhere but where a node of that name is a field's value, which no grammar rule
        # has.
        fields = _INNER_FIELDS[kind] = tuple(name for name in kind._fields if name not in _LEAF_FIELDS)
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if type(value) is _LIST:
            if not value:
                continue
            if name in _MIXED_FIELDS:
                found += [item for item in value if isinstance(item, ast.AST)]
            else:
                found += value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def constant_text(value: object) -> str:
    """A constant by type and value; True and 1, 1 and 1.0, 0.0 and -0.0 differ."""
    kind = type(value)
    if kind is str:
        return "s" + ascii(value)
    if kind is bool or value is None or value is Ellipsis:
        return "k" + repr(value)
    if kind is int:
        return "i" + hex(value)  # type: ignore[arg-type]
    if kind is float:
        return "f" + (value.hex() if value == value else "nan")  # type: ignore[attr-defined]
    if kind is complex:
        return "c" + constant_text(value.real) + constant_text(value.imag)  # type: ignore[attr-defined]
    if kind is bytes:
        return "b" + repr(value)
    if kind in (tuple, frozenset):  # only after constant folding
        items = [constant_text(item) for item in value]  # type: ignore[attr-defined]
        return "t(" + ",".join(sorted(items) if kind is frozenset else items) + ")"
    return "o" + kind.__name__


class _Writer:
    """Writes one tree; the pieces are joined at the end."""

    def __init__(self, own_name: str | None, skip_decorator: DecoratorFilter | None) -> None:
        self.out: list[str] = []
        self.own_name = own_name
        self.skip_decorator = skip_decorator

    def node(self, node: ast.AST, top: bool = False) -> None:
        kind = type(node)
        out = self.out
        if kind is ast.Name:
            name = node.id  # type: ignore[attr-defined]
            out.append("(Name " + ("<self>" if name == self.own_name else name) + ")")
            return
        if kind is ast.Constant:
            out.append(constant_text(node.value))  # type: ignore[attr-defined]
            return
        if kind is ast.JoinedStr:
            self.joined(node)  # type: ignore[arg-type]
            return
        out.append("(" + kind.__name__)
        for field in _fields(kind):
            value = getattr(node, field, None)
            if value is None:
                continue
            value_kind = type(value)
            if value_kind is list:
                if field == "body" and kind in _DOCUMENTED and value and is_docstring(value[0]):
                    value = value[1:]
                elif top and field == "decorator_list" and self.skip_decorator is not None:
                    value = [item for item in value if not self.skip_decorator(item)]
                if value:
                    self.items(field, value)
            elif value_kind is str:
                if not (top and field == "name"):
                    out.append(f" {field}={value}")
            elif isinstance(value, ast.AST):
                out.append(f" {field}=")
                self.node(value)
            else:
                out.append(f" {field}={constant_text(value)}")
        out.append(")")

    def items(self, field: str, values: list[object]) -> None:
        self.out.append(f" {field}=[")
        for item in values:
            if isinstance(item, ast.AST):
                self.node(item)
            else:
                self.out.append("-" if item is None else str(item))
            self.out.append(",")
        self.out.append("]")

    def joined(self, node: ast.JoinedStr) -> None:
        """F-strings: 3.12's parser cuts the literal pieces otherwise than its forerunners."""
        self.out.append("(JoinedStr ")
        literal = ""
        for piece in node.values:
            if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
                literal += piece.value
                continue
            if literal:
                self.out.append(constant_text(literal))
                literal = ""
            self.node(piece)
        if literal:
            self.out.append(constant_text(literal))
        self.out.append(")")


def canonical(node: ast.AST, own_name: str | None = None, skip_decorator: DecoratorFilter | None = None) -> str:
    """The canonical text. The node's own name is left out when `own_name` says it."""
    writer = _Writer(own_name, skip_decorator)
    writer.node(node, top=own_name is not None)
    return "".join(writer.out)
