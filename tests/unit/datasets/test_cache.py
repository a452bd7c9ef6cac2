from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crackscope.datasets import find_samples, read_mask, read_picture
from crackscope.datasets.cache import DecodedCache
from crackscope.errors import DatasetError


def test_the_cache_gives_back_what_was_decoded(drawn_dataset: Path, tmp_path: Path):
    samples = find_samples([drawn_dataset])
    cache = DecodedCache(samples, tmp_path)
    assert len(cache) == len(samples)
    for position in (0, 5, len(samples) - 1):
        pixels, mask = cache.read(position)
        np.testing.assert_array_equal(pixels, read_picture(samples[position]))
        height, width = pixels.shape[:2]
        np.testing.assert_array_equal(mask > 0, read_mask(samples[position], height=height, width=width))


def test_pictures_are_decoded_once(drawn_dataset: Path, tmp_path: Path):
    samples = find_samples([drawn_dataset])
    decoded: list[object] = []
    DecodedCache(samples, tmp_path, progress=decoded.append)
    DecodedCache(samples, tmp_path, progress=decoded.append)
    assert decoded == samples


def test_a_crack_free_sample_has_an_empty_mask(drawn_dataset: Path):
    sample = next(s for s in find_samples([drawn_dataset]) if s.mask is None)
    assert not read_mask(sample, height=7, width=9).any()


def test_a_mask_of_another_size_is_refused(tmp_path: Path):
    (tmp_path / "s/images").mkdir(parents=True)
    (tmp_path / "s/masks").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "s/images/a.png")
    Image.new("L", (30, 40)).save(tmp_path / "s/masks/a.png")
    with pytest.raises(DatasetError, match=r"a\.png: is 30×40 but its picture is 40×30"):
        DecodedCache(find_samples([tmp_path]), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_masks_of_every_common_kind_are_read_alike(tmp_path: Path, mode: str):
    truth = np.zeros((20, 30), bool)
    truth[5:9, 3:22] = True
    (tmp_path / "s/images").mkdir(parents=True)
    (tmp_path / "s/masks").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "s/images/a.png")
    Image.fromarray(truth.astype(np.uint8) * 255).convert(mode).save(tmp_path / "s/masks/a.png")
    (sample,) = find_samples([tmp_path])
    np.testing.assert_array_equal(read_mask(sample, height=20, width=30), truth)


def test_a_mask_of_class_numbers_is_read_as_a_mask(tmp_path: Path):
    truth = np.zeros((20, 30), np.uint8)
    truth[5:9, 3:22] = 1
    (tmp_path / "s/images").mkdir(parents=True)
    (tmp_path / "s/masks").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "s/images/a.png")
    Image.fromarray(truth).save(tmp_path / "s/masks/a.png")
    (sample,) = find_samples([tmp_path])
    np.testing.assert_array_equal(read_mask(sample, height=20, width=30), truth == 1)
