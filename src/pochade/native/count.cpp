// Bindings of counting, binning and mapping back; pochade/histogram.py wraps and explains them.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "count_bins.hpp"
#include "count_exact.hpp"
#include "count_labels.hpp"
#include "count_nearest.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace pochade {
namespace {

template <class T, int Dimensions>
using In = nb::ndarray<const T, nb::ndim<Dimensions>, nb::c_contig, nb::device::cpu>;
using ImageIn = In<std::uint8_t, 3>;
using LabelsIn = In<std::uint32_t, 1>;

// Hands memory over to a NumPy array.
template <class T, class Deleter>
nb::object give(std::unique_ptr<T[], Deleter> data, std::initializer_list<std::size_t> shape) {
  T *raw = data.get();
  nb::capsule owner(raw, [](void *p) noexcept { Deleter()(static_cast<T *>(p)); });
  (void)data.release();
  return nb::cast(nb::ndarray<nb::numpy, T>(raw, shape, owner));
}

Span span_of(const ImageIn &image) { return {image.data(), image.shape(0) * image.shape(1)}; }

int channels_of(const ImageIn &image) { return static_cast<int>(image.shape(2)); }

nb::tuple count(const std::vector<ImageIn> &images, int threads) {
  std::vector<Span> spans;
  for (const ImageIn &image : images) spans.push_back(span_of(image));
  const int channels = channels_of(images.at(0));
  Counted counted;
  {
    nb::gil_scoped_release release;
    counted = count_exact(spans, channels, threads);
  }
  const std::size_t m = counted.size;
  return nb::make_tuple(
      give(std::move(counted.colors), {m, static_cast<std::size_t>(channels)}),
      give(std::move(counted.counts), {m}));
}

// Calls work(out) with uint8 labels where `most` fits, else uint16, without the GIL.
template <class Work>
nb::object labels_like(const ImageIn &image, std::uint32_t most, Work &&work) {
  const std::size_t n = image.shape(0) * image.shape(1);
  const auto make = [&](auto zero) {
    using Out = decltype(zero);
    std::unique_ptr<Out[]> out(new Out[n]);
    {
      nb::gil_scoped_release release;
      work(out.get());
    }
    return give(std::move(out), {image.shape(0), image.shape(1)});
  };
  return most < 256 ? make(std::uint8_t{}) : make(std::uint16_t{});
}

std::uint32_t most_of(const LabelsIn &labels) {
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < labels.shape(0); ++i) most = std::max(most, labels.data()[i]);
  return most;
}

nb::object color_labels(const ImageIn &image, const In<std::uint8_t, 2> &colors,
                        const LabelsIn &labels, int threads) {
  bool complete = true;
  nb::object out = labels_like(image, most_of(labels), [&](auto *to) {
    complete = labels_for_colors(span_of(image), channels_of(image), colors.data(), colors.shape(0),
                                 labels.data(), threads, to);
  });
  return complete ? out : nb::none();
}

void weigh(const ImageIn &image, const In<std::uint8_t, 2> &colors, const In<float, 2> &weights,
           const nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu> &sums) {
  nb::gil_scoped_release release;
  add_weights(span_of(image), channels_of(image), colors.data(), colors.shape(0), weights.data(),
              sums.data());
}

Rows rows_of(const ImageIn &image) { return {image.data(), image.shape(0), image.shape(1)}; }

nb::tuple bin(const ImageIn &image, int bits, int step, int threads) {
  Binned binned;
  {
    nb::gil_scoped_release release;
    binned = bin_rgb(rows_of(image), bits, step, threads);
  }
  const std::size_t m = binned.size;
  return nb::make_tuple(give(std::move(binned.means), {m, std::size_t{3}}),
                        give(std::move(binned.weights), {m}));
}

nb::object bin_labels(const ImageIn &image, int bits, const In<float, 2> &means,
                      const LabelsIn &labels, const In<float, 2> &palette, int threads) {
  const std::size_t k = palette.shape(0);
  const std::uint32_t most = std::max(most_of(labels), static_cast<std::uint32_t>(k ? k - 1 : 0));
  return labels_like(image, most, [&](auto *to) {
    labels_for_bins(rows_of(image), bits, means.data(), means.shape(0), labels.data(),
                    palette.data(), k, threads, to);
  });
}

nb::object nearest(const ImageIn &image, const In<std::uint8_t, 2> &palette, int threads) {
  const std::size_t k = palette.shape(0);
  return labels_like(image, static_cast<std::uint32_t>(k - 1), [&](auto *to) {
    map_nearest(span_of(image), channels_of(image), palette.data(), k, threads, to);
  });
}

}  // namespace
}  // namespace pochade

void bind_count(nb::module_ &m) {
  using namespace pochade;
  m.def("count_colors", &count, "images"_a, "threads"_a, "Colours and counts, in a fixed order.");
  m.def("color_labels", &color_labels, "image"_a, "colors"_a, "labels"_a, "threads"_a,
        "Labels of counted colours at the pixels; None when a pixel has another colour.");
  m.def("weigh_colors", &weigh, "image"_a, "colors"_a, "weights"_a, "sums"_a,
        "Adds each pixel's weight to the sum of its colour.");
  m.def("bin_colors", &bin, "image"_a, "bits"_a, "step"_a, "threads"_a,
        "Means and weights of grid cells.");
  m.def("bin_labels", &bin_labels, "image"_a, "bits"_a, "means"_a, "labels"_a, "palette"_a,
        "threads"_a, "Labels of grid cells at the pixels.");
  m.def("map_nearest", &nearest, "image"_a, "palette"_a, "threads"_a,
        "The nearest palette entry of each pixel.");
}
