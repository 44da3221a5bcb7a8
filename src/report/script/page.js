// Starts what this page has.
const byId = (id) => document.getElementById(id);

document.body.append(tip);
const page = JSON.parse(byId("data").textContent);
if (page.kind === "sweep") new SweepView(page);
if (page.kind === "run") new RunView(page);
if (page.states) new StatesView(page.states);
saveTables();
document.documentElement.dataset.ready = "yes";
