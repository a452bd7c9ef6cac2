"""``/v1/surveys``: hand over many photos at once, watch them being inspected, fetch the report."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from crackscope.measurement.rule_file import choose_rule
from crackscope.serving.archives import ArchiveLimits
from crackscope.serving.auth import Owner
from crackscope.serving.problems import ProblemError
from crackscope.serving.routes.inspections import checked_rule, chosen_model
from crackscope.serving.state import ServiceState, state_of
from crackscope.serving.store import Job, JobItem
from crackscope.serving.store.tables import DONE, FAILED
from crackscope.serving.survey_events import FINAL_ID, survey_events
from crackscope.serving.survey_reports import ENDINGS, ReportFormat, ReportResponse, write_report
from crackscope.serving.survey_settings import SurveySettings
from crackscope.serving.survey_uploads import (
    SurveyFields,
    form_schema,
    open_form,
    read_fields,
    read_photos,
    require,
)

PREFIX = "/v1/surveys"
router = APIRouter(prefix=PREFIX, tags=["surveys"])

_REPORTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for _, media in ENDINGS.values()}, "description": "The report."},
    409: {"description": "Photos are still to be inspected."},
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Events `progress` and `done`."},
    204: {"description": "The client has seen the last event."},
}


@router.post("", status_code=202, openapi_extra=form_schema())
async def take_in(request: Request, owner: Owner) -> JSONResponse:
    """Take in many photos, to be inspected one by one."""
    state = state_of(request)
    limits = ArchiveLimits(photo_bytes=state.settings.max_bytes, total_bytes=state.settings.max_survey_bytes)
    async with open_form(request, most_photos=limits.photos) as form:
        fields = read_fields(form)
        settings = _settings(state, fields)
        photos = read_photos(form, limits)
        job = await run_in_threadpool(
            state.store.new_job, fields.name, settings.to_json(), photos, owner=owner
        )
    state.runner.wake()
    return JSONResponse(survey_document(job), 202, headers={"Location": _links(job)["self"]})


@router.get("")
async def listed(
    request: Request, owner: Owner, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> JSONResponse:
    """List the last surveys, newest first."""
    jobs = await run_in_threadpool(state_of(request).store.jobs, owner=owner, limit=limit)
    return JSONResponse({"items": [survey_document(job) for job in jobs]})


@router.get("/{survey_id}")
async def one(request: Request, owner: Owner, survey_id: str) -> JSONResponse:
    """Return a survey: how far it is, its inspections, and why photos failed."""
    store = state_of(request).store
    job = await run_in_threadpool(store.job, survey_id, owner=owner)
    items = await run_in_threadpool(store.items, job)
    return JSONResponse({**survey_document(job), **_items(items)})


@router.get("/{survey_id}/events", response_class=Response, responses=_EVENTS)
async def events(
    request: Request,
    owner: Owner,
    survey_id: str,
    last_event_id: Annotated[str | None, Header(description="Of the last event received.")] = None,
) -> Response:
    """Watch a survey: server-sent events, the present state at once and then every change."""
    state = state_of(request)
    job = await run_in_threadpool(state.store.job, survey_id, owner=owner)
    if last_event_id == FINAL_ID:
        return Response(status_code=204)  # which tells browsers not to come back
    stream = survey_events(state.store, state.runner, job, is_ending=request.app.state.is_ending)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


@router.get("/{survey_id}/report", response_class=Response, responses=_REPORTS)
async def report(
    request: Request,
    owner: Owner,
    survey_id: str,
    kind: Annotated[
        ReportFormat, Query(alias="format", description="`html` comes as a zip, with the pictures.")
    ] = "html",
) -> Response:
    """Return the report of a survey that is done."""
    state = state_of(request)
    job = await run_in_threadpool(state.store.job, survey_id, owner=owner)
    if job.state not in (DONE, FAILED):
        left = job.total - job.done - job.failed
        raise ProblemError(
            409, f"{left:,} of {job.total:,} photos are still to be inspected; ask again when they are."
        )
    model = state.models.get(SurveySettings.from_json(job.settings).model)
    async with state.report_turns:
        path = await run_in_threadpool(
            write_report,
            state.store,
            job,
            kind,
            card=None if model is None else model.card,
            max_pixels=state.settings.max_pixels,
        )
    ending, media_type = ENDINGS[kind]
    return ReportResponse(
        path, media_type=media_type, filename=job.name + ending, headers={"Cache-Control": "no-store"}
    )


def survey_document(job: Job) -> dict[str, Any]:
    """A survey as JSON."""
    return {
        "id": job.id,
        "name": job.name,
        "created_at": job.created_at.isoformat(),
        "finished_at": None if job.finished_at is None else job.finished_at.isoformat(),
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "failed": job.failed,
        "settings": dict(job.settings),
        "links": _links(job),
    }


def _links(job: Job) -> dict[str, str]:
    own = f"{PREFIX}/{job.id}"
    return {"self": own, "events": f"{own}/events", "report": f"{own}/report"}


def _items(items: tuple[JobItem, ...]) -> dict[str, list[dict[str, Any]]]:
    return {
        "inspections": [
            {"photo": item.name, "id": item.inspection_id} for item in items if item.inspection_id is not None
        ],
        "failures": [{"photo": item.name, "reason": item.reason} for item in items if item.state == FAILED],
    }


def _settings(state: ServiceState, fields: SurveyFields) -> SurveySettings:
    chosen_model(state, fields.model)
    rule = checked_rule(fields.rule, fields.scale_mm_per_px)
    if rule is not None:
        require("rule", choose_rule, rule)  # its case, too, before all photos fail for it
    return SurveySettings(
        model=fields.model or next(iter(state.models)),
        scale_mm_per_px=fields.scale_mm_per_px,
        scale_sigma_mm_per_px=fields.scale_sigma_mm_per_px,
        rule=rule,
        asset=fields.asset,
    )
