/* The 3D view. Load it on pages that may show one.

   Finds <model-viewer> elements (macro viewer()); only if there is one does it fetch the viewer itself, 1 MB, from static/vendor.
   When a model is there: the wrapper gets data-loaded, the picture's dimension lines go, and live ones follow the model. Their labels are the
   attributes data-x, data-y, data-z ("81.7 mm"), formatted by the server; the box is the model's own (GLB: metres, Y up). If it cannot be
   shown, the picture stays. */

const SVG = "http://www.w3.org/2000/svg";

/* Which corners of the box the lines join: signs of x, y, z in the GLB's axes. The model's Y is GLB's -Z, its Z is GLB's Y. */
const EDGES = {
  x: [[-1, -1, 1], [1, -1, 1]],
  y: [[1, -1, 1], [1, -1, -1]],
  z: [[1, -1, -1], [1, 1, -1]],
};

function hotspot(viewer, name, place, className, text) {
  const spot = document.createElement("span");
  spot.slot = `hotspot-${name}`;
  spot.className = className;
  spot.dataset.position = place.map((value) => `${value}m`).join(" ");
  spot.textContent = text;
  viewer.append(spot);
}

function addEdge(viewer, lines, axis, corner) {
  const label = viewer.dataset[axis];
  if (!label) return null;
  const [from, to] = EDGES[axis].map(corner);
  hotspot(viewer, `${axis}-from`, from, "dim-corner", "");
  hotspot(viewer, `${axis}-to`, to, "dim-corner", "");
  hotspot(viewer, `${axis}-label`, from.map((value, k) => (value + to[k]) / 2), "dim-label", label);
  const line = document.createElementNS(SVG, "line");
  lines.append(line);
  return { axis, line };
}

function place(viewer, { axis, line }) {
  const from = viewer.queryHotspot(`hotspot-${axis}-from`)?.canvasPosition;
  const to = viewer.queryHotspot(`hotspot-${axis}-to`)?.canvasPosition;
  if (!from || !to) return;
  for (const [name, value] of [["x1", from.x], ["y1", from.y], ["x2", to.x], ["y2", to.y]]) line.setAttribute(name, value.toFixed(1));
}

function measure(viewer) {
  const size = viewer.getDimensions();
  const centre = viewer.getBoundingBoxCenter();
  const grow = 0.03 * Math.max(size.x, size.y, size.z);
  const corner = (sign) => ["x", "y", "z"].map((axis, k) => centre[axis] + sign[k] * (size[axis] / 2 + (k === 1 ? 0 : grow)));
  const lines = document.createElementNS(SVG, "svg");
  lines.setAttribute("class", "dims live");
  lines.setAttribute("aria-hidden", "true");
  viewer.after(lines);
  const edges = ["x", "y", "z"].map((axis) => addEdge(viewer, lines, axis, corner)).filter(Boolean);
  const redraw = () => edges.forEach((edge) => place(viewer, edge));
  viewer.addEventListener("camera-change", redraw);
  requestAnimationFrame(() => requestAnimationFrame(redraw));
}

function watch(viewer) {
  const shown = () => {
    viewer.closest("[data-viewer]")?.setAttribute("data-loaded", "");
    measure(viewer);
  };
  if (viewer.loaded) shown();
  else viewer.addEventListener("load", shown, { once: true });
}

const viewers = document.querySelectorAll("model-viewer");
if (viewers.length) {
  viewers.forEach((viewer) => viewer.addEventListener("error", () => viewer.closest("[data-viewer]")?.removeAttribute("data-loaded")));
  import(new URL("../vendor/@google/model-viewer/model-viewer.min.js", import.meta.url).href).then(
    () => viewers.forEach(watch),
    (error) => console.warn("The 3D view could not be fetched; the picture stays.", error),
  );
}
