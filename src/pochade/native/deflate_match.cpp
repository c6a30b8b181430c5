// Matches by binary search trees over the last 32 KiB, one tree for each hash of four bytes, and
// the last place for each hash of three. The tree that sorts itself by what follows each place is
// from LZMA (Igor Pavlov); libdeflate's and its use for DEFLATE are described by Eric Biggers.
#include <cstring>

#include "deflate.hpp"

namespace pochade::deflate {
namespace {

constexpr int kHash3Bits = 16;
constexpr int kHash4Bits = 16;
constexpr std::int32_t kNone = -1;

std::uint32_t load32(const std::uint8_t *p) {  // little-endian on every machine
  return static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
         static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
}

std::uint32_t hashed(std::uint32_t value, int bits) { return (value * 0x9E3779B1u) >> (32 - bits); }

int common_length(const std::uint8_t *a, const std::uint8_t *b, int from, int limit) {
  int length = from;
  while (length + 8 <= limit) {
    std::uint64_t x, y;
    std::memcpy(&x, a + length, 8);
    std::memcpy(&y, b + length, 8);
    if (x != y) break;
    length += 8;
  }
  while (length < limit && a[length] == b[length]) ++length;
  return length;
}

class Finder {
 public:
  Finder(const std::uint8_t *data, Search search)
      : data_(data),
        search_(search),
        recent3_(std::size_t{1} << kHash3Bits, kNone),
        roots_(std::size_t{1} << kHash4Bits, kNone),
        children_(2 * kWindow, kNone) {}

  // Files place `at` in the trees; with `found`, also collects its matches of up to `limit` bytes.
  // At least four bytes must follow. Returns the longest length.
  int visit(std::int32_t at, int limit, std::vector<Step> *found) {
    const std::uint8_t *here = data_ + at;
    const std::uint32_t four = load32(here);
    int best = kMinMatch;
    std::int32_t &last = recent3_[hashed(four << 8, kHash3Bits)];
    if (found && last != kNone && at - last <= kWindow && ((load32(data_ + last) ^ four) << 8) == 0)
      found->push_back({kMinMatch, static_cast<std::uint16_t>(at - last)});
    last = at;

    const int enough = limit < search_.nice ? limit : search_.nice;
    std::int32_t &root = roots_[hashed(four, kHash4Bits)];
    std::int32_t node = root;
    root = at;
    std::int32_t *smaller = &children_[2 * (at & (kWindow - 1))];
    std::int32_t *larger = smaller + 1;
    int smaller_length = 0, larger_length = 0, length = 0;
    for (int depth = search_.depth; depth > 0; --depth) {
      if (node == kNone || at - node >= kWindow) break;
      const std::uint8_t *there = data_ + node;
      std::int32_t *pair = &children_[2 * (node & (kWindow - 1))];
      if (here[length] == there[length]) {
        length = common_length(here, there, length + 1, limit);
        if (length > best) {
          best = length;
          if (found)
            found->push_back({static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(at - node)});
        }
        if (length >= enough) {
          *smaller = pair[0];
          *larger = pair[1];
          return best;
        }
      }
      if (there[length] < here[length]) {
        *smaller = node;
        smaller = pair + 1;
        node = *smaller;
        smaller_length = length;
        if (larger_length < length) length = larger_length;
      } else {
        *larger = node;
        larger = pair;
        node = *larger;
        larger_length = length;
        if (smaller_length < length) length = smaller_length;
      }
    }
    *smaller = kNone;
    *larger = kNone;
    return best;
  }

 private:
  const std::uint8_t *data_;
  Search search_;
  std::vector<std::int32_t> recent3_, roots_, children_;
};

}  // namespace

Matches find_matches(const std::uint8_t *data, std::size_t before, std::size_t size, Search search) {
  Finder finder(data, search);
  Matches matches;
  matches.places.resize(size + 1);
  matches.found.reserve(2 * size);
  const auto end = static_cast<std::int32_t>(before + size);
  auto limit_at = [end](std::int32_t at) { return end - at < kMaxMatch ? end - at : kMaxMatch; };
  std::int32_t at = 0;
  for (; at < static_cast<std::int32_t>(before); ++at)
    if (limit_at(at) >= 4) finder.visit(at, limit_at(at), nullptr);
  std::int32_t passed_until = 0;
  for (; at < end; ++at) {
    matches.places[at - before] = static_cast<std::uint32_t>(matches.found.size());
    const int limit = limit_at(at);
    if (limit < 4) continue;
    if (at < passed_until) {
      finder.visit(at, limit, nullptr);
      continue;
    }
    int best = finder.visit(at, limit, &matches.found);
    if (search.row > 0 && at >= search.row && best < limit) {
      const std::uint8_t *here = data + at, *above = here - search.row;
      if (here[best] == above[best]) {
        const int length = common_length(here, above, 0, limit);
        if (length > best) {
          matches.found.push_back({static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(search.row)});
          best = length;
        }
      }
    }
    if (best >= search.nice) passed_until = at + best;
  }
  matches.places[size] = static_cast<std::uint32_t>(matches.found.size());
  return matches;
}

std::vector<Step> quick_steps(const std::uint8_t *data, std::size_t before, std::size_t size, int row) {
  std::vector<std::int32_t> recent3(std::size_t{1} << kHash3Bits, kNone);
  std::vector<std::int32_t> recent4(std::size_t{1} << kHash4Bits, kNone);
  std::vector<Step> steps;
  steps.reserve(size / 2);
  const auto end = static_cast<std::int32_t>(before + size);
  const std::int32_t last_hash = end - 4;
  auto file = [&](std::int32_t at) {
    const std::uint32_t four = load32(data + at);
    recent3[hashed(four << 8, kHash3Bits)] = at;
    recent4[hashed(four, kHash4Bits)] = at;
  };
  std::int32_t at = 0;
  for (; at < static_cast<std::int32_t>(before) && at <= last_hash; ++at) file(at);
  at = static_cast<std::int32_t>(before);
  while (at < end) {
    Step step{1, 0};
    if (at <= last_hash) {
      const std::uint32_t four = load32(data + at);
      std::int32_t &slot4 = recent4[hashed(four, kHash4Bits)];
      std::int32_t &slot3 = recent3[hashed(four << 8, kHash3Bits)];
      const std::int32_t with4 = slot4, with3 = slot3;
      slot4 = slot3 = at;
      if (with4 != kNone && at - with4 <= kWindow && load32(data + with4) == four) {
        const int limit = end - at < kMaxMatch ? end - at : kMaxMatch;
        step = {static_cast<std::uint16_t>(common_length(data + at, data + with4, 4, limit)),
                static_cast<std::uint16_t>(at - with4)};
      } else if (with3 != kNone && at - with3 <= kFarThree &&
                 ((load32(data + with3) ^ four) << 8) == 0) {
        step = {kMinMatch, static_cast<std::uint16_t>(at - with3)};
      }
    }
    if (row > 0 && at >= row && at + step.length + 3 < end &&
        load32(data + at + step.length - 1) == load32(data + at + step.length - 1 - row)) {
      const int limit = end - at < kMaxMatch ? end - at : kMaxMatch;
      const int length = common_length(data + at, data + at - row, 0, limit);
      if (length > step.length && length > kMinMatch)
        step = {static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(row)};
    }
    steps.push_back(step);
    const std::int32_t next = at + step.length;
    for (++at; at < next; ++at)
      if (at <= last_hash) file(at);
  }
  return steps;
}

}  // namespace pochade::deflate
