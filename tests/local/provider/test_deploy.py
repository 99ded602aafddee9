"""Whole programs deployed on the local AWS without an engine."""

from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.deploy.program import deploy
from local.deploy.resource_monitor import DeploymentError, Step
from local.provider.aws_clients import Cloud
from tests.harness import ROOT
from tests.local.provider.workshop import Program


@pytest.fixture
def logs(cloud: Cloud) -> Any:
    """A client with which a test looks at what was deployed."""
    return cloud.client("logs")


def groups(logs: Any) -> set[str]:
    return {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]}


class TestProgram:
    def test_its_resources_and_exports_become_real(self, program: Program, logs: Any) -> None:
        program.main("""
group = aws.cloudwatch.LogGroup("group", name="one", retention_in_days=7)
other = aws.cloudwatch.LogGroup("other", name=group.name.apply(lambda name: name + "-two"))
pulumi.export("arn", group.arn)
pulumi.export("names", [group.name, other.name])
""")
        assert deploy(program.folder, "dev") == {
            "arn": "arn:aws:logs:us-east-1:111122223333:log-group:one",
            "names": ["one", "one-two"],
        }
        assert groups(logs) == {"one", "one-two"}

    @pytest.mark.usefixtures("endpoint")
    def test_it_sees_project_stack_and_settings(self, program: Program) -> None:
        program.project("config: {days: {type: integer, default: 3}, tags: {type: object}}")
        program.stack("config: {aws:region: eu-west-1, project:tags: {a: b}}", "prod")
        program.main("""
config = pulumi.Config()
pulumi.export("days", config.require_int("days"))
pulumi.export("tags", config.require_object("tags"))
pulumi.export("place", [pulumi.get_project(), pulumi.get_stack(), aws.get_region().region])
""")
        assert deploy(program.folder, "prod") == {
            "days": 3,
            "place": ["project", "prod", "eu-west-1"],
            "tags": {"a": "b"},
        }

    @pytest.mark.usefixtures("endpoint")
    def test_it_finds_its_own_modules_and_files(self, program: Program) -> None:
        (program.folder / "own_module_of_the_test.py").write_text("VALUE = 'found'\n")
        (program.folder / "note.txt").write_text("read")
        program.main("""
import pathlib
import own_module_of_the_test
pulumi.export("found", [own_module_of_the_test.VALUE, pathlib.Path("note.txt").read_text()])
""")
        assert deploy(program.folder, "dev") == {"found": ["found", "read"]}

    def test_it_reads_a_resource_that_exists(self, program: Program, cloud: Cloud) -> None:
        key = cloud.client("kms").create_key(Description="theirs")["KeyMetadata"]
        program.main(f"""
key = aws.kms.Key.get("theirs", "{key["KeyId"]}")
pulumi.export("theirs", [key.arn, key.description])
""")
        steps: list[Step] = []
        assert deploy(program.folder, "dev", steps.append) == {"theirs": [key["Arn"], "theirs"]}
        assert steps == [Step("read", "aws:kms/key:Key", "theirs", key["KeyId"])]

    @pytest.mark.usefixtures("endpoint")
    def test_names_that_it_leaves_out_are_made(self, program: Program) -> None:
        program.main("""
group = aws.cloudwatch.LogGroup("group")
pulumi.export("name", group.name)
""")
        assert deploy(program.folder, "dev")["name"].startswith("group-")

    def test_what_depends_waits(self, program: Program, logs: Any) -> None:
        program.main("""
late = pulumi.Output.from_input("b").apply(lambda name: name)
first = aws.cloudwatch.LogGroup("first", name=late)
after = pulumi.ResourceOptions(depends_on=[first])
aws.cloudwatch.LogGroup("second", name="a", opts=after)
""")
        steps: list[Step] = []
        deploy(program.folder, "dev", steps.append)
        assert [(step.action, step.name, step.id) for step in steps] == [
            ("created", "first", "b"),
            ("created", "second", "a"),
        ]

    @pytest.mark.usefixtures("endpoint")
    def test_urns_are_those_of_the_engine(self, program: Program) -> None:
        program.main("""
class Outer(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("package:index:Outer", name)
        self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))

class Inner(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("package:index:Inner", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.group = aws.cloudwatch.LogGroup(f"{name}-group", name="g", opts=child)

outer = Outer("outer")
pulumi.export("urns", [outer.urn, outer.inner.urn, outer.inner.group.urn])
""")
        group = "aws:cloudwatch/logGroup:LogGroup::outer-inner-group"
        assert deploy(program.folder, "dev")["urns"] == [
            "urn:pulumi:dev::project::package:index:Outer::outer",
            "urn:pulumi:dev::project::package:index:Outer$package:index:Inner::outer-inner",
            f"urn:pulumi:dev::project::package:index:Outer$package:index:Inner${group}",
        ]


class TestSecrets:
    def test_reach_aws_and_are_hidden_in_exports(self, program: Program, logs: Any) -> None:
        program.main("""
group = aws.cloudwatch.LogGroup(
    "group", name="g", tags=pulumi.Output.secret({"word": "hush"})
)
pulumi.export("tags", group.tags)
pulumi.export("name", group.name)
pulumi.export("inside", {"deep": [pulumi.Output.secret("hush")]})
""")
        assert deploy(program.folder, "dev") == {
            "inside": "[secret]",
            "name": "g",
            "tags": "[secret]",
        }
        arn = "arn:aws:logs:us-east-1:111122223333:log-group:g"
        assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"word": "hush"}

    @pytest.mark.usefixtures("endpoint")
    def test_an_output_named_secret_is_hidden(self, program: Program) -> None:
        program.main("""
opts = pulumi.ResourceOptions(additional_secret_outputs=["arn"])
group = aws.cloudwatch.LogGroup("group", name="g", opts=opts)
pulumi.export("arn", group.arn)
""")
        assert deploy(program.folder, "dev") == {"arn": "[secret]"}


class TestFailure:
    GROUP = 'first = aws.cloudwatch.LogGroup("first", name="one")\n'

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param(
                'aws.kms.Alias("alias", name="alias/a", target_key_id="none",'
                " opts=pulumi.ResourceOptions(depends_on=[first]))",
                "aws:kms/alias:Alias alias: CreateAlias failed: NotFoundException",
                id="an error of AWS",
            ),
            pytest.param(
                'aws.s3.BucketVersioning("v", bucket=first.name,'
                ' versioning_configuration={"statis": "Enabled"})',
                "versioningConfiguration.statis is no property of",
                id="a misspelt nested key",
            ),
            pytest.param(
                'aws.cloudwatch.LogGroup("x", name=first.name, skip_destroy=True)',
                "aws:cloudwatch/logGroup:LogGroup x: skipDestroy is not supported",
                id="an unsupported property",
            ),
            pytest.param(
                'aws.sns.Topic("topic", name=first.name)',
                "aws:sns/topic:Topic: this provider has no such resource type",
                id="an unsupported type",
            ),
            pytest.param(
                'first.name.apply(lambda name: aws.ec2.get_ami(owners=["self"]))',
                "aws:ec2/getAmi:getAmi: this provider has no such function",
                id="an unsupported function",
            ),
            pytest.param(
                'aws.kms.get_key_output(key_id=first.name.apply(lambda name: "none"))',
                "aws:kms/getKey:getKey: .*NotFoundException",
                id="a function that fails",
            ),
            pytest.param(
                'first.name.apply(lambda name: 1 / 0)', "division by zero", id="an apply that fails"
            ),
            pytest.param("raise ValueError('no such stage')", "no such stage", id="the program"),
            pytest.param(
                'aws.cloudwatch.LogGroup("first", name="two")',
                "two resources have the URN urn:pulumi:dev::project::aws:cloudwatch",
                id="two resources of one name",
            ),
            pytest.param('pulumi.log.error("stop")', "stop", id="an error that the program logs"),
            pytest.param(
                'pulumi.ComponentResource("package:index:Far", "far", {}, remote=True)',
                "package:index:Far far: a component of a plugin needs the engine",
                id="a component of a plugin",
            ),
            pytest.param(
                'aws.Provider("other", region="eu-west-1")',
                "pulumi:providers:aws other: an explicit provider needs the engine",
                id="an explicit provider",
            ),
            pytest.param(
                'aws.cloudwatch.LogGroup("g", name="g",'
                ' opts=pulumi.ResourceOptions(import_="g", depends_on=[first]))',
                "aws:cloudwatch/logGroup:LogGroup g: an import needs the engine",
                id="an import",
            ),
            pytest.param(
                'aws.kms.Key.get("k", "none", opts=pulumi.ResourceOptions(depends_on=[first]))',
                "aws:kms/key:Key k: none does not exist",
                id="a read of what is not there",
            ),
        ],
    )  # fmt: skip
    def test_leaves_nothing(self, program: Program, logs: Any, text: str, message: str) -> None:
        program.main(self.GROUP + text)
        with pytest.raises(DeploymentError, match=message):
            deploy(program.folder, "dev")
        assert groups(logs) == set()

    def test_deletes_the_last_first(self, program: Program, logs: Any) -> None:
        program.main("""
one = aws.cloudwatch.LogGroup("one", name="one")
two = aws.cloudwatch.LogGroup("two", name=one.name.apply(lambda name: "two"))
two.name.apply(lambda name: 1 / 0)
""")
        steps: list[Step] = []
        with pytest.raises(DeploymentError):
            deploy(program.folder, "dev", steps.append)
        assert [(step.action, step.name) for step in steps] == [
            ("created", "one"),
            ("created", "two"),
            ("deleted", "two"),
            ("deleted", "one"),
        ]

    @pytest.mark.usefixtures("endpoint", "unfinished_keys")
    def test_deletes_a_resource_that_was_not_finished(self, program: Program) -> None:
        program.main('aws.kms.Key("key", enable_key_rotation=True)')
        steps: list[Step] = []
        with pytest.raises(DeploymentError, match="aws:kms/key:Key key: not now"):
            deploy(program.folder, "dev", steps.append)
        assert [step.action for step in steps] == ["failed", "deleted"]

    def test_says_what_could_not_be_deleted(self, program: Program, logs: Any) -> None:
        program.main("""
from local.provider.aws_clients import Cloud
bucket = aws.s3.Bucket("bucket", bucket="kept")
def fill(name):
    Cloud().client("s3").put_object(Bucket=name, Key="k", Body=b"")
    raise ValueError("no more")
bucket.bucket.apply(fill)
""")
        with pytest.raises(DeploymentError, match=r"no more\nThis is left.*BucketNotEmpty"):
            deploy(program.folder, "dev")

    def test_on_what_exists_already_points_to_the_engine(self, program: Program, logs: Any) -> None:
        program.main(self.GROUP)
        deploy(program.folder, "dev")
        with pytest.raises(DeploymentError, match=r"AlreadyExists(.|\n)*pulumi up"):
            deploy(program.folder, "dev")
        assert groups(logs) == {"one"}

    def test_of_one_program_leaves_nothing_for_the_next(self, program: Program, logs: Any) -> None:
        program.main(self.GROUP + "first.name.apply(lambda name: 1 / 0)")
        with pytest.raises(DeploymentError):
            deploy(program.folder, "dev")
        program.main('pulumi.export("fine", True)')
        assert deploy(program.folder, "dev") == {"fine": True}

    def test_of_settings_stops_before_the_program(self, program: Program, logs: Any) -> None:
        program.stack("config: {aws:profile: me}")
        program.main(self.GROUP)
        with pytest.raises(DeploymentError, match="aws:profile: is not supported"):
            deploy(program.folder, "dev")

    def test_of_types_and_of_values_are_told_together(self, program: Program, logs: Any) -> None:
        program.project("config: {days: {type: integer}, name: {type: string}, size: {}}")
        program.stack("config: {aws:region: us-east-1, project:days: soon, project:extra: 1}")
        program.main(
            'raise pulumi.RunError("2 invalid settings:\\n  days: expected 7 to 30, got soon'
            '\\n  size[0]: expected more")'
        )
        with pytest.raises(DeploymentError) as caught:
            deploy(program.folder, "dev")
        assert str(caught.value).splitlines() == [
            "stack dev: configuration that cannot be used:",
            "  extra: is not declared in Pulumi.yaml",
            "  name: is missing",
            "2 invalid settings:",
            "  days: expected 7 to 30, got soon",
            "  size[0]: expected more",
        ]

    def test_of_types_alone_make_nothing(self, program: Program, logs: Any) -> None:
        program.project("config: {days: {type: integer}}")
        program.stack("config: {aws:region: us-east-1, project:days: soon}")
        program.main(self.GROUP)
        with pytest.raises(DeploymentError, match=r"  days: expected integer, got 'soon'$"):
            deploy(program.folder, "dev")
        assert groups(logs) == set()

    def test_of_the_providers_settings_are_told_with_the_others(self, program: Program) -> None:
        program.stack("config: {aws:profile: me, project:extra: 1}")
        with pytest.raises(
            DeploymentError, match=r"aws:profile: is not supported.*\n  extra: is not"
        ):
            deploy(program.folder, "dev")

    def test_of_the_region_are_told_where_there_is_none(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_REGION", raising=False)
        program.stack("config: {}")
        with pytest.raises(DeploymentError, match=r"aws:region: expected a Region.*, got nothing"):
            deploy(program.folder, "dev")


def test_the_projects_own_settings_are_all_named_at_once(
    tmp_path: Path, endpoint: LocalCloud
) -> None:
    for part in ("Pulumi.yaml", "__main__.py", "components"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "stacks").mkdir()
    settings = "".join(
        f"  agentcore-batch-evaluation:{line}\n"
        for line in (
            "protect: maybe",
            "deletionWindowInDays: soon",
            "callers: nobody",
            "exportSchedule: cron(0 99 * * ? *)",
            "stag: dev",
            "memoryInMegabytes: .nan",
            "timeoutInSeconds: .inf",
        )
    )
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: mars\n{settings}")
    with pytest.raises(DeploymentError) as caught:
        deploy(tmp_path, "dev")
    told = str(caught.value)
    for name in (
        "protect: expected true or false, got 'maybe'",
        "deletionWindowInDays: expected a whole number from 7 to 30, got 'soon'",
        "callers: expected a list",
        "exportSchedule: expected",
        "unknown setting stag; did you mean stage?",
        "memoryInMegabytes: expected a whole number from 256 to 10240, got nan",
        "timeoutInSeconds: expected a whole number from 60 to 900, got inf",
        "aws:region: expected a Region, such as us-east-1, here or in AWS_REGION, got 'mars'",
        "stage: expected one of local, dev, staging, prod, got None",
    ):
        assert told.count(name) == 1


def test_aws_itself_is_refused(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(DeploymentError, match="AWS_ENDPOINT_URL: expected the address of"):
        deploy(program.folder, "dev")


def test_the_projects_own_stack_is_deployed(cloud: Cloud) -> None:
    steps: list[Step] = []
    outputs = deploy(ROOT, "local", steps.append)
    assert set(outputs) == {
        "controller_function_arn",
        "controller_function_name",
        "controller_role_arn",
        "evaluation_key_arn",
        "export_schedule_name",
        "failure_queue",
        "operations_key_arn",
        "operator_role_arn",
        "output_bucket",
        "result_log_group",
        "schedule_failure_queue",
    }
    assert {step.action for step in steps} == {"created"}
    found = cloud.client("lambda").get_function(FunctionName=outputs["controller_function_name"])
    assert found["Configuration"]["Role"] == outputs["controller_role_arn"]
