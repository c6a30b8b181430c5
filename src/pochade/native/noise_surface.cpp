// A picture's surface without its grain: at each pixel the mean of those pixels around it whose
// colour is near (the sigma filter of J.-S. Lee, 1983), in whole numbers. Rows of one channel are
// laid out apart, so that a row is done for one place of the window at a time.
#include <algorithm>
#include <vector>

#include "cpu.hpp"
#include "noise.hpp"
#include "noise_rows.hpp"
#include "parallel.hpp"

namespace pochade {

namespace baseline { void add_near(const noise::NearRow &); }
namespace v3 { void add_near(const noise::NearRow &); }
namespace v4 { void add_near(const noise::NearRow &); }

namespace noise {

AddNear add_near() {
#if defined(POCHADE_HAS_v4)
  if (chosen_isa() == Isa::v4) return v4::add_near;
#endif
#if defined(POCHADE_HAS_v3)
  if (chosen_isa() == Isa::v3) return v3::add_near;
#endif
  return baseline::add_near;
}

namespace {

constexpr std::int64_t kRows = 32;
constexpr std::int64_t kColumns = 1024;

class Strip {
 public:
  Strip(const Picture &p, const std::uint8_t *guide, int radius, int tolerance)
      : p_(p), guide_(guide), radius_(radius), tolerance_(static_cast<std::uint8_t>(tolerance)) {
    const std::size_t width = static_cast<std::size_t>(p.width);
    center_.resize(width * p.channels);
    count_.resize(width);
    for (int c = 0; c < p.channels; ++c) sums_[c].resize(width);
    near_.resize(width);
  }

  void run(std::int64_t first, std::int64_t last, std::uint8_t *out) {
    first_ = std::max<std::int64_t>(0, first - radius_);
    const std::int64_t end = std::min(p_.height, last + radius_);
    load(end);
    for (std::int64_t y = first; y < last; ++y) row(y, end, out);
  }

 private:
  // The rows that this strip reads, channel by channel.
  void load(std::int64_t end) {
    const std::int64_t width = p_.width;
    const int channels = p_.channels;
    planes_.resize(static_cast<std::size_t>((end - first_) * width * channels));
    for (std::int64_t y = first_; y < end; ++y)
      for (int c = 0; c < channels; ++c) {
        const std::uint8_t *from = p_.pixels + y * width * channels + c;
        std::uint8_t *to = planes_.data() + ((y - first_) * channels + c) * width;
        for (std::int64_t x = 0; x < width; ++x) to[x] = from[x * channels];
      }
  }

  void row(std::int64_t y, std::int64_t end, std::uint8_t *out) {
    const std::int64_t width = p_.width;
    const int channels = p_.channels;
    for (int c = 0; c < channels; ++c) {
      std::fill(sums_[c].begin(), sums_[c].end(), 0);
      const std::uint8_t *from = guide_ + y * width * channels + c;
      for (std::int64_t x = 0; x < width; ++x) center_[c * width + x] = from[x * channels];
    }
    std::fill(count_.begin(), count_.end(), 0);
    // Some columns at a time, so that their sums stay in the fastest cache.
    for (std::int64_t begin = 0; begin < width; begin += kColumns)
      for (std::int64_t v = std::max(first_, y - radius_); v < std::min(end, y + radius_ + 1); ++v)
        for (std::int64_t shift = -radius_; shift <= radius_; ++shift)
          add(v, shift, begin, std::min(width, begin + kColumns));
    std::uint8_t *to = out + y * width * channels;
    for (std::int64_t x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        const unsigned n = count_[x];
        const unsigned sum = sums_[c][x];
        // No pixel is near where the guide is another picture: the guide stays.
        to[x * channels + c] = n ? static_cast<std::uint8_t>((2 * sum + n) / (2 * n))
                                 : center_[c * width + x];
      }
  }

  void add(std::int64_t v, std::int64_t shift, std::int64_t begin, std::int64_t end) {
    const std::int64_t width = p_.width;
    const int channels = p_.channels;
    const std::int64_t from = std::max(begin, -shift);
    const std::int64_t to = std::min(end, width - shift);
    if (from >= to) return;
    const std::uint8_t *plane = planes_.data() + (v - first_) * channels * width;
    NearRow task;
    for (int c = 0; c < channels; ++c) {
      task.row[c] = plane + c * width + from + shift;
      task.center[c] = center_.data() + c * width + from;
      task.sum[c] = sums_[c].data() + from;
    }
    task.count = count_.data() + from;
    task.near = near_.data();
    task.size = static_cast<std::size_t>(to - from);
    task.channels = channels;
    task.tolerance = tolerance_;
    add_near_(task);
  }

  const Picture &p_;
  const std::uint8_t *guide_;
  std::int64_t radius_, first_ = 0;
  std::uint8_t tolerance_;
  AddNear add_near_ = add_near();
  std::vector<std::uint8_t> planes_, center_, near_;
  std::vector<std::uint16_t> count_, sums_[4];
};

}  // namespace

void surface(const Picture &p, const std::uint8_t *guide, int radius, int tolerance, int threads,
             std::uint8_t *out) {
  const std::size_t chunks = static_cast<std::size_t>((p.height + kRows - 1) / kRows);
  parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::int64_t first = static_cast<std::int64_t>(chunk) * kRows;
    Strip(p, guide, radius, tolerance).run(first, std::min(p.height, first + kRows), out);
  });
}

}  // namespace noise
}  // namespace pochade
