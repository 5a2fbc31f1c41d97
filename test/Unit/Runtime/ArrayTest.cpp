// `FILE` and `FILE:tensor`, and loading artefacts that are none.
#include "TestFiles.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace sst_test;

namespace {

struct Loaded {
  explicit Loaded(const std::string &source, const char *defaultName = "output") {
    status = sst_array_load(source.c_str(), defaultName, &array, &report);
  }
  ~Loaded() { sst_array_free(&array); }
  std::string message() const { return report.kept ? report.messages[0] : ""; }
  sst_array_t array{};
  Report report;
  sst_status_t status;
};

std::string writeTwo(const Folder &folder, const std::string &name) {
  return folder.write(name, safetensors("{\"output\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                                        "\"h:1\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[8,10]},"
                                        "\"i\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[10,12]},"
                                        "\"k\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[12,14]}}",
                                        bytesOf<float>({1.5f, -2}) + bytesOf<uint16_t>({0x3c00, 7, 7})));
}

} // namespace

TEST(Array, LoadsTheNamedOrTheDefaultTensor) {
  Folder folder;
  std::string path = writeTwo(folder, "m.safetensors");
  Loaded byDefault(path);
  ASSERT_EQ(byDefault.status, SST_STATUS_OK);
  EXPECT_EQ(byDefault.array.rank, 2u);
  EXPECT_EQ(byDefault.array.shape[1], 2u);
  EXPECT_EQ(byDefault.array.data[1], -2.0f);
  Loaded named(path + ":h:1");
  ASSERT_EQ(named.status, SST_STATUS_OK) << named.message();
  EXPECT_EQ(named.array.data[0], 1.0f);
  // A file with a colon in its name.
  EXPECT_EQ(Loaded(writeTwo(folder, "m:i")).array.elements, 2u);
  EXPECT_EQ(Loaded(writeTwo(folder, "m:i") + ":h:1").array.elements, 1u);
}

TEST(Array, LoadsNpyAndOnlyTensors) {
  Folder folder;
  std::vector<float> values = {1, 2, 3};
  sst_tensor_t tensor{};
  tensor.name = "anything";
  tensor.dtype = SST_DTYPE_F32;
  tensor.rank = 1;
  tensor.shape[0] = tensor.elements = 3;
  tensor.bytes = 12;
  tensor.data = values.data();
  std::string npy = folder.file("x"), single = folder.file("y.npy");
  ASSERT_EQ(sst_npy_write(npy.c_str(), &tensor, nullptr), SST_STATUS_OK);
  ASSERT_EQ(sst_safetensors_write(single.c_str(), &tensor, 1, nullptr, 0, nullptr), SST_STATUS_OK);
  EXPECT_EQ(Loaded(npy).array.data[2], 3.0f);
  EXPECT_EQ(Loaded(single).array.data[2], 3.0f);
  EXPECT_EQ(Loaded(npy + ":t").message(),
            npy + ": a .npy file has one tensor without a name; leave out what follows the ':'");
}

TEST(Array, SaysWhatIsWrong) {
  Folder folder;
  std::string path = writeTwo(folder, "m");
  EXPECT_EQ(Loaded(path + ":x").message(),
            path + ": has no tensor 'x'; its 4 tensors are 'output', 'h:1', 'i', ...; name one as FILE:tensor");
  EXPECT_EQ(Loaded(path, nullptr).message(),
            path + ": has no default tensor; its 4 tensors are 'output', 'h:1', 'i', ...; name one as FILE:tensor");
  EXPECT_EQ(Loaded(path + ":i").message(),
            path + ": tensor 'i': expects elements of type F32, F16, BF16 or F64, but got I16");
  EXPECT_EQ(Loaded(folder.file("none:x")).message(),
            folder.file("none") + ": cannot be opened: No such file or directory");
  Loaded missing(folder.file("none"));
  EXPECT_EQ(missing.status, SST_STATUS_NOT_FOUND);
  EXPECT_EQ(missing.array.data, nullptr);
  std::string text = folder.write("text", "what is this?");
  EXPECT_EQ(Loaded(text).status, SST_STATUS_CORRUPT);
}

namespace {

std::string loadMessage(const std::string &path) {
  sst_model_t *model = reinterpret_cast<sst_model_t *>(1);
  sst_error_t error{};
  EXPECT_NE(sst_model_load(path.c_str(), &model, &error), SST_STATUS_OK);
  EXPECT_EQ(model, nullptr);
  sst_model_unload(model);
  return error.message;
}

} // namespace

TEST(Model, RefusesWhatIsNoArtefact) {
  Folder folder;
  const std::string remedy = "; make one with sst-compile --emit=shared";
  std::string none = folder.file("none.so"), empty = folder.write("empty.so", ""), text = folder.write("t.so", "text");
  EXPECT_EQ(loadMessage(none), none + ": cannot be opened: No such file or directory");
  EXPECT_EQ(loadMessage(folder.path.string()), folder.path.string() + ": is a directory; name a file in it");
  EXPECT_EQ(loadMessage(empty), empty + ": is not a shared library" + remedy);
  EXPECT_EQ(loadMessage(text), text + ": is not a shared library" + remedy);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_S390;
  header.e_type = ET_DYN;
  std::string path = folder.write("e.so", bytesOf<Elf64_Ehdr>({header}));
  EXPECT_EQ(loadMessage(path), path + ": is a library for another kind of machine" + remedy);
#if defined(__x86_64__)
  header.e_machine = EM_X86_64;
  folder.write("e.so", bytesOf<Elf64_Ehdr>({header}));
  EXPECT_EQ(loadMessage(path), path + ": is a damaged shared library" + remedy);
  header.e_type = ET_REL;
  folder.write("e.so", bytesOf<Elf64_Ehdr>({header}));
  EXPECT_EQ(loadMessage(path), path + ": is an object file, not a shared library" + remedy);
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_filesz = UINT64_MAX - 1;
  segment.p_offset = 4;
  header.e_type = ET_DYN;
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  header.e_phentsize = sizeof segment;
  folder.write("e.so", bytesOf<Elf64_Ehdr>({header}) + bytesOf<Elf64_Phdr>({segment}));
  EXPECT_EQ(loadMessage(path), path + ": is a shared library that is cut short" + remedy);
  // The table may be anywhere in the file, but not beyond.
  header.e_phoff = 100000;
  std::string far = bytesOf<Elf64_Ehdr>({header}) + std::string(100000 - sizeof header, '\0');
  folder.write("e.so", far + bytesOf<Elf64_Phdr>({segment}));
  EXPECT_EQ(loadMessage(path), path + ": is a shared library that is cut short" + remedy);
  folder.write("e.so", far + bytesOf<Elf64_Phdr>({segment}).substr(1));
  EXPECT_EQ(loadMessage(path), path + ": is a damaged shared library" + remedy);
#endif
}
