//===- WeightUses.h - who uses which weight -------------------------------------------------------------*- C++ -*-===//
//
// Passes that rewrite weights need to know every use of them in the module, so that no value ends up stored twice.
// Private to this library.
//
//===--------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_TRANSFORMS_WEIGHTUSES_H
#define SST_COMPILER_LIB_TRANSFORMS_WEIGHTUSES_H

#include "sst/Compiler/WeightData.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <string>

namespace sst {

/// The parameters of a dense: its weight and, unless it has none, its bias.
struct DenseWeights {
  WeightOp weight;
  WeightOp bias;
};

/// All uses of the weights of a module, as they were at construction. Passes may add ops and weights, and move ops
/// within their block, while they use it, but not erase an sst.get_weight.
class WeightUses {
public:
  explicit WeightUses(mlir::ModuleOp module);

  /// The symbol table of the module; new weights are to be inserted.
  mlir::SymbolTable &getSymbolTable() { return symbolTable; }

  /// The weights of `dense`, or the reason why they cannot be rewritten: not results of sst.get_weight, or packed.
  llvm::FailureOr<DenseWeights> getWeights(DenseOp dense, std::string &reason) const;

  /// All dense ops with exactly these weights, in program order, or the reason why that does not cover all uses.
  llvm::FailureOr<llvm::SmallVector<DenseOp>> getUsers(DenseWeights weights, std::string &reason) const;

  /// The names of all weights that something uses.
  bool isUsed(mlir::StringAttr name) const { return byGetWeight.contains(name) || otherwise.contains(name); }

private:
  llvm::LogicalResult appendUsers(WeightOp weight, DenseWeights weights, llvm::SetVector<mlir::Operation *> &users,
                                  std::string &reason) const;
  WeightOp lookup(mlir::Value value) const;

  mlir::SymbolTable symbolTable;
  llvm::DenseMap<mlir::StringAttr, llvm::SmallVector<GetWeightOp, 2>> byGetWeight;
  /// Weights that a composite or an attribute names.
  llvm::DenseSet<mlir::StringAttr> otherwise;
  llvm::DenseMap<mlir::Operation *, unsigned> order;
};

/// The channels of each result of `dense`, in order.
llvm::SmallVector<int64_t> getResultWidths(DenseOp dense);

/// "a_q.kernel" and "_scaled" give "a_q_scaled.kernel".
std::string appendToStem(llvm::StringRef name, llvm::StringRef suffix);

/// "a_q.kernel" and "a_k.kernel" give "a_q_k.kernel": what they share is spelled once.
std::string joinNames(llvm::ArrayRef<llvm::StringRef> names);

/// Creates a weight behind `after`, called `name` or, if that is taken, a free name derived from it.
WeightOp insertWeight(mlir::SymbolTable &symbolTable, WeightOp after, llvm::StringRef name, mlir::RankedTensorType type,
                      std::vector<float> storage);

/// The value of `weight` at the insertion point.
mlir::Value getWeightValue(mlir::OpBuilder &builder, mlir::Location loc, WeightOp weight);

} // namespace sst

#endif // SST_COMPILER_LIB_TRANSFORMS_WEIGHTUSES_H
