import json
from dataclasses import replace

import numpy as np
import pytest

from crackscope.reports.coco import CocoReport
from crackscope.reports.report import write_reports


def test_pycocotools_reads_the_masks_back(tmp_path, inspection_of):
    coco = pytest.importorskip("pycocotools.coco")
    inspections = [
        inspection_of("a.jpg", cracks=2),
        inspection_of("b/ü.jpg", cracks=0),
        inspection_of("c.jpg"),
    ]
    write_reports([CocoReport(tmp_path / "coco.json")], [(each, None) for each in inspections], [])
    read = coco.COCO(str(tmp_path / "coco.json"))
    assert [image["file_name"] for image in read.imgs.values()] == ["a.jpg", "b/ü.jpg", "c.jpg"]
    cracks = [crack for inspection in inspections for crack in inspection.cracks]
    assert len(read.anns) == len(cracks) == 3
    for annotation, crack in zip(read.anns.values(), cracks, strict=True):
        assert np.array_equal(read.annToMask(annotation).astype(bool), crack.mask.decode())
        assert annotation["area"] == crack.area_px
        left, top, width, height = annotation["bbox"]
        assert (top, left, height, width) == (
            crack.box.row,
            crack.box.column,
            crack.box.height,
            crack.box.width,
        )
    assert [annotation["image_id"] for annotation in read.anns.values()] == [1, 1, 3]


def test_an_annotation_has_the_measurements_that_are_known(tmp_path, inspection_of):
    inspections = [(inspection_of("a.jpg"), None), (inspection_of("b.jpg", scale=0.5), None)]
    write_reports([CocoReport(tmp_path / "coco.json")], inspections, [])
    document = json.loads((tmp_path / "coco.json").read_text())
    in_px, in_mm = (annotation["attributes"] for annotation in document["annotations"])
    assert in_px == {
        "number": 1,
        "length_px": 90.0,
        "mean_width_px": 3.0,
        "max_width_px": 3.0,
        "max_width_sigma_px": 0.25,
    }
    assert in_mm == in_px | {
        "length_mm": 45.0,
        "mean_width_mm": 1.5,
        "max_width_mm": 1.5,
        "max_width_sigma_mm": 0.125,
    }


def test_an_annotation_has_the_shape_of_its_crack(tmp_path, inspection_of):
    inspection = inspection_of()
    shape = {"pattern": "map", "branches": 12, "tortuosity": 1.25}
    inspection = replace(inspection, cracks=(replace(inspection.cracks[0], **shape),))
    write_reports([CocoReport(tmp_path / "coco.json")], [(inspection, None)], [])
    (annotation,) = json.loads((tmp_path / "coco.json").read_text())["annotations"]
    assert annotation["attributes"].items() >= shape.items()


def test_a_survey_without_photos_is_a_valid_document(tmp_path):
    write_reports([CocoReport(tmp_path / "coco.json")], [], [])
    document = json.loads((tmp_path / "coco.json").read_text())
    assert (document["images"], document["annotations"]) == ([], [])
    assert [path.name for path in tmp_path.iterdir()] == ["coco.json"]


def test_a_crack_that_is_not_located_does_not_make_a_photo_crack_free(tmp_path, classified_of, screened_of):
    inspections = [
        classified_of("cracked.jpg", probability=0.9),
        classified_of("free.jpg", probability=0.1),
        screened_of("screened.jpg"),
    ]
    write_reports([CocoReport(tmp_path / "coco.json")], [(each, None) for each in inspections], [])
    document = json.loads((tmp_path / "coco.json").read_text())
    images = [(image["id"], image["file_name"]) for image in document["images"]]
    assert images == [(1, "free.jpg"), (2, "screened.jpg")]
    assert document["annotations"] == []
