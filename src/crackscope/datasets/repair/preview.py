"""What there is to see of a finding: the picture, its mask as it is, and as repair would put it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crackscope.datasets.audit.panels import Panels
from crackscope.datasets.audit.result import Audit, below
from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import Finding
from crackscope.datasets.layouts import Listing
from crackscope.datasets.mask_source import MaskFile, read_mask_picture
from crackscope.datasets.repair.cleaning import Cleaning
from crackscope.datasets.repair.mending import MENDABLE_KINDS, mended_mask
from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.photo import Photo

Loader = Callable[[Finding], Panels | None]


def preview_loader(listing: Listing, audit: Audit, cleaning: Cleaning | None = None) -> Loader:
    """Make the function that reads the pictures of a finding.

    Parameters
    ----------
    listing : Listing
    audit : Audit
        Of this listing.
    cleaning : Cleaning, optional
        As repair would be given.

    Returns
    -------
    callable
        From a finding to its panels; None where nothing can be read.
    """
    by_name: dict[str, Entry] = {}
    for entry in listing.entries:
        for path in (entry.image, entry.mask.path if entry.mask else None):
            if path is not None:
                by_name.setdefault(below(path, listing.root), entry)
    by_picture: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        if finding.picture is not None and finding.kind in MENDABLE_KINDS:
            by_picture.setdefault(finding.picture, []).append(finding)

    def load(finding: Finding) -> Panels | None:
        entry = by_name.get(finding.picture or finding.mask or finding.path)
        other = by_name.get(finding.other) if finding.other else None
        if entry is None:
            return None
        before, mask = _picture(entry), _mask_as_it_is(entry)
        if before is None and mask is None:
            return None
        after = None
        if finding.kind in MENDABLE_KINDS and before is not None:
            mends = by_picture.get(finding.picture or "", [])
            after = _mended(entry, mends, before, cleaning or Cleaning())
        return Panels(
            before=before,
            before_mask=mask,
            after_mask=after,
            other=_picture(other) if other else None,
            other_mask=_mask_as_it_is(other) if other else None,
        )

    return load


def _picture(entry: Entry) -> RgbPixels | None:
    if entry.image is None:
        return None
    try:
        return Photo.open(entry.image).pixels
    except CrackscopeError:
        return None


def _mask_as_it_is(entry: Entry) -> BoolMask | None:
    """Read a mask whatever its size; None where there is none or it cannot be read."""
    try:
        if isinstance(entry.mask, MaskFile):
            return read_mask_picture(entry.mask.path).mask
        if entry.mask is not None and entry.image is not None:
            photo = Photo.open(entry.image)
            return entry.mask.read(height=photo.height, width=photo.width)
    except CrackscopeError:
        return None
    return None


def _mended(entry: Entry, findings: list[Finding], picture: RgbPixels, cleaning: Cleaning) -> BoolMask | None:
    if entry.mask is None:
        return None
    height, width = picture.shape[:2]
    try:
        mended = mended_mask(entry, findings, height=height, width=width, cleaning=cleaning)
    except CrackscopeError:
        return None
    return np.ascontiguousarray(mended.mask)
