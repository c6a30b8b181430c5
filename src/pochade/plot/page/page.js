// The page: what is shown beside the cloud, and what hands and keys do.

const $ = (id) => document.getElementById(id);
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const number = (value) => value.toLocaleString("en-US");
const hex = (color) => "#" + Array.from(color, (v) => v.toString(16).padStart(2, "0")).join("");
const LIKE = 0.03; // how far apart two colours may be in OKLab and still light up together

let view, data, samples, likeness = null, chosen = -1, byWeight = null, theme = facts.theme;

function percent(share) {
  const value = 100 * share;
  return value >= 9.95 ? value.toFixed(0) + " %" : value >= 0.1 ? value.toFixed(1) + " %"
    : value >= 0.001 ? value.toFixed(3) + " %" : "less than 0.001 %";
}

function make(tag, settings = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, settings);
  made.append(...children);
  return made;
}

// The chosen colour: told, marked in the cloud, and lit in the picture.
function choose(point, speak = true) {
  if (point === chosen) return;
  chosen = point;
  $("chosen").hidden = point < 0;
  $("hint").hidden = point >= 0;
  if (point >= 0) {
    const color = data.colors.subarray(3 * point, 3 * point + 3), space = SPACES[view.space];
    $("swatch").style.backgroundColor = hex(color);
    $("hex").textContent = hex(color);
    $("values").textContent = space.shown(space.of(...color));
    const count = data.counts[point], merged = data.merged ? data.merged[point] : 1;
    $("count").textContent = `${number(count)} ${count === 1 ? "pixel" : "pixels"}, ${percent(count / facts.pixels)}`
      + (merged > 1 ? ` (${number(merged)} colours like it)` : "");
    $("place").textContent = `${count === 1 ? "at" : "one is at"} ${data.x[point] * facts.place}, ${data.y[point] * facts.place}`;
    $("cluster").textContent = facts.k
      ? `cluster ${data.labels[point] + 1}, ${hex(facts.palette[data.labels[point]])}` : "";
  }
  $("chosen").setAttribute("aria-live", speak ? "polite" : "off");
  light();
  if (view.camera) placeWords();
}

// The picture: what is like the chosen colour, or in the chosen cluster, stays lit.
function light() {
  const canvas = $("marks"), [width, height] = facts.sample;
  const pen = canvas.getContext("2d");
  const ring = $("spot");
  ring.hidden = chosen < 0;
  if (chosen < 0 && view.only < 0) {
    pen.clearRect(0, 0, width, height);
    return;
  }
  const image = pen.createImageData(width, height), veil = view.ground.map((v) => 255 * v);
  const ok = likeness || (likeness = positions("oklab", data.colors));
  for (let i = 0; i < samples.length; i++) {
    const point = samples[i];
    let lit = point >= 0 && point === chosen;
    if (point >= 0 && chosen >= 0 && !lit) {
      const dx = ok[3 * point] - ok[3 * chosen], dy = ok[3 * point + 1] - ok[3 * chosen + 1];
      const dz = ok[3 * point + 2] - ok[3 * chosen + 2];
      lit = dx * dx + dy * dy + dz * dz < LIKE * LIKE * 6.76;
    } else if (point >= 0 && chosen < 0) {
      lit = data.labels[point] === view.only;
    }
    if (!lit) image.data.set([veil[0], veil[1], veil[2], 205], 4 * i);
  }
  pen.putImageData(image, 0, 0);
  if (chosen >= 0) {
    ring.style.left = 100 * (data.x[chosen] * facts.place + 0.5) / facts.width + "%";
    ring.style.top = 100 * (data.y[chosen] * facts.place + 0.5) / facts.height + "%";
  }
}

function isolate(label) {
  view.only = view.only === label ? -1 : label;
  chosen = -2;
  choose(-1, false);
  for (const [i, button] of [...$("clusters").children].entries()) {
    button.firstChild.setAttribute("aria-pressed", String(i === view.only));
  }
  view.touch();
}

// Steps through the colours from the most to the least frequent.
function step(by) {
  if (!byWeight) {
    byWeight = Uint32Array.from({ length: data.n }, (_, i) => i).sort((a, b) => data.counts[b] - data.counts[a] || a - b);
  }
  const at = chosen < 0 ? (by > 0 ? -1 : 0) : byWeight.indexOf(chosen);
  choose(byWeight[(at + by + data.n) % data.n]);
}

// Words on the cloud: axes, ticks, centres, and the ring around the chosen point.
function placeWords() {
  const words = [];
  const space = SPACES[view.space];
  if (view.way >= 1) {
    for (const [label, from, to, ticks] of space.axes) {
      const axis = to.map((v, c) => v - from[c]);
      const along = axis.findIndex((v) => v !== 0);
      const beyond = to.map((v, c) => v + 0.09 * axis[c]);
      words.push([label, "axis", view.project(space.scene(beyond))]);
      for (const [value, text] of ticks) {
        const at = from.map((v, c) => (c === along ? value : v));
        words.push([text, "tick", view.project(space.scene(at))]);
      }
    }
  }
  if ($("centroids").checked) {
    const placed = view.place(view.space).centroids;
    facts.centroids.forEach((centroid, i) => {
      if (view.only >= 0 && view.only !== i) return;
      const at = [0, 1, 2].map((c) => placed[3 * i + c]);
      if (view.way >= 1) words.push([facts.k <= 64 ? String(i + 1) : "", "centroid", view.project(at)]);
    });
  }
  const box = $("words");
  while (box.children.length < words.length) box.append(make("span"));
  [...box.children].forEach((span, i) => {
    span.hidden = i >= words.length;
    if (span.hidden) return;
    const [text, kind, [x, y, depth]] = words[i];
    if (span.textContent !== text) span.textContent = text;
    if (span.className !== kind) span.className = kind;
    span.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) translate(-50%, -50%)`;
    span.style.zIndex = kind === "centroid" ? String(Math.round(10000 / depth)) : "0";
  });
  const ring = $("ring");
  ring.hidden = chosen < 0 || view.way < 1;
  if (!ring.hidden) {
    const color = data.colors.subarray(3 * chosen, 3 * chosen + 3);
    const [x, y] = view.project(view.scenePlace(color));
    ring.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) translate(-50%, -50%)`;
    ring.style.backgroundColor = hex(color);
  }
}

function setSpace(space) {
  $("space-" + space).checked = true;
  if (space === view.space) return;
  const again = chosen;
  view.setSpace(space, !calm.matches);
  chosen = -2;
  choose(again, false);
}

function setTheme(name) {
  theme = name;
  const now = name === "auto" ? (dark.matches ? "dark" : "light") : name;
  document.documentElement.dataset.theme = now;
  view.ground = (now === "dark" ? [24, 25, 27] : [244, 243, 240]).map((v) => v / 255);
  $("theme").textContent = now === "dark" ? "Light ground" : "Dark ground";
  light();
  view.request();
}

function setSpin(on) {
  view.spin = on;
  $("spin").setAttribute("aria-pressed", String(on));
  view.touch();
}

function reset() {
  Object.assign(view, { turn: facts.turn * Math.PI / 180, tilt: facts.tilt * Math.PI / 180, zoom: 1 });
  view.touch();
}

function zoomBy(factor) {
  view.zoom = Math.min(12, Math.max(0.5, view.zoom * factor));
  view.touch();
}

function turnBy(x, y) {
  view.turn += x;
  view.tilt = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, view.tilt + y));
  view.touch();
}

const KEYS = {
  ArrowLeft: () => turnBy(-0.12, 0), ArrowRight: () => turnBy(0.12, 0),
  ArrowUp: () => turnBy(0, 0.1), ArrowDown: () => turnBy(0, -0.1),
  "+": () => zoomBy(1.2), "=": () => zoomBy(1.2), "-": () => zoomBy(1 / 1.2),
  r: reset, R: reset, n: () => step(1), p: () => step(-1), Escape: () => choose(-1), " ": () => setSpin(!view.spin),
};

function listenToCloud(canvas) {
  const held = new Map();
  let travelled = 0, spread = 0;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, at(event));
    travelled = spread = 0;
    setSpin(false);
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = at(event), before = held.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") hover(now, 7);
      return;
    }
    held.set(event.pointerId, now);
    if (held.size === 2) {
      const [[ax, ay], [bx, by]] = [...held.values()], gap = Math.hypot(ax - bx, ay - by);
      if (spread) zoomBy(gap / spread);
      spread = gap;
      travelled += 99;
      return;
    }
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (travelled > 4) turnBy((now[0] - before[0]) * 0.008, (now[1] - before[1]) * 0.008);
  });
  const release = (event) => {
    const tapped = held.delete(event.pointerId) && event.type === "pointerup" && travelled <= 4;
    if (tapped) choose(view.pick(...at(event), event.pointerType === "touch" ? 18 : 9));
  };
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, release);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.03 : 0.0012)));
  }, { passive: false });
  canvas.addEventListener("dblclick", reset);
  canvas.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  let waiting = null;
  function hover(place, reach) {
    if (!waiting) requestAnimationFrame(() => {
      const point = view.camera ? view.pick(...waiting, reach) : -1;
      if (point >= 0) choose(point, false);
      waiting = null;
    });
    waiting = place;
  }
}

function listenToPicture() {
  const frame = $("frame");
  const find = (event) => {
    const box = frame.getBoundingClientRect(), [width, height] = facts.sample;
    const x = Math.floor((event.clientX - box.left) / box.width * width);
    const y = Math.floor((event.clientY - box.top) / box.height * height);
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const point = samples[y * width + x];
    if (point >= 0) choose(point, false);
  };
  for (const name of ["pointermove", "pointerdown"]) frame.addEventListener(name, find);
}

function listenToControls() {
  for (const name of Object.keys(SPACES)) $("space-" + name).addEventListener("change", () => setSpace(name));
  for (const name of ["own", "cluster"]) $("by-" + name).addEventListener("change", () => {
    view.by = $("by-cluster").checked ? 1 : 0;
    view.request();
  });
  $("centroids").addEventListener("change", placeWords);
  $("show-walls").addEventListener("change", () => view.setWalls($("show-walls").checked));
  $("least").addEventListener("input", () => {
    const count = Math.round(Math.pow(2, $("least").value / 8));
    view.least = count > 1 ? weight(count) : 0;
    $("least-told").textContent = count > 1 ? `hides colours of fewer than ${number(count)} pixels` : "shows every colour";
    view.touch();
  });
  $("scale").addEventListener("input", () => {
    view.scale = Math.pow(2, $("scale").value / 10);
    view.touch();
  });
  $("closer").addEventListener("click", () => zoomBy(1.25));
  $("farther").addEventListener("click", () => zoomBy(0.8));
  $("reset").addEventListener("click", reset);
  $("spin").addEventListener("click", () => setSpin(!view.spin));
  $("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  dark.addEventListener("change", () => theme === "auto" && setTheme("auto"));
  window.addEventListener("resize", () => view.request());
}

function listClusters() {
  facts.centroids.forEach((one, i) => {
    const color = hex(facts.palette[i]);
    const chip = make("span", { className: "chip" });
    chip.style.backgroundColor = color;
    const button = make("button", { type: "button", onclick: () => isolate(i) },
      make("span", { className: "number", textContent: i + 1 }), chip,
      make("code", { textContent: color }), make("span", { className: "share", textContent: percent(one.share) }));
    button.setAttribute("aria-pressed", "false");
    $("clusters").append(make("li", {}, button));
  });
  for (const part of document.querySelectorAll(".of-clusters")) part.hidden = !facts.k;
  if (!data.walls) $("walls-line").hidden = true;
}

// States that an address can ask for: page.html#space=lab&by=cluster&walls&turn=40&only=2
function fromAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (SPACES[asked.get("space")]) {
    view.space = asked.get("space");
    $("space-" + view.space).checked = true;
    view.framed = false;
  }
  if (facts.k && (asked.get("by") || facts.by) === "cluster") {
    view.by = 1;
    $("by-cluster").checked = true;
  }
  $("centroids").checked = facts.show.centroids && asked.get("centroids") !== "0";
  if (data.walls && (asked.has("walls") || facts.show.walls)) {
    $("show-walls").checked = true;
    view.setWalls(true);
  }
  for (const name of ["turn", "tilt"]) {
    if (asked.has(name) && isFinite(asked.get(name))) view[name] = asked.get(name) * Math.PI / 180;
  }
  if (asked.get("zoom") > 0) view.zoom = Math.min(12, Math.max(0.5, Number(asked.get("zoom"))));
  if (["light", "dark"].includes(asked.get("theme"))) theme = asked.get("theme");
  if (asked.get("only") > 0 && asked.get("only") <= facts.k) isolate(asked.get("only") - 1);
  if (/^[0-9a-f]{6}$/i.test(asked.get("pick") || "")) {
    const value = parseInt(asked.get("pick"), 16);
    choose(pointOf(data, value >> 16, (value >> 8) & 255, value & 255));
  }
}

function sorry(text) {
  $("sorry").textContent = text;
  $("sorry").hidden = false;
  document.documentElement.dataset.ready = "failed";
}

async function start() {
  document.documentElement.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  if (typeof DecompressionStream === "undefined") {
    return sorry("This browser is too old to unpack the colours; one from 2023 or later can.");
  }
  performance.mark("begun");
  data = await readData();
  performance.mark("unpacked");
  const order = detailOrder(data);
  performance.mark("ordered");
  try {
    view = new View($("cloud"), data, order);
  } catch (error) {
    return sorry("This browser shows no WebGL, which draws the cloud. Try another browser, or switch on "
      + "its hardware acceleration; `pochade cloud PICTURE -o cloud.png` draws a still picture.");
  }
  performance.mark("uploaded");
  samples = samplePoints(data);
  $("marks").width = facts.sample[0];
  $("marks").height = facts.sample[1];
  $("least").max = weight(Math.max(1, facts.pixels / 50));
  view.onframe = placeWords;
  view.ground = [1, 1, 1];
  listClusters();
  setTheme(theme);
  $("space-" + facts.space).checked = true;
  fromAddress();
  setTheme(theme);
  if (location.hash === "#measure") measure();
  listenToCloud($("cloud"));
  listenToPicture();
  listenToControls();
  view.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  view.canvas.addEventListener("webglcontextrestored", () => {
    Object.assign(view, { cache: {}, walls: null, framed: false });
    view.build();
    view.setWalls(view.show.walls);
  });
  new ResizeObserver(() => view.request()).observe($("stage"));
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => sorry(`The colours could not be unpacked (${error.message}).`));
