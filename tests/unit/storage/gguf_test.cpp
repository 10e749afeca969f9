// GGUF against files that the `gguf` package wrote and decoded (make_gguf_fixtures.py), and against
// damage of every kind.
#include "libr1/storage/gguf.h"

#include <cstring>

#include "tests/unit/storage/gguf_bytes.h"
#include "tests/unit/storage/storage_fixture.h"

namespace r1 {
namespace {

using testing::GgufBytes;
using ::testing::HasSubstr;
using testing::message_of;
using testing::test_folder;

std::string fixture(const std::string& name) { return std::string(R1_FIXTURES) + "/" + name; }

std::vector<float> floats_of(const std::string& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

std::string refusal_of_gguf(const std::string& bytes) {
  const std::string path = test_folder() + "/a.gguf";
  testing::overwrite(path, bytes);
  return message_of([&] { GgufReader reader(path); });
}

class GgufBlocks : public ::testing::TestWithParam<const char*> {};

TEST_P(GgufBlocks, DecodeToTheSameBits) {
  const std::string blocks = read_file(fixture(concat(GetParam(), ".blocks")));
  const auto expected = floats_of(read_file(fixture(concat(GetParam(), ".f32"))));
  const GgufFormat* format = nullptr;
  for (uint32_t code = 0; code < 64; ++code)
    if (find_gguf_format(code) && find_gguf_format(code)->name == GetParam())
      format = find_gguf_format(code);
  ASSERT_NE(format, nullptr);
  const auto count = static_cast<int64_t>(blocks.size()) / format->bytes;
  ASSERT_EQ(expected.size(), static_cast<size_t>(count * format->elements));
  std::vector<float> found(expected.size() + 1, 77.0f);
  format->decode(reinterpret_cast<const uint8_t*>(blocks.data()), count, found.data());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(found[i], expected[i]) << "element " << i;
  EXPECT_EQ(found.back(), 77.0f) << "written past the end";
}

INSTANTIATE_TEST_SUITE_P(Formats, GgufBlocks,
                         ::testing::Values("F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0",
                                           "Q4_K", "Q5_K", "Q6_K"),
                         [](const auto& param) { return std::string(param.param); });

TEST(Gguf, ReadsWhatThePackageWrote) {
  const GgufReader reader(fixture("small.gguf"));
  EXPECT_EQ(reader.text("general.architecture"), "llama");
  EXPECT_EQ(reader.integer("llama.block_count"), 2);
  EXPECT_EQ(reader.number("a.float"), 0.5);
  EXPECT_EQ(reader.number("a.double"), 0.1);
  EXPECT_EQ(reader.number("an.int8"), -3);
  EXPECT_EQ(reader.integer("a.uint64"), int64_t{1} << 40);
  EXPECT_TRUE(reader.flag("a.bool"));
  EXPECT_EQ(reader.integers("some.integers"), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(reader.texts("some.texts"), (std::vector<std::string>{"", "é", "two words"}));
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"plain", "quantized"}));
  EXPECT_EQ(reader.shape("plain"), (Shape{3, 5}));
  const auto expected = floats_of(read_file(fixture("small.f32")));
  const Tensor plain({3, 5}, Dtype::kF32), quantized({4, 64}, Dtype::kF32);
  reader.read_rows("plain", 0, plain);
  reader.read_rows("quantized", 0, quantized);
  EXPECT_EQ(std::memcmp(plain.view().bytes, expected.data(), 60), 0);
  EXPECT_EQ(std::memcmp(quantized.view().bytes, expected.data() + 15, 1024), 0);
  for (int64_t row = 0; row < 4; ++row) {
    const Tensor one({1, 64}, Dtype::kF64);
    reader.read_rows("quantized", row, one);
    for (int64_t i = 0; i < 64; ++i)
      ASSERT_EQ(one.view().data<double>()[i], quantized.view().data<float>()[row * 64 + i]);
  }
  const Tensor wide({2, 64}, Dtype::kF32);
  EXPECT_THAT(message_of([&] { reader.read_rows("quantized", 3, wide); }),
              HasSubstr("tensor quantized is [4, 64], expected [2, 64] from row 3 on"));
  EXPECT_THAT(message_of([&] { reader.integer("nowhere"); }), HasSubstr("nowhere is missing"));
  EXPECT_THAT(message_of([&] { reader.integer("a.bool"); }), HasSubstr("a.bool is no integer"));
}

TEST(Gguf, RefusesEveryTruncation) {
  const std::string bytes = read_file(fixture("small.gguf"));
  const size_t end = bytes.size() - 16;  // the package fills the last 32 bytes up
  EXPECT_EQ(refusal_of_gguf(bytes.substr(0, end)), "no error");
  for (size_t size = 0; size < end; ++size)
    ASSERT_NE(refusal_of_gguf(bytes.substr(0, size)), "no error") << size << " bytes";
}

// Any byte changed: refused with a reason, or read; nothing else.
TEST(Gguf, SurvivesEveryFlippedByte) {
  const std::string bytes = read_file(fixture("small.gguf"));
  const std::string path = test_folder() + "/a.gguf";
  int refused = 0;
  for (size_t at = 0; at < bytes.size(); ++at)
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
      testing::overwrite(path, changed);
      refused += message_of([&] {
                   const GgufReader reader(path);
                   for (const std::string& name : reader.names())
                     reader.read_rows(name, 0, Tensor(reader.shape(name), Dtype::kF32));
                 }) != "no error";
    }
  EXPECT_GT(refused, 500);
}

TEST(Gguf, RefusesBadHeaders) {
  EXPECT_THAT(refusal_of_gguf(""), HasSubstr("the file has 0 bytes, a GGUF header takes 24"));
  EXPECT_THAT(refusal_of_gguf(std::string(100, 'x')), HasSubstr("does not begin with GGUF"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().version(1).done()), HasSubstr("version 1"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().version(0x03000000).done()),
              HasSubstr("a big-endian file"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().counts(uint64_t{1} << 60, 0).done()),
              HasSubstr("byte 16: 1152921504606846976 tensors do not fit into the"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().counts(0, ~uint64_t{0}).done()),
              HasSubstr("key-value pairs"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().pair("a", 99, "").done()),
              HasSubstr("a value of type 99, which is unknown"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().pair("a", 7, "\x02").done()),
              HasSubstr("a boolean is 2"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().pair("a", 8, GgufBytes::u64(1000)).done()),
              HasSubstr("1000 bytes do not fit"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().pair("a", 10, GgufBytes::u64(~uint64_t{0})).done()),
              HasSubstr("too large"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().array("a", 9, 1, std::string(12, '\0')).done()),
              HasSubstr("an array of arrays"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().array("a", 4, uint64_t{1} << 40, "").done()),
              HasSubstr("1099511627776 elements do not fit"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().pair("a", 0, "1").pair("a", 0, "2").done()),
              HasSubstr("the key a stands twice"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().pair("general.alignment", 4, GgufBytes::u32(24)).done()),
              HasSubstr("general.alignment is 24, expected a power of two"));
}

TEST(Gguf, RefusesBadTensors) {
  const auto with = [](std::vector<uint64_t> dims, uint32_t format, uint64_t offset,
                       size_t data_bytes) {
    return refusal_of_gguf(GgufBytes().tensor("w", dims, format, offset).done(data_bytes));
  };
  EXPECT_EQ(with({32, 2}, 8, 0, 68), "no error");
  EXPECT_THAT(with({32, 2}, 8, 0, 67), HasSubstr("it is truncated"));
  EXPECT_THAT(with({32, 2}, 8, 8, 100), HasSubstr("begins at 8, no multiple of the alignment 32"));
  EXPECT_THAT(with({32, 2}, 8, ~uint64_t{0}, 68), HasSubstr("beyond the end of the file"));
  EXPECT_THAT(with({33, 2}, 8, 0, 99), HasSubstr("rows of 33 elements are not whole blocks"));
  EXPECT_THAT(with({32, 2}, 10, 0, 99), HasSubstr("is of format 10 (Q2_K); read are F32, F16"));
  EXPECT_THAT(with({32, 2}, 777, 0, 99), HasSubstr("is of format 777 (unknown)"));
  EXPECT_THAT(with({}, 0, 0, 99), HasSubstr("has 0 dims"));
  EXPECT_THAT(with({1, 1, 1, 1, 1}, 0, 0, 99), HasSubstr("has 5 dims"));
  EXPECT_THAT(with({0, 2}, 0, 0, 99), HasSubstr("dim 0 is 0, which cannot be"));
  EXPECT_THAT(with({uint64_t{1} << 39, uint64_t{1} << 39}, 0, 0, 99), HasSubstr("which cannot be"));
  EXPECT_THAT(with({~uint64_t{0}}, 0, 0, 99), HasSubstr("which cannot be"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().tensor("w", {8}, 0, 0).tensor("w", {8}, 0, 32).done(64)),
              HasSubstr("the tensor w stands twice"));
  EXPECT_THAT(refusal_of_gguf(GgufBytes().tensor("v", {16}, 0, 0).tensor("w", {8}, 0, 32).done(64)),
              HasSubstr("two tensors share the bytes"));
}

TEST(Gguf, NoticesAFileThatShrinks) {
  const std::string path = test_folder() + "/a.gguf";
  testing::overwrite(path, GgufBytes().tensor("w", {64}, 0, 0).done(256));
  const GgufReader reader(path);
  std::filesystem::resize_file(path, 300);
  EXPECT_THAT(message_of([&] { reader.read_rows("w", 0, Tensor({64}, Dtype::kF32)); }),
              HasSubstr("is truncated"));
  EXPECT_THAT(message_of([&] { GgufReader folder(test_folder()); }), HasSubstr("no regular file"));
}

}  // namespace
}  // namespace r1
