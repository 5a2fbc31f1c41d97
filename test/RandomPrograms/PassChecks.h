//===- PassChecks.h - passes keep what a program computes ---------------------------------------------------*- C++
//-*-===//

#ifndef SST_TEST_RANDOMPROGRAMS_PASSCHECKS_H
#define SST_TEST_RANDOMPROGRAMS_PASSCHECKS_H

#include "Evaluation.h"
#include "Log.h"

namespace sst {

/// What the tool does wrong on purpose, so that its checks are seen to fail.
struct Sabotage {
  /// After this pass has changed something, a weight gets another value.
  std::string pass;
  /// A weight of the module that is compiled gets another value.
  bool compiled = false;
  /// The process crashes, or does not end, in every tenth module.
  bool crash = false, hang = false;
};

/// Changes a value of the first weight that is used.
void breakModule(mlir::ModuleOp module);

/// The passes that keep the program in sst ops, and with it every value: to the last bit or but for rounding.
struct CheckedPass {
  llvm::StringLiteral name;
  /// Why values may change by rounding; empty if they may not.
  llvm::StringLiteral rounding;
};
llvm::ArrayRef<CheckedPass> getCheckedPasses();

/// Runs every pass alone, the pipelines and random sequences of passes on the program, and the interpreter before and
/// after every pass that changes something. Also prints and parses it. What is wrong goes to the log.
void checkPasses(const RandomProgram &program, uint64_t seed, const Sabotage &sabotage, Log &log);

/// Makes what MLIR says a text instead of lines on stderr.
class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext &context);
  /// What was said since the last call.
  std::string take();

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

/// Whether a tool may say no to a valid program with this text.
bool isKnownRefusal(llvm::StringRef text);

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_PASSCHECKS_H
