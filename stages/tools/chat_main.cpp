// r1-chat: talks to the model of any checkpoint.
#include <CLI/CLI.hpp>
#include <map>

#include "libr1/config/config.h"
#include "libr1/config/number_text.h"
#include "stages/tools/chat.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  r1::ChatModelOptions options;
  r1::ChatSettings settings;
  std::map<std::string, std::string> values;  // as given
  std::string dtype = "f32";
  CLI::App app("Talks to the model of a checkpoint: one question a line, /help lists the commands",
               "r1-chat");
  app.add_option("model", options.path, "a model.h5, a checkpoint's or a stage's folder")
      ->required();
  for (const r1::Field& field : r1::fields_of(settings).fields)
    app.add_option("--" + field.name, values[field.name], field.doc);
  app.add_option("--dtype", dtype, "of weights and activations: f32 or bf16")
      ->check(CLI::IsMember({"f32", "bf16"}).description(""))
      ->capture_default_str();
  app.add_option("--context", options.context,
                 "longest prompt and answer together, tokens [the model's, at most 4096]");
  app.add_option("--threads", options.threads, "[all cores]")
      ->check(r1::NumberIn<int>{r1::between(1, 4096)});
  bool all_right = true;
  const int code = r1::run_tool(app, argc, argv, [&] {
    options.dtype = r1::dtype_from_string(dtype);
    for (const auto& [name, value] : values)
      if (app.count("--" + name) > 0) settings.set(name, value, "--" + name);
    r1::ChatModel model(options);
    if (settings.prompt_template.empty())
      settings.prompt_template = r1::default_template(model.facts());
    r1::listen_for_interrupt();
    all_right = r1::Chat(model, settings).run();
  });
  return code == 0 && !all_right ? 64 : code;
}
