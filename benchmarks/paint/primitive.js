// Geometric primitives by primitive.js, a port of fogleman/primitive.
// node primitive.js IN.png OUT.png SHAPES; the seconds taken go to stderr.
const primitive = require("primitive");

const [input, output, shapes] = process.argv.slice(2);
const start = process.hrtime.bigint();
primitive({ input, output, numSteps: Number(shapes), shapeType: "triangle", log: () => {} }).then(
  () => process.stderr.write(String(Number(process.hrtime.bigint() - start) / 1e9)),
  (error) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
  },
);
