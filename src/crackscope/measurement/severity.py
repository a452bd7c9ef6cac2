"""How severe a crack is by a published rule, given how unsure its width is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

RuleFigure = Literal["mean_width", "median_width", "p95_width", "max_width"]
RULE_FIGURES: tuple[RuleFigure, ...] = get_args(RuleFigure)
_WORDS: Mapping[RuleFigure, str] = {
    "mean_width": "mean width",
    "median_width": "median width",
    "p95_width": "95th percentile of the width",
    "max_width": "maximum width",
}
SIGMAS = 1.96
"""An interval of so many standard deviations to each side holds 95 % of the time."""
WITHIN, EXCEEDS = "within", "exceeds"
"""Classes of a rule that has one limit."""


def either(names: Sequence[str]) -> str:
    """Write that it is one of these classes."""
    return " or ".join(names)


@dataclass(frozen=True, slots=True)
class SeverityClass:
    """A class of a rule.

    Parameters
    ----------
    name : str
    up_to_mm : float, optional
        Widths up to this one belong to it; None for the last class, which takes all others.
    """

    name: str
    up_to_mm: float | None = None


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One row of a rule's table: under certain conditions, which width is how severe.

    Parameters
    ----------
    name, title : str
    classes : tuple of SeverityClass
        The narrowest first; the last without a limit.
    """

    name: str
    title: str
    classes: tuple[SeverityClass, ...]

    @property
    def classes_words(self) -> str:
        """The classes and their limits, for people."""
        return ", ".join(
            each.name if each.up_to_mm is None else f"{each.name} up to {each.up_to_mm:g} mm"
            for each in self.classes
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A published table of crack widths.

    Parameters
    ----------
    name, title, source, scope : str
        What it is called, where it stands, and what it is for.
    figure : str
        Which width of a crack it judges, one of `RULE_FIGURES`.
    cases : mapping of str to RuleCase
    """

    name: str
    title: str
    source: str
    scope: str
    figure: RuleFigure
    cases: Mapping[str, RuleCase]

    @property
    def figure_words(self) -> str:
        """What it judges, for people."""
        return _WORDS[self.figure]


@dataclass(frozen=True, slots=True)
class Severity:
    """What a rule says of one crack.

    Parameters
    ----------
    name : str
        The class that the width belongs to.
    possible : tuple of str
        Every class that the interval reaches into, the least severe first; `name` is one of them.
    low_mm, high_mm : float
        The width's 95 % interval.
    text : str
        One phrase for people.
    """

    name: str
    possible: tuple[str, ...]
    low_mm: float
    high_mm: float
    text: str

    @property
    def possible_words(self) -> str:
        """The possible classes, for people and tables."""
        return either(self.possible)

    @property
    def is_sure(self) -> bool:
        """Whether the interval lies within one class."""
        return len(self.possible) == 1


@dataclass(frozen=True, slots=True)
class ChosenRule:
    """A rule and the case of it that the cracks are judged by."""

    rule: Rule
    case: RuleCase

    @property
    def name(self) -> str:
        """How the choice is written: ``rule:case``."""
        return f"{self.rule.name}:{self.case.name}"

    @property
    def description(self) -> str:
        """The choice in words, first its name: two that judge alike are described alike."""
        judged = f"{self.rule.figure_words} {self.case.classes_words}"
        return f"{self.name}: {self.rule.title}; {self.case.title}; {judged}"

    def judge(self, width_mm: float, sigma_mm: float) -> Severity:
        """Say which class a crack belongs to.

        Parameters
        ----------
        width_mm : float
            The rule's `figure` of the crack.
        sigma_mm : float
            Its standard deviation.

        Returns
        -------
        Severity

        Examples
        --------
        >>> classes = (SeverityClass("within", 0.3), SeverityClass("exceeds"))
        >>> rule = Rule("r", "", "", "", "max_width", {})
        >>> ChosenRule(rule, RuleCase("c", "", classes)).judge(0.305, 0.018).text
        '0.27–0.34 mm: may exceed 0.30 mm'
        """
        low, high = max(0.0, width_mm - SIGMAS * sigma_mm), width_mm + SIGMAS * sigma_mm
        first, own, last = (self._place(each) for each in (low, width_mm, high))
        classes = self.case.classes
        possible = tuple(each.name for each in classes[first : last + 1])
        decimals = self._decimals(low, high)
        interval = f"{low:.{decimals}f}–{high:.{decimals}f} mm"
        return Severity(classes[own].name, possible, low, high, f"{interval}: {self._phrase(possible)}")

    def _decimals(self, low: float, high: float) -> int:
        """Write one more where two would show an end of the interval on a limit that it is not on."""
        limits = [each.up_to_mm for each in self.case.classes if each.up_to_mm is not None]
        return 3 if any(round(end, 2) == limit != end for end in (low, high) for limit in limits) else 2

    def _place(self, width_mm: float) -> int:
        limits = [each.up_to_mm for each in self.case.classes[:-1]]
        return next(
            (i for i, limit in enumerate(limits) if limit is not None and width_mm <= limit), len(limits)
        )

    def _phrase(self, possible: tuple[str, ...]) -> str:
        limit = self.case.classes[0].up_to_mm
        if tuple(each.name for each in self.case.classes) == (WITHIN, EXCEEDS):
            verb = "may exceed" if len(possible) > 1 else "exceeds" if possible == (EXCEEDS,) else "within"
            return f"{verb} {limit:.2f} mm"
        return either(possible)
