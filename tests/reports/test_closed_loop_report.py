import re
import shlex
from html.parser import HTMLParser
from io import BytesIO

import pytest
import torch
from matplotlib.image import imread

from mho.reports import write_report
from mho.reports.closed_loop import page, summary_figure
from mho.studies.digits import classifier
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import loads

STAGES = ("digital", "mapped", "programmed", "wires", "converters", "calibrated")

LOOP = """
study = "ClosedLoop"
images = 20
calibration_images = 20
seeds = [0, 1]
rows = 200
device = { type = "SoftBounds", cycle_noise = 0.1 }
mapping = { g_min = 20e-6, g_max = 80e-6 }

[schemes.one_pulse]
programmer = { type = "NoiseFreeInverse", resolution = 0.02 }

[schemes.patient]
programmer = { type = "ConstantPulse", width = 1e-8 }
max_pulses = 5
"""
BARE = """
study = "ClosedLoop"
images = 1
calibration_images = 1
seeds = [7]
cols = 4
device = { type = "SoftBounds" }
mapping = { g_min = 20e-6, g_max = 80e-6 }
crossbar = { row_resistance = 0.0, column_resistance = 0.0 }
calibrator = { type = "Identity" }
schemes = { only = { programmer = { type = "ConstantPulse" } } }
"""


def finished(settings: str, path) -> RunFolder:
    study = loads(settings)
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return RunFolder(path)


@pytest.fixture(scope="module", autouse=True)
def _small_network():
    """Three hidden neurons instead of 64 make a twentieth of the cells."""
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        small = classifier(hidden=3).eval()
        patch.setattr("mho.studies.networks.networks.shipped_classifier", lambda: small)
        yield


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    return finished(LOOP, tmp_path_factory.mktemp("loop") / "run")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return finished(BARE, tmp_path_factory.mktemp("bare") / "run")


@pytest.fixture(scope="module")
def report(loop):
    return page(loop)


class Page(HTMLParser):
    """Refuses tags that do not match; keeps the attributes and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def test_the_page_asks_nothing_of_the_network(report):
    assert not re.search(r"https?:|@import|<script|<link", report)
    for _, attributes in Page(report).tags:
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/png;base64,"))
    assert all(url.startswith("#") for url in re.findall(r"url\(\s*[\"']?(.)", report))


def test_every_link_leads_to_one_place(report):
    attributes = [attributes for _, attributes in Page(report).tags]
    places = [a["id"] for a in attributes if "id" in a]
    links = {a["href"][1:] for a in attributes if (a.get("href") or "").startswith("#")}
    assert len(places) == len(set(places))
    assert links <= set(places)


def test_every_picture_says_what_it_shows(report):
    pictures = [attributes for tag, attributes in Page(report).tags if tag == "svg"]
    alts = [picture["aria-label"] for picture in pictures]
    assert len(alts) == len(set(alts)) == 19
    assert all(picture["role"] == "img" for picture in pictures)


def test_the_page_shows_every_stage_with_its_numbers(report, loop):
    text = Page(report).text.replace("\N{NO-BREAK SPACE}", " ")
    assert all(f"{number} {stage.title()}" in text for number, stage in enumerate(STAGES, 1))
    metrics = loop.metrics
    for scheme in ("one_pulse", "patient"):
        for stage in STAGES[2:]:
            score = metrics["accuracy"][scheme][stage]
            assert f"{score['mean']:.2f} ± {score['std']:.2f}" in text
        cost = metrics["programming"][scheme]
        assert f"{cost['pulses']:.2f}" in text
        assert f"{100 * cost['error']:.2f} %" in text
        assert f"{100 * cost['within_tolerance']:.2f} % within 5 %" in text


def test_figures_keep_no_colour_that_one_theme_would_hide(report):
    figures = "".join(re.findall(r"<svg.*?</svg>", report, re.DOTALL))
    assert "var(--ink)" in figures
    assert not re.search(r"#000000|#1c2026|fill: white|fill: #ffffff", figures)


def test_a_page_is_small(report):
    assert len(report.encode()) < 1_000_000


def test_one_seed_has_no_spread_and_identity_no_gain(bare):
    html = page(bare)
    text = Page(html).text
    assert "±" not in text
    assert "seeds 7" in text
    assert "Gain of each column" not in html
    assert "leaves the currents as they were measured" in text
    assert "SoftBounds" in text
    assert "Jart" not in text


def test_pairs_subtracted_before_they_are_converted_are_told_as_pairs(tmp_path):
    settings = BARE.replace("g_max = 80e-6", "g_max = 80e-6, analog = true")
    html = page(finished(settings.replace("Identity", "ColumnGain"), tmp_path / "run"))
    assert "Gain of each pair" in html
    assert "turns each pair's current, that of one column less that of the other," in html


def test_hostile_settings_are_text(bare, tmp_path):
    hostile = "</code><script>alert('&')</script>$answer"
    copy = tmp_path / "copy"
    copy.mkdir()
    for entry in bare.path.iterdir():
        if entry.name != "study.toml":
            (copy / entry.name).symlink_to(entry)
    settings = bare.settings_path.read_text() + f"# {hostile}\n"
    settings = settings.replace('"SoftBounds"', '"<b>Soft</b>"')
    (copy / "study.toml").write_text(settings)
    html = page(RunFolder(copy))
    assert settings in Page(html).text
    assert "<script" not in html
    assert "<b>" not in html


def test_every_command_of_the_page_is_understood(report, loop):
    commands = re.findall(r"mho run study.toml --set .+", Page(report).text)
    assert len(commands) == 5
    settings = loop.settings_path.read_text()
    for change in (shlex.split(command)[-1] for command in commands):
        assert loads(settings, [change]) != loads(settings)


def test_the_same_run_is_written_as_the_same_page(loop, report):
    path = write_report(loop, "ClosedLoop")
    assert path == loop.path / "report.html"
    assert path.read_text(encoding="utf-8") == report


@pytest.mark.parametrize("run", ["loop", "bare"])
def test_the_summary_is_a_small_wide_picture(run, request):
    content = summary_figure(request.getfixturevalue(run))
    assert imread(BytesIO(content)).shape[:2] == (500, 1400)
    assert len(content) < 150_000
