"""Why each rule matters to somebody who is about to believe a figure."""

from __future__ import annotations

__all__ = ["WHY"]

NO_LOGIC = "a task that is not joined at both ends passes no delay on, so the chance comes out too good"
CERTAIN = "what is certain in the plan and not in the world makes the chance come out too good"
PINNED = "a date that overrides logic simulates as certain: delays before it vanish"
HIDDEN = "work that is no task has no estimate, no owner and no risks, and is never late in a draw"
PROGRESS = "what remains is counted from the status date: dates on its wrong side shift every figure"
COARSE = "one long task hides the work in it, and can be neither estimated nor followed"
OTHER_HOURS = "the gap until the other calendar opens counts as delay that is nobody's"
NOTHING = "it changes no figure, and hides what was meant"

WHY: dict[str, str] = {
    # weather
    "lost-days": "planned dates are those of a year without weather",
    "weather-idle": NOTHING,
    # joined up
    "missing-logic": NO_LOGIC,
    "isolated-task": NO_LOGIC,
    "open-start": NO_LOGIC,
    "open-end": NO_LOGIC,
    "dangling-start": "its start is held by nothing: the longer it takes the earlier it starts, and no delay comes of it",
    "dangling-finish": "nothing waits for its finish: it can take any time and only the project finish would notice",
    "duplicate-link": "only one of them counts, and nobody sees which",
    "redundant-link": "what nobody can read nobody can check",
    "leads": "a lead counts back from a moment that nobody knows in advance",
    "lead": "a lead counts back from a moment that nobody knows in advance",
    "long-lead": "the order of work turns around in some draws",
    "lags": HIDDEN,
    "long-lag": HIDDEN,
    "link-types": "SS, FF and SF say less of the order of work than FS, and their delays are hard to follow",
    "start-to-finish": "the later task decides the finish of the earlier one; most are meant as FS",
    "summary-link": "it binds every task under the summary, and nobody sees it there",
    # dates and float
    "hard-constraints": PINNED,
    "pinned-date": PINNED,
    "absorbing-date": "delays before it are swallowed up to the date, whatever the chance of the date itself is",
    "high-float": "so much room is mostly a missing successor, and the task never shows up as critical",
    "negative-float": "an imposed date is broken by the plan itself, before any risk",
    "critical-path-test": "a finish that does not follow its critical path gives figures that mean nothing",
    "longer-is-shorter": "overruns of it improve the finish: chance and drivers come out the wrong way round",
    "cpli": "the planned critical path is too long for the date: only luck would meet it",
    # work and progress
    "high-duration": COARSE,
    "long-task": COARSE,
    "summarised-task": COARSE,
    "no-resources": "work that nobody is assigned to waits for people in a way that the plan does not show",
    "invalid-dates": PROGRESS,
    "no-status-date": PROGRESS,
    "out-of-sequence": "its remaining work waits for a link that was not kept, or ignores it: an option decides",
    "different-hours": OTHER_HOURS,
    # estimates, risks, owners
    "no-uncertainty": CERTAIN,
    "no-spread": CERTAIN,
    "narrow-spread": CERTAIN,
    "planned-outside": "the planned schedule and the draws tell of two different projects",
    "mode-at-end": "an estimate without a side leaves out what may go wrong, or well",
    "clipped-tail": "its mean and its low percentiles are not those that were stated",
    "one-formula": "a formula knows nothing of the tasks, and makes the spread of the whole too narrow",
    "independent-series": "independent spreads cancel out: the finish looks more certain than any record of projects",
    "correlations-changed": "what is simulated is not what was asked for",
    "correlation-of-nothing": NOTHING,
    "risk-hits-nothing": NOTHING,
    "risk-impossible": NOTHING,
    "risk-over": NOTHING,
    "factor-of-nothing": NOTHING,
    "large-factor": "one such factor outweighs everything else in the plan",
    "window-unreachable": NOTHING,
    "mitigation-idle": "its cost would be spent for nothing",
    "risk-certain": "it is no risk: every draw pays for it, and the planned schedule does not",
    "no-owner": "lateness that nobody answers for is left out of what is divided among owners",
    # promises and calendars
    "promise-before-start": "its chance is 0, whatever else the plan says",
    "promise-impossible": "its chance is 0 without a change of the plan",
    "promise-before-plan": "keeping it needs better luck than the plan itself",
    "promise-on-perhaps": "it may be kept by what is never done",
    "promise-on-nothing": "it reads as certain, and no delay of the work ever shows in it",
    "promise-clock": "its time begins after the work is done, so nothing can break it",
    "promise-day-off": "the day before decides, and people may argue which was meant",
    "overlapping-promises": "the stricter one decides, and people may quote the other",
    "promise-order": "the later promise adds nothing, and one of the two dates is likely wrong",
    "no-cap": "the mean of damages rests on the few worst draws",
    "no-holidays": "days off would make every date later",
    "unknown-holidays": "days off that are not in the calendar would make every date later",
    "unofficial-holidays": "days off may yet move, and dates with them",
}
"""Reason of each rule, by its identifier."""
