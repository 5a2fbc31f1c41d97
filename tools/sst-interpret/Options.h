//===- Options.h - the command line of sst-interpret --------------------------------------------------*- C++ -*-===//
//
// Nothing is opened or loaded here.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TOOLS_SST_INTERPRET_OPTIONS_H
#define SST_TOOLS_SST_INTERPRET_OPTIONS_H

#include "sst/Compiler/Extensions.h"
#include "sst/Compiler/Import.h"
#include "sst/Compiler/Report.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sst {

/// Sizes and seed of made-up inputs.
struct RandomInput {
  int64_t batch = 1, rows = 1;
  uint64_t seed = 0;
};

struct InterpretOptions {
  explicit InterpretOptions(FamilyTable families) : frontend(families) {}

  /// The model's file, its options, --random-weights.
  FrontendOptions frontend;
  /// Empty for the only function, or `window`.
  std::string function;
  /// FILE or FILE:tensor, one for each argument of the function.
  std::vector<std::string> inputs;
  std::optional<RandomInput> randomInput;
  /// Where made-up inputs go; empty for nowhere.
  std::string saveInput;
  /// FILE or FILE:tensor; empty for no comparison.
  std::string compare;
  double atol = 1e-6, rtol = 1e-6;
  /// FILE with tensors `tap.*`; empty for none.
  std::string taps;
  /// A .npy file for the first result; empty for none.
  std::string output;
  /// KIND, NAME or KIND@NAME, each a glob.
  std::vector<std::string> probes;
  /// A folder for probed values; empty for none.
  std::string probeOutput;
  /// A pass pipeline as sst-opt --pass-pipeline has it, without `builtin.module(...)`.
  std::string passes;
  /// How many values of each tensor are printed.
  uint64_t values = 8;
  bool allowBytecode = false;
  bool help = false;
  /// Not on the command line: what the program adds.
  Extensions extensions;
};

/// Text that --help prints.
extern const char interpretHelpText[];

/// Reads the arguments, without the program's name. What is wrong goes to `report`.
InterpretOptions parseInterpretOptions(llvm::ArrayRef<const char *> arguments, FamilyTable families, Report &report);

} // namespace sst

#endif // SST_TOOLS_SST_INTERPRET_OPTIONS_H
