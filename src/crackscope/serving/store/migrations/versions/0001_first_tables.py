"""The first tables: inspections, their corrections, jobs, keys and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.Column("last_used_at", _TIME),
        sa.Column("rate_per_minute", sa.Integer()),
        sa.CheckConstraint("rate_per_minute >= 1", name=op.f("ck_keys_rate_per_minute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    _make_inspections()
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("inspection_id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("crack", sa.Integer()),
        sa.Column("polygon", sa.JSON()),
        sa.Column("note", sa.Text()),
        sa.CheckConstraint("kind IN ('accept', 'reject', 'missed')", name=op.f("ck_corrections_kind")),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_corrections_inspection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["owner"], ["keys.id"], name=op.f("fk_corrections_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    _index("corrections", "inspection_id", "created_at", "id")
    _make_jobs()
    op.create_table(
        "audit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.ForeignKeyConstraint(["owner"], ["keys.id"], name=op.f("fk_audit_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    _index("audit", "at", "id")


def downgrade() -> None:
    """Drop the tables, and what is in them."""
    for table in ("audit", "job_items", "jobs", "corrections", "inspections", "keys"):
        op.drop_table(table)


def _make_inspections() -> None:
    op.create_table(
        "inspections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("photo_name", sa.Text(), nullable=False),
        sa.Column("photo_height_px", sa.Integer(), nullable=False),
        sa.Column("photo_width_px", sa.Integer(), nullable=False),
        sa.Column("photo_sha256", sa.Text()),
        sa.Column("photo_media_type", sa.Text()),
        sa.Column("document_sha256", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Double()),
        sa.Column("crack_count", sa.Integer(), nullable=False),
        sa.Column("longest_px", sa.Double()),
        sa.Column("longest_mm", sa.Double()),
        sa.Column("widest_px", sa.Double()),
        sa.Column("widest_mm", sa.Double()),
        sa.Column("total_length_px", sa.Double(), nullable=False),
        sa.Column("total_length_mm", sa.Double()),
        sa.Column("severity", sa.Text()),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("scale_mm_per_px", sa.Double()),
        sa.Column("taken_at", sa.Text()),
        sa.CheckConstraint("crack_count >= 0", name=op.f("ck_inspections_crack_count")),
        sa.ForeignKeyConstraint(["owner"], ["keys.id"], name=op.f("fk_inspections_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
    )
    _index("inspections", "created_at", "id")
    for first in ("owner", "asset", "verdict", "severity"):
        _index("inspections", first, "created_at", "id")
    _index("inspections", "photo_sha256")
    _index("inspections", "document_sha256")


def _make_jobs() -> None:
    states = "state IN ('waiting', 'running', 'done', 'failed')"
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("finished_at", _TIME),
        sa.CheckConstraint(
            "done >= 0 AND failed >= 0 AND done + failed <= total", name=op.f("ck_jobs_counts")
        ),
        sa.CheckConstraint(states, name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(["owner"], ["keys.id"], name=op.f("fk_jobs_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    _index("jobs", "owner", "created_at", "id")
    _index("jobs", "state", "created_at", "id")
    op.create_table(
        "job_items",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("photo_sha256", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("inspection_id", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint(states, name=op.f("ck_job_items_state")),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_job_items_inspection_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_items_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_job_items")),
    )
    _index("job_items", "job_id", "state", "position")
    _index("job_items", "photo_sha256")
    _index("job_items", "inspection_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
