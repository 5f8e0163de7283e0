"""The command line's manners: options anywhere, one line per error, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from zerog.cli import inft as inft_module
from zerog.cli.inft import inft
from zerog.cli.main import Zerog, cli, run
from zerog.cli.output import Invocation, table
from zerog.cli.progress import LINE_EVERY_BYTES, LineProgress, size_text

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZEROG_HOME", raising=False)


@pytest.mark.parametrize(
    "words",
    [
        ["--home", "{home}", "--json", "status"],
        ["status", "--home", "{home}", "--json"],
        ["--json", "status", "--home", "{home}"],
    ],
)
def test_home_and_json_are_taken_before_and_after_the_command(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([word.format(home=tmp_path) for word in words]) == 0
    assert json.loads(capfd.readouterr().out) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nonsense"], "No such command"),
        (["status", "--nonsense"], "No such option"),
        (["logs"], "Missing argument"),
        (["up", "--ports", "7"], "'7' is not one of"),
        (["logs", "nobody"], "no process called 'nobody'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    words: list[str], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith("error: ")
    assert says in told.err


def test_failure_is_exit_code_1_and_one_document_with_json(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["logs", "chain", "--json", "--home", str(tmp_path)]) == 1
    told = capfd.readouterr()
    assert json.loads(told.out)["exit_code"] == 1
    assert told.err.count("\n") == 1


def test_unexpected_error_leaves_its_traceback_in_a_file(
    capfd: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def broken() -> None:
        raise LookupError("a fault of ours")

    # A second top group: the table of the real one stays as it is.
    class Broken(Zerog):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return broken

    assert run(["broken"], Broken(callback=lambda: None)) == 1
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
    path = Path(told.strip().rpartition(" ")[2])
    assert "a fault of ours" in path.read_text()
    path.unlink()


def test_interrupt_is_quiet_and_exit_code_130(capfd: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def stopped() -> None:
        raise KeyboardInterrupt

    class Stopped(Zerog):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return stopped

    assert run(["stopped"], Stopped(callback=lambda: None)) == 130
    assert "Traceback" not in capfd.readouterr().err


def test_help_lists_every_command_without_loading_one() -> None:
    code = (
        "import sys; from zerog.cli.main import run; code = run(['--help']);"
        "heavy = {'zerog.cli.stack', 'zerog.cli.inft', 'rich', 'psutil'} & set(sys.modules);"
        "sys.exit(code or (9 if heavy else 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in Zerog.entries:
        assert f"\n  {name} " in done.stdout


def test_every_command_exists_and_takes_home_and_json() -> None:
    context = click.Context(cli)

    def walk(command: click.Command, path: str) -> None:
        options = {name for one in command.get_params(context) for name in one.opts}
        assert {"--home", "--json"} <= options, path
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None, name
                walk(found, f"{path} {name}")

    walk(cli, "zerog")


def test_every_command_of_agents_is_in_their_table() -> None:
    context = click.Context(inft)
    reached: set[int] = set()

    def walk(command: click.Command | None) -> None:
        assert command is not None
        reached.add(id(command))
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                walk(command.get_command(context, name))

    walk(inft)
    folder = Path(inft_module.__file__).parent
    for path in sorted(folder.glob("inft_*.py")):
        module = import_module(f"zerog.cli.{path.stem}")
        made = {name: one for name, one in vars(module).items() if isinstance(one, click.Command)}
        assert {name for name, one in made.items() if id(one) not in reached} == set(), path.stem


def test_home_named_wins_over_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROG_HOME", "/from/environment")
    assert Invocation().home == Path("/from/environment")
    assert Invocation(named_home=tmp_path).home == tmp_path


def test_line_progress_says_start_and_end_and_little_between() -> None:
    lines: list[str] = []
    sink = LineProgress(lines.append)
    total = 2 * LINE_EVERY_BYTES
    for done in range(0, total + 1, LINE_EVERY_BYTES // 8):
        sink("upload", done, total)
    sink("upload", total, total)
    assert lines == ["upload: 0 B of 512.0 MiB", "upload: 256.0 MiB of 512.0 MiB",
                     "upload: 512.0 MiB done"]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (2 * 1024**3, "2.0 GiB")],
)
def test_size_text_has_a_unit_that_people_read(size: int, text: str) -> None:
    assert size_text(size) == text


def test_table_pads_all_but_the_last_column() -> None:
    assert table(["a", "b"], [["long", "x"], ["s", ""]]) == "a     b\nlong  x\ns"
