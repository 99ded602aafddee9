"""The errors that AWS answers with, and their shape in each wire protocol."""

import json
import re
from xml.sax.saxutils import escape

from local.aws_api.http_messages import Response
from local.aws_api.unserved_services import cbor_error

# https://www.w3.org/TR/xml/#charsets: a document with any of these is none.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class AwsError(Exception):
    """An error answer under AWS's own code.

    `status` is the HTTP status; `members` are further fields of the JSON body (such as `reason`).
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def rendered(error: AwsError, protocol: str, request_id: str) -> Response:
    """The error as an answer in `protocol`: json, rest-json, query, ec2, rest-xml or CBOR.

    SDKs read the code of a JSON answer from the x-amzn-errortype header or from `__type`, that of
    an XML answer from `Code` (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
    """
    if protocol in ("json", "rest-json"):
        body = {"__type": error.code, "message": error.message, **error.members}
        kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
        headers = {"content-type": kind, "x-amzn-errortype": error.code}
        return Response(error.status, headers, json.dumps(body).encode())
    if protocol == "smithy-rpc-v2-cbor":
        headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Response(error.status, headers, cbor_error(error.code, error.message))
    message = escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", error.message))
    inner = f"<Code>{escape(error.code)}</Code><Message>{message}</Message>"
    if protocol == "query":
        kind = "Sender" if error.status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    elif protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{inner}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    else:
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return Response(
        error.status, {"content-type": "application/xml"}, (declaration + text).encode()
    )
