// The figures of a sweep and their controls: a map or cloud, curves over an axis, and learning curves of what is chosen.

const MOST_CHOSEN = 8;

class SweepView {
  constructor(page) {
    this.data = new SweepData(page);
    const { metrics, dimensions, cellAxes } = this.data;
    this.metric = metrics.find((m) => m.name === page.main_metric) || metrics[0];
    this.layer = 1;
    // Quantities make better maps than words.
    const offered = [...dimensions].sort((a, b) => (a.scale === "category") - (b.scale === "category"));
    this.x = offered[0] || null;
    this.y = offered[1] || null;
    this.over = "mean";
    this.fixed = cellAxes.map(() => 0);
    this.chosen = [];
    const best = this.metric ? this.data.best(this.metric, this.layer) : null;
    if (best !== null) {
      this.chosen = [best];
      this.fixed = this.data.places(best);
    }
    this.figures = { map: byId("figure-map"), curves: byId("figure-curves"), course: byId("figure-course") };
    this.table = new PointTable(this);
    this.controls();
    for (const [name, place] of Object.entries(this.figures)) drawn(place, () => this.paint(name));
    this.table.fill();
  }

  set(changes) {
    Object.assign(this, changes);
    this.controls();
    Object.keys(this.figures).forEach((name) => this.paint(name));
  }

  controls() {
    const { metrics, dimensions, cellAxes, replicates, page } = this.data;
    const find = (name) => dimensions.find((d) => d.name === name) || null;
    const names = dimensions.map((d) => [d.name, d.long_name]);
    const place = byId("sweep-controls");
    const focused = document.activeElement && document.activeElement.id;
    const list = [choice("measurement", metrics.map((m) => [m.name, m.label]), this.metric && this.metric.name,
      (name) => this.set({ metric: metrics.find((m) => m.name === name) }), "choose-metric")];
    if (this.metric && this.metric.layers) {
      list.push(choice("layer", page.layers.map((k) => [k, String(k)]), this.layer, (k) => this.set({ layer: Number(k) }), "choose-layer"));
    }
    if (dimensions.length > 1) {
      // Choosing for one axis what the other has exchanges them.
      const exchange = (one, other) => (name) => {
        const wanted = find(name);
        this.set({ [one]: wanted, ...(this[other] === wanted ? { [other]: this[one] } : {}) });
      };
      list.push(choice("horizontal axis", names, this.x.name, exchange("x", "y"), "choose-x"),
        choice(page.drawn.length ? "vertical axis" : "vertical axis, lines", names, this.y.name, exchange("y", "x"), "choose-y"));
    }
    if (!page.drawn.length) {
      cellAxes.forEach((axis, at) => {
        if (axis.values.length < 2 || [this.x, this.y].some((d) => d && d.name === axis.name)) return;
        const options = axis.values.map((value, i) => [i, typeof value === "number" ? number(value) : value]);
        list.push(choice(axis.long_name, options, this.fixed[at], (i) => {
          this.set({ fixed: this.fixed.map((place, k) => (k === at ? Number(i) : place)) });
        }, `choose-${axis.name}`));
      });
    }
    if (replicates.length > 1) {
      const kinds = [["mean", `mean of ${replicates.length}`], ["low", "lowest"], ["high", "highest"], ["std", "standard deviation"]];
      list.push(choice("replicates", kinds.concat(replicates.map((replicate, r) => [r, `replicate ${replicate}`])), this.over, (over) => this.set({ over }), "choose-replicates"));
    }
    place.replaceChildren(...list);
    if (focused && byId(focused)) byId(focused).focus();
  }

  // The value shown for a cell.
  value(cell) {
    const found = this.data.over(this.metric, cell, this.layer);
    return this.over in found ? found[this.over] : found.values[Number(this.over)];
  }

  get metricName() { return metricName(this.metric, this.layer); }

  get valueName() {
    const of = { mean: "", low: ", lowest replicate", high: ", highest replicate", std: ", standard deviation over replicates" }[this.over];
    return this.metricName + (of === undefined ? `, replicate ${this.data.replicates[this.over]}` : of);
  }

  lines(cell) {
    const found = this.data.over(this.metric, cell, this.layer);
    const tell = (v) => measured(this.metric, v);
    return [this.data.name(cell), `${this.metricName}: ${tell(found.mean)}`,
      found.count > 1 ? `mean of ${found.count} replicates, ${tell(found.from)} to ${tell(found.to)} (${this.data.page.error.noun})` : null, this.data.ends(cell)];
  }

  // Cells that lie in the slice of the fixed axes.
  shownCells() {
    const { data } = this;
    const free = (axis) => [this.x, this.y].some((d) => d && d.name === axis.name);
    return Array.from({ length: data.cells }, (_, cell) => cell).filter((cell) => data.page.drawn.length
      || data.places(cell).every((place, at) => free(data.cellAxes[at]) || place === this.fixed[at]));
  }

  colourOf(cell) {
    const at = this.chosen.indexOf(cell);
    return at < 0 ? null : lineColour(at);
  }

  // Chooses a cell, or lets it go; the view turns to the slice in which it lies.
  choose(cell, only) {
    const at = this.chosen.indexOf(cell);
    const rest = this.chosen.filter((other) => other !== cell);
    const chosen = at < 0 ? [...rest, cell].slice(-MOST_CHOSEN) : only ? this.chosen : rest;
    this.set({ chosen, ...(at < 0 ? { fixed: this.data.places(cell) } : {}) });
    this.table.mark();
  }

  paint(name) {
    const place = this.figures[name];
    if (!this.metric || !place.clientWidth) return;
    if (name === "map") this.paintMap(place);
    else if (name === "curves") this.paintCurves(place);
    else this.paintCourse(place);
  }

  cellsFor() {
    return this.shownCells().map((cell) => {
      const value = this.value(cell);
      return { cell, value, text: inCell(this.metric, value), lines: () => this.lines(cell), choose: () => this.choose(cell),
        chosen: this.colourOf(cell), marked: this.data.slots(cell).some((slot) => this.data.page.unbounded.includes(this.data.status(slot))) };
    });
  }

  paintMap(place) {
    const { data, x, y } = this;
    place.closest("figure").hidden = !y;
    if (!y) return;
    const among = `${this.valueName} over ${x.long_name} and ${y.long_name}`;
    byId("caption-map").textContent = among;
    const common = { xName: x.long_name, yName: y.long_name, valueName: this.valueName, tell: (v) => measured(this.metric, v),
      label: among };
    if (data.page.drawn.length) {
      const points = this.cellsFor().map((c) => ({ ...c, x: x.of(c.cell), y: y.of(c.cell) }));
      scatter(place, { ...common, points, xKind: x.scale, yKind: y.scale });
    } else {
      const cells = this.cellsFor().map((c) => ({ ...c, x: x.of(c.cell), y: y.of(c.cell) }));
      heatMap(place, { ...common, columns: x.values, rows: y.values, cells });
    }
  }

  paintCurves(place) {
    const { data, x, y } = this;
    place.closest("figure").hidden = !x;
    if (!x) return;
    const tell = (v) => measured(this.metric, v);
    const hasBands = !data.page.drawn.length && this.over === "mean" && data.replicates.length > 1;
    byId("caption-curves").textContent = `${this.valueName} over ${x.long_name}`
      + (hasBands ? `; ${data.page.error.label}` : "");
    if (data.page.drawn.length) {
      const inUnit = (v) => (v === null ? v : this.metric.factor * v);
      const points = this.cellsFor().map((c) => ({ ...c, x: x.of(c.cell), y: inUnit(c.value) }));
      scatter(place, { points, xName: x.long_name, yName: this.valueName + unitOf(this.metric), xKind: x.scale,
        yKind: wantsLogarithm(points.map((p) => p.y)) ? "logarithmic" : "linear", tell, label: `${this.valueName} over ${x.long_name}` });
      return;
    }
    const cells = this.shownCells();
    const series = (y ? y.values : [null]).map((row, index) => {
      const along = cells.filter((cell) => !y || y.of(cell) === row);
      const found = along.map((cell) => data.over(this.metric, cell, this.layer));
      return { label: y ? valueOf(y.long_name, row) : this.metricName, colour: lineColour(index), dash: lineDash(index),
        x: along.map((cell) => x.of(cell)), y: along.map((cell) => this.value(cell)), found,
        low: hasBands ? found.map((f) => f.from) : null, high: hasBands ? found.map((f) => f.to) : null };
    });
    const range = (s, i) => (s.low && s.found[i].count > 1 ? ` (${tell(s.low[i])} to ${tell(s.high[i])})` : "");
    lineChart(place, { series: scaled(this.metric, series), xName: x.long_name, yName: this.valueName + unitOf(this.metric), xKind: x.scale,
      tell: (s, i) => tell(s.plain[i]) + range(s.origin, i) });
  }

  paintCourse(place) {
    const { data, metric } = this;
    const note = byId("course-note");
    if (!metric.curves) {
      clear(place);
      place.append(make("p", { class: "empty" }, `No learning curves of ${metric.label} on this page.`));
      note.textContent = "";
      return;
    }
    const tell = (v) => measured(metric, v);
    const series = this.chosen.map((cell, index) => {
      const curves = data.slots(cell).map((slot) => data.curve(metric, slot, this.layer));
      const found = data.page.epochs.map((_, e) => data.summary(curves.map((curve) => curve[e])));
      return { label: data.name(cell), colour: lineColour(index), x: data.page.epochs, y: found.map((f) => f.mean), found,
        low: found.map((f) => f.from), high: found.map((f) => f.to) };
    });
    note.textContent = series.length ? "" : "Choose cells of the figures or rows of the table.";
    const range = (f) => (f.count > 1 ? ` (${tell(f.from)} to ${tell(f.to)})` : "");
    lineChart(place, { series: scaled(metric, series), xName: "epoch", xKind: "count", yName: this.metricName + unitOf(metric), legend: true,
      tell: (s, i) => tell(s.plain[i]) + range(s.found[i]) });
  }
}
