"""Memory pages that are undone by a log instead of a copy: a month of a fleet has many commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import fields
from typing import Any, Final, TypeVar

from service.domain.district import DistrictPlan
from service.flows.ports import Books
from tests.fakes.memory import MemoryStore, Pages

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Final = object()
_ONLY_GROW: Final = ("changes", "resolved", "coverage")


class UndoDict(dict[K, V]):
    """A dictionary that can go back to where its log began."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[K, Any]] = []

    def __setitem__(self, key: K, value: V) -> None:
        self.log.append((key, self.get(key, _ABSENT)))
        super().__setitem__(key, value)

    def __delitem__(self, key: K) -> None:
        self.log.append((key, self[key]))
        super().__delitem__(key)

    def pop(self, key: K, *default: Any) -> Any:  # noqa: ANN401 - as dict has it
        if key in self:
            self.log.append((key, self[key]))
        return super().pop(key, *default)

    def setdefault(self, key: K, default: V) -> V:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, other: dict[K, V]) -> None:  # type: ignore[override]  # only dictionaries are merged
        for key, value in other.items():
            self[key] = value

    def __ior__(self, other: Any) -> "UndoDict[K, V]":  # type: ignore[override,misc]  # noqa: ANN401 - as dict has it
        self.update(other)
        return self

    def clear(self) -> None:
        for key in list(self):
            del self[key]

    def popitem(self) -> tuple[K, V]:
        raise NotImplementedError

    def undo(self) -> None:
        for key, old in reversed(self.log):
            if old is _ABSENT:
                super().pop(key, None)
            else:
                super().__setitem__(key, old)
        self.log.clear()


class UndoPages(Pages):
    """Pages that are written in place; ``begin``, then ``keep`` or ``undo``."""

    def __init__(self) -> None:
        super().__init__()
        self._books: list[UndoDict[Any, Any]] = []
        self._before: dict[str, Any] = {}
        self._others: list[str] = []
        for one in fields(Pages):
            if isinstance(getattr(self, one.name), dict):
                book: UndoDict[Any, Any] = UndoDict()
                setattr(self, one.name, book)
                self._books.append(book)
            else:
                self._others.append(one.name)

    def copied(self) -> Pages:
        return self

    def begin(self) -> None:
        for book in self._books:
            book.log.clear()
        self._before = {
            name: len(getattr(self, name)) if name in _ONLY_GROW else copy(getattr(self, name))
            for name in self._others
        }

    def undo(self) -> None:
        for book in self._books:
            book.undo()
        for name, before in self._before.items():
            if name in _ONLY_GROW:
                del getattr(self, name)[before:]
            else:
                setattr(self, name, before)


class UndoStore(MemoryStore):
    """The memory store, fast enough for a month."""

    def __init__(self, plan: DistrictPlan) -> None:
        super().__init__(plan)
        self._undo = UndoPages()
        self.pages = self._undo

    @contextmanager
    def begin(self) -> Iterator[Books]:
        self._undo.begin()
        try:
            with super().begin() as books:
                yield books
        except BaseException:
            self._undo.undo()
            raise
