//===- PrintModule.cpp - a module as text -----------------------------------------------------------------------===//

#include "Driver.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sst;

std::string sst::printModule(ModuleOp module, Stage stage, StringRef variant, bool withWeights) {
  Builder builder(module.getContext());
  module->setAttr(kStageAttr, builder.getStringAttr(stringifyStage(stage)));
  if (!variant.empty())
    module->setAttr(kVariantAttr, builder.getStringAttr(variant));
  OpPrintingFlags flags;
  if (!withWeights)
    flags.elideLargeElementsAttrs(/*largeElementLimit=*/16).elideLargeResourceString(/*largeResourceLimit=*/0);
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, flags);
  module->removeAttr(kStageAttr);
  module->removeAttr(kVariantAttr);
  return text + "\n";
}
