// Reading and writing files: complete or not at all, and nothing left behind.
#include "TestFiles.h"

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sst_test;

namespace {

sst_status_t write(const std::string &path, const std::string &content, sst_error_t *error = nullptr) {
  sst_span_t spans[] = {{content.data(), content.size() / 2},
                        {nullptr, 0},
                        {content.data() + content.size() / 2, content.size() - content.size() / 2}};
  return sst_file_write(path.c_str(), spans, 3, error);
}

/// While it lives, files cannot grow beyond `bytes`: like a disk without space.
struct FileSizeLimit {
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &saved);
    rlimit limit = {bytes, saved.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &saved); }
  rlimit saved;
};

} // namespace

TEST(File, CheckedArithmetic) {
  size_t result = 5;
  EXPECT_EQ(sst_mul_size(SIZE_MAX / 2, 2, &result), 1);
  EXPECT_EQ(result, SIZE_MAX - 1);
  EXPECT_EQ(sst_mul_size(SIZE_MAX / 2 + 1, 2, &result), 0);
  EXPECT_EQ(sst_add_size(SIZE_MAX, 1, &result), 0);
  EXPECT_EQ(result, SIZE_MAX - 1);
  EXPECT_EQ(sst_add_size(SIZE_MAX, 0, &result), 1);
}

TEST(File, WritesAndReads) {
  Folder folder;
  std::string path = folder.file("x"), content = "hello\0world";
  ASSERT_EQ(write(path, content), SST_STATUS_OK);
  void *bytes = nullptr;
  size_t size = 0;
  ASSERT_EQ(sst_file_read(path.c_str(), &bytes, &size, nullptr), SST_STATUS_OK);
  EXPECT_EQ(std::string(static_cast<char *>(bytes), size), content);
  std::free(bytes);
  ASSERT_EQ(write(path, ""), SST_STATUS_OK);
  ASSERT_EQ(sst_file_read(path.c_str(), &bytes, &size, nullptr), SST_STATUS_OK);
  EXPECT_NE(bytes, nullptr);
  EXPECT_EQ(size, 0u);
  std::free(bytes);
}

TEST(File, ReadRefusesWhatIsNoRegularFile) {
  Folder folder;
  std::string pipe = folder.file("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  void *bytes = &folder;
  size_t size = 1;
  sst_error_t error;
  EXPECT_EQ(sst_file_read(pipe.c_str(), &bytes, &size, &error), SST_STATUS_IO_ERROR);
  EXPECT_EQ(error.message, pipe + ": is not a regular file, but a pipe or a device; write it to a file first");
  EXPECT_EQ(bytes, nullptr);
  EXPECT_EQ(size, 0u);
  EXPECT_EQ(sst_file_read(folder.path.c_str(), &bytes, &size, &error), SST_STATUS_IO_ERROR);
  EXPECT_EQ(error.message, folder.path.string() + ": is a directory; name a file in it");
  EXPECT_EQ(sst_file_read("", &bytes, &size, &error), SST_STATUS_NOT_FOUND);
  EXPECT_STREQ(error.message, ": cannot be opened: No such file or directory");
}

TEST(File, ReadRefusesAnUnreadableFile) {
  Folder folder;
  chmod(folder.path.c_str(), 0755);
  std::string path = folder.write("x", "1");
  chmod(path.c_str(), 0);
  // Root may read everything, so it becomes somebody else for a while.
  uid_t user = geteuid();
  if (user == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  void *bytes;
  size_t size;
  sst_error_t error;
  sst_status_t status = sst_file_read(path.c_str(), &bytes, &size, &error);
  ASSERT_EQ(seteuid(user), 0);
  EXPECT_EQ(status, SST_STATUS_IO_ERROR);
  EXPECT_EQ(error.message, path + ": cannot be opened: Permission denied");
}

TEST(File, ReplacesAndKeepsThePermissions) {
  Folder folder;
  std::string path = folder.write("x", "old");
  chmod(path.c_str(), 0640);
  ASSERT_EQ(write(path, "new"), SST_STATUS_OK);
  EXPECT_EQ(readFile(path), "new");
  struct stat info;
  stat(path.c_str(), &info);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x"});
}

TEST(File, FollowsLinks) {
  Folder folder;
  std::string path = folder.write("x", "old"), link = folder.file("link");
  std::filesystem::create_symlink("x", link);
  ASSERT_EQ(write(link, "new"), SST_STATUS_OK);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(readFile(path), "new");
}

TEST(File, AFullDiskLeavesTheOldFile) {
  Folder folder;
  std::string path = folder.write("x", "old"), fresh = folder.file("fresh");
  sst_error_t error{};
  {
    FileSizeLimit limit(4096);
    EXPECT_EQ(write(path, std::string(100000, 'x'), &error), SST_STATUS_IO_ERROR);
    EXPECT_EQ(write(fresh, std::string(100000, 'x')), SST_STATUS_IO_ERROR);
  }
  EXPECT_EQ(error.message, path + ": cannot be written: File too large");
  EXPECT_EQ(readFile(path), "old");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x"});
}

TEST(File, WritesToADeviceDirectly) {
  sst_error_t error{};
  EXPECT_EQ(write("/dev/null", "x"), SST_STATUS_OK);
  EXPECT_EQ(write("/dev/full", "x", &error), SST_STATUS_IO_ERROR);
  EXPECT_STREQ(error.message, "/dev/full: cannot be written: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(File, RefusesAFolderThatIsNotThere) {
  Folder folder;
  sst_error_t error{};
  EXPECT_EQ(write(folder.file("no/x"), "x", &error), SST_STATUS_NOT_FOUND);
  EXPECT_EQ(error.message,
            folder.file("no/x") + ": cannot be written: No such file or directory; make its folder first");
  EXPECT_EQ(write(folder.path.string(), "x", &error), SST_STATUS_IO_ERROR);
  EXPECT_EQ(error.message, folder.path.string() + ": cannot be written: Is a directory; name a file in it");
  EXPECT_EQ(write(folder.file(std::string(300, 'n')), "x", &error), SST_STATUS_IO_ERROR);
  EXPECT_TRUE(folder.names().empty());
}

TEST(File, WritesSeveralOrNone) {
  Folder folder;
  std::string first = folder.write("a", "old"), second = folder.file("b"), third = folder.file("no/c");
  sst_span_t span = {"new", 3};
  sst_output_t outputs[] = {{first.c_str(), &span, 1, 0}, {second.c_str(), &span, 1, 1}, {third.c_str(), &span, 1, 0}};
  sst_report_t report{};
  EXPECT_EQ(sst_files_write(outputs, 3, &report), SST_STATUS_NOT_FOUND);
  ASSERT_EQ(sst_report_count(&report), 1u);
  EXPECT_EQ(sst_report_message(&report, 0),
            third + ": cannot be written: No such file or directory; make its folder first");
  sst_report_free(&report);
  EXPECT_EQ(readFile(first), "old");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a"});
  EXPECT_EQ(sst_files_write(outputs, 2, nullptr), SST_STATUS_OK);
  EXPECT_EQ(readFile(first), "new");
  EXPECT_EQ(readFile(second), "new");
  EXPECT_EQ(access(second.c_str(), X_OK), 0);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(sst_files_write(nullptr, 0, nullptr), SST_STATUS_OK);
}

TEST(File, AnythingButRegularFilesKeepsTheOthersFromChanging) {
  Folder folder;
  std::string path = folder.write("a", "old");
  sst_span_t span = {"new", 3};
  sst_output_t outputs[] = {{path.c_str(), &span, 1, 0}, {"/dev/full", &span, 1, 0}};
  EXPECT_EQ(sst_files_write(outputs, 2, nullptr), SST_STATUS_IO_ERROR);
  EXPECT_EQ(readFile(path), "old");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a"});
}

TEST(File, RemovesWhatNobodyWritesAnyMore) {
  Folder folder;
  std::string running = folder.write("sst-1-0.tmp", "x");
  folder.write("sst-1-1.tmp", "x");
  folder.write("sst-1-1.tmp~", "x");
  int descriptor = open(running.c_str(), O_RDWR);
  ASSERT_EQ(flock(descriptor, LOCK_EX), 0);
  sst_files_remove_abandoned(folder.file("whatever").c_str());
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"sst-1-0.tmp", "sst-1-1.tmp~"}));
  close(descriptor);
  sst_files_remove_abandoned(folder.file("whatever").c_str());
  EXPECT_EQ(folder.names(), std::vector<std::string>{"sst-1-1.tmp~"});
  sst_files_remove_abandoned(folder.file("no/whatever").c_str());
}
