import pytest
import torch
from torchvision.models.detection._utils import BalancedPositiveNegativeSampler, BoxCoder, Matcher
from torchvision.ops import box_iou, roi_align

from crackscope.models.instances.boxes import (
    BOX_WEIGHTS,
    PROPOSAL_WEIGHTS,
    clip,
    covered_share,
    decode,
    encode,
    paired_iou,
)
from crackscope.models.instances.heads import FACTS, LOOK_CELLS, facts_of
from crackscope.models.instances.losses import (
    box_loss,
    decision_loss,
    mask_dice_loss,
    mask_iou,
    mask_loss,
    true_masks,
)
from crackscope.models.instances.regions import RegionPool
from crackscope.models.instances.targets import match, sample


def some_boxes(count, *, seed, side=200.0):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator) * side
    return torch.cat([corner, corner + 3 + torch.rand(count, 2, generator=generator) * side], dim=1)


@pytest.mark.parametrize("weights", [PROPOSAL_WEIGHTS, BOX_WEIGHTS])
def test_boxes_are_coded_as_torchvision_codes_them(weights):
    boxes, anchors = some_boxes(50, seed=0), some_boxes(50, seed=1)
    reference = BoxCoder((weights[0], weights[0], weights[1], weights[1]))
    deltas = encode(boxes, anchors, weights=weights)
    torch.testing.assert_close(deltas, reference.encode_single(boxes, anchors))
    torch.testing.assert_close(decode(deltas, anchors, weights=weights), boxes, atol=1e-3, rtol=1e-4)
    wild = 3 * torch.randn(50, 4, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(
        decode(wild, anchors, weights=weights), reference.decode_single(wild, anchors), atol=0.05, rtol=1e-4
    )


def test_boxes_are_cut_off_at_the_edges():
    cut = clip(torch.tensor([[-5.0, 3.0, 70.0, 40.0]]), torch.tensor(30.0), torch.tensor(60.0))
    assert cut.tolist() == [[0.0, 3.0, 60.0, 30.0]]


@pytest.mark.parametrize(("high", "low", "each_truth"), [(0.7, 0.3, True), (0.5, 0.5, False)])
def test_proposals_are_matched_as_torchvision_matches_them(high, low, each_truth):
    proposals, truth = some_boxes(300, seed=3), some_boxes(7, seed=4)
    reference = Matcher(high, low, allow_low_quality_matches=each_truth)(box_iou(truth, proposals))
    found = match(proposals, truth, high=high, low=low, each_truth=each_truth)
    expected = torch.where(reference >= 0, 1, torch.where(reference == Matcher.BELOW_LOW_THRESHOLD, 0, -1))
    assert torch.equal(found.labels, expected)
    assert torch.equal(found.crack[reference >= 0], reference[reference >= 0])


def test_without_cracks_everything_is_background():
    found = match(some_boxes(5, seed=0), torch.empty(0, 4), high=0.7, low=0.3, each_truth=True)
    assert found.labels.tolist() == [0] * 5


def test_as_many_proposals_are_drawn_as_torchvision_draws():
    labels = torch.cat([torch.ones(90), torch.zeros(900), -torch.ones(10)]).long()
    cracks, background = sample(labels, most=256, crack_share=0.25)
    positive, negative = BalancedPositiveNegativeSampler(256, 0.25)([labels])
    assert (len(cracks), len(background)) == (int(positive[0].sum()), int(negative[0].sum())) == (64, 192)
    assert bool((labels[cracks] == 1).all())
    assert bool((labels[background] == 0).all())


def test_few_cracks_leave_room_for_background():
    labels = torch.tensor([1, 1, *[0] * 50])
    cracks, background = sample(labels, most=20, crack_share=0.5)
    assert (len(cracks), len(background)) == (2, 18)


def test_the_first_proposals_are_drawn_before_others():
    labels = torch.tensor([0, 1, *[0] * 6, 1, *[0] * 50, *[1] * 30])
    cracks, background = sample(labels, most=20, crack_share=0.5, first=9)
    assert {1, 8} <= set(cracks.tolist())
    assert len(cracks) == 10
    assert {0, 2, 3, 4, 5, 6, 7} <= set(background.tolist())
    assert len(background) == 10


def test_boxes_are_compared_in_pairs():
    boxes, others = some_boxes(40, seed=5), some_boxes(40, seed=6)
    torch.testing.assert_close(paired_iou(boxes, others), torch.diag(box_iou(boxes, others)))


def test_the_share_of_a_box_that_others_cover():
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]])
    others = torch.tensor([[5.0, 0, 22, 10], [0, 0, 3, 3]])
    assert covered_share(boxes, others).tolist() == pytest.approx([0.5, 0.2, 0.0])
    assert covered_share(boxes, others[:0]).tolist() == [0, 0, 0]
    assert covered_share(boxes[:0], others).shape == (0,)


def test_the_iou_of_masks_counts_what_lies_outside_of_the_box():
    logits = torch.full((2, 1, 10, 10), -5.0)
    logits[:, :, 4:6] = 5.0  # 2 of 10 rows
    wanted = torch.zeros(2, 10, 10)
    wanted[0, 4:6] = 1.0
    wanted[1, 5:8] = 1.0
    boxes = torch.tensor([[0.0, 0, 20, 20], [5, 5, 15, 15]])  # cells of 4 and 1 px²
    area_px = torch.tensor([80.0, 40])  # of the second crack 10 px lie outside
    found = mask_iou(logits, wanted, boxes, area_px)
    torch.testing.assert_close(found, torch.tensor([1.0, 10 / (20 + 40 - 10)]))
    assert mask_iou(logits[:0], wanted[:0], boxes[:0], area_px[:0]).shape == (0,)


def test_facts_tell_whether_a_crack_goes_on_outside():
    seen = torch.zeros(3, 1, LOOK_CELLS, LOOK_CELLS)
    seen[0, 0, 26:30, 12:44] = 0.9  # ends inside
    seen[1, 0, 26:30] = 0.9  # crosses
    boxes = torch.tensor([[0.0, 0, 200, 50]] * 3)
    facts = facts_of(seen, boxes, torch.tensor([0.9, 0.0, 0.0]))
    assert facts.shape == (3, FACTS)
    sure, inside, _, width, height, told, mapped = facts.T
    torch.testing.assert_close(sure[:2], torch.tensor([0.9, 0.9]), atol=1e-3, rtol=0)
    assert float(inside[0]) > 0.99
    assert 0.6 < float(inside[1]) < 0.75
    assert sure[2] == inside[2] == 0
    torch.testing.assert_close(width[:1].exp(), torch.tensor([2.0]))
    torch.testing.assert_close(height[:1].exp(), torch.tensor([0.5]))
    assert told.tolist() == pytest.approx([0.9, 0, 0])
    assert mapped.tolist() == [1, 0, 0]


def test_a_region_reads_positions_off_a_map_of_positions():
    """On maps that hold x and y, a cell must hold the middle of its part of the box, without a shift."""
    levels = []
    for stride in (4, 8, 16, 32):
        side = 256 // stride
        at = (torch.arange(side) + 0.5) * stride
        y, x = torch.meshgrid(at, at, indexing="ij")
        levels.append(torch.stack([x, y])[None].float())
    boxes = torch.tensor([[40.3, 60.9, 61.3, 130.9], [30.0, 40.0, 214.0, 200.0]])
    cut = RegionPool(7)(levels, [boxes])
    for box, cells in zip(boxes, cut, strict=True):
        steps = (torch.arange(7) + 0.5) / 7
        torch.testing.assert_close(cells[0, 3], box[0] + steps * (box[2] - box[0]), atol=1e-3, rtol=0)
        torch.testing.assert_close(cells[1, :, 2], box[1] + steps * (box[3] - box[1]), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("cells", "side_px", "level"), [(7, 111, 0), (7, 113, 1), (28, 447, 0), (28, 449, 1)]
)
def test_a_region_comes_from_the_coarsest_level_that_no_sample_jumps_over(cells, side_px, level):
    levels = [
        torch.full((1, 1, 512 // stride, 512 // stride), float(n)) for n, stride in enumerate((4, 8, 16, 32))
    ]
    cut = RegionPool(cells)(levels, [torch.tensor([[10.0, 10.0, 10.0 + side_px, 10.0 + side_px]])])
    assert float(cut.mean()) == pytest.approx(level)


def test_regions_keep_the_order_of_their_boxes():
    levels = [torch.full((2, 1, 512 // s, 512 // s), float(n)) for n, s in enumerate((4, 8, 16, 32))]
    levels = [torch.cat([level[:1], level[1:] + 10]) for level in levels]
    sides = [(500, 20, 130), (20, 300)]
    boxes = [torch.tensor([[0.0, 0.0, side, side] for side in own]) for own in sides]
    found = RegionPool(7)(levels, boxes)[:, 0, 3, 3]
    assert found.round().tolist() == [3, 0, 1, 10, 12]


def test_no_region_is_no_error():
    levels = [torch.zeros(1, 3, 64 // s, 64 // s) for s in (4, 8, 16, 32)]
    assert RegionPool(7)(levels, [torch.empty(0, 4)]).shape == (0, 3, 7, 7)


def test_a_true_mask_is_the_share_of_each_cell():
    """A 40×80 px crack with a line of 3 px in it, cut into 4×4 cells of 10×20 px."""
    picture = torch.zeros(100, 100, dtype=torch.uint8)
    picture[10:50, 10:90] = 9
    picture[25:28, 10:90] = 2
    boxes = [torch.tensor([[10.0, 10.0, 90.0, 50.0]])]
    cut = true_masks([picture], boxes, [torch.tensor([1])], mask_px=4)
    torch.testing.assert_close(cut[0, 1], torch.full((4,), 0.3))
    assert cut[0, [0, 2, 3]].abs().max() < 1e-6


def test_true_masks_agree_with_cutting_each_by_itself():
    generator = torch.Generator().manual_seed(0)
    pictures = [torch.randint(0, 4, (60, 80), generator=generator, dtype=torch.uint8) for _ in range(2)]
    boxes = [some_boxes(3, seed=5, side=30.0), some_boxes(2, seed=6, side=30.0)]
    crack = [torch.tensor([2, 0, 2]), torch.tensor([1, 0])]
    cut = true_masks(pictures, boxes, crack, mask_px=14)
    expected = [
        roi_align(
            (picture == number + 1)[None, None].float(),
            torch.cat([torch.zeros(1), box])[None],
            14,
            aligned=True,
        )
        for picture, own, numbers in zip(pictures, boxes, crack, strict=True)
        for box, number in zip(own, numbers, strict=True)
    ]
    torch.testing.assert_close(cut, torch.cat(expected)[:, 0])


def test_losses_of_nothing_are_nothing():
    nothing = torch.empty(0)
    assert float(decision_loss(nothing, nothing, nothing)) == 0
    assert float(box_loss(torch.empty(0, 4), torch.empty(0, 4), nothing, proposals=0)) == 0
    for loss in (mask_loss, mask_dice_loss):
        assert float(loss(torch.empty(0, 1, 28, 28), torch.empty(0, 28, 28), nothing)) == 0


@pytest.mark.parametrize("loss", [mask_loss, mask_dice_loss])
def test_a_mask_loss_is_least_where_the_probabilities_are_the_shares(loss):
    wanted = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
    logits = torch.zeros(3, 1, 8, 8, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.05)
    for step in range(400):
        optimiser.param_groups[0]["lr"] = 0.05 * (1 - step / 400)
        optimiser.zero_grad()
        loss(logits, wanted, torch.ones(3)).backward()
        optimiser.step()
    torch.testing.assert_close(torch.sigmoid(logits[:, 0]), wanted, atol=0.03, rtol=0)


def test_dice_of_masks_that_share_half_is_one_half():
    wanted = torch.zeros(1, 20, 20)
    wanted[:, :10] = 1
    logits = torch.full((1, 1, 20, 20), -50.0)
    logits[:, :, 5:15] = 50
    found = float(mask_dice_loss(logits, wanted, torch.ones(1)))
    assert found == pytest.approx(1 - (2 * 100 + 1) / (400 + 1))


def test_a_picture_of_no_weight_teaches_nothing():
    logits, labels = torch.tensor([2.0, -1.0]), torch.tensor([0.0, 1.0])
    alone = decision_loss(logits[:1], labels[:1], torch.ones(1))
    assert float(decision_loss(logits, labels, torch.tensor([1.0, 0.0]))) == pytest.approx(float(alone) / 2)
    deltas = torch.ones(2, 4)
    assert float(box_loss(deltas, 0 * deltas, torch.tensor([0.0, 0.0]), proposals=2)) == 0
