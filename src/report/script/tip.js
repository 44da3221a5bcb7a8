// The box that tells the values under the pointer, or of what has the focus.
const tip = make("div", { id: "tip", role: "status", "aria-live": "polite", hidden: true });

function showTip(lines, x, y) {
  tip.replaceChildren(...lines.filter(Boolean).map((line) => {
    const [text, colour] = Array.isArray(line) ? line : [line, null];
    return make("div", {}, colour ? make("i", { style: `background:${colour}` }) : null, text);
  }));
  tip.hidden = false;
  const [wide, high] = [tip.offsetWidth, tip.offsetHeight];
  const [most, lowest] = [document.documentElement.clientWidth - wide - 8, window.innerHeight - high - 8];
  tip.style.left = `${Math.max(8, x + 14 > most ? x - wide - 14 : x + 14)}px`;
  tip.style.top = `${Math.max(8, Math.min(y + 14, lowest))}px`;
}

const hideTip = () => { tip.hidden = true; };

// Shows `lines()` while the pointer or the focus is on the element.
function tells(element, lines) {
  element.addEventListener("pointermove", (event) => showTip(lines(), event.clientX, event.clientY));
  element.addEventListener("pointerleave", hideTip);
  element.addEventListener("focus", () => {
    const box = element.getBoundingClientRect();
    showTip(lines(), box.right, box.top);
  });
  element.addEventListener("blur", hideTip);
  return element;
}

document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
