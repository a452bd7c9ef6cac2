"""Read rules from YAML files: those that come with crackscope, and the user's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from crackscope.errors import RuleError
from crackscope.measurement.severity import (
    EXCEEDS,
    RULE_FIGURES,
    WITHIN,
    ChosenRule,
    Rule,
    RuleCase,
    SeverityClass,
)

_SUFFIXES = (".yaml", ".yml")
_SHIPPED = Path(__file__).parent.parent / "rules"
LARGEST_BYTES = 64 * 1024
"""A rule is a page of text; what is longer is something else."""


def shipped_rules() -> dict[str, Path]:
    """Return the rules that come with crackscope, by name."""
    return {path.stem: path for path in sorted(_SHIPPED.glob("*.yaml"))}


def choose_rule(text: str) -> ChosenRule:
    """Find a rule and its case.

    Parameters
    ----------
    text : str
        ``RULE:CASE``; the rule is a shipped one's name or a YAML file's path. A rule of one case needs no
        case.

    Returns
    -------
    ChosenRule

    Raises
    ------
    RuleError
        If there is no such rule or case, or the file is none.

    Examples
    --------
    >>> choose_rule("aci-224r-01:humidity").case.classes[0].up_to_mm
    0.3
    """
    if not text.strip():
        raise RuleError(f"no rule was named; known are {', '.join(shipped_rules())}, or give a YAML file.")
    name, _, case = text.rpartition(":") if not Path(text).is_file() else (text, "", "")
    if not name:
        name, case = text, ""
    rule = read_rule(shipped_rules().get(name, Path(name)), given=name)
    if not case and len(rule.cases) == 1:
        case = next(iter(rule.cases))
    if case not in rule.cases:
        known = ", ".join(f"{name}:{each}" for each in rule.cases)
        problem = f"has no case {case!r}" if case else "has several cases"
        raise RuleError(f"{name}: {problem}; choose one of {known}.")
    return ChosenRule(rule, rule.cases[case])


def read_rule(path: Path, *, given: str | None = None) -> Rule:
    """Read a rule's file.

    Parameters
    ----------
    path : Path
    given : str, optional
        What the user wrote, for messages.

    Returns
    -------
    Rule

    Raises
    ------
    RuleError
    """
    given = given or str(path)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RuleError(f"{given}: is over {LARGEST_BYTES // 1024} KB long, which no rule is.")
        document = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        if path.suffix.lower() in _SUFFIXES:
            raise RuleError(f"{given}: no such file.") from None
        known = ", ".join(shipped_rules())
        raise RuleError(f"{given}: no such rule; known are {known}, or give a YAML file.") from None
    except OSError as error:
        raise RuleError(f"{given}: cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        at = getattr(error, "problem_mark", None)
        place = "" if at is None else f" (line {at.line + 1}, column {at.column + 1})"
        raise RuleError(
            f"{given}: is no YAML file{place}; see docs/severity.md for what a rule looks like."
        ) from error
    if document is None:
        raise RuleError(f"{given}: is empty; see docs/severity.md for what a rule looks like.")
    return _Reader(given).rule(document)


class _Reader:
    """Turns an untrusted document into a rule, naming what is wrong."""

    def __init__(self, where: str) -> None:
        self._where = where

    def rule(self, document: object) -> Rule:
        fields = self._mapping(document, "the file")
        self._only(fields, {"name", "title", "source", "scope", "figure", "cases"}, "the file")
        figure = fields.get("figure", "max_width")
        if figure not in RULE_FIGURES:
            raise self._wrong("figure", f"one of {', '.join(RULE_FIGURES)}", figure)
        cases = self._mapping(fields.get("cases"), "cases")
        if not cases:
            raise self._wrong("cases", "at least one case", cases)
        return Rule(
            name=self._text(fields, "name"),
            title=self._text(fields, "title"),
            source=self._text(fields, "source"),
            scope=self._text(fields, "scope"),
            figure=figure,
            cases={str(name): self._case(str(name), case) for name, case in cases.items()},
        )

    def _case(self, name: str, document: object) -> RuleCase:
        where = f"cases.{name}"
        fields = self._mapping(document, where)
        self._only(fields, {"title", "limit_mm", "classes"}, where)
        if ("limit_mm" in fields) == ("classes" in fields):
            raise self._wrong(where, "either limit_mm or classes", sorted(fields))
        if "limit_mm" in fields:
            limit = self._limit(fields["limit_mm"], f"{where}.limit_mm")
            classes: tuple[SeverityClass, ...] = (SeverityClass(WITHIN, limit), SeverityClass(EXCEEDS))
        else:
            classes = self._classes(fields["classes"], f"{where}.classes")
        return RuleCase(name, str(fields.get("title", name)), classes)

    def _classes(self, document: object, where: str) -> tuple[SeverityClass, ...]:
        if not isinstance(document, list) or len(document) < 2:
            raise self._wrong(where, "a list of at least two classes", document)
        found = []
        for number, each in enumerate(document):
            place, last = f"{where}[{number}]", number == len(document) - 1
            fields = self._mapping(each, place)
            self._only(fields, {"name", "up_to_mm"}, place)
            if last != ("up_to_mm" not in fields):
                problem = "the last, takes all wider cracks: it has no up_to_mm" if last else "needs up_to_mm"
                raise RuleError(f"{self._where}: {place}, {problem}; every class but the last has one.")
            limit = None if last else self._limit(fields["up_to_mm"], f"{place}.up_to_mm")
            found.append(SeverityClass(self._text(fields, "name"), limit))
        limits = [each.up_to_mm for each in found if each.up_to_mm is not None]
        if sorted(set(limits)) != limits:
            raise self._wrong(where, "limits that rise from class to class", limits)
        if len({each.name for each in found}) < len(found):
            raise self._wrong(where, "a name of its own for each class", [each.name for each in found])
        return tuple(found)

    def _limit(self, value: object, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(where, "a number of mm", value)
        if not (math.isfinite(value) and value > 0):
            raise self._wrong(where, "a number of mm above 0", value)
        return float(value)

    def _text(self, fields: Mapping[str, Any], name: str) -> str:
        value = fields.get(name)
        if value is None:
            raise RuleError(f"{self._where}: {name} is missing.")
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, "text", value)
        return value

    def _mapping(self, value: object, where: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong(where, "keys with values", value)
        return value

    def _only(self, fields: Mapping[str, Any], known: set[str], where: str) -> None:
        unknown = [str(name) for name in fields if name not in known]
        if unknown:
            named = ", ".join(sorted(known))
            raise RuleError(f"{self._where}: {where} has an unknown key {unknown[0]!r}; known are {named}.")

    def _wrong(self, where: str, wanted: str, value: object) -> RuleError:
        return RuleError(f"{self._where}: {where} must be {wanted}, is {value!r:.80}.")
