"""Functional groups as SMARTS: a plain table, in order of precedence.

An atom belongs to the first group in the table whose pattern it is part of, so that the carbonyl of
an amide is not counted as a ketone. Hydrogens belong to their heavy atom's group. Patterns are
matched on molecules with implicit hydrogens, after RDKit's perception of aromaticity; what stands
within $(...) is an atom's surroundings and does not itself belong to the group.
"""

FUNCTIONAL_GROUPS = {
    # charged (QM9 holds some zwitterions)
    "carboxylate": "[CX3](=O)[O-]",
    "ammonium": "[NX4+]",
    "iminium": "[NX3+]=[#6]",
    # carbonyl compounds of higher order first
    "carboxylic acid": "[CX3](=O)[OX2H1]",
    "anhydride": "[CX3](=O)[OX2][CX3]=O",
    "imide": "[CX3](=O)[NX3][CX3]=O",
    "carbamate": "[NX3][CX3](=O)[OX2]",
    "urea": "[NX3][CX3](=O)[NX3]",
    "carbonate": "[OX2][CX3](=O)[OX2]",
    "ester": "[CX3](=O)[OX2]",
    "amide": "[CX3](=O)[NX3]",
    "acyl fluoride": "[CX3](=O)F",
    "aldehyde": "[CX3;H1,H2]=[OX1]",
    "ketone": "[CX3;$(C([#6])[#6])]=[OX1]",
    # carbon with nitrogen
    "nitrile": "[CX2]#[NX1]",
    "isocyanide": "[CX1-]#[NX2+]",
    "oxime": "[CX3]=[NX2][OX2]",
    "hydrazone": "[CX3]=[NX2][NX3]",
    "guanidine": "[NX3][CX3](=[NX2])[NX3]",
    "amidine": "[CX3](=[NX2])[NX3]",
    "imidate": "[CX3](=[NX2])[OX2]",
    "imine": "[CX3]=[NX2]",
    "nitro": "[NX3+](=O)[O-]",
    "nitroso": "[NX2]=O",
    "azo": "[NX2]=[NX2]",
    # aromatic atoms, by what they are
    "phenol or hydroxy-heteroarene": "[OX2H1;$(Oc)]",
    "aryl ether": "[OX2H0;$(Oc)]",
    "aryl amine": "[NX3;$(Nc)]",
    "aryl fluoride": "[F;$(Fc)]",
    "aromatic carbonyl": "[c]=[OX1]",
    "imine on an aromatic ring": "[c]=[NX2]",
    "aryloxide": "[O-;$([O-]c)]",
    "pyridine-type nitrogen": "[nX2]",
    "pyrrole-type nitrogen": "[nX3]",
    "N-acyl azole": "[CX3](=O)[nX3]",
    "furan-type oxygen": "[oX2]",
    "aromatic carbon": "[c]",
    # three-membered heterocycles
    "epoxide": "[CX4]1[OX2][CX4]1",
    "aziridine": "[CX4]1[NX3][CX4]1",
    # single-bonded oxygen, nitrogen, fluorine
    "acetal or hemiacetal": "[OX2][CX4][OX2]",
    "aminal": "[NX3][CX4;$(C([NX3])[NX3])][NX3]",
    "hemiaminal": "[NX3][CX4;$(C([NX3])[OX2])][OX2]",
    "hydroxylamine": "[NX3][OX2]",
    "hydrazine": "[NX3][NX3]",
    "enol or enol ether": "[OX2][CX3]=[CX3]",
    "enamine": "[NX3][CX3]=[CX3]",
    "alcohol": "[OX2H1]",
    "ether": "[OX2H0]",
    "primary amine": "[NX3H2]",
    "secondary amine": "[NX3H1]",
    "tertiary amine": "[NX3H0]",
    "alkyl fluoride": "[F]",
    # hydrocarbon
    "alkyne": "[CX2]#[CX2]",
    "allene": "[CX3]=[CX2]=[CX3]",
    "alkene": "[CX3]=[CX3]",
    "methyl": "[CX4H3]",
    "methylene": "[CX4H2]",
    "methine": "[CX4H1]",
    "quaternary carbon": "[CX4H0]",
}
OTHER = "other"
