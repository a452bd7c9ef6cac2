import io
import random
import stat
import struct
import zipfile

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

from crackscope.imaging.encode import png_bytes
from crackscope.serving.archives import ArchiveLimits, read_archive
from crackscope.serving.problems import ProblemError
from crackscope.serving.store import Unusable

PICTURE = png_bytes(np.full((8, 8, 3), 160, np.uint8))


def packed(*entries, method=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def taken(archive, **limits):
    return list(read_archive(io.BytesIO(archive), ArchiveLimits(**limits)))


def refusal(archive, **limits):
    with pytest.raises(ProblemError) as caught:
        taken(archive, **limits)
    assert caught.value.field == "archive"
    assert caught.value.detail.startswith("archive: ")
    assert "\n" not in caught.value.detail
    return caught.value


def with_mode(name, mode):
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def patched(archive, *, central_at, size, value):
    """Overwrite a number in every entry of the central directory."""
    changed = bytearray(archive)
    place = archive.find(b"PK\1\2")
    while place >= 0:
        changed[place + central_at : place + central_at + size] = value.to_bytes(size, "little")
        place = archive.find(b"PK\1\2", place + 4)
    return bytes(changed)


def test_photos_come_out_in_their_order_with_the_names_of_their_folders():
    archive = packed(("south/2.png", PICTURE), ("north/", b""), ("north/1.png", PICTURE))
    assert taken(archive) == [("south/2.png", PICTURE), ("north/1.png", PICTURE)]


def test_backslashes_and_a_leading_dot_are_folders_too():
    assert [name for name, _ in taken(packed(("./a.png", PICTURE)))] == ["a.png"]
    entry = zipfile.ZipInfo("x.png")
    entry.filename = entry.orig_filename = "north\\b.png"
    assert [name for name, _ in taken(packed((entry, PICTURE)))] == ["north/b.png"]


def test_names_are_printable_and_distinct_whatever_their_case():
    archive = packed(("a\nb.png", PICTURE), ("wall.png", PICTURE), ("Wall.png", PICTURE))
    assert [name for name, _ in taken(archive)] == ["a\\nb.png", "wall.png", "Wall (2).png"]


def test_hidden_files_and_those_of_the_mac_are_passed_over():
    archive = packed(
        ("__MACOSX/._a.png", b"\0\5\x16\7"), (".DS_Store", b"x"), (".git/a.png", PICTURE), ("a.png", PICTURE)
    )
    assert taken(archive) == [("a.png", PICTURE)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"x", "text"),
        (b"minutes of the meeting", "text"),
        (b"GIF89a" + bytes(40), "GIF"),
        (b"PK\3\4" + bytes(40), "ZIP"),
    ],
)
def test_what_is_no_picture_is_noted_and_others_go_on(content, reason):
    (name, unusable), good = taken(packed(("a.jpg", content), ("b.png", PICTURE)))
    assert name == "a.jpg"
    assert unusable.reason.startswith("a.jpg:")
    assert reason in unusable.reason
    assert good == ("b.png", PICTURE)


@pytest.mark.parametrize(
    "name",
    ["../a.png", "a/../../b.png", "..\\a.png", "/etc/a.png", "\\\\host\\a.png", "C:\\a.png", "c:a.png"],
)
def test_names_that_lead_elsewhere_are_refused(name):
    entry = zipfile.ZipInfo("x")
    entry.filename = entry.orig_filename = name
    assert refusal(packed((entry, PICTURE))).status == 422


def test_a_name_with_a_hidden_end_is_refused():
    archive = packed(("a.png", PICTURE), ("b.png#x.exe", PICTURE)).replace(b"b.png#x", b"b.png\0x")
    assert "leads out" in refusal(archive).detail


@pytest.mark.parametrize("name", ["NUL", "com1.png", "photos/aux/a.png", "LPT9.tar.png", "con .png"])
def test_names_of_devices_are_refused(name):
    assert "device" in refusal(packed((name, PICTURE))).detail


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o600, stat.S_IFIFO | 0o600])
def test_links_and_devices_are_refused(mode):
    assert refusal(packed((with_mode("a.png", mode), b"/etc/passwd"))).status == 422


def test_an_archive_in_an_archive_is_refused():
    assert "archive itself" in refusal(packed(("inner.ZIP", packed(("a.png", PICTURE))))).detail


def test_encrypted_entries_are_refused():
    assert "password" in refusal(patched(packed(("a.png", PICTURE)), central_at=8, size=2, value=1)).detail


def test_unusual_ways_of_packing_are_refused():
    assert "deflate" in refusal(packed(("a.png", PICTURE), method=zipfile.ZIP_LZMA)).detail


def test_a_photo_that_grows_a_thousandfold_is_refused():
    bomb = packed(("a.png", PICTURE[:8] + bytes(8_000_000)))
    assert len(bomb) < 10_000
    assert "100-fold" in refusal(bomb).detail


def test_zeros_that_are_no_picture_are_not_even_unpacked():
    bomb = packed(*((f"{number}.jpg", bytes(4_000_000)) for number in range(5)))
    assert all(isinstance(content, Unusable) for _, content in taken(bomb, total_bytes=1000))


def test_one_photo_too_large_is_noted_and_all_together_too_large_is_refused():
    noise = PICTURE + random.Random(5).randbytes(600_000)
    archive = packed(("a.png", noise), ("b.png", PICTURE))
    (_, large), (_, small) = taken(archive, photo_bytes=500_000)
    assert "more than 0.5 MB" in large.reason
    assert small == PICTURE
    problem = refusal(packed(("a.png", noise), ("b.png", noise)), total_bytes=1_000_000)
    assert problem.status == 413


def test_a_size_that_is_stated_too_small_is_damage():
    archive = patched(packed(("a.png", PICTURE * 100)), central_at=24, size=4, value=len(PICTURE))
    ((_, unusable),) = taken(archive)
    assert "damaged" in unusable.reason


def test_a_size_that_is_stated_too_large_gains_nothing():
    archive = patched(packed(("a.png", PICTURE)), central_at=24, size=4, value=4_000_000_000)
    assert [content for _, content in taken(archive)] == [PICTURE]


def test_entries_that_share_bytes_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", PICTURE)
        archive.filelist.append(archive.filelist[0])
    assert "overlap" in refusal(file.getvalue()).detail


def test_too_many_entries_and_too_long_a_list_of_them_are_refused():
    many = packed(*((f"{number}.png", PICTURE) for number in range(12)))
    assert refusal(many, photos=11).status == 413
    assert len(taken(many, photos=12)) == 12
    entries = []
    for number in range(80):
        entry = zipfile.ZipInfo(f"{number}.png")
        entry.comment = bytes(60_000)
        entries.append((entry, PICTURE))
    assert "too long a list" in refusal(packed(*entries)).detail


@pytest.mark.parametrize("content", [b"", b"x", b"no archive at all" * 100, b"PK\5\6" + bytes(18)[:-3]])
def test_what_is_no_archive_is_refused(content):
    assert refusal(content).status == 422


def test_a_directory_of_any_stated_size_is_not_read_into_memory():
    archive = bytearray(packed(("a.png", PICTURE)) + bytes(5_000_000))
    archive += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 5_000_000, 0, 0)
    assert "too long a list" in refusal(bytes(archive)).detail


def test_damage_of_any_kind_ends_in_a_sentence():
    good = packed(("a.png", PICTURE), ("b/c.png", PICTURE * 20), ("d.txt", b"text"))
    chance = random.Random(11)
    for _ in range(600):
        broken = bytearray(good)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        cut = bytes(broken[: chance.choice((len(broken), chance.randrange(len(broken))))])
        try:
            taken(cut)
        except ProblemError as problem:
            assert problem.detail.endswith(".")  # noqa: PT017 - or it comes to no harm
