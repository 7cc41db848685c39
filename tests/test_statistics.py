"""Statistics: z-scores over many seeds, uniform numbers, quantile tables, percentiles that keep their word."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import special, stats

import schedrisk as sr
from plans import plans
from references import REFERENCES, Run
from schedrisk.sampling.quantiles import ROWS, tail_knots, unit_tails
from schedrisk.sampling.streams import fill_uniforms, stream_key, stream_positions

# Random plans may ask for correlations that cannot hold together.
pytestmark = pytest.mark.filterwarnings("ignore::schedrisk.errors.CorrelationWarning")

# ---- z-scores over many seeds -----------------------------------------------------------------------------------------

N_RUNS, N_DRAWS = 1_000, 3_000


def measurable_figures():
    """Return the figures whose sampling error is close to normal at `N_DRAWS`, and larger than the reference's own."""
    figures = []
    for case in REFERENCES.values():
        run = Run(sr.simulate(case.plan, N_DRAWS, rng=0))
        for figure in case.figures:
            error = figure.find(run)[1]
            # The error of a reference is the same in every run: scores that share it are not independent.
            if error == 0 or figure.reference_error(N_DRAWS, error) > 0.05 * error:
                continue
            # What happens in a handful of draws is Poisson, not normal.
            if 0 < figure.value < 1 and N_DRAWS * figure.value * (1 - figure.value) < 100:
                continue
            figures.append((case, figure))
    return figures


@pytest.fixture(scope="module")
def scores():
    """One figure of one run per seed, so that the scores are independent."""
    figures = measurable_figures()
    assert len(figures) > 120
    # A stride without a common factor visits figures of all kinds evenly, whatever their number is.
    chosen = [figures[(seed * 37) % len(figures)] for seed in range(N_RUNS)]
    return np.array(
        [
            figure.z(Run(sr.simulate(case.plan, N_DRAWS, rng=seed)))
            for seed, (case, figure) in enumerate(chosen, 1)
        ]
    )  # fmt: skip


def test_scores_are_standard_normal(scores):
    assert stats.kstest(scores, "norm").pvalue > 0.001
    assert abs(scores.mean()) < 4 / np.sqrt(N_RUNS)
    assert abs(scores.std() - 1) < 4 / np.sqrt(2 * N_RUNS)
    assert np.abs(scores).max() < 5


@pytest.mark.parametrize("wrong", [lambda z: z + 0.3, lambda z: z - 0.3, lambda z: 1.5 * z, lambda z: z / 1.5])
def test_scores_off_by_little_would_be_found(scores, wrong):
    """Figures that are wrong by three tenths of a standard error, or errors that are wrong by half, do not pass."""
    assert stats.kstest(wrong(scores), "norm").pvalue < 0.001


# ---- percentiles ------------------------------------------------------------------------------------------------------

PERCENTS = st.one_of(
    st.floats(0, 100),
    st.integers(0, 100).map(float),
    st.integers(0, 1000).map(lambda n: n / 1000 * 100),  # 0.29 × 100 is 28.999999999999996, and 0.57 × 100 …
    st.sampled_from([5e-324, 1e-12, 29.000000000000004, 57.99999999999999, 99.99999999999999]),
)
N_FEW = st.one_of(st.integers(1, 12), st.sampled_from([100, 333, 1000]))


def simulated(plan, n_draws, seed):
    """Simulate a random plan, if its work does not outlast all weather."""
    try:
        return sr.simulate(plan, n_draws, rng=seed)
    except sr.CalendarError:
        assume(False)


@given(plans(), N_FEW, PERCENTS, st.integers(0, 9))
def test_percentile_is_the_earliest_date_that_keeps_its_word(plan, n_draws, percent, seed):
    """On any plan: with dates and without, in hours, days and weeks, on odd calendars, for a milestone too."""
    result = simulated(plan, n_draws, seed)
    for task in (None, plan.tasks[-1].id):
        moment = result.percentile(percent, task=task)
        assert result.probability_of_meeting(moment, task=task) >= percent / 100
        moments = result.replay.network.axis.moments(result.ticks(task))
        earlier = moments[moments < moment]
        if earlier.size:
            assert result.probability_of_meeting(earlier.max(), task=task) < percent / 100
        assert moment in moments


@given(N_FEW, PERCENTS)
@example(1, 0.0)
@example(1, 100.0)
@example(100, 29.000000000000004)
@example(25, 28.0)  # a product that rounds up past a whole number
@example(375, 8.8)  # and one that rounds down to it
def test_percentile_of_many_different_draws(n_draws, percent):
    result = sr.simulate(sr.Plan(tasks=[sr.Task("a", sr.Uniform(1, 9))]), n_draws, rng=3)
    moment = result.percentile(percent)
    assert result.probability_of_meeting(moment) >= percent / 100
    assert np.count_nonzero(result.duration < moment) / n_draws < max(percent / 100, 1e-300)


@given(plans(), N_FEW)
def test_dates_to_promise_keep_their_word(plan, n_draws):
    promise = sr.Promise("all of it", by="2050-01-01" if plan.start else 1e6)
    result = simulated(plan.with_promise(promise), n_draws, 1)
    outcome = result.promise(promise.name)
    assert result.probability_of_meeting(outcome.promisable_80) >= 0.8
    assert result.probability_of_meeting(outcome.promisable_90) >= 0.9
    for percent, moment in ((10, outcome.p10), (50, outcome.p50), (80, outcome.p80), (90, outcome.p90)):
        assert moment == result.percentile(percent)
    assert outcome.probability == result.probability_of_meeting(promise.by)


# ---- uniform numbers --------------------------------------------------------------------------------------------------

# Outputs of the reference implementation (S. Vigna, splitmix64.c, public domain).
PUBLISHED = {
    1234567: [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ],
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B],
}  # fmt: skip
WORD = 2**64


def splitmix64(key, number):
    """Return output `number`, from 0, of the generator seeded with `key`, in plain integers."""
    z = (key + (number + 1) * 0x9E3779B97F4A7C15) % WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
    return z ^ (z >> 31)


def key_of_output(output):
    """Return the key whose first output is `output`: each step of the generator can be undone."""

    def unshift(z, shift):
        found = z
        for _ in range(64 // shift):
            found = z ^ (found >> shift)
        return found

    z = unshift(output, 31) * pow(0x94D049BB133111EB, -1, WORD) % WORD
    z = unshift(z, 27) * pow(0xBF58476D1CE4E5B9, -1, WORD) % WORD
    return (unshift(z, 30) - 0x9E3779B97F4A7C15) % WORD


def uniforms(keys, count, first=0):
    out = np.empty((len(keys), count))
    column = np.array(keys, dtype=np.uint64)[:, None]
    fill_uniforms(column, stream_positions(first, count), out, np.empty(out.shape, dtype=np.uint64))
    return out


@pytest.fixture(scope="module")
def streams():
    """200 streams of tasks with the most alike names."""
    return uniforms([stream_key(2026, "task", "duration", str(number)) for number in range(200)], 20_000)


@pytest.mark.parametrize("key", PUBLISHED)
def test_words_are_those_published(key):
    assert [splitmix64(key, number) for number in range(5)] == PUBLISHED[key]
    words = (uniforms([key], 5)[0] * 2**52 - 0.5).astype(np.uint64).tolist()
    assert words == [output >> 12 for output in PUBLISHED[key]]


@given(st.integers(0, WORD - 1), st.integers(0, 2**40))
def test_uniform_is_a_function_of_key_and_number(key, first):
    expected = [((splitmix64(key, first + n) >> 12) + 0.5) * 2.0**-52 for n in range(4)]
    assert uniforms([key], 4, first)[0].tolist() == expected
    assert uniforms([key], 2, first + 2)[0].tolist() == expected[2:]


@pytest.mark.parametrize(("output", "u"), [(0, 2.0**-53), (WORD - 1, 1 - 2.0**-53), (2**63, 0.5 + 2.0**-53)])
def test_uniform_is_never_zero_or_one(output, u):
    key = key_of_output(output)
    assert splitmix64(key, 0) == output
    assert uniforms([key], 1)[0, 0] == u
    assert 0 < u < 1


def test_uniforms_are_uniform(streams):
    assert streams.min() > 0
    assert streams.max() < 1
    p_values = np.array([stats.kstest(stream, "uniform").pvalue for stream in streams])
    assert p_values.min() > 0.001 / len(streams)
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    # Draw by draw too, across the streams.
    p_values = np.array([stats.kstest(draw, "uniform").pvalue for draw in streams.T[:2_000]])
    assert p_values.min() > 0.001 / p_values.size
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_streams_are_not_correlated(streams):
    n_streams, n_draws = streams.shape
    scores = np.corrcoef(streams)[np.triu_indices(n_streams, 1)] * np.sqrt(n_draws)
    assert np.abs(scores).max() < stats.norm.isf(0.001 / (2 * scores.size))
    assert 0.001 < stats.chi2.sf(np.sum(scores**2), scores.size) < 0.999


@pytest.mark.parametrize("lag", [1, 2, 3, 10, 256])
def test_draws_of_a_stream_are_not_correlated(streams, lag):
    standard = (streams - 0.5) * np.sqrt(12)
    products = standard[:, lag:] * standard[:, :-lag]
    scores = products.mean(axis=1) * np.sqrt(products.shape[1])
    assert stats.kstest(scores, "norm").pvalue > 0.001
    assert abs(scores.mean()) < 4 / np.sqrt(scores.size)


def test_bits_are_even(streams):
    words = (streams * 2**52 - 0.5).astype(np.uint64).ravel()
    n_words = words.size
    ones = np.array([np.count_nonzero(words & np.uint64(1 << bit)) for bit in range(52)])
    squares = (ones - n_words / 2) ** 2 / (n_words / 4)
    assert 0.001 < stats.chi2.sf(squares.sum(), 52) < 0.999
    # Top bits of neighbouring draws together: 256 cells alike.
    top = (words >> np.uint64(48)).reshape(-1, 2)
    cells = np.bincount((top[:, 0] * np.uint64(16) + top[:, 1]).astype(np.int64), minlength=256)
    assert 0.001 < stats.chisquare(cells).pvalue < 0.999


def test_keys_depend_on_every_part_and_not_on_how_they_join():
    parts = [
        (1, "task", "duration", "ab"), (1, "task", "duration", "a", "b"), (1, "task", "durationa", "b"),
        (11, "task", "duration", "ab"), (1, "risk", "duration", "ab"), (1, "task", "duration", ""),
        (1, "task", "duration", "b", "a"),
    ]  # fmt: skip
    assert len({stream_key(*each) for each in parts}) == len(parts)
    # A letter typed as one character or as two is the same letter.
    assert stream_key(1, "task", "duration", "\u00e9") == stream_key(1, "task", "duration", "e\u0301")


# ---- quantiles on arrays ----------------------------------------------------------------------------------------------

TAILS = np.concatenate([np.geomspace(1e-9, 0.5, 4_001), 1 - np.geomspace(1e-9, 0.5, 4_001)[-2::-1]])
EXTREMES = np.array([2.0**-53, 2.0**-52, 1e-12, 1 - 1e-12, 1 - 2.0**-52, 1 - 2.0**-53])
POSITIONS = [0.0, 1e-6, 0.001, 0.01, 0.1, 0.21, 0.3, 0.5, 0.615, 0.75, 0.9, 0.96, 0.99, 0.999, 1 - 1e-6, 1.0]
WEIGHTS = [0.5, 1.0, 2.0, 4.0, 7.5, 8.0, 8.5, 20.0]


def quantiles(estimates, u, ticks_per_unit=1.0):
    """Return what the class of rows for these estimates makes of `u`, shape (n_estimates, u.size)."""
    rows = ROWS[type(estimates[0])](estimates, ticks_per_unit)
    out = np.empty((len(estimates), u.size))
    rows.fill(slice(0, len(estimates)), np.tile(u, (len(estimates), 1)), out)
    return out


def assert_close_in_probability(lower, upper, u):
    """Check a distribution function and its complement, at quantiles of `u`, against `u` and 1 - u."""
    # Each tail by the one that is small there: the other is 1 to all its digits.
    off = np.where(u < 0.5, np.abs(lower - u), np.abs(upper - (1 - u)))
    assert off.max() <= 1e-5
    assert (off <= 1e-3 * np.minimum(u, 1 - u)).all()


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("position", POSITIONS)
def test_pert_table_against_the_beta_distribution(weight, position):
    x = quantiles([sr.Pert(0, position, 1, weight)], TAILS)[0]
    a, b = 1 + weight * position, 1 + weight * (1 - position)
    assert_close_in_probability(special.betainc(a, b, x), special.betaincc(a, b, x), TAILS)
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize("weight", WEIGHTS)
def test_pert_knots_are_as_exact_as_documented(weight):
    knots = tail_knots()
    for position in [*POSITIONS, *np.linspace(0.005, 0.995, 100).tolist()]:
        modes = np.array([[position], [1 - position]])
        exact = special.betaincinv(1 + weight * modes, 1 + weight * (1 - modes), knots)
        assert np.abs(unit_tails(position, weight) - exact).max() < 1e-7


def test_pert_table_against_the_exact_quantile_function():
    estimates = [sr.Pert(3, 3 + 5 * position, 8, weight) for position in POSITIONS for weight in WEIGHTS]
    estimates += [sr.Pert.from_percentiles(p10=2, mode=3, p90=9), sr.Pert.from_percentiles(p10=0.2, mode=1, p90=9)]
    middle = TAILS[(TAILS > 1e-4) & (TAILS < 1 - 1e-4)]
    found = quantiles(estimates, middle)
    for estimate, x in zip(estimates, found, strict=True):
        low, high = estimate.limits
        assert np.abs(x - estimate.ppf(middle)).max() < 2e-4 * (high - low)


@pytest.mark.parametrize("position", POSITIONS)
def test_triangular_quantiles_against_the_distribution_function(position):
    x = quantiles([sr.Triangular(0, position, 1)], TAILS)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where(x <= position, x**2 / position, 1 - (1 - x) ** 2 / (1 - position))
        upper = np.where(x <= position, 1 - x**2 / position, (1 - x) ** 2 / (1 - position))
    assert_close_in_probability(lower, upper, TAILS)
    assert np.allclose(x, sr.Triangular(0, position, 1).ppf(TAILS), rtol=0, atol=1e-12)
    assert (np.diff(x) >= 0).all()


def test_step_quantiles_are_exact():
    steps = [
        sr.Discrete([7, 3, 12], [0.25, 0.5, 0.25]), sr.Discrete([1, 2, 3], [0.5, 0.0, 0.5]), sr.Discrete([4], [1.0]),
        sr.Discrete(range(10), [0.1] * 10),
    ]  # fmt: skip
    observed = [sr.Empirical([3, 4, 4, 9]), sr.Empirical([5]), sr.Empirical(range(7))]
    edges = np.array([0.1, 0.25, 0.3, 0.5, 0.75, 1 / 7, 3 / 7])
    u = np.sort(np.concatenate([TAILS, EXTREMES, edges, np.nextafter(edges, 0), np.nextafter(edges, 1)]))
    for estimates in (steps, observed):
        for estimate, x in zip(estimates, quantiles(estimates, u), strict=True):
            assert np.array_equal(x, estimate.ppf(u)), estimate
    # The smallest value whose cumulative probability reaches u.
    assert quantiles(steps[:1], np.array([0.5, np.nextafter(0.5, 1), 0.75, 0.76])).tolist() == [[3, 7, 7, 12]]


SHAPES = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9)).map(
    lambda three: [each / 10**6 for each in sorted(three)]
)


@given(SHAPES, st.sampled_from(WEIGHTS), st.lists(st.floats(2.0**-53, 1 - 2.0**-53), max_size=40))
def test_quantiles_ascend_and_stay_within_their_ends(points, weight, some):
    low, _, high = points
    u = np.sort(np.concatenate([EXTREMES, some]))
    for estimate in (sr.Pert(*points, weight), sr.Triangular(*points), sr.Uniform(low, high), sr.Fixed(high)):
        # What counts are whole ticks, a million to the unit.
        ticks = np.rint(quantiles([estimate], u, 1e6)[0])
        assert (np.diff(ticks) >= 0).all()
        first, last = (np.rint(each * 1e6) for each in estimate.limits)
        assert first <= ticks.min() <= ticks.max() <= last


@given(st.data())
def test_a_fitted_tail_below_zero_is_clipped(data):
    kind = data.draw(st.sampled_from([sr.Triangular, sr.Pert]))
    estimate = kind.from_percentiles(p10=data.draw(st.floats(0.01, 0.3)), mode=1, p90=data.draw(st.floats(5, 20)))
    x = quantiles([estimate], TAILS)[0]
    assert x.min() >= 0
    assert estimate.limits[0] < 0 or x.min() > 0
    assert np.allclose(x, estimate.ppf(TAILS), rtol=0, atol=2e-3 * (estimate.limits[1] - estimate.limits[0]))


def test_rows_are_those_asked_for():
    """Some rows, at any place among others, with other ends and weights: each has its own quantiles."""
    u = TAILS[::97]
    for kind in (sr.Pert, sr.Triangular):
        estimates = [kind(low, low + 1 + low / 3, low + 5) for low in range(8)]
        if kind is sr.Pert:
            estimates = [sr.Pert(each.low, each.mode, each.high, 1 + each.low) for each in estimates]
        rows, whole = ROWS[kind](estimates, 100.0), quantiles(estimates, u, 100.0)
        for some in (slice(0, 3), slice(3, 8), slice(5, 6)):
            out = np.empty((some.stop - some.start, u.size))
            rows.fill(some, np.tile(u, (out.shape[0], 1)), out)
            assert np.array_equal(out, whole[some])


def test_sampled_durations_have_the_moments_of_their_estimates():
    """Every kind of estimate through the whole sampler: mean, spread and distribution."""
    estimates = [
        sr.Uniform(2, 6), sr.Triangular(1, 2, 9), sr.Triangular(5, 5, 8), sr.Pert(2, 3, 9), sr.Pert(2, 9, 9, 20),
        sr.Pert(1, 4, 6, 0.5), sr.Pert.from_percentiles(p10=0.5, mode=1, p90=9), sr.Discrete([7, 3, 12], [0.2, 0.5, 0.3]),
        sr.Triangular.from_percentiles(p10=0.5, mode=1, p90=9), sr.Empirical([3, 4, 4, 9]),
    ]  # fmt: skip
    n_draws = 50_000
    plan = sr.Plan(tasks=[sr.Task(str(number), estimate) for number, estimate in enumerate(estimates)])
    drawn = sr.simulate(plan, n_draws, rng=8).replay.durations(range(len(estimates))) / 1e6
    grid = (np.arange(200_000) + 0.5) / 200_000
    for estimate, values in zip(estimates, drawn, strict=True):
        deviation = values - values.mean()
        sd_error = np.sqrt((np.mean(deviation**4) - np.mean(deviation**2) ** 2) / n_draws) / (2 * estimate.std)
        assert abs(values.mean() - estimate.mean) < 4 * estimate.std / np.sqrt(n_draws), estimate
        assert abs(values.std() - estimate.std) < 4 * sd_error, estimate
        if not isinstance(estimate, sr.Discrete | sr.Empirical):
            assert stats.ks_2samp(values, estimate.ppf(grid)).pvalue > 0.001, estimate
