// What a file says: its text, maps, picture and arrays. Without what the package decoded, this is what needs no model.
const MOST_CELLS = 512, COLOURS = [[230, 159, 0], [86, 180, 233], [204, 121, 167], [0, 158, 115], [240, 228, 66], [213, 94, 0]];
const titled = (title, ...inside) => make("div", { className: "text" }, make("h3", {}, title), ...inside);
const note = (text) => make("p", { className: "note" }, text);
function wordsOf(title, { overall, items, named }) {
  const listed = items.map((item) => make("li", {}, make("b", {}, item.name), item.detail));
  const others = named.map((each) => make("p", { className: "named" }, make("b", {}, each.name), each.value));
  return titled(title, make("p", { className: "overall" }, overall), make("ol", { start: 0 }, ...listed), ...others);
}
// The painted picture with the maps over it; each can be hidden.
function stackOf({ size: [width, height], max_width: most, url, maps }) {
  const layers = maps.map((map, i) => make("img", { className: "map", src: map.url, alt: visible(`map ${i}, ${map.name}`) }));
  const base = url ? [make("img", { className: "base", src: url, alt: "the picture as the decoder paints it" })] : [];
  const switches = maps.map((map, i) => make("label", { style: `--c:${map.colour}` },
    make("input", { type: "checkbox", checked: true, "data-map": i, onchange: ({ target }) => { layers[i].hidden = !target.checked; } }), ` ${i} ${map.name}`));
  return make("figure", { className: "picture" }, make("div", { className: "stack", style: `aspect-ratio:${width}/${height};max-width:${most}px` }, ...base, ...layers),
    make("figcaption", {}, `${width} × ${height} pixels${maps.length ? "; maps: " : ""}`, ...switches));
}
function figureOf({ path, caption, columns, rows: down, max_width: most, url, legend }) {
  const picture = url ? [make("img", { className: "cells", src: url, alt: visible(`${path} as a picture`), style: `aspect-ratio:${columns}/${down};max-width:${most}px` })] : [];
  const entries = legend.map(({ colour, label }) => make("span", { className: "legend", style: `--c:${colour}` }, label));
  return make("figure", {}, ...picture, make("figcaption", {}, make("b", {}, path), `: ${caption} `, ...entries));
}
// A figure of cells; `colour(x, y)` is red, green, blue and perhaps alpha.
function drawn(width, height, label, colour) {
  const step = Math.ceil(Math.max(width, height) / MOST_CELLS), size = { width: Math.ceil(width / step), height: Math.ceil(height / step) };
  const canvas = make("canvas", { ...size, role: "img", "aria-label": label, style: `max-width:${Math.max(32, 16 * size.width)}px` }), context = canvas.getContext("2d");
  const picture = context.createImageData(size.width, size.height);
  for (let i = 0; i < size.width * size.height; i++) picture.data.set([...colour(i % size.width * step, Math.floor(i / size.width) * step), 255].slice(0, 4), 4 * i);
  context.putImageData(picture, 0, 0);
  return make("figure", { className: "drawn" }, canvas, make("figcaption", {}, label));
}
const hue = (code) => [0, 4, 2].map((turn) => 60 + 180 * Math.min(1, Math.max(0, Math.abs((code * 0.381966 % 1 * 6 + turn) % 6 - 3) - 1)));
// Blue below 0 and red above; small numbers are seen, too.
const signed = (value) => [178, 24, 43].map((full, i) => 255 - (255 - (value < 0 ? [33, 102, 172][i] : full)) * Math.min(1, Math.sqrt(Math.abs(value)) / 8));
function figuresOf({ path, kind, number, method, start, end, text, maps = [], codes, values, note: words, opaque }) {
  const shown = text ? [wordsOf(path, text)] : words === undefined ? [] : [titled(path, make("pre", {}, cut(words)))];
  const coloured = (map, i) => (x, y) => (map.pixels[y * map.width + x] ? COLOURS[i % COLOURS.length] : [0, 0, 0, 0]);
  shown.push(...maps.map((map, i) => drawn(map.width, map.height, `${path}/${i}, ${map.width} × ${map.height}`, coloured(map, i))));
  if (codes) {
    const [height, width] = [1, ...codes.shape].slice(-2), plane = codes.shape.length > 2 ? ", the first plane" : "";
    const list = cut([...codes.values.slice(0, 64)].map((code) => values.labels?.[code]?.label ?? code).join(" "));
    const label = `${path}: ${codes.shape.join(" × ")} ${codes.noun}${codes.alphabet ? ` of ${count(codes.alphabet)}` : ""}${plane}`, colour = (x, y) => (codes.alphabet ? hue : signed)(codes.values[y * width + x]);
    shown.push(drawn(width, height, label, colour), titled(`${path}: first ${codes.noun}`, make("pre", {}, list)));
  }
  return shown.length ? shown : [note(`${path}: ${method?.meaning ?? `${kind} ${number} is not known`}; ${several((end - start) / 8, "byte")}${opaque ? ", counted here and not decoded" : ""}.`)];
}
function contentOf({ components, decoded }) {
  if (!decoded) return components.flatMap(figuresOf);
  const { text, picture, figures, notes } = decoded, remarks = components.filter((each) => each.note !== undefined);
  return [...(text ? [wordsOf("Text", text)] : []), ...(picture ? [stackOf(picture)] : []), ...notes.map(note), ...figures.map(figureOf), ...remarks.flatMap(figuresOf)];
}
