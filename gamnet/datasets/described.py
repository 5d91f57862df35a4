"""Data sets of one's own: structure files and a YAML file that says what is in them.

    name: clusters
    title: Clusters of ours
    files: [clusters/*.extxyz]
    properties:
      - {id: e_atom, unit: eV/atom, scaling: per_atom, key: energy_per_atom,
         name: Energy per atom, display_unit: meV/atom, display_factor: 1000}
    id: label
    split: {seed: 0, train: 0.8, validation: 0.1}

Paths are relative to the YAML file, and may have wildcards. `key` names the field of a structure's
own comment line (extended xyz) or record (sdf) that holds the value, by default the property's id;
`id` the field with its id, by default its number; `split: {key: FIELD}` takes the split from a
field. `periodic: true` is for crystals; `cutoff`, `min_angle`, `min_ratio`, `fade_angle` and
`fade_distance` are the neighbour rule, by default the paper's.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gamnet.datasets.splits import SPLITS
from gamnet.datasets.unpacked import Entry, Unpacked, digest_of, split_by_seed
from gamnet.errors import ConfigError, ReadError, UnknownDatasetError
from gamnet.graphs.rule import CRYSTAL_RULE, MOLECULE_RULE, NeighborRule
from gamnet.home import gamnet_home
from gamnet.properties import Property, Scaling
from gamnet.structures.formats.common import shorten
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, Structure
from gamnet.writing import lock_of, replacing_file

if TYPE_CHECKING:  # torch takes seconds to load, and reading a structure needs none of it
    from gamnet.datasets.dataset import Dataset

SUFFIXES = (".yaml", ".yml")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")


@dataclass(frozen=True)
class Target:
    """A property as a description declares it; see `gamnet.properties.Property`.

    key : field of a structure's own that holds the value; the id by default.
    """

    id: str
    unit: str
    scaling: Scaling
    key: str = ""
    symbol: str = ""
    name: str = ""
    display_unit: str = ""
    display_factor: float = 1.0
    meaning: str = ""
    level: str = ""
    terms: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def record(self, dataset: str) -> Property:
        """The property; raises ConfigError for one that makes no sense."""
        return Property(
            self.id, self.symbol or self.id, self.name or self.id, self.unit,
            self.display_unit or self.unit, self.display_factor, self.scaling,
            self.meaning or self.name or self.id, self.level, dataset, self.terms, self.classes,
        )  # fmt: skip


@dataclass(frozen=True)
class SplitRule:
    """key : field that names the split; or random shares by seed, the rest is the test split."""

    key: str = ""
    seed: int = 0
    train: float = 0.8
    validation: float = 0.1

    def __post_init__(self) -> None:
        if min(self.train, self.validation) < 0 or self.train + self.validation > 1:
            raise ConfigError(
                f"The split has shares {self.train} and {self.validation}", "Use shares up to 1"
            )


@dataclass(frozen=True)
class Description:
    """What the YAML file says."""

    name: str
    files: tuple[str, ...]
    properties: tuple[Target, ...]
    title: str = ""
    description: str = ""
    citation: str = ""
    licence: str = ""
    id: str = ""
    split: SplitRule = field(default_factory=SplitRule)
    periodic: bool = False
    cutoff: float | None = None
    min_angle: float = NeighborRule.min_angle
    min_ratio: float = NeighborRule.min_ratio
    fade_angle: float = NeighborRule.fade_angle
    fade_distance: float = NeighborRule.fade_distance


class Described(Unpacked):
    """The data source of a description; paths are taken from `folder`."""

    def __init__(self, description: Description, folder: Path) -> None:
        if not _NAME.fullmatch(description.name) or description.name == "smiles":
            raise ConfigError(
                f"The data set is called '{shorten(description.name)}'",
                "Use lower-case letters, digits, - and _",
            )
        if not description.properties:
            raise ConfigError(f"The data set '{description.name}' has no property", "Add one")
        self._described, self._at_folder = description, folder
        self.name = description.name
        self.title = description.title or description.name
        self.description = description.description or f"The data set {self.title}"
        self.citation, self.licence = description.citation, description.licence
        self.properties = tuple(target.record(self.name) for target in description.properties)
        self.periodic = description.periodic
        default = CRYSTAL_RULE if self.periodic else MOLECULE_RULE
        self.rule = NeighborRule(
            description.cutoff or default.cutoff, description.min_angle, description.min_ratio,
            description.fade_angle, description.fade_distance,
        )  # fmt: skip

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The structure files, in the description's order; raises UnknownDatasetError if absent."""
        found = []
        for pattern in self._described.files:
            here = sorted(self._at_folder.glob(pattern)) if not Path(pattern).is_absolute() else (
                [Path(pattern)] if Path(pattern).is_file() else []
            )  # fmt: skip
            if not here:
                raise UnknownDatasetError(
                    f"The data set '{self.name}' has no file '{pattern}'",
                    f"It is looked for in '{self._at_folder}'",
                )
            found += here
        return tuple(dict.fromkeys(path.resolve() for path in found))

    @property
    def available(self) -> bool:
        """As `DataSource.available`: its files are there."""
        try:
            return bool(self.files)
        except UnknownDatasetError:
            return False

    def fingerprint(self) -> str:
        """Digest of all files and of how the description reads them."""
        raw = asdict(self._described)
        told = {name: raw[name] for name in ("properties", "id", "split", "periodic")}
        whole = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        for path in self.files:
            whole.update(digest_of(path).encode())
        return whole.hexdigest()

    def entries(self) -> Iterator[Entry]:
        """All frames of all files; raises ReadError for one that cannot be used."""
        structures = list(self._structures())
        rule = self._described.split
        shares = split_by_seed(len(structures), rule.seed, rule.train, rule.validation)
        for number, (structure, share) in enumerate(zip(structures, shares, strict=True)):
            fields = dict(structure.info.data)
            place = f"'{structure.source}', frame {structure.frame}"
            named = str(_value(fields, self._described.id, place)) if self._described.id else ""
            split = str(_value(fields, rule.key, place)) if rule.key else share
            if split not in SPLITS:
                raise ReadError(
                    f"{place}: the split is '{shorten(split)}'", f"Use: {', '.join(SPLITS)}"
                )
            values = {
                target.id: _number(_value(fields, target.key or target.id, place), place)
                for target in self._described.properties
            }
            yield Entry(named or str(number), structure, values, split)

    def _structures(self) -> Iterator[Structure]:
        for path in self.files:
            for item in iter_structures(path):
                if isinstance(item, Failure):
                    raise ReadError(item.error)
                if item.periodic != self.periodic:
                    kind = "a crystal" if item.periodic else "a molecule"
                    raise ReadError(
                        f"'{item.source}', frame {item.frame} is {kind}",
                        f"The description says periodic: {str(self.periodic).lower()}",
                    )
                yield item

    def prepare(
        self, processes: int = 2, progress: bool = True, rule: NeighborRule | None = None
    ) -> "Dataset":
        """As `Unpacked.prepare`; from then on every command knows the data set by its name."""
        dataset = super().prepare(processes, progress, rule)
        self._keep()
        return dataset

    def _keep(self) -> None:
        """Write the description into GAMNET_HOME, with the files' full paths."""
        import yaml

        raw = asdict(self._described) | {"files": [str(path) for path in self.files]}
        raw["properties"] = [{**p, "terms": list(p["terms"])} for p in raw["properties"]]
        path = home_file(self.name)
        text = yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)
        with lock_of(path), replacing_file(path) as temporary:  # several may prepare at once
            temporary.write_text(text, encoding="utf-8")


def home_file(name: str) -> Path:
    """Where the description of a data set of one's own is kept."""
    return gamnet_home() / "datasets" / f"{name}.yaml"


def read_description(path: Path) -> Described:
    """The data source of a YAML file; raises ConfigError for anything wrong in it."""
    import yaml
    from pydantic import TypeAdapter, ValidationError

    if not path.is_file():
        raise ConfigError(f"No description '{path}'", "Give a YAML file")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' is not valid YAML ({error})") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"'{path}' describes no data set", "Needed: name, files, properties")
    known = Description.__dataclass_fields__
    unknown = sorted(str(key) for key in raw if key not in known)
    if unknown:
        raise ConfigError(
            f"Unknown setting '{unknown[0]}' in '{path}'", f"Available: {', '.join(known)}"
        )
    try:
        description = TypeAdapter(Description).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"'{path}': {name}", first["msg"]) from error
    return Described(description, path.resolve().parent)


def _value(fields: Mapping[str, str | float], key: str, place: str) -> str | float:
    if key not in fields:
        raise ReadError(
            f"{place}: there is no field '{key}'", f"It has: {', '.join(fields) or 'none'}"
        )
    return fields[key]


def _number(value: str | float, place: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ReadError(
            f"{place}: '{shorten(str(value))}' is not a number", "Correct the file"
        ) from None
