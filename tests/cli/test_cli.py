import json
import signal
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import mho
import mho.reports
from mho.cli import app
from mho.cli import progress as progress_module
from mho.cli.progress import Lines
from mho.cli.reproduce import PAPERS, REPRODUCTIONS
from mho.devices import SoftBounds
from mho.studies.runs import RunFolder


@pytest.fixture(autouse=True)
def _here(counting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mho.reports, "REPORTS", {})
    threads = torch.get_num_threads()
    (tmp_path / "count.toml").write_text('study = "CountUp"\nshards = 3\n')
    yield
    torch.set_num_threads(threads)


def call(*arguments: str):
    result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refusal(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    return result.stderr


def test_a_run_prints_its_result_and_its_folder(tmp_path):
    result = call("run", "count.toml")
    assert result.exit_code == 0
    answer, place = result.stdout.splitlines()
    assert answer.startswith("Counted: the squares add up to")
    folder = RunFolder(tmp_path / place.removeprefix("Run folder: "))
    assert folder.is_finished
    assert result.stderr.splitlines()[0] == "Counting: 0 of 3"
    assert result.stderr.splitlines()[-1].startswith("Counting: 3 of 3 in ")


def test_a_finished_run_is_printed_again_without_computing():
    first, again = call("run", "count.toml"), call("run", "count.toml")
    assert again.stdout == first.stdout
    assert "Finished before" in again.stderr
    assert "Counting" not in again.stderr


def test_fresh_computes_anew():
    first, again = call("run", "count.toml"), call("run", "count.toml", "--fresh")
    assert again.stdout == first.stdout
    assert "Counting: 3 of 3" in again.stderr


def test_fresh_replaces_the_run_of_other_settings(tmp_path):
    call("run", "count.toml", "--out", "here")
    assert "made with other settings" in refusal(
        "run", "count.toml", "--out", "here", "--set", "seed=1"
    )
    call("run", "count.toml", "--out", "here", "--set", "seed=1", "--fresh")
    assert RunFolder(tmp_path / "here").about["seed"] == 1


def test_a_setting_is_replaced_for_one_run():
    result = call("run", "count.toml", "--set", "shards=2", "--set", "size=4")
    assert "Counting: 2 of 2" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "none.toml"], "none.toml: cannot be read (No such file or directory)."),
        (["run", "count.toml", "--set", "shrads=2"], "Did you mean `shards`?"),
        (["run", "count.toml", "--set", "shards=0"], "Argument `shards` must be at least 1"),
        (["run", "count.toml", "--out", "count.toml"], "count.toml cannot be made"),
        (["show", "none"], "none is no run folder"),
        (["characterise", "SoftBound"], "Did you mean `SoftBounds`?"),
        (["characterise", "JartV1b/yu2021"], "Did you mean `yu2022`?"),
        (["characterise", "SoftBounds/"], "SoftBounds has no presets"),
        (["characterise", "SoftBounds", "--set", "pulses=0"], "`pulses` must be at least 1"),
        (["predict", "train", "SoftBound"], "Did you mean `SoftBounds`?"),
        (["predict", "evaluate", "nobody", "SoftBounds"], "must be a file or a predictor"),
        (["netlist", "--rows", "0"], "Argument `rows` must be at least 1"),
        (["netlist", "--g-min", "1", "--g-max", "0.5"], "Argument `g_max` must be at least 1"),
        (["netlist", "--sinh-scale", "0"], "Argument `scale` must be greater than 0"),
        (["netlist", "-o", "none/array.cir"], "none/array.cir: No such file or directory."),
    ],
)
def test_what_the_user_can_mend_is_one_clean_message(arguments, message):
    assert message in refusal(*arguments)


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr("mho.studies.runs.complete", lambda *_: [].index(0))
    with pytest.raises(ValueError, match="0 is not in list"):
        call("run", "count.toml")


def test_a_run_stopped_by_ctrl_c_says_how_to_go_on(counting, tmp_path):
    process = subprocess.Popen(
        [sys.executable, counting, "run", "count.toml", "--set", "pause=30.0"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # Else the program would ignore Ctrl-C wherever the tests run as a background job.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr.readline() == "Counting: 0 of 3\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert error == "Stopped. What is finished is kept: the same command continues.\n"


def test_a_report_is_drawn_for_a_study_that_has_one(monkeypatch):
    def write_report(folder, study):
        assert study == "CountUp"
        assert folder.metrics["sum"] > 0
        return folder.path / "report.html"

    monkeypatch.setattr(mho.reports, "REPORTS", {"CountUp": None})
    monkeypatch.setattr(mho.reports, "write_report", write_report)
    for _ in ("computed", "stored"):
        assert call("run", "count.toml").stdout.endswith("report.html\n")


def test_show_prints_metrics_settings_and_files():
    call("run", "count.toml", "--out", "here")
    lines = call("show", "here").stdout.splitlines()
    assert any("sum" in line for line in lines)
    assert any("shard " in line for line in lines)
    assert "Settings: here/study.toml" in lines
    assert sum(line.startswith("  shards/") for line in lines) == 3
    assert not any("DAMAGED" in line for line in lines)


def test_show_marks_a_damaged_shard(tmp_path):
    call("run", "count.toml", "--out", "here")
    (tmp_path / "here" / "shards" / "001.h5").write_bytes(b"")
    damaged = [line for line in call("show", "here").stdout.splitlines() if "DAMAGED" in line]
    assert len(damaged) == 1
    assert damaged[0].startswith("  shards/001.h5")


def test_list_shows_questions_and_study_files(tmp_path):
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "count.toml").write_text('study = "CountUp"')
    (tmp_path / "studies" / "other.toml").write_text("x = 1")
    lines = call("list").stdout.splitlines()
    assert "CountUp: What do random squares add up to?" in lines
    assert "  mho run studies/count.toml  (CountUp)" in lines
    assert "  mho run studies/other.toml  (no study file)" in lines


def test_devices_shows_every_preset_with_range_polarity_voltages_and_source():
    from mho.devices import DEVICES

    printed = call("devices").stdout
    for model in DEVICES:
        assert f"{model.__name__}: " in printed
        for preset in model.presets() if hasattr(model, "presets") else []:
            assert f"{model.__name__}/{preset} " in printed
            assert f"  {preset}: {model.citation(preset)}." in printed
    rows = {name: line for line in printed.splitlines() for name in line.split()[1:2]}
    for shown in ("98.4 uS to 543 uS", "SET negative", "-0.342 V", "0.7065 V", "0.2 V"):
        assert shown in rows["JartTUD/yu2022"]
    for shown in ("10 uS to 100 uS", "SET positive"):
        assert shown in rows["SoftBounds"]
    assert "  tech_c: Fitted by the study Retention" in printed


SMALL = [
    *("--set", "pulses=4", "--set", "cells=4", "--set", "traces=2", "--set", "voltages=4"),
    *("--set", "levels=3", "--set", "amplitudes=2", "--set", "rests=[1.0]"),
]


def test_characterise_runs_the_study_of_a_device_and_continues_it(tmp_path, monkeypatch):
    monkeypatch.setattr(mho.reports, "REPORTS", {"Characterise": "mho.reports.characterise"})
    change = ["--set", "device.set_voltage=2.0"]
    first = call("characterise", "SoftBounds", *SMALL, *change, "-o", "here")
    assert first.stdout.startswith("Characterise: SoftBounds, 4 cells, 10 uS to 100 uS\n")
    assert "4 pulses of 2 V" in first.stdout
    assert first.stdout.endswith("Run folder: here\nReport: here/report.html\n")
    assert (tmp_path / "here" / "report.html").is_file()
    again = call("characterise", "SoftBounds", *SMALL, *change, "-o", "here")
    assert again.stdout == first.stdout
    assert "Finished before" in again.stderr


def test_characterise_takes_a_preset_after_the_slash():
    named = call("characterise", "PhaseChange/nandakumar2019", *SMALL)
    assert "Characterise: PhaseChange, 4 cells, 100 nS to 25 uS" in named.stdout
    assert "Run folder: runs/Characterise-" in named.stdout


def test_netlist_is_an_array_of_random_cells_as_text(tmp_path):
    printed = call("netlist", "--rows", "3", "--cols", "2", "--seed", "7").stdout
    cells = [line for line in printed.splitlines() if line.startswith("Rcell_")]
    assert len(cells) == 6
    assert all(1e4 <= float(line.split()[-1]) <= 1e5 for line in cells)
    assert "Vdrive_2 row_2 0 DC 0.2" in printed
    written = call("netlist", "--rows", "3", "--cols", "2", "--seed", "7", "-o", "array.cir")
    assert written.stdout == "Netlist: array.cir\n"
    assert (tmp_path / "array.cir").read_text() == printed
    assert call("netlist", "--rows", "3", "--cols", "2", "--seed", "8").stdout != printed


def test_netlist_has_the_wires_and_the_voltage_that_are_asked_for():
    wires = ["--row-resistance", "2.5", "--column-resistance", "0"]
    printed = call("netlist", "--rows", "1", "--cols", "1", *wires, "--voltage", "-0.1").stdout
    assert "Rrow_0_wire_0 row_0 row_0_0 2.5" in printed
    assert "Rcol" not in printed
    assert "Vdrive_0 row_0 0 DC -0.1" in printed


def test_netlist_has_the_cells_and_the_simulator_that_are_asked_for():
    cells = [
        "netlist",
        "--rows",
        "1",
        "--cols",
        "1",
        "--gate-voltage",
        "1.1",
        "--sinh-scale",
        "0.5",
    ]
    assert "Xaccess_0_0 drain_0_0 col_0_0 transistor gate=1.1" in call(*cells).stdout
    assert "s=2.0 c=0.0" in call(*cells).stdout
    for_vacask = call(*cells, "--for", "vacask").stdout
    assert "access_0_0 (drain_0_0 col_0_0) transistor gate=1.1" in for_vacask
    assert "model memristor memristor k=1.0 s=2.0 c=0.0" in for_vacask


def test_scoreboard_prints_what_falls_short_first(tmp_path, monkeypatch):
    rows = [
        SimpleNamespace(
            id=f"000.{name}", value=0.5, paper=None, reach=0.4, unit="%", falls_short=short
        )
        for name, short in [("good", False), ("poor", True)]
    ]
    module = ModuleType("mho.reports.scoreboard")
    module.load = lambda path: json.loads(path.read_text()) and rows
    monkeypatch.setitem(sys.modules, "mho.reports.scoreboard", module)
    assert "results/scoreboard.json: No such file" in refusal("scoreboard")
    (tmp_path / "board.json").write_text('{"rows": [1]}')
    lines = [line for line in call("scoreboard", "board.json").stdout.splitlines() if "000" in line]
    assert "poor" in lines[0]
    assert "falls short" in lines[0]
    assert "good" in lines[1]


def test_version():
    assert call("--version").stdout == f"mho {mho.__version__}\n"


@pytest.mark.parametrize("command", ["--help", "list"])
def test_listing_does_not_import_what_computes(command):
    program = f"import sys; sys.argv = ['mho', '{command}']; from mho.cli import app"
    program += "\ntry: app()\nfinally: print('torch' in sys.modules, 'numba' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert process.stdout.splitlines()[-1] == "False False"


def test_lines_tell_the_time_left(monkeypatch, capsys):
    times = iter([0.0, 5.0, 30.0, 60.0])
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: next(times))
    with Lines().stage("Writing", 4) as advance:
        advance(1)
        advance(1)
    assert capsys.readouterr().err.splitlines() == [
        "Writing: 0 of 4",
        "Writing: 2 of 4, 30 s left",
        "Writing: 2 of 4 in 60.0 s",
    ]


def test_what_cannot_be_reproduced_is_refused_with_what_can():
    answer = call("reproduce", "everything")
    assert answer.exit_code == 2
    known = ", ".join([*PAPERS, "all", *REPRODUCTIONS])
    assert f"`target` must be one of {known}, but is everything" in answer.stderr


def test_papers_stand_for_groups_that_there_are():
    assert {group for groups in PAPERS.values() for group in groups} <= set(REPRODUCTIONS)


def test_every_run_that_is_reproduced_is_stored_and_named_once(pytestconfig):
    names = [name for group in REPRODUCTIONS.values() for name in group]
    assert len(names) == len(set(names))
    results = pytestconfig.rootpath / "results"
    assert [name for name in names if not (results / name / "metrics.json").is_file()] == []


def test_a_run_keeps_the_cpu_time_that_it_took(tmp_path):
    call("run", "count.toml", "--out", "here")
    assert RunFolder(tmp_path / "here").about["cpu_seconds"] > 0


BRIEFLY = [
    *("--set", "predictor.recording.cells=30", "--set", "predictor.recording.targets=3"),
    *("--set", "predictor.recording.step=2e-8", "--set", "predictor.recording.longest=1e-4"),
    *("--set", 'predictor.stages=[{loss={type="SquaredTime"}, epochs=3}]'),
]


def test_predict_trains_a_predictor_that_evaluate_and_program_take(tmp_path):
    trained = call("predict", "train", "SoftBounds", *BRIEFLY, "-o", "here")
    assert "TrainPredictor: 90 records, tested on other cells: 9 pulses" in trained.stdout
    assert "Predictor: here/predictor.safetensors\n" in trained.stdout
    again = call("predict", "train", "SoftBounds", *BRIEFLY, "-o", "here")
    assert again.stdout == trained.stdout
    file, few = "here/predictor.safetensors", ("--cells", "2", "--targets", "2")
    judged = call("predict", "evaluate", file, "SoftBounds", *few)
    assert judged.stdout.startswith("4 pulses, the right ones")
    assert "noise-free inverse" in judged.stdout
    kept = call("predict", "program", file, "SoftBounds", "--rows", "3", "--out", "all.npz")
    assert kept.stdout.startswith("ProgramResult: ")
    reads = np.load(tmp_path / "all.npz")["conductance"]
    assert reads.shape[1:] == (3, 32)


def test_predict_programs_the_targets_of_a_file(tmp_path):
    call("predict", "train", "SoftBounds", *BRIEFLY, "-o", "here")
    np.save(tmp_path / "goal.npy", np.full((2, 5), 5e-5))
    file = "here/predictor.safetensors"
    call("predict", "program", file, "SoftBounds", "--target", "goal.npy", "--out", "all.npz")
    assert np.load(tmp_path / "all.npz")["target"].tolist() == [[5e-5] * 5] * 2
    (tmp_path / "text.npy").write_text("5e-5")
    assert "`target` must be a file of NumPy" in refusal(
        "predict", "program", file, "SoftBounds", "--target", "text.npy"
    )


def test_predict_warns_when_cells_are_not_those_it_was_trained_on():
    call("predict", "train", "SoftBounds", *BRIEFLY, "-o", "here")
    with pytest.warns(UserWarning, match="low=1e-05, not low=2e-05"):
        mho.program(
            mho.SimulatedBench(SoftBounds(low=2e-5), (1, 1)),
            mho.PulsePredictor.load("here/predictor.safetensors"),
            torch.full((1, 1), 5e-5),
        )
