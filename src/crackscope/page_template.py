"""Pages that are one file: a template and what its fields are filled with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable

FIELD = re.compile(r"\{\{(\w+)\}\}")
"""A field of a template; its name is the first group."""


def fill(template: str, fields: Mapping[str, str]) -> str:
    """Fill a template's fields; what is filled in is not looked through again.

    Examples
    --------
    >>> fill("<b>{{name}}</b>{{name}}", {"name": "{{x}}"})
    '<b>{{x}}</b>{{x}}'
    """
    return FIELD.sub(lambda field: fields[field[1]], template)


def data_page(home: Traversable, name: str, data: object) -> str:
    """Fill a page with its style, its script and the data that the script shows.

    What comes from users' files stands in the data alone, never in the HTML.

    Parameters
    ----------
    home : Traversable
        Folder with the page's parts.
    name : str
        Of the parts: ``NAME.html``, ``NAME.css`` and ``NAME.js``.
    data : object
        Plain JSON values.
    """
    fields = {
        "style": (home / f"{name}.css").read_text("utf-8"),
        "script": (home / f"{name}.js").read_text("utf-8"),
        "data": script_json(data),
    }
    return fill((home / f"{name}.html").read_text("utf-8"), fields)


def script_json(value: object) -> str:
    r"""Write JSON that may stand inside a ``<script>`` element of any page encoding, whatever text it holds.

    Examples
    --------
    >>> script_json(["</script>", "ü"])
    '["\\u003c/script>","\\u00fc"]'
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
