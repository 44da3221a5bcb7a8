// Figures and tables as files: a chart as SVG, a table as CSV.

function saveAs(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

const fileName = (text, ending) => `${(text || "figure").replace(/[^\p{L}\p{N}.+-]+/gu, "_").replace(/^_+|_+$/g, "").slice(0, 80)}.${ending}`;
const saveButton = (what, name, save) => make("button", { type: "button", class: "save", "aria-label": `save ${name} as ${what}`, onclick: save }, what);

// Rows of texts and numbers as CSV (RFC 4180).
function csv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

// Every table that the page was written with gets a button.
function saveTables() {
  for (const table of document.querySelectorAll(".tables table")) {
    const name = table.caption ? table.caption.textContent : "table";
    const rows = () => [...table.rows].map((row) => [...row.cells].map((own) => own.textContent));
    const box = make("div", { class: "saved" });
    const scroll = table.parentElement;
    scroll.replaceWith(box);
    box.append(saveButton("CSV", name, () => saveAs(fileName(name, "csv"), "text/csv", csv(rows()))), scroll);
  }
}

const hundredth = (x) => Math.round(100 * x) / 100;

// Text of an SVG: attributes and content are escaped.
function element(tag, attributes, content = "") {
  const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const told = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(typeof value === "number" ? hundredth(value) : value)}"`).join("");
  return `<${tag}${told}>${tag === "text" ? escaped(content) : content}</${tag}>`;
}

// A chart of the library as SVG, from its scales and data: axes, bands, lines and marks, and the cells over it.
function chartSvg(u, title) {
  const pixels = window.devicePixelRatio;
  const [left, top, width, height] = ["left", "top", "width", "height"].map((side) => u.bbox[side] / pixels);
  const at = (value, scale) => u.valToPos(value, scale) + (scale === "x" ? left : top);
  const head = title ? 24 : 0;
  const parts = [];
  u.axes.forEach((axis, k) => {
    const side = k === 0 ? "x" : "y";
    (axis._splits || []).forEach((split, i) => {
      const label = axis._values && axis._values[i];
      if (label === null || label === undefined || label === "") return;
      const place = at(split, side);
      if (axis.grid && axis.grid.show) {
        parts.push(element("line", { ...(side === "x" ? { x1: place, x2: place, y1: top, y2: top + height }
          : { x1: left, x2: left + width, y1: place, y2: place }), stroke: GRID }));
      }
      parts.push(element("text", side === "x" ? { x: place, y: top + height + 17, "text-anchor": "middle" }
        : { x: left - 6, y: place + 4, "text-anchor": "end" }, label));
    });
    if (axis.label) {
      parts.push(element("text", side === "x" ? { x: left + width / 2, y: u.height - 5, "text-anchor": "middle" }
        : { x: 12, y: top + height / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${hundredth(top + height / 2)})` }, axis.label));
    }
  });
  const points = (column) => u.data[column].map((value, i) => (value === null || value === undefined ? null
    : [at(u.data[0][i], "x"), at(value, "y")]));
  const path = (list) => list.map((pair) => pair.map(hundredth).join(",")).join(" ");
  const drawn = [];
  for (const band of u.bands || []) {
    if (!u.series[band.series[0]].show) continue;
    const [high, low] = band.series.map(points);
    const both = high.flatMap((pair, i) => (pair && low[i] ? [[pair, low[i]]] : []));
    const edge = [...both.map(([a]) => a), ...both.map(([, b]) => b).reverse()];
    const fillOf = typeof band.fill === "function" ? band.fill(u, 0) : band.fill;
    if (edge.length) drawn.push(element("polygon", { points: path(edge), fill: fillOf.slice(0, 7), "fill-opacity": 0.18 }));
  }
  const legend = [];
  u.series.forEach((series, k) => {
    if (k === 0 || !series.show || series.class === "edge") return;
    const list = points(k);
    if (series.shape) drawn.push(...list.filter(Boolean).map(([x, y]) => mark(series, x, y, at(0, "y"), width / list.length)));
    if (series.shape || series.width === 0) return;
    const stroke = typeof series.stroke === "function" ? series.stroke(u, k) : series.stroke;
    const dash = series.dash ? series.dash.join(" ") : null;
    let piece = [];
    // Places at which this line has no value of its own are no gaps; what is null is one.
    const end = () => {
      if (piece.length > 1) drawn.push(element("polyline", { points: path(piece), fill: "none", stroke, "stroke-width": series.width, "stroke-dasharray": dash }));
      piece = [];
    };
    list.forEach((pair, i) => { if (pair) piece.push(pair); else if (u.data[k][i] === null) end(); });
    end();
    const marks = list.filter(Boolean);
    if (marks.length <= 60) drawn.push(...marks.map(([x, y]) => element("circle", { cx: x, cy: y, r: 3, fill: stroke })));
    if (series.label) legend.push([series.label, stroke, dash]);
  });
  for (const cell of u.over.querySelectorAll(".cell")) {
    const [x, y, wide, high] = [left + cell.offsetLeft, top + cell.offsetTop, cell.offsetWidth, cell.offsetHeight];
    const { backgroundColor: paint, color } = getComputedStyle(cell);
    // A dot stands with its middle where its corner is laid.
    drawn.push(cell.classList.contains("dot") ? element("circle", { cx: x, cy: y, r: wide / 2, fill: paint })
      : element("rect", { x, y, width: wide, height: high, fill: paint, stroke: PAPER }));
    const text = [...cell.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join("");
    if (text) drawn.push(element("text", { x: x + wide / 2, y: y + high / 2 + 4, "text-anchor": "middle", fill: color }, text));
  }
  const frame = element("path", { d: `M${hundredth(left)},${hundredth(top)}V${hundredth(top + height)}H${hundredth(left + width)}`, fill: "none", stroke: INK });
  // What reaches beyond the frame is cut off, as in the chart.
  const box = { x: left - 4, y: top - 4, width: width + 8, height: height + 8 };
  const inFrame = element("svg", { ...box, viewBox: Object.values(box).map(hundredth).join(" ") }, drawn.join(""));
  const rows = legend.length > 1 ? legend : [];
  const bottom = head + u.height;
  const keys = rows.map(([label, stroke, dash], i) => element("line", { x1: 8, x2: 34, y1: bottom + 12 + 18 * i, y2: bottom + 12 + 18 * i, stroke,
    "stroke-width": 2, "stroke-dasharray": dash }) + element("text", { x: 42, y: bottom + 16 + 18 * i }, label));
  const whole = [element("rect", { width: u.width, height: bottom + 18 * rows.length + 6, fill: PAPER }),
    title ? element("text", { x: 8, y: 16, "font-weight": "bold" }, title) : "",
    element("g", { transform: `translate(0 ${head})` }, parts.join("") + inFrame + frame),
    keys.join("")];
  return element("svg", { xmlns: "http://www.w3.org/2000/svg", width: u.width, height: bottom + 18 * rows.length + 6,
    "font-family": "DejaVu Sans, Verdana, sans-serif", "font-size": 12, fill: INK }, whole.join("\n"));
}

// The marks that our own builders of paths draw.
function mark({ shape, fill: paint }, x, y, zero, pitch) {
  const colour = typeof paint === "function" ? paint() : paint;
  const size = Math.min(4, Math.max(1.6, pitch / 2.4));
  if (shape === "bar") {
    return element("rect", { x: x - 0.4 * pitch, y: Math.min(y, zero), width: 0.8 * pitch, height: Math.abs(y - zero), fill: colour });
  }
  if (shape === "stroke") return element("rect", { x: x - Math.min(6, 0.45 * pitch), y: y - 0.75, width: 2 * Math.min(6, 0.45 * pitch), height: 1.5, fill: colour });
  const sign = shape === "up" ? 1 : -1;
  const corners = [[x - size, y + sign * size], [x + size, y + sign * size], [x, y - 0.7 * sign * size]];
  return element("polygon", { points: corners.map((pair) => pair.map(hundredth).join(",")).join(" "), fill: colour });
}
