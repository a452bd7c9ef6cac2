"""A key as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crackscope.serving.keys import ApiKey


def key_document(key: ApiKey) -> dict[str, Any]:
    """Write what is known of a key, times as ISO 8601."""
    return {
        "id": key.id,
        "name": key.name,
        "created_at": _written(key.created_at),
        "revoked_at": _written(key.revoked_at),
        "last_used_at": _written(key.last_used_at),
        "rate_per_minute": key.rate_per_minute,
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
