// The figures of a run: error and loss of every set, the angle of every layer, and any other measurement.

class RunView {
  constructor(page) {
    this.tables = page.tables;
    const metrics = page.tables.find((table) => table.group === "metrics");
    this.all = page.tables.flatMap((table) => table.series.map((series) => ({ table, series, key: `${table.group}/${series.name}` })));
    const usual = [["accuracy", /_accuracy/], ["loss", /_loss$/], ["angle to backprop", /^angle_deg$/]];
    for (const [name, pattern] of usual) {
      const found = metrics ? metrics.series.filter((series) => pattern.test(series.name)) : [];
      if (found.length) this.figure(name, (place) => this.paint(place, metrics, found, name));
    }
    const rest = this.all.filter(({ table, series }) => table !== metrics || !usual.some(([, pattern]) => pattern.test(series.name)));
    if (rest.length) this.other(rest);
  }

  figure(name, paint) {
    const place = make("div", { class: "chart", "data-chart": name });
    byId("run-figures").append(make("figure", {}, make("figcaption", {}, name), place));
    drawn(place, () => paint(place));
    return place;
  }

  // One line a series, or one a layer if the series has layers.
  lines(table, list) {
    return list.flatMap((series) => Array.from({ length: series.layers }, (_, k) => ({
      label: series.per_layer ? `layer ${k + 1}` : spelled(series.name).replace(/ (accuracy|loss)/, list.length > 1 ? "" : "$&"),
      x: table.coordinates, y: table.coordinates.map((_, row) => series.values[row * series.layers + k]), metric: series,
    }))).map((line, index) => ({ ...line, colour: lineColour(index), dash: lineDash(index) }));
  }

  paint(place, table, list, name) {
    const series = percented(list[0], this.lines(table, list));
    lineChart(place, { series, xName: table.axis, xKind: "count", yName: name + percentSign(list[0]), height: 300, tell: (s, i) => measured(s.metric, s.plain[i]) });
  }

  other(rest) {
    let current = rest.find(({ key }) => key === "metrics/spectral_norm") || rest[0];
    const show = (place) => this.paint(place, current.table, [current.series], spelled(current.series.name));
    const place = this.figure("another measurement", (place) => show(place));
    const name = ({ table, series }) => (table.group === "metrics" ? spelled(series.name) : `${spelled(series.name)} (${spelled(table.group)}, by ${table.axis})`);
    place.before(choice("measurement", rest.map((entry) => [entry.key, name(entry)]), current.key, (key) => {
      current = rest.find((entry) => entry.key === key);
      show(place);
    }, "choose-series"));
  }
}
