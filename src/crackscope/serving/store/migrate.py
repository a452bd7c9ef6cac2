"""Brings a store's tables up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from crackscope.errors import StoreError
from crackscope.serving.store.database import POSTGRESQL, Database

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATIONS_LOCK = 0x637261636B02


def migrate(database: Database) -> None:
    """Run the migrations that a database has not seen, all or none of them.

    Parameters
    ----------
    database : Database

    Raises
    ------
    StoreError
        If a newer crackscope made the database, or another program's tables are in it.
    StoreUnavailableError
        If the database does not answer.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with database.connection() as connection:
        if database.kind == POSTGRESQL:  # servers that start together must not migrate together
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATIONS_LOCK})
        current = MigrationContext.configure(connection).get_current_heads()
        if current == (head,):
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if not known.issuperset(current):
            raise StoreError(
                f"{database.place}: has tables of version {', '.join(current)}, this crackscope knows up to "
                f"{head}; upgrade crackscope, or name another store."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
