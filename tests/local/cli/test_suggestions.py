"""Command lines answer an unknown command, choice or option with the nearest one."""

import pytest

from local.__main__ import main as local
from policies.iam.__main__ import main as access

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["sreve"], "serve"),
        (["depoly", "-s", "dev"], "deploy"),
        (["serve", "--prot", "1"], "--port"),
        (["up", "--make-principal-s"], "--make-principals"),
        (["deploy", "-s", "dev", "--output-s=x"], "--outputs"),
        (["serve", "--lambda-concurency=3"], "--lambda-concurrency"),
    ],
)
def test_the_local_aws(
    capsys: pytest.CaptureFixture[str], arguments: list[str], meant: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        local(arguments)
    assert capsys.readouterr().err.rstrip().endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["explian"], "explain"),
        (["listprincipals", "kms:Decrypt", KEY], "list-principals"),
        (["list-principals", "kms:Decrypt", KEY, "--polcy", "x"], "--policy"),
        (["explain", "kms:Decrypt", KEY, "--principal=x", "--contxt=x"], "--context"),
    ],
)
def test_the_policy_tools(
    capsys: pytest.CaptureFixture[str], arguments: list[str], meant: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        access(arguments)
    assert capsys.readouterr().err.rstrip().endswith(f"; did you mean {meant}?")


def test_what_is_near_to_nothing_has_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        local(["serve", "--xyzzy"])
    assert capsys.readouterr().err.rstrip().endswith("unrecognized arguments: --xyzzy")
