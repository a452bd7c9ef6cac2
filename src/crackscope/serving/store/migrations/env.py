"""Alembic loads this file to run migrations; `crackscope.serving.store.migrate` hands over the connection."""

from __future__ import annotations

from alembic import context

from crackscope.serving.store.tables import Base


def _run() -> None:
    context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
    context.run_migrations()  # in the transaction that the caller has open


if hasattr(context, "config"):  # it has none where a tool imports this file to look at it
    _run()
