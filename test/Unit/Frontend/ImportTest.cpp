//===- ImportTest.cpp - the module of a model -------------------------------------------------------------------===//

#include "TestModel.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace sst;
using namespace sst_test;

namespace {
class ImportTest : public testing::Test {
protected:
  ImportTest() {
    context.allowUnregisteredDialects(false);
    model.name = "net";
    model.options = makeSmallOptions();
    fill();
  }
  void fill() {
    model.weights = makeRandomWeights(model.options, 1);
    model.weightsDigest = computeWeightsDigest(model.weights);
  }
  template <typename T>
  std::string toString(T &&value) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    value.print(stream);
    return text;
  }
  template <typename Op>
  static std::vector<Op> collect(mlir::func::FuncOp function) {
    std::vector<Op> ops;
    function.walk([&](Op op) { ops.push_back(op); });
    return ops;
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Model model;
};
} // namespace

TEST_F(ImportTest, FunctionsAndAttributes) {
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
  auto window = module->lookupSymbol<mlir::func::FuncOp>("window");
  auto sequence = module->lookupSymbol<mlir::func::FuncOp>("sequence");
  ASSERT_TRUE(window && sequence);
  EXPECT_EQ("(tensor<?x?x3xf32>) -> tensor<?x1x4xf32>", toString(window.getFunctionType()));
  EXPECT_EQ("(tensor<?x?x3xf32>) -> tensor<?x?x4xf32>", toString(sequence.getFunctionType()));
  EXPECT_EQ("\"net\"", toString((*module)->getAttr("sst.name")));
  EXPECT_EQ("\"" + model.weightsDigest + "\"", toString((*module)->getAttr("sst.weights_digest")));
  EXPECT_EQ("{conv_size = 6 : i64, dropout = 2.500000e-01 : f64, embed_dim = 3 : i64, expand_factor = 2 : i64, "
            "head_dim = 2 : i64, hidden_size = 4 : i64, layer_norm = \"axon-0.8.1\", num_heads = 3 : i64, num_layers = "
            "2 : i64, state_size = 5 : i64, window_size = 7 : i64}",
            toString((*module)->getAttr("sst.options")));
}

TEST_F(ImportTest, OpsOfAFunction) {
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  for (const char *name : {"window", "sequence"}) {
    auto function = module->lookupSymbol<mlir::func::FuncOp>(name);
    EXPECT_EQ(1u, collect<DenseOp>(function).size());
    EXPECT_EQ(1u, collect<LayerNormOp>(function).size());
    EXPECT_EQ(std::string(name) == "window", collect<LastRowOp>(function).size() == 1);
    std::vector<BlockOp> blocks = collect<BlockOp>(function);
    ASSERT_EQ(2u, blocks.size());
    EXPECT_EQ("sst_block_1", blocks[0].getWeights());
    EXPECT_EQ("sst_block_2", blocks[1].getWeights());
    EXPECT_EQ(blocks[0].getOutput(), blocks[1].getInput());
    EXPECT_EQ("loc(\"sst_block_2\")", toString(blocks[1].getLoc()));
  }
}

TEST_F(ImportTest, NoProjectionWithoutNeed) {
  model.options.setSize("embed_dim", model.options.getSize("hidden_size"));
  fill();
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
  EXPECT_TRUE(collect<DenseOp>(module->lookupSymbol<mlir::func::FuncOp>("window")).empty());
}

TEST_F(ImportTest, LayerNormFlavor) {
  model.options.setChoice("layer_norm", "axon-0.8.0");
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  auto window = module->lookupSymbol<mlir::func::FuncOp>("window");
  EXPECT_EQ(LayerNormFlavor::Axon080, collect<LayerNormOp>(window)[0].getFlavor());
  for (BlockOp block : collect<BlockOp>(window))
    EXPECT_EQ(LayerNormFlavor::Axon080, block.getLayerNorm());
  EXPECT_EQ(1.0e-5f, collect<LayerNormOp>(window)[0].getEpsilon().convertToFloat());
}

TEST_F(ImportTest, WeightsAreResources) {
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  size_t count = 0;
  for (auto weight : module->getOps<WeightOp>()) {
    ASSERT_LT(count, model.weights.size());
    const Weight &expected = model.weights[count++];
    EXPECT_EQ(expected.name, weight.getSymName());
    auto type = mlir::cast<mlir::RankedTensorType>(weight.getType());
    EXPECT_EQ(llvm::ArrayRef<int64_t>(expected.shape), type.getShape());
    auto value = mlir::dyn_cast<mlir::DenseF32ResourceElementsAttr>(mlir::Attribute(weight.getValue()));
    ASSERT_TRUE(value);
    EXPECT_EQ(expected.name, value.getRawHandle().getKey());
    EXPECT_EQ(llvm::ArrayRef<float>(expected.values), *value.tryGetAsArrayRef());
    EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(value.tryGetAsArrayRef()->data()) % 64);
  }
  EXPECT_EQ(model.weights.size(), count);
}

TEST_F(ImportTest, TwoModelsInOneContext) {
  mlir::OwningOpRef<mlir::ModuleOp> first = importModel(context, model);
  std::vector<float> values = model.weights[0].values;
  model.weights[0].values[0] += 1;
  mlir::OwningOpRef<mlir::ModuleOp> second = importModel(context, model);
  auto get = [](mlir::ModuleOp module) {
    return mlir::cast<mlir::DenseF32ResourceElementsAttr>(
               mlir::Attribute((*module.getOps<WeightOp>().begin()).getValue()))
        .tryGetAsArrayRef()
        ->front();
  };
  EXPECT_EQ(values[0], get(*first));
  EXPECT_EQ(model.weights[0].values[0], get(*second));
}

TEST_F(ImportTest, SurvivesText) {
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  std::string text = toString(*module);
  mlir::MLIRContext other(mlir::MLIRContext::Threading::DISABLED);
  other.loadDialect<SSTDialect, mlir::func::FuncDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> parsed = mlir::parseSourceString<mlir::ModuleOp>(text, &other);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*parsed)));
  EXPECT_EQ(text, toString(*parsed));
}

TEST_F(ImportTest, OptionsReadBack) {
  model.options.setChoice("layer_norm", "axon-0.8.0");
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  mlir::FailureOr<OptionValues> options = readModelOptions(*module, getFamilies());
  ASSERT_TRUE(mlir::succeeded(options));
  EXPECT_EQ(model.options, *options);
}

TEST_F(ImportTest, OptionsThatCannotBeReadBack) {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) { message = diagnostic.str(); });
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  auto expectMessage = [&](const std::string &name, mlir::Attribute value, const std::string &expected) {
    auto good = (*module)->getAttrOfType<mlir::DictionaryAttr>("sst.options");
    mlir::NamedAttrList list(good);
    if (value)
      list.set(name, value);
    else
      list.erase(name);
    (*module)->setAttr("sst.options", list.getDictionary(&context));
    message.clear();
    EXPECT_TRUE(mlir::failed(readModelOptions(*module, getFamilies())));
    EXPECT_EQ(expected, message);
    (*module)->setAttr("sst.options", good);
  };
  mlir::Builder builder(&context);
  expectMessage("num_heads", {}, "expects a valid 'num_heads' in 'sst.options', but there is none");
  expectMessage("num_heads", builder.getI64IntegerAttr(0),
                "expects a valid 'num_heads' in 'sst.options', but got 0 : i64");
  expectMessage("num_heads", builder.getI32IntegerAttr(1),
                "expects a valid 'num_heads' in 'sst.options', but got 1 : i32");
  expectMessage("dropout", builder.getF64FloatAttr(1),
                "expects a valid 'dropout' in 'sst.options', but got 1.000000e+00 : f64");
  expectMessage("layer_norm", builder.getStringAttr("x"),
                "expects a valid 'layer_norm' in 'sst.options', but got \"x\"");
  (*module)->removeAttr("sst.options");
  EXPECT_TRUE(mlir::failed(readModelOptions(*module, getFamilies())));
  EXPECT_EQ("expects a dictionary 'sst.options', but there is none", message);
}
