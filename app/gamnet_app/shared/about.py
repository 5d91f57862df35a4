"""What GAMNet is: a sentence, a tour of three steps, a glossary, and how to cite it."""

import streamlit as st

_SENTENCE = (
    "**GAMNet** predicts properties of a molecule or crystal and shows how much of its attention "
    "each atom gets."
)
_TOUR = (
    (
        ":material/search: Choose a structure",
        "Type a name, a formula or a SMILES into the box, take an example, draw a molecule, or "
        "drop a file. QM9's molecules come with their DFT values.",
    ),
    (
        ":material/hub: Read the picture",
        "Every value stands on a card with the error to reckon with. Press a card and the atoms "
        "show that property: by GA score, where the network looks, or by contribution, what each "
        "atom adds. Hover for numbers, click an atom to pick it.",
    ),
    (
        ":material/fact_check: Ask how far to trust it",
        "The badge beside the formula says whether the structure is like the training data. “Is "
        "this map true?” sets the map beside real orbitals where they were computed, and “What if” "
        "changes an atom and predicts anew.",
    ),
)
_GLOSSARY = {
    "GA score": "Global attention: the network shares out one unit of attention over the atoms of "
    "a structure, for each property. The picture shows the score times the number of atoms: 1 is "
    "the average atom.",
    "Contribution": "An atom's part of the value. The model's baseline plus all contributions is "
    "exactly the value; how the network divides it is its own choice.",
    "Local attention": "How much of an atom's description comes from each of its neighbours, in "
    "each layer and head of the network.",
    "Neighbour": "An atom that shares a face of the Voronoi cell, near enough and seen under a "
    "large enough angle.",
    "± (error to reckon with)": "The expected error: the mean absolute error of held-back "
    "structures that look like this one to the network; the error by geometry where that is "
    "larger; the typical error of the test split where neither is known.",
    "Domain": "Whether a structure is like the training data: in the domain, at its edge, or "
    "outside, where errors may be far larger than any estimate.",
    "Training, validation, test split": "What the model learned from; what it was chosen by; what "
    "it never saw, and is measured on.",
    "HOMO, LUMO, gap": "Energies of the highest occupied and the lowest unoccupied orbital, and "
    "their difference, in eV.",
    "ZPVE": "Zero-point vibrational energy: what the vibrations keep at absolute zero.",
    "α, Cᵥ": "Isotropic polarizability (a₀³) and heat capacity at constant volume and 298.15 K.",
    "DFT": "Density functional theory, here the source of the reference values.",
    "SMILES, InChI": "Two ways to write a molecule as a line of text.",
}
_CITATION = """\
T.-S. Vu, M.-Q. Ha, D.-N. Nguyen, V.-C. Nguyen, Y. Abe, T. Tran, H. Tran, H. Kino, T. Miyake, \
K. Tsuda, H.-C. Dam, Towards understanding structure–property relations in materials with \
interpretable deep learning, npj Comput. Mater. 9, 215 (2023), doi:10.1038/s41524-023-01163-9

R. Ramakrishnan, P. O. Dral, M. Rupp, O. A. von Lilienfeld, Quantum chemistry structures and \
properties of 134 kilo molecules, Sci. Data 1, 140022 (2014), doi:10.1038/sdata.2014.22"""


@st.dialog("GAMNet in three steps", width="medium")
def _tour() -> None:
    for number, (title, text) in enumerate(_TOUR, 1):
        st.markdown(f"**{number}. {title}**\n\n{text}")


@st.dialog("Glossary", width="medium")
def _glossary() -> None:
    st.markdown("\n\n".join(f"**{name}** — {text}" for name, text in _GLOSSARY.items()))


@st.dialog("How to cite", width="medium")
def _cite() -> None:
    from gamnet_app.shared import reference

    st.markdown("Please cite the network and the data:")
    st.code(_CITATION, language=None, wrap_lines=True)
    own = [s for s in reference.datasets().values() if s.citation and s.name != "qm9"]
    if own:
        st.markdown("Where you use them, too:")
        st.code("\n\n".join(f"{s.title}: {s.citation}" for s in own), language=None,
                wrap_lines=True)  # fmt: skip


def line() -> None:
    """The name, what it is, and the ways to learn more."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="about"):
        st.markdown(_SENTENCE, width="stretch")
        with st.container(horizontal=True, gap="xxsmall", width="content"):
            for name, icon, show in (
                ("Tour", "signpost", _tour),
                ("Glossary", "dictionary", _glossary),
                ("Cite", "format_quote", _cite),
            ):
                if st.button(name, icon=f":material/{icon}:", key=f"about_{name}", type="tertiary"):
                    show()
