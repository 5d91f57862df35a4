"""The real HOMO and LUMO over the attention: computed on demand, drawn, and compared per atom."""

import logging

import numpy as np
import streamlit as st

from gamnet.errors import GAMNetError
from gamnet.explanation.orbitals import ENCLOSED
from gamnet.prediction.domain import closed_shell_obstacle
from gamnet.prediction.result import Prediction
from gamnet.properties import unit_text
from gamnet.structures.structure import Structure
from gamnet.views import colours
from gamnet.views.orbital import orbital_scene
from gamnet.views.scene import structure_key
from gamnet_app.explain import figures, state
from gamnet_app.shared import address, selection, wording

OFF, HOMO, LUMO = "off", "homo", "lumo"
_DRAWN = {OFF: "Nothing", HOMO: "HOMO", LUMO: "LUMO"}


def surface(prediction: Prediction) -> dict[str, object]:
    """The chosen orbital's surface as a part of the scene; nothing before it is computed."""
    structure = prediction.structure
    chosen = address.widget("orbital", OFF)
    job = state.orbitals(structure, structure_key(structure))
    if chosen not in (HOMO, LUMO) or job is None or not job.done() or job.exception():
        return {}
    _, grids = job.result()
    return {"orbital": orbital_scene(grids[chosen], chosen)}


def legend(drawn: dict[str, object]) -> None:
    """Under the picture: what the surface is, where one is drawn."""
    if "orbital" in drawn:
        name = _DRAWN[address.widget("orbital")]
        st.caption(
            f":material/blur_on: Surface: the real {name} (B3LYP/6-31G*), blue and orange are its "
            "two signs. Choose it, or nothing, at the end of “Is this map true?”."
        )


def show(prediction: Prediction, property_id: str, by: str) -> None:
    """The part of the section Is this map true? that needs PySCF."""
    structure = prediction.structure
    st.markdown("#### This structure: where the real orbitals are")
    if not state.orbitals_available():
        st.info(
            "The real orbitals are computed with PySCF, an optional extra that is not installed. "
            "Run `pip install pyscf` in the environment that serves this page, then start it "
            "again.",
            icon=":material/extension_off:",
        )
        return
    refused = _refused(structure)
    if refused:
        st.info(refused, icon=":material/info:")
        return
    key = structure_key(structure)
    job = state.orbitals(structure, key)
    if job is None and state.orbitals_busy():
        st.info(
            "Other visitors' orbitals are being computed. Come back in some minutes.",
            icon=":material/hourglass_top:",
        )
    elif job is None:
        _button("Compute HOMO and LUMO", structure, key, property_id)
        st.caption(
            "B3LYP/6-31G* on this geometry, on this server: some ten seconds for nine heavy atoms, "
            "a minute for fourteen. The surfaces are then drawn over the attention."
        )
    elif not job.done():
        _wait(structure, key)
    elif job.exception():
        _failed(job.exception())
        _button("Try again", structure, key, property_id)
    else:
        _compare(prediction, property_id, by)


def _button(label: str, structure: Structure, key: str, property_id: str) -> None:
    st.button(
        label, icon=":material/function:", key="compute_orbitals", on_click=_start,
        args=(structure, key, property_id),
    )  # fmt: skip


def _start(structure: Structure, key: str, property_id: str) -> None:
    address.set_widget("orbital", LUMO if property_id == "lumo" else HOMO)
    state.compute_orbitals(structure, key)


@st.fragment(run_every=1.0)
def _wait(structure: Structure, key: str) -> None:
    """Look every second whether the calculation is over."""
    job = state.orbitals(structure, key)
    if job is None or job.done():
        st.rerun()
    running = "Computing the orbitals…" if job.running() else "Waiting for another calculation…"
    st.markdown(f":material/hourglass_top: {running} The page can be used meanwhile.")


def _failed(error: BaseException) -> None:
    if isinstance(error, GAMNetError):
        st.error(wording.plain(str(error)), icon=":material/error:")
    else:
        logging.getLogger(__name__).error("Orbitals failed", exc_info=error)
        st.error("The calculation broke off; the server's log says why.", icon=":material/error:")


def _refused(structure: Structure) -> str:
    heavy = int((structure.numbers > 1).sum())
    if obstacle := closed_shell_obstacle(structure):
        return f"Orbitals are computed for whole, neutral closed-shell molecules: this {obstacle}."
    if heavy > state.MAX_ORBITAL_ATOMS:
        return (
            f"{heavy} heavy atoms: orbitals are computed here for up to {state.MAX_ORBITAL_ATOMS}."
        )
    return ""


def _compare(prediction: Prediction, property_id: str, by: str) -> None:
    structure, predicted = prediction.structure, prediction[property_id]
    key = structure_key(structure)
    orbitals, grids = state.orbitals(structure, key).result()
    left, right = st.columns(2, gap="medium")
    with left:
        st.segmented_control(
            "Drawn over the atoms", list(_DRAWN), format_func=_DRAWN.get, key="orbital",
            required=True, persist_state="session",
        )  # fmt: skip
        chosen = address.widget("orbital", OFF)
        if chosen in grids:
            st.caption(
                f"The surface of the {_DRAWN[chosen]}, at ±{grids[chosen].isovalue:.3f} atomic "
                f"units, encloses {ENCLOSED:.0%} of its electron. Of a degenerate level one "
                "orbital is drawn; populations are the level's average."
            )
        st.table(
            {
                "": ["HOMO", "LUMO", "Gap"],
                "B3LYP/6-31G*": [
                    f"{wording.number(e, 2)} eV"
                    for e in (orbitals.homo, orbitals.lumo, orbitals.lumo - orbitals.homo)
                ],
                "Predicted": [
                    f"{wording.number(prediction[p].value, 2)} eV" if p in prediction.properties
                    else "" for p in ("homo", "lumo", "gap")
                ],
            },
            border="horizontal",
        )  # fmt: skip
    population, meaning = {
        "homo": (orbitals.homo_population, "HOMO population"),
        "lumo": (orbitals.lumo_population, "LUMO population"),
        "gap": (
            (orbitals.homo_population + orbitals.lumo_population) / 2
            if by == colours.GA_SCORES
            else orbitals.lumo_population - orbitals.homo_population,
            "mean of HOMO and LUMO population"
            if by == colours.GA_SCORES
            else "LUMO minus HOMO population",
        ),
    }.get(property_id, (None, ""))
    with right:
        if population is None:
            st.caption("Choose HOMO, LUMO or gap to compare its map with the orbitals.")
        elif np.isnan(population).any():
            st.info(
                "The LUMO is diffuse: a state of the basis set rather than of the molecule. It has "
                "no population that could be compared.", icon=":material/info:",
            )  # fmt: skip
        else:
            _scatter(prediction, predicted.property.id, by, population, meaning)


def _scatter(
    prediction: Prediction, property_id: str, by: str, population: np.ndarray, meaning: str
) -> None:
    structure = prediction.structure
    values = colours.atom_values(prediction[property_id], by)
    unit = unit_text(prediction[property_id].property.unit)
    title = "GA score relative to 1/n" if by == colours.GA_SCORES else f"contribution ({unit})"
    if by == colours.CONTRIBUTIONS and property_id != "gap":  # a population has no sign
        values, title = np.abs(values), f"size of the {title}"
    light = structure.numbers == 1
    key = structure_key(structure)
    st.plotly_chart(
        figures.atom_scatter(
            population, values, [f"{s}{i}" for i, s in enumerate(structure.symbols)], light,
            title="The map against the real orbital", x_title=f"{meaning} (B3LYP)",
            y_title=title,
            selected=selection.selected_atoms(key),
        ),
        key="population", config={"displayModeBar": False}, selection_mode="points",
        on_select=state.from_scatter("population", key, structure.n_atoms),
        alt=f"Per atom: {meaning} against the map",
    )  # fmt: skip
    heavy = wording.correlation(population[~light], values[~light])
    every = wording.correlation(population, values)
    st.caption(
        f"Correlation over the heavier atoms of this molecule: {heavy}; over all atoms "
        f"{every}. 1 would be a map that shows exactly where the orbital is."
    )
