// Reads files with the script of the inspector, and prints what it found: node read_with_inspector.mjs PAGE < FILES
// FILES is a JSON list of files in Base64. The script and the format are taken out of the page, as it is committed.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const page = readFileSync(process.argv[2], "utf8");
const format = JSON.parse(page.match(/<script id="format" type="application\/json">(.*?)<\/script>/s)[1]);
vm.runInThisContext(page.match(/<script>(.*?)<\/script>/s)[1], { filename: "reader.js" });
const readMisc = vm.runInThisContext("readMisc");

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
const files = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(files.map((text) => {
  const begin = performance.now();
  try {
    const result = told(readMisc(format, new Uint8Array(Buffer.from(text, "base64"))));
    return { ...result, seconds: (performance.now() - begin) / 1000 };
  } catch (error) {
    return { failed: error.stack };
  }
})));
