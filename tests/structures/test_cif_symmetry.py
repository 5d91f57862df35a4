"""cif symmetry against spglib's table of 530 settings, and ASE's reader."""

import io
from dataclasses import dataclass

import ase.io
import gemmi
import numpy as np
import pytest
import spglib

from gamnet.structures.formats.cif_block import read_blocks
from gamnet.structures.formats.cif_symmetry import Symmetry, find_symmetry
from gamnet.structures.reading import read

pytestmark = pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")

N_SETTINGS = 530
# A cell of each lattice system whose lengths and angles are special only where they must be.
CELLS = {
    "triclinic": (31.0, 37.0, 45.0, 81, 94, 103),
    "a": (31.0, 37.0, 45.0, 101, 90, 90),
    "b": (31.0, 37.0, 45.0, 90, 101, 90),
    "c": (31.0, 37.0, 45.0, 90, 90, 101),
    "orthorhombic": (31.0, 37.0, 45.0, 90, 90, 90),
    "tetragonal": (31.0, 31.0, 45.0, 90, 90, 90),
    "rhombohedral": (31.0, 31.0, 31.0, 70, 70, 70),
    "hexagonal": (31.0, 31.0, 45.0, 90, 90, 120),
    "cubic": (31.0, 31.0, 31.0, 90, 90, 90),
}
# Sites in general position and at the origin, which is special in most groups.
SITES = [("C", (0.1234, 0.2917, 0.3871)), ("N", (0.3129, 0.0783, 0.1411)), ("O", (0.0, 0.0, 0.0))]


@dataclass(frozen=True)
class Setting:
    """One of spglib's 530 settings, with operators as sets of 12 whole numbers."""

    kind: spglib.SpaceGroupType
    operators: frozenset

    @property
    def cell(self) -> tuple[float, ...]:
        number, choice = self.kind.number, self.kind.choice
        if 3 <= number < 16:
            return CELLS[choice.lstrip("-")[0]]
        if 143 <= number < 195:
            return CELLS["rhombohedral" if choice == "R" else "hexagonal"]
        limits = {3: "triclinic", 75: "orthorhombic", 143: "tetragonal", 231: "cubic"}
        return CELLS[next(system for limit, system in limits.items() if number < limit)]

    @property
    def extension(self) -> str:
        choice = self.kind.choice[:1]
        return f":{choice}" if choice in ("1", "2", "H", "R") else ""


def setting(hall_number: int) -> Setting:
    table = spglib.get_symmetry_from_database(hall_number)
    return Setting(
        spglib.get_spacegroup_type(hall_number),
        whole_numbers(table["rotations"], table["translations"]),
    )


def whole_numbers(rotations: np.ndarray, translations: np.ndarray) -> frozenset:
    steps = np.rint(translations * 24).astype(int) % 24
    return frozenset(map(tuple, np.concatenate([rotations.reshape(-1, 9), steps], axis=1).tolist()))


def lattice(cell: tuple[float, ...]) -> np.ndarray:
    return np.array(gemmi.UnitCell(*cell).orth.mat.tolist()).T


def found(tag: str, value: str, cell: tuple[float, ...]) -> list[Symmetry]:
    quote = '"' if "'" in value else "'"
    (block,) = read_blocks(io.StringIO(f"data_x\n_{tag} {quote}{value}{quote}\n"))
    symmetries, warnings = find_symmetry(block, lattice(cell))
    assert warnings == []
    return symmetries


def names(one: Setting) -> list[str]:
    """The full symbol, without spaces, without signs of subscripts, and the short symbol."""
    full = one.kind.international_full
    short = one.kind.international.split("=")[-1].strip()
    return [full, full.replace("_", ""), full.replace("_", "").replace(" ", ""), short]


@pytest.mark.parametrize("hall_number", range(1, N_SETTINGS + 1))
def test_every_setting_is_understood(hall_number: int) -> None:
    one = setting(hall_number)
    (by_hall,) = found("space_group_name_Hall", one.kind.hall_symbol, one.cell)
    assert whole_numbers(by_hall.rotations, by_hall.translations) == one.operators
    for name in names(one):
        symmetries = found("symmetry_space_group_name_H-M", name + one.extension, one.cell)
        operators = [whole_numbers(s.rotations, s.translations) for s in symmetries]
        # spglib writes one symbol with e for two settings, whose origins differ.
        assert one.operators in operators and len(operators) <= (2 if "e" in name else 1)
        without = found("symmetry_space_group_name_H-M", name, one.cell)
        operators = [whole_numbers(s.rotations, s.translations) for s in without]
        assert one.operators in operators
    by_number = found("space_group_IT_number", str(one.kind.number), one.cell)
    assert one.operators in [whole_numbers(s.rotations, s.translations) for s in by_number]


def test_old_and_other_spellings() -> None:
    cubic, hexagonal = CELLS["cubic"], CELLS["hexagonal"]
    for name, hall, cell in (
        ("F m 3 m", "-F 4 2 3", cubic),
        ("Ia3d", "-I 4bd 2c 3", cubic),
        ("P a 3", "-P 2ac 2ab 3", cubic),
        ("F d 3 m Z", "-F 4vw 2vw 3", cubic),
        ("F d -3 m (origin choice 1)", "F 4d 2 3 -1d", cubic),
        ("P 6(3)/m m c", "-P 6c 2c", hexagonal),
        ("P 63/mmc", "-P 6c 2c", hexagonal),
        ("H 3 2", 'R 3 2"', hexagonal),
        ("p 2<sub>1</sub>/c", "-P 2ybc", CELLS["b"]),
    ):
        (by_name,) = found("symmetry_space_group_name_H-M", name, cell)
        (by_hall,) = found("space_group_name_Hall", hall, cell)
        assert by_name.same_as(by_hall), name


# --- whole files ---------------------------------------------------------------------------------


def orbit(one: Setting, position: tuple[float, ...]) -> int:
    """How many places of the cell the operators send a position to."""
    operators = np.array(sorted(one.operators))
    points = operators[:, :9].reshape(-1, 3, 3) @ np.array(position) + operators[:, 9:] / 24
    return len(np.unique(np.rint(points * 10_000).astype(int) % 10_000, axis=0))


def triplets(one: Setting) -> str:
    rows = []
    for operator in sorted(one.operators):
        op = gemmi.Op()
        op.rot = [[24 * x for x in operator[k : k + 3]] for k in (0, 3, 6)]
        op.tran = list(operator[9:])
        rows.append(f"'{op.triplet()}'")
    return "\n".join(rows)


def cif_of(one: Setting, form: str) -> str:
    tags = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    quote = '"' if "'" in one.kind.hall_symbol else "'"
    symmetry = {
        "hall": f"_space_group_name_Hall {quote}{one.kind.hall_symbol}{quote}",
        "name": f"_symmetry_space_group_name_H-M '{one.kind.international_full}{one.extension}'",
        "operators": f"loop_\n_space_group_symop.operation_xyz\n{triplets(one)}",
        "old operators": f"loop_\n_symmetry_equiv_pos_as_xyz\n{triplets(one)}",
    }[form]
    return "\n".join(
        [
            "data_x",
            *(f"_cell_{tag} {value}" for tag, value in zip(tags, one.cell, strict=True)),
            symmetry,
            "loop_\n_atom_site_label\n_atom_site_type_symbol",
            *(f"_atom_site_fract_{axis}" for axis in "xyz"),
            *(f"{s}1 {s} {x} {y} {z}" for s, (x, y, z) in SITES),
            "",
        ]
    )


def check_file(hall_number: int, form: str) -> None:
    one = setting(hall_number)
    text = cif_of(one, form)
    (structure,) = read(text.encode(), name="x.cif")
    counts = {symbol: orbit(one, position) for symbol, position in SITES}
    if form != "name" or "e" not in one.kind.international_full:
        assert {s: structure.symbols.count(s) for s in counts} == counts
    dataset = spglib.get_symmetry_dataset(
        (structure.lattice, structure.positions @ np.linalg.inv(structure.lattice),
         structure.numbers), symprec=1e-3,
    )  # fmt: skip
    assert dataset.number == one.kind.number
    if form == "old operators":
        # ASE asks for a name beside the operators, and does not use it.
        text = text.replace("data_x", "data_x\n_symmetry_space_group_name_H-M 'P 1'")
        atoms = ase.io.read(io.StringIO(text), format="cif")
        assert sorted(atoms.symbols) == sorted(structure.symbols)


FORMS = ("hall", "name", "operators", "old operators")


@pytest.mark.parametrize("hall_number", range(1, N_SETTINGS + 1, 13))
def test_a_sample_of_files_against_spglib_and_ase(hall_number: int) -> None:
    check_file(hall_number, FORMS[hall_number % len(FORMS)])


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_files_of_all_settings_against_spglib_and_ase(form: str) -> None:
    for hall_number in range(1, N_SETTINGS + 1):
        check_file(hall_number, form)
