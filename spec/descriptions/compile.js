// Compile misc_bitstream.ksy to the Python that the tests run: make descriptions
// The first line tells which description it was made of, so that a test sees when it is stale.
const fs = require("fs");
const path = require("path");
const crypto = require("crypto");
const modules = path.resolve(process.argv[2], "node_modules");
const compiler = require(path.join(modules, "kaitai-struct-compiler"));
const yaml = require(path.join(modules, "js-yaml"));

const source = fs.readFileSync(path.join(__dirname, "misc_bitstream.ksy"));
const target = path.join(__dirname, "..", "..", "tests", "spec", "kaitai_misc_bitstream.py");
const digest = crypto.createHash("sha256").update(source).digest("hex");
compiler.compile("python", yaml.load(source.toString()), null, false).then(
  (files) => fs.writeFileSync(target, `# Made from misc_bitstream.ksy, SHA-256 ${digest}\n${Object.values(files)[0]}`),
  (error) => { console.error(String(error)); process.exit(1); },
);
