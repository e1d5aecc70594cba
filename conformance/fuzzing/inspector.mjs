// Reads files with the script of the inspector: node inspector.mjs < LINES
// The first line is {"page": HTML, "limits": {NAME: VALUE, ...}}; each other line is a file in Base64, and gets a line of JSON with what
// the script found. The script and the format are taken out of the page, and the limits replace those of the format.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import vm from "node:vm";

const PATIENCE = 60_000; // milliseconds
const READ = new vm.Script("readMisc(given.format, given.bytes)");
const given = (globalThis.given = {});

function open({ page, limits }) {
  given.format = JSON.parse(page.match(/<script id="format" type="application\/json">(.*?)<\/script>/s)[1]);
  for (const row of given.format.limits) row.value = limits[row.name] ?? row.value;
  vm.runInThisContext(page.match(/<script>(.*?)<\/script>/s)[1], { filename: "reader.js" });
}
function told(file) {
  const maps = file.components.flatMap((component) => component.maps ?? []);
  return {
    size: [file.width ?? null, file.height ?? null], profile: file.profile ?? null, bpp: file.bpp, cut: file.cut,
    fields: file.all.map(({ path, start, length, value, clause }) => [path, start, length, value === null ? null : String(value), clause]),
    issues: file.issues.map(({ rule, path, start }) => [rule, path, start]),
    account: file.account.map(({ path, kind, bits }) => [path, kind, bits]),
    opaque: Object.fromEntries(file.components.filter((each) => each.opaque).map((each) => [each.path, each.opaque])),
    text: file.components.find((component) => component.text)?.text ?? null,
    maps: maps.map((map) => ({ columns: map.width, rows: map.height, planes: 1, sha256: createHash("sha256").update(map.pixels).digest("hex") })),
    codes: file.components.filter((each) => each.codes).map(({ codes }) => ({ shape: codes.shape, values: [...codes.values], alphabet: codes.alphabet })),
  };
}
function read(line) {
  const begin = performance.now();
  given.bytes = new Uint8Array(Buffer.from(line, "base64"));
  try {
    const file = READ.runInThisContext({ timeout: PATIENCE });
    return { ...told(file), seconds: (performance.now() - begin) / 1000 };
  } catch (error) {
    return { failed: error.stack };
  }
}
let isOpen = false;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (isOpen) process.stdout.write(`${JSON.stringify(read(line))}\n`);
  else open(JSON.parse(line));
  isOpen = true;
}
