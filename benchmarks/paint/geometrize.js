// Geometric primitives by geometrizejs (Geometrize's own code, compiled to JavaScript).
// node geometrize.js WIDTH HEIGHT SHAPES < rgba > rgba; the seconds taken go to stderr.
const { Bitmap, ImageRunner, ShapeTypes } = require("geometrizejs");

const [width, height, shapes] = process.argv.slice(2).map(Number);
const pixels = require("fs").readFileSync(0);
const runner = new ImageRunner(Bitmap.createFromByteArray(width, height, pixels));
// What its README uses, and its defaults.
const options = {
  shapeTypes: [ShapeTypes.TRIANGLE],
  candidateShapesPerStep: 50,
  shapeMutationsPerStep: 100,
  alpha: 128,
};
const start = process.hrtime.bigint();
for (let i = 0; i < shapes; i++) runner.step(options);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
process.stderr.write(String(seconds));
process.stdout.write(Buffer.from(runner.getImageData().getBytes().b));
