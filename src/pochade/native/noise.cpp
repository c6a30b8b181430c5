// Bindings of the noise kernels; pochade.noise checks every argument before it calls them.
#include "noise.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <stdexcept>

namespace nb = nanobind;
using namespace nb::literals;
using namespace pochade::noise;

namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <class T, int dims>
using Out = nb::ndarray<T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
using Pixels = In<std::uint8_t, 3>;

Picture view(const Pixels &image) {
  if (image.shape(2) != 3 && image.shape(2) != 4)
    throw std::invalid_argument("A picture has three or four channels.");
  return {image.data(), static_cast<std::int64_t>(image.shape(0)),
          static_cast<std::int64_t>(image.shape(1)), static_cast<int>(image.shape(2))};
}

template <class Map>
void same_size(const Pixels &image, const Map &map) {
  if (map.shape(0) != image.shape(0) || map.shape(1) != image.shape(1))
    throw std::invalid_argument("Picture and map differ in size.");
}

void find_standout(Pixels image, int threads, Out<std::uint8_t, 2> out) {
  same_size(image, out);
  const Picture picture = view(image);
  nb::gil_scoped_release free;
  standout(picture, threads, out.data());
}

void find_patches(Pixels image, int step, int threads, Out<std::uint16_t, 2> out) {
  same_size(image, out);
  const Picture picture = view(image);
  if (picture.height * picture.width > INT32_MAX)
    throw std::invalid_argument("A picture of more than 2 billion pixels.");
  nb::gil_scoped_release free;
  patches(picture, step, threads, out.data());
}

void find_surface(Pixels image, Pixels guide, int radius, int tolerance, int threads,
                  Out<std::uint8_t, 3> out) {
  same_size(image, out);
  same_size(image, guide);
  const Picture picture = view(image);
  if (guide.shape(2) != image.shape(2) || out.shape(2) != image.shape(2))
    throw std::invalid_argument("Picture and guide differ in channels.");
  // Sums of (2 radius + 1)^2 bytes must fit 16 bits.
  if (radius < 0 || radius > 7 || tolerance < 0 || tolerance > 255)
    throw std::invalid_argument("The radius is 0 to 7, the tolerance 0 to 255.");
  nb::gil_scoped_release free;
  surface(picture, guide.data(), radius, tolerance, threads, out.data());
}

void fill(Pixels image, In<std::uint8_t, 2> mask, int how, int threads, Out<std::uint8_t, 3> out) {
  same_size(image, mask);
  same_size(image, out);
  const Picture picture = view(image);
  if (how < 0 || how > 2 || out.shape(2) != image.shape(2))
    throw std::invalid_argument("Unknown way to fill, or another number of channels.");
  nb::gil_scoped_release free;
  fill_holes(picture, mask.data(), static_cast<Fill>(how), threads, out.data());
}

}  // namespace

void bind_noise(nb::module_ &m) {
  m.def("noise_standout", &find_standout, "image"_a.noconvert(), "threads"_a,
        "out"_a.noconvert(), "How far each pixel stands out of its neighbours.");
  m.def("noise_patches", &find_patches, "image"_a.noconvert(), "step"_a, "threads"_a,
        "out"_a.noconvert(), "The number of pixels of each pixel's patch, 65535 at most.");
  m.def("noise_surface", &find_surface, "image"_a.noconvert(), "guide"_a.noconvert(), "radius"_a,
        "tolerance"_a, "threads"_a, "out"_a.noconvert(),
        "The mean of the pixels around each that are near to the guide.");
  m.def("noise_fill", &fill, "image"_a.noconvert(), "mask"_a.noconvert(), "how"_a, "threads"_a,
        "out"_a.noconvert(), "Fills the masked pixels of out, which begins as a copy of image.");
}
