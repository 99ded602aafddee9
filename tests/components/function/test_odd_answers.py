"""What the service tells of one evaluation and nobody has foreseen is that evaluation's problem."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.components.function.account import OTHER_KEY

ODD = "odd-000000000a"
NOWHERE = "ListBatchEvaluations"
MISSING = object()
RESULTS = {"evaluationResults": {}, "status": "COMPLETED"}
# No value of these is a time that the SDK's own parser would refuse for the whole page.
VALUES = [MISSING, "", "x", "é\n", 5, True, [], ["x"], {}, {"a": 1}]
MEMBERS = ["batchEvaluationId", "batchEvaluationName", "batchEvaluationArn", "status", "kmsKeyArn"]


@pytest.fixture
def rows(cloud: Any) -> list[Any]:
    """Rows that List has between those of two good evaluations."""
    for name in ("a", "z"):
        cloud.evaluations.add(name, **RESULTS)
    list_, between = cloud.evaluations._list, list[Any]()

    def listed(query: dict[str, str]) -> dict[str, Any]:
        page = list_(query)
        good = page["batchEvaluations"]
        return {**page, "batchEvaluations": [*good[:1], *between, *good[1:]]}

    cloud.evaluations._list = listed
    return between


def row(key: str, **members: Any) -> dict[str, Any]:
    given = {
        "batchEvaluationId": ODD,
        "batchEvaluationArn": f"arn:aws:bedrock-agentcore:us-east-1:111:batch-evaluate/{ODD}",
        "batchEvaluationName": "odd",
        "status": "COMPLETED",
        "createdAt": "2026-01-31T09:30:00Z",
        "kmsKeyArn": key,
        **members,
    }
    return {name: value for name, value in given.items() if value is not MISSING}


def exported_names(report: dict[str, Any]) -> list[str]:
    return [one.rpartition("-")[0] for one in report["exported"]]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("member", MEMBERS)
def test_an_odd_row_of_list_holds_up_no_other(
    cloud: Any, team: Any, rows: list[Any], member: str, value: Any
) -> None:
    rows.append(row(team.settings.evaluation_key_arn, **{member: value}))

    report = team.export()
    listed = team.invoke("ListBatchEvaluations", options={"name": "z*", "status": "COMPLETED"})

    assert exported_names(report) == ["a", "z"]
    assert [one["batchEvaluationName"] for one in listed["batchEvaluations"]] == ["z"]
    # The service knows no such evaluation when it is asked for more.
    told = {one["subject"]: one["reason"] for one in report["notDone"]}
    assert set(told) <= {ODD, NOWHERE}
    odd = member == "batchEvaluationId" or (
        member == "batchEvaluationName" and not isinstance(value, str)
    )
    if odd:
        assert told == {NOWHERE: "OddSummary"}
        assert (ODD in report["notDone"][0]["detail"]) == (member == "batchEvaluationName")
    elif member != "kmsKeyArn":
        assert told == {ODD: "ResourceNotFoundException"}
    else:
        assert told == {}


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_row_without_anything_is_said_once_and_is_not_in_the_list(
    cloud: Any, team: Any, rows: list[Any], nothing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rows.append(nothing)

    reports = [team.export(), team.export()]
    listed = team.invoke("ListBatchEvaluations")

    assert exported_names(reports[0]) == ["a", "z"]
    for report in reports:
        (told,) = report["notDone"]
        assert (told["subject"], told["reason"]) == (NOWHERE, "OddSummary")
        assert told["detail"] == "batchEvaluationId: expected a string, found null"
        assert report["complete"] is False
    assert len(listed["batchEvaluations"]) == 2
    assert capsys.readouterr().out.count('"event":"NotDone"') == 1


def test_an_odd_row_under_another_key_is_not_ours_to_report(
    cloud: Any, team: Any, rows: list[Any]
) -> None:
    rows.append(row(OTHER_KEY, batchEvaluationName=MISSING))

    assert team.export()["complete"] is True


def test_a_status_that_nobody_knows_is_said_once_and_waited_for(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluation_id = cloud.evaluations.add("odd", evaluationResults={}, status="ARCHIVED")

    first = team.export()
    team.controller._said.clear()
    team.export()
    put_off = team.export()
    cloud.evaluations.finish(evaluation_id)
    ended = team.export(retryNow=True)

    assert [one["reason"] for one in first["notDone"]] == ["UnknownStatus"]
    assert (put_off["notDone"], put_off["waiting"]) == ([], 1)
    assert capsys.readouterr().out.count('"event":"NotDone"') == 1
    assert ended["exported"] == [evaluation_id]


@pytest.mark.parametrize("status", ["IN_PROGRESS", "DELETING"])
def test_what_get_says_to_be_running_or_going_is_not_exported_by_what_list_said(
    cloud: Any, team: Any, rows: list[Any], status: str
) -> None:
    evaluation_id = cloud.evaluations.add("odd", evaluationResults={}, status=status)
    get = cloud.evaluations.jobs[evaluation_id]
    rows.append({**get, "status": "COMPLETED"})
    cloud.evaluations.jobs = {k: v for k, v in cloud.evaluations.jobs.items() if v is not get}
    cloud.evaluations._job = lambda one: {**cloud.evaluations.jobs, evaluation_id: get}[one]

    report = team.export()

    assert exported_names(report) == ["a", "z"]
    assert [one["reason"] for one in report["notDone"]] == ["NotYet"]
    assert not [key for key in team.listing() if evaluation_id in key]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.just(ODD),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=3,
)


@settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(odd=st.none() | st.dictionaries(st.sampled_from(MEMBERS), anything), ours=st.booleans())
def test_whatever_a_row_says_the_tick_and_the_list_go_on(
    cloud: Any, team: Any, rows: list[Any], odd: dict[str, Any] | None, ours: bool
) -> None:
    key = {"kmsKeyArn": team.settings.evaluation_key_arn} if ours else {}
    rows[:] = [None if odd is None else {**row(OTHER_KEY), **key, **odd}]
    if versions := team.versions():
        team.remove(*versions)
    team.controller._said.clear()

    report = team.export()
    listed = team.invoke("ListBatchEvaluations", options={"status": ["COMPLETED", "FAILED"]})

    assert exported_names(report) == ["a", "z"]
    names = [one.get("batchEvaluationName") for one in listed["batchEvaluations"]]
    assert [names[0], names[-1]] == ["a", "z"]
    json.dumps(report)
