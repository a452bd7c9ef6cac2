from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from crackscope.datasets import Sample, split_by_source
from crackscope.datasets.split import PARTS


def _samples(*, sources: int, cuts: int, set_name: str = "s") -> list[Sample]:
    return [
        Sample(set_name, Path(f"/{set_name}/images/{source}-{cut}.jpg"), None, f"{set_name}/{source}")
        for source in range(sources)
        for cut in range(cuts)
    ]


@given(
    sources=st.integers(1, 30),
    cuts=st.integers(1, 6),
    seed=st.integers(0, 1000),
    validation=st.floats(0, 0.5),
    test=st.floats(0, 0.5),
)
def test_no_source_straddles_a_split_and_nothing_is_lost(
    sources: int, cuts: int, seed: int, validation: float, test: float
):
    samples = _samples(sources=sources, cuts=cuts)
    split = split_by_source(samples, seed=seed, validation_share=validation, test_shares={"s": test})
    parts = [getattr(split, part) for part in PARTS]
    assert sorted(sum(parts, ())) == sorted(samples)
    sources_of = [{sample.source for sample in part} for part in parts]
    assert not sources_of[0] & sources_of[1]
    assert not sources_of[0] & sources_of[2]
    assert not sources_of[1] & sources_of[2]


def test_parts_hold_their_shares():
    split = split_by_source(
        _samples(sources=200, cuts=1), seed=1, validation_share=0.1, test_shares={"s": 0.3}
    )
    assert (len(split.train), len(split.validation), len(split.test)) == (120, 20, 60)


def test_every_set_is_split_on_its_own():
    samples = _samples(sources=10, cuts=1, set_name="a") + _samples(sources=1000, cuts=1, set_name="b")
    split = split_by_source(samples, seed=1, validation_share=0.2)
    assert sum(sample.set_name == "a" for sample in split.validation) == 2


def test_a_seed_gives_the_same_split_whatever_the_order_and_another_seed_another():
    samples = _samples(sources=50, cuts=2)
    first = split_by_source(samples, seed=3, validation_share=0.2)
    assert first == split_by_source(samples[::-1], seed=3, validation_share=0.2)
    assert first != split_by_source(samples, seed=4, validation_share=0.2)


def test_the_split_is_written_as_csv(tmp_path: Path):
    split = split_by_source(_samples(sources=5, cuts=1), seed=3, validation_share=0.2)
    split.write_csv(tmp_path / "split.csv")
    lines = (tmp_path / "split.csv").read_text("utf-8").splitlines()
    assert lines[0] == "part,set,source,picture"
    assert len(lines) == 6
    assert sum(line.startswith("validation,s,") for line in lines) == 1


def test_real_sets_have_fewer_sources_than_pictures(shared_data: Path):
    from crackscope.datasets import find_samples

    samples = find_samples([shared_data / "deepcrack_train", shared_data / "volker"])
    assert len({sample.source for sample in samples}) < 0.8 * len(samples)
