"""Primavera P6 exports: what is read, what is refused and how, and the dates that P6 stored."""

import datetime as dt
import re
import time
from pathlib import Path

import pytest

from schedrisk.calendars import Calendar
from schedrisk.errors import CalendarError
from schedrisk.estimates import Fixed, Pert
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import parse_json, parse_toml, plan_of, to_json, to_toml
from schedrisk.io.xer import parse_xer, xer_projects
from schedrisk.io.xer_calendar import calendar_of, parse_working_time
from schedrisk.io.xer_tables import Faults, clean, read_tables
from schedrisk.model import Assignment, Constraint, Link
from schedrisk.simulation import schedule

DATA = Path(__file__).parent / "data"
SITE = (DATA / "site.xer").read_bytes()
OLD = (DATA / "old.xer").read_bytes()
FIELDS = ("low", "most likely", "HIGH")
REAL = {
    "terminal-airport-66.xer": ("3211", 66, 84),
    "hotel-multiproject-4217.xer": ("2666", 4217, 7586),
    "mdl4ra-levelled-62.xer": ("4510", 62, 87),
    "p54069-baseline-47.xer": ("308080", 47, 62),
    "p54069-update-20251121-50.xer": ("308964", 50, 70),
    "sewer-road-51.xer": ("771", 51, 59),
}


@pytest.fixture(scope="module")
def site():
    return parse_xer(SITE, "site.xer", project="SITE", estimates=FIELDS)


def cell(data, table, key, column, value):
    """Return the file with one cell changed, in the row of `table` whose first cell is `key`."""
    lines = data.decode().split("\r\n")
    here = lines.index(f"%T\t{table}")
    place = lines[here + 1].split("\t").index(column)
    row = next(n for n in range(here, len(lines)) if lines[n].startswith(f"%R\t{key}\t"))
    cells = lines[row].split("\t")
    cells[place] = value
    return "\r\n".join([*lines[:row], "\t".join(cells), *lines[row + 1 :]]).encode()


def faults_of(data, **options):
    with pytest.raises(FormatError) as caught:
        parse_xer(data, "site.xer", **{"project": 100, **options})
    return caught.value


def read_site(data, **options):
    return parse_xer(data, "site.xer", **{"project": 100, **options})


def calendar(days, exceptions=""):
    return f"(0||CalendarData()((0||DaysOfWeek()({days}))(0||Exceptions()({exceptions}))))"


class TestTables:
    def test_rows_are_read_by_column(self):
        tables, faults = read_tables(SITE)
        assert tables.version == "22.12"
        row = next(tables.rows("TASK", faults))
        assert (row["task_code"], row["no such column"], row.table) == ("A10", "", "TASK")
        assert SITE.decode().split("\r\n")[row.line - 1].startswith("%R\t1\t100")

    @pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
    def test_line_ends(self, newline, site):
        assert parse_xer(SITE.replace(b"\r\n", newline.encode()), "site.xer", project=100, estimates=FIELDS) == site

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    def test_encodings(self, encoding, site):
        assert parse_xer(SITE.decode().encode(encoding), "site.xer", project=100, estimates=FIELDS) == site

    def test_bytes_of_no_encoding_are_noted(self):
        plan = read_site(SITE.replace("Gründung".encode(), b"Gr\x81ndung"))
        assert plan.task("A30").name.startswith("Gr\ufffdndung")
        assert any("neither UTF-8 nor Windows-1252" in note for note in plan.provenance.notes)

    def test_a_line_without_mark_goes_on_with_the_last_cell(self):
        data = b"ERMHDR\t1\n%T\tT\n%F\ta\tb\n%R\t1\tone\ntwo\n%three\n\n%R\t2\tx\n%E\n"
        tables, faults = read_tables(data)
        rows = list(tables.rows("T", faults))
        assert [row["b"] for row in rows] == ["one\ntwo\n%three", "x"]
        assert rows[1].line == 8
        assert clean(rows[0]["b"]) == "one two %three"

    def test_short_rows_are_blank_and_long_ones_faults(self):
        tables, faults = read_tables(b"ERMHDR\t1\n%T\tT\n%F\ta\tb\n%R\t1\n%R\t1\t2\t\n%R\t1\t2\t3\n%E")
        assert [row["b"] for row in tables.rows("T", faults)] == ["", "2", "2"]
        with pytest.raises(FormatError, match="table T, line 6: found 3 cells in a row of 2 columns"):
            faults.raise_all()

    def test_what_follows_the_end_is_noted(self):
        assert "end mark" in read_site(SITE + b"%T\tTASK\r\n").provenance.notes[0]
        assert "end mark" in read_site(SITE + b"more").provenance.notes[0]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "an empty file"),
            (b"PK\x03\x04 not this", "expected a Primavera P6 export, whose first line begins with ERMHDR"),
            (b"<?xml version='1.0'?>", 'begins with "<?xml'),
            (b"ERMHDR\0", "binary data"),
            ("ERMHDR".encode("utf-16"), "UTF-16"),
            (b"ERMHDR\t1\n%T\tTASK\n%R\t1\n%E", "line 3: found a row (%R) before the fields"),
            (b"ERMHDR\t1\n%R\t1\n%E", "line 2: found %R outside any table"),
            (b"ERMHDR\t1\n%T\tTASK", "stops in line 2, expected the end mark %E"),
            (b"ERMHDR\t1\n%E", "table PROJECT: found no project"),
        ],
    )
    def test_no_xer(self, data, words):
        with pytest.raises(FormatError, match=re.escape(words)):
            parse_xer(data, "x.xer")

    @pytest.mark.parametrize("data", [SITE, OLD])
    def test_a_file_cut_off_anywhere_says_so(self, data):
        whole = data.rstrip()
        for length in [*range(0, len(whole), 100), len(whole) - 1]:
            with pytest.raises(FormatError):
                parse_xer(data[:length], "cut.xer")

    @pytest.mark.parametrize("step", [37, 101])
    def test_garbage_gives_a_plan_or_faults(self, step):
        wrong = 0
        for place in range(100, len(SITE), step):
            try:
                read_site(SITE[:place] + b"9(\t-x" + SITE[place + 5 :])
            except FormatError:
                wrong += 1
        assert wrong > 10

    def test_numbers_follow_the_currency_of_the_file(self):
        comma = SITE.replace("\t€\t.\t,\t".encode(), "\t€\t,\t.\t".encode()).replace(b"\t0.5\r\n", b"\t0,5\r\n")
        assert read_site(comma).links == read_site(SITE).links
        assert "'0,5'" in str(faults_of(SITE.replace(b"\t0.5\r\n", b"\t0,5\r\n")))

    def test_many_faults_are_counted(self):
        faults = Faults()
        for _ in range(2_500):
            faults.add("TASK", "task_code", "nothing", "something")
        assert str(faults.error().problems[-1]).startswith("found 1,500 more faults")


class TestCalendars:
    def test_shifts_in_both_orders_and_spellings(self):
        parsed = parse_working_time(
            calendar("(0||2()((0||0(f|12:00|s|8:00)())(0||1(s|13:00|f|00:00)())))(0||1()((0||0()())))")
        )
        assert parsed.week == {0: ((480, 720), (780, 1440))}
        assert calendar_of("x", parsed) == Calendar("x", weekdays=["mon"], shifts=["08:00-12:00", "13:00-24:00"])

    def test_a_whole_day_and_touching_overlapping_empty_shifts(self):
        whole = parse_working_time(calendar("(0||1()((0||0(s|00:00|f|00:00)())))"))
        assert whole.week == {6: ((0, 1440),)}
        shifts = "(0||0(s|08:00|f|12:00)())(0||1(s|10:00|f|13:00)())(0||2(s|13:00|f|14:00)())(0||3(s|15:00|f|15:00)())"
        assert parse_working_time(calendar(f"(0||7()({shifts}))")).week == {5: ((480, 780), (780, 840))}

    def test_exceptions(self):
        days = "(0||2()((0||0(s|08:00|f|16:00)())))"
        exceptions = (
            "(0||0(d|46115)())(0||1(d|46111)((0||0(s|08:00|f|16:00)())))(0||2(d|46112)((0||0(s|9:00|f|10:00)())))"
            "\x7f (0||3(d|46118)((0||0()())))(0||4(d|99999)())"
        )
        parsed = parse_working_time(calendar(days, exceptions))
        assert parsed.left_out == 1
        made = calendar_of("x", parsed)
        # 2026-04-03 is a Friday, which is not worked anyhow; Monday 2026-03-30 has its usual shift.
        assert made.holidays == (dt.date(2026, 4, 6),)
        assert made.special_days == {dt.date(2026, 3, 31): ("09:00-10:00",)}

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ("", "no working time"),
            (calendar(""), "no working time"),
            ("(0||CalendarData()(", "cut off"),
            ("(0||a()())(0||b()())", "expected a record"),
            ("))", "a bracket that closes nothing"),
            ("nonsense", "'nonsense'"),
            ("(0||a()(" * 100_000, "nested 5 deep"),
            (calendar("(0||8()())"), "a weekday from 1"),
            (calendar("(0||²()())"), "a weekday from 1"),
            (calendar("", "(0||0(d|x)())"), "'x'"),
            (calendar("", "(0||0(e|1)())"), "'e|1'"),
            (calendar("(0||2()((0||0(s|08:00)())))"), "the shift 's|08:00'"),
            (calendar("(0||2()((0||0(s|08:61|f|09:00)())))"), "08:61"),
            (calendar("(0||2()((0||0(s|22:00|f|06:00)())))"), "a shift that ends after it starts"),
            (calendar("(0||2()((0||0(s|08:00|f|25:00)())))"), "25:00"),
        ],
    )
    def test_faults(self, data, words):
        with pytest.raises(CalendarError, match=re.escape(words)):
            calendar_of("x", parse_working_time(data))

    def test_of_a_plan(self, site):
        assert site.calendar.name == "Five days (1)"
        assert [each.name for each in site.calendars] == ["Nights", "Five days (2)", "24h (3)"]
        assert site.calendar.has_time_of(site.calendars_by_name["Five days (2)"])  # derived, without data of its own
        assert site.calendars_by_name["24h (3)"].never_pauses
        assert "calendar 'Idle', which nothing uses, has no working time and is left out" in site.provenance.notes
        five = site.calendar
        assert five.weekday_shifts == {"fri": ("08:00-12:00",)}
        assert five.holidays == (dt.date(2026, 4, 3), dt.date(2026, 4, 6))
        assert five.special_days == {dt.date(2026, 3, 14): ("08:00-12:00",)}

    def test_a_used_calendar_without_working_time(self):
        error = faults_of(cell(SITE, "TASK", 8, "clndr_id", "5"))
        assert "no working time in the week in calendar 'Idle'" in str(error)
        assert error.column == "clndr_data"

    def test_an_unknown_calendar(self):
        assert "column clndr_id: found '99'" in str(faults_of(cell(SITE, "TASK", 8, "clndr_id", "99")))

    def test_the_project_default_may_be_missing(self):
        plan = read_site(cell(SITE, "PROJECT", 100, "clndr_id", "99"))
        assert plan.calendar.name == "Five days (1)"
        assert "is not in the file" in plan.provenance.notes[0]


class TestPlan:
    def test_head(self, site):
        assert (site.name, site.unit) == ("Site in Köln", "h")
        assert site.start == dt.datetime(2026, 3, 2, 8)
        assert site.status_date == dt.datetime(2026, 3, 9, 8)
        assert site.must_finish == dt.datetime(2026, 6, 30, 17)
        assert (site.provenance.file, site.provenance.format) == ("site.xer", "XER 22.12")
        assert site.provenance.project == "100 SITE"

    def test_kinds_and_places(self, site):
        kinds = {task.id: task.kind for task in site.tasks if task.kind != "task"}
        assert kinds == {
            "A10": "start-milestone", "A60": "level-of-effort", "A70": "summary", "A90": "finish-milestone",
        }  # fmt: skip
        assert site.task("A20").wbs == "CIVIL.1_2"  # a dot within a name would be one more level
        assert site.task("A60").wbs is None
        assert site.task("A40").codes == {"Phase": "P1", "Responsible": "Site manager"}
        assert site.task("B60").name == "Expected finish"
        assert site.task("A40").calendar == "Five days (2)"
        assert site.task("A50").calendar is None

    def test_a_summary_of_the_whole_project(self):
        plan = read_site(cell(SITE, "TASK", 7, "wbs_id", "10"))
        assert plan.task("A70").wbs == "SITE"
        assert plan.task("A20").wbs == "SITE.CIVIL.1_2"

    def test_progress(self, site):
        signed, dug, base = (site.task(each) for each in ("A10", "A20", "A30"))
        assert signed.actual_start == signed.actual_finish == dt.datetime(2026, 3, 2, 8)
        assert (dug.actual_start, dug.actual_finish) == (dt.datetime(2026, 3, 2, 8), dt.datetime(2026, 3, 5, 17))
        assert (dug.estimate, dug.estimate_from) == (Fixed(40), None)
        assert (base.estimate, base.estimate_from) == (Fixed(24), "schedule")
        assert (base.actual_start, base.actual_finish) == (dt.datetime(2026, 3, 6, 8), None)
        assert (base.suspended, base.resumed) == (dt.datetime(2026, 3, 9, 12), dt.datetime(2026, 3, 12, 8))
        assert site.task("A70").actual_start == dt.datetime(2026, 3, 2, 8)
        assert site.task("A60").estimate == Fixed(0)

    @pytest.mark.parametrize(
        ("task", "expected"),
        [
            ("A40", [("SNET", "2026-03-16T08:00"), ("FNLT", "2026-04-30T17:00")]),
            ("A80", [("ALAP", None)]),
            ("A90", [("MFO", "2026-06-26T17:00"), ("external-finish", "2026-06-30T17:00")]),
            ("B10", [("SO", "2026-04-01T08:00")]),
            ("B20", [("SNLT", "2026-04-02T08:00")]),
            ("B30", [("FO", "2026-04-16T17:00")]),
            ("B40", [("FNET", "2026-04-17T12:00")]),
            ("B50", [("MSO", "2026-05-04T08:00")]),
            ("B60", [("expected-finish", "2026-05-20T17:00"), ("external-start", "2026-05-11T08:00")]),
        ],
    )
    def test_constraints(self, site, task, expected):
        assert list(site.task(task).constraints) == [Constraint(*each) for each in expected]

    def test_links(self, site):
        assert site.links == (
            Link("A10", "A20"),
            Link("A20", "A30"),
            Link("A30", "A40", "SS", lag=8),
            Link("A30", "A40", "FF", lag=16),
            Link("A40", "A50", lag=-4),
            Link("A50", "A90", lag=0.5),
            Link("A90", "A80", "SF"),
            Link("A20", "A60", "SS"),
            Link("A50", "A60", "FF"),
            Link("A40", "B10"),
            Link("A40", "B60"),
        )
        assert "links to activities of other projects are left out: 1" in site.provenance.notes
        assert "links to activities that are not in the file are left out: 1" in site.provenance.notes

    def test_resources(self, site):
        # 40 units left at 2 an hour are 20 hours, half of the activity's 40; material does not work.
        crane = Assignment("Nights", 0.5, resource="Tower crane")
        assert site.task("A50").assignments == (crane, Assignment("Five days (2)", 1.0, resource="Crew"))

    def test_options(self, site):
        options = site.scheduling
        assert (options.lag_calendar, options.progress, options.start_lag_from) == (
            "successor", "progress-override", "actual-start",
        )  # fmt: skip
        assert (options.total_float, options.critical_float, options.open_ends_critical) == ("smallest", 8, True)
        assert options.expected_finish
        assert options.critical_by == "driving"

    def test_options_off(self):
        plan = read_site(SITE.replace(b"\trcal_Successor\tY\tY", b"\trcal_24Hour\tN\tN"))
        assert plan.scheduling.lag_calendar == "24h"
        assert plan.scheduling.progress == "progress-override"
        assert not plan.scheduling.expected_finish
        assert len(plan.task("B60").constraints) == 1
        notes = " ".join(plan.provenance.notes)
        assert "actual dates" in notes
        assert "expected finishes are left out, as the scheduling options say: 1" in notes

    def test_dates_of_other_projects_off(self):
        plan = read_site(cell(SITE, "SCHEDOPTIONS", 1, "sched_outer_depend_type", "SD_None"))
        assert [each.kind for each in plan.task("A90").constraints] == ["MFO"]
        assert any("other projects" in note for note in plan.provenance.notes)

    def test_it_schedules(self, site):
        frame = schedule(site).to_frame()
        assert str(frame.loc["A90", "finish"]) == "2026-06-26 17:00:00"
        assert str(frame.loc["A30", "finish"]) == "2026-03-16 17:00:00"  # 24 h from Thursday 12, 4 h on Fri and Sat

    def test_an_old_version_without_newer_columns(self):
        plan = parse_xer(OLD, "old.xer")
        assert plan.start == dt.datetime(2010, 2, 20)  # no planned start: the earliest date
        assert plan.links == (Link("T1", "T2"),)
        assert [each.estimate for each in plan.tasks] == [Fixed(24), Fixed(24)]
        assert plan.calendar.weekdays == ("mon", "tue", "wed", "thu", "fri", "sun")
        assert any("P6's defaults" in note for note in plan.provenance.notes)
        assert plan.must_finish is None

    def test_document_and_back(self, site):
        assert plan_of(parse_toml(to_toml(site))) == site
        assert plan_of(parse_json(to_json(site))) == site


class TestEstimates:
    def test_from_fields(self, site):
        walls = site.task("A40")
        assert walls.estimate == Pert(30, 42, 80)
        assert walls.estimate_from == "fields low, most likely, HIGH"
        assert walls.planned_duration == 40  # the schedule's own
        assert site.task("A50").estimate == Fixed(40)

    def test_not_looked_for(self):
        assert read_site(SITE).task("A40").estimate == Fixed(40)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ((b"%R\t1\t4\t100\t30\t", b"%R\t1\t4\t100\t50\t"), "50, 42, 80 in the fields low, most likely, HIGH of"),
            ((b"%R\t1\t4\t100\t30\t", b"%R\t1\t4\t100\t\t"), "nothing, 42, 80"),
            ((b"\t\t80\r\n", b"\t\tlong\r\n"), "column udf_text: found 'long'"),
            ((b"%R\t1\t4\t100\t30\t", b"%R\t1\t4\t100\t-3\t"), "found '-3', expected a number of 0 or more"),
        ],
    )
    def test_faults(self, change, words):
        assert words in str(faults_of(SITE.replace(*change), estimates=FIELDS))
        read_site(SITE.replace(*change))  # nobody asked for the fields

    def test_unknown_field(self):
        assert "did you mean 'Low'?" in str(faults_of(SITE, estimates=("Lows", "most likely", "high")))

    @pytest.mark.parametrize("estimates", [("low", "high"), ("low", "LOW", "high"), "low"])
    def test_three_different_fields(self, estimates):
        assert "three different labels" in str(faults_of(SITE, estimates=estimates))


class TestProjects:
    def test_list(self):
        assert xer_projects(SITE) == [("100", "SITE", 15), ("200", "OFFICE", 1), ("300", "IDEA", 0)]

    @pytest.mark.parametrize("project", [200, "200", "OFFICE"])
    def test_choice(self, project):
        plan = parse_xer(SITE, "site.xer", project=project)
        assert [task.id for task in plan.tasks] == ["O10"]
        assert plan.links == ()

    def test_the_only_one_with_activities(self):
        assert parse_xer(OLD, "old.xer").provenance.project == "7 SEWER"

    @pytest.mark.parametrize(
        ("project", "words"),
        [
            (None, "found 2 projects with activities"),
            ("HOME", "project='HOME'"),
            (300, "project=300, which has no activities"),
        ],
    )
    def test_a_choice_is_needed(self, project, words):
        error = str(faults_of(SITE, project=project))
        assert words in error
        assert "say project=" in error
        assert "100 'SITE' with 15 activities; 200 'OFFICE' with 1 activities; 300 'IDEA' with 0" in error


class TestFaults:
    @pytest.mark.parametrize(
        ("table", "key", "column", "value", "words"),
        [
            ("TASK", 4, "task_type", "TT_Odd", "found 'TT_Odd', expected one of TT_Task"),
            ("TASK", 4, "task_type", "", "found nothing, expected one of TT_Task"),
            ("TASK", 4, "status_code", "Done", "found 'Done'"),
            ("TASK", 4, "cstr_type", "CS_X", "found 'CS_X', expected one of CS_MSO"),
            ("TASK", 4, "cstr_date", "", "a date, as CS_MSOA has one"),
            ("TASK", 4, "cstr_date", "2026-02-31 08:00", "found '2026-02-31 08:00', expected a date such as"),
            ("TASK", 4, "cstr_date", "1850-01-01 08:00", "in the years 1900 to 2100"),
            ("TASK", 4, "cstr_date", "2101-01-01 08:00", "in the years 1900 to 2100"),
            ("TASK", 4, "cstr_date", "16-MAR-26", "'16-MAR-26'"),
            ("TASK", 4, "remain_drtn_hr_cnt", "-8", "found '-8', expected a number of 0 or more"),
            ("TASK", 4, "remain_drtn_hr_cnt", "eight", "found 'eight'"),
            ("TASK", 4, "remain_drtn_hr_cnt", "1e30", "at most 1e+09"),
            ("TASK", 4, "remain_drtn_hr_cnt", "nan", "found 'nan'"),
            ("TASK", 4, "task_code", "A30", "found 'A30', which line"),
            ("TASK", 4, "task_code", "", "the activity's id"),
            ("TASK", 3, "act_start_date", "", "as the activity has started"),
            ("TASK", 2, "act_end_date", "", "as the activity is complete"),
            ("TASK", 2, "act_end_date", "2026-03-01 17:00", "before the actual start 2026-03-02 08:00"),
            ("TASKPRED", 3, "pred_type", "PR_XX", "found 'PR_XX', expected one of PR_FS"),
            ("TASKPRED", 3, "pred_type", "", "found nothing, expected one of PR_FS"),
            ("TASKPRED", 3, "lag_hr_cnt", "1 day", "found '1 day', expected a number"),
            ("TASKPRED", 3, "lag_hr_cnt", "1e12", "1000000000"),
            ("PROJECT", 100, "last_recalc_date", "soon", "found 'soon'"),
            ("PROJECT", 100, "plan_start_date", "soon", "found 'soon'"),
            ("SCHEDOPTIONS", 1, "sched_float_type", "FT_XX", "found 'FT_XX', expected one of FT_FF"),
            ("SCHEDOPTIONS", 1, "sched_retained_logic", "maybe", "found 'maybe', expected one of Y, N"),
            ("PROJWBS", 12, "parent_wbs_id", "12", "none within itself"),
        ],
    )
    def test_cell(self, table, key, column, value, words):
        if column == "sched_retained_logic":
            data = cell(cell(SITE, table, key, "sched_progress_override", "N"), table, key, column, value)
        else:
            data = cell(SITE, table, key, column, value)
        error = faults_of(data)
        place = str(error.problems[0])
        assert words in place
        line = int(re.match(rf"table {table}, line (\d+)", place)[1])
        assert data.decode().split("\r\n")[line - 1].startswith(f"%R\t{key}\t")
        assert error.row == line

    def test_all_at_once(self):
        data = cell(cell(SITE, "TASK", 4, "cstr_date", "x"), "TASKPRED", 3, "pred_type", "y")
        data = cell(data, "PROJECT", 100, "plan_end_date", "z")
        assert len(faults_of(data).problems) == 3

    def test_a_loop_of_links(self):
        error = faults_of(cell(SITE, "TASKPRED", 2, "pred_task_id", "4"))
        assert "the loop" in str(error)

    def test_missing_columns(self):
        assert "table TASK: found only the columns" in str(faults_of(SITE.replace(b"\tstatus_code\t", b"\tstatus\t")))

    def test_blank_duration_of_open_work(self):
        data = cell(SITE, "TASK", 4, "remain_drtn_hr_cnt", "")
        assert read_site(data).task("A40").estimate == Fixed(40)
        assert "working hours" in str(faults_of(cell(data, "TASK", 4, "target_drtn_hr_cnt", "")))


class TestRealFiles:
    @pytest.mark.parametrize("file", REAL)
    def test_counts(self, shared, file):
        project, n_tasks, n_links = REAL[file]
        path = shared / "data" / "schedules" / file
        if not path.is_file():
            pytest.skip(f"{file} is not in the folder of reference data")
        plan = parse_xer(path.read_bytes(), file, project=project)
        assert (len(plan.tasks), len(plan.links)) == (n_tasks, n_links)
        if n_tasks < 100:
            assert plan_of(parse_toml(to_toml(plan))) == plan

    @pytest.mark.performance
    def test_a_large_file_is_read_in_two_seconds(self, shared):
        path = shared / "data" / "schedules" / "hotel-multiproject-4217.xer"
        if not path.is_file():
            pytest.skip(f"{path.name} is not in the folder of reference data")
        data, times = path.read_bytes(), []
        for _ in range(3):
            begin = time.perf_counter()
            parse_xer(data, path.name, project=2666)
            times.append(time.perf_counter() - begin)
        assert min(times) <= 2
