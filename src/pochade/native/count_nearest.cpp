#include "count_nearest.hpp"

#include <atomic>
#include <memory>

#include "count_candidates.hpp"
#include "count_map.hpp"
#include "count_translucent.hpp"

namespace pochade {
namespace {

Entries entries_of(const std::uint8_t *palette, std::size_t k, int channels) {
  Entries all;
  for (std::size_t i = 0; i < k; ++i) {
    const std::uint8_t *color = palette + i * channels;
    const bool hidden = channels == 4 && color[3] == 0;
    for (int c = 0; c < 4; ++c)
      all.channel[c].push_back(hidden ? 0.0f : c < channels ? color[c] : 255.0f);
    all.index.push_back(static_cast<std::uint32_t>(i));
  }
  return all;
}

// One worker's knowledge: each colour is searched for once, then found in the map.
class Nearest {
 public:
  explicit Nearest(const Entries &palette) : palette_(palette), opaque_(palette, 255, 255) {}

  const ColorMap<std::uint16_t> &map() const { return map_; }

  std::uint16_t miss(std::uint32_t key, bool rgb) {
    if (!rgb && key < 0xff000000u) return key >> 24 ? translucent(key) : transparent();
    const std::uint32_t cell = (key >> 9) & (kCells - 1);
    if (!map_.mixed(cell)) {
      const Entries &list = opaque_.of_cell(cell);
      // Index 65,535 reads as unknown, so it is answered here each time: slower, never wrong.
      if (list.size() == 1) {
        map_.set_cell(cell, static_cast<std::uint16_t>(list.index[0]));
        return static_cast<std::uint16_t>(list.index[0]);
      }
      map_.split_cell(cell);
    }
    const auto label = static_cast<std::uint16_t>(opaque_.nearest(key, 255));
    map_.set_color(key, label);
    return label;
  }

 private:
  std::uint16_t translucent(std::uint32_t key) {
    std::uint32_t &known = known_[key];
    if (!known) {
      auto &band = band_[key >> 29];  // alpha in eighths, so that lists stay short
      const auto low = static_cast<float>((key >> 29) * 32);
      if (!band) band = std::make_unique<Candidates>(palette_, low, low + 31);
      known = 1 + band->nearest(key, static_cast<float>(key >> 24));
    }
    return static_cast<std::uint16_t>(known - 1);
  }

  std::uint16_t transparent() {
    if (transparent_ < 0) {
      float least = 1e30f;
      for (std::size_t i = 0; i < palette_.size(); ++i) {
        float d = 0;
        for (const auto &channel : palette_.channel) d += channel[i] * channel[i];
        if (d < least) {
          least = d;
          transparent_ = static_cast<std::int32_t>(i);
        }
      }
    }
    return static_cast<std::uint16_t>(transparent_);
  }

  const Entries &palette_;
  Candidates opaque_;
  ColorMap<std::uint16_t> map_;
  std::unique_ptr<Candidates> band_[8];
  KeyTable known_;  // translucent key -> 1 + label
  std::int32_t transparent_ = -1;
};

}  // namespace

template <class Out>
void map_nearest(const Span &image, int channels, const std::uint8_t *palette, std::size_t k,
                 int threads, Out *out) {
  const Entries entries = entries_of(palette, k, channels);
  const std::vector<Span> chunks = cut_into_chunks({image}, channels);
  threads = useful_workers(image.count, threads);
  std::atomic<std::size_t> next{0};
  parallel_for(static_cast<std::size_t>(threads), threads, [&](std::size_t) {
    Nearest nearest(entries);
    for (std::size_t c; (c = next.fetch_add(1)) < chunks.size();)
      label_chunk(nearest.map(), chunks[c], channels,
                  out + (chunks[c].pixels - image.pixels) / channels,
                  [&](std::uint32_t key) { return nearest.miss(key, channels == 3); });
  });
}

template void map_nearest(const Span &, int, const std::uint8_t *, std::size_t, int,
                          std::uint8_t *);
template void map_nearest(const Span &, int, const std::uint8_t *, std::size_t, int,
                          std::uint16_t *);

}  // namespace pochade
