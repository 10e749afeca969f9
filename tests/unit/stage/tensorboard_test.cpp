#include "libr1/stage/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "libr1/core/file.h"
#include "libr1/stage/metrics.h"
#include "tests/unit/test_folder.h"

namespace r1 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::test_folder;

// A decoder of its own: bit by bit, any field order, unknown fields refused.
struct Event {
  double wall_time = 0;
  int64_t step = 0;
  std::string file_version;
  std::vector<std::pair<std::string, float>> scalars;
};

uint32_t slow_masked_crc(const std::string& bytes) {
  uint32_t crc = 0xffffffffu;
  for (const char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const uint32_t differs = (crc & 1u) ^ ((static_cast<unsigned char>(byte) >> bit) & 1u);
      crc >>= 1;
      if (differs != 0) crc ^= 0x82f63b78u;
    }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

class Bytes {
 public:
  explicit Bytes(std::string text) : text_(std::move(text)) {}
  bool done() const { return at_ == text_.size(); }
  std::string take(size_t count) {
    if (count > text_.size() - at_) throw std::runtime_error("cut");
    at_ += count;
    return text_.substr(at_ - count, count);
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = number<uint8_t>();
      value += static_cast<uint64_t>(byte % 128) << shift;
      if (byte < 128) return value;
    }
  }
  Bytes message() { return Bytes(take(varint())); }

 private:
  std::string text_;
  size_t at_ = 0;
};

std::pair<std::string, float> decode_value(Bytes bytes) {
  std::pair<std::string, float> value;
  while (!bytes.done()) {
    const uint64_t key = bytes.varint();
    if (key == (1 << 3 | 2))
      value.first = bytes.take(bytes.varint());
    else if (key == (2 << 3 | 5))
      value.second = bytes.number<float>();
    else
      throw std::runtime_error("unknown field of a value");
  }
  return value;
}

Event decode_event(Bytes bytes) {
  Event event;
  while (!bytes.done()) {
    const uint64_t key = bytes.varint();
    if (key == (1 << 3 | 1)) {
      event.wall_time = bytes.number<double>();
    } else if (key == (2 << 3 | 0)) {
      event.step = static_cast<int64_t>(bytes.varint());
    } else if (key == (3 << 3 | 2)) {
      event.file_version = bytes.take(bytes.varint());
    } else if (key == (5 << 3 | 2)) {
      Bytes summary = bytes.message();
      while (!summary.done()) {
        if (summary.varint() != (1 << 3 | 2)) throw std::runtime_error("unknown field");
        event.scalars.push_back(decode_value(summary.message()));
      }
    } else {
      throw std::runtime_error("unknown field of an event");
    }
  }
  return event;
}

std::vector<Event> decode_file(const std::string& text) {
  std::vector<Event> events;
  Bytes file(text);
  while (!file.done()) {
    const std::string length = file.take(8);
    EXPECT_EQ(file.number<uint32_t>(), slow_masked_crc(length));
    const std::string data = file.take(Bytes(length).number<uint64_t>());
    EXPECT_EQ(file.number<uint32_t>(), slow_masked_crc(data));
    events.push_back(decode_event(Bytes(data)));
  }
  return events;
}

// Appendix B.4 of RFC 3720, and the check value of the CRC catalogues.
TEST(Crc32c, HasTheValuesOfTheRfc) {
  std::string rising(32, '\0'), falling(32, '\0');
  for (int i = 0; i < 32; ++i) rising[i] = static_cast<char>(i), falling[31 - i] = rising[i];
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(crc32c(falling), 0x113fdb5cu);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Tensorboard, RecordsDecodeToWhatWasWritten) {
  const std::string long_tag(300, 'x');
  const auto events =
      decode_file(version_record(1.5) + scalars_record(2.25, 0, {{"reward", 0.5}, {"nan", NAN}}) +
                  scalars_record(3.0, 70000, {{long_tag, -1e30}}) + scalars_record(4.0, 70001, {}));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_EQ(events[0].wall_time, 1.5);
  EXPECT_EQ(events[1].wall_time, 2.25);
  EXPECT_EQ(events[1].step, 0);
  ASSERT_EQ(events[1].scalars.size(), 2u);
  EXPECT_THAT(events[1].scalars[0], Pair("reward", 0.5f));
  EXPECT_EQ(events[1].scalars[1].first, "nan");
  EXPECT_TRUE(std::isnan(events[1].scalars[1].second));
  EXPECT_EQ(events[2].step, 70000);
  EXPECT_THAT(events[2].scalars, ElementsAre(Pair(long_tag, -1e30f)));
  EXPECT_THAT(events[3].scalars, IsEmpty());
}

TEST(Tensorboard, ReadsItsTimesUpToTheFirstDamage) {
  const std::string first = version_record(1) + scalars_record(2.5, 300, {{"a", 1}});
  const std::string second = scalars_record(3.5, 301, {{"a", 2}});
  EXPECT_THAT(wall_times(first + second), ElementsAre(Pair(300, 2.5), Pair(301, 3.5)));
  for (size_t cut = 0; cut < second.size(); ++cut)
    EXPECT_THAT(wall_times(first + second.substr(0, cut)), ElementsAre(Pair(300, 2.5)));
  for (size_t at = 0; at < second.size(); ++at) {
    std::string damaged = first + second;
    damaged[first.size() + at] ^= 0x10;
    EXPECT_THAT(wall_times(damaged), ElementsAre(Pair(300, 2.5))) << at;
  }
  EXPECT_THAT(wall_times("no event file at all"), IsEmpty());
}

std::string events_of(const std::string& metrics) {
  return (std::filesystem::path(metrics).parent_path() / "events.out.tfevents.r1").string();
}

TEST(Tensorboard, AgreesWithMetricsAfterAResume) {
  const std::string path = test_folder() + "/metrics.jsonl";
  MetricsLog log(path);
  log.keep_until(-1);
  EXPECT_FALSE(file_exists(events_of(path)));
  log.write(1, {{"reward", 0.5}, {"samples", int64_t{3}}, {"name", std::string("text")}});
  log.write(2, {{"loss", NAN}});
  log.write(3, {{"reward", 0.75}});
  const auto before = decode_file(read_file(events_of(path)));
  ASSERT_EQ(before.size(), 4u);
  EXPECT_THAT(before[1].scalars, ElementsAre(Pair("reward", 0.5f), Pair("samples", 3.0f)));

  write_file(events_of(path), read_file(events_of(path)) + "cut");
  MetricsLog resumed(path);
  resumed.keep_until(2);
  resumed.write(3, {{"reward", 1.0}});
  const auto after = decode_file(read_file(events_of(path)));
  ASSERT_EQ(after.size(), 4u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(after[i].wall_time, before[i].wall_time);
    EXPECT_EQ(after[i].step, before[i].step);
  }
  EXPECT_THAT(after[1].scalars, ElementsAre(Pair("reward", 0.5f), Pair("samples", 3.0f)));
  EXPECT_TRUE(std::isnan(after[2].scalars.at(0).second));
  EXPECT_EQ(after[3].step, 3);
  EXPECT_THAT(after[3].scalars, ElementsAre(Pair("reward", 1.0f)));
}

TEST(Tensorboard, IsMadeFromTheMetricsOfARunThatHadNone) {
  const std::string path = test_folder() + "/metrics.jsonl";
  write_file(path, "{\"step\":1,\"reward\":0.5}\n{\"step\":2,\"rew");
  MetricsLog log(path);
  log.keep_until(2);
  const auto events = decode_file(read_file(events_of(path)));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_THAT(events[1].scalars, ElementsAre(Pair("reward", 0.5f)));
}

}  // namespace
}  // namespace r1
