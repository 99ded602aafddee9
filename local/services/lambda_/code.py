"""Lambda's code from S3, which is read with the rights of whoever calls Lambda.

moto takes the object out of its store, whatever bucket policy and key say.
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html, AccessDenied
"""

import base64
import json
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import ForwardAccessSession, Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.runtime.clients import Services

_VIA = "lambda.amazonaws.com"
# The member that holds the code; None where its members are those of the request.
_HOLDERS = {"CreateFunction": "Code", "PublishLayerVersion": "Content", "UpdateFunctionCode": None}
_NAMES = ("S3Bucket", "S3Key", "S3ObjectVersion")


class FunctionCode:
    """A layer in front of moto's Lambda."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of Lambda; raises AwsError as Lambda does when S3 refuses."""
        if call.action not in _HOLDERS:
            return next_handler(call)
        sent: dict[str, Any] = json.loads(call.request.body or b"{}")
        holder = _HOLDERS[call.action]
        code: dict[str, Any] = dict((sent.get(holder) or {}) if holder else sent)
        if not any(name in code for name in _NAMES):
            return next_handler(call)
        where = [code.pop(name, None) for name in _NAMES]
        code["ZipFile"] = base64.b64encode(self._read(call, *where)).decode()
        sent = {**sent, holder: code} if holder else code
        members = {name: value for name, value in call.parameters.items() if name not in _NAMES}
        request = replace(call.request, body=json.dumps(sent).encode())
        return next_handler(replace(call, parameters={**members, **sent}, request=request))

    def _read(
        self, call: RequestContext, bucket: str | None, key: str | None, version: str | None
    ) -> bytes:
        acting = call.acting
        if isinstance(acting, Principal):
            acting = ForwardAccessSession(acting, _VIA)
        wanted = {"Bucket": bucket or "", "Key": key or ""}
        wanted |= {"VersionId": version} if version else {}
        try:
            answer = self._services.client("s3", acting).get_object(**wanted)
            return bytes(answer["Body"].read())
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            if code == "AccessDenied":
                raise AwsError(
                    "AccessDeniedException",
                    "Your access has been denied by S3, please make sure your request credentials "
                    f"have permission to GetObject for {bucket}/{key}. S3 Error Message: {message}",
                    403,
                ) from None
            raise AwsError(
                "InvalidParameterValueException",
                f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: "
                f"{message}",
            ) from None
