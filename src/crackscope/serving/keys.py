"""Keys that open the service, and how often each may ask."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from crackscope.errors import NotFoundError, StoreError, StoreUnavailableError
from crackscope.serving.rate_limiter import RateLimiter
from crackscope.serving.store import Store
from crackscope.serving.store.tables import KeyRow
from crackscope.serving.store.texts import checked_name

__all__ = ["ApiKey", "RateLimiter", "create_key", "list_keys", "revoke_key", "verify_key"]

_SECRET = re.compile(r"cs_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")
_NOBODYS_HASH = "0" * 64
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
MAX_PER_MINUTE = 1_000_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret, which nobody but its owner knows.

    Parameters
    ----------
    id : str
        16 hexadecimal digits; stands in the secret too.
    name : str
        For people.
    created_at : datetime
        In UTC.
    revoked_at, last_used_at : datetime, optional
        The latter to the minute.
    rate_per_minute : int, optional
        How often it may ask; None is as often as it likes.
    """

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    rate_per_minute: int | None


def create_key(store: Store, name: str, *, rate_per_minute: int | None = None) -> tuple[ApiKey, str]:
    """Make a key.

    The store keeps the secret's SHA-256. Slow hashes guard what people choose, because that can be guessed;
    32 random bytes cannot, however fast the hash, and a fast one lets every request be checked.

    Parameters
    ----------
    store : Store
    name : str
        For people.
    rate_per_minute : int, optional

    Returns
    -------
    key : ApiKey
    secret : str
        ``cs_``, the key's id, and 43 random characters; it cannot be had again.

    Raises
    ------
    StoreError
        If the name cannot be kept, or the rate is not within 1 and `MAX_PER_MINUTE`.
    StoreUnavailableError
        If the database does not answer.
    """
    checked_name(name, "key")
    if rate_per_minute is not None and not 1 <= rate_per_minute <= MAX_PER_MINUTE:
        raise StoreError(f"rate {rate_per_minute}: must be 1 to {MAX_PER_MINUTE:,} requests per minute.")
    key_id = secrets.token_hex(8)
    secret = f"cs_{key_id}_{secrets.token_urlsafe(32)}"
    row = KeyRow(
        id=key_id,
        name=name,
        hash=_hash(secret),
        created_at=store.clock(),
        rate_per_minute=rate_per_minute,
    )
    with store.database.writing() as session:
        session.add(row)
        session.flush()
        return _key_from(row), secret


def verify_key(store: Store, secret: str) -> ApiKey | None:
    """Find the key that a secret belongs to.

    Parameters
    ----------
    store : Store
    secret : str
        As somebody sent it.

    Returns
    -------
    ApiKey or None
        None for anything but the whole secret of a key that is not revoked.

    Raises
    ------
    StoreUnavailableError
        If the database does not answer.
    """
    match = _SECRET.fullmatch(secret)
    if match is None:
        return None
    with store.database.reading() as session:
        row = session.get(KeyRow, match[1])
        # Compared in constant time, also where there is no such key, so that the answer's time tells nothing.
        is_right = hmac.compare_digest(_hash(secret), _NOBODYS_HASH if row is None else row.hash)
        if row is None or not is_right or row.revoked_at is not None:
            return None
        key = _key_from(row)
    _note_use(store, key)
    return key


def list_keys(store: Store) -> tuple[ApiKey, ...]:
    """Return all keys, the oldest first, revoked ones too.

    Raises
    ------
    StoreUnavailableError
        If the database does not answer.
    """
    with store.database.reading() as session:
        rows = session.scalars(select(KeyRow).order_by(KeyRow.created_at, KeyRow.id))
        return tuple(_key_from(row) for row in rows)


def revoke_key(store: Store, key_id: str) -> ApiKey:
    """Let a key open nothing any more; what was added with it stays. Revoking again changes nothing.

    Parameters
    ----------
    store : Store
    key_id : str

    Returns
    -------
    ApiKey

    Raises
    ------
    NotFoundError
        If there is no such key.
    StoreUnavailableError
        If the database does not answer.
    """
    with store.database.writing() as session:
        row = session.get(KeyRow, key_id) if re.fullmatch("[0-9a-f]{16}", key_id) else None
        if row is None:
            raise NotFoundError(
                f"key {key_id[:40]!a}: is not known here; 'crackscope keys list' shows the ids."
            )
        row.revoked_at = row.revoked_at or store.clock()
        session.flush()
        return _key_from(row)


def _note_use(store: Store, key: ApiKey) -> None:
    """Remember when a key was last used; to the minute, so that reading needs no writing every time."""
    now = store.clock()
    if key.last_used_at is None or now - key.last_used_at >= _USE_IS_NOTED_EVERY:
        with suppress(StoreUnavailableError), store.database.writing() as session:
            session.execute(update(KeyRow).where(KeyRow.id == key.id).values(last_used_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _key_from(row: KeyRow) -> ApiKey:
    return ApiKey(row.id, row.name, row.created_at, row.revoked_at, row.last_used_at, row.rate_per_minute)
