import sqlite3

import pytest

from crackscope.errors import CrackscopeError
from crackscope.serving.keys import create_key, verify_key
from crackscope.serving.store import Store, StoreError, StoreUnavailableError
from crackscope.serving.store import database as database_module
from crackscope.serving.store.tables import AuditRow
from kept import keep


def test_the_database_may_go_away_and_come_back(postgres_server, tmp_path):
    store = Store.open(postgres_server.url(postgres_server.new_database()), str(tmp_path))
    _, secret = create_key(store, "one")
    before = keep(store)
    url = store.database.engine.url.render_as_string(hide_password=False)
    postgres_server.stop()
    try:
        for ask in (
            store.ping,
            lambda: keep(store),
            lambda: store.get(before.id, owner=None),
            lambda: store.find(owner=None),
            lambda: store.note(None, "add", before.id),
            lambda: store.check(repair=True),
            lambda: store.delete(before.id, owner=None),
            lambda: verify_key(store, secret),
            lambda: Store.open(url, str(tmp_path)),
        ):
            with pytest.raises(StoreUnavailableError, match="the database does not answer") as caught:
                ask()
            assert "\n" not in str(caught.value)
    finally:
        postgres_server.start()
    store.ping()
    after = keep(store)
    assert store.find(owner=None).items == (after, before)
    assert store.check(repair=True).is_mended
    store.close()


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(tmp_path):
    with pytest.raises(StoreUnavailableError, match="does not answer") as caught:
        Store.open("postgresql://user:geheim@127.0.0.1:1/x", str(tmp_path))
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://a:geheim@h/x",
        "postgresql://a:geheim@h:x/y",
    ],
)
def test_a_url_that_makes_no_store_is_one_sentence(tmp_path, url):
    with pytest.raises(StoreError) as caught:
        Store.open(url, str(tmp_path))
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sqlite_survives_a_power_cut_and_lets_readers_go_on(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/s.sqlite3", str(tmp_path))
    with store.database.reading() as session:
        ask = session.connection().exec_driver_sql
        found = [ask(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert found == ["wal", 2, 1]
    kept = keep(store)
    with store.database.writing():
        assert store.find(owner=None).items == (kept,)
    store.close()


def test_a_writer_that_does_not_let_go_makes_the_store_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "WAIT_S", 0)
    store = Store.open(f"sqlite:///{tmp_path}/s.sqlite3", str(tmp_path))
    other = sqlite3.connect(tmp_path / "s.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="does not answer \\(database is locked\\)"):
        keep(store)
    other.rollback()
    keep(store)
    other.close()
    store.close()


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "s.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailableError, match="file is not a database"):
        Store.open(f"sqlite:///{tmp_path}/s.sqlite3", str(tmp_path))


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CrackscopeError, match="cannot be written"):
        Store.open(f"sqlite:///{tmp_path}/file/s.sqlite3", str(tmp_path))


def test_what_goes_wrong_in_a_transaction_undoes_all_of_it(store):
    def half():
        with store.database.writing() as session:
            session.add(AuditRow(id="x", at=store.clock(), action="a"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert store.audit() == ()
