//===- sst-interpret.cpp - runs a model in float64 ----------------------------------------------------------------===//

#include "Interpret.h"

int main(int argc, char **argv) { return sst::interpretMain(argc, argv); }
