"""Decide what becomes of each entry of a dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.audit.result import Audit, below
from crackscope.datasets.choices import Choice
from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import Finding
from crackscope.datasets.groups import groups_of
from crackscope.datasets.layouts import Listing
from crackscope.datasets.repair.mending import MENDABLE_KINDS, ORIENTATION_KINDS

# What is set aside where it is certain, or accepted by a person.
SET_ASIDE_KINDS = frozenset(
    {"orphan-image", "orphan-mask", "crack-in-negative", "empty-positive", "label-suspect"}
)
DUPLICATE_KINDS = frozenset({"duplicate", "near-duplicate"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an entry.

    Parameters
    ----------
    entry : Entry
    findings : tuple of Finding
        Those that are acted upon.
    set_aside : Finding, optional
        Why it goes into quarantine; None where it stays.
    """

    entry: Entry
    findings: tuple[Finding, ...]
    set_aside: Finding | None


def is_acted_upon(finding: Finding, choices: Mapping[str, Choice]) -> bool:
    """Tell whether repair acts on a finding: by a person's choice, else where it is certain or a mask lies
    turned.
    """
    choice = choices.get(finding.key)
    if choice is not None:
        return choice == "accept"
    return finding.certain or finding.kind in ORIENTATION_KINDS


def does_something(finding: Finding, choices: Mapping[str, Choice]) -> bool:
    """Tell whether repair changes anything because of a finding; nothing mends a fat mask or a leak."""
    kinds = {*MENDABLE_KINDS, *SET_ASIDE_KINDS, *DUPLICATE_KINDS, "unreadable"}
    return finding.kind in kinds and is_acted_upon(finding, choices)


def accepted_suspects(listing: Listing, choices: Mapping[str, Choice]) -> list[Finding]:
    """Make findings of the label suspects that a person accepted: only an audit with a model finds them."""
    prefix = "label-suspect:"
    paths = {key.removeprefix(prefix) for key, choice in choices.items() if choice == "accept"}
    return [
        Finding(name, "label-suspect", False, "a person found the label wrong", picture=name)
        for entry in listing.entries
        if entry.image is not None and (name := below(entry.image, listing.root)) in paths
    ]


def decide(listing: Listing, audit: Audit, choices: Mapping[str, Choice]) -> list[Decision]:
    """Decide about every entry, in the order of the listing.

    Parameters
    ----------
    listing : Listing
    audit : Audit
        Of this listing.
    choices : mapping
        A person's choices by `Finding.key`; may be empty.
    """
    known = {finding.key for finding in audit.findings}
    suspects = [finding for finding in accepted_suspects(listing, choices) if finding.key not in known]
    acted = [finding for finding in (*audit.findings, *suspects) if is_acted_upon(finding, choices)]
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in acted:
        by_file[finding.picture or finding.mask or finding.path].append(finding)
    decisions = [_decision(entry, listing.root, by_file) for entry in listing.entries]
    return _without_duplicates(decisions, listing.root, acted)


def _decision(entry: Entry, root: Path, by_file: Mapping[str, Sequence[Finding]]) -> Decision:
    own = tuple(by_file.get(below(entry.path, root), ()))
    aside = next((finding for finding in own if finding.kind in SET_ASIDE_KINDS), None)
    mends = tuple(finding for finding in own if finding.kind in MENDABLE_KINDS)
    return Decision(entry, mends, aside)


def _without_duplicates(decisions: list[Decision], root: Path, acted: Sequence[Finding]) -> list[Decision]:
    """Keep one of each group of the same pictures: of those that stay one held out for testing, if any, then
    one without faults, then the first by name.
    """
    pairs = {finding.path: finding for finding in acted if finding.kind in DUPLICATE_KINDS and finding.other}
    groups = groups_of((path, finding.other or "") for path, finding in pairs.items())
    position = {
        below(decision.entry.image, root): number
        for number, decision in enumerate(decisions)
        if decision.entry.image is not None
    }
    result = list(decisions)
    for group in groups:
        members = [number for path in group if (number := position.get(path)) is not None]
        staying = [number for number in members if decisions[number].set_aside is None]
        if len(staying) < 2:
            continue
        kept = min(staying, key=lambda number: _preference(decisions[number]))
        kept_path = below(decisions[kept].entry.path, root)
        for number in staying:
            if number != kept:
                decision = decisions[number]
                path = below(decision.entry.path, root)
                known = pairs.get(path)
                finding = Finding(
                    path,
                    known.kind if known else "duplicate",
                    known.certain if known else True,
                    f"shows the same as {kept_path}, which is kept",
                    other=kept_path,
                )
                result[number] = Decision(decision.entry, decision.findings, finding)
    return result


def _preference(decision: Decision) -> tuple[bool, int, Path]:
    in_training = decision.entry.part in (None, "train")
    return in_training, len(decision.findings), decision.entry.path
