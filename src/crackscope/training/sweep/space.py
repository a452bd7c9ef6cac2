"""What a sweep may choose a recipe's value from: written as text, read and checked."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from crackscope.errors import RecipeError

_LARGEST_FILE_BYTES = 1_000_000
_LOG, _RANGE = "log:", "range:"
_HOW = (
    "write choices as 8,16,32, numbers as range:0.5..0.9 or range:128..320:32,"
    " and orders of magnitude as log:1e-4..1e-2"
)


@dataclass(frozen=True, slots=True)
class Choices:
    """Some values, in no order.

    Parameters
    ----------
    values : tuple
        As YAML reads them; two or more, all different.
    """

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return ",".join(map(yaml_text, self.values))

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values that must fit the recipe for all to fit."""
        return self.values


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two ends, both among them.

    Parameters
    ----------
    low, high : int or float
        Both of one type; where they are whole numbers, so is every value.
    step : int or float, optional
        Between values, of which `high` is one.
    log : bool
        Whether every order of magnitude is as likely as another; `low` is above 0 then, and there is no step.
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __str__(self) -> str:
        step = "" if self.step is None else f":{self.step!r}"
        return f"{_LOG if self.log else _RANGE}{self.low!r}..{self.high!r}{step}"

    @property
    def whole(self) -> bool:
        """Whether the values are whole numbers."""
        return isinstance(self.low, int)

    @property
    def ends(self) -> tuple[float, ...]:
        """The values that must fit the recipe for all to fit, as far as ends can tell."""
        step = 1 if self.step is None and self.whole else self.step
        return (self.low, self.high) if step is None else (self.low, self.low + step, self.high)


Space: TypeAlias = Choices | Range


def grid(space: Space) -> Sequence[Any] | None:
    """List the values of a space, or None where it has no end of them.

    Examples
    --------
    >>> list(grid(Range(128, 224, step=32)))
    [128, 160, 192, 224]
    """
    if isinstance(space, Choices):
        return space.values
    if space.whole:
        return range(int(space.low), int(space.high) + 1, int(space.step or 1))
    if space.step is None:
        return None
    steps = round((space.high - space.low) / space.step)
    return [min(space.low + number * space.step, space.high) for number in range(steps + 1)]


def combinations(spaces: Mapping[str, Space]) -> int | None:
    """Count the combinations of values, or give None where they have no end.

    Examples
    --------
    >>> combinations({"a": Choices((1, 2)), "b": Range(1, 3)})
    6
    """
    grids = [grid(space) for space in spaces.values()]
    return None if None in grids else math.prod(len(each) for each in grids if each is not None)


def yaml_text(value: object) -> str:
    """Write a value in one line that YAML reads as the same value.

    Examples
    --------
    >>> yaml_text(1e-05), yaml_text([0.5, 2.0]), yaml_text("light"), yaml_text(None)
    ('1.0e-05', '[0.5, 2.0]', 'light', 'null')
    """
    text = yaml.safe_dump(value, default_flow_style=True, width=1_000_000, allow_unicode=True)
    return text.strip().removesuffix("...").strip()


def read_spaces(varied: Iterable[str], *, file: Path | None = None) -> dict[str, Space]:
    """Read what is varied from options and, where there is one, from a file.

    Parameters
    ----------
    varied : iterable of str
        ``key=space``, for example ``batch_size=8,16,32``.
    file : Path, optional
        YAML: keys, dotted or nested, and for each a list of choices or a space as text.

    Returns
    -------
    dict
        Dotted key → space, sorted by key, so that their order changes nothing.

    Raises
    ------
    RecipeError
        If there is none, one cannot be read, or two are in each other's way.
    """
    found: dict[str, Space] = {}
    for key, value, name in [*_of_options(varied), *(_of_file(file) if file is not None else ())]:
        if key in found:
            raise RecipeError(f"{name}: {key} is varied twice; keep one of them.")
        found[key] = _choices(value, name) if isinstance(value, list) else _parse(value, name)
    if not found:
        raise RecipeError("Nothing is varied; give --vary KEY=SPACE, for example --vary batch_size=8,16,32.")
    for key in found:
        for other in found:
            if other.startswith(f"{key}."):
                raise RecipeError(f"--vary {key}: {other} is a part of it and varied, too; keep one of them.")
    return dict(sorted(found.items()))


def parse_space(text: str) -> Space:
    """Read one space; the opposite of ``str(space)``.

    Raises
    ------
    RecipeError
        If it cannot be read.

    Examples
    --------
    >>> parse_space("log:1e-4..1e-2")
    Range(low=0.0001, high=0.01, step=None, log=True)
    >>> parse_space("range:128..320:32")
    Range(low=128, high=320, step=32, log=False)
    >>> parse_space("[0.5, 2.0], [0.8, 1.25]")
    Choices(values=([0.5, 2.0], [0.8, 1.25]))
    """
    return _parse(text, text)


def _of_options(varied: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    for text in varied:
        key, separator, space = text.partition("=")
        if not separator or not key or not space:
            raise RecipeError(f"--vary {text}: must be KEY=SPACE; {_HOW}.")
        yield key, space, f"--vary {text}"


def _of_file(path: Path) -> Iterable[tuple[str, Any, str]]:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise RecipeError(f"{path}: over 1 MB, which is no file of spaces; give a shorter one.")
        document = yaml.safe_load(path.read_text("utf-8"))
        flat = list(_flat(document, "", path)) if isinstance(document, dict) else []
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error).replace("\n", " ")
        raise RecipeError(f"{path}: not readable as YAML ({reason}); correct it there.") from error
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror}); check its name.") from error
    if not flat:
        raise RecipeError(f"{path}: names nothing to vary; write a line such as 'batch_size: [8, 16, 32]'.")
    return [(key, value, f"{path}: {key}") for key, value in flat]


def _flat(document: Mapping[Any, Any], above: str, path: Path) -> Iterable[tuple[str, Any]]:
    for name, value in document.items():
        key = f"{above}{name}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{key}.", path)
        elif isinstance(value, str | list):
            yield key, value
        else:
            raise RecipeError(f"{path}: {key}: {yaml_text(value)} is no space; {_HOW}.")


def _parse(text: str, name: str) -> Space:
    if text.startswith((_LOG, _RANGE)):
        return _range(text, name)
    try:
        values = yaml.safe_load(f"[{text}]")
    except (yaml.YAMLError, RecursionError) as error:
        raise RecipeError(f"{name}: the choices are not readable as YAML; {_HOW}.") from error
    return _choices(values, name)


def _choices(values: list[Any], name: str) -> Choices:
    if len(values) < 2:
        raise RecipeError(f"{name}: a single choice varies nothing; use --set, or {_HOW}.")
    try:
        json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RecipeError(
            f"{name}: a recipe holds numbers, words, lists and mappings only; {_HOW}."
        ) from error
    texts = [yaml_text(value) for value in values]
    for number, text in enumerate(texts):
        if text in texts[:number]:
            raise RecipeError(f"{name}: {text} is there twice; remove one.")
    return Choices(tuple(values))


def _range(text: str, name: str) -> Range:
    log = text.startswith(_LOG)
    low_text, separator, rest = text.removeprefix(_LOG if log else _RANGE).partition("..")
    high_text, stepped, step_text = rest.partition(":")
    if not separator:
        raise RecipeError(f"{name}: has no two ends; {_HOW}.")
    texts = [low_text, high_text, *([step_text] if stepped else [])]
    low, high, *steps = (_number(each, name) for each in texts)
    if low >= high:
        raise RecipeError(f"{name}: {low_text} is not below {high_text}; write the lower end first.")
    if log and low <= 0:
        raise RecipeError(
            f"{name}: orders of magnitude begin above 0, not at {low_text}; raise the lower end."
        )
    if log and steps:
        raise RecipeError(f"{name}: orders of magnitude have no steps; leave out :{step_text}.")
    if steps and (steps[0] <= 0 or (high - low) % steps[0]):
        raise RecipeError(
            f"{name}: steps of {step_text} from {low_text} do not end at {high_text};"
            " change the end or the step."
        )
    whole = all(each.strip().lstrip("+-").isdecimal() for each in texts)
    kind = int if whole else float
    return Range(kind(low), kind(high), step=kind(steps[0]) if steps else None, log=log)


def _number(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise RecipeError(f"{name}: {text!r} is no number; {_HOW}.")
    return number
