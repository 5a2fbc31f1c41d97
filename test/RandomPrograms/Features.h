//===- Features.h - what random programs consist of ---------------------------------------------------------*- C++
//-*-===//

#ifndef SST_TEST_RANDOMPROGRAMS_FEATURES_H
#define SST_TEST_RANDOMPROGRAMS_FEATURES_H

#include "Generator.h"
#include "Log.h"

namespace sst {

/// Counts the ops of a program and what is particular about them.
void countFeatures(const RandomProgram &program, Log &log);

/// What a long run must have counted: every op of the dialect, every feature and every pass that changed something, and
/// for models what was done with them.
std::vector<std::string> getExpectedCounts(mlir::MLIRContext &context, bool isModels);

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_FEATURES_H
