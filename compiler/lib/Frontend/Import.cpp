//===- Import.cpp - a model as a module of sst ops --------------------------------------------------------------===//

#include "sst/Compiler/Import.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/ModelBuilder.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;
using namespace sst;

static Location getLocation(OpBuilder &builder, StringRef layer) { return NameLoc::get(builder.getStringAttr(layer)); }

static Attribute makeAttribute(OpBuilder &builder, const OptionInfo &info, OptionValue value) {
  switch (info.kind) {
  case OptionKind::Size:
    return builder.getI64IntegerAttr(value.integer);
  case OptionKind::Number:
    return builder.getF64FloatAttr(value.number);
  case OptionKind::Choice:
    break;
  }
  return builder.getStringAttr(stringifyOption(info, value));
}

static void setAttributes(OpBuilder &builder, const Model &model, ModuleOp module) {
  const Family &family = model.options.getFamily();
  SmallVector<NamedAttribute> options;
  for (const OptionInfo &info : family.getOptions())
    options.push_back(builder.getNamedAttr(info.name, makeAttribute(builder, info, model.options.get(info.name))));
  module->setAttr(kFamilyAttr, builder.getStringAttr(family.getName()));
  module->setAttr("sst.name", builder.getStringAttr(model.name));
  module->setAttr("sst.options", builder.getDictionaryAttr(options));
  SmallVector<NamedAttribute> stream = {
      builder.getNamedAttr("cold", builder.getStringAttr(stringifyCold(model.stream.cold))),
      builder.getNamedAttr("max_rows", builder.getI64IntegerAttr(model.stream.maxRows)),
      builder.getNamedAttr("rollback", builder.getI64IntegerAttr(model.stream.rollback))};
  if (model.stream.attentionWindow)
    stream.push_back(
        builder.getNamedAttr("attention_window", builder.getI64IntegerAttr(*model.stream.attentionWindow)));
  module->setAttr("sst.stream", builder.getDictionaryAttr(stream));
  if (model.weightStorage != Storage::F32)
    module->setAttr("sst.weight_storage", builder.getStringAttr(stringifyStorage(model.weightStorage)));
  if (!model.tensorPrefix.empty())
    module->setAttr("sst.tensor_prefix", builder.getStringAttr(model.tensorPrefix));
  module->setAttr("sst.weights_digest", builder.getStringAttr(model.weightsDigest));
}

static void addWeight(OpBuilder &builder, const Weight &weight) {
  auto type = RankedTensorType::get(weight.shape, builder.getF32Type());
  SST_CHECK(type.getNumElements() == static_cast<int64_t>(weight.values.size()), "a weight has the size of its shape");
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(weight.values.size() * sizeof(float), /*align=*/64);
  std::memcpy(blob.getMutableData().data(), weight.values.data(), weight.values.size() * sizeof(float));
  auto value = DenseF32ResourceElementsAttr::get(type, weight.name, std::move(blob));
  WeightOp::create(builder, getLocation(builder, weight.name), builder.getStringAttr(weight.name), TypeAttr::get(type),
                   cast<ElementsAttr>(Attribute(value)));
}

OwningOpRef<ModuleOp> sst::importModel(MLIRContext &context, const Model &model) {
  context.loadDialect<SSTDialect, func::FuncDialect>();
  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, getLocation(builder, model.name));
  builder.setInsertionPointToStart(module->getBody());
  setAttributes(builder, model, *module);
  for (const Weight &weight : model.weights)
    addWeight(builder, weight);
  WeightTable weights(model.options);
  for (StringRef name : getFunctionNames())
    ModelBuilder(builder, model.options, weights, model.stream, name).run();
  return module;
}

FunctionType sst::getFunctionType(MLIRContext &context, const OptionValues &options, StringRef name) {
  context.loadDialect<SSTDialect, func::FuncDialect>();
  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, builder.getUnknownLoc());
  builder.setInsertionPointToStart(module->getBody());
  return ModelBuilder(builder, options, WeightTable(options), StreamOptions(), name).run().getFunctionType();
}
