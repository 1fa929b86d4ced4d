"""Batch normalisation: digital, or folded into the layer before it."""

import pytest
import torch
from torch import nn

from mho.nn import DifferentialPair, Tile, convert, fold_batch_norm

TILE = Tile(mapping=DifferentialPair(g_min=10e-6, g_max=90e-6))


class Residual(nn.Module):
    """A layer that goes to its normalisation alone, and one that goes elsewhere too."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.second, self.other = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.linear, self.last = nn.Linear(4, 3), nn.BatchNorm1d(3)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        y = self.second(x)
        return self.last(self.linear((y + self.other(y)).mean((-2, -1))))


@pytest.fixture
def model(generator):
    torch.manual_seed(0)
    model = Residual()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 2.0)
            nn.init.uniform_(module.bias)
    for _ in range(20):
        model(torch.randn(16, 3, 6, 6, generator=generator))
    return model.eval()


@pytest.fixture
def x(generator):
    return torch.randn(8, 3, 6, 6, generator=generator)


def test_a_folded_model_computes_the_same_with_fewer_norms(model, x):
    folded = fold_batch_norm(model)
    torch.testing.assert_close(folded(x), model(x), rtol=1e-4, atol=1e-5)
    assert isinstance(folded.norm, nn.Identity)
    assert isinstance(folded.last, nn.Identity)
    assert isinstance(folded.other, nn.BatchNorm2d)
    assert isinstance(model.norm, nn.BatchNorm2d)


@pytest.mark.parametrize("prepare", [lambda model: model, fold_batch_norm], ids=["kept", "folded"])
def test_norms_stay_digital_unless_they_are_folded(model, x, prepare):
    analog = convert(prepare(model), TILE, x)
    torch.testing.assert_close(analog(x), model(x), rtol=1e-3, atol=1e-4)


def test_a_model_that_cannot_be_followed_is_refused_with_the_way_out():
    class Fickle(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))

        def forward(self, x):
            return self.part(x) if x.sum() > 0 else x

    with pytest.raises(ValueError, match=r"must be one that torch.fx can follow.*part by part"):
        fold_batch_norm(Fickle())
