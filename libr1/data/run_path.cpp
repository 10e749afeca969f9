#include "libr1/data/run_path.h"

#include "libr1/config/allowed.h"
#include "libr1/core/error.h"

namespace r1 {

std::string in_run(const std::string& path, const std::string& run_dir) {
  return path.starts_with(kInRun) ? run_dir + "/" + path.substr(kInRun.size()) : path;
}

std::vector<NamedText> named_texts(const std::vector<std::string>& entries, const std::string& key,
                                   const std::string& form) {
  std::vector<NamedText> texts;
  for (const std::string& entry : entries) {
    const size_t at = entry.find('=');
    R1_CHECK_INPUT(at != entry.npos && at > 0 && at + 1 < entry.size(), key, ": found '", entry,
                   "', expected \"", form, "\"");
    const std::string name = entry.substr(0, at);
    for (const NamedText& other : texts)
      R1_CHECK_INPUT(other.name != name, key, " has '", name, "' twice");
    texts.push_back({name, entry.substr(at + 1)});
  }
  return texts;
}

std::vector<NamedFile> named_files(const std::vector<std::string>& entries, const std::string& key,
                                   const std::string& run_dir) {
  std::vector<NamedFile> files;
  for (const auto& [name, text] : named_texts(entries, key, "name=file.h5"))
    files.push_back({name, in_run(text, run_dir)});
  return files;
}

}  // namespace r1
