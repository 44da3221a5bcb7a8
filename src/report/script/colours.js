// Colours that people with any colour vision tell apart.
// Lines: Okabe & Ito (2008), without their yellow. Maps: viridis (van der Walt & Smith 2015) in 11 steps.
// The reader's wish for a dark page; a page that is open follows when it changes.
const DARK_WISH = window.matchMedia("(prefers-color-scheme: dark)");
const DARK = DARK_WISH.matches;
DARK_WISH.addEventListener("change", () => window.location.reload());
const LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", DARK ? "#f2f2f2" : "#000000", "#999999"];
const VIRIDIS = ["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151",
  "#bddf26", "#fde725"];
const PAPER = DARK ? "#17191c" : "#ffffff";
const INK = DARK ? "#e4e4e4" : "#222222";
const MUTED = DARK ? "#a5a5a5" : "#5f5f5f";
const GRID = DARK ? "#3a3d41" : "#e2e2e2";
const PLUS = LINES[1];
const MINUS_COLOUR = LINES[0];
const DIFFERENCE = LINES[2];

const lineColour = (index) => LINES[index % LINES.length];
// Beyond eight lines the same colours come dashed.
const lineDash = (index) => (Math.floor(index / LINES.length) % 2 ? [5, 3] : undefined);

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// Colour of a share from 0 to 1.
function mapColour(share) {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const [from, to] = [channels(VIRIDIS[below]), channels(VIRIDIS[below + 1])];
  return `rgb(${from.map((c, i) => Math.round(c + (place - below) * (to[i] - c))).join(",")})`;
}

// Ink that can be read on this share's colour.
const inkOn = (share) => (share > 0.55 ? "#111" : "#fff");
