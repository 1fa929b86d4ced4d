"""The program error: what was put in comes out, of the fit, the sampler and the file."""

import math
import time

import numpy as np
import pytest
import torch
from scipy import stats

from mho.core import Past
from mho.programming import KnotGrid, LevelGrid, Origin, Outcomes, ProgramError, held_out, program
from mho.programming.program_error.empirical import log_kernel_density
from mho.programming.program_error.kernel import student
from mho.programming.program_error.student import FREEDOM, log_density
from mho.programming.programmer import Programmer

ORIGIN = Origin(scheme="a scheme", device="a device", outcomes="a few")
LEVELS = torch.linspace(1.14e-3, 1.35e-3, 32, dtype=torch.float64)


def error(grid, location=0.0, scale=1e-7, freedom=5.0, least=0.0, greatest=math.inf):
    points = torch.ones_like(grid.points)
    parameters = {"location": location * points, "scale": scale * points}
    bounds = {"least": least, "greatest": greatest, "origin": ORIGIN}
    return ProgramError(grid=grid, freedom=freedom * points, **parameters, **bounds)


def sweeps(draws, scale=1e-7, location=0.0):
    return Outcomes.of_sweeps(LEVELS, LEVELS + location + scale * torch.from_numpy(draws))


@pytest.mark.parametrize("freedom", [2.0, 4.0, 10.0])
def test_known_parameters_are_recovered_at_every_level(freedom):
    draws = np.random.default_rng(0).standard_t(freedom, (1500, 32))
    fit = ProgramError.fit(sweeps(draws, location=3e-8), origin=ORIGIN)
    torch.testing.assert_close(fit.location, torch.full_like(LEVELS, 3e-8), rtol=0, atol=1.5e-8)
    torch.testing.assert_close(fit.scale, torch.full_like(LEVELS, 1e-7), rtol=0.12, atol=0)
    assert fit.freedom.median().item() == pytest.approx(freedom, rel=0.08)


def test_no_other_parameters_make_the_outcomes_more_likely():
    draws = np.random.default_rng(1).standard_t(3, (66, 32))
    fit = ProgramError.fit(sweeps(draws), origin=ORIGIN)
    for level in range(0, 32, 8):
        ours = stats.t.logpdf(
            draws[:, level], fit.freedom[level], 1e7 * fit.location[level], 1e7 * fit.scale[level]
        ).sum()
        assert ours > stats.t.logpdf(draws[:, level], *stats.t.fit(draws[:, level])).sum() - 0.02


def test_degrees_of_freedom_stay_bounded_on_errors_that_are_nearly_uniform():
    draws = np.random.default_rng(2).uniform(-1, 1, (66, 32))
    fit = ProgramError.fit(sweeps(draws), origin=ORIGIN)
    assert (fit.freedom == FREEDOM[1]).all()
    torch.testing.assert_close(fit.scale, torch.full_like(LEVELS, 1e-7 / 3**0.5), rtol=0.2, atol=0)


def test_equal_outcomes_do_not_draw_the_scale_or_the_freedom_to_nothing():
    draws = np.random.default_rng(3).normal(size=(60, 32))
    draws[:50] = 0.25
    fit = ProgramError.fit(sweeps(draws), origin=ORIGIN)
    assert (fit.freedom >= FREEDOM[0]).all()
    assert (fit.scale > 1e-11).all()
    same = ProgramError.fit(sweeps(np.zeros((60, 32))), origin=ORIGIN)
    assert (same.scale > 0).all()
    drawn = same.sample(LEVELS, torch.Generator())
    torch.testing.assert_close(drawn, LEVELS, rtol=1e-7, atol=0)


def test_parameters_that_change_with_the_target_are_recovered_between_the_knots(generator):
    random = np.random.default_rng(4)
    target = 1e-4 + 4e-4 * torch.rand(40_000, dtype=torch.float64, generator=generator)
    way = ((target - 1e-4) / 4e-4).numpy()
    inverse = 0.05 + 0.35 * way
    miss = 2e-6 * way + (1e-6 + 4e-6 * way) * random.standard_t(1 / inverse)
    grid = KnotGrid.over(1e-4, 5e-4, knots=5)
    jobs = Outcomes(grid, target, target + torch.from_numpy(miss), torch.arange(len(target)))
    fit = ProgramError.fit(jobs, origin=ORIGIN)
    expected = torch.linspace(0, 1, 5, dtype=torch.float64)
    torch.testing.assert_close(fit.location, 2e-6 * expected, rtol=0, atol=2e-7)
    torch.testing.assert_close(fit.scale, 1e-6 + 4e-6 * expected, rtol=0.06, atol=0)
    torch.testing.assert_close(1 / fit.freedom, 0.05 + 0.35 * expected, rtol=0, atol=0.04)


def test_a_level_grid_rounds_a_target_and_a_knot_grid_does_not():
    levels, knots = LevelGrid(points=LEVELS), KnotGrid(points=LEVELS)
    between = LEVELS[:-1] + 0.3 * LEVELS.diff()
    assert torch.equal(levels.at(LEVELS, between), LEVELS[:-1])
    torch.testing.assert_close(knots.at(LEVELS, between), between)
    sharp = {"scale": 1e-15, "location": 2e-7}
    drawn = error(levels, **sharp).sample(between, torch.Generator())
    torch.testing.assert_close(drawn, LEVELS[:-1] + 2e-7, rtol=1e-9, atol=0)
    drawn = error(knots, **sharp).sample(between, torch.Generator())
    torch.testing.assert_close(drawn, between + 2e-7, rtol=1e-9, atol=0)


UNEVEN = 1e-4 * torch.tensor([1.0, 1.001, 1.002, 1.5, 3.0, 3.3], dtype=torch.float64)


@pytest.mark.parametrize("grid", [LevelGrid, KnotGrid])
@pytest.mark.parametrize("points", [LEVELS, UNEVEN], ids=["even", "uneven"])
def test_the_kernel_finds_the_piece_of_every_target(grid, points, generator):
    grid = grid(points=points)
    target = points[0] + (points[-1] - points[0]) * torch.rand(
        5000, dtype=torch.float64, generator=generator
    )
    target = torch.cat([target, points, grid.edges()])
    drawn = error(grid, scale=1e-16).sample(target, generator)
    torch.testing.assert_close(drawn, grid.at(points, target), rtol=1e-9, atol=0)


def test_a_single_level_is_a_grid_too():
    one = error(LevelGrid(points=LEVELS[:1]), scale=1e-16)
    drawn = one.sample(LEVELS[:1].expand(700), torch.Generator())
    torch.testing.assert_close(drawn, LEVELS[:1].expand(700))


@pytest.mark.parametrize("freedom", [1.5, 2.0, 5.0, 30.0, 100.0])
def test_samples_follow_the_cumulative_distribution(freedom):
    grid = LevelGrid(points=LEVELS)
    target = LEVELS[torch.arange(200_000) % 32]
    drawn = error(grid, freedom=freedom, least=0.0).sample(target, torch.Generator().manual_seed(7))
    normal = ((drawn - target) / 1e-7)[drawn > 0].numpy()
    assert stats.kstest(normal, stats.t(freedom).cdf).pvalue > 0.05
    tail = stats.t(freedom).ppf(0.9995)
    assert (normal > tail).mean() == pytest.approx(5e-4, rel=0.35)


def test_a_draw_is_baileys_formula():
    random = np.random.default_rng(5)
    for inverse in (1 / 1.5, 0.2, 0.01):
        first, second = random.uniform(-1, 1, (2, 2000))
        first[:3] = (-1.0, 1.0 - 2.0**-52, 0.0)
        growth = np.expm1(-2 * inverse * np.log(0.5 * (1 - first)))
        exact = np.sin(0.5 * np.pi * second) * np.sqrt(growth / inverse)
        drawn = [student(a, b, inverse) for a, b in zip(first, second, strict=True)]
        np.testing.assert_allclose(drawn, exact, rtol=1e-9, atol=1e-12)


def test_the_number_of_threads_makes_no_difference(monkeypatch):
    target = LEVELS[torch.arange(300_001) % 32]
    grid = LevelGrid(points=LEVELS)
    drawn = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("MHO_THREADS", threads)
        drawn.append(error(grid).sample(target, torch.Generator().manual_seed(1)))
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], drawn[2])


def test_a_cell_draws_the_same_whatever_cells_stand_behind_it_and_anew_every_time():
    grid, source = KnotGrid(points=LEVELS), torch.Generator().manual_seed(1)
    target = LEVELS[torch.arange(1000) % 32]
    first, second = (error(grid).sample(target, source) for _ in range(2))
    assert not torch.equal(first, second)
    few = error(grid).sample(target[:700].reshape(7, 100), torch.Generator().manual_seed(1))
    assert torch.equal(few.flatten(), first[:700])


def test_a_million_samples_take_a_fraction_of_a_second():
    drawn = error(LevelGrid(points=LEVELS))
    target = LEVELS[torch.arange(1_000_000) % 32]
    drawn.sample(target[:10], torch.Generator())
    start = time.process_time()
    drawn.sample(target, torch.Generator())
    assert time.process_time() - start < 0.2


def test_no_cell_is_drawn_beyond_what_was_read():
    draws = np.random.default_rng(6).standard_t(1.6, (66, 32))
    outcomes = sweeps(draws.clip(-90, 90), scale=1e-5)
    fit = ProgramError.fit(outcomes, origin=ORIGIN)
    drawn = fit.sample(LEVELS.repeat(20_000), torch.Generator())
    assert drawn.min() == outcomes.achieved.min()
    assert drawn.max() == outcomes.achieved.max()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (1.3500001e-3, r"`target` must lie between 0.00114 and 0.00135 S, but is 0.00135"),
        (1.1e-3, r"0.0011 at index \(1,\)\. Map the weights to a range"),
        (math.nan, "`target` must be finite"),
    ],
)
def test_targets_that_nothing_is_known_of_are_refused(target, message):
    asked = torch.tensor([1.2e-3, target], dtype=torch.float64)
    with pytest.raises(ValueError, match=message):
        error(KnotGrid(points=LEVELS)).sample(asked, torch.Generator())


def test_a_target_that_rounding_put_beyond_the_end_is_the_end():
    grid = KnotGrid(points=LEVELS)
    asked = torch.nextafter(LEVELS[-1:], LEVELS.new_tensor(1.0))
    drawn = error(grid, scale=1e-16).sample(asked, torch.Generator())
    torch.testing.assert_close(drawn, LEVELS[-1:])


def test_probability_and_density_are_those_of_scipy(generator):
    fit = error(KnotGrid(points=LEVELS), location=2e-8, freedom=3.0)
    target, achieved = torch.full((9,), 1.2e-3), torch.linspace(1.199e-3, 1.201e-3, 9)
    exact = stats.t(3.0, target.double() + 2e-8, 1e-7)
    np.testing.assert_allclose(fit.probability(target, achieved), exact.cdf(achieved), rtol=1e-9)
    np.testing.assert_allclose(fit.log_density(target, achieved), exact.logpdf(achieved), rtol=1e-9)
    assert log_density(np.ones(1), np.zeros(1))[0] == pytest.approx(stats.norm.logpdf(1.0))


class Misses(Programmer):
    def fit(self, device):
        return self

    def pulse(self, conductance, target, past=Past()):  # noqa: B008
        from mho import Pulse

        return Pulse(torch.ones_like(target), torch.ones_like(target))


class Cells:
    """A bench whose cells end as told; one of them cannot be read."""

    shape = (1, 6)
    energy = torch.zeros(1, 6, dtype=torch.float64)

    def __init__(self, ends):
        self.ends, self.now = ends, torch.full((1, 6), 1e-4, dtype=torch.float64)

    def apply(self, pulse):
        self.now = self.ends

    def read(self):
        return self.now


def test_outcomes_of_a_result_are_its_last_reads_without_those_that_failed():
    target = torch.linspace(2e-4, 3e-4, 6, dtype=torch.float64)[None]
    ends = 1.01 * target
    ends[0, 2] = torch.nan
    result = program(Cells(ends), Misses(), target, max_pulses=1)
    outcomes = Outcomes.of_results(result, result, grid=KnotGrid.over(2e-4, 3e-4, knots=3))
    assert len(outcomes.target) == 10
    assert len(outcomes.trial.unique()) == 10
    torch.testing.assert_close(outcomes.achieved, 1.01 * outcomes.target)


def test_levels_that_few_sweeps_occupy_are_rounded_away():
    achieved = LEVELS.repeat(20, 1)
    achieved[3:, 5] = torch.nan
    outcomes = Outcomes.of_sweeps(LEVELS.flip(0), achieved.flip(1))
    assert len(outcomes.grid.points) == 31
    assert len(outcomes.target) == 20 * 31
    assert LEVELS[5] not in outcomes.grid.points
    with pytest.raises(ValueError, match="`achieved` must occupy a level in 30 sweeps, but the"):
        Outcomes.of_sweeps(LEVELS, achieved, least=30)


def test_joined_outcomes_are_on_all_points_and_of_trials_of_their_own():
    draws = np.zeros((12, 32))
    other = Outcomes.of_sweeps(LEVELS[::2], LEVELS[::2].repeat(10, 1))
    both = Outcomes.joined(sweeps(draws), other)
    assert torch.equal(both.grid.points, LEVELS)
    assert len(both.trial.unique()) == 22
    with pytest.raises(ValueError, match="`parts` must have grids of one kind, but have KnotGrid,"):
        Outcomes.joined(
            other, Outcomes(KnotGrid(points=LEVELS), other.target, other.target, other.trial)
        )


def test_a_point_without_enough_outcomes_is_named():
    target = torch.full((50,), 1.2e-3, dtype=torch.float64)
    jobs = Outcomes(KnotGrid.over(1.1e-3, 1.3e-3, knots=5), target, target, torch.arange(50))
    with pytest.raises(ValueError, match=r"`outcomes` must hold at least 5 .* the first at 0.0011"):
        ProgramError.fit(jobs, origin=ORIGIN)


def test_goodness_of_the_right_formula_is_what_chance_allows():
    draws = np.random.default_rng(8).standard_t(3, (200, 32))
    goodness = held_out(sweeps(draws))
    assert goodness.distance < 2 * goodness.chance
    assert goodness.gain["gaussian"] > 0.05
    assert goodness.gain["empirical"] > 0.0
    below, above = goodness.beyond
    assert below == pytest.approx(0.005, abs=0.003)
    assert above == pytest.approx(0.005, abs=0.003)
    by_point = goodness.by_point()
    assert by_point["distance"].mean() < 1.3 * by_point["chance"].mean()
    predicted, within = goodness.pp()
    assert (predicted - within).abs().max().item() == pytest.approx(goodness.distance, abs=0.005)


@pytest.mark.parametrize(
    ("draw", "tails"),
    [
        (lambda r, shape: r.exponential(size=shape), "skewed"),
        (lambda r, shape: r.choice([-1.0, 1.0], shape) + 0.05 * r.normal(size=shape), "bounded"),
    ],
)
def test_goodness_shows_errors_that_the_formula_cannot_tell(draw, tails):
    goodness = held_out(sweeps(draw(np.random.default_rng(9), (150, 32))))
    assert goodness.distance > 5 * goodness.chance
    assert goodness.gain["empirical"] < -0.1
    below, above = goodness.beyond
    assert below == 0.0
    assert above > 0.01 if tails == "skewed" else above == 0.0
    assert "over the errors themselves" in str(goodness)


def test_what_is_held_out_is_not_in_the_fit():
    achieved = LEVELS.repeat(20, 1)
    achieved += 1e-8 * torch.from_numpy(np.random.default_rng(0).normal(size=(20, 32)))
    achieved[7] += 5e-6  # one sweep far off, known by no fit that it is held out of
    goodness = held_out(Outcomes.of_sweeps(LEVELS, achieved), folds=20)
    assert (goodness.probability.reshape(20, 32)[7] > 0.999).all()
    with pytest.raises(ValueError, match="`folds` must be at least 2 and at most 20, but is 21"):
        held_out(Outcomes.of_sweeps(LEVELS, achieved), folds=21)


def test_a_kernel_density_is_one_in_all_and_knows_that_the_next_error_may_be_new():
    known = np.random.default_rng(10).normal(size=300)
    x = np.linspace(-300, 300, 60_001)
    assert np.trapezoid(np.exp(log_kernel_density(known, x)), x) == pytest.approx(1.0, abs=1e-3)
    assert log_kernel_density(known, np.array([0.0]))[0] == pytest.approx(-0.92, abs=0.1)
    assert log_kernel_density(known, np.array([50.0]))[0] > -20


def test_an_error_is_saved_whole_and_read_back(tmp_path):
    draws = np.random.default_rng(11).standard_t(3, (66, 32))
    fit = ProgramError.fit(sweeps(draws), origin=ORIGIN)
    fit.save(tmp_path / "error.toml")
    again = ProgramError.load(tmp_path / "error.toml")
    assert again.origin == ORIGIN
    assert isinstance(again.grid, LevelGrid)
    drawn = (
        each.sample(LEVELS.repeat(50), torch.Generator().manual_seed(0)) for each in (fit, again)
    )
    assert torch.equal(*drawn)
    assert str(again) == str(fit)
    assert "32 points from 1.14 mS to 1.35 mS" in str(fit)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: len(text) // 2], "is not TOML"),
        (lambda text: b"\xff\xfe\x00" + text, "is not TOML"),
        (lambda text: b'type = "SoftBounds"\n', "`type` 'SoftBounds' and `format` None"),
        (lambda text: text.replace(b"format = 1", b"format = 2"), "`format` 2"),
        (lambda text: text.replace(b"scale =", b"scales ="), "lacks 'scale'"),
        (lambda text: text.replace(b'"LevelGrid"', b'"Grid"'), "lacks 'Grid'"),
        (lambda text: text.replace(b"freedom = [", b"freedom = [ 5.0,"), "is damaged: .*`freedom`"),
        (lambda text: text.replace(b"scale = [", b'scale = [ "x",'), "is damaged"),
        (lambda text: text.replace(b"least = 1.2e-3", b"least = -1.0"), "is damaged: .*`least`"),
    ],
)
def test_a_file_that_holds_no_error_is_refused(change, message, tmp_path):
    path = tmp_path / "error.toml"
    error(LevelGrid(points=LEVELS), least=1.2e-3, greatest=1.3e-3).save(path)
    text = path.read_bytes().replace(b"least = 0.0012", b"least = 1.2e-3")
    path.write_bytes(change(text))
    with pytest.raises(
        ValueError, match=f"`path` must name the file of a program error.*{message}"
    ):
        ProgramError.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": 0.0}, "`scale` must be at least"),
        ({"freedom": 0.5}, "`freedom` must be at least 1, but is 0.5"),
        ({"location": math.nan}, "`location` must be finite"),
        ({"least": 2.0, "greatest": 1.0}, "`greatest` must be at least 2"),
    ],
)
def test_impossible_errors_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        error(LevelGrid(points=LEVELS), **change)


def test_impossible_grids_are_refused():
    with pytest.raises(ValueError, match="`points` must hold rising conductances"):
        LevelGrid(points=LEVELS.flip(0))
    with pytest.raises(ValueError, match="`points` must hold at least two knots"):
        KnotGrid(points=LEVELS[:1])
