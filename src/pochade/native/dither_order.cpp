// Ordered dithering to any palette: each colour becomes a mixture of a few palette entries, and
// the threshold of the pixel's place in the tile picks one of them.
//
// The mixture is grown greedily (as Knoll's pattern dithering grows its list, US patent 6,606,166,
// expired) but with the exact best share for every entry found, as in the Frank-Wolfe method, so
// six searches do for what takes the pattern 64. Its spread is set by the palette itself.
#include "dither.hpp"

namespace pochade::dither {
namespace {

constexpr int tries = 6;

struct Mixture {
  int label[tries + 1];
  float weight[tries + 1];
  int count;
};

inline float dot(const F4 &a, const F4 &b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

inline void put(Mixture &mix, int label, float share) {
  for (int i = 0; i < mix.count; ++i) mix.weight[i] *= 1.0f - share;
  for (int i = 0; i < mix.count; ++i)
    if (mix.label[i] == label) {
      mix.weight[i] += share;
      return;
    }
  mix.label[mix.count] = label;
  mix.weight[mix.count++] = share;
}

Mixture mixture_for(const F4 &wanted, int first, CellIndex &index, const Space &space,
                    const PaletteView &palette) {
  Mixture mix;
  mix.label[0] = first;
  mix.weight[0] = 1.0f;
  mix.count = 1;
  F4 sum = load4(palette.work + 4 * first);
  float reach = 1.0f;
  for (int t = 0; t < tries; ++t) {
    const F4 rest = wanted - sum;
    if (dot(rest, rest) < 1e-9f) break;
    const F4 target = clamp01(wanted + all(reach) * rest);
    const int label = index.find(space.key_of_work(target));
    const F4 way = load4(palette.work + 4 * label) - sum;
    const float length = dot(way, way), along = dot(rest, way);
    if (!(along > 0.0f)) {
      reach *= 2.0f;  // still on this side: look further out
      continue;
    }
    const float share = along < length ? along / length : 1.0f;
    put(mix, label, share);
    sum = sum + all(share) * way;
  }
  return mix;
}

inline float luminance(const float *c) { return 0.2126f * c[0] + 0.7152f * c[1] + 0.0722f * c[2]; }

// Dark to light, ties by label: neighbouring thresholds then differ least.
void sort_by_luminance(Mixture &mix, const PaletteView &palette) {
  for (int i = 1; i < mix.count; ++i) {
    const int label = mix.label[i];
    const float weight = mix.weight[i], light = luminance(palette.work + 4 * label);
    int j = i;
    for (; j > 0; --j) {
      const float other = luminance(palette.work + 4 * mix.label[j - 1]);
      if (other < light || (other == light && mix.label[j - 1] < label)) break;
      mix.label[j] = mix.label[j - 1];
      mix.weight[j] = mix.weight[j - 1];
    }
    mix.label[j] = label;
    mix.weight[j] = weight;
  }
}

}  // namespace

template <class Label>
void order(const Picture &p, Matcher &matcher, const Fade &fade, float strength, const float *thresholds, int side,
           std::int64_t first_row, std::int64_t last_row, Label *labels) {
  const Space &space = matcher.space();
  const PaletteView &palette = matcher.palette();
  for (std::int64_t y = first_row; y < last_row; ++y) {
    const std::uint8_t *row = p.row(y);
    const float *tile = thresholds + (y % side) * side;
    for (std::int64_t x = 0; x < p.width; ++x) {
      const std::uint8_t *pixel = row + x * p.channels;
      Label &label = labels[y * p.width + x];
      const int plain = matcher.plain(pixel);
      const float share = strength * fade.of(pixel, plain, label != 0);
      label = static_cast<Label>(plain);
      if (share == 0.f) continue;
      Mixture mix = mixture_for(space.work_of_source(pixel), plain, matcher.similar_alpha(plain), space,
                                palette);
      for (int i = 0; i < mix.count; ++i) mix.weight[i] *= share;
      mix.weight[0] += 1.0f - share;  // the first is the plain label
      sort_by_luminance(mix, palette);
      float below = 0.0f;
      int at = 0;
      for (; at < mix.count - 1; ++at) {
        below += mix.weight[at];
        if (tile[x % side] < below) break;
      }
      label = static_cast<Label>(mix.label[at]);
    }
  }
}

template void order(const Picture &, Matcher &, const Fade &, float, const float *, int, std::int64_t,
                    std::int64_t, std::uint8_t *);
template void order(const Picture &, Matcher &, const Fade &, float, const float *, int, std::int64_t,
                    std::int64_t, std::uint16_t *);

}  // namespace pochade::dither
