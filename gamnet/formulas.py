"""Chemical formulas: written in Hill order, and read back."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

# Nine digits are more atoms than any structure has.
_ELEMENT = re.compile(r"([A-Z][a-z]?)([1-9]\d{0,8})?")
_FORMULA = re.compile(rf"(?:{_ELEMENT.pattern})+")


def hill_formula(symbols: Iterable[str]) -> str:
    """Formula in Hill order: carbon, hydrogen, then the alphabet; symbols, or counts of them.

    Hill, J. Am. Chem. Soc. 22, 478 (1900): without carbon all elements are in alphabetical order.
    """
    count = Counter(symbols)
    first = [s for s in ("C", "H") if "C" in count and s in count]
    order = first + sorted(s for s in count if s not in first)
    return "".join(s + (str(count[s]) if count[s] > 1 else "") for s in order)


def parse_formula(text: str) -> Counter[str] | None:
    """How often each symbol occurs, in any order and repeated or not; None for other text.

    What looks like a symbol counts as one: whether the element exists is not asked.
    """
    if not _FORMULA.fullmatch(text):
        return None
    count: Counter[str] = Counter()
    for symbol, times in _ELEMENT.findall(text):
        count[symbol] += int(times or 1)
    return count


def element_counts(formulas: Iterable[str]) -> dict[str, np.ndarray]:
    """Symbol -> [m] atoms of that element in each of m formulas, symbols in alphabetical order.

    Raises ValueError for text that is no formula.
    """
    different, place = np.unique(np.array(list(formulas), dtype=str), return_inverse=True)
    counts: dict[str, np.ndarray] = {}
    for k, text in enumerate(different.tolist()):
        parsed = parse_formula(text)
        if parsed is None:
            raise ValueError(f"'{text}' is no formula")
        for symbol, n in parsed.items():
            counts.setdefault(symbol, np.zeros(len(different), np.int64))[k] = n
    return {symbol: counts[symbol][place] for symbol in sorted(counts)}
