"""What the compiled engine does where numba is not at hand, or nothing can be kept on disk."""

import importlib
import sys

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.compiled import support


@pytest.fixture
def forgotten():
    """What was found out about numba is found out anew, before the test and after."""
    support._fault.cache_clear()
    yield
    support._fault.cache_clear()


def test_without_numba(forgotten, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not support.numba_available()
    for use in (support.require_numba, lambda: support.kernel(len), lambda: support.instruction(len)):
        with pytest.raises(sr.MissingDependencyError, match=r'not installed: pip install "schedrisk\[fast\]"'):
            use()


def test_numba_that_does_not_take_this_numpy(forgotten, monkeypatch):
    pytest.importorskip("numba")

    def refuse(name):
        raise ImportError("Numba needs NumPy 1.0 or less")

    monkeypatch.setattr(importlib, "import_module", refuse)
    assert not support.numba_available()
    with pytest.raises(sr.MissingDependencyError, match=r"cannot be imported \(Numba needs NumPy 1.0 or less\)"):
        support.require_numba()


def test_kernels_run_where_nothing_can_be_kept(monkeypatch):
    numba = pytest.importorskip("numba")
    plain, asked = numba.njit, []

    def njit(*given, **options):
        asked.extend([options] if "nogil" in options else [])
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return plain(*given, **options)

    monkeypatch.setattr(numba, "njit", njit)

    def double(x):
        return 2.0 * x

    assert support.kernel(double)(np.float64(4)) == 8
    assert [each.get("cache") for each in asked] == [True, None]
    assert all(each["nogil"] and not each["fastmath"] for each in asked)
