"""Reading through MPXJ: what comes of it, what is missing, what is damaged, and that Java stays out of this process."""

import importlib
import importlib.util
import json
import multiprocessing
import re
import subprocess
import sys
import types
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import schedrisk as sr
from schedrisk.errors import MissingDependencyError
from schedrisk.io import mpxj
from schedrisk.io.decoding import FormatError
from schedrisk.io.mpxj import read_with_mpxj
from schedrisk.io.mspdi import parse_mspdi
from schedrisk.io.xer import parse_xer

SCHEDULES = Path(__file__).parents[2] / "shared" / "data" / "schedules"


def _hindrance():
    if any(importlib.util.find_spec(each) is None for each in ("mpxj", "jpype")):
        return "the extra mpp is not installed"
    import jpype

    try:
        jpype.getDefaultJVMPath()
    except jpype.JVMNotFoundException:
        return "no Java here"
    return ""


needs_java = pytest.mark.skipif(bool(_hindrance()), reason=_hindrance() or "Java is here")

# ---- a schedule of our own in P6's formats ------------------------------------------------------------------------------

DAYS = "".join(
    f"(0||{day}()({'(0||0(s|08:00|f|12:00)())(0||1(s|13:00|f|17:00)())' if 2 <= day <= 6 else ''}))"
    for day in range(1, 8)
)
# Good Friday 2026, as the number of days since the end of 1899.
CALENDAR = f"(0||CalendarData()((0||DaysOfWeek()({DAYS}))(0||Exceptions()((0||0(d|46115)())))))"
TABLES = {
    "UDFTYPE": ["udf_type_id table_name udf_type_name udf_type_label logical_data_type", *(
        f"{number}|TASK|user_field_{number}|{label}|FT_FLOAT_2_DECIMALS" for number, label in enumerate(("Low", "Likely", "High"), 1)
    )],
    "PROJECT": [
        "proj_id proj_short_name clndr_id last_recalc_date plan_start_date",
        "100|SITE|1|2026-03-02 08:00|2026-03-02 08:00",
        "200|SHOP|1|2026-03-02 08:00|2026-03-02 08:00",
    ],
    "CALENDAR": ["clndr_id default_flag clndr_name clndr_type day_hr_cnt clndr_data", f"1|Y|Five days|CA_Base|8|{CALENDAR}"],
    "SCHEDOPTIONS": [
        "schedoptions_id proj_id sched_float_type sched_retained_logic sched_lag_early_start_flag sched_use_expect_end_flag",
        "1|100|FT_FF|Y|Y|Y",
        "2|200|FT_FF|Y|Y|Y",
    ],
    "PROJWBS": [
        "wbs_id proj_id proj_node_flag wbs_short_name wbs_name parent_wbs_id",
        "10|100|Y|SITE|The site|",
        "11|100|N|CIVIL|Civil works|10",
        "20|200|Y|SHOP|The shop|",
    ],
    "TASK": [
        "task_id proj_id wbs_id clndr_id task_type duration_type status_code task_code task_name remain_drtn_hr_cnt target_drtn_hr_cnt act_start_date act_end_date cstr_type cstr_date",
        "1|100|11|1|TT_Task|DT_FixedDUR2|TK_NotStart|A10|Dig|40|40||||",
        "2|100|11|1|TT_Task|DT_FixedDUR2|TK_NotStart|A20|Pour|24|24|||CS_MSOA|2026-03-16 08:00",
        "3|100|11|1|TT_Task|DT_FixedDUR2|TK_NotStart|A30|Strip|8|8||||",
        "4|100|10|1|TT_FinMile|DT_FixedDUR2|TK_NotStart|A40|Handover|0|0||||",
        "5|200|20|1|TT_Task|DT_FixedDUR2|TK_NotStart|S10|Weld|80|80||||",
    ],
    "TASKPRED": [
        "task_pred_id task_id pred_task_id proj_id pred_proj_id pred_type lag_hr_cnt",
        "1|2|1|100|100|PR_FS|0",
        "2|3|2|100|100|PR_FF|16",
        "3|3|1|100|100|PR_SS|-4",
        "4|4|3|100|100|PR_FS|0",
    ],
    "UDFVALUE": ["udf_type_id fk_id proj_id udf_number", "1|1|100|30", "2|1|100|40", "3|1|100|80"],
}  # fmt: skip


def xer(tables=TABLES):
    lines = ["ERMHDR\t22.12\t2026-03-02\tProject\tplanner\tPlanner\tdb\tProject Management\tEUR"]
    for table, (fields, *rows) in tables.items():
        lines += [f"%T\t{table}", "%F\t" + fields.replace(" ", "\t")]
        lines += [
            "%R\t" + (row.replace("|", "\t") if table != "CALENDAR" else row.replace("|", "\t", 5)) for row in rows
        ]
    return ("\r\n".join([*lines, "%E", ""])).encode("cp1252")


# The names are long because MPXJ looks at no file of fewer than 512 bytes, and .mpx is a terse format.
MSPDI = b"""<?xml version="1.0" encoding="UTF-8"?>
<Project xmlns="http://schemas.microsoft.com/project"><SaveVersion>14</SaveVersion><Title>Shed</Title>
<ScheduleFromStart>1</ScheduleFromStart><StartDate>2026-06-01T08:00:00</StartDate><CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID>
<Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar></Calendar></Calendars><Tasks>
<Task><UID>1</UID><ID>1</ID><Name>Frame of oak, with a sill of stone on three sides</Name><OutlineNumber>1</OutlineNumber><OutlineLevel>1</OutlineLevel>
<Duration>PT24H0M0S</Duration><DurationFormat>7</DurationFormat></Task>
<Task><UID>2</UID><ID>2</ID><Name>Roof of slate on battens and felt, with lead in the valleys</Name><OutlineNumber>2</OutlineNumber><OutlineLevel>1</OutlineLevel>
<Duration>PT16H0M0S</Duration><DurationFormat>7</DurationFormat><PredecessorLink><PredecessorUID>1</PredecessorUID>
<Type>3</Type><LinkLag>4800</LinkLag><LagFormat>7</LagFormat></PredecessorLink></Task></Tasks></Project>"""

CONVERT = """
import sys
from pathlib import Path
from schedrisk.io.mpxj_worker import start_java
folder = Path(sys.argv[1])
assert start_java(folder) is None
from java.util import ArrayList
from org.mpxj.mpx import MPXWriter
from org.mpxj.primavera import PrimaveraPMFileWriter
from org.mpxj.reader import UniversalProjectReader
projects = UniversalProjectReader().readAll(str(folder / "site.xer"))
PrimaveraPMFileWriter().write(projects[0], str(folder / "site.xml"))
PrimaveraPMFileWriter().write(projects, str(folder / "both.xml"))
MPXWriter().write(UniversalProjectReader().read(str(folder / "shed.xml")), str(folder / "shed.mpx"))
"""

DAMAGE = """
import json, sys
from pathlib import Path
from schedrisk.io.mpxj_worker import convert, start_java
folder, whole = Path(sys.argv[1]), Path(sys.argv[2])
assert start_java(folder) is None
data, cut = whole.read_bytes(), folder / ("cut" + whole.suffix)
replies = []
for length in range(0, len(data), max(1, len(data) // int(sys.argv[3]))):
    cut.write_bytes(data[:length])
    replies.append(convert(str(cut), None, folder / f"plan-{len(replies)}"))
print(json.dumps(replies))
"""


def child(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with our schedules as MPXJ writes them."""
    made = tmp_path_factory.mktemp("mpxj")
    (made / "site.xer").write_bytes(xer())
    (made / "shed.xml").write_bytes(MSPDI)
    child(CONVERT, made)
    return made


def same(a, b):
    return a.replace(provenance=None) == b.replace(provenance=None)


# ---- what comes of it ---------------------------------------------------------------------------------------------------


@needs_java
class TestReading:
    def test_primavera_xml_is_the_plan_of_its_xer(self, folder):
        expected = parse_xer(xer(), "site.xer", project="SITE", estimates=["Low", "Likely", "High"])
        plan = read_with_mpxj(folder / "site.xml", estimates=["Low", "Likely", "High"])
        assert same(plan, expected)
        assert str(plan.task("A10").estimate) == "pert(30, 40, 80)"
        assert plan.provenance.file == "site.xml"
        assert re.fullmatch(r"PMXML through MPXJ \d+\.\d+", plan.provenance.format)
        assert "wrote XER" in plan.provenance.notes[0]

    def test_of_several_projects_one_is_chosen(self, folder):
        with pytest.raises(FormatError, match=r"2 projects") as caught:
            read_with_mpxj(folder / "both.xml")
        assert all(each in str(caught.value) for each in ("project=", "'SITE'", "'SHOP'", "4 activities", "1 activity"))
        shop = read_with_mpxj(folder / "both.xml", project="SHOP")
        assert same(shop, parse_xer(xer(), "site.xer", project="SHOP"))
        assert any("The file has another project" in each for each in shop.provenance.notes)

    def test_other_formats_come_through_microsofts(self, folder):
        plan, expected = read_with_mpxj(folder / "shed.mpx"), parse_mspdi(MSPDI, "shed.xml")
        named = [(task.name, task.planned_duration) for task in plan.tasks]
        assert named == [(task.name, task.planned_duration) for task in expected.tasks]
        assert [task.planned_duration for task in plan.tasks] == [24, 16]
        assert plan.all_links == expected.all_links
        assert sr.schedule(plan).planned_finish == sr.schedule(expected).planned_finish
        assert plan.provenance.format.startswith("MPX through MPXJ")

    def test_threads_and_forks_do_not_matter(self, folder):
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(read_with_mpxj, [folder / "shed.mpx", folder / "shed.mpx"])
        assert same(first, second)
        if "fork" in multiprocessing.get_all_start_methods():
            with multiprocessing.get_context("fork").Pool(1) as forked:
                assert forked.apply(read_with_mpxj, (folder / "shed.mpx",)) == first

    @pytest.mark.parametrize("name", ["commercial-construction-126", "new-product-36"])
    def test_mpp_is_the_plan_of_its_xml(self, name):
        if not SCHEDULES.is_dir():
            pytest.skip("the shared schedules are not here")
        plan = read_with_mpxj(SCHEDULES / f"{name}.mpp")
        expected = parse_mspdi((SCHEDULES / f"{name}.from-mpp.mspdi.xml").read_bytes(), name)
        assert same(plan, expected)
        assert re.fullmatch(r"MPP\d+ through MPXJ \d+\.\d+", plan.provenance.format)


# ---- what is missing ----------------------------------------------------------------------------------------------------


class TestMissing:
    def test_packages(self, monkeypatch, tmp_path):
        for missing in (["mpxj"], ["jpype"], ["mpxj", "jpype"]):
            with monkeypatch.context() as patch:
                for name in ("mpxj", "jpype"):
                    present = types.ModuleType(name)
                    present.__spec__ = importlib.machinery.ModuleSpec(name, None)
                    patch.setitem(sys.modules, name, None if name in missing else present)
                with pytest.raises(MissingDependencyError, match=r"pip install 'schedrisk\[mpp\]'") as caught:
                    read_with_mpxj(tmp_path / "site.mpp")
            text = str(caught.value)
            listed = " and ".join({"mpxj": "mpxj", "jpype": "JPype1"}[each] for each in missing)
            assert f"{listed} {'is' if len(missing) == 1 else 'are'} not installed" in text
            assert "Java 11 or newer" in text

    @pytest.mark.parametrize("home", ["/opt/no-java", None])
    def test_java(self, monkeypatch, tmp_path, home):
        self.replies(monkeypatch, {"fault": "no java", "detail": "No JVM shared library file (libjvm.so) found."})
        monkeypatch.delenv("JAVA_HOME", raising=False)
        if home:
            monkeypatch.setenv("JAVA_HOME", home)
        with pytest.raises(MissingDependencyError, match="Java 11 or newer: none was found") as caught:
            read_with_mpxj(tmp_path / "site.mpp")
        assert (f"JAVA_HOME is '{home}'" if home else "JAVA_HOME is not set") in str(caught.value)
        assert "libjvm.so" in str(caught.value)

    def test_a_new_enough_java(self, monkeypatch, tmp_path):
        self.replies(monkeypatch, {"fault": "old java", "detail": "8.0.402 at /usr/lib/jvm/java-8/libjvm.so"})
        with pytest.raises(MissingDependencyError, match=r"found Java 8\.0\.402 at /usr/lib/jvm/java-8"):
            read_with_mpxj(tmp_path / "site.mpp")

    @staticmethod
    def replies(monkeypatch, reply):
        monkeypatch.setattr(mpxj, "_check_packages", lambda: None)
        monkeypatch.setattr(mpxj, "_run", lambda *_: reply)


class TestStartingJava:
    @pytest.fixture
    def worker(self, monkeypatch):
        """The worker with a JPype that starts nothing."""
        fake = types.ModuleType("jpype")
        fake.JVMNotFoundException = type("JVMNotFoundException", (ValueError,), {})
        fake.getDefaultJVMPath = lambda: "/jvm/libjvm.so"
        fake.startJVM = lambda *options, **_: fake.__dict__.update(options=options)
        fake.getJVMVersion = lambda: (17, 0, 1)
        monkeypatch.setitem(sys.modules, "jpype", fake)
        monkeypatch.setitem(sys.modules, "mpxj", types.ModuleType("mpxj"))
        return importlib.import_module("schedrisk.io.mpxj_worker"), fake

    def test_memory_is_bounded(self, worker, tmp_path):
        module, fake = worker
        assert module.start_java(tmp_path) is None
        assert "-Xmx2g" in fake.options
        assert f"-Djava.io.tmpdir={tmp_path}" in fake.options

    def test_no_java(self, worker, tmp_path):
        module, fake = worker

        def nowhere():
            raise fake.JVMNotFoundException("none in /usr/lib/jvm")

        fake.getDefaultJVMPath = nowhere
        assert module.start_java(tmp_path) == {"fault": "no java", "detail": "none in /usr/lib/jvm"}

    def test_java_that_does_not_start(self, worker, tmp_path):
        module, fake = worker

        def broken(*_, **__):
            raise OSError("wrong ELF class")

        fake.startJVM = broken
        assert module.start_java(tmp_path) == {"fault": "no java", "detail": "/jvm/libjvm.so: wrong ELF class"}

    def test_old_java(self, worker, tmp_path):
        module, fake = worker
        fake.getJVMVersion = lambda: (1, 8, 0)
        assert module.start_java(tmp_path) == {"fault": "old java", "detail": "1.8.0 at /jvm/libjvm.so"}


# ---- what is damaged ----------------------------------------------------------------------------------------------------


class TestWorkerThatFails:
    """A program in the worker's place: whatever it does, the caller gets an error that says what and when."""

    @pytest.fixture(autouse=True)
    def _with_packages(self, monkeypatch):
        monkeypatch.setattr(mpxj, "_check_packages", lambda: None)

    def read(self, monkeypatch, tmp_path, program):
        (tmp_path / "worker.py").write_text(program)
        monkeypatch.setattr(mpxj, "WORKER", tmp_path / "worker.py")
        (tmp_path / "site.mpp").write_bytes(b"anything")
        return read_with_mpxj(tmp_path / "site.mpp", project="YARD")

    def test_never_hangs(self, monkeypatch, tmp_path):
        monkeypatch.setattr(mpxj, "LONGEST_READ", 0.3)
        with pytest.raises(FormatError, match="nothing read after"):
            self.read(monkeypatch, tmp_path, "import time; time.sleep(60)")

    def test_crash(self, monkeypatch, tmp_path):
        told = "Error occurred\nCould not reserve enough space for the heap"
        with pytest.raises(FormatError, match=r"MPXJ stopped \('Could not reserve enough space"):
            self.read(monkeypatch, tmp_path, f"import sys; sys.exit({told!r})")
        with pytest.raises(FormatError, match=r"MPXJ stopped \('exit code 3'"):
            self.read(monkeypatch, tmp_path, "import os; os._exit(3)")

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (
                {"fault": "projects", "projects": [{"names": ["SITE"], "activities": 4}]},
                r"not one project 'YARD'.*'SITE'",
            ),
            ({"fault": "memory"}, "2 GiB of memory"),
            ({"fault": "unknown"}, "nothing that MPXJ knows"),
            ({"fault": "unreadable", "detail": "Block 449 not found"}, "a damaged file .'Block 449 not found'"),
            ({"fault": "unreadable", "detail": "File is password protected."}, "protected by a password"),
            ({"fault": "unwritable", "detail": "no name"}, "reads but cannot convert .'no name'"),
        ],
    )
    def test_faults(self, monkeypatch, tmp_path, reply, words):
        program = f"import pathlib, sys; pathlib.Path(sys.argv[1], 'reply.json').write_text({json.dumps(reply)!r})"
        with pytest.raises(FormatError, match=words) as caught:
            self.read(monkeypatch, tmp_path, program)
        assert caught.value.problems[0].remedy

    def test_an_archive_is_not_unpacked_without_end(self, monkeypatch, tmp_path):
        monkeypatch.setattr(mpxj, "LARGEST_UNPACKED", 1_000)
        bomb = tmp_path / "bomb.pod"
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("site.xml", b"0" * 100_000)
        with pytest.raises(FormatError, match="when unpacked"):
            read_with_mpxj(bomb)


@needs_java
class TestDamagedFiles:
    def test_no_schedule(self, tmp_path):
        (tmp_path / "site.mpp").write_bytes(b"no schedule\n" * 50)
        with pytest.raises(FormatError, match="nothing that MPXJ knows"):
            read_with_mpxj(tmp_path / "site.mpp")
        (tmp_path / "site.pod").write_bytes(b"PK\5\6" + b"\0" * 17)
        with pytest.raises(FormatError):
            read_with_mpxj(tmp_path / "site.pod")

    def test_entities_are_refused(self, folder, tmp_path):
        text = (folder / "site.xml").read_text(encoding="utf-8")
        head, _, rest = text.partition("<APIBusinessObjects")
        secret = tmp_path / "secret.txt"
        secret.write_text("confidential")
        doctype = f'<!DOCTYPE x [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>'
        body = rest.replace("<Name>", "<Name>&leak;", 1)
        (tmp_path / "site.xml").write_text(f"{head}{doctype}<APIBusinessObjects{body}", encoding="utf-8")
        with pytest.raises(FormatError) as caught:
            read_with_mpxj(tmp_path / "site.xml")
        assert "confidential" not in str(caught.value)

    def test_cut_off_anywhere(self, folder, tmp_path):
        self.check(folder / "site.xml", tmp_path, 40, lambda data: parse_xer(data, "cut"))

    def test_mpp_cut_off_anywhere(self, tmp_path):
        file = SCHEDULES / "new-product-36.mpp"
        if not file.exists():
            pytest.skip("the shared schedules are not here")
        self.check(file, tmp_path, 60, lambda data: parse_mspdi(data, "cut"))

    @staticmethod
    def check(file, tmp_path, n_cuts, parse):
        """A file cut off gives a fault, or, where only padding was lost, the same plan."""
        replies = json.loads(child(DAMAGE, tmp_path, file, n_cuts))
        assert len(replies) >= n_cuts
        assert sum("fault" in reply for reply in replies) > 0.9 * n_cuts
        whole = read_with_mpxj(file)
        for number, reply in enumerate(replies):
            if "fault" in reply:
                assert isinstance(mpxj._error(reply, None), FormatError)
                assert "\n" not in str(mpxj._error(reply, None))
            else:
                assert same(parse((tmp_path / f"plan-{number}").read_bytes()), whole)
