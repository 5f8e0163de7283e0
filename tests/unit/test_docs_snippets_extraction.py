"""What the documents' tests run is what the pages say."""

from __future__ import annotations

import pytest

from tests.support.snippets import Command, Script, blocks, pages, runnable

pytestmark = pytest.mark.unit

PAGE = """# Title

```console
$ zerog up --detach
endpoint http://127.0.0.1
$ zerog inft mint ./agent \\
    --as alice
```

Text, and `$ not a command`.

```python
first = 1
```

```json
{"shown": true}
```

```console
$ zerog inft open 9 --as bob --out x  # exit 2
```

```python
second = first + 1
```
"""


def test_commands_are_found_with_line_and_exit_code() -> None:
    found = [step for step in runnable(PAGE) if isinstance(step, Command)]
    assert found == [
        Command(4, "zerog up --detach"),
        Command(6, "zerog inft mint ./agent --as alice"),
        Command(21, "zerog inft open 9 --as bob --out x  # exit 2", 2),
    ]


def test_python_of_a_page_is_one_script_with_its_line_numbers() -> None:
    steps = runnable(PAGE)
    scripts = [step for step in steps if isinstance(step, Script)]
    assert len(scripts) == 1
    assert steps.index(scripts[0]) == 2
    lines = scripts[0].text.splitlines()
    assert (lines[12], lines[24]) == ("first = 1", "second = first + 1")
    assert [line for line in lines if line] == ["first = 1", "second = first + 1"]


def test_blocks_that_are_only_shown_are_not_run() -> None:
    assert [block.kind for block in blocks(PAGE)] == [
        "console",
        "python",
        "json",
        "console",
        "python",
    ]
    assert runnable("```json\n{}\n```\n") == []


def test_block_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(ValueError, match="line 3"):
        blocks("# Title\n\n```console\n$ ls\n")


def test_pages_of_the_project_have_something_to_run() -> None:
    names = {page.name for page in pages()}
    assert {"README.md", "sdk.md", "inft.md"} <= names
