"""What the user's modules do to libraries and to Python itself as they are imported: `json.dumps = mine`,
`random.seed(1)`, `os.environ["X"] = "1"`.

No value that a stage reads tells of it, so such a statement is a key of every stage whose module imports the one that
it stands in, directly or not.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from pivot._data import MISSING
from pivot._foreign import is_foreign
from pivot._lookup import path_of_module
from pivot._source import SOURCES
from pivot._xxhash import digest_text

if TYPE_CHECKING:
    from pivot._graph import Graph, Node


class Effects:
    """The nodes of such statements, by file."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._of_file: dict[str, list[Node]] = {}
        self._reachable: dict[str, list[Node]] = {}
        self._names: dict[str, str] = {}

    def reached_from(self, path: str) -> list[Node]:
        """Those of a file and of all user files that it imports."""
        known = self._reachable.get(path)
        if known is not None:
            return known
        lookup, found = self.graph.lookup, self._reachable.setdefault(path, [])
        seen, pending = {path}, [path]
        while pending:
            current = pending.pop()
            found += self._of(current)
            for module in lookup.imports_of(self._name_of(current), current):
                if module.kind == "user" and module.path and module.path not in seen:
                    seen.add(module.path)
                    pending.append(module.path)
        return found

    def _name_of(self, path: str) -> str:
        if path not in self._names:
            for name, module in list(sys.modules.items()):
                if isinstance(module, types.ModuleType) and (file := path_of_module(module)):
                    self._names.setdefault(file, name)
        return self._names.setdefault(path, "")

    def _of(self, path: str) -> list[Node]:
        known = self._of_file.get(path)
        if known is None:
            known = self._of_file[path] = []
            module = sys.modules.get(self._name_of(path))
            file = SOURCES.get(path)
            if module is not None and file is not None:
                for piece in file.pieces:
                    for position, statement in enumerate(piece.outline.statements):
                        for target in statement.targets:
                            if is_foreign(vars(module).get(target[0], MISSING)):
                                known.append(self._node(module, path, piece, position, target))
        return known

    def _node(self, module: types.ModuleType, path: str, piece: Any, position: int, target: tuple[str, ...]) -> Node:
        from pivot._graph import Node

        text, reads = piece.statement(position)
        line = piece.outline.statements[position].line + piece.before
        node = Node("mod", f"{module.__name__}.{'.'.join(target)}", digest_text(text), path, line)
        namespace = vars(module)
        self.graph.follow(
            node, reads, lambda name: namespace.get(name, MISSING), lambda _: module.__name__, namespace, path
        )
        return node
