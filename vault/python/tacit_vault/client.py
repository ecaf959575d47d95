"""The secret client over the socket of a tacit agent, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket as sockets
import time
import warnings
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional
from urllib.parse import urlencode

from .errors import SecretError
from .sockets import check_socket, find_socket

# Any value that JSON can hold; a value of bytes is {"$base64": "…"}. A fraction with
# more digits than a double holds loses them in reading.
Value = Any

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MAX_ANSWER = 32 << 20  # bytes; a list or a history that is longer is an error
_TRIES = 4  # of a request that changes nothing


@dataclass(frozen=True)
class SecretEntry:
    """A secret. Printed, it shows no value."""

    key: str
    value: Value = field(repr=False)


@dataclass(frozen=True)
class SecretInfo:
    """A version of a secret, without its value. Times are RFC 3339, as the agent gives them."""

    name: str
    version: int
    oldest: int
    kind: str
    size: int
    updated: Optional[str] = None
    deleted: bool = False
    expires: Optional[str] = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A name whose newest version has changed. version 0: it is no longer listed."""

    key: str
    version: int
    deleted: bool


class SecretClient:
    """Reads and changes the secrets of one vault, while its agent runs (``tacit unlock``).

    socket is the agent's, else that of the vault in the folder given, else the one
    that the tacit command would use here. timeout is in seconds, for each request.
    What did not stop a request, and you should know, is given to on_warning; without
    it, to the module warnings. Every failure is a SecretError. Several threads may
    use one client: each request has a connection of its own.
    """

    def __init__(
        self,
        *,
        socket: Optional[str] = None,
        vault: Optional[str] = None,
        timeout: float = 10.0,
        on_warning: Optional[Callable[[SecretError], None]] = None,
    ) -> None:
        self._socket = socket
        self._vault = vault
        self._timeout = timeout
        self._warn = on_warning or (lambda w: warnings.warn(str(w), stacklevel=4))
        self._used: Dict[str, str] = {}  # values as JSON text, in order of first use

    def read_secret(self, key: str) -> SecretEntry:
        """Reads a secret. A missing one is a SecretError of code not_found."""
        answer = self._request("read", "GET", _path("read", key), key)
        return self._remember(key, answer["value"])

    def update_secret(self, key: str, value: Value) -> SecretEntry:
        """Gives an existing secret another value. The one that it has is no new version."""
        body = _body("update", key, value, skip_same=True)
        self._request("update", "PATCH", _path("update", key), key, body)
        return self._remember(key, value)

    def get_used_secrets(self) -> List[SecretEntry]:
        """One entry for each key that this client has read or changed, with the latest value it saw."""
        return [SecretEntry(key, json.loads(text)) for key, text in list(self._used.items())]

    def create_secret(self, key: str, value: Value) -> SecretEntry:
        """Stores a new secret. One that exists is a SecretError of code exists, and stays unchanged."""
        body = _body("create", key, value)
        self._request("create", "PUT", _path("create", key), key, body, {"If-None-Match": "*"})
        return self._remember(key, value)

    def delete_secret(self, key: str, *, purge: bool = False) -> SecretInfo:
        """Deletes a secret. With purge its older versions go too, and it cannot be undone."""
        path = _path("delete", key) + ("?purge=1" if purge else "")
        answer = self._request("delete", "DELETE", path, key)
        self._used.pop(key, None)
        return _info(answer)

    def list_secrets(self, *, prefix: str = "", details: bool = False, deleted: bool = False) -> List[SecretInfo]:
        """The names, sorted. The list is proven to be complete. details: with size, time and labels."""
        asked = {"prefix": prefix, "details": "1" if details else "", "deleted": "1" if deleted else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        answer = self._request("list", "GET", "/v1/secrets" + ("?" + query if query else ""))
        return [_info(info) for info in answer["secrets"]]

    def get_history(self, key: str) -> List[SecretInfo]:
        """The versions that are kept, newest first, deletions included."""
        answer = self._request("history", "GET", _path("history", key) + "/history", key)
        return [_info(info) for info in answer["versions"]]

    def watch_secrets(self, *, prefix: str = "", interval: float = 2.0) -> Iterator[Change]:
        """Yields each name whose newest version changes, from this call on, until you stop asking.

        The agent is asked every interval seconds whether the vault has a new commit,
        which does not count as a use of it. Several changes of a name in that time are
        one. The watch ends with the SecretError of a request that fails.
        """
        commits, known = self._commits(), self._versions(prefix)
        return self._changes(prefix, interval, commits, known)

    def _changes(self, prefix: str, interval: float, commits: int, known: Dict[str, Change]) -> Iterator[Change]:
        while True:
            now = self._commits()
            if now != commits:
                commits, before = now, known
                known = self._versions(prefix)
                for key in sorted(before.keys() | known.keys()):
                    change = known.get(key) or Change(key, 0, True)
                    if change != before.get(key):
                        yield change
            time.sleep(interval)

    def _commits(self) -> int:
        return int(self._request("watch", "GET", "/v1/status")["vault"]["commits"])

    def _versions(self, prefix: str) -> Dict[str, Change]:
        return {i.name: Change(i.name, i.version, i.deleted) for i in self.list_secrets(prefix=prefix, deleted=True)}

    def _remember(self, key: str, value: Value) -> SecretEntry:
        text = json.dumps(value)
        self._used[key] = text
        return SecretEntry(key, json.loads(text))  # the caller may change what it gets

    def _request(
        self, op: str, method: str, path: str, key: Optional[str] = None, body: Optional[bytes] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Dict[str, Any]:
        where = self._socket or find_socket(self._vault, os.environ, os.getcwd())
        check_socket(where)
        tries = _TRIES if method == "GET" else 1
        while True:
            tries -= 1
            try:
                status, text = _send(where, self._timeout, method, path, body, dict(headers or {}))
                break
            except sockets.timeout:
                raise SecretError("busy", "the agent did not answer in time", op=op, key=key, hint="try again") from None
            except (ConnectionRefusedError, FileNotFoundError):
                raise SecretError("locked", "no agent is running for the vault", op=op, key=key, path=where, hint="tacit unlock") from None
            except (OSError, http.client.HTTPException) as err:
                if tries == 0:
                    raise SecretError("internal", f"the agent broke off: {type(err).__name__}", op=op, key=key) from None
        return self._answer(op, key, status, text)

    def _answer(self, op: str, key: Optional[str], status: int, text: bytes) -> Dict[str, Any]:
        try:
            answer = json.loads(text) if len(text) <= _MAX_ANSWER else None
        except ValueError:
            answer = None  # the error would quote it
        if not isinstance(answer, dict):
            raise SecretError("internal", "the agent's answer is too long, or no JSON object", op=op, key=key)
        for w in answer.get("warnings") or ():
            self._warn(_error(w, w.get("op"), w.get("key"), status))
        if 200 <= status < 300:
            return answer
        raise _error(answer.get("error") or {}, op, key, status)


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("tacit", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _send(where: str, timeout: float, method: str, path: str, body: Optional[bytes], headers: Dict[str, str]) -> "tuple[int, bytes]":
    connection = _Connection(where, timeout)
    try:
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_ANSWER + 1)
    finally:
        connection.close()


def _path(op: str, key: str) -> str:
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        raise SecretError("invalid_name", "not a name", op=op, hint="a name is 1 to 100 of the characters A-Z a-z 0-9 _ and -")
    return "/v1/secrets/" + key


def _body(op: str, key: str, value: Value, **more: bool) -> bytes:
    _path(op, key)
    try:
        return json.dumps({"key": key, "value": value, **more}, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (TypeError, ValueError, RecursionError):  # the message would hold the value
        raise SecretError("invalid_value", "the value has no form in JSON", op=op, key=key) from None


def _info(answer: Mapping[str, Any]) -> SecretInfo:
    return SecretInfo(**{name: answer[name] for name in SecretInfo.__dataclass_fields__ if name in answer})


def _error(e: Mapping[str, Any], op: Optional[str], key: Optional[str], status: int) -> SecretError:
    return SecretError(
        e.get("code", "internal"), e.get("message", f"the agent answered {status}"),
        op=op, key=key, path=e.get("path"), hint=e.get("hint"), remedy=e.get("remedy"),
    )
