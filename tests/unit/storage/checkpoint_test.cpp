#include "libr1/storage/checkpoint.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "libr1/storage/hdf5_file.h"
#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::message_of;
using testing::test_folder;

std::string write_checkpoint(const std::string& folder, int64_t step, int64_t elements = 100) {
  CheckpointWriter writer(folder, step, {});
  for (const char* name : {"model.h5", "optimizer.h5"}) {
    H5File file(writer.path_of(name), H5Mode::kCreate);
    const Tensor tensor({elements}, Dtype::kF32);
    for (int64_t i = 0; i < elements; ++i)
      tensor.view().data<float>()[i] = static_cast<float>(step + i);
    testing::write_tensor(file, "w", tensor);
    file.close();
  }
  return writer.commit();
}

TEST(Checkpoint, ExistsOnceCommitted) {
  const std::string folder = test_folder();
  EXPECT_EQ(latest_checkpoint(folder), std::nullopt);
  EXPECT_EQ(latest_checkpoint(folder + "/none"), std::nullopt);
  const std::string path = write_checkpoint(folder, 200);
  EXPECT_EQ(path, folder + "/step-000200");
  EXPECT_EQ(latest_checkpoint(folder), path);
  EXPECT_EQ(checkpoint_step(path), 200);
  verify_checkpoint(path, {});
  write_checkpoint(folder, 1'000'000);  // more digits than the name's width
  EXPECT_EQ(checkpoint_step(*latest_checkpoint(folder)), 1'000'000);
}

TEST(Checkpoint, OfTheSameStepIsReplaced) {
  const std::string folder = test_folder();
  write_checkpoint(folder, 5);
  const std::string first = checkpoint_checksum(folder + "/step-000005");
  write_checkpoint(folder, 5, 200);
  EXPECT_NE(checkpoint_checksum(folder + "/step-000005"), first);
  verify_checkpoint(folder + "/step-000005", {});
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

// A reader that looks again and again sees the old one or the new one.
TEST(Checkpoint, OfTheSameStepIsThereWhileItIsReplaced) {
  const std::string folder = test_folder(), path = write_checkpoint(folder, 5);
  fs::create_directories(folder + "/other");
  if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, (folder + "/other").c_str(), RENAME_EXCHANGE))
    GTEST_SKIP() << "this file system cannot exchange names";
  write_checkpoint(folder, 5);
  std::atomic<bool> ended = false;
  std::atomic<int> missing = 0, looks = 0;
  std::thread reader([&] {
    for (; !ended; ++looks) missing += !file_exists(path + "/COMPLETE");
  });
  for (int i = 0; i < 50; ++i) write_checkpoint(folder, 5, 1);
  ended = true;
  reader.join();
  EXPECT_EQ(missing, 0) << "of " << looks << " looks";
}

// Where a file system cannot exchange names, a crash may come between two renames.
TEST(Checkpoint, ReplacedHalfwayIsPutBack) {
  const std::string folder = test_folder(), path = write_checkpoint(folder, 5);
  const std::string first = checkpoint_checksum(path);
  fs::rename(path, path + ".old.part");
  fs::create_directories(folder + "/step-000006.old.part");  // not whole
  restore_replaced_checkpoints(folder);
  EXPECT_EQ(latest_checkpoint(folder), path);
  EXPECT_EQ(checkpoint_checksum(path), first);
  fs::create_directories(path + ".old.part");
  restore_replaced_checkpoints(folder);  // the new one is in its place
  EXPECT_EQ(checkpoint_checksum(path), first);
  EXPECT_FALSE(file_exists(folder + "/step-000006"));
  restore_replaced_checkpoints(folder + "/none");
}

// Two ranks, one after the other: rank 1 sees of the folder what rank 0 tells.
TEST(Checkpoint, EveryFileOfRank0sListHasAChecksum) {
  const std::string folder = test_folder();
  Communicator ranks[2] = {{nullptr, 0, 2}, {nullptr, 1, 2}};
  for (const bool forgotten : {true, false}) {
    ranks[1].broadcast = [&](const std::string&, const char*) {
      return forgotten ? R"(["a"])" : R"(["a", "b"])";
    };
    CheckpointWriter writer(folder, 1, ranks[0]), other(folder, 1, ranks[1]);
    for (const char* name : {"a", "b"}) testing::overwrite(writer.path_of(name), name);
    other.commit();
    if (forgotten)
      EXPECT_THAT(message_of([&] { writer.commit(); }, Fault::kRun),
                  HasSubstr("/b has no checksum"));
    else
      verify_checkpoint(writer.commit(), {});
  }
  // And one that it cannot see is an error, not left out.
  ranks[1].broadcast = [](const std::string&, const char*) { return R"(["a", "b"])"; };
  CheckpointWriter writer(folder, 2, ranks[0]), other(folder, 2, ranks[1]);
  EXPECT_THAT(message_of([&] { other.commit(); }, Fault::kRun), HasSubstr("/b to sync it"));
}

TEST(Checkpoint, UnfinishedOnesAreNotThereAndLeaveNothing) {
  const std::string folder = test_folder();
  write_checkpoint(folder, 1);
  {
    CheckpointWriter writer(folder, 2, {});
    testing::overwrite(writer.path_of("model.h5"), "half");
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  // As a killed process leaves it.
  fs::create_directories(folder + "/step-000003.part");
  fs::create_directories(folder + "/step-000004");
  testing::overwrite(folder + "/step-000004/model.h5", "no COMPLETE");
  EXPECT_EQ(latest_checkpoint(folder), folder + "/step-000001");
  write_checkpoint(folder, 3);
  EXPECT_EQ(latest_checkpoint(folder), folder + "/step-000003");
}

TEST(Checkpoint, EveryFlippedBitIsFound) {
  const std::string folder = test_folder();
  const std::string path = write_checkpoint(folder, 1);
  const std::string file = path + "/model.h5", bytes = read_file(file);
  for (size_t i = 0; i < 60; ++i) {
    std::string damaged = bytes;
    damaged[bytes.size() * i / 60] ^= static_cast<char>(1 << i % 8);
    testing::overwrite(file, damaged);
    EXPECT_THAT(message_of([&] { verify_checkpoint(path, {}); }),
                HasSubstr("model.h5 is damaged: its checksum is"));
  }
  testing::overwrite(file, bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(message_of([&] { checkpoint_step(path); }), HasSubstr("COMPLETE says"));
  EXPECT_EQ(latest_checkpoint(folder), std::nullopt);
  fs::remove(file);
  EXPECT_THAT(message_of([&] { checkpoint_step(path); }), HasSubstr("model.h5 is missing"));
}

TEST(Checkpoint, DamagedManifestsAreRefused) {
  const std::string path = write_checkpoint(test_folder(), 1);
  for (const char* text : {"", "{", "[]", "{\"format_version\": 2}", "{\"format_version\": 1}",
                           R"({"format_version": 1, "step": 1, "files": {"model.h5": 3}})"}) {
    testing::overwrite(path + "/COMPLETE", text);
    EXPECT_THAT(message_of([&] { checkpoint_step(path); }), HasSubstr("COMPLETE"));
  }
  fs::remove(path + "/COMPLETE");
  EXPECT_THAT(message_of([&] { checkpoint_step(path); }),
              HasSubstr("is not a complete checkpoint"));
}

TEST(Checkpoint, OfAnotherKindOfStageNamesWhatItDoesNotCount) {
  const Counters counters = {{"step", 10}};
  EXPECT_EQ(counter(counters, "step", "runs/a/step-000010"), 10);
  EXPECT_THAT(message_of([&] { counter(counters, "documents_taken", "runs/a/step-000010"); }),
              HasSubstr("runs/a/step-000010 has no counter 'documents_taken': it is of another"));
}

TEST(Checkpoint, CleaningKeepsTheNewest) {
  const std::string folder = test_folder();
  for (const int64_t step : {10, 20, 30, 40, 50}) write_checkpoint(folder, step);
  fs::create_directories(folder + "/step-000060.part");
  testing::overwrite(folder + "/step-000050/model.h5", "damaged");
  clean_checkpoints(folder, 2);
  EXPECT_TRUE(file_exists(folder + "/step-000030/COMPLETE"));
  EXPECT_TRUE(file_exists(folder + "/step-000040/COMPLETE"));  // the newest that is whole
  EXPECT_FALSE(file_exists(folder + "/step-000010"));
  EXPECT_FALSE(file_exists(folder + "/step-000020"));
  EXPECT_FALSE(file_exists(folder + "/step-000060.part"));
  clean_checkpoints(folder, 0);
  EXPECT_FALSE(file_exists(folder + "/step-000030"));
  EXPECT_TRUE(file_exists(folder + "/step-000040/COMPLETE"));
}

TEST(Checkpoint, OfAnAbandonedBranchAreSetAside) {
  const std::string folder = test_folder();
  for (const int64_t step : {50, 100, 150}) write_checkpoint(folder, step);
  const std::string of_100 = checkpoint_checksum(folder + "/step-000100");
  EXPECT_EQ(set_aside_checkpoints(folder, 50),
            (std::vector<std::string>{folder + "/abandoned-step-000100",
                                      folder + "/abandoned-step-000150"}));
  EXPECT_EQ(latest_checkpoint(folder), folder + "/step-000050");
  EXPECT_EQ(checkpoint_checksum(folder + "/abandoned-step-000100"), of_100);
  EXPECT_TRUE(set_aside_checkpoints(folder, 50).empty());
  write_checkpoint(folder, 100);
  EXPECT_EQ(set_aside_checkpoints(folder, 60),
            std::vector<std::string>{folder + "/abandoned-step-000100-2"});
  clean_checkpoints(folder, 1);
  EXPECT_TRUE(file_exists(folder + "/abandoned-step-000100/COMPLETE"));
}

TEST(Checkpoint, CleaningKeepsTheOneWrittenLast) {
  const std::string folder = test_folder();
  for (const int64_t step : {20, 30, 40}) write_checkpoint(folder, step);
  const auto now = fs::last_write_time(folder + "/step-000040/COMPLETE");
  const std::string path = write_checkpoint(folder, 10);
  fs::last_write_time(path + "/COMPLETE", now + std::chrono::seconds(1));
  clean_checkpoints(folder, 2);
  EXPECT_TRUE(file_exists(path));
  EXPECT_FALSE(file_exists(folder + "/step-000020"));
  EXPECT_TRUE(file_exists(folder + "/step-000030"));
}

// A file system of one megabyte.
class SmallDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test_folder();
    if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=1m") != 0)
      GTEST_SKIP() << "mounting a tmpfs needs root";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  std::string folder_;
  bool mounted_ = false;
};

TEST_F(SmallDisk, FullIsAnErrorAndTheCheckpointBeforeStays) {
  write_checkpoint(folder_, 1, 10'000);
  EXPECT_THAT(message_of([&] { write_checkpoint(folder_, 2, 200'000); }, Fault::kRun),
              HasSubstr("is the disk full?"));
  EXPECT_EQ(latest_checkpoint(folder_), folder_ + "/step-000001");
  verify_checkpoint(folder_ + "/step-000001", {});
  EXPECT_FALSE(file_exists(folder_ + "/step-000002.part"));
  write_checkpoint(folder_, 3, 10'000);  // and there is room again
}

}  // namespace
}  // namespace r1
