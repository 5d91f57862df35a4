"""Formulas, values and errors as a reader is shown them: subscripts, real minus signs, units."""

from gamnet.properties import Property, unit_text

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def formula(text: str) -> str:
    """A formula with subscripts."""
    return text.translate(_SUBSCRIPTS)


def number(value: float, decimals: int, *, sign: bool = False) -> str:
    """A number with a real minus sign, and a plus where asked for."""
    return f"{value:{'+' if sign else ''},.{decimals}f}".replace("-", "−")


def value(prop: Property, amount: float) -> str:
    """A property's value with its unit."""
    return f"{number(amount, 3 if prop.unit == 'eV' else 2)} {unit_text(prop.unit)}"


def error(prop: Property, amount: float, *, sign: bool = False) -> str:
    """An error or a difference, given and shown in the display unit, to about two figures."""
    decimals = 0 if abs(amount) >= 10 else 1 if abs(amount) >= 1 else 3
    return f"{number(amount, decimals, sign=sign)} {unit_text(prop.display_unit)}"
