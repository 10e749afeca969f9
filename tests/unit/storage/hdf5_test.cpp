#include "libr1/storage/hdf5_file.h"

#include <hdf5.h>

#include <cstring>

#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::message_of;
using testing::test_folder;

void write_sample(const std::string& path) {
  H5File file(path, H5Mode::kCreate);
  file.write_integer("count", 42);
  file.write_text("short", "text");
  file.write_text("empty", "");
  file.write_text("long", std::string(200'000, 'x'));
  std::vector<float> values = {1, 2, 3, 4, 5, 6};
  std::vector<Bf16> halves = {to_bf16(1.5f), to_bf16(-2)};
  testing::write_tensor(file, "params/w", view_of(values.data(), {2, 3}));
  testing::write_tensor(file, "params/b", view_of(halves.data(), {2}));
  file.close();
}

TEST(Hdf5File, RoundTripsWhatItHolds) {
  const std::string path = test_folder() + "/a.h5";
  write_sample(path);
  const H5File file(path, H5Mode::kRead);
  EXPECT_EQ(file.read_integer("count"), 42);
  EXPECT_EQ(file.read_text("short"), "text");
  EXPECT_EQ(file.read_text("empty"), "");
  EXPECT_EQ(file.read_text("long").size(), 200'000u);
  EXPECT_EQ(file.shape_of("params/w"), (Shape{2, 3}));
  EXPECT_EQ(file.dtype_of("params/b"), Dtype::kBf16);
  const Tensor wide({2, 3}, Dtype::kF64), narrow({2, 3}, Dtype::kBf16), b({2}, Dtype::kF32);
  file.read_rows("params/w", 0, wide);
  file.read_rows("params/w", 0, narrow);
  file.read_rows("params/b", 0, b);
  EXPECT_EQ(wide.view().span<double>()[5], 6);
  EXPECT_EQ(to_float(narrow.view().span<Bf16>()[4]), 5);
  EXPECT_EQ(b.view().span<float>()[0], 1.5f);
}

TEST(Hdf5File, BlocksMeetInOneDataset) {
  const std::string path = test_folder() + "/a.h5";
  std::vector<double> values = {12, 20, 21, 22, 30};
  std::vector<float> vector = {1, 2, 5};
  {
    H5File file(path, H5Mode::kCreate);
    file.create_tensor("m", {4, 3}, Dtype::kF64);
    // From the middle of one row to the start of another.
    file.write_blocks("m", std::vector<Block>{{{1, 1}, {2, 1}}, {{2, 1}, {0, 3}}, {{3, 1}, {0, 1}}},
                      view_of(values.data(), {5}));
    file.write_blocks("m", {}, view_of(values.data(), {0}));
    file.create_tensor("v", {6}, Dtype::kF32);
    file.write_blocks("v", std::vector<Block>{{{1, 2}, {0, 1}}, {{5, 1}, {0, 1}}},
                      view_of(vector.data(), {3}));
    file.close();
  }
  const H5File file(path, H5Mode::kRead);
  std::vector<float> column(3), part(2);  // another cut, another dtype
  const std::vector<Block> last_column = {{{1, 3}, {2, 1}}};
  file.read_blocks("m", {4, 3}, last_column, view_of(column.data(), {3}));
  EXPECT_EQ(column, (std::vector<float>{12, 22, 0}));
  file.read_blocks("v", {6}, std::vector<Block>{{{2, 1}, {0, 1}}, {{5, 1}, {0, 1}}},
                   view_of(part.data(), {2}));
  EXPECT_EQ(part, (std::vector<float>{2, 5}));
  EXPECT_THAT(message_of([&] {
                file.read_blocks("m", {3, 4}, last_column, view_of(column.data(), {3}));
              }),
              HasSubstr("dataset 'm' is [4, 3], expected [3, 4]"));
  EXPECT_THROW(file.read_blocks("m", {4, 3}, std::vector<Block>{{{3, 2}, {0, 1}}},
                                view_of(column.data(), {2})),
               Error);
  EXPECT_THROW(file.read_blocks("m", {4, 3}, last_column, view_of(column.data(), {2})), Error);
}

// As a flipped bit in a file makes it.
TEST(Hdf5File, AShapeBeyondCountingIsAnInputError) {
  const std::string path = test_folder() + "/a.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t dims[] = {64, hsize_t{1} << 62}, chunk[] = {1, 1};
  const hid_t space = H5Screate_simple(2, dims, nullptr), layout = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(layout, 2, chunk);
  const hid_t dataset =
      H5Dcreate2(file, "w", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT);
  ASSERT_GE(dataset, 0);
  for (const hid_t id : {dataset, layout, space, file}) H5Idec_ref(id);
  EXPECT_THAT(message_of([&] { H5File(path, H5Mode::kRead).shape_of("w"); }),
              HasSubstr("dataset 'w' claims more elements than 64 bits count"));
}

// A dataset of one dim of which `stored` values are in the file.
void write_claim(const std::string& path, const char* name, hid_t type, hsize_t claimed,
                 hsize_t stored, bool compressed = false) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(1, &claimed, nullptr), group = H5Pcreate(H5P_LINK_CREATE);
  const hid_t layout = H5Pcreate(H5P_DATASET_CREATE), part = H5Screate_simple(1, &stored, nullptr);
  const hsize_t chunk = 1000, start = 0;
  H5Pset_chunk(layout, 1, &chunk);
  if (compressed) H5Pset_deflate(layout, 9);
  H5Pset_create_intermediate_group(group, 1);
  const hid_t dataset = H5Dcreate2(file, name, type, space, group, layout, H5P_DEFAULT);
  ASSERT_GE(dataset, 0);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &stored, nullptr);
  const std::vector<int64_t> values(stored, 0x6161616161616161);
  if (stored > 0) H5Dwrite(dataset, type, part, space, H5P_DEFAULT, values.data());
  for (const hid_t id : {dataset, part, layout, group, space, file}) H5Idec_ref(id);
}

TEST(Hdf5File, SizesThatAreOnlyClaimedAreRefusedBeforeRoomIsMade) {
  const std::string path = test_folder() + "/a.h5";
  write_claim(path, "text/model", H5T_STD_U8LE, hsize_t{1} << 40, 10);
  EXPECT_THAT(
      message_of([&] { H5File(path, H5Mode::kRead).read_text("model"); }),
      ::testing::AllOf(HasSubstr(path), HasSubstr("dataset 'text/model' claims 1099511627776 "
                                                  "values of 1 bytes, but only 1000 bytes")));
  write_claim(path, "text/model", H5T_NATIVE_INT64, 2000, 1000);
  EXPECT_THAT(message_of([&] { H5File(path, H5Mode::kRead).column_size("text/model"); }),
              HasSubstr("claims 2000 values of 8 bytes, but only 8000 bytes"));
  write_claim(path, "text/model", H5T_STD_U8LE, 0, 0);
  EXPECT_EQ(H5File(path, H5Mode::kRead).read_text("model"), "");
  write_claim(path, "text/model", H5T_STD_U8LE, 5000, 5000, true);  // as other programs pack it
  EXPECT_EQ(H5File(path, H5Mode::kRead).read_text("model"), std::string(5000, 'a'));
}

TEST(Hdf5File, RunsOfBlocksAreWhatOneWriteMayHold) {
  using Runs = std::vector<std::vector<Block>>;
  EXPECT_EQ(runs_of_blocks({}, 10), Runs(1));
  const std::vector<Block> blocks = {{{0, 1}, {2, 4}}, {{1, 5}, {0, 3}}, {{6, 1}, {0, 2}}};
  EXPECT_EQ(runs_of_blocks(blocks, 100), Runs{blocks});
  EXPECT_EQ(runs_of_blocks(blocks, 6), (Runs{{{{0, 1}, {2, 4}}},
                                             {{{1, 2}, {0, 3}}},
                                             {{{3, 2}, {0, 3}}},
                                             {{{5, 1}, {0, 3}}, {{6, 1}, {0, 2}}}}));
  EXPECT_EQ(runs_of_blocks(blocks, 1).size(), 7u);  // no less than a row
}

TEST(Hdf5File, NamesWhatIsMissingOrOfAnotherShape) {
  const std::string path = test_folder() + "/a.h5";
  write_sample(path);
  const H5File file(path, H5Mode::kRead);
  const Tensor tensor({3, 2}, Dtype::kF32);
  EXPECT_THAT(message_of([&] { file.read_rows("params/w", 0, tensor); }),
              HasSubstr("dataset 'params/w' is [2, 3], expected [3, 2]"));
  EXPECT_THAT(message_of([&] { file.read_rows("params/x", 0, tensor); }),
              HasSubstr("the dataset 'params/x' is missing"));
  EXPECT_THAT(message_of([&] { file.read_integer("steps"); }),
              HasSubstr("the attribute 'steps' is missing"));
  EXPECT_THAT(message_of([&] { H5File("/nowhere.h5", H5Mode::kRead); }),
              EndsWith("/nowhere.h5: no such file"));
  EXPECT_THAT(
      message_of([&] { H5File("nowhere.h5", H5Mode::kRead); }),
      EndsWith("nowhere.h5: no such file (from " + std::filesystem::current_path().string() + ")"));
}

// Reads everything; an Error or success, never a crash.
bool readable(const std::string& path) {
  try {
    const H5File file(path, H5Mode::kRead);
    for (const std::string& name : file.dataset_names()) {
      if (name.starts_with("text/")) {
        file.read_text(name.substr(5));
      } else {
        const Tensor tensor(file.shape_of(name), Dtype::kF32);
        file.read_rows(name, 0, tensor);
      }
    }
    return file.read_integer("count") == 42;
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput) << error.what();
    return false;
  }
}

TEST(Hdf5File, RefusesEveryTruncation) {
  const std::string folder = test_folder();
  write_sample(folder + "/a.h5");
  const std::string bytes = read_file(folder + "/a.h5");
  ASSERT_TRUE(readable(folder + "/a.h5"));
  for (size_t i = 0; i < 300; ++i) {
    testing::overwrite(folder + "/cut.h5", bytes.substr(0, bytes.size() * i / 300));
    EXPECT_FALSE(readable(folder + "/cut.h5")) << bytes.size() * i / 300 << " bytes";
  }
}

TEST(Hdf5File, RefusesForeignFiles) {
  const std::string path = test_folder() + "/a.h5";
  testing::overwrite(path, "{\"not\": \"hdf5\"}");
  EXPECT_THAT(message_of([&] { H5File(path, H5Mode::kRead); }),
              HasSubstr("cannot open it as HDF5"));
}

TEST(Hdf5, TensorsByRows) {
  const std::string path = test_folder() + "/rows.h5";
  std::vector<float> values(7 * 3);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) + 0.5f;
  const TensorView whole = view_of(values.data(), {7, 3});
  {
    H5File file(path, H5Mode::kCreate);
    file.create_tensor("a/w", {7, 3}, Dtype::kF32);
    for (const auto& [first, count] : {std::pair{4, 3}, {0, 4}, {7, 0}})
      file.write_rows("a/w", first, whole.rows(first, count));
    file.create_tensor("v", {3}, Dtype::kBf16);
    std::vector<Bf16> halves = {to_bf16(1), to_bf16(2), to_bf16(3)};
    file.write_rows("v", 1, view_of(halves.data(), {2}));
    file.close();
  }
  const H5File file(path, H5Mode::kRead);
  const Tensor back({7, 3}, Dtype::kF32), part({2, 3}, Dtype::kF64), vector({3}, Dtype::kF32);
  file.read_rows("a/w", 0, back);
  EXPECT_EQ(std::memcmp(back.view().bytes, values.data(), 84), 0);
  file.read_rows("a/w", 5, part);
  EXPECT_EQ(part.view().data<double>()[0], 15.5);
  file.read_rows("v", 0, vector);
  EXPECT_EQ(vector.view().data<float>()[2], 2);  // the rows that were not written are 0
  EXPECT_EQ(vector.view().data<float>()[0], 0);
  EXPECT_THAT(message_of([&] { file.read_rows("a/w", 6, part); }),
              HasSubstr("'a/w' is [7, 3], expected [2, 3] from row 6 on"));
}

}  // namespace
}  // namespace r1
