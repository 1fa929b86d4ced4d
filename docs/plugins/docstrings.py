"""Lets the reference show what docstrings write for reStructuredText: equations and drawings."""

import re
import textwrap
from typing import Any

import griffe

MATH = re.compile(r"^\.\. math:: *(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)


class MathDirective(griffe.Extension):
    """Turns ``.. math::`` into dollar signs, and the double colon before a block into one."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite a docstring."""
        if obj.docstring is not None:
            text = MATH.sub(_equation, obj.docstring.value)
            obj.docstring.value = re.sub(r"::$", ":", text, flags=re.MULTILINE)


def _equation(match: re.Match[str]) -> str:
    return f"$$\n{textwrap.dedent(match[1]).strip()}\n$$\n"
