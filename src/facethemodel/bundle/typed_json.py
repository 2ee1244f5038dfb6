"""Frozen dataclasses to JSON values and back, strictly.

Written by hand because a bundle must be judged in a fraction of a second: importing pydantic alone costs
about 0.1 s, a tenth of the whole time that one cold verdict may take.
"""

from __future__ import annotations

import dataclasses
import math
import types
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class TypedJsonError(ValueError):
    """A value that does not have the type it should; the message starts with its key."""


def to_json(value: object) -> Any:
    """Turns nested dataclasses, tuples and dictionaries into what `json` can write."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[T], value: object, *, key: str) -> T:
    """Builds a dataclass from parsed JSON; nothing is converted but a whole number to a float.

    Args:
        kind: A dataclass whose fields are str, int, float, Literal, `X | None`, `tuple[X, ...]`,
            `dict[str, X]` or dataclasses of these.
        value: What `json.loads` gave.
        key: Where the value stands, for the error.

    Raises:
        TypedJsonError: A key is missing or unknown, a value has another type, is not finite, or the
            dataclass itself refuses it.
    """
    if not isinstance(value, dict):
        raise TypedJsonError(f"{key}: expected an object, found {_kind_of(value)}")
    hints = get_type_hints(kind)
    prefix = f"{key}." if key else ""
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise TypedJsonError(f"{prefix}{unknown[0]}: unknown key")
    missing = sorted(set(hints) - set(value))
    if missing:
        raise TypedJsonError(f"{prefix}{missing[0]}: missing")
    values = {name: _value(hint, value[name], f"{prefix}{name}") for name, hint in hints.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise TypedJsonError(f"{key}: {error}" if key else str(error)) from error


def _value(hint: Any, value: object, key: str) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is types.UnionType:
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        return None if value is None else _value(inner, value, key)
    if origin is Literal:
        if isinstance(value, bool) or value not in arguments:
            known = ", ".join(str(argument) for argument in arguments)
            raise TypedJsonError(f"{key}: {value!r} is not known (known: {known})")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise TypedJsonError(f"{key}: expected a list, found {_kind_of(value)}")
        return tuple(_value(arguments[0], item, f"{key}[{index}]") for index, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise TypedJsonError(f"{key}: expected an object, found {_kind_of(value)}")
        return {name: _value(arguments[1], item, f"{key}[{name!r}]") for name, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return from_json(hint, value, key=key)  # type: ignore[arg-type]
    return _scalar(hint, value, key)


def _scalar(hint: type, value: object, key: str) -> object:
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        raise TypedJsonError(f"{key}: expected {_NAMES[hint]}, found {_kind_of(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise TypedJsonError(f"{key}: {value} is not a finite number")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise TypedJsonError(f"{key}: {value!r} holds characters that are no text")
    return value


_NAMES: dict[type, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _kind_of(value: object) -> str:
    if value is None:
        return "nothing (null)"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return _NAMES.get(type(value), type(value).__name__)
