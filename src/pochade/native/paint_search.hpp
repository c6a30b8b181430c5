// Finding the anchors that may count in a part of a picture: grids by size, and proven bounds.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "paint.hpp"

namespace pochade::paint {

// The anchors that were found for a part, by field, with scratch that is used again.
struct Found {
  std::vector<float> fields_, low, high, ranked;
  std::vector<std::int32_t> ids;
  std::size_t stride = 0;

  // Makes room for n anchors.
  void resize(std::size_t n) {
    stride = n;
    fields_.resize(n * fields);
    low.resize(n);
    high.resize(n);
    ids.resize(n);
  }
  float *field(int f) { return fields_.data() + static_cast<std::size_t>(f) * stride; }
  Slots slots() const { return {fields_.data(), stride, stride}; }
};

// Anchors in grids: one for each power of two of their reach, so that those of a wide reach are
// found from far and those of a small one only from near.
class Search {
 public:
  Search(const Slots &anchors, float frame_rows, float frame_cols);

  // All anchors that may be among the `neighbours` nearest of any pixel in the box, in an order
  // that depends on nothing else than the anchors and the box.
  void find(const Box &box, int neighbours, Found &out) const;

  // The same out of a list that holds them all, nearest bound first.
  static void narrow(const Found &from, const Box &box, int neighbours, Found &out);

 private:
  struct Grid {
    float reach, cell;
    std::size_t rows, cols;
    std::vector<std::uint32_t> starts, members;
  };
  bool gather(const Box &box, float factor, std::vector<std::int32_t> &ids) const;

  Slots anchors_;
  std::vector<Grid> grids_;
};

}  // namespace pochade::paint
