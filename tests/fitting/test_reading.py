"""Measured trains out of files, and what is refused."""

import h5py
import numpy as np
import pytest

from mho.devices.fitting import read_arc2, read_table
from mho.devices.fitting.measurement import LEAST_READS

ROWS = [(1.0, 2.0, 10.0 + pulse) for pulse in range(30)]


def table(folder, header, rows):
    path = folder / "cell.csv"
    lines = [",".join("" if x is None else str(x) for x in row) for row in rows]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_units_and_their_prefixes_are_taken_off(tmp_path):
    cell = read_table(table(tmp_path, "amplitude [V],width [us],conductance [uS]", ROWS))
    assert cell.amplitude.tolist() == [1.0] * 29
    np.testing.assert_allclose(cell.width, 2e-6)
    np.testing.assert_allclose(cell.conductance, 1e-6 * (10.0 + np.arange(30)))
    assert cell.source == "cell.csv"


def test_a_current_is_divided_by_its_read_voltage(tmp_path):
    header = "# a comment\ntime [s],amplitude [mV],width [ns],current [nA],read voltage [V]"
    rows = [(k, -800, 50, 1000 + k, 0.2) for k in range(30)]
    cell = read_table(table(tmp_path, header, rows))
    np.testing.assert_allclose(cell.conductance, 5e-9 * (1000 + np.arange(30)))
    assert (cell.read_voltage, cell.amplitude[0]) == (0.2, -0.8)


def test_shares_need_what_they_are_shares_of(tmp_path):
    path = table(
        tmp_path, "amplitude [V],width [us],conductance [1]", [(1, 1, k / 30) for k in range(31)]
    )
    cell = read_table(path, g_min=10e-6, g_max=70e-6)
    np.testing.assert_allclose(cell.conductance, 10e-6 + 2e-6 * np.arange(31))
    with pytest.raises(ValueError, match="`g_max` must be given for `conductance \\[1\\]`"):
        read_table(path)


def test_of_several_reads_after_a_pulse_the_last_counts_and_an_empty_one_is_none(tmp_path):
    rows = [
        (0, 0, 5.0),
        *((1, 1, 10.0 + k) for k in range(25)),
        (0, 0, 77.0),
        (1, 1, None),
        (1, 1, 9.0),
    ]
    cell = read_table(table(tmp_path, "amplitude [V],width [s],conductance [S]", rows))
    assert len(cell.amplitude) == 27
    assert cell.conductance[[0, 25, 27]].tolist() == [5.0, 77.0, 9.0]
    assert np.isnan(cell.conductance[26])


V_W_G = "amplitude [V],width [us],conductance [uS]"
T_G = "width [us],amplitude [V],time [s],conductance [uS]"
V_I = "amplitude [V],width [us],current [uA],read voltage [V]"


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("", [], "must name a table with a header"),
        ("amplitude,width,conductance", ROWS, "must name columns with their units"),
        ("amplitude [V],width [us],conductance [uA]", ROWS, "must give `conductance` in S"),
        ("amplitude [V],width [us],conductance [xS]", ROWS, "must give `conductance` in S"),
        ("amplitude [V],width [us],resistance [Ohm]", ROWS, "has 'resistance'"),
        ("amplitude [V],amplitude [V],conductance [S]", ROWS, "has `amplitude` twice"),
        ("amplitude [V],time [s],conductance [uS]", ROWS, "must have a column `width`"),
        ("amplitude [V],width [us],current [uA]", ROWS, "must have a column `read voltage`"),
        ("amplitude [V],width [us],time [s]", ROWS, "must have either"),
        (V_W_G, [*ROWS, (1, 2, "nan")], "must hold finite numbers, but is 'nan' in line 32"),
        (V_W_G, [*ROWS, (1, 2, "inf")], "is 'inf' in line 32"),
        (V_W_G, [*ROWS, (1, "", 3)], "`width` must hold finite numbers, but is 'empty' in line 32"),
        (V_W_G, [*ROWS, (1, "much", 3)], "is 'much' in line 32"),
        (V_W_G, [*ROWS, (1, 2)], "has 2 in line 32"),
        (V_W_G, [*ROWS, (1, -2, 3)], "`width` must be at least 0, but is less in line 32"),
        (V_W_G, ROWS[:1], f"must hold more than {LEAST_READS} reads, but holds 1"),
        (V_W_G, [(1, 1, 7.0)] * 30, "must vary"),
        (V_W_G, [*ROWS, (1, 1, 9.9e37)], "which instruments answer for an overflow"),
        (V_W_G, [*ROWS, *[(1, 1, 55.0)] * 10], "an end of its range, 10 times in a row"),
        (T_G, [(1, 1, k % 20, k) for k in range(40)], "`time` must rise from row to row"),
        (T_G, [(1, 1, k % 20, k) for k in range(40)], "but does not in line 22"),
        (V_I, [(1, 1, k, 0) for k in range(40)], "`read voltage` must not be 0"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_with_the_place_of_the_fault(tmp_path, header, rows, message):
    with pytest.raises(ValueError, match=r"^Argument `") as refusal:
        read_table(table(tmp_path, header, rows))
    assert message in str(refusal.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "cell.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="must name a table in UTF-8"):
        read_table(tmp_path / "cell.csv")


SERIES = [
    ("current", "<f4"),
    ("voltage", "<f4"),
    ("pulse_width", "<f4"),
    ("read_voltage", "<f4"),
    ("op_type", "<u4"),
]
READ, PULSE, PULSEREAD = 1, 2, 3


def arc2(folder, cells):
    """A file as ArC TWO Control lays it out: tables of 1000 rows, of which NROWS count."""
    path = folder / "session.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update(
            {"H5DS_VERSION_MAJOR": 0, "H5DS_VERSION_MINOR": 1, "words": 32, "bits": 32}
        )
        for group in ("crossbar", "crosspoints", "synthetics"):
            file.create_group(group).attrs["CLASS"] = "GROUP"
        for name, rows in cells.items():
            series = file.create_dataset(
                f"crosspoints/{name}/timeseries", (1000,), SERIES, maxshape=(None,), chunks=True
            )
            series[: len(rows)] = np.array(rows, dtype=SERIES)
            series.attrs.update({"NROWS": len(rows), "TITLE": name, "BASE_SIZE": 1000})
    return path


HISTORY = [
    (2e-6, 0.2, 0.0, 0.2, READ),
    *((2e-6 + 1e-7 * k, -1.5, 1e-5, 0.2, PULSEREAD) for k in range(1, 25)),
    (np.nan, 1.25, 1e-4, np.nan, PULSE),
    (1e-6, 0.2, 0.0, 0.2, READ),
]


def test_the_history_of_an_arc2_crosspoint_is_read(tmp_path):
    cell = read_arc2(arc2(tmp_path, {"W05B07": HISTORY}))
    np.testing.assert_allclose(cell.amplitude, [-1.5] * 24 + [1.25])
    np.testing.assert_allclose(cell.width, [1e-5] * 24 + [1e-4], rtol=1e-6)
    expected = [1e-5 + 5e-7 * k for k in range(25)] + [5e-6]
    np.testing.assert_allclose(cell.conductance, expected, rtol=1e-6)
    assert cell.read_voltage == pytest.approx(0.2)
    assert cell.source == "session.h5, cell W05B07"


def test_of_many_crosspoints_one_has_to_be_named(tmp_path):
    path = arc2(tmp_path, {"W05B07": HISTORY, "W00B01": HISTORY})
    with pytest.raises(ValueError, match=r"but is not given\. It has W00B01, W05B07"):
        read_arc2(path)
    assert read_arc2(path, crosspoint="W00B01").source.endswith("W00B01")


def test_other_files_and_broken_reads_are_refused(tmp_path):
    (tmp_path / "cell.h5").write_text("no HDF5")
    with pytest.raises(ValueError, match="must name an HDF5 file"):
        read_arc2(tmp_path / "cell.h5")
    with pytest.raises(ValueError, match="It has none"):
        read_arc2(arc2(tmp_path, {}))
    broken = [*HISTORY, (np.nan, 1.0, 1e-5, 0.2, PULSEREAD)]
    with pytest.raises(ValueError, match="`current` must be finite"):
        read_arc2(arc2(tmp_path, {"W05B07": broken}))
