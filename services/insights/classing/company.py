"""All customers of a currency as arrays: what they are ranked by, and what was stored of them last."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.insights.rules.abc import DIMENSIONS

Numbers = NDArray[np.int64]
Codes = NDArray[np.int16]
Places = NDArray[np.intp]

VALUES = {
    "orders": "orders",
    "amount": "amount_minor",
    "products": "products",
    "profit": "profit_minor",
    "margin": "margin_ppm",
    "quantity": "quantity_milli",
    "collections": "collections_minor",
}
"""Dimension to the column that customers are ordered by."""

FURTHER = ("last_order_day", "total_minor", "standing_points", "prospects_points")
"""Further columns that segments follow from; a day is any number that grows with it."""

SCORED = ("recency", "frequency", "monetary", "rfm_group", "tier", "sales_points", "grade", "grade_percent")
"""Columns of customer_classes that are no classes."""

NAMED = ("rfm_group", "tier", "grade")
"""Those of them that are words."""

COLUMNS = (*VALUES.values(), *FURTHER)
STORED = (*(f"{dimension}_class" for dimension in DIMENSIONS), "overall", *SCORED)
CLASSES = len(DIMENSIONS) + 1
"""So many of the first columns stored are classes: by dimension, and overall."""

NOTHING = -(2**63)
"""In place of a number that is not known."""
NONE = -1
"""In place of a class, score or word that there is none of. Classes are 0, 1 and 2 for A, B and C."""


class Company:
    """Customers of one currency. A customer keeps its place for as long as this lives."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.numbers: Numbers = np.empty((len(COLUMNS), 0), np.int64)
        self.stored: Codes = np.empty((len(STORED), 0), np.int16)
        self.present: NDArray[np.bool_] = np.empty(0, np.bool_)
        self.ranked: NDArray[np.bool_] = np.empty(0, np.bool_)
        self.words: list[str] = []
        self._places: dict[str, int] = {}
        self._codes: dict[str, int] = {}

    def number_of(self, column: str, places: Places) -> Numbers:
        """Return a column of some customers."""
        numbers: Numbers = self.numbers[COLUMNS.index(column)]
        return numbers[places]

    def set_values(self, ids: Sequence[str], columns: Sequence[Sequence[int]]) -> None:
        """Set the numbers of customers, by :data:`COLUMNS`."""
        places = self._places_of(ids)
        self.numbers[:, places] = np.array(columns, np.int64).reshape(len(COLUMNS), len(ids))
        self.present[places] = True

    def take_out(self, ids: Sequence[str]) -> None:
        """Note that these customers have no values any more."""
        self.present[[self._places[id_] for id_ in ids if id_ in self._places]] = False

    def set_stored(self, ids: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        """Set what is stored of customers, by :data:`STORED`; words as words, None for none."""
        places = self._places_of(ids)
        codes = [
            [NONE if word is None else self.code_of(word) for word in column] if name in NAMED else column
            for name, column in zip(STORED, columns, strict=True)
        ]
        self.stored[:, places] = np.array(codes, np.int16).reshape(len(STORED), len(ids))
        self.ranked[places] = True

    def code_of(self, word: str) -> int:
        """Return the number of a word, the same for as long as this lives."""
        if word not in self._codes:
            self._codes[word] = len(self.words)
            self.words.append(word)
        return self._codes[word]

    def shown(self, codes: Codes) -> list[list[Any]]:
        """Return columns of codes as they are stored: letters, numbers and words, None for none."""
        return [
            [None if code == NONE else self._shown(at, code) for code in column.tolist()]
            for at, column in enumerate(codes)
        ]

    def _shown(self, at: int, code: int) -> Any:
        if at < CLASSES:
            return "ABC"[code]
        return self.words[code] if STORED[at] in NAMED else code

    def _places_of(self, ids: Sequence[str]) -> list[int]:
        new = [id_ for id_ in ids if id_ not in self._places]
        self._places.update({id_: place for place, id_ in enumerate(new, len(self.ids))})
        self.ids += new
        self._make_room()
        return [self._places[id_] for id_ in ids]

    def _make_room(self) -> None:
        missing = len(self.ids) - len(self.present)
        if missing <= 0:
            return
        # A half more than is needed: a copy of everything for each new customer would be a cost that grows.
        wider = missing + len(self.ids) // 2
        self.numbers = np.concatenate([self.numbers, np.full((len(COLUMNS), wider), NOTHING)], axis=1)
        self.stored = np.concatenate([self.stored, np.full((len(STORED), wider), NONE, np.int16)], axis=1)
        self.present = np.concatenate([self.present, np.zeros(wider, np.bool_)])
        self.ranked = np.concatenate([self.ranked, np.zeros(wider, np.bool_)])
