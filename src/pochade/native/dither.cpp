// Bindings of the dithering kernels; pochade.dither checks every argument before it calls them.
#include "dither.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "parallel.hpp"

namespace nb = nanobind;
using namespace pochade::dither;

namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Owns references to the tables and the palette; makes matchers for them.
class Plan {
 public:
  Plan(In<double, 1> source_work, In<std::uint16_t, 1> key_table, In<double, 1> cbrt_table,
       In<double, 2> to_lms, In<double, 2> to_lab, In<double, 2> palette_work,
       In<std::int16_t, 2> palette_keys, In<std::uint8_t, 1> alpha, double strength, bool edge_aware,
       double low, double high, double flat_low, double flat_high)
      : keep_{source_work, cbrt_table}, keep_keys_(key_table), keep_square_{to_lms, to_lab, palette_work},
        keep_palette_(palette_keys), keep_alpha_(alpha) {
    const bool lab = key_table.size() == 0;
    space = {source_work.data(), lab ? nullptr : key_table.data(), lab ? cbrt_table.data() : nullptr,
             to_lms.data(), to_lab.data(),
             static_cast<int>((lab ? cbrt_table.size() : key_table.size()) - 1)};
    palette = {palette_work.data(), palette_keys.data(), alpha.size() ? alpha.data() : nullptr,
               static_cast<int>(palette_work.shape(0))};
    fade = {strength, edge_aware, low, high, flat_low, flat_high};
  }
  Space space;
  PaletteView palette;
  Fade fade;

 private:
  In<double, 1> keep_[2];
  In<std::uint16_t, 1> keep_keys_;
  In<double, 2> keep_square_[3];
  In<std::int16_t, 2> keep_palette_;
  In<std::uint8_t, 1> keep_alpha_;
};

Picture view(const In<std::uint8_t, 3> &pixels) {
  return {pixels.data(), static_cast<std::int64_t>(pixels.shape(0)),
          static_cast<std::int64_t>(pixels.shape(1)), static_cast<int>(pixels.shape(2))};
}

template <class Label>
void bind_mark_flat(In<std::uint8_t, 3> pixels, int min_run, int soft_step, Out<Label> flags) {
  nb::gil_scoped_release free;
  mark_flat(view(pixels), min_run, soft_step, flags.data());
}

template <class Label>
void bind_diffuse(In<std::uint8_t, 3> pixels, const Plan &plan, int kernel, bool serpentine,
                  Out<Label> labels) {
  nb::gil_scoped_release free;
  Matcher matcher(plan.space, plan.palette, static_cast<int>(pixels.shape(2)));
  diffuse(view(pixels), matcher, plan.fade, static_cast<Kernel>(kernel), serpentine, labels.data());
}

template <class Label>
void bind_order(In<std::uint8_t, 3> pixels, const Plan &plan, In<double, 2> thresholds, int threads,
                Out<Label> labels) {
  nb::gil_scoped_release free;
  const Picture picture = view(pixels);
  const std::size_t bands = threads < 1 ? 1 : static_cast<std::size_t>(threads);
  // A pixel's label depends on nothing but the pixel and its place: bands may follow the threads.
  pochade::parallel_for(bands, threads, [&](std::size_t band) {
    Matcher matcher(plan.space, plan.palette, picture.channels);
    const auto at = [&](std::size_t b) {
      return picture.height * static_cast<std::int64_t>(b) / static_cast<std::int64_t>(bands);
    };
    order(picture, matcher, plan.fade, thresholds.data(), static_cast<int>(thresholds.shape(0)),
          at(band), at(band + 1), labels.data());
  });
}

}  // namespace

void bind_dither(nb::module_ &m) {
  nb::class_<Plan>(m, "DitherPlan", "Colour tables and a palette, ready for the dithering kernels.")
      .def(nb::init<In<double, 1>, In<std::uint16_t, 1>, In<double, 1>, In<double, 2>, In<double, 2>,
                    In<double, 2>, In<std::int16_t, 2>, In<std::uint8_t, 1>, double, bool, double,
                    double, double, double>());
  m.def("dither_mark_flat", &bind_mark_flat<std::uint8_t>);
  m.def("dither_mark_flat", &bind_mark_flat<std::uint16_t>);
  m.def("dither_diffuse", &bind_diffuse<std::uint8_t>);
  m.def("dither_diffuse", &bind_diffuse<std::uint16_t>);
  m.def("dither_order", &bind_order<std::uint8_t>);
  m.def("dither_order", &bind_order<std::uint16_t>);
}
