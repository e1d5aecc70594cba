"use strict";
// Reads the structure of a .misc file. All that is particular to the format is data: the document that `misc spec --json` prints.
// What is broken in a file is in `issues`, and what was read before it in `leaves`; no file makes the reader fail.
const MOST_BYTES = 2 ** 24, MOST_ISSUES = 1000, MOST_HEX = 2 ** 16; // what a page has the patience for
class Stop extends Error {} // reading cannot go on behind a broken rule
const OPERATORS = {
  "+": (...all) => all.reduce((one, other) => one + other, 0), "-": (one, other) => one - other,
  "*": (...all) => all.reduce((one, other) => one * other, 1), "/": (one, other) => Math.floor(one / other),
  ceil: (one, other) => Math.ceil(one / other), power: (one) => 2 ** one, max: Math.max,
  "<": (one, other) => Number(one < other), ">": (one, other) => Number(one > other), "=": (one, other) => Number(one === other),
  and: (...all) => Number(!all.includes(0)), if: (which, one, other) => (which ? one : other),
};
const NAMED_OPERATORS = { // their arguments are names
  product: (file, scope, group, field) => (scope[group] ?? []).reduce((all, each) => all * (each[field] + 1), 1),
  last: (file, scope, group, field) => (scope[group]?.at(-1)?.[field] ?? -1) + 1,
  row: (file, scope, table, id, column) => file.format.registry[table].find((row) => row.id === scope[id])?.[column] ?? 0,
};
function evaluate(file, expression, scope) {
  if (typeof expression === "string") return /^[A-Z]/.test(expression) ? limit(file, expression) : scope[expression] ?? 0;
  if (!Array.isArray(expression)) return expression;
  const [operator, ...rest] = expression;
  if (Object.hasOwn(NAMED_OPERATORS, operator)) return NAMED_OPERATORS[operator](file, scope, ...rest);
  return OPERATORS[operator](...rest.map((each) => evaluate(file, each, scope)));
}
const limit = (file, name) => file.format.limits.find((row) => row.name === name).value;
const nameOf = (file, table, id) => file.format.registry[table].find((row) => row.id === id)?.name;
const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
const hex = (value, digits) => value.toString(16).padStart(digits, "0");
const hexOf = (bytes) => (bytes.length > MOST_HEX ? `${bytes.length} bytes` : Array.from(bytes, (byte) => hex(byte, 2)).join(""));
const decodeText = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
// A window of the file, read bit by bit. `path` names the place in what is reported.
class Bits {
  constructor(file, path, start, end) { Object.assign(this, { file, path, start, at: start, end, leaves: [] }); }
  get left() { return this.end - this.at; }
  // The next bits as a leaf, if there are any.
  skip(bits, path, value, clause, start = this.at) { this.at += bits; if (this.at > start) this.leaf(path, start, value, clause); }
  leaf(path, start, value, clause, row) { return this.leaves[this.leaves.push({ path, start, length: this.at - start, value, clause, row }) - 1]; }
  // A broken rule behind which reading goes on: at `start`, or at the field of the path if that is null.
  flaw(rule, start, path = this.path, found = "") {
    const number = this.file.issues.push({ rule, path, start: start ?? this.leaves.find((leaf) => leaf.path === path)?.start ?? this.at, found });
    if (this.file.cut = number >= MOST_ISSUES) throw new Stop();
  }
  fail(...args) { this.flaw(...args); throw new Stop(); }
  need(bits, rule, start, path) { if (bits > this.left) this.fail(rule, start, path, `${plural(bits, "bit")} needed, ${this.left} left`); }
  bit() { return this.file.bytes[this.at >> 3] >> (7 - (this.at++ & 7)) & 1; }
  u(n) { // a number, or beyond 48 bits a BigInt
    if (n > 48) return BigInt(this.u(n - 32)) << 32n | BigInt(this.u(32));
    let value = 0;
    for (let i = 0; i < n; i++) value = 2 * value + this.bit();
    return value;
  }
  octets(n) { // they begin at a byte everywhere in the format
    this.at += 8 * n;
    return this.file.bytes.subarray((this.at >> 3) - n, this.at >> 3);
  }
}
// The value of a row of a syntax table, by its descriptor.
const READ = {
  f: (...given) => READ.u(...given),
  u(bits, row, rules) { bits.need(row.bits, rules.truncated, bits.at); return bits.u(row.bits); },
  v(bits, row, rules, start = bits.at) {
    const { group_bits: group, most_bytes: longest, most, rules: own } = bits.file.format.descriptors.v;
    for (let value = 0, count = 1; ; count++) {
      bits.need(group + 1, rules.truncated, start);
      const byte = bits.u(group + 1), more = byte >> group;
      value += byte % 2 ** group * 2 ** (group * (count - 1));
      if (value > most || (more && count === longest)) bits.fail(own.too_large, start, undefined, "the varint is too large");
      if (!more && !byte && count > 1) bits.flaw(own.longer_than_needed, start, undefined, "the varint has a byte more than it needs");
      if (!more) return value;
    }
  },
  s(bits, row, rules) {
    const start = bits.at, count = READ.v(bits, row, rules);
    bits.need(8 * count, rules.truncated, start);
    const bytes = bits.octets(count), wrong = utf8Fault(bytes);
    if (wrong >= 0) bits.flaw(rules.not_utf8, bits.at - 8 * (count - wrong), undefined, `byte ${wrong} of the string is not UTF-8`);
    return decodeText(bytes);
  },
};
// The index of the first byte of the first ill-formed sequence of UTF-8, or -1 (table 3-7 of Unicode).
function utf8Fault(bytes) {
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i], more = lead < 0x80 ? 0 : lead < 0xC2 ? -1 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : -1;
    const low = lead === 0xE0 ? 0xA0 : lead === 0xF0 ? 0x90 : 0x80, high = lead === 0xED ? 0x9F : lead === 0xF4 ? 0x8F : 0xBF;
    if (more < 0 || (more && !(bytes[i + 1] >= low && bytes[i + 1] <= high))) return i;
    for (let j = 2; j <= more; j++) if (bytes[i + j] >> 6 !== 2) return i;
    i += more + 1;
  }
  return -1;
}
// Read a syntax table. Returns its values by name; the leaves' paths begin with `prefix`.
function parse(bits, name, prefix, scope = {}) {
  const { format } = bits.file, syntax = format.syntaxes[name], values = {}, outer = bits.path, known = { ...scope };
  for (const row of syntax.rows) {
    if (row.when && !row.when.in.includes(known[row.when.name])) continue;
    bits.path = prefix + row.name;
    if (row.group) {
      const each = (_, i) => parse(bits, row.group, `${prefix}${row.name}/${i}/`, known);
      known[row.name] = values[row.name] = Array.from({ length: evaluate(bits.file, row.repeat, known) }, each);
      continue;
    }
    const start = bits.at, descriptor = format.descriptors[row.kind], value = READ[row.kind](bits, row, descriptor.rules);
    const fits = row.kind === "f" ? value === row.fixed : !row.allowed || row.allowed.some(([first, last]) => first <= value && value <= last);
    const shown = descriptor.shown_in_hexadecimal_from <= row.bits ? hex(value, row.bits >> 2).toUpperCase() : value;
    if (!fits) bits[row.recover ? "flaw" : "fail"](row.rule, start, undefined, `${row.name} is ${shown}`);
    known[row.name] = values[row.name] = value;
    bits.leaf(bits.path, start, shown, syntax.clause, row);
  }
  bits.path = outer;
  return values;
}
function crc(bytes, { bits, polynomial, initial, reflected, final_xor: final }) { // in a register of 32 bits, the top ones of which are used
  const unused = 32 - bits, flip = (value, count) => Array.from({ length: count }, (_, i) => value >>> i & 1).reduce((all, bit) => 2 * all + bit, 0);
  const order = Array.from({ length: 256 }, (_, byte) => (reflected ? flip(byte, 8) : byte)), table = Int32Array.from({ length: 256 }, (_, byte) => byte << 24);
  for (let i = 0; i < 8; i++) table.forEach((state, byte) => { table[byte] = state << 1 ^ (state < 0 ? polynomial << unused : 0); });
  const state = bytes.reduce((all, byte) => all << 8 ^ table[all >>> 24 ^ order[byte]], initial << unused) >>> unused;
  return ((reflected ? flip(state, bits) : state) ^ final) >>> 0;
}
// The container: header, frames, and where each payload lies.
function readContainer(file) {
  const { container } = file.format, bits = new Bits(file, "", 0, 8 * file.bytes.length), { header: first, parts, ancillary } = container;
  file.leaves = bits.leaves;
  const header = parse(bits, first.syntax, first.prefix);
  for (const name of ["width", "height"]) file[name] = evaluate(file, container.size[name], header);
  file.profile = nameOf(file, "profiles", header[container.profile]) ?? nameOf(file, "profiles", 0);
  for (const step of first.checks) STEPS.check(bits, step, { scope: header, prefix: first.prefix });
  const core = container.components.filter((row) => header[row.flag]);
  for (const row of core) {
    const component = readFrame(bits, row.kind, row.kind, row.prefix, row === core.at(-1) && !header[ancillary.flag]);
    if (row.kind === parts.kind && component.number === parts.method) readParts(bits, component);
    else place(bits, component);
  }
  if (header[ancillary.flag]) readAncillary(bits);
  if (bits.left) bits.flaw(container.rules.bytes_behind_last, bits.at, "file", `${plural(bits.left >> 3, "byte")} behind it`);
}
const lengthOf = (values, names) => names.reduce((sum, name) => sum + (values[name] ?? 0), 0);
function readFrame(bits, kind, path, prefix, last) {
  const { bytes, format } = bits.file, { frame, rules } = format.container, begin = bits.at, { flag, field } = frame.check;
  const number = bits.left ? bytes[begin >> 3] >> (8 - frame.method_bits) : 0, method = format.methods.find((row) => row.kind === kind && row.id === number);
  const { form, length } = frame.forms[method?.self_declared ? "self_declared" : last ? "last" : "sized"];
  const values = parse(bits, frame.syntax, prefix, { form }), start = bits.at, checked = Boolean(values[flag]);
  const end = start + 8 * (length.length ? lengthOf(values, length) : bits.left >> 3);
  const found = checked && end <= bits.end ? crc(bytes.subarray(start / 8, end / 8), frame.check.crc) : values[field];
  if (found !== values[field]) bits.flaw(rules.wrong_check, null, prefix + field, `the payload gives ${hex(found, 4)}`);
  return { kind, path, number, method, begin, start, end, prefix, checked };
}
function place(bits, component) {
  const { start, end, path, method } = component, { rules, payload_clause: clause } = bits.file.format.container, size = (end - start) / 8;
  if (end > bits.end) bits.fail(rules.component_past_end, start, path, `${plural(size, "byte")} declared, ${bits.left >> 3} left`);
  bits.at = end;
  if (size) component.leaf = bits.leaf(path, start, size, method?.clause ?? clause);
  bits.file.components.push(component);
}
function readParts(bits, image) {
  const { file } = bits, { parts, rules } = file.format.container, outer = bits.end, seen = [], form = new RegExp(`^(?:${parts.name_form})$`);
  if (image.end > bits.end) place(bits, image); // which fails
  bits.end = image.end;
  for (let last = false; !last;) {
    const prefix = parts.prefix.replace("{i}", seen.length), known = file.issues.length;
    const isBroken = (...names) => file.issues.slice(known).some((issue) => names.some((name) => issue.path === prefix + name));
    if (seen.length === limit(file, parts.most)) bits.fail(rules.too_many_parts, bits.at, parts.kind);
    const frame = parse(bits, parts.syntax, prefix), { role, name = "" } = frame;
    last = Boolean(frame[parts.last]);
    if (frame.has_name && !name) bits.flaw(rules.name_of_part, null, `${prefix}name`, "the name is empty");
    if (!isBroken("name")) {
      if (name && !form.test(name)) bits.flaw(rules.name_of_part, null, `${prefix}name`, JSON.stringify(name));
      if (seen.some((other) => other.role === role && other.name === name)) bits.flaw(rules.same_part, null, `${prefix}role`);
      if (last && !seen.length && role === parts.plain_role && !name) bits.flaw(rules.only_part, null, `${prefix}role`);
    }
    const title = nameOf(file, "roles", role) ?? role, label = isBroken("role", "name") ? seen.length : name ? `${title}-${name}` : title;
    seen.push({ role, name });
    const component = readFrame(bits, parts.kind, `${parts.kind}/${label}`, prefix, last);
    if (component.number === parts.method) bits.fail(rules.part_of_parts, null, `${prefix}method`);
    place(bits, component);
  }
  if (bits.left) bits.flaw(rules.bytes_behind_last, bits.at, parts.kind, `${plural(bits.left >> 3, "byte")} behind it`);
  bits.at = bits.end;
  bits.end = outer;
}
function readAncillary(bits) {
  const { file } = bits, { ancillary, header, rules } = file.format.container;
  if (!bits.left) bits.flaw(rules.no_ancillary, null, header.prefix + ancillary.flag);
  for (let index = 0, previous = -1; bits.left; index++) {
    const prefix = ancillary.prefix.replace("{i}", index), begin = bits.at, number = file.bytes[begin >> 3] >> (8 - ancillary.type_bits);
    if (number <= previous) bits.flaw(rules.ancillary_order, begin, `${prefix}type`, `type ${number} follows type ${previous}`);
    if (number < ancillary.first) bits.flaw(rules.critical_type, begin, `${prefix}type`, `type ${number} is critical and not known`);
    const size = 8 * lengthOf(parse(bits, ancillary.syntax, prefix), ancillary.length), start = bits.at;
    const path = `ancillary/${nameOf(file, "ancillary_types", number) ?? number}`;
    place(bits, { kind: "ancillary", path, number, begin, start, end: start + size, prefix, checked: false });
    previous = Math.max(previous, number);
  }
}
// Payloads: the steps that are declared for each method.
const STEPS = {
  fields(bits, step, { scope, prefix }) { Object.assign(scope, parse(bits, step.syntax, prefix + step.prefix)); },
  repeat(bits, step, { scope, prefix }) {
    const count = evaluate(bits.file, step.count, scope), names = Object.entries(step.arguments);
    const given = (i) => Object.fromEntries(names.map(([name, value]) => [name, evaluate(bits.file, value, { ...scope, i, count })]));
    scope[step.name] = Array.from({ length: count }, (_, i) => parse(bits, step.syntax, prefix + step.prefix.replace("{i}", i), given(i)));
  },
  let(bits, step, { scope }) { scope[step.name] = evaluate(bits.file, step.value, scope); },
  check(bits, step, { scope, prefix }) {
    if (!evaluate(bits.file, step.broken, scope)) return;
    const leaf = step.at.map((name) => bits.leaves.find((each) => each.path === prefix + name)).find(Boolean);
    bits[step.stop ? "fail" : "flaw"](step.rule, leaf?.start ?? bits.start, leaf?.path, leaf ? `${leaf.path} is ${leaf.value}` : "");
  },
  octets(bits, step, { scope, prefix, clause }) {
    const length = evaluate(bits.file, step.length, scope);
    bits.need(8 * length, step.rule, null, prefix + step.at);
    bits.skip(8 * length, prefix + step.path, `${length} bytes`, clause);
  },
  rest(bits, step, { prefix, component, clause }) {
    const start = bits.at, bytes = bits.octets(bits.left >> 3);
    if (step.opaque) component.opaque = { path: prefix + step.path, start };
    bits.skip(0, prefix + step.path, step.hexadecimal ? hexOf(bytes) : `${bytes.length} bytes`, clause, start);
  },
  finish(bits, step, { prefix, clause }) {
    const { left, at } = bits;
    if (left >= 8) return bits.flaw(step.rules.left, at, undefined, `${plural(left >> 3, "byte")} behind the content`);
    if (bits.u(left)) bits.flaw(step.rules.padding, at, undefined, "a padding bit is not zero");
    return bits.skip(0, `${prefix}padding`, null, clause, at);
  },
  text: readText,
  map_sizes(bits, step, work) {
    const { file } = bits, { maps } = file.format, { scope } = work, code = scope[maps.code], number = evaluate(file, maps.count, scope);
    const own = (each) => ({ width: each.width_minus_1 + 1, height: each.height_minus_1 + 1 }), same = (each) => Array(number).fill(each);
    const { width, height } = file, squares = new Map(Object.entries(maps.squares).map(([each, side]) => [Number(each), { width: side, height: side }]));
    const known = new Map([[maps.picture, { width, height }], ...squares]);
    const sizes = work.sizes = known.has(code) ? same(known.get(code)) : code === maps.one_size ? same(own(scope.one_size[0])) : scope.size.map(own);
    const fits = (each) => each.width === sizes[0].width && each.height === sizes[0].height;
    const shortest = sizes.every(fits) ? [...known.keys()].find((each) => fits(known.get(each))) ?? maps.one_size : maps.each_size;
    if (shortest !== code) bits.flaw(step.rules.shortest, null, work.prefix + maps.code);
    work.pixels = sizes.reduce((sum, each) => sum + each.width * each.height, 0);
    if (work.pixels > limit(file, maps.most_pixels)) bits.fail(step.rules.pixels, bits.start, undefined, `the maps have ${work.pixels} pixels`);
  },
  map_bits(bits, step, { sizes, pixels, prefix, component, clause }) {
    bits.need(8 * Math.ceil(pixels / 8), step.rules.truncated, bits.at);
    component.maps = sizes.map((size, i) => {
      const start = bits.at, own = Uint8Array.from({ length: size.width * size.height }, () => bits.bit());
      bits.skip(0, `${prefix}${i}`, `${size.width}x${size.height}`, clause, start);
      return { ...size, pixels: own };
    });
  },
};
// The bytes of text, and the bit at which each begins; at last the bit behind them.
function textBytes(bits, coding) {
  const { text } = bits.file.format, { lengths } = text.huffman, longest = Math.max(...lengths), { at: start } = bits;
  if (coding === "raw") return { bytes: bits.octets(bits.left >> 3), begins: (i) => start + 8 * i };
  const order = lengths.map((_, symbol) => symbol).filter((symbol) => lengths[symbol]), codes = new Map(), bytes = [], begins = [start];
  order.sort((one, other) => lengths[other] - lengths[one] || one - other).reduce((next, symbol) => {
    codes.set(2 ** lengths[symbol] + (next >> longest - lengths[symbol]), symbol); // by the bits of the code behind a 1
    return next + 2 ** (longest - lengths[symbol]);
  }, 0);
  while (bytes.length <= limit(bits.file, text.most_bytes)) {
    let code = 1;
    while (!codes.has(code) && bits.left > 0) code = 2 * code + bits.bit();
    if (!codes.has(code)) break;
    bytes.push(codes.get(code));
    begins.push(bits.at);
  }
  bits.at = begins.at(-1);
  return { bytes: Uint8Array.from(bytes), begins: (i) => begins[i] };
}
function readText(bits, step, { component, prefix, clause }) {
  const { file, start } = bits, { text, container } = file.format, { rules } = step, { letters, mark } = text.named, known = file.issues.length;
  const { bytes, begins } = textBytes(bits, step.coding), tooLong = bytes.length > limit(file, text.most_bytes), fields = [];
  if (tooLong) bits.fail(rules.bytes, start, undefined, "the text is too long");
  if (bits.left >= 8) bits.fail(rules.no_code, bits.at, undefined, `the last ${bits.left} bits are not a code`);
  [...bytes, text.separator].forEach((byte, to) => { if (byte === text.separator) fields.push({ from: (fields.at(-1)?.to ?? -1) + 1, to }); });
  if (fields.length % 2 === 0) bits.flaw(rules.fields, start, undefined, `there are ${fields.length} fields`);
  if (fields.length > 1 + 2 * limit(file, text.most_pairs)) bits.flaw(rules.items, start, undefined, `there are ${fields.length >> 1} items`);
  const strings = fields.map(({ from, to }, i) => {
    const own = bytes.subarray(from, to), wrong = utf8Fault(own), path = i ? `items/${i - 1 >> 1}/${i % 2 ? "name" : "detail"}` : text.paths.first;
    if (wrong >= 0) bits.flaw(rules.not_utf8, begins(from + wrong), prefix + path, `byte ${wrong} is not UTF-8`);
    return decodeText(own);
  });
  const items = [], named = [], paths = [text.paths.first], form = new RegExp(`^(?:${container.parts.name_form})$`);
  component.text = { overall: strings[0], items, named };
  for (let i = 1; i < strings.length; i += 2) {
    const coded = strings[i], value = strings[i + 1] ?? "", isNamed = coded.startsWith(mark), own = isNamed ? coded.slice(mark.length) : coded;
    const name = isNamed && Object.hasOwn(letters, own) ? letters[own] : own, list = isNamed ? named : items;
    const path = isNamed ? `named/${named.length}` : `items/${i >> 1}`, fits = isNamed ? form.test(name) && !Object.values(letters).includes(own) : !named.length;
    if (!fits) bits.flaw(rules.names, start, `${prefix}${path}/name`, JSON.stringify(own));
    list.push(isNamed ? { name, value } : { name, detail: value });
    paths.push(`${path}/name`, `${path}/${isNamed ? "value" : "detail"}`);
  }
  if (file.issues.length > known) return; // what a field is worth is not sure
  const shown = [strings[0], ...[...items, ...named].flatMap(Object.values)], stop = bits.at;
  bits.at = start;
  fields.forEach(({ to }, i) => bits.skip(begins(to) - bits.at, prefix + paths[i], shown[i], clause)); // with the separator before it
  bits.at = stop;
}
function readPayload(file, component) {
  const { rules } = file.format.container, { path, method, kind, number } = component, bits = new Bits(file, path, component.start, component.end);
  component.leaves = bits.leaves;
  if (kind === "ancillary") return readRemark(file, component, bits);
  if (!method) return bits.flaw(rules.reserved_method, component.begin, `${component.prefix}method`, `${kind} method ${number} is reserved`);
  const work = { scope: component.values = { width: file.width, height: file.height }, prefix: `${path}/`, component, clause: method.clause };
  for (const step of method.steps) STEPS[step.do](bits, step, work);
}
function readRemark(file, component, bits) {
  const { ancillary, rules } = file.format.container, { checksum, utf8 } = ancillary, bytes = bits.octets(bits.left >> 3), wrong = utf8Fault(bytes);
  component.note = wrong < 0 ? decodeText(bytes) : hexOf(bytes);
  if (component.number === checksum.type) {
    const found = hex(crc(file.bytes.subarray(0, component.start / 8), checksum.crc), 8);
    if (bytes.length !== checksum.bytes) bits.fail(rules.checksum_size, bits.start, undefined, `${bytes.length} bytes`);
    if (hexOf(bytes) !== found) bits.fail(rules.wrong_checksum, bits.start, undefined, `the bytes give ${found}`);
  } else if (utf8.includes(component.number) && wrong >= 0) bits.fail(rules.ancillary_not_utf8, bits.start + 8 * wrong);
  if (bytes.length) bits.leaf(component.path, bits.start, component.note, ancillary.clause);
}
// What the registry and the profile say of content that the header and the fields tell.
function checkRegistered(file) {
  const { container, registry, profiles } = file.format, { rules, header: { prefix }, parts } = container, bits = 8 * file.bytes.length;
  const issue = (rule, path, start, found) => file.issues.push({ rule, path, start, found });
  for (const { kind, field, table, unless } of container.unregistered) {
    const component = file.components.find((each) => each.kind === kind && !each.stopped), number = component?.values?.[field], path = `${kind}/${field}`;
    if (number === undefined || unless.includes(number) || nameOf(file, table, number) !== undefined) continue;
    const leaf = component.leaves.find((each) => each.path === path && !component.issues);
    issue(rules.unregistered, path, leaf?.start ?? component.start, `${field} ${number} is not registered`);
  }
  const named = profiles.rows.find((row) => row.name === file.profile), start = (path) => file.leaves.find((leaf) => leaf.path === path)?.start;
  if (!named) return;
  const flag = (kind) => prefix + container.components.find((row) => row.kind === kind).flag, pixels = file.width * file.height;
  const present = [...registry.kinds].sort().filter((kind) => file.leaves.find((leaf) => leaf.path === flag(kind)).value);
  const placeOf = (kind) => file.components.find((each) => each.path === kind)?.start
    ?? (file.components.some((each) => each.kind === kind) ? start(`${parts.prefix.replace("{i}", 0)}role`) : start(flag(kind)));
  const allowed = [...named.required, ...named.optional], of = `profile ${named.name}`;
  for (const kind of named.required) if (!present.includes(kind)) issue(rules.missing_kind, kind, placeOf(kind), `${of} requires ${kind}`);
  for (const kind of present) if (!allowed.includes(kind)) issue(rules.forbidden_kind, kind, placeOf(kind), `${of} does not allow ${kind}`);
  const path = prefix + container.profile, most = named.rate / profiles.rate_pixels;
  if (bits * profiles.rate_pixels > named.rate * pixels) issue(rules.rate, path, start(path), `${(bits / pixels).toFixed(4)} bpp; ${of} allows ${most}`);
}
// Run a reader up to its end or to a Stop. Returns whether it came to its end.
function attempt(reader) { try { reader(); return true; } catch (error) { if (error instanceof Stop) return false; throw error; } }
// The leaves of all bits in file order, those of payloads in the place of the payload. What was not read is a leaf, too.
function joined(file) {
  const inside = new Map(file.components.map((component) => [component.leaf, component])), all = [];
  let at = 0;
  const upTo = (bit, path) => { if (bit > at) all.push({ path: `${path}/unread`, start: at, length: bit - at, value: "not read", clause: "4.1" }); at = bit; };
  for (const leaf of file.leaves) {
    const component = inside.get(leaf);
    for (const each of component ? component.leaves : [leaf]) { upTo(each.start, component?.path ?? "file"); all.push(each); at += each.length; }
    if (component) upTo(component.end, component.path);
  }
  upTo(8 * file.bytes.length, "file");
  return all;
}
function account(file) {
  const sum = (kind) => file.leaves.filter((leaf) => leaf.path.startsWith(`${kind}/`)).reduce((bits, leaf) => bits + leaf.length, 0);
  const payloads = file.components.map(({ path, kind, start, end }) => ({ path, kind, bits: end - start }));
  const rows = [...["header", "framing"].map((kind) => ({ path: kind, kind, bits: sum(kind) })), ...payloads];
  const bits = 8 * file.bytes.length - rows.reduce((all, row) => all + row.bits, 0);
  return bits ? [...rows, { path: "not read", kind: "padding", bits }] : rows;
}
function readMisc(format, bytes) {
  const file = { format, bytes, issues: [], components: [], leaves: [], cut: false };
  attempt(() => readContainer(file));
  for (const component of file.components) {
    const known = file.issues.length;
    component.stopped = !attempt(() => readPayload(file, component));
    component.issues = file.issues.length - known;
  }
  if (file.profile) checkRegistered(file);
  return Object.assign(file, { all: joined(file), account: account(file), bpp: file.profile ? 8 * bytes.length / (file.width * file.height) : null });
}
