// Axes with grid, ticks and names, around the room that is left for the drawing.

function textWidth(text) {
  return 7.2 * String(text).length;
}

// Vertical axis at `left`, horizontal one at `bottom`; scales come from `scaleFor`.
function drawAxes(svg, box, x, y, names) {
  const grid = draw("g", { class: "grid" });
  const label = (text, at) => draw("text", { class: "tick", ...at }, text);
  for (const value of y.ticks) {
    const at = y.place(value);
    grid.append(draw("line", { x1: box.left, x2: box.right, y1: at, y2: at }),
      label(y.label(value), { x: box.left - 7, y: at + 4, "text-anchor": "end" }));
  }
  // Labels that would touch are left out; long words are written slanting.
  const texts = x.ticks.map(x.label);
  const pitch = x.pitch || (box.right - box.left) / Math.max(1, x.ticks.length - 1);
  const widest = Math.max(...texts.map(textWidth), 1);
  const slanted = x.pitch && widest + 6 > pitch;
  const every = slanted ? Math.max(1, Math.ceil(15 / pitch)) : Math.max(1, Math.ceil((widest + 8) / pitch));
  x.ticks.forEach((value, index) => {
    const at = x.place(value);
    if (!x.pitch) grid.append(draw("line", { x1: at, x2: at, y1: box.top, y2: box.bottom }));
    if (index % every) return;
    const place = slanted
      ? { x: at, y: box.bottom + 14, "text-anchor": "end", transform: `rotate(-35 ${at} ${box.bottom + 14})` }
      : { x: at, y: box.bottom + 18, "text-anchor": "middle" };
    grid.append(label(texts[index], place));
  });
  const middle = (box.top + box.bottom) / 2;
  svg.append(grid,
    draw("path", { class: "axis", d: `M${box.left},${box.top}V${box.bottom}H${box.right}` }),
    draw("text", { class: "name", x: (box.left + box.right) / 2, y: box.nameBelow, "text-anchor": "middle" }, names.x),
    draw("text", { class: "name", x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})` }, names.y));
}

// Room for axes whose labels are these texts.
function frame(width, height, yTexts, xTexts, room = {}) {
  const left = 30 + Math.min(150, Math.max(...yTexts.map(textWidth), 20)) + (room.left || 0);
  const right = width - (room.right || 14);
  const pitch = (right - left) / Math.max(1, xTexts.length);
  const widest = Math.max(...xTexts.map(textWidth), 1);
  const below = xTexts.length && widest + 6 > pitch ? Math.min(110, 26 + widest * 0.6) : 26;
  return { left, right, top: room.top || 10, bottom: height - below - 20, nameBelow: height - 6 };
}
