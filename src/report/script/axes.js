// What the library has to know of an axis: a scale, how its ticks are written, and the place of a value on the scale.

const FONT = '12px system-ui, "DejaVu Sans", "Segoe UI", Roboto, Arial, sans-serif';
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((m) => m * 10 ** power)).flat();
const SIDES = { x: 2, y: 3 };
const MOST_LETTERS = 22;

const textWidth = (text) => 7.2 * String(text ?? "").length;
const widest = (texts) => Math.max(8, ...texts.map(textWidth));
const known = (values) => values.filter((x) => x !== null && Number.isFinite(x));
const worded = (value) => (typeof value === "number" ? number(value) : String(value));

// Whether a measurement spans more decades than a linear axis can show.
function wantsLogarithm(values) {
  const numbers = known(values);
  return numbers.length > 1 && numbers.every((x) => x > 0) && Math.max(...numbers) / Math.min(...numbers) > 300;
}

// The options that all axes share. Vertical ones are as wide as their labels.
function axisOptions(key, name) {
  const side = SIDES[key];
  const size = key === "x" ? 24 : (u, labels) => 14 + widest(labels || []);
  return { scale: key, side, size, label: name, labelSize: 20, font: FONT, labelFont: FONT, stroke: INK, gap: 6,
    space: key === "x" ? 60 : 34, grid: { stroke: GRID, width: 1 }, ticks: { show: false }, border: { show: true, stroke: INK, width: 1 } };
}

// One place for each word. Labels that would touch are left out; long ones under the chart are written slanting.
function wordAxis(key, words, name) {
  const labels = words.map(worded).map((text) => (text.length > MOST_LETTERS ? `${text.slice(0, 12)}…${text.slice(-9)}` : text));
  const long = widest(labels);
  const pitch = (u) => (key === "x" ? u.width - 90 : u.height - 60) / words.length;
  const slants = (u) => key === "x" && long + 6 > pitch(u);
  const every = (u) => Math.max(1, Math.ceil(15 / pitch(u)));
  const options = axisOptions(key, name);
  return {
    words, place: (value) => words.indexOf(value),
    scale: { time: false, range: () => [-0.5, words.length - 0.5] },
    axis: { ...options, grid: { show: false }, splits: () => words.map((_, at) => at),
      values: (u) => labels.map((label, at) => (at % every(u) ? null : label)),
      rotate: (u) => (slants(u) ? 35 : 0), size: key === "y" ? options.size : (u) => (slants(u) ? 16 + long * 0.6 : options.size) },
  };
}

// Ticks with as many decimals as their distance has, so that neighbours are never written alike.
function ticksText(ticks, distance) {
  const decimals = (String(distance).split(".")[1] || "").length;
  const plain = (x) => decimals > 0 && decimals < 5 && Math.abs(x) < 1e5;
  const most = Math.max(...known(ticks).map(Math.abs));
  const digits = distance > 0 && most > 0 ? Math.min(15, Math.max(3, Math.ceil(Math.log10(most / distance)) + 2)) : 7;
  return ticks.map((x) => (x === null ? null : plain(x) ? x.toFixed(decimals).replace("-", MINUS) : number(x, Math.max(7, digits), digits)));
}

// Whether values could not be told apart on a linear axis, as 0, 0.001, 0.01, 0.1.
function isCrowded(numbers) {
  const places = [...new Set(numbers)].sort((a, b) => a - b);
  const gaps = places.slice(1).map((place, at) => place - places[at]);
  return Math.max(...gaps) > 25 * Math.min(...gaps);
}

// The axis of a kind ("category", "count", "logarithmic" or "linear") for these values. A tight one ends at the
// first and last value.
function axisFor(key, kind, values, name, tight = false) {
  if (kind === "category") return wordAxis(key, [...new Set(values)], name);
  const numbers = known(values);
  const [only, ...others] = new Set(numbers);
  // What stands too close together, or at zero, for the kind that was asked for, stands by its logarithm, linear around zero.
  const smallest = Math.min(...numbers.filter((x) => x !== 0).map(Math.abs));
  const crowded = key === "x" && kind !== "count" && others.length > 1 && (kind === "logarithmic" ? numbers.some((x) => x <= 0) : isCrowded(numbers));
  const distr = crowded ? 4 : kind === "logarithmic" && others.length && numbers.every((x) => x > 0) ? 3 : 1;
  const around = 0.1 * Math.abs(only) || 1;
  const reach = (u, low, high) => {
    if (!others.length) return [only - around, only + around];
    if (distr === 3) return uPlot.rangeLog(low, high, 10, false);
    return tight ? [low, high] : uPlot.rangeNum(low, high, 0.06, true);
  };
  const options = axisOptions(key, name);
  // Lines of the grid stand where there are labels.
  const grid = { ...options.grid, filter: (u, ticks, at, ...rest) => u.axes[at].filter(u, ticks, at, ...rest) };
  return {
    place: (value) => value, scale: { time: false, distr, range: reach, ...(crowded ? { asinh: smallest } : {}) },
    axis: { ...options, grid, values: (u, ticks, at, space, distance) => ticksText(ticks, distr === 1 ? distance : 1),
      ...(kind === "count" ? { incrs: WHOLE } : {}) },
  };
}
