//===- ExpandMath.cpp - math functions as polynomials -----------------------------------------------------------===//
//
// The compiler's own exp, log and erf for f32, made of IEEE additions, multiplications, fused multiply-adds and integer
// operations, so that every CPU gives the same bits and an object needs no math library. Coefficients are weighted
// minimax fits in float64, rounded to f32; the error bounds in ConversionPasses.td were measured over 400,000 to
// 4,000,000 arguments.
//
// Several vectors may be expanded together, as a vector of vectors. It is taken apart here, so that the steps of their
// polynomials alternate.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace sst {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;

namespace {

/// Builds f32 and i32 expressions of one shape (scalar or vector).
class Expression {
public:
  Expression(OpBuilder &builder, Location loc, Type type) : b(loc, builder), floatType(type) {
    intType = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      intType = vector.clone(intType);
  }

  Value constant(float value) { return splat(floatType, b.getF32FloatAttr(value)); }
  Value constantInt(int32_t value) { return splat(intType, b.getI32IntegerAttr(value)); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, x, y, z); }
  Value addInt(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value subInt(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value bits(Value x) { return arith::BitcastOp::create(b, intType, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, floatType, x); }
  Value shiftLeft(Value x, int32_t by) { return arith::ShLIOp::create(b, x, constantInt(by)); }
  Value shiftRight(Value x, int32_t by) { return arith::ShRSIOp::create(b, x, constantInt(by)); }
  Value toFloat(Value x) { return arith::SIToFPOp::create(b, floatType, x); }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value copySign(Value magnitude, Value sign) { return math::CopySignOp::create(b, magnitude, sign); }
  /// `x pred y ? a : b`.
  Value select(arith::CmpFPredicate pred, Value x, Value y, Value ifTrue, Value ifFalse) {
    return arith::SelectOp::create(b, arith::CmpFOp::create(b, pred, x, y), ifTrue, ifFalse);
  }
  /// Horner's rule from the highest coefficient, which comes last.
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value result = constant(coefficients.back());
    for (float coefficient : llvm::reverse(coefficients.drop_back()))
      result = fma(result, x, constant(coefficient));
    return result;
  }

private:
  Value splat(Type type, TypedAttr value) {
    if (auto vector = dyn_cast<VectorType>(type))
      value = SplatElementsAttr::get(vector, Attribute(value));
    return arith::ConstantOp::create(b, value);
  }

  ImplicitLocOpBuilder b;
  Type floatType, intType;
};

// ln 2 in two parts; the products of the first with small integers are exact.
constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.12194440e-4f;
// 1.5 * 2^23: adding it rounds to an integer, which then sits in the low bits.
constexpr float kRoundMagic = 12582912.0f;

/// exp(x) = 2^n * exp(r) with n = round(x / ln 2). The polynomial computes 2 * exp(r) and is scaled by 2^(n-1), so that
/// n = 128 overflows where exp does and every other scale is a normal number. exp(0) is exactly 1.
Value expandExp(Expression &e, Value x) {
  Value high = e.constant(89.0f), low = e.constant(-86.6f);
  x = e.select(arith::CmpFPredicate::OGT, x, high, high, x);
  x = e.select(arith::CmpFPredicate::OLT, x, low, low, x);
  Value magic = e.constant(kRoundMagic);
  Value shifted = e.fma(x, e.constant(1.44269504f), magic);
  Value n = e.sub(shifted, magic);
  Value r = e.fma(n, e.constant(-kLn2High), x);
  r = e.fma(n, e.constant(-kLn2Low), r);
  Value p = e.polynomial(r, {2.0f, 2.0f, 0.9999998807907104f, 0.3333303928375244f, 0.08333678543567657f,
                             0.01673756167292595f, 0.002762892981991172f});
  Value exponent = e.addInt(e.subInt(e.bits(shifted), e.bits(magic)), e.constantInt(126));
  return e.mul(p, e.fromBits(e.shiftLeft(exponent, 23)));
}

/// log(x) = e * ln 2 + log(1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
Value expandLog(Expression &e, Value x) {
  Value smallest = e.constant(1.17549435e-38f);
  Value y = e.select(arith::CmpFPredicate::OLT, x, smallest, smallest, x);
  Value raw = e.bits(y);
  Value exponent = e.shiftRight(e.subInt(raw, e.bits(e.constant(0.70710678f))), 23);
  Value mantissa = e.fromBits(e.subInt(raw, e.shiftLeft(exponent, 23)));
  Value n = e.toFloat(exponent);
  Value f = e.sub(mantissa, e.constant(1.0f));
  Value z = e.mul(f, f);
  Value p = e.polynomial(f, {0.3333330750465393f, -0.24999985098838806f, 0.20002387464046478f, -0.16669447720050812f,
                             0.1421528458595276f, -0.12378770858049393f, 0.1189412772655487f, -0.11832933127880096f,
                             0.06917822360992432f});
  Value result = e.fma(e.mul(f, z), p, e.mul(n, e.constant(kLn2Low)));
  result = e.fma(z, e.constant(-0.5f), result);
  result = e.add(f, result);
  result = e.fma(n, e.constant(kLn2High), result);
  // Infinity and NaN are their own logarithms; zero and negative numbers have none.
  Value infinity = e.constant(std::numeric_limits<float>::infinity());
  Value zero = e.constant(0.0f);
  result = e.select(arith::CmpFPredicate::OLT, x, infinity, result, x);
  Value outside = e.select(arith::CmpFPredicate::OLT, x, zero, e.constant(std::numeric_limits<float>::quiet_NaN()),
                           e.constant(-std::numeric_limits<float>::infinity()));
  return e.select(arith::CmpFPredicate::OLE, x, zero, outside, result);
}

/// erf(x) = x * P(x^2) up to 3.925, where it is within half an ulp of 1.
Value expandErf(Expression &e, Value x) {
  constexpr float limit = 3.925f;
  Value bound = e.constant(limit);
  Value magnitude = e.abs(x);
  Value clamped = e.copySign(e.select(arith::CmpFPredicate::OGT, magnitude, bound, bound, magnitude), x);
  Value u = e.fma(e.mul(clamped, clamped), e.constant(2.0f / (limit * limit)), e.constant(-1.0f));
  Value p = e.polynomial(u, {0.36027792096138f, -0.17988425493240356f, 0.13393288850784302f, -0.10908912122249603f,
                             0.0905819907784462f, -0.07408338785171509f, 0.05847762152552605f, -0.043525759130716324f,
                             0.029962826520204544f, -0.020325252786278725f, 0.01416068710386753f,
                             -0.007460444699972868f, 0.0020933535415679216f, -0.0016387292416766286f,
                             0.0020907248836010695f, -0.0007940251962281764f});
  return e.select(arith::CmpFPredicate::OGE, magnitude, bound, e.copySign(e.constant(1.0f), x), e.mul(clamped, p));
}

/// Rewrites one math op on f32 (scalar or static vector) with `expand`.
template <typename OpTy, Value (*expand)(Expression &, Value)>
struct Expand final : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    auto vector = dyn_cast<VectorType>(type);
    if (!getElementTypeOrSelf(type).isF32() || (vector && vector.isScalable()))
      return rewriter.notifyMatchFailure(op, "not f32 of a fixed size");
    Expression expression(rewriter, op.getLoc(), type);
    rewriter.replaceOp(op, expand(expression, op.getOperand()));
    return success();
  }
};

/// Most vectors that are taken apart: kernels put a few together, text may say any number.
constexpr int64_t kMaxTogether = 64;

/// Makes of operations on vectors of vectors operations on vectors: each at its place, one for each of them, so what
/// does not depend on each other alternates. What it does not know stays as it is.
class Separation {
public:
  void run(Operation *root) {
    root->walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
    for (Operation *op : llvm::reverse(separated))
      if (op->use_empty())
        op->erase();
  }

private:
  void visit(Operation *op) {
    if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
      auto found = parts.find(extract.getSource());
      std::optional<int64_t> position = getPosition(extract);
      if (found != parts.end() && position) {
        extract.replaceAllUsesWith(found->second[*position]);
        separated.push_back(op);
      }
      return;
    }
    auto type = op->getNumResults() == 1 ? dyn_cast<VectorType>(op->getResult(0).getType()) : VectorType();
    if (!type || type.getRank() != 2 || type.isScalable() || type.getDimSize(0) > kMaxTogether)
      return;
    SmallVector<Value> values = separate(op, type);
    if (values.empty())
      return;
    parts[op->getResult(0)] = values;
    separated.push_back(op);
  }

  /// Which vector of a vector of vectors is inserted or extracted, if it is one and a constant one.
  template <typename OpTy>
  static std::optional<int64_t> getPosition(OpTy op) {
    ArrayRef<int64_t> position = op.getStaticPosition();
    bool isKnown = position.size() == 1 && !op.hasDynamicPosition() && position[0] >= 0;
    return isKnown ? std::optional(position[0]) : std::nullopt;
  }

  /// The vectors that the result of `op` consists of, or nothing.
  SmallVector<Value> separate(Operation *op, VectorType type) {
    OpBuilder b(op);
    int64_t count = type.getDimSize(0);
    VectorType partType = VectorType::get(type.getDimSize(1), type.getElementType());
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
      if (!splat)
        return {};
      auto value = SplatElementsAttr::get(partType, splat.getSplatValue<Attribute>());
      return SmallVector<Value>(count, arith::ConstantOp::create(b, op->getLoc(), value));
    }
    if (auto insert = dyn_cast<vector::InsertOp>(op)) {
      auto found = parts.find(insert.getDest());
      std::optional<int64_t> position = getPosition(insert);
      if (found == parts.end() || !position)
        return {};
      SmallVector<Value> values = found->second;
      values[*position] = insert.getValueToStore();
      return values;
    }
    bool isKnown = op->hasTrait<OpTrait::Elementwise>() &&
                   llvm::all_of(op->getOperands(), [&](Value operand) { return parts.contains(operand); });
    if (!isKnown)
      return {};
    SmallVector<Value> values;
    for (int64_t i = 0; i < count; ++i) {
      IRMapping mapping;
      for (Value operand : op->getOperands())
        mapping.map(operand, parts[operand][i]);
      values.push_back(b.clone(*op, mapping)->getResult(0));
      values.back().setType(partType);
    }
    return values;
  }

  DenseMap<Value, SmallVector<Value>> parts;
  SmallVector<Operation *> separated;
};

struct ExpandMathPass final : sst::impl::ExpandMathPassBase<ExpandMathPass> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<Expand<math::ExpOp, expandExp>, Expand<math::LogOp, expandLog>, Expand<math::ErfOp, expandErf>>(
        &getContext());
    // No expansion contains another function, so one walk is enough.
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    bool failed = false;
    getOperation()->walk([&](Operation *op) {
      if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
          isa<math::FmaOp, math::SqrtOp, math::AbsFOp, math::CopySignOp>(op))
        return;
      failed = true;
      op->emitError("expects only math.exp, math.log and math.erf on f32, but got '")
          << op->getName() << "' on " << op->getResult(0).getType()
          << "; write it in terms of these, or of arith operations";
    });
    if (failed)
      signalPassFailure();
    else
      Separation().run(getOperation());
  }
};

} // namespace
