"""The table of properties: identifiers, symbols, units and how they scale with size."""

from dataclasses import dataclass

from gamnet.errors import UnknownPropertyError

_UNIT_TEXT = {"a0^3": "a₀³", "cal/(mol K)": "cal/(mol·K)"}


@dataclass(frozen=True)
class Property:
    """One property: values are in `unit`; errors are reported in `display_unit`.

    An error of 1 `unit` is an error of `display_factor` `display_unit`.
    """

    id: str
    symbol: str
    name: str
    unit: str
    display_unit: str
    display_factor: float
    extensive: bool
    dataset: str
    meaning: str


_QM9 = (
    Property(
        "homo", "ε_HOMO", "HOMO energy", "eV", "meV", 1e3, False, "qm9",
        "Energy of the highest occupied molecular orbital",
    ),
    Property(
        "lumo", "ε_LUMO", "LUMO energy", "eV", "meV", 1e3, False, "qm9",
        "Energy of the lowest unoccupied molecular orbital",
    ),
    Property(
        "gap", "Δε", "HOMO-LUMO gap", "eV", "meV", 1e3, False, "qm9",
        "LUMO energy minus HOMO energy",
    ),
    Property(
        "zpve", "ZPVE", "Zero-point vibrational energy", "eV", "meV", 1e3, True, "qm9",
        "Vibrational energy that remains at zero temperature",
    ),
    Property(
        "alpha", "α", "Isotropic polarizability", "a0^3", "a0^3", 1.0, True, "qm9",
        "How easily an electric field distorts the electron cloud",
    ),
    Property(
        "cv", "C_v", "Heat capacity at 298.15 K", "cal/(mol K)", "cal/(mol K)", 1.0, True, "qm9",
        "Heat needed per degree at constant volume",
    ),
)  # fmt: skip

PROPERTIES: dict[str, Property] = {prop.id: prop for prop in _QM9}


def get_property(property_id: str) -> Property:
    """Return the property with this id; raise UnknownPropertyError for any other text."""
    if property_id not in PROPERTIES:
        raise UnknownPropertyError(
            f"Unknown property '{property_id}'", f"Available: {', '.join(PROPERTIES)}"
        )
    return PROPERTIES[property_id]


def unit_text(unit: str) -> str:
    """A unit in print: a₀³ for a0^3."""
    return _UNIT_TEXT.get(unit, unit)
