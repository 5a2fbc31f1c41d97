//===- CheckModuleSize.cpp - memory that a module may ask for ---------------------------------------------------===//
//
// A few letters of a type can stand for any number of values. Tensors and memory are only described by them, but
// vectors, aggregates that are passed by value, initialised globals and splats are spelled out on the way to an object.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/ExpansionBudget.h"
#include "sst/Compiler/Nesting.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace sst;

/// Scalars of a vector or aggregate that is a value; kernels have some hundred.
static constexpr uint64_t maxScalars = 4096;
/// More bytes than any scalar has.
static constexpr uint64_t bytesPerScalar = 16;

namespace {
/// Measures types, each once: aliases let one appear any number of times in another.
class TypeMeasure {
public:
  /// The scalars of which a value of `type` consists. Nesting has been bounded before.
  uint64_t countScalars(Type type);

private:
  uint64_t compute(Type type);
  llvm::DenseMap<Type, uint64_t> known;
};
} // namespace

uint64_t TypeMeasure::countScalars(Type type) {
  if (!isa<LLVM::LLVMArrayType, LLVM::LLVMStructType, VectorType>(type))
    return 1;
  // A type that contains itself has no end.
  auto [found, isNew] = known.try_emplace(type, std::numeric_limits<uint64_t>::max());
  if (!isNew)
    return found->second;
  uint64_t count = compute(type);
  return known[type] = count;
}

static uint64_t multiply(uint64_t count, ArrayRef<int64_t> sizes) {
  for (int64_t size : sizes)
    count = llvm::SaturatingMultiply(count, static_cast<uint64_t>(size));
  return count;
}

uint64_t TypeMeasure::compute(Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return multiply(1, vector.getShape());
  if (auto array = dyn_cast<LLVM::LLVMArrayType>(type))
    return llvm::SaturatingMultiply<uint64_t>(array.getNumElements(), countScalars(array.getElementType()));
  auto structure = cast<LLVM::LLVMStructType>(type);
  uint64_t count = 0;
  for (Type member : structure.isOpaque() ? ArrayRef<Type>() : structure.getBody())
    count = llvm::SaturatingAdd(count, countScalars(member));
  return count;
}

/// Whether `op` is all that a global starts with: zeros take no bytes, whatever their number.
static bool isZeroOfGlobal(Operation &op) {
  return isa<LLVM::ZeroOp>(op) && isa<LLVM::GlobalOp>(op.getParentOp()) && op.getNextNode() &&
         isa<LLVM::ReturnOp>(op.getNextNode()) && op.getBlock()->getOperations().size() == 2;
}

/// The bytes of data that `op` defines.
static uint64_t countGlobalBytes(Operation *op, TypeMeasure &measure) {
  if (auto global = dyn_cast<LLVM::GlobalOp>(op);
      global && global.getInitializerBlock() && isZeroOfGlobal(global.getInitializerBlock()->front()))
    return 0;
  if (auto global = dyn_cast<LLVM::GlobalOp>(op))
    return llvm::SaturatingMultiply(measure.countScalars(global.getGlobalType()), bytesPerScalar);
  auto global = dyn_cast<memref::GlobalOp>(op);
  return global && !global.isExternal() ? multiply(bytesPerScalar, global.getType().getShape()) : 0;
}

static LogicalResult checkValue(Operation *op, Type type, TypeMeasure &measure) {
  if (measure.countScalars(type) <= maxScalars)
    return success();
  return op->emitOpError("has a value of type ")
         << type << ", but expects vectors and aggregates of at most " << maxScalars << " scalars; keep more in memory";
}

/// Checks the values that `op` and the blocks in it define.
static LogicalResult checkValues(Operation *op, TypeMeasure &measure) {
  if (isZeroOfGlobal(*op))
    return success();
  for (Type type : op->getResultTypes())
    if (failed(checkValue(op, type, measure)))
      return failure();
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Type type : block.getArgumentTypes())
        if (failed(checkValue(op, type, measure)))
          return failure();
  return success();
}

LogicalResult sst::checkModuleSize(ModuleOp module) {
  ExpansionBudget budget;
  TypeMeasure measure;
  if (failed(budget.chargeSplats(module)))
    return failure();
  WalkResult result = module->walk([&](Operation *op) {
    if (isa<ModuleOp>(op) && op != module.getOperation())
      return WalkResult(op->emitOpError("is inside of another module, where nothing can use it; expects one module: "
                                        "take it out"));
    if (failed(budget.charge(op, countGlobalBytes(op, measure))) || failed(checkValues(op, measure)))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
