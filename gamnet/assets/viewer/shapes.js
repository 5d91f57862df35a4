// What is drawn around the atoms: halos of the selected ones, arcs of local attention, an orbital,
// coordination polyhedra.
import { drawBonds } from "./bonds.js";

const [THINNEST, THICKEST] = [0.025, 0.16]; // A, an arc's radius for shares 0 and 1
const GHOST = 0.4; // radius in A of an atom outside what is drawn
const DEFAULT_RADIUS = 1.5; // A, 3Dmol's for an element that it has none for
const POLYHEDRON = 0.4; // opacity: the centre and what lies behind shine through
const EDGE = 0.03; // A, radius
const SMOOTHING = 6; // passes over the surface, whose grid would show otherwise

// The shapes of one MoleculeViewer, each kind replaced when it changes.
export class Surroundings {
  #shapes = { bonds: [], halos: [], arcs: [], measure: [], orbital: [], polyhedra: [] };

  constructor(library, viewer) {
    Object.assign(this, { library, viewer });
  }

  // After 3Dmol has removed all shapes.
  forget() {
    this.#shapes = { bonds: [], halos: [], arcs: [], measure: [], orbital: [], polyhedra: [] };
    this.orbitalId = undefined;
  }

  // An element's van der Waals radius in A, which 3Dmol scales its spheres by.
  radius(elem) {
    return this.library.GLModel.vdwRadii?.[elem] ?? DEFAULT_RADIUS;
  }

  // radius : of a single bond, in A; 0 draws none.
  bonds(atoms, radius) {
    this.#replace("bonds", () => drawBonds(this.library, this.viewer, atoms, radius));
  }

  // Halos and arcs of the selected atoms; the last one selected leads. How many arcs there are.
  mark(scene, atoms, selected, spheres, theme) {
    const chosen = new Set(selected);
    const size = spheres ? 1.2 : 0.65;
    this.#replace("halos", () =>
      atoms.filter((atom) => chosen.has(atom.site)).map((atom) =>
        this.viewer.addSphere({
          center: { x: atom.x, y: atom.y, z: atom.z },
          radius: size * (atom.elem === "H" ? 0.75 : 1),
          color: theme.accent,
          opacity: 0.45,
        }),
      ),
    );
    // Until Python has answered, the scene's arcs are those of the atom before.
    this.arcs = scene.arcs && scene.arcs.site === selected.at(-1) ? scene.arcs : null;
    this.#replace("arcs", () =>
      this.arcs ? drawArcs(this.viewer, this.arcs, scene.colours, theme) : [],
    );
    const { measure } = scene;
    this.measure = measure && measure.atoms.join() === selected.join() ? measure : null;
    this.#replace("measure", () => (this.measure ? drawMeasure(this.viewer, this.measure, theme) : []));
    return this.arcs?.links.length ?? 0;
  }

  // Finding an orbital's surface takes a while: only another orbital is drawn anew.
  showOrbital(orbital) {
    if (this.orbitalId === orbital?.id) return;
    this.orbitalId = orbital?.id;
    this.#replace("orbital", () =>
      orbital ? drawOrbital(this.library, this.viewer, orbital) : [],
    );
  }

  // Polyhedra of gamnet.views.polyhedra in their centres' colours. How many there are.
  showPolyhedra(polyhedra, colours) {
    this.#replace("polyhedra", () =>
      (polyhedra ?? []).flatMap((shape) => drawPolyhedron(this.viewer, shape, colours[shape.site])),
    );
    return polyhedra?.length ?? 0;
  }

  labels() {
    return [
      ...(this.arcs ? arcLabels(this.arcs) : []),
      ...(this.measure ? [{ ...middle(this.measure.points), text: this.measure.text, strong: true }] : []),
    ];
  }

  #replace(kind, draw) {
    for (const shape of this.#shapes[kind]) this.viewer.removeShape(shape);
    this.#shapes[kind] = draw();
  }
}

const point = ([x, y, z]) => ({ x, y, z });

// Arcs of gamnet.attention_scene, wider and denser the larger the share: the shapes drawn.
function drawArcs(viewer, arcs, colours, theme) {
  const largest = Math.max(...arcs.links.map((link) => link.share), 1e-9);
  return arcs.links.flatMap((link) => {
    const shapes = [
      viewer.addCurve({
        points: link.points.map(point),
        radius: THINNEST + (THICKEST - THINNEST) * link.share,
        color: theme.accent,
        opacity: 0.45 + 0.5 * (link.share / largest),
        smooth: 2,
      }),
    ];
    if (link.outside) {
      const center = point(link.points[0]);
      shapes.push(viewer.addSphere({ center, radius: GHOST, color: colours[link.site], opacity: 0.6 }));
    }
    return shapes;
  });
}

// Dashed lines from each measured atom to the next: the shapes drawn.
function drawMeasure(viewer, measure, theme) {
  return measure.points.slice(1).map((end, k) =>
    viewer.addCylinder({
      start: point(measure.points[k]),
      end: point(end),
      radius: 0.04,
      color: theme.text,
      dashed: true,
      dashLength: 0.12,
      gapLength: 0.1,
    }),
  );
}

function middle(points) {
  const mean = (axis) => points.reduce((sum, place) => sum + place[axis], 0) / points.length;
  return point([mean(0), mean(1), mean(2)]);
}

// Where the shares are written: on top of each arc, the three largest, or all of a few.
function arcLabels(arcs) {
  return arcs.links.slice(0, arcs.links.length <= 8 ? 8 : 3).map((link) => ({
    ...point(link.points[Math.floor(link.points.length / 2)]),
    text: `${Math.round(100 * link.share)}%`,
  }));
}

// One polyhedron with its edges: the shapes drawn. Each face has corners of its own, so that it is
// lit evenly.
function drawPolyhedron(viewer, { points, faces }, color) {
  const corners = faces.flatMap((face) => face.map((corner) => point(points[corner])));
  const normals = faces.flatMap((face) => {
    const [a, b, c] = face.map((corner) => points[corner]);
    const [u, v] = [b, c].map((end) => end.map((x, k) => x - a[k]));
    const normal = point([0, 1, 2].map((k) => {
      const [l, m] = [(k + 1) % 3, (k + 2) % 3];
      return u[l] * v[m] - u[m] * v[l];
    }));
    const length = Math.hypot(normal.x, normal.y, normal.z) || 1;
    for (const axis of ["x", "y", "z"]) normal[axis] /= length;
    return [normal, normal, normal];
  });
  return [
    viewer.addCustom({
      vertexArr: corners,
      normalArr: normals,
      faceArr: corners.map((_, k) => k),
      color,
      opacity: POLYHEDRON,
    }),
    ...edgesOf(faces).map(([a, b]) =>
      viewer.addCylinder({ start: point(points[a]), end: point(points[b]), radius: EDGE, color }),
    ),
  ];
}

// Pairs of corners, each once.
function edgesOf(faces) {
  const pairs = new Map();
  for (const face of faces) {
    face.forEach((a, k) => {
      const pair = [a, face[(k + 1) % 3]].sort((m, n) => m - n);
      pairs.set(pair.join(), pair);
    });
  }
  return [...pairs.values()];
}

// The two surfaces of an orbital of gamnet.orbital_scene, one per sign: the shapes drawn.
function drawOrbital($3Dmol, viewer, orbital) {
  const volume = new $3Dmol.VolumeData("", "values");
  const [x, y, z] = orbital.shape;
  volume.size = { x, y, z };
  volume.unit = { x: orbital.spacing, y: orbital.spacing, z: orbital.spacing };
  volume.origin = point(orbital.origin);
  volume.data = Int8Array.from(atob(orbital.values), (c) => c.charCodeAt(0));
  return [orbital.iso, -orbital.iso].map((isoval, k) =>
    viewer.addIsosurface(volume, {
      isoval,
      color: orbital.colours[k],
      opacity: 0.6,
      smoothness: SMOOTHING,
    }),
  );
}
