// A chart of lines, each with an optional band, that tells all values at the place of the pointer.
// series: {label, colour, dash, x, y, low, high}; what is null is a gap.

function pathOf(points) {
  let open = false;
  return points.map(([x, y]) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) { open = false; return ""; }
    const command = open ? "L" : "M";
    open = true;
    return `${command}${x.toFixed(2)},${y.toFixed(2)}`;
  }).join("");
}

// Stretches without gap between low and high.
function bandsOf(series, x, y) {
  const areas = [];
  let run = [];
  const close = () => {
    if (run.length > 1) {
      const there = run.map((i) => `${x.place(series.x[i])},${y.place(series.high[i])}`);
      const back = run.slice().reverse().map((i) => `${x.place(series.x[i])},${y.place(series.low[i])}`);
      areas.push(`M${there.concat(back).join("L")}Z`);
    }
    run = [];
  };
  series.x.forEach((_, i) => {
    const ends = [series.low[i], series.high[i]];
    if (ends.every((v) => v !== null && Number.isFinite(y.place(v)))) run.push(i);
    else close();
  });
  close();
  return areas.join("");
}

function lineChart(place, { series, xName, yName, xKind = "linear", tell, height = 320, label, legend = true }) {
  const { svg, width } = canvas(place, height, label || `${yName} over ${xName}`);
  const xs = [...new Set(series.flatMap((s) => s.x))];
  const ys = series.flatMap((s) => [...s.y, ...(s.low || []), ...(s.high || [])]).filter((v) => v !== null && Number.isFinite(v));
  if (!ys.length) {
    svg.append(draw("text", { class: "empty", x: width / 2, y: height / 2, "text-anchor": "middle" }, "no values here"));
    return;
  }
  const yKind = wantsLogarithm(ys) ? "logarithmic" : "linear";
  const margin = yKind === "linear" ? 0.04 * (Math.max(...ys) - Math.min(...ys)) : 0;
  const reach = [Math.min(...ys) - margin, Math.max(...ys) + margin];
  const trial = scaleFor(yKind, reach, 1, 0);
  const words = xKind === "category" ? xs.map(wordScale(xs, 0, 1).label) : [];
  const box = frame(width, height, trial.ticks.map(trial.label), words);
  const x = scaleFor(xKind, xs, box.left + 6, box.right - 6, Math.max(2, Math.floor((box.right - box.left) / 80)));
  const y = scaleFor(yKind, reach, box.bottom, box.top);
  drawAxes(svg, box, x, y, { x: xName, y: yKind === "logarithmic" ? `${yName} (logarithmic)` : yName });
  for (const s of series) {
    if (s.low) svg.append(draw("path", { class: "band", d: bandsOf(s, x, y), fill: s.colour }));
  }
  for (const s of series) {
    const points = s.x.map((value, i) => [x.place(value), s.y[i] === null ? NaN : y.place(s.y[i])]);
    svg.append(draw("path", { class: "line", d: pathOf(points), stroke: s.colour, "stroke-dasharray": s.dash }));
    if (points.length <= 60) {
      for (const [cx, cy] of points) {
        if (Number.isFinite(cx) && Number.isFinite(cy)) svg.append(draw("circle", { class: "dot", cx, cy, r: 2.6, fill: s.colour }));
      }
    }
  }
  crosshair(svg, box, x, xs, series, tell);
  if (legend && series.length > 1) place.append(legendOf(series));
}

function legendOf(series) {
  return make("div", { class: "legend" }, series.map((s) => make("span", {},
    draw("svg", { width: 24, height: 10, "aria-hidden": "true" },
      draw("line", { x1: 1, x2: 23, y1: 5, y2: 5, stroke: s.colour, "stroke-width": 2.5, "stroke-dasharray": s.dash })),
    s.label)));
}

// A vertical line at the nearest place that has values.
function crosshair(svg, box, x, xs, series, tell) {
  const hair = draw("line", { class: "hair", y1: box.top, y2: box.bottom, visibility: "hidden" });
  const over = draw("rect", { class: "over", x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
  over.addEventListener("pointermove", (event) => {
    const at = event.clientX - svg.getBoundingClientRect().left;
    const distance = (value) => Math.abs(x.place(value) - at);
    const nearest = xs.reduce((best, value) => (distance(value) < distance(best) ? value : best));
    hair.setAttribute("x1", x.place(nearest));
    hair.setAttribute("x2", x.place(nearest));
    hair.setAttribute("visibility", "visible");
    const rows = series.flatMap((s) => {
      const i = s.x.indexOf(nearest);
      return i < 0 || s.y[i] === null ? [] : [[`${s.label}: ${tell(s, i)}`, s.colour]];
    });
    showTip([`${typeof nearest === "number" ? number(nearest, 6) : nearest}`, ...rows.slice(0, 14)], event.clientX, event.clientY);
  });
  over.addEventListener("pointerleave", () => { hair.setAttribute("visibility", "hidden"); hideTip(); });
  svg.append(hair, over);
}
