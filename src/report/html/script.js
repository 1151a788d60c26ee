"use strict";
// Values on charts: shown where the pointer is, or the keyboard's focus.
const tip = document.getElementById("tip");
function show(spot) {
  const box = spot.getBoundingClientRect();
  tip.textContent = spot.querySelector("title").textContent;
  tip.hidden = false;
  const left = Math.min(box.left + box.width / 2 + 12, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left) + window.scrollX}px`;
  tip.style.top = `${box.top + window.scrollY - tip.offsetHeight - 6}px`;
}
function hide() { tip.hidden = true; }
for (const spot of document.querySelectorAll("circle.spot")) {
  spot.addEventListener("pointerenter", () => show(spot));
  spot.addEventListener("focus", () => show(spot));
  spot.addEventListener("pointerleave", hide);
  spot.addEventListener("blur", hide);
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
// From one value of a chart to the next.
for (const svg of document.querySelectorAll(".drawing > svg")) {
  svg.addEventListener("keydown", (event) => {
    const spots = [...svg.querySelectorAll("circle.spot:not(.off)")];
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = step && spots[spots.indexOf(document.activeElement) + step];
    if (next) { event.preventDefault(); next.focus(); }
  });
}
// Lines on and off: all shapes of a line have its colour, or, the edges of its band, the pale one.
function key(colour) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [end, place] of Object.entries({ x1: "0", x2: "100%", y1: "50%", y2: "50%" })) line.setAttribute(end, place);
  line.setAttribute("stroke", colour);
  svg.setAttribute("aria-hidden", "true");
  svg.append(line);
  return svg;
}
for (const figure of document.querySelectorAll("figure")) {
  const series = new Map();
  for (const spot of figure.querySelectorAll("circle.spot")) series.set(spot.dataset.series, spot.dataset);
  const colours = new Set([...series.values()].map(({ colour }) => colour));
  if (series.size < 2 || colours.size < series.size) continue;
  const toggles = document.createElement("fieldset");
  toggles.className = "toggles";
  const legend = document.createElement("legend");
  legend.textContent = "Shown";
  toggles.append(legend);
  for (const [name, { colour, pale }] of series) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    label.append(box, key(colour), " ", name);
    toggles.append(label);
    box.addEventListener("change", () => {
      const drawn = [...figure.querySelectorAll(".drawing > svg *")].filter((shape) =>
        shape.dataset.series === name ||
        ["stroke", "fill"].some((paint) => [colour, pale].includes(shape.getAttribute(paint))));
      for (const shape of drawn) shape.classList.toggle("off", !box.checked);
    });
  }
  figure.append(toggles);
}
// Tables: sorted by a column, and of one value of an axis.
function number(text) {
  const plain = text.replaceAll("−", "-").replaceAll(/\u202f|,(?=[0-9]{3})/g, "").replaceAll("∞", "Infinity");
  const found = plain.match(/-?(Infinity|[0-9]*\.?[0-9]+(e-?[0-9]+)?)/);
  return found ? Number(found[0]) : NaN;
}
// Equal ones too, among them two that are infinite, whose difference is no number.
const compared = (a, b) => (a < b ? -1 : Number(a > b));
for (const table of document.querySelectorAll("main table")) {
  const body = table.tBodies[0];
  if (!body) continue;
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const wanted = new Map();
  const filters = document.createElement("div");
  filters.className = "filters";
  heads.forEach((head, column) => {
    const text = (row) => row.cells[column].textContent;
    const isNumeric = head.style.textAlign === "right";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const order = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order === 1 ? "ascending" : "descending");
      const value = (row) => (isNumeric ? number(text(row)) : text(row));
      const sorted = rows.slice().sort((one, other) => {
        const [a, b] = [value(one), value(other)];
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        return order * (isNumeric ? compared(a, b) : a.localeCompare(b, "en", { numeric: true }));
      });
      body.append(...sorted);
    });
    const values = [...new Set(rows.map(text))];
    if (isNumeric || values.length < 2 || values.length > 60) return;
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    label.append(`${head.textContent}: `, select);
    filters.append(label);
    select.addEventListener("change", () => {
      wanted.set(column, select.value);
      for (const row of rows) {
        row.hidden = [...wanted].some(([at, value]) => value !== "" && row.cells[at].textContent !== value);
      }
    });
  });
  if (filters.children.length) table.parentElement.before(filters);
}
// Whether a table fits: of one that does not, the box is scrolled, also with keys.
const boxes = new ResizeObserver((entries) => {
  for (const { target: box } of entries) {
    box.classList.add("fits");
    const fits = box.firstElementChild.offsetWidth <= box.clientWidth;
    box.classList.toggle("fits", fits);
    box.tabIndex = fits ? -1 : 0;
  }
});
for (const box of document.querySelectorAll(".scroll")) boxes.observe(box);
