"""``crackscope serve``: the service."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from crackscope.cli import exit_status
from crackscope.cli.options import engine_option

HELP = """Serve inspections over HTTP: a REST API, documented at /docs.

Photos and results are kept in a folder (--store). Only programs on this machine can reach the server unless
--host says otherwise, and then it needs keys.

\b
Examples:
  crackscope serve
  crackscope serve --port 9000 --store /srv/crackscope
  crackscope keys add phone && crackscope serve --host 0.0.0.0 --require-keys
  curl -F photo=@wall.jpg http://127.0.0.1:8000/v1/inspections
  curl -F photo=@wall.jpg -H 'Accept: image/jpeg' -o drawn.jpg http://127.0.0.1:8000/v1/inspections
"""


@click.command("serve", help=HELP)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="To listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--store",
    default="crackscope-data",
    show_default=True,
    metavar="DIR|URL",
    help="Folder for everything, or the URL of a database: postgresql+psycopg://…",
)
@click.option("--blobs", metavar="URL", help="Folder or URL for photos.  [default: in the folder of --store]")
@click.option("--model", metavar="NAME|FILE", help="That looks where a request names none.")
@click.option(
    "--more-model", "more_models", multiple=True, metavar="NAME|FILE", help="That requests may name."
)
@engine_option
@click.option("--processes", type=click.IntRange(min=1), help="That inspect.  [default: one per core]")
@click.option(
    "--queue", default=32, show_default=True, type=click.IntRange(min=1), help="Photos that may wait."
)
@click.option("--time-limit", default=60.0, show_default=True, type=float, help="Seconds for one photo.")
@click.option("--max-mb", default=64, show_default=True, type=click.IntRange(min=1), help="Of a request.")
@click.option(
    "--max-survey-mb",
    default=2_000,
    show_default=True,
    type=click.IntRange(min=1),
    help="Of a survey's photos.",
)
@click.option(
    "--max-pixels", default=100_000_000, show_default=True, type=click.IntRange(min=1), help="Of a photo."
)
@click.option("--require-keys", is_flag=True, help="Answer requests with a key only; see crackscope keys.")
@click.option(
    "--allow-origin", "origins", multiple=True, metavar="URL", help="Other site that may call (CORS)."
)
def command(  # noqa: PLR0917 - click gives the options by name
    host: str,
    port: int,
    store: str,
    blobs: str | None,
    model: str | None,
    more_models: tuple[str, ...],
    engine: str,
    processes: int | None,
    queue: int,
    time_limit: float,
    max_mb: int,
    max_survey_mb: int,
    max_pixels: int,
    require_keys: bool,
    origins: tuple[str, ...],
) -> int:
    """Run the server until it is stopped."""
    import os

    import uvicorn

    from crackscope.serving.app import make_app
    from crackscope.serving.places import store_places
    from crackscope.serving.settings import MB, ServiceSettings

    store_url, blobs_url = store_places(store, blobs)
    settings = ServiceSettings(
        host=host,
        port=port,
        store_url=store_url,
        blobs_url=blobs_url,
        model=model,
        more_models=more_models,
        engine=engine,
        processes=processes or max(1, os.cpu_count() or 1),
        queue_size=queue,
        time_limit_s=time_limit,
        max_bytes=max_mb * MB,
        max_survey_bytes=max_survey_mb * MB,
        max_pixels=max_pixels,
        require_keys=require_keys,
        allowed_origins=origins,
    )
    app = make_app(settings)
    kept = "a database" if "://" in store else f"{Path(store)}/"
    click.echo(
        f"Serving on http://{host}:{port} (the API at /docs); photos and results are kept in {kept}.",
        err=True,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=30
        )
    )
    app.state.is_ending = lambda: server.should_exit
    with contextlib.suppress(KeyboardInterrupt):  # it has ended by then, in order
        server.run()
    return exit_status.ALL_DONE if server.started else exit_status.NOTHING_DONE
