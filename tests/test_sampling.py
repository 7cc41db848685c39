"""Random streams and quantile tables."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schedrisk as sr
from schedrisk.engine import Replay
from schedrisk.sampling import Design, nodes
from schedrisk.sampling.quantiles import FEW_DRAWS, ROWS, PertRows
from schedrisk.sampling.streams import fill_uniforms, stream_key, stream_keys, stream_positions
from schedrisk.sampling.tables import KNOTS


def uniforms(keys, count, first=0):
    keys = np.array(keys, dtype=np.uint64)[:, None]
    out = np.empty((keys.size, count))
    fill_uniforms(keys, stream_positions(first, count), out, np.empty(out.shape, dtype=np.uint64))
    return out


def test_published_vectors_of_splitmix64():
    """The first outputs for seed 1234567, as the generator's reference implementation prints them."""
    words = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    u = uniforms([1234567], 5)[0]
    assert u.tolist() == [((word >> 12) + 0.5) * 2.0**-52 for word in words]


def test_uniforms_are_open_and_addressed_by_number():
    u = uniforms([1, 2**64 - 1], 100_000)
    assert 0 < u.min() <= u.max() < 1
    assert np.array_equal(uniforms([1, 2**64 - 1], 1_000, first=5_000), u[:, 5_000:6_000])


def test_streams_are_uniform_and_unrelated():
    keys = [stream_key(2026, "task", "duration", f"t{number}") for number in range(120)]
    assert len(set(keys)) == 120
    u = uniforms(keys, 20_000)
    pvalues = [stats.kstest(row, "uniform").pvalue for row in u[:60]]
    assert stats.kstest(pvalues, "uniform").pvalue > 1e-4
    correlation = np.corrcoef(u)[np.triu_indices(120, 1)]
    assert stats.kstest(correlation * np.sqrt(20_000), "norm").pvalue > 1e-4
    serial = [np.corrcoef(row[:-1], row[1:])[0, 1] for row in u]
    assert stats.kstest(np.array(serial) * np.sqrt(19_999), "norm").pvalue > 1e-4
    bits = (u[0] * 2.0**52).astype(np.uint64)
    shares = [((bits >> np.uint64(bit)) & np.uint64(1)).mean() for bit in range(52)]
    assert stats.kstest((np.array(shares) - 0.5) * 2 * np.sqrt(20_000), "norm").pvalue > 1e-4


def test_keys_tell_parts_apart():
    assert stream_key(1, "task", "ab", "c") != stream_key(1, "task", "a", "bc")
    assert stream_key(1, "task", "duration", "U\u0308") == stream_key(1, "task", "duration", "\u00dc")
    assert stream_key(1, "task", "duration", "a") != stream_key(2, "task", "duration", "a")


def test_many_keys_are_those_of_each():
    names = [
        ("task", "duration", "a"),
        ("task", "duration", "U\u0308"),
        ("risk", "delay", "a", "b"),
        ("task", "duration"),
    ]
    keys = stream_keys(2026, names)
    assert keys[:, 0].tolist() == [stream_key(2026, *name) for name in names]
    assert len(set(keys[:, 0].tolist())) == len(names)
    assert stream_keys(2026, []).shape == (0, 1)


def test_a_key_is_blake2b_of_measured_parts():
    parts = [text.encode() for text in ("2026", "task", "duration", "\u00dc")]
    written = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    expected = int.from_bytes(hashlib.blake2b(written, digest_size=8).digest(), "little")
    assert stream_key(2026, "task", "duration", "U\u0308") == expected


U = np.concatenate(
    [np.logspace(-9, np.log10(0.5), 4_000), 1 - np.logspace(-9, np.log10(0.5), 4_000), np.linspace(0.001, 0.999, 4_001)]
)


def filled(estimates, u=U, scale=1.0):
    rows = ROWS[type(estimates[0])](estimates, scale)
    out = np.empty((len(estimates), u.size))
    rows.fill(slice(0, len(estimates)), np.tile(u, (len(estimates), 1)), out)
    return out


@pytest.mark.parametrize("weight", [0, 0.5, 2, 4, 8, 20, 60])
@pytest.mark.parametrize("mode", [0, 0.001, 0.02, 0.13, 0.31, 0.5, 0.77, 0.993, 1])
def test_pert_table(weight, mode):
    estimate = sr.Pert(10, 10 + 30 * mode, 40, weight)
    (x,) = filled([estimate])
    a, b = 1 + weight * mode, 1 + weight * (1 - mode)
    back = stats.beta(a, b)
    position = (x - 10) / 30
    # The distribution function where it is precise: from the lower end below the middle, from the upper above.
    error = np.where(U < 0.5, back.cdf(position) - U, back.sf(position) - (1 - U))
    assert np.abs(error).max() <= 1e-5
    assert (np.abs(error) / np.minimum(U, 1 - U)).max() <= 1e-3
    assert x.min() >= 10
    assert x.max() <= 40
    ascending = np.sort(U)
    assert (np.diff(filled([estimate], ascending)[0]) >= -1e-12).all()


@given(st.lists(st.floats(0, 100).map(lambda x: x if x > 1e-100 else 0.0), min_size=3, max_size=3).map(sorted))
def test_triangular_and_uniform_are_exact(points):
    low, mode, high = points
    width = max(high, 1e-300)
    for estimate in (sr.Triangular(low, mode, high), sr.Uniform(low, high)):
        assert np.abs(filled([estimate])[0] - estimate.ppf(U)).max() <= 1e-12 * width


def test_stored_nodes_are_the_computed_ones():
    """But for the last bits, which may differ between versions of SciPy."""
    assert nodes.stored_quantiles().shape == (nodes.MODE_NODES, KNOTS)
    for node in (0, 1, 17, 64, 100, 128):
        stored, computed = nodes.shared_quantiles(node, 4.0), nodes.computed_quantiles(node, 4.0)
        assert np.abs(stored / computed - 1).max() < 1e-13


def test_discrete_and_empirical_are_exact():
    discrete = sr.Discrete([7, 3, 10], [0.5, 0.2, 0.3])
    empirical = sr.Empirical([9, 3, 4, 4])
    for estimate in (discrete, empirical):
        assert np.array_equal(filled([estimate])[0], estimate.ppf(U))


def test_fitted_tails_are_clipped_at_zero():
    for estimate in (
        sr.Triangular.from_percentiles(p10=1, mode=2, p90=12),
        sr.Pert.from_percentiles(p10=1, mode=2, p90=12),
    ):
        (x,) = filled([estimate])
        assert x.min() == 0
        assert np.abs(x - estimate.ppf(U)).max() < 1e-4


def test_few_draws_of_pert_need_no_tables():
    """The same cubics, where draws fall: the same bits."""
    estimates = [sr.Pert(1, 1 + number / 3, 9) for number in range(25)]
    estimates += [sr.Pert(2, 2, 2), sr.Pert.from_percentiles(p10=1, mode=2, p90=12)]
    ends = 2.0 ** -np.arange(1, 54)
    few = np.concatenate([ends, 1 - ends, np.linspace(0.001, 0.999, 100)])
    assert few.size <= FEW_DRAWS < few.size * 5
    many = np.tile(few, 5)
    others = [[sr.Pert(1, 1 + number / 3, 9, weight) for number in range(25)] for weight in (0.5, 7.5, 30)]
    for each in (estimates, *others, [*estimates, *others[0]]):
        assert np.array_equal(np.tile(filled(each, few), 5), filled(each, many))


def test_rows_do_not_influence_each_other():
    estimates = [sr.Pert(1, 2 + number / 7, 9) for number in range(6)]
    together = filled(estimates)
    for number, estimate in enumerate(estimates):
        assert np.array_equal(together[number], filled([estimate])[0])
    rows = PertRows(estimates, 1.0)
    out = np.empty((2, U.size))
    rows.fill(slice(3, 5), np.tile(U, (2, 1)), out)
    assert np.array_equal(out, together[3:5])


@pytest.mark.parametrize("kind", [sr.Pert(1, 2, 9), sr.Normal(5, 1), sr.Lognormal(5, 2)])
def test_short_rows_are_looked_up_several_at_a_time(kind):
    """They get the bits that they get one by one, however many there are."""
    u = np.random.default_rng(1).random((40, 333))
    rows = ROWS[type(kind)]([kind] * 40, 1.0)
    together, alone = np.empty_like(u), np.empty_like(u)
    rows.fill(slice(0, 40), u.copy(), together)
    for number in range(40):
        some = slice(number, number + 1)
        rows.fill(some, u[some].copy(), alone[some])
    assert np.array_equal(together, alone)


def test_rows_that_risks_leave_alone_are_drawn_as_if_there_were_none():
    tasks = [sr.Task(f"t{number}", sr.Triangular(1, 2 + number / 50, 5)) for number in range(50)]
    calm = sr.Plan(tasks=tasks)
    struck = calm.replace(risks=[sr.Risk("r", 1.0, delay=7, tasks=["t7", "t31"])])
    rows = range(50)
    one, other = (Replay.of(plan, Design(1, 500)).durations(rows) for plan in (calm, struck))
    changed = [row for row in rows if not np.array_equal(one[row], other[row])]
    assert changed == [7, 31]
    assert np.array_equal(other[7] - one[7], np.full(500, 7e6))
