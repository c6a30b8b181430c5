// Holes filled from what surrounds them. Holes that do not touch (eight neighbours) do not know of
// each other, so each is filled on its own and any number of threads gives the same bytes.
#include <algorithm>
#include <cmath>
#include <vector>

#include "noise.hpp"
#include "noise_basin.hpp"
#include "parallel.hpp"

namespace pochade::noise {

namespace {

constexpr std::size_t kBatch = 1 << 14;  // pixels of holes in one chunk of work
constexpr std::size_t kLarge = 1 << 11;  // pixels from which a hole is solved on several grids
constexpr int kMostSweeps = 1000;
constexpr float kSettled = 0.01f;  // levels of change in a sweep below which a hole is done
// North, west, east, south, then the diagonals: the order in which ties are decided.
constexpr int kDown[8] = {-1, 0, 0, 1, -1, -1, 1, 1};
constexpr int kRight[8] = {0, -1, 1, 0, -1, 1, -1, 1};

struct Holes {
  std::vector<std::int64_t> members;  // hole after hole, each in the order of rows
  std::vector<std::size_t> starts;
};

Holes find_holes(const Picture &p, const std::uint8_t *mask) {
  Holes holes;
  const std::int64_t size = p.height * p.width;
  std::vector<std::uint8_t> open(mask, mask + size);
  auto &members = holes.members;
  for (std::int64_t start = 0; start < size; ++start) {
    if (!open[start]) continue;
    const std::size_t first = members.size();
    holes.starts.push_back(first);
    members.push_back(start);
    open[start] = 0;
    for (std::size_t at = first; at < members.size(); ++at) {
      const std::int64_t y = members[at] / p.width, x = members[at] % p.width;
      for (int i = 0; i < 8; ++i) {
        const std::int64_t v = y + kDown[i], u = x + kRight[i];
        if (v < 0 || u < 0 || v >= p.height || u >= p.width || !open[v * p.width + u]) continue;
        open[v * p.width + u] = 0;
        members.push_back(v * p.width + u);
      }
    }
    std::sort(members.begin() + first, members.end());
  }
  holes.starts.push_back(members.size());
  return holes;
}

// One hole: its pixels in the order of rows, and the layers that lead inwards from its rim.
class Hole {
 public:
  Hole(const Picture &p, const std::int64_t *members, std::size_t count)
      : p_(p), members_(members), count_(static_cast<std::int32_t>(count)) {
    neighbours_.assign(count * 8, kOutside);
    for (int i = 0; i < 8; ++i) link(i);
    layers();
  }

  void nearest(std::uint8_t *out) const {
    const int c = p_.channels;
    for (std::int32_t m : order_)
      for (int i = 0; i < 8; ++i)
        if (const std::uint8_t *from = done(m, i, out)) {
          std::copy(from, from + c, out + members_[m] * c);
          break;
        }
  }

  // The median of the neighbours done before, the lower of two.
  void median(std::uint8_t *out) const {
    const int c = p_.channels;
    for (std::int32_t m : order_) {
      const std::uint8_t *from[8];
      int count = 0;
      for (int i = 0; i < 8; ++i)
        if (const std::uint8_t *found = done(m, i, out)) from[count++] = found;
      for (int channel = 0; channel < c; ++channel) {
        std::uint8_t values[8];
        for (int i = 0; i < count; ++i) values[i] = from[i][channel];
        std::sort(values, values + count);
        out[members_[m] * c + channel] = values[(count - 1) / 2];
      }
    }
  }

  // Laplace's equation: each pixel is the mean of its four neighbours. Successive over-relaxation
  // (D. M. Young 1950) from a first guess that grows inwards layer by layer.
  void harmonic(std::uint8_t *out) const {
    const int c = p_.channels;
    std::vector<float> values(static_cast<std::size_t>(count_) * c);
    std::vector<float> known(static_cast<std::size_t>(count_) * c, 0.f);
    std::vector<float> part(count_, 0.f);
    for (std::int32_t m = 0; m < count_; ++m) {
      int inside = 0;
      for (int i = 0; i < 4; ++i) {
        const std::int32_t n = neighbours_[m * 8 + i];
        inside += n != kOutside;
        if (n == kKnown)
          for (int channel = 0; channel < c; ++channel)
            known[m * c + channel] += pixel(m, i, out)[channel];
      }
      part[m] = inside ? 1.f / static_cast<float>(inside) : 0.f;
    }
    guess(out, values);
    relax(values, known, part);
    for (std::int32_t m = 0; m < count_; ++m)
      for (int channel = 0; channel < c; ++channel) {
        const float value = values[m * c + channel];
        out[members_[m] * c + channel] =
            static_cast<std::uint8_t>(std::min(255.f, std::max(0.f, value)) + 0.5f);
      }
  }

 private:
  static constexpr std::int32_t kOutside = -2, kKnown = -1;

  // The i-th neighbours: a walk along the sorted pixels with a second pointer.
  void link(int i) {
    std::int32_t j = 0;
    const std::int64_t offset = kDown[i] * p_.width + kRight[i];
    for (std::int32_t m = 0; m < count_; ++m) {
      const std::int64_t y = members_[m] / p_.width + kDown[i];
      const std::int64_t x = members_[m] % p_.width + kRight[i];
      if (y < 0 || x < 0 || y >= p_.height || x >= p_.width) continue;
      const std::int64_t wanted = members_[m] + offset;
      while (j < count_ && members_[j] < wanted) ++j;
      neighbours_[m * 8 + i] = j < count_ && members_[j] == wanted ? j : kKnown;
    }
  }

  void layers() {
    layer_.assign(count_, 0);
    order_.reserve(count_);
    for (std::int32_t m = 0; m < count_; ++m)
      for (int i = 0; i < 8; ++i)
        if (neighbours_[m * 8 + i] == kKnown) {
          layer_[m] = 1;
          order_.push_back(m);
          break;
        }
    std::size_t begin = 0;
    while (begin < order_.size()) {  // a layer at a time, each in the order of rows
      const std::size_t end = order_.size();
      for (std::size_t at = begin; at < end; ++at)
        for (int i = 0; i < 8; ++i) {
          const std::int32_t n = neighbours_[order_[at] * 8 + i];
          if (n < 0 || layer_[n]) continue;
          layer_[n] = layer_[order_[at]] + 1;
          order_.push_back(n);
        }
      std::sort(order_.begin() + end, order_.end());
      begin = end;
    }
  }

  const std::uint8_t *pixel(std::int32_t m, int i, const std::uint8_t *out) const {
    return out + (members_[m] + kDown[i] * p_.width + kRight[i]) * p_.channels;
  }

  // The i-th neighbour where it is known or belongs to a layer before; else null.
  const std::uint8_t *done(std::int32_t m, int i, const std::uint8_t *out) const {
    const std::int32_t n = neighbours_[m * 8 + i];
    if (n == kOutside || (n >= 0 && layer_[n] >= layer_[m])) return nullptr;
    return pixel(m, i, out);
  }

  void guess(const std::uint8_t *out, std::vector<float> &values) const {
    const int c = p_.channels;
    for (std::int32_t m : order_) {
      float count = 0;
      for (int i = 0; i < 8; ++i) {
        const std::uint8_t *from = done(m, i, out);
        if (!from) continue;
        const std::int32_t n = neighbours_[m * 8 + i];
        count += 1;
        for (int channel = 0; channel < c; ++channel)
          values[m * c + channel] +=
              n >= 0 ? values[n * c + channel] : static_cast<float>(from[channel]);
      }
      for (int channel = 0; channel < c; ++channel) values[m * c + channel] /= count;
    }
  }

  void relax(std::vector<float> &values, const std::vector<float> &known,
             const std::vector<float> &part) const {
    const int c = p_.channels;
    const int depth = layer_[order_.back()];
    const float speed = 2.f / (1.f + 3.14159265f / static_cast<float>(2 * depth + 2));
    const int most = std::min(kMostSweeps, 16 + 12 * depth);
    for (int sweep = 0; sweep < most; ++sweep) {
      float change = 0;
      for (std::int32_t m = 0; m < count_; ++m) {
        if (part[m] == 0.f) continue;  // no four-neighbour in the picture: the guess stays
        for (int channel = 0; channel < c; ++channel) {
          float sum = known[m * c + channel];
          for (int i = 0; i < 4; ++i) {
            const std::int32_t n = neighbours_[m * 8 + i];
            if (n >= 0) sum += values[n * c + channel];
          }
          const float gap = sum * part[m] - values[m * c + channel];
          values[m * c + channel] += speed * gap;
          change = std::max(change, std::fabs(gap));
        }
      }
      if (change < kSettled) break;
    }
  }

  const Picture &p_;
  const std::int64_t *members_;
  std::int32_t count_;
  std::vector<std::int32_t> neighbours_, layer_, order_;
};

// A hole of one pixel, which most holes are: the mean of its four neighbours.
void fill_one(const Picture &p, std::int64_t member, std::uint8_t *out) {
  const int c = p.channels;
  const std::int64_t y = member / p.width, x = member % p.width;
  int sum[4] = {0, 0, 0, 0}, count = 0;
  for (int i = 0; i < 4; ++i) {
    const std::int64_t v = y + kDown[i], u = x + kRight[i];
    if (v < 0 || u < 0 || v >= p.height || u >= p.width) continue;
    ++count;
    for (int channel = 0; channel < c; ++channel) sum[channel] += out[(v * p.width + u) * c + channel];
  }
  for (int channel = 0; channel < c && count; ++channel)
    out[member * c + channel] = static_cast<std::uint8_t>((2 * sum[channel] + count) / (2 * count));
}

void fill_large(const Picture &p, const std::uint8_t *mask, const std::int64_t *members,
                std::size_t count, std::uint8_t *out) {
  const int c = p.channels;
  std::int64_t left = p.width, right = 0;
  for (std::size_t m = 0; m < count; ++m) {
    left = std::min(left, members[m] % p.width);
    right = std::max(right, members[m] % p.width);
  }
  const std::int64_t top = std::max<std::int64_t>(0, members[0] / p.width - 1);
  const std::int64_t bottom = std::min(p.height, members[count - 1] / p.width + 2);
  left = std::max<std::int64_t>(0, left - 1);
  right = std::min(p.width, right + 2);
  Basin basin(bottom - top, right - left, c);
  for (std::int64_t y = top; y < bottom; ++y)
    for (std::int64_t x = left; x < right; ++x) {
      if (mask[y * p.width + x]) continue;
      const std::size_t at = static_cast<std::size_t>((y - top) * basin.width + x - left);
      basin.cells[at] = Basin::known;
      for (int channel = 0; channel < c; ++channel)
        basin.values[at * c + channel] = out[(y * p.width + x) * c + channel];
    }
  const auto inside = [&](std::int64_t member) {
    return static_cast<std::size_t>((member / p.width - top) * basin.width + member % p.width - left);
  };
  for (std::size_t m = 0; m < count; ++m) basin.cells[inside(members[m])] = Basin::hole;
  solve(basin);
  for (std::size_t m = 0; m < count; ++m)
    for (int channel = 0; channel < c; ++channel) {
      const float value = basin.values[inside(members[m]) * c + channel];
      out[members[m] * c + channel] =
          static_cast<std::uint8_t>(std::min(255.f, std::max(0.f, value)) + 0.5f);
    }
}

}  // namespace

void fill_holes(const Picture &p, const std::uint8_t *mask, Fill how, int threads,
                std::uint8_t *out) {
  const Holes holes = find_holes(p, mask);
  std::vector<std::size_t> batches{0};  // whole holes, at least kBatch pixels together
  for (std::size_t hole = 0; hole + 1 < holes.starts.size(); ++hole)
    if (holes.starts[hole + 1] - holes.starts[batches.back()] >= kBatch)
      batches.push_back(hole + 1);
  if (batches.back() + 1 < holes.starts.size()) batches.push_back(holes.starts.size() - 1);
  parallel_for(batches.size() - 1, threads, [&](std::size_t batch) {
    for (std::size_t hole = batches[batch]; hole < batches[batch + 1]; ++hole) {
      const std::size_t first = holes.starts[hole], count = holes.starts[hole + 1] - first;
      const std::int64_t *members = holes.members.data() + first;
      if (how == Fill::harmonic && count == 1) {
        fill_one(p, *members, out);
        continue;
      }
      if (how == Fill::harmonic && count >= kLarge) {
        fill_large(p, mask, members, count, out);
        continue;
      }
      const Hole one(p, members, count);
      if (how == Fill::nearest) one.nearest(out);
      if (how == Fill::median) one.median(out);
      if (how == Fill::harmonic) one.harmonic(out);
    }
  });
}

}  // namespace pochade::noise
