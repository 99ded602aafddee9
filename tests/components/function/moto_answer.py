"""moto's answer to a request whose service is known.

moto itself matches each URL against the patterns of some two hundred services, and reads S3's anew
for each request: as long again as the answer takes.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.backends import get_backend
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import normalize_request
from werkzeug.exceptions import HTTPException


def moto_answer(service: str, request: Any) -> AWSResponse:
    """Answer as moto does, in its default account."""
    known = normalize_request(request)
    url = request.url.partition("?")[0]
    answer = next(answer for pattern, answer in _routes(service) if pattern.match(url))
    try:
        status, headers, body = answer(known, known.raw_url, known.headers)
    except HTTPException as error:
        status, headers, body = error.code, error.get_headers(), error.get_body()
    raw: Any = MockRawResponse(body)
    return AWSResponse(request.url, status, headers, raw)


@cache
def _routes(service: str) -> list[tuple[re.Pattern[str], Callable[..., Any]]]:
    name: Any = service
    regions: Any = get_backend(name)[DEFAULT_ACCOUNT_ID]
    backend = regions["us-east-1" if "us-east-1" in regions else "aws"]
    return [(re.compile(url), answer) for url, answer in backend.urls.items()]
