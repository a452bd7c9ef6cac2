"""Looks at every row and every blob of a store, and mends what can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from sqlalchemy import delete, select, text, tuple_, update

from crackscope.errors import StoreError, StoreUnavailableError
from crackscope.serving.store.check_report import CheckReport, FindingKind, StoreFinding
from crackscope.serving.store.database import SQLITE
from crackscope.serving.store.job_ending import end_item
from crackscope.serving.store.room import Room, is_named
from crackscope.serving.store.tables import RUNNING, WAITING, InspectionRow, JobItemRow

_BATCH = 500
_Row = TypeVar("_Row", InspectionRow, JobItemRow)


class Checking(Room):
    """The part of a store that finds out whether all of it is there."""

    def check(self, *, repair: bool) -> CheckReport:
        """Read every blob and every row, and compare them.

        A server may be at work meanwhile: what it adds is not touched. A job that is just being handed over
        may be refused, if `repair` deletes its photos before its rows are there.

        Parameters
        ----------
        repair : bool
            Delete orphans, leftovers, and inspections whose document is lost; forget photos that are lost;
            end photos of jobs that are lost as failed.

        Returns
        -------
        CheckReport

        Raises
        ------
        StoreUnavailableError
            If the database or the blobs do not answer; what was mended before stays mended.
        """
        sound, damaged = self._blobs_by_state()
        findings = [*self._database_findings()]
        inspections = 0
        for row in self._rows(InspectionRow):
            inspections += 1
            findings += self._inspection_findings(row, sound, repair=repair)
        for item in self._rows(JobItemRow):
            findings += self._item_findings(item, sound, repair=repair)
        for name in sorted(sound | damaged):
            findings += self._orphan_findings(name, repair=repair)
        for path in sorted(self.blobs.leftovers()):
            if repair:
                self.blobs.delete_leftover(path)
            findings.append(
                _finding("leftover", path, "was being written when its writer died", "deleted", repair)
            )
        return CheckReport(inspections, len(sound | damaged), tuple(findings))

    def _blobs_by_state(self) -> tuple[set[str], set[str]]:
        sound: set[str] = set()
        damaged: set[str] = set()
        for name in self.blobs.names():
            (sound if self._is_sound(name) else damaged).add(name)
        return sound, damaged

    def _is_sound(self, name: str) -> bool:
        try:
            self.blobs.get(name)
        except StoreUnavailableError:
            raise
        except StoreError:
            return False
        return True

    def _database_findings(self) -> Iterator[StoreFinding]:
        if self.database.kind != SQLITE:
            return
        with self.database.reading() as session:
            answers = session.scalars(text("PRAGMA quick_check(10)")).all()
        for answer in answers:
            if answer != "ok":
                yield _finding(
                    "database", self.database.place, f"is damaged ({answer}); restore a backup", "", False
                )

    def _inspection_findings(
        self, row: InspectionRow, sound: set[str], *, repair: bool
    ) -> Iterator[StoreFinding]:
        if self._is_lost(row.document_sha256, sound):
            if repair:
                with self.database.writing() as session:
                    session.execute(delete(InspectionRow).where(InspectionRow.id == row.id))
                self.release([row.document_sha256, row.photo_sha256])
            what = f"lost its document (photo {row.photo_name!a})"
            yield _finding("document lost", row.id, what, "the inspection was deleted", repair)
        elif row.photo_sha256 is not None and self._is_lost(row.photo_sha256, sound):
            if repair:
                with self.database.writing() as session:
                    session.execute(
                        update(InspectionRow).where(InspectionRow.id == row.id).values(photo_sha256=None)
                    )
                self.release([row.photo_sha256])
            what = f"lost its photo ({row.photo_name!a})"
            yield _finding("photo lost", row.id, what, "the inspection stays without it", repair)

    def _item_findings(self, row: JobItemRow, sound: set[str], *, repair: bool) -> Iterator[StoreFinding]:
        if row.photo_sha256 is None or not self._is_lost(row.photo_sha256, sound):
            return
        if repair:
            reason = f"{row.name}: the photo was lost before it was inspected; send it again."
            states = (WAITING, RUNNING)
            with self.database.writing() as session:
                item = (row.job_id, row.position)
                freed = end_item(session, item, at=self.clock(), reason=reason, states=states)
            self.release([freed])
        name = f"{row.job_id}/{row.position}"
        what = f"lost its photo ({row.name!a}) before it was inspected"
        yield _finding("waiting photo lost", name, what, "it counts as failed", repair)

    def _orphan_findings(self, name: str, *, repair: bool) -> Iterator[StoreFinding]:
        with self.database.reading() as session:
            if is_named(session, name):
                return
        if not self.blobs.has(name) or (repair and not self.delete_unnamed(name)):
            return  # deleted, or named, meanwhile
        yield _finding("orphan", name, "belongs to nothing", "deleted", repair)

    def _is_lost(self, name: str, sound: set[str]) -> bool:
        """Whether a blob is missing or damaged; one that was put after they were listed is looked at now."""
        return name not in sound and not self._is_sound(name)

    def _rows(self, table: type[_Row]) -> Iterator[_Row]:
        """Read all rows, some at a time, so that no transaction stays open while blobs are looked at."""
        columns = list(table.__mapper__.primary_key)
        question = select(table).order_by(*columns).limit(_BATCH)
        after: tuple[object, ...] | None = None
        while True:
            this = question if after is None else question.where(tuple_(*columns) > after)
            with self.database.reading() as session:
                rows = session.scalars(this).all()
            yield from rows
            if len(rows) < _BATCH:
                return
            after = tuple(getattr(rows[-1], column.name) for column in columns)


def _finding(kind: FindingKind, name: str, what: str, done: str, repaired: bool) -> StoreFinding:
    return StoreFinding(kind, name, f"{name}: {what}{f'; {done}' if repaired else ''}.", repaired)
