#include "libr1/grpo/experience.h"

#include "libr1/core/bytes.h"

namespace r1 {

namespace {

// body(field), to write or to read it.
template <class Scored, class Body>
void for_each_field(Scored& s, Body body) {
  body(s.sample.question), body(s.sample.sample), body(s.sample.reason);
  body(s.sample.prompt), body(s.sample.tokens), body(s.sample.logprobs);
  body(s.reward), body(s.counted);
}

}  // namespace

std::string pack_samples(const std::vector<const ScoredSample*>& samples) {
  ByteWriter out;
  for (const ScoredSample* scored : samples)
    for_each_field(*scored, [&](const auto& field) { out.put(field); });
  return out.take();
}

std::vector<ScoredSample> unpack_samples(std::string_view bytes) {
  std::vector<ScoredSample> samples;
  for (ByteReader in(bytes); !in.done();)
    for_each_field(samples.emplace_back(), [&](auto& field) { in.get(field); });
  return samples;
}

std::string pack_facts(const std::vector<ScoredSample>& samples) {
  ByteWriter out;
  for (const ScoredSample& scored : samples) {
    const Sample& s = scored.sample;
    out.put(SampleFacts{s.question, s.sample,
                        static_cast<int64_t>(s.prompt.size() + s.tokens.size()),
                        static_cast<int64_t>(s.tokens.size()), scored.reward, scored.counted,
                        s.reason == FinishReason::kLength});
  }
  return out.take();
}

std::vector<SampleFacts> unpack_facts(std::string_view bytes) {
  std::vector<SampleFacts> facts;
  for (ByteReader in(bytes); !in.done();) in.get(facts.emplace_back());
  return facts;
}

}  // namespace r1
