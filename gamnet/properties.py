"""Property, the record that says what a number is: it travels with the data and with the model."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from gamnet.errors import ConfigError, UnknownPropertyError

Scaling = Literal["intensive", "extensive", "per_atom", "difference"]
# Text units in print; a unit that is not listed is printed as it is.
_UNIT_TEXT = {"a0^3": "a₀³", "cal/(mol K)": "cal/(mol·K)"}


@dataclass(frozen=True)
class Property:
    """One property: values are in `unit`; errors are reported in `display_unit`.

    id : short and lower-case, the key in files.  symbol, name : in print.
    display_factor : an error of 1 `unit` is an error of `display_factor` `display_unit`.
    scaling : "intensive"; "extensive", a sum over atoms; "per_atom", such a sum divided by the
        number of atoms; "difference", the first of `terms` minus the second.
    terms : ids of the two properties that a difference is made of, else empty.
    classes : what a value of 0 and what a larger one means ("metal", "insulator"), else empty.
    meaning : one sentence.  level : how the training values were obtained, e.g. the level of
        theory.  dataset : name of the data set that they are from.
    Raises ConfigError for an unknown scaling, terms that do not fit it, a factor that is not
    positive, or classes that are not two.
    """

    id: str
    symbol: str
    name: str
    unit: str
    display_unit: str
    display_factor: float
    scaling: Scaling
    meaning: str
    level: str = ""
    dataset: str = ""
    terms: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id:
            raise ConfigError("A property has no id", "Name it, e.g. 'homo'")
        if self.scaling not in get_args(Scaling):
            raise ConfigError(
                f"Property '{self.id}' has scaling '{self.scaling}'",
                f"Use one of: {', '.join(get_args(Scaling))}",
            )
        if not self.display_factor > 0:
            raise ConfigError(
                f"Property '{self.id}' has display_factor {self.display_factor}", "Use one above 0"
            )
        if len(self.terms) != (2 if self.scaling == "difference" else 0):
            raise ConfigError(
                f"Property '{self.id}' is {self.scaling} and has terms {list(self.terms)}",
                "A difference has two terms, anything else none",
            )
        if len(self.classes) not in (0, 2):
            raise ConfigError(
                f"Property '{self.id}' has the classes {list(self.classes)}",
                "Name what 0 means and what a larger value means, or nothing",
            )
        object.__setattr__(self, "terms", tuple(self.terms))
        object.__setattr__(self, "classes", tuple(self.classes))

    @property
    def extensive(self) -> bool:
        """Whether the value grows with the number of atoms."""
        return self.scaling == "extensive"

    def to_dict(self) -> dict[str, object]:
        """The record as plain values, for a file's header."""
        return {**asdict(self), "terms": list(self.terms), "classes": list(self.classes)}


def find_property(properties: Iterable[Property], property_id: str) -> Property:
    """The property with this id; raises UnknownPropertyError, naming those that there are."""
    known = {prop.id: prop for prop in properties}
    if property_id not in known:
        raise UnknownPropertyError(
            f"Unknown property '{property_id}'", f"Available: {', '.join(known)}"
        )
    return known[property_id]


def check_terms(properties: Iterable[Property]) -> None:
    """Raise ConfigError for equal ids, or a difference whose terms are not heads beside it."""
    listed = list(properties)
    ids = [prop.id for prop in listed]
    if len(set(ids)) < len(ids):
        raise ConfigError(f"Two properties have one id: {', '.join(ids)}", "Rename one")
    of_own = {prop.id for prop in listed if prop.scaling != "difference"}
    for prop in listed:
        missing = [term for term in prop.terms if term not in of_own]
        if missing:
            raise ConfigError(
                f"Property '{prop.id}' is a difference of '{missing[0]}', which is not there",
                f"Add it, or choose from: {', '.join(sorted(of_own))}",
            )


def unit_text(unit: str) -> str:
    """A unit in print: a₀³ for a0^3."""
    return _UNIT_TEXT.get(unit, unit)
