import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mho.crossbar import Crossbar, Driven, Sensed
from mho.studies.registry import STUDIES
from mho.studies.settings import OneOf, SettingsError, dump, load, loads
from mho.studies.study import Study


@dataclass(frozen=True, kw_only=True)
class Noise:
    mean: float = 0.0
    spread: float = 0.1


class Cell:
    pass


@dataclass(frozen=True, kw_only=True)
class Linear(Cell):
    g_max: float = 1e-4
    noise: Noise = field(default_factory=lambda: Noise(mean=3.0))

    @classmethod
    def presets(cls) -> list[str]:
        return ["small2020", "large2021"]

    @classmethod
    def preset(cls, name: str) -> "Linear":
        return {
            "small2020": cls(g_max=1e-6, noise=Noise(mean=1.0, spread=0.5)),
            "large2021": cls(g_max=1e-2),
        }[name]

    def __post_init__(self) -> None:
        if self.g_max <= 0:
            raise ValueError(f"Argument `g_max` must be greater than 0, but is {self.g_max:g}.")


@dataclass(frozen=True, kw_only=True)
class Stepped(Cell):
    levels: int = 32


@dataclass(frozen=True, kw_only=True)
class Array:
    row_resistance: float = 1.0
    column_resistance: float = 1.0
    cell: Linear | Stepped = field(default_factory=Stepped)


AnyCell = Annotated[Cell, OneOf(Linear, Stepped)]


@dataclass(frozen=True, kw_only=True)
class Everything(Study):
    """Does every kind of setting come back?"""

    device: AnyCell = field(default_factory=lambda: Linear(g_max=5e-5))
    array: Array = field(default_factory=lambda: Array(row_resistance=2.0))
    cells: tuple[AnyCell, ...] = (Linear(), Stepped(levels=4))
    networks: dict[str, Noise] = field(default_factory=lambda: {"a": Noise()})
    spare: AnyCell | None = None
    shape: tuple[int, int] = (8, 8)
    tolerance: float = 0.01
    name: str = "plain"
    verify: bool = True
    seed: int = 0

    def run(self, folder, progress):
        raise NotImplementedError

    def __post_init__(self) -> None:
        if self.tolerance <= 0:
            raise ValueError("Argument `tolerance` must be greater than 0.")


@dataclass(frozen=True, kw_only=True)
class Demanding(Study):
    """What must be given?"""

    device: AnyCell
    seed: int

    def run(self, folder, progress):
        raise NotImplementedError


@pytest.fixture(scope="module", autouse=True)
def _registered():
    with pytest.MonkeyPatch.context() as patch:
        for study in (Everything, Demanding):
            patch.setitem(STUDIES, study.__name__, study.__module__)
        yield


def read(text: str, *overrides: str) -> Everything:
    study = loads('study = "Everything"\n' + text, overrides)
    assert isinstance(study, Everything)
    return study


def faults(text: str, *overrides: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(text, *overrides)
    return str(caught.value).splitlines()


def test_an_empty_file_is_the_defaults():
    assert read("") == Everything()


numbers = st.floats(allow_nan=False)
noises = st.builds(Noise, mean=numbers, spread=numbers)
linears = st.builds(Linear, g_max=st.floats(min_value=0, exclude_min=True), noise=noises)
cells = linears | st.builds(Stepped, levels=st.integers(-(2**63), 2**63 - 1))
text = st.text(st.characters(exclude_categories=("Cs",)))
studies = st.builds(
    Everything,
    device=cells,
    array=st.builds(Array, row_resistance=numbers, cell=cells),
    cells=st.lists(cells, max_size=3).map(tuple),
    networks=st.dictionaries(text, noises, max_size=3),
    spare=st.none() | cells,
    shape=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    tolerance=st.floats(min_value=0, exclude_min=True),
    name=text,
    verify=st.booleans(),
)


@given(studies)
def test_reading_what_was_written_gives_the_same_study(study):
    assert loads(dump(study)) == study


@given(studies)
def test_a_study_is_written_the_same_after_it_was_read(study):
    assert dump(loads(dump(study))) == dump(study)


def test_an_integer_in_a_float_field_is_written_as_the_float_it_means():
    assert dump(Everything(tolerance=1)) == dump(Everything(tolerance=1.0))


def test_a_study_that_does_not_come_back_is_not_written():
    with pytest.raises(SettingsError, match=r"array: cannot be written as TOML and read back"):
        dump(Everything(array=Array(row_resistance=math.nan)))


def test_keys_override_the_fields_of_the_default():
    study = read("[array]\ncolumn_resistance = 7\n[device.noise]\nspread = 0.5")
    assert study.array == Array(row_resistance=2.0, column_resistance=7.0)
    assert study.device == Linear(g_max=5e-5, noise=Noise(mean=3.0, spread=0.5))


def test_a_type_starts_from_the_defaults_of_its_class():
    assert read('[device]\ntype = "Linear"').device == Linear()
    assert read('[device]\ntype = "Stepped"\nlevels = 8').device == Stepped(levels=8)


def test_a_union_of_dataclasses_is_a_choice():
    assert read('[array.cell]\ntype = "Linear"').array.cell == Linear()
    assert read("[array.cell]\nlevels = 3").array.cell == Stepped(levels=3)


def test_an_element_of_an_array_names_its_type():
    study = read('cells = [{type = "Stepped", levels = 2}, {type = "Linear", noise.mean = 1}]')
    assert study.cells == (Stepped(levels=2), Linear(noise=Noise(mean=1.0)))
    assert faults("cells = [{levels = 2}]") == [
        "cells.0.type: must be given, as one of `Linear`, `Stepped`."
    ]


def test_a_preset_is_the_base_that_keys_override():
    study = read('[device]\npreset = "small2020"\nnoise.mean = 9.0')
    assert study.device == Linear(g_max=1e-6, noise=Noise(mean=9.0, spread=0.5))
    study = read('[device]\ntype = "Linear"\npreset = "large2021"')
    assert study.device == Linear(g_max=1e-2)


def test_an_unknown_preset_is_refused_with_the_known_ones():
    assert faults('[device]\npreset = "small2002"') == [
        "device.preset: must be one of `large2021`, `small2020`, but is 'small2002'."
        " Did you mean `small2020`?"
    ]
    assert faults('[device]\ntype = "Stepped"\npreset = "x"') == [
        "device.preset: must be left out, since Stepped has no presets."
    ]


def test_every_fault_is_reported_at_once_with_its_path():
    lines = faults(
        """
        tolerence = 0.1
        seed = 0.5
        verify = 1
        shape = [8, "8"]
        name = 3
        [array]
        row_resistence = 2.0
        column_resistance = "2"
        [device]
        g_max = -1.0
        [networks.b]
        mean = true
        spraed = 0.1
        [spare]
        type = "Steped"
        """
    )
    assert lines == [
        "tolerence: is no setting of Everything. Did you mean `tolerance`?",
        "seed: must be a valid integer, but is 0.5.",
        "verify: must be a valid boolean, but is 1.",
        "shape.1: must be a valid integer, but is '8'.",
        "name: must be a valid string, but is 3.",
        "array.row_resistence: is no setting of Array. Did you mean `row_resistance`?",
        "array.column_resistance: must be a valid number, but is '2'.",
        "device: Argument `g_max` must be greater than 0, but is -1.",
        "networks.b.mean: must be a valid number, but is True.",
        "networks.b.spraed: is no setting of Noise. Did you mean `spread`?",
        "spare.type: must be one of `Linear`, `Stepped`, but is 'Steped'. Did you mean `Stepped`?",
    ]


def test_a_key_like_no_other_is_answered_with_the_settings_there_are():
    assert faults("[array]\nzzz = 1") == [
        "array.zzz: is no setting of Array."
        " Its settings are `cell`, `column_resistance`, `row_resistance`."
    ]


def test_a_refusal_of_the_study_itself_names_the_study():
    assert faults("tolerance = -1.0") == [
        "Everything: Argument `tolerance` must be greater than 0."
    ]


def test_a_value_where_a_table_belongs_is_refused():
    assert faults("array = 3") == ["array: must be a table of settings, but is 3."]
    unwritten = "must be a table of settings, but is 'Array'. Write { type = \"Array\" }."
    assert faults('array = "Array"') == [f"array: {unwritten}"]


def test_what_has_no_default_must_be_given():
    with pytest.raises(SettingsError) as caught:
        loads('study = "Demanding"')
    assert str(caught.value).splitlines() == ["device: must be given.", "seed: must be given."]


@pytest.mark.parametrize(
    ("override", "attribute", "value"),
    [
        ("tolerance=0.5", "tolerance", 0.5),
        ("shape=[2, 3]", "shape", (2, 3)),
        ("verify=false", "verify", False),
        ("name=bare words", "name", "bare words"),
        ('name="7"', "name", "7"),
        ("array.row_resistance = 4", "array", Array(row_resistance=4.0)),
        ('device={type = "Stepped"}', "device", Stepped()),
        ("device.noise.mean=0.0", "device", Linear(g_max=5e-5, noise=Noise())),
        ("spare.type=Stepped", "spare", Stepped()),
    ],
)
def test_an_override_replaces_a_setting(override, attribute, value):
    assert getattr(read("tolerance = 0.2", override), attribute) == value


def test_an_override_must_have_a_value_and_lead_through_tables():
    assert faults("", "tolerance") == [
        "tolerance: must read key=value, such as crossbar.row_resistance=2."
    ]
    assert faults("name = 'x'", "name.first=1") == [
        "name.first: must lead through tables, but `name` is none."
    ]


def test_the_wiring_of_a_crossbar_is_a_setting():
    study = loads(
        'study = "ClosedLoop"\n[crossbar]\nrow_resistance = [1.0, inf]\n'
        "column_resistance = [[1, 2.0], [3.0, 4.0]]\ndriver_resistance = 5.0\n"
        "driven.right = true\nsensed = { bottom = false, top = true }\n"
    )
    assert study.crossbar == Crossbar(
        row_resistance=(1.0, math.inf),
        column_resistance=((1.0, 2.0), (3.0, 4.0)),
        driver_resistance=5.0,
        driven=Driven(right=True),
        sensed=Sensed(bottom=False, top=True),
    )
    assert loads(dump(study)) == study


def test_a_value_of_no_fitting_type_is_one_fault():
    with pytest.raises(SettingsError) as error:
        loads('study = "ClosedLoop"\ncrossbar.row_resistance = "2 ohm"')
    assert str(error.value) == "crossbar.row_resistance: must be a valid number, but is '2 ohm'."


def test_an_unknown_study_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match=r"study: must be one of .*Did you mean `Everything`"):
        loads('study = "Evrything"')
    with pytest.raises(SettingsError, match="study: must be given"):
        loads("seed = 1")


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read \(No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("study =")
    with pytest.raises(SettingsError, match=r"bad\.toml: is not TOML\. Invalid value"):
        load(tmp_path / "bad.toml")


def test_a_file_is_loaded_with_overrides(tmp_path: Path):
    path = tmp_path / "study.toml"
    path.write_text(dump(Everything(seed=3)))
    assert load(path, ["seed=4", "tolerance=0.5"]) == Everything(seed=4, tolerance=0.5)
