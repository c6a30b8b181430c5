// One DEFLATE block: Huffman codes of limited length, and the shortest of the three block forms.
#include <algorithm>

#include "deflate.hpp"

namespace pochade::deflate {
namespace {

constexpr int kMaxBits = 15;
constexpr int kLengthCodes = 19;
constexpr int kMaxLengthCodeBits = 7;
constexpr std::size_t kStoredLimit = 65535;
constexpr int kLengthCodeOrder[kLengthCodes] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};

struct Code {
  std::vector<std::uint8_t> lengths;
  std::vector<std::uint16_t> bits;  // first bit of the code in the lowest place
};

// Code lengths of a Huffman tree (Moffat and Katajainen 1995, in place), then shortened to `most`
// bits by trading leaves until the Kraft sum is one again.
std::vector<std::uint8_t> huffman_lengths(const std::vector<std::uint32_t> &counts, int most) {
  std::vector<int> used;
  for (int symbol = 0; symbol < static_cast<int>(counts.size()); ++symbol)
    if (counts[symbol]) used.push_back(symbol);
  std::vector<std::uint8_t> lengths(counts.size(), 0);
  const int n = static_cast<int>(used.size());
  if (n <= 2) {
    for (int symbol : used) lengths[symbol] = 1;
    return lengths;
  }
  std::stable_sort(used.begin(), used.end(), [&](int a, int b) { return counts[a] < counts[b]; });
  std::vector<std::uint64_t> a(n);
  for (int i = 0; i < n; ++i) a[i] = counts[used[i]];
  a[0] += a[1];
  int root = 0, leaf = 2;
  for (int next = 1; next < n - 1; ++next) {
    auto take = [&](std::uint64_t &sum, bool first) {
      if (leaf >= n || (root < next && a[root] < a[leaf])) {
        sum = (first ? 0 : sum) + a[root];
        a[root++] = static_cast<std::uint64_t>(next);
      } else {
        sum = (first ? 0 : sum) + a[leaf++];
      }
    };
    std::uint64_t sum = 0;
    take(sum, true);
    take(sum, false);
    a[next] = sum;
  }
  a[n - 2] = 0;
  for (int next = n - 3; next >= 0; --next) a[next] = a[a[next]] + 1;
  std::vector<int> at_length(std::max(n, most) + 1, 0);
  int available = 1, inner = 0, depth = 0;
  root = n - 2;
  while (available > 0) {
    while (root >= 0 && static_cast<int>(a[root]) == depth) {
      ++inner;
      --root;
    }
    at_length[std::min(depth, most)] += available - inner;
    available = 2 * inner;
    ++depth;
    inner = 0;
  }
  std::uint64_t kraft = 0;
  for (int i = 1; i <= most; ++i) kraft += static_cast<std::uint64_t>(at_length[i]) << (most - i);
  while (kraft > std::uint64_t{1} << most) {
    --at_length[most];
    for (int i = most - 1; i > 0; --i)
      if (at_length[i]) {
        --at_length[i];
        at_length[i + 1] += 2;
        break;
      }
    --kraft;
  }
  int place = 0;
  for (int length = most; length > 0; --length)
    for (int i = 0; i < at_length[length]; ++i) lengths[used[place++]] = static_cast<std::uint8_t>(length);
  return lengths;
}

// Canonical codes from lengths (RFC 1951, 3.2.2), bits reversed for the writer.
Code canonical(std::vector<std::uint8_t> lengths) {
  std::array<int, kMaxBits + 2> first{};
  for (auto length : lengths)
    if (length) ++first[length + 1];
  // first[i] holds the number of codes of i - 1 bits, and becomes the first code of i bits.
  for (int i = 1; i <= kMaxBits + 1; ++i) first[i] = (first[i] + first[i - 1]) << 1;
  Code code{std::move(lengths), {}};
  code.bits.resize(code.lengths.size());
  for (std::size_t symbol = 0; symbol < code.lengths.size(); ++symbol) {
    const int length = code.lengths[symbol];
    if (!length) continue;
    int value = first[length]++, reversed = 0;
    for (int i = 0; i < length; ++i, value >>= 1) reversed = reversed << 1 | (value & 1);
    code.bits[symbol] = static_cast<std::uint16_t>(reversed);
  }
  return code;
}

struct Run {
  std::uint8_t symbol, extra_bits, extra;
};

// Code lengths as runs (RFC 1951, 3.2.7).
std::vector<Run> run_lengths(const std::vector<std::uint8_t> &lengths) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < lengths.size();) {
    std::size_t j = i;
    while (j < lengths.size() && lengths[j] == lengths[i]) ++j;
    std::size_t count = j - i;
    if (lengths[i] != 0) {
      runs.push_back({lengths[i], 0, 0});
      --count;
    }
    while (count >= 3) {
      if (lengths[i] == 0 && count >= 11) {
        const auto n = std::min<std::size_t>(count, 138);
        runs.push_back({18, 7, static_cast<std::uint8_t>(n - 11)});
        count -= n;
      } else {
        const auto n = std::min<std::size_t>(count, lengths[i] == 0 ? 10 : 6);
        const bool zero = lengths[i] == 0;
        runs.push_back({static_cast<std::uint8_t>(zero ? 17 : 16), static_cast<std::uint8_t>(zero ? 3 : 2),
                        static_cast<std::uint8_t>(n - 3)});
        count -= n;
      }
    }
    for (; count > 0; --count) runs.push_back({lengths[i], 0, 0});
    i = j;
  }
  return runs;
}

std::uint64_t body_bits(const Histogram &histogram, const Code &literals, const Code &distances) {
  std::uint64_t total = 0;
  for (int i = 0; i < kLiterals; ++i)
    total += std::uint64_t{histogram.literals[i]} * literals.lengths[i];
  for (int i = 0; i < kDistances; ++i)
    total += std::uint64_t{histogram.distances[i]} * distances.lengths[i];
  return total;  // extra bits are the same in every form
}

std::uint64_t extra_bits(const Histogram &histogram) {
  std::uint64_t total = 0;
  for (int i = 265; i < 285; ++i) total += std::uint64_t{histogram.literals[i]} * ((i - 261) / 4);
  for (int i = 0; i < kDistances; ++i)
    total += std::uint64_t{histogram.distances[i]} * kTables.distances[i].extra;
  return total;
}

void write_steps(BitWriter &out, const std::uint8_t *data, const Step *steps, std::size_t count,
                 const Code &literals, const Code &distances) {
  for (std::size_t i = 0; i < count; ++i) {
    const Step step = steps[i];
    if (step.length == 1) {
      out.put(literals.bits[*data], literals.lengths[*data]);
    } else {
      const Slot &length = length_slot(step.length);
      out.put(literals.bits[length.symbol], literals.lengths[length.symbol]);
      out.put(static_cast<std::uint32_t>(step.length - length.base), length.extra);
      const Slot &distance = distance_slot(step.distance);
      out.put(distances.bits[distance.symbol], distances.lengths[distance.symbol]);
      out.put(static_cast<std::uint32_t>(step.distance - distance.base), distance.extra);
    }
    data += step.length;
  }
  out.put(literals.bits[kEndOfBlock], literals.lengths[kEndOfBlock]);
}

void write_stored(BitWriter &out, const std::uint8_t *data, std::size_t size, bool last) {
  do {
    const std::size_t part = std::min(size, kStoredLimit);
    out.put(last && part == size ? 1 : 0, 3);
    out.align();
    out.put(static_cast<std::uint32_t>(part), 16);
    out.put(static_cast<std::uint32_t>(part ^ 0xFFFF), 16);
    out.align();
    out.copy(data, part);
    data += part;
    size -= part;
  } while (size > 0);
}

const Code &fixed_literals() {
  static const Code code = [] {
    std::vector<std::uint8_t> lengths(288, 8);
    std::fill(lengths.begin() + 144, lengths.begin() + 256, std::uint8_t{9});
    std::fill(lengths.begin() + 256, lengths.begin() + 280, std::uint8_t{7});
    return canonical(std::move(lengths));
  }();
  return code;
}

const Code &fixed_distances() {
  static const Code code = canonical(std::vector<std::uint8_t>(kDistances, 5));
  return code;
}

template <std::size_t N>
std::vector<std::uint32_t> at_least_two(const std::array<std::uint32_t, N> &counts) {
  // A lone code of one bit is legal, but some decoders refuse it: always give two.
  std::vector<std::uint32_t> out(counts.begin(), counts.end());
  for (std::size_t i = 0, used = N - std::count(out.begin(), out.end(), 0u); i < N && used < 2; ++i)
    if (!out[i]) {
      out[i] = 1;
      ++used;
    }
  return out;
}

}  // namespace

void write_block(BitWriter &out, const std::uint8_t *data, std::size_t size,
                 const Step *steps, std::size_t step_count, const Histogram &histogram, bool last) {
  const Code literals = canonical(huffman_lengths(at_least_two(histogram.literals), kMaxBits));
  const Code distances = canonical(huffman_lengths(at_least_two(histogram.distances), kMaxBits));
  int literal_count = kLiterals, distance_count = kDistances;
  while (literal_count > 257 && !literals.lengths[literal_count - 1]) --literal_count;
  while (distance_count > 1 && !distances.lengths[distance_count - 1]) --distance_count;
  std::vector<std::uint8_t> both(literals.lengths.begin(), literals.lengths.begin() + literal_count);
  both.insert(both.end(), distances.lengths.begin(), distances.lengths.begin() + distance_count);
  const std::vector<Run> runs = run_lengths(both);
  std::array<std::uint32_t, kLengthCodes> run_counts{};
  std::uint64_t run_bits = 0;
  for (const Run &run : runs) {
    ++run_counts[run.symbol];
    run_bits += run.extra_bits;
  }
  const Code run_code = canonical(huffman_lengths(at_least_two(run_counts), kMaxLengthCodeBits));
  for (int i = 0; i < kLengthCodes; ++i) run_bits += std::uint64_t{run_counts[i]} * run_code.lengths[i];
  int order_count = kLengthCodes;
  while (order_count > 4 && !run_code.lengths[kLengthCodeOrder[order_count - 1]]) --order_count;

  const std::uint64_t extra = extra_bits(histogram);
  const std::uint64_t dynamic = 3 + 14 + 3 * order_count + run_bits + extra +
                                body_bits(histogram, literals, distances);
  const std::uint64_t fixed = 3 + extra + body_bits(histogram, fixed_literals(), fixed_distances());
  const std::uint64_t stored = 8 * size + 42 * (size / kStoredLimit + 1);
  if (stored <= dynamic && stored <= fixed) {
    write_stored(out, data, size, last);
  } else if (fixed <= dynamic) {
    out.put(last ? 3 : 2, 3);
    write_steps(out, data, steps, step_count, fixed_literals(), fixed_distances());
  } else {
    out.put(last ? 5 : 4, 3);
    out.put(static_cast<std::uint32_t>(literal_count - 257), 5);
    out.put(static_cast<std::uint32_t>(distance_count - 1), 5);
    out.put(static_cast<std::uint32_t>(order_count - 4), 4);
    for (int i = 0; i < order_count; ++i) out.put(run_code.lengths[kLengthCodeOrder[i]], 3);
    for (const Run &run : runs) {
      out.put(run_code.bits[run.symbol], run_code.lengths[run.symbol]);
      out.put(run.extra, run.extra_bits);
    }
    write_steps(out, data, steps, step_count, literals, distances);
  }
}

}  // namespace pochade::deflate
