import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import torch

import mho
from mho.studies.runs import FORMAT, RunFolder, StorageError, complete, discard, run_path
from mho.studies.settings import dump, load

PROGRAM = """
import os, resource, signal, sys
from pathlib import Path
from mho.studies.registry import STUDIES
from mho.studies.settings import load
from mho.studies.runs import RunFolder
from mho.studies.runs import complete
STUDIES["CountUp"] = "counting"
study = load(Path(sys.argv[1]))
fsync, fsyncs, last, largest = os.fsync, 0, int(sys.argv[3]), int(sys.argv[4])
def fsync_or_die(file):
    global fsyncs
    fsyncs += 1
    if fsyncs == last:
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(file)
os.fsync = fsync_or_die
with RunFolder.at(Path(sys.argv[2]), study) as folder:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, -1))
    print("open", flush=True)
    complete(study, folder)
"""


def start(settings: Path, folder: Path, *, fsyncs: int = 0, largest: int = -1) -> subprocess.Popen:
    """Run in another process, which dies in one of its fsyncs or cannot write large files."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, settings, folder, str(fsyncs), str(largest)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def study(count_up):
    return count_up()


@pytest.fixture
def folder(tmp_path, study):
    with RunFolder.open(tmp_path, study) as folder:
        yield folder


def settings_file(tmp_path: Path, study) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(dump(study))
    return path


def contents(path: Path) -> dict[str, bytes]:
    """What a run computed; run.json holds the time of day."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and file.name not in ("run.json", ".lock")
    }


def test_arrays_tensors_numbers_and_text_come_back(folder):
    weight = torch.ones(2, 3, dtype=torch.float32, requires_grad=True)
    folder.write("all", a=np.arange(6.0).reshape(2, 3), weight=weight, n=3, ok=True, by="Größe")
    back = folder.read("all")
    np.testing.assert_array_equal(back["a"], np.arange(6.0).reshape(2, 3), strict=True)
    np.testing.assert_array_equal(back["weight"], np.ones((2, 3), dtype=np.float32), strict=True)
    assert [back[key].item() for key in ("n", "ok", "by")] == [3, True, "Größe"]


def test_a_shard_is_a_plain_hdf5_file(folder):
    folder.write("plain", voltage=np.arange(3.0))
    with h5py.File(folder.path / "shards" / "plain.h5") as file:
        assert list(file) == ["voltage"]
        assert list(file["voltage"][()]) == [0.0, 1.0, 2.0]


def test_a_shard_is_stored_once(folder):
    folder.write("once", a=1.0)
    with pytest.raises(StorageError, match="a shard is stored once"):
        folder.write("once", a=2.0)
    assert folder.read("once")["a"] == 1.0


@pytest.mark.parametrize("name", ["", "../up", "a/b", "ä"])
def test_a_shard_name_is_a_file_name(folder, name):
    with pytest.raises(ValueError, match="Argument `name` must be made of"):
        folder.write(name, a=1.0)


def test_a_missing_shard_is_named(folder):
    with pytest.raises(StorageError, match="has no shard `none`"):
        folder.read("none")


def test_a_run_is_named_after_its_study_and_settings(tmp_path, count_up):
    paths = {run_path(tmp_path, count_up(seed=seed)) for seed in (0, 0, 1)}
    assert len(paths) == 2
    assert all(path.name.startswith("CountUp-") and len(path.name) == 16 for path in paths)


def test_a_finished_run_answers_without_being_run_again(tmp_path, study):
    with RunFolder.open(tmp_path, study) as folder:
        complete(study, folder)
    stored = RunFolder(run_path(tmp_path, study))
    assert stored.is_finished
    assert stored.metrics["by"]["shard"] == stored.metrics["sum"] / 5
    assert stored.summary.startswith("Counted: the squares")
    before = contents(stored.path)
    with RunFolder.open(tmp_path, study) as folder:
        complete(study, folder)
    assert contents(stored.path) == before


def test_a_run_tells_what_it_was_made_with(folder, study):
    assert folder.about["format"] == FORMAT
    assert folder.about["mho"] == mho.__version__
    assert folder.about["seed"] == 0
    assert {"python", "torch", "numpy", "numba", "created"} <= set(folder.about)
    assert load(folder.settings_path) == study


def test_numbers_of_numpy_and_torch_are_metrics(folder):
    answer = {"a": np.float64(0.5), "b": torch.tensor([1.0, 2.0]), "c": {"d": np.int64(3)}}
    folder.finish(SimpleNamespace(metrics=answer))
    assert folder.metrics == {"a": 0.5, "b": [1.0, 2.0], "c": {"d": 3}}


def test_metrics_of_an_unfinished_run_are_refused(folder):
    with pytest.raises(StorageError, match="is not finished"):
        folder.metrics  # noqa: B018


def test_a_folder_open_for_reading_is_not_written(folder):
    with pytest.raises(StorageError, match="open for reading"):
        RunFolder(folder.path).write("a", a=1.0)


def test_a_folder_from_before_a_setting_existed_is_continued_while_the_default_holds(
    tmp_path, count_up
):
    RunFolder.at(tmp_path / "run", count_up(seed=1)).close()
    settings = tmp_path / "run" / "study.toml"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if not line.startswith("pause")))
    assert "pause" not in settings.read_text()
    RunFolder.at(tmp_path / "run", count_up(seed=1)).close()
    with pytest.raises(StorageError, match="other settings"):
        RunFolder.at(tmp_path / "run", count_up(seed=1, pause=0.5))


def test_a_folder_of_another_study_is_refused_with_what_differs(tmp_path, count_up):
    RunFolder.at(tmp_path / "run", count_up(seed=1)).close()
    with pytest.raises(StorageError) as caught:
        RunFolder.at(tmp_path / "run", count_up(seed=2))
    assert "run was made with other settings" in str(caught.value)
    assert "--out" in str(caught.value)
    assert str(caught.value).splitlines()[1:] == ["- seed = 1", "+ seed = 2"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [("format", 99, "has folder format 99"), ("mho", "0.0.9", "was made by mho 0.0.9, but this")],
)
def test_a_folder_of_another_version_is_refused(tmp_path, study, key, value, message):
    RunFolder.at(tmp_path / "run", study).close()
    about = tmp_path / "run" / "run.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {key: value}))
    with pytest.raises(StorageError, match=message):
        RunFolder.at(tmp_path / "run", study)


def test_a_folder_with_other_files_is_left_alone(tmp_path, study):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StorageError, match="holds files but no run"):
        RunFolder.at(tmp_path, study)
    discard(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(tmp_path, study):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be made: Not a directory"):
        RunFolder.at(tmp_path / "file" / "run", study)


def test_discarding_a_run_leaves_room_for_another(tmp_path, count_up):
    with RunFolder.at(tmp_path / "run", count_up(seed=1)) as folder:
        complete(count_up(seed=1), folder)
    discard(tmp_path / "run")
    with RunFolder.at(tmp_path / "run", count_up(seed=2)) as folder:
        assert not folder.is_finished
        assert folder.shards == []


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path, study):
    first = RunFolder.at(tmp_path / "run", study)
    for attempt in (lambda: RunFolder.at(tmp_path / "run", study), lambda: discard(first.path)):
        with pytest.raises(StorageError, match="is in use by another process"):
            attempt()
    first.close()
    RunFolder.at(tmp_path / "run", study).close()


@pytest.mark.parametrize("damage", ["flip", "cut", "empty"])
def test_a_damaged_shard_is_named_and_computed_anew(tmp_path, study, damage):
    with RunFolder.open(tmp_path, study) as folder:
        complete(study, folder)
        whole = contents(folder.path)
        path = folder.path / "shards" / "002.h5"
        content = bytearray(path.read_bytes())
        at = content.index(folder.read("002")["numbers"].tobytes())
        content[at] ^= 1
        path.write_bytes({"flip": content, "cut": content[:at], "empty": b""}[damage])
        assert folder.damaged() == ["002"]
        with pytest.raises(StorageError, match=r"002\.h5 is damaged: .* Delete it and metrics"):
            folder.read("002")
        path.unlink()
        (folder.path / "metrics.json").unlink()
        complete(study, folder)
        assert contents(folder.path) == whole
        assert folder.damaged() == []


def test_a_run_killed_again_and_again_continues_to_the_same_result(tmp_path, count_up):
    study = count_up(shards=40, size=2_000, pause=0.005)
    settings = settings_file(tmp_path, study)
    shards = tmp_path / "killed" / "shards"
    finished: set[str] = set()
    for enough in (1, 12, 25):
        process = start(settings, tmp_path / "killed")
        while len(list(shards.glob("*.h5"))) < enough and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        stored = RunFolder(tmp_path / "killed")
        assert enough <= len(stored.shards) < 40
        for name in stored.shards:
            assert len(stored.read(name)["numbers"]) == 2_000 * (int(name) + 1)
        assert finished <= set(stored.shards)
        finished = set(stored.shards)
    with RunFolder.at(tmp_path / "killed", study) as folder:
        complete(study, folder)
    with RunFolder.at(tmp_path / "whole", study) as folder:
        complete(study, folder)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


# Each file is synced before it is renamed and its folder after: study.toml, run.json, two shards
# and metrics.json make ten moments.
@pytest.mark.parametrize("moment", range(1, 11))
def test_a_run_killed_inside_a_write_continues_to_the_same_result(tmp_path, count_up, moment):
    study = count_up(shards=2)
    process = start(settings_file(tmp_path, study), tmp_path / "killed", fsyncs=moment)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    half_written = moment % 2 == 1
    assert len(list((tmp_path / "killed").rglob("*.partial"))) == half_written
    with RunFolder.at(tmp_path / "killed", study) as folder:
        assert len(folder.shards) == max(0, min(moment - 4, 4)) // 2
        assert not list(folder.path.rglob("*.partial"))
        complete(study, folder)
    with RunFolder.at(tmp_path / "whole", study) as folder:
        complete(study, folder)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


@pytest.mark.parametrize("leftover", ["study.toml", "run.json", "study.toml.partial"])
def test_a_run_killed_while_it_began_begins_again(tmp_path, study, leftover):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / leftover).write_text("half")
    with RunFolder.at(tmp_path / "run", study) as folder:
        complete(study, folder)
        assert folder.is_finished


def test_a_full_disk_loses_nothing_and_the_run_continues(tmp_path, count_up):
    # The operating system refuses files over 100 kB; packed, the shards have about 40, 80, 120
    # and 160 kB.
    study = count_up(shards=4, size=5_300)
    settings = settings_file(tmp_path, study)
    process = start(settings, tmp_path / "run", largest=100_000)
    _, error = process.communicate()
    assert process.returncode == 1
    message = error.splitlines()[-1]
    assert "StorageError" in message
    assert "002.h5 (0.12" in message
    assert "cannot be written: File too large" in message
    assert "MB are free there" in message
    assert "the same command continues" in message
    assert RunFolder(tmp_path / "run").shards == ["000", "001"]
    assert not list((tmp_path / "run").rglob("*.partial"))
    with RunFolder.at(tmp_path / "run", study) as folder:
        complete(study, folder)
    with RunFolder.at(tmp_path / "whole", study) as folder:
        complete(study, folder)
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")


def test_a_killed_process_gives_its_lock_back(tmp_path, count_up):
    study = count_up(shards=2, pause=60.0)
    process = start(settings_file(tmp_path, study), tmp_path / "run")
    assert process.stdout.readline() == "open\n"
    with pytest.raises(StorageError, match="is in use by another process"):
        RunFolder.at(tmp_path / "run", study)
    process.kill()
    process.communicate()
    RunFolder.at(tmp_path / "run", study).close()
