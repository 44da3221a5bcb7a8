// The recorded states: sliders through steps and visits, the compartments of every unit of a layer, and the course of
// one unit over the visits.

function decode(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function widen(range, { plus, minus, difference }) {
  if (!Number.isFinite(difference)) return;
  range.low = Math.min(range.low, plus, minus);
  range.high = Math.max(range.high, plus, minus);
  range.difference = Math.max(range.difference, Math.abs(difference));
}

class StatesView {
  // `traces` are {name, states}: one of a run, several of a sweep.
  constructor(traces) {
    this.traces = traces;
    this.order = "index";
    this.scale = "all";
    this.chart = byId("states-chart");
    this.course = byId("states-course");
    this.open(0);
    drawn(this.chart, () => this.paint());
  }

  open(trace) {
    const { states } = this.traces[trace];
    this.states = states;
    this.layers = states.layers.map((layer) => ({ ...layer, plus: decode(layer.s_plus), minus: decode(layer.s_minus) }));
    this.visits = states.visits.length;
    Object.assign(this, { trace, layer: 0, sample: 0, step: states.steps.length - 1, visit: this.visits - 1, unit: null });
    this.controls();
    this.ranges();
  }

  at(layer, step, visit, unit) {
    const { plus, minus, units, alpha } = this.layers[layer];
    const place = ((step * this.visits + visit) * this.states.samples.length + this.sample) * units.length + unit;
    const [p, m] = [plus[place], minus[place]];
    return { plus: p, minus: m, mean: m + alpha * (p - m), difference: p - m };
  }

  slider(id, label, count, value, changed) {
    return make("label", { class: "slider" }, make("span", {}, label, " ", make("output", { id: `${id}-value`, for: id })),
      make("input", { id, type: "range", min: 0, max: count - 1, step: 1, value, oninput: (event) => changed(Number(event.target.value)) }));
  }

  controls() {
    const { states } = this;
    const set = (name) => (value) => {
      this[name] = ["order", "scale"].includes(name) ? value : Number(value);
      if (name === "layer") this.unit = null;
      if (name === "layer" || name === "sample") this.ranges();
      this.paint();
    };
    const names = this.traces.map(({ name }, at) => [at, name]);
    const trace = choice("point", names, this.trace, (at) => { this.open(Number(at)); this.paint(); }, "choose-trace");
    const list = [this.traces.length > 1 ? trace : null, choice("layer", this.layers.map((layer, k) => [k, String(layer.layer)]), this.layer, set("layer"), "choose-states-layer"),
      choice("stimulus", states.samples.map((sample, k) => [k, `place ${sample} of the batch`]), this.sample, set("sample"), "choose-stimulus"),
      choice("order of units", [["index", "by number"], ["mean", "by mean"], ["difference", "by difference"]], this.order, set("order"), "choose-order"),
      choice("ranges", [["all", "of all steps"], ["now", "of what is shown"]], this.scale, set("scale"), "choose-scale"),
      this.slider("slide-step", "training step", states.steps.length, this.step, set("step"))];
    if (this.visits > 1) list.push(this.slider("slide-visit", "visit", this.visits, this.visit, set("visit")));
    byId("states-controls").replaceChildren(...list.filter(Boolean));
  }

  // Ranges over all steps and visits, so that what moves is seen to move.
  ranges() {
    const range = { low: 0, high: 0, difference: 0 };
    for (let step = 0; step < this.states.steps.length; step++) {
      for (let visit = 0; visit < this.visits; visit++) {
        for (let unit = 0; unit < this.layers[this.layer].units.length; unit++) {
          widen(range, this.at(this.layer, step, visit, unit));
        }
      }
    }
    this.range = range;
  }

  told() {
    const { states } = this;
    const label = states.labels && states.labels[this.step][this.sample];
    const index = states.sample_index && states.sample_index[this.step][this.sample];
    byId("slide-step-value").textContent = `${states.steps[this.step]} (${this.step + 1} of ${states.steps.length})`;
    byId("slide-step").setAttribute("aria-valuetext", `step ${states.steps[this.step]}`);
    if (this.visits > 1) {
      byId("slide-visit-value").textContent = `${states.visits[this.visit]} (${this.visit + 1} of ${this.visits})`;
      byId("slide-visit").setAttribute("aria-valuetext", `visit ${states.visits[this.visit]}`);
    }
    byId("states-stimulus").textContent = label === null || label === undefined ? "" : `Stimulus of class ${label}`
      + (index === null || index === undefined ? "." : ` (number ${index} of the training set).`);
  }

  paint() {
    if (!this.chart.clientWidth) return;
    this.told();
    const { units } = this.layers[this.layer];
    const now = units.map((unit, at) => ({ unit, at, ...this.at(this.layer, this.step, this.visit, at) }));
    if (this.order !== "index") now.sort((a, b) => a[this.order] - b[this.order]);
    const { svg, width } = canvas(this.chart, 412, `states of layer ${this.layers[this.layer].layer}`);
    svg.setAttribute("role", "group");
    const range = this.scale === "all" ? this.range : { low: 0, high: 0, difference: 0 };
    if (this.scale === "now") now.forEach((state) => widen(range, state));
    const margin = 0.04 * (range.high - range.low);
    const y = linearScale(range.low - margin, range.high + margin, 235, 12, 5);
    const d = linearScale(-1.04 * range.difference, 1.04 * range.difference, 370, 265, 5);
    const labels = [...y.ticks.map(y.label), ...d.ticks.map(d.label)];
    const box = frame(width, 412, labels, []);
    const pitch = (box.right - box.left) / now.length;
    const x = this.order === "index" && now.length > 1 ? linearScale(units[0], units.at(-1), box.left + pitch / 2, box.right - pitch / 2, 8, true) : { ticks: [], label: String, place: () => 0 };
    drawAxes(svg, { ...box, top: 12, bottom: 235, nameBelow: -20 }, { ticks: [], label: String, place: () => 0 }, y, { x: "", y: "state" });
    drawAxes(svg, { ...box, top: 265, bottom: 370, nameBelow: 407 }, x, d,
      { x: this.order === "index" ? "unit" : `units, ${this.order === "mean" ? "by mean" : "by difference"}`, y: "difference" });
    const size = Math.min(4, Math.max(1.6, pitch / 2.4));
    const zero = d.place(0);
    now.forEach((state, rank) => svg.append(this.mark(state, box.left + (rank + 0.5) * pitch, { y, d, zero, size, pitch, box })));
    this.paintCourse(now);
  }

  // s+ as a triangle up, s- as a triangle down, their mean as a stroke; the difference below as a bar.
  mark(state, x, { y, d, zero, size, pitch, box }) {
    const [top, low, mean] = [y.place(state.plus), y.place(state.minus), y.place(state.mean)];
    const half = Math.min(6, pitch * 0.45);
    const bar = d.place(state.difference);
    const group = draw("g", { class: "unit", "data-unit": state.unit, "data-plus": state.plus, "data-minus": state.minus,
      "data-mean": state.mean, "data-difference": state.difference,
      onclick: () => { this.unit = state.at; this.paint(); } });
    if (Number.isFinite(state.difference)) {
      group.append(draw("line", { x1: x - half, x2: x + half, y1: mean, y2: mean, stroke: INK, "stroke-width": 1.5, class: "mean" }),
        draw("path", { d: `M${x - size},${top + size}h${2 * size}l${-size},${-1.7 * size}z`, fill: PLUS, class: "plus" }),
        draw("path", { d: `M${x - size},${low - size}h${2 * size}l${-size},${1.7 * size}z`, fill: MINUS_COLOUR, class: "minus" }),
        draw("rect", { x: x - pitch * 0.4, width: Math.max(0.8, pitch * 0.8), y: Math.min(bar, zero), height: Math.abs(bar - zero), fill: DIFFERENCE, class: "difference" }));
    }
    if (this.unit === state.at) group.append(draw("rect", { x: x - pitch / 2, width: pitch, y: 12, height: 358, class: "picked" }));
    group.append(draw("rect", { class: "over", x: x - pitch / 2, width: pitch, y: box.top, height: 370 - box.top }));
    const tell = (v) => number(v, 5);
    return tells(group, () => [`unit ${state.unit}`, [`s⁺ ${tell(state.plus)}`, PLUS], [`s⁻ ${tell(state.minus)}`, MINUS_COLOUR],
      [`mean ${tell(state.mean)}`, INK], [`difference ${tell(state.difference)}`, DIFFERENCE]]);
  }

  // Over the visits: the unit that was clicked, else the one whose compartments differ most.
  paintCourse(now) {
    if (this.visits < 2) {
      byId("course-caption").textContent = "";
      this.course.replaceChildren();
      return;
    }
    const most = now.reduce((best, state) => (Math.abs(state.difference) > Math.abs(best.difference) ? state : best));
    const at = this.unit ?? most.at;
    const along = this.states.visits.map((_, visit) => this.at(this.layer, this.step, visit, at));
    const known = (v) => (Number.isFinite(v) ? v : null);
    const line = (label, colour, name, dash) => ({ label, colour, dash, x: this.states.visits, y: along.map((state) => known(state[name])) });
    byId("course-caption").textContent = `unit ${this.layers[this.layer].units[at]} over the visits of this step`
      + (this.unit === null ? " (its compartments differ most; click another)" : "");
    lineChart(this.course, { series: [line("s⁺", PLUS, "plus"), line("s⁻", MINUS_COLOUR, "minus"), line("mean", INK, "mean", "4 3")],
      xName: "visit", xKind: "count", yName: "state", height: 240, tell: (s, i) => number(s.y[i], 5) });
  }
}
