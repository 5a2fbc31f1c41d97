//===- CompiledChecks.h - compiled code computes what the interpreter does ----------------------------------*- C++
//-*-===//

#ifndef SST_TEST_RANDOMPROGRAMS_COMPILEDCHECKS_H
#define SST_TEST_RANDOMPROGRAMS_COMPILEDCHECKS_H

#include "PassChecks.h"

namespace sst {

/// Compiles a model for all CPU variants that this CPU has, and runs every function: between pages that nobody may
/// touch, in several batches and lengths, on several threads, with the bits of each other, and against the interpreter.
/// Streams are fed in random pieces (StreamChecks.h). What is wrong goes to the log.
void checkCompiled(const RandomProgram &program, uint64_t seed, const Sabotage &sabotage, Log &log);

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_COMPILEDCHECKS_H
