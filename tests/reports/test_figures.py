"""Figures are legible: what they write is text, and not what a formula is made of."""

import numpy as np
from matplotlib.colors import LogNorm

from mho.reports.figures import MAP, add_scale, panel, shown, style


def test_a_logarithmic_scale_is_labelled_in_plain_numbers():
    with style():
        figure, axes = panel(room=MAP)
        values = np.geomspace(3.0, 300.0, 4).reshape(2, 2)
        image = axes.pcolormesh(values, norm=LogNorm(3.0, 300.0))
        add_scale(figure, axes, image, "error, %")
        svg = shown(figure, "a map", "")
    assert "$" not in svg
    assert ">10<" in svg
    assert ">100<" in svg
