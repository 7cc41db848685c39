"""Rules about days lost by chance: how many they are, and weather that takes none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from schedrisk.checks.facts import Facts, Finding, Rule
from schedrisk.errors import shown
from schedrisk.model.weather_odds import expected_loss
from schedrisk.wording import number_text

__all__ = ["WEATHER_RULES"]


def lost_days(facts: Facts) -> Iterator[Finding]:
    """Tell how many of the working days up to the planned finish each calendar loses on average."""
    plan, axis = facts.plan, facts.network.axis
    weathers = {each.name: each for each in plan.weather}
    clocks = {clock.calendar: clock for clock in facts.network.weathered}
    for number, name in enumerate(plan.calendars_by_name):
        if name not in clocks or not axis.dated:
            continue
        clock = clocks[name]
        last = int(np.asarray(axis.moments(facts.planned_finish), dtype="datetime64[D]").astype(np.int64))
        count = max(last - clock.days.first + 1, 1)
        worked, _ = clock.days.until(count)
        days = (clock.days.first + np.arange(count)).astype("datetime64[D]")
        lost = float(expected_loss([weathers[each] for each in clock.weather], days)[worked].sum())
        text = (
            f"loses {number_text(lost)} of its {worked.size:,} working days up to the planned finish on average, to weather "
            f"{', '.join(map(shown, clock.weather))}: planned dates know nothing of them"
        )
        remedy = "promise by percentiles, and compare with what the site has lost in other years"
        yield Finding("info", "lost-days", "calendar", number, f"calendar {shown(name)}", text, remedy, name, lost)


def idle_weather(facts: Facts) -> Iterator[Finding]:
    """Find weather that takes no day from any work."""
    working = {name for clock in facts.network.weathered for name in clock.weather}
    for weather in facts.plan.weather:
        if weather.name not in working:
            text = "takes no day: no calendar that somebody works on names it"
            remedy = "name it in Calendar(weather=…), or remove it"
            where = f"weather {shown(weather.name)}"
            yield Finding("warning", "weather-idle", "plan", 0, where, text, remedy, weather.name)


WEATHER_RULES: tuple[Rule, ...] = (lost_days, idle_weather)
