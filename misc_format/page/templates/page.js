"use strict";
// The hexdump, and the links between a byte, its fields and their tile of the treemap. All else is in the page already.
const PAGE_BYTES = 4096, ROW = 16;
const byId = (id) => document.getElementById(id);
const content = JSON.parse(byId("data").textContent);
const bytes = Uint8Array.from(atob(content.bytes), (letter) => letter.charCodeAt(0));
const fields = content.fields.map(([start, length, path], index) => ({ index, start, end: start + length, path }));
const hex = byId("hex"), detail = byId("detail"), search = byId("search"), searchCount = byId("search-count");
const rows = [...document.querySelectorAll("#fields tbody tr")];
const tiles = [...document.querySelectorAll("#treemap g")];
const cells = [];
let chosen = -1, current = 0, hits = [], hit = -1;

const kind = (path) => path.split("/").pop() === "padding" ? "padding" : path.split("/")[0];
// The colour of a field: of its component or, in an image of several parts, a shade for its part.
function colour(path) {
  const shade = content.shades[path.split("/").slice(0, 2).join("/")], name = `var(--${kind(path)})`;
  return shade === undefined || kind(path) !== "image" ? name : `color-mix(in oklab, ${name}, var(--paper) ${shade}%)`;
}
const hexOf = (value) => value.toString(16).toUpperCase().padStart(2, "0");

// Fields are contiguous and in order: the field of a bit is the first that ends after it.
function fieldAt(bit) {
  let low = 0, high = fields.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fields[middle].end > bit) high = middle; else low = middle + 1;
  }
  return low;
}
function fieldsOf(place) {
  const inside = [];
  for (let index = fieldAt(8 * place); index < fields.length && fields[index].start < 8 * place + 8; index++) inside.push(fields[index]);
  return inside;
}
function paint(cell, inside, place) {
  const stops = inside.map((field) => {
    const from = Math.max(0, field.start - 8 * place) * 12.5, to = Math.min(8, field.end - 8 * place) * 12.5;
    return `${colour(field.path)} ${from}% ${to}%`;
  });
  cell.style.background = stops.length === 1 ? colour(inside[0].path) : `linear-gradient(90deg, ${stops.join(",")})`;
}
function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
function showBytes(upTo) {
  const part = document.createDocumentFragment();
  for (let start = cells.length; start < Math.min(upTo, bytes.length); start += ROW) {
    const row = element("div", "");
    row.setAttribute("role", "row");
    const head = element("span", "offset", start.toString(16).toUpperCase().padStart(6, "0"));
    head.setAttribute("role", "rowheader");
    row.append(head);
    let ascii = "";
    for (let place = start; place < start + ROW; place++) {
      if (place === start + ROW / 2) row.append(element("span", "gap"));
      if (place >= bytes.length) { row.append(element("span", "")); continue; }
      const cell = element("span", "b", hexOf(bytes[place]));
      const inside = fieldsOf(place);
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-label", `byte ${place}, ${hexOf(bytes[place])}, ${inside.map((field) => field.path).join(", ")}`);
      cell.tabIndex = place === current ? 0 : -1;
      cell.dataset.place = place;
      paint(cell, inside, place);
      cells.push(cell);
      row.append(cell);
      ascii += bytes[place] > 31 && bytes[place] < 127 ? String.fromCharCode(bytes[place]) : "·";
    }
    const side = element("span", "ascii", ascii);
    side.setAttribute("aria-hidden", "true");
    row.append(element("span", "gap"), side);
    part.append(row);
  }
  hex.append(part);
  byId("more").hidden = cells.length >= bytes.length;
}
function cellsOf(field) {
  return cells.slice(field.start >> 3, (field.end + 7) >> 3);
}
function mark(className, index) {
  for (const marked of document.querySelectorAll("." + className)) marked.classList.remove(className);
  if (index < 0) return;
  rows[index].classList.add(className);
  if (fields[index].end > fields[index].start) for (const cell of cellsOf(fields[index])) cell.classList.add(className);
  const tile = tileOf(fields[index].path);
  if (tile) tile.classList.add(className);
}
// The tile of a field: the one with the longest path that begins the field's path. A component's declared fields belong to its header.
function tileOf(path) {
  const parts = tiles.filter((tile) => path === tile.dataset.path || path.startsWith(tile.dataset.path + "/"));
  return parts.sort((one, two) => two.dataset.path.length - one.dataset.path.length)[0]
    || tiles.find((tile) => tile.dataset.path === path.split("/")[0] + "/header");
}
function fieldOfTile(path) {
  const exact = fields.find((field) => field.path === path || field.path.startsWith(path + "/"));
  return exact || fields.find((field) => field.path.startsWith(path.split("/")[0] + "/"));
}
function describe(index) {
  detail.replaceChildren();
  if (index < 0) { detail.append(element("span", "hint", "No field is selected.")); return; }
  const field = fields[index], columns = rows[index].children, bits = field.end - field.start;
  const own = [...bytes.slice(field.start >> 3, (field.end + 7) >> 3)].slice(0, 64).map(hexOf).join(" ");
  const whole = field.start % 8 === 0 && bits % 8 === 0;
  const line = (label, value, code) => {
    const made = element("div", "");
    made.append(label + " ", code ? element("code", "", value) : value);
    return made;
  };
  detail.append(element("b", "", field.path),
    line("", `bit ${field.start.toLocaleString("en")}, ${bits.toLocaleString("en")} bit${bits === 1 ? "" : "s"}, clause ${columns[4].textContent}`),
    line("value", columns[3].textContent),
    line(whole ? "bytes" : "in bytes", own + ((bits >> 3) > 64 ? " …" : ""), true));
}
function scrollInto(box, inner) {
  const outside = box.getBoundingClientRect(), own = inner.getBoundingClientRect();
  if (own.top < outside.top || own.bottom > outside.bottom) box.scrollTop += own.top - outside.top - outside.height / 3;
}
function choose(index, { place, reveal = true } = {}) {
  chosen = index;
  const field = fields[index];
  while (cells.length < Math.min(bytes.length, (field.end + 7) >> 3)) showBytes(cells.length + PAGE_BYTES);
  mark("on", index);
  describe(index);
  for (const row of rows) row.removeAttribute("aria-selected");
  rows[index].setAttribute("aria-selected", "true");
  focusable(place ?? Math.min(bytes.length - 1, field.start >> 3));
  scrollInto(hex, cells[current]);
  if (reveal) rows[index].scrollIntoView({ block: "nearest" });
}
function focusable(place) {
  if (cells[current]) cells[current].tabIndex = -1;
  current = place;
  if (cells[current]) cells[current].tabIndex = 0;
}
const placeOf = (event) => { const cell = event.target.closest(".b"); return cell ? Number(cell.dataset.place) : -1; };
const rowOf = (event) => { const row = event.target.closest("tr"); return row ? Number(row.dataset.field) : -1; };
function near(index) { mark("near", index); describe(index < 0 ? chosen : index); }
// Several fields may share a byte: this is the one whose bits are under the pointer.
function fieldUnder(event, place) {
  const box = event.target.closest(".b").getBoundingClientRect();
  const bit = Math.min(7, Math.max(0, Math.floor((event.clientX - box.left) / box.width * 8)));
  return fieldAt(8 * place + bit);
}
hex.addEventListener("pointermove", (event) => { const place = placeOf(event); if (place >= 0) near(fieldUnder(event, place)); });
hex.addEventListener("pointerleave", () => near(-1));
hex.addEventListener("click", (event) => { const place = placeOf(event); if (place >= 0) choose(fieldUnder(event, place), { place }); });
hex.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ROW, ArrowDown: ROW, PageUp: -16 * ROW, PageDown: 16 * ROW, Home: -(current % ROW), End: ROW - 1 - current % ROW };
  const inside = fieldsOf(current);
  if (event.key in steps) {
    const place = Math.min(bytes.length - 1, Math.max(0, current + steps[event.key]));
    while (cells.length <= place) showBytes(cells.length + PAGE_BYTES);
    choose(fieldAt(8 * place), { place });
    cells[place].focus({ preventScroll: true });
  } else if (event.key === "Enter" || event.key === " ") { // select the next of the byte's fields
    const next = inside.findIndex((field) => field.index === chosen) + 1;
    choose(inside[next % inside.length].index, { place: current });
  } else return;
  event.preventDefault();
});
const table = byId("fields").tBodies[0];
table.addEventListener("pointermove", (event) => near(rowOf(event)));
table.addEventListener("pointerleave", () => near(-1));
table.addEventListener("click", (event) => { const index = rowOf(event); if (index >= 0) { focusRow(index); choose(index, { reveal: false }); } });
function focusRow(index) {
  for (const row of rows) row.tabIndex = -1;
  rows[index].tabIndex = 0;
}
table.addEventListener("keydown", (event) => {
  const index = rowOf(event), steps = { ArrowUp: -1, ArrowDown: 1, Home: -index, End: rows.length - 1 - index };
  if (!(event.key in steps)) return;
  const next = Math.min(rows.length - 1, Math.max(0, index + steps[event.key]));
  focusRow(next);
  rows[next].focus();
  choose(next);
  event.preventDefault();
});
const map = byId("treemap");
const tile = (event) => event.target.closest("g");
map.addEventListener("click", (event) => { const one = tile(event); if (one) chooseTile(one); });
map.addEventListener("pointermove", (event) => { const one = tile(event); if (one) { const field = fieldOfTile(one.dataset.path); if (field) near(field.index); } });
map.addEventListener("pointerleave", () => near(-1));
function chooseTile(one) {
  const field = fieldOfTile(one.dataset.path);
  for (const other of tiles) other.setAttribute("tabindex", other === one ? "0" : "-1");
  if (field) choose(field.index, { reveal: false });
}
map.addEventListener("keydown", (event) => {
  const at = tiles.indexOf(tile(event)), step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (step === undefined || at < 0) return;
  const next = tiles[(at + step + tiles.length) % tiles.length];
  chooseTile(next);
  next.focus();
  event.preventDefault();
});
// Search: words in a path, value or clause, or bytes as pairs of hexadecimal digits.
function look() {
  const query = search.value.trim().toLowerCase();
  for (const row of rows) row.classList.remove("hit");
  hits = [];
  hit = -1;
  if (!query) { searchCount.textContent = ""; return; }
  rows.forEach((row, index) => {
    if ([2, 3, 4].some((column) => row.children[column].textContent.toLowerCase().includes(query))) hits.push({ index, place: undefined });
  });
  if (/^([0-9a-f]{2}\s*)+$/.test(query)) {
    const digits = query.replace(/\s/g, "").match(/../g).map((pair) => parseInt(pair, 16));
    for (let place = 0; place + digits.length <= bytes.length; place++) {
      if (digits.every((value, offset) => bytes[place + offset] === value)) hits.push({ index: fieldAt(8 * place), place });
    }
  }
  for (const { index } of hits) rows[index].classList.add("hit");
  searchCount.textContent = hits.length ? `${hits.length} found` : "nothing found";
  if (hits.length) step(1);
}
function step(by) {
  if (!hits.length) return;
  hit = (hit + by + hits.length) % hits.length;
  searchCount.textContent = `${hit + 1} of ${hits.length}`;
  choose(hits[hit].index, { place: hits[hit].place });
}
search.addEventListener("input", look);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") { step(event.shiftKey ? -1 : 1); event.preventDefault(); }
  if (event.key === "Escape") { search.value = ""; look(); search.blur(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) { search.focus(); event.preventDefault(); }
});
for (const box of document.querySelectorAll("input[data-map]")) {
  box.addEventListener("change", () => { byId("map" + box.dataset.map).hidden = !box.checked; });
}
const theme = byId("theme"), root = document.documentElement;
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const nameTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
nameTheme();
byId("more").addEventListener("click", () => showBytes(cells.length + PAGE_BYTES));
showBytes(PAGE_BYTES);
focusRow(0);
if (tiles.length) tiles[0].setAttribute("tabindex", "0");
describe(-1);
