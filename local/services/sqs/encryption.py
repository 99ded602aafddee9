"""SQS with KMS: queues with a key, which senders and receivers must be able to use.

A sender makes a data key and decrypts it, as SQS does to check it; a receiver decrypts.
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import queue_of
from local.moto_backend.state import MotoState
from local.services.key_use import KeyRefusal, ServiceKeys

_SENDING = frozenset({"SendMessage", "SendMessageBatch"})
# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, Errors
_REFUSALS = {
    "AccessDeniedException": "KMS.AccessDeniedException",
    "DisabledException": "KMS.DisabledException",
    "InvalidKeyUsageException": "KMS.InvalidKeyUsageException",
    "KMSInvalidStateException": "KMS.InvalidStateException",
    "NotFoundException": "KMS.NotFoundException",
}


class QueueEncryption:
    """A layer in front of moto's SQS."""

    def __init__(self, state: MotoState, place: DeploymentTarget, kms: Answer) -> None:
        self._state = state
        self._place = place
        self._keys = ServiceKeys("sqs", place, kms)
        self._data_keys: dict[tuple[str, str], str] = {}

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of SQS; raises AwsError as it does when KMS refuses."""
        if call.action not in _SENDING | {"ReceiveMessage"}:
            return next_handler(call)
        queue = queue_of(call.parameters.get("QueueUrl"))
        key = self._state.queue_key(*queue) if queue else None
        if queue is None or key is None:
            return next_handler(call)
        account, name = queue
        arn = f"arn:{self._place.partition}:sqs:{call.region}:{account}:{name}"
        try:
            if call.action in _SENDING:
                self._seal(call, key, arn)
            elif (key, arn) in self._data_keys:
                self._open(call, key, arn)
        except KeyRefusal as refusal:
            raise AwsError(_REFUSALS.get(refusal.code, refusal.code), refusal.message) from None
        return next_handler(call)

    def _seal(self, call: RequestContext, key: str, arn: str) -> None:
        members = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": _context(arn)}
        answer = self._keys.ask(call.acting, "GenerateDataKey", members)
        self._data_keys[key, arn] = answer["CiphertextBlob"]
        self._open(call, key, arn)

    def _open(self, call: RequestContext, key: str, arn: str) -> None:
        blob = self._data_keys[key, arn]
        # Without KeyId, which may be an alias that names another key by now.
        members = {"CiphertextBlob": blob, "EncryptionContext": _context(arn)}
        self._keys.ask(call.acting, "Decrypt", members)


def _context(arn: str) -> dict[str, str]:
    return {"aws:sqs:arn": arn}
