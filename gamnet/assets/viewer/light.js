// Light that also reaches the edges. 3Dmol has a single lamp at the camera, so that every sphere turns
// black where it curves away, and a colour that means a number cannot be read there.

const LAMP = "max( dotProduct, 0.0 )";
const SOFT = "( 0.5 + 0.5 * max( dotProduct, 0.0 ) )";
const softened = new WeakSet();

// From now on the shaders of this context, which all viewers of a page share, have the soft light.
export function softenLight(context) {
  if (!context || softened.has(context)) return;
  softened.add(context);
  const compile = context.shaderSource.bind(context);
  context.shaderSource = (shader, text) => compile(shader, text.replaceAll(LAMP, SOFT));
}
