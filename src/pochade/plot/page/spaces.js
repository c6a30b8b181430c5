// Colour spaces: sRGB bytes to coordinates, and coordinates to the scene (x right, y up, z nearer).
// The matrices come with the page, from the same table that Python uses.

const linearOfByte = new Float64Array(256);
for (let byte = 0; byte < 256; byte++) linearOfByte[byte] = toLight(byte);

function toLight(value) {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
}

function mix(rows, x, y, z) {
  return rows.map((row) => row[0] * x + row[1] * y + row[2] * z);
}

function labOf(r, g, b) {
  const [x, y, z] = mix(facts.matrices.xyz, r, g, b).map((t) =>
    t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function oklabOf(r, g, b) {
  const [l, m, s] = mix(facts.matrices.lms, r, g, b).map(Math.cbrt);
  return mix(facts.matrices.oklab, l, m, s);
}

// name; the coordinates of a colour (bytes, fractions allowed); their place in the scene; and the
// axes as [label, from, to, ticks] in coordinates. The scene keeps a space's own proportions.
const SPACES = {
  srgb: {
    name: "sRGB",
    of: (r, g, b) => [r, g, b],
    scene: ([r, g, b]) => [r / 127.5 - 1, b / 127.5 - 1, 1 - g / 127.5],
    axes: [
      ["R", [0, 0, 0], [255, 0, 0], [[0, "0"], [128, "128"], [255, "255"]]],
      ["G", [0, 0, 0], [0, 255, 0], [[128, "128"], [255, "255"]]],
      ["B", [0, 0, 0], [0, 0, 255], [[128, "128"], [255, "255"]]],
    ],
    shown: ([r, g, b]) => `R ${r}  G ${g}  B ${b}`,
    near: 1,
  },
  lab: {
    name: "L*a*b*",
    of: (r, g, b) => labOf(toLight(r), toLight(g), toLight(b)),
    scene: ([l, a, b]) => [a / 85, (l - 50) / 85, -b / 85],
    axes: [
      ["L*", [0, 0, 0], [100, 0, 0], [[0, "0"], [50, "50"], [100, "100"]]],
      ["a*", [0, -90, 0], [0, 100, 0], [[-80, "−80"], [80, "80"]]],
      ["b*", [0, 0, -110], [0, 0, 100], [[-80, "−80"], [80, "80"]]],
    ],
    shown: ([l, a, b]) => `L* ${l.toFixed(1)}  a* ${a.toFixed(1)}  b* ${b.toFixed(1)}`,
    near: 0.88,
  },
  oklab: {
    name: "OKLab",
    of: (r, g, b) => oklabOf(toLight(r), toLight(g), toLight(b)),
    scene: ([l, a, b]) => [a * 2.6, l * 2.6 - 1.3, -b * 2.6],
    axes: [
      ["L", [0, 0, 0], [1, 0, 0], [[0, "0"], [0.5, "0.5"], [1, "1"]]],
      ["a", [0, -0.25, 0], [0, 0.3, 0], [[-0.2, "−0.2"], [0.2, "0.2"]]],
      ["b", [0, 0, -0.33], [0, 0, 0.22], [[-0.2, "−0.2"], [0.2, "0.2"]]],
    ],
    shown: ([l, a, b]) => `L ${l.toFixed(3)}  a ${a.toFixed(3)}  b ${b.toFixed(3)}`,
    near: 0.94,
  },
};

// Scene positions of n colours (bytes, three each; fractions allowed), as 3n floats. Written out
// for speed: it runs over every point.
function positions(space, colors) {
  const n = colors.length / 3, out = new Float32Array(3 * n);
  const exact = colors instanceof Uint8Array;
  const { xyz, lms, oklab } = facts.matrices;
  const light = (v) => (exact ? linearOfByte[v] : toLight(v));
  for (let i = 0, at = 0; i < n; i++, at += 3) {
    const r = colors[at], g = colors[at + 1], b = colors[at + 2];
    if (space === "srgb") {
      out[at] = r / 127.5 - 1;
      out[at + 1] = b / 127.5 - 1;
      out[at + 2] = 1 - g / 127.5;
      continue;
    }
    const lr = light(r), lg = light(g), lb = light(b);
    if (space === "lab") {
      const f = (row) => {
        const t = row[0] * lr + row[1] * lg + row[2] * lb;
        return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
      };
      const x = f(xyz[0]), y = f(xyz[1]), z = f(xyz[2]);
      out[at] = (500 * (x - y)) / 85;
      out[at + 1] = (116 * y - 66) / 85;
      out[at + 2] = (-200 * (y - z)) / 85;
    } else {
      const l = Math.cbrt(lms[0][0] * lr + lms[0][1] * lg + lms[0][2] * lb);
      const m = Math.cbrt(lms[1][0] * lr + lms[1][1] * lg + lms[1][2] * lb);
      const s = Math.cbrt(lms[2][0] * lr + lms[2][1] * lg + lms[2][2] * lb);
      out[at] = 2.6 * (oklab[1][0] * l + oklab[1][1] * m + oklab[1][2] * s);
      out[at + 1] = 2.6 * (oklab[0][0] * l + oklab[0][1] * m + oklab[0][2] * s) - 1.3;
      out[at + 2] = -2.6 * (oklab[2][0] * l + oklab[2][1] * m + oklab[2][2] * s);
    }
  }
  return out;
}
