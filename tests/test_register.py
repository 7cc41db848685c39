"""Risk registers: words and numbers into risks, and risks with what a simulation found back into tables."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import plans
from schedrisk.cli import main
from schedrisk.errors import ArgumentError, PlanError, ReadError, SchedriskWarning, UnknownNameError, WriteError
from schedrisk.io import document_schema
from schedrisk.io.register_columns import COLUMNS, RESULTS
from schedrisk.model.scale import DELAY_WORDS, PROBABILITY_WORDS

PLAN = sr.Plan(
    tasks=[
        sr.Task("design", "5/8/15"),
        sr.Task("room", 10),
        sr.Task("power, light", 5),
        sr.Task("install", "4/5/9", after=["design", "room"]),
    ],
    promises=[sr.Promise("done", by=20)],
)
EXAMPLES = Path(__file__).parents[1] / "examples"


def register(**columns):
    return pd.DataFrame(columns)


def only(**columns):
    (risk,) = sr.read_register(register(**{key: [value] for key, value in columns.items()}), PLAN)
    return risk


def problems(call):
    with pytest.raises((PlanError, ReadError)) as error:
        call()
    return [str(problem) for problem in error.value.problems]


# ---- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "probability"),
    [
        (0.3, 0.3), ("0.3", 0.3), ("30 %", 0.3), ("30%", 0.3), ("2.5 percent", 0.025), (1, 1), (0, 0), ("1", 1),
        ("High", 0.6), ("very-high", 0.85), ("VL", 0.05), ("Almost certain", 0.85), (np.float64(0.4), 0.4),
    ],
)  # fmt: skip
def test_chances(cell, probability):
    assert only(id="r", probability=cell).probability == pytest.approx(probability, abs=1e-15)


@pytest.mark.parametrize(
    ("cell", "delay"),
    [
        (5, sr.Fixed(5)),
        ("5", sr.Fixed(5)),
        ("5/10/20", sr.Pert(5, 10, 20)),
        ("triangular(5, 10, 20)", sr.Triangular(5, 10, 20)),
        ("2 w", sr.Fixed(10)),
        ("1/2/4 weeks", sr.Pert(5, 10, 20)),
        ("16 hours", sr.Fixed(2)),
        ("3 days", sr.Fixed(3)),
        ("Major", sr.Pert(10, 20, 40)),
        ("m", sr.Pert(5, 8, 15)),
    ],
)
def test_delays(cell, delay):
    assert only(id="r", probability=0.1, impact=cell, tasks="room").delay == delay


def test_delays_are_in_the_unit_of_the_plan():
    hours = PLAN.replace(unit="h")
    (risk,) = sr.read_register(register(id=["r"], probability=[0.1], delay=["minor"], tasks=["room"]), hours)
    assert risk.delay == sr.Pert(8, 24, 40)
    (risk,) = sr.read_register(register(id=["r"], probability=[0.1], delay=["2 d"], tasks=["room"]), hours)
    assert risk.delay == sr.Fixed(16)


def test_factors_and_points():
    assert only(id="r", probability=1, factor="0.9/1.1/1.4", tasks="room").factor == sr.Pert(0.9, 1.1, 1.4)
    assert only(id="r", probability=1, factor="120 %", tasks="room").factor == sr.Fixed(1.2)
    assert only(id="r", likelihood=1, optimistic=1, **{"most likely": 2}, pessimistic=4, tasks="room").delay == sr.Pert(
        1, 2, 4
    )
    assert only(id="r", likelihood=1, low=math.nan, mode=2, high=None, tasks="room").delay == sr.Fixed(2)


def test_tasks():
    both = ("design", "room")
    assert only(id="r", probability=1, delay=1, tasks="design; room").tasks == both
    assert only(id="r", probability=1, delay=1, tasks="design, room").tasks == both
    assert only(id="r", probability=1, delay=1, tasks="design\nroom").tasks == both
    assert only(id="r", probability=1, delay=1, tasks="power, light").tasks == ("power, light",)
    assert only(id="r", probability=1, delay=1, tasks="power, light; room").tasks == ("power, light", "room")
    each = only(id="r", probability=1, delay="design | 1/2/4; room | medium")
    assert each.delay == {"design": sr.Pert(1, 2, 4), "room": sr.Pert(5, 8, 15)}
    assert only(id="r", probability=1, delay="design | 1/2/4\nroom | medium").delay == each.delay
    anywhere = sr.read_register(register(id=["r"], probability=[1], delay=[1], tasks=["a, b"]))
    assert anywhere[0].tasks == ("a", "b")


def test_headings_of_common_registers():
    frame = register(**{
        "Risk ID": [7], "Risk Title": ["Customs opens"], "Description": ["long story"], "Likelihood": ["unlikely"],
        "Schedule Impact": ["minor"], "Affected Activities": ["room"], "Risk Owner": ["supplier"],
    })  # fmt: skip
    assert sr.read_register(frame, PLAN) == (
        sr.Risk("7", 0.2, delay="1/3/5", tasks=["room"], owner="supplier", name="Customs opens"),
    )
    named = sr.read_register(frame.drop(columns=["Risk ID"]), PLAN)
    assert (named[0].id, named[0].name) == ("Customs opens", None)
    indexed = frame.set_index("Risk ID")
    assert sr.read_register(indexed, PLAN)[0].id == "7"


def test_what_is_not_used_is_told():
    frame = register(id=["r", "old"], probability=[0.1, "low"], score=[5, 1], status=["open", "Closed"])
    with pytest.warns(SchedriskWarning) as notes:
        risks = sr.read_register(frame, PLAN)
    assert [risk.id for risk in risks] == ["r"]
    texts = [str(note.message) for note in notes]
    assert texts == ["columns of the register not used: 'score'", "risks left out, as their status says: 'old'"]


BAD = """\
Risk ID,Likelihood,Impact,Tasks,low,mode,high
R1,hgh,minr,rom,,,
R1,35,5/4/3,room,,,
,0.2,,,1,2,
R4,,,room,,,
R5,0.3,2 w,,,,
R6,0.3,major,room,1,2,3
R7,0.3,,room,3,2,1
R8,0.3,room | 2/3; design 4; instal | 1,,,,
R9,120 %,,,,,
"""


def test_every_fault_is_told_with_its_row_and_column(tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(BAD)
    with pytest.raises(ReadError) as error:
        sr.read_register(file, PLAN)
    assert (error.value.row, error.value.column) == (2, "Likelihood")
    texts = [str(problem) for problem in error.value.problems]
    for expected in [
        "row 2, column Likelihood: found 'hgh', expected a chance from 0 to 1, such as 0.3 or 30 %, or a word of the scale; did you mean 'high'?",
        "row 2, column Impact: found 'minr', expected a word of the scale of delay; did you mean 'minor'?",
        "row 2, column Tasks: found the unknown task 'rom', expected the id of a task; did you mean 'room'?",
        "row 3, column Risk ID: found risk 'R1' again, as in row 2, expected every risk once; give it another id, or remove one of the rows",
        "row 3, column Likelihood: found '35', expected a chance from 0 to 1, such as 0.3 or 30 %; write 35 % for 0.35",
        "row 4, column Risk ID: found nothing, expected an id or a name",
        "row 4, column high: found nothing, expected low, mode and high, or mode alone",
        "row 5, column Likelihood: found nothing, expected a chance from 0 to 1, such as 0.3 or 30 %, or a word of the scale",
        "row 6, column Tasks: found nothing, expected the tasks that the delay hits; name them, or clear the delay",
        "row 7, column Impact: found 'major', expected nothing beside low, mode and high; clear one of the two",
        "row 9, column Impact: found 'design 4', expected task | value, separated by semicolons; quote names with | or ;",
        "row 9, column Impact: found the unknown task 'instal', expected the id of a task; did you mean 'install'?",
    ]:
        assert expected in texts
    assert any(text.startswith("row 3, column Impact: found mode") for text in texts)
    assert any(text.startswith("row 8, column mode: found low") for text in texts)
    assert any(text.startswith("row 10, column Likelihood: found '120 %'") for text in texts)


def test_faults_of_the_header_and_the_file(tmp_path):
    (text,) = problems(lambda: sr.read_register(register(Risk=["a"], Likelyhood=[1])))
    assert "'Likelyhood'" in text
    assert "did you mean 'likelihood'?" in text
    assert len(problems(lambda: sr.read_register(register(who=["a"])))) == 2
    (text,) = problems(lambda: sr.read_register(register(id=["a"], probability=[1], likelihood=[1])))
    assert "two columns for probability" in text
    with pytest.raises(ReadError, match="no such file"):
        sr.read_register(tmp_path / "risks.csv", PLAN)
    (tmp_path / "risks.txt").write_text("id,probability\n")
    with pytest.raises(ReadError, match="suffix"):
        sr.read_register(tmp_path / "risks.txt", PLAN)
    with pytest.raises(ArgumentError, match="DataFrame"):
        sr.read_register(3)
    with pytest.raises(ArgumentError, match="scale"):
        sr.read_register(register(id=["a"], probability=[1]), scale={"high": 1})


def test_semicolons_and_decimal_commas(tmp_path):
    file = tmp_path / "risks.csv"
    file.write_text('id;probability;delay;tasks\na;0,25;2,5/5/10;room\nb;12,5 %;1,5;"room; design"\n')
    first, second = sr.read_register(file, PLAN)
    assert (first.probability, first.delay) == (0.25, sr.Pert(2.5, 5, 10))
    assert (second.probability, second.delay, second.tasks) == (0.125, sr.Fixed(1.5), ("room", "design"))


# ---- scales --------------------------------------------------------------------------------------------------------


def test_a_scale_of_ones_own():
    scale = sr.Scale(probability={"1": 0.1, "2": 0.5}, delay={"big": "2/3/4"}, factor={"slow": "1.1/1.2/1.4"}, unit="w")
    frame = register(
        id=["a", "b"], probability=[1, "2"], impact=["BIG", None], factor=[None, "slow"], tasks=["room"] * 2
    )
    first, second = sr.read_register(frame, PLAN, scale=scale)
    assert (first.probability, first.delay) == (0.1, sr.Pert(10, 15, 20))
    assert (second.probability, second.factor) == (0.5, sr.Pert(1.1, 1.2, 1.4))
    (text,) = problems(lambda: sr.read_register(register(id=["a"], probability=["high"]), PLAN, scale=scale))
    assert "found 'high'" in text


def test_the_usual_scale_is_five_levels_that_rise():
    assert sorted(set(PROBABILITY_WORDS.values())) == [0.05, 0.2, 0.4, 0.6, 0.85]
    # Three words each for the five levels, the middles of the bands to 10, 30, 50, 70 and 100 %.
    bands = [0, 0.1, 0.3, 0.5, 0.7, 1]
    assert [round((low + high) / 2, 12) for low, high in itertools.pairwise(bands)] == sorted(
        set(PROBABILITY_WORDS.values())
    )
    usual = sr.Scale()
    means = [usual.delay_of(word).mean for word in ("very low", "low", "medium", "high", "very high")]
    assert means == sorted(means)
    assert len(set(means)) == 5
    assert len(DELAY_WORDS) == len(PROBABILITY_WORDS) == 15


def test_bad_scales():
    texts = problems(lambda: sr.Scale(probability={"a": 2}, delay={"q": "5/4"}, unit="x"))
    assert len(texts) == 3
    assert "read alike" in problems(lambda: sr.Scale(probability={"very high": 0.8, "Very-High": 0.9}))[0]
    with pytest.raises(PlanError, match="has no words for factor"):
        sr.Scale().factor_of("slow")


# ---- documents -----------------------------------------------------------------------------------------------------


def test_a_document_names_its_register_and_holds_the_scale(tmp_path):
    (tmp_path / "risks.csv").write_text("id,probability,delay,tasks\nlate,likely,some,a\nown,0.5,2,a\n")
    text = """
register = "risks.csv"
tasks = [{ id = "a", estimate = 3 }]
risks = [{ id = "own", probability = 0.1 }, { id = "third", probability = 0.2, delay = 1, tasks = ["a"] }]
[scale]
probability = { likely = 0.7 }
delay = { some = "1/2/4" }
"""
    (tmp_path / "plan.toml").write_text(text)
    plan = sr.read(tmp_path / "plan.toml")
    assert [(risk.id, risk.probability) for risk in plan.risks] == [("own", 0.5), ("third", 0.2), ("late", 0.7)]
    assert plan.risks[2].delay == sr.Pert(1, 2, 4)
    assert sr.read_scale(tmp_path / "plan.toml") == sr.Scale(probability={"likely": 0.7}, delay={"some": "1/2/4"})
    sr.write(plan, tmp_path / "whole.json")  # what is written holds the risks, and needs no register any more
    assert sr.read(tmp_path / "whole.json") == plan
    for wrong, message in [("register = 3", "path of a table"), ("scale = 3", "a table with probability")]:
        (tmp_path / "wrong.toml").write_text(f'tasks = [{{ id = "a", estimate = 3 }}]\n{wrong}\n')
        with pytest.raises(ReadError, match=message):
            sr.read(tmp_path / "wrong.toml")
    (tmp_path / "wrong.toml").write_text(text.replace("likely = 0.7", "likely = 7"))
    assert any("scale, probability, likely" in each for each in problems(lambda: sr.read(tmp_path / "wrong.toml")))
    (tmp_path / "wrong.toml").write_text(text.replace("risks.csv", "none.csv"))
    with pytest.raises(ReadError, match=r"none\.csv"):
        sr.read(tmp_path / "wrong.toml")
    assert {"register", "scale"} <= document_schema()["properties"].keys()


# ---- writing -------------------------------------------------------------------------------------------------------

WORDS = st.text("abcdefg;|,' \"=-", min_size=1, max_size=6).map(str.strip).filter(bool)


@settings(max_examples=25)
@given(st.data())
def test_a_register_round_trips(tmp_path_factory, data):
    ids = data.draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    names = data.draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    some = st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True)
    impacts = st.sampled_from(["1/2/4", 3, "uniform(1, 2)", "discrete(1: 0.5, 2: 0.5)"])
    risks = []
    for name in names:
        fields = {"owner": data.draw(st.none() | WORDS), "name": data.draw(st.none() | WORDS)}
        if data.draw(st.booleans()):
            fields |= {"delay": data.draw(impacts), "tasks": data.draw(some)}
            fields["factor"] = data.draw(st.none() | impacts)
        else:
            fields["delay"] = dict.fromkeys(data.draw(some), data.draw(impacts))
        risks.append(sr.Risk(name, data.draw(st.floats(0, 1)), **fields))
    plan = sr.Plan(tasks=[sr.Task(each, 1) for each in ids], risks=risks)
    folder = tmp_path_factory.mktemp("register")
    for suffix in ("csv", "xlsx"):
        sr.write_register(plan, folder / f"risks.{suffix}")
        back = sr.read_register(folder / f"risks.{suffix}", plan)
        assert [risk.id for risk in back] == [risk.id for risk in risks]
        for risk, again in zip(risks, back, strict=True):
            assert again.probability == pytest.approx(risk.probability, abs=1e-15)
            assert again == sr.Risk(**{**vars(risk), "probability": again.probability})


def test_results_come_along_and_are_left_out_on_reading(tmp_path):
    risks = [
        sr.Risk("small", 0.5, delay=1, tasks=["install"], cost=5),
        sr.Risk("great", 0.5, delay=20, tasks=["install"]),
    ]
    result = sr.simulate(PLAN.replace(risks=risks), 500, rng=1)
    sr.write_register(result, tmp_path / "risks.csv", promise="done", effects=True)
    table = pd.read_csv(tmp_path / "risks.csv", index_col="id")
    assert table.index.tolist() == ["great", "small"]
    assert table["rank"].tolist() == [1, 2]
    assert set(RESULTS) <= set(table.columns)
    assert table.loc["great", "occurrences"] == sr.risk_ranking(result).loc["great", "occurrences"]
    assert set(sr.read_register(tmp_path / "risks.csv", PLAN)) == set(risks)
    with pytest.raises(WriteError, match="suffix"):
        sr.write_register(result, tmp_path / "risks.txt")
    with pytest.raises(UnknownNameError):
        sr.write_register(result, tmp_path / "risks.csv", promise="don")
    with pytest.raises(ArgumentError, match="a result of simulate"):
        sr.write_register(3, tmp_path / "risks.csv")


# ---- ranking -------------------------------------------------------------------------------------------------------


def ranked(*risks, n_draws=20_000, **options):
    tasks = [sr.Task("a", sr.Uniform(8, 12)), sr.Task("b", 2), sr.Task("c", 1, after=["a", "b"])]
    plan = sr.Plan(tasks=tasks, risks=risks, promises=[sr.Promise("p", by=13)])
    return sr.risk_ranking(sr.simulate(plan, n_draws, rng=4), **options)


def test_what_a_risk_did():
    strike = sr.Risk("strike", 0.25, delay=sr.Uniform(2, 6), tasks=["a"], owner="us", name="Strike")
    idle = sr.Risk("idle", 0.5, delay=1, tasks=["b"])
    table = ranked(idle, strike, promise="p", effects=True)
    assert table.index.tolist() == ["strike", "idle"]
    row = table.loc["strike"]
    assert (row["name"], row["owner"], row["probability"]) == ("Strike", "us", 0.25)
    assert row["occurred"] == row["occurrences"] / 20_000
    assert row["occurred"] == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 20_000))
    # A delay on a chain of its own moves the finish by as much: 4 on average where it happens, 1 over all draws.
    for column, expected in (("delay_mean", 4), ("finish_change", 4), ("mean_saved", 1)):
        assert row[column] == pytest.approx(expected, abs=4 * row[f"{column}_se"]), column
    assert row["delay_mean_se"] == pytest.approx(np.sqrt(16 / 12 / (20_000 / 4)), rel=0.05)
    assert row["expected_change"] == pytest.approx(row["finish_change"] * row["occurred"])
    # a + 1 ≤ 13 always holds without the strike; with it, U(8, 12) + U(2, 6) ≤ 12 in 2²/2 of 4² cases.
    assert row["probability_change"] == pytest.approx(1 / 8 - 1, abs=4 * row["probability_change_se"])
    assert row["probability_gain"] == pytest.approx(0.25 * 7 / 8, abs=4 * row["probability_gain_se"])
    none = table.loc["idle"]
    assert none["delay_mean"] == 1
    assert abs(none["finish_change"]) < 4 * none["finish_change_se"]
    assert none[["mean_saved", "p80_saved", "probability_gain"]].tolist() == [0, 0, 0]


def test_what_moves_both_ends_of_a_relative_promise_changes_nothing():
    tasks = [sr.Task("site", sr.Uniform(1, 2)), sr.Task("build", sr.Uniform(4, 5), after=["site"])]
    risks = [sr.Risk("late site", 0.5, delay=10, tasks=["site"]), sr.Risk("strike", 0.5, delay=1, tasks=["build"])]
    plan = sr.Plan(tasks=tasks, risks=risks, promises=[sr.Promise("p", within=5, after="site")])
    result = sr.simulate(plan, 4_000, rng=1)
    table = sr.risk_ranking(result, promise="p", effects=True)
    assert table.index[0] == "strike"
    assert table.loc["late site", ["mean_saved", "p80_saved", "probability_gain"]].tolist() == [0, 0, 0]
    assert table.loc["strike", "mean_saved"] == pytest.approx(0.5, abs=4 * table.loc["strike", "mean_saved_se"])
    assert abs(table.loc["late site", "finish_change"]) < 4 * table.loc["late site", "finish_change_se"]
    assert sr.risk_ranking(result).index[0] == "late site"  # for the finish of the project it is the weightiest


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_stratified_draws_have_errors_of_their_own(sampling):
    tasks = [sr.Task("a", sr.Uniform(8, 12)), sr.Task("b", 2, after=["a"])]
    strike = sr.Risk("strike", 0.25, delay=sr.Uniform(2, 6), tasks=["a"])
    result = sr.simulate(sr.Plan(tasks=tasks, risks=[strike]), 8_192, rng=4, sampling=sampling)
    row = sr.risk_ranking(result, effects=True, n_draws=1_000).loc["strike"]
    assert row["occurred_se"] < 0.5 * np.sqrt(0.25 * 0.75 / 8_192)
    for column, expected in (("delay_mean", 4), ("finish_change", 4), ("mean_saved", 1)):
        # So few replicates tell their error roughly: t with 7 degrees of freedom instead of a normal number.
        assert row[column] == pytest.approx(expected, abs=7 * row[f"{column}_se"]), column


def test_factors_are_told_as_what_they_add():
    row = ranked(sr.Risk("slow", 0.5, factor=1.5, tasks=["a"])).loc["slow"]
    assert row["delay_mean"] == pytest.approx(5, abs=4 * row["delay_mean_se"])
    faster = ranked(sr.Risk("fast", 0.5, factor=0.5, tasks=["a"])).loc["fast"]
    assert faster["finish_change"] == pytest.approx(-5, abs=4 * faster["finish_change_se"])


def test_what_never_or_always_happens():
    never, always = sr.Risk("never", 0, delay=1, tasks=["a"]), sr.Risk("always", 1, delay=1, tasks=["a"])
    table = ranked(never, always, sr.Risk("bare", 0.5), n_draws=100, promise="p")
    assert table.loc["never", "occurrences"] == 0
    assert math.isnan(table.loc["never", "delay_mean"])
    assert table.loc["always", "delay_mean"] == 1
    assert table.loc[["never", "always"], "finish_change"].isna().all()
    assert math.isnan(table.loc["bare", "delay_mean"])  # it happens, and hits nothing
    assert table.loc["bare", "occurrences"] > 0
    assert table["rank"].tolist() == [1, 2, 3]
    empty = ranked(n_draws=10, promise="p", effects=True)
    assert list(empty.columns) == list(ranked(always, n_draws=10, promise="p", effects=True).columns)
    with pytest.raises(ArgumentError, match="n_draws"):
        ranked(always, n_draws=10, effects=True).pipe(
            lambda _: sr.risk_ranking(sr.simulate(PLAN, 10, rng=1), n_draws=11)
        )


# ---- the command line ----------------------------------------------------------------------------------------------


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(each) for each in arguments])
    seen = capsys.readouterr()
    return stopped.value.code, seen.out, seen.err


def test_run_reads_and_writes_registers(capsys, tmp_path):
    plan, register, out = (
        EXAMPLES / "exchange-upgrade.toml",
        EXAMPLES / "exchange-upgrade-register.csv",
        tmp_path / "out.csv",
    )
    arguments = ("run", plan, "--draws", 500, "--register", register, "--write-register", out)
    code, text, notes = run(capsys, *arguments)
    assert code == 0
    assert "10 risks" in text
    assert "risks left out, as their status says: 'U5'" in notes
    assert f"Register: {out}" in text
    assert max(map(len, text.replace(str(out), "").splitlines())) <= 80
    assert "Risks, and how many working days later each makes 'contract'" in text
    written = pd.read_csv(out)
    assert len(written) == 10
    assert {"U1", "no-carrier"} <= set(written["id"])
    code, text, _ = run(capsys, "run", plan, "--draws", 100, "--register", register, "--format", "json")
    assert json.loads(text)["plan"]["n_risks"] == 10
    code, _, notes = run(capsys, "run", plan, "--write-register", tmp_path / "nowhere" / "out.csv")
    assert code == 2
    assert "no folder" in notes


def test_scales_of_the_command_line(capsys, tmp_path):
    (tmp_path / "risks.csv").write_text("id,probability,delay,tasks\nr,now and then,2,a\n")
    (tmp_path / "plan.toml").write_text('tasks = [{ id = "a", estimate = 3 }]\n')
    (tmp_path / "scale.toml").write_text('[scale.probability]\n"now and then" = 0.4\n')
    arguments = ("convert", tmp_path / "plan.toml", tmp_path / "out.json", "--register", tmp_path / "risks.csv")
    code, _, notes = run(capsys, *arguments)
    assert code == 2
    assert "row 2, column probability" in notes
    assert run(capsys, *arguments, "--scale", tmp_path / "scale.toml")[0] == 0
    assert sr.read(tmp_path / "out.json").risks[0].probability == 0.4
    own = (tmp_path / "plan.toml").read_text() + (tmp_path / "scale.toml").read_text()
    (tmp_path / "plan.toml").write_text(own)
    assert run(capsys, *arguments)[0] == 0
    for bad in (
        ("--scale", tmp_path / "scale.toml"),
        ("--register", tmp_path / "risks.csv", "--scale", tmp_path / "out.json"),
    ):
        assert run(capsys, "check", tmp_path / "plan.toml", *bad)[0] == 2


def test_columns_do_not_contradict_each_other():
    names = [alias for aliases in COLUMNS.values() for alias in aliases]
    assert len(names) == len(set(names))
    assert not set(RESULTS) & set(names)


@settings(max_examples=25)
@example(sr.Plan(tasks=[sr.Task("a\nb", 1), sr.Task('5" pipe', 1)], risks=[
    sr.Risk("r", 0.1, delay=1, tasks=['5" pipe', "a\nb"]), sr.Risk("q", 0.1, delay={"a\nb": 1, '5" pipe': 2}),
]))  # fmt: skip
@given(plans(most_tasks=3))
def test_registers_hold_everything_about_risks(tmp_path_factory, plan):
    folder = tmp_path_factory.mktemp("register")
    for suffix in ("csv", "xlsx"):
        sr.write_register(plan, folder / f"risks.{suffix}")
        assert sr.read_register(folder / f"risks.{suffix}", plan) == plan.risks


FURTHER_CELLS = """\
id,likelihood,impact,tasks,cost impact,alternatives,triggered by,window start,window end,per task,post-mitigation likelihood,residual impact,mitigation,mitigation cost,lead time
flood,0.1,5/10/20,room,1000/2000/5000,,,2026-12-01,2027-02-28,,,,,,
mould,room | high; design | 10 %,minor,,,,flood,,,,,,,,
fire,0.2,major,room,,one,,,,no,2 %,minor,sprinklers,8000,10
theft,0.3,minor,room,,one,,,,,,,locks,500,
late,0.4,2,room; design,,,,,,yes,,1,,,
"""


def test_costs_alternatives_windows_and_mitigations(tmp_path):
    (tmp_path / "risks.csv").write_text(FURTHER_CELLS)
    plan = PLAN.replace(start="2026-12-01", promises=[])
    with pytest.warns(
        SchedriskWarning, match="mitigations left out, as nothing says what remains of the risk: 'theft'"
    ):
        flood, mould, fire, theft, late = sr.read_register(tmp_path / "risks.csv", plan)
    assert flood.cost == sr.Pert(1000, 2000, 5000)
    assert flood.window == sr.Window("2026-12-01", "2027-02-28")
    assert (mould.probability, mould.triggered_by) == ({"room": 0.6, "design": 0.1}, ("flood",))
    assert mould.delays == dict.fromkeys(("room", "design"), sr.Pert(1, 3, 5))
    after = sr.Mitigation(probability=0.02, delay="1/3/5", name="sprinklers", cost=8000, lead_time=10)
    assert (fire.exclusive, fire.mitigation, fire.per_task) == ("one", after, False)
    assert theft.mitigation is None
    assert (late.per_task, late.mitigation) == (True, sr.Mitigation(delay=1))
    table = sr.risk_ranking(sr.simulate(plan.with_risks([flood, mould, fire, theft, late]), 500, rng=1), effects=True)
    assert not table[["occurrences", "mean_saved"]].isna().to_numpy().any()
    assert table.loc["mould", "occurrences"] <= table.loc["flood", "occurrences"]
    wrong = FURTHER_CELLS.replace(",yes,", ",perhaps,").replace("2027-02-28", "2026-02-28").replace(",10\n", ",ten\n")
    (tmp_path / "risks.csv").write_text(wrong)
    texts = problems(lambda: sr.read_register(tmp_path / "risks.csv", plan))
    assert [text.partition(":")[0] for text in texts] == [
        "row 2, column window end", "row 4, column lead time", "row 6, column per task",
    ]  # fmt: skip


def test_what_a_mitigation_leaves_is_what_is_counted():
    risk = sr.Risk("r", 0.5, delay=4, tasks=["a"], mitigation=sr.Mitigation(probability=0.1, delay=2))
    plan = sr.Plan(tasks=[sr.Task("a", 10)], risks=[risk])
    before, after = (
        sr.risk_ranking(sr.simulate(plan, 5_000, rng=1, mitigated=each)).loc["r"] for each in (False, True)
    )
    assert (before["probability"], before["delay_mean"]) == (0.5, 4)
    assert (after["probability"], after["delay_mean"]) == (0.1, 2)
    assert after["occurrences"] < before["occurrences"]
