"""``/v1/models`` and ``/v1/rules``: what requests may name."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from crackscope.measurement.rule_file import read_rule, shipped_rules
from crackscope.serving.auth import Owner
from crackscope.serving.state import state_of

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def models(request: Request, _owner: Owner) -> JSONResponse:
    """List the models that requests may name; the first one looks where a request names none."""
    items = [
        {
            "name": name,
            "task": model.card.task,
            "precision": model.card.precision,
            "sha256": model.sha256,
            "threshold": model.card.threshold,
            "terms": model.card.terms,
        }
        for name, model in state_of(request).models.items()
    ]
    return JSONResponse({"items": items})


@router.get("/rules")
async def rules(_owner: Owner) -> JSONResponse:
    """List the rules that requests may name."""
    shipped = shipped_rules()
    items = [
        {
            "name": f"{name}:{case.name}",
            "title": rule.title,
            "case": case.title,
            "classes": case.classes_words,
        }
        for name, path in shipped.items()
        for rule in [read_rule(path, given=name)]
        for case in rule.cases.values()
    ]
    return JSONResponse({"items": items})
