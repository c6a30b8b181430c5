// GIF's LZW coder: the same codes as lzw_encode_reference in io/lzw.py, at the speed of C++.
#include <nanobind/nanobind.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace nb = nanobind;

namespace {

constexpr int kMaxCodes = 4096;

class CodeWriter {
 public:
  void put(std::uint32_t code, int width) {
    held_ |= code << count_;
    for (count_ += width; count_ >= 8; count_ -= 8, held_ >>= 8)
      bytes.push_back(static_cast<std::uint8_t>(held_));
  }
  void finish() {
    if (count_ > 0) bytes.push_back(static_cast<std::uint8_t>(held_));
  }
  std::vector<std::uint8_t> bytes;

 private:
  std::uint32_t held_ = 0;
  int count_ = 0;
};

std::vector<std::uint8_t> encode(const std::uint8_t *labels, std::size_t size, int bits) {
  const int clear = 1 << bits, end = clear + 1;
  // child[prefix << bits | label]: the code of that string, 0 where there is none
  std::vector<std::uint16_t> child(static_cast<std::size_t>(kMaxCodes) << bits, 0);
  std::vector<std::size_t> taken;  // its places in use, to empty it quickly
  CodeWriter out;
  int width = bits + 1, next = end + 1, prefix = -1;
  out.put(clear, width);
  for (std::size_t i = 0; i < size; ++i) {
    if (prefix < 0) {
      prefix = labels[i];
      continue;
    }
    const std::size_t place = static_cast<std::size_t>(prefix) << bits | labels[i];
    if (child[place]) {
      prefix = child[place];
      continue;
    }
    out.put(prefix, width);
    prefix = labels[i];
    if (next == kMaxCodes) {
      out.put(clear, width);
      for (std::size_t place : taken) child[place] = 0;
      taken.clear();
      width = bits + 1;
      next = end + 1;
      continue;
    }
    child[place] = static_cast<std::uint16_t>(next);
    taken.push_back(place);
    if (next == 1 << width) ++width;
    ++next;
  }
  if (prefix >= 0) {
    out.put(prefix, width);
    if (next == 1 << width && width < 12) ++width;
  }
  out.put(end, width);
  out.finish();
  return std::move(out.bytes);
}

nb::bytes lzw_encode(const nb::bytes &labels, int bits) {
  if (bits < 2 || bits > 8) throw nb::value_error("bits must be 2 to 8");
  const auto *data = static_cast<const std::uint8_t *>(labels.data());
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (data[i] >> bits) throw nb::value_error("a label does not fit the bits");
  std::vector<std::uint8_t> out;
  {
    nb::gil_scoped_release release;
    out = encode(data, labels.size(), bits);
  }
  return nb::bytes(out.data(), out.size());
}

}  // namespace

void bind_lzw(nb::module_ &m) {
  m.def("lzw_encode", &lzw_encode, nb::arg("labels"), nb::arg("bits"),
        "GIF's LZW codes of labels below 2**bits.");
}
