"""What the page Explore shows around its three views: which atlas, and what is missing."""

import streamlit as st

from gamnet.atlas.tables import Atlas, AtlasInfo
from gamnet_app.explore import atoms, environments, molecules, state
from gamnet_app.shared.wording import plain

_VIEWS = {
    state.MOLECULES: molecules.show,
    state.ATOMS: atoms.show,
    state.ENVIRONMENTS: environments.show,
}


def missing(model: str, problems: list[str]) -> None:
    """There is no atlas of the model in use."""
    command = f"gamnet atlas {model}"
    st.warning(
        "There is no atlas of the weights in use, and numbers of other weights are not shown. "
        f"Build it with `{command}` (some minutes; it can be stopped and goes on where it was), "
        f"or a sample with `{command} --limit 8000`; then reload this page.",
        icon=":material/map:",
    )
    for problem in problems:
        st.caption(plain(problem))


def about(info: AtlasInfo, problems: list[str]) -> None:
    """Which atlas is shown, of how much, and how to get all."""
    command = f"gamnet atlas {info.model}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(
            f"{info.n_molecules:,} of {info.n_total:,} structures",
            color="green" if info.complete else "orange",
            help=f"{plain(info.title)}; {info.n_atoms:,} atoms. Model {plain(info.model)}, weights "
            f"{info.sha256[:12]}…",
        )
        if not info.complete:
            st.caption(
                f"A ready-made random sample. For all of {plain(info.title)} run `{command}` (some "
                "minutes) in the environment that serves this page, then reload."
            )
    for problem in problems:
        st.warning(
            f"{plain(problem)} It is not shown; build it anew with `{command}`.",
            icon=":material/warning:",
        )


def show(tab: str, atlas: Atlas) -> None:
    """One of the three views."""
    _VIEWS[tab](atlas)
