// The cloud itself: WebGL, camera, level of detail and picking. Knows nothing of the page's controls.

const POINTS = {
  vertex: `
    attribute vec3 from, to; attribute vec4 own, group; attribute float label;
    uniform mat4 camera; uniform float way, by, grow, most, only, least, near, far;
    varying vec3 color; varying float haze;
    void main() {
      gl_Position = camera * vec4(mix(from, to, way), 1.0);
      gl_PointSize = clamp(grow * (0.35 + own.a * 2.4) / gl_Position.w, 1.6, most);
      bool other = only >= 0.0 && abs(label - only) > 0.5;
      if (other) gl_PointSize = max(1.3, gl_PointSize * 0.45);
      color = mix(own.rgb, group.rgb, by);
      haze = clamp((gl_Position.w - near) / (far - near), 0.0, 1.0) * 0.42;
      if (other) haze = 0.86;
      if (group.a < least) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    }`,
  fragment: `
    precision mediump float;
    uniform vec3 ground; varying vec3 color; varying float haze;
    void main() {
      vec2 d = gl_PointCoord - 0.5;
      float r = dot(d, d);
      if (r > 0.25) discard;
      vec3 shaded = color * (1.0 - 2.0 * max(0.0, r - 0.10));
      gl_FragColor = vec4(mix(shaded, ground, haze), 1.0);
    }`,
};
const LINES = {
  vertex: `
    attribute vec3 from, to; attribute vec4 own;
    uniform mat4 camera; uniform float way; varying vec4 color;
    void main() { gl_Position = camera * vec4(mix(from, to, way), 1.0); color = own; }`,
  fragment: `
    precision mediump float; varying vec4 color;
    void main() { gl_FragColor = vec4(color.rgb * color.a, color.a); }`,
};
const STILL_AFTER = 160;
const FIRST_DRAWN = 30000;
const LEAST_DRAWN = 8000;

// How many pixels a point stands for, on a scale of one byte: eighths of powers of two.
function weight(count) {
  return Math.min(255, Math.round(8 * Math.log2(count)));
}

function compile(gl, source) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, source.vertex], [gl.FRAGMENT_SHADER, source.fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  const names = { program, at: {}, set: {} };
  for (let i = 0; i < gl.getProgramParameter(program, gl.ACTIVE_ATTRIBUTES); i++) {
    const { name } = gl.getActiveAttrib(program, i);
    names.at[name] = gl.getAttribLocation(program, name);
  }
  for (let i = 0; i < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); i++) {
    const { name } = gl.getActiveUniform(program, i);
    names.set[name] = gl.getUniformLocation(program, name);
  }
  return names;
}

function upload(gl, data, buffer = gl.createBuffer(), kind = gl.ARRAY_BUFFER) {
  gl.bindBuffer(kind, buffer);
  gl.bufferData(kind, data, gl.STATIC_DRAW);
  return buffer;
}

function attach(gl, names, name, buffer, size, type, normal = false) {
  if (!(name in names.at)) return;
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(names.at[name]);
  gl.vertexAttribPointer(names.at[name], size, type, normal, 0, 0);
}

class View {
  constructor(canvas, data, order) {
    const wanted = { antialias: false, alpha: false, powerPreference: "high-performance" };
    const gl = canvas.getContext("webgl", wanted);
    if (!gl) throw new Error("no WebGL");
    Object.assign(this, { canvas, gl, data, order, n: data.n, drawn: data.n });
    this.budget = Math.min(data.n, FIRST_DRAWN);
    this.turn = facts.turn * Math.PI / 180;
    this.tilt = facts.tilt * Math.PI / 180;
    this.zoom = 1;
    this.by = 0;
    this.only = -1;
    this.least = 0;
    this.scale = 1;
    this.way = 1;
    this.show = { walls: false };
    this.moved = performance.now(); // the first frame is a coarse one
    this.took = 16;
    this.steady = 0;
    this.ample = false;
    this.fine = false;
    this.onframe = () => {};
    this.cache = {};
    this.space = facts.space;
    this.build();
  }

  build() {
    const { gl, data, order, n } = this;
    this.points = compile(gl, POINTS);
    this.lines = compile(gl, LINES);
    const own = new Uint8Array(4 * n), group = new Uint8Array(4 * n), labels = new Uint16Array(n);
    const mean = facts.pixels / n;
    this.sizes = new Uint8Array(n);
    this.weights = new Uint8Array(n);
    this.ordered = new Uint8Array(3 * n);
    for (let i = 0, three = 0, four = 0; i < n; i++, three += 3, four += 4) {
      const p = order[i], color = facts.palette[data.labels[p]];
      // The size says how many pixels: the fifth root keeps rare colours visible.
      const size = Math.min(2.4, Math.max(0.5, Math.pow(data.counts[p] / mean, 0.2)));
      for (let c = 0; c < 3; c++) {
        own[four + c] = this.ordered[three + c] = data.colors[3 * p + c];
        if (color) group[four + c] = color[c];
      }
      own[four + 3] = this.sizes[i] = Math.round(((size - 0.35) / 2.4) * 255);
      group[four + 3] = this.weights[i] = weight(data.counts[p]);
      labels[i] = data.labels[p];
    }
    this.own = upload(gl, own);
    this.group = upload(gl, group);
    this.labels = upload(gl, labels);
    this.radius = Math.min(0.09, Math.max(0.0055, 0.36 * Math.pow(n, -1 / 3)));
    this.frame = this.frameLines();
    const tint = new Uint8Array(24).fill(128); // grey, half clear
    this.axes = { to: gl.createBuffer(), tint: upload(gl, tint) };
    this.from = gl.createBuffer();
    this.to = gl.createBuffer();
  }

  // The edges of the cube of sRGB colours, in their own colours: the frame in every space.
  frameLines() {
    const steps = 24, colors = [];
    for (let axis = 0; axis < 3; axis++) {
      for (const a of [0, 255]) for (const b of [0, 255]) for (let i = 0; i < steps; i++) {
        for (const end of [i, i + 1]) {
          const color = [a, b];
          color.splice(axis, 0, (255 * end) / steps);
          colors.push(...color);
        }
      }
    }
    const tint = new Uint8Array((colors.length / 3) * 4);
    for (let i = 0; i < colors.length / 3; i++) {
      tint.set([0, 1, 2].map((c) => 64 + colors[3 * i + c] * 0.5), 4 * i);
      tint[4 * i + 3] = 190;
    }
    return { colors: Float32Array.from(colors), tint: upload(this.gl, tint), count: colors.length / 3,
      from: this.gl.createBuffer(), to: this.gl.createBuffer() };
  }

  // Positions of everything in one space, made when first wanted.
  place(space) {
    const placed = (this.cache[space] = this.cache[space] || {
      points: positions(space, this.ordered),
      frame: positions(space, this.frame.colors),
      centroids: positions(space, Float32Array.from(facts.centroids.flatMap((c) => c.at))),
    });
    if (this.walls && !placed.walls) placed.walls = positions(space, this.data.walls.vertices);
    return placed;
  }

  buildWalls() {
    const { gl, data } = this, { quads, sides, vertices } = data.walls;
    const count = quads.length / 4, index = new Uint16Array(6 * count);
    for (let q = 0; q < count; q++) {
      const [a, b, c, d] = quads.subarray(4 * q, 4 * q + 4);
      index.set([a, b, c, a, c, d], 6 * q);
    }
    const sum = new Float32Array(vertices.length), hits = new Float32Array(vertices.length / 3);
    for (let q = 0; q < count; q++) for (let j = 0; j < 4; j++) {
      const v = quads[4 * q + j];
      hits[v] += 2;
      for (const side of [sides[2 * q], sides[2 * q + 1]]) {
        for (let c = 0; c < 3; c++) sum[3 * v + c] += facts.palette[side][c];
      }
    }
    const tint = new Uint8Array(4 * hits.length);
    for (let v = 0; v < hits.length; v++) {
      for (let c = 0; c < 3; c++) tint[4 * v + c] = sum[3 * v + c] / Math.max(1, hits[v]);
      tint[4 * v + 3] = 46;
    }
    this.walls = { count: index.length, index: upload(gl, index, gl.createBuffer(), gl.ELEMENT_ARRAY_BUFFER),
      tint: upload(gl, tint), from: gl.createBuffer(), to: gl.createBuffer() };
  }

  // Change the space: the points wander there, unless motion is unwelcome.
  setSpace(space, animate) {
    const old = this.space;
    this.space = space;
    this.loadSpaces(old, space);
    this.way = animate ? 0 : 1;
    this.began = performance.now();
    this.touch();
  }

  loadSpaces(old, space) {
    const { gl } = this, pairs = [[this, "points"], [this.frame, "frame"]];
    if (this.walls) pairs.push([this.walls, "walls"]);
    for (const [shape, name] of pairs) {
      if (old !== space) upload(gl, this.place(old)[name], shape.from);
      upload(gl, this.place(space)[name], shape.to);
    }
    const shown = SPACES[space];
    upload(gl, Float32Array.from(shown.axes.flatMap(([, begin, end]) =>
      [...shown.scene(begin), ...shown.scene(end)])), this.axes.to);
    this.framed = true;
  }

  setWalls(on) {
    this.show.walls = on;
    if (on && !this.walls) {
      this.buildWalls();
      this.loadSpaces(this.space, this.space);
    }
    this.request();
  }

  // Something moves: draw coarsely now, and in full once it rests.
  touch() {
    this.moved = performance.now();
    this.request();
  }

  request() {
    if (!this.waiting) this.waiting = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.waiting = 0;
    const moving = this.spin || this.way < 1 || performance.now() - this.moved < STILL_AFTER;
    if (this.spin) this.turn += Math.min(0.1, (now - (this.last || now)) / 1000) * 0.55;
    if (this.way < 1) this.way = Math.min(1, (performance.now() - this.began) / 650);
    if (moving && this.wasMoving) this.adapt(now - this.last);
    this.wasMoving = moving;
    this.last = now;
    this.drawn = moving ? Math.min(this.n, this.budget) : this.n;
    this.fine = !moving || this.ample;
    this.draw();
    this.onframe(now);
    if (moving) this.request();
  }

  // As many points while moving as give some 50 frames a second; where that is all of them for a
  // while, they get the fine pixels of a still view too. One that proved too slow is not tried again.
  adapt(took) {
    this.took += (took - this.took) * 0.25;
    if (this.took > 21) {
      if (this.ample) this.steady = -1e9;
      this.ample = false;
      if (this.drawn >= this.budget) this.budget = Math.max(LEAST_DRAWN, this.budget * 0.82 | 0);
    } else if (this.took < 17.5) {
      this.budget = Math.min(this.n, this.budget * 1.06 + 500 | 0);
      if (this.drawn === this.n && ++this.steady > 20) this.ample = true;
    }
  }

  resize() {
    const screen = window.devicePixelRatio || 1;
    const ratio = this.fine ? 2 : Math.min(1, screen);
    const { clientWidth, clientHeight } = this.canvas;
    this.wide = Math.max(1, clientWidth);
    this.high = Math.max(1, clientHeight);
    const width = Math.round(this.wide * ratio), height = Math.round(this.high * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
    }
  }

  // The camera as a matrix by columns: turn, tilt, perspective.
  matrix() {
    const aspect = this.canvas.width / this.canvas.height;
    const [ct, st, cp, sp] = [Math.cos(this.turn), Math.sin(this.turn), Math.cos(this.tilt), Math.sin(this.tilt)];
    const lens = 1 / Math.tan(Math.PI / 12);
    this.distance = (6.9 * SPACES[this.space].near * Math.max(1, 1 / aspect)) / this.zoom;
    const x = [ct, 0, st], y = [st * sp, cp, -ct * sp], z = [-st * cp, sp, ct * cp];
    const near = Math.max(0.05, this.distance - 2.6), far = this.distance + 2.6;
    const a = (far + near) / (near - far), b = (2 * far * near) / (near - far);
    const m = new Float32Array(16);
    for (let i = 0; i < 3; i++) {
      m[4 * i] = (lens / aspect) * x[i];
      m[4 * i + 1] = lens * y[i];
      m[4 * i + 2] = a * z[i];
      m[4 * i + 3] = -z[i];
    }
    m[14] = b - a * this.distance;
    m[15] = this.distance;
    return (this.camera = m);
  }

  draw() {
    const { gl } = this;
    this.resize();
    if (!this.framed) this.loadSpaces(this.space, this.space);
    const camera = this.matrix(), [r, g, b] = this.ground;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(r, g, b, 1);
    gl.enable(gl.DEPTH_TEST);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    this.drawPoints(camera);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.depthMask(false);
    this.drawLines(camera, this.frame, () => gl.drawArrays(gl.LINES, 0, this.frame.count));
    if (this.way >= 1) this.drawLines(camera, this.axes, () => gl.drawArrays(gl.LINES, 0, 6));
    if (this.show.walls && this.walls) {
      this.drawLines(camera, this.walls, () => {
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.walls.index);
        gl.drawElements(gl.TRIANGLES, this.walls.count, gl.UNSIGNED_SHORT, 0);
      });
    }
    gl.depthMask(true);
    gl.disable(gl.BLEND);
  }

  drawPoints(camera) {
    const { gl, points: names } = this;
    gl.useProgram(names.program);
    attach(gl, names, "from", this.way < 1 ? this.from : this.to, 3, gl.FLOAT);
    attach(gl, names, "to", this.to, 3, gl.FLOAT);
    attach(gl, names, "own", this.own, 4, gl.UNSIGNED_BYTE, true);
    attach(gl, names, "group", this.group, 4, gl.UNSIGNED_BYTE, true);
    attach(gl, names, "label", this.labels, 1, gl.UNSIGNED_SHORT);
    gl.uniformMatrix4fv(names.set.camera, false, camera);
    const coarse = Math.min(2, Math.cbrt(this.n / this.drawn));
    const values = {
      way: this.way, by: this.by, only: this.only, least: (this.least - 0.5) / 255,
      grow: this.grown(coarse), most: (48 * this.canvas.height) / this.high, near: this.distance - 1.4, far: this.distance + 1.9,
    };
    for (const [name, value] of Object.entries(values)) gl.uniform1f(names.set[name], value);
    gl.uniform3fv(names.set.ground, this.ground);
    gl.drawArrays(gl.POINTS, 0, this.drawn);
    for (const at of Object.values(names.at)) gl.disableVertexAttribArray(at);
  }

  grown(coarse) {
    return 2 * this.radius * this.scale * coarse * this.canvas.height * 0.5 / Math.tan(Math.PI / 12);
  }

  drawLines(camera, shape, call) {
    const { gl, lines: names } = this;
    gl.useProgram(names.program);
    attach(gl, names, "from", this.way < 1 ? shape.from : shape.to, 3, gl.FLOAT);
    attach(gl, names, "to", shape.to, 3, gl.FLOAT);
    attach(gl, names, "own", shape.tint, 4, gl.UNSIGNED_BYTE, true);
    gl.uniformMatrix4fv(names.set.camera, false, camera);
    gl.uniform1f(names.set.way, this.way);
    call();
    for (const at of Object.values(names.at)) gl.disableVertexAttribArray(at);
  }

  // A place of the scene on the canvas: [x, y, depth] in CSS pixels.
  project([x, y, z]) {
    const m = this.camera;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    const cx = (m[0] * x + m[4] * y + m[8] * z + m[12]) / w, cy = (m[1] * x + m[5] * y + m[9] * z + m[13]) / w;
    return [(cx + 1) / 2 * this.wide, (1 - cy) / 2 * this.high, w];
  }

  // The nearest point that covers (x, y), or the closest within a few pixels; -1 for none.
  pick(x, y, reach) {
    const placed = this.place(this.space).points, m = this.camera, { data, order } = this;
    const { wide: width, high: height } = this;
    const grow = this.grown(1) / 2 / (this.canvas.height / height);
    let best = -1, depth = Infinity, near = -1, gap = reach * reach;
    for (let i = 0, at = 0; i < this.n; i++, at += 3) {
      if (this.weights[i] < this.least || (this.only >= 0 && data.labels[order[i]] !== this.only)) continue;
      const a = placed[at], b = placed[at + 1], c = placed[at + 2];
      const w = m[3] * a + m[7] * b + m[11] * c + m[15];
      const dx = ((m[0] * a + m[4] * b + m[8] * c + m[12]) / w + 1) / 2 * width - x;
      const dy = (1 - (m[1] * a + m[5] * b + m[9] * c + m[13]) / w) / 2 * height - y;
      const square = dx * dx + dy * dy;
      if (square > 2500) continue;
      const radius = Math.max(1, grow * (0.35 + (this.sizes[i] / 255) * 2.4) / w);
      if (square <= radius * radius && w < depth) [best, depth] = [i, w];
      if (square < gap) [near, gap] = [i, square];
    }
    const found = best >= 0 ? best : near;
    return found < 0 ? -1 : order[found];
  }

  scenePlace(color) {
    const space = SPACES[this.space];
    return space.scene(space.of(...color));
  }
}
