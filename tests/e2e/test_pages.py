"""The pages of the server, in a real browser."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
uvicorn = pytest.importorskip("uvicorn", reason="the serve extra is not installed")
pytest.importorskip("fastapi", reason="the serve extra is not installed")

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists():
    pytest.skip(f"there is no {CHROMIUM}", allow_module_level=True)

WALL_PX = (300, 420)
BARS = ((60, 40, 64, 130), (200, 300, 204, 390))
"""Top, left, bottom and right of what is drawn as cracks."""
PATIENCE_MS = 15_000
ASSET = "Pier 3 & ä?"
"""With signs that an address must write otherwise."""


def draw_wall(path: Path, *, width_px: int = 4) -> Path:
    wall = np.full(WALL_PX, 180, np.uint8)
    for top, left, _, right in BARS:
        wall[top : top + width_px, left:right] = 40
    cv2.imwrite(str(path), wall)
    return path


@pytest.fixture(scope="module")
def address(dark_model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from crackscope.serving.app import make_app
    from crackscope.serving.places import store_places
    from crackscope.serving.settings import ServiceSettings

    store_url, blobs_url = store_places(str(tmp_path_factory.mktemp("store")))
    settings = ServiceSettings(
        model=str(dark_model_file), processes=1, store_url=store_url, blobs_url=blobs_url
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page in a fresh browser profile that notes what went wrong and who was asked beside the server."""

    def __init__(self, browser: Any, address: str, **traits: Any) -> None:
        traits = {"locale": "en-GB", "viewport": {"width": 1280, "height": 860}} | traits
        self.context = browser.new_context(**traits)
        self.context.route(lambda url: not url.startswith((f"{address}/", "blob:", "data:")), self._strayed)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.address, self.strays, self.faults = address, [], []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._said)

    def _strayed(self, route: Any) -> None:
        self.strays.append(route.request.url)
        route.abort()

    def _said(self, message: Any) -> None:
        # The browser itself notes every answer of 400 and above; the pages' own words for them are tested.
        if message.type in ("error", "warning") and "the server responded with a status" not in message.text:
            self.faults.append(message.text)

    def __enter__(self) -> Any:
        self.page.goto(f"{self.address}/")
        self.page.wait_for_selector("h1")
        return self.page

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.faults == []
            assert self.strays == []


def zoom(page: Any) -> float:
    return float(page.get_attribute("#stage", "data-zoom"))


def await_zoom(page: Any, above: float) -> None:
    deadline = time.monotonic() + 5
    while zoom(page) <= above and time.monotonic() < deadline:
        page.wait_for_timeout(30)
    assert zoom(page) > above


def inspect(page: Any, photo: Path, *, asset: str = "") -> None:
    page.fill("#asset", asset)
    page.set_input_files("#photo-files", photo)
    page.wait_for_selector("#stage")


def test_a_chosen_photo_opens_its_result_and_a_click_on_a_crack_zooms_to_it(
    browser: Any, address: str, tmp_path: Path
) -> None:
    with Visit(browser, address) as page:
        page.fill("#scale", "0.5")
        inspect(page, draw_wall(tmp_path / "wall.png"))
        assert page.inner_text("h1") == "wall.png"
        rows = page.locator(".cracks tr[data-number]:not(.words)")
        assert rows.count() == len(BARS)
        assert "mm" in rows.first.inner_text()
        assert page.locator(".mark").count() == len(BARS)
        page.wait_for_selector(".stage-note", state="hidden")
        assert page.evaluate("document.querySelector('.wall img').naturalWidth") == WALL_PX[1]
        rows.nth(1).click()
        await_zoom(page, 1.5)
        assert page.get_attribute(".mark.chosen", "data-number") == "2"
        page.keyboard.press("0")
        page.wait_for_selector("#stage.fitted")


def test_the_tint_lies_on_the_bars(browser: Any, address: str, tmp_path: Path) -> None:
    with Visit(browser, address) as page:
        inspect(page, draw_wall(tmp_path / "tint.png", width_px=6))
        alpha = page.evaluate(
            "(spots) => { const canvas = document.querySelector('canvas.tint');"
            " const {width, height} = canvas;"
            " const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);"
            " return spots.map(([x, y]) => data[4 * (y * width + x) + 3]); }",
            [[(left + right) // 2, top + 3] for top, left, _, right in BARS] + [[10, 10], [210, 150]],
        )
        assert alpha == [255, 255, 0, 0]


def test_wheel_drag_and_double_click_zoom_and_move(browser: Any, address: str, tmp_path: Path) -> None:
    with Visit(browser, address) as page:
        inspect(page, draw_wall(tmp_path / "wheel.png"))
        bounds = page.locator("#stage").bounding_box()
        x, y = bounds["x"] + bounds["width"] / 2, bounds["y"] + bounds["height"] / 2
        page.mouse.move(x, y)
        page.mouse.wheel(0, -400)
        await_zoom(page, 1.3)
        before = page.evaluate("document.querySelector('.wall').style.transform")
        page.mouse.down()
        page.mouse.move(x + 60, y + 20, steps=3)
        page.mouse.up()
        assert page.evaluate("document.querySelector('.wall').style.transform") != before
        page.keyboard.press("0")
        page.wait_for_selector("#stage.fitted")
        page.mouse.dblclick(x, y)
        await_zoom(page, 2.5)


def test_a_dropped_text_file_is_answered_with_the_sentence(
    browser: Any, address: str, tmp_path: Path
) -> None:
    drop = """(text) => {
        const carried = new DataTransfer();
        carried.items.add(new File([text], 'notes.jpg', {type: 'image/jpeg'}));
        const traits = {dataTransfer: carried, bubbles: true, cancelable: true};
        for (const type of ['dragenter', 'drop']) document.body.dispatchEvent(new DragEvent(type, traits));
    }"""
    with Visit(browser, address) as page:
        page.evaluate(drop, "<b>no picture</b>")
        page.wait_for_selector(".sent.failed")
        assert "notes.jpg: is not a picture but text" in page.inner_text(".sent .fault")
        assert page.is_hidden("#drop-here")
        page.set_input_files(
            "#photo-files", [draw_wall(tmp_path / f"{each}.png") for each in ("one", "two", "three")]
        )
        page.locator(".sent.done").nth(2).wait_for()
        assert "3 of 4 inspected, 1 failed" in page.inner_text(".bar .quiet")


def test_the_history_lists_what_was_inspected_and_an_asset_has_a_chart_from_two_on(
    browser: Any, address: str, tmp_path: Path
) -> None:
    with Visit(browser, address) as page:
        inspect(page, draw_wall(tmp_path / "june.png"), asset=ASSET)
        page.goto(f"{address}/#/assets/{quote(ASSET, safe='')}")
        page.wait_for_selector(".kept")
        assert page.locator(".chart").count() == 0
        page.goto(f"{address}/#/")
        inspect(page, draw_wall(tmp_path / "july.png", width_px=6), asset=ASSET)
        page.click("nav >> text=History")
        page.wait_for_selector(".kept")
        assert page.locator(".kept .name").all_inner_texts()[:2] == ["july.png", "june.png"]
        page.select_option("select[name=asset]", ASSET)
        page.wait_for_selector("text=2 inspections shown")
        page.select_option("select[name=verdict]", "no crack")
        page.wait_for_selector("text=No inspection matches these filters.")
        page.go_back()
        page.locator(".kept .asset a").first.click()
        page.wait_for_selector(".chart")
        assert page.locator(".chart").count() == 2
        page.locator(".chart a").last.click()
        page.wait_for_selector("#stage")
        assert page.inner_text("h1") == "july.png"


def test_a_deleted_inspection_is_gone_after_a_question(browser: Any, address: str, tmp_path: Path) -> None:
    with Visit(browser, address) as page:
        inspect(page, draw_wall(tmp_path / "gone.png"))
        with page.expect_download() as saved:
            page.click("text=JSON")
        assert saved.value.suggested_filename == "gone.json"
        with page.expect_download() as saved:
            page.click("text=Picture")
        assert saved.value.suggested_filename == "gone-cracks.jpg"
        page.click("#delete")
        page.click("#sure-no")
        page.wait_for_selector("#delete:focus")
        page.keyboard.press("Enter")
        page.click("#sure-yes")
        page.wait_for_selector(".filters, .note")
        assert "gone.png" not in page.inner_text("main")


def test_german_and_dark_can_be_chosen_and_are_remembered(browser: Any, address: str) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with Visit(browser, address) as page:
        assert page.inner_text("h1") == "Inspect photos"
        light = page.evaluate(ground)
        page.click("#language")
        page.click("#theme")
        page.reload()
        page.wait_for_selector("text=Fotos prüfen")
        assert page.get_attribute("html", "lang") == "de"
        assert page.get_attribute("#theme", "aria-pressed") == "true"
        assert page.evaluate(ground) != light
    with Visit(browser, address, locale="de-AT", color_scheme="dark") as page:
        assert page.inner_text("h1") == "Fotos prüfen"
        assert page.evaluate(ground) != light


def test_the_keyboard_alone_leads_from_a_photo_to_a_crack(browser: Any, address: str, tmp_path: Path) -> None:
    def tab_to(page: Any, selector: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
        pytest.fail(f"Tab does not reach {selector}")

    with Visit(browser, address) as page:
        page.on("filechooser", lambda _: None)  # early, for the browser is told of it while keys are pressed
        tab_to(page, "#choose")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(draw_wall(tmp_path / "keys.png"))
        page.wait_for_selector("#stage")
        tab_to(page, "#stage")
        page.keyboard.press("+")
        await_zoom(page, 1.2)
        tab_to(page, ".cracks button")
        page.keyboard.press("Enter")
        page.wait_for_selector(".mark.chosen", state="attached")  # flat, so never "visible"
        assert page.evaluate("getComputedStyle(document.activeElement.firstChild).outlineStyle") == "solid"


def test_a_busy_server_is_waited_for_and_a_key_is_asked_for(
    browser: Any, address: str, tmp_path: Path
) -> None:
    answers = [
        {"status": 503, "headers": {"Retry-After": "1"}, "json": {"detail": "all workers are busy."}},
        {"status": 401, "json": {"detail": "this server needs a key."}},
        {"status": 422, "json": {"detail": "the story ends here."}},
    ]
    keys = []

    def answer(route: Any) -> None:
        keys.append(route.request.headers.get("authorization"))
        route.fulfill(**answers[len(keys) - 1])

    with Visit(browser, address) as page:
        page.route("**/v1/inspections", answer)
        page.set_input_files("#photo-files", draw_wall(tmp_path / "busy.png"))
        page.wait_for_selector("text=The server is busy")
        page.wait_for_selector("#key-dialog[open]")
        page.fill("#key-input", "a key")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=the story ends here.")
        assert keys == [None, None, "Bearer a key"]
        assert page.evaluate("[localStorage.length, sessionStorage.getItem('crackscope.key')]") == [
            0,
            "a key",
        ]


def test_all_pages_fit_a_narrow_phone(browser: Any, address: str, tmp_path: Path) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with Visit(browser, address, **phone) as page:
        for place in ("#/", "#/history"):
            page.goto(f"{address}/{place}")
            page.wait_for_selector("h1")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.goto(f"{address}/#/")
        page.wait_for_selector("#camera")
        inspect(page, draw_wall(tmp_path / "phone.png"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".cracks button").last.tap()
        await_zoom(page, 1.5)


@pytest.mark.parametrize("path", ["/pages/app.py", "/pages/..%2fapp.py", "/pages/%2e%2e/app.py", "/pages/"])
def test_nothing_beside_the_pages_is_served(address: str, path: str) -> None:
    import httpx

    assert httpx.get(address + path).status_code == 404


def test_pages_are_kept_by_browsers_until_they_change(address: str) -> None:
    import httpx

    from crackscope.serving.routes.pages import PAGES

    with httpx.Client(base_url=address) as client:
        for name, media_type in PAGES.items():
            first = client.get(f"/pages/{name}")
            assert first.status_code == 200
            assert first.headers["content-type"].partition(";")[0] == media_type
            again = client.get(f"/pages/{name}", headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert client.head("/").headers["content-type"].startswith("text/html")
        assert client.post("/").status_code == 405


def test_every_page_of_the_folder_is_served_and_no_other() -> None:
    from crackscope.serving.routes import pages

    folder = Path(pages.__file__).parent.parent / "pages"
    assert {each.name for each in folder.iterdir()} == set(pages.PAGES)
