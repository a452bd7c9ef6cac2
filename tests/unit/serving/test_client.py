import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

from crackscope.imaging.encode import png_bytes, write_png
from crackscope.serving.client import Client, ServiceError


def wall():
    pixels = np.full((120, 160, 3), 160, np.uint8)
    pixels[60:64, 20:120] = 20
    return pixels


@pytest.fixture(scope="module")
def client(served):
    tested = served()
    own = Client()
    own._http = tested  # the same interface, over the app itself
    return own


def test_a_program_inspects_lists_draws_and_deletes(client, tmp_path):
    path = tmp_path / "wall.png"
    write_png(path, wall())
    one = client.inspect(path, scale_mm_per_px=0.5, asset="pier 3/north")
    two = client.inspect(png_bytes(wall()), name="again.png", asset="pier 3/north")
    assert one.inspection.cracks[0].length_mm == pytest.approx(50, rel=0.03)
    assert (one.inspection.photo.name, two.inspection.photo.name) == ("wall.png", "again.png")
    assert client.get(one.id) == one
    assert [row["id"] for row in client.find(limit=1)] == [two.id, one.id]
    assert client.photo(one.id) == path.read_bytes()
    assert client.overlay(one.id, media_type="image/png").startswith(b"\x89PNG")
    assert client.mask(one.id).startswith(b"\x89PNG")
    assert client.models()[0]["task"] == "segment"
    assert [row["id"] for row in client.history("pier 3/north")] == [one.id, two.id]
    client.delete(one.id)
    with pytest.raises(ServiceError, match="not known here") as caught:
        client.get(one.id)
    assert caught.value.status == 404


def test_what_the_service_refuses_is_an_error_with_its_sentence(client, tmp_path):
    with pytest.raises(ServiceError, match="is not a picture") as caught:
        client.inspect(b"text", name="a.jpg")
    assert (caught.value.status, caught.value.field) == (422, "photo")
    with pytest.raises(ServiceError, match="cannot be read"):
        client.inspect(tmp_path / "none.jpg")


def test_a_server_that_is_not_there_is_an_error():
    with (
        Client("http://127.0.0.1:9", timeout_s=2) as client,
        pytest.raises(ServiceError, match="does not answer"),
    ):
        client.models()
