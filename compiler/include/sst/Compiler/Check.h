//===- Check.h - invariants of the compiler -----------------------------------------------------------*- C++ -*-===//
//
// SST_CHECK stops the program when an invariant of the compiler itself is broken. It is active in every build (assert
// is not: MLIR-facing code is always compiled with NDEBUG). Wrong input is never checked this way; it is a diagnostic.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_CHECK_H
#define SST_COMPILER_CHECK_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

/// Reports a broken invariant with its place in the source and aborts.
#define SST_CHECK(condition, message)                                                                                  \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      ::llvm::report_fatal_error(::llvm::Twine("internal error at ") + __FILE_NAME__ + ":" + ::llvm::Twine(__LINE__) + \
                                 ": " + (message));                                                                    \
  } while (false)

#endif // SST_COMPILER_CHECK_H
