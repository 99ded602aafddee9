"""Pulumi's provider protocol: each message turned into a call of the provider and back.

The protocol: https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/providers/index.html
"""

import importlib.metadata
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from policies.iam import printable, printable_lines

from . import configuration
from .aws_clients import Cloud
from .lifecycle import (
    CloudError,
    Naming,
    PartialError,
    Provider,
    UnsupportedError,
    resource_type,
)
from .properties import conceal_all, reveal_all, to_struct
from .state_merge import planned, planned_update


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The operations of Pulumi's protocol, each on the provider that its connection configured.

    An engine with several provider resources dials the same port once for each, and no request
    says for which it is: only the connection tells.
    """

    def __init__(self) -> None:
        self._providers: dict[str, Provider] = {}
        self._clouds: dict[str, Cloud] = {}
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        # An engine that shakes hands takes these from here, and nothing from Configure's answer.
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi-aws"))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        wrong = configuration.failures(configuration.parsed(_plain(request.news)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(wrong))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds, news = _plain(request.old_inputs), _plain(request.news)
        changed = sorted(key for key in {**olds, **news} if olds.get(key) != news.get(key))
        return provider_pb2.DiffResponse(changes=_changes(changed), diffs=changed)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            provider = Provider(self._cloud(configuration.parsed(_plain(request.args))))
        with self._lock:
            self._providers[context.peer()] = provider
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            acceptResources=False,
            acceptOutputs=False,
            supportsPreview=True,
            supports_autonaming_configuration=True,
        )

    def _cloud(self, settings: Mapping[str, Any]) -> Cloud:
        """The cloud that settings name: one for all connections, as its clients take long to make.

        Raises ValueError as `configuration.cloud` does.
        """
        named = json.dumps(settings, sort_keys=True)
        with self._lock:
            if named not in self._clouds:
                self._clouds[named] = configuration.cloud(settings)
            return self._clouds[named]

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            answer, wrong = self._of(context).invoke(request.tok, _plain(request.args))
        members: dict[str, Any] = {"return": to_struct(answer)}  # a keyword of Python
        return provider_pb2.InvokeResponse(**members, failures=_failures(wrong))

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        modes = provider_pb2.CheckRequest.AutonamingOptions
        naming = Naming(
            seed=request.randomSeed,
            proposed=request.autonaming.proposed_name,
            disabled=request.autonaming.mode == modes.DISABLE,
        )
        with _answering(context):
            token, name = _subject(request.urn)
            olds, (news, secret) = _plain(request.olds), reveal_all(request.news)
            inputs, wrong = self._of(context).check(token, name, news, olds, naming)
        return provider_pb2.CheckResponse(
            inputs=conceal_all(inputs, secret), failures=_failures(wrong)
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            token, _ = _subject(request.urn)
            state, olds = _plain(request.olds), _plain(request.old_inputs)
            difference = self._of(context).diff(token, state, olds, _plain(request.news))
        tops = {path: _top(path) for path in difference.paths}
        return provider_pb2.DiffResponse(
            changes=_changes(difference.paths),
            diffs=sorted(set(tops.values())),
            replaces=sorted({tops[p] for p, (_, replaces) in difference.paths.items() if replaces}),
            deleteBeforeReplace=difference.delete_first,
            hasDetailedDiff=True,
            detailedDiff={
                path: provider_pb2.PropertyDiff(
                    kind=provider_pb2.PropertyDiff.Kind.Value(
                        f"{change}_REPLACE" if replaces else change
                    ),
                    inputDiff=True,
                )
                for path, (change, replaces) in difference.paths.items()
            },
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, name = _subject(request.urn)
        inputs, secret = reveal_all(request.properties)
        with _answering(context, inputs, secret):
            if request.preview:
                return provider_pb2.CreateResponse(
                    properties=conceal_all(planned(resource_type(token), inputs), secret)
                )
            resource_id, state = self._of(context).create(token, name, inputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=conceal_all(state, secret))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            token, name = _subject(request.urn)
            state, secret = reveal_all(request.properties)
            inputs, declared_secret = reveal_all(request.inputs)
            answer = self._of(context).read(token, name, request.id, state, inputs)
        if answer is None:
            return provider_pb2.ReadResponse()
        state, inputs = answer
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=conceal_all(state, secret | declared_secret),
            inputs=conceal_all(inputs, secret | declared_secret),
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, name = _subject(request.urn)
        olds, (news, secret) = _plain(request.old_inputs), reveal_all(request.news)
        with _answering(context, news, secret):
            if request.preview:
                state = planned_update(resource_type(token), _plain(request.olds), olds, news)
            else:
                state = self._of(context).update(token, name, request.id, olds, news)
        return provider_pb2.UpdateResponse(properties=conceal_all(state, secret))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _answering(context):
            token, name = _subject(request.urn)
            state = {**_plain(request.properties), **_plain(request.old_inputs)}
            self._of(context).delete(token, name, request.id, state)
        return empty_pb2.Empty()

    def _of(self, context: grpc.ServicerContext) -> Provider:
        with self._lock:
            provider = self._providers.get(context.peer())
        if provider is None:
            raise ValueError("expected Configure on this connection first")
        return provider


@contextmanager
def _answering(
    context: grpc.ServicerContext,
    inputs: Mapping[str, Any] | None = None,
    secret: frozenset[str] = frozenset(),
) -> Iterator[None]:
    """Answer errors as the protocol has them; a partial one carries the resource's id and state.

    A plain error would lose the id, and the retry would make a second resource.
    """
    try:
        yield
    except UnsupportedError as error:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, printable_lines(error))
    except PartialError as error:
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=error.resource_id,
                properties=conceal_all(error.state, secret),
                inputs=conceal_all(inputs or {}, secret),
                reasons=[printable_lines(error)],
            )
        )
        code = grpc.StatusCode.UNKNOWN
        status = status_pb2.Status(
            code=code.value[0], message=printable_lines(error), details=[detail]
        )
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(code, printable_lines(error))
    except (CloudError, ValueError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, printable_lines(error))


def _plain(struct: Any) -> dict[str, Any]:
    """Return a Struct as a dict, for a request whose answer repeats no value."""
    return reveal_all(struct)[0]


def _subject(urn: str) -> tuple[str, str]:
    """Return type token and name of a URN; only a request from a new engine has them apart."""
    _, _, qualified, name = urn.split("::", 3)
    return qualified.rsplit("$", 1)[-1], name


def _failures(wrong: list[Any]) -> list[Any]:
    return [
        provider_pb2.CheckFailure(property=printable(f.property), reason=printable(f.reason))
        for f in wrong
    ]


def _changes(found: Any) -> Any:
    kinds = provider_pb2.DiffResponse
    return kinds.DIFF_SOME if found else kinds.DIFF_NONE


def _top(path: str) -> str:
    """Return the top-level property of a path."""
    return path.split(".", 1)[0].split("[", 1)[0]
