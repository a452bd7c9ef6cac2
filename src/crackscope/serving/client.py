"""A client of the service, for Python programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from crackscope.errors import CrackscopeError
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspection_json import from_document

TIMEOUT_S = 120.0


class ServiceError(CrackscopeError):
    """What the service said it could not do.

    Parameters
    ----------
    status : int
        Of the answer; 0 where none came.
    sentence : str
    field : str, optional
        At fault.
    """

    def __init__(self, status: int, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.status, self.field = status, field


@dataclass(frozen=True, slots=True)
class ServedInspection:
    """An Inspection as the service keeps it.

    Parameters
    ----------
    id : str, optional
        None where it was not kept.
    asset : str, optional
    created_at : str, optional
        ISO 8601, UTC.
    inspection : Inspection
    """

    id: str | None
    asset: str | None
    created_at: str | None
    inspection: Inspection


class Client:
    """Talks to a server of `crackscope serve`.

    Parameters
    ----------
    url : str
    key : str, optional
        Where the server needs one.
    timeout_s : float
        For one request.
    transport : httpx.BaseTransport, optional
        For tests.

    Examples
    --------
    ::

        with Client("http://127.0.0.1:8000") as client:
            served = client.inspect("wall.jpg", scale_mm_per_px=0.2, asset="pier 3")
            Path("drawn.jpg").write_bytes(client.overlay(served.id))
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def inspect(
        self,
        photo: str | Path | bytes,
        *,
        scale_mm_per_px: float | None = None,
        scale_sigma_mm_per_px: float | None = None,
        model: str | None = None,
        asset: str | None = None,
        rule: str | None = None,
        store: bool = True,
        name: str | None = None,
    ) -> ServedInspection:
        """Have a photo inspected.

        Parameters
        ----------
        photo : path or bytes
        scale_mm_per_px, scale_sigma_mm_per_px : float, optional
        model, rule : str, optional
            Of those that the server offers.
        asset : str, optional
            What the photo shows, for its history.
        store : bool
            Whether the server keeps photo and inspection.
        name : str, optional
            Of the photo; the file's name if not given.

        Raises
        ------
        ServiceError
        """
        if isinstance(photo, bytes):
            content, shown = photo, name or "photo"
        else:
            try:
                content, shown = Path(photo).read_bytes(), name or Path(photo).name
            except OSError as error:
                raise ServiceError(0, f"{photo}: cannot be read ({error.strerror}).") from error
        given = {
            "scale_mm_per_px": scale_mm_per_px,
            "scale_sigma_mm_per_px": scale_sigma_mm_per_px,
            "model": model,
            "asset": asset,
            "rule": rule,
        }
        fields = {field: str(value) for field, value in given.items() if value is not None}
        answer = self._ask(
            "POST",
            "/v1/inspections",
            params={"store": str(store).lower()},
            data=fields,
            files={"photo": (shown, content)},
        )
        return _served(answer.json())

    def get(self, inspection_id: str) -> ServedInspection:
        """Return an inspection that is kept."""
        return _served(self._ask("GET", f"/v1/inspections/{inspection_id}").json())

    def find(self, **filters: str | int) -> Iterator[dict[str, Any]]:
        """Yield what is kept, newest first, as rows; page after page.

        Parameters
        ----------
        **filters
            ``asset``, ``verdict``, ``severity``, ``since``, ``until``, ``limit`` (of a page).
        """
        cursor: str | None = None
        while True:
            asked = filters if cursor is None else {**filters, "cursor": cursor}
            page = self._ask("GET", "/v1/inspections", params=asked).json()
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def delete(self, inspection_id: str) -> None:
        """Delete an inspection and its photo."""
        self._ask("DELETE", f"/v1/inspections/{inspection_id}")

    def photo(self, inspection_id: str) -> bytes:
        """Return the photo as it was sent."""
        return self._ask("GET", f"/v1/inspections/{inspection_id}/photo").content

    def overlay(self, inspection_id: str, *, media_type: str = "image/jpeg") -> bytes:
        """Return the photo with its cracks drawn in, JPEG or PNG."""
        headers = {"Accept": media_type}
        return self._ask("GET", f"/v1/inspections/{inspection_id}/overlay", headers=headers).content

    def mask(self, inspection_id: str) -> bytes:
        """Return the mask of all cracks, a grey PNG."""
        return self._ask("GET", f"/v1/inspections/{inspection_id}/mask").content

    def history(self, asset: str) -> list[dict[str, Any]]:
        """Return an asset's inspections as rows, oldest first."""
        answer = self._ask("GET", f"/v1/assets/{quote(asset, safe='')}/history")
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def models(self) -> list[dict[str, Any]]:
        """Return the models that the server offers."""
        items: list[dict[str, Any]] = self._ask("GET", "/v1/models").json()["items"]
        return items

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **given)
        except httpx.HTTPError as error:
            raise ServiceError(0, f"{self._http.base_url}: does not answer ({error}).") from error
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
            raise ServiceError(answer.status_code, str(problem["detail"]), field=problem.get("field"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            sentence = f"{self._http.base_url}: answered with status {answer.status_code}."
            raise ServiceError(answer.status_code, sentence) from error


def _served(document: dict[str, Any]) -> ServedInspection:
    return ServedInspection(
        id=document.get("id"),
        asset=document.get("asset"),
        created_at=document.get("created_at"),
        inspection=from_document(document),
    )
