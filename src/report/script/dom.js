// Making elements, and writing numbers for people.
function fill(element, attributes, children = []) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  // Strings become text nodes: nothing of the data is ever read as markup.
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const make = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

// Draws now and whenever the width of the place changes.
function drawn(place, paint) {
  let width = null;
  new ResizeObserver(() => {
    if (place.clientWidth !== width) {
      width = place.clientWidth;
      paint();
    }
  }).observe(place);
}

// A labelled list of choices: options are [value, text].
function choice(label, options, value, chosen, id) {
  const select = make("select", { id, onchange: (event) => chosen(event.target.value) },
    options.map(([key, text]) => make("option", { value: key, selected: String(key) === String(value) }, text)));
  return make("label", { class: "choice" }, make("span", {}, label), select);
}

const MINUS = "\u2212";

// A number in about four digits; those with a power of ten have fewer, unless asked for.
function number(x, digits = 4, raised = 3) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : MINUS + "∞";
  const size = Math.abs(x);
  const text = size >= 1e5 || size < 1e-3 ? Number(x.toPrecision(raised)).toExponential() : String(Number(x.toPrecision(digits)));
  const [mantissa, power] = text.split("e");
  const factor = mantissa.replace("-", MINUS);
  if (power === undefined) return factor;
  const exponent = [...power].map((c) => ({ "-": "⁻", "+": "" }[c] ?? "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
  return factor === "1" ? `10${exponent}` : factor === `${MINUS}1` ? `${MINUS}10${exponent}` : `${factor}·10${exponent}`;
}

// Metrics come with all that is to be said of them: label, unit, factor and decimals, the better direction, words for codes.

// The value of a metric in its unit, or the word that it stands for.
function measured(metric, x) {
  if (x === null || Number.isNaN(x)) return "–";
  if (metric.words[x]) return metric.words[x];
  const text = metric.decimals === null ? number(metric.factor * x) : (metric.factor * x).toFixed(metric.decimals);
  return ["", "°"].includes(metric.unit) ? text + metric.unit : `${text} ${metric.unit}`;
}

// The same without unit, for cells.
const inCell = (metric, x) => (metric.decimals === null ? measured(metric, x) : measured(metric, x).replace(` ${metric.unit}`, ""));

const unitOf = (metric) => (metric.unit ? `, ${metric.unit}` : "");

const metricName = (metric, layer) => (metric.layers ? `${metric.label}, layer ${layer}` : metric.label);

// Series in the unit of figures; `plain` and `origin` keep what was measured.
function scaled(metric, series) {
  const times = (list) => list && list.map((v) => (v === null ? v : metric.factor * v));
  return series.map((s) => ({ ...s, plain: s.y, origin: s, y: times(s.y), low: times(s.low), high: times(s.high) }));
}
