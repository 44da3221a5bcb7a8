// From values to pixels: linear, whole numbers (counts), logarithmic, and one place for each word.

function niceStep(range, most) {
  const rough = range / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= rough * 0.999);
}

function linearScale(low, high, from, to, most = 6, whole = false) {
  if (!(high > low)) [low, high] = [low - Math.max(1e-9, Math.abs(low) * 0.1), low + Math.max(1e-9, Math.abs(low) * 0.1)];
  const step = whole ? Math.max(1, niceStep(high - low, most)) : niceStep(high - low, most);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.push(k * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const plain = Math.max(Math.abs(low), Math.abs(high)) < 1e5 && decimals < 5;
  const label = (x) => (plain ? (Math.abs(x) < step / 2 ? 0 : x).toFixed(decimals).replace("-", MINUS) : number(x, 3));
  return { place: (x) => from + ((x - low) / (high - low)) * (to - from), ticks, label };
}

function logScale(low, high, from, to, most = 6) {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  if (!(b - a > 1e-9)) return linearScale(low, high, from, to, most);
  const every = Math.max(1, Math.ceil((b - a) / most));
  let ticks = [];
  for (let k = Math.ceil(a - 1e-9); k <= b + 1e-9; k += every) ticks.push(10 ** k);
  if (ticks.length < 3) {
    ticks = [];
    for (let k = Math.floor(a); k <= b + 1e-9; k++) {
      for (const m of [1, 2, 5]) if (m * 10 ** k >= low * 0.999 && m * 10 ** k <= high * 1.001) ticks.push(m * 10 ** k);
    }
  }
  const place = (x) => (x > 0 ? from + ((Math.log10(x) - a) / (b - a)) * (to - from) : NaN);
  return { place, ticks, label: (x) => number(x, 3) };
}

function wordScale(words, from, to) {
  const pitch = (to - from) / words.length;
  const label = (word) => (typeof word === "number" ? number(word) : String(word));
  return { place: (word) => from + (words.indexOf(word) + 0.5) * pitch, ticks: words, label, pitch: Math.abs(pitch) };
}

// The scale that a quantity asks for, over these values of it.
function scaleFor(kind, values, from, to, most) {
  if (kind === "category") return wordScale([...new Set(values)], from, to);
  const numbers = values.filter((x) => x !== null && Number.isFinite(x));
  if (kind === "count" && numbers.length) return linearScale(Math.min(...numbers), Math.max(...numbers), from, to, most, true);
  const make = kind === "logarithmic" && numbers.every((x) => x > 0) ? logScale : linearScale;
  return numbers.length ? make(Math.min(...numbers), Math.max(...numbers), from, to, most) : linearScale(0, 1, from, to, most);
}

// Whether a measurement spreads over so many decades that only logarithms show it.
function wantsLogarithm(values) {
  const numbers = values.filter((x) => x !== null && Number.isFinite(x));
  return numbers.length > 1 && numbers.every((x) => x > 0) && Math.max(...numbers) / Math.min(...numbers) > 300;
}
