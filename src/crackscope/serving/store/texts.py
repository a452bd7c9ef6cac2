"""What texts and numbers from outside may go into a database."""

from __future__ import annotations

from crackscope.errors import StoreError

MAX_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 10_000


def keepable(text: str, *, most: int = MAX_CHARACTERS) -> str:
    r"""Write a text so that any database takes it.

    File names may hold bytes that are no text, and uploads anything; PostgreSQL takes neither half
    surrogates nor NUL, and indexes no long texts.

    Parameters
    ----------
    text : str
    most : int
        What is longer is cut off, with an ellipsis.

    Returns
    -------
    str

    Examples
    --------
    >>> keepable("wall\udcff.jpg")
    'wall\\udcff.jpg'
    """
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def checked_name(text: str, what: str) -> str:
    """Refuse a name that people could not read, or not tell from others.

    Parameters
    ----------
    text : str
    what : str
        What it names; the error begins with it.

    Returns
    -------
    str
        The text as it is.

    Raises
    ------
    StoreError
        If it is empty, too long, begins or ends with a blank, or holds characters that cannot be printed.
    """
    if not text.isprintable() or text != text.strip() or not 1 <= len(text) <= MAX_CHARACTERS:
        shown = text if len(text) <= 40 else text[:39] + "…"
        raise StoreError(
            f"{what} {shown!r}: must be 1 to {MAX_CHARACTERS} printable characters, no blanks around."
        )
    return text


def checked_limit(limit: int, most: int) -> int:
    """Refuse a number of rows that makes no sense.

    Raises
    ------
    StoreError
        If it is not within 1 and `most`.
    """
    if not 1 <= limit <= most:
        raise StoreError(f"limit {limit}: must be 1 to {most}.")
    return limit
