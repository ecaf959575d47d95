"""What goes wrong, under the codes of the tacit library."""

from __future__ import annotations

from typing import Any, Mapping, Optional


class SecretError(Exception):
    """A failure of the client. It never holds a value.

    ``code`` is one of the library's: ``not_found``, ``invalid_name``,
    ``invalid_value``, ``exists``, ``conflict``, ``locked``, ``denied``, ``busy``, …
    ``hint`` is the way out in words. ``remedy`` is the same as data, in what the
    agent answers.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        op: Optional[str] = None,
        key: Optional[str] = None,
        path: Optional[str] = None,
        hint: Optional[str] = None,
        remedy: Optional[Mapping[str, Any]] = None,
    ) -> None:
        about = " ".join(part for part in (op, key, path) if part)
        super().__init__(f"{about}: {message}" if about else message)
        self.code = code
        self.op = op
        self.key = key
        self.path = path
        self.hint = hint
        self.remedy = remedy
