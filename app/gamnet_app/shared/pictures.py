"""Small pictures as SVG, and how they travel within the page."""

from base64 import b64encode

# Of bonds and elements, seen on a light and on a dark page: the page does not say when it changes.
COLOURS = {-1: "#6f7c89", 1: "#6f7c89", 6: "#6f7c89", 7: "#4c7ee8", 8: "#e0453a", 9: "#2a9d5c"}


def svg_address(svg: str) -> str:
    """The address of an SVG picture that the page itself holds."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def skeletal_formula(smiles: str) -> str:
    """The skeletal formula as SVG, on a transparent ground."""
    from rdkit import Chem
    from rdkit.Chem.Draw import rdMolDraw2D

    drawer = rdMolDraw2D.MolDraw2DSVG(120, 84)
    palette = {z: tuple(c / 255 for c in bytes.fromhex(text[1:])) for z, text in COLOURS.items()}
    drawer.drawOptions().setAtomPalette(palette)
    drawer.drawOptions().clearBackground = False
    drawer.drawOptions().padding = 0.08
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.MolFromSmiles(smiles))
    drawer.FinishDrawing()
    return drawer.GetDrawingText()
