// Nearest palette entry: cells of the key cube with candidate lists, built when first needed.
#include <cmath>

#include "dither.hpp"

namespace pochade::dither {
namespace {
constexpr int parent_bits = 4;
}

CellIndex::CellIndex(const std::int16_t *keys, const std::int32_t *penalties,
                     std::vector<std::uint16_t> labels, int bits)
    : keys_(keys),
      penalties_(penalties),
      labels_(std::move(labels)),
      lists_(1),
      start_(std::size_t{1} << (3 * bits), 0),
      parents_(std::size_t{1} << (3 * parent_bits)),
      nearest_(labels_.size()),
      bits_(bits),
      shift_(14 - bits) {}

// Leaves in `to` those of the labels that can be nearest to something within the cell.
void CellIndex::filter(const std::vector<std::uint16_t> &from, std::size_t cell, int bits,
                       std::vector<std::uint16_t> &to) {
  const int shift = 14 - bits;
  const std::size_t mask = (std::size_t{1} << bits) - 1;
  const float side = static_cast<float>((1 << shift) - 1) * 0.5f;
  const F4 center = {static_cast<float>((cell >> (2 * bits)) << shift) + side,
                     static_cast<float>(((cell >> bits) & mask) << shift) + side,
                     static_cast<float>((cell & mask) << shift) + side, 0.f};
  float reach = 1e30f;
  for (std::size_t j = 0; j < from.size(); ++j) {
    const std::int16_t *q = keys_ + 4 * from[j];
    const float penalty = penalties_ ? static_cast<float>(penalties_[from[j]]) : 0.f;
    float near = penalty, far = penalty;
    for (int c = 0; c < 3; ++c) {
      const float a = std::fabs(static_cast<float>(q[c]) - center[c]);
      const float out = a > side ? a - side : 0.f;
      near += out * out;
      far += (a + side) * (a + side);
    }
    nearest_[j] = near;
    reach = far < reach ? far : reach;
  }
  reach = reach * 1.00001f + 1.f;  // float rounding may only add candidates, never lose one
  to.clear();
  for (std::size_t j = 0; j < from.size(); ++j)
    if (nearest_[j] <= reach) to.push_back(from[j]);
}

const std::vector<std::uint16_t> &CellIndex::parent_of(std::size_t cell) {
  if (bits_ <= parent_bits) return labels_;
  const int up = bits_ - parent_bits;
  const std::size_t mask = (std::size_t{1} << bits_) - 1;
  const std::size_t parent = ((cell >> (2 * bits_)) >> up) << (2 * parent_bits) |
                             (((cell >> bits_) & mask) >> up) << parent_bits | (cell & mask) >> up;
  if (parents_[parent].empty()) filter(labels_, parent, parent_bits, parents_[parent]);
  return parents_[parent];
}

std::uint32_t CellIndex::fill(std::size_t cell) {
  filter(parent_of(cell), cell, bits_, kept_);
  while (kept_.size() % 4) kept_.push_back(kept_.back());
  const std::size_t head = lists_.size();
  lists_.push_back(static_cast<std::uint16_t>(kept_.size()));
  lists_.insert(lists_.end(), kept_.begin(), kept_.end());
  start_[cell] = static_cast<std::uint32_t>(head);
  return start_[cell];
}

namespace {

// OKLab colours fill a small part of their cube, so their cells are finer.
int cell_bits(const Space &space) { return space.key_table ? 5 : 6; }

constexpr int alpha_slack = 8;  // as in pochade.dither.reference.similar_alpha

// As in pochade.dither.reference.seen: the key of middle grey, and what a level of alpha weighs.
int grey_of(const Space &space) { return space.key_table ? 8160 : 8191; }
std::int32_t alpha_weight(const Space &space) { return space.key_table ? 3072 : 1032; }

std::vector<std::uint16_t> labels_with(const PaletteView &palette, int alpha) {
  std::vector<std::uint16_t> labels;
  for (int j = 0; j < palette.k; ++j)
    if (alpha < 0 || (palette.alpha[j] - alpha <= alpha_slack && alpha - palette.alpha[j] <= alpha_slack))
      labels.push_back(static_cast<std::uint16_t>(j));
  return labels;
}

}  // namespace

Matcher::Matcher(const Space &space, const PaletteView &palette, int channels)
    : space_(space), palette_(palette), channels_(channels), one_alpha_(true) {
  if (palette.alpha)
    for (int j = 1; j < palette.k; ++j)
      one_alpha_ = one_alpha_ && palette.alpha[j] == palette.alpha[0];
  if (one_alpha_)
    whole_ = std::make_unique<CellIndex>(palette.keys, nullptr, labels_with(palette, -1),
                                         cell_bits(space));
  for (int j = 0; j < palette.k && !one_alpha_; ++j) {
    const std::int16_t *q = palette.keys + 4 * j;
    const Key seen = toward_grey({q[0], q[1], q[2]}, palette.alpha[j]);
    for (const std::int32_t v : {seen.x, seen.y, seen.z, 0})
      seen_keys_.push_back(static_cast<std::int16_t>(v));
  }
}

Key Matcher::toward_grey(const Key &key, int alpha) const {
  const int rest = (255 - alpha) * grey_of(space_) + 127;
  return {(key.x * alpha + rest) / 255, (key.y * alpha + rest) / 255, (key.z * alpha + rest) / 255};
}

// The entries near one alpha; their colours only.
CellIndex &Matcher::group(int alpha) {
  if (!groups_[alpha])
    groups_[alpha] =
        std::make_unique<CellIndex>(palette_.keys, nullptr, labels_with(palette_, alpha),
                                    cell_bits(space_));
  return *groups_[alpha];
}

// All entries, as a source pixel of this alpha sees them, keys drawn toward grey: the alpha
// difference is a fixed penalty.
CellIndex &Matcher::penalised(int alpha) {
  Penalised &entry = penalised_[alpha];
  if (!entry.index) {
    for (int j = 0; j < palette_.k; ++j) {
      const std::int32_t d = alpha - palette_.alpha[j];
      entry.penalties.push_back(alpha_weight(space_) * d * d);
    }
    // Few pixels have a partial alpha: coarse cells keep 256 of these indexes small.
    entry.index = std::make_unique<CellIndex>(seen_keys_.data(), entry.penalties.data(),
                                              labels_with(palette_, -1), alpha == 255 ? 5 : 4);
  }
  return *entry.index;
}

int Matcher::plain(const std::uint8_t *pixel) {
  static const std::uint8_t clear[3] = {0, 0, 0};
  const int alpha = channels_ == 4 ? pixel[3] : 255;
  const Key key = space_.key_of_source(alpha ? pixel : clear);
  return one_alpha_ ? whole_->find(key) : penalised(alpha).find(toward_grey(key, alpha));
}

}  // namespace pochade::dither
