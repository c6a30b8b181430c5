// One chunk of DEFLATE: matches at every place (deflate_match.cpp); a first greedy parse; its
// symbols cut into segments, and neighbouring segments merged while one Huffman code for both
// costs less than two; then for each block a shortest path from its end to its start, with the
// costs in bits of the parse before, repeated. All costs are integers (1/64 bit), so that every
// machine finds the same path.
#include <algorithm>

#include "deflate.hpp"

namespace pochade::deflate {
namespace {

constexpr std::uint32_t kBit = 64;
constexpr std::size_t kSegment = 4096;  // steps; four times that without a search
constexpr std::uint64_t kSymbolBits = 5;  // what a used symbol adds to a block's header, about

// log2 in units of 1/64, rounded down, by repeated squaring.
std::uint32_t log2_64(std::uint32_t value) {
  if (value < 2) return 0;
  std::uint32_t whole = 31;
  while (!(value >> whole)) --whole;
  std::uint64_t mantissa = std::uint64_t{value} << (31 - whole);  // in [2^31, 2^32)
  std::uint32_t fraction = 0;
  for (int i = 0; i < 6; ++i) {
    mantissa = (mantissa * mantissa) >> 31;
    fraction <<= 1;
    if (mantissa >> 32) {
      fraction |= 1;
      mantissa >>= 1;
    }
  }
  return whole * 64 + fraction;
}

void count_step(Histogram &histogram, const std::uint8_t *at, const Step &step) {
  if (step.length == 1) {
    ++histogram.literals[*at];
  } else {
    ++histogram.literals[length_slot(step.length).symbol];
    ++histogram.distances[distance_symbol(step.distance)];
  }
}

template <std::size_t N>
std::uint64_t entropy(const std::array<std::uint32_t, N> &counts) {
  std::uint32_t total = 0;
  std::uint64_t used = 0, bits = 0;
  for (auto count : counts) {
    if (!count) continue;
    total += count;
    ++used;
    bits += std::uint64_t{count} * log2_64(count);
  }
  return std::uint64_t{total} * log2_64(total) - bits + used * kSymbolBits * kBit;
}

std::uint64_t cost_of(const Histogram &histogram) {
  return entropy(histogram.literals) + entropy(histogram.distances);
}

Histogram sum_of(const Histogram &a, const Histogram &b) {
  Histogram sum = a;
  for (int i = 0; i < kLiterals; ++i) sum.literals[i] += b.literals[i];
  for (int i = 0; i < kDistances; ++i) sum.distances[i] += b.distances[i];
  return sum;
}

struct Block {
  std::size_t start, size;  // in bytes of the chunk
  std::size_t steps;        // of the first parse
  Histogram histogram;
  std::uint64_t cost;
};

// The longest match everywhere, unless it is a far one of three.
std::vector<Step> greedy_steps(std::size_t size, const Matches &matches) {
  std::vector<Step> steps;
  steps.reserve(size / 2);
  for (std::size_t at = 0; at < size; at += steps.back().length) {
    Step step{1, 0};
    if (matches.places[at + 1] > matches.places[at]) {
      const Step &longest = matches.found[matches.places[at + 1] - 1];
      if (longest.length > kMinMatch || longest.distance <= kFarThree) step = longest;
    }
    steps.push_back(step);
  }
  return steps;
}

// Cuts steps into segments of `each`, with their histograms.
std::vector<Block> segments(const std::uint8_t *data, const std::vector<Step> &steps, std::size_t each) {
  std::vector<Block> blocks;
  std::size_t at = 0;
  for (std::size_t first = 0; first < steps.size() || first == 0; first += each) {
    Block block{at, 0, 0, {}, 0};
    block.steps = std::min(each, steps.size() - first);
    for (std::size_t i = first; i < first + block.steps; ++i) {
      count_step(block.histogram, data + at, steps[i]);
      at += steps[i].length;
    }
    block.size = at - block.start;
    block.cost = cost_of(block.histogram);
    blocks.push_back(block);
  }
  return blocks;
}

// Merges the pair of neighbours that saves most, until no pair saves anything.
void merge_blocks(std::vector<Block> &blocks) {
  struct Pair {
    Histogram histogram;
    std::uint64_t cost;
    std::int64_t saving;
  };
  auto pair_at = [&](std::size_t i) {
    Pair pair{sum_of(blocks[i].histogram, blocks[i + 1].histogram), 0, 0};
    pair.cost = cost_of(pair.histogram);
    pair.saving = static_cast<std::int64_t>(blocks[i].cost + blocks[i + 1].cost) -
                  static_cast<std::int64_t>(pair.cost);
    return pair;
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i) pairs.push_back(pair_at(i));
  while (!pairs.empty()) {
    const auto best = std::max_element(pairs.begin(), pairs.end(), [](const Pair &a, const Pair &b) {
      return a.saving < b.saving;
    });
    if (best->saving <= 0) break;
    const auto i = static_cast<std::size_t>(best - pairs.begin());
    blocks[i].size += blocks[i + 1].size;
    blocks[i].steps += blocks[i + 1].steps;
    blocks[i].histogram = best->histogram;
    blocks[i].cost = best->cost;
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    pairs.erase(best);
    if (i > 0) pairs[i - 1] = pair_at(i - 1);
    if (i < pairs.size()) pairs[i] = pair_at(i);
  }
}

// What each literal, length and distance symbol costs, extra bits included.
struct Costs {
  std::array<std::uint32_t, 256> literal;
  std::array<std::uint32_t, kMaxMatch + 1> length;
  std::array<std::uint32_t, kDistances> distance;
};

template <std::size_t N>
std::array<std::uint32_t, N> symbol_costs(const std::array<std::uint32_t, N> &counts) {
  std::uint32_t total = 0;
  for (auto count : counts) total += count;
  const std::uint32_t all = log2_64(total ? total : 1);
  std::array<std::uint32_t, N> costs;
  for (std::size_t i = 0; i < N; ++i) {
    const std::uint32_t cost = counts[i] ? all - log2_64(counts[i]) : all + kBit;
    costs[i] = std::min(std::max(cost, kBit), 15 * kBit);
  }
  return costs;
}

Costs costs_of(const Histogram &histogram) {
  const auto literals = symbol_costs(histogram.literals);
  const auto distances = symbol_costs(histogram.distances);
  Costs costs{};
  std::copy_n(literals.begin(), 256, costs.literal.begin());
  for (int length = kMinMatch; length <= kMaxMatch; ++length) {
    const Slot &slot = length_slot(length);
    costs.length[length] = literals[slot.symbol] + slot.extra * kBit;
  }
  for (int i = 0; i < kDistances; ++i)
    costs.distance[i] = distances[i] + static_cast<std::uint32_t>(i < 4 ? 0 : i / 2 - 1) * kBit;
  return costs;
}

// The cheapest steps through a block: shortest path, from the end backwards.
void cheapest_steps(const std::uint8_t *data, const Block &block, const Matches &matches,
                    const Costs &costs, std::vector<std::uint32_t> &rest, std::vector<Step> &choice) {
  const std::size_t n = block.size;
  rest.resize(n + 1);
  choice.resize(n + 1);
  rest[n] = 0;
  for (std::size_t i = n; i-- > 0;) {
    const std::size_t place = block.start + i;
    std::uint32_t best = costs.literal[data[place]] + rest[i + 1];
    Step step{1, 0};
    int length = kMinMatch;
    for (std::uint32_t m = matches.places[place]; m < matches.places[place + 1]; ++m) {
      const Step &match = matches.found[m];
      const std::uint32_t reach = costs.distance[distance_symbol(match.distance)];
      const int longest = static_cast<int>(std::min<std::size_t>(match.length, n - i));
      for (; length <= longest; ++length) {
        const std::uint32_t cost = reach + costs.length[length] + rest[i + length];
        if (cost < best) {
          best = cost;
          step = {static_cast<std::uint16_t>(length), match.distance};
        }
      }
    }
    rest[i] = best;
    choice[i] = step;
  }
}

Histogram follow(const std::uint8_t *data, const std::vector<Step> &choice, std::size_t size,
                 std::vector<Step> &steps) {
  Histogram histogram;
  steps.clear();
  for (std::size_t i = 0; i < size; i += choice[i].length) {
    steps.push_back(choice[i]);
    count_step(histogram, data + i, choice[i]);
  }
  return histogram;
}

}  // namespace

std::vector<std::uint8_t> compress_chunk(const std::uint8_t *data, std::size_t before,
                                         std::size_t size, bool last, const Options &options) {
  const bool quick = options.passes == 0;
  Matches matches;
  if (!quick) matches = find_matches(data - before, before, size, options.search);
  const std::vector<Step> first =
      quick ? quick_steps(data - before, before, size, options.search.row) : greedy_steps(size, matches);
  std::vector<Block> blocks = segments(data, first, quick ? 4 * kSegment : kSegment);
  merge_blocks(blocks);
  BitWriter out;
  out.reserve(size / 2);
  std::vector<std::uint32_t> rest;
  std::vector<Step> choice, steps;
  const Step *next = first.data();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    Block &block = blocks[b];
    const std::uint8_t *start = data + block.start;
    const bool final = last && b + 1 == blocks.size();
    for (int pass = 0; pass < options.passes; ++pass) {
      cheapest_steps(data, block, matches, costs_of(block.histogram), rest, choice);
      block.histogram = follow(start, choice, block.size, steps);
    }
    block.histogram.literals[kEndOfBlock] = 1;
    if (quick)
      write_block(out, start, block.size, next, block.steps, block.histogram, final);
    else
      write_block(out, start, block.size, steps.data(), steps.size(), block.histogram, final);
    next += block.steps;
  }
  if (!last) {  // an empty stored block ends the chunk on a byte
    out.put(0, 3);
    out.align();
    out.put(0, 16);
    out.put(0xFFFF, 16);
  }
  out.align();
  return std::move(out.bytes());
}

}  // namespace pochade::deflate
