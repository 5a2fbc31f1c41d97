//===- MemorySizes.cpp - what memory calls and streams of a model need --------------------------------------------===//

#include "sst/Compiler/Object.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Dialect/StateLayout.h"
#include "sst/Runtime/sst_entry.h"

using namespace mlir;
using namespace sst;

WorkspaceSize sst::getWorkspaceSize(ModuleOp module) {
  WorkspaceSize size;
  constexpr uint64_t bytes = sizeof(float);
  for (Operation &op : module.getOps()) {
    auto arena = op.getAttrOfType<ArenaAttr>(kArenaAttr);
    if (!arena)
      continue;
    uint64_t rows = arena.getRows() * bytes, sequences = arena.getSequences() * bytes;
    size.rowBytes = std::max(size.rowBytes, rows);
    size.sequenceBytes = std::max(size.sequenceBytes, sequences);
    size.threadBytes = std::max<uint64_t>(size.threadBytes, arena.getThread() * bytes);
  }
  size.fixedBytes = ArenaAttr::kSpareRows * size.rowBytes + ArenaAttr::kSpareSequences * size.sequenceBytes;
  return size;
}

uint64_t sst::getStateBytes(ModuleOp module) {
  uint64_t elements = 0;
  for (Operation &op : module.getOps())
    if (auto arena = op.getAttrOfType<ArenaAttr>(kArenaAttr))
      elements = std::max<uint64_t>(elements, arena.getState());
  return llvm::alignTo(sizeof(sst_state_header_t) + elements * sizeof(float), SST_STATE_ALIGNMENT);
}
