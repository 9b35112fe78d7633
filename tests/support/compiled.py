"""Templates and addresses compiled once for all applications that a test process makes; an installation makes one."""

from collections.abc import Callable
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
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
