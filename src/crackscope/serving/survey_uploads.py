"""Reads the form that brings a survey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from crackscope.errors import CrackscopeError, PhotoError
from crackscope.imaging.container import READABLE, SIGNATURE_BYTES
from crackscope.imaging.header import checked_kind
from crackscope.measurement.scale import Scale
from crackscope.serving.archives import ArchiveLimits, read_archive
from crackscope.serving.photo_names import LONGEST_NAME, distinct_names, uploaded_name
from crackscope.serving.problems import ProblemError
from crackscope.serving.settings import MB
from crackscope.serving.store import Unusable
from crackscope.serving.store.texts import checked_name

MOST_FIELDS = 50


class SurveyFields(BaseModel):
    """The fields of the form, beside the photos."""

    name: str = Field("survey", max_length=LONGEST_NAME)
    scale_mm_per_px: float | None = Field(None, gt=0, allow_inf_nan=False)
    scale_sigma_mm_per_px: float | None = Field(None, ge=0, allow_inf_nan=False)
    model: str | None = Field(None, max_length=LONGEST_NAME)
    rule: str | None = Field(None, max_length=LONGEST_NAME)
    asset: str | None = Field(None, max_length=LONGEST_NAME)


def form_schema() -> dict[str, Any]:
    """Describe the form as OpenAPI does; it is read by hand, after the key was checked."""
    schema = SurveyFields.model_json_schema()
    file = {"type": "string", "format": "binary"}
    schema["properties"] |= {
        "photos": {
            "type": "array",
            "items": file,
            "description": ", ".join(READABLE) + "; as many as there are.",
        },
        "archive": {**file, "description": "A zip archive of photos, in place of `photos`."},
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@asynccontextmanager
async def open_form(request: Request, *, most_photos: int) -> AsyncIterator[FormData]:
    """Receive the form; its files wait on the disk until the end of the context.

    Raises
    ------
    ProblemError
        If it cannot be read, or the client went away.
    """
    try:
        form = await request.form(max_files=most_photos, max_fields=MOST_FIELDS)
    except ClientDisconnect:
        raise ProblemError(400, "the client went away before all of it was there.") from None
    except HTTPException as error:
        if error.status_code != 400:
            raise
        if "Too many files" in error.detail:
            raise ProblemError(
                413, f"photos: send at most {most_photos:,} at once.", field="photos"
            ) from error
        detail = error.detail.rstrip(".")
        raise ProblemError(400, f"the form cannot be read ({detail}); send multipart/form-data.") from error
    try:
        yield form
    finally:
        await form.close()


def read_fields(form: FormData) -> SurveyFields:
    """Read and check the fields; empty ones count as not given.

    Raises
    ------
    RequestValidationError, ProblemError
        If one cannot be, so that no photo could be inspected or kept.
    """
    given = {name: value for name, value in form.items() if isinstance(value, str) and value.strip()}
    try:
        fields = SurveyFields.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    require("name", checked_name, fields.name, "name")
    if fields.asset is not None:
        require("asset", checked_name, fields.asset, "asset")
    if fields.scale_mm_per_px is not None:
        require("scale_mm_per_px", Scale, fields.scale_mm_per_px, fields.scale_sigma_mm_per_px or 0.0)
    return fields


def read_photos(form: FormData, limits: ArchiveLimits) -> Iterator[tuple[str, bytes | Unusable]]:
    """Take the photos out of the form, one at a time.

    Yields
    ------
    (str, bytes or Unusable)
        Name, all of them distinct, and content; or why it cannot be used.

    Raises
    ------
    ProblemError
        If there are no photos, or the archive is refused; see `read_archive`.
    """
    archives = _files(form, "archive")
    photos = _files(form, "photos")
    if bool(archives) == bool(photos):
        raise ProblemError(422, "photos: send photos, or one zip as 'archive'.", field="photos")
    if len(archives) > 1:
        raise ProblemError(422, "archive: send one archive.", field="archive")
    if archives:
        field, contents = "archive", read_archive(archives[0].file, limits)
    else:
        field, contents = "photos", _contents(photos, limits)
    return _some_usable(contents, field)


def require(field: str, check: Callable[..., object], *given: object) -> None:
    """Blame a field for what a check says.

    Raises
    ------
    ProblemError
    """
    try:
        check(*given)
    except CrackscopeError as error:
        raise ProblemError(422, str(error), field=field) from error


def _files(form: FormData, field: str) -> list[UploadFile]:
    given = [value for value in form.getlist(field) if not isinstance(value, str) or value]
    files = [value for value in given if isinstance(value, UploadFile)]
    if len(files) < len(given):
        raise ProblemError(422, f"{field}: is text; send files, with their names.", field=field)
    return files


def _contents(photos: Iterable[UploadFile], limits: ArchiveLimits) -> Iterator[tuple[str, bytes | Unusable]]:
    files = list(photos)
    for name, photo in zip(
        distinct_names(uploaded_name(file.filename) for file in files), files, strict=True
    ):
        content = photo.file.read(limits.photo_bytes + 1)
        if len(content) > limits.photo_bytes:
            yield name, Unusable(f"{name}: has more than {limits.photo_bytes / MB:g} MB; shrink it.")
            continue
        try:
            checked_kind(content[:SIGNATURE_BYTES], len(content), name=name)
        except PhotoError as error:
            yield name, Unusable(str(error))
        else:
            yield name, content


def _some_usable(
    contents: Iterator[tuple[str, bytes | Unusable]], field: str
) -> Iterator[tuple[str, bytes | Unusable]]:
    first: str | None = None
    some = False
    for name, content in contents:
        if isinstance(content, Unusable):
            first = first or content.reason
        else:
            some = True
        yield name, content
    if not some:
        reason = "" if first is None else f" (the first: {first.rstrip('.')})"
        raise ProblemError(422, f"{field}: holds no photo that can be read{reason}.", field=field)
