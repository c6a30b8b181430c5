// Edges: bindings, the split over threads, ridges and connected edges.
#include "edges.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "cpu.hpp"
#include "parallel.hpp"

namespace nb = nanobind;

namespace {

using pochade::Isa;
namespace edges = pochade::edges;

struct Kernels {
  decltype(&pochade::baseline::window_bytes32) bytes32;
  decltype(&pochade::baseline::window_bytes) bytes;
  decltype(&pochade::baseline::window_words) words;
};

#define POCHADE_EDGE_SET(isa) \
  {pochade::isa::window_bytes32, pochade::isa::window_bytes, pochade::isa::window_words}

const Kernels &kernels() {
  static const Kernels baseline = POCHADE_EDGE_SET(baseline);
#ifdef POCHADE_HAS_v4
  static const Kernels v4 = POCHADE_EDGE_SET(v4);
  if (pochade::chosen_isa() == Isa::v4) return v4;
#endif
#ifdef POCHADE_HAS_v3
  static const Kernels v3 = POCHADE_EDGE_SET(v3);
  if (pochade::chosen_isa() == Isa::v3) return v3;
#endif
  return baseline;
}

using Picture = nb::ndarray<nb::ro, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Map = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MapOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MaskOut = nb::ndarray<bool, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t LARGEST_WINDOW = 255;  // sums of 16-bit numbers fit 32 bits up to here
constexpr std::size_t BAND = 256;            // rows of a band: it takes window - 1 more to begin one
constexpr std::size_t ROWS = 128;

// The row that stands for row y: d c b a | a b c d | d c b a.
std::size_t mirrored(std::ptrdiff_t y, std::size_t height) {
  const std::ptrdiff_t round = 2 * static_cast<std::ptrdiff_t>(height);
  const std::ptrdiff_t at = ((y % round) + round) % round;
  return static_cast<std::size_t>(at < static_cast<std::ptrdiff_t>(height) ? at : round - 1 - at);
}

void window_deviation(const Picture &picture, std::size_t window, bool reflect, double scale,
                      const MapOut &out, int threads) {
  const std::size_t h = picture.shape(0), w = picture.shape(1), channels = picture.shape(2);
  const bool bytes = picture.dtype() == nb::dtype<std::uint8_t>();
  if (!bytes && picture.dtype() != nb::dtype<std::uint16_t>())
    throw std::invalid_argument("the picture must be uint8 or uint16");
  if (window % 2 == 0 || window > LARGEST_WINDOW || picture.size() == 0)
    throw std::invalid_argument("the window must be odd and at most 255, the picture not empty");
  const std::size_t lost = reflect ? 0 : window - 1;
  if (h <= lost || w <= lost || out.shape(0) != h - lost || out.shape(1) != w - lost)
    throw std::invalid_argument("the result has not the size that the windows give");
  const std::size_t rows = h - lost, columns = w - lost;
  const std::ptrdiff_t first = reflect ? -static_cast<std::ptrdiff_t>(window / 2) : 0;
  const bool small = window <= edges::SMALL_WINDOW && channels <= edges::SMALL_CHANNELS;
  const auto kernel = !bytes ? kernels().words : small ? kernels().bytes32 : kernels().bytes;
  const std::size_t width = std::max({std::size_t{1}, edges::STRIP / channels, 2 * window});
  const std::size_t band_rows = std::max(BAND, 4 * window);
  const std::size_t row_bytes = w * channels * (bytes ? 1 : 2);
  const char *data = static_cast<const char *>(picture.data());
  float *result = out.data();
  nb::gil_scoped_release free;
  pochade::parallel_for((rows + band_rows - 1) / band_rows, threads, [&](std::size_t band) {
    const std::size_t top = band * band_rows, height = std::min(band_rows, rows - top);
    std::vector<const void *> lines(height + window - 1);
    for (std::size_t i = 0; i < lines.size(); ++i)
      lines[i] = data + row_bytes * mirrored(static_cast<std::ptrdiff_t>(top + i) + first, h);
    std::vector<unsigned long long> scratch(
        edges::scratch_size(std::min(width, columns), channels, window));
    for (std::size_t left = 0; left < columns; left += width) {
      const std::size_t end = std::min(columns, left + width);
      kernel({lines.data(), height, w, channels, window, first, left, end, scale,
              result + top * columns, columns},
             scratch.data());
    }
  });
}

// A value of the map, the edge repeated around it.
struct Repeated {
  const float *data;
  std::ptrdiff_t height, width;
  float operator()(std::ptrdiff_t y, std::ptrdiff_t x) const {
    y = std::clamp<std::ptrdiff_t>(y, 0, height - 1);
    x = std::clamp<std::ptrdiff_t>(x, 0, width - 1);
    return data[y * width + x];
  }
};

// Bilinear between the four neighbours, of which (y, x) is one; |dy|, |dx| <= 1.
float between(const Repeated &map, std::ptrdiff_t y, std::ptrdiff_t x, float dy, float dx) {
  const std::ptrdiff_t v = dy < 0 ? y - 1 : y + 1, u = dx < 0 ? x - 1 : x + 1;
  const float p = std::fabs(dy), q = std::fabs(dx);
  const float here = map(y, x) * (1.0f - q) + map(y, u) * q;
  const float there = map(v, x) * (1.0f - q) + map(v, u) * q;
  return here * (1.0f - p) + there * p;
}

// Whether the map is the greatest at (y, x) along a direction: not below what lies one pixel ahead,
// above what lies behind. Of two equal neighbours always the same one is kept: the side that counts
// as ahead changes at a slope that straight edges do not have.
bool greatest(const Repeated &map, std::ptrdiff_t y, std::ptrdiff_t x, float dy, float dx) {
  if (dx * 0.375f + dy < 0.0f) dx = -dx, dy = -dy;
  const float value = map(y, x);
  return value >= between(map, y, x, dy, dx) && value > between(map, y, x, -dy, -dx);
}

// Whether the map has a ridge at (y, x): the greatest in the direction in which `smooth` curves down
// most; where it curves down more than half as much the other way, it is a hill and not a ridge, and
// only its top is kept.
bool on_ridge(const Repeated &map, const Repeated &smooth, std::ptrdiff_t y, std::ptrdiff_t x) {
  const float middle = 2.0f * smooth(y, x);
  const float xx = smooth(y, x + 1) + smooth(y, x - 1) - middle;
  const float yy = smooth(y + 1, x) + smooth(y - 1, x) - middle;
  const float xy = ((smooth(y + 1, x + 1) + smooth(y - 1, x - 1)) -
                    (smooth(y + 1, x - 1) + smooth(y - 1, x + 1))) * 0.25f;
  // Half the angle of (d, xy) is the direction of greatest curvature, of (-d, -xy) of the least.
  const float d = (xx - yy) * 0.5f, size = std::sqrt(d * d + xy * xy);
  if (!(size > 0.0f)) return false;
  const float turn = -d / size;
  float dx = std::sqrt(std::max(0.0f, (1.0f + turn) * 0.5f));
  float dy = std::sqrt(std::max(0.0f, (1.0f - turn) * 0.5f));
  if (xy > 0.0f) dx = -dx;
  if (!greatest(map, y, x, dy, dx)) return false;
  const bool hill = (xx + yy) * 0.5f + 3.0f * size < 0.0f;
  return !hill || greatest(map, y, x, dx, -dy);
}

void thin_ridges(const Map &map, const Map &smooth, const MapOut &out, int threads) {
  const std::size_t h = map.shape(0), w = map.shape(1);
  if (smooth.shape(0) != h || smooth.shape(1) != w || out.shape(0) != h || out.shape(1) != w)
    throw std::invalid_argument("the maps differ in size");
  const auto sides = [&](const Map &of) {
    return Repeated{of.data(), static_cast<std::ptrdiff_t>(h), static_cast<std::ptrdiff_t>(w)};
  };
  const Repeated values = sides(map), curved = sides(smooth);
  float *result = out.data();
  nb::gil_scoped_release free;
  pochade::parallel_for((h + ROWS - 1) / ROWS, threads, [&](std::size_t chunk) {
    for (std::size_t y = chunk * ROWS; y < std::min(h, (chunk + 1) * ROWS); ++y)
      for (std::size_t x = 0; x < w; ++x) {
        const float value = values.data[y * w + x];
        const bool keep = value > 0.0f && on_ridge(values, curved, static_cast<std::ptrdiff_t>(y),
                                                   static_cast<std::ptrdiff_t>(x));
        result[y * w + x] = keep ? value : 0.0f;
      }
  });
}

// Keeps each group of touching pixels (8 neighbours) of at least `low` that has one of at least
// `high`, and `least` pixels or more.
void connect(const Map &map, float low, float high, std::size_t least, const MaskOut &out) {
  const std::size_t h = map.shape(0), w = map.shape(1);
  if (out.shape(0) != h || out.shape(1) != w)
    throw std::invalid_argument("the maps differ in size");
  const float *value = map.data();
  bool *kept = out.data();
  nb::gil_scoped_release free;
  std::fill(kept, kept + h * w, false);
  std::vector<std::size_t> group;
  for (std::size_t start = 0; start < h * w; ++start) {
    if (kept[start] || !(value[start] >= high)) continue;
    group.assign(1, start);
    kept[start] = true;
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::size_t y = group[i] / w, x = group[i] % w;
      for (std::size_t v = y ? y - 1 : 0; v <= std::min(h - 1, y + 1); ++v)
        for (std::size_t u = x ? x - 1 : 0; u <= std::min(w - 1, x + 1); ++u)
          if (const std::size_t at = v * w + u; !kept[at] && value[at] >= low) {
            kept[at] = true;
            group.push_back(at);
          }
    }
    if (group.size() < least) {
      // Too short. Another start in it finds as little, and not more often than it has pixels.
      for (const std::size_t at : group) kept[at] = false;
    }
  }
}

}  // namespace

void bind_edges(nb::module_ &m) {
  m.def("window_deviation", &window_deviation, nb::arg("picture"), nb::arg("window"),
        nb::arg("reflect"), nb::arg("scale"), nb::arg("out"), nb::arg("threads"),
        "Fill `out` (h w) with the standard deviation of every window times window^2 times scale.");
  m.def("thin_ridges", &thin_ridges, nb::arg("map"), nb::arg("smooth"), nb::arg("out"),
        nb::arg("threads"), "Fill `out` with the map on its ridges and 0 elsewhere.");
  m.def("connect", &connect, nb::arg("map"), nb::arg("low"), nb::arg("high"), nb::arg("least"),
        nb::arg("out"), "Mark groups of at least `low` that reach `high` and have `least` pixels.");
}
