//===- Families.h - the families of models that SST knows ---------------------------------------------*- C++ -*-===//

#ifndef SST_COMPILER_FAMILIES_H
#define SST_COMPILER_FAMILIES_H

#include "sst/Compiler/Family.h"

namespace sst {

/// SST's own families. A program may hand another table, with more or others, to front end and driver.
FamilyTable getFamilies();

} // namespace sst

#endif // SST_COMPILER_FAMILIES_H
