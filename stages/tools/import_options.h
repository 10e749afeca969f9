// The command line of r1-import.
#pragma once

#include <functional>
#include <string>

#include "stages/tools/import_questions.h"
#include "stages/tools/import_replies.h"

namespace CLI {
class App;
}

namespace r1 {

class ImportOptions {
 public:
  void declare(CLI::App& app);            // keeps what it points at: this must outlive `app`
  void run(int argc, char** argv) const;  // what the command line has chosen

 private:
  void declare_model(CLI::App& app);
  void declare_questions(CLI::App& app);
  void declare_replies(CLI::App& app);

  std::string from_, out_, dtype_ = "f32";
  QuestionImport questions_;
  ReplyImport replies_;
  std::function<void(int, char**)> chosen_;
};

}  // namespace r1
