//===- ModelBuilder.h - the body of a function of a model ---------------------------------------------*- C++ -*-===//
//
// What a family builds its models with. The type of a function follows from what was built: every state that was asked
// for is an argument, and every value that was carried a result.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_MODELBUILDER_H
#define SST_COMPILER_MODELBUILDER_H

#include "sst/Compiler/Options.h"
#include "sst/Compiler/Streams.h"
#include "sst/Compiler/Weights.h"
#include "sst/Dialect/SSTDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/SmallVector.h"

namespace sst {

/// Builds one function. Ops go to the end of its body, in the order of the calls.
class ModelBuilder {
public:
  /// `name` is one of getFunctionNames(). `weights` are those of `options`.
  ModelBuilder(mlir::OpBuilder &builder, const OptionValues &options, const WeightTable &weights,
               const StreamOptions &stream, llvm::StringRef name);

  /// Has the family build the function, where the builder stands.
  mlir::func::FuncOp run();

  const OptionValues &getOptions() const { return options; }
  /// For ops that have no function below.
  mlir::OpBuilder &getBuilder() { return builder; }
  /// The name of a layer, as messages and profiles show it.
  mlir::Location getLocation(const llvm::Twine &layer) const;
  /// Rows that a row attends to; null for all up to itself.
  mlir::IntegerAttr getAttentionWindow() const;

  /// A weight by its name.
  mlir::Value weight(llvm::StringRef name);
  /// rows @ kernel + bias; `bias` may be null.
  mlir::Value dense(llvm::StringRef layer, mlir::Value rows, mlir::Value kernel, mlir::Value bias);
  mlir::Value layerNorm(llvm::StringRef layer, mlir::Value rows, mlir::Value gamma, mlir::Value beta,
                        LayerNormFlavor flavor, float epsilon);
  /// A value of float32 that a stream has carried here, with its batch as dimension 0; null in a function without
  /// states.
  mlir::Value state(llvm::ArrayRef<int64_t> shape);
  /// Carries a value on, as the next result. For each state one, in the same order; null in a function without states.
  void carry(mlir::Value value);

private:
  mlir::OpBuilder &builder;
  const OptionValues &options;
  const WeightTable &weights;
  const StreamOptions &stream;
  llvm::StringRef name;
  bool hasStates;
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> carried;
};

} // namespace sst

#endif // SST_COMPILER_MODELBUILDER_H
