"""Lists in files: rows of named texts, whatever the format."""

from __future__ import annotations

import codecs
import csv
import io
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facethemodel.errors import UsageError

_PARQUET = b"PAR1"
_DELIMITERS = (",", ";", "\t")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list.

    Attributes:
        where: `line 7`, as an editor counts, or `row 7`.
        values: The columns that are filled; a text says why there are none.
    """

    where: str
    values: Mapping[str, str] | str


def read_rows(path: Path) -> Sequence[Row]:
    """Reads a list.

    Args:
        path: `.csv`, `.tsv` (commas, semicolons or tabs, the first line names the columns), `.jsonl`,
            `.ndjson` (one object a line), `.parquet`; anything else has one address a line, blank lines and
            those that start with # left out.

    Returns:
        All rows; those of a list without columns have the one column `url`.

    Raises:
        UsageError: The file is missing or something else than its name says.
    """
    content = _content(path)
    suffix = path.suffix.lower()
    if content == _PARQUET:
        return [*_parquet(path)]
    if suffix == ".parquet":
        raise UsageError(f"{path} is no parquet file", remedy="check how it was written")
    text = _text(content, path)
    if suffix in (".csv", ".tsv"):
        return [*_csv(text)]
    if suffix in (".jsonl", ".ndjson"):
        return [*_jsonl(text)]
    if suffix == ".json":
        raise UsageError(f"{path} is one JSON document", remedy="write one object a line and call it .jsonl")
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), start=1))
    return [Row(f"line {number}", {"url": line}) for number, line in lines if line and line[0] != "#"]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(len(_PARQUET))
            return start if start == _PARQUET else start + file.read()
    except FileNotFoundError as error:
        raise UsageError(f"{path} is not there", remedy="check the spelling of the path") from error
    except IsADirectoryError as error:
        raise UsageError(
            f"{path} is a folder", remedy=f"for photos in a folder: facethemodel add {shlex.quote(str(path))}"
        ) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error


def _text(content: bytes, path: Path) -> str:
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{path} is no text in UTF-8 (line {line})", remedy="save the list as UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _csv(text: str) -> Iterator[Row]:
    # The separator is the one that leaves most columns in the first line.
    first = text.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    names: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(f"line {reader.line_num}", f"cannot be read: {error}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            names = [cell.strip() for cell in cells]
            continue
        where = f"line {reader.line_num}"
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            yield Row(where, "more fields than columns")
        else:
            yield Row(where, _filled(dict(zip(names, cells, strict=False))))


def _jsonl(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield Row(f"line {number}", _filled(value))
        else:
            yield Row(f"line {number}", "not a JSON object")


def _parquet(path: Path) -> Iterator[Row]:
    # Loaded only for those who have such a file: an extra of its own.
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            # Tables of addresses may carry the pictures themselves, which are not for here.
            columns = [field.name for field in file.schema_arrow if not _is_bytes(field.type)]
            for batch in file.iter_batches(columns=columns):
                for value in batch.to_pylist():
                    number += 1
                    yield Row(f"row {number}", _filled(value))
    except (pyarrow.ArrowException, OSError) as error:
        raise UsageError(f"{path} is no parquet file", remedy="check how it was written") from error


def _is_bytes(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_struct(kind))


def _filled(values: Mapping[str, Any]) -> dict[str, str]:
    """Gives the values as texts, without those that are empty."""
    return {name: text for name, value in values.items() if (text := _as_text(value))}


def _as_text(value: object) -> str:
    if value is None or value != value:  # NaN, which tables write for nothing
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_as_text(one) for one in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    # JSON may spell out halves of signs that no text can hold.
    return str(value).strip().encode("utf-8", "replace").decode("utf-8")
