"""Secrets of a tacit vault, through its agent: see SecretClient."""

from .client import Change, SecretClient, SecretEntry, SecretInfo, Value
from .errors import SecretError

__all__ = ["Change", "SecretClient", "SecretEntry", "SecretError", "SecretInfo", "Value"]
