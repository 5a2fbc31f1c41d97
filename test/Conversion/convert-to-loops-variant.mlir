// RUN: sst-opt %s --verify-diagnostics --sst-convert-to-loops=variant=z80

// expected-error @below {{expects 'variant' to be x86-64-v3 or x86-64-v4, but got 'z80'}}
module {}
