// The data of the page: unpacked, put into an order of detail, and searched by colour.

async function unpack(id) {
  const text = atob(document.getElementById(id).textContent.trim());
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// Numbers of 7 bits a byte, the lowest first; the high bit says that more follow.
function varints(bytes, count) {
  const out = new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    let value = 0, scale = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    out[i] = value;
  }
  return out;
}

async function readData() {
  const buffer = await unpack("points");
  const parts = {};
  let at = 0;
  for (const [name, size] of facts.parts) {
    parts[name] = buffer.slice(at, at + size);
    at += size;
  }
  const n = facts.shown, shift = facts.shift;
  const cells = varints(new Uint8Array(parts.cells), n);
  for (let i = 1; i < n; i++) cells[i] += cells[i - 1];
  let colors;
  if (shift) {
    colors = new Uint8Array(parts.colors);
  } else {
    colors = new Uint8Array(3 * n);
    for (let i = 0; i < n; i++) {
      colors[3 * i] = cells[i] >> 16;
      colors[3 * i + 1] = (cells[i] >> 8) & 255;
      colors[3 * i + 2] = cells[i] & 255;
    }
  }
  const counts = varints(new Uint8Array(parts.counts), n);
  return {
    n, cells, colors, counts,
    merged: parts.merged ? varints(new Uint8Array(parts.merged), n) : null,
    labels: parts.labels ? new Uint16Array(parts.labels) : new Uint16Array(n),
    x: new Uint16Array(parts.x),
    y: new Uint16Array(parts.y),
    sample: new Uint8Array(parts.sample),
    clear: parts.clear ? new Uint8Array(parts.clear) : null,
    walls: parts.vertices ? {
      vertices: Float32Array.from(new Uint16Array(parts.vertices), (v) => v / 256),
      quads: new Uint16Array(parts.quads),
      sides: new Uint16Array(parts.sides),
    } : null,
  };
}

// The points in an order whose every beginning is a coarser picture of the whole: first the
// heaviest point of each cell of a grid of 8 x 8 x 8, then of 16, 32 and 64, then the rest, spread.
function detailOrder(data) {
  const order = new Uint32Array(data.n), taken = new Uint8Array(data.n);
  let length = 0;
  for (const bits of [3, 4, 5, 6]) {
    const best = new Int32Array(1 << (3 * bits)).fill(-1), drop = 8 - bits;
    for (let i = 0; i < data.n; i++) {
      if (taken[i]) continue;
      const r = data.colors[3 * i] >> drop, g = data.colors[3 * i + 1] >> drop;
      const cell = (((r << bits) | g) << bits) | (data.colors[3 * i + 2] >> drop);
      const rival = best[cell];
      if (rival < 0 || data.counts[i] > data.counts[rival]) best[cell] = i;
    }
    const begin = length;
    for (let cell = 0; cell < best.length; cell++) {
      if (best[cell] < 0) continue;
      taken[best[cell]] = 1;
      order[length++] = best[cell];
    }
    spread(order, begin, length);
  }
  const begin = length;
  for (let i = 0; i < data.n; i++) if (!taken[i]) order[length++] = i;
  spread(order, begin, length);
  return order;
}

// Mixes order[begin..end] by steps near the golden section, so that a part of it is everywhere.
function spread(order, begin, end) {
  const count = end - begin;
  if (count < 3) return;
  let step = Math.max(1, Math.round(count * 0.6180339887));
  while (divisor(step, count) !== 1) step++;
  const old = order.slice(begin, end);
  for (let i = 0, at = 0; i < count; i++, at = (at + step) % count) order[begin + i] = old[at];
}

function divisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}

// The point that a colour of the picture belongs to; -1 for none.
function pointOf(data, r, g, b) {
  const s = facts.shift, cell = ((r >> s) << 16) | ((g >> s) << 8) | (b >> s);
  let low = 0, high = data.n - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (data.cells[middle] < cell) low = middle + 1;
    else high = middle;
  }
  return data.cells[low] === cell ? low : -1;
}

// The point behind every pixel of the sample; -1 where it is transparent.
function samplePoints(data) {
  const count = data.sample.length / 3, out = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const hidden = data.clear && data.clear[i];
    out[i] = hidden ? -1 : pointOf(data, data.sample[at], data.sample[at + 1], data.sample[at + 2]);
  }
  return out;
}
