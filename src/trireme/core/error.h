#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "trireme/core/format.h"

namespace trireme {

/// What a process says with its exit status. docs/errors.md lists them for users.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,       // the work failed, or a check found something
  kUsage = 2,        // wrong command line
  kEnvironment = 3,  // files, memory, network, devices, peers
  kBug = 70,         // a broken invariant of ours (EX_SOFTWARE)
  kStopped = 75,     // stopped by a signal after saving; run again with --resume (EX_TEMPFAIL)
};

/// Base of every exception the project throws. The message names who, what, where, and the next action.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// A broken invariant: never the user's fault. Thrown by TRIREME_CHECK.
struct BugError : Error {
  explicit BugError(const std::string& message) : Error(ExitCode::kBug, message) {}
};

/// A wrong command line or option value.
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitCode::kUsage, message) {}
};

/// A recipe, model folder or data set that can't be used as asked.
struct ConfigError : Error {
  explicit ConfigError(const std::string& message) : Error(ExitCode::kFailed, message) {}
};

/// Bytes that are not what their format says: truncated, corrupt, of another version.
struct FormatError : Error {
  explicit FormatError(const std::string& message) : Error(ExitCode::kFailed, message) {}
};

/// The operating system refused: files, space, memory, processes, sockets.
struct IoError : Error {
  explicit IoError(const std::string& message) : Error(ExitCode::kEnvironment, message) {}
};

/// A collective or a peer failed.
struct CommError : Error {
  explicit CommError(const std::string& message) : Error(ExitCode::kEnvironment, message) {}
};

/// An accelerator failed or is absent.
struct DeviceError : Error {
  explicit DeviceError(const std::string& message) : Error(ExitCode::kEnvironment, message) {}
};

/// IoError with errno's text: `io_error("can't open {}", path)` reads "can't open x: No such file or directory".
IoError io_error_from_errno(const std::string& what);

template <class... Args>
IoError io_error(std::string_view pattern, const Args&... args) {
  return io_error_from_errno(format(pattern, args...));
}

}  // namespace trireme
