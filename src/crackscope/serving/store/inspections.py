"""Keeps inspections, and finds them again."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select, tuple_

from crackscope.errors import CrackscopeError, StoreError
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspection_json import from_document, to_line
from crackscope.serving.store.cursor import Place, from_cursor, to_cursor
from crackscope.serving.store.ids import new_id
from crackscope.serving.store.job import ItemKey
from crackscope.serving.store.job_ending import end_item
from crackscope.serving.store.room import Room, not_found, require_id, seen_by
from crackscope.serving.store.stored import Page, Stored, stored_from, stored_of
from crackscope.serving.store.tables import InspectionRow
from crackscope.serving.store.texts import checked_limit, checked_name, keepable

MAX_PAGE = 500


class Inspections(Room):
    """The part of a store that keeps inspections.

    Everywhere, ``owner`` is the id of the key that asks: only its own inspections exist for it. None stands
    for a server without keys, and sees all. All methods raise `StoreUnavailableError` while the database or
    the blobs do not answer.
    """

    def add(
        self,
        inspection: Inspection,
        *,
        photo: bytes | None,
        media_type: str | None,
        asset: str | None,
        owner: str | None,
        item: ItemKey | None = None,
    ) -> Stored:
        """Keep an inspection; when this returns, it outlives the process and a power cut.

        Parameters
        ----------
        inspection : Inspection
        photo : bytes, optional
            The photo's file, where it is to be kept.
        media_type : str, optional
            Of the photo.
        asset : str, optional
            What the photo shows, as its owner calls it.
        owner : str, optional
        item : (str, int), optional
            Job and position of the job's item that this is the result of; it ends as done with the same
            commit, so that a restart inspects no photo twice.

        Returns
        -------
        Stored

        Raises
        ------
        StoreError
            If the asset's name cannot be kept, or the item is not running.
        """
        if asset is not None:
            checked_name(asset, "asset")
        document = to_line(inspection)
        at = self.clock()
        stored = stored_of(
            inspection,
            id=new_id(at),
            created_at=at,
            owner=owner,
            asset=asset,
            photo_sha256=None if photo is None else self.blobs.put(photo),
            media_type=media_type,
            document_sha256=self.blobs.put(document),
        )
        with self.database.writing() as session:
            self.database.keep_blobs(session)
            for content in (photo, document):  # a delete or a check may have swept them away meanwhile
                if content is not None:
                    self.blobs.put(content)
            session.add(InspectionRow(**asdict(stored)))
            session.flush()
            freed = None if item is None else end_item(session, item, at=at, inspection_id=stored.id)
        self.release([freed])
        return stored

    def get(self, id: str, *, owner: str | None) -> Stored:
        """Return an inspection's row.

        Raises
        ------
        NotFoundError
            If there is none with this id, or it is another owner's.
        """
        require_id(id, "inspection")
        with self.database.reading() as session:
            row = session.scalar(
                select(InspectionRow).where(InspectionRow.id == id, *seen_by(owner, InspectionRow.owner))
            )
            if row is None:
                raise not_found("inspection", id)
            return stored_from(row)

    def inspection(self, stored: Stored) -> Inspection:
        """Return the whole of an inspection, as it was added.

        Raises
        ------
        StoreError
            If its document was deleted meanwhile, is missing or damaged.
        """
        content = self.blobs.get(stored.document_sha256)
        try:
            return from_document(json.loads(content))
        except (ValueError, RecursionError, CrackscopeError) as error:
            raise StoreError(f"inspection {stored.id}: its document cannot be read ({error})") from error

    def photo(self, stored: Stored) -> bytes | None:
        """Return the photo's file; None where it is not kept.

        Raises
        ------
        StoreError
            If it was deleted meanwhile, is missing or damaged.
        """
        return None if stored.photo_sha256 is None else self.blobs.get(stored.photo_sha256)

    def delete(self, id: str, *, owner: str | None) -> None:
        """Delete an inspection, its corrections, and its photo and document where no other row names them.

        Raises
        ------
        NotFoundError
            If there is none with this id, or it is another owner's.
        """
        require_id(id, "inspection")
        with self.database.writing() as session:
            gone = session.execute(
                delete(InspectionRow)
                .where(InspectionRow.id == id, *seen_by(owner, InspectionRow.owner))
                .returning(InspectionRow.photo_sha256, InspectionRow.document_sha256)
            ).one_or_none()
        if gone is None:
            raise not_found("inspection", id)
        self.release(gone)

    def find(
        self,
        *,
        owner: str | None,
        asset: str | None = None,
        verdict: str | None = None,
        severity: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Find inspections, the newest first.

        Pages do not shift while inspections are added or deleted: a page begins after the last row of the
        one before.

        Parameters
        ----------
        owner : str, optional
        asset, verdict, severity : str, optional
            Exactly as kept.
        since, until : datetime, optional
            When added: from `since` on, and before `until`; with a time zone.
        cursor : str, optional
            `Page.next_cursor` of the page before, for the same search.
        limit : int
            Rows of a page, 1 to `MAX_PAGE`.

        Returns
        -------
        Page

        Raises
        ------
        StoreError
            If the cursor is not of this search, the limit out of range, or a time without zone.
        """
        checked_limit(limit, MAX_PAGE)
        conditions = list(seen_by(owner, InspectionRow.owner))
        for column, value in (
            (InspectionRow.asset, asset),
            (InspectionRow.verdict, verdict),
            (InspectionRow.severity, severity),
        ):
            if value is not None:
                conditions.append(column == keepable(value))
        if since is not None:
            conditions.append(InspectionRow.created_at >= _with_zone(since, "since"))
        if until is not None:
            conditions.append(InspectionRow.created_at < _with_zone(until, "until"))
        question = repr((owner, asset, verdict, severity, since, until))
        if cursor is not None:
            conditions.append(_before(from_cursor(cursor, question)))
        order = (InspectionRow.created_at.desc(), InspectionRow.id.desc())
        with self.database.reading() as session:
            rows = session.scalars(select(InspectionRow).where(*conditions).order_by(*order).limit(limit + 1))
            items = tuple(stored_from(row) for row in rows)
        if len(items) <= limit:
            return Page(items, None)
        last = items[limit - 1]
        return Page(items[:limit], to_cursor(Place(last.created_at, last.id), question))

    def history(self, asset: str, *, owner: str | None) -> tuple[Stored, ...]:
        """Return all inspections of an asset, the oldest first; empty where there are none."""
        order = (InspectionRow.created_at, InspectionRow.id)
        conditions = (InspectionRow.asset == keepable(asset), *seen_by(owner, InspectionRow.owner))
        with self.database.reading() as session:
            rows = session.scalars(select(InspectionRow).where(*conditions).order_by(*order))
            return tuple(stored_from(row) for row in rows)

    def assets(self, *, owner: str | None) -> tuple[str, ...]:
        """Return the names of all assets, sorted."""
        conditions = (InspectionRow.asset.is_not(None), *seen_by(owner, InspectionRow.owner))
        with self.database.reading() as session:
            names = session.scalars(select(InspectionRow.asset).where(*conditions).distinct())
            return tuple(sorted(name for name in names if name is not None))  # databases sort each their way


def _before(place: Place) -> ColumnElement[bool]:
    return tuple_(InspectionRow.created_at, InspectionRow.id) < (place.created_at, place.id)


def _with_zone(at: datetime, what: str) -> datetime:
    if at.tzinfo is None:
        raise StoreError(f"{what} {at.isoformat()}: has no time zone; add one, such as Z for UTC.")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise StoreError(f"{what} {at.isoformat()}: is out of range; name a time of this era.") from None
