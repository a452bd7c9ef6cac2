import cv2
import numpy as np
import pytest

from crackscope.errors import RegistrationError
from crackscope.imaging.registration import register
from drawn_pair import HEIGHT, MOVED, WIDTH, grey, seen_from, wavy

CRACK = wavy((80, 60), (330, 500), 3.0)
GRID = np.stack(np.meshgrid(np.arange(40, HEIGHT - 40, 60.0), np.arange(40, WIDTH - 40, 60.0)), -1).reshape(
    -1, 2
)


@pytest.mark.parametrize("surface", ["concrete", "asphalt", "plaster"])
@pytest.mark.parametrize("view", [np.eye(3), MOVED, np.array([[0.8, 0, 60], [0, 0.8, 40], [0, 0, 1.0]])])
def test_places_are_found_again_to_a_fraction_of_a_pixel(surface, view):
    found = register(grey([CRACK], surface=surface), grey([CRACK], surface=surface, noise_seed=1, view=view))
    off = found.to_after(GRID) - seen_from(view, GRID)
    assert np.sqrt(np.mean(off**2)) < 0.25
    np.testing.assert_allclose(found.to_before(found.to_after(GRID)), GRID, atol=1e-6)
    assert found.sigma_px < 0.5


def test_a_photo_turned_by_a_quarter_is_found():
    before = grey([CRACK], surface="asphalt")
    found = register(before, np.ascontiguousarray(np.rot90(before)))
    assert found.to_after(np.array([[100.0, 200.0]]))[0] == pytest.approx([WIDTH - 1 - 200, 100], abs=0.2)


def test_other_light_does_not_matter():
    before, after = grey([CRACK]), grey([CRACK], noise_seed=1).astype(np.float64)
    after = np.clip(after * np.linspace(0.5, 1.1, WIDTH), 0, 255).astype(np.uint8)
    assert np.abs(register(before, after).to_after(GRID) - GRID).max() < 0.5


def test_the_overlap_is_the_share_of_the_first_photo_that_is_in_the_second():
    before = grey([CRACK], surface="asphalt")
    assert register(before, before).overlap == 1.0
    half = np.array([[1, 0, -WIDTH / 3], [0, 1, 0], [0, 0, 1.0]])
    after = grey([CRACK], surface="asphalt", view=half)[:, : WIDTH * 2 // 3]
    assert register(before, after).overlap == pytest.approx(2 / 3, abs=0.05)


@pytest.mark.parametrize("surface", ["concrete", "asphalt", "plaster"])
def test_photos_of_two_walls_are_refused(surface):
    with pytest.raises(RegistrationError, match="do not seem to show the same place"):
        register(grey([CRACK], surface=surface), grey([CRACK], seed=77, surface=surface))


def test_photos_without_detail_are_refused():
    plain = np.full((300, 400), 128, np.uint8)
    with pytest.raises(RegistrationError, match="first photo shows too little detail"):
        register(plain, grey([CRACK]))
    with pytest.raises(RegistrationError, match="second photo shows too little detail"):
        register(grey([CRACK]), plain)


def test_photos_that_hardly_overlap_are_refused():
    far = np.array([[1, 0, -0.85 * WIDTH], [0, 1, 0], [0, 0, 1.0]])
    before = grey([CRACK], surface="asphalt")
    after = cv2.warpPerspective(before, far, (WIDTH, HEIGHT), borderValue=128)
    with pytest.raises(RegistrationError, match=r"less than 25% of the first photo|do not seem to show"):
        register(before, after)


def test_a_mirrored_photo_is_refused():
    before = grey([CRACK], surface="asphalt")
    with pytest.raises(RegistrationError):
        register(before, np.ascontiguousarray(before[:, ::-1]))


def test_a_surface_that_is_not_flat_is_refused():
    before = grey([CRACK], surface="asphalt")
    rows, columns = np.indices(before.shape).astype(np.float32)
    bent = cv2.remap(
        before, columns + 9 * np.sin(rows / 25), rows + 9 * np.sin(columns / 25), cv2.INTER_LINEAR
    )
    with pytest.raises(RegistrationError):
        register(before, bent)


def test_the_same_photos_give_the_same_registration():
    pair = grey([CRACK]), grey([CRACK], noise_seed=1, view=MOVED)
    one, other = register(*pair), register(*pair)
    np.testing.assert_array_equal(one.after_from_before, other.after_from_before)
