"""The page on which a person looks at an audit's findings and accepts or rejects each."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from crackscope.datasets.audit.panels import Panels, write_panels
from crackscope.datasets.choices import SCHEMA, SCHEMA_VERSION
from crackscope.datasets.finding import Finding
from crackscope.errors import CrackscopeError
from crackscope.page_template import data_page
from crackscope.whole_file import make_folder, remove_older, whole_file

__all__ = ["KIND_WORDS", "Panels", "write_gallery"]

GALLERY_FILE = "gallery.html"
PANELS_FOLDER = "gallery"
MOST = 2000

KIND_WORDS = {
    "unreadable": "File cannot be read, or is misnamed",
    "orphan-image": "Picture without a mask",
    "orphan-mask": "Mask without a picture",
    "size-mismatch": "Mask of another size than its picture",
    "transposed-mask": "Mask with height and width swapped",
    "rotated-mask": "Mask turned or mirrored",
    "multichannel-mask": "Mask with colour channels",
    "non-binary-mask": "Mask with in-between values",
    "inverted-mask": "Mask inverted",
    "crack-in-negative": "Crack in a picture filed as crack-free",
    "empty-positive": "No crack in the mask of a cracked picture",
    "speckle": "Mask with specks",
    "fat-mask": "Mask wider than the crack",
    "duplicate": "Same picture twice",
    "near-duplicate": "Nearly the same picture twice",
    "split-leak": "One source photo in two parts of the split",
    "label-suspect": "Mask disagrees with the picture",
}
"""The kinds of finding in plain words."""

_FILES = ("picture", "mask")  # of a panel, as `write_panels` names them
_OUR_PANEL = re.compile(r"\d{5,}-\d\.(?:jpg|png)")


def write_gallery(
    folder: Path,
    *,
    root: Path,
    findings: Sequence[Finding],
    load: Callable[[Finding], Panels | None],
    progress: Callable[[Finding], None] | None = None,
    most: int = MOST,
    pictures: int | None = None,
) -> Path:
    """Write a page that works offline, from the folder it lies in, with all that it shows beside it.

    Parameters
    ----------
    folder : Path
        Where to write ``gallery.html`` and ``gallery/``; made if it is not there. What an earlier gallery
        left in it goes.
    root : Path
        The dataset's folder, to be named on the page.
    findings : sequence of Finding
        In the order in which to show them.
    load : callable
        Reads what there is to see of a finding; None, or a `CrackscopeError`, where nothing can be read.
    progress : callable, optional
        Called with each finding once its pictures are written.
    most : int
        Show no more findings than this; of each kind the first, and as evenly over the kinds as their
        numbers allow. The page says how many it leaves out.
    pictures : int, optional
        How many pictures the audit looked at, to be said on the page.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    CrackscopeError
        If a file cannot be written.
    """
    shown = _evenly(findings, most)
    panels_folder = folder / PANELS_FOLDER
    make_folder(panels_folder)
    cards = []
    for number, finding in enumerate(shown, start=1):
        cards.append(_card(finding, load, panels_folder, f"{number:05d}"))
        if progress is not None:
            progress(finding)
    left_out = Counter(finding.kind for finding in findings) - Counter(finding.kind for finding in shown)
    page = folder / GALLERY_FILE
    data = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "audit": _audit_id(root, findings),
        "folder": str(root),
        "panels": PANELS_FOLDER,
        "pictures": pictures,
        "total": len(findings),
        "certain": sum(finding.certain for finding in findings),
        "left_out": dict(left_out.most_common()),
        "kinds": KIND_WORDS,
        "findings": cards,
    }
    with whole_file(page) as temporary:
        temporary.write_text(data_page(files(__package__) / "page", "gallery", data), "utf-8")
    kept = {panel.get(name) for card in cards for panel in card["panels"] for name in _FILES}
    remove_older(panels_folder, _OUR_PANEL, kept=kept)
    return page


def _card(
    finding: Finding, load: Callable[[Finding], Panels | None], folder: Path, stem: str
) -> dict[str, Any]:
    """Write a finding's pictures and say what its card shows."""
    card = {**finding.to_document(), "key": finding.key, "panels": []}
    try:
        panels = load(finding)
    except CrackscopeError as error:
        return {**card, "problem": str(error)}
    return card if panels is None else {**card, "panels": write_panels(panels, folder, stem)}


def _evenly(findings: Sequence[Finding], most: int) -> list[Finding]:
    """Take the first findings of each kind, as many of each as there is room for."""
    if most < 1:
        raise ValueError(f"a gallery of {most} findings shows nothing")
    counts = Counter(finding.kind for finding in findings)
    room, left = {}, most
    for done, (kind, count) in enumerate(sorted(counts.items(), key=lambda each: (each[1], each[0]))):
        room[kind] = min(count, left // (len(counts) - done))
        left -= room[kind]
    shown = []
    for finding in findings:
        if room[finding.kind] > 0:
            room[finding.kind] -= 1
            shown.append(finding)
    return shown


def _audit_id(root: Path, findings: Sequence[Finding]) -> str:
    """Tell this audit's choices from another's, also in a browser that keeps both under one address."""
    keys = json.dumps([str(root), *sorted(finding.key for finding in findings)])
    return hashlib.sha256(keys.encode("ascii")).hexdigest()[:16]
