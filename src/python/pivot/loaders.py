"""Loaders and savers: how a stage's inputs become values and its return values become files.

A loader is a frozen dataclass with `load(path)` and `save(value, path)`; its fields are part of the stage's
fingerprint, and so is
the code of a loader of your own. The loaders here count by an explicit version instead of their code, so that an
upgrade of
pivot reruns nothing unless it changes what they read or write.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import pickle
import re
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")


class Loader(Generic[T]):
    """Base of all loaders. Subclass it (as a frozen dataclass) and define `load`, `save` or both."""

    def load(self, path: pathlib.Path) -> T:
        raise NotImplementedError(f"{type(self).__name__} cannot load")

    def save(self, value: T, path: pathlib.Path) -> None:
        raise NotImplementedError(f"{type(self).__name__} cannot save")


@dataclasses.dataclass(frozen=True)
class PathOnly(Loader[pathlib.Path]):
    """The path itself: the stage opens it, or writes to it (a file or a folder)."""

    version: ClassVar[int] = 1

    def load(self, path: pathlib.Path) -> pathlib.Path:
        return path

    def save(self, value: Any, path: pathlib.Path) -> None:
        """Nothing to do: the stage has written it."""


@dataclasses.dataclass(frozen=True)
class Text(Loader[str]):
    """A text file as one string."""

    version: ClassVar[int] = 1
    encoding: str = "utf-8"

    def load(self, path: pathlib.Path) -> str:
        with open(path, encoding=self.encoding, newline="") as file:
            return file.read()

    def save(self, value: str, path: pathlib.Path) -> None:
        if not isinstance(value, str):
            raise TypeError(f"Text saves a str, not {type(value).__name__}")
        with open(path, "w", encoding=self.encoding, newline="") as file:
            file.write(value)


@dataclasses.dataclass(frozen=True)
class JSON(Loader[Any]):
    """A JSON document. Keys keep their order unless `sort_keys`."""

    version: ClassVar[int] = 1
    indent: int | None = 2
    sort_keys: bool = False
    ensure_ascii: bool = False

    def load(self, path: pathlib.Path) -> Any:
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def save(self, value: Any, path: pathlib.Path) -> None:
        text = json.dumps(value, indent=self.indent, sort_keys=self.sort_keys, ensure_ascii=self.ensure_ascii)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\n")


@dataclasses.dataclass(frozen=True)
class YAML(Loader[Any]):
    """A YAML document; needs ruamel.yaml or PyYAML."""

    version: ClassVar[int] = 1
    sort_keys: bool = False

    def load(self, path: pathlib.Path) -> Any:
        with open(path, encoding="utf-8") as file:
            return _yaml().load(file)

    def save(self, value: Any, path: pathlib.Path) -> None:
        with open(path, "w", encoding="utf-8") as file:
            _yaml().save(value, file, self.sort_keys)


# Text that PyYAML, which reads YAML 1.1, would take for something else if it stood without quotes, as YAML 1.2 allows.
_OTHER_IN_YAML_1_1 = (
    r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*|[-+]?0x[0-9a-fA-F_]+"
    r"|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|=|<<"
)


class _PyYAML:
    def __init__(self, module: Any) -> None:
        self.module = module

    def load(self, file: Any) -> Any:
        return self.module.safe_load(file)

    def save(self, value: Any, file: Any, sort_keys: bool) -> None:
        self.module.safe_dump(value, file, sort_keys=sort_keys, allow_unicode=True)


class _Ruamel:
    def __init__(self, module: Any) -> None:
        self.module = module

    def load(self, file: Any) -> Any:
        return self.module.YAML(typ="safe", pure=True).load(file)

    def save(self, value: Any, file: Any, sort_keys: bool) -> None:
        class Representer(self.module.representer.SafeRepresenter):
            pass

        def quoted(representer: Any, text: str) -> Any:
            return representer.represent_scalar(
                "tag:yaml.org,2002:str", text, style="'" if re.fullmatch(_OTHER_IN_YAML_1_1, text) else None
            )

        Representer.add_representer(str, quoted)
        writer = self.module.YAML(typ="safe", pure=True)
        writer.Representer = Representer
        writer.default_flow_style = False
        writer.sort_base_mapping_type_on_output = sort_keys
        writer.allow_unicode = True
        writer.dump(value, file)


def _yaml() -> _PyYAML | _Ruamel:
    try:
        import yaml  # pyright: ignore[reportMissingImports, reportMissingModuleSource]
    except ImportError:
        try:
            import ruamel.yaml  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise ImportError(
                "the YAML loader needs a YAML library in the stage's interpreter: pip install pyyaml (or ruamel.yaml)"
            ) from None
        return _Ruamel(ruamel.yaml)
    return _PyYAML(yaml)


@dataclasses.dataclass(frozen=True)
class Pickle(Loader[Any]):
    """A pickled object. The protocol is fixed, so that Python versions write the same bytes for the same plain data."""

    version: ClassVar[int] = 1
    protocol: int = 4

    def load(self, path: pathlib.Path) -> Any:
        with open(path, "rb") as file:
            return pickle.load(file)

    def save(self, value: Any, path: pathlib.Path) -> None:
        with open(path, "wb") as file:
            pickle.dump(value, file, protocol=self.protocol)


@dataclasses.dataclass(frozen=True)
class CSV(Loader[Any]):
    """A table. `rows=True` gives and takes a list of dicts (csv of the standard library), otherwise a pandas
    DataFrame."""

    version: ClassVar[int] = 1
    sep: str = ","
    index_col: int | str | None = None
    dtype: Any = None
    rows: bool = False

    def load(self, path: pathlib.Path) -> Any:
        if self.rows:
            import csv

            with open(path, encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file, delimiter=self.sep))
        return _pandas("CSV").read_csv(path, sep=self.sep, index_col=self.index_col, dtype=self.dtype)

    def save(self, value: Any, path: pathlib.Path) -> None:
        if not self.rows:
            if not hasattr(value, "to_csv"):
                raise TypeError(f"CSV saves a DataFrame (or rows with CSV(rows=True)), not {type(value).__name__}")
            value.to_csv(path, sep=self.sep, index=self.index_col is not None)
            return
        import csv

        rows = list(value)
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else [], delimiter=self.sep, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@dataclasses.dataclass(frozen=True)
class Parquet(Loader[Any]):
    """A pandas DataFrame as Parquet; needs pandas with pyarrow or fastparquet."""

    version: ClassVar[int] = 1
    compression: str | None = "snappy"
    columns: tuple[str, ...] | None = None

    def load(self, path: pathlib.Path) -> Any:
        return _pandas("Parquet").read_parquet(path, columns=list(self.columns) if self.columns else None)

    def save(self, value: Any, path: pathlib.Path) -> None:
        if not hasattr(value, "to_parquet"):
            raise TypeError(f"Parquet saves a DataFrame, not {type(value).__name__}")
        value.to_parquet(path, compression=self.compression)


def _pandas(loader: str) -> Any:
    try:
        import pandas  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ImportError(f"the {loader} loader needs pandas in the stage's interpreter: pip install pandas") from None
    return pandas
