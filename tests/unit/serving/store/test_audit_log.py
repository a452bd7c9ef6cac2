import pytest

from crackscope.serving.keys import create_key
from crackscope.serving.store import StoreError


def test_the_log_has_the_last_first(store):
    key, _ = create_key(store, "one")
    store.note(None, "start", None)
    store.note(key.id, "delete", "0" * 32, "bridge\0\udcff")
    last, first = store.audit()
    assert (last.owner, last.action, last.target, last.detail) == (
        key.id,
        "delete",
        "0" * 32,
        "bridge\\x00\\udcff",
    )
    assert (first.owner, first.action, first.target, first.detail) == (None, "start", None, None)
    assert last.at >= first.at
    assert store.audit(limit=1) == (last,)


@pytest.mark.parametrize("limit", [0, 10_001])
def test_a_limit_that_makes_no_sense_is_refused(store, limit):
    with pytest.raises(StoreError, match="limit"):
        store.audit(limit)
