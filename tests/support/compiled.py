"""Templates, addresses and statements compiled once for all that a test process makes; an installation makes one."""

from collections.abc import Callable
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class CompiledTemplates(BytecodeCache):
    """Keeps code in memory, by a template's place and what was written there."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._kept[bucket.key, bucket.checksum] = bucket.code


def compiled_once() -> Callable[..., Builder]:
    """In place of `Rule._compile_builder`, which takes two thirds of the making of an application.

    What it makes depends on the rule's parts and defaults alone; converters are looked up in the rule itself.
    """
    compile_builder, kept = Rule._compile_builder, dict[tuple[Any, ...], Builder]()

    def compiled(rule: Rule, append_unknown: bool = True) -> Builder:
        key = tuple(rule._trace), tuple(sorted((rule.defaults or {}).items())), append_unknown
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    return compiled


class CompiledStatements:
    """In place of the statements that each engine keeps for itself: those of all engines of one kind.

    A statement is compiled for a dialect, and dialects of one kind, such as `sqlite`, compile alike.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[tuple[Any, ...], Any] = LRUCache(4000)

    def get(self, key: tuple[Any, ...]) -> Any:
        return self._kept.get(self._shared(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._kept[self._shared(key)] = compiled

    def _shared(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect, *rest = key
        return dialect.name, *rest

    def share(self, connection: Connection) -> None:
        """To be called with each connection."""
        connection.execution_options(compiled_cache=self)
