// The recorded states: sliders through steps and updates, the compartments of every unit of a layer, and the course of
// one unit over the updates.

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
    this.parts = { states: make("div"), differences: make("div"), units: make("div", { class: "units" }) };
    this.chart = byId("states-chart");
    this.chart.append(...Object.values(this.parts));
    this.course = byId("states-course");
    this.open(0);
    drawn(this.chart, () => this.paint());
  }

  open(trace) {
    const { states } = this.traces[trace];
    this.states = states;
    this.layers = states.layers.map((layer) => ({ ...layer, plus: decode(layer.s_plus), minus: decode(layer.s_minus) }));
    this.updates = states.updates.length;
    Object.assign(this, { trace, layer: 0, sample: 0, step: states.steps.length - 1, update: this.updates - 1, unit: null });
    this.controls();
    this.ranges();
  }

  at(layer, step, update, unit) {
    const { plus, minus, units, alpha } = this.layers[layer];
    const place = ((step * this.updates + update) * this.states.samples.length + this.sample) * units.length + unit;
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
      choice("ranges", [["all", "of all steps"], ["step", "of this step"], ["now", "of what is shown"]], this.scale, set("scale"), "choose-scale"),
      this.slider("slide-step", "training step", states.steps.length, this.step, set("step"))];
    if (this.updates > 1) list.push(this.slider("slide-update", "update", this.updates, this.update, set("update")));
    byId("states-controls").replaceChildren(...list.filter(Boolean));
  }

  // Ranges over all steps and updates, so that what moves is seen to move.
  ranges() {
    const range = { low: 0, high: 0, difference: 0 };
    for (let step = 0; step < this.states.steps.length; step++) {
      for (let update = 0; update < this.updates; update++) {
        for (let unit = 0; unit < this.layers[this.layer].units.length; unit++) {
          widen(range, this.at(this.layer, step, update, unit));
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
    if (this.updates > 1) {
      byId("slide-update-value").textContent = `${states.updates[this.update]} (${this.update + 1} of ${this.updates})`;
      byId("slide-update").setAttribute("aria-valuetext", `update ${states.updates[this.update]}`);
    }
    byId("states-stimulus").textContent = label === null || label === undefined ? "" : `Stimulus of class ${label}`
      + (index === null || index === undefined ? "." : ` (number ${index} of the training set).`);
  }

  paint() {
    if (!this.chart.clientWidth) return;
    this.told();
    const { units } = this.layers[this.layer];
    const now = units.map((unit, at) => ({ unit, at, ...this.at(this.layer, this.step, this.update, at) }));
    if (this.order !== "index") now.sort((a, b) => a[this.order] - b[this.order]);
    this.paintStates(now);
    this.paintCourse(now);
  }

  // s+ as a triangle up, s- as a triangle down, their mean as a stroke; the difference below as bars.
  paintStates(now) {
    const range = this.scale === "all" ? this.range : { low: 0, high: 0, difference: 0 };
    if (this.scale === "now") now.forEach((state) => widen(range, state));
    if (this.scale === "step") {
      for (let update = 0; update < this.updates; update++) {
        now.forEach(({ at }) => widen(range, this.at(this.layer, this.step, update, at)));
      }
    }
    const margin = 0.06 * (range.high - range.low) || 1;
    const column = (name) => now.map((state) => (Number.isFinite(state.difference) ? state[name] : null));
    const ranks = now.map((_, rank) => rank);
    const marks = (fill, paths, shape) => ({ fill, paths, shape, width: 0, points: { show: false } });
    const fixed = (name, reach) => {
      const { axis } = axisFor("y", "linear", reach, name);
      return { scale: { time: false, range: reach }, axis: { ...axis, size: 64, space: 24 } };
    };
    const ordered = this.order === "index";
    const x = axisFor("x", "count", ranks,
      ordered ? "unit" : `units, ${this.order === "mean" ? "by mean" : "by difference"}`);
    x.scale.range = [-0.5, now.length - 0.5];
    x.axis.grid = { ...x.axis.grid, show: ordered };
    x.axis.values = (u, ticks) => ticks.map((rank) => (ordered ? String(now[rank]?.unit ?? "") : ""));
    const { layer } = this.layers[this.layer];
    chart(this.parts.states, {
      label: `states of layer ${layer}`, height: 240, x: { ...x, axis: { ...x.axis, size: 10, label: null, values: () => [] } },
      y: fixed("state", [range.low - margin, range.high + margin]),
      data: [ranks, column("mean"), column("plus"), column("minus")],
      series: [{}, marks(INK, strokes, "stroke"), marks(PLUS, triangles(true), "up"), marks(MINUS_COLOUR, triangles(false), "down")],
      hooks: { ready: [(u) => this.layUnits(u, now)] },
    });
    const most = 1.04 * range.difference || 1;
    chart(this.parts.differences, {
      label: `differences of layer ${layer}`, height: 165, x, y: fixed("difference", [-most, most]),
      data: [ranks, column("difference")],
      series: [{}, { ...marks(DIFFERENCE, uPlot.paths.bars({ size: [0.8] }), "bar"), fillTo: 0 }],
    });
  }

  // A strip over both charts for each unit tells its values and chooses it.
  layUnits(u, now) {
    const { units } = this.parts;
    const tell = (v) => number(v, 5);
    fill(units, { style: `left:${u.over.offsetLeft}px;width:${u.over.clientWidth}px` });
    units.replaceChildren(...now.map((state) => {
      const strip = make("div", { class: `unit${this.unit === state.at ? " picked" : ""}`, "data-unit": state.unit,
        "data-plus": state.plus, "data-minus": state.minus, "data-mean": state.mean, "data-difference": state.difference,
        onclick: () => { this.unit = state.at; this.paint(); } });
      return tells(strip, () => [`unit ${state.unit}`, [`s⁺ ${tell(state.plus)}`, PLUS], [`s⁻ ${tell(state.minus)}`, MINUS_COLOUR],
        [`mean ${tell(state.mean)}`, INK], [`difference ${tell(state.difference)}`, DIFFERENCE]]);
    }));
  }

  // Over the updates: the unit that was clicked, else the one whose compartments differ most.
  paintCourse(now) {
    if (this.updates < 2) {
      byId("course-caption").textContent = "";
      clear(this.course);
      return;
    }
    const most = now.reduce((best, state) => (Math.abs(state.difference) > Math.abs(best.difference) ? state : best));
    const at = this.unit ?? most.at;
    const along = this.states.updates.map((_, update) => this.at(this.layer, this.step, update, at));
    const known = (v) => (Number.isFinite(v) ? v : null);
    const line = (label, colour, name, dash) => ({ label, colour, dash, x: this.states.updates, y: along.map((state) => known(state[name])) });
    byId("course-caption").textContent = `unit ${this.layers[this.layer].units[at]} over the updates of this step`
      + (this.unit === null ? " (its compartments differ most; click another)" : "");
    lineChart(this.course, { series: [line("s⁺", PLUS, "plus"), line("s⁻", MINUS_COLOUR, "minus"), line("mean", INK, "mean", [4, 3])],
      xName: "update", xKind: "count", yName: "state", height: 240, tell: (s, i) => number(s.y[i], 5) });
  }
}
