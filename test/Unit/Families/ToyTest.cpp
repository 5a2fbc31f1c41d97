//===- ToyTest.cpp - a family is one file and one line ----------------------------------------------------------===//
//
// A family that SST does not know goes through everything that front end and driver do, by way of the table alone.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Frontend/TestModel.h"

#include "sst/Compiler/Compile.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include "llvm/Support/raw_ostream.h"

#include <fstream>
#include <iterator>

using namespace sst;
using namespace sst_test;

namespace sst_test {
const Family &getToy();
} // namespace sst_test

/// SST's families and one more.
static FamilyTable getTable() {
  static const std::vector<const Family *> table = [] {
    std::vector<const Family *> families = getFamilies();
    families.push_back(&getToy());
    return families;
  }();
  return table;
}

static OptionValues makeToyOptions() {
  OptionValues options(getToy());
  options.setSize("width", 4);
  options.setSize("depth", 3);
  options.setSize("taps", 2);
  return options;
}

static FrontendOptions makeFileOptions(const Folder &folder, const TestModel &model) {
  FrontendOptions options(getTable());
  options.inputFile = model.write(folder);
  return options;
}

static std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

static const std::string error = "sst-compile: error: m.safetensors: ";

TEST(Toy, ShapesGiveTheOptions) {
  Folder folder;
  TestModel file(makeToyOptions());
  file.metadata.clear();
  Report report;
  std::optional<Model> model = loadModel(makeFileOptions(folder, file), report);
  EXPECT_EQ("", report.str());
  ASSERT_TRUE(model);
  EXPECT_EQ(&getToy(), &model->options.getFamily());
  EXPECT_EQ(makeToyOptions(), model->options);
  EXPECT_EQ(5, model->stream.maxRows);
  std::vector<Weight> expected = makeRandomWeights(makeToyOptions(), 1);
  ASSERT_EQ(expected.size(), model->weights.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i].name, model->weights[i].name);
    EXPECT_EQ(expected[i].shape, model->weights[i].shape);
  }
}

TEST(Toy, WrongShapeIsReported) {
  Folder folder;
  TestModel file(makeToyOptions());
  file.reshape("toy.layers.1.w", {4, 5});
  EXPECT_EQ(error + "tensor 'toy.layers.1.w': expects shape [4, 4], but got [4, 5]; export the model again, or correct "
                    "the options\n",
            getReport(folder, makeFileOptions(folder, file)));
}

TEST(Toy, OptionsAreComparedWithShapes) {
  Folder folder;
  TestModel file(makeToyOptions());
  file.metadata["taps"] = "7";
  EXPECT_EQ(error + "option 'taps' (taps = 7 in the metadata): expects tensor 'toy.layers.0.conv' of shape [7, 1, 4], "
                    "but got [2, 1, 4]; state 2, or give the weights that belong to these options\n",
            getReport(folder, makeFileOptions(folder, file)));
}

TEST(Toy, LayersCountFromZero) {
  Folder folder;
  TestModel file(makeToyOptions());
  file.metadata["depth"] = "4";
  EXPECT_EQ(error + "option 'depth' (depth = 4 in the metadata): expects blocks 0 to 3, but the file has tensors of "
                    "blocks 0, 1, 2; block 3 is missing: give all of the model, of a checkpoint in shards its index, "
                    "or the weights that belong to these options\n",
            getReport(folder, makeFileOptions(folder, file)));
}

TEST(Toy, NamesOfTensorsTellTheFamily) {
  Folder folder;
  FrontendOptions options(getTable());
  options.inputFile = TestModel().write(folder);
  Report report;
  std::optional<Model> model = loadModel(options, report);
  EXPECT_EQ("", report.str());
  ASSERT_TRUE(model);
  EXPECT_EQ("edifice", model->options.getFamily().getName());
  options.family = "toy";
  EXPECT_EQ(0u, getReport(folder, options).find(error + "expects tensors named like 'toy.layers.0.w', but has none"));
  options.family = "toys";
  EXPECT_EQ("sst-compile: error: command line: --family: expects edifice or toy, but got 'toys'\n",
            getReport(folder, options));
}

TEST(Toy, FlagsOfAnotherFamily) {
  Folder folder;
  FrontendOptions options(getTable());
  options.randomWeights = "1";
  options.family = "toy";
  options.flags = {{"width", "4"}, {"embed_dim", "4"}};
  EXPECT_EQ("sst-compile: error: command line: --embed-dim: is no option of family 'toy'; leave it out\n",
            getReport(folder, options));
}

TEST(Toy, TypesFollowFromBuilding) {
  Model model;
  model.name = "net";
  model.options = makeToyOptions();
  model.weights = makeRandomWeights(model.options, 1);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, model);
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
  auto toString = [&](const char *name) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->lookupSymbol<mlir::func::FuncOp>(name).getFunctionType().print(stream);
    return text;
  };
  EXPECT_EQ("(tensor<?x?x4xf32>) -> tensor<?x1x4xf32>", toString("window"));
  EXPECT_EQ("(tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>) -> "
            "(tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>)",
            toString("step"));
  mlir::FailureOr<OptionValues> options = readModelOptions(*module, getTable());
  ASSERT_TRUE(mlir::succeeded(options));
  EXPECT_EQ(model.options, *options);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) { message = diagnostic.str(); });
  EXPECT_TRUE(mlir::failed(readModelOptions(*module, getFamilies())));
  EXPECT_EQ("expects 'sst.family' to be \"edifice\", but got \"toy\"", message);
}

/// Compiles with the arguments and expects no problem.
static void compileToy(std::vector<const char *> arguments) {
  Report report;
  CompileOptions options = parseCommandLine(arguments, report, getTable());
  EXPECT_EQ("", report.str());
  EXPECT_EQ(ExitCode::Done, compileGuarded(options, report));
  EXPECT_EQ("", report.str());
}

TEST(Toy, CompilesAndResumes) {
  Folder folder;
  std::string object = folder.file("toy.o"), module = folder.file("toy.mlir"), resumed = folder.file("resumed.o");
  std::vector<const char *> flags = {"--random-weights=1", "--family=toy", "--width=4", "--name=toy", "-o"};
  flags.push_back(object.c_str());
  compileToy(flags);
  std::string header = readFile(folder.file("toy.h"));
  for (const char *line :
       {"#define TOY_WIDTH 4\n", "#define TOY_DEPTH 2\n", "#define TOY_ROWS 5\n", "float input[ROWS * TOY_WIDTH]"})
    EXPECT_NE(std::string::npos, header.find(line)) << line;
  EXPECT_NE(std::string::npos, readFile(folder.file("toy.json")).find("\"taps\": 3"));
  flags.back() = module.c_str();
  compileToy(flags);
  EXPECT_NE(std::string::npos, readFile(module).find("sst.family = \"toy\""));
  compileToy({module.c_str(), "-o", resumed.c_str()});
  EXPECT_EQ(readFile(object), readFile(resumed));
}

TEST(Toy, Help) {
  std::string text = getHelpText(getTable());
  for (const char *line :
       {"\nOptions of toy, over --options=FILE, over the weights file:\n", "  --width=N                channels of",
        "  --depth=2                layers\n", "  --family=NAME            edifice, toy (default: what the names"})
    EXPECT_NE(std::string::npos, text.find(line)) << line;
  EXPECT_EQ(std::string::npos, getHelpText().find("family"));
}
