"use strict";
// The treemap of the bits of a file, squarified: its rectangles are close to squares (Bruls, Huizing, van Wijk, 2000).
const MAP_WIDTH = 960, MAP_HEIGHT = 300, GAP = 1.5, LETTER = 7.2, LINE = 16; // units: of the map, around a tile, of a letter, of a line
const total = (numbers) => numbers.reduce((sum, each) => sum + each, 0);
// The largest aspect ratio of boxes in a row along `side`: that of the first or the last.
function flatness(row, scale, side) {
  const depth = total(row) * scale / side, lengths = [row[0], row.at(-1)].map((size) => size * scale / depth);
  return Math.max(...lengths.map((length) => Math.max(depth / length, length / depth)));
}
// A box for each size, with a proportional area. Sizes are positive and in descending order.
function squarify(sizes, box) {
  const boxes = [];
  for (let left = sizes, rest = box; left.length;) {
    const scale = rest.width * rest.height / total(left), side = Math.min(rest.width, rest.height), isWide = rest.width >= rest.height;
    let taken = 1;
    while (taken < left.length && flatness(left.slice(0, taken + 1), scale, side) <= flatness(left.slice(0, taken), scale, side)) taken++;
    const row = left.slice(0, taken), depth = total(row) * scale / side;
    let at = isWide ? rest.y : rest.x;
    for (const size of row) {
      const length = side * size / total(row);
      boxes.push(isWide ? { x: rest.x, y: at, width: depth, height: length } : { x: at, y: rest.y, width: length, height: depth });
      at += length;
    }
    rest = isWide ? { ...rest, x: rest.x + depth, width: rest.width - depth } : { ...rest, y: rest.y + depth, height: rest.height - depth };
    left = left.slice(taken);
  }
  return boxes;
}
// A tile for each part that has bits; the parts of a component are neighbours. `label`: the lines that fit.
function tilesOf(parts) {
  const groups = new Map(), bitsOf = (group) => total(group.map((part) => part.bits));
  for (const part of parts.filter((each) => each.bits).sort((one, other) => other.bits - one.bits)) {
    const name = part.path.split("/")[0];
    groups.set(name, [...groups.get(name) ?? [], part]);
  }
  const order = [...groups.values()].sort((one, other) => bitsOf(other) - bitsOf(one));
  const outlines = squarify(order.map(bitsOf), { x: 0, y: 0, width: MAP_WIDTH, height: MAP_HEIGHT });
  return order.flatMap((group, index) => squarify(group.map((part) => part.bits), outlines[index]).map((box, place) => {
    const inner = { x: box.x + GAP, y: box.y + GAP, width: Math.max(0.5, box.width - 2 * GAP), height: Math.max(0.5, box.height - 2 * GAP) };
    const part = group[place], lines = [part.path, `${part.bits.toLocaleString("en")} bit${part.bits === 1 ? "" : "s"}`];
    const fits = (line, row) => 7 + line.length * LETTER <= inner.width && LINE * (row + 1) + 5 <= inner.height;
    const label = lines.slice(0, lines.findIndex((line, row) => !fits(line, row)) >>> 0);
    return { part, box: inner, label: label.map((text, row) => ({ text, x: inner.x + 7, y: inner.y + 2 + LINE * (row + 1) })) };
  }));
}
