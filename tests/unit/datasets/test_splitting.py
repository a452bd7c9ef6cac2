import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.datasets import Sample, Split
from crackscope.datasets.audit.audit import audit
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.mask_source import MaskFile
from crackscope.datasets.pool import Pool, join_listings, pool_of
from crackscope.datasets.splitting import k_folds, leave_one_set_out, split_dataset
from crackscope.datasets.width_bands import Shown
from crackscope.errors import DatasetError
from crackscope.imaging.encode import write_png
from crackscope.imaging.synthetic import draw_photo


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Pools of two to four sets, some of whose groups reach over several sets."""
    samples, shown = [], {}
    for set_name in "abcd"[: draw(st.integers(2, 4))]:
        for number, group in enumerate(draw(st.lists(st.integers(0, 20), min_size=4, max_size=25))):
            across = group < 2
            source = f"{set_name}/{number}"
            image = Path(f"/{set_name}/images/{number}.jpg")
            name = f"g{group}" if across else f"{set_name}{group}"
            samples.append(Sample(set_name, image, MaskFile(image), source, group=name))
            shown[image] = Shown(bool(group % 3), float(group))
    return Pool(tuple(sorted(samples)), shown, ())


def _straddling(split: Split) -> list[str]:
    parts = [{sample.together for sample in samples} for _, samples in split.parts()]
    return [name for name, count in Counter(name for own in parts for name in own).items() if count > 1]


def _all(split: Split) -> list[Sample]:
    return sorted(sample for _, own in split.parts() for sample in own)


@settings(max_examples=50)
@given(pool=pools(), seed=st.integers(0, 99), folds=st.integers(2, 4))
def test_no_group_straddles_and_folds_partition_the_groups(pool: Pool, seed: int, folds: int):
    whole = split_dataset(pool, seed=seed, validation_share=0.2, test_share=0.2)
    assert _straddling(whole) == []
    assert _all(whole) == list(pool.samples)
    try:
        made = k_folds(pool, folds, seed=seed, validation_share=0.2)
    except DatasetError:  # groups too large or too few
        return
    tested = Counter(sample for split in made for sample in split.test)
    assert tested == Counter(pool.samples)
    for split in made:
        assert _straddling(split) == []
        assert _all(split) == list(pool.samples)


@settings(max_examples=50)
@given(pool=pools(), seed=st.integers(0, 99))
def test_a_left_out_set_leaves_none_of_its_groups_in_training(pool: Pool, seed: int):
    try:
        splits = leave_one_set_out(pool, seed=seed, validation_share=0.2)
    except DatasetError:  # every group reaches into the set
        return
    for set_name, split in splits.items():
        groups = {sample.together for sample in pool.samples if sample.set_name == set_name}
        assert {sample.together for sample in split.test} == groups
        assert _straddling(split) == []
        assert _all(split) == list(pool.samples)


def _write(folder: Path, stem: str, *, seed: int, cracked: bool = True, masked: bool = True) -> None:
    for role in ("images", *(["masks"] * masked)):
        (folder / role).mkdir(parents=True, exist_ok=True)
    photo = draw_photo(height=96, width=96, seed=seed, cracks=int(cracked))
    write_png(folder / "images" / f"{stem}.png", photo.pixels)
    if masked:
        mask = photo.mask[:, :, None].repeat(3, axis=2).astype("uint8") * 255
        write_png(folder / "masks" / f"{stem}.png", mask)


def _pool(*folders: Path) -> Pool:
    listings = [list_entries(folder) for folder in folders]
    return pool_of(listings, audit(join_listings(listings)))


def test_duplicates_are_one_group_also_across_datasets(tmp_path: Path):
    for number in range(4):
        _write(tmp_path / "a/walls", f"w{number}x", seed=number)
        _write(tmp_path / "b/roads", f"r{number}x", seed=10 + number)
    shutil.copy(tmp_path / "a/walls/images/w2x.png", tmp_path / "b/roads/images/r0x.png")
    shutil.copy(tmp_path / "a/walls/masks/w2x.png", tmp_path / "b/roads/masks/r0x.png")
    pool = _pool(tmp_path / "a", tmp_path / "b")
    groups = {sample.image.stem: sample.group for sample in pool.samples}
    assert groups["w2x"] == groups["r0x"] == "roads/r0x"
    assert (len(pool.groups), pool.joined) == (7, 1)
    without = leave_one_set_out(pool, seed=0, validation_share=0.2)["walls"]
    assert {sample.image.stem for sample in without.test} == {"w0x", "w1x", "w2x", "w3x", "r0x"}


def test_two_sets_named_as_halves_share_their_photos(tmp_path: Path):
    for number in range(3):
        _write(tmp_path / "walls_train", f"{number}-1", seed=number)
        _write(tmp_path / "walls_test", f"{number + 2}-2", seed=10 + number)
    groups = {sample.image.stem: sample.group for sample in _pool(tmp_path).samples}
    assert groups["2-1"] == groups["2-2"]
    assert len(set(groups.values())) == 5


def test_masks_are_seen_through_and_empty_ones_are_crack_free(tmp_path: Path):
    _write(tmp_path / "walls", "cracked", seed=1)
    _write(tmp_path / "walls", "plain", seed=2, cracked=False)
    shown = {image.stem: each for image, each in _pool(tmp_path).shown.items()}
    assert shown["cracked"].cracked
    assert shown["cracked"].width_px is not None
    assert shown["plain"] == Shown(cracked=False)


def test_what_cannot_be_used_is_left_out_and_named(tmp_path: Path):
    for number in range(4):
        _write(tmp_path / "walls", f"w{number}x", seed=number)
    _write(tmp_path / "walls", "bare", seed=9, masked=False)
    (tmp_path / "walls/images/w1x.png").write_bytes(b"broken")
    _write(tmp_path / "other", "small", seed=3)
    shutil.copy(tmp_path / "walls/masks/w3x.png", tmp_path / "walls/masks/w2x.png")
    photo = draw_photo(height=50, width=40, seed=1, cracks=1)
    write_png(tmp_path / "walls/images/w2x.png", photo.pixels)
    pool = _pool(tmp_path)
    assert {sample.image.stem for sample in pool.samples} == {"w0x", "w3x", "small"}
    assert [word for word in ("bare.png", "w1x.png", "w2x.png") for s in pool.left_out if word in s] == [
        "bare.png",
        "w1x.png",
        "w2x.png",
    ]


def test_cracked_pictures_without_masks_are_dealt_as_a_stratum_of_their_own(tmp_path: Path):
    for kind, seeds in (("Positive", range(8)), ("Negative", range(10, 18))):
        (tmp_path / "metu" / kind).mkdir(parents=True)
        for seed in seeds:
            photo = draw_photo(height=64, width=64, seed=seed, cracks=int(kind == "Positive"))
            write_png(tmp_path / "metu" / kind / f"{seed}.png", photo.pixels)
    pool = _pool(tmp_path)
    assert pool.left_out == ()
    assert pool.unmasked_cracks == 8
    assert {each.band for each in pool.shown.values()} == {"no mask", ""}
    split = split_dataset(pool, seed=0, validation_share=0.25, test_share=0.25)
    for samples, each in ((split.validation, 2), (split.test, 2), (split.train, 4)):
        assert sum(sample.unmasked_crack for sample in samples) == each
        assert len(samples) == 2 * each


def test_a_folder_of_pictures_of_which_nothing_is_known_is_named_once(tmp_path: Path):
    _write(tmp_path / "walls", "a", seed=1)
    for seed in range(5):
        photo = draw_photo(height=64, width=64, seed=seed)
        (tmp_path / "roads/images").mkdir(parents=True, exist_ok=True)
        write_png(tmp_path / "roads/images" / f"{seed}.png", photo.pixels)
    pool = _pool(tmp_path)
    assert len(pool.samples) == 1
    (sentence,) = pool.left_out
    assert "images: none of its 5 pictures has a mask" in sentence


def test_too_few_groups_for_folds_and_one_set_alone_are_refused(tmp_path: Path):
    _write(tmp_path / "walls", "a", seed=1)
    _write(tmp_path / "walls", "b", seed=2)
    pool = _pool(tmp_path)
    with pytest.raises(DatasetError, match="3 folds cannot be made of 2 groups"):
        k_folds(pool, 3, seed=0, validation_share=0.1)
    with pytest.raises(DatasetError, match="walls is the only set; give further folders"):
        leave_one_set_out(pool, seed=0, validation_share=0.1)


def test_crack_free_pictures_of_a_set_are_left_out_with_it():
    samples, shown = [], {}
    for set_name in ("walls", "noncrack_walls", "roads", "noncrack"):
        for number in range(6):
            image = Path(f"/{set_name}/images/{number}.jpg")
            samples.append(
                Sample(set_name, image, MaskFile(image), f"{set_name}/{number}", group=f"{set_name}{number}")
            )
            shown[image] = Shown(cracked=True, width_px=4.0)
    splits = leave_one_set_out(Pool(tuple(sorted(samples)), shown, ()), seed=0, validation_share=0.2)
    assert set(splits) == {"walls", "roads", "noncrack"}
    assert {sample.set_name for sample in splits["walls"].test} == {"walls", "noncrack_walls"}
    assert {sample.set_name for sample in splits["roads"].test} == {"roads"}
