"""Whatever happens in whatever order ends in a documented answer or error, and nothing half done.

A thousand events in forty histories: requests good and bad, ticks, faults at any call, a key that
goes and comes, evaluations of others.
"""

import json
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.function.errors import ControllerError
from tests.lifecycle.small_lab import TICK, SmallLab
from tests.lifecycle.wire import FAULTS, LOST_ONCE, NO_TIME, Killed

HISTORIES, EVENTS = 40, 25
# docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html and its
# siblings; KMS's and S3's own where they refuse; ours for no answer in time.
DOCUMENTED = {
    "AccessDenied",
    "AccessDeniedException",
    "ConflictException",
    "DisabledException",
    "Inner",
    "InternalServerException",
    "ResourceNotFoundException",
    "ServiceUnavailableException",
    "SlowDown",
    "ThrottlingException",
    "ValidationException",
}

names = st.sampled_from(["a", "b", "c", "bad-name"])
faults = st.one_of(
    st.none(), st.tuples(st.integers(1, 16), st.sampled_from([*FAULTS, LOST_ONCE, NO_TIME]))
)
requests = st.one_of(
    st.tuples(st.just("StartBatchEvaluation"), names),
    st.tuples(
        st.sampled_from(
            ["GetBatchEvaluation", "StopBatchEvaluation", "DeleteBatchEvaluation", TICK]
        ),
        names,
    ),
    st.tuples(st.sampled_from(["ListBatchEvaluations", "CheckKey", "NoOperation", TICK]), names),
)
happenings = st.sampled_from(["finish", "key off", "key on", "foreign", "later", "full", "room"])
histories = st.lists(
    st.one_of(st.tuples(requests, faults), st.tuples(requests, st.none()), happenings),
    min_size=EVENTS,
    max_size=EVENTS,
)


@settings(
    max_examples=HISTORIES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
def test_a_thousand_random_events(small_lab: SmallLab, history: list[Any]) -> None:
    lab = small_lab
    lab.forget()
    lab.cloud.enable_key()
    for event in history:
        if isinstance(event, str):
            _happen(lab, event)
        else:
            _ask(lab, *event)
            if event[0][0] in (TICK, "DeleteBatchEvaluation"):
                _assert_manifests_hold(lab)
    _settle(lab)
    _assert_nothing_is_left_over(lab)


def _happen(lab: SmallLab, event: str) -> None:
    match event:
        case "finish":
            lab.finish()
        case "key off":
            lab.cloud.disable_key()
        case "key on":
            lab.cloud.enable_key()
        case "foreign":
            lab.cloud.evaluations.add(f"other{len(lab.cloud.evaluations.jobs)}", key=None)
        case "full":
            lab.cloud.evaluations.room = 0
        case "room":
            lab.cloud.evaluations.room = 1_000_000
        case _:
            lab.environment.clock.forward(minutes=30)


def _ask(lab: SmallLab, request: tuple[str, str], fault: tuple[int | None, str] | None) -> None:
    operation, name = request
    parameters: dict[str, Any] = {}
    if operation == "StartBatchEvaluation":
        parameters = lab.request(name)
    elif operation in ("GetBatchEvaluation", "StopBatchEvaluation", "DeleteBatchEvaluation"):
        ids = [one for one in lab.cloud.evaluations.jobs if one.startswith(f"{name}-")]
        parameters = {"batchEvaluationId": ids[0] if ids else f"{name}-0000000000"}
    lab.wire.begin(*(fault or (None, "")))
    refused: ControllerError | None = None
    answer: dict[str, Any] = {"controller": {}}
    try:
        answer = lab.invoke(operation, parameters)
    except ControllerError as error:
        refused = error
    except Killed:
        lab.renew()
    if refused is not None:
        assert type(refused).__name__ in DOCUMENTED, (operation, repr(refused))
        # A defect of ours would come as this one.
        assert " at " not in str(refused) or type(refused).__name__ == "ValidationException"
    assert isinstance(answer["controller"], dict)


def _assert_manifests_hold(lab: SmallLab) -> None:
    """A manifest names only what is there, byte for byte; whatever else may be half-written."""
    bucket, s3 = lab.environment.settings.output_bucket, lab.environment.clients.s3
    there = set(lab.environment.versions())
    enabled = lab.cloud.kms.metadata["KeyState"]
    lab.cloud.kms.metadata["KeyState"] = "Enabled"
    for key in lab.environment.listing("manifests/"):
        manifest = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        if f"tombstones/{manifest['batchEvaluationId']}.json" in {name for name, _ in there}:
            continue  # being deleted
        named = {(entry["key"], entry["versionId"]) for entry in manifest["artifacts"]}
        assert named, key
        # A deletion without the key leaves no tombstone and may have been killed half-way.
        if enabled == "Enabled":
            assert named <= there or manifest["batchEvaluationId"] in lab.cloud.evaluations.jobs
    lab.cloud.kms.metadata["KeyState"] = enabled


def _settle(lab: SmallLab) -> None:
    lab.cloud.enable_key()
    lab.cloud.evaluations.room = 1_000_000
    for _ in range(2):
        lab.finish()
        lab.environment.clock.forward(hours=2)
        lab.tick()
    report = lab.tick()
    assert report["complete"], report


def _assert_nothing_is_left_over(lab: SmallLab) -> None:
    """Each evaluation of ours is exported; of each deleted one only the tombstone is there."""
    key = lab.environment.settings.evaluation_key_arn
    ours = {
        identifier
        for identifier, job in lab.cloud.evaluations.jobs.items()
        if job.get("kmsKeyArn") == key
    }
    objects = {name for name, _ in lab.environment.versions()}
    manifests = {f"manifests/{identifier}.json" for identifier in ours}
    assert manifests <= objects
    assert not [name for name in objects if name.startswith(("requests/", "problems/", "sweeps/"))]
    tombstones = [name for name in objects if name.startswith("tombstones/")]
    deleted = {name.removeprefix("tombstones/").removesuffix(".json") for name in tombstones}
    assert not deleted & ours
    assert not [name for name in objects for one in deleted if f"/{one}/" in name]
