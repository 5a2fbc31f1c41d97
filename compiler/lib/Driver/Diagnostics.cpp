//===- Diagnostics.cpp - what MLIR says, in the words of the tool -----------------------------------------------===//

#include "Driver.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sst;

namespace {
/// A location for people.
struct Place {
  /// `model.mlir:3:7`; empty if the location has no file.
  std::string file;
  /// Name of a layer, of several if ops were fused; may be empty.
  std::string name;
};
} // namespace

/// Finds file and names of a location. What it recurses into is bounded when a module is read.
static void describe(Location location, Place &place) {
  if (auto file = dyn_cast<FileLineColLoc>(location)) {
    if (place.file.empty())
      place.file = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
  } else if (auto named = dyn_cast<NameLoc>(location)) {
    if (place.name.size() < 200)
      place.name += (place.name.empty() ? "" : ", ") + named.getName().getValue().str();
    // The child is what this was made of: a block of which it is a layer, or a place in a file.
    Place origin;
    describe(named.getChildLoc(), origin);
    if (place.file.empty())
      place.file = origin.file;
  } else if (auto call = dyn_cast<CallSiteLoc>(location)) {
    describe(call.getCallee(), place);
  } else if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location part : fused.getLocations())
      describe(part, place);
  }
}

static Place describe(Location location) {
  Place place;
  describe(location, place);
  return place;
}

/// Replaces what a conversion framework says by what it means for the user.
static std::string rephrase(std::string what, Stage stage) {
  constexpr llvm::StringLiteral foreign = "cannot be converted to LLVM IR: missing `LLVMTranslationDialectInterface` "
                                          "registration for dialect for op: ";
  StringRef text = what;
  if (text.consume_front(foreign))
    return ("stage " + stringifyStage(stage) + " cannot lower operation '" + text + "'").str();
  if (!text.consume_front("failed to legalize "))
    return what;
  text.consume_back(" that was explicitly marked illegal");
  return ("stage " + stringifyStage(stage) + " cannot lower " + text).str();
}

DiagnosticCollector::DiagnosticCollector(MLIRContext &context, std::string inputFile, Report &report,
                                         llvm::raw_ostream *log)
    : file(std::move(inputFile)), report(report), log(log),
      handler(&context, [this](Diagnostic &diagnostic) { handle(diagnostic); }) {
  // Whole ops in messages are of no use to somebody who did not write the IR.
  context.printOpOnDiagnostic(false);
}

void DiagnosticCollector::handle(Diagnostic &diagnostic) {
  Place place = describe(diagnostic.getLocation());
  std::string what = rephrase(diagnostic.str(), stage);
  for (Diagnostic &note : diagnostic.getNotes())
    what += " (" + note.str() + ")";
  const std::string &where = place.file.empty() ? file : place.file;
  std::string name = place.name.empty() ? std::string() : quote(place.name);
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
    bool reworded = StringRef(what).starts_with("stage ");
    // All CPU variants may say the same. Two ops without a location may, too; then one stands for both.
    if (llvm::none_of(report.getProblems(), [&](const Problem &problem) {
          return problem.file == where && problem.place == name && problem.what == what;
        }))
      report.add(where, name, what,
                 reworded ? "look at the module with --dump-stages, and use the operations that the stage before makes"
                          : "");
    return;
  }
  if (log)
    *log << "sst-compile: " << (diagnostic.getSeverity() == DiagnosticSeverity::Warning ? "warning" : "remark") << ": "
         << where << ": " << (name.empty() ? "" : name + ": ") << what << "\n";
}

namespace {
/// Prints each remark as one line.
class RemarkPrinter final : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkPrinter(llvm::raw_ostream &stream) : stream(stream) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override;

private:
  llvm::raw_ostream &stream;
};
} // namespace

void RemarkPrinter::streamOptimizationRemark(const remark::detail::Remark &remark) {
  Place place = describe(remark.getLocation());
  stream << "sst-compile: remark: " << remark.getCategoryName() << ": @" << remark.getFunction();
  if (!place.name.empty())
    stream << ": " << quote(place.name);
  else if (!place.file.empty())
    stream << ": " << place.file;
  stream << ": " << llvm::StringRef(remark.getRemarkTypeString()).lower() << " " << remark.getRemarkName();
  StringRef separator = ": ";
  for (const remark::detail::Remark::Arg &arg : remark.getArgs()) {
    stream << separator << arg.val;
    separator = " ";
  }
  stream << "\n";
}

void sst::enableRemarks(MLIRContext &context, StringRef filter, llvm::raw_ostream &log) {
  remark::RemarkCategories categories;
  // `all` alone enables nothing.
  categories.passed = categories.missed = categories.failed = categories.analysis = filter.str();
  (void)remark::enableOptimizationRemarks(context, std::make_unique<RemarkPrinter>(log),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
}
