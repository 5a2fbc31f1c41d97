// Objects of many sections: from SHN_LORESERVE on their numbers mean something else.
#include "sst/Compiler/Object.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"

#include <gtest/gtest.h>

using namespace sst;
using Elf = llvm::object::ELF64LE;

/// An object of `count` empty sections of different names, and those that every object has.
static llvm::SmallVector<char, 0> makeObject(size_t count, const std::string &stem) {
  std::string names("\0", 1);
  std::vector<Elf::Shdr> sections(count + 2);
  for (size_t i = 1; i <= count; ++i) {
    sections[i].sh_name = names.size();
    sections[i].sh_type = llvm::ELF::SHT_PROGBITS;
    sections[i].sh_addralign = 1;
    names += stem + std::to_string(i) + '\0';
  }
  sections.back().sh_type = llvm::ELF::SHT_STRTAB;
  sections.back().sh_addralign = 1;
  sections.back().sh_offset = sizeof(Elf::Ehdr);
  sections.back().sh_size = names.size();
  names.resize((names.size() + 7) / 8 * 8);
  Elf::Ehdr header = {};
  std::copy_n(llvm::ELF::ElfMagic, 4, header.e_ident);
  header.e_ident[llvm::ELF::EI_CLASS] = llvm::ELF::ELFCLASS64;
  header.e_ident[llvm::ELF::EI_DATA] = llvm::ELF::ELFDATA2LSB;
  header.e_type = llvm::ELF::ET_REL;
  header.e_machine = llvm::ELF::EM_X86_64;
  header.e_shoff = sizeof(header) + names.size();
  header.e_shentsize = sizeof(Elf::Shdr);
  bool isExtended = sections.size() >= llvm::ELF::SHN_LORESERVE;
  header.e_shnum = sections.size();
  header.e_shstrndx = sections.size() - 1;
  if (isExtended) {
    header.e_shnum = 0;
    header.e_shstrndx = llvm::ELF::SHN_XINDEX;
    sections[0].sh_size = sections.size();
    sections[0].sh_link = sections.size() - 1;
  }
  llvm::SmallVector<char, 0> object;
  auto append = [&](const void *data, size_t bytes) {
    object.append(static_cast<const char *>(data), static_cast<const char *>(data) + bytes);
  };
  append(&header, sizeof(header));
  append(names.data(), names.size());
  append(sections.data(), sections.size() * sizeof(Elf::Shdr));
  return object;
}

/// The number of sections of a merged object, or what is wrong.
static std::string merge(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects) {
  llvm::Expected<std::string> merged = mergeObjects(objects, "weights", SymbolScope::Link);
  if (!merged)
    return llvm::toString(merged.takeError());
  auto file = llvm::object::ELFFile<Elf>::create(*merged);
  return file ? std::to_string(file->getHeader().e_shnum) : llvm::toString(file.takeError());
}

static const char problem[] = "the code has more than 65279 sections, which an object cannot number; compile for "
                              "one --target at a time, or a smaller model";

TEST(MergeObjects, ManySections) {
  // The weights, the empty section, the symbols and the names come on top.
  constexpr size_t most = llvm::ELF::SHN_LORESERVE - 1 - 4;
  EXPECT_EQ("65279", merge({makeObject(most / 2, ".a"), makeObject(most - most / 2, ".b")}));
  EXPECT_EQ(problem, merge({makeObject(most / 2, ".a"), makeObject(most - most / 2 + 1, ".b")}));
  // Sections of one name are one.
  EXPECT_EQ("40004", merge({makeObject(40000, ".a"), makeObject(40000, ".a")}));
}

TEST(MergeObjects, AnObjectOfExtendedNumbers) {
  EXPECT_EQ(problem, merge({makeObject(llvm::ELF::SHN_LORESERVE, ".a")}));
}
