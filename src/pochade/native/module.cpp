// The one extension module. Each file binds its own functions; this page only lists them.
#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_cpu(nb::module_ &m);      // cpu.cpp: which instruction set was chosen
void bind_count(nb::module_ &m);    // count.cpp: counted and binned colours, exact mapping
void bind_cluster(nb::module_ &m);  // cluster.cpp: Wu, k-means++, Lloyd, split-merge
void bind_tally(nb::module_ &m);    // tally.cpp: what a palette does to weighted colours
void bind_knots(nb::module_ &m);    // knots.cpp: small distinct areas that a palette swallowed
void bind_pull(nb::module_ &m);     // pull.cpp: a step towards the least mean distance
void bind_color(nb::module_ &m);    // color.cpp: colour spaces and differences
void bind_dither(nb::module_ &m);   // dither.cpp: error diffusion and ordered dithering
void bind_lzw(nb::module_ &m);      // lzw.cpp: GIF's coder
void bind_noise(nb::module_ &m);    // noise.cpp: pixels that stand out, patches, filling holes
void bind_region_forest(nb::module_ &m);  // region_forest.cpp: pixels to a region tree
void bind_region_graph(nb::module_ &m);   // region_graph.cpp: regions to a tree, with borders
void bind_region_cut(nb::module_ &m);     // region_cut.cpp: cuts as label images
void bind_region_labels(nb::module_ &m);  // region_labels.cpp: borders and spreads of a label image
void bind_region_sums(nb::module_ &m);    // region_sums.cpp: passes over the nodes of a tree
void bind_edges(nb::module_ &m);    // edges.cpp: the spread of every window, thin edges
void bind_anchor_sums(nb::module_ &m);     // anchor_sums.cpp: labelled areas in numbers
void bind_paint_blend(nb::module_ &m);  // paint_blend.cpp: anchors to pixels
void bind_paint_guide(nb::module_ &m);  // paint_guide.cpp: guides, smaller copies
void bind_paint_solve(nb::module_ &m);  // paint_solve.cpp: colours of anchors
void bind_anchor_split(nb::module_ &m);    // anchor_split.cpp: a picture divided by place and colour
void bind_anchor_nearest(nb::module_ &m);  // anchor_nearest.cpp: the nearest anchors of a pixel
void bind_label_areas(nb::module_ &m);     // label_areas.cpp: connected parts, sums, depth
void bind_label_contours(nb::module_ &m);  // label_contours.cpp: shared borders as lines

NB_MODULE(_native, m) {
  m.doc() = "C++ kernels of pochade; use the Python functions that wrap them.";
  bind_cpu(m);
  bind_count(m);
  bind_cluster(m);
  bind_tally(m);
  bind_knots(m);
  bind_pull(m);
  bind_color(m);
  bind_dither(m);
  bind_lzw(m);
  bind_noise(m);
  bind_region_forest(m);
  bind_region_graph(m);
  bind_region_cut(m);
  bind_region_labels(m);
  bind_region_sums(m);
  bind_edges(m);
  bind_anchor_sums(m);
  bind_paint_blend(m);
  bind_paint_guide(m);
  bind_paint_solve(m);
  bind_anchor_split(m);
  bind_anchor_nearest(m);
  bind_label_areas(m);
  bind_label_contours(m);
}
