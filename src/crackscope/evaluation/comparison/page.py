"""The page of a comparison: works offline, from the folder it lies in, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from crackscope.evaluation.comparison import page_tables, svg, words
from crackscope.evaluation.comparison.comparison import Comparison
from crackscope.evaluation.comparison.curves_chart import curves_chart
from crackscope.evaluation.comparison.front_chart import front_chart
from crackscope.evaluation.comparison.page_reading import reading
from crackscope.evaluation.comparison.picture_files import PICTURES_FOLDER, AnswerFiles, PictureFiles
from crackscope.page_template import fill
from crackscope.version import __version__
from crackscope.whole_file import whole_file

PAGE_FILE = "compare.html"
_MOST_NAMES = 3


def write_page(
    comparison: Comparison,
    pictures: Sequence[PictureFiles],
    path: Path,
    *,
    written_at: datetime | None = None,
) -> None:
    """Write the page.

    Parameters
    ----------
    comparison : Comparison
    pictures : sequence of PictureFiles
        Their files lie in the folder `PICTURES_FOLDER` beside the page.
    path : Path
    written_at : datetime, optional
        With a time zone; now, where none is given.

    Raises
    ------
    CrackscopeError
        If it cannot be written.
    """
    written_at = written_at or datetime.now().astimezone()
    home = files(__package__) / "page"
    fields = {
        "style": (home / "compare.css").read_text("utf-8"),
        "title": svg.escape(_title(comparison)),
        "facts": _facts(comparison, written_at),
        "warnings": _warnings(comparison),
        "accuracy": page_tables.accuracy_table(comparison),
        "accuracy_note": _paragraph("quiet", _accuracy_note(comparison)),
        "cost": _cost(comparison),
        "curves": _curves(comparison),
        "pictures": _pictures(comparison, pictures),
        "runs": page_tables.runs_table(comparison),
        "recipes": page_tables.recipes_table(comparison)
        or _paragraph("quiet", "Their recipes are the same."),
        "reading": "\n".join(f"<li>{svg.escape(each)}</li>" for each in reading(comparison)),
        "version": svg.escape(__version__),
    }
    template = (home / "compare.html").read_text("utf-8")
    with whole_file(path) as temporary:
        temporary.write_text(fill(template, fields), "utf-8")


def _title(comparison: Comparison) -> str:
    names = [run.name for run in comparison.runs]
    return ", ".join(names) if len(names) <= _MOST_NAMES else f"{len(names)} runs"


def _facts(comparison: Comparison, written_at: datetime) -> str:
    some = comparison.results[0].judged
    best = comparison.best
    entries = [
        ("Best", "undefined" if best is None else best.competitor.label),
        ("Pictures", f"{some.pictures} ({some.cracked} cracked, {some.pictures - some.cracked} crack-free)"),
        ("Source photos", str(some.sources)),
        ("Task", comparison.judge.task),
    ]
    if comparison.timed:
        entries.append(("Timed on", words.threads_text(comparison)))
    entries.append(("Written", f"{written_at:%Y-%m-%d %H:%M}"))
    return "\n".join(
        f"<div><dt>{svg.escape(term)}</dt><dd>{svg.escape(value)}</dd></div>" for term, value in entries
    )


def _warnings(comparison: Comparison) -> str:
    sentences = [each.sentence() for each in comparison.basis.learnt_from]
    sentences += [f"Left out, {each.name}: {each.reason}" for each in comparison.failures]
    sentences += [f"Not judged: {each.reason}" for each in comparison.results[0].judged.failures]
    return "".join(_paragraph("warning", each) for each in sentences)


def _accuracy_note(comparison: Comparison) -> str:
    return (
        f"Judged on {comparison.basis.origin}. The strip shows the figure and its interval; the line in it is"
        " the best model's figure."
    )


def _cost(comparison: Comparison) -> str:
    chart = front_chart(comparison)
    parts = [f'<div class="chart broad">{chart}</div>'] if chart else []
    if chart:
        parts.append(
            _paragraph(
                "quiet",
                "The line joins the models that no other beats in both respects; open circles are beaten."
                " Upright lines are 95 % intervals.",
            )
        )
    if busy := words.busy_text(comparison):
        parts.append(_paragraph("warning", busy))
    parts += [_paragraph("said", sentence) for sentence in words.dominated_runs(comparison)]
    return "".join([*parts, page_tables.cost_table(comparison)])


def _curves(comparison: Comparison) -> str:
    loss = curves_chart([(run.name, run.loss) for run in comparison.runs], title="training loss")
    title = comparison.judge.validation_title
    validation = curves_chart([(run.name, run.validation) for run in comparison.runs], title=title)
    charts = "".join(f'<div class="chart">{chart}</div>' for chart in (loss, validation) if chart)
    note = (
        "Losses can be compared where the recipes' losses are the same; validation is on each run's own"
        " validation pictures."
    )
    return f'{_legend(comparison)}<div class="charts">{charts}</div>{_paragraph("quiet", note)}'


def _legend(comparison: Comparison) -> str:
    items = "".join(
        f"<li>{page_tables.swatch(number)}{svg.escape(run.name)}</li>"
        for number, run in enumerate(comparison.runs)
    )
    return f'<ul class="legend">{items}</ul>'


def _pictures(comparison: Comparison, pictures: Sequence[PictureFiles]) -> str:
    if not pictures:
        return ""
    judge = comparison.judge
    radios = "".join(
        f'<label><input type="radio" name="view" id="view-{number}"{" checked" if number == 0 else ""}>'
        f"<span>{svg.escape(view)}</span></label>"
        for number, view in enumerate(judge.views)
    )
    choice = f'<fieldset class="choice"><legend class="unseen">Show</legend>{radios}</fieldset>'
    bar = f'<h2 id="pictures-heading">{len(pictures)} of the pictures, side by side</h2>'
    key = "".join(
        f'<li><i class="swatch" style="background:{css}"></i>{svg.escape(means)}</li>'
        for css, means in judge.legend
    )
    heads = "".join(
        f'<th scope="col">{page_tables.swatch(number)}{svg.escape(run.name)}</th>'
        for number, run in enumerate(comparison.runs)
    )
    rows = "\n".join(_picture_row(comparison, each) for each in pictures)
    return (
        '<section class="views" aria-labelledby="pictures-heading"><div class="bar">'
        f"{bar + choice if len(judge.views) > 1 else bar}</div>"
        f'<ul class="legend">{key}</ul>'
        '<div class="wide"><table class="pictures"><thead><tr><th scope="col">Photo</th>'
        f'<th scope="col">Truth</th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div></section>'
    )


def _picture_row(comparison: Comparison, picture: PictureFiles) -> str:
    photo = _image(picture.photo, f"photo {picture.name}")
    cells = [
        f"<td>{_stage(photo)}{_paragraph('caption', picture.name)}</td>",
        f"<td>{_stage(photo, _image(picture.truth, 'its truth'))}</td>",
    ]
    for run, answer in zip(comparison.runs, picture.answers, strict=True):
        cells.append("<td></td>" if answer is None else _answer_cell(photo, run.name, answer))
    return f"<tr>{''.join(cells)}</tr>"


def _answer_cell(photo: str, run: str, answer: AnswerFiles) -> str:
    stages = "".join(
        f'<div class="view view-{number}">{_stage(photo, _image(name, f"answer of {run}"))}</div>'
        for number, name in enumerate(answer.views)
    )
    return f"<td>{stages}{_paragraph('caption', answer.caption)}</td>"


def _stage(*images: str) -> str:
    return f'<div class="stage">{"".join(images)}</div>'


def _image(name: str, alt: str) -> str:
    return f'<img src="{PICTURES_FOLDER}/{svg.escape(name)}" alt="{svg.escape(alt)}" loading="lazy">'


def _paragraph(kind: str, words_: str) -> str:
    return f'<p class="{kind}">{svg.escape(words_)}</p>'
