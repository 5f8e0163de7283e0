"""Rules of the tree that no other tool holds; prints `path:line: what` and exits 1.

Files and functions stay short, signatures name their types, errors are caught by name, every
public thing says what it is for, tests neither skip nor pretend, nothing names a machine.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 350
FUNCTION_LINES = 60
PRODUCT = ("zerog/", "workers/")
CODE = (*PRODUCT, "scripts/", "bench/")
BROAD_ALLOWED = ("zerog/service.py", "zerog/cli/main.py")
"""The exception boundaries: a daemon's loop outlives its cycle, and a user sees one line."""
HOSTS = {"eips.ethereum.org", "github.com", "keepachangelog.com", "semver.org"}
NAMESPACES = ("http://www.w3.org/2000/svg",)
"""Names of XML vocabularies: nobody asks these hosts for anything."""
HOST = re.compile(r"https?://(?:[^\s/@\"']*@)?([A-Za-z0-9.-]+)")
MACHINE = re.compile(r"(?<![\w.~$}-])/(?:home|root|Users|work|mnt)/\w{2}")
VENDORED = "zerog/gallery/static/vendor/"
"""Files of other projects, held byte for byte to their packages by a test of their own."""
LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
PRETENDING = ("unittest.mock", "mock", "pytest_mock")
SKIPPING = ("skip", "skipif", "xfail", "importorskip")

Problem = tuple[int, str]


def tracked() -> list[str]:
    """Every file of the tree that is not ignored, new ones included."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = set(done.stdout.splitlines())
    names = sorted(name for name in found if not name.startswith(VENDORED))
    return [name for name in names if (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


def check_text(name: str, text: str) -> Iterator[Problem]:
    """Rules for every text file."""
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE.search(line):
            yield number, "names a path of one machine"
        if LATER.search(line):
            yield number, "leaves work for later"
        if not name.endswith((".json", ".lock")):
            yield from ((number, problem) for problem in foreign_hosts(line))


def foreign_hosts(line: str) -> Iterator[str]:
    """Hosts that are neither this machine, nor made up, nor on the list of sources."""
    for name in NAMESPACES:
        line = line.replace(name, "")
    for host in HOST.findall(line):
        local = (
            "." not in host or host.startswith("127.") or host.endswith((".example", ".invalid"))
        )
        if not local and host not in HOSTS:
            yield f"names the host {host}"


def check_length(name: str, text: str) -> Iterator[Problem]:
    """No source file that one cannot read at a sitting."""
    count = text.count("\n")
    if name.endswith((".py", ".sol", ".js", ".sh")) and count > FILE_LINES:
        yield 1, f"has {count} lines, {FILE_LINES} are allowed"


def check_python(name: str, tree: ast.Module) -> Iterator[Problem]:
    """Rules for Python, by its syntax tree."""
    if ast.get_docstring(tree) is None:
        yield 1, "has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from check_function(name, node)
        if isinstance(node, ast.ExceptHandler) and name not in BROAD_ALLOWED:
            yield from check_handler(node)
        if name.startswith("tests/"):
            yield from check_test_node(name, node)
    if name.startswith(PRODUCT):
        yield from undocumented(tree)


def span(node: ast.stmt) -> int:
    """Lines from the first to the last of a statement."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def own_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without the functions and classes that it defines."""
    inner = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return span(node) - sum(map(span, inner))


def check_function(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Problem]:
    """Length, and types that say something."""
    lines = own_lines(node)
    if lines > FUNCTION_LINES:
        yield node.lineno, f"{node.name} has {lines} lines, {FUNCTION_LINES} are allowed"
    if not name.startswith(CODE):
        return
    rest = [arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None]
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *rest]
    annotations = [arg.annotation for arg in arguments] + [node.returns]
    for annotation in filter(None, annotations):
        if re.search(r"\bAny\b", ast.unparse(annotation)):
            yield annotation.lineno, f"{node.name} has Any in its signature"


def check_handler(node: ast.ExceptHandler) -> Iterator[Problem]:
    """A handler names its errors, unless it only cleans up and raises them again."""
    names = "BaseException" if node.type is None else ast.unparse(node.type)
    last = node.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    if re.search(r"\b(Base)?Exception\b", names) and not raises_again:
        yield node.lineno, "catches every error"
    if len(node.body) == 1 and isinstance(last, ast.Pass):
        yield node.lineno, "silences an error (say contextlib.suppress and why)"


def check_test_node(name: str, node: ast.AST) -> Iterator[Problem]:
    """Tests run, against the real thing, and wait for conditions instead of for time."""
    if isinstance(node, ast.ImportFrom | ast.Import):
        origin = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if origin in PRETENDING or any(alias.name in PRETENDING for alias in node.names):
            yield node.lineno, "imports a mock"
    if isinstance(node, ast.Attribute):
        spelled = ast.unparse(node)
        if node.attr in SKIPPING and spelled.startswith("pytest."):
            yield node.lineno, f"skips ({spelled})"
        if spelled == "time.sleep" and Path(name).name.startswith("test_"):
            yield node.lineno, "sleeps; wait for a condition"


def undocumented(tree: ast.Module) -> Iterator[Problem]:
    """Public classes, functions and methods without a docstring."""
    scopes: list[ast.Module | ast.ClassDef] = [tree]
    while scopes:
        for node in scopes.pop().body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                yield node.lineno, f"{node.name} does not say what it is for"
            if isinstance(node, ast.ClassDef):
                scopes.append(node)


def check_file(name: str) -> Iterator[Problem]:
    """Every problem of one file; binary files have none."""
    try:
        text = (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    yield from check_text(name, text)
    yield from check_length(name, text)
    if name.endswith(".py"):
        yield from check_python(name, ast.parse(text))


def main() -> int:
    """Check the whole tree."""
    problems = 0
    for name in tracked():
        for line, what in check_file(name):
            print(f"{name}:{line}: {what}")
            problems += 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
