"""The policy pack under the real engine: `pulumi preview --policy-pack policies`."""

import dataclasses
import json
import re
import shutil
import site
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.engine.engine import (
    PATIENCE,
    Engine,
    Stack,
    copy_of_project,
    inherited,
    written_project,
)
from tests.harness import ROOT

STACKS = ["dev", "staging", "prod"]  # `make policies` previews local, further below
PACK = ("--policy-pack", str(ROOT / "policies"))
NO_CACHES = shutil.ignore_patterns("__pycache__")
STRICT = ("--policy-pack-config", str(ROOT / "policies" / "strict.json"))

# Our program with properties of resources changed, one a violation that the stack's configuration
# names.
PROGRAM = """
import json
import pulumi

def without_condition(document, sid):
    for statement in document["Statement"]:
        if statement["Sid"] == sid:
            del statement["Condition"]

def allowing(document, **statement):
    document["Statement"].append({"Sid": "Added", "Effect": "Allow", "Resource": "*", **statement})

def policy(edit):
    def change(text):
        document = json.loads(text)
        edit(document)
        return json.dumps(document)
    return lambda given: pulumi.Output.from_input(given).apply(change)

def set_to(value):
    return lambda given: value

def rule(**changes):
    return lambda given: [{**given[0], **changes}]

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
S3_KEY = {"sse_algorithm": "AES256"}
VIOLATIONS = {
    "users": ("evaluation-key-key", "policy", policy(
        lambda document: allowing(document, Principal=ROOT, Action="kms:*"))),
    "context": ("evaluation-key-key", "policy", policy(
        lambda document: without_condition(document, "AllowCallerCryptoOps"))),
    "source": ("evaluation-key-key", "policy", policy(
        lambda document: without_condition(document, "AllowServicePrincipalAccess"))),
    "lockout": ("evaluation-key-key", "bypass_policy_lockout_safety_check", set_to(True)),
    "default policy": ("evaluation-key-key", "policy", set_to(None)),
    "multi-Region": ("evaluation-key-key", "multi_region", set_to(True)),
    "algorithm": ("output-encryption", "rules", rule(
        apply_server_side_encryption_by_default=S3_KEY)),
    "bucket key": ("output-encryption", "rules", rule(bucket_key_enabled=True)),
    "public": ("output-public-access", "block_public_policy", set_to(False)),
    "emptied": ("output-bucket", "force_destroy", set_to(True)),
    "everything": ("roles-controller-policy", "policy", policy(
        lambda document: allowing(document, Action="*"))),
    "log key": ("results-group", "kms_key_id", set_to(None)),
}
violations = [VIOLATIONS[name] for name in pulumi.Config("violation").require_object("names")]

def violate(args):
    changed = dict(args.props)
    for name, property, change in violations:
        if args.name == f"batch-evaluation-{name}":
            changed[property] = change(changed.get(property))
    return pulumi.ResourceTransformationResult(changed, args.opts)

pulumi.runtime.register_stack_transformation(violate)
"""
REPORTED_BY = {
    "users": "evaluation-key-users",
    "context": "evaluation-key-caller-context",
    "source": "evaluation-key-service-source",
    "lockout": "key-lockout-check",
    "default policy": "evaluation-key-serves-evaluations",
    "multi-Region": "evaluation-key-kind",
    "algorithm": "output-bucket-key",
    "bucket key": "output-bucket-no-bucket-key",
    "public": "output-bucket-public-access",
    "emptied": "output-bucket-not-emptied",
    "everything": "caller-role-permissions",
    "log key": "log-encryption",
}
# In one preview are violations of different subjects: none would have another's rule report it.
TOGETHER = [
    ("users", "algorithm", "public"),
    ("context", "bucket key", "emptied"),
    ("source", "everything", "lockout"),
    ("default policy", "multi-Region", "log key"),
]


@pytest.fixture(scope="module")
def judged(engine: Engine) -> Callable[..., Stack]:
    """judged(name, *violations) gives a stack of this repository's file, in a state of its own."""
    state, project = engine.folder / "judged", engine.folder / "judged-project"
    state.mkdir()
    copy_of_project(project)
    ours = (project / "__main__.py").read_text()
    violating = engine.folder / "violating-project"
    copy_of_project(violating)
    (violating / "__main__.py").write_text(ours.replace("\n\nimport", f"\n{PROGRAM}\nimport", 1))
    backend = {**engine.environment, "PULUMI_BACKEND_URL": f"file://{state}"}
    own = dataclasses.replace(engine, environment=backend)
    made: set[str] = set()

    def stack(name: str, *violations: str) -> Stack:
        found = Stack(own, violating if violations else project, name)
        if name not in made:
            made.add(name)
            found.init()
        if violations:
            content = yaml.safe_load(found.file.read_text())
            content["config"]["violation:names"] = json.dumps(violations)
            found.file.write_text(yaml.safe_dump(content))
        return found

    return stack


def rules_of(output: str) -> set[str]:
    """The rules that stop, as the command line prints them below `Policies:`."""
    lines = output.partition("Policies:")[2].splitlines()
    return {line.split("]")[-1].split()[0] for line in lines if "[mandatory]" in line}


@pytest.fixture(scope="module")
def previewed(judged: Callable[..., Stack]) -> Callable[[str], str]:
    """previewed(name) gives what the first preview of a stack of ours prints, asked for once."""
    return cache(lambda name: judged(name).succeed("preview", *PACK))


@pytest.mark.parametrize("name", STACKS)
def test_a_preview_of_our_stacks_passes(previewed: Callable[[str], str], name: str) -> None:
    output = previewed(name)
    assert "agentcore-batch-evaluation@v0.1.0" in output
    assert rules_of(output) == set()
    assert "output-policy: policy is not known until batch-evaluation-evaluation-key-key" in output


def test_a_first_preview_says_in_one_line_what_waits_under_the_packs_own_version(
    previewed: Callable[[str], str],
) -> None:
    output = previewed("dev")
    (line,) = [each for each in output.splitlines() if "rules wait for what is not known" in each]
    assert "batch-evaluation-output-policy: policy is not known until" in line
    assert "'agentcore-batch-evaluation@v0.1.0' during preview" in output
    assert "v0.0.1" not in output


def test_a_preview_says_that_it_had_nothing_to_judge(
    judged: Callable[..., Stack], tmp_path: Path
) -> None:
    program = """
import pulumi_aws as aws

aws.sqs.Queue("orders")
"""
    project = written_project(tmp_path / "nothing", program)
    output = Stack(judged("local").engine, project, "prod").init().succeed("preview", *PACK)
    said = output.partition("Policies:")[2]
    assert "[advisory] [severity: low]  summary" in said
    assert re.search(r"no evaluation key found in this stack: \d+ rules had nothing to judge", said)
    assert "because nobody in this stack may start batch evaluations" in said


def test_a_key_that_names_no_evaluation_is_judged_at_the_first_preview(
    judged: Callable[..., Stack], tmp_path: Path
) -> None:
    """The Region of the evaluations is in no document: the provider's is taken."""
    program = """
import json
import pulumi_aws as aws

def document(*statements):
    allowed = [{"Effect": "Allow", "Resource": "*", **each} for each in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})

trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
         "Action": "sts:AssumeRole"}
role = aws.iam.Role("nightly", name="nightly", assume_role_policy=json.dumps(
    {"Version": "2012-10-17", "Statement": [trust]}))
policy = aws.iam.Policy("nightly", name="nightly", policy=document(
    {"Action": "bedrock-agentcore:StartBatchEvaluation"}))
aws.iam.RolePolicyAttachment("nightly", role="nightly",
    policy_arn="arn:aws:iam::111122223333:policy/nightly")
aws.kms.Key("key", enable_key_rotation=True, policy=document(
    {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"},
    {"Principal": {"Service": "bedrock-agentcore.amazonaws.com"}, "Action": "kms:Decrypt"},
    {"Principal": {"AWS": "arn:aws:iam::111122223333:role/nightly"}, "Action": "kms:Decrypt"}))
"""
    project = written_project(tmp_path / "loose", program)
    stack = Stack(judged("local").engine, project, "prod").init()
    stack.succeed("config", "set", "aws:region", "us-east-1")
    output = stack.fail("preview", *PACK)
    assert {
        "evaluation-key-caller-context",
        "evaluation-key-minimum",
        "evaluation-key-scope",
        "evaluation-key-service-source",
        "evaluation-key-users",
        "keys-and-bucket-protected",
    } <= rules_of(output)
    assert "bedrock-agentcore:us-east-1:111122223333:batch-evaluate/*" in output


@pytest.mark.parametrize("violations", TOGETHER, ids=", ".join)
def test_a_preview_stops_each_violation(
    judged: Callable[..., Stack], violations: tuple[str, ...]
) -> None:
    found = rules_of(judged("prod", *violations).fail("preview", *PACK))
    assert {REPORTED_BY[one] for one in violations} <= found


def test_every_violation_is_previewed() -> None:
    assert sorted(one for group in TOGETHER for one in group) == sorted(REPORTED_BY)


def test_an_update_stops_before_anything_exists(judged: Callable[..., Stack]) -> None:
    stack = judged("prod", "users")
    assert "evaluation-key-users" in rules_of(stack.fail("up", "--yes", *PACK))
    assert "resources" not in stack.state()


def test_the_sample_configuration_is_the_engines_own(judged: Callable[..., Stack]) -> None:
    assert rules_of(judged("prod").succeed("preview", *PACK, *STRICT)) == set()
    assert "log-retention" in rules_of(judged("dev").fail("preview", *PACK, *STRICT))


def test_an_exception_lets_a_resource_pass_until_its_last_day(
    judged: Callable[..., Stack], tmp_path: Path
) -> None:
    file = tmp_path / "configuration.json"
    stack = judged("prod", "emptied")
    for expires, passes in (("9999-12-31", True), ("2000-01-31", False)):
        file.write_text(
            '{"output-bucket-not-emptied": {"exceptions": [{"name": "SEC-812", '
            '"resource": "batch-evaluation-output-bucket", "reason": "of a test", '
            f'"expires": "{expires}"}}]}}}}'
        )
        succeeded, output = stack.outcome("preview", *PACK, "--policy-pack-config", str(file))
        assert succeeded is passes, output


def commands(file: str) -> list[str]:
    """The command lines of a text that name the policy pack, word for word."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    return [line.strip() for line in lines if re.match(r"\s*(pulumi|make) .*polic", line)]


@pytest.fixture(scope="module")
def clone(judged: Callable[..., Stack]) -> Callable[[str], tuple[bool, str]]:
    """clone(line) runs a command line in a copy of the project that has its pack and Makefile, on
    stack local; returns whether it succeeded, and what it printed."""
    stack = judged("local")
    folder = stack.engine.folder / "clone"
    copy_of_project(folder)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "policies").unlink()
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=NO_CACHES)
    (folder / ".venv").symlink_to(sys.prefix)

    def run(command: str) -> tuple[bool, str]:
        ran = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env={**inherited(), **stack.engine.environment, "PULUMI_STACK": "local"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return ran.returncode == 0, ran.stdout

    return run


def test_the_readme_names_the_commands_that_are_run_here() -> None:
    assert commands("README.md") == ["pulumi preview -s dev --policy-pack policies"]
    assert commands("policies/README.md") == [
        "pulumi preview --policy-pack policies",
        "pulumi up --policy-pack policies --policy-pack-config policies/strict.json",
        "pulumi stack export --file state.json && pulumi policy analyze --file state.json "
        "--policy-pack policies",
    ]


def test_make_previews_with_the_pack(clone: Callable[[str], tuple[bool, str]]) -> None:
    # What sets the environment up is left out: the one of these tests is there.
    succeeded, output = clone("make --old-file .venv/.ready policies STACK=local")
    assert succeeded, output
    assert "agentcore-batch-evaluation@v0.1.0" in output
    assert rules_of(output) == set()


def test_what_is_deployed_with_the_pack_is_analyzed_as_clean(
    clone: Callable[[str], tuple[bool, str]],
) -> None:
    _, _, analyze = commands("policies/README.md")
    try:
        succeeded, output = clone("pulumi up --yes --skip-preview --policy-pack policies")
        assert succeeded, output
        assert rules_of(output) == set()
        assert "can't run policy" not in output
        succeeded, output = clone(analyze)
        assert succeeded, output
        assert "agentcore-batch-evaluation" in output
        weak = "sed -i s/BucketOwnerEnforced/ObjectWriter/ state.json"
        succeeded, output = clone(f"{weak} && {analyze.partition('&& ')[2]}")
        assert not succeeded, output
        assert "output-bucket-ownership" in output
    finally:
        succeeded, output = clone("pulumi destroy --yes --skip-preview")
    assert succeeded, output


def test_an_installed_copy_needs_nothing_of_this_repository(
    judged: Callable[..., Stack], tmp_path: Path
) -> None:
    """As Pulumi installs a published pack: a folder named by its version, with an environment in
    it that holds what requirements.txt names, which PulumiPolicy.yaml is changed to."""
    copy = tmp_path / "1.2.0"
    shutil.copytree(ROOT / "policies", copy, ignore=NO_CACHES)
    assert {line.split(">=")[0] for line in requirements(copy)} == {"pulumi", "pulumi-policy"}
    venv.create(copy / "venv", with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(copy / "venv")}))
    (packages / "installed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    settings = yaml.safe_load((copy / "PulumiPolicy.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = "venv"
    (copy / "PulumiPolicy.yaml").write_text(yaml.safe_dump(settings))
    program = """
import pulumi_aws as aws

aws.kms.Key("key", bypass_policy_lockout_safety_check=True)
"""
    project = written_project(tmp_path / "installed", program)
    stack = Stack(judged("local").engine, project, "prod").init()
    assert rules_of(stack.fail("preview", "--policy-pack", str(copy))) == {"key-lockout-check"}


def requirements(pack: Path) -> list[str]:
    """The lines of a pack's requirements.txt that name a package."""
    lines = (pack / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
