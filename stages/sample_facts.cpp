#include "stages/sample_facts.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/storage/checksum.h"
#include "libr1/train/model_file.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string sampling_facts(const RolloutConfig& rollout, const RewardConfig& reward,
                           const CommonSettings& common) {
  return Json{{"temperature", rollout.temperature},
              {"top_p", rollout.top_p},
              {"top_k", rollout.top_k},
              {"min_p", rollout.min_p},
              {"stop", rollout.stop},
              {"extraction", enum_name(reward.extraction)},
              {"math_mode", enum_name(reward.math.mode)},
              {"math_decimal_places", reward.math.decimal_places},
              {"seed", common.seed},
              {"dtype", enum_name(common.compute.dtype)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string checksum_of_model(const std::string& path, FunctionRef<void()> goes_on) {
  return file_exists(path + "/COMPLETE") ? checkpoint_checksum(path)
                                         : file_checksum(ModelFile(path).path(), goes_on);
}

void check_same_facts(const std::string& expected, const std::string& found,
                      const std::string& where) {
  const Json other = Json::parse(found, nullptr, false);
  R1_CHECK_INPUT(other.is_object(), where, " is not JSON; remove its folder");
  const Json wanted = Json::parse(expected);
  for (const auto& [name, value] : wanted.items()) {
    const Json drawn = other.contains(name) ? other[name] : Json(nullptr);
    R1_CHECK_INPUT(drawn == value, where, ": these samples were drawn with ", name, " ",
                   drawn.dump(), ", now it is ", value.dump(),
                   "; set it back, choose another --run, or remove the folder");
  }
}

void keep_facts(const std::string& folder, const std::string& facts) {
  const std::string file = folder + "/facts.json";
  if (file_exists(file)) check_same_facts(facts, read_file(file), file);
  make_directories(folder);
  write_file(file, facts);
}

}  // namespace r1
