#include "libr1/tokenizer/chat_template.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/json_depth.h"
#include "libr1/tokenizer/jinja_evaluator.h"
#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/unicode.h"

namespace r1 {
namespace {

constexpr size_t kLargestTemplate = 1 << 20;  // bytes

std::string valid_text(std::string_view text) {
  std::string valid;
  tokenizer::append_lossy(valid, text, /*final=*/true);
  return valid;
}

// {"chat_template": "..."} or {"chat_template": [{"name": "default", "template": "..."}, ...]}
std::optional<std::string> template_of(const std::string& config) {
  if (config.empty()) return std::nullopt;
  const tokenizer::JsonDocument document(config, "tokenizer_config.json");
  const auto node = document.root().find("chat_template");
  if (!node) return std::nullopt;
  if (node->is_string()) return node->string();
  std::optional<std::string> found;
  node->for_each_element([&](tokenizer::JsonNode each) {
    if (each.string_at("name") == "default") found = each.string_at("template");
  });
  return found;
}

}  // namespace

struct ChatTemplate::Program {
  explicit Program(std::string_view text) {
    R1_CHECK_INPUT(text.size() <= kLargestTemplate, "the chat template has ", text.size(),
                   " bytes, at most ", kLargestTemplate);
    body = jinja::parse_template(valid_text(text));
  }
  std::string run(const jinja::Map& variables) const {
    jinja::Map all = special_tokens;
    all.set("tools", jinja::None{});
    all.set("documents", jinja::None{});
    for (const auto& [name, value] : variables.items) all.set(name, value);
    return jinja::Evaluator(std::move(all)).run(body);
  }

  jinja::Body body;
  jinja::Map special_tokens;
};

ChatTemplate ChatTemplate::parse(std::string_view jinja) {
  return ChatTemplate(std::make_shared<const Program>(jinja));
}

std::optional<ChatTemplate> ChatTemplate::of(const Tokenizer& tokenizer) {
  const auto text = template_of(tokenizer.config_json());
  if (!text) return std::nullopt;
  auto program = std::make_shared<Program>(*text);
  const auto add = [&](const char* name, int32_t id) {
    if (id >= 0) program->special_tokens.set(name, std::string(tokenizer.token(id)));
  };
  add("bos_token", tokenizer.bos_id());
  add("eos_token", tokenizer.eos_id());
  add("pad_token", tokenizer.pad_id());
  return ChatTemplate(std::move(program));
}

std::string ChatTemplate::render(std::string_view variables) const {
  const jinja::Value given = jinja::from_json(variables);
  R1_CHECK_INPUT(given.map(), "a chat template's variables are ", given.type_name(),
                 ", expected a JSON object");
  return program_->run(*given.map());
}

std::string ChatTemplate::render(std::span<const ChatMessage> messages) const {
  std::vector<jinja::Value> list;
  for (const ChatMessage& message : messages) {
    jinja::Map map;
    map.set("role", message.role);
    map.set("content", valid_text(message.content));
    list.push_back(jinja::Value::map(std::move(map)));
  }
  jinja::Map variables;
  variables.set("messages", jinja::Value::list(std::move(list)));
  variables.set("add_generation_prompt", true);
  return program_->run(variables);
}

std::string with_chat_template(std::string_view config, std::string_view jinja) {
  using Json = nlohmann::ordered_json;
  check_json_depth(config, "tokenizer_config.json");
  Json json = Json::object();
  try {
    if (!config.empty()) json = Json::parse(config);
  } catch (const Json::exception& error) {
    throw_error(Fault::kInput, concat("tokenizer_config.json: not valid JSON: ", error.what()));
  }
  R1_CHECK_INPUT(json.is_object(), "tokenizer_config.json: expected an object");
  json["chat_template"] = valid_text(jinja);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace r1
