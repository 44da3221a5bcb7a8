// Marks that the library does not have, as its builders of paths: one mark for each value of a series.

function glyphs(shape) {
  return (u, column) => {
    const path = new Path2D();
    const pitch = u.bbox.width / u.data[0].length;
    u.data[column].forEach((value, at) => {
      if (value === null) return;
      shape(path, u.valToPos(u.data[0][at], "x", true), u.valToPos(value, "y", true), pitch, window.devicePixelRatio);
    });
    return { fill: path };
  };
}

// A triangle that points up or down and has the value at its middle.
const triangles = (up) => glyphs((path, x, y, pitch, pixels) => {
  const size = Math.min(4 * pixels, Math.max(1.6 * pixels, pitch / 2.4));
  const base = y + (up ? size : -size);
  path.moveTo(x - size, base);
  path.lineTo(x + size, base);
  path.lineTo(x, base + (up ? -1.7 : 1.7) * size);
  path.closePath();
});

const strokes = glyphs((path, x, y, pitch, pixels) => {
  const half = Math.min(6 * pixels, pitch * 0.45);
  path.rect(x - half, y - 0.75 * pixels, 2 * half, 1.5 * pixels);
});
