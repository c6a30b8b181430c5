// Error diffusion: Floyd and Steinberg 1976, Sierra's filter lite, Atkinson's filter.
#include "dither.hpp"

namespace pochade::dither {
namespace {

// Rows of errors, three doubles per pixel, two pixels of margin on both sides.
class ErrorRows {
 public:
  explicit ErrorRows(std::int64_t width) : stride_(static_cast<std::size_t>(width + 4) * 3), data_(3 * stride_, 0.0) {}
  double *row(int ahead) { return data_.data() + ((first_ + ahead) % 3) * stride_ + 6; }
  void next_row() {
    double *spent = row(0) - 6;
    for (std::size_t i = 0; i < stride_; ++i) spent[i] = 0.0;
    first_ = (first_ + 1) % 3;
  }

 private:
  std::size_t stride_;
  std::vector<double> data_;
  int first_ = 0;
};

inline void add(double *to, const Color &e, double weight) {
  to[0] += e.r * weight;
  to[1] += e.g * weight;
  to[2] += e.b * weight;
}

inline double unit(double v) { return v < 0.0 ? 0.0 : v > 1.0 ? 1.0 : v; }

template <Kernel kernel>
inline void spread(double *here, double *below, double *below2, std::int64_t forward, const Color &e) {
  if constexpr (kernel == Kernel::floyd_steinberg) {
    add(here + forward, e, 7.0 / 16.0);
    add(below - forward, e, 3.0 / 16.0);
    add(below, e, 5.0 / 16.0);
    add(below + forward, e, 1.0 / 16.0);
  } else if constexpr (kernel == Kernel::sierra_lite) {
    add(here + forward, e, 0.5);
    add(below - forward, e, 0.25);
    add(below, e, 0.25);
  } else {
    add(here + forward, e, 0.125);
    add(here + 2 * forward, e, 0.125);
    add(below - forward, e, 0.125);
    add(below, e, 0.125);
    add(below + forward, e, 0.125);
    add(below2, e, 0.125);
  }
}

template <Kernel kernel, class Label>
void run(const Picture &p, Matcher &matcher, const Fade &fade, bool serpentine, Label *labels) {
  const Space &space = matcher.space();
  const PaletteView &palette = matcher.palette();
  ErrorRows errors(p.width);
  for (std::int64_t y = 0; y < p.height; ++y) {
    const bool back = serpentine && (y & 1);
    const std::int64_t step = back ? -1 : 1;
    const std::uint8_t *row = p.row(y);
    double *here = errors.row(0), *below = errors.row(1), *below2 = errors.row(2);
    for (std::int64_t i = 0, x = back ? p.width - 1 : 0; i < p.width; ++i, x += step) {
      const std::uint8_t *pixel = row + x * p.channels;
      Label &label = labels[y * p.width + x];
      const Found plain = matcher.plain(pixel);
      const bool clear = p.channels == 4 && pixel[3] == 0;
      const double share = clear ? 0.0 : fade.of(plain.distance, label != 0);
      label = static_cast<Label>(plain.label);
      if (share == 0.0) continue;
      const Color source = space.work_of_source(pixel);
      const double *in = here + 3 * x;
      const Color wanted{unit(source.r + share * in[0]), unit(source.g + share * in[1]),
                         unit(source.b + share * in[2])};
      label = static_cast<Label>(
          matcher.same_alpha(plain.label).find(space.key_of_work(wanted)).label);
      const Color got = palette.work_of(label);
      const double out = p.channels == 4 ? share * fade.strength * (pixel[3] / 255.0)
                                         : share * fade.strength;
      const Color e{(wanted.r - got.r) * out, (wanted.g - got.g) * out, (wanted.b - got.b) * out};
      spread<kernel>(here + 3 * x, below + 3 * x, below2 + 3 * x, 3 * step, e);
    }
    errors.next_row();
  }
}

}  // namespace

template <class Label>
void diffuse(const Picture &p, Matcher &matcher, const Fade &fade, Kernel kernel, bool serpentine,
             Label *labels) {
  switch (kernel) {
    case Kernel::floyd_steinberg:
      return run<Kernel::floyd_steinberg>(p, matcher, fade, serpentine, labels);
    case Kernel::sierra_lite:
      return run<Kernel::sierra_lite>(p, matcher, fade, serpentine, labels);
    case Kernel::atkinson:
      return run<Kernel::atkinson>(p, matcher, fade, serpentine, labels);
  }
}

template void diffuse(const Picture &, Matcher &, const Fade &, Kernel, bool, std::uint8_t *);
template void diffuse(const Picture &, Matcher &, const Fade &, Kernel, bool, std::uint16_t *);

}  // namespace pochade::dither
