// Files as settings name them.
#pragma once

#include <string>
#include <vector>

namespace r1 {

// {run}/... stands for the run's folder, so that one stage can name what another has written.
std::string in_run(const std::string& path, const std::string& run_dir);

struct NamedText {
  std::string name, text;
};
// Of "name=text" each; the text may hold "=" too. `key` names the setting in errors, `form` what
// was expected: Fault::kInput for another form and for a name that is there twice.
std::vector<NamedText> named_texts(const std::vector<std::string>& entries, const std::string& key,
                                   const std::string& form);

struct NamedFile {
  std::string name, path;
};
// Of "name=file.h5" each, with {run} put in.
std::vector<NamedFile> named_files(const std::vector<std::string>& entries, const std::string& key,
                                   const std::string& run_dir);

}  // namespace r1
