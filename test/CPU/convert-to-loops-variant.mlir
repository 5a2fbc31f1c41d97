// RUN: sst-opt %s --verify-diagnostics --sst-convert-to-loops=variant=z80

// expected-error @below {{expects 'variant' to be one of x86-64-v4, x86-64-v3, aarch64, but got 'z80'}}
module {}
