// The figures of a run, or of several together: error and loss of every set, the angle of every layer, and any other measurement.

// Where colours tell runs apart, strokes tell what is measured.
const DASHES = [undefined, [6, 3], [2, 2], [9, 3, 2, 3], [4, 6]];

class RunView {
  constructor(page) {
    this.runs = page.runs || [{ name: "", tables: page.tables }];
    const all = this.runs.flatMap((run, nth) => run.tables.flatMap((table) => table.series.map((series) => ({
      run, nth, table, series, label: series.label, key: `${table.group}/${series.name}` }))));
    const shown = new Set();
    for (const { title, group, series } of page.figures) {
      const found = series.flatMap(([name, label]) => all.filter((own) => own.table.group === group && own.series.name === name)
        .map((own) => ({ ...own, label })));
      found.forEach(({ key }) => shown.add(key));
      if (found.length) this.figure(title, (place) => this.paint(place, found, title));
    }
    const rest = all.filter(({ key }) => !shown.has(key));
    if (rest.length) this.other(rest, page.first);
  }

  figure(name, paint) {
    const place = make("div", { class: "chart", "data-chart": name });
    byId("run-figures").append(make("figure", {}, make("figcaption", {}, name), place));
    drawn(place, () => paint(place));
    return place;
  }

  // One line a series and run, or one a layer if the series has layers.
  lines(found) {
    const lines = found.flatMap(({ run, nth, table, series, label }) => Array.from({ length: series.layers }, (_, k) => ({
      nth, run: run.name, part: series.parts.length ? series.parts[k] : label, x: table.coordinates,
      y: table.coordinates.map((_, row) => series.values[row * series.layers + k]), metric: series,
    })));
    if (this.runs.length === 1) {
      return lines.map((line, index) => ({ ...line, label: line.part, colour: lineColour(index), dash: lineDash(index) }));
    }
    const parts = [...new Set(lines.map(({ part }) => part))];
    return lines.map((line) => ({ ...line, label: parts.length > 1 ? `${line.run}: ${line.part}` : line.run, colour: lineColour(line.nth),
      dash: parts.length > 1 ? DASHES[parts.indexOf(line.part) % DASHES.length] : lineDash(line.nth) }));
  }

  paint(place, found, name) {
    const [{ series: metric, table }] = found;
    const series = scaled(metric, this.lines(found));
    lineChart(place, { series, xName: table.axis, xKind: "count", yName: name + unitOf(metric), height: 300, tell: (s, i) => measured(s.metric, s.plain[i]) });
  }

  other(rest, first) {
    const entries = [...new Map(rest.map((own) => [own.key, own])).values()];
    let current = entries.find(({ series }) => series.name === first) || entries[0];
    const show = (place) => this.paint(place, rest.filter(({ key }) => key === current.key), current.series.label);
    const place = this.figure("another measurement", (place) => show(place));
    const [main] = this.runs[0].tables;
    const name = ({ table, series }) => (table.group === main.group ? series.label : `${series.label} (${table.group.replace(/_/g, " ")}, by ${table.axis})`);
    place.before(choice("measurement", entries.map((entry) => [entry.key, name(entry)]), current.key, (key) => {
      current = entries.find((entry) => entry.key === key);
      show(place);
    }, "choose-series"));
  }
}
