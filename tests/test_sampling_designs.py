"""Latin hypercube and Sobol' sampling: what a replicate holds, how draws are addressed, which plans share them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats.qmc import Sobol

import schedrisk as sr
from plans import plans
from schedrisk.errors import ArgumentError
from schedrisk.sampling.design import Design, replicates_for
from schedrisk.sampling.latin import ROUNDS, permuted
from schedrisk.sampling.sobol import MOST_BITS, Points, direction_numbers

NAMES = [("task", "duration", str(number)) for number in range(40)]
STRATIFIED = ("latin", "sobol")


def design(kind, replicates=8, bits=6, entropy=1, **options):
    dimensions = {name: number for number, name in enumerate(NAMES)} if kind == "sobol" else {}
    return Design(entropy, replicates << bits, kind, bits, options.pop("dimensions", dimensions))


def uniforms(made, names=NAMES, first=0, count=None):
    count = made.n_draws - first if count is None else count
    return made.block(first, count).uniforms(made.streams(names))


# ---- replicates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "size", "replicates"),
    [(8_192, 1_024, 8), (10_000, 1_024, 10), (16_383, 1_024, 16), (16_384, 2_048, 8), (1, 1, 8), (17, 2, 9)],
)
def test_draws_are_rounded_up_to_replicates(asked, size, replicates):
    assert replicates_for(asked) == (size.bit_length() - 1, replicates)
    result = sr.simulate(sr.Plan(tasks=[sr.Task("a", "2/3/9")]), asked, rng=1, sampling="sobol")
    assert (result.n_draws, result.sampling.replicates) == (size * replicates, replicates)
    assert result.sampling.replicate_size == size
    note = f"sampling sobol, {replicates:,} replicates of {size:,}"
    assert note in repr(result)
    assert (f"{note} for the {asked:,} draws asked for" in repr(result)) == (asked != size * replicates)
    assert note in result._repr_html_()


def test_random_draws_are_as_many_as_asked_for_and_say_nothing():
    result = sr.simulate(sr.Plan(tasks=[sr.Task("a", "2/3/9")]), 1_001, rng=1)
    assert result.n_draws == 1_001
    assert "sampling" not in repr(result)
    assert str(result.sampling) == "random"


@pytest.mark.parametrize("kind", STRATIFIED)
@pytest.mark.parametrize("bits", [0, 1, 2, 5, 8, 11])
def test_every_replicate_has_one_draw_in_every_stratum(kind, bits):
    u = uniforms(design(kind, 3, bits)).reshape(len(NAMES), 3, -1)
    strata = np.sort((u * 2**bits).astype(int), axis=2)
    assert (strata == np.arange(2**bits)).all()
    assert 0 < u.min() <= u.max() < 1


@pytest.mark.parametrize("kind", STRATIFIED)
@given(st.integers(0, 300), st.integers(1, 120))
def test_draws_are_addressed_by_number(kind, first, count):
    made = design(kind, 16, 5)
    names = [NAMES[3], ("risk", "without", "dimension"), NAMES[7]]
    assert np.array_equal(uniforms(made, names, first, count), uniforms(made, names)[:, first : first + count])


@pytest.mark.parametrize("kind", STRATIFIED)
def test_some_rows_are_those_rows(kind):
    made = design(kind, dimensions={name: number for number, name in enumerate(NAMES[::2])} if kind == "sobol" else {})
    whole, streams, draws = uniforms(made), made.streams(NAMES), made.block(0, made.n_draws)
    for some in (slice(0, 3), slice(5, 6), slice(17, 40)):
        out = np.empty((some.stop - some.start, made.n_draws))
        draws.fill(streams, out, np.empty_like(out), some)
        assert np.array_equal(out, whole[some])


@pytest.mark.parametrize("kind", ["random", *STRATIFIED])
def test_blocks_and_growth_change_no_bit(kind, monkeypatch):
    plan = sr.Plan(
        tasks=[sr.Task("a", "2/3/9"), sr.Task("b", "1/4/6"), sr.Task("c", sr.Uniform(1, 2), after=["a", "b"])],
        risks=[sr.Risk("r", 0.2, delay="1/2/3", tasks=["a"])],
        correlations=[sr.Correlation(["a", "b"], 0.5)],
    )
    result = sr.simulate(plan, 2_048, rng=3, sampling=kind)
    monkeypatch.setattr("schedrisk.engine.ranges.MOST_DRAWS", 64)
    monkeypatch.setattr("schedrisk.engine.ranges.LEAST_DRAWS", 16)
    again = sr.simulate(plan, 2_048, rng=3, sampling=kind)
    assert np.array_equal(again.duration, result.duration)
    assert np.array_equal(again.replicate_counts, result.replicate_counts)
    columns = ["criticality_se", "significance_se", "ssi_se"]
    assert sr.sensitivity(again)[columns].equals(sr.sensitivity(result)[columns])
    longer = sr.simulate(plan, 3_072, rng=3, sampling=result.sampling)
    assert np.array_equal(longer.duration[:2_048], result.duration)


# ---- Latin hypercube --------------------------------------------------------------------------------------------------


@given(st.integers(1, 17), st.integers(0, 2**64 - 1))
def test_strata_are_dealt_by_a_permutation(bits, seed):
    draw = np.random.default_rng(seed)
    factors = draw.integers(0, 2**32, (1, 2, ROUNDS), dtype=np.uint32) | np.uint32(1)
    shifts = draw.integers(0, 2**32, (1, 2, ROUNDS), dtype=np.uint32)
    found = permuted(factors, shifts, bits, range(2**bits))
    assert (np.sort(found, axis=2) == np.arange(2**bits)).all()
    assert np.array_equal(permuted(factors, shifts, bits, range(1, 2**bits)), found[:, :, 1:])


def test_streams_deal_their_strata_independently():
    """Ranks of two streams are as little related as those of random permutations, and pairs fill the square evenly."""
    names = [("task", "duration", f"t{number}") for number in range(300)]
    ranks = (uniforms(design("latin", 2, 8), names) * 256).astype(int).reshape(300, 2, 256)[:, 1]
    scores = np.corrcoef(ranks)[np.triu_indices(300, 1)] * np.sqrt(255)
    # Of permutations, the correlation times √(n − 1) has a variance of 1; 4 standard errors of that.
    assert abs(scores.var() - 1) < 4 * np.sqrt(2 / scores.size)
    assert abs(scores.mean()) < 4 / np.sqrt(scores.size)
    assert np.abs(scores).max() < stats.norm.isf(0.001 / scores.size / 2)
    cells = ranks // 32
    squares = [
        np.sum((np.bincount(one * 8 + other, minlength=64) - 4) ** 2 / 4)
        for one, other in zip(cells[::2], cells[1::2], strict=True)
    ]
    # Rows and columns of the table are fixed, so 49 cells are free; of that mean and variance.
    expected = 49 * 256 / 255
    assert abs(np.mean(squares) - expected) < 4 * np.sqrt(98 / len(squares))


@pytest.mark.parametrize("kind", STRATIFIED)
def test_replicates_and_neighbours_are_independent(kind):
    u = uniforms(design(kind, 2, 9)).reshape(len(NAMES), 2, -1)
    across = [np.corrcoef(one, other)[0, 1] for one, other in u]
    # Points of two replicates, in order, are far from unrelated; but which way they lie is the toss of a coin.
    assert abs(np.mean(across)) < 4 * np.std(across) / np.sqrt(len(across))
    if kind == "latin":  # within a replicate, numbers of neighbouring draws too
        assert stats.kstest(np.array(across) * np.sqrt(512), "norm").pvalue > 0.001
        serial = [np.corrcoef(one[:-1], one[1:])[0, 1] for one, _ in u]
        assert stats.kstest(np.array(serial) * np.sqrt(511), "norm").pvalue > 0.001


@pytest.mark.parametrize("kind", STRATIFIED)
def test_a_draw_is_uniform_over_seeds(kind):
    """Any draw by itself is uniform, whatever the others are: so means over draws are unbiased."""
    u = np.array([uniforms(design(kind, 1, 4, entropy), NAMES[:2], 5, 3) for entropy in range(3_000)])
    for draw in range(3):
        assert stats.kstest(u[:, 0, draw], "uniform").pvalue > 0.001
    products = (u[:, 0, 0] - 0.5) * (u[:, 1, 0] - 0.5)
    assert abs(products.mean()) < 4 * products.std() / np.sqrt(products.size)


# ---- Sobol' points ----------------------------------------------------------------------------------------------------


def test_directions_are_those_of_scipy():
    numbers = direction_numbers(60, 7)
    points = [
        np.bitwise_xor.reduce(numbers[:, [bit for bit in range(7) if number >> bit & 1]], axis=1, initial=0)
        for number in range(128)
    ]
    expected = (Sobol(60, scramble=False, bits=MOST_BITS).random(128) * 2**MOST_BITS).astype(np.uint64)
    assert sorted(map(tuple, np.array(points))) == sorted(map(tuple, expected))


def test_scrambled_points_stay_a_net():
    """What makes Sobol' points even, equal counts in every elementary interval of two dimensions, survives scrambling."""
    u = uniforms(design("sobol", 4, 8), NAMES[:2]).reshape(2, 4, 256)
    for cut in range(9):
        cells = (u[0] * 2**cut).astype(int) * 2 ** (8 - cut) + (u[1] * 2 ** (8 - cut)).astype(int)
        assert all((np.bincount(each, minlength=256) == 1).all() for each in cells)


def test_each_bit_of_scrambled_points_is_used():
    words = (uniforms(design("sobol", 64, 6)) * 2.0**52).astype(np.uint64)
    for bit in range(52):
        ones = (words >> np.uint64(bit)) & np.uint64(1)
        # Replicates are independent; within one, upper bits are balanced and lower ones vary together.
        means = ones.reshape(-1, 64).mean(axis=1)
        assert abs(means.mean() - 0.5) < 4 * 0.5 / np.sqrt(means.size)


def test_points_of_other_streams_change_nothing():
    together = uniforms(design("sobol"))
    alone = uniforms(design("sobol"), [NAMES[11]])
    assert np.array_equal(alone[0], together[11])
    keys = np.array([[5]], dtype=np.uint64)
    points = Points.of(keys, np.array([3]), 4, range(2, 4))
    assert points.low.shape == (1, 2, 4)


# ---- dimensions -------------------------------------------------------------------------------------------------------

TASKS = [
    sr.Task("weak", sr.Uniform(9, 10)),
    sr.Task("strong", sr.Uniform(0, 40), after=["weak"]),
    sr.Task("middle", sr.Uniform(0, 20), after=["strong"]),
    sr.Task("aside", sr.Uniform(0, 5)),
    sr.Task("certain", 5),
]
RISKS = [
    sr.Risk("small", 0.05, delay=2, tasks=["weak"]),
    sr.Risk("large", 0.4, delay="10/20/40", tasks=["strong"]),
]
PLAN = sr.Plan(tasks=TASKS, risks=RISKS, correlations=[sr.Correlation(["weak", "middle"], 0.4)])


def order(result):
    dimensions = result.sampling.dimensions
    assert sorted(dimensions.values()) == list(range(len(dimensions)))
    return [name for name, _ in sorted(dimensions.items(), key=lambda item: item[1])]


def test_the_most_influential_come_first():
    found = order(sr.simulate(PLAN, 64, rng=1, sampling="sobol"))
    assert found[:4] == [("task", "duration", name) for name in ("strong", "middle", "weak", "aside")]
    assert found[4][0] == "correlation"
    assert next(name[2] for name in found[5:] if name[0] == "risk") == "large"
    assert ("task", "duration", "certain") not in found
    assert found == order(sr.simulate(PLAN, 64, rng=2, sampling="sobol"))


def test_a_risk_more_or_less_moves_no_task():
    first, other = (sr.simulate(plan, 64, rng=1, sampling="sobol") for plan in (PLAN, PLAN.without_risk("large")))
    for task in TASKS:
        assert np.array_equal(
            first.replay.design.block(0, 64).uniforms(first.replay.design.streams([("task", "duration", task.id)])),
            other.replay.design.block(0, 64).uniforms(other.replay.design.streams([("task", "duration", task.id)])),
        )


def test_scenarios_inherit_dimensions():
    first = sr.simulate(PLAN, 64, rng=1, sampling="sobol")
    wild = PLAN.replace(tasks=[sr.Task("new", sr.Uniform(0, 900)), *TASKS[1:], TASKS[0]])
    second = sr.simulate(wild, 64, rng=1, sampling=first.sampling)
    known = first.sampling.dimensions
    assert {name: number for name, number in second.sampling.dimensions.items() if name in known} == known
    assert second.sampling.dimensions["task", "duration", "new"] == len(known)
    by_itself = sr.simulate(wild, 64, rng=1, sampling="sobol")
    assert by_itself.sampling.dimensions["task", "duration", "new"] == 0
    sr.compare({"first": first, "second": second})
    with pytest.raises(ArgumentError, match="sampling="):
        sr.compare({"first": first, "by itself": by_itself})


def test_beyond_the_dimensions_streams_are_random(monkeypatch):
    monkeypatch.setattr("schedrisk.simulation.designs.MOST_DIMENSIONS", 2)
    result = sr.simulate(PLAN, 64, rng=1, sampling="sobol")
    assert order(result) == [("task", "duration", "strong"), ("task", "duration", "middle")]
    name = [("task", "duration", "aside")]
    made, plain = result.replay.design, Design(1, 64)
    assert np.array_equal(uniforms(made, name), uniforms(plain, name))
    assert not np.array_equal(uniforms(made, [("task", "duration", "middle")]), uniforms(plain, NAMES[:1]))


def test_what_is_numerous_stays_random():
    made, plain = design("latin"), Design(1, 8 << 6)
    found = made.block(0, 64).uniforms(made.streams(NAMES, stratified=False))
    assert np.array_equal(found, plain.block(0, 64).uniforms(plain.streams(NAMES)))


# ---- pairs of plans ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["random", *STRATIFIED])
def test_a_risk_of_no_chance_changes_nothing(kind):
    never = PLAN.replace(risks=[sr.Risk("never", 0, delay="5/10/20", tasks=["strong"]), *RISKS])
    results = [sr.simulate(plan, 256, rng=1, sampling=kind) for plan in (PLAN, never)]
    assert np.array_equal(results[0].duration, results[1].duration)


def test_compare_refuses_what_does_not_pair():
    results = {kind: sr.simulate(PLAN, 256, rng=1, sampling=kind) for kind in ("random", *STRATIFIED)}
    with pytest.raises(ArgumentError, match="sampling=") as caught:
        sr.compare(results)
    assert len(caught.value.problems) == 2
    with pytest.raises(ArgumentError, match="rng="):
        sr.compare({"one": results["sobol"], "two": sr.simulate(PLAN, 256, rng=2, sampling="sobol")})
    larger = sr.simulate(PLAN, 512, rng=1, sampling="latin")
    with pytest.raises(ArgumentError, match="replicates of 32"):
        sr.compare({"one": results["latin"], "two": larger})


@pytest.mark.parametrize("wrong", ["quasi", None, 3, ["latin"]])
def test_unknown_sampling_is_refused(wrong):
    with pytest.raises(ArgumentError, match=r"sampling: found .*, expected one of 'random', 'latin', 'sobol'"):
        sr.simulate(PLAN, 64, sampling=wrong)


@pytest.mark.parametrize("kind", STRATIFIED)
def test_the_same_plan_and_seed_give_the_same_draws(kind):
    first, second, third = (sr.simulate(PLAN, 64, rng=rng, sampling=kind) for rng in (1, 1, 2))
    assert np.array_equal(first.duration, second.duration)
    assert not np.array_equal(first.duration, third.duration)
    again = sr.simulate(PLAN, 64, rng=1, sampling=dataclasses.replace(first.sampling))
    assert np.array_equal(first.duration, again.duration)


@pytest.mark.parametrize("kind", STRATIFIED)
@pytest.mark.filterwarnings("ignore::schedrisk.errors.CorrelationWarning")  # of matrices that are repaired
@settings(max_examples=15, deadline=None)
@given(plan=plans(), n_draws=st.integers(1, 40))
def test_any_plan_can_be_drawn(kind, plan, n_draws):
    """Whatever a plan holds: finishes are finite, shorter runs are the beginnings of longer ones, errors are no NaN."""
    result = sr.simulate(plan, n_draws, rng=1, sampling=kind)
    assert np.isfinite(result.finish_ticks).all()
    assert np.isfinite([result.mean_se(), result.percentile_se(80)]).all()
    longer = sr.simulate(plan, 2 * result.n_draws, rng=1, sampling=result.sampling)
    assert np.array_equal(longer.finish_ticks[: result.n_draws], result.finish_ticks)


FROZEN = {
    "latin": [
        [4164927091937205, 1716469182135827],
        [801190529318960, 4296879054017693],
        [151288726917207, 829013524511959],
    ],
    "sobol": [
        [2028454437566127, 2956297081529839],
        [3076331249175271, 3632688879062977],
        [919683671381449, 2062499499426215],
    ],
}


@pytest.mark.parametrize("kind", STRATIFIED)
def test_stratified_bits_are_frozen(kind):
    """Draws of one version are draws of the next: a change here raises STREAM_VERSION."""
    words = (uniforms(design(kind, 4, 5, entropy=2026), NAMES[:3], 33, 2) * 2.0**52).astype(np.uint64)
    assert words.tolist() == FROZEN[kind]
