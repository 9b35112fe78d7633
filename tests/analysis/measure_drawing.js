// Length and size in mm of what Chromium draws of the SVG document it shows. What `use` and `switch` choose cannot be
// asked: there the size is that of the root's bounding box, and the length is null.
() => {
  const MM = 25.4 / 96;
  const SHAPES = "path, rect, circle, ellipse, line, polyline, polygon";
  const NEVER = "defs, symbol, clipPath, mask, marker, pattern";
  const root = document.documentElement;
  const place = (matrix, point) => [
    matrix.a * point.x + matrix.c * point.y + matrix.e,
    matrix.b * point.x + matrix.d * point.y + matrix.f,
  ];
  const size = (points) => [0, 1].map((axis) => {
    const along = points.map((point) => point[axis]);
    return points.length ? (Math.max(...along) - Math.min(...along)) * MM : 0;
  });
  const isOff = (element) => {
    for (let each = element; each instanceof Element; each = each.parentNode) {
      const style = getComputedStyle(each);
      if (!(each instanceof SVGGraphicsElement) || style.display === "none" || Number(style.opacity) === 0) return true;
    }
    return false;
  };
  const paints = (style, kind) => {
    const paint = style.getPropertyValue(kind);
    const link = /^url\("#([^"]*)"\)\s*(.*)$/.exec(paint);
    const colour = link ? (document.getElementById(link[1]) ? "seen" : link[2] || "none") : paint;
    return colour !== "none" && !/^rgba\(.*, 0\)$/.test(colour) && Number(style.getPropertyValue(`${kind}-opacity`)) > 0;
  };
  const isSeen = (element) => {
    const style = getComputedStyle(element);
    const filled = element.localName !== "line" && paints(style, "fill");
    return style.visibility === "visible" && (filled || paints(style, "stroke"));
  };
  const outline = (element) => {
    const matrix = element.getScreenCTM();
    const total = element.getTotalLength();
    const steps = 2000;
    const points = Array.from({ length: steps + 1 }, (_, step) => element.getPointAtLength((total * step) / steps));
    return points.map((point) => place(matrix, point));
  };
  const length = (points) =>
    points.slice(1).reduce((sum, [x, y], at) => sum + Math.hypot(x - points[at][0], y - points[at][1]), 0) * MM;

  if (document.querySelector("use, switch")) {
    const box = root.getBBox();
    const corners = [[box.x, box.y], [box.x + box.width, box.y + box.height]];
    return { length: null, size: size(corners.map(([x, y]) => place(root.getScreenCTM(), { x, y }))) };
  }
  const drawn = [...document.querySelectorAll(SHAPES)].filter(
    (each) => each instanceof SVGGeometryElement && !each.closest(NEVER) && !isOff(each) && isSeen(each)
      && each.getTotalLength() > 0,
  );
  const outlines = drawn.map(outline);
  return { length: outlines.map(length).reduce((sum, each) => sum + each, 0), size: size(outlines.flat()) };
}
