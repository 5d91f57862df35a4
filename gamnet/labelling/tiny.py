"""Every neutral closed-shell molecule of up to three heavy atoms that chemically exists."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, product

from rdkit import Chem, rdBase

_VALENCE = {"C": 4, "N": 3, "O": 2, "F": 1, "P": 3, "S": 2, "Cl": 1, "Br": 1}
_HALOGENS = ("F", "Cl", "Br")
_ORDER = {1: "", 2: "=", 3: "#"}
# What the valences above cannot write.
_BY_HAND = (
    "[H][H]", "[C-]#[O+]", "[C-]#[N+]", "[C-]#[N+]C", "[N-]=[N+]=O", "[N-]=[N+]=N",
    "[N-]=[N+]=C", "[O-][O+]=O", "O=S=O", "[C-]#[S+]", "C#[N+][O-]",
)  # fmt: skip
# Triplets, or molecules that fall apart at once.
_NOT = ("O=O", "O=S", "S=S")


def tiny_molecules() -> list[str]:
    """Canonical SMILES, sorted: single atoms with hydrogens, pairs, chains and rings of three."""
    found = {_canonical(smiles) for smiles in _BY_HAND}
    with rdBase.BlockLogs():
        for smiles in (*_atoms(), *_pairs(), *_chains(), *_rings()):
            found.add(_canonical(smiles))
    left_out = {_canonical(smiles) for smiles in _NOT}
    return sorted(smiles for smiles in found if smiles is not None and smiles not in left_out)


def _canonical(smiles: str) -> str | None:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        return None
    smiles = Chem.MolToSmiles(mol)
    # A sulfur or phosphorus that RDKit gave a higher valence than meant.
    return None if "[SH]" in smiles or "[PH" in smiles else smiles


def _atoms() -> Iterator[str]:
    yield from _VALENCE


def _pairs() -> Iterator[str]:
    for a, b in combinations_with_replacement(_VALENCE, 2):
        for order in (1, 2, 3):
            if order <= min(_VALENCE[a], _VALENCE[b]):
                yield f"{a}{_ORDER[order]}{b}"


def _chains() -> Iterator[str]:
    """a-m-b; three of N, O and halogens in a row only where they are known."""
    for middle, (a, b) in product(_VALENCE, combinations_with_replacement(_VALENCE, 2)):
        for left, right in product((1, 2, 3), repeat=2):
            if left > _VALENCE[a] or right > _VALENCE[b] or left + right > _VALENCE[middle]:
                continue
            if _exists(a, left, middle, right, b):
                yield f"{a}{_ORDER[left]}{middle}{_ORDER[right]}{b}"


def _exists(a: str, left: int, middle: str, right: int, b: str) -> bool:
    chain, electronegative = (a, middle, b), {"N", "O", *_HALOGENS}
    if set(chain) <= electronegative:
        ends_are_halogens = a in _HALOGENS and b in _HALOGENS
        nitroso = middle == "N" and {(a, left), (b, right)} & {("O", 2)}
        return ends_are_halogens or bool(nitroso)
    if "P" in chain and "C" not in chain and not set(chain) & set(_HALOGENS):
        return ("O", 2) in {(a, left), (b, right)}
    return not {(a, left), (b, right)} & {("P", 3), ("S", 3)} or middle == "C"


def _rings() -> Iterator[str]:
    """Three-membered rings with at least one carbon and at most one double bond."""
    members = [element for element, valence in _VALENCE.items() if valence > 1]
    for a, b, c in product(members, repeat=3):
        if a != "C" or [b, c].count("C") == 0 and {b, c} & {"P", "S"} and b != c:
            continue
        yield f"{a}1{b}{c}1"
        for double in (f"{a}1={b}{c}1", f"{a}1{b}={c}1"):
            # Oxirenes, thiirenes and 1H-azirines are antiaromatic, and open at once.
            if (not double.startswith("C1=C") or c == "C") and double.count("P") < 2:
                yield double
