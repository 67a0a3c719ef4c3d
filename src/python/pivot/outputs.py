"""What a stage reads and writes: `Dep`, `Out`, `Metric`, `Plot`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pivot.loaders import Loader

if TYPE_CHECKING:
    from pivot._registry import Registration

PathText = str | os.PathLike[str]


class Dep:
    """A file or folder that a stage reads.

    With a loader, its value is passed to the parameter `name`; `Annotated[T, Dep(path, loader)]` names the parameter
    by itself.
    """

    __slots__ = ("loader", "name", "path")

    def __init__(self, path: PathText | OutRef, loader: Loader[Any] | None = None, *, name: str | None = None) -> None:
        self.path = path
        self.loader = loader
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r}, {self.loader!r})"


class Out:
    """A file or folder that a stage writes. With a loader, the stage returns its value and pivot saves it."""

    kind: Literal["out", "metric", "plot"] = "out"

    def __init__(
        self,
        path: PathText,
        loader: Loader[Any] | None = None,
        *,
        name: str | None = None,
        cache: bool = True,
        persist: bool = False,
        push: bool = True,
        remote: str | None = None,
        desc: str | None = None,
        type: str | None = None,  # the name is dvc.yaml's
        labels: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.loader = loader
        self.name = name
        self.cache = cache
        self.persist = persist
        self.push = push
        self.remote = remote
        self.desc = desc
        self.type = type
        self.labels = list(labels)
        self.plot: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r}, {self.loader!r})"


class Metric(Out):
    """An out whose numbers `pivot metrics` shows."""

    kind = "metric"


class Plot(Out):
    """An out that `pivot plots` draws; the options are those of dvc.yaml."""

    kind = "plot"

    def __init__(
        self,
        path: PathText,
        loader: Loader[Any] | None = None,
        *,
        x: Any = None,
        y: Any = None,
        template: str | None = None,
        title: str | None = None,
        x_label: str | None = None,
        y_label: str | None = None,
        header: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__(path, loader, **options)
        wanted = {
            "x": x, "y": y, "template": template, "title": title, "x_label": x_label, "y_label": y_label,
            "header": header,
        }  # fmt: skip
        self.plot = {key: value for key, value in wanted.items() if value is not None}


class OutRef:
    """Another stage's out, used as a dep: `deps=[clean.out]`. It is resolved when the pipeline is complete."""

    __slots__ = ("registration", "selector")

    def __init__(self, registration: Registration, selector: str | int | None) -> None:
        self.registration = registration
        self.selector = selector

    def __repr__(self) -> str:
        which = "out" if self.selector is None else f"outs[{self.selector!r}]"
        return f"<{which} of stage {self.registration.base_name}>"


class OutRefs:
    """`stage.outs`: outs by name, path or position."""

    __slots__ = ("registration",)

    def __init__(self, registration: Registration) -> None:
        self.registration = registration

    def __getitem__(self, selector: str | int) -> OutRef:
        return OutRef(self.registration, selector)
