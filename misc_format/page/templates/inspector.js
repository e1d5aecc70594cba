"use strict";
// The page around readMisc: files come by drop, by choice or by address; each gives a result or a reason.
const byId = (id) => document.getElementById(id), FORMAT = JSON.parse(byId("format").textContent);
const PAGE_BYTES = 4096, ROW = 16, MOST_ROWS = 3000, MOST_LETTERS = 2000, MOST_CELLS = 512; // that are shown
const COLOURS = [[230, 159, 0], [86, 180, 233], [204, 121, 167], [0, 158, 115], [240, 228, 66], [213, 94, 0]];
const files = []; // each {name, file} or {name, reason}
let current, cells, rows, chosen; // what is shown
const count = (value, places = 0) => value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
const several = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
const cut = (text) => `${text ?? ""}`.slice(0, MOST_LETTERS) + (`${text}`.length > MOST_LETTERS ? "…" : ""); // before it is searched
// What cannot be seen is written as escapes, as on all pages.
const visible = (text) => String(text ?? "").replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`);
// An element with properties, and with nodes or visible text inside. No text of a file is ever markup.
function make(tag, properties = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) if (name in made && name !== "role") made[name] = value; else made.setAttribute(name, value);
  made.append(...inside.map((each) => (each instanceof Node ? each : visible(each))));
  return made;
}
const line = (first, ...others) => make("tr", {}, make("th", { scope: "row" }, ...[first].flat()), ...others.map((each) => make("td", {}, ...[each].flat())));
const ruleOf = (issue) => FORMAT.rules.find((row) => row.id === issue.rule);
async function addAll(list) {
  const first = files.length;
  for (const { name, size, read } of list) {
    byId("status").textContent = `Reading ${visible(name)} …`;
    const reason = size > MOST_BYTES ? `it has ${count(size)} bytes; this page reads at most ${count(MOST_BYTES)}` : "";
    const result = async () => ({ name, file: readMisc(FORMAT, new Uint8Array(await read())) });
    files.push(reason ? { name, reason } : await result().catch((error) => ({ name, reason: `it cannot be read: ${error.message}` })));
  }
  if (files.length === first) return;
  byId("files").replaceChildren(...files.map((each, index) => make("li", {},
    make("button", { type: "button", onclick: () => showFile(index) }, each.name, make("small", {}, summary(each))))));
  byId("status").textContent = `${several(files.length, "file")}, ${files.filter((each) => each.reason).length} of them not read.`;
  showFile(first);
}
function summary({ file, reason }) {
  if (reason) return reason;
  const broken = file.issues.filter((issue) => ruleOf(issue).severity === "error").length, rest = file.issues.length - broken;
  const size = file.bpp === null ? "the header cannot be read" : `${file.width} × ${file.height}, ${file.bpp.toFixed(5)} bpp`;
  return `${size}; ${broken ? several(broken, "broken rule") : "no broken structural rule"}${file.cut ? " or more" : ""}${rest ? `, ${several(rest, "warning")}` : ""}`;
}
function showFile(index) {
  const { name, file, reason } = current = files[index];
  [...byId("files").children].forEach((item, other) => item.firstChild.setAttribute("aria-current", String(other === index)));
  byId("name").textContent = visible(name);
  byId("verdict").textContent = visible(summary(current));
  byId("verdict").classList.toggle("broken", Boolean(reason) || file.issues.some((issue) => ruleOf(issue).severity === "error"));
  for (const section of byId("result").querySelectorAll("section, #facts")) section.hidden = Boolean(reason);
  byId("result").hidden = false;
  if (!file) return;
  const facts = { file: `${several(file.bytes.length, "byte")}, ${several(8 * file.bytes.length, "bit")}` };
  if (file.bpp !== null) Object.assign(facts, { picture: `${file.width} × ${file.height} pixels`, "bits per pixel": file.bpp.toFixed(5), profile: file.profile });
  byId("facts").replaceChildren(...Object.entries(facts).map(([fact, value]) => make("div", {}, make("dt", {}, fact), make("dd", {}, value))));
  byId("rules").hidden = !file.issues.length;
  byId("issues").replaceChildren(...file.issues.map(issueRow));
  showBits(file);
  byId("shown").hidden = !file.components.length;
  byId("content").replaceChildren(...file.components.flatMap(figuresOf));
  rows = file.all.slice(0, MOST_ROWS).map((leaf, place) => {
    const row = line(leaf.path, cut(leaf.value), leaf.clause);
    row.prepend(make("td", {}, count(leaf.start)), make("td", {}, count(leaf.length)));
    row.children[3].className = "value";
    return Object.assign(row, { tabIndex: place ? -1 : 0, onclick: () => choose(place) });
  });
  byId("fields").replaceChildren(...rows, ...(file.all.length > rows.length ? [line(`${count(file.all.length - rows.length)} more fields`, "in the saved files")] : []));
  byId("hex").replaceChildren(...(cells = []));
  moreBytes();
  choose(-1);
}
function issueRow(issue) {
  const rule = ruleOf(issue), go = () => { choose(leafAt(issue.start)); byId("hex").scrollIntoView({ block: "center" }); };
  const where = make("button", { type: "button", className: "link", onclick: go }, `${issue.path}, bit ${count(issue.start)}`);
  const found = issue.found ? [make("div", { className: "note" }, `Here: ${cut(issue.found)}.`)] : [];
  return line(rule.severity === "error" ? rule.id : `${rule.id}, ${rule.severity}`, where, [`${rule.requirement} (clause ${rule.clause})`, ...found], `${rule.hint} ${rule.rationale}`);
}
function showBits({ bytes, account, components, width, height, bpp }) {
  const bits = 8 * bytes.length, methods = new Map(components.map((each) => [each.path, each]));
  byId("bar").replaceChildren(...account.map((part) => make("i", { className: part.kind, style: `flex:${part.bits} 0 0` })));
  byId("bits").replaceChildren(...[...account, { path: "file", kind: "", bits }].map((part) => {
    const { method, checked } = methods.get(part.path) ?? {}, own = method?.self_declared ? `, self-declared, ${checked ? "with" : "without"} a check` : "";
    return line([make("i", { className: part.kind }), part.path], count(part.bits), count(part.bits / 8, 1), bpp === null ? "" : count(part.bits / width / height, 5),
      `${count(100 * part.bits / (bits || 1), 1)} %`, method ? method.name + own : "");
  }));
}
// A figure of cells; `colour(x, y)` is red, green, blue and perhaps alpha.
function drawn(width, height, label, colour) {
  const step = Math.ceil(Math.max(width, height) / MOST_CELLS), size = { width: Math.ceil(width / step), height: Math.ceil(height / step) };
  const canvas = make("canvas", { ...size, role: "img", "aria-label": label, style: `max-width:${Math.max(32, 16 * size.width)}px` }), context = canvas.getContext("2d");
  const picture = context.createImageData(size.width, size.height);
  for (let i = 0; i < size.width * size.height; i++) picture.data.set([...colour(i % size.width * step, Math.floor(i / size.width) * step), 255].slice(0, 4), 4 * i);
  context.putImageData(picture, 0, 0);
  return make("figure", { className: "map" }, canvas, make("figcaption", {}, label));
}
const hue = (code) => [0, 4, 2].map((turn) => 60 + 180 * Math.min(1, Math.max(0, Math.abs((code * 0.381966 % 1 * 6 + turn) % 6 - 3) - 1)));
function figuresOf({ path, kind, number, method, start, end, text, maps = [], codes, values, note, opaque }) {
  const words = (title, ...inside) => make("div", { className: "text" }, make("h3", {}, title), ...inside), size = several((end - start) / 8, "byte");
  const pairs = text ? [...text.items, ...text.named].map((each) => Object.values(each)).map(([name, value]) => make("li", {}, make("b", {}, name), value)) : [];
  const shown = text ? [words(path, make("p", { className: "overall" }, text.overall), make("ol", {}, ...pairs))] : note === undefined ? [] : [words(path, make("pre", {}, cut(note)))];
  const coloured = (map, i) => (x, y) => (map.pixels[y * map.width + x] ? COLOURS[i % COLOURS.length] : [0, 0, 0, 0]);
  shown.push(...maps.map((map, i) => drawn(map.width, map.height, `${path}/${i}, ${map.width} × ${map.height}`, coloured(map, i))));
  if (codes) {
    const [height, width] = [1, ...codes.shape].slice(-2), plane = codes.shape.length > 2 ? ", the first plane" : "";
    const list = cut([...codes.values.slice(0, 64)].map((code) => values.labels[code]?.label ?? code).join(" "));
    const label = `${path}: ${codes.shape.join(" × ")} codes of ${count(codes.alphabet)}${plane}`, colour = (x, y) => hue(codes.values[y * width + x]);
    shown.push(drawn(width, height, label, colour), words(`${path}: first codes`, make("pre", {}, list)));
  }
  return shown.length ? shown : [make("p", { className: "note" }, `${path}: ${method?.meaning ?? `${kind} ${number} is not known`}; ${size}${opaque ? ", counted here and not decoded" : ""}.`)];
}
// The leaves are in order and without gaps: the leaf of a bit is the first that ends behind it.
function leafAt(bit, { all } = current.file) {
  let low = 0, high = all.length - 1;
  while (low < high) { const middle = low + high >> 1; if (all[middle].start + all[middle].length > bit) high = middle; else low = middle + 1; }
  return low;
}
function cellOf(place) {
  const { bytes, all } = current.file, inside = [], digits = hex(bytes[place], 2).toUpperCase();
  for (let index = leafAt(8 * place); all[index]?.start < 8 * place + 8; index++) inside.push(all[index]);
  const stops = inside.map((leaf) => `var(--${/(unread|padding)$/.test(leaf.path) ? "padding" : leaf.path.split("/")[0]}) ${12.5 * (leaf.start - 8 * place)}% ${12.5 * (leaf.start + leaf.length - 8 * place)}%`);
  const label = visible(`byte ${place}, ${digits}, ${inside.map((leaf) => leaf.path).join(", ")}`), style = `background:linear-gradient(90deg,${stops})`;
  return make("span", { className: "b", role: "gridcell", tabIndex: place ? -1 : 0, "aria-label": label, "data-place": place, style }, digits);
}
function moreBytes() {
  const { bytes } = current.file, stop = Math.min(bytes.length, cells.length + PAGE_BYTES), gap = () => make("span");
  for (let start = cells.length; start < stop; start += ROW) {
    const own = Array.from({ length: Math.min(ROW, stop - start) }, (_, i) => cellOf(start + i)), shown = [...own, ...Array.from({ length: ROW - own.length }, gap)];
    const letters = [...bytes.subarray(start, start + own.length)].map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    byId("hex").append(make("div", { role: "row" }, make("span", { className: "offset", role: "rowheader" }, hex(start, 6).toUpperCase()), ...shown.slice(0, ROW / 2), gap(),
      ...shown.slice(ROW / 2), gap(), make("span", { className: "ascii", "aria-hidden": "true" }, letters)));
    cells.push(...own);
  }
  byId("more").hidden = cells.length >= bytes.length;
}
function choose(index, place) {
  const { all, bytes } = current.file, leaf = all[chosen = index], detail = byId("detail");
  if (!leaf) return detail.replaceChildren(make("span", { className: "hint" }, "No field is selected."));
  const from = leaf.start >> 3, to = leaf.start + leaf.length + 7 >> 3, own = hexOf(bytes.subarray(from, Math.min(to, from + 64))).replace(/../g, "$& ");
  while (cells.length < Math.min(to, from + PAGE_BYTES)) moreBytes();
  detail.replaceChildren(make("b", {}, leaf.path), make("div", {}, `bit ${count(leaf.start)}, ${several(leaf.length, "bit")}, clause ${leaf.clause}`),
    make("div", {}, `value ${cut(leaf.value)}`), make("div", {}, "in bytes ", make("code", {}, `${own}${to - from > 64 ? "…" : ""}`)));
  for (const each of byId("result").querySelectorAll(".on, [tabindex='0']")) { each.classList.remove("on"); each.ariaSelected = null; each.tabIndex = -1; }
  for (const each of [rows[index], ...cells.slice(from, to)]) { each?.classList.add("on"); each?.setAttribute("aria-selected", "true"); }
  const focusable = cells[place ?? from] ?? cells[0];
  for (const each of [rows[index], focusable]) if (each) each.tabIndex = 0;
  const [outside, inner] = [byId("hex"), focusable].map((each) => each.getBoundingClientRect());
  if (inner.top < outside.top || inner.bottom > outside.bottom) byId("hex").scrollTop += inner.top - outside.top - outside.height / 3;
  return focusable;
}
byId("hex").addEventListener("click", (event) => {
  const cell = event.target.closest(".b"), box = cell?.getBoundingClientRect();
  if (cell) choose(leafAt(8 * cell.dataset.place + Math.min(7, Math.max(0, Math.floor((event.clientX - box.left) / box.width * 8)))), Number(cell.dataset.place));
});
byId("hex").addEventListener("keydown", (event) => {
  const place = Number(event.target.dataset.place), { all, bytes } = current.file, first = leafAt(8 * place), { key } = event;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ROW, ArrowDown: ROW, PageUp: -16 * ROW, PageDown: 16 * ROW, Home: -(place % ROW), End: ROW - 1 - place % ROW }[key];
  if (step === undefined && key !== "Enter" && key !== " ") return;
  event.preventDefault();
  if (step === undefined) return choose(chosen >= first && all[chosen + 1]?.start < 8 * place + 8 ? chosen + 1 : first, place);
  const next = Math.min(bytes.length - 1, Math.max(0, place + step));
  while (cells.length <= next) moreBytes();
  return choose(leafAt(8 * next), next).focus({ preventScroll: true });
});
byId("fields").addEventListener("keydown", (event) => {
  const index = rows.indexOf(event.target.closest("tr")), next = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1, Enter: index }[event.key];
  if (!rows[next]) return;
  event.preventDefault();
  choose(next);
  rows[next].focus();
});
byId("more").addEventListener("click", moreBytes);
function save(name, type, text) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}
function asData({ name, file, reason }) {
  if (reason) return { file: name, reason };
  const { bytes, width, height, profile, bpp, account: components } = file, { text } = file.components.find((each) => each.text) ?? {};
  const issues = file.issues.map(({ rule, path, start, found }) => ({ id: rule, path, bit_offset: start, message: found }));
  const plain = (value) => (typeof value === "bigint" ? String(value) : value); // JSON has no such numbers
  const fields = file.all.map(({ path, start, length, value, clause }) => ({ path, bit_offset: start, bit_length: length, value: plain(value), clause }));
  return { file: name, file_bytes: bytes.length, width, height, profile, bpp, issues, components, text, fields };
}
const HEAD = ["file", "path", "bit_offset", "bit_length", "value", "clause", "reason"]; // of the CSV file
const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""').replace(/^[=+@\t\r-]/, "'$&")}"`; // no cell is a formula
byId("json").addEventListener("click", () => save("inspector.json", "application/json", JSON.stringify(files.map(asData), null, 1)));
byId("csv").addEventListener("click", () => {
  const lines = files.map(asData).flatMap((each) => (each.fields ?? [{}]).map((field) => HEAD.map((name) => quoted(field[name] ?? each[name])).join(",")));
  save("inspector.csv", "text/csv", [HEAD.join(","), ...lines, ""].join("\r\n"));
});
const fromDisk = (list) => addAll([...list].map((each) => ({ name: each.name, size: each.size, read: () => each.arrayBuffer() })));
byId("choose").addEventListener("change", (event) => fromDisk(event.target.files).then(() => { event.target.value = ""; }));
const dragged = (event) => { event.preventDefault(); document.body.classList.toggle("dragging", event.type === "dragover"); };
for (const name of ["dragover", "dragleave", "drop"]) addEventListener(name, dragged);
addEventListener("drop", (event) => fromDisk(event.dataTransfer.files));
// ?file=NAME opens a file beside the page; an address elsewhere is refused.
async function fetched(wanted) {
  if (/^\s*([\w+.-]+:|[\\/]{2})/.test(wanted) || new URL(wanted, location.href).host !== location.host) throw new Error("only a file beside this page is opened by its address");
  if (location.protocol === "file:") throw new Error("a page from the disk may not read other files by itself; drop the file on it");
  const answer = await fetch(wanted);
  if (!answer.ok) throw new Error(`the server says ${answer.status}`);
  return answer.arrayBuffer();
}
addAll(new URLSearchParams(location.search).getAll("file").map((name) => ({ name, size: 0, read: () => fetched(name) })));
