// A cloud of points, coloured by a third quantity or in one colour.
// points: {x, y, value, marked, chosen, lines(), choose()}

function scatter(place, { points, xName, yName, xKind, yKind, valueName, tell, label }) {
  const height = 360;
  const { svg, width } = canvas(place, height, label);
  svg.setAttribute("role", "group");
  const ys = points.map((p) => p.y).filter((v) => v !== null);
  if (!ys.length) {
    svg.append(draw("text", { class: "empty", x: width / 2, y: height / 2, "text-anchor": "middle" }, "no values here"));
    return;
  }
  const trial = scaleFor(yKind, ys, 1, 0);
  const box = frame(width, height, trial.ticks.map(trial.label), []);
  const x = scaleFor(xKind, points.map((p) => p.x), box.left + 10, box.right - 10);
  const y = scaleFor(yKind, ys, box.bottom - 8, box.top + 8);
  drawAxes(svg, box, x, y, { x: xName, y: yName });
  const colours = valueName ? colourScale(points.map((p) => p.value)) : null;
  for (const point of points) {
    const [cx, cy] = [x.place(point.x), point.y === null ? NaN : y.place(point.y)];
    if (!Number.isFinite(cx) || !Number.isFinite(cy)) continue;
    const known = point.value !== null && Number.isFinite(point.value);
    const paint = colours ? (known ? mapColour(colours.share(point.value)) : "#f1f1f1") : LINES[0];
    const group = draw("g", { class: "cell", tabindex: 0, role: "button", "aria-pressed": point.chosen ? "true" : "false",
      "aria-label": point.lines().map((line) => [line].flat()[0]).join(", "), "data-value": known ? point.value : "",
      onclick: point.choose, onkeydown: (event) => { if (event.key === "Enter") point.choose(); } },
      draw("circle", { cx, cy, r: 5.5, fill: paint, stroke: point.chosen || "#fff", "stroke-width": point.chosen ? 3 : 1 }));
    if (point.marked) group.append(draw("path", { class: "diverged", stroke: INK, d: `M${cx - 3},${cy - 3}l6,6m0,-6l-6,6` }));
    svg.append(tells(group, point.lines));
  }
  if (colours && colours.known) place.append(colourBar(colours, tell, valueName));
}
