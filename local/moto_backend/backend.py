"""moto, which keeps the state of the AWS services, driven in this process."""

import io
import json
import logging
import threading
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes, urlsplit

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, environ_key_for_header
from moto.moto_server.werkzeug_app import BackendRequest, create_backend_app
from werkzeug.test import run_wsgi_app

import local.moto_backend.patches  # noqa: F401 - changes moto by being imported
from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import RequestContext
from local.aws_api.xml_text import parsable
from local.moto_backend import dispatch

if TYPE_CHECKING:
    from flask import Flask


_LOG = logging.getLogger(__name__)

# Names under which moto files services whose signing name differs.
_MODULES = {"lambda": "awslambda"}


class _WithoutForms(BackendRequest):
    """An object's data is its data, even when its type is that of a form."""

    @property
    def want_form_data_parsed(self) -> bool:
        return False


class MotoBackend:
    """moto's applications, one a service, called one request at a time.

    moto's backends are plain dicts and lists that were not written for threads, hence the lock.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._authority = "127.0.0.1"
        self._applications: dict[str, Flask] = {}
        self._lock = lock

    def reset(self, authority: str) -> None:
        """Forget everything; `authority` is the host and port that answers name (queue URLs)."""
        with self._lock:
            self._authority = authority
            BackendDict.reset()
            reset_model_data()

    def answer(self, call: RequestContext) -> Response:
        """What moto answers; raises NotImplemented for an operation that it lacks."""
        with self._lock:
            application = self._applications.get(call.service)
            if application is None:
                name = cast(Any, _MODULES.get(call.service, call.service))
                application = self._applications[call.service] = create_backend_app(name)
                if call.protocol == "rest-xml":
                    application.request_class = _WithoutForms
            try:
                with dispatch.only(call.service, call.action) as reached:
                    pieces, status, headers = run_wsgi_app(application, self._environ(call))
                    found = reached()
            except NotImplementedError as error:
                raise AwsError("NotImplemented", str(error), 501) from None
            except Exception as error:
                raise _incapable(call, error) from error
            body = b"".join(pieces)
        # Some refusals of S3 come before its function. A path that moto does not have, such as one
        # with a line feed, it answers in HTML.
        if not found and (call.service != "s3" or body.startswith(b"<!doctype html>")):
            raise AwsError("NotImplemented", f"moto has no {call.service} {call.action}", 501)
        if status.startswith("500"):
            raise _incapable(call, body.decode("utf-8", "replace")[:200])
        # A browser must never be told that it may read an answer.
        kept = {
            name.lower(): value
            for name, value in headers.items()
            if not name.lower().startswith("access-control-")
        }
        if call.protocol == "query" or (call.service == "s3" and body.startswith(b"<?xml")):
            body = body if _gives_data(call, status) else parsable(body)
            kept["content-length"] = str(len(body))
        if status.startswith("404") and not body and call.request.method != "HEAD":
            # moto says no more of a bucket whose settings are asked for or changed.
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        return Response(int(status.split()[0]), kept, body)

    def _environ(self, call: RequestContext) -> dict[str, Any]:
        parts = urlsplit(f"http://local{call.target}")
        query, body, kind = parts.query, call.request.body, call.header("content-type")
        # moto takes operation and members from the query string first, then from a body read as a
        # form, then from headers: none of these may overrule the call that was decided on.
        if call.protocol == "query":
            query = ""
            kind = "application/x-www-form-urlencoded; charset=utf-8"
        elif call.protocol != "rest-xml":
            query = query if call.protocol == "rest-json" else ""
            text = json.dumps(json.loads(body)) if body else ""
            body = text.replace("&", r"\u0026").replace("=", r"\u003d").encode()
            kind = "application/x-amz-json-1.1"
            if call.service == "sqs":
                kind = "application/x-amz-json-1.0"
            if call.protocol == "rest-json":
                kind = "application/json"
        host, _, port = self._authority.partition(":")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": call.request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
            "RAW_URI": parts.path,
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        spelt: dict[str, str] = {}
        for name, value in call.request.headers.items():
            if name in _REPLACED or name.startswith("x-moto-"):
                continue
            if call.protocol != "rest-xml" and not name.startswith("x-amz-"):
                continue
            if name == "x-amz-target" and call.protocol != "json":
                continue
            key = environ_key_for_header(name)
            environ[key] = value
            spelt[key] = name
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = spelt
        if kind:
            environ["CONTENT_TYPE"] = kind
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["HTTP_HOST"] = self._authority
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        environ["HTTP_AUTHORIZATION"] = self._authorization(call)
        return environ

    def _authorization(self, call: RequestContext) -> str:
        """A header from which moto reads access key and Region (in place of the verified one)."""
        key = call.acting.access_key_id if isinstance(call.acting, Principal) else "AKIASERVICE"
        scope = f"{key}/20200101/{call.region}/{call.service}/aws4_request"
        return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=verified"


def _gives_data(call: RequestContext, status: str) -> bool:
    """Whether an answer is an object's data, whatever that looks like."""
    return call.action == "GetObject" and status.startswith("2")


def _incapable(call: RequestContext, reason: object) -> AwsError:
    """What is answered where moto fails inside, on input that the service's model allows.

    SDKs do not send again what is answered so, as they do after an InternalFailure.
    """
    if isinstance(reason, KeyError) and call.action in _ABSENT:
        code, status = _ABSENT[call.action]
        return AwsError(code, f"{reason} does not exist", status)
    _LOG.info("%s %s", call.service, call.action, exc_info=isinstance(reason, Exception))
    what = f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else reason
    return AwsError(
        "NotImplemented", f"moto cannot answer this {call.service} {call.action}: {what}", 501
    )


# Where moto looks up without asking whether there is such a thing.
_ABSENT = {
    "GetQueryResults": ("ResourceNotFoundException", 400),
    "UploadPart": ("NoSuchUpload", 404),
    "UploadPartCopy": ("NoSuchUpload", 404),
}

# Headers that describe the transport or the signature and are written anew.
_REPLACED = frozenset(
    {
        "host",
        "authorization",
        "content-length",
        "content-type",
        "transfer-encoding",
        "user-agent",
        "connection",
        "expect",
        "x-amz-content-sha256",
        "x-amz-decoded-content-length",
    }
)
