"""Where the browser of the tests comes from."""

from __future__ import annotations

import pytest

from scripts.setup_browser import NoBrowser, find_browser, install_commands

pytestmark = pytest.mark.unit


def only(**known: str) -> dict[str, str]:
    """The programs of a machine, by name (dashes as underscores)."""
    return {name.replace("_", "-"): path for name, path in known.items()}


def test_find_browser_prefers_the_variable() -> None:
    programs = only(chromium="/usr/bin/chromium") | {"/opt/c": "/opt/c"}
    assert find_browser({"ZEROG_CHROMIUM": "/opt/c"}, programs.get) == "/opt/c"
    assert find_browser({}, programs.get) == "/usr/bin/chromium"


def test_find_browser_takes_other_names_of_it() -> None:
    assert find_browser({}, only(google_chrome="/usr/bin/google-chrome").get) is not None
    assert find_browser({}, only().get) is None


def test_find_browser_with_a_variable_that_names_nothing_says_what_to_do() -> None:
    with pytest.raises(NoBrowser, match=r"ZEROG_CHROMIUM=/none is no program; install the package"):
        find_browser({"ZEROG_CHROMIUM": "/none"}, only().get)


def test_install_commands_are_apt_for_root_and_none_for_others() -> None:
    update, install = install_commands(0, only(apt_get="/usr/bin/apt-get").get)
    assert update == ("/usr/bin/apt-get", "update")
    assert install[1:] == ("install", "-y", "--no-install-recommends", "chromium")
    assert install_commands(1000, only(apt_get="/usr/bin/apt-get").get) == ()
    assert install_commands(0, only().get) == ()
