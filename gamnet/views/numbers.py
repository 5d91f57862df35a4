"""Formulas, values and errors as a reader is shown them: subscripts, real minus signs, units."""

from gamnet.properties import Property, unit_text

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def formula(text: str) -> str:
    """A formula with subscripts."""
    return text.translate(_SUBSCRIPTS)


def number(value: float, decimals: int, *, sign: bool = False) -> str:
    """A number with a real minus sign, and a plus where asked for."""
    return f"{value:{'+' if sign else ''},.{decimals}f}".replace("-", "−")


def short(amount: float, figures: int = 3, *, sign: bool = False) -> str:
    """A number of some significant figures with a real minus sign; zero without a sign."""
    return f"{amount or 0.0:{'+' if sign and amount else ''}.{figures}g}".replace("-", "−")


def in_sentence(name: str) -> str:
    """A property's name within a sentence: HOMO energy, heat capacity."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def value(prop: Property, amount: float) -> str:
    """A property's value with its unit."""
    return f"{number(amount, 3 if prop.unit == 'eV' else 2)} {unit_text(prop.unit)}"


def error(prop: Property, amount: float, *, sign: bool = False) -> str:
    """An error or a difference, given and shown in the display unit, to about two figures."""
    decimals = 0 if abs(amount) >= 10 else 1 if abs(amount) >= 1 else 3
    return f"{number(amount, decimals, sign=sign)} {unit_text(prop.display_unit)}"


def with_error(prop: Property, amount: float, stated: float | None) -> str:
    """A value and its error, both in the property's unit, the error in display units if given."""
    decimals = 3 if prop.unit == "eV" else 2
    text = number(amount, decimals)
    if stated is None:
        return text
    return f"{text} ± {short(stated / prop.display_factor, 2)}"
