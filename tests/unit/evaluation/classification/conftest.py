"""Pictures that a classifier of brightness can be judged by: cracked ones are darker."""

import cv2
import numpy as np
import pytest

from crackscope.evaluation.classification import PicturePredictor
from crackscope.evaluation.model_facts import ModelFacts


def darkness(pixels):
    """Probability that a picture of one grey is cracked: how far from white it is."""
    return float(np.float32(1 - pixels.mean() / 255))


@pytest.fixture
def by_darkness():
    return PicturePredictor(
        probability=darkness,
        probabilities=lambda patches: np.array([darkness(each) for each in patches], np.float32),
        side_px=32,
        sure_below=0.1,
        facts=ModelFacts(
            threshold=0.5,
            description={"kind": "test", "name": "darkness", "engine": "numpy", "threshold_from": "the test"},
        ),
    )


@pytest.fixture
def write_classes():
    """Write class folders; pictures are named by their darkness in per cent."""

    def write(folder, *, cracked, crack_free):
        for name, values in (("Positive", cracked), ("Negative", crack_free)):
            (folder / name).mkdir(parents=True)
            for number, value in enumerate(values):
                grey = np.full((32, 32, 3), round(255 * (1 - value)), np.uint8)
                cv2.imwrite(str(folder / name / f"{number}-{round(100 * value)}.png"), grey)
        return folder

    return write


@pytest.fixture
def write_masked():
    """Write a picture of 32×96 px with its mask: a long crack in the first third, a short one in the next."""

    def write(folder, *, thirds=(0.8, 0.6, 0.2)):
        (folder / "images").mkdir(parents=True)
        (folder / "masks").mkdir()
        grey = np.repeat([round(255 * (1 - value)) for value in thirds], 32).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / "a.png"), np.tile(grey, (32, 1)))
        mask = np.zeros((32, 96), np.uint8)
        mask[4, 2:30] = 255
        mask[9, 40:45] = 255
        cv2.imwrite(str(folder / "masks" / "a.png"), mask)
        return folder

    return write
