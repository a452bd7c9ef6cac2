"""The tables of a store. `migrations` builds them; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
ACCEPT, REJECT, MISSED = "accept", "reject", "missed"
STATES = (WAITING, RUNNING, DONE, FAILED)
KINDS = (ACCEPT, REJECT, MISSED)


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC; SQLite has no time zones, and its texts sort only if all have the same."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what Python holds into what the database keeps."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the database keeps into what Python holds."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Base(DeclarativeBase):
    """What all tables share: names of constraints, and the database's type for each of Python's."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: Integer(),
        float: Double(),
        datetime: UtcTime(),
    }


class KeyRow(Base):
    """A key that opens the service; revoked ones stay, because rows name them as owner."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    hash: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    rate_per_minute: Mapped[int | None]

    __table_args__ = (CheckConstraint("rate_per_minute >= 1", name="rate_per_minute"),)


class InspectionRow(Base):
    """The figures of one inspection; the whole of it is the blob `document_sha256`."""

    __tablename__ = "inspections"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(ForeignKey("keys.id"))
    asset: Mapped[str | None]
    photo_name: Mapped[str]
    photo_height_px: Mapped[int]
    photo_width_px: Mapped[int]
    photo_sha256: Mapped[str | None]
    photo_media_type: Mapped[str | None]
    document_sha256: Mapped[str]
    verdict: Mapped[str]
    coverage: Mapped[float | None]
    crack_count: Mapped[int]
    longest_px: Mapped[float | None]
    longest_mm: Mapped[float | None]
    widest_px: Mapped[float | None]
    widest_mm: Mapped[float | None]
    total_length_px: Mapped[float]
    total_length_mm: Mapped[float | None]
    severity: Mapped[str | None]
    model_name: Mapped[str]
    scale_mm_per_px: Mapped[float | None]
    taken_at: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("crack_count >= 0", name="crack_count"),
        Index(None, "created_at", "id"),
        Index(None, "owner", "created_at", "id"),
        Index(None, "asset", "created_at", "id"),
        Index(None, "verdict", "created_at", "id"),
        Index(None, "severity", "created_at", "id"),
        Index(None, "photo_sha256"),
        Index(None, "document_sha256"),
    )


class CorrectionRow(Base):
    """What somebody said of one crack of an inspection, or of one that it missed."""

    __tablename__ = "corrections"

    id: Mapped[str] = mapped_column(primary_key=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(ForeignKey("keys.id"))
    kind: Mapped[str]
    crack: Mapped[int | None]
    polygon: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))
    note: Mapped[str | None]

    __table_args__ = (_one_of("kind", KINDS), Index(None, "inspection_id", "created_at", "id"))


class JobRow(Base):
    """Many photos handed over at once, to be inspected one by one."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(ForeignKey("keys.id"))
    state: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON())
    total: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        _one_of("state", STATES),
        CheckConstraint("done >= 0 AND failed >= 0 AND done + failed <= total", name="counts"),
        Index(None, "owner", "created_at", "id"),
        Index(None, "state", "created_at", "id"),
    )


class JobItemRow(Base):
    """One photo of a job; its content is a blob until it is done with."""

    __tablename__ = "job_items"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    photo_sha256: Mapped[str | None]
    state: Mapped[str]
    inspection_id: Mapped[str | None] = mapped_column(ForeignKey("inspections.id", ondelete="SET NULL"))
    reason: Mapped[str | None]

    __table_args__ = (
        _one_of("state", STATES),
        Index(None, "job_id", "state", "position"),
        Index(None, "photo_sha256"),
        Index(None, "inspection_id"),
    )


class AuditRow(Base):
    """Who did what to what."""

    __tablename__ = "audit"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(ForeignKey("keys.id"))
    action: Mapped[str]
    target: Mapped[str | None]
    detail: Mapped[str | None]

    __table_args__ = (Index(None, "at", "id"),)
