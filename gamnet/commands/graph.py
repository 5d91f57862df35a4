"""`gamnet graph`: the neighbours that the network sees."""

from dataclasses import replace
from itertools import islice
from typing import Annotated

import typer

from gamnet.commands.console import print_json, say


def graph(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A structure file, - for standard input, smiles:CCO, or qm9:12345.",
            show_default=False,
        ),
    ],
    frame: Annotated[
        int, typer.Option("--frame", min=0, help="Which structure of the file, from 0.")
    ] = 0,
    cutoff: Annotated[
        float | None,
        typer.Option(
            "--cutoff",
            min=0.0,
            help="Largest distance in A. Default: 4 for molecules, 6 for crystals.",
            show_default=False,
        ),
    ] = None,
    min_angle: Annotated[
        float | None,
        typer.Option(
            "--min-angle",
            min=0.0,
            help="Smallest solid angle in sr. Default: 0.4.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")] = False,
) -> None:
    """List the Voronoi neighbours of each atom, with distance and solid angle.

    j is a neighbour of i when they share a Voronoi face that i sees under at least --min-angle and
    at least a fifth of i's largest, and when they are at most --cutoff apart.

    \b
    Examples:
      gamnet graph thymine.xyz
      gamnet graph rutile.cif --json
      gamnet graph smiles:c1ccccc1 --cutoff 3 --min-angle 0.2
    """
    from gamnet.errors import ReadError, StructureError
    from gamnet.graphs.rule import default_rule
    from gamnet.graphs.voronoi import find_edges
    from gamnet.structures.reading import iter_structures
    from gamnet.structures.structure import Failure

    found = list(islice(iter_structures(source), frame, frame + 2))
    if not found:
        raise ReadError(f"'{source}' has no frame {frame}", "Frames are counted from 0")
    if isinstance(found[0], Failure):
        raise StructureError(found[0].error)
    if len(found) > 1:
        say(f"showing frame {frame} of several; choose another with --frame")
    structure = found[0]
    given = {"cutoff": cutoff, "min_angle": min_angle}
    rule = replace(
        default_rule(structure), **{k: value for k, value in given.items() if value is not None}
    )
    edges = find_edges(structure, rule)
    rows = zip(
        edges.i.tolist(),
        edges.j.tolist(),
        edges.image.tolist(),
        edges.distance.tolist(),
        edges.solid_angle.tolist(),
        strict=True,
    )
    if json:
        keys = ("i", "j", "image", "distance", "solid_angle")
        listed = [dict(zip(keys, row, strict=True)) for row in rows]
        print_json({"n_atoms": structure.n_atoms, "edges": listed})
        return
    print(f"{structure.formula}: {structure.n_atoms} atoms, {edges.n_edges} directed edges")
    print(
        f"cutoff {rule.cutoff} A, solid angle at least {rule.min_angle} sr "
        f"and {rule.min_ratio} of the largest"
    )
    print(f"{'i':>7} {'j':>7}  {'image':>9}  {'distance (A)':>12}  {'solid angle (sr)':>16}")
    for i, j, image, distance, angle in rows:
        ends = f"{structure.symbols[i]}{i:<5} {structure.symbols[j]}{j:<5}"
        shift = " ".join(f"{n:>2}" for n in image)
        print(f"{ends:>15}  {shift:>9}  {distance:>12.4f}  {angle:>16.4f}")
