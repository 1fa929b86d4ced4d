import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mho.studies.registry import STUDIES
from mho.studies.settings import dump


@pytest.fixture
def count_up(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setitem(STUDIES, "CountUp", "counting")
    from counting import CountUp

    return CountUp


@pytest.fixture
def killed_run(tmp_path):
    """Runs a study in another process and kills it once so many shards are stored."""

    def kill(study, path, *, shards, pattern="*.h5"):
        settings = tmp_path / "study.toml"
        settings.write_text(dump(study))
        command = [sys.executable, "-m", "mho", "run", str(settings), "--out", str(path)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(path.glob(f"shards/{pattern}"))) < shards:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return {file.name: file.read_bytes() for file in path.glob("shards/*.h5")}

    return kill
