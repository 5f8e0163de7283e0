"""One logging set-up for every process: a line or a JSON object per record, secrets masked."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

MASK = "***"
SECRET_WORDS = r"(?:password|passphrase|secret|private_key|mnemonic|data_key|authorization)"  # noqa: S105
_PATTERNS = (
    (re.compile(r"(://)[^/@\s]+@"), rf"\1{MASK}@"),
    (re.compile(rf"(?i)({SECRET_WORDS}['\"]?\s*[=:]\s*['\"]?)(?:bearer\s+)?[^\s'\",}}]+"),
     rf"\1{MASK}"),
)  # fmt: skip
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_SECRET_NAME = re.compile(f"(?i)^{SECRET_WORDS}$")


def redact(text: str) -> str:
    """`text` with the passwords of URLs and the values of secret-sounding names masked."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _extras(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in vars(record).items():
        if name in _OWN:
            continue
        if _SECRET_NAME.match(name):
            found[name] = MASK
        elif isinstance(value, int | float | bool | None):
            found[name] = value
        else:
            found[name] = redact("0x" + value.hex() if isinstance(value, bytes) else str(value))
    return found


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, name, msg, and whatever `extra` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        document: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "name": record.name,
            "msg": redact(record.getMessage()),
            **_extras(record),
        }
        if record.exc_info:
            document["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(document, default=str)


class LineFormatter(logging.Formatter):
    """A line for people: time, level, name, message, key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        when = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        extras = "".join(f" {name}={value}" for name, value in _extras(record).items())
        line = f"{when} {record.levelname:<7} {record.name}: {redact(record.getMessage())}{extras}"
        if record.exc_info:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


def set_up(level: str = "INFO", *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send every record to `stream` (default stderr). Replaces what was set up before."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for noisy in ("urllib3", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
