//===- WeightReading.cpp - the values of weights as the interpreter wants them ------------------------------------===//

#include "Execution.h"
#include "Kernels.h"
#include "sst/Compiler/WeightData.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sst;
using namespace sst::reference;

/// A panel ends on a multiple of this many columns.
static constexpr int64_t panelGranule = 16;

/// The storage of one panel begins at `storage`; copies its `count` real columns to `out`, `stride` apart.
static void unpackPanel(const float *storage, int64_t rows, int64_t width, int64_t count, double *out, int64_t stride) {
  for (int64_t k = 0; k < rows; ++k)
    for (int64_t n = 0; n < count; ++n)
      out[k * stride + n] = storage[k * width + n];
}

/// Undoes #sst.panels: panel by panel, each row by row. Fails if the storage is not as large as the encoding says.
static LogicalResult unpackPanels(WeightOp weight, PanelsAttr panels, int64_t rows, ArrayRef<float> storage,
                                  HostTensor &result) {
  int64_t columns = result.shape.back(), begin = 0, offset = 0;
  for (int64_t segment : panels.getSegments()) {
    // Written so that no sum overflows, whatever the text says.
    if (segment > columns - begin)
      return weight.emitOpError("expects the segments of '#sst.panels' to add up to ") << columns << " columns";
    for (int64_t done = 0; done < segment;) {
      int64_t left = segment - done;
      int64_t width =
          panels.getWidth() < left ? panels.getWidth() : static_cast<int64_t>(llvm::alignTo(left, panelGranule));
      width = std::min(width, panels.getWidth());
      int64_t count = std::min(width, left);
      if (rows * width > static_cast<int64_t>(storage.size()) - offset)
        return weight.emitOpError("expects 'value' to hold all panels, but it ends in column ") << begin + done;
      unpackPanel(storage.data() + offset, rows, width, count, result.data.data() + begin + done, columns);
      offset += rows * width;
      done += count;
    }
    begin += segment;
  }
  if (begin != columns || offset != static_cast<int64_t>(storage.size()))
    return weight.emitOpError("expects 'value' to hold the panels and nothing else, but got ")
           << storage.size() << " values vs " << offset;
  return success();
}

FailureOr<HostTensor> reference::readWeightTensor(WeightOp weight, int64_t maxElements) {
  auto type = cast<RankedTensorType>(weight.getType());
  std::optional<int64_t> elements = multiplySizes(type.getShape());
  if (!elements || *elements > maxElements)
    return weight.emitOpError("has ") << formatSizes(type.getShape())
                                      << " elements, which is beyond the interpreter's limit; at most " << maxElements
                                      << " more can live";
  FailureOr<std::vector<float>> storage = readWeight(weight);
  if (failed(storage))
    return failure();
  HostTensor result = makeTensor(type.getShape());
  if (auto panels = dyn_cast_or_null<PanelsAttr>(type.getEncoding())) {
    int64_t rows = type.getRank() == 2 ? type.getDimSize(0) : 1;
    if (failed(unpackPanels(weight, panels, rows, *storage, result)))
      return failure();
    return result;
  }
  if (type.getEncoding())
    return weight.emitOpError("has the encoding ") << type.getEncoding() << "; only '#sst.panels' can be interpreted";
  if (static_cast<int64_t>(storage->size()) != *elements)
    return weight.emitOpError("expects 'value' to have ") << *elements << " elements, but got " << storage->size();
  std::copy(storage->begin(), storage->end(), result.data.begin());
  return result;
}
