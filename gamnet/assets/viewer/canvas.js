import { softenLight } from "./light.js";

// The life of 3Dmol's viewer: made, drawn once for several changes, and given back.

const CONTEXT_REST = 30_000; // ms
const alive = new Set();
let resting; // timer of the context that nobody uses

export function createCanvas($3Dmol, stage) {
  clearTimeout(resting);
  const viewer = $3Dmol.createViewer(stage, {
    hoverDuration: 40,
    lowerZoomLimit: 2,
    disableFog: true, // it would mix the far atoms' colours, which mean numbers, with the background
  });
  softenLight(viewer.renderer.getContext());
  alive.add(viewer);
  // 3Dmol's own observers draw again as soon as they begin to look.
  viewer.divwatcher?.disconnect();
  viewer.intwatcher?.disconnect();
  viewer.divwatcher = new ResizeObserver(() => {
    const { width, height } = stage.getBoundingClientRect();
    const known = viewer.drawnSize;
    if (known?.width === width && known?.height === height) return;
    viewer.drawnSize = { width, height };
    viewer.resize();
  });
  viewer.drawnSize = stage.getBoundingClientRect();
  viewer.divwatcher.observe(stage);
  return viewer;
}

// Do several things each of which 3Dmol would draw, and draw once.
export function drawOnce(viewer, action) {
  const { renderer } = viewer;
  renderer.isLost = () => true; // a renderer without a context follows the camera and draws nothing
  try {
    action();
  } finally {
    delete renderer.isLost;
  }
  viewer.render();
}

// 3Dmol leaves a replaced model's buffers in graphics memory.
export function freeBuffers(model) {
  for (const object of [model?.molObj, model?.renderedMolObj]) {
    for (const child of object?.children ?? []) child.geometry?.dispose?.();
  }
}

export function destroyCanvas(viewer) {
  alive.delete(viewer);
  viewer.setViewChangeCallback(null);
  viewer.spin(false);
  viewer.divwatcher.disconnect();
  // 3Dmol draws every viewer of a page with one WebGL context: it is given back when the last viewer
  // has been gone for a while. The next page's viewers mostly come at once, and a new one is slow.
  const context = viewer.renderer.getContext();
  clearTimeout(resting); // an earlier one may end while the next picture is on its way
  resting = setTimeout(() => {
    if (alive.size === 0) context?.getExtension("WEBGL_lose_context")?.loseContext();
  }, CONTEXT_REST);
}
