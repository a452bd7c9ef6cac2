"""Join things that belong together, pair by pair, into groups."""

from __future__ import annotations

from collections.abc import Iterable


def groups_of(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Gather what is connected by pairs.

    Returns
    -------
    list of list of str
        Each group sorted, the groups by their first; what is in no pair is in no group.

    Examples
    --------
    >>> groups_of([("b", "a"), ("d", "e"), ("c", "b")])
    [['a', 'b', 'c'], ['d', 'e']]
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        leader.setdefault(name, name)
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    for one, other in pairs:
        first, last = sorted((find(one), find(other)))
        leader[last] = first
    groups: dict[str, list[str]] = {}
    for name in sorted(leader):
        groups.setdefault(find(name), []).append(name)
    return [groups[first] for first in sorted(groups)]
