"""The draws of every kind of estimate, frozen to the bit: changing one raises the version of the random streams."""

import hashlib

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.estimates import KINDS, parse_estimate
from schedrisk.sampling import STREAM_VERSION

GOLDEN = {
    "10": "38c339da2c98daaa",
    "uniform(2, 6)": "60961c3901c7eea0",
    "uniform(p10=1, p90=16)": "f24bcce3e77934ce",
    "triangular(5, 8, 15)": "f63ec5f56901f1a8",
    "triangular(p10=1, mode=2, p90=12)": "a3daf15e5336876d",
    "pert(5, 8, 15)": "0e8a88d03a8e88f7",
    "pert(5, 8, 15, weight=20)": "a43fbcb7213af089",
    "pert(p10=8, mode=10, p90=15)": "1737b6c9741b3ea9",
    "discrete(7: 0.5, 10: 0.5)": "d2000248fbbca0aa",
    "empirical(3, 4, 4, 9)": "3ba79a4b8ed622a8",
    "normal(10, 5)": "e01b320adea86206",
    "lognormal(10, 5)": "389cdc425e35fdf3",
    "exponential(10)": "4aa5c88d729e70e2",
    "gamma(0.3, 5)": "7d6607f0c6f06b26",
    "gamma(4, 2.5)": "4d4eab84e3579d5d",
    "weibull(2, 10)": "acc4acd2e4165177",
    "betascaled(5, 15, 2, 3)": "9f58ac81c49578db",
    "betascaled(0, 15, 0.3, 0.4)": "aa52c59f0a86f13d",
    "trapezoid(5, 8, 10, 13)": "b45662b7c6c3224f",
    "trapezoid(p10=1, mode_low=3, mode_high=10, p90=13)": "d063775507394852",
    "histogram(0: 0.25, 5: 0.75, 9)": "efd34c8d0ac322fd",
    "metalog(p10=8, p50=10, p90=15)": "06f5b09962c82203",
    "metalog(p10=8, p50=10, p90=15, low=5)": "aead56d78a04eccd",
    "metalog(p10=8, p50=10, p90=15, low=5, high=30)": "cf899e2072089e8e",
    "scipy(gumbel_r, loc=10, scale=2)": "3b599ea7aeae99ac",
    "mixture(pert(5, 8, 15): 0.7, 30: 0.3)": "90416afd3ba4555a",
    "mixture(normal(3, 2): 0.5, uniform(4, 6): 0.25, discrete(5: 0.5, 9: 0.5): 0.25)": "50dce4c7a66aae6b",
    "shifted(gamma(4, 2.5), 5)": "7a187e4c0d39274d",
    "shifted(pert(5, 8, 15), -7)": "baf6f1bac536d319",
    "truncated(normal(10, 5), low=0, high=20)": "38e12be6c0fbba6e",
    "truncated(lognormal(10, 5), high=20)": "f9704451a73c057a",
}


def digest(text):
    plan = sr.Plan(tasks=[sr.Task("golden", text)], start="2026-12-01")
    ticks = sr.simulate(plan, 4_000, rng=2026).samples("golden")["duration"].to_numpy() * 28_800
    return hashlib.blake2b(np.rint(ticks).astype("<i8").tobytes(), digest_size=8).hexdigest()


@pytest.mark.parametrize("text", GOLDEN)
def test_golden_bits(text):
    assert (STREAM_VERSION, digest(text)) == (1, GOLDEN[text])


def test_every_kind_is_frozen():
    assert {type(parse_estimate(text)) for text in GOLDEN} == set(KINDS.values())
