"""Every example on a page runs: what a `python` fence prints stands in the `text` fence after it.

A `toml` fence is a whole study file. In an `sh` fence, `make` targets exist and `mho` commands
parse; `mho run` of a file that the checkout does not have means the study file before it.
"""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import typer
from sybil import Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from mho.cli import app
from mho.cli.characterise import study_of
from mho.cli.levels import levels_study
from mho.reports.quote import quoting_pages
from mho.studies.settings import SettingsError, loads

ROOT = Path(__file__).parents[2]
TARGETS = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def run_python(example):
    check_all_shown(example.namespace)
    with redirect_stdout(io.StringIO()) as printed:
        PythonEvaluator()(example)
    example.namespace["_printed"] = printed.getvalue()


def compare_printed(example):
    assert example.namespace.pop("_printed", "") == example.parsed


def check_all_shown(namespace):
    assert namespace.pop("_printed", "") == "", "the page does not show what its example prints"


def load_study(example):
    loads(example.parsed)
    example.namespace["_study"] = example.parsed


def check_commands(example):
    for line in example.parsed.replace("\\\n", "").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert set(words[1:]) <= set(TARGETS)
        if words and words[0].rpartition("/")[2] == "mho":
            check_mho(words[1:], example.namespace)


STUDY_OF = {"characterise": "Characterise", "train": "TrainPredictor"}


def check_mho(words, namespace):
    command, context, name, rest = typer.main.get_command(app), None, "mho", list(words)
    while hasattr(command, "resolve_command"):
        context = command.make_context(name, list(rest), parent=context)
        name, command, rest = command.resolve_command(context, rest)
    given = command.make_context(name, rest, parent=context).params
    if name == "run":
        path = ROOT / given["settings"]
        study = path.read_text(encoding="utf-8") if path.is_file() else namespace["_study"]
        loads(study, given["changes"] or [])
    if name in STUDY_OF and "device" in given:
        study_of(STUDY_OF[name], given["device"], given["changes"] or [])
    if name == "levels":
        levels_study(given["device"], given["n"], given["changes"] or [])


SYBIL = Sybil(
    parsers=[
        CodeBlockParser("python", run_python),
        CodeBlockParser("text", compare_printed),
        CodeBlockParser("toml", load_study),
        CodeBlockParser("sh", check_commands),
    ]
)


def evaluate(page):
    document = SYBIL.parse(page)
    for example in document.examples():
        example.evaluate()
    check_all_shown(document.namespace)


@pytest.mark.parametrize("page", quoting_pages(ROOT), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evaluate(page)


@pytest.mark.parametrize(
    ("fence", "fault"),
    [
        ("```python\nprint(1)\n```\n```text\n2\n```\n", AssertionError),
        ("```python\nprint(1)\n```\n", AssertionError),
        ('```toml\nstudy = "ClosedLoop"\nimage = 1\n```\n', SettingsError),
        ("```sh\nmake coffee\n```\n", AssertionError),
        ("```sh\nmho run studies/closed_loop.toml --set image=1\n```\n", SettingsError),
        ("```sh\nmho run studies/closed_loop.toml --sett images=1\n```\n", Exception),
        ("```sh\nmho characterise SoftBound\n```\n", SettingsError),
        ("```sh\nmho predict train SoftBound\n```\n", SettingsError),
        ("```sh\nmho predict evaluate --cells 1\n```\n", Exception),
        ("```sh\nmho brew\n```\n", Exception),
    ],
)
def test_the_check_itself_finds_what_is_wrong(fence, fault, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(fence, encoding="utf-8")
    with pytest.raises(fault):
        evaluate(page)


def test_the_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
