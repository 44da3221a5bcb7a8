// The library's charts, each in its place.

const charts = new WeakMap();
// Places that have a button.
const saved = new WeakSet();

function clear(place) {
  charts.get(place)?.destroy();
  charts.delete(place);
  place.replaceChildren();
}

// A chart as wide as its place; an earlier one makes room for it. x, y: what `axisFor` says; the rest is the library's.
function chart(place, { label, height, x, y, data, ...options }) {
  clear(place);
  const width = Math.max(280, Math.floor(place.clientWidth));
  const all = { width, height, padding: [10, 14, 0, 0], legend: { show: false }, cursor: { show: false }, ...options,
    scales: { x: x.scale, y: y.scale }, axes: [x.axis, y.axis] };
  const made = new uPlot(all, data, place);
  charts.set(place, made);
  fill(made.over, { role: "group", "aria-label": label });
  if (!saved.has(place)) {
    saved.add(place);
    const title = () => place.closest("figure")?.querySelector("figcaption")?.textContent || label;
    // The states of a layer are two charts with one strip over both.
    const above = place.parentElement.id === "states-chart" ? place.parentElement : place;
    above.before(saveButton(above === place ? "SVG" : `SVG: ${label}`, label, () => saveAs(fileName(title(), "svg"), "image/svg+xml", chartSvg(charts.get(place), title()))));
  }
}

function nothing(place) {
  clear(place);
  place.append(make("p", { class: "empty" }, "no values here"));
}
