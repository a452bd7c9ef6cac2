import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crackscope.datasets.audit.audit import audit
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.polygons import outlines
from crackscope.datasets.ring_faults import crosses_itself, reaches_outside
from crackscope.imaging.synthetic import draw_photo

BOW = [10, 10, 50, 50, 50, 10, 10, 50]
SQUARE = [10, 10, 50, 10, 50, 50, 10, 50]
TOO_FAR = [-30, 10, 50, 10, 50, 50, -30, 50]


@given(corners=st.integers(3, 40), turn=st.floats(0, 6))
def test_a_convex_outline_never_crosses_itself(corners: int, turn: float):
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + turn
    assert not crosses_itself(np.stack([np.cos(angle), np.sin(angle)], axis=1))


def test_a_bow_crosses_itself_and_a_square_does_not():
    assert crosses_itself(np.reshape(BOW, (-1, 2)).astype(float))
    assert not crosses_itself(np.reshape(SQUARE, (-1, 2)).astype(float))


def test_outlines_that_were_traced_from_masks_are_sound():
    for seed in range(5):
        mask = draw_photo(height=90, width=120, seed=seed, cracks=2).mask
        for ring in outlines(mask):
            assert not crosses_itself(ring)
            assert not reaches_outside(ring, height=90, width=120)


def test_a_rounding_error_is_not_outside():
    assert not reaches_outside(np.array([[-0.5, 0], [100.5, 0], [50, 80.9]]), height=80, width=100)
    assert reaches_outside(np.array([[-2.0, 0], [100, 0], [50, 80]]), height=80, width=100)


def test_an_audit_names_the_annotations_with_such_outlines(tmp_path: Path):
    images, annotations = [], []
    for number, ring in enumerate((SQUARE, BOW, TOO_FAR, TOO_FAR), start=1):
        photo = draw_photo(height=80, width=100, seed=number, cracks=1)
        Image.fromarray(photo.pixels).save(tmp_path / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 100, "height": 80})
        annotations.append({"id": number, "image_id": number, "category_id": 1, "segmentation": [ring]})
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "crack"}]}
    (tmp_path / "coco.json").write_text(json.dumps(document))
    notes = audit(list_entries(tmp_path)).notes
    assert len(notes) == 2
    assert "coco.json: pictures whose outlines cross themselves" in notes[0]
    assert ": 1, the first 2.png" in notes[0]
    assert "coco.json: pictures whose outlines reach outside" in notes[1]
    assert ": 2, the first 3.png" in notes[1]
