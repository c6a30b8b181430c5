// zlib streams, compressed by searching for the cheapest way through the data. Chunks of a size
// that depends on the data's alone go to the threads, so the bytes never depend on their number.
#include <nanobind/nanobind.h>

#include <algorithm>

#include "deflate.hpp"
#include "parallel.hpp"

namespace nb = nanobind;

namespace pochade::deflate {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
constexpr std::uint32_t kAdler = 65521;

std::uint32_t adler32(const std::uint8_t *data, std::size_t size) {
  std::uint32_t a = 1, b = 0;
  while (size > 0) {
    const std::size_t part = std::min<std::size_t>(size, 5552);  // b stays below 2^32
    for (std::size_t i = 0; i < part; ++i) {
      a += data[i];
      b += a;
    }
    a %= kAdler;
    b %= kAdler;
    data += part;
    size -= part;
  }
  return b << 16 | a;
}

nb::bytes deflate_zlib(const nb::bytes &input, int depth, int nice, int passes, int row, int threads) {
  const auto *data = static_cast<const std::uint8_t *>(input.data());
  const std::size_t size = input.size();
  const Options options{{std::max(depth, 1), std::min(std::max(nice, 4), kMaxMatch),
                         row > 0 && row <= kWindow ? row : 0}, std::max(passes, 0)};
  const std::size_t chunks = std::max<std::size_t>(1, (size + kChunk - 1) / kChunk);
  const std::size_t each = (size + chunks - 1) / chunks;
  std::vector<std::vector<std::uint8_t>> pieces(chunks);
  std::uint32_t check = 1;
  {
    nb::gil_scoped_release release;
    parallel_for(chunks, threads, [&](std::size_t i) {
      const std::size_t start = std::min(size, i * each), end = std::min(size, start + each);
      const std::size_t before = std::min<std::size_t>(start, kWindow);
      pieces[i] = compress_chunk(data + start, before, end - start, i + 1 == chunks, options);
    });
    check = adler32(data, size);
  }
  std::vector<std::uint8_t> out{0x78, 0x9C};
  std::size_t total = 6;
  for (const auto &piece : pieces) total += piece.size();
  out.reserve(total);
  for (const auto &piece : pieces) out.insert(out.end(), piece.begin(), piece.end());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(check >> shift));
  return nb::bytes(out.data(), out.size());
}

}  // namespace
}  // namespace pochade::deflate

void bind_deflate(nb::module_ &m) {
  m.def("deflate_zlib", &pochade::deflate::deflate_zlib, nb::arg("data"), nb::kw_only(),
        nb::arg("depth"), nb::arg("nice"), nb::arg("passes"),
        nb::arg("row"), nb::arg("threads"),
        "A zlib stream of bytes; the same for any number of threads.");
}
