"""One grammar for every refused argument: what it must be, what it is, and the remedy."""

import math

import torch
from torch import Tensor


def argument_error(name: str, must: str, but: str, remedy: str = "") -> ValueError:
    """Error that every refused argument raises.

    Args:
        name: Argument as the caller wrote it.
        must: Completes "must ...".
        but: Completes "but ...".
        remedy: A full sentence that says what to do.
    """
    return ValueError(f"Argument `{name}` must {must}, but {but}.{' ' * bool(remedy)}{remedy}")


def check_shape(name: str, tensor: Tensor, shape: str, **sizes: int) -> None:
    """Refuse a tensor whose last axes do not have the sizes that are known.

    Args:
        name: Argument as the caller wrote it.
        tensor: (...), 1. Tensor to check, in any unit.
        shape: Axes as docstrings write them, such as "(..., vectors, rows)".
        **sizes: Known sizes by axis name; the other axes are free.
    """
    axes = shape.strip("()").split(", ")
    batched = axes[0] == "..."
    axes = axes[batched:]
    fits = len(tensor.shape) >= len(axes) if batched else len(tensor.shape) == len(axes)
    trailing = tensor.shape[len(tensor.shape) - len(axes) :] if fits else ()
    if not fits or any(n != sizes.get(axis, n) for axis, n in zip(axes, trailing, strict=True)):
        known = ", ".join(["..."] * batched + [_axis(axis, sizes) for axis in axes])
        raise argument_error(name, f"have shape ({known})", f"has shape {tuple(tensor.shape)}")


def check_same_shape(name: str, tensor: Tensor, shape: tuple[int, ...], of: str) -> None:
    """Refuse a tensor that does not have exactly the shape of something else.

    Args:
        name: Argument as the caller wrote it.
        tensor: (...), 1. Tensor to check, in any unit.
        shape: Shape it must have.
        of: What has that shape.
    """
    if tuple(tensor.shape) != tuple(shape):
        must = f"have the shape of {of}, {tuple(shape)}"
        raise argument_error(name, must, f"has shape {tuple(tensor.shape)}")


def check_voltage(voltage: Tensor, rows: int) -> None:
    """Refuse row voltages that no array of `rows` rows can take.

    Args:
        voltage: (..., vectors, rows), V. Voltages driving the rows.
        rows: Rows of the array.
    """
    check_shape("voltage", voltage, "(..., vectors, rows)", rows=rows)
    check_finite("voltage", voltage)


def check_conductance(conductance: Tensor) -> None:
    """Refuse a matrix of cells that cannot be: negative, infinite, NaN or without two axes.

    Args:
        conductance: (..., rows, cols), S. Conductance of the cells.
    """
    check_shape("conductance", conductance, "(..., rows, cols)")
    check_finite("conductance", conductance)
    check_range("conductance", conductance, 0.0, math.inf, unit="S")


def check_finite(name: str, tensor: Tensor) -> None:
    """Refuse NaN and infinity, and say where the first one is."""
    if torch.isfinite(tensor.detach().sum()):  # one of them would show, and this is far faster
        return
    bad = ~torch.isfinite(tensor)
    if bad.any():
        raise argument_error(name, "be finite", _first(tensor, bad))


def check_range(
    name: str, tensor: Tensor, low: float, high: float, *, unit: str, remedy: str = ""
) -> None:
    """Refuse values outside [low, high], and say where the first one is."""
    if tensor.numel():
        least, most = tensor.detach().aminmax()  # NaN if there is any, and far faster
        if least >= low and most <= high:
            return
    bad = (tensor < low) | (tensor > high)
    if bad.any():
        must = f"lie between {low:.6g} and {high:.6g} {unit}"
        if high == math.inf:
            must = f"be at least {low:.6g} {unit}"
        raise argument_error(name, must, _first(tensor, bad), remedy)


def check_precision(name: str, tensor: Tensor) -> None:
    """Refuse what cells are to hold in half precision, in which a microsiemens is nearly none."""
    if tensor.dtype not in (torch.float32, torch.float64):
        remedy = "Call its `float()` first; under `torch.autocast` the rest may be of less."
        must = "be of single or double precision, as conductances are"
        raise argument_error(name, must, f"is of {tensor.dtype}", remedy)


def check_number(
    name: str, value: float, *, low: float = -math.inf, high: float = math.inf, above: bool = False
) -> None:
    """Refuse a scalar outside [low, high]; with `above`, `low` itself is refused too.

    Args:
        name: Argument as the caller wrote it.
        value: Scalar to check.
        low: Least allowed value.
        high: Greatest allowed value.
        above: Whether the value must lie above `low`.
    """
    if (low < value if above else low <= value) and value <= high:
        return
    least = f"{'greater than' if above else 'at least'} {low:.6g}"
    most = f"at most {high:.6g}"
    must = " and ".join([least] * (low > -math.inf) + [most] * (high < math.inf)) or "a number"
    raise argument_error(name, f"be {must}", f"is {value:.6g}")


def _axis(axis: str, sizes: dict[str, int]) -> str:
    return f"{axis}={sizes[axis]}" if axis in sizes else axis


def _first(tensor: Tensor, bad: Tensor) -> str:
    index = tuple(int(i) for i in bad.nonzero()[0])
    place = f" at index {index}" if index else ""
    count = int(bad.sum())
    others = f", as {count - 1} others are not" if count > 1 else ""
    return f"is {tensor[index].item():.6g}{place}{others}"
