// A map: one coloured cell for each pair of values of two quantities.
// cells: {column, row, value, text, marked, chosen, lines(), choose()}

function colourScale(values) {
  const numbers = values.filter((v) => v !== null && Number.isFinite(v));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const logarithmic = wantsLogarithm(numbers);
  const scale = (logarithmic ? logScale : linearScale)(low, high, 0, 1, 4);
  return { low, high, logarithmic, share: (v) => scale.place(v), known: numbers.length > 0 };
}

// A bar with the colours of a map and the values at its ends.
function colourBar(colours, tell, name) {
  const stops = VIRIDIS.map((c, i) => `${c} ${(100 * i) / (VIRIDIS.length - 1)}%`).join(",");
  return make("div", { class: "colours" }, make("span", {}, name + (colours.logarithmic ? " (logarithmic)" : "")),
    make("span", {}, tell(colours.low)), make("i", { style: `background:linear-gradient(90deg,${stops})`, "aria-hidden": "true" }),
    make("span", {}, tell(colours.high)));
}

function heatMap(place, { columns, rows, cells, xName, yName, valueName, tell, label }) {
  const height = Math.min(520, Math.max(260, 90 + rows.length * 40));
  const { svg, width } = canvas(place, height, label);
  svg.setAttribute("role", "group");
  const texts = (words) => words.map(wordScale(words, 0, 1).label);
  const box = frame(width, height, texts(rows), texts(columns));
  const x = wordScale(columns, box.left, box.right);
  const y = wordScale(rows, box.bottom, box.top);
  const colours = colourScale(cells.map((cell) => cell.value));
  drawAxes(svg, box, x, y, { x: xName, y: yName });
  const [wide, high] = [x.pitch, y.pitch];
  const drawnCells = cells.map((cell) => {
    const known = cell.value !== null && Number.isFinite(cell.value);
    const share = known ? colours.share(cell.value) : null;
    const [left, top] = [x.place(cell.column) - wide / 2, y.place(cell.row) - high / 2];
    const group = draw("g", { class: "cell", tabindex: -1, role: "button", "aria-pressed": cell.chosen ? "true" : "false",
      "aria-label": cell.lines().map((line) => [line].flat()[0]).join(", "), "data-value": known ? cell.value : "",
      onclick: cell.choose },
      draw("rect", { x: left + 0.75, y: top + 0.75, width: Math.max(1, wide - 1.5), height: Math.max(1, high - 1.5),
        fill: known ? mapColour(share) : "#f1f1f1" }));
    if (wide > textWidth(cell.text) + 4 && high > 17) {
      group.append(draw("text", { x: left + wide / 2, y: top + high / 2 + 4, "text-anchor": "middle", class: "value",
        fill: known ? inkOn(share) : MUTED }, cell.text));
    }
    if (cell.marked) {
      group.append(draw("path", { class: "diverged", stroke: known ? inkOn(share) : INK,
        d: `M${left + wide - 15},${top + 8}l7,7m0,-7l-7,7` }));
    }
    if (cell.chosen) {
      const edge = { x: left + 3, y: top + 3, width: Math.max(1, wide - 6), height: Math.max(1, high - 6) };
      group.append(draw("rect", { class: "halo", ...edge }), draw("rect", { class: "chosen", ...edge, stroke: cell.chosen }));
    }
    svg.append(tells(group, cell.lines));
    return group;
  });
  arrowKeys(svg, drawnCells, cells, columns, rows);
  if (colours.known) place.append(colourBar(colours, tell, valueName));
}

// One cell is reached with Tab, the others with the arrows; Enter or space chooses.
function arrowKeys(svg, groups, cells, columns, rows) {
  if (!groups.length) return;
  groups[0].setAttribute("tabindex", 0);
  svg.addEventListener("keydown", (event) => {
    const at = groups.indexOf(document.activeElement);
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (at < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      cells[at].choose();
    } else if (step) {
      event.preventDefault();
      const column = columns[columns.indexOf(cells[at].column) + step[0]];
      const row = rows[rows.indexOf(cells[at].row) + step[1]];
      const next = cells.findIndex((cell) => cell.column === column && cell.row === row);
      if (next >= 0) groups[next].focus();
    }
  });
}
