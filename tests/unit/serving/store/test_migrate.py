import os
import subprocess
import sys
import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect

from crackscope.serving.store import Store, StoreError
from crackscope.serving.store.database import Database
from crackscope.serving.store.migrate import MIGRATIONS, migrate
from crackscope.serving.store.tables import Base
from kept import keep


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    server = request.getfixturevalue("postgres_server")
    return server.url(server.new_database())


def test_migrations_build_the_tables_that_the_code_uses(empty_url):
    database = Database(empty_url)
    migrate(database)
    with database.connection() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
        checks = {
            table: {check["name"] for check in inspect(connection).get_check_constraints(table)}
            for table in Base.metadata.tables
        }
    database.close()
    wanted = {
        table.name: {each.name for each in table.constraints if isinstance(each, CheckConstraint)}
        for table in Base.metadata.tables.values()
    }
    assert checks == wanted


def test_migrations_can_be_taken_back(empty_url):
    database = Database(empty_url)
    migrate(database)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.connection() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.connection() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(database)
    database.close()


def test_opening_again_changes_nothing(store_place):
    store = Store.open(*store_place)
    stored = keep(store)
    store.close()
    again = Store.open(*store_place)
    assert again.find(owner=None).items == (stored,)
    again.close()


def test_a_store_of_a_newer_crackscope_is_refused_in_one_sentence(empty_url, tmp_path):
    blobs = str(tmp_path / "blobs")
    store = Store.open(empty_url, blobs)
    with store.database.connection() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StoreError, match="has tables of version 9999, this crackscope knows up to 0001"):
        Store.open(empty_url, blobs)


def test_servers_that_start_together_migrate_once(empty_url, tmp_path):
    stores, errors = [], []

    def open_it():
        try:
            stores.append(Store.open(empty_url, str(tmp_path / "blobs")))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for store in stores:
        store.close()


def test_the_scripts_may_be_imported_without_a_migration():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, str(MIGRATIONS / "env.py")], check=True, env=environment)
