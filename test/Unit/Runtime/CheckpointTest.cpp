// Checkpoints of several files: what an index may say, how its shards must agree with it, folders, parts; and files
// that are no safetensors files.
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

using namespace sst_test;

namespace {

using Messages = std::vector<std::string>;

/// A safetensors file with some U8 tensors of one byte.
std::string shardOf(const std::vector<std::string> &names, const std::string &metadata = "") {
  std::string header = metadata.empty() ? "" : "\"__metadata__\":" + metadata;
  for (size_t i = 0; i < names.size(); ++i)
    header += (header.empty() ? "" : ",") +
              ("\"" + names[i] + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[") + std::to_string(i) + "," +
              std::to_string(i + 1) + "]}";
  return safetensors("{" + header + "}", std::string(names.size(), 'x'));
}

/// A folder with a checkpoint of two shards.
class CheckpointTest : public testing::Test {
protected:
  CheckpointTest() {
    folder.write("m-00001-of-00002.safetensors", shardOf({"a", "b"}, "{\"k\":\"1\"}"));
    folder.write("m-00002-of-00002.safetensors", shardOf({"c"}, "{\"k\":\"2\"}"));
    writeIndex(good);
  }
  ~CheckpointTest() override { sst_safetensors_free(file); }
  void writeIndex(const std::string &text) { index = folder.write("m.safetensors.index.json", text); }
  /// Opens a path and returns the messages with the folder taken out.
  Messages open(const std::string &path) {
    sst_safetensors_free(file);
    Report report;
    status = sst_safetensors_open(path.c_str(), &file, &report);
    EXPECT_EQ(status == SST_STATUS_OK, file != nullptr);
    EXPECT_EQ(status == SST_STATUS_OK, report.count == 0);
    return shorten(report);
  }
  Messages openIndex(const std::string &text) {
    writeIndex(text);
    return open(index);
  }
  Messages checkWhole(const std::string &name) {
    Report report;
    sst_safetensors_check_whole(folder.file(name).c_str(), &report);
    return shorten(report);
  }
  Messages shorten(const Report &report) const {
    Messages messages = report.texts();
    for (std::string &text : messages)
      for (size_t at; (at = text.find(folder.path.string())) != std::string::npos;)
        text.replace(at, folder.path.string().size(), "D");
    return messages;
  }

  static inline const std::string first = "\"m-00001-of-00002.safetensors\"",
                                  second = "\"m-00002-of-00002.safetensors\"";
  static inline const std::string map = "\"a\":" + first + ",\"b\":" + first + ",\"c\":" + second;
  static inline const std::string good = "{\"metadata\":{\"total_size\":3,\"n\":\"v\"},\"weight_map\":{" + map + "}}";
  static inline const std::string at = "D/m.safetensors.index.json";
  Folder folder;
  std::string index;
  sst_safetensors_t *file = nullptr;
  sst_status_t status = SST_STATUS_OK;
};

} // namespace

TEST_F(CheckpointTest, ShardsAreOneFile) {
  EXPECT_EQ(open(index), Messages());
  ASSERT_EQ(sst_safetensors_count(file), 3u);
  for (const char *name : {"a", "b", "c"})
    EXPECT_EQ(*static_cast<const char *>(sst_safetensors_find(file, name)->data), 'x');
  EXPECT_EQ(sst_safetensors_find(file, "d"), nullptr);
  std::string metadata;
  const char *key, *value;
  for (size_t i = 0; sst_safetensors_metadata(file, i, &key, &value); ++i)
    metadata += std::string(key) + "=" + value + " ";
  EXPECT_EQ(metadata, "total_size=3 n=v k=1 k=2 ");
  ASSERT_EQ(sst_safetensors_path_count(file), 3u);
  EXPECT_EQ(sst_safetensors_path(file, 0), index);
  EXPECT_EQ(sst_safetensors_path(file, 2), folder.file("m-00002-of-00002.safetensors"));
  EXPECT_EQ(sst_safetensors_path(file, 3), nullptr);
}

TEST_F(CheckpointTest, AnyNameAndSpaceInFront) {
  std::string other = folder.write("other", " \r\n\t" + good);
  EXPECT_EQ(open(other), Messages());
}

TEST_F(CheckpointTest, LinksAndFoldersBelow) {
  std::filesystem::create_directory(folder.file("blobs"));
  std::filesystem::create_directory(folder.file("s"));
  std::filesystem::rename(folder.file("m-00001-of-00002.safetensors"), folder.file("blobs/1"));
  std::filesystem::create_symlink("../blobs/1", folder.file("s/a.safetensors"));
  std::filesystem::create_symlink("m-00002-of-00002.safetensors", folder.file("c"));
  EXPECT_EQ(openIndex("{\"weight_map\":{\"a\":\"s/a.safetensors\",\"b\":\"s/a.safetensors\",\"c\":\"c\"}}"),
            Messages());
}

TEST_F(CheckpointTest, WhatIsNoIndex) {
  EXPECT_EQ(openIndex("{}"), (Messages{at + ": is JSON without a \"weight_map\", so no index of a checkpoint; give the "
                                            "file of the tensors, or the index of its shards"}));
  EXPECT_EQ(openIndex("[{\"weight_map\":{}}]").size(), 1u);
  EXPECT_EQ(
      openIndex("{\"weight_map\":[]}"),
      (Messages{at + ":1:15: expects \"weight_map\" to be an object, but got array; fetch or write the index again"}));
  EXPECT_EQ(openIndex("{\"weight_map\":{}}"),
            (Messages{at + ": expects tensors in \"weight_map\", but it is empty; fetch or write the index again"}));
  EXPECT_EQ(
      openIndex("{\"weight_map\":{\"a\":1}}"),
      (Messages{
          at +
          ":1:20: tensor 'a': expects the name of a shard, a string, but got number; fetch or write the index again"}));
  EXPECT_EQ(
      openIndex("{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}"),
      (Messages{at +
                ":1:28: expects every key once, but got 'a' again (first at 1:20); fetch or write the index again"}));
  EXPECT_EQ(
      openIndex("{\"weight_map\":{"),
      (Messages{at +
                ":1:16: expects a key in double quotes, but got the end of the text; fetch or write the index again"}));
  EXPECT_EQ(
      openIndex("{\"weight_map\":{\"a\\u0000\":\"x\"}}"),
      (Messages{at +
                ":1:26: tensor 'a\\x00': expects a name without NUL, but got string; fetch or write the index again"}));
  EXPECT_EQ(openIndex("{\"weight_map\":" + std::string(100000, '[')),
            (Messages{at + ":1:78: expects at most 64 nested arrays and objects; fetch or write the index again"}));
  EXPECT_EQ(openIndex("\xef\xbb\xbf" + good),
            (Messages{at + ":1:1: starts with a byte order mark of UTF-8; save the text as UTF-8 without one"}));
}

TEST_F(CheckpointTest, ShardsLieBelowTheIndex) {
  EXPECT_EQ(openIndex("{\"weight_map\":{\"a\":\"../x\"}}"),
            (Messages{at + ":1:20: tensor 'a': expects a shard in the folder of the index, named without '..', but got "
                           "'../x'; put all shards there and write the index again"}));
  for (const char *name : {"", "/etc/passwd", "../m-00001-of-00002.safetensors", "..", ".", "./m", "a//b", "a/../b",
                           "a/", "s/../../x", "a\\u0000b", "a\\u001b[2J", "a\\u007f", "a\xc2\x9b", "a\\n"})
    EXPECT_EQ(openIndex("{\"weight_map\":{\"a\":\"" + std::string(name) + "\"}}")[0].find(
                  at + ":1:20: tensor 'a': expects a shard in the folder of the index, named without '..', but got "),
              0u)
        << name;
}

TEST_F(CheckpointTest, IndexAndShardsMustAgree) {
  EXPECT_EQ(openIndex("{\"weight_map\":{\"a\":" + first + ",\"c\":" + second + "}}"),
            (Messages{at + ": tensor 'b': is in shard 'm-00001-of-00002.safetensors', but not in the index; fetch or "
                           "write the checkpoint again"}));
  EXPECT_EQ(openIndex("{\"weight_map\":{" + map + ",\"d\":" + second + "}}"),
            (Messages{at + ": tensor 'd': is not in shard 'm-00002-of-00002.safetensors', where the index has it; "
                           "fetch or write the checkpoint again"}));
  folder.write("m-00002-of-00002.safetensors", shardOf({"b", "c"}));
  EXPECT_EQ(openIndex(good),
            (Messages{at + ": tensor 'b': is in shard 'm-00002-of-00002.safetensors', but the index has "
                           "it in 'm-00001-of-00002.safetensors'; fetch or write the checkpoint again"}));
}

TEST_F(CheckpointTest, MissingAndDamagedShards) {
  std::filesystem::remove(folder.file("m-00002-of-00002.safetensors"));
  folder.write("m-00001-of-00002.safetensors", shardOf({"a", "b"}).substr(0, 80));
  EXPECT_EQ(open(index).size(), 2u);
  EXPECT_EQ(status, SST_STATUS_CORRUPT);
  folder.write("m-00001-of-00002.safetensors", shardOf({"a", "b"}));
  EXPECT_EQ(open(index),
            (Messages{"D/m-00002-of-00002.safetensors: cannot be opened: No such file or directory; it is a "
                      "shard that m.safetensors.index.json lists: fetch it too, to this place"}));
  EXPECT_EQ(status, SST_STATUS_NOT_FOUND);
  std::filesystem::create_directory(folder.file("m-00002-of-00002.safetensors"));
  folder.write("m-00001-of-00002.safetensors", good);
  Messages messages = open(index);
  EXPECT_EQ(status, SST_STATUS_CORRUPT);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0], "D/m-00001-of-00002.safetensors: is text of JSON, not a safetensors file; give the tensors "
                         "themselves, or the index of their shards");
  EXPECT_EQ(messages[1], "D/m-00002-of-00002.safetensors: is a directory; name a file in it");
}

TEST_F(CheckpointTest, AnIndexListsAllShards) {
  EXPECT_EQ(
      openIndex("{\"weight_map\":{\"a\":" + first + ",\"b\":" + first + "}}"),
      (Messages{at + ": expects 2 shards like 'm-00001-of-00002.safetensors', but the index lists 1 of them; fetch "
                     "or write the index again"}));
}

TEST_F(CheckpointTest, TotalSize) {
  for (const char *size : {"3.0", "3e0"})
    EXPECT_EQ(openIndex("{\"metadata\":{\"total_size\":" + std::string(size) + "},\"weight_map\":{" + map + "}}"),
              Messages());
  for (const char *size : {"4", "\"3\"", "null", "1e999"})
    EXPECT_EQ(
        openIndex("{\"metadata\":{\"total_size\":" + std::string(size) + "},\"weight_map\":{" + map + "}}").size(), 1u)
        << size;
  EXPECT_EQ(openIndex("{\"metadata\":{\"total_size\":2},\"weight_map\":{" + map + "}}"),
            (Messages{at + ":1:27: the index says that all tensors have 2 bytes, but they have 3; fetch or write the "
                           "checkpoint again"}));
}

TEST_F(CheckpointTest, Folders) {
  std::string path = folder.path.string();
  EXPECT_EQ(open(path), Messages());
  EXPECT_EQ(open(path + "/"), Messages());
  folder.write("golden.safetensors", shardOf({"z"}));
  folder.write("._m.safetensors", "junk");
  EXPECT_EQ(open(path), Messages());
  EXPECT_EQ(sst_safetensors_count(file), 3u);
  folder.write("m.safetensors", shardOf({"z"}));
  EXPECT_EQ(open(path), (Messages{"D: is a directory; name a file in it: it has several checkpoints "
                                  "('m.safetensors.index.json', 'golden.safetensors', 'm.safetensors')"}));
  std::filesystem::remove(folder.file("m.safetensors"));
  std::filesystem::remove(folder.file("golden.safetensors"));
  std::filesystem::remove(index);
  EXPECT_EQ(open(path), (Messages{"D: is a directory with shards of a checkpoint ('m-00001-of-00002.safetensors', "
                                  "'m-00002-of-00002.safetensors'), but without their index; fetch the file "
                                  "*.safetensors.index.json too"}));
  std::filesystem::remove(folder.file("m-00001-of-00002.safetensors"));
  std::filesystem::remove(folder.file("m-00002-of-00002.safetensors"));
  folder.write("one.safetensors", shardOf({"z"}));
  EXPECT_EQ(open(path), Messages());
  EXPECT_EQ(sst_safetensors_path(file, 0), folder.file("one.safetensors"));
}

/// Without descriptors to open it, so that root sees it too.
TEST_F(CheckpointTest, AFolderThatCannotBeReadIsNotEmpty) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  Messages messages = open(folder.path.string());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(messages, (Messages{"D: cannot be read: Too many open files"}));
  EXPECT_EQ(status, SST_STATUS_IO_ERROR);
}

TEST_F(CheckpointTest, PartsOfACheckpoint) {
  EXPECT_EQ(checkWhole("m-00001-of-00002.safetensors"),
            (Messages{"D/m-00001-of-00002.safetensors: is shard 1 of 2, a part of a model; give the index beside it, "
                      "'m.safetensors.index.json', or the directory"}));
  EXPECT_EQ(
      checkWhole("x_2_of_3.safetensors"),
      (Messages{"D/x_2_of_3.safetensors: is shard 2 of 3, a part of a model; put all shards and their index, "
                "'x.safetensors.index.json', into one directory and give the index, or, if it is a whole model, rename "
                "it"}));
  EXPECT_EQ(checkWhole("m.safetensors-00001-of-00002.safetensors").size(), 1u);
  EXPECT_NE(checkWhole("m.safetensors-00001-of-00002.safetensors")[0].find("beside it, 'm.safetensors.index.json'"),
            std::string::npos);
  for (const char *name : {"m-00001-of-00001.safetensors", "one-of-two.safetensors", "best-of-3.safetensors",
                           "m.safetensors", "1.safetensors", "m-00001-of-00001.bin", "m-1-of-2x.safetensors"})
    EXPECT_EQ(checkWhole(name), Messages()) << name;
  writeIndex("{\"weight_map\":{\"a\":\"left.safetensors\",\"b\":\"right.safetensors\"}}");
  EXPECT_EQ(
      checkWhole("left.safetensors"),
      (Messages{"D/left.safetensors: is a part of a checkpoint, one of the shards that D/m.safetensors.index.json "
                "lists; give that index, or the directory"}));
  writeIndex("{\"weight_map\":{\"a\":\"left.safetensors\",\"b\":\"left.safetensors\"}}");
  EXPECT_EQ(checkWhole("left.safetensors"), Messages());
  writeIndex("{\"weight_map\":");
  EXPECT_EQ(checkWhole("left.safetensors"), Messages());
}

/// Whatever else the name has.
TEST_F(CheckpointTest, PartsByOtherNames) {
  for (const char *name :
       {"m-00001-of-00002.fp16.safetensors", "m-00001-of-00002.st", "m-00001-of-00002", "m-00001-of-00002.bin",
        "m-00001-of-00002 (1).safetensors", "m-00001-of-00002.safetensors.bak", "m_00001_OF_00002-copy.safetensors",
        "00001-of-00002.safetensors", "v1-of-2.safetensors", "a.1.of.2.b"})
    EXPECT_NE(checkWhole(name).at(0).find(": is shard 1 of 2, a part of a model; "), std::string::npos) << name;
  EXPECT_EQ(checkWhole("fold_1_of_5.safetensors"),
            (Messages{"D/fold_1_of_5.safetensors: is shard 1 of 5, a part of a model; put all shards and their index, "
                      "'fold.safetensors.index.json', into one directory and give the index, or, if it is a whole "
                      "model, rename it"}));
}

TEST_F(CheckpointTest, PartsBehindLinks) {
  std::filesystem::create_directory(folder.file("other"));
  folder.write("blob", "");
  std::filesystem::create_symlink("../x-00002-of-00003.safetensors", folder.file("other/two"));
  std::filesystem::create_symlink("blob", folder.file("x-00002-of-00003.safetensors"));
  std::filesystem::create_symlink("other/two", folder.file("link.safetensors"));
  for (const char *name : {"link.safetensors", "other/two"})
    EXPECT_EQ(checkWhole(name).at(0).find("D/" + std::string(name) +
                                          ": is a link to 'x-00002-of-00003.safetensors', shard 2 of 3, a part of "),
              0u);
  std::filesystem::create_symlink("m-00001-of-00002.safetensors", folder.file("first"));
  EXPECT_EQ(checkWhole("first"), (Messages{"D/first: is a link to 'm-00001-of-00002.safetensors', a part of a "
                                           "checkpoint, one of the shards that D/m.safetensors.index.json lists; give "
                                           "that index, or the directory"}));
  std::filesystem::create_symlink("blob", folder.file("whole"));
  EXPECT_EQ(checkWhole("whole"), Messages());
}

TEST_F(CheckpointTest, PartsThatADamagedIndexNames) {
  folder.write("left.safetensors", shardOf({"a"}));
  const std::string good = "{\"weight_map\":{\"a\":\"left.safetensors\",\"b\":\"right.safetensors\"}}";
  std::string wide = "\xff\xfe";
  for (char c : good)
    wide += {c, '\0'};
  for (const std::string &text : {"\xef\xbb\xbf" + good, good.substr(0, good.size() - 8), wide,
                                  std::string("{\"weight_map\":{\"a\":\"./left.safetensors\",\"b\":1}}")}) {
    writeIndex(text);
    EXPECT_EQ(checkWhole("left.safetensors"),
              (Messages{"D/left.safetensors: is a part of a checkpoint, it seems: " + at +
                        " names it, an index that is damaged; fetch or write the index again, and give it"}))
        << text;
    EXPECT_EQ(checkWhole("eft.safetensors"), Messages());
  }
  writeIndex("{\"files\":[\"left.safetensors\",\"right.safetensors\"]}");
  EXPECT_EQ(checkWhole("left.safetensors"), Messages());
}

TEST_F(CheckpointTest, PartsThatOtherIndicesList) {
  std::filesystem::remove(index);
  for (const char *name : {"weights.index.json", "index.json", "m.safetensors.index.fp16.json"}) {
    std::string other = folder.write(name, "{\"weight_map\":{\"a\":\"l.st\",\"b\":\"s/r.st\"}}");
    EXPECT_EQ(checkWhole("l.st"), (Messages{"D/l.st: is a part of a checkpoint, one of the shards that D/" +
                                            std::string(name) + " lists; give that index"}));
    std::filesystem::create_directory(folder.file("s"));
    EXPECT_EQ(checkWhole("s/r.st"), (Messages{"D/s/r.st: is a part of a checkpoint, one of the shards that D/" +
                                              std::string(name) + " lists; give that index"}));
    EXPECT_EQ(checkWhole("s/l.st"), Messages());
    EXPECT_EQ(checkWhole("s/./r.st").size(), 1u);
    std::filesystem::remove(other);
  }
}

/// An index says more than a name.
TEST_F(CheckpointTest, TheIndexOfAnotherNameIsFound) {
  std::filesystem::rename(index, folder.file("other.safetensors.index.json"));
  EXPECT_EQ(checkWhole("m-00001-of-00002.safetensors"),
            (Messages{"D/m-00001-of-00002.safetensors: is shard 1 of 2, a part of a model; give the index beside it, "
                      "'other.safetensors.index.json', or the directory"}));
}

TEST_F(CheckpointTest, ArraysComeFromCheckpointsToo) {
  folder.write("m-00002-of-00002.safetensors",
               safetensors("{\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", bytesOf<float>({5})));
  writeIndex("{\"weight_map\":{" + map + "}}");
  for (const std::string &source : {index + ":c", folder.path.string() + ":c"}) {
    sst_array_t array;
    Report report;
    ASSERT_EQ(sst_array_load(source.c_str(), nullptr, &array, &report), SST_STATUS_OK) << report.texts()[0];
    EXPECT_EQ(array.data[0], 5);
    sst_array_free(&array);
  }
}

TEST(FileKind, OtherFilesAreCalledWhatTheyAre) {
  const std::string tail(600, '\x01');
  const std::pair<std::string, const char *> cases[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 448443312\n", "is a pointer of git-lfs"},
      {"PK\3\4" + std::string(26, '\1') + "archive/data.pkl" + tail, "is a file of PyTorch"},
      {"PK\3\4" + std::string(26, '\1') + "kernel.npy" + tail, "is an .npz archive"},
      {"PK\3\4" + tail, "is a zip archive"},
      {"\x80\x02}q" + tail, "is a pickle of Python"},
      {"\x80\x04\x95" + tail, "is a pickle of Python"},
      {"GGUF\3" + tail, "is a GGUF file"},
      {"\x89HDF\r\n\x1a\n" + tail, "is an HDF5 file"},
      {std::string("\x93NUMPY\1\0v\0", 10) + tail, "is an .npy array"},
      {std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10) + tail, "is compressed by gzip"},
      {"\x28\xb5\x2f\xfd" + tail, "is compressed by zstd"},
      {std::string("\xfd\x37zXZ\0", 6) + tail, "is compressed by xz"},
      {"BZh9" + tail, "is compressed by bzip2"},
      {std::string(257, 'a') + "ustar" + tail, "is a tar archive"},
      {"\x7f\x45LF\2\1\1" + tail, "is a program, library or object file"},
      {"!<arch>\nx" + tail, "is a static library"},
      {"ML\xefR" + tail, "is MLIR bytecode"},
      {"BC\xc0\xde" + tail, "is bitcode of LLVM"},
      {"\n<!DOCTYPE HTML>\n<title>404</title>", "is a page of HTML"},
      {"<html><body>", "is a page of HTML"},
      {"module attributes {sst.name = \"m\"} {\n}\n", "is text of MLIR"},
      {std::string("\xff\xfe{\0\"\0", 6) + tail, "is text in UTF-16"},
      {"{\"num_heads\": 4}", "is text of JSON"},
      {std::string("\x08\x08\x12\x07pytorch", 11) + tail, "is a model of ONNX"},
      {"these are not the weights\n", "is text"},
      {std::string(4096, '\0'), "starts with zeros only"},
      {std::string("\0\0\0\0\0\203h\3aaaaaaaaaaaaaa", 22), "is a term of Erlang"},
      {"\203t" + tail, "is a term of Erlang"},
      {"\203P" + tail, "is a term of Erlang"},
      {"nx\1\1" + tail, "is a file of Nx.serialize"},
      {bytesOf<float>({0.5f, -0.25f, 1.5f, 0.125f, 3.0f}), "holds bare 32-bit floats"},
  };
  for (auto &[content, what] : cases) {
    sst_safetensors_t *file;
    Report report;
    EXPECT_EQ(sst_safetensors_parse(content.data(), content.size(), "f", &file, &report), SST_STATUS_CORRUPT) << what;
    ASSERT_EQ(report.count, 1u) << what;
    EXPECT_EQ(std::string(report.messages[0]).substr(0, 3 + strlen(what)), "f: " + std::string(what));
    EXPECT_NE(std::string(report.messages[0]).find(", not a safetensors file; "), std::string::npos);
  }
}

/// Shorter than the length in front of a header.
TEST(FileKind, ShortFiles) {
  const std::pair<std::string, const char *> cases[] = {
      {std::string("\x80\x04]\x94.", 5), "is a pickle of Python"},
      {"{}", "is text of JSON"},
      {"hi\n", "is text"},
      {"GGUF", "is a GGUF file"},
      {std::string("\0\1", 2), "expects 8 bytes of header length, but the file has only 2 bytes"},
  };
  for (auto &[content, what] : cases) {
    sst_safetensors_t *file;
    Report report;
    EXPECT_EQ(sst_safetensors_parse(content.data(), content.size(), "f", &file, &report), SST_STATUS_CORRUPT) << what;
    ASSERT_EQ(report.count, 1u) << what;
    EXPECT_EQ(report.texts()[0].find("f: " + std::string(what)), 0u) << report.texts()[0];
  }
}

/// Whatever the length in front looks like, a file is what follows it.
TEST(FileKind, LengthsThatLookLikeASignature) {
  for (uint64_t length : {0x93u, 0x280u, 0x88b1fu, 0x7bu, 0x83u, 0x5f8u}) {
    std::string header = "{" + std::string(length - 2, ' ') + "}", bytes = safetensors(header);
    sst_safetensors_t *file;
    Report report;
    EXPECT_EQ(sst_safetensors_parse(bytes.data(), bytes.size(), "f", &file, &report), SST_STATUS_OK) << length;
    sst_safetensors_free(file);
    bytes.resize(bytes.size() - 1);
    EXPECT_EQ(sst_safetensors_parse(bytes.data(), bytes.size(), "f", &file, &report), SST_STATUS_CORRUPT);
    EXPECT_NE(report.texts()[0].find("cut short"), std::string::npos) << report.texts()[0];
  }
}

TEST(FileKind, AnArrayWhoseHeaderHasTheLengthOfNumpysFirstByte) {
  Folder folder;
  std::string header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
  header += std::string(0x93 - header.size() - 1, ' ') + "}";
  std::string path = folder.write("a.safetensors", safetensors(header, bytesOf<float>({7})));
  sst_array_t array;
  ASSERT_EQ(sst_array_load(path.c_str(), nullptr, &array, nullptr), SST_STATUS_OK);
  EXPECT_EQ(array.data[0], 7);
  sst_array_free(&array);
}
