"""Source without comments and docstrings does the same, line by line."""

import ast
import tokenize
from io import StringIO
from pathlib import Path

import pytest

from components.archive import SOURCE
from components.bare_source import bare

MODULES = sorted(SOURCE.glob("*.py"))


class WithoutDocstrings(ast.NodeTransformer):
    """What Python is left with; `pass` stands for a body that was nothing but its docstring."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds):
            left = [each for each in node.body if not is_text(each)]
            ended: list[ast.stmt] = [ast.copy_location(ast.Pass(), each) for each in node.body[:1]]
            node.body = left or ([] if isinstance(node, ast.Module) else ended)
        return node


def is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def places(tree: ast.Module) -> list[tuple[int, int]]:
    return [(n.lineno, n.col_offset) for n in ast.walk(tree) if isinstance(n, ast.expr | ast.stmt)]


@pytest.mark.parametrize("module", MODULES, ids=[module.stem for module in MODULES])
def test_each_module_of_the_function_does_the_same_in_the_same_lines(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    left = bare(source)

    expected, found = WithoutDocstrings().visit(ast.parse(source)), ast.parse(left)
    assert ast.dump(found) == ast.dump(expected)
    assert places(found) == places(expected)
    assert '"""' not in left
    tokens = tokenize.generate_tokens(StringIO(left).readline)
    assert not any(token.type == tokenize.COMMENT for token in tokens)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1  # one\n", "x = 1\n"),
        ('x = "# no comment"\n', 'x = "# no comment"\n'),
        ('"""Module."""\n', "\n"),
        ('class E:\n    """Only\n    this."""  # and that\n', "class E:\n    pass\n\n"),
        ('async def f():\n    """Docs."""\n    return 1\n', "async def f():\n\n    return 1\n"),
        ("def f():\n    'Docs.'; return 1\n", "def f():\n    'Docs.'; return 1\n"),
        ('def f(): """Docs."""\n', 'def f(): """Docs."""\n'),
        ('x = 1\n"""What x is."""\ny = 2\n', "x = 1\n\ny = 2\n"),
        ('if x:\n    """no docstring"""\n', 'if x:\n    """no docstring"""\n'),
        ('def f():\n    """Größe # 1."""\n    # why\n    return f"{x!r}#"  # so\n',
         'def f():\n\n\n    return f"{x!r}#"\n'),
    ],
)  # fmt: skip
def test_only_comments_and_docstrings_go(source: str, expected: str) -> None:
    assert bare(source) == expected


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        bare("def f(:\n")
