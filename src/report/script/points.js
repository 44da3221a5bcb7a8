// The table of points: sorted by a click on a header, filtered, and bound to what is chosen in the figures.

const ROWS_AT_ONCE = 200;
const MOST_COLUMNS = 10;

class PointTable {
  constructor(view) {
    this.view = view;
    this.data = view.data;
    this.columns = this.chooseColumns();
    this.order = { column: 0, down: false };
    this.filter = { text: "", status: "" };
    this.shown = ROWS_AT_ONCE;
    this.opened = null;
    this.head();
    byId("filter-text").addEventListener("input", (event) => this.narrow({ text: event.target.value.trim().toLowerCase() }));
    const present = [...new Set(this.data.page.points.map((point) => point.status))].sort();
    byId("filter-status").append(...present.map((status) => make("option", { value: status }, this.status({ status }))));
    byId("filter-status").addEventListener("change", (event) => this.narrow({ status: event.target.value }));
    byId("points-count").after(saveButton("CSV", "the rows that pass the filter", () => saveAs("points.csv", "text/csv",
      csv([this.columns.map((column) => column.title), ...this.rows().map((point) => this.columns.map((column) => column.value(point)))]))));
    byId("more-rows").addEventListener("click", () => { this.shown *= 4; this.fill(); });
  }

  status(point) {
    return this.data.page.statuses[point.status];
  }

  // Columns: {title, value(point), text(point)}; measurements that are nowhere known are left out.
  chooseColumns() {
    const { page, metrics } = this.data;
    const worded = (value) => (typeof value === "number" ? number(value, 6) : value === null ? "–" : String(value));
    const plain = (title, value) => ({ title, value, text: (point) => worded(value(point)), numeric: false });
    const columns = [plain("point", (point) => point.index)];
    page.point_axes.forEach((axis, at) => {
      if (axis.varies) columns.push(plain(axis.long_name, (point) => point.coordinates[at]));
    });
    columns.push({ title: "status", value: (point) => this.status(point), text: (point) => this.status(point) });
    if (page.points.some((point) => point.diverged_step !== null)) {
      const where = (point) => (point.diverged_step === null ? "" : `step ${number(point.diverged_step, 9)}`
        + (point.diverged_layer === null ? "" : `, layer ${point.diverged_layer}`));
      columns.push({ title: "diverged at", value: (point) => point.diverged_step, text: where });
    }
    const measurements = metrics.flatMap((metric) => (metric.layers
      ? (page.per_layer_columns.includes(metric.name) ? page.layers : []).map((layer) => [metric, layer]) : [[metric, 1]]));
    const known = measurements.filter(([metric, layer]) => page.points.some((p) => (this.data.final(metric, p.slot, layer) ?? null) !== null));
    for (const [metric, layer] of known.slice(0, MOST_COLUMNS)) {
      const value = (point) => this.data.final(metric, point.slot, layer) ?? null;
      columns.push({ title: metricName(metric, layer), value, text: (point) => measured(metric, value(point)), numeric: true });
    }
    if (page.points.some((point) => point.message)) {
      columns.push({ title: "why", value: (point) => point.message || null, text: (point) => point.message || "", wide: true });
    }
    return columns;
  }

  head() {
    byId("points-head").replaceChildren(...this.columns.map((column, at) => make("th", { scope: "col", "data-column": column.title },
      make("button", { type: "button", onclick: () => this.sortBy(at) }, column.title))));
  }

  sortBy(at) {
    this.order = { column: at, down: this.order.column === at ? !this.order.down : false };
    this.fill();
  }

  narrow(changes) {
    Object.assign(this.filter, changes);
    this.shown = ROWS_AT_ONCE;
    this.fill();
  }

  // Points that pass the filter, in order; what is not known comes last in either direction.
  rows() {
    const { text, status } = this.filter;
    const passes = (point) => (status === "" || point.status === Number(status))
      && (!text || this.columns.some((column) => column.text(point).toLowerCase().includes(text)));
    const { value } = this.columns[this.order.column];
    const sign = this.order.down ? -1 : 1;
    const before = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
    };
    return this.data.page.points.filter(passes).sort((a, b) => before(a, b) || a.index - b.index);
  }

  fill() {
    const rows = this.rows();
    const visible = rows.slice(0, this.shown);
    [...byId("points-head").children].forEach((cell, at) => {
      if (at === this.order.column) cell.setAttribute("aria-sort", this.order.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    byId("points-body").replaceChildren(...visible.map((point) => this.row(point)));
    const all = this.data.page.points.length;
    byId("points-count").textContent = visible.length === all ? `${all} points` : `${visible.length} of ${rows.length} rows shown, ${all} points in all`;
    byId("more-rows").hidden = visible.length === rows.length;
    this.mark();
  }

  row(point) {
    const cells = this.columns.map((column, at) => {
      const text = column.text(point);
      if (at === 0) {
        return make("th", { scope: "row" }, make("button", { type: "button", "aria-label": `point ${text}`, "aria-pressed": "false" }, make("i", {}), text));
      }
      return make("td", { class: [column.numeric ? "number" : "", column.wide ? "wide" : ""].join(" ").trim() || null,
        title: column.wide ? text : null }, text);
    });
    return make("tr", { "data-point": point.index, "data-status": this.status(point), onclick: () => this.open(point) }, cells);
  }

  // Shows the settings of a point and chooses its cell.
  open(point) {
    this.opened = point;
    const cell = Math.floor(point.slot / this.data.replicates.length);
    this.view.choose(cell, true);
    const list = (entries) => make("dl", {}, entries.map(([key, value]) => make("div", {}, make("dt", {}, key), make("dd", {}, value))));
    const told = (value) => (typeof value === "string" ? value : JSON.stringify(value));
    const settings = Object.entries(point.settings || {}).map(([key, value]) => [key, told(value)]);
    const seeds = Object.entries(point.seeds).map(([name, seed]) => [`seed of ${name}`, String(seed)]);
    byId("point-detail").replaceChildren(make("div", {},
      make("h3", {}, `Point ${point.index}: ${this.status(point)}`),
      point.message ? make("p", { class: "message" }, point.message) : null,
      list([...settings, ...seeds])));
  }

  // Rows of chosen cells carry the colour of their learning curve.
  mark() {
    const { replicates, bySlot } = this.data;
    const cellOf = new Map([...bySlot.values()].map((point) => [String(point.index), Math.floor(point.slot / replicates.length)]));
    for (const row of byId("points-body").children) {
      const colour = this.view.colourOf(cellOf.get(row.dataset.point));
      row.querySelector("i").style.background = colour || "transparent";
      row.classList.toggle("chosen", Boolean(colour));
      const opened = this.opened && String(this.opened.index) === row.dataset.point;
      row.classList.toggle("opened", Boolean(opened));
      row.querySelector("button").setAttribute("aria-pressed", opened ? "true" : "false");
    }
  }
}
