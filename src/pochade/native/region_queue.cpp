// Exact greedy merging with one entry a region.
//
// The younger region owns an edge, so a key never has to decrease: a union is the youngest and owns
// all its edges; a region whose neighbour died keeps its old key, which is a lower bound, and is
// looked at again when it surfaces. Lists keep slots; dead ones are found through union-find, and
// repeats are dropped on the way.
//
// Hubs (a sky with thousands of small neighbours) would be scanned again at each merge. So a region
// with a long list becomes the eldest: its neighbours own the edges. It is scanned again when it has
// grown by a twentieth, and costs with it are computed anew when they surface.
#include "region_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "region_buckets.hpp"
#include "region_cost.hpp"

namespace pochade {
namespace {

constexpr std::uint32_t kNone = Buckets::kNone;
constexpr std::uint32_t kHubNeighbours = 64;
constexpr float kHubDrift = 0.05f;
constexpr std::int32_t kDead = 0x7FFFFFFF;
constexpr std::size_t kPollEvery = 1 << 14;

template <int D>
class Queue {
 public:
  Queue(RegionGraph &graph, int padded, std::int32_t *parents, float *altitudes)
      : graph_(graph), dims_(padded), stride_(padded + 1), live_(graph.count),
        parents_(parents), altitudes_(altitudes), birth_(live_), root_(live_), stamp_(live_),
        near_(live_), key_(live_), room_(live_), scanned_(live_), young_(static_cast<int>(live_)),
        queue_(live_) {
    for (std::uint32_t i = 0; i < live_; ++i) {
      birth_[i] = static_cast<std::int32_t>(i);
      root_[i] = i;
      room_[i] = graph.length[i];
    }
    for (std::uint32_t i = live_; i-- > 0;) {
      const auto [key, near] = cheapest_elder(i);
      key_[i] = key;
      near_[i] = near;
      if (key != kNone) queue_.put(i, key);
    }
  }

  void run(std::uint32_t next, const RegionPoll &poll) {
    for (std::uint32_t x; live_ > 1 && (x = queue_.top()) != kNone;) {
      const std::uint32_t y = near_[x];
      if (!still_holds(x, y)) {
        set(x, scan(x, false));
        continue;
      }
      merge(x, y, next++);
      if (live_ % kPollEvery == 0) poll(live_);
    }
  }

 private:
  RegionGraph &graph_;
  int dims_;
  std::size_t stride_;
  std::uint32_t live_;
  std::int32_t *parents_;
  float *altitudes_;
  std::vector<std::int32_t> birth_;
  std::vector<std::uint32_t> root_, stamp_, near_, key_, room_;
  std::vector<float> scanned_;  // of a hub: its size when it was last scanned; else 0
  std::int32_t young_, old_ = -1;
  std::uint32_t mark_ = 0;
  Buckets queue_;

  float *at(std::uint32_t i) { return graph_.at.data() + i * stride_; }
  float size(std::uint32_t i) { return at(i)[D ? D : dims_]; }
  std::uint32_t cost(std::uint32_t i, std::uint32_t j) {
    return bits_of_cost(ward<D>(at(i), at(j), dims_));
  }
  std::uint32_t find(std::uint32_t i) {
    while (root_[i] != i) {
      root_[i] = root_[root_[i]];
      i = root_[i];
    }
    return i;
  }
  void set(std::uint32_t i, std::uint32_t key) {
    queue_.remove(i);
    key_[i] = key;
    if (key != kNone) queue_.put(i, key);
  }

  std::pair<std::uint32_t, std::uint32_t> cheapest_elder(std::uint32_t i) {
    const std::uint32_t *list = graph_.pool.data() + graph_.offset[i];
    std::pair<std::uint32_t, std::uint32_t> best(kNone, 0);
    for (std::uint32_t e = 0; e < graph_.length[i]; ++e)
      if (list[e] < i) best = std::min(best, {cost(i, list[e]), list[e]});
    return best;
  }

  // Whether the entry of x still says what merging it with y costs.
  bool still_holds(std::uint32_t x, std::uint32_t y) {
    if (birth_[y] >= birth_[x]) return false;
    if (scanned_[x] == 0 && scanned_[y] == 0) return true;
    const std::uint32_t now = cost(x, y);
    if (now >> Buckets::kShift > key_[x] >> Buckets::kShift) return false;
    key_[x] = now;
    return true;
  }

  // Drops what is dead or repeated in the list of s; returns its cheapest own edge. `tell`: also
  // gives younger neighbours this edge where it is better than theirs.
  std::uint32_t scan(std::uint32_t s, bool tell) {
    std::uint32_t *list = graph_.pool.data() + graph_.offset[s];
    const std::uint32_t length = graph_.length[s];
    std::uint32_t kept = 0, best = kNone, near = 0;
    stamp_[s] = ++mark_;
    for (std::uint32_t e = 0; e < length; ++e) {
      const std::uint32_t t = find(list[e]);
      if (stamp_[t] == mark_) continue;
      stamp_[t] = mark_;
      list[kept++] = t;
      const bool own = birth_[t] < birth_[s];
      if (!own && !tell) continue;
      const std::uint32_t c = cost(s, t);
      if (own) {
        if (c < best) best = c, near = t;
      } else if (c < key_[t]) {
        near_[t] = s;
        set(t, c);
      }
    }
    graph_.length[s] = kept;
    near_[s] = near;
    return best;
  }

  void merge(std::uint32_t x, std::uint32_t y, std::uint32_t union_node) {
    const std::uint32_t s = graph_.length[y] > graph_.length[x] ? y : x, d = s == x ? y : x;
    parents_[graph_.node[x]] = parents_[graph_.node[y]] = static_cast<std::int32_t>(union_node);
    altitudes_[union_node] = cost_of_bits(key_[x]);
    unite<D>(at(s), at(d), at(s), dims_);
    graph_.node[s] = union_node;
    --live_;
    queue_.remove(d);
    root_[d] = s;
    birth_[d] = kDead;
    key_[d] = kNone;
    const bool lost = s == x || near_[s] == d;  // whether the entry of s was the edge that is gone
    make_room(s, graph_.length[d]);
    const bool hub = scanned_[s] > 0;
    if (hub && size(s) <= scanned_[s] * (1 + kHubDrift) && graph_.length[d] < graph_.length[s] / 4) {
      add_to_hub(s, d);
      graph_.length[d] = 0;
      set(s, lost ? scan(s, false) : key_[s]);
      return;
    }
    std::memcpy(graph_.pool.data() + graph_.offset[s] + graph_.length[s],
                graph_.pool.data() + graph_.offset[d], graph_.length[d] * sizeof(std::uint32_t));
    graph_.length[s] += graph_.length[d];
    graph_.length[d] = 0;
    if (graph_.length[s] > kHubNeighbours) {
      if (!hub) birth_[s] = old_--;
      scanned_[s] = size(s);
      set(s, scan(s, true));
    } else {
      birth_[s] = young_++;
      scanned_[s] = 0;
      set(s, scan(s, false));
    }
  }

  // The neighbours of d become neighbours of the hub s, without a look at those it has.
  void add_to_hub(std::uint32_t s, std::uint32_t d) {
    const std::uint32_t *from = graph_.pool.data() + graph_.offset[d];
    std::uint32_t *to = graph_.pool.data() + graph_.offset[s];
    std::uint32_t kept = graph_.length[s];
    stamp_[s] = ++mark_;
    for (std::uint32_t e = 0; e < graph_.length[d]; ++e) {
      const std::uint32_t t = find(from[e]);
      if (stamp_[t] == mark_) continue;
      stamp_[t] = mark_;
      to[kept++] = t;
      const std::uint32_t c = cost(s, t);
      if (birth_[t] > birth_[s]) {
        if (c < key_[t]) {
          near_[t] = s;
          set(t, c);
        }
      } else if (c < key_[s]) {
        key_[s] = c;
        near_[s] = t;
      }
    }
    graph_.length[s] = kept;
  }

  // Room for so many more in the list of s: moved to the end of the pool, which is packed when full.
  void make_room(std::uint32_t s, std::uint32_t more) {
    const std::uint32_t length = graph_.length[s];
    if (length + more <= room_[s]) return;
    const std::uint32_t wanted = length + length / 2 + more + 8;
    if (graph_.top + wanted > graph_.pool.room()) pack(wanted);
    std::uint32_t *pool = graph_.pool.data();
    std::memcpy(pool + graph_.top, pool + graph_.offset[s], length * sizeof(std::uint32_t));
    graph_.offset[s] = static_cast<std::uint32_t>(graph_.top);
    graph_.top += wanted;
    room_[s] = wanted;
  }

  // Only what is alive or dies in this merge; both have their lists still to be read.
  void pack(std::uint32_t wanted) {
    std::size_t total = wanted;
    for (std::uint32_t i = 0; i < graph_.count; ++i) total += graph_.length[i];
    Buffer<std::uint32_t> packed(total + total / 2 + 1024);
    std::size_t to = 0;
    for (std::uint32_t i = 0; i < graph_.count; ++i) {
      const std::uint32_t length = graph_.length[i];
      std::memcpy(packed.data() + to, graph_.pool.data() + graph_.offset[i],
                  length * sizeof(std::uint32_t));
      graph_.offset[i] = static_cast<std::uint32_t>(to);
      room_[i] = length;
      to += length;
    }
    graph_.pool.swap(packed);
    graph_.top = to;
  }
};

template <int D>
void run(RegionGraph &graph, int padded, std::uint32_t first_union, std::int32_t *parents,
         float *altitudes, const RegionPoll &poll) {
  Queue<D>(graph, padded, parents, altitudes).run(first_union, poll);
}

}  // namespace

void merge_by_queue(RegionGraph &graph, int padded, std::uint32_t first_union,
                    std::int32_t *parents, float *altitudes, const RegionPoll &poll) {
  if (graph.count < 2) return;
  switch (padded) {
    case 1: return run<1>(graph, padded, first_union, parents, altitudes, poll);
    case 3: return run<3>(graph, padded, first_union, parents, altitudes, poll);
    case 7: return run<7>(graph, padded, first_union, parents, altitudes, poll);
    default: return run<0>(graph, padded, first_union, parents, altitudes, poll);
  }
}

}  // namespace pochade
