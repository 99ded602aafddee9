"""The provider as the engine meets it: messages, unknown values, error details, connections."""

import json
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from local.provider import server
from local.provider.properties import SECRET, UNKNOWN, conceal, signature, to_plain, to_struct
from local.provider.resource_types import RESOURCES
from tests.local.provider.workshop import Wire, code, token

FUNCTION = {"name": "thing", "role": "arn:aws:iam::111122223333:role/thing"}


@pytest.fixture
def configured(wire: Wire) -> Wire:
    """A connection that the engine has configured."""
    wire.configure()
    return wire


def create(wire: Wire, kind: str, inputs: dict[str, Any], preview: bool = False) -> Any:
    return wire.stub.Create(
        provider_pb2.CreateRequest(
            urn=wire.urn(kind), properties=to_struct(inputs), preview=preview
        )
    )


def hidden(struct: Any) -> set[str]:
    """Return which values of a Struct are marked as secrets."""
    return {key for key, value in to_plain(struct).items() if signature(value) == SECRET}


class TestConnection:
    def test_says_what_it_wants_to_get(self, wire: Wire) -> None:
        answer = wire.configure()
        assert answer.supportsPreview
        assert answer.supports_autonaming_configuration
        assert answer.acceptSecrets, "without the marks nothing can tell that tagsAll is as secret"
        assert not any([answer.acceptResources, answer.acceptOutputs])

    def test_attaches_and_ends_without_a_word(self, wire: Wire) -> None:
        assert wire.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1")) == empty_pb2.Empty()
        assert wire.stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()

    def test_answers_nothing_before_it_is_configured(self, wire: Wire) -> None:
        with pytest.raises(grpc.RpcError, match="expected Configure"):
            create(wire, "kms.Key", {})

    def test_each_has_its_own_configuration(self, configured: Wire) -> None:
        with _other_connection(configured) as other:
            other.settings["region"] = "eu-west-1"
            other.configure()
            assert [_region(other), _region(configured)] == ["eu-west-1", "us-east-1"]

    def test_a_wrong_configuration_is_refused_by_path(self, wire: Wire) -> None:
        news = to_struct({"profile": "me", "endpoints": json.dumps([{"kmss": "http://127.0.0.1"}])})
        answer = wire.stub.CheckConfig(provider_pb2.CheckRequest(news=news))
        assert [failure.property for failure in answer.failures] == ["profile", "endpoints[0].kmss"]

    def test_what_repeats_an_input_is_printable(self, wire: Wire) -> None:
        """The engine prints failures and errors as they are."""
        hostile = "a\r\x1b]0;t\x07\x9b2J\u202e\u2028"
        wire.configure()
        for kind, resource in RESOURCES.items():
            urn = f"urn:pulumi:dev::project::{kind}::thing"
            given: dict[str, Any] = dict.fromkeys((*resource.fields, hostile), hostile)
            inputs = to_struct(given)
            answer = wire.stub.Check(provider_pb2.CheckRequest(urn=urn, news=inputs))
            assert hostile not in str(answer.failures)
            assert all((each.property + each.reason).isprintable() for each in answer.failures)
        with pytest.raises(grpc.RpcError) as caught:
            create(wire, "iam.RolePolicyAttachment", {"role": hostile, "policyArn": hostile})
        assert all(line.isprintable() for line in str(caught.value.details()).split("\n"))

    def test_a_change_of_configuration_replaces_nothing(self, wire: Wire) -> None:
        olds, news = to_struct({"region": "us-east-1"}), to_struct({"region": "eu-west-1"})
        request = provider_pb2.DiffRequest(old_inputs=olds, news=news)
        answer = wire.stub.DiffConfig(request)
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert list(answer.diffs) == ["region"]
        assert not answer.replaces

    def test_a_port_in_use_is_named(self) -> None:
        running, port = server.start()
        with pytest.raises(OSError, match=f"port {port}: expected a free port"):
            server.start(port)
        running.stop(grace=None).wait()


def _other_connection(wire: Wire) -> Any:
    """Return a second connection to the same server, as another provider resource has it."""

    class Other:
        def __enter__(self) -> Wire:
            # Channels of one process share a connection unless told otherwise.
            options = [("grpc.use_local_subchannel_pool", 1)]
            self.channel = grpc.insecure_channel(wire.address, options=options)
            stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
            return Wire(stub, dict(wire.settings), wire.address)

        def __exit__(self, *_: object) -> None:
            self.channel.close()

    return Other()


def _region(wire: Wire) -> str:
    request = provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion")
    return to_plain(getattr(wire.stub.Invoke(request), "return"))["region"]


class TestPreview:
    def test_of_a_creation_knows_the_inputs_and_nothing_else(self, configured: Wire) -> None:
        answer = create(configured, "kms.Key", {"description": "d", "policy": UNKNOWN}, True)
        state = to_plain(answer.properties)
        assert answer.id == ""
        assert state["description"] == "d"
        assert {key for key, value in state.items() if value == UNKNOWN} == (
            RESOURCES[token("kms.Key")].outputs - {"description"}
        )

    def test_of_an_update_knows_what_stays(self, configured: Wire) -> None:
        olds = {**FUNCTION, "timeout": 3, "tags": {"a": "b"}}
        state = {**olds, "arn": "arn", "codeSha256": "s", "lastModified": "m", "tagsAll": {}}
        news = {**FUNCTION, "tags": {"c": "d"}, "memorySize": 256}
        answer = configured.stub.Update(
            provider_pb2.UpdateRequest(
                id="thing",
                urn=configured.urn("lambda.Function"),
                olds=to_struct(state),
                old_inputs=to_struct(olds),
                news=to_struct(news),
                preview=True,
            )
        )
        moved = {"codeSha256": UNKNOWN, "lastModified": UNKNOWN, "sourceCodeSize": UNKNOWN}
        assert to_plain(answer.properties) == {**news, "arn": "arn", "tagsAll": {"c": "d"}, **moved}


class TestLife:
    def test_runs_over_the_wire(self, configured: Wire) -> None:
        urn = configured.urn("kms.Key")
        created = create(configured, "kms.Key", {"description": "one"})
        state = created.properties
        assert to_plain(state)["keyId"] == created.id

        olds, news = to_struct({"description": "one"}), to_struct({"description": "two"})
        updated = configured.stub.Update(
            provider_pb2.UpdateRequest(
                id=created.id, urn=urn, olds=state, old_inputs=olds, news=news
            )
        )
        assert to_plain(updated.properties)["description"] == "two"

        request = provider_pb2.ReadRequest(
            id=created.id, urn=urn, properties=updated.properties, inputs=news
        )
        read = configured.stub.Read(request)
        assert (read.id, read.properties, read.inputs) == (created.id, updated.properties, news)

        delete = provider_pb2.DeleteRequest(id=created.id, urn=urn, properties=read.properties)
        configured.stub.Delete(delete)
        assert configured.stub.Read(request) == provider_pb2.ReadResponse()
        configured.stub.Delete(delete)

    def test_what_is_secret_going_in_is_secret_coming_out(self, configured: Wire) -> None:
        news = to_struct({"description": "open", "tags": {"word": conceal("hush")}})
        urn = configured.urn("kms.Key")
        checked = configured.stub.Check(provider_pb2.CheckRequest(urn=urn, news=news)).inputs
        assert hidden(checked) == {"tags"}
        created = configured.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=checked))
        assert hidden(created.properties) == {"tags", "tagsAll"}
        read = configured.stub.Read(
            provider_pb2.ReadRequest(
                id=created.id, urn=urn, properties=created.properties, inputs=checked
            )
        )
        assert hidden(read.inputs) == {"tags"}
        assert hidden(read.properties) == {"tags", "tagsAll"}

    def test_a_name_comes_from_the_engine(self, configured: Wire) -> None:
        naming = provider_pb2.CheckRequest.AutonamingOptions(proposed_name="dev-thing")
        answer = configured.stub.Check(
            provider_pb2.CheckRequest(urn=configured.urn("s3.Bucket"), autonaming=naming)
        )
        assert to_plain(answer.inputs)["bucket"] == "dev-thing"

    def test_a_wrong_input_is_a_failure_of_the_check(self, configured: Wire) -> None:
        news = to_struct({"polcy": "{}"})
        answer = configured.stub.Check(
            provider_pb2.CheckRequest(urn=configured.urn("kms.Key"), news=news)
        )
        assert [failure.property for failure in answer.failures] == ["polcy"]

    def test_differences_carry_kind_and_path(self, configured: Wire) -> None:
        olds = {"name": "thing", "path": "/", "tags": {"a": "1"}}
        news = {"name": "thing", "path": "/x/", "tags": {"a": "2"}}
        answer = configured.stub.Diff(
            provider_pb2.DiffRequest(
                id="thing",
                urn=configured.urn("iam.Role"),
                old_inputs=to_struct(olds),
                news=to_struct(news),
            )
        )
        kinds = provider_pb2.PropertyDiff.Kind
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert {path: kinds.Name(diff.kind) for path, diff in answer.detailedDiff.items()} == {
            "path": "ADD_REPLACE",
            "tags.a": "UPDATE",
        }
        assert (list(answer.diffs), list(answer.replaces)) == (["path", "tags"], ["path"])
        assert answer.deleteBeforeReplace

    def test_the_same_code_is_no_difference(self, configured: Wire) -> None:
        olds, news = {"code": code("pass")}, {"code": {**code("pass"), "assets": {}}}
        answer = configured.stub.Diff(
            provider_pb2.DiffRequest(
                id="thing",
                urn=configured.urn("lambda.Function"),
                old_inputs=to_struct({**FUNCTION, **olds}),
                news=to_struct({**FUNCTION, **news}),
            )
        )
        assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


class TestErrors:
    def test_a_type_that_is_not_there_is_named(self, configured: Wire) -> None:
        urn = "urn:pulumi:dev::project::aws:dynamodb/table:Table::thing"
        with pytest.raises(grpc.RpcError, match="aws:dynamodb/table:Table") as caught:
            configured.stub.Check(provider_pb2.CheckRequest(urn=urn))
        assert _code(caught.value) is grpc.StatusCode.UNIMPLEMENTED

    def test_a_function_that_is_not_there_is_named(self, configured: Wire) -> None:
        with pytest.raises(grpc.RpcError, match="aws:ec2/getVpc:getVpc") as caught:
            configured.stub.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getVpc:getVpc"))
        assert _code(caught.value) is grpc.StatusCode.UNIMPLEMENTED

    def test_a_wrong_argument_of_a_function_is_a_failure(self, configured: Wire) -> None:
        arguments = to_struct({"keyID": "x"})
        request = provider_pb2.InvokeRequest(tok="aws:kms/getKey:getKey", args=arguments)
        failures = configured.stub.Invoke(request).failures
        assert [failure.property for failure in failures] == ["keyId", "keyID"]

    @pytest.mark.usefixtures("unfinished_keys")
    def test_an_unfinished_resource_keeps_id_state_and_inputs(self, configured: Wire) -> None:
        inputs = {"description": "d", "enableKeyRotation": True}
        with pytest.raises(grpc.RpcError) as caught:
            create(configured, "kms.Key", inputs)
        detail = _detail(caught.value)
        assert detail.id == to_plain(detail.properties)["keyId"]
        assert to_plain(detail.inputs) == inputs
        assert list(detail.reasons) == ["aws:kms/key:Key thing: not now"]

    def test_an_error_before_there_is_anything_has_no_details(self, configured: Wire) -> None:
        with pytest.raises(grpc.RpcError, match="CreateAlias failed") as caught:
            create(configured, "kms.Alias", {"name": "alias/thing", "targetKeyId": "none"})
        assert "grpc-status-details-bin" not in _trailing(caught.value)


def _code(error: Any) -> grpc.StatusCode:
    return error.code()


def _trailing(error: Any) -> dict[str, Any]:
    return {entry.key: entry.value for entry in error.trailing_metadata()}


def _detail(error: Any) -> Any:
    status = status_pb2.Status.FromString(_trailing(error)["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return detail
