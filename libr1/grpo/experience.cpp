#include "libr1/grpo/experience.h"

#include <cstring>

#include "libr1/core/error.h"

namespace r1 {
namespace {

class ByteWriter {
 public:
  template <class T>
  void value(const T& v) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  template <class T>
  void list(const std::vector<T>& values) {
    value(static_cast<int64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }
  template <class T>
  T value() {
    T v;
    std::memcpy(&v, take(sizeof v), sizeof v);
    return v;
  }
  template <class T>
  std::vector<T> list() {
    std::vector<T> values(static_cast<size_t>(value<int64_t>()));
    if (!values.empty())
      std::memcpy(values.data(), take(values.size() * sizeof(T)), values.size() * sizeof(T));
    return values;
  }

 private:
  const char* take(size_t size) {
    R1_CHECK(size <= bytes_.size(), "a message between ranks is cut short: ", bytes_.size(),
             " bytes left, ", size, " expected");
    const char* at = bytes_.data();
    bytes_.remove_prefix(size);
    return at;
  }
  std::string_view bytes_;
};

}  // namespace

std::string pack_samples(const std::vector<const ScoredSample*>& samples) {
  ByteWriter out;
  for (const ScoredSample* scored : samples) {
    out.value(scored->sample.question);
    out.value(scored->sample.sample);
    out.value(scored->sample.reason);
    out.list(scored->sample.prompt);
    out.list(scored->sample.tokens);
    out.list(scored->sample.logprobs);
    out.value(scored->reward);
    out.value(scored->counted);
  }
  return out.take();
}

std::vector<ScoredSample> unpack_samples(std::string_view bytes) {
  std::vector<ScoredSample> samples;
  for (ByteReader in(bytes); !in.done();) {
    ScoredSample& scored = samples.emplace_back();
    scored.sample.question = in.value<int64_t>();
    scored.sample.sample = in.value<int32_t>();
    scored.sample.reason = in.value<FinishReason>();
    scored.sample.prompt = in.list<int32_t>();
    scored.sample.tokens = in.list<int32_t>();
    scored.sample.logprobs = in.list<float>();
    scored.reward = in.value<double>();
    scored.counted = in.value<bool>();
  }
  return samples;
}

std::string pack_facts(const std::vector<ScoredSample>& samples, int rank) {
  ByteWriter out;
  for (const ScoredSample& scored : samples) {
    const Sample& s = scored.sample;
    out.value(SampleFacts{s.question, s.sample, rank,
                          static_cast<int64_t>(s.prompt.size() + s.tokens.size()),
                          static_cast<int64_t>(s.tokens.size()), scored.reward, scored.counted,
                          s.reason == FinishReason::kLength});
  }
  return out.take();
}

std::vector<SampleFacts> unpack_facts(std::string_view bytes) {
  std::vector<SampleFacts> facts;
  for (ByteReader in(bytes); !in.done();) facts.push_back(in.value<SampleFacts>());
  return facts;
}

}  // namespace r1
