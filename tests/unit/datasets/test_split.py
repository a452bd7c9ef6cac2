import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.datasets import Sample, Split, find_samples, split_by_source
from crackscope.training.recipe import read_recipe
from crackscope.training.samples import split_samples


def _samples(*, sources: int, cuts: int, set_name: str = "s") -> list[Sample]:
    return [
        Sample(set_name, Path(f"/{set_name}/images/{source}-{cut}.jpg"), None, f"{set_name}/{source}")
        for source in range(sources)
        for cut in range(cuts)
    ]


def _in_part(samples: list[Sample], part: str, **more: object) -> list[Sample]:
    return [replace(sample, part=part, **more) for sample in samples]


def _straddling(split: Split) -> list[str]:
    parts = [{sample.together for sample in samples} for _, samples in split.parts()]
    return [name for name, count in Counter(name for own in parts for name in own).items() if count > 1]


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
    assert sorted(sum((own for _, own in split.parts()), ())) == sorted(samples)
    assert _straddling(split) == []


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


def test_the_pictures_that_the_shipped_model_never_saw_stay_the_same():
    """The model file names shares and a seed; the held-back pictures are what the splitter makes of them."""
    samples = [
        Sample(name, Path(f"/{name}/images/{source:03d}-{cut}.jpg"), None, f"{name}/{source:03d}")
        for name, sources in (("bricks", 40), ("noncrack_walls", 23), ("tiles", 7))
        for source in range(sources)
        for cut in range(1 + (source * 7) % 5)
    ]
    shares = {"bricks": 0.2, "noncrack_walls": 0.3}
    split = split_by_source(samples, seed=11, validation_share=0.12, test_shares=shares)
    lines = [f"{part}:{s.set_name}:{s.image}:{s.source}" for part, own in split.parts() for s in own]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert digest == "1218911506609b355927d96c844a6a0855a98fc626a3f4b4efc67f25e78252f5"


@settings(max_examples=40)
@given(numbers=st.lists(st.integers(0, 15), min_size=65, max_size=65), seed=st.integers(0, 99))
@pytest.mark.parametrize("across_sets", [True, False])
def test_groups_stay_together_and_shares_come_out_right(across_sets: bool, numbers: list[int], seed: int):
    samples = _samples(sources=40, cuts=1, set_name="a") + _samples(sources=25, cuts=2, set_name="b")
    groups = dict(zip(sorted({sample.source for sample in samples}), numbers, strict=True))
    grouped = [replace(s, group=f"{'' if across_sets else s.set_name}{groups[s.source]}") for s in samples]
    split = split_by_source(
        grouped,
        seed=seed,
        validation_share=0.1,
        test_shares={"a": 0.2, "b": 0.2},
        strata=lambda sample: sample.image.stem[0],
    )
    assert _straddling(split) == []
    for set_name, pictures in () if across_sets else (("a", 40), ("b", 50)):
        largest = max(Counter(s.group for s in grouped if s.set_name == set_name).values())
        dealt = sum(s.set_name == set_name for s in split.test)
        assert abs(dealt - 0.2 * pictures) <= largest


def test_every_stratum_has_its_share_and_small_ones_are_made_up_for():
    samples = _samples(sources=100, cuts=1)
    kinds = {s.image: "free" if n < 40 else "wide" if n < 97 else "hair" for n, s in enumerate(samples)}
    split = split_by_source(
        samples,
        seed=5,
        validation_share=0.1,
        test_shares={"s": 0.2},
        strata=lambda sample: kinds[sample.image],
    )
    tested = Counter(kinds[sample.image] for sample in split.test)
    assert len(split.test) == 20
    assert len(split.validation) == 10
    assert abs(tested["free"] - 8) <= 1


def test_of_a_dataset_with_a_test_half_training_sees_nothing_of_it():
    train = _in_part(_samples(sources=50, cuts=1), "train")
    test = [replace(s, source=f"s/t{n}") for n, s in enumerate(_in_part(train[:9], "test"))]
    test = [replace(s, image=Path(f"/s/test/{n}.jpg")) for n, s in enumerate(test)]
    split = split_by_source(train + test, seed=1, validation_share=0.2, test_shares={"s": 0.5})
    assert set(split.test) == set(test), "the half takes the place of the share"
    assert (len(split.train), len(split.validation)) == (40, 10)


def test_a_validation_half_is_the_validation_part():
    samples = _samples(sources=50, cuts=1)
    halves = _in_part(samples[:45], "train") + _in_part(samples[45:], "validation")
    split = split_by_source(halves, seed=1, validation_share=0.2)
    assert (set(split.train), set(split.validation)) == (set(samples[:45]), set(samples[45:]))


def test_a_cut_of_a_photo_of_the_test_half_goes_with_it():
    samples = _samples(sources=20, cuts=2)
    halves = _in_part(samples[:1], "test") + _in_part(samples[1:], "train")
    split = split_by_source(halves, seed=1, validation_share=0.2)
    assert set(split.test) == set(samples[:2])


def test_equal_names_in_two_halves_are_two_photos(tmp_path: Path):
    for half in ("train", "test"):
        for role in ("images", "masks"):
            (tmp_path / "walls" / half / role).mkdir(parents=True)
            (tmp_path / "walls" / half / role / "007.png").touch()
    (first, second) = find_samples([tmp_path / "walls"])
    assert {first.part, second.part} == {"train", "test"}
    assert first.source != second.source


def test_settled_parts_are_final():
    samples = _samples(sources=30, cuts=1)
    settled = [replace(s, part="train", settled=True) for s in samples[:25]]
    settled += [replace(s, part="test", settled=True) for s in samples[25:]]
    split = split_by_source(settled, seed=1, validation_share=0.5, test_shares={"s": 0.5})
    assert (set(split.train), split.validation, set(split.test)) == (
        set(samples[:25]),
        (),
        set(samples[25:]),
    )


@pytest.mark.parametrize("half", [None, "train"])
def test_recipes_deal_the_training_half_as_they_deal_a_set_without_halves(half: str | None):
    from crackscope.datasets.mask_source import MaskFile

    samples = [replace(s, part=half, mask=MaskFile(s.image)) for s in _samples(sources=60, cuts=2)]
    split = split_samples(samples, read_recipe("segment-light"))
    bare = split_samples([replace(s, part=None) for s in samples], read_recipe("segment-light"))
    assert split == bare


def test_real_sets_have_fewer_sources_than_pictures(shared_data: Path):
    samples = find_samples([shared_data / "deepcrack_train", shared_data / "volker"])
    assert len({sample.source for sample in samples}) < 0.8 * len(samples)
