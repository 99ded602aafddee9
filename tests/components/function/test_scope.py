"""The controller stays within its environment, whatever its users ask for."""

from collections.abc import Callable
from typing import Any

import pytest

from components.function.evaluations import scope
from components.function.settings import Settings

OTHER_KEY = "arn:aws:kms:us-east-1:111122223333:key/bbbbbbbb-1111-2222-3333-444444444444"
Make = Callable[..., Any]


def faults(settings: Settings, request: dict[str, Any]) -> str:
    return "; ".join(scope.start_faults(settings, request))


@pytest.mark.parametrize(
    ("names", "allowed"),
    [
        pytest.param(["aws/spans"], True, id="an exact entry"),
        pytest.param(["/agents/a", "/agents/a/b"], True, id="names within a prefix entry"),
        pytest.param(["aws/spans2"], False, id="a name that extends an exact entry"),
        pytest.param(["/agents"], False, id="a name shorter than the prefix entry"),
        pytest.param(["aws/spans", "/payroll"], False, id="one good and one foreign name"),
        pytest.param([], False, id="no name at all"),
    ],
)
def test_log_groups_are_held_to_the_environments(
    make_settings: Make, make_request: Make, names: list[str], allowed: bool
) -> None:
    settings = make_settings("team", source_log_groups=("aws/spans", "/agents/*"))
    request = make_request()
    request["dataSourceConfig"]["cloudWatchLogs"]["logGroupNames"] = names

    assert (faults(settings, request) == "") is allowed


@pytest.mark.parametrize(
    ("prefix", "allowed"),
    [
        pytest.param("/agents/", True, id="the prefix of an entry"),
        pytest.param("/agents/a", True, id="a narrower prefix"),
        pytest.param("/agents", False, id="a wider prefix"),
        pytest.param("aws/spans", False, id="an exact entry, which a prefix may outgrow"),
    ],
)
def test_log_group_prefixes_must_lie_wholly_within_a_prefix_entry(
    make_settings: Make, make_request: Make, prefix: str, allowed: bool
) -> None:
    settings = make_settings("team", source_log_groups=("aws/spans", "/agents/*"))
    source = {"serviceNames": ["a"], "logGroupNamePrefixes": [prefix]}
    request = make_request(dataSourceConfig={"cloudWatchLogs": source})

    assert (faults(settings, request) == "") is allowed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"kmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/other"},
            "kmsKeyArn: expected this environment's key",
            id="another key",
        ),
        pytest.param(
            {"outputConfig": {"cloudWatchConfig": {"resultDestination": "SOURCE_LOG_GROUP"}}},
            "resultDestination: expected DEDICATED_LOG_GROUP",
            id="results into the source log group",
        ),
        pytest.param(
            {"outputConfig": {"cloudWatchConfig": {"logGroupName": "elsewhere"}}},
            "outputConfig.cloudWatchConfig.logGroupName: expected this environment's team-results",
            id="results into another log group",
        ),
        pytest.param(
            {"outputConfig": {"cloudWatchConfig": {"logStreamName": "shared"}}},
            "outputConfig.cloudWatchConfig.logStreamName: expected nothing",
            id="results into a stream of the user's choice",
        ),
        pytest.param(
            {"outputConfig": {"cloudWatchConfig": {"metricsNamespace": "AWS/Lambda"}}},
            "metricsNamespace: expected a namespace that does not begin with AWS/",
            id="scores into a namespace of AWS",
        ),
        pytest.param(
            {"datasetExecutionConfig": {}},
            "datasetExecutionConfig: expected nothing",
            id="a dataset",
        ),
        pytest.param(
            {"dataSourceConfig": {"onlineEvaluationConfigSource": {}}},
            "dataSourceConfig.onlineEvaluationConfigSource: expected cloudWatchLogs instead",
            id="an online configuration",
        ),
        pytest.param(
            {"batchEvaluationName": "prod_weekly"},
            "batchEvaluationName: expected to begin with dev_, test_, found",
            id="a name outside the prefixes",
        ),
    ],
)
def test_a_start_that_leaves_the_environment_is_refused(
    make_settings: Make, make_request: Make, change: dict[str, Any], message: str
) -> None:
    settings = make_settings("team", name_prefixes=("dev_", "test_"))

    assert message in faults(settings, make_request("dev_weekly") | change)


@pytest.mark.parametrize(
    "output",
    [
        pytest.param({}, id="no wish"),
        pytest.param({"logGroupName": "team-results"}, id="the environment's own group"),
        pytest.param({"logGroupName": ""}, id="an empty group"),
        pytest.param({"metricsNamespace": "Mine"}, id="a namespace of the user's"),
    ],
)
def test_harmless_wishes_about_results_are_accepted(
    make_settings: Make, make_request: Make, output: dict[str, str]
) -> None:
    request = make_request(outputConfig={"cloudWatchConfig": output})

    assert faults(make_settings("team"), request) == ""


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"dataSourceConfig": "x"}, id="a string for the data source"),
        pytest.param({"dataSourceConfig": {"cloudWatchLogs": ["x"]}}, id="a list for the logs"),
        pytest.param({"outputConfig": {"cloudWatchConfig": None}}, id="null for the output"),
        pytest.param({"batchEvaluationName": 1}, id="a number for the name"),
    ],
)
def test_parts_of_the_wrong_type_are_left_to_the_models_check(
    make_settings: Make, make_request: Make, part: dict[str, Any]
) -> None:
    assert faults(make_settings("team"), make_request() | part) == ""


def test_model_and_scope_faults_come_in_one_answer(team: Any, cloud: Any) -> None:
    with pytest.raises(Exception, match=r"clientToken: .*logGroupNames") as raised:
        team.start(
            clientToken="short",
            dataSourceConfig={
                "cloudWatchLogs": {"serviceNames": ["a"], "logGroupNames": ["/payroll"]}
            },
        )

    assert type(raised.value).__name__ == "ValidationException"
    assert cloud.evaluations.calls == []
    assert cloud.kms.calls == []


@pytest.mark.parametrize(
    ("prefixes", "name", "key", "lacking"),
    [
        pytest.param(("dev_",), "dev_1", "ours", False, id="under our key"),
        pytest.param(("dev_",), "dev_1", "another", True, id="our name under another key"),
        pytest.param(("dev_",), "dev_1", None, True, id="our name under no key"),
        pytest.param(("dev_",), "prod_1", None, False, id="another's name under no key"),
        pytest.param((), "any", "another", False, id="any name under another's key"),
        pytest.param((), "any", None, True, id="any name under no key"),
    ],
)
def test_an_evaluation_without_our_key_is_one_that_should_have_it(
    cloud: Any,
    capsys: pytest.CaptureFixture[str],
    prefixes: tuple[str, ...],
    name: str,
    key: str | None,
    lacking: bool,
) -> None:
    team = cloud.environment("team", name_prefixes=prefixes)
    keys = {"ours": team.settings.evaluation_key_arn, "another": OTHER_KEY, None: None}
    evaluation_id = cloud.evaluations.add(name, key=keys[key])

    report = team.export()

    output = capsys.readouterr().out
    assert report["evaluationsWithoutOurKey"] == lacking
    assert f'"EvaluationsWithoutOurKey":{int(lacking)}' in output
    assert (f'"batchEvaluationIds":["{evaluation_id}"]' in output) is lacking


def test_two_environments_in_one_account_cannot_touch_each_other(cloud: Any) -> None:
    """Same account, same names: only key and bounds tell them apart."""
    red = cloud.environment("red", name_prefixes=("red_",), source_log_groups=("/red",))
    blue = cloud.environment("blue", evaluation_key_arn=OTHER_KEY)
    source = {"cloudWatchLogs": {"serviceNames": ["a"], "logGroupNames": ["/red"]}}
    of_red = red.start("red_1", dataSourceConfig=source)["batchEvaluationId"]
    of_blue = blue.start("red_2")["batchEvaluationId"]
    results = {"evaluationResults": {"totalNumberOfSessions": 0}}
    for evaluation_id in (of_red, of_blue):
        cloud.evaluations.finish(evaluation_id, **results)
    before = len(cloud.evaluations.calls)

    for environment, foreign in ((red, of_blue), (blue, of_red)):
        for operation in ("Get", "Stop", "Delete"):
            with pytest.raises(Exception, match="this environment has no evaluation") as raised:
                environment.invoke(f"{operation}BatchEvaluation", {"batchEvaluationId": foreign})
            assert type(raised.value).__name__ == "ResourceNotFoundException"
    with pytest.raises(Exception, match="source log groups"):
        red.start("red_3")
    listed = blue.invoke("ListBatchEvaluations")["batchEvaluations"]
    exported = {"red": red.export()["exported"], "blue": blue.export()["exported"]}

    assert {call for call, _ in cloud.evaluations.calls[before:]} == {
        "GetBatchEvaluation",
        "ListBatchEvaluations",
    }
    assert [row["batchEvaluationId"] for row in listed] == [of_blue]
    assert exported == {"red": [of_red], "blue": [of_blue]}
    assert not [key for key in red.listing() if of_blue in key]
    assert not [key for key in blue.listing() if of_red in key]


def test_an_id_outside_the_name_scope_is_not_even_looked_up(cloud: Any) -> None:
    red = cloud.environment("red", name_prefixes=("red_",))
    cloud.evaluations.add("blue_1")

    with pytest.raises(Exception, match="this environment has no evaluation"):
        red.invoke("GetBatchEvaluation", {"batchEvaluationId": "blue_1-0000000001"})

    assert cloud.evaluations.calls == []


def test_the_same_token_in_two_environments_never_touches_the_others_evaluation(
    cloud: Any,
) -> None:
    """A service that answers a known token with the evaluation it knows must not mislead us."""
    token = "t" * 40
    red = cloud.environment("red")
    blue = cloud.environment(
        "blue",
        evaluation_key_arn=OTHER_KEY,
    )
    of_red = red.start("weekly", clientToken=token)["batchEvaluationId"]
    known = cloud.evaluations.tokens[token]
    cloud.evaluations.tokens = _Forgiving(known)

    with pytest.raises(Exception, match="outside this environment") as raised:
        blue.start("weekly", clientToken=token)

    assert type(raised.value).__name__ == "ConflictException"
    assert cloud.evaluations.jobs[of_red]["status"] == "PENDING"
    assert blue.listing() == []


class _Forgiving(dict[str, Any]):
    """Tokens of a service that ignores what else comes with a token it knows."""

    def __init__(self, known: tuple[dict[str, Any], str]) -> None:
        super().__init__()
        self._id = known[1]

    def get(self, key: str, default: Any = None) -> Any:
        return _Equal(), self._id


class _Equal(dict[str, Any]):
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False
