// Nearest palette entry: cells of the key cube with candidate lists, built when first needed.
#include "dither.hpp"

namespace pochade::dither {

CellIndex::CellIndex(std::vector<Member> members, int bits)
    : members_(std::move(members)),
      lists_(1),
      start_(std::size_t{1} << (3 * bits), 0),
      nearest_(members_.size()),
      farthest_(members_.size()),
      bits_(bits),
      shift_(14 - bits) {}

std::uint32_t CellIndex::fill(std::uint32_t cell) {
  const std::uint32_t mask = (1u << bits_) - 1;
  const float side = static_cast<float>((1 << shift_) - 1) * 0.5f;
  const float cx = static_cast<float>((cell >> (2 * bits_)) << shift_) + side;
  const float cy = static_cast<float>(((cell >> bits_) & mask) << shift_) + side;
  const float cz = static_cast<float>((cell & mask) << shift_) + side;
  const std::size_t n = members_.size();
  const Member *m = members_.data();
  float *near = nearest_.data(), *far = farthest_.data();
  for (std::size_t j = 0; j < n; ++j) {
    const float ax = std::fabs(m[j].x - cx), ay = std::fabs(m[j].y - cy), az = std::fabs(m[j].z - cz);
    const float ox = ax > side ? ax - side : 0.f, oy = ay > side ? ay - side : 0.f,
                oz = az > side ? az - side : 0.f;
    const float fx = ax + side, fy = ay + side, fz = az + side;
    const float penalty = static_cast<float>(m[j].penalty);
    near[j] = ox * ox + oy * oy + oz * oz + penalty;
    far[j] = fx * fx + fy * fy + fz * fz + penalty;
  }
  float reach = far[0];
  for (std::size_t j = 1; j < n; ++j) reach = far[j] < reach ? far[j] : reach;
  reach = reach * 1.00001f + 1.f;  // float rounding may only add candidates, never lose one
  const std::size_t head = lists_.size();
  lists_.push_back({0, 0, 0, 0, 0});
  for (std::size_t j = 0; j < n; ++j)
    if (near[j] <= reach) lists_.push_back(m[j]);
  lists_[head].penalty = static_cast<std::int32_t>(lists_.size() - head - 1);
  start_[cell] = static_cast<std::uint32_t>(head);
  return start_[cell];
}

Matcher::Matcher(const Space &space, const PaletteView &palette, int channels)
    : space_(space), palette_(palette), channels_(channels), one_alpha_(true) {
  if (palette.alpha)
    for (int j = 1; j < palette.k; ++j) one_alpha_ = one_alpha_ && palette.alpha[j] == palette.alpha[0];
  if (!one_alpha_) return;
  std::vector<CellIndex::Member> all;
  for (int j = 0; j < palette.k; ++j)
    all.push_back({palette.keys[3 * j], palette.keys[3 * j + 1], palette.keys[3 * j + 2],
                   static_cast<std::uint16_t>(j), 0});
  whole_ = std::make_unique<CellIndex>(std::move(all), 5);
}

// The entries of one alpha; their colours only.
CellIndex &Matcher::group(int alpha) {
  if (!groups_[alpha]) {
    std::vector<CellIndex::Member> members;
    for (int j = 0; j < palette_.k; ++j)
      if (palette_.alpha[j] == alpha)
        members.push_back({palette_.keys[3 * j], palette_.keys[3 * j + 1], palette_.keys[3 * j + 2],
                           static_cast<std::uint16_t>(j), 0});
    groups_[alpha] = std::make_unique<CellIndex>(std::move(members), 5);
  }
  return *groups_[alpha];
}

// All entries, as a source pixel of this alpha sees them: the alpha difference is a fixed penalty.
CellIndex &Matcher::penalised(int alpha) {
  if (!penalised_[alpha]) {
    std::vector<CellIndex::Member> members;
    for (int j = 0; j < palette_.k; ++j) {
      const std::int32_t d = 64 * (alpha - palette_.alpha[j]);
      members.push_back({palette_.keys[3 * j], palette_.keys[3 * j + 1], palette_.keys[3 * j + 2],
                         static_cast<std::uint16_t>(j), d * d});
    }
    // Few pixels have a partial alpha: coarse cells keep 256 of these indexes small.
    penalised_[alpha] = std::make_unique<CellIndex>(std::move(members), alpha == 255 ? 5 : 4);
  }
  return *penalised_[alpha];
}

Found Matcher::plain(const std::uint8_t *pixel) {
  static const std::uint8_t clear[3] = {0, 0, 0};
  const int alpha = channels_ == 4 ? pixel[3] : 255;
  const Key key = space_.key_of_source(alpha ? pixel : clear);
  if (!one_alpha_) return penalised(alpha).find(key);
  Found found = whole_->find(key);
  if (palette_.alpha) {
    const std::int32_t d = 64 * (alpha - palette_.alpha[0]);
    found.distance += d * d;
  }
  return found;
}

}  // namespace pochade::dither
