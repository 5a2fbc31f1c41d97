//===- Registry.cpp - the families of models that SST knows -----------------------------------------------------===//

#include "sst/Compiler/Families.h"

// A line per family: the function that its file defines. The first one is that of modules which name none.
#define SST_EACH_FAMILY(FAMILY) FAMILY(getEdifice)

namespace sst {
#define SST_DECLARE(getFamily) const Family &getFamily();
SST_EACH_FAMILY(SST_DECLARE)
#undef SST_DECLARE
} // namespace sst

sst::FamilyTable sst::getFamilies() {
#define SST_ENTRY(getFamily) &getFamily(),
  static const Family *const families[] = {SST_EACH_FAMILY(SST_ENTRY)};
#undef SST_ENTRY
  return families;
}
