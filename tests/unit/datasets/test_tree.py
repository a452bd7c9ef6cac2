import os
from pathlib import Path

import pytest

from crackscope.datasets.tree import Tree, is_picture_name
from crackscope.errors import DatasetError


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folders_and_files_are_listed_sorted_the_root_first(tmp_path: Path):
    _touch(tmp_path / "b/2.png", tmp_path / "b/1.png", tmp_path / "a/c/x.txt", tmp_path / "top.jpg")
    tree = Tree.scan(tmp_path)
    assert list(tree.folders) == [tmp_path, tmp_path / "a", tmp_path / "a/c", tmp_path / "b"]
    assert tree.folders[tmp_path].folders == ("a", "b")
    assert tree.folders[tmp_path].files == ("top.jpg",)
    assert tree.folders[tmp_path / "b"].files == ("1.png", "2.png")
    assert tree.notes == ()


def test_hidden_files_and_folders_are_left_out(tmp_path: Path):
    _touch(tmp_path / "images/a.png", tmp_path / "images/._a.png", tmp_path / ".git/images/b.png")
    tree = Tree.scan(tmp_path)
    assert list(tree.folders) == [tmp_path, tmp_path / "images"]
    assert tree.pictures_below(tmp_path) == [tmp_path / "images/a.png"]


def test_only_files_named_as_pictures_are_pictures(tmp_path: Path):
    _touch(tmp_path / "a.png", tmp_path / "b.JPG", tmp_path / "c.txt", tmp_path / "png", tmp_path / "d.tiff")
    tree = Tree.scan(tmp_path)
    assert [path.name for path in tree.pictures_in(tmp_path)] == ["a.png", "b.JPG", "d.tiff"]


def test_a_folder_named_as_a_picture_is_none(tmp_path: Path):
    _touch(tmp_path / "wall.png/a.png")
    tree = Tree.scan(tmp_path)
    assert tree.pictures_in(tmp_path) == []
    assert tree.pictures_below(tmp_path) == [tmp_path / "wall.png/a.png"]
    assert is_picture_name("wall.png")


def test_a_path_that_is_not_in_the_tree_holds_nothing(tmp_path: Path):
    tree = Tree.scan(tmp_path)
    assert list(tree.below(tmp_path / "gone")) == []
    assert tree.pictures_in(tmp_path / "gone") == []
    assert tree.pictures_below(tmp_path / "gone") == []


def test_a_link_to_a_folder_elsewhere_is_followed(tmp_path: Path):
    _touch(tmp_path / "elsewhere/a.png")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/walls").symlink_to(tmp_path / "elsewhere")
    tree = Tree.scan(tmp_path / "data")
    assert tree.pictures_below(tree.root) == [tmp_path / "data/walls/a.png"]
    assert tree.notes == ()


def test_a_link_that_leads_back_up_is_listed_once_and_noted(tmp_path: Path):
    _touch(tmp_path / "walls/a.png")
    (tmp_path / "walls/up").symlink_to(tmp_path)
    tree = Tree.scan(tmp_path)
    assert tree.pictures_below(tmp_path) == [tmp_path / "walls/a.png"]
    (note,) = tree.remarks
    assert note.startswith(f"{tmp_path / 'walls/up'}: ")


def test_a_link_to_itself_is_no_folder(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    _touch(tmp_path / "a.png")
    tree = Tree.scan(tmp_path)
    assert list(tree.folders) == [tmp_path]
    assert tree.pictures_in(tmp_path) == [tmp_path / "a.png"]


def test_a_root_that_is_a_link_is_resolved(tmp_path: Path):
    _touch(tmp_path / "walls/a.png")
    (tmp_path / "link").symlink_to("walls")
    assert Tree.scan(tmp_path / "link").root == tmp_path / "walls"


def test_a_folder_that_cannot_be_listed_is_noted_and_the_others_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    _touch(tmp_path / "locked/a.png", tmp_path / "open/b.png")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    tree = Tree.scan(tmp_path)
    assert tree.pictures_below(tmp_path) == [tmp_path / "open/b.png"]
    (note,) = tree.notes
    assert note.startswith(f"{tmp_path / 'locked'}: ")
    assert "Permission denied" in note


def test_a_folder_without_permission_is_noted(tmp_path: Path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    _touch(tmp_path / "locked/a.png")
    (tmp_path / "locked").chmod(0)
    try:
        (note,) = Tree.scan(tmp_path).notes
    finally:
        (tmp_path / "locked").chmod(0o700)
    assert note.startswith(f"{tmp_path / 'locked'}: ")


def test_a_file_where_a_folder_is_expected_is_refused(tmp_path: Path):
    _touch(tmp_path / "walls.png")
    with pytest.raises(DatasetError, match=r"walls\.png: is a file, not a folder"):
        Tree.scan(tmp_path / "walls.png")


def test_a_missing_folder_is_refused_with_its_name_printable(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"two\\nlines: no such folder"):
        Tree.scan(tmp_path / "two\nlines")


def test_names_of_any_bytes_are_listed(tmp_path: Path):
    name = os.fsdecode(b"wall\xff\n.png")
    _touch(tmp_path / name)
    assert Tree.scan(tmp_path).pictures_below(tmp_path) == [tmp_path / name]


def test_a_tree_deeper_than_python_calls_itself_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    levels = 1200
    monkeypatch.chdir(tmp_path)
    try:
        for _ in range(levels):
            os.mkdir("d")  # noqa: PTH102 – step by step, as the whole path grows long
            os.chdir("d")
        assert len(Tree.scan(tmp_path).folders) == levels + 1
    finally:
        for _ in range(levels):  # pytest could not remove it
            os.chdir("..")
            os.rmdir("d")  # noqa: PTH106


def test_of_a_folder_and_a_link_to_it_the_folder_is_listed(tmp_path: Path):
    _touch(tmp_path / "walls/a.png")
    (tmp_path / "alias").symlink_to("walls")
    tree = Tree.scan(tmp_path)
    assert tree.pictures_below(tmp_path) == [tmp_path / "walls/a.png"]
    (note,) = tree.remarks
    assert note.startswith(f"{tmp_path / 'alias'}: ")
