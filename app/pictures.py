"""Small pictures as SVG, and how they travel within the page."""

from base64 import b64encode


def svg_address(svg: str) -> str:
    """The address of an SVG picture that the page itself holds."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def skeletal_formula(smiles: str, dark: bool) -> str:
    """The skeletal formula as SVG, on a transparent ground."""
    from rdkit import Chem
    from rdkit.Chem.Draw import rdMolDraw2D

    drawer = rdMolDraw2D.MolDraw2DSVG(120, 84)
    if dark:
        rdMolDraw2D.SetDarkMode(drawer)
    drawer.drawOptions().clearBackground = False
    drawer.drawOptions().padding = 0.08
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.MolFromSmiles(smiles))
    drawer.FinishDrawing()
    return drawer.GetDrawingText()
