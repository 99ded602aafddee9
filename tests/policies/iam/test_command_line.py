"""The command line, as a part of this repository and as the policy pack has it."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import policies.iam
from policies.iam.__main__ import main

PACKAGE = Path(policies.iam.__file__).parent
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/k"
ROLE = "arn:aws:iam::111122223333:role/app"


def _document(action="kms:Decrypt", principal: str | None = ROLE):
    element = {} if principal is None else {"Principal": {"AWS": principal}}
    statement = {"Effect": "Allow", **element, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def write(tmp_path):
    def write_file(name, document):
        path = tmp_path / name
        path.write_text(json.dumps(document))
        return str(path)

    return write_file


@pytest.fixture
def files(write):
    return write("small.json", _document()), write("large.json", _document("kms:*"))


def test_a_proof_exits_with_0(files, capsys):
    small, large = files
    assert main(["check-no-new-access", small, large]) == 0
    said = 'proved: every request that key policy "small" allows, key policy "large" allows\n'
    assert capsys.readouterr().out == said


def test_a_witness_exits_with_1(files, capsys):
    small, large = files
    assert main(["check-no-new-access", large, small, "--resource", KEY_ARN]) == 1
    said = capsys.readouterr().out
    assert f"on {KEY_ARN}" in said
    assert 'new: allowed by key policy "large", statement 0' in said
    assert "kms:CreateGrant" in said


def test_the_witness_is_json_on_request(files, capsys):
    small, large = files
    assert main(["check-no-new-access", large, small, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["proved"] is False
    assert said["counterexample"]["role"] == ROLE
    assert "kms:Encrypt" in said["actions"]
    assert main(["check-no-new-access", small, large, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "proved": True,
        "counterexample": None,
        "actions": [],
    }


def test_what_is_not_proved_is_printed_and_exits_with_2(write, capsys):
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}"}
    path = write("own.json", {"Version": "2012-10-17", "Statement": statement})
    assert main(["check-no-new-access", path, path]) == 2
    assert 'identity policy "own", statement 0, Resource' in capsys.readouterr().err
    assert main(["check-no-new-access", path, path, "--fix", "aws:username=ann"]) == 0


def test_a_document_that_aws_refuses_exits_with_2(write, capsys):
    path = write("bad.json", {"Version": "2012-10-17", "Statement": {"Effect": "Maybe"}})
    assert main(["check-no-new-access", path, path, "--kind", "key"]) == 2
    assert "Statement[0].Effect" in capsys.readouterr().err


BAD = [
    (
        "no such file",
        ["check-no-new-access", "absent.json", "small.json"],
        "absent.json: expected a file to read",
    ),
    (
        "a folder",
        ["check-no-new-access", ".", "small.json"],
        ".: expected a file to read: Is a directory",
    ),
    (
        "no JSON",
        ["check-no-new-access", "broken.json", "small.json"],
        "broken.json: expected a document in JSON",
    ),
    (
        "no text",
        ["check-no-new-access", "bytes.json", "small.json"],
        "bytes.json: expected a document in UTF-8",
    ),
    (
        "another kind",
        ["check-no-new-access", "small.json", "small.json", "--kind", "identity"],
        "small.json, read as identity policy (as --kind says)",
    ),
    (
        "kinds that differ",
        ["check-no-new-access", "small.json", "own.json"],
        "reference: expected another key policy, found identity policy",
    ),
    *(
        (
            f"no principal: {who}",
            ["explain", "kms:Decrypt", KEY_ARN, "--principal", who],
            "--principal: expected the ARN of a user, session, federated user or root, the DNS "
            f"name of a service, Federated=PROVIDER, or anonymous, found {who}",
        )
        for who in ("ann", "*", "Anonymous", "Federated=", "s3..amazonaws.com", "user/ann")
    ),
    (
        "the ARN of no principal",
        ["explain", "kms:Decrypt", KEY_ARN, "--principal", f"{ROLE}"],
        f"principal: expected the ARN of a user, session or root, found '{ROLE}'; a session of the "
        f"role is {ROLE.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/SESSION",
    ),
    *(
        (
            f"{command[0]}: {name}",
            [command[0], action, resource, *command[1:], *options],
            message,
        )
        for command in (["list-principals"], ["explain", "--principal", "s3.amazonaws.com"])
        for name, action, resource, options, message in (
            (
                "no name of a service",
                "decrypt",
                KEY_ARN,
                [],
                "action: expected service:Name without wildcards, such as kms:Decrypt, found "
                "'decrypt'",
            ),
            (
                "many actions",
                "kms:*",
                KEY_ARN,
                [],
                "action: expected service:Name without wildcards, such as kms:Decrypt, found "
                "'kms:*'",
            ),
            (
                "no action of a known service",
                "kms:Decryptt",
                KEY_ARN,
                [],
                "action: expected an action of kms, such as kms:Decrypt, found 'kms:Decryptt'",
            ),
            (
                "no ARN",
                "kms:Decrypt",
                "key/k",
                [],
                "resource: expected an ARN or *, found 'key/k'",
            ),
            (
                "many resources",
                "kms:Decrypt",
                f"{KEY_ARN}*",
                [],
                f"resource: expected an ARN without wildcards, found '{KEY_ARN}*'",
            ),
            (
                "an ARN of no known owner",
                "s3:GetObject",
                "arn:aws:s3:::b/k",
                [],
                "owner: expected the account that arn:aws:s3:::b/k belongs to, which its ARN does "
                "not name",
            ),
            (
                "an owner that is no account",
                "s3:GetObject",
                "arn:aws:s3:::b/k",
                ["--owner", "me"],
                "owner: expected an account of 12 digits, found 'me'",
            ),
            (
                "an owner that the ARN contradicts",
                "kms:Decrypt",
                KEY_ARN,
                ["--owner", "444455556666"],
                "owner: expected 111122223333, which the ARN names, found 444455556666",
            ),
        )
    ),
    (
        "a comparison about many resources",
        ["check-no-new-access", "small.json", "small.json", "--resource", "arn:aws:kms:*:*:key/*"],
        "resource: expected an ARN without wildcards, found 'arn:aws:kms:*:*:key/*'",
    ),
    (
        "a document that is nested too deeply",
        ["check-no-new-access", "deep.json", "deep.json"],
        "deep.json: expected a document in JSON: nested too deeply",
    ),
    (
        "a document that is nested too deeply, of a kind",
        ["check-no-new-access", "deep.json", "deep.json", "--kind", "key"],
        "deep.json, read as key policy (as --kind says)",
    ),
    (
        "no pair",
        ["list-principals", "kms:Decrypt", KEY_ARN, "--fix", "x"],
        "expected KEY=VALUE, found x",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "message"), [pytest.param(*row[1:], id=row[0]) for row in BAD]
)
def test_bad_input_exits_with_2_and_says_what_was_expected(
    write, files, tmp_path, monkeypatch, capsys, arguments, message
):
    write("own.json", _document(principal=None))
    (tmp_path / "broken.json").write_text("{bad")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_document_can_come_from_standard_input(files, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(_document())))
    assert main(["check-no-new-access", "-", files[1]]) == 0
    assert 'key policy "stdin"' in capsys.readouterr().out


def test_who_can_lists_everybody(files, write, capsys):
    identity = write("identity.json", _document(principal=None))
    user = "arn:aws:iam::111122223333:user/ann"
    account = write("account.json", _document(principal="111122223333"))
    asked = ["list-principals", "kms:Decrypt", KEY_ARN, "--policy"]
    assert main([*asked, files[0]]) == 0
    assert capsys.readouterr().out == f"{ROLE}, by the resource's policy\n"
    assert main([*asked, account, "--identity", f"{user}={identity}"]) == 0
    assert f"{user}, by its own policies\n" in capsys.readouterr().out
    assert main([*asked, files[0], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["who"] == ROLE


def test_explain_says_why_and_exits_by_the_decision(files, capsys):
    session = "arn:aws:sts::111122223333:assumed-role/app/s"
    asked = ["explain", "kms:Decrypt", KEY_ARN, "--policy", files[0], "--principal"]
    assert main([*asked, session]) == 0
    assert "> statement 0: Allow, applies" in capsys.readouterr().out
    assert main([*asked, "s3.amazonaws.com", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "ImplicitlyDenied"


PUBLIC = {
    "anonymous": ("AWS", "*", 0),
    "Federated=accounts.google.com": ("Federated", "accounts.google.com", 0),
    "Federated=s3.amazonaws.com": ("Service", "s3.amazonaws.com", 1),
    "s3.amazonaws.com": ("Service", "s3.amazonaws.com", 0),
    "accounts.google.com": ("Federated", "accounts.google.com", 1),
}


@pytest.mark.parametrize("who", PUBLIC)
def test_explain_is_told_what_sort_of_principal_asks(write, capsys, who):
    sort, name, code = PUBLIC[who]
    document = _document()
    document["Statement"][0]["Principal"] = {sort: name}
    path = write("key.json", document)
    asked = ["explain", "kms:Decrypt", KEY_ARN, "--policy", path, "--principal", who]
    assert main(asked) == code
    assert f"principal  {who.rpartition('=')[2]}\n" in capsys.readouterr().out


def test_whose_a_bucket_is_decides_and_is_never_guessed(write, capsys):
    identity = write("own.json", _document("s3:GetObject", principal=None))
    user = "arn:aws:iam::111122223333:user/ann"
    asked = ["explain", "s3:GetObject", "arn:aws:s3:::b/k", "--principal", user]
    asked += ["--identity", identity, "--owner"]
    assert main([*asked, "111122223333"]) == 0
    assert main([*asked, "444455556666"]) == 1
    who = [
        "list-principals",
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        "--identity",
        f"{user}={identity}",
    ]
    capsys.readouterr()
    assert main([*who, "--owner", "111122223333"]) == 0
    assert user in capsys.readouterr().out
    assert main([*who, "--owner", "444455556666"]) == 0
    assert user not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "folder"),
    [
        pytest.param("policies.iam", PACKAGE.parents[1], id="from the repository"),
        pytest.param("iam", PACKAGE.parent, id="from the policy pack's folder"),
    ],
)
def test_it_runs_as_a_module(files, module, folder):
    small, large = files
    for arguments, code in (((small, large), 0), ((large, small), 1)):
        command = [sys.executable, "-m", module, "check-no-new-access", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
