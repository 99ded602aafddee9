"""The pages of ListBatchEvaluations and the tokens between them."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from local.aws_api.service_model import Fault
from local.services.agentcore.errors import invalid
from local.services.agentcore.request_validation import request_faults

# AWS documents no default; recorded answers hold 50 rows.
DEFAULT_PAGE = 50


def page_wanted(query: Mapping[str, str]) -> tuple[str, int]:
    """Return the id that the page follows ("" for the first) and its size.

    Raises ValidationException for a size out of range and for a token that is not ours.
    """
    parameters: dict[str, Any] = {
        name: query[name] for name in ("maxResults", "nextToken") if name in query
    }
    if re.fullmatch(r"-?[0-9]+", parameters.get("maxResults", "")):
        parameters["maxResults"] = int(parameters["maxResults"])
    faults = request_faults("ListBatchEvaluations", parameters)
    after = _last_id(parameters["nextToken"]) if "nextToken" in parameters else ""
    if after is None:
        faults.append(Fault("nextToken", "is not a token that ListBatchEvaluations returned"))
    if faults or after is None:
        raise invalid(faults)
    return after, parameters.get("maxResults", DEFAULT_PAGE)


def token(last_id: str) -> str:
    """Return the token of the page after an id: base64 JSON, as the service's own."""
    document = json.dumps({"batchEvaluationId": last_id}, separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode()


def _last_id(text: str) -> str | None:
    try:
        document = json.loads(base64.b64decode(text.encode(), altchars=b"-_", validate=True))
        identifier = document["batchEvaluationId"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return identifier if isinstance(identifier, str) else None
