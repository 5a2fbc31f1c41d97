//===- PointersToLLVM.cpp - memory of unknown length as pointers ------------------------------------------------===//
//
// MLIR describes memory by two pointers, an offset, sizes and strides, all of which memref.view fills in. Of memory of
// kUnknownLength only the pointer is set; the rest was half of the ops that phases became. Kernels and phases pass
// pointers, load and store, and the type says all that this needs. Code that casts such memory to a type with dynamic
// sizes, or passes it to a function without `llvm.bareptr`, would see sizes that are not set.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Signature.h"

#include "sst/Compiler/PointersToLLVM.h"

#include "mlir/Conversion/ConvertToLLVM/ToLLVMInterface.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace sst;

namespace {
/// An op whose result is memory of unknown length at a pointer.
template <typename OpTy>
struct ConvertPointer : ConvertOpToLLVMPattern<OpTy> {
  // Before MLIR's own pattern.
  explicit ConvertPointer(const LLVMTypeConverter &converter) : ConvertOpToLLVMPattern<OpTy>(converter, 2) {}

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getType();
    if (!type.hasStaticShape() || type.getDimSize(0) != kUnknownLength || !type.getLayout().isIdentity() ||
        !isa<MemRefType>(op.getSource().getType()))
      return failure();
    Location loc = op.getLoc();
    Value pointer = MemRefDescriptor(adaptor.getSource()).alignedPtr(rewriter, loc);
    if constexpr (std::is_same_v<OpTy, memref::ViewOp>)
      pointer =
          LLVM::GEPOp::create(rewriter, loc, pointer.getType(), rewriter.getI8Type(), pointer, adaptor.getByteShift());
    auto descriptor = MemRefDescriptor::poison(rewriter, loc, this->typeConverter->convertType(type));
    descriptor.setAlignedPtr(rewriter, loc, pointer);
    rewriter.replaceOp(op, {descriptor});
    return success();
  }
};

struct PointerInterface : ConvertToLLVMPatternInterface {
  using ConvertToLLVMPatternInterface::ConvertToLLVMPatternInterface;
  void populateConvertToLLVMConversionPatterns(ConversionTarget &, LLVMTypeConverter &converter,
                                               RewritePatternSet &patterns) const override {
    patterns.add<ConvertPointer<memref::ViewOp>, ConvertPointer<memref::ReinterpretCastOp>>(converter);
  }
};
} // namespace

void sst::registerPointersToLLVM(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, SSTDialect *dialect) { dialect->addInterfaces<PointerInterface>(); });
}
