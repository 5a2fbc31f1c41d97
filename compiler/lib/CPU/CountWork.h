//===- CountWork.h - how much the ops of a program do -------------------------------------------------*- C++ -*-===//
//
// Counted from the scheduled ops, after slicing and merging: what is left to do, not what the model once was. Private
// to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_COUNTWORK_H
#define SST_COMPILER_LIB_CPU_COUNTWORK_H

#include "Stages.h"

namespace sst {

/// Work of one stage; see #sst.work.
struct Work {
  double flops[4] = {0, 0, 0, 0};
  double bytes[4] = {0, 0, 0, 0};
  int64_t weights = 0;
};

Work countWork(const Step &step);

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_COUNTWORK_H
