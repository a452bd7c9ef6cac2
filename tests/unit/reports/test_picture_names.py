from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crackscope.reports.picture_names import picture_name

PARTS = st.one_of(
    st.sampled_from(
        ["..", ".", "", "a.jpg", "a", "a.png", "A.JPG", "con", "a.png.jpg", "a~0123456789.jpg", "x."]
    ),
    st.text(max_size=300),
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    "name", ["wall.jpg", "north/wall 3.JPG", "Brücke/Pfeiler 1.jpeg", "wall_jpg.rf.12.jpg"]
)
def test_a_harmless_jpeg_keeps_its_name(name):
    assert picture_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "../x.jpg",
        "/etc/x.jpg",
        "a/../../x.jpg",
        "C:\\x.jpg",
        "a//b.jpg",
        "CON.jpg",
        "a\nb.jpg",
        ".hidden/x.jpg",
    ],
)
def test_a_name_that_could_do_harm_is_changed_and_marked(name):
    assert "~" in picture_name(name)
    assert picture_name(name) != name


@given(NAMES)
def test_no_name_leaves_the_folder(name):
    path = PurePosixPath(picture_name(name))
    assert not path.is_absolute()
    assert not {"..", ".", ""} & set(picture_name(name).split("/"))
    assert "\\" not in str(path)
    assert path.suffix.lower() in (".jpg", ".jpeg")
    assert all(len(part.encode("utf-8")) < 256 for part in path.parts)


@given(NAMES, NAMES)
def test_two_photos_never_share_a_picture(one, other):
    if one != other:
        assert picture_name(one) != picture_name(other)


@given(NAMES, NAMES)
def test_no_picture_is_a_folder_of_another(one, other):
    assert not picture_name(other).startswith(picture_name(one) + "/")
