// The figures of a run: error and loss of every set, the angle of every layer, and any other measurement.

class RunView {
  constructor(page) {
    this.tables = page.tables;
    this.all = page.tables.flatMap((table) => table.series.map((series) => ({ table, series, key: `${table.group}/${series.name}` })));
    const shown = new Set();
    for (const { title, group, series } of page.figures) {
      const table = page.tables.find((own) => own.group === group);
      const found = series.flatMap(([name, label]) => (table ? table.series.filter((own) => own.name === name).map((own) => [own, label]) : []));
      found.forEach(([own]) => shown.add(own));
      if (found.length) this.figure(title, (place) => this.paint(place, table, found, title));
    }
    const rest = this.all.filter(({ series }) => !shown.has(series));
    if (rest.length) this.other(rest, page.first);
  }

  figure(name, paint) {
    const place = make("div", { class: "chart", "data-chart": name });
    byId("run-figures").append(make("figure", {}, make("figcaption", {}, name), place));
    drawn(place, () => paint(place));
    return place;
  }

  // One line a series, or one a layer if the series has layers. list: [series, what it is called here].
  lines(table, list) {
    return list.flatMap(([series, label]) => Array.from({ length: series.layers }, (_, k) => ({
      label: series.parts.length ? series.parts[k] : label,
      x: table.coordinates, y: table.coordinates.map((_, row) => series.values[row * series.layers + k]), metric: series,
    }))).map((line, index) => ({ ...line, colour: lineColour(index), dash: lineDash(index) }));
  }

  paint(place, table, list, name) {
    const [[metric]] = list;
    const series = scaled(metric, this.lines(table, list));
    lineChart(place, { series, xName: table.axis, xKind: "count", yName: name + unitOf(metric), height: 300, tell: (s, i) => measured(s.metric, s.plain[i]) });
  }

  other(rest, first) {
    let current = rest.find(({ series }) => series.name === first) || rest[0];
    const show = (place) => this.paint(place, current.table, [[current.series, current.series.label]], current.series.label);
    const place = this.figure("another measurement", (place) => show(place));
    const name = ({ table, series }) => (table === this.tables[0] ? series.label : `${series.label} (${table.group.replace(/_/g, " ")}, by ${table.axis})`);
    place.before(choice("measurement", rest.map((entry) => [entry.key, name(entry)]), current.key, (key) => {
      current = rest.find((entry) => entry.key === key);
      show(place);
    }, "choose-series"));
  }
}
