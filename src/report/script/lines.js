// A chart of lines, each with an optional band, that tells all values at the place of the pointer.
// series: {label, colour, dash, x, y, low, high}; what is null is a gap.

const BAND = "2e"; // opacity of a band, as the end of its colour
const EDGE = { class: "edge", width: 0, stroke: "transparent", points: { show: false } };

// The library's columns: all share one list of places. Edges of bands come first, so that lines lie over all bands.
function columnsOf(series, places, x) {
  const along = (s, list) => {
    const at = new Map(s.x.map((value, i) => [x.place(value), list[i]]));
    return places.map((place) => at.get(place));
  };
  const [data, options, bands, edges] = [[places], [{}], [], []];
  const add = (list, option) => options.push(option) && data.push(list) - 1;
  for (const s of series.filter((own) => own.low)) {
    const pair = [add(along(s, s.high), EDGE), add(along(s, s.low), EDGE)];
    bands.push({ series: pair, fill: s.colour + BAND });
    edges.push([s, pair]);
  }
  const lines = series.map((s) => add(along(s, s.y), { label: s.label, stroke: s.colour, width: 2, dash: s.dash,
    points: { size: 6, fill: s.colour, width: 1 } }));
  const edgesOf = new Map(edges.map(([s, pair]) => [lines[series.indexOf(s)], pair]));
  return { data, bands, lines, edgesOf, series: options };
}

function lineChart(place, { series, xName, yName, xKind = "linear", tell, height = 320, legend = series.length > 1 }) {
  const ys = known(series.flatMap((s) => [...s.y, ...(s.low || []), ...(s.high || [])]));
  if (!ys.length) {
    nothing(place);
    return;
  }
  const yKind = wantsLogarithm(ys) ? "logarithmic" : "linear";
  const x = axisFor("x", xKind, series.flatMap((s) => s.x), xName, true);
  const y = axisFor("y", yKind, ys, yKind === "logarithmic" ? `${yName} (logarithmic)` : yName);
  const values = new Map(series.flatMap((s) => s.x.map((value) => [x.place(value), value])));
  const places = [...values.keys()].sort((a, b) => a - b);
  const { data, bands, lines, edgesOf, series: columns } = columnsOf(series, places, x);
  const lineAt = (u, at) => {
    const value = values.get(places[at]);
    const rows = series.flatMap((s, k) => {
      const i = s.x.indexOf(value);
      return i < 0 || s.y[i] === null || !u.series[lines[k]].show ? [] : [[`${s.label}: ${tell(s, i)}`, s.colour]];
    });
    return [typeof value === "number" ? number(value, 6) : String(value), ...rows.slice(0, 14)];
  };
  chart(place, {
    label: `${yName} over ${xName}; the arrow keys tell the values`, height, x, y, data, bands, series: columns,
    cursor: { y: false, drag: { x: xKind !== "category", y: false }, points: { size: 9 } },
    legend: { show: legend, live: false, markers: { width: 3, fill: () => "none", dash: (u, i) => (u.series[i].dash ? "dashed" : "solid") } },
    hooks: {
      ready: [(u) => { withKeys(u, places); legendKeys(u); }],
      setCursor: [tipAtCursor(lineAt)],
      // A band is shown and hidden with its line.
      setSeries: [(u, at, { show }) => {
        if (show === undefined) return;
        for (const edge of edgesOf.get(at) || []) u.setSeries(edge, { show }, false);
        legendButtons(u).forEach((button) => button.setAttribute("aria-pressed", !button.parentElement.classList.contains("u-off")));
      }],
    },
  });
}

function tipAtCursor(lineAt) {
  let told = false;
  return (u) => {
    const { idx, left, top } = u.cursor;
    const box = u.over.getBoundingClientRect();
    if (left >= 0 && idx !== null && idx !== undefined) showTip(lineAt(u, idx), box.left + left, box.top + top);
    else if (told) hideTip();
    told = left >= 0;
  };
}

// The arrows move the cursor from value to value.
function withKeys(u, places) {
  const leave = () => u.setCursor({ left: -10, top: -10 });
  fill(u.over, { tabindex: 0, onblur: leave, onkeydown: (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") leave();
    if (!step) return;
    event.preventDefault();
    const next = u.cursor.left >= 0 ? u.cursor.idx + step : step > 0 ? 0 : places.length - 1;
    const at = Math.min(places.length - 1, Math.max(0, next));
    u.setCursor({ left: u.valToPos(places[at], "x"), top: 10 });
  } });
}

const legendButtons = (u) => [...u.root.querySelectorAll(".u-series:not(.edge) th")];

// What a click on the legend does, the keyboard does as well.
function legendKeys(u) {
  legendButtons(u).forEach((button) => fill(button, { tabindex: 0, role: "button", "aria-pressed": "true",
    title: "show or hide", onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    } }));
}
