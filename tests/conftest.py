import pytest
import torch

# On small tensors two threads are slower than one, and far slower on a machine that is busy.
torch.set_num_threads(1)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
