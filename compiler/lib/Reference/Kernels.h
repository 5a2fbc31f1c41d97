//===- Kernels.h - the maths of the ops in float64 ------------------------------------------------------*- C++ -*-===//
//
// One function for each formula in the ops' descriptions. Plain tensors in and out, no IR. Callers have checked every
// shape and every size.
//
// Throughout: B sequences, T rows, C channels; a tensor of activations is B x T x C.
//
//===--------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_REFERENCE_KERNELS_H
#define SST_COMPILER_LIB_REFERENCE_KERNELS_H

#include "sst/Compiler/Interpreter.h"
#include "sst/Dialect/SSTDialect.h"

namespace sst::reference {

/// A tensor of zeros. The product of the sizes must be known to be small.
HostTensor makeTensor(llvm::ArrayRef<int64_t> shape);

/// bias[n] + sum_k x[b,t,k] * weight[k,n], in ascending k. `bias` may be null.
HostTensor project(const HostTensor &x, const HostTensor &weight, const HostTensor *bias);

/// Channels [begin, begin + count).
HostTensor takeChannels(const HostTensor &x, int64_t begin, int64_t count);

/// See #sst.activation.
double activate(Activation kind, double x);
HostTensor activate(Activation kind, HostTensor x);

HostTensor add(const HostTensor &lhs, const HostTensor &rhs);
HostTensor subtract(const HostTensor &lhs, const HostTensor &rhs);
HostTensor multiply(const HostTensor &lhs, const HostTensor &rhs);

/// gate * first + (1 - gate) * second.
HostTensor gatedFusion(const HostTensor &gate, const HostTensor &first, const HostTensor &second);

HostTensor layerNorm(const HostTensor &x, const HostTensor &gamma, const HostTensor &beta, LayerNormFlavor flavor,
                     double epsilon);

/// The last row of each sequence, B x 1 x C. T is at least 1.
HostTensor lastRow(const HostTensor &x);

/// The rows of `past` (may be null: none), then those of `x`.
HostTensor appendRows(const HostTensor *past, const HostTensor &x);

/// An output and the state after the last row.
struct Carried {
  HostTensor output, finalState;
};

/// `weight` is taps x C; `bias` and `initialState` (B x (taps - 1) x C) may be null. Without activation.
Carried causalConv1D(const HostTensor &x, const HostTensor &weight, const HostTensor *bias,
                     const HostTensor *initialState);

/// `initialState` (B x C) and `gate` may be null. With `onlyLastRow` T is at least 1.
Carried emaScan(const HostTensor &x, const HostTensor &delta, const HostTensor &b, const HostTensor &c,
                const HostTensor *initialState, const HostTensor *gate, bool onlyLastRow);

/// The Q rows of `query` are the last Q positions of the S rows of `keys` and `values`; Q <= S. A row sees `window`
/// rows, the last of which is itself, or without that all rows up to itself.
HostTensor causalAttention(const HostTensor &query, const HostTensor &keys, const HostTensor &values, int64_t heads,
                           double scale, std::optional<uint64_t> window);

} // namespace sst::reference

#endif // SST_COMPILER_LIB_REFERENCE_KERNELS_H
