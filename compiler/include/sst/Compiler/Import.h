//===- Import.h - the front end: from files to a module -----------------------------------------------*- C++ -*-===//
//
// The first stage: command line and files to a model, a model to a module of sst ops. What is not here: parsing of the
// command line, and reading modules from text.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_IMPORT_H
#define SST_COMPILER_IMPORT_H

#include "sst/Compiler/Family.h"
#include "sst/Compiler/Options.h"
#include "sst/Compiler/Report.h"
#include "sst/Compiler/Streams.h"
#include "sst/Compiler/Weights.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <string>

namespace sst {

/// What the front end needs to know from the command line.
struct FrontendOptions {
  explicit FrontendOptions(FamilyTable families) : families(families) {}

  /// The families that models can be of.
  FamilyTable families;
  /// Text of --family; without it the names of the tensors say it.
  std::optional<std::string> family;
  /// A safetensors file, an index of shards, or a directory with one of them; empty with `randomWeights`.
  std::string inputFile;
  /// --tensor-prefix and --ignore.
  TensorNames names;
  /// Text of --random-weights.
  std::optional<std::string> randomWeights;
  /// Text of --name; without it the name comes from the file's.
  std::optional<std::string> name;
  /// Texts of the flags that name model options, by option name.
  std::map<std::string, std::string> flags;
  /// Path of --options; empty for none.
  std::string jsonFile;
  /// --max-rows (without it the rows of a window), --rollback, --attention-window and --cold.
  std::optional<int64_t> maxRows, rollback, attentionWindow;
  std::optional<Cold> cold;
  /// --weight-storage.
  Storage weightStorage = Storage::F32;
  /// Most bytes of weights that the output can hold; none: any number.
  std::optional<uint64_t> mostWeightBytes;
};

/// Bytes that the weights of a model take when they are stored as `storage`, or more: kernels pad them.
uint64_t getWeightBytes(const OptionValues &options, Storage storage);

/// Reports weights that take more bytes than the output can hold.
void checkWeightBytes(uint64_t bytes, const FrontendOptions &options, Report &report);

/// Reads and checks everything. Every problem goes to `report`; the result is empty if there is one.
std::optional<Model> loadModel(const FrontendOptions &options, Report &report);

/// The family of a model in a file, or of no file (nullptr): the one that --family names, else the one that most names
/// of tensors are weights of, else the first. Reports a --family that is none.
const Family &chooseFamily(const FrontendOptions &options, const ::sst_safetensors *file, Report &report);

/// Which family a module is of: a string.
inline constexpr llvm::StringLiteral kFamilyAttr = "sst.family";
/// The family that the module names, or the first: modules need not name one. nullptr if it is none of these.
const Family *findFamily(FamilyTable families, mlir::ModuleOp module);

/// Builds the module of stage `import`:
/// - attributes `sst.family` and `sst.name` (strings), `sst.options` (dictionary of i64, f64 and strings under the
/// names
///   of the family's options), `sst.stream` (dictionary: `max_rows` and `rollback`, i64, `cold`, string, and, if there
///   is one, `attention_window`, i64), `sst.weights_digest` (string), and `sst.weight_storage` (string) if that is not
///   f32;
/// - one `sst.weight` per weight, its values a resource blob of the same name;
/// - `func.func @window(%input: tensor<?x?xExf32>) -> tensor<?x1xDxf32>`, the last row of the model,
///   `@sequence(%input: tensor<?x?xExf32>) -> tensor<?x?xDxf32>`, every row, and their likes for streams, which take
///   the states of every layer as further arguments and return them as further results: `@prefill`, the last row,
///   `@sequence_from_state`, every row, and `@step`, which is for one row: `tensor<?x1xExf32>`.
/// Loads the dialects that it uses. Locations are the names of layers.
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context, const Model &model);

/// The options of an imported module, or an error on the module if `sst.family` is none of `families`, or `sst.options`
/// is missing, incomplete or has values that no model can have.
mlir::FailureOr<OptionValues> readModelOptions(mlir::ModuleOp module, FamilyTable families);
/// The same for `sst.stream`; a module without functions for streams needs none.
mlir::FailureOr<StreamOptions> readStreamOptions(mlir::ModuleOp module);

/// How the artefact of a module stores the weights of projections, or an error on the module.
mlir::FailureOr<Storage> readWeightStorage(mlir::ModuleOp module);

/// The type of the function of this name in the module of a model.
mlir::FunctionType getFunctionType(mlir::MLIRContext &context, const OptionValues &options, llvm::StringRef name);

/// A name for a model in the file `path`: its stem if that can be one. Else what is readable of that, and eight digits
/// that depend on all of it, so that files of different names give different ones: `models/my-net.2.safetensors` gives
/// `my_net_2_fa616ca1`, a stem without Latin letters `model_...`. The stem of
/// `net.safetensors.index.json` and of a folder `models/net/` is `net`.
std::string deriveModelName(llvm::StringRef path);
/// Whether `name` can be the prefix of C functions: a letter or '_', then letters, digits and '_'; at most 64; neither
/// `sst` nor `sst_...` in any case, which are SST's own.
bool isModelName(llvm::StringRef name);
/// Reports a --name that is none.
void checkModelName(llvm::StringRef name, Report &report);

} // namespace sst

#endif // SST_COMPILER_IMPORT_H
