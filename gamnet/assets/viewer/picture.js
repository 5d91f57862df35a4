// The viewer's picture as a file.
import { make } from "./controls.js";

const PRINT_WIDTH = 3200; // pixels: 27 cm at 300 dpi
const MAX_BUFFER = 4096; // every WebGL 2 device can draw this many pixels across

// What 3Dmol shows in `box`, drawn again at print resolution: a canvas, and how much larger it is.
export function enlarged(viewer, box) {
  const pixels = Math.max(window.devicePixelRatio || 1, 2); // 3Dmol draws at least double
  const longest = Math.max(box.width, box.height);
  const factor = Math.min(PRINT_WIDTH / box.width, MAX_BUFFER / longest) / pixels;
  viewer.setWidth(box.width * factor);
  viewer.setHeight(box.height * factor);
  viewer.render();
  const picture = document.createElement("canvas");
  picture.width = Math.round(box.width * factor * pixels);
  picture.height = Math.round(box.height * factor * pixels);
  picture.getContext("2d").drawImage(viewer.getCanvas(), 0, 0, picture.width, picture.height);
  viewer.resize();
  for (const side of ["width", "height"]) viewer.getCanvas().style[side] = "100%";
  return [picture, factor * pixels];
}

// What 3Dmol shows, drawn at exactly `width` x `height` pixels; `letter(context, ratio)` draws over it,
// where one pixel of the viewer is `ratio` of the picture's.
export function figure(viewer, { width, height, transparent }, background, letter) {
  const pixels = Math.max(window.devicePixelRatio || 1, 2);
  const drawn = Math.min(1, MAX_BUFFER / Math.max(width, height)); // larger ones are stretched
  const picture = make("canvas", { width, height });
  const context = picture.getContext("2d");
  if (transparent) viewer.setBackgroundColor(background, 0);
  viewer.setWidth((width * drawn) / pixels);
  viewer.setHeight((height * drawn) / pixels);
  viewer.render();
  context.drawImage(viewer.getCanvas(), 0, 0, width, height);
  letter(context, pixels / drawn);
  if (transparent) viewer.setBackgroundColor(background);
  viewer.resize();
  for (const side of ["width", "height"]) viewer.getCanvas().style[side] = "100%";
  return picture;
}

export function save(picture, fileName) {
  picture.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
