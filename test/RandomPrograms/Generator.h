//===- Generator.h - random programs that the verifier accepts ---------------------------------------------*- C++
//-*-===//
//
// Two kinds. A module of any functions is made for passes and the interpreter: static and dynamic sizes, states in any
// place, weights as arguments, calls. A module of a model has the functions that sst-compile asks for, either with
// bodies of their own, or with one body in five versions, of which streams are made.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_RANDOMPROGRAMS_GENERATOR_H
#define SST_TEST_RANDOMPROGRAMS_GENERATOR_H

#include "Random.h"

#include "sst/Compiler/Options.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>
#include <vector>

namespace sst {

/// A function of a program.
struct RandomFunction {
  std::string name;
  /// Rows of each argument and result when the program is run; kTimeRows for as many as the caller likes.
  std::vector<int64_t> argumentRows, resultRows;
  llvm::SmallVector<mlir::Type> argumentTypes, resultTypes;
  /// The shapes to run it with, one per argument.
  std::vector<llvm::SmallVector<int64_t>> inputShapes;
};

struct RandomProgram {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<RandomFunction> functions;
  /// Of a model only.
  bool hasStreams = false;
  /// Sequences and rows to run it with.
  int64_t batch = 1, rows = 1;
};

/// The module of this seed; the same on every machine. The context must have the dialects loaded.
RandomProgram generateModule(mlir::MLIRContext &context, uint64_t seed);
/// The same for a model that can be compiled.
RandomProgram generateModel(mlir::MLIRContext &context, uint64_t seed);

/// Rows of a value whose number the caller chooses.
inline constexpr int64_t kTimeRows = -1;

/// Puts a module together. A value knows how many rows it has at run time, so that ops only get what fits, whatever
/// the types spell out.
class ProgramBuilder {
public:
  ProgramBuilder(mlir::MLIRContext &context, uint64_t seed);
  virtual ~ProgramBuilder() = default;

protected:
  struct Rows {
    mlir::Value value;
    int64_t rows;
  };
  using Filter = llvm::function_ref<bool(const Rows &)>;
  static bool anyRows(const Rows &) { return true; }

  // Types and values.
  static int64_t batchOf(mlir::Value value);
  static int64_t rowsOf(mlir::Value value);
  static int64_t channelsOf(mlir::Value value);
  /// Whether the types of both have the same batch and rows.
  static bool fits(mlir::Value a, mlir::Value b);
  mlir::RankedTensorType type(llvm::ArrayRef<int64_t> shape);
  mlir::RankedTensorType withChannels(mlir::Value rows, int64_t channels);
  int64_t spellBatch();
  int64_t size() { return random.pick(llvm::ArrayRef(sizes)); }
  int64_t divisor(int64_t number);
  Activation activation();

  std::optional<Rows> pick(Filter filter);
  Rows pickAny();
  /// Of the same type and rows.
  Rows pickSame(const Rows &other);
  std::optional<mlir::Value> pickState(int64_t batch, int64_t channels);
  Rows add(mlir::Value value, int64_t rows);
  void hide(mlir::Value value);
  mlir::Value addArgument(mlir::RankedTensorType type, int64_t rows);

  // Weights.
  mlir::Value weight(llvm::ArrayRef<int64_t> shape);
  mlir::Value getWeight(llvm::StringRef symbol);
  std::string chooseWeight(llvm::ArrayRef<int64_t> shape);
  std::string declareWeight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape);
  std::string weightName();
  std::vector<float> weightValues(llvm::ArrayRef<int64_t> shape);

  // Ops (GenerateOps.cpp).
  void addOp();
  void addOps(int64_t count);
  Rows dense(const Rows &input, int64_t channels);
  void addDense();
  void addEpilogue(const Rows &input);
  void addLayerNorm();
  void addActivation();
  void addLastRow();
  void addConv();
  void addScan();
  void addAttention();
  void addFusion();
  void addArith();
  void addConstant();
  void addBlock();
  void addCall();
  void declareBlockWeights(BlockOp block);

  // Shapes that passes look for (GeneratePatterns.cpp).
  void addPattern();
  void addRowLocalOp();
  void addProjections();
  void addScaledAttention();
  void addGatedBranches();
  void addGatedScan();
  void addResidual();
  void addSplitLastRow();
  Rows lastRow(mlir::Value value);
  void addLastRows();
  void addLastRowsOfUsers();

  void beginFunction(llvm::StringRef name, bool isPrivate);
  void endFunction(llvm::ArrayRef<mlir::Value> results, llvm::ArrayRef<int64_t> resultRows);

  /// What a body is made of, and, apart, what weights are: so that a body can be replayed with the same weights.
  Random random, weightRandom;
  mlir::OpBuilder builder, weightBuilder;
  mlir::Location loc;
  RandomProgram program;
  /// Channels that this module uses.
  llvm::SmallVector<int64_t> sizes;
  /// How many rows kTimeRows stand for here: so many, or kTimeRows itself.
  int64_t timeRows = kTimeRows;
  /// Probabilities: a size of an argument is static, a weight has been there before, an op has states, a weight is an
  /// argument.
  double isStatic = 0, isShared = 0.3, hasStates = 0, isArgument = 0;
  bool hasLastRows = true, hasCalls = false, isBF16 = false, areWeightsLast = false;
  std::optional<int64_t> attentionWindow;

  // The function at hand.
  mlir::func::FuncOp function;
  std::vector<Rows> values;
  std::vector<mlir::Value> states;
  std::vector<int64_t> argumentRows;
  llvm::StringMap<mlir::Value> gotten;

  struct Declared {
    std::string name;
    llvm::SmallVector<int64_t> shape;
  };
  std::vector<Declared> weights;
  /// The weights in the order in which bodies have used them, and how many of them the body at hand has used.
  std::vector<std::string> chosen;
  size_t replayed = 0;
  /// Prefixes of the weights of blocks, and the sizes they were made for.
  std::vector<std::pair<std::string, llvm::SmallVector<int64_t>>> blocks;
};

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_GENERATOR_H
