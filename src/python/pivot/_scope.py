"""What a piece of code reads from outside itself: names with the attribute chains that follow them, imports, dynamic
look-ups.

The scoping rules are Python's own, taken from the syntax tree and not from bytecode, so that every Python version
finds the same
names in the same source (bytecode inlines comprehensions from 3.12 on, folds and drops code by version). A local
variable that
has the name of a global is no read of that global.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable

from pivot._syntax import children

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Built-in calls whose effect no static reading can know.
_DYNAMIC_CALLS = {"eval": "eval()", "exec": "exec()", "compile": "compile()"}
_NAMESPACE_CALLS = {"globals": "globals()", "locals": "locals()", "vars": "vars()"}

Chain = tuple[str, ...]


@dataclasses.dataclass(slots=True)
class Reads:
    """Everything that a piece of code refers to. Chains are (name, attribute, ...); lines are those of the file."""

    chains: dict[Chain, int] = dataclasses.field(default_factory=dict)
    #: (module or "" , level, names or (), line): `import a.b` has no names; `from a import b, c` has
    imports: list[tuple[str, int, tuple[str, ...], int]] = dataclasses.field(default_factory=list)
    blind: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    def merge(self, other: Reads) -> None:
        for chain, line in other.chains.items():
            self.chains.setdefault(chain, line)
        self.imports += other.imports
        self.blind += other.blind


class _Scope:
    __slots__ = ("bound", "declared_global", "is_class", "parent")

    def __init__(self, parent: _Scope | None, is_class: bool = False) -> None:
        self.parent = parent
        self.is_class = is_class
        self.bound: set[str] = set()
        self.declared_global: set[str] = set()


_Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_LEAVES = frozenset({ast.Constant, ast.Attribute, ast.Pass, ast.Break, ast.Continue})


def collect_bindings(statements: Iterable[ast.AST], scope: _Scope) -> None:
    """Puts the names that a scope's own statements bind into it (not those of scopes inside)."""
    nonlocals: set[str] = set()
    bound = scope.bound
    pending = list(statements)
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is not ast.Load:  # type: ignore[attr-defined]
                bound.add(node.id)  # type: ignore[attr-defined]
        elif kind in _LEAVES:
            if kind is ast.Attribute:
                pending.append(node.value)  # type: ignore[attr-defined]
        elif isinstance(node, _Definition):
            bound.add(node.name)
            pending += node.decorator_list
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Lambda):
            pending += node.args.defaults
        elif isinstance(node, COMPREHENSIONS):
            # Only an assignment expression inside binds here; the loop targets belong to the comprehension.
            bound.update(inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
        elif isinstance(node, ast.Global):
            scope.declared_global.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            nonlocals.update(node.names)
        else:
            # except ... as name, case [*name], case {**name}
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                bound.add(name)
            pending += children(node)
    bound -= scope.declared_global
    bound -= nonlocals


class _Reader:
    """Walks code with its scopes and fills a Reads."""

    def __init__(self, reads: Reads) -> None:
        self.reads = reads
        self.private: list[str] = []  # enclosing class names, for name mangling

    def mangle(self, name: str) -> str:
        if not self.private or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        owner = self.private[-1].lstrip("_")
        return f"_{owner}{name}" if owner else name

    def is_outer(self, name: str, scope: _Scope | None) -> bool:
        """Whether a name read in a scope comes from outside of the code that is walked."""
        here = scope
        while scope is not None:
            if name in scope.declared_global:
                return True
            if name in scope.bound and (not scope.is_class or scope is here):
                return False
            scope = scope.parent
        return True

    def record(self, chain: Chain, line: int, scope: _Scope | None) -> None:
        if self.is_outer(chain[0], scope):
            if chain[:2] == ("sys", "modules"):
                self.reads.blind.append((line, "sys.modules used as a namespace"))
            self.reads.chains.setdefault((self.mangle(chain[0]), *chain[1:]), line)

    def body(self, statements: Iterable[ast.AST], scope: _Scope | None) -> None:
        for statement in statements:
            self.visit(statement, scope)

    def visit(self, node: ast.AST, scope: _Scope | None) -> None:
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                self.record((node.id,), node.lineno, scope)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            self.attribute(node, scope)  # type: ignore[arg-type]
        elif kind is ast.Constant:
            pass
        elif kind is ast.Call:
            self.call(node, scope)  # type: ignore[arg-type]
        elif isinstance(node, FUNCTIONS):
            self.function(node, scope)
        elif kind is ast.ClassDef:
            self.class_def(node, scope)  # type: ignore[arg-type]
        elif isinstance(node, COMPREHENSIONS):
            self.comprehension(node, scope)
        elif kind is ast.AugAssign and isinstance(node.target, ast.Name):  # type: ignore[attr-defined]
            self.record((node.target.id,), node.lineno, scope)  # type: ignore[attr-defined]
            self.visit(node.value, scope)  # type: ignore[attr-defined]
        elif kind is ast.Import:
            for alias in node.names:  # type: ignore[attr-defined]
                self.reads.imports.append((alias.name, 0, (), node.lineno))  # type: ignore[attr-defined]
        elif kind is ast.ImportFrom:
            names = tuple(alias.name for alias in node.names)  # type: ignore[attr-defined]
            self.reads.imports.append((node.module or "", node.level, names, node.lineno))  # type: ignore[attr-defined]
        else:
            for child in children(node):
                self.visit(child, scope)

    def chain_of(self, node: ast.expr) -> tuple[Chain | None, ast.expr]:
        """(name, attribute, ...) of a plain dotted expression, else None and the expression it starts from."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            return (node.id, *reversed(attributes)), node
        return None, node

    def attribute(self, node: ast.Attribute, scope: _Scope | None) -> None:
        chain, start = self.chain_of(node)
        if chain is not None:
            self.record(chain, node.lineno, scope)
        else:
            self.visit(start, scope)

    def call(self, node: ast.Call, scope: _Scope | None) -> None:
        chain, start = self.chain_of(node.func)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if chain is not None and self.is_outer(chain[0], scope) and self.dynamic(chain, node, scope):
            arguments = arguments[2:] if chain == ("getattr",) else arguments[1:]
        elif chain is None:
            self.visit(start, scope)
        else:
            self.record(chain, node.lineno, scope)
        for argument in arguments:
            self.visit(argument, scope)

    def dynamic(self, chain: Chain, node: ast.Call, scope: _Scope | None) -> bool:
        """Calls that look something up by name. True: the leading argument (getattr: two) needs no further visit."""
        first = node.args[0] if node.args else None
        constant = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        if chain == ("getattr",) and len(node.args) >= 2:
            return self.getattr_call(node, scope)
        if chain[len(chain) - 1] in ("import_module", "__import__") and len(chain) <= 2:
            self.record(chain, node.lineno, scope)
            if constant is None:
                self.reads.blind.append((node.lineno, f"{chain[len(chain) - 1]}() with a computed name"))
                return False
            level = len(constant) - len(constant.lstrip("."))
            self.reads.imports.append((constant.lstrip("."), level, (), node.lineno))
            return True
        if len(chain) == 1 and chain[0] in _DYNAMIC_CALLS:
            self.reads.blind.append((node.lineno, _DYNAMIC_CALLS[chain[0]]))
        elif len(chain) == 1 and chain[0] in _NAMESPACE_CALLS and not node.args:
            self.reads.blind.append((node.lineno, _NAMESPACE_CALLS[chain[0]] + " used as a namespace"))
        elif chain[0] == "runpy":
            self.reads.blind.append((node.lineno, ".".join(chain) + "()"))
        return False

    def getattr_call(self, node: ast.Call, scope: _Scope | None) -> bool:
        target, key = node.args[0], node.args[1]
        chain, start = self.chain_of(target)
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            if chain is not None:
                self.record((*chain, *key.value.split(".")), node.lineno, scope)
            else:
                self.visit(target, scope)
            return True
        if chain is None or not self.is_outer(chain[0], scope):
            self.reads.blind.append((node.lineno, f"getattr({ast.unparse(target)}, ...) with a computed name"))
        self.visit(target, scope)  # a module or object that is known counts as a whole
        self.visit(key, scope)
        return True

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: _Scope | None) -> None:
        arguments = node.args
        for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)):
            self.visit(default, scope)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
        inner = _Scope(scope)
        inner.bound.update(argument.arg for argument in every)
        if isinstance(node, ast.Lambda):
            self.visit(node.body, inner)
            return
        self.body(node.decorator_list, scope)
        for annotation in (*(argument.annotation for argument in every), node.returns):
            if annotation is not None:
                self.annotation(annotation, scope)
        inner.bound.update(getattr(parameter, "name", "") for parameter in getattr(node, "type_params", ()))
        collect_bindings(node.body, inner)
        self.body(node.body, inner)

    def annotation(self, node: ast.expr, scope: _Scope | None) -> None:
        """Annotations may be written as strings."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                parsed = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return
            for inner in ast.walk(parsed):
                inner.lineno = node.lineno  # type: ignore[attr-defined]
            node = parsed
        self.visit(node, scope)

    def class_def(self, node: ast.ClassDef, scope: _Scope | None) -> None:
        self.body(node.decorator_list, scope)
        self.body(node.bases, scope)
        self.body([keyword.value for keyword in node.keywords], scope)
        inner = _Scope(scope, is_class=True)
        self.private.append(node.name)
        for statement in node.body:
            # A class body looks outside for what it has not bound yet: `x = x + 1`.
            if isinstance(statement, _COMPOUND):
                collect_bindings([statement], inner)
                self.visit(statement, inner)
            else:
                self.visit(statement, inner)
                collect_bindings([statement], inner)
        self.private.pop()

    def comprehension(self, node: ast.expr, scope: _Scope | None) -> None:
        inner = _Scope(scope)
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        for generator in generators:
            for target in ast.walk(generator.target):
                if isinstance(target, ast.Name):
                    inner.bound.add(target.id)
        for position, generator in enumerate(generators):
            self.visit(generator.iter, scope if position == 0 else inner)
            self.visit(generator.target, inner)
            self.body(generator.ifs, inner)
        for field in ("elt", "key", "value"):
            part = getattr(node, field, None)
            if part is not None:
                self.visit(part, inner)


def reads_of(node: ast.AST, private: str | None = None) -> Reads:
    """What a function, lambda, class or module tree reads. `private`: the class that a method stands in, for mangled
    names."""
    reads = Reads()
    reader = _Reader(reads)
    if private:
        reader.private.append(private)
    if isinstance(node, ast.Module):
        reader.body(node.body, None)
    else:
        reader.visit(node, None)
    return reads
