"""Join things that belong together, pair by pair, into groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

_Name = TypeVar("_Name", int, str)


def groups_of(pairs: Iterable[tuple[_Name, _Name]]) -> list[list[_Name]]:
    """Gather what is connected by pairs.

    Returns
    -------
    list of list
        Each group sorted, the groups by their first; what is in no pair is in no group.

    Examples
    --------
    >>> groups_of([("b", "a"), ("d", "e"), ("c", "b")])
    [['a', 'b', 'c'], ['d', 'e']]
    """
    leader: dict[_Name, _Name] = {}

    def find(name: _Name) -> _Name:
        leader.setdefault(name, name)
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    for one, other in pairs:
        first, last = sorted((find(one), find(other)))
        leader[last] = first
    groups: dict[_Name, list[_Name]] = {}
    for name in sorted(leader):
        groups.setdefault(find(name), []).append(name)
    return [groups[first] for first in sorted(groups)]
