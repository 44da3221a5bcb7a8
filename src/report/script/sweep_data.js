// The numbers of a sweep: cells (a combination of axis values), each with one point a replicate.

class SweepData {
  constructor(page) {
    this.page = page;
    this.replicates = page.axes.at(-1).values;
    this.cellAxes = page.axes.slice(0, -1);
    this.cells = this.cellAxes.reduce((count, axis) => count * axis.values.length, 1);
    this.metrics = page.metrics;
    // What can stand on an axis of a figure: the quantities that were drawn, else the axes of the grid.
    this.dimensions = page.drawn.length
      ? page.drawn.map((quantity) => ({ ...quantity, of: (cell) => quantity.values[cell] }))
      : this.cellAxes.map((axis, at) => ({ ...axis, of: (cell) => axis.values[this.places(cell)[at]] }))
          .filter((axis) => axis.values.length > 1);
    this.bySlot = new Map(page.points.map((point) => [point.slot, point]));
  }

  // Where a cell stands on every axis.
  places(cell) {
    const places = [];
    for (let at = this.cellAxes.length - 1; at >= 0; at--) {
      const length = this.cellAxes[at].values.length;
      places[at] = cell % length;
      cell = Math.floor(cell / length);
    }
    return places;
  }

  cellAt(places) {
    return places.reduce((cell, place, at) => cell * this.cellAxes[at].values.length + place, 0);
  }

  slots(cell) {
    return this.replicates.map((_, replicate) => cell * this.replicates.length + replicate);
  }

  final(metric, slot, layer) {
    return metric.final[metric.layers ? slot * this.page.layers.length + layer - 1 : slot];
  }

  curve(metric, slot, layer) {
    const [epochs, layers] = [this.page.epochs.length, metric.layers ? this.page.layers.length : 1];
    return this.page.epochs.map((_, e) => metric.curves[(slot * epochs + e) * layers + (metric.layers ? layer - 1 : 0)]);
  }

  status(slot) {
    const point = this.bySlot.get(slot);
    return point ? point.status : 0;
  }

  // The same of values, with the ends of what is shown around their mean.
  summary(values) {
    const found = summary(values);
    const { widths } = this.page.error;
    if (!widths || found.std === null) return { ...found, from: found.low, to: found.high };
    const half = widths[found.count] * found.std;
    return { ...found, from: found.mean - half, to: found.mean + half };
  }

  // Over the replicates of a cell: their values, mean, lowest, highest.
  over(metric, cell, layer) {
    return this.summary(this.slots(cell).map((slot) => this.final(metric, slot, layer)));
  }

  // One phrase for a cell, of the quantities that differ.
  name(cell) {
    const quantities = this.dimensions.length ? this.dimensions : [];
    return quantities.map((q) => valueOf(q.long_name, q.of(cell))).join(", ") || "all points";
  }

  // How the points of a cell ended, in words.
  ends(cell) {
    const counts = new Map();
    for (const slot of this.slots(cell)) {
      const name = this.page.statuses[this.status(slot)];
      counts.set(name, (counts.get(name) || 0) + 1);
    }
    return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
  }

  best(metric, layer) {
    let [best, found] = [null, -Infinity];
    for (let cell = 0; cell < this.cells; cell++) {
      const { mean } = this.over(metric, cell, layer);
      if (mean !== null && metric.direction * mean > found) [best, found] = [cell, metric.direction * mean];
    }
    return best;
  }
}

// "spread = 0.1", "rule: dp".
const valueOf = (name, value) => (typeof value === "number" ? `${name} = ${number(value)}` : `${name}: ${value}`);

function summary(values) {
  const known = values.filter((v) => v !== null && v !== undefined);
  if (!known.length) return { values, count: 0, mean: null, low: null, high: null, std: null };
  const mean = known.reduce((sum, v) => sum + v, 0) / known.length;
  const std = known.length > 1 ? Math.sqrt(known.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (known.length - 1)) : null;
  return { values, count: known.length, mean, low: Math.min(...known), high: Math.max(...known), std };
}
