// A picture divided along the widest spread of place and colour, the largest scatter first.
// painting/split_reference.py is the same in NumPy. One thread, sums in double in a fixed order, so
// the same bytes everywhere.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <queue>
#include <stdexcept>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

constexpr int dims = 5;
constexpr int rounds = 24;  // of the power iteration
using Vector = std::array<double, dims>;
using Table = nb::ndarray<const float, nb::shape<-1, dims>, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<nb::numpy, T, nb::ndim<1>>;

struct Part {
  std::size_t begin, end;
  double scatter;
  Vector mean, axis;
};

struct Turn {
  double scatter;
  std::int32_t part;
  // The widest first; of equal ones that which was made first.
  bool operator<(const Turn &other) const {
    return scatter < other.scatter || (scatter == other.scatter && part > other.part);
  }
};

// The direction of the widest spread: the power iteration, from the column of the widest variable,
// which is never at right angles to it.
Vector widest(const std::array<Vector, dims> &spread) {
  int at = 0;
  for (int i = 1; i < dims; ++i)
    if (spread[i][i] > spread[at][at]) at = i;
  Vector axis = spread[at];
  for (int round = 0; round < rounds; ++round) {
    double largest = 0;
    for (const double one : axis) largest = std::max(largest, std::fabs(one));
    if (!(largest > 0)) return axis;
    Vector next{};
    for (int i = 0; i < dims; ++i)
      for (int j = 0; j < dims; ++j) next[i] += spread[i][j] * (axis[j] / largest);
    axis = next;
  }
  return axis;
}

struct Divider {
  const float *values;
  std::vector<std::int32_t> order, spare;
  std::vector<Part> parts;
  std::vector<std::array<std::int32_t, 2>> children;

  Part measured(std::size_t begin, std::size_t end) const {
    Vector sum{};
    std::array<Vector, dims> product{};
    for (std::size_t at = begin; at < end; ++at) {
      const float *row = values + static_cast<std::size_t>(order[at]) * dims;
      for (int i = 0; i < dims; ++i) {
        sum[i] += row[i];
        for (int j = 0; j <= i; ++j) product[i][j] += static_cast<double>(row[i]) * row[j];
      }
    }
    Part part{begin, end, 0, {}, {}};
    const double count = static_cast<double>(end - begin);
    for (int i = 0; i < dims; ++i) part.mean[i] = sum[i] / count;
    for (int i = 0; i < dims; ++i)
      for (int j = 0; j <= i; ++j)
        product[j][i] = product[i][j] = product[i][j] - sum[i] * part.mean[j];
    for (int i = 0; i < dims; ++i) part.scatter += std::max(0.0, product[i][i]);
    if (end - begin > 1) part.axis = widest(product);
    return part;
  }

  // Puts what lies beyond the mean along the axis behind the rest; both keep their order.
  std::size_t divide(const Part &part) {
    std::size_t middle = part.begin;
    spare.clear();
    for (std::size_t at = part.begin; at < part.end; ++at) {
      const float *row = values + static_cast<std::size_t>(order[at]) * dims;
      double along = 0;
      for (int i = 0; i < dims; ++i) along += (row[i] - part.mean[i]) * part.axis[i];
      if (along > 0)
        spare.push_back(order[at]);
      else
        order[middle++] = order[at];
    }
    std::copy(spare.begin(), spare.end(), order.begin() + static_cast<std::ptrdiff_t>(middle));
    return middle;
  }

  void run(std::size_t finest) {
    parts.push_back(measured(0, order.size()));
    children.push_back({-1, -1});
    std::priority_queue<Turn> turns;
    turns.push({parts[0].scatter, 0});
    std::size_t leaves = 1;
    while (leaves < finest && !turns.empty()) {
      const std::int32_t at = turns.top().part;
      turns.pop();
      const Part part = parts[static_cast<std::size_t>(at)];
      if (part.end - part.begin < 2) continue;
      const std::size_t middle = divide(part);
      if (middle == part.begin || middle == part.end) continue;  // nothing tells them apart
      for (const auto &[begin, end] : {std::array<std::size_t, 2>{part.begin, middle},
                                       std::array<std::size_t, 2>{middle, part.end}}) {
        const auto number = static_cast<std::int32_t>(parts.size());
        children[static_cast<std::size_t>(at)][begin == part.begin ? 0 : 1] = number;
        parts.push_back(measured(begin, end));
        children.push_back({-1, -1});
        turns.push({parts.back().scatter, number});
      }
      ++leaves;
    }
  }
};

template <class T>
Out<T> given(std::vector<T> &&values) {
  auto *kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept, [](void *p) noexcept { delete static_cast<std::vector<T> *>(p); });
  return Out<T>(kept->data(), {kept->size()}, owner);
}

nb::tuple anchor_split(const Table &values, std::size_t finest) {
  const std::size_t n = values.shape(0);
  if (n == 0 || n > 0x3fffffff) throw std::invalid_argument("There are no pixels to divide.");
  std::vector<std::int32_t> labels(n), parents;
  std::vector<float> scatters;
  {
    nb::gil_scoped_release free;
    Divider divider{values.data(), std::vector<std::int32_t>(n), {}, {}, {}};
    for (std::size_t i = 0; i < n; ++i) divider.order[i] = static_cast<std::int32_t>(i);
    divider.run(finest);
    const std::size_t count = divider.parts.size(), leaves = (count + 1) / 2;
    // Leaves by their first pixel, then the divided parts, the last one divided first.
    std::vector<std::int32_t> number(count), ends;
    for (std::size_t at = 0, inner = count; at < count; ++at) {
      if (divider.children[at][0] < 0)
        ends.push_back(static_cast<std::int32_t>(at));
      else
        number[at] = static_cast<std::int32_t>(--inner);
    }
    const auto first = [&](std::int32_t at) {
      return divider.order[divider.parts[static_cast<std::size_t>(at)].begin];
    };
    std::sort(ends.begin(), ends.end(), [&](auto a, auto b) { return first(a) < first(b); });
    for (std::size_t i = 0; i < leaves; ++i)
      number[static_cast<std::size_t>(ends[i])] = static_cast<std::int32_t>(i);
    parents.resize(count);
    scatters.resize(count);
    parents[count - 1] = static_cast<std::int32_t>(count - 1);
    for (std::size_t at = 0; at < count; ++at) {
      const Part &part = divider.parts[at];
      const auto own = static_cast<std::size_t>(number[at]);
      scatters[own] = static_cast<float>(part.scatter);
      for (const std::int32_t child : divider.children[at])
        if (child >= 0)
          parents[static_cast<std::size_t>(number[static_cast<std::size_t>(child)])] = number[at];
      if (divider.children[at][0] < 0)
        for (std::size_t i = part.begin; i < part.end; ++i)
          labels[static_cast<std::size_t>(divider.order[i])] = number[at];
    }
  }
  return nb::make_tuple(given(std::move(labels)), given(std::move(parents)),
                        given(std::move(scatters)));
}

}  // namespace

void bind_anchor_split(nb::module_ &m) {
  m.def("anchor_split", &anchor_split, "values"_a.noconvert(), "finest"_a,
        "Rows (n, 5) divided into `finest` parts: the leaf of each, parents and scatters of a tree.");
}
