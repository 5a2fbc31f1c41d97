//===- SchedulePasses.td - passes that plan ----------------------*- tablegen -*-===//
//
// Which ops run between two barriers, and where each value lives.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_SCHEDULEPASSES_TD
#define SST_COMPILER_SCHEDULEPASSES_TD

include "mlir/Pass/PassBase.td"

def PlanPhasesPass : Pass<"sst-plan-phases", "::mlir::func::FuncOp"> {
  let summary = "Say which ops threads compute without waiting for each other";
  let description = [{
    Attaches `sst.phases` to each op: the number of the phase of each of its stages. All threads finish a phase before
    one starts the next. Of which stages an op consists, and how each is divided among threads, the backend says. Of CPUs:

    | stage | divided by |
    |---|---|
    | projection, norm, activation, elementwise, convolution, scalars of a scan | rows |
    | states of a scan | items: groups of channels |
    | attention | items: sequences, heads, blocks of query rows |
    | projection of one row per sequence | items: columns |
    | anything else with one row per sequence | not |

    Stages that are divided by rows and need of each other only the same row share a phase: a block of rows goes through
    all of them while it is in the cache.

    ```mlir
    %1 = sst.layer_norm %0, %g, %b {sst.phases = array<i64: 0>} : ...
    %2 = sst.dense %1, %w {sst.phases = array<i64: 0>} : ...
    %3 = sst.causal_conv1d %2, %k {sst.phases = array<i64: 1>} : ...   // needs earlier rows
    ```

    Relies on: a body of one block. Fails on ops that have no kernel, naming them.
  }];
  let constructor = "::sst::createPlanPhasesPass(::sst::getDefaultBackend())";
  let dependentDialects = [];
}

def PlanArenaPass : Pass<"sst-plan-arena", "::mlir::func::FuncOp"> {
  let summary = "Give every value of a function a fixed place in one workspace";
  let description = [{
    Walks the ops of the function phase by phase, computes how long each value lives, and assigns offsets so that values
    that live at the same time do not overlap. A value that only its own phase uses, row by row, is in memory of the
    thread, one block of rows at a time; any other is shared and lives for whole phases. A result takes over the buffer of
    an operand that dies in the op if the op reads it at the same element only (residual, gate). Attaches `sst.places` (one `#sst.place` per result) and, for
    ops that need scratch memory, `sst.scratch` to each op, and `sst.arena` to the function. Returned values are placed
    in the caller's buffers.

    ```mlir
    %1 = sst.layer_norm %0, %g, %b {sst.places = [#sst.place<rows, 0>]} : ...
    ```

    Relies on `sst-plan-phases`. Fails on ops it does not know, naming them.
  }];
  let constructor = "::sst::createPlanArenaPass(::sst::getDefaultBackend())";
  let dependentDialects = ["::sst::SSTDialect"];
}

#endif // SST_COMPILER_SCHEDULEPASSES_TD
