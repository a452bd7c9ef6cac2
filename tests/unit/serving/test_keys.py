import re
import string
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crackscope.serving.keys import RateLimiter, create_key, list_keys, revoke_key, verify_key
from crackscope.serving.store import NotFoundError, Store, StoreError
from crackscope.serving.store.tables import KeyRow


def test_a_key_opens_with_its_whole_secret(store):
    key, secret = create_key(store, "phone", rate_per_minute=60)
    assert re.fullmatch(rf"cs_{key.id}_[A-Za-z0-9_-]{{43}}", secret)
    found = verify_key(store, secret)
    assert (found.id, found.name, found.rate_per_minute) == (key.id, "phone", 60)


def test_the_secret_is_nowhere_in_the_store(store):
    _, secret = create_key(store, "phone")
    with store.database.reading() as session:
        row = session.query(KeyRow).one()
    assert all(secret[-43:] not in str(value) for value in vars(row).values())
    assert len(row.hash) == 64


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(index=st.integers(0, 62), to=st.sampled_from(string.printable + "é\udcff"))
def test_a_secret_with_any_other_character_opens_nothing(store, index, to):
    _, secret = create_key(store, "phone")
    other = secret[:index] + to + secret[index + 1 :]
    if other != secret:
        assert verify_key(store, other) is None


@pytest.mark.parametrize("secret", ["", "x" * 100_000, "cs_" + "0" * 16 + "_" + "A" * 43, "\0", "\udcff"])
def test_nonsense_opens_nothing(store, secret):
    create_key(store, "phone")
    assert verify_key(store, secret) is None


def test_one_keys_id_does_not_go_with_anothers_secret(store):
    (one, first), (_, second) = create_key(store, "one"), create_key(store, "other")
    assert verify_key(store, f"cs_{one.id}_{second[-43:]}") is None
    assert verify_key(store, first).id == one.id


def test_a_revoked_key_opens_nothing_and_stays_listed(store):
    key, secret = create_key(store, "phone")
    other, _ = create_key(store, "other")
    revoked = revoke_key(store, key.id)
    assert verify_key(store, secret) is None
    assert list_keys(store) == (revoked, other)
    assert revoke_key(store, key.id) == revoked
    assert revoked.revoked_at is not None


@pytest.mark.parametrize("key_id", ["0" * 16, "", "a\0b", "é", "x" * 10_000])
def test_an_unknown_key_cannot_be_revoked(store, key_id):
    with pytest.raises(NotFoundError, match="is not known here") as caught:
        revoke_key(store, key_id)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(("name", "rate"), [("", None), ("a\nb", None), ("a", 0), ("a", 10**30)])
def test_a_key_that_makes_no_sense_is_refused(store, name, rate):
    with pytest.raises(StoreError):
        create_key(store, name, rate_per_minute=rate)
    assert list_keys(store) == ()


def test_the_last_use_is_noted_to_the_minute(store_place):
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    store = Store.open(*store_place, clock=lambda: now[0])
    _, secret = create_key(store, "phone")
    first = now[0]
    for wait_s, noted in ((0, first), (59, first), (1, first + timedelta(seconds=60))):
        now[0] += timedelta(seconds=wait_s)
        verify_key(store, secret)
        assert list_keys(store)[0].last_used_at == noted
    store.close()


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_a_minutes_worth_may_come_at_once_and_then_one_per_interval(clock):
    limiter = RateLimiter(clock)
    assert [limiter.take("a", per_minute=4) for _ in range(4)] == [0.0] * 4
    assert limiter.take("a", per_minute=4) == pytest.approx(15.0)
    clock.now_s += 14.0
    assert limiter.take("a", per_minute=4) == pytest.approx(1.0)
    clock.now_s += 1.0
    assert limiter.take("a", per_minute=4) == 0.0
    assert limiter.take("a", per_minute=4) > 0.0
    clock.now_s += 1e6
    assert [limiter.take("a", per_minute=4) == 0.0 for _ in range(5)] == [True] * 4 + [False]


def test_everybody_has_a_bucket_of_their_own(clock):
    limiter = RateLimiter(clock)
    assert limiter.take("a", per_minute=1) == 0.0
    assert limiter.take("a", per_minute=1) > 0.0
    assert limiter.take("b", per_minute=1) == 0.0
    assert all(limiter.take("c", per_minute=None) == 0.0 for _ in range(100))
    with pytest.raises(ValueError, match="at least 1"):
        limiter.take("a", per_minute=0)


@given(
    per_minute=st.integers(1, 100),
    waits=st.lists(st.floats(0, 30), min_size=1, max_size=200),
)
def test_no_window_lets_more_through_than_a_bucket_and_what_flows_in(per_minute, waits):
    clock = Clock()
    limiter = RateLimiter(clock)
    let_through = []
    for wait_s in waits:
        clock.now_s += wait_s
        if limiter.take("a", per_minute=per_minute) == 0.0:
            let_through.append(clock.now_s)
    for first, start_s in enumerate(let_through):
        for last in range(first, len(let_through)):
            most = per_minute + (let_through[last] - start_s) * per_minute / 60
            assert last - first + 1 <= most + 1e-6


def test_threads_do_not_get_more_than_there_is(clock):
    limiter = RateLimiter(clock)
    let_through = []

    def ask():
        for _ in range(200):
            if limiter.take("a", per_minute=100) == 0.0:
                let_through.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_through) == 100


def test_those_who_were_quiet_are_forgotten(clock):
    limiter = RateLimiter(clock)
    for number in range(10_000):
        limiter.take(str(number), per_minute=1)
    clock.now_s += 61.0
    limiter.take("late", per_minute=1)
    assert len(limiter._buckets) == 1
