"""Every public thing is documented, and every tensor it takes has its shape and unit."""

import importlib
import inspect
import pkgutil
import re

import pytest

import mho

SHAPE = r"\([^)]*\)"
UNIT = r"(, (V|A|S|s|J|W|Ohm|1|m\^-3|bool)\b|\.|, 0 to)"  # counts and labels have no unit


def modules():
    for info in pkgutil.walk_packages(mho.__path__, "mho."):
        if not info.name.startswith("mho.cli"):  # typer turns those docstrings into help
            yield importlib.import_module(info.name)


def public_things():
    for module in modules():
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isclass(thing):
                yield f"{module.__name__}.{name}", thing
                yield from public_methods(module, name, thing)
            elif inspect.isfunction(thing):
                yield f"{module.__name__}.{name}", thing


def public_methods(module, class_name, cls):
    for name, thing in vars(cls).items():
        method = getattr(thing, "__func__", getattr(thing, "fget", thing))
        if inspect.isfunction(method) and not name.startswith("_"):
            inherited = any(name in vars(base) for base in cls.__mro__[1:])
            if not inherited:  # an override is documented where it was first declared
                yield f"{module.__name__}.{class_name}.{name}", method


def named(thing):
    return thing if isinstance(thing, str) else ""


@pytest.mark.parametrize(("name", "thing"), list(public_things()), ids=named)
def test_public_things_are_documented_and_tensors_have_shape_and_unit(name, thing):
    if name.endswith((".metrics", ".stage", ".forward")) and not inspect.getdoc(thing):
        pytest.skip("implements a protocol, which documents it")
    doc = inspect.getdoc(thing)
    assert doc, f"{name} has no docstring"
    for argument, annotation in getattr(thing, "__annotations__", {}).items():
        if argument == "return" or not re.search(r"\bTensor\b", str(annotation)):
            continue
        if re.search(r"dict|list|tuple|Callable", str(annotation)) or "Args:" not in doc:
            continue
        assert re.search(rf"^\s*{argument}: {SHAPE}{UNIT}", doc, re.M), f"{name}: {argument}"


def test_the_check_itself_finds_what_is_missing():
    assert not re.search(rf"^\s*g: {SHAPE}{UNIT}", "    g: Conductance of the cells.", re.M)
    assert re.search(rf"^\s*g: {SHAPE}{UNIT}", "    g: (..., rows, cols), S. Of the cells.", re.M)
