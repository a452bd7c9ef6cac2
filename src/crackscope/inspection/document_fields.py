"""Reads the fields of an untrusted JSON document, naming the one that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from crackscope.errors import CrackscopeError

Point = tuple[float, float]


class DocumentFields:
    """One JSON object and its place in the document.

    Parameters
    ----------
    document : object
        What `json.loads` returned; anything but an object is refused.
    where : str
        Place, for example ``inspection.photo``; errors begin with it.

    Raises
    ------
    CrackscopeError
        By the constructor and every method: if the field is missing, of the wrong kind or out of range.

    Examples
    --------
    >>> DocumentFields({"row": 3}, "box").integer("row")
    3
    >>> DocumentFields({"row": "3"}, "box").integer("row")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    crackscope.errors.CrackscopeError: box.row: must be a whole number, is '3'; the document is damaged ...
    """

    def __init__(self, document: object, where: str) -> None:
        self.where = where
        if not isinstance(document, Mapping):
            raise _wrong(where, "an object", document)
        self._document: Mapping[str, Any] = document

    def names(self) -> list[str]:
        """Return the names of the fields there are."""
        return list(self._document)

    def text(self, name: str) -> str:
        """Return a field that must be text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise _wrong(f"{self.where}.{name}", "text", value)
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a field that may be absent or null, else text."""
        return None if self._document.get(name) is None else self.text(name)

    def integer(self, name: str, *, least: int | None = None) -> int:
        """Return a field that must be a whole number, at least `least`."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(f"{self.where}.{name}", "a whole number", value)
        if least is not None and value < least:
            raise _wrong(f"{self.where}.{name}", f"at least {least}", value)
        return value

    def optional_integer(self, name: str, *, least: int | None = None) -> int | None:
        """Return a field that may be absent or null, else a whole number, at least `least`."""
        return None if self._document.get(name) is None else self.integer(name, least=least)

    def number(self, name: str, *, least: float | None = None, most: float | None = None) -> float:
        """Return a field that must be a finite number in [`least`, `most`]."""
        value = _number(self._value(name), f"{self.where}.{name}")
        if (least is not None and value < least) or (most is not None and value > most):
            raise _wrong(f"{self.where}.{name}", f"within {least} and {most}", value)
        return value

    def optional_number(
        self, name: str, *, least: float | None = None, most: float | None = None
    ) -> float | None:
        """Return a field that may be absent or null, else a finite number in [`least`, `most`]."""
        return None if self._document.get(name) is None else self.number(name, least=least, most=most)

    def number_or_null(
        self, name: str, *, least: float | None = None, most: float | None = None
    ) -> float | None:
        """Return a field that must be there, null or a finite number in [`least`, `most`]."""
        return None if self._value(name) is None else self.number(name, least=least, most=most)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return a field that must be an object, as it is."""
        value = self._value(name)
        if not isinstance(value, Mapping):
            raise _wrong(f"{self.where}.{name}", "an object", value)
        return value

    def inner(self, name: str) -> DocumentFields:
        """Return a field that must be an object, to read its fields in turn."""
        return DocumentFields(self._value(name), f"{self.where}.{name}")

    def optional_inner(self, name: str) -> DocumentFields | None:
        """Return a field that may be absent or null, else an object, to read its fields in turn."""
        return None if self._document.get(name) is None else self.inner(name)

    def inner_list(self, name: str) -> list[DocumentFields]:
        """Return a field that must be a list of objects."""
        return [
            DocumentFields(entry, f"{self.where}.{name}[{index}]")
            for index, entry in enumerate(self._list(name))
        ]

    def point(self, name: str) -> Point:
        """Return a field that must be a (row, column) pair."""
        return _point(self._value(name), f"{self.where}.{name}")

    def polylines(self, name: str) -> tuple[tuple[Point, ...], ...]:
        """Return a field that must be a list of lists of (row, column) pairs."""
        where = f"{self.where}.{name}"
        lines = self._list(name)
        for line in lines:
            if not isinstance(line, list):
                raise _wrong(where, "a list of lists of points", line)
        return tuple(tuple(_point(point, where) for point in line) for line in lines)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a field that must be a list of texts."""
        found = self._list(name)
        for number, value in enumerate(found):
            if not isinstance(value, str):
                raise _wrong(f"{self.where}.{name}[{number}]", "text", value)
        return tuple(found)

    def optional_numbers(self, name: str, *, count: int | None = None) -> tuple[float, ...]:
        """Return a field that must be a list of finite numbers, `count` of them; empty if absent or null."""
        if self._document.get(name) is None:
            return ()
        found = self._list(name)
        if count is not None and len(found) != count:
            raise _wrong(f"{self.where}.{name}", f"{count} numbers", found)
        return tuple(_number(each, f"{self.where}.{name}[{number}]") for number, each in enumerate(found))

    def triples(self, name: str) -> tuple[tuple[float, float, float], ...]:
        """Return a field that must be a list of three numbers each, or absent."""
        if self._document.get(name) is None:
            return ()
        where = f"{self.where}.{name}"
        found = []
        for number, value in enumerate(self._list(name)):
            if not isinstance(value, list) or len(value) != 3:
                raise _wrong(f"{where}[{number}]", "three numbers", value)
            first, second, third = (_number(each, f"{where}[{number}]") for each in value)
            found.append((first, second, third))
        return tuple(found)

    def _list(self, name: str) -> list[Any]:
        value = self._value(name)
        if not isinstance(value, list):
            raise _wrong(f"{self.where}.{name}", "a list", value)
        return value

    def _value(self, name: str) -> Any:  # noqa: ANN401 - the callers find out what it is
        try:
            return self._document[name]
        except KeyError:
            raise CrackscopeError(
                f"{self.where}.{name}: is missing; the document is damaged or of another kind."
            ) from None


def _point(value: object, where: str) -> Point:
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong(where, "a pair of row and column", value)
    return _number(value[0], where), _number(value[1], where)


def _number(value: object, where: str) -> float:
    # A float stays a float and an int becomes one; bool is an int to Python, but no number to JSON.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(where, "a number", value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _wrong(where, "a finite number", value)
    return number


def _wrong(where: str, wanted: str, value: object) -> CrackscopeError:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    return CrackscopeError(
        f"{where}: must be {wanted}, is {shown}; the document is damaged or of another kind."
    )
