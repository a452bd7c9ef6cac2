"""``/v1/inspections``: post a photo, get it back inspected; look at what is kept."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from crackscope.imaging.photo import printable
from crackscope.inspection.inspection import Inspection
from crackscope.measurement.rule_file import shipped_rules
from crackscope.serving.auth import Owner
from crackscope.serving.documents import full_document, links_of, short_document
from crackscope.serving.media_types import media_type_of
from crackscope.serving.photo_names import LONGEST_NAME, uploaded_name
from crackscope.serving.problems import ProblemError
from crackscope.serving.state import ServiceState, state_of
from crackscope.serving.worker import DrawJob, InspectJob, MediaType, PictureKind, Refused

_log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/inspections", tags=["inspections"])

JSON_TYPE = "application/json"
PICTURE_TYPES: tuple[MediaType, ...] = ("image/png", "image/jpeg")
_PICTURES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in PICTURE_TYPES}, "description": "The picture."}
}
_CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The inspection, or the photo with its cracks drawn in.",
        "content": {JSON_TYPE: {}, **{media: {} for media in PICTURE_TYPES}},
    }
}


@router.post("", status_code=201, responses=_CREATED)
async def inspect(  # noqa: PLR0917 - FastAPI gives parameters by name
    request: Request,
    owner: Owner,
    photo: Annotated[UploadFile, File(description="JPEG, PNG, TIFF, BMP or WebP.")],
    scale_mm_per_px: Annotated[float | None, Form(gt=0, allow_inf_nan=False)] = None,
    scale_sigma_mm_per_px: Annotated[float | None, Form(ge=0, allow_inf_nan=False)] = None,
    model: Annotated[str | None, Form(max_length=LONGEST_NAME)] = None,
    asset: Annotated[str | None, Form(min_length=1, max_length=LONGEST_NAME)] = None,
    rule: Annotated[str | None, Form(max_length=LONGEST_NAME)] = None,
    store: Annotated[bool, Query(description="Keep the photo and the inspection.")] = True,
) -> Response:
    """Inspect a photo.

    Answers with the Inspection as JSON or, with ``Accept: image/png`` or ``image/jpeg``, with the photo and
    its cracks drawn in; verdict, number of cracks and coverage are in headers then.
    """
    state = state_of(request)
    picture = wanted_picture(request.headers.get("accept", "*/*"))
    if len((await request.form()).getlist("photo")) > 1:
        raise ProblemError(422, "photo: send one at a time, or many as a survey.", field="photo")
    content = await photo.read()
    if not content:
        raise ProblemError(422, "photo: is empty; send the picture's content.", field="photo")
    job = InspectJob(
        content=content,
        name=uploaded_name(photo.filename),
        model=chosen_model(state, model),
        scale_mm_per_px=scale_mm_per_px,
        scale_sigma_mm_per_px=scale_sigma_mm_per_px,
        rule=checked_rule(rule, scale_mm_per_px),
        picture=picture,
        max_pixels=state.settings.max_pixels,
    )
    outcome = await state.pool.run(job)
    if isinstance(outcome, Refused | bytes):
        raise refused(outcome, field="photo")
    inspection = outcome.inspection
    state.metrics.inspection(dict(inspection.timings_ms))
    stored = None
    if store:
        stored = await run_in_threadpool(
            state.store.add,
            inspection,
            photo=content,
            media_type=media_type_of(content),
            asset=asset,
            owner=owner,
        )
    headers = {} if stored is None else {"Location": links_of(stored)["self"]}
    if outcome.picture is not None and picture is not None:
        headers |= figures_in_headers(inspection, None if stored is None else stored.id)
        return Response(outcome.picture, 201, headers=headers, media_type=picture)
    return JSONResponse(full_document(inspection, stored), 201, headers=headers)


@router.get("")
async def listed(  # noqa: PLR0917 - as above
    request: Request,
    owner: Owner,
    asset: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None,
    verdict: Annotated[Literal["crack", "no crack"] | None, Query()] = None,
    severity: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None,
    since: Annotated[datetime | None, Query(description="Not inspected before.")] = None,
    until: Annotated[datetime | None, Query(description="Inspected before.")] = None,
    cursor: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JSONResponse:
    """List what is kept, newest first, a page at a time."""
    page = await run_in_threadpool(
        state_of(request).store.find,
        owner=owner,
        asset=asset,
        verdict=verdict,
        severity=severity,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
    )
    items = [short_document(stored) for stored in page.items]
    return JSONResponse({"items": items, "next_cursor": page.next_cursor})


@router.get("/{inspection_id}")
async def one(request: Request, owner: Owner, inspection_id: str) -> JSONResponse:
    """Return one Inspection as JSON."""
    state = state_of(request)
    stored = await run_in_threadpool(state.store.get, inspection_id, owner=owner)
    inspection = await run_in_threadpool(state.store.inspection, stored)
    return JSONResponse(full_document(inspection, stored))


@router.delete("/{inspection_id}", status_code=204)
async def deleted(request: Request, owner: Owner, inspection_id: str) -> Response:
    """Delete an inspection and, unless another one needs it, its photo."""
    state = state_of(request)
    await run_in_threadpool(state.store.delete, inspection_id, owner=owner)
    await run_in_threadpool(state.store.note, owner, "delete", inspection_id, "")
    return Response(status_code=204)


@router.get("/{inspection_id}/photo", response_class=Response, responses=_PICTURES)
async def photo(request: Request, owner: Owner, inspection_id: str) -> Response:
    """Return the photo as it was sent."""
    state = state_of(request)
    stored = await run_in_threadpool(state.store.get, inspection_id, owner=owner)
    content = await run_in_threadpool(state.store.photo, stored)
    if content is None:
        raise ProblemError(404, "the photo was not kept.")
    return _cached(content, stored.photo_media_type or "application/octet-stream", stored.photo_sha256 or "")


@router.get("/{inspection_id}/overlay", response_class=Response, responses=_PICTURES)
async def overlay(request: Request, owner: Owner, inspection_id: str) -> Response:
    """Return the photo with its cracks drawn in."""
    return await _picture(request, owner, inspection_id, "overlay")


@router.get("/{inspection_id}/mask", response_class=Response, responses=_PICTURES)
async def mask(request: Request, owner: Owner, inspection_id: str) -> Response:
    """Return the mask of all cracks: a grey PNG, 255 on the crack."""
    return await _picture(request, owner, inspection_id, "mask")


async def _picture(request: Request, owner: str | None, inspection_id: str, kind: PictureKind) -> Response:
    state = state_of(request)
    stored = await run_in_threadpool(state.store.get, inspection_id, owner=owner)
    inspection = await run_in_threadpool(state.store.inspection, stored)
    content = None
    media: MediaType = "image/png"
    if kind == "overlay":
        media = wanted_picture(request.headers.get("accept", "*/*")) or "image/jpeg"
        content = await run_in_threadpool(state.store.photo, stored)
        if content is None:
            raise ProblemError(404, "the photo was not kept, so there is nothing to draw on.")
    job = DrawJob(kind, inspection, content, media, state.settings.max_pixels)
    outcome = await state.pool.run(job)
    if not isinstance(outcome, bytes):
        raise refused(outcome)
    return _cached(outcome, media, f"{kind}-{stored.document_sha256}-{media}")


def _cached(content: bytes, media_type: str, tag: str) -> Response:
    headers = {"Cache-Control": "private, max-age=86400", "ETag": f'"{tag}"'}
    return Response(content, media_type=media_type, headers=headers)


def wanted_picture(accept: str) -> MediaType | None:
    """Read an Accept header: the kind of picture that is wanted rather than JSON; None for JSON.

    Raises
    ------
    ProblemError
        406 where neither will do.

    Examples
    --------
    >>> wanted_picture("image/png"), wanted_picture("application/json, image/png;q=0.5")
    ('image/png', None)
    """
    ranked = []
    for position, part in enumerate(accept.split(",")):
        media, *options = (each.strip().lower() for each in part.split(";"))
        quality = next((_quality(each[2:]) for each in options if each.startswith("q=")), 1.0)
        ranked.append((-quality, position, media))
    for quality, _, media in sorted(ranked):
        if quality == 0.0:
            continue
        if media in ("application/json", "application/*", "*/*", "application/problem+json", ""):
            return None
        for known in PICTURE_TYPES:
            if media in (known, "image/*"):
                return known
    raise ProblemError(406, f"Accept: there are {JSON_TYPE}, {' and '.join(PICTURE_TYPES)}.", field="Accept")


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def chosen_model(state: ServiceState, name: str | None) -> str | None:
    """Return what workers open for a model's name, which must be one that the server offers."""
    if name is None:
        return None
    if name not in state.models:
        offered = ", ".join(state.models)
        raise ProblemError(
            422, f"model: there is no {printable(name)!r} here; choose one of {offered}.", field="model"
        )
    return str(state.models[name].path)


def checked_rule(rule: str | None, scale_mm_per_px: float | None) -> str | None:
    """Refuse a rule that is no shipped one, for a client must not name files, or that has no scale."""
    if rule is None:
        return None
    if rule.partition(":")[0] not in shipped_rules():
        names = ", ".join(shipped_rules())
        raise ProblemError(
            422, f"rule: there is no {printable(rule)!r}; choose one of {names}.", field="rule"
        )
    if scale_mm_per_px is None:
        raise ProblemError(
            422, "rule: judges widths in mm; send scale_mm_per_px as well.", field="scale_mm_per_px"
        )
    return rule


def refused(outcome: Refused | bytes | object, *, field: str | None = None) -> ProblemError:
    """Turn what a worker could not do into a problem."""
    if isinstance(outcome, Refused) and not outcome.is_defect:
        return ProblemError(422, outcome.sentence, field=field if outcome.kind == "PhotoError" else None)
    if isinstance(outcome, Refused):
        _log.error("a worker failed: %s", outcome.sentence)
    return ProblemError(500, "the service has a defect; please report what you sent.")


def figures_in_headers(inspection: Inspection, inspection_id: str | None) -> dict[str, str]:
    """What a picture cannot say, for its headers."""
    headers = {
        "X-Crackscope-Verdict": inspection.verdict,
        "X-Crackscope-Cracks": str(len(inspection.cracks)),
    }
    if inspection.coverage is not None:
        headers["X-Crackscope-Coverage"] = f"{inspection.coverage:.6f}"
    if inspection_id is not None:
        headers["X-Crackscope-Id"] = inspection_id
    return headers
