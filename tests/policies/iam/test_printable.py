"""Documents and requests of an attacker's choice print nothing that a terminal acts on."""

import json
import sys
from pathlib import Path

import pytest

from policies.iam.__main__ import main
from policies.iam.language.printable import printable, printable_lines

HOSTILE = "a\nproved: every request\r\x1b]0;t\x07\x9b2J\u202e\u2066\u2028\x85\ud83d"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/k"
ROLE = "arn:aws:iam::111122223333:role/app"


def document(**changes: object) -> dict[str, object]:
    statement = {
        "Sid": HOSTILE,
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:a": [HOSTILE]}},
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **changes}]}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Sid": "A"},
        {"Sid": "A", "Condition": {HOSTILE: {"a": HOSTILE}}},
        {"Sid": "A", "Condition": {"StringLike": {f"aws:{HOSTILE}": HOSTILE}}},
        {"Sid": "A", "Condition": {"StringLike": {"aws:userid": f"${{{HOSTILE}}}"}}},
        {"Sid": "A", "Action": HOSTILE},
        {"Sid": "A", "Action": f"kms:{HOSTILE}"},
        {"Sid": "A", "Resource": HOSTILE},
        {"Sid": "A", "Principal": HOSTILE},
        {"Sid": "A", "Principal": {"AWS": HOSTILE}},
        {"Sid": "A", "Principal": {HOSTILE: ROLE}},
        {"Sid": "A", HOSTILE: HOSTILE},
    ],
)
def test_a_document_prints_no_more_than_its_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object]
) -> None:
    path, small = tmp_path / f"{HOSTILE[:-1].replace('/', '')}.json", tmp_path / "small.json"
    path.write_text(json.dumps(document(**changes)))
    small.write_text(json.dumps(document(Sid="A", Condition={})))
    asked = ["--principal", f"{ROLE.replace(':iam:', ':sts:').replace('role/', 'assumed-role/')}/s"]
    context = ["--context", f"kms:EncryptionContext:a={HOSTILE}", "--context", f"{HOSTILE}=b"]
    for arguments in (
        ["check-no-new-access", str(path), str(small)],
        ["check-no-new-access", str(small), str(path), "--fix", f"{HOSTILE}={HOSTILE}"],
        ["list-principals", "kms:Decrypt", KEY_ARN, "--policy", str(path)],
        ["list-principals", HOSTILE, HOSTILE, "--policy", str(path)],
        ["explain", "kms:Decrypt", KEY_ARN, *asked, *context, "--policy", str(path)],
        ["explain", "kms:Decrypt", KEY_ARN, "--principal", HOSTILE, "--policy", str(path)],
        ["explain", "kms:Decrypt", KEY_ARN, *asked, "--policy", f"{path}{HOSTILE}"],
    ):
        main(arguments)
        printed = capsys.readouterr()
        assert printed.out + printed.err == printable_lines(printed.out + printed.err)
        lines = (printed.out + printed.err).split("\n")
        assert not [line for line in lines if line.startswith("proved: every request\\r")]


def test_a_wrong_command_line_is_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check-no-new-access", "a", "b", HOSTILE])
    printed = capsys.readouterr().err
    assert printed == printable_lines(printed)
    assert "error:" in printed


def test_visible_text_stays_as_it_is() -> None:
    assert printable("na\xefve \u65e5\u672c ~!") == "na\xefve \u65e5\u672c ~!"
    assert [each for each in map(chr, range(sys.maxunicode + 1)) if not printable(each)] == []
    assert all(printable(each).isprintable() for each in map(chr, range(0x3000)))
