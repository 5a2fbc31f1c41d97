//===- PathBuilder.h - what composites decompose into -------------------------------------------------*- C++ -*-===//
//
// The paths of a block, each a formula of its own over rows that are normed already, and the layers that they consist
// of. Private to the dialect library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_LIB_PATHBUILDER_H
#define SST_DIALECT_LIB_PATHBUILDER_H

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Builders.h"

namespace sst {

/// What a path computes: rows, and its final states; null where nobody asked for them.
struct PathResults {
  mlir::Value output;
  llvm::SmallVector<mlir::Value, 2> states;
};

/// Creates ops at the insertion point of a builder, in the order of the formula. The weights of layer `p` are called
/// `<prefix>_p.kernel` and so on; the location of an op is `"<prefix>_<name>"` inside that of the composite.
class PathBuilder {
public:
  PathBuilder(mlir::OpBuilder &builder, mlir::SymbolTableCollection &symbolTables, mlir::Operation *composite,
              llvm::StringRef prefix, LayerNormFlavor flavor)
      : builder(builder), symbolTables(symbolTables), composite(composite), prefix(prefix), flavor(flavor) {}

  /// in-projection to x and z, convolution and SiLU of x, the moving average over it gated by z, out-projection to
  /// `outputSize`. States: rows of x, the average. `initial` and `final` hold nulls for what there is not.
  PathResults emaPath(mlir::Value normed, int64_t outputSize, int64_t innerSize, int64_t stateSize,
                      llvm::ArrayRef<mlir::Value> initial, llvm::ArrayRef<mlir::Type> final);
  /// Queries, keys, values, attention, out-projection to `outputSize`. States: keys, values.
  PathResults attentionPath(mlir::Value normed, int64_t outputSize, int64_t numHeads, int64_t headDim,
                            mlir::IntegerAttr window, llvm::ArrayRef<mlir::Value> initial,
                            llvm::ArrayRef<mlir::Type> final);
  /// Norm, up-projection to four times the channels, GELU, down-projection.
  mlir::Value feedForward(mlir::Value input);

  mlir::Location locate(llvm::StringRef name);
  /// Projection of `input` by the weights of `layer` to one result per entry of `widths`.
  DenseOp dense(mlir::Value input, llvm::StringRef layer, llvm::ArrayRef<int64_t> widths, llvm::StringRef name);
  mlir::Value activation(Activation kind, mlir::Value input, llvm::StringRef name);
  mlir::Value layerNorm(mlir::Value input, llvm::StringRef layer);

private:
  /// The value of weight `<prefix>_<name>`, which a verifier has seen.
  mlir::Value weight(const llvm::Twine &name, mlir::Location loc);

  mlir::OpBuilder &builder;
  mlir::SymbolTableCollection &symbolTables;
  mlir::Operation *composite;
  llvm::StringRef prefix;
  LayerNormFlavor flavor;
};

} // namespace sst

#endif // SST_DIALECT_LIB_PATHBUILDER_H
