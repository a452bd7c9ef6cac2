"""Which files a search takes, in which order, and what it calls them."""

from pathlib import PurePosixPath

import pytest
from PIL import Image

from crackscope.errors import PhotoError
from crackscope.imaging.folder import find_photos


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path, "PNG")
    return path


def names(*paths):
    return [photo.name for photo in find_photos(paths)]


def test_folders_are_searched_to_the_bottom_and_sorted(tmp_path):
    for name in ("b.jpg", "a.JPG", "sub/deeper/c.tiff", "sub/Straße 1.png"):
        put(tmp_path / name)
    assert names(tmp_path) == ["a.JPG", "b.jpg", "sub/Straße 1.png", "sub/deeper/c.tiff"]


def test_hidden_files_and_what_is_no_picture_are_left_out(tmp_path):
    for name in (".hidden.jpg", ".trash/x.jpg", "real.png"):
        put(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "README").write_text("no picture")
    assert names(tmp_path) == ["real.png"]


def test_a_picture_without_suffix_is_found_by_its_content(tmp_path):
    put(tmp_path / "IMG1")
    assert names(tmp_path) == ["IMG1"]


def test_unreadable_kinds_are_listed_unless_a_readable_one_lies_beside(tmp_path):
    put(tmp_path / "one.jpg")
    for name in ("one.dng", "two.heic"):
        (tmp_path / name).write_bytes(b"raw")
    assert names(tmp_path) == ["one.jpg", "two.heic"]


def test_links_that_lead_back_are_not_followed_for_ever(tmp_path):
    put(tmp_path / "a" / "one.png")
    (tmp_path / "a" / "back").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert names(tmp_path) == ["a/one.png"]


def test_a_file_named_by_the_user_is_taken_whatever_its_name(tmp_path):
    assert names(put(tmp_path / "odd.dat")) == ["odd.dat"]


def test_what_is_named_twice_is_taken_once(tmp_path):
    one = put(tmp_path / "one.png")
    assert names(tmp_path, one, tmp_path) == ["one.png"]


def test_photos_of_one_name_in_two_folders_get_different_safe_names(tmp_path):
    put(tmp_path / "north" / "1.png")
    put(tmp_path / "south" / "1.png")
    put(tmp_path / "south" / "2.png")
    found = names(tmp_path / "north", tmp_path / "south" / ".." / "south")
    assert len(set(found)) == 3
    assert found[0].endswith("north/1.png")
    assert found[1].endswith("south/1.png")
    assert found[2] == "2.png"
    for name in found:
        assert not PurePosixPath(name).is_absolute()
        assert ".." not in PurePosixPath(name).parts


def test_a_missing_path_and_a_folder_without_pictures_are_errors(tmp_path):
    with pytest.raises(PhotoError, match="there is no such file or folder; check the path"):
        find_photos([tmp_path / "gone"])
    with pytest.raises(PhotoError, match="no pictures found; name a folder with"):
        find_photos([tmp_path])
