"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket there."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

USER = "crackscope"


def postgres_binaries() -> Path | None:
    """Folder of initdb and postgres; None where there is none."""
    for place in [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found and shutil.which("initdb") else None


class PostgresServer:
    """Starts and stops a server; its databases stay in between.

    It refuses to run as root, and is then run as ``postgres`` or ``nobody``.
    """

    def __init__(self) -> None:
        binaries = postgres_binaries()
        if binaries is None:
            raise FileNotFoundError("no PostgreSQL server is installed here")
        self._binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="crackscope-pg-"))  # a socket's path must be short
        self._account = {}
        if os.geteuid() == 0:
            account = next(each for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._server = None
        self._run(
            "initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"
        )
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        self._server = subprocess.Popen(
            [
                *(str(self._binaries / "postgres"), "-D", str(self._data), "-k", str(self.folder), "-F"),
                *("-c", "listen_addresses=", "-c", "max_connections=200"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self._account,
        )
        end = time.monotonic() + 30
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > end or self._server.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop as an administrator would: open transactions are ended."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(30)
            self._server = None

    def close(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)  # at once: nothing of it is needed any more
            self._server.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """Make a database and return its name."""
        name = f"t{secrets.token_hex(6)}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name

    def empty(self, url: str) -> None:
        """Delete all rows of a store's tables."""
        with psycopg.connect(url) as connection:
            for table in ("job_items", "jobs", "corrections", "audit", "inspections", "keys"):
                connection.execute(f"DELETE FROM {table}")

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self._account,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
