"""What the service remembers: a database, and blobs beside it."""

from crackscope.errors import NotFoundError, StoreError, StoreUnavailableError
from crackscope.serving.store.audit_log import AuditEntry
from crackscope.serving.store.check_report import CheckReport, StoreFinding
from crackscope.serving.store.corrections import Correction
from crackscope.serving.store.job import ItemKey, Job, JobItem, Unusable
from crackscope.serving.store.store import Store
from crackscope.serving.store.stored import Page, Stored

__all__ = [
    "AuditEntry",
    "CheckReport",
    "Correction",
    "ItemKey",
    "Job",
    "JobItem",
    "NotFoundError",
    "Page",
    "Store",
    "StoreError",
    "StoreFinding",
    "StoreUnavailableError",
    "Stored",
    "Unusable",
]
