// Blending: blocks and tiles of the picture, the split over threads, and the bindings.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "cpu.hpp"
#include "paint.hpp"
#include "paint_search.hpp"
#include "parallel.hpp"

namespace nb = nanobind;

namespace pochade::paint {

#define POCHADE_PAINT_SET(isa)                                                             \
  {pochade::isa::paint_bounds,       pochade::isa::paint_mix,     pochade::isa::paint_bytes, \
   pochade::isa::paint_enlarge,      pochade::isa::paint_span,                             \
   pochade::isa::paint_smooth_round, pochade::isa::paint_smooth_end}

const Kernels &kernels() {
  static const Kernels baseline = POCHADE_PAINT_SET(baseline);
#ifdef POCHADE_HAS_v4
  static const Kernels v4 = POCHADE_PAINT_SET(v4);
  if (chosen_isa() == Isa::v4) return v4;
#endif
#ifdef POCHADE_HAS_v3
  static const Kernels v3 = POCHADE_PAINT_SET(v3);
  if (chosen_isa() == Isa::v3) return v3;
#endif
  return baseline;
}

namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <class T, int dims>
using Out = nb::ndarray<T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;

// The picture is made in blocks, and each of them in tiles; both lie on grids that begin in the
// picture's corner, so that a window has the same tiles as the whole.
constexpr std::size_t TILES = 4;  // to a side of a block

struct Area {
  std::size_t top, left, bottom, right;
};

struct Scene {
  Slots anchors;
  const float *lab = nullptr;  // the guide, or null
  std::size_t lab_rows = 0, lab_cols = 0;
  const std::int32_t *row_first = nullptr, *col_first = nullptr;
  const float *row_weights = nullptr, *col_weights = nullptr;
  std::size_t down = 0, right = 0;
  float tone_scale = 1;                      // 1 / edges
  float frame_rows = 1, frame_cols = 1;
  std::size_t rows = 1, cols = 1, tile = 16;
  Area window{0, 0, 1, 1};
  int neighbours = 9;
  bool inverse = false;
  float soft = 0, touch = 0;
};

// Where the pixels go: bytes or floats of the window, or weights of the whole.
struct Target {
  unsigned char *bytes = nullptr;
  float *floats = nullptr;
  std::int32_t *who = nullptr;  // `neighbours` numbers of anchors for each pixel
  float *weights = nullptr;
};

// The guide of a block: planes with the block's own width, in units of `edges`.
struct Tones {
  std::vector<float> planes, scratch;
  std::size_t rows = 0, cols = 0, top = 0, left = 0, plane = 0;
  const float *at(std::size_t channel, std::size_t y, std::size_t x) const {
    return planes.data() + channel * plane + (y - top) * cols + (x - left);
  }
};

void make_tones(const Scene &scene, const Area &block, Tones &tones) {
  tones.top = block.top - std::min(block.top, scene.down);
  tones.left = block.left - std::min(block.left, scene.right);
  tones.rows = std::min(scene.rows, block.bottom + scene.down) - tones.top;
  tones.cols = std::min(scene.cols, block.right + scene.right) - tones.left;
  tones.plane = tones.rows * tones.cols;
  tones.planes.resize(3 * tones.plane + LANES);
  tones.scratch.resize(enlarged_scratch(tones.rows, tones.cols, scene.right, scene.lab_cols));
  kernels().enlarge({scene.lab, scene.lab_rows, scene.lab_cols, scene.row_first + tones.top,
                     scene.col_first + tones.left, scene.row_weights + 4 * tones.top,
                     scene.col_weights + 4 * tones.left, tones.rows, tones.cols, scene.down,
                     scene.right, scene.tone_scale,
                     scene.lab_rows == scene.rows && scene.lab_cols == scene.cols,
                     tones.planes.data(), tones.scratch.data()});
}

Box box_of(const Scene &scene, const Area &area, const Tones &tones) {
  const float down = scene.frame_rows / static_cast<float>(scene.rows);
  const float right = scene.frame_cols / static_cast<float>(scene.cols);
  Box box{};
  box.row = 0.5f * static_cast<float>(area.top + area.bottom) * down;
  box.col = 0.5f * static_cast<float>(area.left + area.right) * right;
  box.half_rows = 0.5f * static_cast<float>(area.bottom - area.top) * down;
  box.half_cols = 0.5f * static_cast<float>(area.right - area.left) * right;
  if (!scene.lab) return box;
  kernels().span({tones.at(0, area.top, area.left), tones.plane, tones.cols,
                  area.bottom - area.top, area.right - area.left, box.low, box.high});
  return box;
}

struct Work {
  Tones tones;
  Found block, tile;
  std::vector<float> pixels, squares, colors, weights;
  std::vector<unsigned char> bytes;
  std::vector<std::int32_t> who;
};

// The pixels of a tile in a row, those beyond the picture being its last: full blocks of LANES.
Pixels lay_out(const Scene &scene, const Area &tile, Work &work) {
  const std::size_t side = scene.tile, count = side * side;
  work.pixels.resize(5 * count);
  work.colors.resize(3 * count);
  float *rows = work.pixels.data(), *cols = rows + count, *tones = cols + count;
  const float down = scene.frame_rows / static_cast<float>(scene.rows);
  const float right = scene.frame_cols / static_cast<float>(scene.cols);
  const std::size_t wide = tile.right - tile.left;
  for (std::size_t j = 0; j < side; ++j) {
    const std::size_t y = std::min(tile.top + j, tile.bottom - 1), at = j * side;
    for (std::size_t i = 0; i < side; ++i) {
      rows[at + i] = (static_cast<float>(y) + 0.5f) * down;
      cols[at + i] = (static_cast<float>(tile.left + std::min(i, wide - 1)) + 0.5f) * right;
    }
    for (std::size_t c = 0; scene.lab && c < 3; ++c) {
      const float *line = work.tones.at(c, y, tile.left);
      float *to = tones + c * count + at;
      std::copy(line, line + wide, to);
      std::fill(to + wide, to + side, line[wide - 1]);
    }
  }
  work.squares.resize(LANES * work.tile.stride);
  return {rows, cols, tones, count, work.tile.low.data(), work.squares.data(), scene.neighbours,
          scene.inverse, scene.lab != nullptr, scene.soft, scene.touch, work.colors.data(),
          nullptr, nullptr};
}

void put_colors(const Scene &scene, const Area &tile, Work &work, const Target &target) {
  const std::size_t side = scene.tile, count = side * side;
  const Area &window = scene.window;
  const std::size_t width = window.right - window.left;
  if (target.bytes) {
    work.bytes.resize(3 * count);
    kernels().bytes(work.colors.data(), count, count, work.bytes.data());
  }
  const std::size_t left = std::max(tile.left, window.left), right = std::min(tile.right, window.right);
  for (std::size_t y = std::max(tile.top, window.top); y < std::min(tile.bottom, window.bottom); ++y) {
    const std::size_t from = (y - tile.top) * side + (left - tile.left);
    const std::size_t to = 3 * ((y - window.top) * width + (left - window.left));
    if (target.bytes)
      std::memcpy(target.bytes + to, work.bytes.data() + 3 * from, 3 * (right - left));
    else
      for (std::size_t x = 0; x < right - left; ++x)
        for (std::size_t c = 0; c < 3; ++c)
          target.floats[to + 3 * x + c] = work.colors[c * count + from + x];
  }
}

void put_weights(const Scene &scene, const Area &tile, Work &work, const Target &target) {
  const std::size_t side = scene.tile, each = static_cast<std::size_t>(scene.neighbours);
  for (std::size_t y = tile.top; y < tile.bottom; ++y) {
    const std::size_t from = (y - tile.top) * side * each, to = (y * scene.cols + tile.left) * each;
    for (std::size_t i = 0; i < (tile.right - tile.left) * each; ++i) {
      const float weight = work.weights[from + i];
      target.weights[to + i] = weight;
      const auto slot = static_cast<std::size_t>(work.who[from + i]);
      target.who[to + i] = weight > 0 ? work.tile.ids[slot] : 0;
    }
  }
}

void make_tile(const Scene &scene, const Area &tile, Work &work, const Target &target) {
  Search::narrow(work.block, box_of(scene, tile, work.tones), scene.neighbours, work.tile);
  Pixels pixels = lay_out(scene, tile, work);
  if (target.who) {
    work.who.resize(pixels.count * static_cast<std::size_t>(scene.neighbours));
    work.weights.resize(work.who.size());
    pixels.colors = nullptr, pixels.who = work.who.data(), pixels.weights = work.weights.data();
  }
  kernels().mix(work.tile.slots(), pixels);
  target.who ? put_weights(scene, tile, work, target) : put_colors(scene, tile, work, target);
}

void make(const Scene &scene, const Target &target, int threads) {
  const Search search(scene.anchors, scene.frame_rows, scene.frame_cols);
  const std::size_t side = scene.tile * TILES;
  const Area &window = scene.window;
  const std::size_t first_row = window.top / side, first_col = window.left / side;
  const std::size_t across = (window.right + side - 1) / side - first_col;
  const std::size_t blocks = ((window.bottom + side - 1) / side - first_row) * across;
  parallel_for(blocks, threads, [&](std::size_t chunk) {
    thread_local Work work;
    const std::size_t top = (first_row + chunk / across) * side;
    const std::size_t left = (first_col + chunk % across) * side;
    const Area block{top, left, std::min(scene.rows, top + side), std::min(scene.cols, left + side)};
    if (scene.lab) make_tones(scene, block, work.tones);
    search.find(box_of(scene, block, work.tones), scene.neighbours, work.block);
    for (std::size_t y = block.top; y < block.bottom; y += scene.tile)
      for (std::size_t x = block.left; x < block.right; x += scene.tile) {
        const Area tile{y, x, std::min(block.bottom, y + scene.tile),
                        std::min(block.right, x + scene.tile)};
        if (tile.bottom > window.top && tile.top < window.bottom && tile.right > window.left &&
            tile.left < window.right)
          make_tile(scene, tile, work, target);
      }
  });
}

using Guide = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

// The scene of what Python gave; the arrays must outlive it.
Scene scene_of(const In<float, 2> &anchors, const nb::dict &how) {
  if (anchors.shape(0) != static_cast<std::size_t>(fields) || anchors.shape(1) == 0)
    throw std::invalid_argument("anchors must be 11 rows of at least one number");
  Scene scene;
  scene.anchors = {anchors.data(), anchors.shape(1), anchors.shape(1)};
  const auto number = [&](const char *name) { return nb::cast<float>(how[name]); };
  const auto size = [&](const char *name) { return nb::cast<std::size_t>(how[name]); };
  scene.frame_rows = number("frame_rows"), scene.frame_cols = number("frame_cols");
  scene.rows = size("rows"), scene.cols = size("cols"), scene.tile = size("tile");
  scene.window = {size("top"), size("left"), size("bottom"), size("right")};
  scene.neighbours = nb::cast<int>(how["neighbours"]);
  scene.inverse = nb::cast<bool>(how["inverse"]);
  scene.soft = number("soft"), scene.touch = number("touch");
  scene.tone_scale = number("tone_scale");
  scene.down = size("down"), scene.right = size("right_radius");
  const Area &w = scene.window;
  if (scene.neighbours < 1 || scene.neighbours > MOST || (scene.tile != 16 && scene.tile != 32) ||
      !(w.top < w.bottom && w.bottom <= scene.rows && w.left < w.right && w.right <= scene.cols))
    throw std::invalid_argument("a window, tile or number of neighbours out of range");
  return scene;
}

// The guide, and for each row and column of the picture four taps.
void add_guide(Scene &scene, const Guide &lab, const In<std::int32_t, 1> &row_first,
               const In<float, 2> &row_weights, const In<std::int32_t, 1> &col_first,
               const In<float, 2> &col_weights) {
  if (lab.size() == 0) return;
  if (lab.shape(2) != 3 || row_first.shape(0) != scene.rows || col_first.shape(0) != scene.cols ||
      row_weights.shape(0) != scene.rows || row_weights.shape(1) != 4 ||
      col_weights.shape(0) != scene.cols || col_weights.shape(1) != 4)
    throw std::invalid_argument("guide and taps differ in size from the picture");
  scene.lab = lab.data(), scene.lab_rows = lab.shape(0), scene.lab_cols = lab.shape(1);
  scene.row_first = row_first.data(), scene.row_weights = row_weights.data();
  scene.col_first = col_first.data(), scene.col_weights = col_weights.data();
}

template <class T>
void blend(const In<float, 2> &anchors, const nb::dict &how, const Guide &lab,
           const In<std::int32_t, 1> &row_first, const In<float, 2> &row_weights,
           const In<std::int32_t, 1> &col_first, const In<float, 2> &col_weights,
           const Out<T, 3> &out, int threads) {
  Scene scene = scene_of(anchors, how);
  add_guide(scene, lab, row_first, row_weights, col_first, col_weights);
  const Area &w = scene.window;
  if (out.shape(0) != w.bottom - w.top || out.shape(1) != w.right - w.left || out.shape(2) != 3)
    throw std::invalid_argument("the result has not the size of the window");
  Target target;
  if constexpr (sizeof(T) == 1)
    target.bytes = out.data();
  else
    target.floats = out.data();
  nb::gil_scoped_release free;
  make(scene, target, threads);
}

void weigh(const In<float, 2> &anchors, const nb::dict &how, const Guide &lab,
           const In<std::int32_t, 1> &row_first, const In<float, 2> &row_weights,
           const In<std::int32_t, 1> &col_first, const In<float, 2> &col_weights,
           const Out<std::int32_t, 2> &who, const Out<float, 2> &weights, int threads) {
  Scene scene = scene_of(anchors, how);
  add_guide(scene, lab, row_first, row_weights, col_first, col_weights);
  const auto k = static_cast<std::size_t>(scene.neighbours);
  if (scene.window.bottom - scene.window.top != scene.rows ||
      scene.window.right - scene.window.left != scene.cols || who.shape(1) != k ||
      weights.shape(1) != k || who.shape(0) != scene.rows * scene.cols ||
      weights.shape(0) != who.shape(0))
    throw std::invalid_argument("weights are of whole pictures, `neighbours` for each pixel");
  Target target;
  target.who = who.data(), target.weights = weights.data();
  nb::gil_scoped_release free;
  make(scene, target, threads);
}

}  // namespace
}  // namespace pochade::paint

void bind_paint_blend(nb::module_ &m) {
  using namespace pochade::paint;
  m.def("paint_blend", &blend<std::uint8_t>, "Blend anchors into a picture of bytes.",
        nb::arg("anchors"), nb::arg("how"), nb::arg("lab"), nb::arg("row_first"),
        nb::arg("row_weights"), nb::arg("col_first"), nb::arg("col_weights"),
        nb::arg("out").noconvert(), nb::arg("threads"));
  m.def("paint_blend", &blend<float>, "Blend anchors into a picture of floats.",
        nb::arg("anchors"), nb::arg("how"), nb::arg("lab"), nb::arg("row_first"),
        nb::arg("row_weights"), nb::arg("col_first"), nb::arg("col_weights"),
        nb::arg("out").noconvert(), nb::arg("threads"));
  m.def("paint_weigh", &weigh, "What each anchor weighs in each pixel.", nb::arg("anchors"),
        nb::arg("how"), nb::arg("lab"), nb::arg("row_first"), nb::arg("row_weights"),
        nb::arg("col_first"), nb::arg("col_weights"), nb::arg("who"), nb::arg("weights"),
        nb::arg("threads"));
}
