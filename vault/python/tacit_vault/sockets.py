"""Where the agent's socket is: the rules are those of the tacit command."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import Callable, Mapping, Optional

from .errors import SecretError


def find_vault(named: Optional[str], env: Mapping[str, str], cwd: str) -> str:
    """The vault's folder: the one named, $TACIT_VAULT, the nearest .tacit, the default."""
    given = named or env.get("TACIT_VAULT")
    if given:
        return os.path.normpath(os.path.join(cwd, given))
    folder = cwd
    while True:
        found = os.path.join(folder, ".tacit")
        if os.path.exists(os.path.join(found, "VAULT")):
            return found
        if os.path.dirname(folder) == folder:
            break
        folder = os.path.dirname(folder)
    data = _absolute(env.get("XDG_DATA_HOME")) or os.path.join(_home(env), ".local", "share")
    return os.path.join(data, "tacit", "default")


def socket_folder(env: Mapping[str, str]) -> str:
    """The folder of this user's sockets."""
    runtime = _absolute(env.get("XDG_RUNTIME_DIR"))
    if runtime:
        return os.path.join(runtime, "tacit")
    state = _absolute(env.get("XDG_STATE_HOME")) or os.path.join(_home(env), ".local", "state")
    return os.path.join(state, "tacit", "run")


def find_socket(vault: Optional[str], env: Mapping[str, str], cwd: str) -> str:
    """The socket of a vault's agent: $TACIT_AGENT, or one called after the vault's real path."""
    agent = env.get("TACIT_AGENT")
    if agent == "off":
        raise SecretError("locked", "TACIT_AGENT is off, and this client works through an agent only", hint="tacit unlock")
    if agent:
        return os.path.normpath(os.path.join(cwd, agent))
    real = os.path.realpath(find_vault(vault, env, cwd))
    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
    return os.path.join(socket_folder(env), name + ".sock")


def check_socket(path: str) -> None:
    """Refuses a socket, or its folder, that is not this user's alone.

    Another user could answer in the agent's place.
    """
    _check_mine(os.path.dirname(path), stat.S_ISDIR, 0o077, "the folder of the agent's socket")
    _check_mine(path, stat.S_ISSOCK, 0o022, "the agent's socket")  # to connect takes the right to write


def _check_mine(path: str, is_kind: Callable[[int], bool], bits: int, what: str) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise SecretError("locked", "no agent is running for the vault", path=path, hint="tacit unlock") from None
    except OSError as err:
        raise SecretError("unsafe", f"{what} cannot be looked at: {err.strerror}", path=path) from None
    if not is_kind(found.st_mode):
        raise SecretError("unsafe", f"{what} is something else, or a link", path=path, hint="remove it")
    if found.st_uid != os.geteuid():
        raise SecretError("unsafe", f"{what} belongs to another user", path=path)
    if found.st_mode & bits:
        raise SecretError("unsafe", f"{what} lets others in", path=path, hint="remove it, and start the agent again")


def _absolute(folder: Optional[str]) -> str:
    return folder if folder and os.path.isabs(folder) else ""


def _home(env: Mapping[str, str]) -> str:
    return _absolute(env.get("HOME")) or os.path.expanduser("~")
