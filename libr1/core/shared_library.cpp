#include "libr1/core/shared_library.h"

#include <dlfcn.h>

#include "libr1/core/fault.h"

namespace r1 {

SharedLibrary::SharedLibrary(const std::string& name, const std::string& use,
                             const std::string& otherwise)
    : name_(name), otherwise_(otherwise), handle_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_) return;
  const char* why = ::dlerror();
  throw_error(fault_of_machine(), concat(use, ", which cannot be loaded: ", why ? why : name,
                                         "; install it, or ", otherwise));
}

void* SharedLibrary::address_of(const char* function_name) const {
  void* address = ::dlsym(handle_, function_name);
  if (!address)
    throw_error(fault_of_machine(),
                concat(name_, " has no ", function_name,
                       "; install the version that this program was built with, or ", otherwise_));
  return address;
}

}  // namespace r1
