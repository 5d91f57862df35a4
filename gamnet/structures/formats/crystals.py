"""cif and pymatgen's JSON, through pymatgen."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from gamnet.errors import ReadError
from gamnet.extras import require
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    isotopes,
    library_call,
    own_fields,
    shorten,
)

if TYPE_CHECKING:
    from pymatgen.core import IMolecule, IStructure

# What pymatgen's cif parser reports and a user must know; the rest is about the file's style.
_CIF_REPORTS = {
    "implicit hydrogens": "The file counts hydrogens that have no position: they are missing here.",
    "Missing elements": "The atoms and the file's formula name different elements ({}).",
    "Incorrect stoichiometry": "The atoms do not add up to the formula that the file states.",
    " parsed as ": "An atom's type was guessed from its label: {}.",
}
_ATOM_SITE = re.compile(r"^\s*_atom_site_fract_x\b", re.MULTILINE)


def read_cif(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield the full cell of each data block that has atoms, symmetry applied."""
    text = stream.read()
    blocks = re.split(r"^\s*data_", "\n" + text, flags=re.MULTILINE)[1:]
    blocks = [block for block in blocks if _ATOM_SITE.search(block)]
    if not blocks:
        mmcif = "_atom_site.Cartn_x" in text
        raise ReadError(
            "The cif has no data block with atoms in fractional coordinates",
            "This is a macromolecular cif: convert it to pdb" if mmcif
            else "The file may be truncated: copy it again",
        )  # fmt: skip
    for block in blocks:
        try:
            yield _read_block(block)
        except ReadError as error:
            yield error


def _read_block(block: str) -> Frame:
    require("pymatgen", "crystals")
    from pymatgen.io.cif import CifParser

    title = shorten(block.split(maxsplit=1)[0] if block[:1].strip() else "")
    with library_call(
        f"The cif block '{title}' cannot be read",
        "Check the cell, the symmetry and the _atom_site loop; the file may be truncated",
    ) as messages:
        parser = CifParser.from_str("data_" + block)
        try:
            structure = parser.parse_structures(primitive=False, on_error="raise")[0]
        except ValueError as error:
            if "exceeded tolerance" not in str(error):
                raise
            raise ReadError(
                f"Two atoms of the cif block '{title}' are at one place (their occupancies add up "
                "to more than 1)",
                "Remove the duplicate",
            ) from error
        warnings = _formula_warnings(structure, next(iter(parser.as_dict().values())))
    reports = dict.fromkeys([*messages, *parser.warnings])
    warnings += [
        sentence.format(shorten(report, 100))
        for report in reports
        for mark, sentence in _CIF_REPORTS.items()
        if mark in report
    ]
    return _from_sites(structure, StructureInfo(title=title, notes=tuple(warnings)))


def _formula_warnings(structure: "IStructure", fields: dict[str, object]) -> list[str]:
    """Compare the cell with the file's formula and number of formula units, where it has both."""
    from pymatgen.core import Composition

    formula, units = fields.get("_chemical_formula_sum"), fields.get("_cell_formula_units_Z")
    if not (isinstance(formula, str) and str(units).isdecimal()):
        return []
    # Some programs write the formula of the whole cell beside Z: both readings are legal.
    unit = round(Composition(formula).num_atoms)
    if len(structure) in (unit, unit * int(str(units))):
        return []
    return [f"The cell has {len(structure)} atoms; the formula '{formula}' does not fit to that."]


def read_json(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield pymatgen structures and molecules from JSON: one, a list, or documents around them.

    Only plain Structure and Molecule dicts are taken: monty's decoder would import and call
    whatever class the file names.
    """
    with library_call("The file is not valid JSON", "It may be truncated: copy it again"):
        document = json.loads(stream.read())
    items = document if isinstance(document, list) else [document]
    for item in items:
        try:
            yield _read_item(item)
        except ReadError as error:
            yield error


def _read_item(item: object) -> Frame:
    require("pymatgen", "crystals")
    from pymatgen.core import Molecule, Structure

    if isinstance(item, dict) and isinstance(item.get("structure"), dict):
        item = item["structure"]
    if not isinstance(item, dict) or not isinstance(item.get("sites"), list):
        raise ReadError(
            f"This JSON holds no pymatgen structure (found {shorten(json.dumps(item))})",
            "Write it with Structure.to(fmt='json') or Molecule.to(fmt='json')",
        )
    # Without properties nothing in from_dict reaches monty's decoder.
    with library_call("The JSON is not a pymatgen structure", "Write it with pymatgen's to()"):
        sites = [
            {key: site[key] for key in ("species", "abc", "xyz") if key in site}
            for site in item["sites"]
        ]
        plain = {"sites": sites, "charge": item.get("charge") or 0}
        if "lattice" in item:
            lattice = item["lattice"]
            lattice = {"matrix": lattice["matrix"], "pbc": lattice.get("pbc", (True,) * 3)}
            structure = Structure.from_dict({**plain, "lattice": lattice})
        else:
            structure = Molecule.from_dict(plain)
        stated = {key: item.get(key) or 0 for key in ("charge", "spin_multiplicity")}
        info = replace(own_fields(stated), data={})
        return _from_sites(structure, info)


def _from_sites(structure: "IStructure | IMolecule", info: StructureInfo) -> Frame:
    from pymatgen.core import DummySpecies

    for site in structure:
        if not site.is_ordered:
            raise ReadError(
                f"Site '{shorten(site.label)}' is partly occupied ({shorten(site.species_string)})",
                "Choose one ordered configuration, for instance with pymatgen's "
                "OrderDisorderedStructureTransformation, and save that",
            )
    species = [next(iter(site.species)) for site in structure]
    for k, one in enumerate(species):
        if isinstance(one, DummySpecies):
            raise ReadError(
                f"Site {k} is a dummy atom or an unknown element ('{shorten(one.symbol)}')",
                "Use element symbols such as C, H, O, Fe",
            )
    lattice = getattr(structure, "lattice", None)
    return Frame(
        [one.Z for one in species],
        structure.cart_coords,
        None if lattice is None else lattice.matrix,
        None if lattice is None else lattice.pbc,
        replace(info, isotopes=isotopes(one.symbol for one in species)),
    )
