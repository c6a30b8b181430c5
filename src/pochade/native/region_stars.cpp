// Stars: many regions unite with one in a single round.
//
// In a checkerboard each pixel of one colour has the same grey areas around it, and those take one
// pixel a round. In exact order, too, such an area takes one after the other without changing much, as
// long as what it takes is small beside it and costs the same.
#include "region_stars.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "region_cost.hpp"
#include "region_seen.hpp"

namespace pochade {
namespace {

constexpr float kCostSlack = 1.125f;  // how much more than what is due now a neighbour may cost
constexpr float kSmall = 1.f / 16;    // what is small beside a region
constexpr float kBudget = 0.5f;       // how much a region may grow in a round

constexpr std::uint32_t kSampleStep = 7;
constexpr float kRounding = 1e-11f;   // squared, relative

struct Union {
  std::uint32_t cost, one, two;  // two regions whose groups unite
};

class Star {
 public:
  Star(RegionGraph &in, int padded)
      : in_(in), dims_(padded), stride_(padded + 1), group_(in.count), taken_(in.count, 0.f) {
    std::iota(group_.begin(), group_.end(), 0u);
  }

  // The unions of the round, the cheapest first.
  std::vector<Union> choose() {
    std::vector<Union> chosen;
    due_ = kCostSlack * quarter();
    const auto take = [&](std::uint32_t i, std::uint32_t j) {
      const std::uint32_t a = find(i), b = find(j);
      if (a == b) return;
      link(a, b);
      chosen.push_back({bits_of_cost(cost(i, j)), i, j});
    };
    for (std::uint32_t i = 0; i < in_.count; ++i) {
      const std::uint32_t j = in_.nearest[i];
      if (j == i) continue;
      if (same(i, j)) {  // then perhaps others, too
        const std::uint32_t *list = in_.pool.data() + in_.offset[i];
        for (std::uint32_t e = 0; e < in_.length[i]; ++e)
          if (same(i, list[e])) take(i, list[e]);
      } else if (joins(i, j)) {
        take(i, j);
      }
    }
    std::stable_sort(chosen.begin(), chosen.end(),
                     [](const Union &a, const Union &b) { return a.cost < b.cost; });
    return chosen;
  }

  std::uint32_t find(std::uint32_t i) {
    while (group_[i] != i) {
      group_[i] = group_[group_[i]];
      i = group_[i];
    }
    return i;
  }
  void reset() { std::iota(group_.begin(), group_.end(), 0u); }
  // Makes b part of a (or the other way round: the lower number stays); returns which stays.
  std::uint32_t link(std::uint32_t a, std::uint32_t b) {
    if (b < a) std::swap(a, b);
    group_[b] = a;
    return a;
  }

  float *at(std::uint32_t i) { return in_.at.data() + i * stride_; }
  float cost(std::uint32_t i, std::uint32_t j) { return ward<0>(at(i), at(j), dims_); }

 private:
  RegionGraph &in_;
  int dims_;
  std::size_t stride_;
  std::vector<std::uint32_t> group_;
  std::vector<float> taken_;
  float due_ = 0;  // what a merge may cost at this stage of the whole picture

  // A quarter of the regions have a neighbour that costs no more than this.
  float quarter() {
    std::vector<std::uint32_t> costs;
    for (std::uint32_t i = 0; i < in_.count; i += kSampleStep)
      costs.push_back(bits_of_cost(cost(i, in_.nearest[i])));
    std::nth_element(costs.begin(), costs.begin() + costs.size() / 4, costs.end());
    return cost_of_bits(costs[costs.size() / 4]);
  }

  // Whether two means differ by no more than rounding.
  bool same(std::uint32_t i, std::uint32_t j) {
    const float *a = at(i), *b = at(j);
    float length = 0;
    for (int e = 0; e < dims_; ++e) length += a[e] * a[e] + b[e] * b[e];
    return squared_gap<0>(a, b, dims_) <= kRounding * length;
  }

  bool joins(std::uint32_t i, std::uint32_t j) {
    if (in_.nearest[j] == i) return true;
    const float price = cost(i, j);
    const float own = at(i)[dims_], other = at(j)[dims_];
    if (own > other * kSmall || taken_[j] + own > other * kBudget) return false;
    const std::uint32_t k = in_.nearest[j];
    // A neighbour of j's own size would change it.
    if (in_.nearest[k] == j && at(k)[dims_] > other * kSmall) return false;
    if (price > std::max(due_, kCostSlack * cost(j, k))) return false;
    taken_[j] += own;
    return true;
  }
};

std::uint32_t nearest_of(const float *at, int dims, std::uint32_t self, const std::uint32_t *list,
                         std::size_t count, std::uint32_t salt) {
  const std::size_t stride = dims + 1;
  std::uint64_t best = ~std::uint64_t(0);
  for (std::size_t e = 0; e < count; ++e) {
    const float c = ward<0>(at + self * stride, at + list[e] * stride, dims);
    best = std::min(best, std::uint64_t(tie_key(c, self, list[e], salt)) << 32 | list[e]);
  }
  return count ? static_cast<std::uint32_t>(best) : self;
}

}  // namespace

std::uint32_t star_round(RegionGraph &in, RegionGraph &out, int padded, std::uint32_t salt,
                         std::uint32_t next_union, std::int32_t *parents, float *altitudes,
                         Workspace *space) {
  const std::size_t stride = padded + 1;
  Star star(in, padded);
  const std::vector<Union> chosen = star.choose();
  const std::uint32_t count = in.count, left = count - static_cast<std::uint32_t>(chosen.size());
  star.reset();
  for (const Union &each : chosen) {
    const std::uint32_t a = star.find(each.one), b = star.find(each.two);
    altitudes[next_union] = star.cost(a, b);
    parents[in.node[a]] = parents[in.node[b]] = static_cast<std::int32_t>(next_union);
    const std::uint32_t stays = star.link(a, b);
    unite<0>(star.at(a), star.at(b), star.at(stays), padded);
    in.node[stays] = next_union++;
  }
  // Members of each group, in order; a group has the place of its first.
  std::vector<std::uint32_t> id(count), begin(left + 1, 0), member(count), first;
  first.reserve(left);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t root = star.find(i);
    if (root == i) {
      id[i] = static_cast<std::uint32_t>(first.size());
      first.push_back(i);
    } else {
      id[i] = id[root];
    }
    ++begin[id[i] + 1];
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint32_t> place(begin.begin(), begin.end() - 1);
  std::size_t room = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    member[place[id[i]]++] = i;
    room += in.length[i];
  }
  out.count = left;
  out.need(left, stride, room, space);
  std::size_t to = 0;
  SeenNumbers seen;
  for (std::uint32_t g = 0; g < left; ++g) {
    std::size_t most = 1;
    for (std::uint32_t e = begin[g]; e < begin[g + 1]; ++e) most += in.length[member[e]];
    seen.begin(most);
    seen.add(g);
    out.offset[g] = static_cast<std::uint32_t>(to);
    for (std::uint32_t e = begin[g]; e < begin[g + 1]; ++e) {
      const std::uint32_t *list = in.pool.data() + in.offset[member[e]];
      for (std::uint32_t k = 0; k < in.length[member[e]]; ++k)
        if (seen.add(id[list[k]])) out.pool[to++] = id[list[k]];
    }
    out.length[g] = static_cast<std::uint32_t>(to - out.offset[g]);
    out.node[g] = in.node[first[g]];
    std::copy(star.at(first[g]), star.at(first[g]) + stride, out.at.data() + g * stride);
  }
  out.top = to;
  for (std::uint32_t g = 0; g < left; ++g)
    out.nearest[g] = nearest_of(out.at.data(), padded, g, out.pool.data() + out.offset[g],
                                out.length[g], salt);
  return next_union;
}

}  // namespace pochade
