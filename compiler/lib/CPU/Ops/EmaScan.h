//===- EmaScan.h - the kernel of a scan's states ------------------------------------------------------*- C++ -*-===//
//
// Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_OPS_EMASCAN_H
#define SST_COMPILER_LIB_CPU_OPS_EMASCAN_H

#include "Ops.h"

namespace sst {

/// The states of a scan, for groups [first group, end group) of channels whose states are updated together.
struct ScanKernel {
  Rows input, gate, output;
  Memory coefficients;
  StreamStates states;
  /// Where in a state the values are.
  mlir::Value stateOffset;
  /// After how many of the last rows the state is kept; 0 without states.
  int64_t versions = 0;
  bool lastRow;
  mlir::Value batch, rows, firstGroup, endGroup;
};
llvm::LogicalResult callScanKernel(StageEmitter &e, ScanKernel &kernel);

int64_t countScanGroups(int64_t channels);

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_OPS_EMASCAN_H
