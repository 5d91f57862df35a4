// 3Dmol.js, loaded once per page, or an error that says what to do.

let library; // promise of the module

export async function load3Dmol() {
  try {
    library ??= find();
    return await library;
  } catch (error) {
    library = undefined; // asked again by the next picture
    throw error;
  }
}

async function find() {
  // Looked at once: without a graphics card every context takes half a second.
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  if (!context) {
    throw new Error(
      "This browser has no WebGL 2, which the 3D picture needs. Switch on hardware " +
        "acceleration or use another browser; the chart and the table show the same numbers.",
    );
  }
  try {
    return await import(new URL("../3dmol/3Dmol.es6-min.js", import.meta.url));
  } catch (error) {
    throw new Error(
      "3Dmol.js could not be loaded. Run “python -m gamnet.assets” where the page is served, " +
        "then reload; the chart and the table show the same numbers.",
      { cause: error },
    );
  }
}
