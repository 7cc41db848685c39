"""What a report says of the plan behind its figures: network, time, calendars, progress, source."""

from __future__ import annotations

from collections.abc import Iterator

from schedrisk.calendars import Calendar
from schedrisk.model import Plan, Provenance, Weather
from schedrisk.report.wording import one_line
from schedrisk.result.correlations import changes_text
from schedrisk.wording import UNITS, moment_text, number_text

__all__ = ["Facts", "basis_facts", "counts_text"]

MOST_CALENDARS = 5

Facts = tuple[tuple[str, str], ...]


def counts_text(plan: Plan) -> str:
    """Say how many tasks, links and risks a plan has."""
    counts = [(len(plan.tasks), "task"), (len(plan.all_links), "link"), (len(plan.risks), "risk")]
    return ", ".join(f"{number:,} {word}{'s' * (number != 1)}" for number, word in counts)


def basis_facts(plan: Plan) -> Facts:
    """Return what the figures of a report rest on."""
    return tuple(_facts(plan))


def _facts(plan: Plan) -> Iterator[tuple[str, str]]:
    yield "Network", counts_text(plan)
    if plan.start is None:
        yield "Time", f"counted in {UNITS[plan.unit]} from 0, without dates"
    else:
        yield "Durations", f"in working {UNITS[plan.unit]}; a day has {number_text(plan.calendar.hours_per_day)} hours"
        yield "Calendar", _calendar_text(plan.calendar)
        if plan.calendars:
            names = ", ".join(one_line(each.name, 40) for each in plan.calendars[:MOST_CALENDARS])
            more = len(plan.calendars) - MOST_CALENDARS
            yield "Further calendars", f"{names}{f' and {more:,} more' if more > 0 else ''}"
    if plan.weather:
        yield "Weather", ", ".join(_weather_text(each) for each in plan.weather) + "; planned dates know no lost days"
    if plan.status_date is not None:
        yield "Progress", f"known up to {_when(plan.status_date, plan)}; only what remains is uncertain"
    if plan.provenance is not None:
        yield "Schedule", _provenance_text(plan.provenance)
    others = "" if all(risk.happens_once for risk in plan.risks) else ", unless it happens for each by itself"
    yield "Chance", f"{_together(plan)}; a risk that happens hits all its tasks in the same draw{others}"
    yield "No rescue", "nobody works faster because the date is in danger"


def _when(moment: object, plan: Plan) -> str:
    return one_line(moment_text(moment, plan.unit))


def _provenance_text(provenance: Provenance) -> str:
    project = f", project {one_line(provenance.project)}" if provenance.project else ""
    count = len(provenance.notes)
    notes = f"; {count} note{'s' * (count != 1)} in `plan.provenance`" if count else ""
    return f"read from {one_line(provenance.file)} ({one_line(provenance.format)}{project}){notes}"


def _together(plan: Plan) -> str:
    """Say what holds durations together, and risks."""
    dependence, risks = plan.dependence["task"], {*plan.dependence["risk"].members}
    # A group that chooses a single task ties nothing.
    factors = [factor for factor in dependence.factors if len(factor.members) > 1]
    tasks = {member for factor in factors for member in factor.members}
    components = [component for component in dependence.components if component.stated.any()]
    tasks |= {member for component in components for member in component.members}
    said = []
    if tasks:
        rhos = [factor.rho for factor in factors]
        for component in components:
            stated = component.rho[component.stated]
            rhos += [float(stated.min()), float(stated.max())]
        span = f"{min(rhos):g}" if min(rhos) == max(rhos) else f"{min(rhos):g} to {max(rhos):g}"
        said.append(f"{len(tasks):,} tasks are correlated within their groups (rank correlation {span})")
    if dependence.floor > 0:
        said.append(f"no two uncertain durations have a rank correlation below {dependence.floor:g}")
    else:
        said.append("others vary independently" if tasks else "durations vary independently of each other")
    if risks:
        said.append(f"{len(risks):,} risks are correlated in whether they happen")
    return ", ".join(said) + ("; correlations that cannot hold together were changed" if changes_text(plan) else "")


def _weather_text(weather: Weather) -> str:
    """Say how a weather takes days."""
    ways = {
        "by its odds in each month": weather.lost is not None,
        "in spells": weather.lost_after_dry is not None,
        f"as in {len(weather.history or ()):,} years on record": weather.history is not None,
        f"for {', '.join(one_line(each.name, 40) for each in weather.closures[:3])}": bool(weather.closures),
    }
    how = " and ".join(way for way, is_so in ways.items() if is_so) or "never"
    return f"{one_line(weather.name, 40)} takes days {how}"


def _calendar_text(calendar: Calendar) -> str:
    shifts = " and ".join(each.replace("-", "–") for each in calendar.shifts)
    text = f"{one_line(calendar.name, 60)}: {' '.join(calendar.weekdays)}, {shifts}"
    days = [*calendar.holidays, *calendar.extra_working_days]
    if not days:
        return f"{text}; no holidays listed"
    text += f"; {len(calendar.holidays):,} days off"
    if calendar.extra_working_days:
        text += f" and {len(calendar.extra_working_days):,} extra working days"
    text += f" listed from {min(days).year} to {max(days).year}"
    return text + _source_text(calendar)


def _source_text(calendar: Calendar) -> str:
    source = calendar.source
    if source is None:
        return ""
    place = "-".join(filter(None, (source.country, source.subdivision)))
    years = ", ".join(map(str, source.years)) if len(source.years) < 3 else f"{source.years[0]}–{source.years[-1]}"
    text = f"; source: {one_line(source.package)} for {one_line(place)}, {years}"
    if source.last_official_year is not None:
        text += f", announced to {source.last_official_year}"
    return text
