from collections.abc import Iterable

import pytest

from crackscope.datasets.audit.common_findings import (
    Listed,
    duplicate_findings,
    same_files,
    source_findings,
)
from crackscope.datasets.audit.near_duplicates import Twin
from crackscope.datasets.audit.result import sorted_findings
from crackscope.datasets.finding import Finding


def _listed(path: str, *, sha256: str = "", set_name: str = "walls", part: str | None = None) -> Listed:
    """A picture whose folder names its part, unless that is given."""
    folder, _, name = path.rpartition("/")
    part = part or (folder if folder in ("train", "validation", "test") else None)
    return Listed(path, set_name, name.partition(".")[0], part, sha256, None)


def _duplicates(pictures: list[Listed], alike: Iterable[Twin] = ()) -> list[Finding]:
    return list(sorted_findings(list(duplicate_findings(pictures, same_files(pictures), alike))))


def _said(findings: Iterable[Finding]) -> list[tuple[str, str, str | None, bool]]:
    return [(finding.kind, finding.path, finding.other, finding.certain) for finding in findings]


def test_the_same_bytes_twice_in_a_set_are_a_duplicate():
    found = _duplicates(
        [_listed("a.png", sha256="1"), _listed("b.png", sha256="2"), _listed("c.png", sha256="1")]
    )
    assert _said(found) == [("duplicate", "c.png", "a.png", True)]
    assert found[0].detail == "holds the same bytes as a.png"


def test_files_that_cannot_be_read_are_no_duplicates():
    assert same_files([_listed("a.png"), _listed("b.png")]) == {}


def test_all_copies_refer_to_the_first():
    pictures = [_listed(f"{name}.png", sha256="1") for name in "abc"]
    assert same_files(pictures) == {1: 0, 2: 0}
    assert _said(_duplicates(pictures)) == [
        ("duplicate", "b.png", "a.png", True),
        ("duplicate", "c.png", "a.png", True),
    ]


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_a_copy_in_the_other_half_is_a_certain_leak_of_the_held_out_one(held_out: str):
    pictures = [_listed(f"{held_out}/a.png", sha256="1"), _listed("train/b.png", sha256="1")]
    for order in (pictures, pictures[::-1]):
        leaks = [finding for finding in _duplicates(order) if finding.kind == "split-leak"]
        assert _said(leaks) == [("split-leak", f"{held_out}/a.png", "train/b.png", True)]


def test_a_copy_in_validation_and_test_is_a_leak():
    found = _duplicates([_listed("test/a.png", sha256="1"), _listed("validation/a.png", sha256="1")])
    assert [finding.kind for finding in found] == ["duplicate", "split-leak"]


def test_a_copy_in_the_same_half_is_no_leak():
    found = _duplicates([_listed("test/a.png", sha256="1"), _listed("test/b.png", sha256="1")])
    assert [finding.kind for finding in found] == ["duplicate"]


def test_a_copy_outside_of_any_half_is_no_leak():
    found = _duplicates([_listed("train/a.png", sha256="1"), _listed("b.png", sha256="1")])
    assert [finding.kind for finding in found] == ["duplicate"]


@pytest.mark.parametrize(
    ("train", "test"), [("_train", "_test"), ("-Train", "-Test"), ("_training", "_testing")]
)
def test_sets_that_are_named_as_halves_are_halves(train: str, test: str):
    pictures = [
        _listed("a.png", sha256="1", set_name=f"deepcrack{test}"),
        _listed("b.png", sha256="1", set_name=f"deepcrack{train}"),
    ]
    assert [(picture.family, picture.half) for picture in pictures] == [
        ("deepcrack", "test"),
        ("deepcrack", "train"),
    ]
    assert _said(_duplicates(pictures)) == [
        ("duplicate", "b.png", "a.png", True),
        ("split-leak", "a.png", "b.png", True),
    ]


def test_the_folders_say_more_than_the_name_of_the_set():
    assert _listed("a.png", set_name="walls_train", part="test").half == "test"
    assert _listed("a.png", set_name="walls").half is None
    assert _listed("a.png", set_name="contest").half is None


def test_pictures_alike_are_near_duplicates_and_no_certain_leaks():
    pictures = [_listed("test/a.png"), _listed("train/b.png")]
    found = _duplicates(pictures, [Twin(0, 1, 0.934, "turn-90")])
    assert _said(found) == [
        ("near-duplicate", "train/b.png", "test/a.png", False),
        ("split-leak", "test/a.png", "train/b.png", False),
    ]
    assert found[0].detail == "shows the same as test/a.png, turned by 90° to the left (likeness 0.93)"
    assert "train part" in found[1].detail


def test_a_picture_like_two_others_is_one_near_duplicate():
    pictures = [_listed("a.png"), _listed("b.png"), _listed("c.png")]
    found = _duplicates(pictures, [Twin(0, 1, 0.9, None), Twin(0, 2, 0.9, None), Twin(1, 2, 0.9, None)])
    assert _said(found) == [
        ("near-duplicate", "b.png", "a.png", False),
        ("near-duplicate", "c.png", "a.png", False),
    ]


def test_a_picture_alike_in_its_own_half_and_in_the_other_leaks_still():
    pictures = [_listed("test/a.png"), _listed("test/b.png"), _listed("train/c.png")]
    found = _duplicates(pictures, [Twin(0, 1, 0.9, None), Twin(0, 2, 0.9, None), Twin(1, 2, 0.9, None)])
    assert [finding.path for finding in found if finding.kind == "split-leak"] == ["test/a.png", "test/b.png"]


def test_a_leak_that_is_certain_one_way_is_said_once_as_certain():
    pictures = [_listed("test/a.png", sha256="1"), _listed("train/b.png", sha256="1"), _listed("train/c.png")]
    found = _duplicates(pictures, [Twin(0, 2, 0.9, None)])
    assert _said(finding for finding in found if finding.kind == "split-leak") == [
        ("split-leak", "test/a.png", "train/b.png", True)
    ]


def test_every_held_out_copy_of_a_training_picture_leaks():
    pictures = [_listed(f"{name}.png", sha256="1") for name in ("test/a", "test/b", "train/c")]
    leaks = [finding for finding in _duplicates(pictures) if finding.kind == "split-leak"]
    assert _said(leaks) == [
        ("split-leak", "test/a.png", "train/c.png", True),
        ("split-leak", "test/b.png", "train/c.png", True),
    ]


def test_copies_in_two_halves_leak_also_where_a_third_lies_in_none():
    pictures = [_listed(f"{name}.png", sha256="1") for name in ("extra/a", "test/b", "train/c")]
    leaks = [finding for finding in _duplicates(pictures) if finding.kind == "split-leak"]
    assert _said(leaks) == [("split-leak", "test/b.png", "train/c.png", True)]


def _sources(*pictures: Listed) -> list[tuple[str, str, str | None, bool]]:
    return _said(source_findings(pictures))


def test_two_cuts_of_a_photo_on_both_sides_leak():
    found = list(source_findings([_listed("train/11289-1.png"), _listed("test/11289-2.png")]))
    assert _said(found) == [("split-leak", "test/11289-2.png", "train/11289-1.png", False)]
    assert found[0].detail == "is cut from 11289, as is train/11289-1.png of the train part"


def test_every_held_out_cut_is_named():
    assert _sources(
        _listed("test/11289-2.png"), _listed("test/11289-3.png"), _listed("train/11289-1.png")
    ) == [
        ("split-leak", "test/11289-2.png", "train/11289-1.png", False),
        ("split-leak", "test/11289-3.png", "train/11289-1.png", False),
    ]


def test_cuts_in_validation_and_test_leak_too():
    found = _sources(_listed("validation/7-1.png"), _listed("test/7-2.png"))
    assert {(path, other) for _, path, other, _ in found} == {
        ("validation/7-1.png", "test/7-2.png"),
        ("test/7-2.png", "validation/7-1.png"),
    }


def test_cuts_of_different_photos_or_in_one_half_do_not_leak():
    assert _sources(_listed("train/11289-1.png"), _listed("test/11290-1.png")) == []
    assert _sources(_listed("test/11289-1.png"), _listed("test/11289-2.png")) == []
    assert _sources(_listed("11289-1.png"), _listed("test/11289-2.png")) == []


def test_names_without_a_rule_never_leak():
    assert _sources(_listed("train/wall.png"), _listed("test/wall.jpg")) == []
    assert _sources(_listed("train/034.png"), _listed("test/034.png")) == []


def test_equal_sources_of_different_sets_do_not_leak():
    assert (
        _sources(
            _listed("train/11289-1.png", set_name="walls"), _listed("test/11289-2.png", set_name="roads")
        )
        == []
    )


def test_the_halves_deepcrack_train_and_deepcrack_test_are_one_family():
    assert _sources(
        _listed("deepcrack_test/images/11289-2.png", set_name="deepcrack_test"),
        _listed("deepcrack_train/images/11289-1.png", set_name="deepcrack_train"),
    ) == [("split-leak", "deepcrack_test/images/11289-2.png", "deepcrack_train/images/11289-1.png", False)]


def test_nothing_has_no_findings():
    assert _duplicates([]) == []
    assert _sources() == []


def test_findings_are_sorted_by_kind_and_path_and_said_once():
    findings = [
        Finding("b.png", "duplicate", True, ""),
        Finding("a.png", "duplicate", True, ""),
        Finding("z.png", "unreadable", True, ""),
        Finding("a.png", "duplicate", True, ""),
        Finding("a.png", "split-leak", False, "", other="x.png"),
        Finding("a.png", "split-leak", True, "", other="y.png"),
    ]
    assert _said(sorted_findings(findings)) == [
        ("unreadable", "z.png", None, True),
        ("duplicate", "a.png", None, True),
        ("duplicate", "b.png", None, True),
        ("split-leak", "a.png", "y.png", True),
    ]
