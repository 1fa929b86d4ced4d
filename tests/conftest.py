import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Tests measure nothing, and two threads on small tensors are slower than one."""
    torch.set_num_threads(1)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
