// DEFLATE (RFC 1951): the pieces of the compressor in deflate.cpp, each in its own file.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pochade::deflate {

constexpr int kWindow = 32768;      // how far back a match may reach
constexpr int kMinMatch = 3;
constexpr int kMaxMatch = 258;
constexpr int kLiterals = 286;      // literals 0-255, end of block 256, lengths 257-285
constexpr int kDistances = 30;
constexpr int kEndOfBlock = 256;
constexpr int kFarThree = 8192;     // a match of three farther than this costs more than literals

// One step of a parse: a literal (length 1) or a match.
struct Step {
  std::uint16_t length;
  std::uint16_t distance;
};

struct Histogram {
  std::array<std::uint32_t, kLiterals> literals{};
  std::array<std::uint32_t, kDistances> distances{};
};

struct Slot {
  std::uint16_t symbol;  // length symbol (257-285) or distance symbol (0-29)
  std::uint16_t extra;   // how many extra bits follow
  std::uint16_t base;    // the smallest length or distance of the symbol
};

struct Tables {
  std::array<Slot, kMaxMatch + 1> lengths{};    // by length
  std::array<Slot, kDistances> distances{};     // by distance symbol
  std::array<std::uint8_t, 512> near_far{};     // distance symbol: see distance_symbol
};

constexpr Tables make_tables() {
  Tables t;
  int base = kMinMatch;
  for (int i = 0; i < 28; ++i) {
    const int extra = i < 8 ? 0 : i / 4 - 1;
    for (int n = 0; n < 1 << extra && base + n < kMaxMatch; ++n)
      t.lengths[base + n] = {static_cast<std::uint16_t>(257 + i), static_cast<std::uint16_t>(extra),
                             static_cast<std::uint16_t>(base)};
    base += 1 << extra;
  }
  t.lengths[kMaxMatch] = {285, 0, kMaxMatch};
  base = 1;
  for (int i = 0; i < kDistances; ++i) {
    const int extra = i < 4 ? 0 : i / 2 - 1;
    t.distances[i] = {static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(extra),
                      static_cast<std::uint16_t>(base)};
    for (int n = base - 1; n < base - 1 + (1 << extra); ++n) {
      if (n < 256) t.near_far[n] = static_cast<std::uint8_t>(i);
      if (n >= 256 && n % 128 == 0) t.near_far[256 + n / 128] = static_cast<std::uint8_t>(i);
    }
    base += 1 << extra;
  }
  return t;
}

inline constexpr Tables kTables = make_tables();

inline const Slot &length_slot(int length) { return kTables.lengths[length]; }

// Distances to 256 have their own entries, farther ones one for each 128 (zlib's layout).
inline int distance_symbol(int distance) {
  const int n = distance - 1;
  return kTables.near_far[n < 256 ? n : 256 + n / 128];
}

inline const Slot &distance_slot(int distance) { return kTables.distances[distance_symbol(distance)]; }

// Bits, least significant first, as DEFLATE packs them.
class BitWriter {
 public:
  // At most 32 bits at a time.
  void put(std::uint32_t bits, int count) {
    held_ |= static_cast<std::uint64_t>(bits) << count_;
    count_ += count;
    if (count_ >= 32) {
      for (int i = 0; i < 4; ++i, held_ >>= 8) bytes_.push_back(static_cast<std::uint8_t>(held_));
      count_ -= 32;
    }
  }
  void align() {
    for (; count_ > 0; count_ -= 8, held_ >>= 8) bytes_.push_back(static_cast<std::uint8_t>(held_));
    count_ = 0;
  }
  // Whole bytes; only after align.
  void copy(const std::uint8_t *from, std::size_t size) {
    bytes_.insert(bytes_.end(), from, from + size);
  }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  std::vector<std::uint8_t> &bytes() { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

// deflate_code.cpp: writes one block in whichever of the three forms is shortest.
void write_block(BitWriter &out, const std::uint8_t *data, std::size_t size,
                 const Step *steps, std::size_t step_count, const Histogram &histogram, bool last);

// deflate_match.cpp. For every place in [start, end), the matches that a parse may want, lengths
// and distances both rising: places[i] .. places[i + 1] index into `found`.
struct Search {
  int depth;  // nodes of the tree looked at for each place
  int nice;   // a match this long ends the search, and the places in it are passed over
  int row;    // one more distance to try, that of the row above in a picture; 0: none
};
struct Matches {
  std::vector<std::uint32_t> places;
  std::vector<Step> found;
};
// Without a search: the last place with the same four bytes, or three, is taken as it comes.
std::vector<Step> quick_steps(const std::uint8_t *data, std::size_t before, std::size_t size, int row);

Matches find_matches(const std::uint8_t *data, std::size_t before, std::size_t size, Search search);

struct Options {
  Search search;
  int passes;  // shortest paths for each block, each with the costs of the one before; 0: quick_steps
};

// deflate_parse.cpp: compresses `size` bytes at `data`, of which `before` bytes in front of it may
// be referred to. Ends on a whole byte.
std::vector<std::uint8_t> compress_chunk(const std::uint8_t *data, std::size_t before,
                                         std::size_t size, bool last, const Options &options);

}  // namespace pochade::deflate
