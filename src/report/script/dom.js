// Making elements, and writing numbers for people.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
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
const draw = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// A drawing as wide as its place, with a name for screen readers.
function canvas(place, height, label) {
  const width = Math.max(280, Math.floor(place.clientWidth));
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  place.replaceChildren(svg);
  return { svg, width, height };
}

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

// A number in about four digits.
function number(x, digits = 4) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : MINUS + "∞";
  const size = Math.abs(x);
  const text = size >= 1e5 || size < 1e-3 ? Number(x.toPrecision(3)).toExponential() : String(Number(x.toPrecision(digits)));
  return text.replace("e+", "e").replace(/-/g, MINUS);
}

const VERDICTS = ["–", "converged", "limit cycle", "diverged", "undecided"];

const isShare = (metric) => /accuracy/.test(metric.name);

// The value of a metric in its unit; accuracies are told in percent.
function measured(metric, x) {
  if (x === null || Number.isNaN(x)) return "–";
  if (isShare(metric)) return `${(100 * x).toFixed(2)} %`;
  if (metric.name === "verdict" && Number.isInteger(x)) return VERDICTS[x] || number(x);
  const unit = { degree: "°", 1: "" }[metric.units];
  return number(x) + (unit === undefined ? ` ${metric.units}` : unit);
}

const spelled = (name) => name.replace(/_deg$/, "").replace(/_/g, " ");

function metricName(metric, layer) {
  return metric.layers ? `${spelled(metric.name)}, layer ${layer}` : spelled(metric.name);
}
