import numpy as np
import pytest
import torch
from torch.nn import functional as F

from crackscope.errors import RecipeError
from crackscope.training.recipe import Recipe, parse_recipe
from crackscope.training.tasks.classification import ClassificationTask, validation_figures
from crackscope.training.view_prediction import BATCH, predict_views

QUIET = dict.fromkeys(
    ("brightness", "contrast", "gamma", "colour", "grey", "blur", "noise", "uneven_light"), 0.0
)


def recipe(**changes: object) -> Recipe:
    document = {
        "name": "tiny",
        "task": "classify",
        "model": {"name": "mobilenetv3-small", "options": {"dropout": 0.0}},
        "data": {"crop_px": 32},
        "augmentation": QUIET,
        **changes,
    }
    return parse_recipe(document, source="test")


def batch(count: int = 4) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, 32, 32, 3), dtype=torch.uint8, generator=generator)
    cracked = torch.tensor([0.0, 1.0] * (count // 2))
    return {"pixels": pixels, "cracked": cracked, "loss_weight": torch.ones(count)}


def logits_of(task: ClassificationTask, pixels: torch.Tensor) -> torch.Tensor:
    scaled = (pixels.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.25
    return task.network(scaled)[:, 0]


def test_the_loss_is_cross_entropy_over_the_crops_that_count():
    torch.manual_seed(0)
    task = ClassificationTask(recipe(), steps=10).eval()
    given = batch()
    given["loss_weight"][1] = 0
    counted = torch.tensor([0, 2, 3])
    expected = F.binary_cross_entropy_with_logits(
        logits_of(task, given["pixels"])[counted], given["cracked"][counted]
    )
    torch.testing.assert_close(task.loss_of(given), expected)


def test_smoothing_draws_the_truth_towards_a_half():
    torch.manual_seed(0)
    task = ClassificationTask(
        recipe(losses=[{"name": "bce", "weight": 2.0, "options": {"smoothing": 0.1}}]), steps=10
    ).eval()
    given = batch()
    expected = 2 * F.binary_cross_entropy_with_logits(
        logits_of(task, given["pixels"]), given["cracked"] * 0.9 + 0.05
    )
    torch.testing.assert_close(task.loss_of(given), expected)


def test_losses_are_added_and_focal_is_one_of_them():
    torch.manual_seed(0)
    both = ClassificationTask(recipe(losses=[{"name": "bce"}, {"name": "focal"}]), steps=10).eval()
    bce, focal = (
        ClassificationTask(recipe(losses=[{"name": name}]), steps=10).eval() for name in ("bce", "focal")
    )
    for other in (bce, focal):
        other.load_state_dict(both.state_dict())
    given = batch()
    torch.testing.assert_close(both.loss_of(given), bce.loss_of(given) + focal.loss_of(given))


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_smoothing_that_leaves_no_truth_is_refused(share: float):
    with pytest.raises(RecipeError, match="loss bce: smoothing is"):
        ClassificationTask(recipe(losses=[{"name": "bce", "options": {"smoothing": share}}]), steps=10)


def test_hand_checked_figures_of_a_validation():
    probability, cracked = np.array([0.9, 0.4, 0.6, 0.2]), np.array([True, True, False, False])
    found = validation_figures(probability, cracked, np.ones(4))
    assert found["validation_auroc"] == 0.75
    assert found["validation_accuracy"] == 0.5
    assert found["validation_f1"] == 0.5
    assert found["validation_f1_best_threshold"] == pytest.approx(2 * 2 / (3 + 2))
    assert 0.2 < found["validation_threshold"] < 0.4
    assert found.keys() == ClassificationTask.figures.keys()
    assert ClassificationTask.monitor in found


def test_sets_have_their_say_in_a_validation():
    probability, cracked = np.array([0.9, 0.4, 0.6, 0.2]), np.array([True, True, False, False])
    found = validation_figures(probability, cracked, np.array([1.0, 0.0, 0.0, 1.0]))
    assert found["validation_auroc"] == found["validation_accuracy"] == found["validation_f1"] == 1


@pytest.mark.parametrize("cracked", [True, False])
def test_a_validation_with_one_class_gives_numbers_and_no_nan(cracked: bool):
    found = validation_figures(np.array([0.9, 0.1]), np.array([cracked, cracked]), np.ones(2))
    assert np.isfinite(list(found.values())).all()
    assert found["validation_auroc"] == 0


def test_views_are_predicted_in_batches_as_they_are_alone():
    torch.manual_seed(0)
    network = ClassificationTask(recipe(), steps=10).network.eval()
    views = list(batch(2 * BATCH + 2)["pixels"].numpy())
    together = predict_views(network, iter(views))
    assert together.shape == (len(views),)
    alone = np.concatenate([predict_views(network, [view]) for view in views[:3]])
    np.testing.assert_allclose(together[:3], alone, atol=1e-5)
    assert predict_views(network, []).shape == (0,)
