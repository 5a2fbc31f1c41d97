#!/usr/bin/env python3
"""Writes the files of a new op.

Usage: tools/scripts/new-op.py channel_shift "What the op does, a verb phrase"

Makes its definition with interfaces (dialect/include/sst/Dialect/ChannelShiftOps.td), its verifier and interface methods
(dialect/lib/ChannelShiftOps.cpp), its formula (compiler/lib/Reference/ChannelShiftEvaluation.cpp) and tests, and adds the
lines of SSTOps.td, CMake and the interpreter's table. What is left to do is printed at the end.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

DEFINITION = """\
//===- {camel}Ops.td - {lower} {dashes}*- tablegen -*-===//
//
// {summary}.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_{upper}OPS_TD
#define SST_DIALECT_{upper}OPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_{camel}Op : SST_Op<"{name}", [
    Pure, AllTypesMatch<["input", "output"]>, DeclareOpInterfaceMethods<SST_RowOpInterface>,
    DeclareOpInterfaceMethods<SST_WeightUserOpInterface>]> {{
  let summary = "{summary}";
  let description = [{{
    The maths, in the order in which it is computed:

        output[b,t,c] = input[b,t,c] + offset[c]

    Constraints:
    - (C1) `offset` has one element per channel.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x?x4xf32>, %o: tensor<4xf32>) -> tensor<?x?x4xf32> {{
      %y = sst.{name} %x, %o : tensor<?x?x4xf32>, tensor<4xf32>
      return %y : tensor<?x?x4xf32>
    }}
    ```
  }}];
  let arguments = (ins SST_Rows:$input, SST_Channels:$offset /*C1*/);
  let results = (outs SST_Rows:$output);
  let assemblyFormat = "$input `,` $offset attr-dict `:` type($input) `,` type($offset)";
  let hasVerifier = 1;
}}

#endif // SST_DIALECT_{upper}OPS_TD
"""

VERIFIER = """\
//===- {camel}Ops.cpp - {lower} {cpp_dashes}===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

LogicalResult {camel}Op::verify() {{
  int64_t channels = getInput().getType().getDimSize(2);
  // C1
  return verifyShape(*this, "offset", getOffset().getType(), {{channels}});
}}

RowUse {camel}Op::getRowUse(OpOperand &operand) {{
  return &operand == &getInputMutable() ? RowUse::SameRow : RowUse::NoRows;
}}

LogicalResult {camel}Op::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {{ return success(); }}

void {camel}Op::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) {{ cutToLastRow(*this, lastRowOf); }}

std::optional<WeightUse> {camel}Op::getWeightUse(OpOperand &operand) {{
  if (&operand != &getOffsetMutable())
    return std::nullopt;
  return WeightUse{{WeightUse::PerChannel, {{getInput().getType().getDimSize(2)}}}};
}}
"""

EVALUATION = """\
//===- {camel}Evaluation.cpp - {lower} {evaluation_dashes}===//

#include "Execution.h"

using namespace mlir;
using namespace sst;
using namespace sst::reference;

FailureOr<TensorRefs> reference::evaluate{camel}(Execution &execution, {camel}Op op) {{
  const HostTensor &input = *execution.get(op.getInput()), &offset = *execution.get(op.getOffset());
  int64_t channels = input.shape[2];
  if (failed(checkShape(op, "'offset'", offset, {{channels}})) || failed(execution.charge(op, input.shape, 1)))
    return failure();
  HostTensor output = input;
  for (auto [index, element] : llvm::enumerate(output.data))
    element += offset.data[index % channels];
  return TensorRefs{{execution.own(std::move(output))}};
}}
"""

EVALUATION_TEST = """\
// RUN: sst-interpret %s | FileCheck %s
// RUN: sst-interpret %s --passes=sst-slice-last-row | FileCheck %s

// CHECK: result #0: [1, 1, 2] {{{{.*}}}} values 2.5 6
func.func @last_row() -> tensor<1x1x2xf32> {{
  %input = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>
  %offset = sst.get_weight @offset : tensor<2xf32>
  %output = sst.{name} %input, %offset : tensor<1x2x2xf32>, tensor<2xf32>
  %last = sst.last_row %output : tensor<1x2x2xf32> -> tensor<1x1x2xf32>
  return %last : tensor<1x1x2xf32>
}}
sst.weight @offset : tensor<2xf32> = dense<[-0.5, 2.0]> : tensor<2xf32>
"""

TEST = """\
// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @static
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x3x4xf32>, %[[OFFSET:.*]]: tensor<4xf32>)
// CHECK:       sst.{name} %[[INPUT]], %[[OFFSET]] : tensor<2x3x4xf32>, tensor<4xf32>
func.func @static(%input: tensor<2x3x4xf32>, %offset: tensor<4xf32>) -> tensor<2x3x4xf32> {{
  %output = sst.{name} %input, %offset : tensor<2x3x4xf32>, tensor<4xf32>
  return %output : tensor<2x3x4xf32>
}}

// CHECK-LABEL: func @dynamic
// CHECK:       sst.{name} %{{{{.*}}}}, %{{{{.*}}}} : tensor<?x?x4xf32>, tensor<4xf32>
func.func @dynamic(%input: tensor<?x?x4xf32>, %offset: tensor<4xf32>) -> tensor<?x?x4xf32> {{
  %output = sst.{name} %input, %offset : tensor<?x?x4xf32>, tensor<4xf32>
  return %output : tensor<?x?x4xf32>
}}
"""

INVALID_TEST = """\
// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1
func.func @test(%input: tensor<2x3x4xf32>, %offset: tensor<3xf32>) {{
  // expected-error @below {{{{'sst.{name}' op expects 'offset' to have shape 4, but got 3}}}}
  %0 = sst.{name} %input, %offset : tensor<2x3x4xf32>, tensor<3xf32>
  return
}}
"""


def fail(text):
    print(f"new-op.py: error: {text}", file=sys.stderr)
    sys.exit(2)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
        file.write(text)
    print(path)


def add_line(pattern, line):
    """A change of a text: `line` goes into the sorted lines that the first group of `pattern` matches."""
    def change(text, path):
        found = re.search(pattern, text)
        if not found:
            fail(f"{path} has no list of lines like '{line}'")
        lines = sorted(found[1].splitlines() + [line])
        return text[:found.start(1)] + "\n".join(lines) + "\n" + text[found.end(1):]
    return change


def add_before(mark, addition):
    """A change of a text: `addition` goes before `mark`, which is there once."""
    def change(text, path):
        if text.count(mark) != 1:
            fail(f"{path} has no place for '{addition.strip()}'")
        return text.replace(mark, addition + mark)
    return change


def main():
    if len(sys.argv) != 3 or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", sys.argv[1]):
        fail("expects a name like channel_shift and a summary; see the text at the top of this file")
    name, summary = sys.argv[1], sys.argv[2].rstrip(".")
    if not summary or '"' in summary:
        fail("expects a summary without quotes")
    camel = "".join(part.capitalize() for part in name.split("_"))
    words = {"name": name, "camel": camel, "upper": camel.upper(), "summary": summary[0].upper() + summary[1:],
             "lower": summary[0].lower() + summary[1:]}
    words["dashes"] = "-" * max(3, 70 - len(f"//===- {camel}Ops.td - {words['lower']} "))
    words["cpp_dashes"] = "-" * max(3, 120 - len(f"//===- {camel}Ops.cpp - {words['lower']} ===//"))

    words["evaluation_dashes"] = "-" * max(3, 120 - len(f"//===- {camel}Evaluation.cpp - {words['lower']} ===//"))
    kebab = name.replace("_", "-")
    new = {f"dialect/include/sst/Dialect/{camel}Ops.td": DEFINITION, f"dialect/lib/{camel}Ops.cpp": VERIFIER,
           f"compiler/lib/Reference/{camel}Evaluation.cpp": EVALUATION, f"test/Dialect/{kebab}.mlir": TEST,
           f"test/Dialect/{kebab}-invalid.mlir": INVALID_TEST, f"test/Reference/{kebab}.mlir": EVALUATION_TEST}
    for path in new:
        if os.path.exists(os.path.join(ROOT, path)):
            fail(f"{path} is there already")
    changed = {
        "dialect/include/sst/Dialect/SSTOps.td":
            add_line(r'((?:include "sst/Dialect/\w+\.td"\n)+)', f'include "sst/Dialect/{camel}Ops.td"'),
        "dialect/lib/CMakeLists.txt": add_line(r"(?<=SSTDialect\n)((?:  \w+\.cpp\n)+)", f"  {camel}Ops.cpp"),
        "compiler/lib/Reference/CMakeLists.txt":
            add_line(r"(?<=SSTReference\n)((?:  \w+\.cpp\n)+)", f"  {camel}Evaluation.cpp"),
        "compiler/lib/Reference/Execution.h":
            add_before("/// Reads a weight", f"/// Evaluates `sst.{name}`.\n"
                       f"llvm::FailureOr<TensorRefs> evaluate{camel}(Execution &execution, {camel}Op op);\n\n"),
        "compiler/lib/Reference/OpEvaluation.cpp":
            add_before("  addEvaluation<GetWeightOp", f"  addEvaluation<{camel}Op, evaluate{camel}>(table);\n"),
    }
    texts = {path: change(read(path), path) for path, change in changed.items()}

    for path, text in new.items():
        write(path, text.format(**words))
    for path, text in texts.items():
        write(path, text)
    print(f"""
The op adds an offset per channel and its tests pass. Now:
- write its maths and constraints, the verifier, its interface methods, and a test for every message;
- write its formula, and numbers that were computed elsewhere into test/Reference;
- write how CPUs compute it, in compiler/lib/CPU;
- add a line to the table in dialect/README.md.""")


if __name__ == "__main__":
    main()
