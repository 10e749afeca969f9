// A library that is loaded when it is first needed: it is large, and most runs never need it.
#pragma once

#include <string>

namespace r1 {

class SharedLibrary {
 public:
  // For the life of the process. The machine's fault (fault.h), with the loader's reason, when it
  // cannot be loaded: "`use`, which cannot be loaded: ...; install it, or `otherwise`".
  SharedLibrary(const std::string& name, const std::string& use, const std::string& otherwise);

  // The same when the library has no such function.
  template <class Function>
  void find(const char* function_name, Function& function) const {
    function = reinterpret_cast<Function>(address_of(function_name));
  }

 private:
  void* address_of(const char* function_name) const;

  std::string name_, otherwise_;
  void* handle_;
};

}  // namespace r1
