#!/usr/bin/env python3
"""Writes the files of a new op.

Usage: tools/scripts/new-op.py channel_shift "What the op does, a verb phrase"

Makes dialect/include/sst/Dialect/ChannelShiftOps.td, dialect/lib/ChannelShiftOps.cpp, test/Dialect/channel-shift.mlir and
test/Dialect/channel-shift-invalid.mlir, and adds them to SSTOps.td and CMake. What is left to do is printed at the end.
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
include "sst/Dialect/SSTTypes.td"

def SST_{camel}Op : SST_Op<"{name}", [Pure, AllTypesMatch<["input", "output"]>]> {{
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

    all_ops, cmake = "dialect/include/sst/Dialect/SSTOps.td", "dialect/lib/CMakeLists.txt"
    kebab = name.replace("_", "-")
    new = {f"dialect/include/sst/Dialect/{camel}Ops.td": DEFINITION, f"dialect/lib/{camel}Ops.cpp": VERIFIER,
           f"test/Dialect/{kebab}.mlir": TEST, f"test/Dialect/{kebab}-invalid.mlir": INVALID_TEST}
    for path in new:
        if os.path.exists(os.path.join(ROOT, path)):
            fail(f"{path} is there already")
    includes = re.search(r'(?:include "sst/Dialect/\w+\.td"\n)+', read(all_ops))[0]
    lines = sorted(includes.splitlines() + [f'include "sst/Dialect/{camel}Ops.td"'])
    sources = re.search(r"(sst_add_library\(SSTDialect\n)((?:  \w+\.cpp\n)+)", read(cmake))
    names = sorted(sources[2].split() + [f"{camel}Ops.cpp"])

    for path, text in new.items():
        write(path, text.format(**words))
    write(all_ops, read(all_ops).replace(includes, "\n".join(lines) + "\n"))
    write(cmake, read(cmake).replace(sources[0], sources[1] + "".join(f"  {entry}\n" for entry in names)))
    print(f"""
The op adds an offset per channel and its tests pass. Now:
- write its maths and constraints, the verifier, and a test for every message;
- teach the interpreter (compiler/lib/Reference), the arena and the lowering (compiler/lib/CPU) about it;
- add a line to the table in dialect/README.md.""")


if __name__ == "__main__":
    main()
