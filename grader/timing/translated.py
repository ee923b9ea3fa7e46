"""A session of a program that knows an operator's own layout, asked in that of a course's interface."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.records import Array, CallOutcome, Function
from grader.sandbox.answers import SkippedStatement
from grader.sandbox.base import BaseSession
from grader.sandbox.requests import CacheMode, Exchange
from reference.interface import Translation


@dataclass(frozen=True, slots=True)
class TranslatedSession:
    """As `BaseSession`: arrays are turned round before a call and results after it, off the clock."""

    session: BaseSession
    translation: Translation

    @property
    def spent_s(self) -> float:
        """As `BaseSession.spent_s`."""
        return self.session.spent_s

    @property
    def allowance_s(self) -> float:
        """As `BaseSession.allowance_s`."""
        return self.session.allowance_s

    @property
    def is_spent(self) -> bool:
        """As `BaseSession.is_spent`."""
        return self.session.is_spent

    @property
    def loading_s(self) -> float:
        """As `BaseSession.loading_s`."""
        return self.session.loading_s

    @property
    def has_own_cache(self) -> bool:
        """As `BaseSession.has_own_cache`."""
        return self.session.has_own_cache

    @property
    def skipped(self) -> Sequence[SkippedStatement]:
        """As `BaseSession.skipped`."""
        return self.session.skipped

    def forward(
        self,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        deadline_s: float | None = None,
        cache: CacheMode = "own",
    ) -> CallOutcome:
        """As `BaseSession.forward`."""
        inputs, given = self.translation.arrays(arrays), self.translation.parameters(parameters)
        return self._translated(self.session.forward(inputs, given, deadline_s, cache))

    def backward(
        self,
        upstream: Array,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        cache: CacheMode,
        deadline_s: float | None = None,
    ) -> CallOutcome:
        """As `BaseSession.backward`."""
        inputs, given = self.translation.arrays(arrays), self.translation.parameters(parameters)
        turned = self.translation.array(self.translation.operator.signature.upstream, upstream)
        return self._translated(self.session.backward(turned, inputs, given, cache, deadline_s))

    def calls(self, exchange: Exchange, limit_s: float) -> list[CallOutcome] | None:
        """None: a race makes its calls one by one."""
        return None

    def nothing(self, function: Function, arrays: Iterable[Array], shapes: Iterable[tuple[int, ...]]) -> CallOutcome:
        """As `BaseSession.nothing`: it takes as long in either layout."""
        return self.session.nothing(function, arrays, shapes)

    def collect_garbage(self) -> None:
        """As `BaseSession.collect_garbage`."""
        self.session.collect_garbage()

    def restart(self) -> None:
        """As `BaseSession.restart`."""
        self.session.restart()

    def _translated(self, outcome: CallOutcome) -> CallOutcome:
        names, layouts = self.translation.names, self.translation.layouts
        turned = {
            names[name]: one if one.array is None else replace(one, array=layouts[name].outward(one.array))
            for name, one in outcome.outputs.items()
        }
        return replace(outcome, outputs=turned)
