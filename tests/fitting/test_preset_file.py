"""From a measured file to a preset that works like a built-in one."""

import tomllib

import pytest
from trains import train_of
from typer.testing import CliRunner

from mho.cli import app
from mho.devices import PowerStep, SoftBounds
from mho.devices.fitting.candidates import TimedSoftBounds
from mho.studies.settings import SettingsError, dump, loads

STUDY = """
study = "ClosedLoop"
mapping = { g_min = 12e-6, g_max = 95e-6 }
device = { file = "cell.toml" }
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_table(path, cell):
    rows = zip(cell.amplitude, cell.width, cell.conductance[1:], strict=True)
    lines = [f"0,0,{cell.conductance[0]}", *(",".join(map(str, row)) for row in rows)]
    path.write_text("amplitude [V],width [s],conductance [S]\n" + "\n".join(lines), "utf-8")


def call(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


def test_a_measurement_becomes_a_preset_that_works_everywhere(tmp_path, monkeypatch):
    monkeypatch.setattr("mho.devices.fitting.fit.__defaults__", ((TimedSoftBounds(),),))
    write_table(tmp_path / "cell.csv", train_of("SoftBounds", blocks=4, length=80))
    result = call("cell.csv", "-o", "cell.toml", "--citation", "my thesis")
    assert result.exit_code == 0, result.output
    assert "SoftBounds, fitted to all reads" in result.stdout
    assert result.stdout.endswith("Preset: cell.toml\nFigure: cell.png\n")
    assert (tmp_path / "cell.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cell.csv", "cell.png", "cell.toml"]
    table = tomllib.loads((tmp_path / "cell.toml").read_text())
    assert (table["type"], table["citation"]) == ("SoftBounds", "my thesis")
    device = SoftBounds.load(tmp_path / "cell.toml")
    assert device.tau == pytest.approx(30e-6, rel=0.1)
    study = loads(STUDY)
    assert study.device == device
    assert loads(dump(study)) == study
    plain = STUDY.replace("device", "#")
    changed = loads(plain, ["device.file=cell.toml", "device.tau=1e-5"])
    assert changed.device.tau == 1e-5
    assert changed.device.low == device.low
    with pytest.raises(ValueError, match="must hold the parameters of PowerStep"):
        PowerStep.load(tmp_path / "cell.toml")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "cell.toml cannot be read"),
        ("low = ", "must name a preset in TOML"),
        ("low = 1e-6", "`type`"),
        ('type = "Lamp"', "Lamp"),
        ('type = "SoftBounds"\ncitation = "x"\nglow = 1.0', "glow"),
        ('type = "SoftBounds"\ncitation = "x"\nlow = -1.0', "`low`"),
    ],
)
def test_a_study_says_what_is_wrong_with_a_preset_file(tmp_path, text, fault):
    if text is not None:
        (tmp_path / "cell.toml").write_text(text)
    with pytest.raises(SettingsError, match=fault):
        loads(STUDY)


def test_a_file_and_a_preset_or_another_type_exclude_each_other(tmp_path):
    (tmp_path / "cell.toml").write_text('type = "SoftBounds"\ncitation = "x"')
    with pytest.raises(SettingsError, match="`file` is given"):
        loads(STUDY.replace("}", ', preset = "gong2018" }'))
    with pytest.raises(SettingsError, match="is of SoftBounds"):
        loads(STUDY.replace("}", ', type = "PowerStep" }'))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv", "-o", "cell.toml"], "none.csv: No such file or directory."),
        (["cell.csv", "-o", "cell.json"], "`out` must end in .toml"),
        (["cell.csv", "-o", "none/cell.toml"], "`out` must lie in a folder that exists"),
        (["cell.csv", "-o", "cell.toml"], "must hold more than 20 reads"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path, arguments, message):
    (tmp_path / "cell.csv").write_text("amplitude [V],width [s],conductance [S]\n1,1,1e-6\n")
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cell.csv"]
