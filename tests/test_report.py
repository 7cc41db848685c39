"""The report: one page, the same bytes for the same result, harmless whatever a task is called."""

import html.parser
import json
import re

import pytest

import schedrisk as sr
from schedrisk.errors import UnknownNameError, WriteError

HOSTILE = "<script>alert('x')</script> & \"q\" | *b* `c` [d](http://e)\n# f $x$"


@pytest.fixture(scope="module")
def result():
    return sr.simulate(sr.datasets.load("exchange-upgrade"), 2_000, rng=0)


@pytest.fixture(scope="module")
def hostile():
    plan = sr.Plan(
        name=HOSTILE,
        assumptions=[HOSTILE],
        tasks=[sr.Task(HOSTILE, "1/2/9", owner=HOSTILE), sr.Task("b", "2/3/9", after=[HOSTILE])],
        risks=[sr.Risk(HOSTILE, 0.3, delay={HOSTILE: "1/2/3"}, owner=HOSTILE)],
        promises=[sr.Promise(HOSTILE, by=6)],
    )
    return sr.Report(sr.simulate(plan, 500, rng=0))


class Page(html.parser.HTMLParser):
    """Checks that tags are closed in order, and collects what is on the page."""

    EMPTY = frozenset({"meta", "br", "link", "img", "input", "hr", "path", "use", "rect", "circle", "line"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_page_is_whole_and_stands_by_itself(result):
    page = Page(sr.Report(result).html())
    assert {"title", "h1", "table", "caption", "svg", "style"} <= set(page.tags)
    assert "script" not in page.tags
    assert dict(page.attributes).get("lang") == "en"
    loaded = [value for name, value in page.attributes if name in {"src", "href", "xlink:href", "action"} and value]
    assert [each for each in loaded if not each.startswith("#")] == []
    assert "url(http" not in "".join(page.words)


def test_the_answer_leads(result):
    words = " ".join(" ".join(Page(sr.Report(result).html()).words).split())
    lateness = words.index("Expect to miss the contract date by")
    assert lateness < words.index("A date you can promise with 80 % confidence is") < words.index("none of 2,000 draws")
    assert re.search(r"The demonstration date of 19 February 2027 has a \d+ % chance \(\d+–\d+ %\)", words)
    assert "Manufacture" in words
    assert "supplier" in words
    assert "0.1 % of 8,000,000 a calendar day" in words
    assert result.plan_hash in words


def test_same_result_same_bytes(result):
    again = sr.simulate(result.plan, result.n_draws, rng=result.entropy)
    for render in ("html", "markdown", "json"):
        assert getattr(sr.Report(result), render)() == getattr(sr.Report(again), render)()


def test_json_is_finite_and_plain(result):
    document = json.loads(sr.Report(result).json(), parse_constant=lambda name: pytest.fail(name))
    assert document == sr.Report(result).to_dict()
    assert document["promises"][1]["expected_damages"] is None
    assert document["promises"][0]["promisable_80"] == str(result.promise("contract").promisable_80)


def test_hostile_names_are_text(hostile):
    page = Page(hostile.html())
    assert "script" not in page.tags
    assert any("alert('x')" in words for words in page.words)
    markdown = hostile.markdown()
    assert "<script>" not in markdown
    assert "\n# f" not in markdown
    assert not re.search(r"(?<!\\)\[d", markdown)
    json.loads(hostile.json())


def test_plan_without_dates_reads_well():
    report = sr.Report(sr.simulate(sr.datasets.load("museum-bid"), 2_000, rng=0))
    text = report.markdown()
    assert re.search(r"bid of 41 weeks has an? \d+ % chance", text)
    assert "calendar days" not in text
    assert "NaN" not in report.json()
    assert "nan" not in text.split()


def test_promise_chooses_what_is_explained(result):
    document = sr.Report(result, promise="demonstration").to_dict()
    assert [each["promise"] for each in document["explained"]] == ["demonstration"]
    with pytest.raises(UnknownNameError, match="did you mean 'contract'"):
        sr.Report(result, promise="contrakt")


def test_plan_without_promises():
    report = sr.Report(sr.simulate(sr.Plan(tasks=[sr.Task("a", "1/2/9")]), 300, rng=0))
    assert "80 %" in report.markdown()
    Page(report.html())


def test_files(result, tmp_path):
    report = sr.Report(result)
    for suffix in (".html", ".md", ".json"):
        report.write(tmp_path / f"r{suffix}")
    assert (tmp_path / "r.md").read_text(encoding="utf-8") == report.markdown()
    with pytest.raises(WriteError, match="suffix"):
        report.write(tmp_path / "r.pdf")
    with pytest.raises(WriteError):
        report.write(tmp_path / "nowhere" / "r.html")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["r.html", "r.json", "r.md"]
