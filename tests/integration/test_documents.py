"""What the documents say holds: links lead somewhere, commands and options exist, code can be imported."""

import ast
import importlib
import re
import shlex
from pathlib import Path

import click
import pytest

from crackscope.cli.main import COMMANDS, group

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@pytest.fixture(params=DOCUMENTS, ids=NAMES)
def document(request) -> Path:
    return request.param


def blocks(document: Path, *languages: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return [body for language, body in FENCE.findall(text) if language in languages]


def anchors(document: Path) -> set[str]:
    """Anchors of the headings, as code hosts make them: lower case, no punctuation, hyphens for blanks."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_lines(document: Path) -> list[str]:
    """Shell lines of the code blocks, and inline code that begins like one; comments taken off."""
    prose = FENCE.sub("", document.read_text(encoding="utf-8"))
    lines = [line for body in blocks(document, "sh", "bash", "console") for line in body.splitlines()]
    lines += [code for code in INLINE_CODE.findall(prose) if code.startswith(("crackscope ", "make "))]
    return [re.split(r"\s+#\s", line)[0].strip() for line in lines]


def test_links_lead_to_something_that_exists(document):
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), f"{target} leads nowhere"
        assert linked.is_relative_to(ROOT), f"{target} leads out of the project"
        if anchor:
            assert anchor in anchors(linked), f"{target}: no such heading"


def test_commands_and_their_options_exist(document):
    for line in command_lines(document):
        for part in re.split(r"&&|\||;", line):
            words = shlex.split(part.replace("…", ""))
            if words[:1] != ["crackscope"] or len(words) == 1:
                continue
            context = click.Context(group)
            name = next((word for word in words[1:] if not word.startswith("-")), None)
            assert name is None or name in COMMANDS, f"{line}: no such command"
            command = group if name is None else group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group) and len(words) > 2 and not words[2].startswith("-"):
                command = command.get_command(context, words[2])
                assert command is not None, f"{line}: no such command"
            known = {
                option
                for each in command.get_params(context)
                for option in (*each.opts, *each.secondary_opts)
            }
            known |= {"--help", "-h", "--debug"}
            given = {word.partition("=")[0] for word in words if word.startswith("-")}
            assert given <= known, f"{line}: no such option {given - known}"


def test_make_targets_exist(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in command_lines(document):
        if line.startswith("make "):
            words = [word for word in shlex.split(line)[1:] if "=" not in word]
            assert set(words) <= targets, f"{line}: no such target"


def test_python_blocks_are_python_and_import_what_exists(document):
    for body in blocks(document, "python"):
        for statement in ast.walk(ast.parse(body)):
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("crackscope"):
                module = importlib.import_module(statement.module)
                missing = [each.name for each in statement.names if not hasattr(module, each.name)]
                assert not missing, f"{statement.module} has no {missing}"


def test_every_page_is_listed_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= set(LINK.findall(index))
