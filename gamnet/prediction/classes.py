"""What a value means where one of two things is asked: metal or insulator, from a band gap."""

from dataclasses import asdict, dataclass

UNSURE = "unsure"


@dataclass(frozen=True)
class Classes:
    """Where the values of one property change their meaning; chosen on the validation split.

    names : what a value of 0 and what a larger one means.
    threshold : in the property's unit, that parts the two best.
    low, high : at most `threshold` and at least it; below `low` and from `high` on a verdict holds
        as often as was asked for, in between there is none.
    """

    property_id: str
    names: tuple[str, str]
    threshold: float
    low: float
    high: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))

    def verdict(self, value: float) -> str:
        """One of the names, or UNSURE."""
        if value < self.low:
            return self.names[0]
        return self.names[1] if value >= self.high else UNSURE

    def to_dict(self) -> dict[str, object]:
        """The record as plain values."""
        return {**asdict(self), "names": list(self.names)}
