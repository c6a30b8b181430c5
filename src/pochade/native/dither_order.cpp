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
  double weight[tries + 1];
  int count;
};

inline double unit(double v) { return v < 0.0 ? 0.0 : v > 1.0 ? 1.0 : v; }
inline double dot(const Color &a, const Color &b) { return a.r * b.r + a.g * b.g + a.b * b.b; }

inline void put(Mixture &mix, int label, double share) {
  for (int i = 0; i < mix.count; ++i) mix.weight[i] *= 1.0 - share;
  for (int i = 0; i < mix.count; ++i)
    if (mix.label[i] == label) {
      mix.weight[i] += share;
      return;
    }
  mix.label[mix.count] = label;
  mix.weight[mix.count++] = share;
}

Mixture mixture_for(const Color &wanted, int first, CellIndex &index, const Space &space,
                    const PaletteView &palette) {
  Mixture mix;
  mix.label[0] = first;
  mix.weight[0] = 1.0;
  mix.count = 1;
  Color sum = palette.work_of(first);
  double reach = 1.0;
  for (int t = 0; t < tries; ++t) {
    const Color rest{wanted.r - sum.r, wanted.g - sum.g, wanted.b - sum.b};
    if (dot(rest, rest) < 1e-9) break;
    const Color target{unit(wanted.r + reach * rest.r), unit(wanted.g + reach * rest.g),
                       unit(wanted.b + reach * rest.b)};
    const int label = index.find(space.key_of_work(target)).label;
    const Color entry = palette.work_of(label);
    const Color way{entry.r - sum.r, entry.g - sum.g, entry.b - sum.b};
    const double length = dot(way, way), along = dot(rest, way);
    if (!(along > 0.0)) {
      reach *= 2.0;  // still on this side: look further out
      continue;
    }
    const double share = along < length ? along / length : 1.0;
    put(mix, label, share);
    sum = {sum.r + share * way.r, sum.g + share * way.g, sum.b + share * way.b};
  }
  return mix;
}

inline double luminance(const Color &c) { return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b; }

// Dark to light, ties by label: neighbouring thresholds then differ least.
void sort_by_luminance(Mixture &mix, const PaletteView &palette) {
  for (int i = 1; i < mix.count; ++i) {
    const int label = mix.label[i];
    const double weight = mix.weight[i], light = luminance(palette.work_of(label));
    int j = i;
    for (; j > 0; --j) {
      const double other = luminance(palette.work_of(mix.label[j - 1]));
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
void order(const Picture &p, Matcher &matcher, const Fade &fade, const double *thresholds, int side,
           std::int64_t first_row, std::int64_t last_row, Label *labels) {
  const Space &space = matcher.space();
  const PaletteView &palette = matcher.palette();
  for (std::int64_t y = first_row; y < last_row; ++y) {
    const std::uint8_t *row = p.row(y);
    const double *tile = thresholds + (y % side) * side;
    for (std::int64_t x = 0; x < p.width; ++x) {
      const std::uint8_t *pixel = row + x * p.channels;
      Label &label = labels[y * p.width + x];
      const Found plain = matcher.plain(pixel);
      const bool clear = p.channels == 4 && pixel[3] == 0;
      const double share = clear ? 0.0 : fade.strength * fade.of(plain.distance, label != 0);
      label = static_cast<Label>(plain.label);
      if (share == 0.0) continue;
      Mixture mix = mixture_for(space.work_of_source(pixel), plain.label,
                                matcher.same_alpha(plain.label), space, palette);
      for (int i = 0; i < mix.count; ++i) mix.weight[i] *= share;
      mix.weight[0] += 1.0 - share;  // the first is the plain label
      sort_by_luminance(mix, palette);
      double below = 0.0;
      int at = 0;
      for (; at < mix.count - 1; ++at) {
        below += mix.weight[at];
        if (tile[x % side] < below) break;
      }
      label = static_cast<Label>(mix.label[at]);
    }
  }
}

template void order(const Picture &, Matcher &, const Fade &, const double *, int, std::int64_t,
                    std::int64_t, std::uint8_t *);
template void order(const Picture &, Matcher &, const Fade &, const double *, int, std::int64_t,
                    std::int64_t, std::uint16_t *);

}  // namespace pochade::dither
