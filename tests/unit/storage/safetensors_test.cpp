#include "libr1/storage/safetensors.h"

#include <cmath>
#include <cstring>

#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::test_folder;

std::string with_header(const std::string& json, size_t data_bytes) {
  const auto length = static_cast<uint64_t>(json.size());
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + json + std::string(data_bytes, '\0');
}

std::string refusal_of_safetensors(const std::string& bytes) {
  const std::string path = test_folder() + "/a.safetensors";
  testing::overwrite(path, bytes);
  return message_of([&] { SafetensorsReader reader(path); });
}

TEST(Safetensors, RoundTripsInEveryDtype) {
  const std::string path = test_folder() + "/a.safetensors";
  std::vector<float> values = {1, -2.5f, 3e-30f, 4, 5, INFINITY};
  for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16, Dtype::kF64}) {
    write_safetensors(
        path, {{"b", view_of(values.data(), {2, 3})}, {"a", view_of(values.data(), {1})}}, dtype);
    const SafetensorsReader reader(path);
    EXPECT_EQ(reader.names(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(reader.shape("b"), (Shape{2, 3}));
    const Tensor back({2, 3}, Dtype::kF32);
    reader.read("b", back);
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(back.view().span<float>()[i],
                dtype == Dtype::kBf16 ? to_float(to_bf16(values[i])) : values[i]);
  }
}

TEST(Safetensors, ReadsHalfPrecision) {
  std::string bytes = with_header(R"({"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]}})", 12);
  const uint16_t halves[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000};
  std::memcpy(bytes.data() + bytes.size() - 12, halves, 12);
  const std::string path = test_folder() + "/a.safetensors";
  testing::overwrite(path, bytes);
  const Tensor back({6}, Dtype::kF32);
  SafetensorsReader(path).read("h", back);
  const float expected[] = {1, -2, 0x1p-24f, 65504, INFINITY, -0.0f};
  EXPECT_EQ(std::memcmp(back.view().bytes, expected, sizeof expected), 0);
}

TEST(Safetensors, ReadsShardsByTheirIndex) {
  const std::string folder = test_folder();
  std::vector<float> values = {1, 2};
  write_safetensors(folder + "/one.safetensors", {{"a", view_of(values.data(), {2})}}, Dtype::kF32);
  write_safetensors(folder + "/two.safetensors", {{"b", view_of(values.data(), {2})}}, Dtype::kF32);
  const std::string index = folder + "/model.safetensors.index.json";
  testing::overwrite(index, R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  EXPECT_EQ(SafetensorsReader(folder).names().size(), 2u);
  testing::overwrite(index, R"({"weight_map":{"c":"one.safetensors"}})");
  EXPECT_THAT(message_of([&] { SafetensorsReader r(folder); }), HasSubstr("has no tensor c"));
  testing::overwrite(index, R"({"weight_map":{"a":"../one.safetensors"}})");
  EXPECT_THAT(message_of([&] { SafetensorsReader r(folder); }),
              HasSubstr("does not lie beside the index"));
}

TEST(Safetensors, RefusesBadHeaders) {
  EXPECT_THAT(refusal_of_safetensors(""), HasSubstr("is truncated: 0 bytes"));
  EXPECT_THAT(refusal_of_safetensors(std::string(8, '\xff')), HasSubstr("the header claims"));
  EXPECT_THAT(refusal_of_safetensors(with_header("{", 0)), HasSubstr("the header claims 1 bytes"));
  EXPECT_THAT(refusal_of_safetensors(with_header("{]", 0)), HasSubstr("malformed JSON"));
  EXPECT_THAT(refusal_of_safetensors(with_header("[1]", 0)), HasSubstr("not a JSON object"));
  const auto entry = [&](const std::string& text, size_t bytes = 8) {
    return refusal_of_safetensors(with_header("{\"w\":" + text + "}", bytes));
  };
  EXPECT_THAT(entry("3"), HasSubstr("tensor w: expected dtype, shape and two data_offsets"));
  EXPECT_THAT(entry(R"({"dtype":"F4","shape":[2],"data_offsets":[0,8]})"),
              HasSubstr("the dtype F4 is unknown"));
  EXPECT_THAT(entry(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"),
              HasSubstr("8 bytes, its shape [3] of F32 takes 12"));
  EXPECT_THAT(entry(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"),
              HasSubstr("cannot be"));
  EXPECT_THAT(
      entry(R"({"dtype":"F32","shape":[281474976710655,281474976710655],"data_offsets":[0,8]})"),
      HasSubstr("cannot be"));
  EXPECT_THAT(entry(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), HasSubstr("tensor w"));
  EXPECT_THAT(entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 7),
              HasSubstr("it is truncated"));
  EXPECT_THAT(refusal_of_safetensors(
                  with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                              R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                              12)),
              HasSubstr("two tensors share the bytes"));
  EXPECT_THAT(
      refusal_of_safetensors(with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                         R"("a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                                         8)),
      HasSubstr("stands twice"));
}

TEST(Safetensors, RefusesDeepHeaders) {
  const std::string deep(100'000, '['), closed(100'000, ']');
  EXPECT_THAT(refusal_of_safetensors(with_header("{\"a\": " + deep + closed + "}", 0)),
              HasSubstr("JSON nested more than 512 deep"));
}

TEST(Safetensors, IsWrittenWhereLinksLead) {
  const std::string folder = test_folder();
  std::filesystem::create_symlink("there.safetensors", folder + "/link");
  std::vector<float> values = {1, 2};
  write_safetensors(folder + "/link", {{"a", view_of(values.data(), {2})}}, Dtype::kF32);
  EXPECT_TRUE(std::filesystem::is_symlink(folder + "/link"));
  EXPECT_TRUE(SafetensorsReader(folder + "/there.safetensors").has("a"));
}

TEST(Safetensors, RefusesEveryTruncation) {
  const std::string folder = test_folder(), path = folder + "/a.safetensors";
  std::vector<float> values(100);
  write_safetensors(path, {{"w", view_of(values.data(), {100})}}, Dtype::kF32);
  const std::string bytes = read_file(path);
  for (size_t size = 0; size < bytes.size(); ++size) {
    testing::overwrite(path, bytes.substr(0, size));
    ASSERT_NE(message_of([&] { SafetensorsReader reader(path); }), "no error") << size << " bytes";
  }
}

}  // namespace
}  // namespace r1
