"""Say in one line which Python the project needs, before anything is installed."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 12):
    sys.exit(
        f"zerog needs Python 3.11 or 3.12, this is {sys.version.split()[0]}; "
        "name another with: make PYTHON=python3.11 setup"
    )
