// What the files of the region tree share: arrays handed to Python, and sums over the nodes.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>

#include "region_buffer.hpp"

namespace pochade {

constexpr std::size_t kLargestPicture = (std::size_t(1) << 29) - 1;

template <class T>
nanobind::ndarray<nanobind::numpy, T> handed_over(Buffer<T> &&values,
                                                  std::initializer_list<std::size_t> shape) {
  auto *kept = new Buffer<T>(std::move(values));
  nanobind::capsule owner(kept, [](void *p) noexcept { delete static_cast<Buffer<T> *>(p); });
  return nanobind::ndarray<nanobind::numpy, T>(kept->data(), shape, owner);
}

using Parents = nanobind::ndarray<const std::int32_t, nanobind::ndim<1>, nanobind::c_contig,
                                  nanobind::device::cpu>;
using Heights =
    nanobind::ndarray<const float, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;

// The parent of node v, which must come after it.
inline std::size_t parent_of(const std::int32_t *parents, std::size_t v, std::size_t nodes) {
  const std::size_t p = static_cast<std::uint32_t>(parents[v]);
  if (p <= v || p >= nodes) throw std::invalid_argument("the parents are those of no tree");
  return p;
}

// Lifts unions so that none is below one of its parts.
inline void raise_altitudes(const std::int32_t *parents, float *altitudes, std::size_t n) {
  for (std::size_t v = n; v + 2 < 2 * n; ++v) {
    float &above = altitudes[parents[v]];
    above = above < altitudes[v] ? altitudes[v] : above;
  }
}

}  // namespace pochade
