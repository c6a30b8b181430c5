// Labels of counted colours, and of binned ones, back to the pixels; sums of weights.
#pragma once
#include <cstdint>
#include <vector>

#include "count_tally.hpp"

namespace pochade {

// colors: m x channels as count_exact gives them; labels: m, each below 65,536.
// Out is uint8_t or uint16_t. Returns false when a pixel has a colour that is not among them.
template <class Out>
bool labels_for_colors(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                       const std::uint32_t *labels, int threads, Out *out);

// sums[i] += the weights of the pixels of colour i, added in pixel order by one thread, so that
// the sums are the same bytes on any machine.
bool add_weights(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                 const float *weights, double *sums);

}  // namespace pochade
