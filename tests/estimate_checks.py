"""What every estimate is held to, against a distribution of scipy or one with the same methods."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

import schedrisk as sr
from schedrisk.sampling.quantiles import ROWS

TAIL = np.logspace(-9, np.log10(0.5), 3_001)
U = np.concatenate([TAIL, 1 - TAIL])


def check_quantiles(ours, theirs):
    # From the nearer end, where 1 - u is exact; but as scipy does where it is scipy's.
    lower = (U <= 0.5) | isinstance(ours, sr.Scipy)
    expected = np.maximum(np.where(lower, theirs.ppf(U), theirs.isf(np.minimum(1 - U, 0.5))), 0)
    assert np.allclose(ours.ppf(U), expected, rtol=1e-9, atol=1e-12 * theirs.std())
    assert (ours.ppf(0), ours.ppf(1)) == ours.support
    low, high = theirs.support()
    assert ours.support == pytest.approx((max(low, 0), high))


def check_chances(ours, theirs):
    """The distribution function, in both tails to the digits that the distance of neighbouring numbers leaves."""
    x = ours.ppf(U)
    below, above = ours._tails(x)
    near, far = x * (1 - 1e-15), x * (1 + 1e-15)
    for mine, least, most in ((below, theirs.cdf(near), theirs.cdf(far)), (above, theirs.sf(far), theirs.sf(near))):
        small = (mine <= 0.5) & (x > 0)
        assert (mine[small] >= least[small] * (1 - 2e-9) - 1e-13).all()
        assert (mine[small] <= most[small] * (1 + 2e-9) + 1e-13).all()
    assert np.array_equal(ours.cdf(x), below)
    assert ours.cdf(-1) == 0
    # From the far end too, where 1 - u would have lost its digits.
    assert np.allclose(np.maximum(ours._upper_quantiles(TAIL), 0), np.maximum(theirs.isf(TAIL), 0), rtol=1e-9)


def check_sampled(ours, theirs):
    ascending = np.sort(U)
    for scale in (1.0, 28_800.0):
        out = np.empty((1, U.size))
        ROWS[type(ours)]([ours], scale).fill(slice(0, 1), ascending[None].copy(), out)
        x = out[0] / scale
        assert (np.diff(x) >= -1e-12 * x[1:]).all()
        assert x.min() >= 0
        # A value stands for the chances up to its neighbours: where the distribution function is steeper than numbers
        # are dense, next to an end, no value has the wanted chance.
        near, far = x * (1 - 1e-15), x * (1 + 1e-15)
        lower = ascending < 0.5
        over = np.where(lower, theirs.cdf(near) - ascending, (1 - ascending) - theirs.sf(near))
        under = np.where(lower, ascending - theirs.cdf(far), theirs.sf(far) - (1 - ascending))
        error = np.maximum(np.maximum(over, under), 0)[x > 0]
        assert error.max() <= 1e-5
        assert (error / np.minimum(ascending, 1 - ascending)[x > 0]).max() <= 1e-3
        assert (np.maximum(theirs.ppf(ascending[x == 0]), 0) <= 1e-3 * theirs.std()).all()


def check_moments(ours, theirs):
    if theirs.support()[0] >= 0:
        assert ours.mean == pytest.approx(theirs.mean(), rel=1e-9)
        assert ours.std == pytest.approx(theirs.std(), rel=1e-9)
        return
    # E max(X, 0) and E max(X, 0)² are integrals of the survival function, here in pieces about the mean.
    steps = np.concatenate([np.arange(-12.0, 13.0), [20, 40, 100, 1e3, 1e4, 1e5, 1e6]])
    pieces = np.maximum(theirs.mean() + theirs.std() * steps, 0)
    pieces = np.append(pieces[pieces < theirs.support()[1]], min(theirs.support()[1], pieces[-1]))
    first, second = pieces[0], pieces[0] ** 2
    for low, high in pairwise(pieces):
        first += integrate.quad(theirs.sf, low, high)[0]
        second += integrate.quad(lambda x: 2 * x * theirs.sf(x), low, high)[0]
    assert ours.mean == pytest.approx(first, rel=1e-9)
    assert ours.std**2 == pytest.approx(second - first**2, rel=1e-9, abs=1e-9 * second)
