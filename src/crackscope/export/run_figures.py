"""The figures of a run's validation, as people are told them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def named_figures(frozen: Mapping[str, Any], names: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, Any]:
    """Pick figures out of a run's frozen values, rounded to four decimals.

    Parameters
    ----------
    frozen : mapping
        What validation decided, as the run's folder holds it.
    names : sequence of (str, tuple of str)
        What a figure is called, and the keys, from outside to inside, where the frozen values hold it; those
        that they do not hold are passed over.

    Returns
    -------
    dict

    Examples
    --------
    >>> named_figures({"a": {"b": 0.123456}}, [("F1", ("a", "b")), ("recall", ("c",))])
    {'F1': 0.1235}
    """
    found: dict[str, Any] = {}
    for name, path in names:
        value: Any = frozen
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = _rounded(value)
    return found


def _rounded(value: Any) -> Any:  # noqa: ANN401 - plain JSON values
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value
