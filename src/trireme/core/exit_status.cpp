#include "trireme/core/exit_status.h"

#include <iostream>
#include <new>

namespace trireme {

int exit_status_of(const std::string& name, const std::string& label, const std::function<ExitCode()>& body) {
  const auto report = [&](ExitCode code, const std::string& message) {
    std::cout.flush();
    std::cerr << name << ": " << label << " " << message << std::endl;
    return static_cast<int>(code);
  };
  try {
    const ExitCode code = body();
    if (!std::cout.flush()) return report(ExitCode::kEnvironment, "can't write to standard output");
    return static_cast<int>(code);
  } catch (const Error& error) {
    return report(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return report(ExitCode::kEnvironment, "out of memory");
  } catch (const std::exception& error) {
    return report(ExitCode::kBug, format("{} (this is a bug of trireme; please report it)", error.what()));
  }
}

}  // namespace trireme
