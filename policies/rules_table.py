"""The table of rules in README.md: `python -m policies.rules_table` writes it anew."""

from pathlib import Path

from .framework.rule import ResourceRule, StackRule, short_type
from .rules.all_rules import SUBJECTS

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- rules: begin -->\n", "<!-- rules: end -->\n"


def table() -> str:
    """The rules by subject, in Markdown."""
    parts: list[str] = []
    for subject, rules in SUBJECTS.items():
        parts += [f"### {subject}", ""]
        parts += ["| Rule | What it says | Level | Parameters | References |"]
        parts += ["|---|---|---|---|---|"]
        parts += [_row(rule) for rule in rules]
        parts.append("")
    return "\n".join(parts)


def with_table(text: str) -> str:
    """A text with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(rule: ResourceRule | StackRule) -> str:
    about = rule.about
    judged = (
        ", ".join(sorted(map(short_type, rule.types)))
        if isinstance(rule, ResourceRule) and len(rule.types) < 3
        else ""
    )
    parameters = ", ".join(
        f"`{name}` = `{each.default}`" for name, each in about.defaults.items()
    ).replace("'", '"')
    cells = (
        f"[`{about.name}`]({about.url})",
        about.description + (f" ({judged})" if judged else ""),
        f"{about.level.value}, {about.severity.value}",
        parameters,
        ", ".join(map(str, about.controls)),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
