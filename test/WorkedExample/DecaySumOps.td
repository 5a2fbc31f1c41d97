//===- DecaySumOps.td - a dialect with one op --------------------------*- tablegen -*-===//
//
// What a project of its own writes to have an op that sst does not have.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_TEST_WORKEDEXAMPLE_DECAYSUMOPS_TD
#define SST_TEST_WORKEDEXAMPLE_DECAYSUMOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def Example_Dialect : Dialect {
  let name = "example";
  let cppNamespace = "::example";
  let summary = "Ops that are not part of sst";
}

def Example_DecaySumOp : Op<Example_Dialect, "decay_sum", [
    Pure, DeclareOpInterfaceMethods<SST_StatefulOpInterface>, DeclareOpInterfaceMethods<SST_RowOpInterface>]> {
  let summary = "Sum every channel over time, forgetting at a fixed rate";
  let description = [{
    With `output[b,-1,c]` taken from `initial_state`, or zero without one:

        output[b,t,c] = decay * output[b,t-1,c] + input[b,t,c]
        final_state[b,c] = output[b,rows-1,c]

    The product and the sum are one fused multiply-add.

    Constraints:
    - (C1) `output` has the shape of `input`.
    - (C2) `initial_state` and `final_state` are `batch x channels` of `input`.
    - (C3) `decay` is in [0, 1].

    Example:

    ```
    func.func @sum(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %y = example.decay_sum %x {decay = 9.000000e-01 : f32} : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let arguments = (ins SST_Rows:$input, Optional<SST_State>:$initial_state /*C2*/, F32Attr:$decay /*C3*/);
  let results = (outs SST_Rows:$output /*C1*/, Optional<SST_State>:$final_state /*C2*/);
  let assemblyFormat = [{
    $input (`initial` `(` $initial_state^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SST_TEST_WORKEDEXAMPLE_DECAYSUMOPS_TD
