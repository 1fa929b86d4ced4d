"""The pages of papers, as one HTML file that needs nothing but itself."""

import base64
import re
from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path

from markdown import Markdown

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r'(<img [^>]*?src=")([^":]+)(")')
_LINK = re.compile(r'<a href="(?![a-z]+:)[^"]*">(.*?)</a>', re.DOTALL)


def paper_report(pages: Sequence[Path], title: str) -> str:
    """Pages of the docs on papers, with their tables and figures.

    Args:
        pages: Markdown files, in the order of the report. Pictures are found beside them; links to
            other pages lose their aim, since these are not in the report.
        title: Of the report.
    """
    style = resources.files("mho.reports").joinpath("report.css").read_text(encoding="utf-8")
    sections = "\n".join(f"<section>{_section(page)}</section>" for page in pages)
    style += "img { max-width: 100%; }\n"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{sections}\n</body>\n</html>\n"
    )


def _section(page: Path) -> str:
    text = _COMMENT.sub("", page.read_text(encoding="utf-8"))
    html = Markdown(extensions=["tables", "fenced_code"]).convert(text)
    html = _IMAGE.sub(lambda m: m[1] + _inlined(page.parent / m[2]) + m[3], html)
    html = html.replace("<table>", '<div class="table"><table>')
    html = html.replace("</table>", "</table></div>")
    # The title of the page is the head of a section here, and what is below it goes down with it.
    for level in (3, 2, 1):
        html = html.replace(f"<h{level}>", f"<h{level + 1}>").replace(
            f"</h{level}>", f"</h{level + 1}>"
        )
    return _LINK.sub(r"\1", html)


def _inlined(picture: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
