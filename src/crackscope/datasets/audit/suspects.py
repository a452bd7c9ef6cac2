"""Labels with which a model disagrees strongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from crackscope.datasets.audit.result import below
from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import Finding
from crackscope.datasets.layouts import Listing
from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.photo import Photo

TOLERANCE_PX = 5
LEAST_PX = 50
MISSED_SHARE = 0.1
BEYOND_SHARE = 0.3
LEAST_BEYOND_PX = 200

See = Callable[[RgbPixels], BoolMask]


def label_suspects(
    listing: Listing, see: See, *, known: Sequence[Finding] = (), progress: Callable[[], None] = lambda: None
) -> Iterator[Finding]:
    """Compare labels with what a model sees.

    Parameters
    ----------
    listing : Listing
    see : callable
        From pixels, uint8 (H, W, 3), to the cracks that the model reports, bool (H, W).
    known : sequence of Finding
        Pictures of which these say that their mask lies turned or is inverted are passed over: the model must
        disagree there.
    progress : callable
        Called after each entry.

    Yields
    ------
    Finding
        Of the kind ``label-suspect``, about pictures.
    """
    spoilt = {
        finding.picture
        for finding in known
        if finding.kind in ("transposed-mask", "rotated-mask", "inverted-mask", "size-mismatch")
    }
    for entry in listing.entries:
        if entry.image is not None and below(entry.image, listing.root) not in spoilt:
            detail = _disagreement(entry, see)
            if detail is not None:
                picture = below(entry.image, listing.root)
                mask = below(entry.mask.path, listing.root) if entry.mask else None
                yield Finding(picture, "label-suspect", False, detail, picture=picture, mask=mask)
        progress()


def _disagreement(entry: Entry, see: See) -> str | None:
    if entry.image is None or (entry.mask is None and entry.cracked is None):
        return None
    try:
        photo = Photo.open(entry.image)
        truth = entry.mask.read(height=photo.height, width=photo.width) if entry.mask else None
    except CrackscopeError:  # said by other findings
        return None
    seen = see(photo.pixels)
    if truth is None and entry.cracked:
        return None if seen.any() else "is labelled cracked, but the model sees no crack"
    return disagreement(seen, np.zeros_like(seen) if truth is None else truth)


def disagreement(seen: BoolMask, truth: BoolMask) -> str | None:
    """Say how far a model's mask and a label's are apart, where they are very far; None otherwise.

    Parameters
    ----------
    seen, truth : bool array, shape (H, W)

    Examples
    --------
    >>> truth = np.zeros((40, 40), bool)
    >>> truth[10:12] = True
    >>> disagreement(truth, truth) is None, disagreement(truth[::-1], truth)
    (True, 'the model sees 0 % of the 80 px marked as crack, and 80 px elsewhere')
    """
    marked, found = int(truth.sum()), int(seen.sum())
    if marked == 0:
        return f"the model sees {found:,} px of crack where none is marked" if found >= LEAST_PX else None
    hit = float((truth & _widened(seen)).sum()) / marked
    right = int((seen & _widened(truth)).sum())
    beyond = found - right
    if marked >= LEAST_PX and hit <= MISSED_SHARE:
        elsewhere = f", and {beyond:,} px elsewhere" if beyond else ""
        return f"the model sees {hit:.0%} of the {marked:,} px marked as crack{elsewhere}".replace("%", " %")
    if beyond >= max(LEAST_BEYOND_PX, marked) and right <= BEYOND_SHARE * found:
        return f"the model sees {beyond:,} px of crack away from the {marked:,} px marked"
    return None


def _widened(mask: BoolMask) -> BoolMask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * TOLERANCE_PX + 1, 2 * TOLERANCE_PX + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc), np.bool_)
