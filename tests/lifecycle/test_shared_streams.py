"""Evaluations of another tool may write into one log stream, as the local AWS lets them."""

import json
from typing import Any

from tests.lifecycle.lab import Lab


def test_each_export_of_a_shared_stream_holds_its_own_sessions_alone(lab: Lab) -> None:
    lab.renew()
    place = {"logGroupName": lab.settings.result_log_group, "logStreamName": "nightly"}
    sessions = dict(zip(("one", "two"), lab.session_ids, strict=False))
    ids: dict[str, str] = {}
    for name, session in sessions.items():
        lab.cloud.advance(1)
        asked = lab.request(name, kmsKeyArn=lab.settings.evaluation_key_arn)
        asked["dataSourceConfig"]["cloudWatchLogs"]["filterConfig"] = {"sessionIds": [session]}
        del asked["evaluationMetadata"]
        output = {"outputConfig": {"cloudWatchConfig": place}}
        started = lab._clients.evaluations.start_batch_evaluation(**asked, **output)
        ids[name] = started["batchEvaluationId"]
    lab.finish()

    assert set(ids.values()) <= set(lab.tick()["exported"])

    for name, session in sessions.items():
        manifest = _json(lab, f"manifests/{ids[name]}.json")
        told = manifest["contents"]["sessionResults"]
        lines = _text(lab, f"evaluations/{ids[name]}/session-results-00001.jsonl").splitlines()
        assert (told["state"], told["logStreamName"]) == ("Exported", "nightly")
        assert told["events"] == len(lines) > 0
        assert told["ofOtherEvaluations"] > 0
        assert "unattributed" not in told
        assert {json.loads(line)["attributes"]["session.id"] for line in lines} == {session}


def _text(lab: Lab, key: str) -> str:
    found = lab._clients.s3.get_object(Bucket=lab.settings.output_bucket, Key=key)
    return found["Body"].read().decode()


def _json(lab: Lab, key: str) -> dict[str, Any]:
    return json.loads(_text(lab, key))
