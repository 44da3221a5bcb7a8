// Cells over the axes of a chart, each a button: the tiles of a map, or a cloud of dots.
// cells: {x, y, value, text, marked, chosen, lines(), choose()}

const UNKNOWN = DARK ? "#2b2e32" : "#f1f1f1";

function colourScale(values) {
  const numbers = known(values);
  const logarithmic = wantsLogarithm(numbers);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const along = logarithmic ? Math.log : (v) => v;
  const share = (v) => (high > low ? (along(v) - along(low)) / (along(high) - along(low)) : 0.5);
  return { low, high, logarithmic, share, known: numbers.length > 0 };
}

// A bar with the colours of a map and the values at its ends.
function colourBar(colours, tell, name) {
  const stops = VIRIDIS.map((c, i) => `${c} ${(100 * i) / (VIRIDIS.length - 1)}%`).join(",");
  return make("div", { class: "colours" }, make("span", {}, name + (colours.logarithmic ? " (logarithmic)" : "")),
    make("span", {}, tell(colours.low)), make("i", { style: `background:linear-gradient(90deg,${stops})`, "aria-hidden": "true" }),
    make("span", {}, tell(colours.high)));
}

// The button of a cell. `style` says where it lies, `paint` and `ink` are its colours.
function cellButton(cell, form, { style, paint, ink, text }) {
  const words = cell.lines().map((line) => [line].flat()[0]).filter(Boolean).join(", ");
  const mark = cell.chosen ? `;--chosen:${cell.chosen}` : "";
  const button = make("button", { type: "button", class: `cell ${form}${cell.chosen ? " marked" : ""}`, "aria-label": words,
    "aria-pressed": cell.chosen ? "true" : "false", "data-value": Number.isFinite(cell.value ?? NaN) ? cell.value : "",
    style: `${style};background:${paint};color:${ink}${mark}`, onclick: cell.choose },
  text, cell.marked ? make("b", {}, "×") : null);
  return tells(button, cell.lines);
}

// `lay` gives a cell its place, text and colours. Who had the focus has it again when the chart was drawn again.
function cellChart(place, { cells, form, x, y, height, label, lay, ready = () => {} }) {
  const held = [...place.querySelectorAll(".cell")].indexOf(document.activeElement);
  const along = [...cells].sort((a, b) => x.place(a.x) - x.place(b.x));
  chart(place, {
    label, height, x, y, data: [along.map((cell) => x.place(cell.x)), along.map((cell) => y.place(cell.y))],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: { ready: [(u) => {
      const buttons = cells.map((cell) => cellButton(cell, form, lay(u, cell)));
      u.over.append(...buttons);
      ready(u, buttons);
      if (held >= 0) buttons[held]?.focus({ preventScroll: true });
    }] },
  });
}

// A map: one tile for each pair of values of two quantities.
function heatMap(place, { columns, rows, cells, xName, yName, valueName, tell, label }) {
  const [x, y] = [wordAxis("x", columns, xName), wordAxis("y", rows, yName)];
  const colours = colourScale(cells.map((cell) => cell.value));
  const [wide, high] = [100 / columns.length, 100 / rows.length];
  const lay = (u, cell) => {
    const isKnown = cell.value !== null && Number.isFinite(cell.value);
    const share = isKnown ? colours.share(cell.value) : null;
    const room = u.over.clientWidth / columns.length > textWidth(cell.text) + 4 && u.over.clientHeight / rows.length > 17;
    const style = `left:${wide * x.place(cell.x)}%;bottom:${high * y.place(cell.y)}%;width:${wide}%;height:${high}%`;
    return { style, paint: isKnown ? mapColour(share) : UNKNOWN, ink: isKnown ? inkOn(share) : MUTED, text: room ? cell.text : null };
  };
  const height = Math.min(520, Math.max(260, 90 + rows.length * 40));
  cellChart(place, { cells, form: "tile", x, y, height, label, lay, ready: (u, tiles) => arrowKeys(u, tiles, cells, x, y) });
  if (colours.known) place.append(colourBar(colours, tell, valueName));
}

// One tile is reached with Tab, the others with the arrows.
function arrowKeys(u, tiles, cells, x, y) {
  tiles.forEach((tile, at) => tile.setAttribute("tabindex", at ? -1 : 0));
  u.over.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    const at = tiles.indexOf(document.activeElement);
    if (at < 0 || !step) return;
    event.preventDefault();
    const [column, row] = [x.place(cells[at].x) + step[0], y.place(cells[at].y) + step[1]];
    tiles[cells.findIndex((cell) => x.place(cell.x) === column && y.place(cell.y) === row)]?.focus();
  });
}

// A cloud of dots, coloured by a third quantity or in one colour.
function scatter(place, { points, xName, yName, xKind, yKind, valueName, tell, label }) {
  const cells = points.filter((p) => p.x !== null && p.y !== null);
  if (!cells.length) {
    nothing(place);
    return;
  }
  const x = axisFor("x", xKind, cells.map((p) => p.x), xName);
  const y = axisFor("y", yKind, cells.map((p) => p.y), yName);
  const colours = valueName ? colourScale(cells.map((p) => p.value)) : null;
  const lay = (u, cell) => {
    const isKnown = cell.value !== null && Number.isFinite(cell.value);
    const paint = !colours ? LINES[0] : isKnown ? mapColour(colours.share(cell.value)) : UNKNOWN;
    const ink = colours && isKnown ? inkOn(colours.share(cell.value)) : colours ? INK : "#fff";
    return { style: `left:${u.valToPos(x.place(cell.x), "x")}px;top:${u.valToPos(y.place(cell.y), "y")}px`, paint, ink, text: null };
  };
  cellChart(place, { cells, form: "dot", x, y, height: 360, label, lay });
  if (colours && colours.known) place.append(colourBar(colours, tell, valueName));
}
