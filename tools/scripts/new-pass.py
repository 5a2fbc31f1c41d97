#!/usr/bin/env python3
"""Writes the files of a new pass from sst to sst.

Usage: tools/scripts/new-pass.py FuseX "What the pass does, a verb phrase"

Makes compiler/lib/Transforms/FuseX.cpp and test/Transforms/fuse-x.mlir, declares FuseXPass in TransformPasses.td and
adds the source to CMake. What is left to do is printed at the end.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

SOURCE = """\
//===- {name}.cpp - {lower} {dashes}===//

#include "sst/Compiler/Passes.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace sst {{
#define GEN_PASS_DEF_{upper}PASS
#include "sst/Compiler/Passes.h.inc"
}} // namespace sst

using namespace mlir;
using namespace sst;

namespace {{
/// {summary}.
struct {name}Pattern final : OpRewritePattern<ActivationOp> {{
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ActivationOp op, PatternRewriter &rewriter) const override {{
    if (op.getKind() != Activation::None)
      return rewriter.notifyMatchFailure(op, "is not the identity");
    remark::passed(op.getLoc(), remark::RemarkOpts::name("{name}").category("{flag}")) << "done";
    rewriter.replaceOp(op, op.getInput());
    return success();
  }}
}};

struct {name}Pass final : sst::impl::{name}PassBase<{name}Pass> {{
  using Base::Base;
  void runOnOperation() override {{
    RewritePatternSet patterns(&getContext());
    patterns.add<{name}Pattern>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }}
}};
}} // namespace
"""

DECLARATION = """\
def {name}Pass : Pass<"{flag}", "::mlir::ModuleOp"> {{
  let summary = "{summary}";
  let description = [{{
    Say what it does, what it relies on and what it leaves alone, around a pair of before and after:

    ```mlir
    %1 = sst.activation <none> %0 : tensor<?x?x4xf32>
    // becomes nothing; %0 is used
    ```
  }}];
  let dependentDialects = ["::sst::SSTDialect"];
}}

"""

TEST = """\
// RUN: sst-opt %s --{flag} | FileCheck %s
// RUN: sst-opt %s --{flag} --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

// CHECK-LABEL: func.func @identity
// CHECK-SAME:  (%[[X:.*]]: tensor<?x?x4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @identity(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {{
  // expected-remark @below {{{{[Passed] {name} | Category:{flag} | Remark=done}}}}
  %y = sst.activation <none> %x : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}}

// CHECK-LABEL: func.func @negative_other_function
// CHECK:         sst.activation <silu>
func.func @negative_other_function(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {{
  %y = sst.activation <silu> %x : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}}
"""


def fail(text):
    print(f"new-pass.py: error: {text}", file=sys.stderr)
    sys.exit(2)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
        file.write(text)
    print(path)


def main():
    if len(sys.argv) != 3 or not re.fullmatch(r"([A-Z][a-z0-9]+)+", sys.argv[1]):
        fail('expects a name like FuseGates and a summary; see the text at the top of this file')
    name, summary = sys.argv[1], sys.argv[2].rstrip(".")
    if not summary or '"' in summary:
        fail("expects a summary without quotes")
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    words = {"name": name, "summary": summary[0].upper() + summary[1:], "lower": summary[0].lower() + summary[1:],
             "upper": name.upper(), "flag": "sst-" + kebab}
    words["dashes"] = "-" * max(3, 120 - len(f"//===- {name}.cpp - {words['lower']} ===//"))

    td, cmake = "compiler/include/sst/Compiler/TransformPasses.td", "compiler/lib/Transforms/CMakeLists.txt"
    source, test = f"compiler/lib/Transforms/{name}.cpp", f"test/Transforms/{kebab}.mlir"
    for path in (source, test):
        if os.path.exists(os.path.join(ROOT, path)):
            fail(f"{path} is there already")
    end = read(td).rindex("#endif")
    declared = read(td)[:end] + DECLARATION.format(**words) + read(td)[end:]
    sources = re.search(r"(sst_add_library\(SSTTransforms\n)((?:  \w+\.cpp\n)+)", read(cmake))
    names = sorted(sources[2].split() + [f"{name}.cpp"])
    listed = read(cmake).replace(sources[0], sources[1] + "".join(f"  {entry}\n" for entry in names))

    write(source, SOURCE.format(**words))
    write(test, TEST.format(**words))
    write(td, declared)
    write(cmake, listed)
    print(f"""
The pass does something simple and its test passes. Now:
- write what it does into {source}, {td} and {test};
- write test/Transforms/{kebab}-errors.mlir if it can fail;
- add it to a pipeline in compiler/lib/Pipelines and to the picture and the table in compiler/README.md.""")


if __name__ == "__main__":
    main()
