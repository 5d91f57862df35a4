"""Which rows of a screening are kept: a condition on the columns, and the best of one of them."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from gamnet.errors import ConfigError

GRAMMAR = (
    "Compare columns with numbers or texts in quotation marks by <, <=, >, >=, == and !=, "
    "join by and, or, not and parentheses"
)
_MAX_LENGTH = 10_000
_OPERATORS: dict[type, Callable[..., object]] = {
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
}
_NUMBER, _TEXT = "a number", "a text"


class Filter:
    """A condition on the columns of a table, such as `gap < 3 and domain == "in-domain"`.

    What compares with a value that is not there is neither true nor false, as in SQL: such a row
    is not kept. Raises ConfigError for anything beyond the grammar; nothing is ever executed.
    """

    def __init__(self, text: str, schema: pa.Schema) -> None:
        self.text, self._schema = text, schema
        try:
            if len(text) > _MAX_LENGTH:
                raise ValueError(f"it has more than {_MAX_LENGTH:,} characters")
            self._tree = ast.parse(text.strip(), mode="eval").body
            self._check(self._tree)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise self._error(reason) from error

    def mask(self, table: pa.Table) -> pa.ChunkedArray:
        """For each row whether it is kept; null counts as no."""
        return self._value(self._tree, table)

    def _error(self, reason: str) -> ConfigError:
        return ConfigError(f"The filter '{self.text[:200]}' cannot be used: {reason}", GRAMMAR)

    def _check(self, node: ast.expr) -> None:
        """Raise ConfigError unless the node is a condition."""
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self._check(value)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._check(node.operand)
        elif isinstance(node, ast.Compare):
            self._check_comparison(node)
        else:
            raise self._error(f"'{ast.unparse(node)[:60]}' is no condition")

    def _check_comparison(self, node: ast.Compare) -> None:
        terms = [node.left, *node.comparators]
        kinds = [self._kind(term) for term in terms]
        for operator, left, right in zip(node.ops, kinds, kinds[1:], strict=False):
            if type(operator) not in _OPERATORS:
                raise self._error(f"'{ast.unparse(node)[:60]}' is no comparison of two values")
            if left != right:
                raise self._error(f"'{ast.unparse(node)[:60]}' compares {left} with {right}")
            if left == _TEXT and not isinstance(operator, ast.Eq | ast.NotEq):
                raise self._error("texts are only equal or not equal")
        for first, second in zip(terms, terms[1:], strict=False):
            if not isinstance(first, ast.Name) and not isinstance(second, ast.Name):
                raise self._error(f"'{ast.unparse(node)[:60]}' compares no column")

    def _kind(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            if node.id not in self._schema.names:
                raise ConfigError(
                    f"The filter names '{node.id[:60]}', which is no column",
                    f"Columns: {', '.join(self._schema.names)}",
                )
            kind = self._schema.field(node.id).type
            if pa.types.is_list(kind):
                raise self._error(f"'{node.id}' is a list over the atoms")
            written = pa.types.is_string(kind) or pa.types.is_large_string(kind)
            return _TEXT if written else _NUMBER
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return _TEXT
        _number(node)
        return _NUMBER

    def _value(self, node: ast.expr, table: pa.Table) -> pa.ChunkedArray:
        if isinstance(node, ast.BoolOp):
            joined = pc.and_kleene if isinstance(node.op, ast.And) else pc.or_kleene
            found = self._value(node.values[0], table)
            for value in node.values[1:]:
                found = joined(found, self._value(value, table))
            return found
        if isinstance(node, ast.UnaryOp):
            return pc.invert(self._value(node.operand, table))
        assert isinstance(node, ast.Compare)
        terms = [self._term(term, table) for term in (node.left, *node.comparators)]
        found = None
        for operator, left, right in zip(node.ops, terms, terms[1:], strict=False):
            this = _OPERATORS[type(operator)](left, right)
            found = this if found is None else pc.and_kleene(found, this)
        return found

    def _term(self, node: ast.expr, table: pa.Table) -> object:
        if isinstance(node, ast.Name):
            return table[node.id]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return pa.scalar(node.value)
        return pa.scalar(_number(node))


def _number(node: ast.expr) -> float:
    """The number that a node writes, with its sign; raises ValueError for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        number = _number(node.operand)
        return -number if isinstance(node.op, ast.USub) else number
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise ValueError("a number is too large") from error
    raise ValueError(f"'{ast.unparse(node)[:60]}' is neither a column nor a number nor a text")


@dataclass(frozen=True)
class Top:
    """The `count` rows with the largest values of a column, or with the smallest (`ascending`)."""

    count: int
    by: str
    ascending: bool = False

    def check(self, schema: pa.Schema) -> None:
        """Raise ConfigError for a column that is not there or holds no numbers."""
        numbers = [
            field.name
            for field in schema
            if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
        ]
        if self.by not in numbers:
            raise ConfigError(
                f"'{self.by}' is no column of numbers", f"Available: {', '.join(numbers)}"
            )

    def of(self, table: pa.Table) -> pa.Table:
        """The best rows, best first, equal ones in their order; without a value none is among."""
        known = table.filter(pc.is_valid(table[self.by]))
        place = pa.array(range(len(known)))
        order = "ascending" if self.ascending else "descending"
        sorted_rows = pc.sort_indices(
            pa.table({"value": known[self.by], "place": place}),
            sort_keys=[("value", order), ("place", "ascending")],
        )
        return known.take(sorted_rows[: self.count])


@dataclass(frozen=True)
class Selection:
    """Which rows are kept: all, those of a filter, of these the best."""

    filter: Filter | None = None
    top: Top | None = None

    @property
    def all(self) -> bool:
        return self.filter is None and self.top is None
