"""What the Python package synaptogen 0.2.0 (T. Hennen, MIT licence) says: the reference of a test.

    python tests/physics/data/synaptogen_reference.py > tests/physics/data/synaptogen_reference.json

It needs `pip install synaptogen==0.2.0`. The package is only called; nothing of it is copied.
"""

import json
import sys

import numpy as np

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LAGS = (0, 1, 3, 9)
PARTIAL = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
SEQUENCE = (-1.6, 0.8, 0.95, 0.9, -0.3, 1.2, -0.7, 1.1, 1.46, 1.0, -1.5, 1.5, -1.5, 0.79, 1.3, 1.5)
READ_AT = (0.2, -0.5, 1.0)


def statistics(features):
    """Marginals, spread and memory of features (cycles, cells, 4), in ohm and volt."""
    features = features.copy()
    features[..., 0] = np.log10(features[..., 0])
    centre, spread = features.mean(0), features.std(0)
    switching = (spread > 0).all(-1)  # some cell in a hundred thousand never SETs
    within = ((features - centre) / np.where(spread > 0, spread, 1.0))[:, switching]
    pairs = [(within[lag:], within[: len(within) - lag]) for lag in LAGS]
    return {
        "features": np.quantile(features[-1], QUANTILES, axis=0).tolist(),
        "centres": np.quantile(centre, QUANTILES, axis=0).tolist(),
        "spreads": np.quantile(spread, QUANTILES, axis=0).tolist(),
        "correlations": [
            (np.einsum("nci,ncj->ij", now, before) / now[..., 0].size).tolist()
            for now, before in pairs
        ],
    }


def measure(cells=131_072, cycles=40, seed=0):
    """Statistics of full cycles and of partial RESETs, and the path of one cell."""
    package, model = _package(seed)
    array = package.CellArrayCPU(cells)
    features = np.empty((cycles, cells, 4), dtype=np.float64)
    for cycle in features:
        package.applyVoltage(array, -1.5)
        package.applyVoltage(array, 1.5)
        cycle[:] = array.y.T
    package.applyVoltage(array, -1.6)
    partial = [_conductance(package, array)]
    for voltage in PARTIAL:
        package.applyVoltage(array, voltage)
        partial.append(_conductance(package, array))
    found = statistics(features) | {"partial": np.quantile(partial, QUANTILES, axis=1).T.tolist()}
    return found | {"path": _path(package, model)}


def _package(seed):
    from synaptogen import synaptogen as package

    random = np.random.default_rng(seed)

    def normal(shape, out=None):
        return random.standard_normal(shape, dtype=np.float32, out=out)

    package.randn = normal
    package.rand = lambda shape: random.random(shape, dtype=np.float32)
    return package, package.default_params


def _conductance(package, array):
    return package.I(array, np.float32(0.2)) / 0.2


def _path(package, model):
    """Currents of the mean cell of the population, without noise, after each of some voltages."""

    def silence(shape, out=None):
        out = np.empty(shape, dtype=np.float32) if out is None else out
        out[:] = 0
        return out

    package.randn = silence
    array = package.CellArrayCPU(1)
    weight = model.wk / model.wk.sum()
    mean = (model.μDtD @ weight)[:, None]
    array.μ, array.σ = mean[:4], mean[4:]
    array.y = package.Ψ(array.μ, array.σ, package.Γ(model.γ, array.Xhat[-4:]))
    array.UR = array.y[3].copy()
    array.r = package.r(array.y[0], model.G_HHRS, model.G_LLRS)
    array.inHRS[:] = True  # the package leaves this out, so that a fresh cell could RESET
    path = []
    for voltage in SEQUENCE:
        package.applyVoltage(array, voltage)
        path.append([float(package.I(array, np.float32(at))[0]) for at in READ_AT])
    return path


if __name__ == "__main__":
    about = {"package": "synaptogen 0.2.0", "command": f"python {sys.argv[0]}"}
    json.dump(about | measure(), sys.stdout, indent=1)
    sys.stdout.write("\n")
