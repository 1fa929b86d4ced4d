import pytest
import torch

# On small tensors two threads are slower than one, and far slower on a machine that is busy.
torch.set_num_threads(1)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def shared_data(monkeypatch, pytestconfig):
    """The folder of data that are too large to ship, as MHO_DATA; tests skip where it is not."""
    folder = pytestconfig.rootpath.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the data are not here")
    monkeypatch.setenv("MHO_DATA", str(folder))
    return folder
