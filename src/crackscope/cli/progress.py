"""Progress bars on stderr: after a second, and only where somebody looks on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Never, Self

from tqdm import tqdm

DELAY_S = 1.0


class ProgressBar:
    """Shows how much of a long work is done; silent where stderr is no terminal.

    Parameters
    ----------
    total : int, optional
        Number of things to do, where it is known.
    unit : str
        One of the things, for example ``"photo"``.
    label : str
        What is being done.

    Examples
    --------
    >>> with ProgressBar(total=3, unit="photo", label="inspecting") as bar:
    ...     for _ in range(3):
    ...         bar.advance()
    """

    def __init__(self, *, total: int | None, unit: str, label: str = "") -> None:
        self._bar: tqdm[Never] = tqdm(
            total=total,
            unit=f" {unit}",
            desc=label or None,
            file=sys.stderr,
            disable=None,  # tqdm's word for: only on a terminal
            delay=DELAY_S,
            dynamic_ncols=True,
            leave=False,
        )

    def advance(self, count: int = 1) -> None:
        """Count things as done."""
        self._bar.update(count)

    def say(self, line: str) -> None:
        """Write a line to stderr above the bar; it is written where there is no bar, too."""
        tqdm.write(line, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def picture_bar(label: str, pictures: int) -> Iterator[Callable[[object], None]]:
    """Show a bar over so many pictures; gives what is to be called with each that is done."""
    with ProgressBar(total=pictures, unit="picture", label=label) as bar:
        yield lambda _: bar.advance()
