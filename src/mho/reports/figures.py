"""Figures as SVG that follows the page: its font, and its light or dark."""

import re
from collections.abc import Sequence
from html import escape
from io import BytesIO, StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter
from PIL import Image

INK, MUTED, GRID = "#1c2026", "#656c76", "#dcdfe4"
"""Colours of text and lines; on a page they become those of its style sheet."""

_SCHEMES = ("#c8641b", "#2f7fc1", "#1f9677", "#b3589c", "#8d8520", "#8a6fd1")
_STYLE = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 8.5,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "savefig.dpi": 120,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


def style() -> Any:
    """Context in which figures are made and drawn."""
    return mpl.rc_context(_STYLE)  # type: ignore[arg-type]


def scheme_colours(schemes: Sequence[str]) -> dict[str, str]:
    """One colour for each scheme, told apart by colour-blind readers too.

    Args:
        schemes: Names of the schemes.
    """
    return {name: _SCHEMES[index % len(_SCHEMES)] for index, name in enumerate(schemes)}


# Room for labels in inch: left, bottom, right, top. Fixed, so that panels side by side align.
PLOT = (0.6, 0.44, 0.14, 0.1)
MAP = (0.5, 0.44, 0.72, 0.1)
BARE = (0.05, 0.05, 0.05, 0.05)


def panel(
    width: float = 3.5,
    height: float = 2.7,
    room: tuple[float, float, float, float] = PLOT,
) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes; small, so that a telephone shows it legibly.

    Args:
        width: inch.
        height: inch.
        room: inch. Left, below, right and above the axes.
    """
    left, below, right, above = room
    figure = Figure(figsize=(width, height))
    size = (1 - (left + right) / width, 1 - (below + above) / height)
    return figure, figure.add_axes((left / width, below / height, *size))


def shown(figure: Figure, alt: str, caption: str) -> str:
    """A figure as HTML.

    Args:
        figure: What to show.
        alt: What it shows, for those who do not see it; no other figure's of the page.
        caption: HTML below it.
    """
    content = StringIO()
    # Salted with the text, since names inside one page must differ from figure to figure.
    with mpl.rc_context({"svg.hashsalt": alt}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(content, format="svg", transparent=True, metadata=nothing)
    svg = _follow_page(content.getvalue())
    label = f'<svg role="img" aria-label="{escape(alt)}"'
    svg = svg.replace("<svg", label, 1)
    return f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"


def png(figure: Figure) -> bytes:
    """A figure as the content of a PNG file.

    Args:
        figure: What to show.
    """
    drawn, content = BytesIO(), BytesIO()
    figure.savefig(drawn, format="png", dpi=200)
    # A palette takes a third of the bytes, and the eye does not tell.
    palette = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    palette.save(content, format="png", optimize=True)
    return content.getvalue()


def draw_map(axes: Axes, values: np.ndarray, colours: str, low: float, high: float) -> Any:
    """One coloured square for each cell; row 0 is at the top, as in the array.

    Args:
        axes: Where to draw.
        values: (rows, cols). What the colours stand for.
        colours: Name of a colour map.
        low: Value of its first colour.
        high: Value of its last colour.
    """
    image = axes.imshow(
        values, cmap=colours, norm=Normalize(low, high), interpolation="none", aspect="auto"
    )
    for spine in axes.spines.values():
        spine.set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    return image


def add_scale(figure: Figure, axes: Axes, image: Any, label: str) -> None:
    """The colour scale of a map.

    Args:
        figure: Where the map is drawn.
        axes: Where the map is drawn.
        image: The map.
        label: Quantity and unit.
    """
    beside = axes.inset_axes((1.03, 0.0, 0.035, 1.0))
    # Logarithmic scales would write powers of ten as formulas, which no page shows.
    plain = "{x:g}" if isinstance(image.norm, LogNorm) else None
    bar: Any = figure.colorbar(image, cax=beside, label=label, format=plain)
    bar.outline.set_visible(False)
    bar.solids.set_rasterized(True)  # 256 outlined rectangles would outweigh the page


def count_in_percent(axes: Axes) -> None:
    """Shares of cells upwards, on a logarithmic scale.

    Args:
        axes: Where the shares are drawn.
    """
    axes.set(yscale="log", ylabel="cells, %")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def density(
    x: np.ndarray, y: np.ndarray, limits: tuple[float, float], bins: int = 80
) -> np.ndarray:
    """How many points lie in each square of a plane: (bins, bins), the lowest y first.

    Args:
        x: (points,). Abscissae.
        y: (points,). Ordinates.
        limits: Ends of both axes.
        bins: Squares along each axis.
    """
    counts: np.ndarray = np.histogram2d(y, x, bins=bins, range=(limits, limits))[0]
    return counts


def draw_density(
    axes: Axes, counts: np.ndarray, limits: tuple[float, float], colour: str, most: float
) -> None:
    """A cloud of points as colour, on a logarithmic scale, with the diagonal of perfection.

    Args:
        axes: Where to draw.
        counts: (bins, bins). Points of each square.
        limits: Ends of both axes.
        colour: Of the squares; those without points let the page through.
        most: Points of a square in full colour.
    """
    shade = np.log1p(counts) / np.log1p(most)
    visible = np.where(counts > 0, 0.12 + 0.88 * shade, 0.0)
    image = np.empty((*counts.shape, 4))
    image[..., :3], image[..., 3] = to_rgb(colour), visible.clip(0, 1)
    axes.imshow(
        image, extent=(*limits, *limits), origin="lower", interpolation="none", aspect="auto"
    )
    axes.plot(limits, limits, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    axes.set(xlim=limits, ylim=limits)


def _follow_page(svg: str) -> str:
    svg = svg[svg.index("<svg") :].replace("xlink:href", "href")
    # Inside HTML neither name spaces nor fixed sizes are wanted.
    svg = re.sub(r'\s(?:xmlns(?::\w+)?|version)="[^"]*"', "", svg)
    svg = re.sub(r'(<svg[^>]*?)\swidth="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?)\sheight="[^"]*"', r"\1", svg, count=1)
    used = set(re.findall(r'(?:href="|url\()#([\w-]+)', svg))
    svg = re.sub(r'\sid="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r"font: ([^;\"]*?px)[^;\"]*", r"font-size: \1", svg)
    for name, colour in (("ink", INK), ("muted", MUTED), ("grid", GRID)):
        svg = svg.replace(colour, f"var(--{name})")
    return svg
