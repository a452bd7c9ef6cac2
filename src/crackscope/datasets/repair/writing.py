"""Write what was decided about an entry, and say what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal

from crackscope.datasets.audit.entry_findings import SUFFIX_OF_FORMAT, misnamed
from crackscope.datasets.audit.result import below
from crackscope.datasets.convert.pairs_writer import PairsPlaces, mask_png
from crackscope.datasets.convert.writer import write_file
from crackscope.datasets.entry import Entry
from crackscope.datasets.file_hash import file_sha256
from crackscope.datasets.mask_source import MaskFile, MaskSizeError
from crackscope.datasets.repair.cleaning import Cleaning
from crackscope.datasets.repair.mending import NOISE_KINDS, Mended, mended_mask
from crackscope.datasets.repair.plan import Decision
from crackscope.errors import DatasetError, PhotoError
from crackscope.imaging.photo import Photo, printable

QUARANTINE = "quarantine"
Action = Literal["mended", "rewritten", "moved", "set-aside", "left-out"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not in the new dataset as it was in the old.

    Parameters
    ----------
    path : str
        Of the file, below the old dataset's folder.
    action : str
        ``"mended"`` as findings say; ``"rewritten"`` with the same content in another form; ``"moved"``,
        bytes unchanged; ``"set-aside"`` in quarantine; ``"left-out"``.
    why : str
        For people.
    kinds : tuple of str
        Of the findings that it was done for.
    to : str, optional
        Where it is now, below the new dataset's folder.
    sha256_before, sha256_after : str, optional
        Of the old and the new file.
    """

    path: str
    action: Action
    why: str
    kinds: tuple[str, ...] = ()
    to: str | None = None
    sha256_before: str | None = None
    sha256_after: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain JSON values."""
        return {
            "path": self.path,
            "action": self.action,
            "kinds": list(self.kinds),
            "why": self.why,
            "to": self.to,
            "sha256_before": self.sha256_before,
            "sha256_after": self.sha256_after,
        }


class RepairWriter:
    """Writes entries into a new dataset of paired folders, and what is of no use into quarantine.

    Parameters
    ----------
    root, folder : Path
        Of the old and of the new dataset.
    cleaning : Cleaning
    class_homes : collection of Path
        Folders of the sets of which only the class of a picture is known; they keep their class folders.
    """

    def __init__(self, root: Path, folder: Path, cleaning: Cleaning, class_homes: Collection[Path]) -> None:
        self._root, self._folder = root, folder
        self._cleaning = cleaning
        self._class_homes = class_homes
        self._places = PairsPlaces()
        self.kept = 0  # pictures in the new dataset

    def write(self, decision: Decision) -> Iterator[Change]:
        """Write one entry.

        Yields
        ------
        Change
            One for each file that changed.
        """
        entry = decision.entry
        if decision.set_aside is not None and not self._speckles_alone(decision):
            reason = decision.set_aside
            yield from self._set_aside(entry, reason.kind, reason.detail)
            return
        assert entry.image is not None
        try:
            photo = Photo.open(entry.image)
            mended = self._mended(decision, photo)
        except (PhotoError, DatasetError) as error:
            kind = "size-mismatch" if isinstance(error, MaskSizeError) else "unreadable"
            yield from self._set_aside(entry, kind, str(error))
            return
        yield from self._keep(decision, photo, mended)

    def _mended(self, decision: Decision, photo: Photo) -> Mended | None:
        if decision.entry.mask is None:
            return None
        return mended_mask(
            decision.entry,
            decision.findings,
            height=photo.height,
            width=photo.width,
            cleaning=self._cleaning,
        )

    def _speckles_alone(self, decision: Decision) -> bool:
        """Whether a crack-free picture's mask shows noise and no crack, so that cleaning it is enough."""
        entry, finding = decision.entry, decision.set_aside
        noisy = any(each.kind in NOISE_KINDS for each in decision.findings)
        if finding is None or finding.kind != "crack-in-negative" or not noisy or entry.image is None:
            return False
        try:
            mended = self._mended(decision, Photo.open(entry.image))
        except (PhotoError, DatasetError):
            return False
        return mended is not None and not mended.mask.any()

    def _keep(self, decision: Decision, photo: Photo, mended: Mended | None) -> Iterator[Change]:
        entry = decision.entry
        assert entry.image is not None
        name = entry.image.name
        kind = photo.metadata.format or ""
        wrong_name = misnamed(entry.image, kind)
        if wrong_name:
            name = entry.image.with_suffix(SUFFIX_OF_FORMAT[kind]).name
        if mended is None and entry.home in self._class_homes:
            place, mask_place = self._places.take_in_class(entry, name), None
        else:
            crack_free = entry.cracked is False and (mended is None or not mended.mask.any())
            place, mask_place = self._places.take(entry, name, masked=not crack_free)
        yield from self._copied(
            entry.image,
            place,
            wrong_name or "lies in the usual folders now",
            ("unreadable",) * bool(wrong_name),
        )
        if mask_place is not None and mended is not None:
            yield from self._mask_written(decision, mended, mask_place)
        elif entry.mask is not None:
            why = "the picture is crack-free, as its folder says, and needs no mask"
            before = file_sha256(entry.mask.path)
            yield Change(below(entry.mask.path, self._root), "left-out", why, sha256_before=before)

    def _copied(self, path: Path, place: PurePath, why: str, kinds: tuple[str, ...]) -> Iterator[Change]:
        """Copy a picture byte for byte."""
        data = path.read_bytes()
        write_file(self._folder / place, data)
        self.kept += 1
        shown = below(path, self._root)
        if shown != _shown(place):
            digest = _sha256(data)
            yield Change(shown, "moved", why, kinds, _shown(place), digest, digest)

    def _mask_written(self, decision: Decision, mended: Mended, place: PurePath) -> Iterator[Change]:
        source = decision.entry.mask
        assert source is not None
        shown = below(source.path, self._root)
        before = source.path.read_bytes() if isinstance(source, MaskFile) else None
        data = before if before is not None and mended.as_stored else mask_png(mended.mask)
        write_file(self._folder / place, data)
        kinds = tuple(sorted({finding.kind for finding in decision.findings}))
        why = "; ".join(finding.detail for finding in decision.findings)
        hashes = (_sha256(before) if before is not None else None, _sha256(data))
        if kinds:
            yield Change(shown, "mended", why, kinds, _shown(place), *hashes)
        elif not mended.as_stored:
            why = "is one grey channel of 0 and 255 now"
            yield Change(shown, "rewritten", why, (), _shown(place), *hashes)
        elif shown != _shown(place):
            yield Change(shown, "moved", "lies in the usual folders now", (), _shown(place), *hashes)

    def _set_aside(self, entry: Entry, kind: str, why: str) -> Iterator[Change]:
        """Copy an entry's files into quarantine, under names that no layout takes for a dataset."""
        mask = entry.mask.path if isinstance(entry.mask, MaskFile) else None
        if entry.mask is not None and mask is None:
            yield Change(below(entry.mask.path, self._root), "left-out", why, (kind,))
        for path in (entry.image, mask):
            if path is None:
                continue
            shown = below(path, self._root)
            try:
                data = path.read_bytes() if path.is_file() else None  # reading a pipe waits for ever
            except OSError:
                data = None
            if data is None:
                yield Change(shown, "left-out", f"{why} It cannot be copied.", (kind,))
                continue
            place = PurePath(QUARANTINE, kind, shown.replace("/", "~"))
            write_file(self._folder / place, data)
            digest = _sha256(data)
            yield Change(shown, "set-aside", why, (kind,), _shown(place), digest, digest)


def _shown(place: PurePath) -> str:
    return printable(place.as_posix())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
