"""Options of the segmentation losses and what they may be; without PyTorch, so that a recipe is checked at
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an option may be: `least` to `most`, both included; a whole number where `whole` is set."""

    least: float
    most: float
    whole: bool = False

    def hold(self, value: float) -> bool:
        """Say whether a value is allowed; nan never is."""
        return self.least <= value <= self.most and (not self.whole or float(value).is_integer())


_PRICE = Bounds(0.01, 100.0)

LOSS_OPTIONS: Final[Mapping[str, Mapping[str, Bounds]]] = {
    "bce": {"positive": Bounds(0.01, 1000.0)},
    "boundary": {},
    "cldice": {"iterations": Bounds(1, 64, whole=True)},
    "dice": {},
    "focal": {"alpha": Bounds(0.0, 1.0), "gamma": Bounds(0.0, 10.0)},
    "focal-tversky": {"false_negative": _PRICE, "false_positive": _PRICE, "gamma": Bounds(0.1, 10.0)},
    "lovasz": {"per_picture": Bounds(0, 1, whole=True)},
    "tversky": {"false_negative": _PRICE, "false_positive": _PRICE},
    "weighted-bce": {"most": Bounds(1.0, 10_000.0)},
}
"""Loss → option → what it may be."""


def option_fault(loss: str, options: Mapping[str, float]) -> str | None:
    """Find what is wrong with the options given to a loss.

    Parameters
    ----------
    loss : str
        One of `LOSS_OPTIONS`.
    options : mapping
        Option → value.

    Returns
    -------
    str or None
        The first fault, without a full stop; None where all is well.

    Examples
    --------
    >>> option_fault("dice", {"gamma": 2.0})
    'loss dice: has no option gamma; it takes none'
    >>> option_fault("focal", {"gamma": -2.0})
    'loss focal: gamma = -2 is not allowed; give 0 to 10'
    >>> option_fault("focal", {"gamma": 2.0}) is None
    True
    """
    known = LOSS_OPTIONS[loss]
    for name, value in options.items():
        if name not in known:
            takes = f"known are {', '.join(known)}" if known else "it takes none"
            return f"loss {loss}: has no option {name}; {takes}"
        bounds = known[name]
        if not bounds.hold(value):
            allowed = f"{'a whole number from ' if bounds.whole else ''}{bounds.least:g} to {bounds.most:g}"
            return f"loss {loss}: {name} = {value:g} is not allowed; give {allowed}"
    return None
