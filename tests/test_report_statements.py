"""The table of wordings is its own test: every example is understood as it says, every silent sentence as nothing."""

import re
from decimal import Decimal

import pytest

from nianbao.figures import Key
from nianbao.form import FormError, load_form
from nianbao.report.prose import Sentence
from nianbao.report.statements import Judge, Statement, masked, numbers_in, rule_for
from nianbao.report.sums import statements_in
from nianbao.report.wordings import StatementRule, rule_of, silent_sentences, statement_rules
from nianbao.rules import Number
from nianbao.wording import plain

FORM = load_form("2021")
TOPIC = "（二）依申请公开情况。因政府信息公开申请和结转、复议。"
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}: {example['text'][:24]}")
    for rule in statement_rules()
    for example in rule.examples
]


def statements(text: str, year: int = 2024, **figures: Number | None) -> list[Statement]:
    """The statements of a paragraph beside tables of zeros with some figures changed (``_3_1_total=4``)."""
    values: dict[Key, Number | None] = dict.fromkeys(FORM.entries, 0)
    for name, value in figures.items():
        table, _, rest = name.removeprefix("_").partition("_")
        line, _, column = rest.rpartition("__")
        values[Key(table, line.replace("_", ".") if table == "3" else line, column)] = value
    parts = [part for part in re.split(r"(?<=。)", text) if part]
    sentences = [
        Sentence(part, "第 1 段", "overview", plain("".join(parts[max(0, i - 2) : i + 1])), 1)
        for i, part in enumerate(parts)
    ]
    return list(statements_in(sentences, Judge(values, year, "某县")))


def verdicts(text: str, year: int = 2024, **figures: Number | None) -> list[tuple[str, str]]:
    return [(str(one.value), one.verdict) for one in statements(text, year, **figures)]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_every_example_is_understood_by_its_rule(rule: StatementRule, example: dict[str, object]) -> None:
    text = str(example["text"])
    judge = Judge(dict.fromkeys(FORM.entries), 2024)
    sentence = Sentence(text, "", "overview", TOPIC + text, 1)
    found = [(one.value, statement.name if statement else None) for one, statement in judge.spoken(sentence)]
    if found:
        assert found[int(str(example.get("number", 1))) - 1] == (
            Decimal(str(example["value"])),
            rule.name,
        )
    else:
        assert example["value"] == 0
        assert rule.name in {one.name for one in judge.denials(sentence)}


@pytest.mark.parametrize("text", silent_sentences())
def test_no_rule_sees_a_figure_in_a_silent_sentence(text: str) -> None:
    folded = plain(text)
    numbers = [one for one in numbers_in(folded) if one.unit != "%"]
    assert numbers
    assert [rule_for(masked(folded, numbers, i), plain(TOPIC + text)) for i in range(len(numbers))] == [None] * len(
        numbers
    )
    judge = Judge(dict.fromkeys(FORM.entries), 2024)
    assert list(judge.denials(Sentence(text, "", "overview", TOPIC + text, 1))) == []


def test_every_rule_names_figures_that_some_edition_has() -> None:
    keys = [str(key) for edition in ("2021",) for key in load_form(edition).entries]
    from fnmatch import fnmatchcase

    for rule in statement_rules():
        known = [all(any(fnmatchcase(key, name) for key in keys) for name in names) for names in rule.equals]
        assert any(known), rule.name


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"surprise": 1}, "unknown key surprise"),
        ({"patterns": ["收到申请"]}, "needs {数}"),
        ({"patterns": ["收到（申请{数}"]}, "unreadable pattern"),
        ({"examples": []}, "examples is missing"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_name(changed: dict[str, object], reason: str) -> None:
    good = {
        "name": "试",
        "code": "X-1",
        "patterns": ["收到{数}"],
        "equals": ["3/1/total"],
        "examples": [{"text": "", "value": 1}],
    }
    with (
        pytest.raises(FormError, match=re.escape(f"试: {reason}"))
        if reason != "needs {数}"
        else pytest.raises(FormError, match=r"试: a pattern needs \{数\}")
    ):
        rule_of({**good, **changed})


def test_received_may_be_new_or_new_and_carried() -> None:
    text = "全年共收到政府信息公开申请{}件。"
    figures = {"_3_1__total": 10, "_3_2__total": 2}
    assert verdicts(text.format(10), **figures) == [("10", "agrees")]
    assert verdicts(text.format(12), **figures) == [("12", "agrees")]
    assert verdicts(text.format(11), **figures) == [("11", "disagrees")]


def test_a_gap_with_a_known_cause_disagrees_and_names_the_cause() -> None:
    found = statements("全年共收到政府信息公开申请7件，办结9件。", _3_1__total=7, _3_3_7__total=7, _3_4__total=2)
    assert [one.verdict for one in found] == ["agrees", "disagrees"]
    assert "正好等于“结转下年度继续办理”的 2 件" in found[1].reason
    suit = statements("因政府信息公开被申请行政复议3件。", _4_review__total=5, _4_review__pending=2)
    assert "尚未审结" in suit[0].reason


def test_nothing_is_decided_where_the_table_was_not_read() -> None:
    assert verdicts("全年共收到政府信息公开申请7件。", _3_1__total=None) == [("7", "undecided")]


def test_about_so_many_is_never_wrong() -> None:
    assert verdicts("全年共收到政府信息公开申请70余件。", _3_1__total=73) == [("70", "undecided")]


def test_another_years_count_is_never_held_against_this_year() -> None:
    assert verdicts("2023年共收到政府信息公开申请70件。", year=2024, _3_1__total=7) == [("70", "undecided")]


def test_the_parts_of_a_wrong_total_are_undecided() -> None:
    right = "公开信息376条，包括公告330条、工作信息44条、其他2条。"
    assert verdicts(right) == [("376", "agrees"), ("330", "agrees"), ("44", "agrees"), ("2", "agrees")]
    wrong = right.replace("330", "331")
    assert verdicts(wrong) == [("376", "disagrees"), ("331", "undecided"), ("44", "undecided"), ("2", "undecided")]


def test_a_list_in_brackets_is_a_breakdown() -> None:
    text = "新媒体发布信息1150条（微博1000条，微信公众号150条），公开建议办理结果169件。"
    assert verdicts(text)[:3] == [("1150", "agrees"), ("1000", "agrees"), ("150", "agrees")]
    assert verdicts(text.replace("1000", "1010"))[0] == ("1150", "disagrees")


def test_a_part_that_the_table_contradicts_is_the_wrong_one() -> None:
    text = "共收到政府信息公开申请10件，其中自然人申请{}件，法人申请3件。"
    figures = {"_3_1__total": 10, "_3_1__natural": 7, "_3_1__business": 3}
    assert verdicts(text.format(7), **figures) == [("10", "agrees"), ("7", "agrees"), ("3", "agrees")]
    assert verdicts(text.format(6), **figures) == [("10", "agrees"), ("6", "disagrees"), ("3", "agrees")]


@pytest.mark.parametrize(
    "text",
    [
        "公开信息4191条，其中重点领域信息1182条。",
        "公开信息376条，其中公告30条、工作信息44条等。",
        "通过网站公开信息300条，通过微信公开信息120条。",
        "办理建议提案42件，其中人大代表建议12件，满意率100%。",
        "收到政府信息公开申请0件，较上年减少2件。",
    ],
)
def test_an_incomplete_list_is_no_contradiction(text: str) -> None:
    assert "disagrees" not in {verdict for _, verdict in verdicts(text)}


def test_a_list_that_begins_the_next_sentence_belongs_to_the_total_before_it() -> None:
    from nianbao.report.document import Paragraph
    from nianbao.report.prose import read_prose

    def judged(text: str) -> list[str]:
        prose = read_prose([Paragraph("一、总体情况", ""), Paragraph(text, "第 2 段")])
        return [one.verdict for one in statements_in(list(prose.sentences()), Judge({}, 2024))]

    text = "2024年，我县主动公开信息总数1402条。其中，通过门户网站公布政务要闻672条，公示公告{}条，部门动态384条。"
    assert judged(text.format(346)) == ["agrees"] * 4
    assert judged(text.format(364))[0] == "disagrees"
    assert judged(text.format(9))[0] == "undecided"


def test_percentages_are_recomputed() -> None:
    figures = {"_3_1__total": 200, "_3_3_7__total": 200, "_3_3_1__total": 117}
    assert [(one.value, one.verdict) for one in statements("其中予以公开的申请占58.5%。", **figures)] == [
        (Decimal("58.5"), "agrees")
    ]
    assert [one.verdict for one in statements("其中予以公开的申请占85.5%。", **figures)] == ["disagrees"]
    text = "新收政府信息公开申请31件，较上年增加6件，增长{}%。"
    assert verdicts(text.format(24), _3_1__total=31)[-1] == ("24", "agrees")
    assert verdicts(text.format(42), _3_1__total=31)[-1] == ("42", "disagrees")


@pytest.mark.parametrize("number", ["0", "9" * 13, "9" * 40, "0.0000001"])
def test_no_number_breaks_a_percentage(number: str) -> None:
    text = (
        f"收到政府信息公开申请{number}件，其中自然人申请{number}件，占{number}%，较上年增加{number}件，增长{number}%。"
    )
    assert len(statements(text, _3_1__total=0)) in {0, 5}


def test_a_full_reply_rate_with_open_applications_is_no_error() -> None:
    found = verdicts("全年收到政府信息公开申请3件，按时答复率100%。", _3_1__total=3, _3_4__total=1)
    assert found == [("3", "agrees"), ("100", "undecided")]


def test_a_denial_is_a_zero() -> None:
    text = "全年未收到政府信息公开申请。未发生因政府信息公开被申请行政复议、提起行政诉讼的情况。"
    assert {verdict for _, verdict in verdicts(text)} == {"agrees"}
    wrong = statements(text, _3_1__total=2, _4_review__total=1)
    assert [(one.name, one.verdict) for one in wrong] == [
        ("收到申请", "disagrees"),
        ("行政诉讼", "agrees"),
        ("行政复议", "disagrees"),
    ]


def test_no_overturned_review_is_no_denial_of_reviews() -> None:
    assert verdicts("未发生因政府信息公开行政复议被纠错的情况。", _4_review__total=3) == []


def test_applicants_leave_nobody_out() -> None:
    text = "新收政府信息公开申请59件（其中，自然人43件，法人或其他组织{}件），全部依法办理。"
    figures = {"_3_1__total": 59, "_3_1__natural": 43, "_3_1__business": 16, "_3_2__business": 2, "_3_2__total": 2}
    assert {verdict for _, verdict in verdicts(text.format(16), **figures)} == {"agrees"}
    assert verdicts(text.format(18), **figures)[0] == ("59", "disagrees")
