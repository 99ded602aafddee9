"""Artifacts of an evaluation in the service's own bucket, encrypted under the caller's key.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
lists the artifacts. The bucket belongs to the service's account: customers see it only through the
operations.
"""

import base64
import json
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget, ServicePrincipal
from local.services.agentcore.encryption import CONTEXT_KEY
from local.services.agentcore.forward_access import SERVICE, Services

DATA_SOURCE = "data-source-config.json"
SESSION_METADATA = "session-metadata.json"
RESULTS = "evaluation-results.json"
INSIGHTS = "insight-results.json"
ARTIFACTS = (DATA_SOURCE, SESSION_METADATA, RESULTS, INSIGHTS)


class ArtifactStore:
    """Writes, reads and removes artifacts as the service principal."""

    def __init__(self, services: Services, place: DeploymentTarget, service_account: str) -> None:
        self._services = services
        self._region = place.region
        self._account = service_account
        self.bucket = f"bedrock-agentcore-batch-evaluations-{service_account}-{place.region}"
        self._made = False

    def acting(self, arn: str) -> ServicePrincipal:
        """Return the service principal as it acts for one evaluation."""
        return ServicePrincipal(SERVICE, self._account, arn, arn.split(":")[4])

    def write(self, arn: str, key_arn: str | None, name: str, document: Any) -> None:
        """Store a document; with a key under SSE-KMS with the evaluation's encryption context."""
        s3 = self._client(arn)
        self._make_bucket(s3)
        s3.put_object(
            Bucket=self.bucket,
            Key=_object_key(arn, name),
            Body=json.dumps(document, separators=(",", ":")).encode(),
            ContentType="application/json",
            **_encryption(arn, key_arn),
        )

    def read(self, arn: str, name: str) -> Any:
        """Return a stored document, None when there is none; raises ClientError when S3 refuses."""
        try:
            body = self._client(arn).get_object(Bucket=self.bucket, Key=_object_key(arn, name))[
                "Body"
            ]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise
        return json.loads(body.read())

    def remove(self, arn: str) -> None:
        """Delete all artifacts of an evaluation; deletion asks nothing of the key."""
        if self._made:
            s3 = self._client(arn)
            for name in ARTIFACTS:
                s3.delete_object(Bucket=self.bucket, Key=_object_key(arn, name))

    def _client(self, arn: str) -> Any:
        return self._services.client("s3", self.acting(arn))

    def _make_bucket(self, s3: Any) -> None:
        if self._made:
            return
        # us-east-1 is the default location and must not be named.
        location = (
            {}
            if self._region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        )
        try:
            s3.create_bucket(Bucket=self.bucket, **location)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "BucketAlreadyOwnedByYou":
                raise
        self._made = True


def _object_key(arn: str, name: str) -> str:
    account, identifier = arn.split(":")[4], arn.rsplit("/", 1)[1]
    return f"{account}/{identifier}/{name}"


def _encryption(arn: str, key_arn: str | None) -> dict[str, Any]:
    if key_arn is None:
        return {"ServerSideEncryption": "AES256"}
    context = json.dumps({CONTEXT_KEY: arn}, separators=(",", ":")).encode()
    return {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": key_arn,
        "SSEKMSEncryptionContext": base64.b64encode(context).decode(),
        # With a bucket key KMS would be told the bucket, not the evaluation.
        "BucketKeyEnabled": False,
    }
