//===- TensorTable.h - tensors of a file by the names of weights --------------------------------------*- C++ -*-===//
//
// Private to the front end. What a file calls `backbone.final_norm.gamma` is the weight `final_norm.gamma`: a table of
// the tensors under the names that a model knows them by, without those that are to be ignored.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_FRONTEND_TENSORTABLE_H
#define SST_COMPILER_FRONTEND_TENSORTABLE_H

#include "sst/Compiler/Family.h"
#include "sst/Compiler/Report.h"
#include "sst/Compiler/Weights.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace sst {

/// How many tensors a report names that are wrong in the same way: a file may hold a million.
inline constexpr size_t kMaxNamedTensors = 100;

/// The tensors of a file. Refers to the file.
class TensorTable {
public:
  struct Entry {
    /// Without the prefix.
    llvm::StringRef name;
    const ::sst_tensor *tensor;
  };

  /// Finds the prefix that all weights have, or takes the one that was stated. Empty if the file has no weights, or
  /// several prefixes; that is in the report then. So are weights that are to be ignored, but they are in the table, so
  /// that everything else that is wrong can be found too.
  static std::optional<TensorTable> create(const Family &family, const ::sst_safetensors &file, llvm::StringRef path,
                                           const TensorNames &names, Report &report);

  const Family &getFamily() const { return *family; }

  /// The tensor of a weight; nullptr if the file has none.
  const ::sst_tensor *find(llvm::StringRef name) const { return byName.lookup(name); }
  /// All tensors but the ignored ones that are no weights and, with a stated prefix, those of another model. What lacks
  /// the prefix is there under its whole name.
  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  llvm::StringRef getPrefix() const { return prefix; }
  /// What the file calls a weight.
  std::string getFileName(const llvm::Twine &name) const { return (prefix + name).str(); }

private:
  const Family *family = nullptr;
  std::string prefix;
  std::vector<Entry> entries;
  llvm::StringMap<const ::sst_tensor *> byName;
};

} // namespace sst

#endif // SST_COMPILER_FRONTEND_TENSORTABLE_H
