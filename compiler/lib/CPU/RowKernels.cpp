//===- RowKernels.cpp - layer norm, elementwise ops, row selection ----------------------------------------------===//
//
// Kernels that take one row at a time. Sums over channels have 16 virtual lanes (lane = channel mod 16) and are added
// up by a fixed tree.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

#include <cmath>

using namespace mlir;
using namespace sst;

/// Bits of a float as hexadecimal digits, for kernel names.
static std::string hexBits(float value) { return llvm::utohexstr(llvm::bit_cast<uint32_t>(value), /*LowerCase=*/true); }

/// r = 1 / sqrt(variance + epsilon), or as Axon 0.8.0 has it.
static Value reciprocalDeviation(KernelBuilder &b, Value variance, LayerNormFlavor flavor, float epsilon) {
  Value one = b.scalar(1.0f), eps = b.scalar(epsilon);
  Value r = b.divF(one, math::SqrtOp::create(b, b.addF(variance, eps)));
  if (flavor == LayerNormFlavor::Axon081)
    return r;
  Value large = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, variance, eps);
  return arith::SelectOp::create(b, large, r, b.scalar(1.0f / std::sqrt(epsilon)));
}

func::FuncOp KernelLibrary::getLayerNorm(RowsType input, RowsType output, LayerNormFlavor flavor, float epsilon) {
  MLIRContext *context = getContext();
  std::string name = "layer_norm_" + input.text() + "_to_" + output.text() + "_eps" + hexBits(epsilon) + "_" +
                     stringifyLayerNormFlavor(flavor).str();
  int64_t channels = input.channels;
  Type parameter = getFlatMemRef(Float32Type::get(context));
  SmallVector<Type> arguments = {input.memref(context), parameter, parameter, output.memref(context),
                                 IndexType::get(context)};
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    Value x = args[0], gamma = args[1], beta = args[2], y = args[3];
    b.loop(b.index(0), args[4], 1, [&](Value row) {
      Value count = b.scalar(static_cast<float>(channels));
      Value sums = b.reduceVectors(channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
        Value lanes = b.keepLanes(b.loadRow(x, row, channel, valid, input.padded()), valid, 0.0f);
        return SmallVector<Value>{b.addF(carried[0], lanes)};
      })[0];
      Value mean = b.broadcast(b.divF(b.sumLanes(sums), count));
      Value squares = b.reduceVectors(channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
        Value centred = b.subF(b.loadRow(x, row, channel, valid, input.padded()), mean);
        centred = b.keepLanes(centred, valid, 0.0f);
        return SmallVector<Value>{b.fma(centred, centred, carried[0])};
      })[0];
      Value variance = b.divF(b.sumLanes(squares), count);
      Value r = b.broadcast(reciprocalDeviation(b, variance, flavor, epsilon));
      b.forEachVector(channels, [&](Value channel, int64_t valid) {
        Value centred = b.subF(b.loadRow(x, row, channel, valid, input.padded()), mean);
        Value scaled = b.mulF(b.loadFlat(gamma, channel), r);
        b.storeRow(b.fma(scaled, centred, b.loadFlat(beta, channel)), y, row, channel, valid, output.padded());
      });
    });
  });
}

func::FuncOp KernelLibrary::getElementwise(Elementwise kind, Activation activation, ArrayRef<RowsType> operands,
                                           RowsType output) {
  static constexpr StringLiteral names[] = {"activation", "add", "sub", "mul", "gated_fusion"};
  MLIRContext *context = getContext();
  std::string name = names[static_cast<int>(kind)].str();
  if (kind == Elementwise::Activation)
    name += "_" + stringifyActivation(activation).str();
  SmallVector<Type> arguments;
  for (RowsType operand : operands) {
    name += "_" + operand.text();
    arguments.push_back(operand.memref(context));
  }
  name += "_to_" + output.text();
  arguments.append({output.memref(context), IndexType::get(context)});
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    b.loop(b.index(0), args[operands.size() + 1], 1, [&](Value row) {
      b.forEachVector(output.channels, [&](Value channel, int64_t valid) {
        SmallVector<Value> x;
        for (auto [i, operand] : llvm::enumerate(operands))
          x.push_back(b.loadRow(args[i], row, channel, valid, operand.padded()));
        Value y;
        switch (kind) {
        case Elementwise::Activation:
          y = b.activate(activation, x[0]);
          break;
        case Elementwise::Add:
          y = b.addF(x[0], x[1]);
          break;
        case Elementwise::Sub:
          y = b.subF(x[0], x[1]);
          break;
        case Elementwise::Mul:
          y = b.mulF(x[0], x[1]);
          break;
        case Elementwise::GatedFusion:
          y = b.mix(x[0], x[1], x[2]);
          break;
        }
        b.storeRow(y, args[operands.size()], row, channel, valid, output.padded());
      });
    });
  });
}

func::FuncOp KernelLibrary::getLastRow(RowsType input, RowsType output) {
  MLIRContext *context = getContext();
  std::string name = "last_row_" + input.text() + "_to_" + output.text();
  SmallVector<Type> arguments = {input.memref(context), output.memref(context), IndexType::get(context),
                                 IndexType::get(context)};
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    b.loop(b.index(0), args[2], 1, [&](Value sequence) {
      Value row = b.sub(arith::MulIOp::create(b, b.add(sequence, 1), args[3]), b.index(1));
      b.forEachVector(input.channels, [&](Value channel, int64_t valid) {
        Value x = b.loadRow(args[0], row, channel, valid, input.padded());
        b.storeRow(x, args[1], sequence, channel, valid, output.padded());
      });
    });
  });
}
