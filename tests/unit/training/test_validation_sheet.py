"""The sheet of pictures after a validation."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

pytest.importorskip("lightning")

from crackscope.datasets.sample import Sample
from crackscope.training.validation_sheet import (
    MOST_ROWS,
    TILE_PX,
    ValidationSheet,
    one_of_each_set,
    side_by_side,
)


def _samples(*sets: str) -> list[Sample]:
    return [
        Sample(set_name, Path(f"{number}.png"), None, f"source {number}")
        for number, set_name in enumerate(sets)
    ]


def test_the_first_picture_of_each_set_is_drawn() -> None:
    assert one_of_each_set(_samples("walls", "walls", "roads", "walls", "roads", "tiles")) == [0, 2, 5]


def test_a_sheet_stays_a_sheet_with_many_sets() -> None:
    assert len(one_of_each_set(_samples(*(f"set {number}" for number in range(MOST_ROWS + 3))))) == MOST_ROWS


def test_pictures_keep_their_shape_beside_each_other() -> None:
    wide = np.zeros((10, 40, 3), np.uint8)
    large = np.full((2 * TILE_PX, 2 * TILE_PX, 3), 7, np.uint8)
    row = side_by_side([wide, large])
    assert row.shape == (TILE_PX, 2 * TILE_PX, 3)
    assert (row[: TILE_PX // 4, :TILE_PX] == 0).all()
    assert (row[TILE_PX // 4 :, :TILE_PX] == 255).all()
    assert (row[:, TILE_PX:] == 7).all()


@pytest.mark.parametrize("state", [{"sanity_checking": True}, {"is_global_zero": False}])
def test_nothing_is_drawn_before_training_or_by_a_second_process(
    tmp_path: Path, state: dict[str, bool]
) -> None:
    def draw(_module: object) -> Any:
        raise AssertionError

    trainer = SimpleNamespace(sanity_checking=False, is_global_zero=True, current_epoch=0)
    vars(trainer).update(state)
    ValidationSheet(tmp_path, draw).on_validation_epoch_end(cast(Any, trainer), cast(Any, None))
    assert not list(tmp_path.iterdir())
