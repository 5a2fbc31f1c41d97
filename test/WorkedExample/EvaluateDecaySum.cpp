//===- EvaluateDecaySum.cpp - example.decay_sum in float64 ------------------------------------------------------===//

#include "DecaySum.h"

using namespace mlir;
using namespace sst;

FailureOr<TensorRefs> example::evaluateDecaySum(reference::Execution &execution, Operation *generic) {
  auto op = cast<DecaySumOp>(generic);
  const HostTensor &input = *execution.get(op.getInput()), *initial = execution.get(op.getInitialState());
  int64_t batch = input.shape[0], rows = input.shape[1], channels = input.shape[2];
  if ((initial && failed(reference::checkShape(op, "'initial_state'", *initial, {batch, channels}))) ||
      failed(execution.charge(op, input.shape, 2)) || failed(execution.charge(op, {batch, channels}, 1)))
    return failure();
  double decay = op.getDecay().convertToDouble();
  HostTensor output = input, state;
  state.shape = {batch, channels};
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t c = 0; c < channels; ++c) {
      double sum = initial ? initial->data[b * channels + c] : 0;
      for (int64_t t = 0; t < rows; ++t) {
        double &element = output.data[(b * rows + t) * channels + c];
        element = sum = decay * sum + element;
      }
      state.data.push_back(sum);
    }
  TensorRefs results = {execution.own(std::move(output))};
  if (op.getFinalState())
    results.push_back(execution.own(std::move(state)));
  return results;
}
