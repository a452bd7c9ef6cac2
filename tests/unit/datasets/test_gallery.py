import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackscope.datasets.audit.gallery import KIND_WORDS, Panels, write_gallery
from crackscope.datasets.audit.panels import LONGEST_PX, shrunk_mask
from crackscope.datasets.finding import KINDS, Finding
from crackscope.errors import CrackscopeError, DatasetError
from crackscope.imaging import draw_photo

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{style}}\u2028.png"
VOID = {"meta", "input", "img", "br", "hr", "link"}
PHOTO = draw_photo(height=200, width=300, seed=4, cracks=1)


class Page(HTMLParser):
    """Collects elements and checks that every element is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.attributes = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def finding(path="a.png", kind="fat-mask", **more) -> Finding:
    return Finding(path, kind, False, "is wrong", **more)


def write(folder, findings, load=lambda _: None, **more) -> str:
    path = write_gallery(
        folder, root=more.pop("root", Path("/data/set")), findings=findings, load=load, **more
    )
    assert path == folder / "gallery.html"
    return path.read_text("utf-8")


def data_of(text):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    )


def panels_of(folder, panels: Panels) -> list[dict]:
    return data_of(write(folder, [finding()], lambda _: panels))["findings"][0]["panels"]


def clear_png(folder, name) -> np.ndarray:
    return cv2.imread(str(folder / "gallery" / name), cv2.IMREAD_UNCHANGED)


def test_findings_come_back_from_the_page(tmp_path):
    findings = [
        finding("a/ü.png", "rotated-mask", picture="a/ü.jpg", mask="a/ü.png", turn="turn-180"),
        finding("b.jpg", "duplicate", other="c.jpg"),
    ]
    data = data_of(write(tmp_path, findings, pictures=7))
    assert [card["key"] for card in data["findings"]] == [each.key for each in findings]
    for card, each in zip(data["findings"], findings, strict=True):
        assert card.items() >= each.to_document().items()
    assert (data["folder"], data["pictures"], data["total"], data["left_out"]) == ("/data/set", 7, 2, {})


def test_the_page_is_whole_and_loads_nothing_from_elsewhere(tmp_path):
    text = write(tmp_path, [finding()])
    page = Page(text)
    assert "{{" not in text
    assert not re.search(
        r"https?://|url\(|@import|fetch\(|innerHTML|insertAdjacentHTML|document\.write", text
    )
    assert not [
        name for name, _ in page.attributes if name in ("src", "srcset", "href") or name.startswith("on")
    ]


def test_the_page_says_what_accept_and_reject_mean(tmp_path):
    text = re.sub(r"</?b>", "", write(tmp_path, []))
    assert (
        "Accept: it is as the finding says, and repair acts on it (a fat mask and a leak it can only name). "
        "Reject: leave this file as it is. "
        "Undecided: repair acts on what is certain and puts masks right that lie turned; it leaves the rest."
        in text
    )


def test_names_that_try_to_break_out_stay_data(tmp_path):
    hostile = [finding(HOSTILE, "duplicate", other=HOSTILE), Finding("a", "speckle", True, HOSTILE)]
    text = write(tmp_path / "hostile", hostile, root=Path(HOSTILE))
    clean = write(tmp_path / "clean", [finding("a", "duplicate", other="b"), finding("c", "speckle")])
    assert Page(text).elements == Page(clean).elements
    assert "<img" not in text
    data = data_of(text)
    assert data["folder"] == str(Path(HOSTILE))
    assert data["findings"][0]["path"] == data["findings"][0]["other"] == HOSTILE


def test_a_name_that_is_no_text_is_kept(tmp_path):
    card = data_of(write(tmp_path, [finding("\udcff.png")], root=Path("/\udcfe")))["findings"][0]
    assert card["key"] == "fat-mask:\udcff.png"


def test_every_kind_has_plain_words():
    assert set(KIND_WORDS) == set(KINDS)


def test_what_is_left_out_is_said_and_kinds_share_the_room_evenly(tmp_path):
    findings = [finding(f"{i}", "speckle") for i in range(50)]
    findings += [finding(f"{i}", "fat-mask") for i in range(30)] + [finding("x", "duplicate")]
    data = data_of(write(tmp_path, findings, most=21))
    shown = Counter(card["kind"] for card in data["findings"])
    assert shown == {"speckle": 10, "fat-mask": 10, "duplicate": 1}
    assert data["left_out"] == {"speckle": 40, "fat-mask": 20}
    assert data["total"] == 81
    assert [card["path"] for card in data["findings"] if card["kind"] == "speckle"] == [
        str(i) for i in range(10)
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 7, 8, 100])
def test_no_more_than_most_are_shown_and_no_room_is_wasted(tmp_path, most):
    findings = [finding(f"{kind}{i}", kind) for i, kind in enumerate(("speckle",) * 4 + KINDS[:4])]
    data = data_of(write(tmp_path, findings, most=most))
    assert len(data["findings"]) == min(most, 8)
    assert sum(data["left_out"].values()) == 8 - len(data["findings"])


def test_a_gallery_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="shows nothing"):
        write(tmp_path, [finding()], most=0)


def test_a_finding_that_cannot_be_read_has_a_card_without_panels(tmp_path):
    def load(each: Finding) -> Panels | None:
        if each.path == "b.png":
            raise DatasetError("b.png: is cut off; copy it again.")
        return None

    none, broken = data_of(write(tmp_path, [finding("a.png"), finding("b.png")], load))["findings"]
    assert (none["panels"], broken["panels"]) == ([], [])
    assert "problem" not in none
    assert broken["problem"] == "b.png: is cut off; copy it again."


def test_a_picture_is_a_small_jpeg_and_its_mask_lies_over_it(tmp_path):
    mask = np.zeros((1000, 1500), bool)
    mask[500, 100:1400] = True
    (panel,) = panels_of(tmp_path, Panels(np.full((1000, 1500, 3), 128, np.uint8), mask))
    assert panel["size"] == [1500, 1000]
    picture, drawn = clear_png(tmp_path, panel["picture"]), clear_png(tmp_path, panel["mask"])
    assert picture.shape == (240, LONGEST_PX, 3)
    assert drawn.shape == (240, LONGEST_PX, 4)
    opacity = drawn[:, 180, 3]
    assert 0 < opacity[120] < 128  # the hairline is tinted, not covered
    assert opacity[119] == opacity[121] == 0
    assert opacity[118] == opacity[122] > 200
    assert opacity[[100, 140]].tolist() == [0, 0]


def test_a_hairline_in_a_huge_mask_does_not_vanish():
    mask = np.zeros((4001, 5003), bool)
    mask[2003] = True
    small = shrunk_mask(mask, 288, 360)
    assert small.any(axis=0).all()
    assert small.sum() == 360


def test_a_small_picture_is_enlarged_by_a_whole_factor(tmp_path):
    (panel,) = panels_of(tmp_path, Panels(PHOTO.pixels[:96, :96], PHOTO.mask[:96, :96]))
    assert (
        clear_png(tmp_path, panel["picture"]).shape[:2]
        == clear_png(tmp_path, panel["mask"]).shape[:2]
        == (288, 288)
    )


@pytest.mark.parametrize(
    ("panels", "captions"),
    [
        (Panels(), []),
        (Panels(PHOTO.pixels), ["Picture"]),
        (Panels(PHOTO.pixels, PHOTO.mask), ["Picture and mask"]),
        (Panels(None, PHOTO.mask), ["Mask"]),
        (Panels(PHOTO.pixels, PHOTO.mask[::-1], PHOTO.mask), ["As it is", "After repair"]),
        (Panels(PHOTO.pixels, PHOTO.mask.T, PHOTO.mask), ["As it is", "Mask as it is", "After repair"]),
        (Panels(PHOTO.pixels, PHOTO.mask[:9], None), ["Picture", "Mask"]),
        (Panels(PHOTO.pixels, PHOTO.mask, None, PHOTO.pixels, PHOTO.mask), ["This one", "The other"]),
    ],
)
def test_what_belongs_together_stands_side_by_side(tmp_path, panels, captions):
    entries = panels_of(tmp_path, panels)
    assert [entry["caption"] for entry in entries] == captions
    names = {entry[name] for entry in entries for name in ("picture", "mask") if name in entry}
    assert {path.name for path in (tmp_path / "gallery").iterdir()} == names


def test_a_second_gallery_leaves_nothing_of_the_first_and_nothing_of_others(tmp_path):
    show = Panels(PHOTO.pixels, PHOTO.mask)
    write(tmp_path, [finding(str(i)) for i in range(3)], lambda _: show)
    (tmp_path / "gallery" / "holiday.jpg").write_bytes(b"mine")
    write(tmp_path, [finding()], lambda _: show)
    assert sorted(path.name for path in (tmp_path / "gallery").iterdir()) == [
        "00001-1.jpg",
        "00001-1.png",
        "holiday.jpg",
    ]


def test_two_audits_do_not_share_their_choices(tmp_path):
    ids = [
        data_of(write(tmp_path, findings, root=Path(root)))["audit"]
        for root, findings in [
            ("/a", [finding("x")]),
            ("/b", [finding("x")]),
            ("/a", [finding("x"), finding("y")]),
            ("/a", [finding("x")]),
        ]
    ]
    assert len(set(ids)) == 3
    assert ids[0] == ids[3]


def test_each_finding_shown_is_told(tmp_path):
    told: list[Finding] = []
    findings = [finding("a"), finding("b"), finding("c")]
    write(tmp_path, findings, progress=told.append, most=2)
    assert told == findings[:2]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CrackscopeError, match="cannot be written"):
        write(tmp_path / "file", [finding()])
