// Writes JSONL: one JSON object a line; compressed by gzip where the file's name ends in .gz.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libr1/core/file.h"

namespace r1 {

// The file appears whole, with keep(): see OutputFile.
class JsonlWriter {
 public:
  explicit JsonlWriter(const std::string& path);
  ~JsonlWriter();

  void row(std::string_view json);  // without its line end
  void keep();                      // once, at the end

 private:
  class Gzip;
  void flush();  // what is buffered, to the file

  OutputFile file_;
  std::string buffer_;
  std::unique_ptr<Gzip> gzip_;  // nothing: plain
};

}  // namespace r1
