// The dialog of a figure to publish: its size on paper, its resolution, its letters, what is on it.
import { make } from "./controls.js";

const POINT = 72; // per inch
const INCH = 25.4; // mm

// A hidden panel; save(figure) gets sizes in pixels and what is asked for.
export function figurePanel(save) {
  const number = (name, value, min, max) =>
    make("input", { type: "number", name, value, min, max, step: "any", required: "" });
  const fields = {
    width: number("width", 85, 10, 400),
    height: number("height", 65, 10, 400),
    dpi: number("dpi", 300, 50, 1200),
    font: number("font", 8, 3, 40),
    transparent: make("input", { type: "checkbox", name: "transparent" }),
    bar: make("input", { type: "checkbox", name: "bar", checked: "" }),
  };
  const labelled = (text, field) => make("label", {}, text, field);
  const caption = make("textarea", { readonly: "", rows: "3", "aria-label": "Caption" });
  const panel = make(
    "form",
    { class: "figure", hidden: "", "aria-label": "Figure to publish" },
    labelled("Width (mm)", fields.width),
    labelled("Height (mm)", fields.height),
    labelled("Resolution (dpi)", fields.dpi),
    labelled("Letters (pt)", fields.font),
    labelled("Transparent", fields.transparent),
    labelled("Colour bar", fields.bar),
    caption,
    make("button", { type: "submit" }, "Save figure"),
  );
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    const dpi = Number(fields.dpi.value);
    const pixels = (field) => Math.round((Number(field.value) / INCH) * dpi);
    save({
      width: pixels(fields.width),
      height: pixels(fields.height),
      letters: (Number(fields.font.value) / POINT) * dpi, // pixels
      transparent: fields.transparent.checked,
      bar: fields.bar.checked,
    });
  });
  return { panel, caption };
}
