"""The house stands as drawn: imports point downwards, and `import mho` is light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_imports_point_downwards():
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_mho_waits_for_nothing():
    heavy = python("import mho, sys; print([m for m in ('torch', 'numba') if m in sys.modules])")
    assert heavy.strip() == "[]"


def test_the_help_of_the_command_waits_for_nothing_that_computes():
    code = "import sys, mho.cli; print([m for m in {} if m in sys.modules])"
    assert (
        python(code.format(("torch", "numpy", "numba", "pydantic", "matplotlib"))).strip() == "[]"
    )


def test_public_names_are_few():
    import mho

    assert len(mho.__all__) < 60


def test_no_room_is_an_attic():
    names = {path.stem for path in (ROOT / "src").rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "misc"}


def test_a_study_file_of_the_project_is_runnable():
    from mho.studies.settings import dump, load, loads

    for path in sorted((ROOT / "studies").glob("*.toml")):
        study = load(path)
        assert loads(dump(study)) == study
