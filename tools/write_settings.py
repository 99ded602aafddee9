"""Writes what declares the settings of components/settings/settings.py to users of each kind.

`make settings` writes the configuration in Pulumi.yaml, the arguments of BatchEvaluationEnvironment
and the table of docs/settings.md; a test holds the three files to it.
"""

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from components.config.deployment_target import DeploymentTarget  # noqa: E402
from components.settings import settings as declarations  # noqa: E402
from components.settings.settings import (  # noqa: E402
    MAY_BE_OUTPUTS,
    Settings,
    settings_validators,
)
from components.settings.stack_file import config_name  # noqa: E402

_EXAMPLE = DeploymentTarget("aws", "us-east-1", "111122223333")
_KINDS = {str: "string", bool: "boolean", int: "integer", tuple: "array", dict: "object"}
_TYPES = {
    "string": "str",
    "boolean": "bool",
    "integer": "int",
    "array": "Sequence[str]",
    "object": "Mapping[str, str]",
}
_OUTPUT_TYPES = {
    "string": "pulumi.Input[str]",
    "array": "pulumi.Input[Sequence[pulumi.Input[str]]]",
    "object": "pulumi.Input[Mapping[str, pulumi.Input[str]]]",
}
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


@dataclass(frozen=True)
class Declared:
    """One setting: field name, kind in Pulumi.yaml, default (None: required), expectation, text."""

    name: str
    kind: str
    default: Any
    expected: str
    text: str


def declared_settings() -> Iterator[Declared]:
    """Yield the settings in the order of their declaration."""
    texts, validators = _texts(), settings_validators(_EXAMPLE)
    for field in fields(Settings):
        made = field.default_factory is not MISSING
        default: Any = field.default_factory() if made else field.default  # pyright: ignore[reportCallIssue]
        kind = "string" if default is MISSING else _KINDS[type(default)]
        plain = None if default is MISSING else default
        yield Declared(field.name, kind, plain, validators[field.name].expected, texts[field.name])


def _texts() -> dict[str, str]:
    """Return the text below each field of the class, by the field's name."""
    (body,) = (
        node.body
        for node in ast.parse(inspect.getsource(declarations)).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    return {
        field.target.id: " ".join(str(text.value.value).split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def project_file(text: str) -> str:
    """Return Pulumi.yaml with the settings' declarations as its last part."""
    before, _, _ = text.partition("config:\n")
    lines = ["config:"]
    for setting in declared_settings():
        lines += [f"  {config_name(setting.name)}:", f"    type: {setting.kind}"]
        if setting.kind == "array":
            lines += ["    items:", "      type: string"]
        lines.append(f"    description: {json.dumps(setting.text, ensure_ascii=False)}")
        if setting.default is not None:
            lines.append(f"    default: {json.dumps(setting.default)}")
    return before + "\n".join(lines) + "\n"


def arguments_module() -> str:
    """Return the module of the environment's arguments."""
    lines = [
        '"""The arguments of BatchEvaluationEnvironment, written by `make settings`."""',
        "",
        "from collections.abc import Mapping, Sequence",
        "from typing import NotRequired, TypedDict",
        "",
        "import pulumi",
        "",
        "",
        "class BatchEvaluationEnvironmentArgs(TypedDict):",
        '    """Inputs of BatchEvaluationEnvironment.',
        "",
        "    Names and resources follow from plain values, so that every validation error is found"
        " before any",
        "    resource exists. ARNs and tags may be Outputs: they are validated when they are known,"
        " and the",
        "    policies that name them are as known at preview as they are.",
        '    """',
        "",
    ]
    for setting in declared_settings():
        outputs = setting.name in MAY_BE_OUTPUTS
        kind = (_OUTPUT_TYPES if outputs else _TYPES)[setting.kind]
        optional = kind if setting.default is None else f"NotRequired[{kind}]"
        lines.append(f"    {setting.name}: {optional}")
        lines += _docstring(f"{setting.text}{_default_sentence(setting.default)}")
    return "\n".join(lines) + "\n"


def _default_sentence(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple) and default:
        return f" Default: {' and '.join(f'`{item}`' for item in default)}."
    shown = {"": "empty", (): "empty"}.get(default) if isinstance(default, str | tuple) else None
    if isinstance(default, dict):
        shown = "none"
    elif isinstance(default, bool | int):
        shown = str(default).lower()
    return f" Default: {shown or f'`{default}`'}."


def _docstring(text: str) -> list[str]:
    if len(text) <= 90:
        return [f'    """{text}"""']
    lines = wrap(text, 96, initial_indent='    """', subsequent_indent="    ")
    return [*lines, '    """'] if len(lines[-1]) > 97 else [*lines[:-1], f'{lines[-1]}"""']


def settings_page(text: str) -> str:
    """Return docs/settings.md with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = ["| setting | default | expected | meaning |", "|---|---|---|---|"]
    for setting in declared_settings():
        default = "required" if setting.default is None else f"`{json.dumps(setting.default)}`"
        names = f"`{config_name(setting.name)}`<br>`{setting.name}`"
        output = " (may be an Output)" if setting.name in MAY_BE_OUTPUTS else ""
        expected = setting.expected.replace("|", "\\|")
        lines.append(f"| {names} | {default} | {expected}{output} | {setting.text} |")
    return f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n\n{END}{after}"


FILES = {
    ROOT / "Pulumi.yaml": project_file,
    ROOT / "components" / "environment_args.py": lambda _text: arguments_module(),
    ROOT / "docs" / "settings.md": settings_page,
}

if __name__ == "__main__":
    for path, written in FILES.items():
        old = path.read_text("utf-8") if path.exists() else ""
        path.write_text(written(old), "utf-8")
