"""Which of the classes that a dataset names is the crack."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crackscope.imaging.photo import printable

_SHOWN = 8
_NO_CRACK = re.compile(r"(^|[\s_-])(no|non|not|un|without)[\s_-]*crack")


def crack_classes(names: Mapping[int, str]) -> frozenset[int]:
    """Return the numbers of the classes that are cracks: the only one, or those that are named so.

    Examples
    --------
    >>> sorted(crack_classes({0: "Crack", 1: "spalling", 2: "hairline cracks", 3: "non-crack"}))
    [0, 2]
    >>> sorted(crack_classes({7: "defect"}))
    [7]
    """
    if len(names) == 1:
        return frozenset(names)
    lower = {number: name.lower() for number, name in names.items()}
    return frozenset(n for n, name in lower.items() if "crack" in name and not _NO_CRACK.search(name))


def no_crack_class(names: Mapping[int, str]) -> str:
    """Say, as the end of a sentence, that none of these is a crack.

    Examples
    --------
    >>> no_crack_class({1: "spalling", 2: "rust"})
    'none of its classes is named crack (they are spalling, rust); rename the one that is.'
    """
    shown = [printable(name[:40]) for name in list(names.values())[:_SHOWN]]
    more = ", …" if len(names) > _SHOWN else ""
    they = f" (they are {', '.join(shown)}{more})" if shown else ""
    return f"none of its classes is named crack{they}; rename the one that is."
