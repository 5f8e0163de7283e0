"""Bytes by name, in a folder or in any object store that fsspec knows.

Blobs and what is made of them travel through here and never through the broker, so a worker on
another machine needs the store's URL and the broker's, nothing else. A store has a mark, which
tells it from an empty folder in which it is not mounted yet (`zerog.da.disperser.storewatch`).
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Final, Protocol, cast

from zerog.config import redact_url
from zerog.errors import NotFound, Unreachable, UsageError
from zerog.files import sync_folder
from zerog.types import Buffer

BLOB: Final = "blob"
"""blob/REQUEST: what a client gave, until retention ends."""
ENCODED: Final = "encoded"
"""encoded/REQUEST: what the encoding made of it, as long as it is needed; can be made again."""
CERTIFICATE: Final = "certificate"
"""certificate/REQUEST: its certificate until it is final on the chain."""
DAMAGED: Final = "damaged"
"""damaged/REQUEST: of bytes that were not the request's, and went: their SHA-256, in hex."""
KINDS: Final = (BLOB, ENCODED, CERTIFICATE, DAMAGED)
MARK: Final = "store.id"
"""The mark of the whole store."""
MARK_BYTES: Final = 64
SCRAP_SECONDS: Final = 3600.0
"""After so long, what a killed writer left of an object is nobody's."""


class BytesGone(NotFound):
    """There is nothing under a name: it was pruned, or never made."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the bytes {name[:26]}… are not kept any more")


class BadStoreUrl(UsageError):
    """A URL that no file system answers to."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(f"no store of bytes: {reason}", "correct ZEROG_DA_STORE")


class StoreUnreachable(Unreachable):
    """The folder or object store does not do what it was asked: full, read-only, away."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"the store of bytes does not serve {name[:26]}…: {reason}")


class _Place(Protocol):
    """Where the objects are."""

    def begin(self) -> None: ...
    def exists(self) -> bool: ...
    def put(self, name: str, parts: Sequence[Buffer], durable: bool) -> None: ...
    def make(self, name: str, size: int) -> AbstractContextManager[memoryview]: ...
    def get(self, name: str, start: int, end: int | None) -> Buffer: ...
    def has(self, name: str) -> bool: ...
    def drop(self, name: str) -> None: ...
    def names(self, kind: str) -> set[str]: ...
    def tidy(self, now: float) -> None: ...


class ByteStore:
    """Objects by name, KIND/REQUEST. Any thread and any process may use it."""

    def __init__(self, url: str | Path) -> None:
        """url: a folder, or an object store as fsspec names it. Nothing is made of it.

        Raises BadStoreUrl.
        """
        text = str(url).removeprefix("file://")
        self._place: _Place = _Objects(text) if "://" in text else _Folder(Path(text))
        self.place: Final = redact_url(text)

    def begin(self, identity: str) -> None:
        """Make the store, or give it another mark; durable. Raises StoreUnreachable."""
        self._place.begin()
        self._place.put(MARK, (identity.encode(),), durable=True)

    def make_folders(self) -> None:
        """Make those of a store that was copied without its empty ones. Raises StoreUnreachable."""
        self._place.begin()

    def exists(self) -> bool:
        """Whether there is such a folder; an object store has none, and is there if it answers."""
        return self._place.exists()

    def identity(self) -> str:
        """The store's mark; empty where there is none. Raises StoreUnreachable."""
        try:
            found = self._place.get(MARK, 0, MARK_BYTES)
        except BytesGone:
            return ""
        return bytes(memoryview(found)).decode("ascii", "replace").strip()

    def require_begun(self) -> None:
        """Raises StoreUnreachable where there is no mark, as in a folder without its mount."""
        if not self.identity():
            raise StoreUnreachable(MARK, "it is not there; is it mounted?")

    def put(self, name: str, data: Buffer | Sequence[Buffer], *, durable: bool = True) -> None:
        """Keep an object: whole or not at all, in place of a former one. Raises StoreUnreachable.

        data: its bytes, or parts of them in order. durable: on the disk when this returns, and
        not only in the system's memory; what can be made again need not be.
        """
        parts = data if isinstance(data, (list, tuple)) else (cast("Buffer", data),)
        self._place.put(name, parts, durable)

    def make(self, name: str, size: int) -> AbstractContextManager[memoryview]:
        """Room for `size` bytes of zeros, which are the object when the block ends without error.

        A file is written in place, through the system's memory, and is not durable. Raises
        StoreUnreachable.
        """
        return self._place.make(name, size)

    def get(self, name: str, start: int = 0, end: int | None = None) -> Buffer:
        """An object, or the bytes from `start` to before `end`; raises BytesGone, StoreUnreachable.

        A file is mapped, not read, and stays readable when it is dropped meanwhile.
        """
        return self._place.get(name, start, end)

    def has(self, name: str) -> bool:
        """Whether there is an object of this name; raises StoreUnreachable."""
        return self._place.has(name)

    def drop(self, name: str) -> None:
        """Delete an object, if it is there."""
        self._place.drop(name)

    def names(self, kind: str) -> set[str]:
        """Names of all objects of a kind, without the kind."""
        return self._place.names(kind)

    def tidy(self) -> None:
        """Delete what killed writers left."""
        self._place.tidy(time.time())


class _Folder:
    """Files: written beside their place, then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self) -> None:
        try:
            for kind in KINDS:
                (self._folder / kind).mkdir(parents=True, exist_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            raise StoreUnreachable(MARK, error.strerror or str(error)) from error

    def exists(self) -> bool:
        return self._folder.is_dir()

    @contextmanager
    def _scratch(self, name: str) -> Iterator[FileIO]:
        """A new file that takes the name's place when the block ends without error."""
        path = self._folder / name
        scratch = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            descriptor = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            with FileIO(descriptor, "r+") as out:
                yield out
            scratch.replace(path)
        except BaseException as error:
            scratch.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise StoreUnreachable(name, error.strerror or str(error)) from error
            raise

    def put(self, name: str, parts: Sequence[Buffer], durable: bool) -> None:
        with self._scratch(name) as out:
            for part in parts:
                left = memoryview(part).cast("B")
                while left:
                    left = left[out.write(left) :]
            if durable:
                os.fsync(out.fileno())
        if durable:
            sync_folder((self._folder / name).parent)

    @contextmanager
    def make(self, name: str, size: int) -> Iterator[memoryview]:
        with self._scratch(name) as out:
            # On a full disk a write to mapped memory is a signal that kills, not an error; blocks
            # reserved beforehand would exclude that, and take half as long again as an encoding.
            if shutil.disk_usage(self._folder).free < 2 * size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
            out.truncate(size)
            yield memoryview(mmap.mmap(out.fileno(), size))

    def get(self, name: str, start: int, end: int | None) -> Buffer:
        try:
            with (self._folder / name).open("rb") as file:
                if end is not None:
                    file.seek(start)
                    return file.read(end - start)
                if not os.fstat(file.fileno()).st_size:
                    return b""
                whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                return memoryview(whole)[start:]
        except FileNotFoundError as error:
            raise BytesGone(name) from error
        except OSError as error:
            raise StoreUnreachable(name, error.strerror or str(error)) from error

    def has(self, name: str) -> bool:
        try:
            os.stat(self._folder / name)
        except FileNotFoundError:
            return False
        except OSError as error:  # where `exists` would say that there is nothing
            raise StoreUnreachable(name, error.strerror or str(error)) from error
        return True

    def drop(self, name: str) -> None:
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnreachable(name, error.strerror or str(error)) from error

    def names(self, kind: str) -> set[str]:
        try:
            found = os.listdir(self._folder / kind)
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise StoreUnreachable(kind, error.strerror or str(error)) from error
        return {name for name in found if not name.startswith(".")}

    def tidy(self, now: float) -> None:
        for kind in KINDS:
            for path in (self._folder / kind).glob(".*"):
                if path.stat().st_mtime < now - SCRAP_SECONDS:
                    path.unlink(missing_ok=True)


@contextmanager
def _driven(name: str) -> Iterator[None]:
    """What a driver of fsspec raises, as ours: each has errors of its own besides OSError, which
    are of no class that we know. Python's own are faults of a program, and stay what they are.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise BytesGone(name) from error
    except Exception as error:
        if isinstance(error, OSError) or type(error).__module__ != "builtins":
            reason = redact_url(str(error)) or type(error).__name__
            raise StoreUnreachable(name, reason) from error
        raise


class _Objects:
    """An object store, whose objects appear whole."""

    def __init__(self, url: str) -> None:
        import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415  (a folder needs none of it)

        try:
            # What other processes wrote since a listing would not be there for us.
            self._system, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ValueError, ImportError) as error:
            raise BadStoreUrl(url, str(error)) from error
        self._root = str(root).rstrip("/")

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def begin(self) -> None:
        with _driven(MARK):
            for kind in KINDS:  # a bucket needs no folders; a file server's does
                self._system.makedirs(self._at(kind), exist_ok=True)

    def exists(self) -> bool:
        return True

    def put(self, name: str, parts: Sequence[Buffer], durable: bool) -> None:
        body = b"".join(bytes(part) for part in parts) if len(parts) != 1 else bytes(parts[0])
        with _driven(name):
            self._system.pipe_file(self._at(name), body)

    @contextmanager
    def make(self, name: str, size: int) -> Iterator[memoryview]:
        room = bytearray(size)
        yield memoryview(room)
        self.put(name, (room,), durable=False)

    def get(self, name: str, start: int, end: int | None) -> Buffer:
        with _driven(name):
            try:
                found: bytes = self._system.cat_file(self._at(name), start=start or None, end=end)
            except OSError as error:
                if end is None or error.errno != errno.EINVAL:
                    raise
                return b""  # HTTP's 416: nothing is so far behind
            return found

    def has(self, name: str) -> bool:
        try:
            with _driven(name):  # where `exists` would say that there is nothing
                self._system.info(self._at(name))
        except BytesGone:
            return False
        return True

    def drop(self, name: str) -> None:
        with suppress(BytesGone), _driven(name):
            self._system.rm_file(self._at(name))

    def names(self, kind: str) -> set[str]:
        try:
            with _driven(kind):
                found: Sequence[str] = self._system.ls(self._at(kind), detail=False)
        except BytesGone:
            return set()
        return {path.rpartition("/")[2] for path in found}

    def tidy(self, now: float) -> None:
        """An object that was not written whole is not there."""
