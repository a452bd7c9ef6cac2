"""A recipe's keys and values as text, to be shown and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def first_difference(document: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    """Name the first key in which two documents differ, with both values.

    Examples
    --------
    >>> first_difference({"seed": 1, "model": {"name": "light"}}, {"seed": 1, "model": {"name": "enet"}})
    'model.name is light, was enet'
    """
    own, others = flatten(document), flatten(other)
    for key in (*own, *others):
        if own.get(key) != others.get(key):
            return f"{key} is {own.get(key, 'not set')}, was {others.get(key, 'not set')}"
    return None


def flatten(document: Mapping[str, Any], *, above: str = "") -> dict[str, str]:
    """Spread a nested document over dotted keys; lists, numbers and words become text, nothing stays out.

    Examples
    --------
    >>> flatten({"model": {"name": "light", "crop_px": 64}, "seed": 1})
    {'model.name': 'light', 'model.crop_px': '64', 'seed': '1'}
    """
    flat: dict[str, str] = {}
    for key, value in document.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            flat |= flatten(value, above=name)
        elif value is not None:
            flat[name] = _text(value)
    return flat


def _text(value: Any) -> str:  # noqa: ANN401 - plain JSON values
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(_text(each) for each in value)
        case {"name": name, "weight": weight, "options": dict() as options}:
            words = "".join(f" {key} {each}" for key, each in flatten(options).items())
            return f"{name}{words} × {_text(weight)}"
        case _:
            return json.dumps(value, ensure_ascii=False)
