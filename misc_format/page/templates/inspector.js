// The page around readMisc: files come by drop, by choice or by address, or with the page; each gives a result or a reason.
const byId = (id) => document.getElementById(id), FORMAT = JSON.parse(byId("format").textContent);
const PAGE_BYTES = 2048, ROW = 16, MOST_ROWS = 3000, MOST_LETTERS = 2000, MOST_PALE = 70; // that are shown; percent of paper in the palest part
const files = []; // each {name, file} or {name, reason}
let current, cells, firstCell, rows, tiles, chosen, pointed, shades; // what is shown
const marked = { on: [], near: [] }; // elements that have these classes
const count = (value, places = 0) => value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
const several = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
const named = (table, id) => (table === undefined ? undefined : FORMAT.registry[table].find((row) => row.id === id)?.name);
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
const checkSize = (size) => { if (size > MOST_BYTES) throw new Error(`it has ${count(size)} bytes; this page reads at most ${count(MOST_BYTES)}`); };
// The result of a file that is dropped, chosen, named in the address or given with the page. `size` is null if it is not known before.
async function resultOf({ name, size, read, given }) {
  byId("status").textContent = `Reading ${visible(name)} …`;
  try {
    checkSize(size);
    const bytes = new Uint8Array(await read());
    checkSize(bytes.length);
    return { name, file: withGiven(readMisc(FORMAT, bytes), given) };
  } catch (error) {
    return { name, reason: `it cannot be read: ${error.message}` };
  }
}
async function addAll(list) {
  const first = files.length;
  for (const each of list) files.push(await resultOf(each));
  if (files.length === first) return;
  byId("files").replaceChildren(...files.map((each, index) => make("li", {}, make("button", { type: "button", className: isBroken(each) ? "broken" : "",
    onclick: () => showFile(index) }, each.name, make("small", {}, summary(each))))));
  const isAlone = files.length === 1 && Boolean(list[0].given), unread = files.filter((each) => each.reason).length, broken = files.filter(isBroken).length - unread;
  byId("status").textContent = isAlone ? "" : `${several(files.length, "file")}: ${broken} with broken rules, ${unread} not read.`;
  byId("files").hidden = isAlone;
  byId("skip").hidden = files.length < 2;
  showFile(first);
}
let queue = Promise.resolve(); // files that are dropped while others are read wait for them
const add = (list) => { queue = queue.then(() => addAll(list)); };
const isError = (issue) => ruleOf(issue).severity === "error";
const isBroken = ({ file, reason }) => Boolean(reason) || file.issues.some(isError);
// What the package found takes the place of what the page found itself.
function withGiven(file, given) {
  if (!given) return file;
  const { issues, decoded } = given, declared = new Map(file.all.map((leaf) => [leaf.path, leaf.row]));
  const all = decoded?.fields.map(([path, start, length, value, clause]) => ({ path, start, length, value, clause, row: declared.get(path) }));
  return Object.assign(file, { issues, checked: true, decoded, all: all ?? file.all, account: decoded?.account ?? file.account });
}
function summary({ file, reason }) {
  if (reason) return reason;
  const broken = file.issues.filter(isError).length, rest = file.issues.length - broken, { bpp, width, height } = file;
  const size = bpp !== null ? `${width} × ${height}, ${bpp.toFixed(5)} bpp` : file.all.length && file.all[0].path !== "file/unread" ? "the header cannot be read" : "this is no .misc file";
  return `${size}; ${broken ? several(broken, "broken rule") : file.checked ? "no broken rule" : "no broken structural rule"}${file.cut ? " or more" : ""}${rest ? `, ${several(rest, "warning")}` : ""}`;
}
function showFile(index) {
  const { name, file, reason } = current = files[index];
  [...byId("files").children].forEach((item, other) => item.firstChild.setAttribute("aria-current", String(other === index)));
  byId("files").children[index].scrollIntoView({ block: "nearest" });
  document.title = `${visible(name)} - MISC inspector`;
  byId("name").textContent = visible(name);
  byId("verdict").textContent = visible(summary(current));
  byId("verdict").classList.toggle("broken", isBroken(current));
  for (const section of byId("result").querySelectorAll("section, #facts")) section.hidden = Boolean(reason);
  byId("result").hidden = false;
  if (!file) return;
  const facts = { file: `${several(file.bytes.length, "byte")}, ${several(8 * file.bytes.length, "bit")}` };
  if (file.bpp !== null) Object.assign(facts, { picture: `${file.width} × ${file.height} pixels`, "bits per pixel": file.bpp.toFixed(5), profile: file.profile });
  const named = file.components.filter((each) => each.method).map(({ path, method }) => `${path}: ${method.name}`);
  if (named.length) facts.methods = named.join(", ");
  byId("facts").replaceChildren(...Object.entries(facts).map(([fact, value]) => make("div", {}, make("dt", {}, fact), make("dd", {}, value))));
  byId("rules").hidden = !file.issues.length;
  byId("issues").replaceChildren(...file.issues.map(issueRow));
  showBits(file);
  byId("shown").hidden = !file.components.length;
  byId("content").replaceChildren(...contentOf(file));
  rows = file.all.slice(0, MOST_ROWS).map((leaf, place) => {
    const row = line(leaf.path, cut(leaf.value), leaf.clause);
    row.prepend(make("td", {}, count(leaf.start)), make("td", {}, count(leaf.length)));
    row.children[3].className = "value";
    return Object.assign(row, { tabIndex: place ? -1 : 0, onclick: () => choose(place) });
  });
  byId("fields").replaceChildren(...rows, ...(file.all.length > rows.length ? [line(`${count(file.all.length - rows.length)} more fields`, "in the saved files")] : []));
  [cells, marked.on, marked.near, pointed] = [[], [], [], -1];
  showPage(0);
  choose(-1);
  look();
}
function issueRow(issue) {
  const rule = ruleOf(issue), go = () => { choose(leafAt(issue.start)); byId("hex").scrollIntoView({ block: "center" }); };
  const where = make("button", { type: "button", className: "link", onclick: go }, `${issue.path}, bit ${count(issue.start)}`);
  const found = issue.found ? [make("div", { className: "note" }, `Here: ${cut(issue.found)}.`)] : [];
  return line(isError(issue) ? rule.id : `${rule.id}, ${rule.severity}`, where, [`${rule.requirement} (clause ${rule.clause})`, ...found], `${rule.hint} ${rule.rationale}`);
}
// The first part of an image has the full colour, and the last the palest.
function shadesOf(account) {
  const owners = [...new Set(account.map((part) => part.owner ?? part.path).filter((owner) => owner.startsWith("image/")))];
  return new Map(owners.map((owner, place) => [owner, Math.floor(MOST_PALE * place / Math.max(1, owners.length - 1))]));
}
const shadeOf = (owner) => (shades.has(owner) ? { style: `--shade:${shades.get(owner)}%` } : {});
// The colour of a field: of its component or, in an image of several parts, a shade for its part.
function colourOf(path) {
  const kind = /(^|\/)(unread|padding)$/.test(path) ? "padding" : path.split("/")[0], shade = kind === "image" ? shades.get(path.split("/").slice(0, 2).join("/")) : undefined;
  return shade === undefined ? `var(--${kind})` : `color-mix(in oklab, var(--${kind}), var(--paper) ${shade}%)`;
}
function showBits({ bytes, account, components, decoded, width, height, bpp }) {
  const bits = 8 * bytes.length, methods = new Map(components.map((each) => [each.path, each])), own = decoded ? ["information (bits)", "status"] : ["method"];
  shades = shadesOf(account);
  byId("bits-head").replaceChildren(...["part", "bits", "bytes", "bpp", "share", ...own].map((name) => make("th", { scope: "col" }, name)));
  byId("bits").replaceChildren(...[...account, { path: "file", kind: "", bits }].map((part) => {
    const { method, checked } = methods.get(part.path) ?? {}, how = method?.self_declared ? `, self-declared, ${checked ? "with" : "without"} a check` : "";
    const told = decoded ? [part.information == null ? "" : count(part.information, 1), part.status] : [method ? method.name + how : ""];
    const mark = part.kind ? [make("i", { className: part.kind, ...shadeOf(part.owner ?? part.path) })] : [];
    return line([...mark, part.path], count(part.bits), count(part.bits / 8, 1), bpp === null ? "" : count(part.bits / width / height, 5), `${count(100 * part.bits / (bits || 1), 1)} %`, ...told);
  }));
  showTreemap(account, bits);
  showRows("outside", (decoded?.outside ?? []).map(({ what, name, path, size }) => line(what, name, path, size == null ? "" : count(size))));
  showRows("budget", (decoded?.budget ?? []).map(({ quantity, used, limit: most }) => line(quantity, count(used), count(most), make("meter", { min: 0, max: most, value: used, "aria-label": quantity }))));
}
function showRows(id, lines) {
  byId(id).tBodies[0].replaceChildren(...lines);
  byId(id).hidden = !lines.length;
}
const svg = (tag, properties, ...inside) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
};
function showTreemap(account, bits) {
  tiles = tilesOf(account).map(({ part, box, label }, index) => {
    const told = visible(`${part.path}: ${several(part.bits, "bit")}, ${count(100 * part.bits / bits, 1)} %`), lines = label.map(({ text, x, y }) => svg("text", { x, y }, visible(text)));
    const own = { role: "listitem", tabindex: index ? -1 : 0, "data-path": part.path, "aria-label": told };
    return svg("g", own, svg("title", {}, told), svg("rect", { class: part.kind, ...shadeOf(part.owner ?? part.path), ...box }), ...lines);
  });
  byId("treemap").replaceChildren(svg("svg", { viewBox: `0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`, preserveAspectRatio: "none" }, ...tiles));
}
// The tile of a field: the one with the longest path that begins the field's path. A component's declared fields belong to its header.
function tileOf(path) {
  const parts = tiles.filter(({ dataset }) => path === dataset.path || path.startsWith(`${dataset.path}/`));
  return parts.sort((one, other) => other.dataset.path.length - one.dataset.path.length)[0] ?? tiles.find(({ dataset }) => dataset.path === `${path.split("/")[0]}/header`);
}
function fieldOfTile(path) {
  const { all } = current.file, exact = all.findIndex((leaf) => leaf.path === path || leaf.path.startsWith(`${path}/`));
  return exact < 0 ? all.findIndex((leaf) => leaf.path.startsWith(`${path.split("/")[0]}/`)) : exact;
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
  const stops = inside.map((leaf) => `${colourOf(leaf.path)} ${12.5 * (leaf.start - 8 * place)}% ${12.5 * (leaf.start + leaf.length - 8 * place)}%`);
  const label = visible(`byte ${place}, ${digits}, ${inside.map((leaf) => leaf.path).join(", ")}`), style = `background:linear-gradient(90deg,${stops})`;
  return make("span", { className: "b", role: "gridcell", tabIndex: -1, "aria-label": label, "data-place": place, style }, digits);
}
const cellAt = (place) => cells[place - firstCell];
// Show the page of bytes that has this place. A file of many bytes has many pages.
function showPage(place) {
  const { bytes } = current.file, first = Math.floor(place / PAGE_BYTES) * PAGE_BYTES, stop = Math.min(bytes.length, first + PAGE_BYTES), gap = () => make("span");
  if (cells.length && first === firstCell) return;
  firstCell = first;
  cells = Array.from({ length: stop - first }, (_, i) => cellOf(first + i));
  if (cells.length) cells[0].tabIndex = 0;
  byId("hex").replaceChildren(...Array.from({ length: Math.ceil(cells.length / ROW) }, (_, row) => {
    const start = first + ROW * row, own = cells.slice(ROW * row, ROW * (row + 1)), shown = [...own, ...Array.from({ length: ROW - own.length }, gap)];
    const letters = [...bytes.subarray(start, start + own.length)].map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    return make("div", { role: "row" }, make("span", { className: "offset", role: "rowheader" }, hex(start, 6).toUpperCase()), ...shown.slice(0, ROW / 2), gap(),
      ...shown.slice(ROW / 2), gap(), make("span", { className: "ascii", "aria-hidden": "true" }, letters));
  }));
  byId("pages").hidden = bytes.length <= PAGE_BYTES;
  byId("range").textContent = `bytes ${count(first)} to ${count(stop - 1)} of ${count(bytes.length)}`;
  [byId("earlier").disabled, byId("later").disabled] = [first === 0, stop === bytes.length];
}
function turnPage(step) {
  showPage(firstCell + step * PAGE_BYTES);
  mark("on", chosen);
  byId("hex").scrollTop = 0;
}
function describe(index) {
  const { all, bytes } = current.file, leaf = all[index], detail = byId("detail");
  if (!leaf) return detail.replaceChildren(make("span", { className: "hint" }, "No field is selected."));
  const [from, to] = placesOf(leaf), own = hexOf(bytes.subarray(from, Math.min(to, from + 64))).toUpperCase().replace(/../g, "$& "), isWhole = leaf.start % 8 === 0 && leaf.length % 8 === 0;
  const { meaning, table } = leaf.row ?? {}, framed = current.file.components.find(({ prefix }) => leaf.path === `${prefix}method`);
  const name = named(table, leaf.value) ?? framed?.method?.name;
  return detail.replaceChildren(make("b", {}, leaf.path), make("div", {}, `bit ${count(leaf.start)}, ${several(leaf.length, "bit")}, clause ${leaf.clause}`),
    make("div", {}, `value ${cut(leaf.value)}`, ...(name ? [", ", make("b", {}, name)] : [])), ...(meaning ? [make("div", { className: "hint" }, meaning)] : []),
    make("div", {}, isWhole ? "bytes " : "in bytes ", make("code", {}, `${own}${to - from > 64 ? "…" : ""}`)));
}
const placesOf = ({ start, length }) => [start >> 3, start + length + 7 >> 3];
// Mark a field, its bytes and its tile.
function mark(className, index) {
  const leaf = current.file.all[index], own = leaf?.length ? placesOf(leaf).map((place) => Math.max(0, place - firstCell)) : [0, 0];
  for (const each of marked[className]) each.classList.remove(className);
  marked[className] = leaf ? [rows[index], ...cells.slice(...own), tileOf(leaf.path)].filter(Boolean) : [];
  for (const each of marked[className]) each.classList.add(className);
}
function near(index) {
  if (!current?.file || index === pointed) return;
  mark("near", pointed = index);
  describe(index < 0 ? chosen : index);
}
function choose(index, place) {
  const leaf = current.file.all[chosen = index], at = place ?? Math.min(leaf ? leaf.start >> 3 : 0, Math.max(0, current.file.bytes.length - 1));
  if (leaf) showPage(at);
  mark("on", index);
  describe(index);
  if (!leaf) return undefined;
  for (const each of byId("result").querySelectorAll("[aria-selected], [tabindex='0']")) { each.removeAttribute("aria-selected"); each.setAttribute("tabindex", -1); }
  rows[index]?.setAttribute("aria-selected", "true");
  const focusable = cellAt(at);
  for (const each of [rows[index], focusable, tileOf(leaf.path) ?? tiles[0]]) each?.setAttribute("tabindex", 0);
  const [outside, inner] = [byId("hex"), focusable].map((each) => each.getBoundingClientRect());
  if (inner.top < outside.top || inner.bottom > outside.bottom) byId("hex").scrollTop += inner.top - outside.top - outside.height / 3;
  return focusable;
}
// Several fields may share a byte: this is the one whose bits are under the pointer.
function fieldUnder(event, cell) {
  const box = cell.getBoundingClientRect();
  return leafAt(8 * cell.dataset.place + Math.min(7, Math.max(0, Math.floor((event.clientX - box.left) / box.width * 8))));
}
byId("hex").addEventListener("click", (event) => {
  const cell = event.target.closest(".b");
  if (cell) { choose(fieldUnder(event, cell), Number(cell.dataset.place)); reveal(); }
});
const reveal = () => rows[chosen]?.scrollIntoView({ block: "nearest" });
// What lies under the pointer is marked beside what is chosen.
for (const [id, indexOf] of [
  ["hex", (event) => { const cell = event.target.closest(".b"); return cell ? fieldUnder(event, cell) : -1; }],
  ["fields", (event) => rows.indexOf(event.target.closest("tr"))],
  ["treemap", (event) => { const tile = event.target.closest("g"); return tile ? fieldOfTile(tile.dataset.path) : -1; }],
]) {
  byId(id).addEventListener("pointermove", (event) => near(indexOf(event)));
  byId(id).addEventListener("pointerleave", () => near(-1));
}
function chooseTile(tile) {
  choose(fieldOfTile(tile.dataset.path));
  for (const other of tiles) other.setAttribute("tabindex", other === tile ? 0 : -1);
}
byId("treemap").addEventListener("click", (event) => { const tile = event.target.closest("g"); if (tile) chooseTile(tile); });
byId("treemap").addEventListener("keydown", (event) => {
  const at = tiles.indexOf(event.target.closest("g")), step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Enter: 0, " ": 0 }[event.key];
  if (step === undefined || at < 0) return;
  event.preventDefault();
  const next = tiles[(at + step + tiles.length) % tiles.length];
  chooseTile(next);
  next.focus();
});
byId("hex").addEventListener("keydown", (event) => {
  const place = Number(event.target.dataset.place), { all, bytes } = current.file, first = leafAt(8 * place), { key } = event;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ROW, ArrowDown: ROW, PageUp: -16 * ROW, PageDown: 16 * ROW, Home: -(place % ROW), End: ROW - 1 - place % ROW }[key];
  if (step === undefined && key !== "Enter" && key !== " ") return;
  event.preventDefault();
  if (step === undefined) { choose(chosen >= first && all[chosen + 1]?.start < 8 * place + 8 ? chosen + 1 : first, place); return reveal(); }
  const next = Math.min(bytes.length - 1, Math.max(0, place + step));
  choose(leafAt(8 * next), next).focus({ preventScroll: true });
  return reveal();
});
byId("fields").addEventListener("keydown", (event) => {
  const index = rows.indexOf(event.target.closest("tr")), next = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1, Enter: index }[event.key];
  if (!rows[next]) return;
  event.preventDefault();
  choose(next);
  rows[next].focus();
});
for (const [id, step] of [["earlier", -1], ["later", 1]]) byId(id).addEventListener("click", () => turnPage(step));
// Search: words in a path, value or clause, or bytes as pairs of hexadecimal digits.
let hits = [], hit = -1;
function look() {
  const query = byId("search").value.trim().toLowerCase(), { file } = current ?? {};
  for (const row of rows ?? []) row.classList.remove("hit");
  [hits, hit] = [[], -1];
  byId("search-count").textContent = "";
  if (!query || !file) return;
  file.all.forEach((leaf, index) => { if ([leaf.path, leaf.value, leaf.clause].some((text) => `${text ?? ""}`.toLowerCase().includes(query))) hits.push([index]); });
  if (/^([0-9a-f]{2}\s*)+$/.test(query)) {
    const wanted = query.replace(/\s/g, "").match(/../g).map((pair) => parseInt(pair, 16));
    for (let place = 0; place + wanted.length <= file.bytes.length && hits.length < MOST_ROWS; place++) {
      if (wanted.every((byte, offset) => file.bytes[place + offset] === byte)) hits.push([leafAt(8 * place), place]);
    }
  }
  for (const [index] of hits) rows[index]?.classList.add("hit");
  if (hits.length) goTo(1); else byId("search-count").textContent = "nothing found";
}
function goTo(step) {
  if (!hits.length) return;
  hit = (hit + step + hits.length) % hits.length;
  byId("search-count").textContent = `${hit + 1} of ${hits.length}`;
  choose(...hits[hit]);
  reveal();
}
byId("search").addEventListener("input", look);
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") { goTo(event.shiftKey ? -1 : 1); event.preventDefault(); }
  if (event.key === "Escape") { event.target.value = ""; look(); event.target.blur(); }
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input")) return;
  event.preventDefault();
  byId("search").focus();
});
const root = document.documentElement, isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
const nameTheme = () => byId("theme").setAttribute("aria-pressed", String(isDark()));
byId("theme").addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
nameTheme();
function save(name, type, text) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}
function asData({ name, file, reason }) {
  if (reason) return { file: name, reason };
  const { bytes, width, height, profile, bpp } = file, text = file.decoded?.text ?? file.components.find((each) => each.text)?.text;
  const issues = file.issues.map((issue) => ({ id: issue.rule, severity: ruleOf(issue).severity, path: issue.path, bit_offset: issue.start, message: issue.found }));
  const plain = (value) => (typeof value === "bigint" ? String(value) : value); // JSON has no such numbers
  const fields = file.all.map(({ path, start, length, value, clause }) => ({ path, bit_offset: start, bit_length: length, value: plain(value), clause }));
  const methodOf = (path) => file.components.find((each) => each.path === path)?.method?.name;
  const components = file.account.map(({ path, kind, bits, information, status }) => ({ path, kind, method: methodOf(path), bits, information_bits: information, status }));
  return { file: name, format_version: FORMAT.format.version, file_bytes: bytes.length, width, height, profile, bpp, issues, components, text, fields };
}
// The CSV file has a row for each file, then one for each broken rule, component and field of it. `row` says which.
const HEAD = ["file", "row", "path", "bit_offset", "bit_length", "value", "clause", "rule", "message"];
function csvRows({ file, reason, file_bytes: bytes, bpp, issues = [], components = [], fields = [] }) {
  const all = [{ row: "file", bit_offset: reason ? "" : 0, bit_length: reason ? "" : 8 * bytes, value: bpp, message: reason },
    ...issues.map(({ id, ...rest }) => ({ row: "issue", rule: id, ...rest })),
    ...components.map(({ path, bits, method }) => ({ row: "component", path, bit_length: bits, value: method })), ...fields.map((field) => ({ row: "field", ...field }))];
  return all.map((each) => HEAD.map((name) => quoted(name === "file" ? file : each[name])).join(","));
}
const quoted = (value) => { // no text is a formula
  const text = String(value ?? "").replaceAll('"', '""');
  return `"${typeof value === "number" ? text : text.replace(/^[=+@\t\r-]/, "'$&")}"`;
};
byId("json").addEventListener("click", () => save("inspector.json", "application/json", JSON.stringify(files.map(asData), null, 1)));
byId("csv").addEventListener("click", () => save("inspector.csv", "text/csv", [HEAD.join(","), ...files.map(asData).flatMap(csvRows), ""].join("\r\n")));
const fromDisk = (list) => add([...list].map((each) => ({ name: each.name, size: each.size, read: () => each.arrayBuffer() })));
byId("choose").addEventListener("change", (event) => { fromDisk(event.target.files); event.target.value = ""; });
const dragged = (event) => { event.preventDefault(); document.body.classList.toggle("dragging", event.type === "dragover"); };
for (const name of ["dragover", "dragleave", "drop"]) addEventListener(name, dragged);
addEventListener("drop", (event) => fromDisk(event.dataTransfer.files));
// ?file=NAME opens a file beside the page or below it; no address leads elsewhere.
async function fetched(wanted) {
  const steps = wanted.split("/");
  if (/[\\:]/.test(wanted) || steps.some((step) => ["", ".", ".."].includes(step))) throw new Error("only a file beside this page is opened by its address");
  if (location.protocol === "file:") throw new Error("a page from the disk may not read other files by itself; drop the file on it");
  const answer = await fetch(steps.map(encodeURIComponent).join("/"));
  if (!answer.ok) throw new Error(`the server says ${answer.status}`);
  checkSize(Number(answer.headers.get("content-length")));
  return answer.arrayBuffer();
}
const given = JSON.parse(byId("given")?.textContent ?? "null");
if (given) add([{ name: given.name, size: null, read: async () => Uint8Array.from(atob(given.bytes), (letter) => letter.charCodeAt(0)), given }]);
else add(new URLSearchParams(location.search).getAll("file").map((name) => ({ name, size: null, read: () => fetched(name) })));
