"""What a split is dealt from: the pictures that can be used, and which of them belong together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crackscope.datasets.audit.common_findings import Listed
from crackscope.datasets.audit.result import Audit, below
from crackscope.datasets.entry import Entry
from crackscope.datasets.find import to_sample
from crackscope.datasets.groups import groups_of
from crackscope.datasets.layouts import Listing
from crackscope.datasets.reading import read_mask, read_picture
from crackscope.datasets.sample import Sample
from crackscope.datasets.sources import source_photo
from crackscope.datasets.width_bands import Shown
from crackscope.errors import CrackscopeError, DatasetError

_DOUBTED = {"unreadable", "size-mismatch", "transposed-mask", "rotated-mask"}
_FEW = 3


@dataclass(frozen=True, slots=True)
class Pool:
    """Pictures to be dealt into parts.

    Parameters
    ----------
    samples : tuple of Sample
        Sorted; each names its group.
    shown : mapping of Path to Shown
        What each picture's mask shows, by the picture's path.
    left_out : tuple of str
        A sentence for each picture that cannot be used, or for a folder of which none can.
    """

    samples: tuple[Sample, ...]
    shown: Mapping[Path, Shown]
    left_out: tuple[str, ...]

    @property
    def groups(self) -> set[str]:
        """Names of all groups."""
        return {sample.together for sample in self.samples}

    @property
    def unmasked_cracks(self) -> int:
        """Number of cracked pictures without a mask, of which only classifiers learn."""
        return sum(sample.unmasked_crack for sample in self.samples)

    @property
    def joined(self) -> int:
        """Number of groups that hold several source photos, because these show the same."""
        sources = {(sample.together, sample.source) for sample in self.samples}
        return sum(count > 1 for count in Counter(group for group, _ in sources).values())


def join_listings(listings: Sequence[Listing]) -> Listing:
    """Make one listing of several, to be audited as one, so that pictures are compared across datasets.

    Raises
    ------
    DatasetError
        If something in one of them has to be put right first, or two sets have one name.
    """
    homes: dict[str, Path] = {}
    entries: dict[tuple[Path | None, Path], Entry] = {}
    for listing in listings:
        if listing.notes:
            raise DatasetError(listing.notes[0])
        for entry in listing.entries:
            first = homes.setdefault(entry.set_name, entry.home)
            if first != entry.home:
                raise DatasetError(
                    f"{entry.home}: a second set named {entry.set_name} after {first}; rename it."
                )
            entries.setdefault((entry.image, entry.path), entry)
    try:
        root = Path(os.path.commonpath([listing.root for listing in listings]))
    except ValueError:  # several drives of Windows
        root = listings[0].root
    layouts = tuple(dict.fromkeys(name for listing in listings for name in listing.layouts))
    return Listing(root, tuple(sorted(entries.values(), key=lambda each: each.path)), layouts, ())


def pool_of(listings: Sequence[Listing], audit: Audit) -> Pool:
    """Gather what can be used, and join what must not be parted.

    Together stay pictures of one source photo, also where two sets are named as the halves of one
    (walls_train and walls_test), and pictures that the audit found to be or to show the same, also by way of
    a third. A group is named by the first of its sources.

    Parameters
    ----------
    listings : sequence of Listing
    audit : Audit
        Of `join_listings` of them.

    Returns
    -------
    Pool

    Raises
    ------
    DatasetError
        If no picture is left.
    """
    names: dict[Path, str] = {}
    samples: dict[Path, Sample] = {}
    truthless: list[Entry] = []
    for listing in listings:
        for entry in listing.entries:
            if entry.image is None or entry.image in names:
                continue
            names[entry.image] = below(entry.image, audit.root)
            if sample := to_sample(entry, folder=listing.root):
                samples[entry.image] = sample
            else:
                truthless.append(entry)
    left_out = list(_without_truth(truthless, names))
    doubted = {finding.picture or finding.path for finding in audit.findings if finding.kind in _DOUBTED}
    shown: dict[Path, Shown] = {}
    for image, sample in samples.items():
        width_px = audit.widths_px.get(names[image])
        try:
            shown[image] = _shown(sample, width_px, doubted=names[image] in doubted)
        except CrackscopeError as error:
            left_out.append(str(error))
    if not shown:
        first = f"; the first: {left_out[0]}" if left_out else "."
        raise DatasetError(f"{audit.root}: no picture can be used for training or testing{first}")
    groups = _groups(samples.values(), names, audit)
    kept = sorted(replace(samples[image], group=groups[samples[image].source]) for image in shown)
    return Pool(tuple(kept), shown, tuple(left_out))


def _without_truth(entries: Iterable[Entry], names: Iterable[Path]) -> Iterator[str]:
    """Name pictures without truth; a folder that holds nothing else is named as a whole."""
    present = Counter(image.parent for image in names)
    by_folder: dict[Path, list[Path]] = {}
    for entry in entries:
        assert entry.image is not None
        by_folder.setdefault(entry.image.parent, []).append(entry.image)
    for folder, images in by_folder.items():
        if len(images) > _FEW and len(images) == present[folder]:
            yield (
                f"{folder}: none of its {len(images):,} pictures has a mask or is known to be crack-free;"
                " they are left out until they have."
            )
        else:
            for image in images:
                yield f"{image}: has no mask and is not known to be crack-free; add one to have it used."


def _shown(sample: Sample, width_px: float | None, *, doubted: bool) -> Shown:
    """Tell what a mask shows; it is read where the audit does not say it, or doubts the files.

    Raises
    ------
    CrackscopeError
        If they cannot be read.
    """
    named = Shown(
        sample.mask is not None or sample.unmasked_crack, width_px, masked=not sample.unmasked_crack
    )
    if not doubted and (sample.mask is None or width_px is not None):
        return named
    height, width = read_picture(sample).shape[:2]
    if sample.mask is None:
        return named
    cracked = bool(read_mask(sample, height=height, width=width).any())
    return Shown(cracked, width_px if cracked else None)


def _groups(samples: Iterable[Sample], names: Mapping[Path, str], audit: Audit) -> dict[str, str]:
    """Find the group of each source."""
    photo, family, picture = "photo:", "family:", "picture:"
    pairs: list[tuple[str, str]] = [(picture + one, picture + other) for one, other in audit.alike]
    sources: set[str] = set()
    for sample in samples:
        sources.add(sample.source)
        pairs.append((photo + sample.source, picture + names[sample.image]))
        stem = sample.image.stem
        listed = Listed(names[sample.image], sample.set_name, stem, None, "", None)
        wider = source_photo(stem, set_name=listed.family)
        if wider != f"{listed.family}/{stem}":  # the name follows a rule, so it tells the photo
            pairs.append((photo + sample.source, family + wider))
    found: dict[str, str] = {}
    for members in groups_of(pairs):
        own = [name.removeprefix(photo) for name in members if name.startswith(photo)]
        found |= dict.fromkeys(own, min(own, default=""))
    return found
