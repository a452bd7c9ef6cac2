import pytest

from crackscope.reports.scales import Scales, scale_text


@pytest.mark.parametrize(
    ("scales", "text"),
    [
        (Scales(0.2, 0.2, 0.0, ("given",)), "0.2 mm per px"),
        (Scales(0.2, 0.2, 0.002, ("given",)), "0.2 ± 0.002 mm per px"),
        (Scales(0.2, 0.2, 0.0, ("table",)), "0.2 mm per px, from a table"),
        (Scales(0.19, 0.24, None, ("markers",)), "0.19 to 0.24 mm per px, from markers in the photos"),
        (Scales(0.19, 0.24, None, ("camera",)), "0.19 to 0.24 mm per px, from the camera and the distance"),
        (Scales(0.1901, 0.1899, None, ("camera",)), "0.19 mm per px, from the camera and the distance"),
        (
            Scales(0.2, 0.2, 0.0, ("table",), unknown=3),
            "0.2 mm per px, from a table, not known for 3 photos",
        ),
        (Scales(0.2, 0.2, 0.0, ("given",), unknown=1), "0.2 mm per px, not known for 1 photo"),
        (Scales(unknown=2), ""),
    ],
)
def test_scales_in_words(scales, text):
    assert scales.text == text


@pytest.mark.parametrize("size", [1e-4, 0.123456, 1.0, 1000.0])
@pytest.mark.parametrize("origin", ["given", "table", "markers", "camera", None])
def test_no_scale_that_is_believed_is_written_with_an_exponent(size, origin):
    words = scale_text(size, size / 50, origin)
    assert "e" not in words.removesuffix(" mm per px")
    assert float(words.split()[0]) == pytest.approx(size, rel=1e-3)
