import json
import subprocess
import sys

import pytest

from crackscope.cli.main import main

pytest.importorskip("sqlalchemy", reason="the extra [serve] is not installed")


@pytest.fixture
def where(tmp_path):
    return ["--store", str(tmp_path / "data")]


def opened(folder):
    from crackscope.serving.places import store_places
    from crackscope.serving.store import Store

    return Store.open(*store_places(str(folder), None))


def test_a_key_is_made_listed_used_and_revoked(where, tmp_path, capsys):
    from crackscope.serving.keys import verify_key

    assert main(["keys", "add", "phone", "--rate", "60", *where]) == 0
    printed = capsys.readouterr()
    secret = printed.out.strip()
    assert secret.startswith("cs_")
    assert "shown this once" in printed.err
    assert secret not in printed.err
    assert (tmp_path / "data" / "crackscope.sqlite3").exists()
    store = opened(tmp_path / "data")
    key = verify_key(store, secret)

    assert main(["keys", "list", *where]) == 0
    row = capsys.readouterr().out.splitlines()[2].split()
    assert row[:2] == [key.id, "phone"]
    assert "60" in row

    assert main(["keys", "revoke", key.id, *where]) == 0
    assert capsys.readouterr().out == f"Key {key.id} (phone) opens nothing any more.\n"
    assert verify_key(store, secret) is None
    assert [(entry.action, entry.target) for entry in store.audit()] == [
        ("revoke key", key.id),
        ("add key", key.id),
    ]
    store.close()


def test_json_has_what_is_known(where, capsys):
    assert main(["keys", "add", "phone", "--json", *where]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["key"].startswith(f"cs_{made['id']}_")
    assert main(["keys", "revoke", made["id"], "--json", *where]) == 0
    revoked = json.loads(capsys.readouterr().out)
    assert main(["keys", "list", "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out) == {"keys": [revoked]}
    assert "key" not in revoked
    assert revoked["revoked_at"].endswith("+00:00")


def test_without_keys_the_list_says_how_to_make_one(where, tmp_path, capsys):
    opened(tmp_path / "data").close()
    assert main(["keys", "list", *where]) == 0
    assert "crackscope keys add NAME" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["keys", "list"], "holds no store"),
        (["keys", "revoke", "0" * 16], "holds no store"),
        (["store", "check"], "holds no store"),
        (["keys", "add", ""], "printable characters"),
        (["keys", "add", "a", "--rate", "0"], "--rate"),
        (["keys", "ad"], "did you mean 'add'"),
        (["keys", "add", "a", "--store", "mysql://h/x", "--blobs", "b"], "sqlite or postgresql"),
        (["keys", "add", "a", "--store", "postgresql://h/x"], "--blobs"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_a_missing_extra_is_named(tmp_path):
    script = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from crackscope.cli.main import main\n"
        "sys.exit(main(['keys', 'add', 'a', '--store', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        2,
        "sqlalchemy: not installed; run in crackscope's folder: pip install '.[serve]'.\n",
    )


def test_help_imports_nothing_of_the_store():
    script = (
        "import sys; from crackscope.cli.main import main\n"
        "main(['keys', '--help']); main(['keys', 'add', '--help']); main(['store', 'check', '--help'])\n"
        "assert not {'sqlalchemy', 'alembic', 'fsspec', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
