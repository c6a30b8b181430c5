// Guides: smoothing round by round, and smaller copies of pictures.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "paint.hpp"
#include "parallel.hpp"

namespace nb = nanobind;

namespace {

using pochade::paint::kernels;
using pochade::paint::Round;
template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <class T, int dims>
using Out = nb::ndarray<T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t ROWS = 32;

void smooth(const In<float, 3> &lab, float strength, float slope, int rounds,
            const Out<float, 3> &out, int threads) {
  const std::size_t height = lab.shape(0), width = lab.shape(1), plane = height * width;
  if (lab.shape(2) != 3 || out.shape(0) != height || out.shape(1) != width || out.shape(2) != 3)
    throw std::invalid_argument("picture and result must have the same size and three channels");
  if (!(strength > 0) || !(slope >= 0) || plane == 0)
    throw std::invalid_argument("the strength must be above 0, the slope not below");
  const float *in = lab.data();
  float *result = out.data();
  nb::gil_scoped_release free;
  std::vector<float> planes(3 * plane), dual(6 * plane, 0.0f), ahead(6 * plane, 0.0f),
      next(6 * plane);
  const std::size_t chunks = (height + ROWS - 1) / ROWS;
  const auto each = [&](auto &&body) {
    pochade::parallel_for(chunks, threads, [&](std::size_t chunk) {
      thread_local std::vector<float> scratch;
      scratch.resize(6 * (width + 1) + 64);
      body(chunk * ROWS, std::min(height, (chunk + 1) * ROWS), scratch.data());
    });
  };
  each([&](std::size_t top, std::size_t bottom, float *) {
    for (std::size_t i = top * width; i < bottom * width; ++i)
      for (std::size_t c = 0; c < 3; ++c) planes[c * plane + i] = in[3 * i + c];
  });
  double weight = 1;
  for (int round = 0; round < rounds; ++round) {
    const double following = (1 + std::sqrt(1 + 4 * weight * weight)) / 2;
    const auto momentum = static_cast<float>((weight - 1) / following);
    const double stride = 1 / (8 * static_cast<double>(strength) + static_cast<double>(slope));
    const auto step = static_cast<float>(stride);
    const auto keep = static_cast<float>(1 - stride * static_cast<double>(slope));
    each([&](std::size_t top, std::size_t bottom, float *scratch) {
      kernels().smooth_round({planes.data(), ahead.data(), dual.data(), next.data(), height, width,
                              top, bottom, strength, step, keep, momentum, scratch});
    });
    ahead.swap(next);
    weight = following;
  }
  each([&](std::size_t top, std::size_t bottom, float *scratch) {
    kernels().smooth_end({planes.data(), ahead.data(), dual.data(), result, height, width, top,
                          bottom, strength, 0.0f, 0.0f, 0.0f, scratch});
  });
}

// Where a part begins and ends: whole pixels, and the shares of the first and the last.
struct Part {
  std::size_t first, last;  // both count
  double head, tail;        // shares of the first and of the last, which may be the same pixel
};

Part part_of(const double *places, std::size_t i, std::size_t length) {
  const double low = places[i], high = std::min(places[i + 1], static_cast<double>(length));
  Part part{};
  part.first = std::min(length - 1, static_cast<std::size_t>(low));
  part.last = std::min(length - 1, static_cast<std::size_t>(high));
  if (part.last > part.first && static_cast<double>(part.last) >= high) --part.last;
  part.head = std::min(high, static_cast<double>(part.first + 1)) - low;
  part.tail = high - static_cast<double>(part.last);
  return part;
}

// Adds a row times a share to sums of its parts.
template <class T>
void add_row(const T *line, double share, std::size_t channels, const std::vector<Part> &parts,
             std::vector<double> &sums) {
  for (std::size_t x = 0; x < parts.size(); ++x) {
    const Part &part = parts[x];
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = part.head * static_cast<double>(line[part.first * channels + c]);
      if (part.last > part.first) {
        double inner = 0;
        for (std::size_t i = part.first + 1; i < part.last; ++i)
          inner += static_cast<double>(line[i * channels + c]);
        sum += inner + part.tail * static_cast<double>(line[part.last * channels + c]);
      }
      sums[x * channels + c] += share * sum;
    }
  }
}

template <class T>
void shrink(const In<T, 3> &image, const In<double, 1> &row_places,
            const In<double, 1> &col_places, const Out<float, 3> &out, int threads) {
  const std::size_t h = image.shape(0), w = image.shape(1), channels = image.shape(2);
  const std::size_t rows = out.shape(0), cols = out.shape(1);
  if (!rows || !cols || rows > h || cols > w || out.shape(2) != channels ||
      row_places.shape(0) != rows + 1 || col_places.shape(0) != cols + 1)
    throw std::invalid_argument("a picture cannot be shrunk to that size");
  const T *data = image.data();
  const double *down = row_places.data(), *right = col_places.data();
  float *result = out.data();
  nb::gil_scoped_release free;
  std::vector<Part> parts(cols);
  for (std::size_t x = 0; x < cols; ++x) parts[x] = part_of(right, x, w);
  const double scale = static_cast<double>(rows) / static_cast<double>(h) *
                       (static_cast<double>(cols) / static_cast<double>(w));
  pochade::parallel_for(rows, threads, [&](std::size_t y) {
    thread_local std::vector<double> sums;
    sums.assign(cols * channels, 0.0);
    const Part part = part_of(down, y, h);
    for (std::size_t from = part.first; from <= part.last; ++from) {
      const double share = from == part.first ? part.head : from == part.last ? part.tail : 1.0;
      add_row(data + from * w * channels, share, channels, parts, sums);
    }
    for (std::size_t i = 0; i < cols * channels; ++i)
      result[y * cols * channels + i] = static_cast<float>(sums[i] * scale);
  });
}

}  // namespace

void bind_paint_guide(nb::module_ &m) {
  m.def("paint_smooth", &smooth, "Total variation smoothing of CIELAB, h w 3.", nb::arg("lab"),
        nb::arg("strength"), nb::arg("slope"), nb::arg("rounds"), nb::arg("out"), nb::arg("threads"));
  m.def("paint_shrink", &shrink<std::uint8_t>, "Means of areas of a picture of bytes.",
        nb::arg("image").noconvert(), nb::arg("row_places"), nb::arg("col_places"), nb::arg("out"),
        nb::arg("threads"));
  m.def("paint_shrink", &shrink<float>, "Means of areas of a picture of floats.",
        nb::arg("image").noconvert(), nb::arg("row_places"), nb::arg("col_places"), nb::arg("out"),
        nb::arg("threads"));
}
