"""Python source without what only its readers need.

A third of the controller's package would be comments and docstrings. What is left stands in its old
line, so that a traceback in the function's log leads to the line of the repository.
"""

import ast
import io
import tokenize

_WITH_BODY = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def bare(source: str) -> str:
    """Return the source without comments and docstrings, as many lines as before.

    Raises SyntaxError for what is no Python.
    """
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        body: list[ast.stmt] = node.body if isinstance(node, _WITH_BODY) else []
        for text in filter(_is_text, body):
            only = len(body) == 1 and not isinstance(node, ast.Module)
            _drop(text, lines, "pass" if only else "")
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(lines)


def _is_text(statement: ast.stmt) -> bool:
    """Tell whether it is a docstring, be it that of the variable before it."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _drop(text: ast.stmt, lines: list[str], left: str) -> None:
    first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
    before = lines[first][: text.col_offset]
    after = lines[last].encode()[text.end_col_offset :].decode()
    if before.strip() or after.partition("#")[0].strip():
        return  # shares its line with code
    lines[first : last + 1] = [(before + left).rstrip(), *[""] * (last - first)]
