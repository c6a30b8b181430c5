// Colour conversion, differences, SSIM and blur: bindings, and the split over threads.
#include "color.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu.hpp"
#include "parallel.hpp"

namespace nb = nanobind;

namespace {

using pochade::Isa;
namespace color = pochade::color;

#define POCHADE_COLOR_SET(isa)                                                             \
  {pochade::isa::convert_colors, pochade::isa::ciede2000, pochade::isa::euclidean,         \
   pochade::isa::squared_error,  pochade::isa::ssim_tile, pochade::isa::filter_tile}

struct Kernels {
  decltype(&pochade::baseline::convert_colors) convert_colors;
  decltype(&pochade::baseline::ciede2000) ciede2000;
  decltype(&pochade::baseline::euclidean) euclidean;
  decltype(&pochade::baseline::squared_error) squared_error;
  decltype(&pochade::baseline::ssim_tile) ssim_tile;
  decltype(&pochade::baseline::filter_tile) filter_tile;
};

const Kernels &kernels() {
  static const Kernels baseline = POCHADE_COLOR_SET(baseline);
#ifdef POCHADE_HAS_v4
  static const Kernels v4 = POCHADE_COLOR_SET(v4);
  if (pochade::chosen_isa() == Isa::v4) return v4;
#endif
#ifdef POCHADE_HAS_v3
  static const Kernels v3 = POCHADE_COLOR_SET(v3);
  if (pochade::chosen_isa() == Isa::v3) return v3;
#endif
  return baseline;
}

double light_of(double srgb) {  // IEC 61966-2-1, 0..1
  return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4);
}

const color::Tables &tables() {
  static const color::Tables made = [] {
    color::Tables t{};
    for (int i = 0; i < 256; ++i) t.linear_of_byte[i] = static_cast<float>(light_of(i / 255.0));
    for (int i = 0; i < 255; ++i) t.threshold[i] = static_cast<float>(light_of((i + 0.5) / 255.0));
    t.threshold[255] = std::numeric_limits<float>::infinity();
    for (int i = 0; i <= 4096; ++i) {
      const float *end = std::upper_bound(t.threshold, t.threshold + 255, i / 4096.0f);
      t.bytes_below[i] = static_cast<unsigned char>(end - t.threshold);
    }
    return t;
  }();
  return made;
}

using ColorsIn = nb::ndarray<nb::ro, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using ColorsOut = nb::ndarray<nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using FloatColors = nb::ndarray<const float, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Picture = nb::ndarray<const unsigned char, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Planes = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using PlanesOut = nb::ndarray<float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Taps = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t CHUNK = 64 * color::BLOCK;

int space_of(const std::string &name, bool bytes) {
  if (name == "srgb") return bytes ? color::srgb8 : color::srgb;
  if (name == "linear" && !bytes) return color::linear;
  if (name == "lab" && !bytes) return color::lab;
  if (name == "oklab" && !bytes) return color::oklab;
  throw std::invalid_argument("no such colour space for this dtype: " + name);
}

template <class Array>
bool is_bytes(const Array &array) {
  if (array.dtype() == nb::dtype<unsigned char>()) return true;
  if (array.dtype() == nb::dtype<float>()) return false;
  throw std::invalid_argument("colours must be uint8 or float32");
}

void convert_colors(const ColorsIn &in, const std::string &source, const ColorsOut &out,
                    const std::string &target, int threads) {
  const bool bytes_in = is_bytes(in), bytes_out = is_bytes(out);
  const int from = space_of(source, bytes_in), to = space_of(target, bytes_out);
  const std::size_t n = in.shape(0);
  if (out.shape(0) != n) throw std::invalid_argument("input and output differ in length");
  const std::size_t in_size = bytes_in ? 3 : 12, out_size = bytes_out ? 3 : 12;
  const char *first = static_cast<const char *>(in.data());
  char *result = static_cast<char *>(out.data());
  const color::Tables &made = tables();
  const auto kernel = kernels().convert_colors;
  nb::gil_scoped_release free;
  pochade::parallel_for((n + CHUNK - 1) / CHUNK, threads, [&](std::size_t chunk) {
    const std::size_t start = chunk * CHUNK, size = std::min(CHUNK, n - start);
    kernel(first + start * in_size, from, result + start * out_size, to, size, made);
  });
}

void color_difference(const FloatColors &first, const FloatColors &second, const Vector &out,
                      const std::string &formula, int threads) {
  const std::size_t n = first.shape(0);
  if (second.shape(0) != n || out.shape(0) != n)
    throw std::invalid_argument("inputs and output differ in length");
  if (formula != "ciede2000" && formula != "euclidean")
    throw std::invalid_argument("no such difference: " + formula);
  const auto kernel = formula == "ciede2000" ? kernels().ciede2000 : kernels().euclidean;
  const float *a = first.data(), *b = second.data();
  float *result = out.data();
  nb::gil_scoped_release free;
  pochade::parallel_for((n + CHUNK - 1) / CHUNK, threads, [&](std::size_t chunk) {
    const std::size_t start = chunk * CHUNK, size = std::min(CHUNK, n - start);
    kernel(a + 3 * start, b + 3 * start, result + start, size);
  });
}

void check_pair(const Picture &a, const Picture &b) {
  for (std::size_t i = 0; i < 3; ++i)
    if (a.shape(i) != b.shape(i)) throw std::invalid_argument("the pictures differ in shape");
}

std::uint64_t squared_error(const Picture &a, const Picture &b, int threads) {
  check_pair(a, b);
  constexpr std::size_t piece = 1 << 15, pieces = 32;  // 2^15 x 255^2 fits 32 bits
  const std::size_t n = a.size(), chunks = (n + piece * pieces - 1) / (piece * pieces);
  const auto kernel = kernels().squared_error;
  const unsigned char *x = a.data(), *y = b.data();
  std::vector<std::uint64_t> sums(chunks, 0);
  nb::gil_scoped_release free;
  pochade::parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::size_t end = std::min(n, (chunk + 1) * piece * pieces);
    for (std::size_t i = chunk * piece * pieces; i < end; i += piece)
      sums[chunk] += kernel(x + i, y + i, std::min(piece, end - i));
  });
  std::uint64_t total = 0;
  for (const std::uint64_t sum : sums) total += sum;
  return total;
}

double ssim(const Picture &a, const Picture &b, const Taps &taps, int threads) {
  check_pair(a, b);
  constexpr std::size_t halo = 2 * color::SSIM_RADIUS;
  const std::size_t h = a.shape(0), w = a.shape(1), channels = a.shape(2);
  if (h <= halo || w <= halo || channels < 1 || channels > 4 || taps.shape(0) != halo + 1)
    throw std::invalid_argument("SSIM needs pictures of 11 x 11 pixels or more and 11 taps");
  const std::size_t rows = h - halo, columns = (w - halo) * channels;
  const std::size_t down = (rows + color::SSIM_ROWS - 1) / color::SSIM_ROWS;
  const std::size_t across = (columns + color::SSIM_COLUMNS - 1) / color::SSIM_COLUMNS;
  const auto kernel = kernels().ssim_tile;
  const unsigned char *x = a.data(), *y = b.data();
  const float *weights = taps.data();
  std::vector<double> sums(down * across);
  nb::gil_scoped_release free;
  pochade::parallel_for(down, threads, [&](std::size_t band) {
    std::vector<float> scratch(color::ssim_scratch);
    const std::size_t top = band * color::SSIM_ROWS;
    for (std::size_t tile = 0; tile < across; ++tile) {
      const std::size_t left = tile * color::SSIM_COLUMNS, at = top * w * channels + left;
      sums[band * across + tile] =
          kernel({x + at, w * channels}, {y + at, w * channels},
                 std::min(color::SSIM_ROWS, rows - top),
                 std::min(color::SSIM_COLUMNS, columns - left), channels, weights, scratch.data());
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total / (static_cast<double>(rows) * static_cast<double>(columns));
}

void filter_separable(const Planes &in, const Taps &taps, const PlanesOut &out, int threads) {
  if (taps.shape(0) % 2 == 0) throw std::invalid_argument("the number of taps must be odd");
  const std::size_t radius = taps.shape(0) / 2, h = out.shape(0), w = out.shape(1);
  const std::size_t channels = out.shape(2);
  if (in.shape(0) != h + 2 * radius || in.shape(1) != w + 2 * radius || in.shape(2) != channels)
    throw std::invalid_argument("the input must be larger than the output by the taps");
  const std::size_t columns = w * channels, in_stride = in.shape(1) * channels;
  const std::size_t down = (h + color::FILTER_ROWS - 1) / color::FILTER_ROWS;
  const auto kernel = kernels().filter_tile;
  const float *from = in.data(), *weights = taps.data();
  float *to = out.data();
  nb::gil_scoped_release free;
  pochade::parallel_for(down, threads, [&](std::size_t band) {
    std::vector<float> scratch((color::FILTER_ROWS + 2 * radius) * color::FILTER_COLUMNS);
    const std::size_t top = band * color::FILTER_ROWS;
    for (std::size_t left = 0; left < columns; left += color::FILTER_COLUMNS)
      kernel(from + top * in_stride + left, in_stride, to + top * columns + left, columns,
             std::min(color::FILTER_ROWS, h - top), std::min(color::FILTER_COLUMNS, columns - left),
             channels, weights, radius, scratch.data());
  });
}

}  // namespace

void bind_color(nb::module_ &m) {
  m.def("convert_colors", &convert_colors, nb::arg("colors"), nb::arg("source"), nb::arg("out"),
        nb::arg("target"), nb::arg("threads"),
        "Fill `out` (n 3) with the colours in the target space; uint8 means sRGB bytes.");
  m.def("color_difference", &color_difference, nb::arg("first"), nb::arg("second"), nb::arg("out"),
        nb::arg("formula"), nb::arg("threads"), "Fill `out` (n) with differences of (n 3) colours.");
  m.def("squared_error", &squared_error, nb::arg("a"), nb::arg("b"), nb::arg("threads"),
        "The sum of squared differences of two uint8 pictures.");
  m.def("ssim", &ssim, nb::arg("a"), nb::arg("b"), nb::arg("taps"), nb::arg("threads"),
        "Mean structural similarity over all windows that fit and all components.");
  m.def("filter_separable", &filter_separable, nb::arg("planes"), nb::arg("taps"), nb::arg("out"),
        nb::arg("threads"), "Filter rows and columns with symmetric taps, without a border.");
}
