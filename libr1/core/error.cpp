#include "libr1/core/error.h"

#include <string_view>

namespace r1 {
namespace {

std::string with_location(Fault fault, const std::string& message, std::source_location where) {
  if (fault == Fault::kInput) return message;
  std::string_view file = where.file_name();
  for (std::string_view root : {"/libr1/", "/kernels/", "/stages/", "/tests/"}) {
    if (const auto at = file.rfind(root); at != file.npos) {
      file.remove_prefix(at + 1);
      break;
    }
  }
  return concat(message, " [", file, ":", where.line(), "]");
}

}  // namespace

Error::Error(Fault fault, const std::string& message, std::source_location where)
    : std::runtime_error(with_location(fault, message, where)), fault_(fault) {}

void throw_error(Fault fault, const std::string& message, std::source_location where) {
  throw Error(fault, message, where);
}

}  // namespace r1
