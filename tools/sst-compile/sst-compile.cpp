//===- sst-compile.cpp - a model to an object file ----------------------------------------------------------------===//

#include "sst/Compiler/Compile.h"

/// jemalloc's settings: never give freed memory back to the system; the process ends soon. Others do not look at it.
extern "C" const char *malloc_conf;
const char *malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";

int main(int argc, char **argv) { return sst::compileMain(argc, argv); }
