/*
 * file_kind.c - the table of files that are given in the place of safetensors files.
 *
 * Most have a signature, bytes at a fixed place. Some need a look at more: these have a function.
 */
#define _GNU_SOURCE
#include "file_kind.h"

#include "text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/** The beginning of a file. */
typedef struct head {
  const unsigned char *bytes;
  size_t size;
} head_t;

typedef struct entry {
  const char *signature; /* NULL if `matches` alone decides */
  size_t length, place;
  int (*matches)(const head_t *head); /* NULL if the signature alone decides */
  sst_file_kind_t kind;
} entry_t;

static int starts_with(const head_t *head, size_t place, const char *text) {
  size_t length = strlen(text);
  return head->size >= place && head->size - place >= length && memcmp(head->bytes + place, text, length) == 0;
}

/** The same without regard to case. */
static int starts_with_word(const head_t *head, size_t place, const char *text) {
  size_t length = strlen(text);
  return head->size >= place && head->size - place >= length &&
         strncasecmp((const char *)head->bytes + place, text, length) == 0;
}

/** Where the text starts, behind a byte order mark of UTF-8 and space. */
static size_t text_start(const head_t *head) {
  size_t at = starts_with(head, 0, "\xef\xbb\xbf") ? 3 : 0;
  while (at < head->size && memchr(" \t\r\n", head->bytes[at], 4))
    ++at;
  return at;
}

/** Whether the first 512 bytes are text: UTF-8 without control characters but space. */
static int is_text(const head_t *head) {
  size_t size = head->size < 512 ? head->size : 512, length = 0;
  /* The last character may be cut. */
  for (size_t i = 0; i < size && (i + 4 <= size || size == head->size); i += length) {
    length = sst_utf8_length((const char *)head->bytes + i, size - i);
    if (length == 0 || head->bytes[i] == 0x7f || (head->bytes[i] < 0x20 && !memchr("\t\r\n\f", head->bytes[i], 4)))
      return 0;
  }
  return size > 0;
}

static int is_json(const head_t *head) { return sst_is_json_text(head->bytes, head->size); }

static int is_html(const head_t *head) {
  size_t at = text_start(head);
  return starts_with_word(head, at, "<!doctype html") || starts_with_word(head, at, "<html") ||
         starts_with_word(head, at, "<head") || starts_with_word(head, at, "<?xml");
}

/** The name of the first file in a zip archive starts at byte 30. */
static int zip_holds(const head_t *head, const char *text) {
  size_t size = head->size < 512 ? head->size : 512;
  return size > 30 && memmem(head->bytes + 30, size - 30, text, strlen(text)) != NULL;
}

static int is_npz(const head_t *head) { return zip_holds(head, ".npy"); }

static int is_torch(const head_t *head) { return zip_holds(head, "data.pkl") || zip_holds(head, "/version"); }

/** "\x80", the protocol, and an opcode that can come first. */
static int is_pickle(const head_t *head) {
  return head->size > 2 && head->bytes[1] >= 2 && head->bytes[1] <= 5 &&
         memchr("\x95\x8a}]()cX\x8c", head->bytes[2], 9) != NULL;
}

/** A protocol buffer that starts with a small version (field 1) and goes on with another field of ONNX's model. */
static int is_onnx(const head_t *head) {
  return head->size > 2 && head->bytes[0] == 0x08 && head->bytes[1] >= 1 && head->bytes[1] < 32 &&
         memchr("\x12\x1a\x22\x28\x32\x3a\x42", head->bytes[2], 7) != NULL;
}

/** Erlang's external term format: byte 131 and the tag of a term. Nx.serialize puts a few bytes of its own in front. */
static int is_erlang_term(const head_t *head) {
  for (size_t i = 0; i < 17 && i + 1 < head->size; ++i)
    if (head->bytes[i] == 131 && memchr("htPimljdwk", head->bytes[i + 1], 10))
      return 1;
  return 0;
}

static int is_mlir(const head_t *head) {
  size_t at = text_start(head);
  if (!is_text(head))
    return 0;
  static const char *const starts[] = {"module",  "builtin.module", "func.func", "\"builtin.module",
                                       "// RUN:", "#map",           "#loc"};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; ++i)
    if (starts_with(head, at, starts[i]))
      return 1;
  return 0;
}

static int is_zeros(const head_t *head) {
  for (size_t i = 0; i < head->size && i < 512; ++i)
    if (head->bytes[i])
      return 0;
  return head->size >= 16;
}

/** Whether all of the first numbers have the size that weights have. */
static int is_floats(const head_t *head) {
  size_t zeros = 0, count = head->size / sizeof(float) < 16 ? head->size / sizeof(float) : 16;
  for (size_t i = 0; i < count; ++i) {
    float value;
    memcpy(&value, head->bytes + i * sizeof value, sizeof value);
    zeros += value == 0;
    if (!(value == 0 || (fabsf(value) > 1e-6f && fabsf(value) < 1e4f)))
      return 0;
  }
  return count >= 4 && zeros * 2 <= count;
}

#define SIGNATURE(text, place) text, sizeof(text) - 1, place
#define EXPORT_AGAIN "write its tensors as safetensors with the program that made it"
#define FROM_PYTHON "load it in Python and write its tensors with safetensors.torch.save_file"
#define NOT_COMPILED "give the tensors themselves, not what was compiled from them"
#define MODULE(ending) "as a module for sst-compile, sst-interpret or sst-opt give it a name that ends in " ending
#define UNPACK "unpack it and give the safetensors file in it"

/* The first that fits holds. */
static const entry_t entries[] = {
    {SIGNATURE("version https://git-lfs", 0),
     NULL,
     {"is a pointer of git-lfs to a file", "fetch the file with git lfs pull"}},
    {SIGNATURE("PK\3\4", 0),
     is_npz,
     {"is an .npz archive of NumPy", "load it with numpy.load and write its arrays with safetensors.numpy.save_file"}},
    {SIGNATURE("PK\3\4", 0), is_torch, {"is a file of PyTorch (a zip archive with a pickle)", FROM_PYTHON}},
    {SIGNATURE("PK\3\4", 0), NULL, {"is a zip archive", UNPACK}},
    {SIGNATURE("PK\5\6", 0), NULL, {"is an empty zip archive", "give the tensors themselves"}},
    {SIGNATURE("\x80", 0), is_pickle, {"is a pickle of Python, as older files of PyTorch are", FROM_PYTHON}},
    {SIGNATURE("GGUF", 0), NULL, {"is a GGUF file", EXPORT_AGAIN}},
    {SIGNATURE("lmgg", 0), NULL, {"is a GGML file", EXPORT_AGAIN}},
    {SIGNATURE("tjgg", 0), NULL, {"is a GGML file", EXPORT_AGAIN}},
    {SIGNATURE("\x89HDF\r\n\x1a\n", 0),
     NULL,
     {"is an HDF5 file, as Keras writes them",
      "load it with h5py and write its arrays with safetensors.numpy.save_file"}},
    {SIGNATURE("\x93NUMPY", 0),
     NULL,
     {"is an .npy array of NumPy, which has no names", "write all arrays with safetensors.numpy.save_file"}},
    {SIGNATURE("TFL3", 4), NULL, {"is a TensorFlow Lite model", EXPORT_AGAIN}},
    {SIGNATURE("\x1f\x8b", 0), NULL, {"is compressed by gzip", UNPACK}},
    {SIGNATURE("\x28\xb5\x2f\xfd", 0), NULL, {"is compressed by zstd", UNPACK}},
    {SIGNATURE("\xfd"
               "7zXZ",
               0),
     NULL,
     {"is compressed by xz", UNPACK}},
    {SIGNATURE("BZh", 0), NULL, {"is compressed by bzip2", UNPACK}},
    {SIGNATURE("\x04\x22\x4d\x18", 0), NULL, {"is compressed by lz4", UNPACK}},
    {SIGNATURE("7z\xbc\xaf\x27\x1c", 0), NULL, {"is a 7z archive", UNPACK}},
    {SIGNATURE("Rar!", 0), NULL, {"is a rar archive", UNPACK}},
    {SIGNATURE("ustar", 257), NULL, {"is a tar archive", UNPACK}},
    {SIGNATURE("\x7f"
               "ELF",
               0),
     NULL,
     {"is a program, library or object file (ELF)", NOT_COMPILED}},
    {SIGNATURE("!<arch>\n", 0), NULL, {"is a static library", NOT_COMPILED}},
    {SIGNATURE("ML\xefR", 0), NULL, {"is MLIR bytecode", MODULE(".mlirbc")}},
    {SIGNATURE("BC\xc0\xde", 0), NULL, {"is bitcode of LLVM", NOT_COMPILED}},
    {NULL,
     0,
     0,
     is_html,
     {"is a page of HTML or XML, perhaps the answer of a server to a failed download",
      "download the file itself (of a page with /blob/ in its address the file has /resolve/)"}},
    {NULL, 0, 0, is_json, {"is text of JSON", "give the tensors themselves, or the index of their shards"}},
    {NULL, 0, 0, is_mlir, {"is text of MLIR", MODULE(".mlir")}},
    {SIGNATURE("\xff\xfe", 0), NULL, {"is text in UTF-16", "save an index as UTF-8, and write tensors as safetensors"}},
    {SIGNATURE("\xfe\xff", 0), NULL, {"is text in UTF-16", "save an index as UTF-8, and write tensors as safetensors"}},
    {NULL, 0, 0, is_onnx, {"is a model of ONNX", EXPORT_AGAIN}},
    {NULL,
     0,
     0,
     is_text,
     {"is text", "write tensors as safetensors, or give the index of a checkpoint (JSON with a \"weight_map\")"}},
    {NULL,
     0,
     0,
     is_zeros,
     {"starts with zeros only", "copy or download it again: it was reserved on the disk and never written"}},
    {NULL,
     0,
     0,
     is_erlang_term,
     {"is a term of Erlang, as Nx.serialize and :erlang.term_to_binary write it",
      "read it in Elixir with Nx.deserialize and write its tensors with Safetensors.write!"}},
    {SIGNATURE("nx", 0),
     NULL,
     {"is a file of Nx.serialize",
      "read it in Elixir with Nx.deserialize and write its tensors with Safetensors.write!"}},
    {NULL,
     0,
     0,
     is_floats,
     {"holds bare 32-bit floats, without names and shapes", "write them with their names as safetensors"}},
};

const sst_file_kind_t *sst_file_kind(const void *bytes, size_t size) {
  head_t head = {bytes, size};
  for (size_t i = 0; i < sizeof entries / sizeof *entries; ++i) {
    const entry_t *entry = &entries[i];
    int fits = !entry->signature || (size >= entry->place && size - entry->place >= entry->length &&
                                     memcmp(head.bytes + entry->place, entry->signature, entry->length) == 0);
    if (fits && (!entry->matches || entry->matches(&head)))
      return &entry->kind;
  }
  return NULL;
}

int sst_is_json_text(const void *bytes, size_t size) {
  head_t head = {bytes, size};
  /* The length in front of a header has zeros; text has none. */
  if (memchr(bytes, 0, size < 8 ? size : 8))
    return 0;
  size_t at = text_start(&head);
  return at < size && (head.bytes[at] == '{' || head.bytes[at] == '[');
}

size_t sst_byte_order_mark(const void *bytes, size_t size, const char **encoding) {
  head_t head = {bytes, size};
  static const struct {
    const char *mark, *encoding;
  } marks[] = {{"\xef\xbb\xbf", "UTF-8"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; ++i) {
    if (starts_with(&head, 0, marks[i].mark)) {
      *encoding = marks[i].encoding;
      return strlen(marks[i].mark);
    }
  }
  return 0;
}
