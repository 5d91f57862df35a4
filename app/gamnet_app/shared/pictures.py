"""Small pictures as SVG, and how they travel within the page."""

from base64 import b64encode

from gamnet.views.palettes import SKELETAL


def svg_address(svg: str) -> str:
    """The address of an SVG picture that the page itself holds."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def skeletal_formula(smiles: str) -> str:
    """The skeletal formula as SVG, on a transparent ground."""
    from rdkit import Chem
    from rdkit.Chem.Draw import rdMolDraw2D

    drawer = rdMolDraw2D.MolDraw2DSVG(120, 84)
    palette = {z: tuple(c / 255 for c in bytes.fromhex(text[1:])) for z, text in SKELETAL.items()}
    drawer.drawOptions().setAtomPalette(palette)
    drawer.drawOptions().clearBackground = False
    drawer.drawOptions().padding = 0.08
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.MolFromSmiles(smiles))
    drawer.FinishDrawing()
    return drawer.GetDrawingText()
