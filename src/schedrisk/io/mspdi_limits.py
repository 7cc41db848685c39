"""What of a plan Microsoft Project XML cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from schedrisk.calendars.combine import intersect
from schedrisk.errors import CalendarError, Problem, shown
from schedrisk.estimates import Fixed, Pert, Triangular
from schedrisk.io.mspdi_fields import FIELD_IDS
from schedrisk.model import Constraint, DateRange, Link, Plan, Task
from schedrisk.model.logic import ELAPSED, ConstraintKind

__all__ = ["TEXT_FIELDS", "YIELDING", "constraint_codes", "inherited_constraints", "limits_of", "own_constraints"]

CONSTRAINT_CODES = {"ALAP": 1, "MSO": 2, "MFO": 3, "SNET": 4, "SNLT": 5, "FNET": 6, "FNLT": 7}

YIELDING: dict[str, ConstraintKind] = {"MSO": "SO", "MFO": "FO"}
"""What Project's constraints are where it does not honour their dates: links go before them."""

TEXT_FIELDS = {name: number for name, number in FIELD_IDS.items() if name.startswith("Text")}

MOST_SHIFTS = 5  # of a day in Project
LAG_LIMIT = 2**31 / 600  # [h]: a lag is a whole number of tenths of a minute in 32 bits

# Signs that XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def limits_of(plan: Plan, hours: float) -> list[Problem]:
    """Return everything of a plan that Microsoft Project XML cannot hold.

    Parameters
    ----------
    plan : Plan
    hours : float
        Of one unit of the plan.
    """
    if plan.start is None:
        remedy = "give the plan a start date"
        return [Problem("start", "a plan without dates", "a plan with a start, as Project has dates", remedy)]
    inherited = inherited_constraints(plan)
    return [
        *_of_plan(plan),
        *_of_scheduling(plan),
        *_of_calendars(plan),
        *(problem for task in plan.tasks for problem in _of_task(plan, task, inherited.get(task.id, ()))),
        *(problem for link in plan.all_links for problem in _of_link(plan, link, hours)),
        *_of_texts(plan),
    ]


def _of_plan(plan: Plan) -> Iterator[Problem]:
    fields = ("risks", "promises", "correlations", "branches", "decisions", "weather", "assumptions", "must_finish")
    lost = [field for field in fields if getattr(plan, field) not in ((), None)]
    if lost:
        empty = ", ".join(f"{field}={'None' if field == 'must_finish' else '()'}" for field in lost)
        remedy = f"keep the plan as .toml or .json, and write plan.replace({empty})"
        yield Problem("", f"a plan with {', '.join(lost)}", "a schedule only, all that the format holds", remedy)


def _of_scheduling(plan: Plan) -> Iterator[Problem]:
    """Yield options by which Project would schedule this plan on other dates."""
    options = plan.scheduling
    ours = [
        ("progress", "actual-dates", any(task.started and not task.finished for task in plan.tasks)),
        ("remaining_work", "as-scheduled", plan.status_date is not None and any(each.has_work for each in plan.tasks)),
        (
            "as_late_as_possible",
            "late-dates",
            any(each.kind == "ALAP" for task in plan.tasks for each in task.constraints),
        ),
    ]
    for field, microsoft, matters in ours:
        value = getattr(options, field)
        if matters and value != microsoft:
            remedy = "Project knows no other; set it if the dates may differ"
            yield Problem(f"scheduling, {field}", shown(value), repr(microsoft), remedy)


def _of_calendars(plan: Plan) -> Iterator[Problem]:
    for calendar in (plan.calendar, *plan.calendars):
        days = (*calendar.week_hours.values(), *calendar.exception_hours.values())
        most = max(len(hours) for hours in days)
        if most > MOST_SHIFTS:
            yield Problem(f"calendar {shown(calendar.name)}", f"{most} shifts in a day", f"at most {MOST_SHIFTS}")
        if calendar.weather:
            found, remedy = (
                ", ".join(map(shown, calendar.weather)),
                "write the calendar without it: replace(weather=())",
            )
            yield Problem(f"calendar {shown(calendar.name)}, weather", found, "no days lost by chance", remedy)


def _of_task(plan: Plan, task: Task, inherited: Iterable[Constraint]) -> Iterator[Problem]:
    place = f"task {shown(task.id)}"
    if task.kind == "level-of-effort":
        yield Problem(f"{place}, kind", "level of effort", "a task, a milestone or a summary")
    if task.tags:
        yield Problem(
            f"{place}, tags", shown(", ".join(task.tags)), "no tags", "make them codes, which become text fields"
        )
    if task.exists < 1:
        yield Problem(f"{place}, exists", f"{task.exists:g}", "1", "keep such tasks in a .toml or .json file")
    if not isinstance(task.estimate, Fixed | Pert | Triangular):
        remedy = "replace it by three points or by a number"
        yield Problem(f"{place}, estimate", shown(str(task.estimate)), "a fixed or a three-point estimate", remedy)
    own, codes = own_constraints(task, inherited), constraint_codes(plan)
    for constraint in own:
        if isinstance(constraint.when, DateRange):
            found = f"{constraint.kind} {constraint.when}"
            yield Problem(f"{place}, constraints", found, "a date that is certain", "replace it by one date")
        if constraint.kind not in codes and constraint.kind != "deadline":
            expected = f"one of {', '.join(codes)} and deadline"
            remedy = "set honor_constraints, with which the date stands" if constraint.kind in YIELDING else ""
            yield Problem(f"{place}, constraints", constraint.kind, expected, remedy)
    for kind, count in (
        ("constraints beside a deadline", sum(each.kind != "deadline" for each in own)),
        ("deadlines", sum(each.kind == "deadline" for each in own)),
    ):
        if count > 1:
            yield Problem(f"{place}, constraints", f"{count} {kind}", "one at most", "keep the one that binds")
    yield from _of_assignments(plan, task, place)


def _of_assignments(plan: Plan, task: Task, place: str) -> Iterator[Problem]:
    if not task.assignments:
        return
    if max(each.share for each in task.assignments) != 1:
        yield Problem(f"{place}, assignments", "none with the share 1", "one that takes the task's whole duration")
    if task.calendar is None:
        return
    frame = plan.calendars_by_name[task.calendar]
    for each in task.assignments:
        calendar = plan.calendars_by_name[each.calendar]
        try:
            inside = task.calendar != ELAPSED and intersect(frame, calendar, "both").has_time_of(calendar)
        except CalendarError:
            inside = False
        if not inside:
            expected = f"working time within that of the task's calendar {shown(task.calendar)}"
            yield Problem(f"{place}, assignments", f"the calendar {shown(each.calendar)}", expected)


def _of_link(plan: Plan, link: Link, hours: float) -> Iterator[Problem]:
    place = f"link {shown(link.predecessor)} → {shown(link.successor)}"
    if not isinstance(link.lag, float):
        yield Problem(f"{place}, lag", str(link.lag), "a lag that is certain", "replace it by a number")
    lag = link.lag_calendar or plan.scheduling.lag_calendar
    if (link.lag or link.lag_percent) and lag not in {"successor", ELAPSED}:
        ends = {"predecessor": plan.task(link.predecessor).calendar, "plan": None}
        counted, wanted = (
            plan.calendars_by_name[name or plan.calendar.name]
            for name in (ends.get(lag, lag), plan.task(link.successor).calendar)
        )
        if not counted.has_time_of(wanted):
            expected = "'successor' or '24h', on which lags count in Project"
            yield Problem(f"{place}, lag_calendar", shown(lag), expected)
    if link.lag and link.lag_percent:
        yield Problem(f"{place}, lag", "both a lag and a percentage", "one of the two")
    if abs(link.planned_lag * hours) >= LAG_LIMIT:
        yield Problem(f"{place}, lag", f"{link.planned_lag * hours:,.0f} hours", f"less than {LAG_LIMIT:,.0f} hours")


def _of_texts(plan: Plan) -> Iterator[Problem]:
    names = dict.fromkeys(name for task in plan.tasks for name in task.codes)
    if len(names) >= len(TEXT_FIELDS):
        remedy = "drop some codes"
        yield Problem(
            "codes", f"{len(names)} kinds of codes", f"at most {len(TEXT_FIELDS) - 1}, as text fields", remedy
        )
    texts = [plan.name, *names, *(each.name for each in (plan.calendar, *plan.calendars))]
    for task in plan.tasks:
        texts += [task.id, task.name or "", task.owner or "", task.wbs or "", *task.codes.values()]
        texts += [each.resource or "" for each in task.assignments]
    for text in texts:
        if _UNWRITABLE.search(text):
            yield Problem("", shown(text), "texts without control characters, which XML cannot hold", "rename")


def constraint_codes(plan: Plan) -> dict[str, int]:
    """Return the number of each kind of constraint in Project, where links go before some of them or do not."""
    if plan.scheduling.honor_constraints:
        return CONSTRAINT_CODES
    return {YIELDING.get(kind, kind): code for kind, code in CONSTRAINT_CODES.items()}


def inherited_constraints(plan: Plan) -> dict[str, tuple[Constraint, ...]]:
    """Return the constraints that a task has from the summaries above it: in Project these have them alone."""
    above = {
        task.wbs: [each for each in task.constraints if each.kind in {"SNET", "FNLT"}]
        for task in plan.tasks
        if task.kind == "summary" and task.wbs and task.constraints
    }
    found: dict[str, tuple[Constraint, ...]] = {}
    for task in plan.tasks if above else ():
        wbs = task.wbs if task.kind != "summary" else None
        while wbs:
            found[task.id] = (*found.get(task.id, ()), *above.get(wbs, ()))
            wbs = wbs.rpartition(".")[0]
    return found


def own_constraints(task: Task, inherited: Iterable[Constraint]) -> list[Constraint]:
    """Return the constraints of a task that no summary above it has."""
    others = list(inherited)
    return [each for each in task.constraints if each not in others]
