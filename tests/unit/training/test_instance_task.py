import json
from pathlib import Path

import numpy as np
import pytest
import torch

from crackscope.engine.found_instance import FoundInstance
from crackscope.imaging.rle import RunLengthMask
from crackscope.training import anchor_choice
from crackscope.training.anchor_choice import AnchorChoice
from crackscope.training.instance_pictures import drawn
from crackscope.training.instance_prediction import find_in_picture
from crackscope.training.recipe import parse_recipe
from crackscope.training.tasks import instances
from crackscope.training.tasks.instances import InstanceTask

OPTIONS = {"head_channels": 16, "mask_channels": 8, "box_features": 32, "mask_px": 28}


def task(*, options=None, **changes):
    document = {
        "name": "r",
        "task": "detect",
        "model": {"name": "maskrcnn-mobilenetv2", "options": {**OPTIONS, **(options or {})}},
        **changes,
    }
    torch.manual_seed(0)
    return InstanceTask(parse_recipe(document, source="test"), steps=10, validation_sets=["a", "b"])


def batch(*, margin_px=0, weight=1.0):
    pixels = torch.full((2, 64, 64, 3), 200, dtype=torch.uint8)
    numbers = torch.zeros(2, 64, 64, dtype=torch.uint8)
    pixels[0, 20:24, 5:60] = 30
    numbers[0, 20:24, 5:60] = 1
    return {
        "pixels": pixels,
        "instances": numbers,
        "loss_weight": torch.full((2,), weight),
        "mask_margin_px": torch.full((2,), margin_px),
    }


def losses_asked_for(own, given):
    """Spy on the network: what it was asked, and what it answered."""
    seen = {}
    losses = own.network.losses

    def spy(photos, truth):
        seen["truth"] = truth
        seen["losses"] = losses(photos, truth)
        return seen["losses"]

    own.network.losses = spy
    torch.manual_seed(1)
    return float(own.loss_of(given).detach()), seen


def test_the_loss_is_the_sum_by_the_recipes_weights():
    own = task(losses=[{"name": "mask", "weight": 2.0}, {"name": "class"}])
    total, seen = losses_asked_for(own, batch())
    expected = 2 * float(seen["losses"]["mask"].detach()) + float(seen["losses"]["class"].detach())
    assert total == pytest.approx(expected)
    default = task()
    total, seen = losses_asked_for(default, batch())
    assert total == pytest.approx(sum(float(each.detach()) for each in seen["losses"].values()))


def test_the_network_is_told_the_cracks_of_each_picture():
    _, seen = losses_asked_for(task(), batch())
    assert [boxes.tolist() for boxes in seen["truth"].boxes] == [[[5, 20, 60, 24]], []]


def test_masks_that_reach_beyond_their_cracks_do_not_teach_masks():
    _, seen = losses_asked_for(task(), batch(margin_px=2))
    assert float(seen["losses"]["mask"].detach()) == 0
    assert float(seen["losses"]["objectness"].detach()) > 0


def test_a_set_of_no_loss_teaches_nothing():
    total, _ = losses_asked_for(task(), batch(weight=0.0))
    assert total == 0


@pytest.mark.parametrize("came_along", [True, False])
def test_a_map_that_came_with_the_encoder_learns_at_its_rate(came_along):
    start = {"encoder_from": "runs/other"} if came_along else {}
    recipe = parse_recipe(
        {
            "name": "r",
            "task": "detect",
            "model": {"name": "maskrcnn-mobilenetv2", "options": OPTIONS, **start},
            "optimiser": {"learning_rate": 0.01, "encoder_factor": 0.1, "warmup_steps": 0},
        },
        source="test",
    )
    own = InstanceTask(recipe, steps=10, validation_sets=["a"])
    optimiser = own.configure_optimizers()["optimizer"]
    rate = {id(p): group["lr"] for group in optimiser.param_groups for p in group["params"]}
    rates = {name: rate[id(parameter)] for name, parameter in own.network.named_parameters()}
    assert rates["backbone.body.features.0.0.weight"] == pytest.approx(0.001)
    assert rates["crack_map.decoder.head.weight"] == pytest.approx(0.001 if came_along else 0.01)
    assert rates["mask_head.logits.weight"] == pytest.approx(0.01)


def bar(row):
    mask = np.zeros((48, 64), bool)
    mask[row : row + 4, 4:60] = True
    return mask


def validated(monkeypatch, by_picture):
    """Validate on pictures of sets 0 and 1 with what is found in each put in its place."""
    own = task(data={"sets": {"a": {"draw": 3.0}, "b": {"draw": 1.0}}})
    logged = {}
    monkeypatch.setattr(own, "log_figures", logged.update)
    found = iter([each for _, _, each in by_picture])
    monkeypatch.setattr(instances, "find_in_picture", lambda _network, _pixels: next(found))
    own.on_validation_epoch_start()
    for number, (set_number, mask, _) in enumerate(by_picture):
        pixels = torch.zeros(1, 48, 64, 3, dtype=torch.uint8)
        given = {
            "pixels": pixels,
            "mask": torch.from_numpy(mask[None].astype(np.uint8)),
            "set": torch.tensor([set_number]),
        }
        own.validation_step(given, number)
    own.on_validation_epoch_end()
    return logged


def exactly(mask, score=0.9):
    return (FoundInstance(score, (4.0, 10.0, 60.0, 14.0), RunLengthMask.from_mask(mask)),)


def test_validation_is_the_mean_precision_over_sets_by_their_draw(monkeypatch):
    logged = validated(
        monkeypatch, [(0, bar(10), exactly(bar(10))), (1, bar(10), ()), (1, bar(10) & False, ())]
    )
    assert logged["validation_mask_map"] == pytest.approx(0.75)
    assert logged["validation_mask_ap50"] == pytest.approx(0.75)
    assert logged["validation_box_map"] == pytest.approx(0.75)
    assert set(logged) == set(InstanceTask.figures)
    assert InstanceTask.monitor in logged


def test_a_crack_one_of_four_rows_off_counts_up_to_three_fifths(monkeypatch):
    logged = validated(monkeypatch, [(0, bar(10), exactly(bar(11)))])
    assert logged["validation_mask_map"] == pytest.approx(0.3)
    assert logged["validation_mask_ap50"] == pytest.approx(1.0)


def test_validation_without_a_crack_is_zero(monkeypatch):
    assert validated(monkeypatch, [(0, bar(10) & False, ())])["validation_mask_map"] == 0


class _Fixed(torch.nn.Module):
    """Gives one box with a full mask, whatever it sees; refuses what is no multiple of its stride."""

    stride = 32

    def forward(self, photo):
        assert photo.shape[2] % 32 == 0
        assert photo.shape[3] % 32 == 0
        assert photo.dtype == torch.float32
        boxes, scores = torch.tensor([[2.0, 3.0, 70.0, 9.0]]), torch.tensor([0.7])
        masks, pixels = torch.full((1, 1, 28, 28), 0.25), torch.full_like(photo[:, :1], 0.155)
        return boxes, scores, masks, pixels  # together a logit of .405, a probability of .6


def test_what_lies_in_the_padding_is_not_found():
    (found,) = find_in_picture(_Fixed(), np.zeros((40, 50, 3), np.uint8))
    assert (found.mask.height, found.mask.width) == (40, 50)
    assert found.mask.area == 6 * 48
    assert found.score == pytest.approx(0.7)
    assert find_in_picture(_Fixed(), np.zeros((40, 50, 3), np.uint8), mask_threshold=0.7) == ()


def test_found_cracks_are_painted_where_they_are():
    picture = drawn(np.zeros((48, 64, 3), np.uint8), [RunLengthMask.from_mask(bar(10))])
    np.testing.assert_array_equal(picture.any(axis=2), bar(10))


class _Trainer:
    is_global_zero = True


def test_anchors_are_fitted_before_training_where_the_recipe_says_so(tmp_path: Path, capsys):
    sizes = np.array([[10.0, 90.0], [80.0, 8.0], [12.0, 100.0]])
    own = task(options={"anchors": "fit"})
    before = own.network.anchors.shapes()
    AnchorChoice(tmp_path / "anchors.json", sizes).setup(_Trainer(), own, "fit")
    after = own.network.anchors.shapes()
    assert max(after.ratios) > max(before.ratios)
    document = json.loads((tmp_path / "anchors.json").read_text("utf-8"))
    assert document["fitted"] is True
    assert document["ratios"] == pytest.approx(after.ratios)
    assert "with 3 cracks" in capsys.readouterr().err


def test_given_anchors_stay_and_their_cover_is_told(tmp_path: Path, capsys):
    own = task()
    before = own.network.anchors.shapes()
    AnchorChoice(tmp_path / "anchors.json", np.array([[20.0, 20.0]])).setup(_Trainer(), own, "fit")
    assert own.network.anchors.shapes() == before
    assert "anchors=fit chooses others" in capsys.readouterr().err
    assert anchor_choice.cover(before, [[24.0, 24.0]]).mean_iou == pytest.approx(1.0)
