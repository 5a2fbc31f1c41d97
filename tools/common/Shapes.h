/*
 * Shapes.h - which axis of a tensor is which.
 */
#ifndef SST_TOOLS_COMMON_SHAPES_H
#define SST_TOOLS_COMMON_SHAPES_H

#include <cstddef>
#include <vector>

namespace sst {

/// The sizes that are not 1. Tensors for which these are equal have the same elements in the same order.
template <typename Shape>
std::vector<size_t> squeezed(const Shape &shape) {
  std::vector<size_t> result;
  for (auto size : shape)
    if (size != 1)
      result.push_back(size_t(size));
  return result;
}

/// What an input of rows says: [batch, rows, channels], [rows, channels] for a batch of 1, or more axes of size 1 than
/// that if it is clear which is which. False if it is not.
template <typename Shape>
bool readRowsShape(const Shape &shape, size_t &batch, size_t &rows) {
  std::vector<size_t> axes(shape.begin(), shape.end());
  if (axes.size() < 2)
    return false;
  axes.pop_back();
  if (axes.size() == 1)
    axes.insert(axes.begin(), 1);
  else if (axes.size() != 2)
    axes = squeezed(axes);
  if (axes.empty())
    axes = {1, 1};
  if (axes.size() != 2)
    return false;
  batch = axes[0];
  rows = axes[1];
  return true;
}

} // namespace sst

#endif // SST_TOOLS_COMMON_SHAPES_H
