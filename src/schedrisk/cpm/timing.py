"""Durations that depend on when work begins: risks that hit between certain dates, and mitigations that take time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.rules import Rule
from schedrisk.sample import State, Timed

__all__ = ["state_masks", "timed_duration", "window_shares"]


def timed_duration(timed: Timed, rule: Rule, start: Floats) -> Floats:
    """Return what work takes that begins at some moments, shape (n_draws,) [whole tick].

    Parameters
    ----------
    timed : Timed
    rule : Rule
        Of the row, with its windows and lead times.
    start : ndarray, shape (n_draws,)
        When the work begins, reckoned with what it takes without windowed risks in the first state [instant].
    """
    begin = rule.clock.work(start)
    first, *others = timed.states
    lasts = first.duration(window_shares(first, rule, begin))
    for state, mask in zip(others, state_masks(timed, rule, begin)[1:], strict=True):
        lasts = np.where(mask, state.duration(window_shares(state, rule, begin)), lasts)
    return np.rint(lasts)


def window_shares(state: State, rule: Rule, begin: Floats) -> Mapping[int, Floats]:
    """Return which share of the work lies in the window of each windowed risk [0–1], each of shape (n_draws,).

    Work that takes no time lies in it as a whole, or not at all.

    Parameters
    ----------
    state : State
    rule : Rule
    begin : ndarray, shape (n_draws,)
        When the work begins [tick of working time].
    """
    risks = dict.fromkeys(each.risk for each in state.strikes if each.windowed)
    if not risks:
        return {}
    lasts = state.duration()
    shares: dict[int, Floats] = {}
    for risk in risks:
        opens, closes = (each.work for each in rule.windows[risk])
        inside = np.minimum(begin + lasts, closes) - np.maximum(begin, opens)
        moment = (begin >= opens) & (begin <= closes)
        whole = np.maximum(lasts, 1.0)  # a part of a tick is as good as none
        shares[risk] = np.where(lasts < 1.0, moment, np.minimum(np.maximum(inside, 0.0) / whole, 1.0))
    return shares


def state_masks(timed: Timed, rule: Rule, begin: Floats) -> list[Bools]:
    """Return in which draws each state has come into force; the last one that has is the one that holds.

    Parameters
    ----------
    timed : Timed
    rule : Rule
    begin : ndarray, shape (n_draws,)
        When the work begins [tick of working time].
    """
    return [np.ones(begin.shape, dtype=bool), *(begin >= rule.leads[lead].work for lead in timed.leads)]
