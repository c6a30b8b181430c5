// For benchmarks: when the first frame was there, and how even the frames come while turning.
async function measure() {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  performance.mark("started");
  const pixel = new Uint8Array(4), { gl } = view;
  const whole = () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  view.drawn = view.budget;
  view.draw();
  placeWords();
  whole(); // returns once everything before it was drawn
  const firstFrame = performance.now();
  await wait(300);
  const begin = performance.now();
  Object.assign(view, { fine: true, drawn: view.n });
  view.draw();
  whole();
  const full = performance.now() - begin, times = [], drawn = [];
  view.onframe = (now) => {
    if (!view.spin) return;
    placeWords();
    times.push(now);
    drawn.push(view.drawn);
  };
  setSpin(true);
  await wait(5000);
  setSpin(false);
  const gaps = times.slice(1).map((t, i) => t - times[i]).sort((a, b) => a - b);
  const result = {
    firstFrame, full, steps: Object.fromEntries(performance.getEntriesByType("mark").map((m) => [m.name, Math.round(m.startTime)])), points: data.n, frames: gaps.length,
    perSecond: 1000 * gaps.length / (times[times.length - 1] - times[0]),
    median: gaps[gaps.length >> 1], slowest5: gaps[Math.floor(gaps.length * 0.95)],
    drawn: drawn.sort((a, b) => a - b)[drawn.length >> 1], least: drawn[0],
    size: [view.canvas.width, view.canvas.height],
    renderer: gl.getParameter((gl.getExtension("WEBGL_debug_renderer_info") || {}).UNMASKED_RENDERER_WEBGL || gl.RENDERER),
  };
  $("measured").textContent = JSON.stringify(result);
  document.title = "measured";
}
