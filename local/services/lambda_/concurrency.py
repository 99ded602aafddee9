"""Lambda's concurrency: an account's quota, and what functions may reserve of it.

docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html and, for the quota of new
accounts, docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import json

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import function_name
from local.moto_backend.state import MotoState

# docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html: "leave at least 100
# simultaneous executions unreserved". Accounts with a smaller quota are refused with that quota as
# the minimum ("below its minimum value of [10]"), as their owners report: they can reserve nothing.
_LEAST_UNRESERVED = 100
_CODE_SIZES = {
    "TotalCodeSize": 75 * 1024**3,
    "CodeSizeUnzipped": 250 * 1024**2,
    "CodeSizeZipped": 50 * 1024**2,
}


class FunctionConcurrency:
    """A layer in front of moto's Lambda, which lets functions reserve any number.

    `quota` is the account's quota of concurrent executions.
    """

    def __init__(self, state: MotoState, quota: int) -> None:
        self._state = state
        self._quota = quota

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a Lambda call; raises AwsError as Lambda does."""
        if call.action == "GetAccountSettings":
            return self._settings(call)
        if call.action == "PutFunctionConcurrency":
            self._check(call)
        return next_handler(call)

    def unreserved(self, account: str) -> int:
        """The concurrent executions that no function has reserved."""
        return self._quota - sum(self._state.reserved_concurrency(account).values())

    def _check(self, call: RequestContext) -> None:
        name = function_name(str(call.parameters["FunctionName"]))[0]
        if self._state.function(call.account, name) is None:
            return
        others = self._state.reserved_concurrency(call.account) | {name: 0}
        left = self._quota - sum(others.values()) - call.parameters["ReservedConcurrentExecutions"]
        least = min(_LEAST_UNRESERVED, self._quota)
        if left < least:
            raise AwsError(
                "InvalidParameterValueException",
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{least}].",
            )

    def _settings(self, call: RequestContext) -> Response:
        """docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html"""
        sizes = self._state.code_sizes(call.account)
        answer = {
            "AccountLimit": {
                **_CODE_SIZES,
                "ConcurrentExecutions": self._quota,
                "UnreservedConcurrentExecutions": self.unreserved(call.account),
            },
            "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(sizes)},
        }
        headers = {"content-type": "application/json"}
        return Response(200, headers, json.dumps(answer).encode())
