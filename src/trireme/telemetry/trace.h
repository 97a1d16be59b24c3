#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "trireme/core/clock.h"
#include "trireme/core/file.h"
#include "trireme/core/units.h"

namespace trireme::telemetry {

/// One rank's spans as a Chrome trace (chrome://tracing, ui.perfetto.dev): what ran when, on which thread.
/// Times are microseconds of the host's steady clock, so that the files of its ranks lie over each other.
/// A killed process leaves a file that viewers still read. Thread-safe.
///
/// Format: the JSON Array Format of "Trace Event Format" (Google, 2016), with complete events.
class Tracer {
 public:
  /// The file of one rank: "trace.json" itself in a world of one, else "trace.rank_3.json".
  static fs::path path_for(const fs::path& file, Rank rank, WorldSize world);

  /// Creates the file and the folders above it. Throws IoError.
  Tracer(const fs::path& path, Rank rank);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// A span that began and ended at these now_seconds(). `category` groups spans by colour: "compute", "gather".
  void add(std::string_view category, std::string_view name, double begin, double end);
  /// The same on a row of its own, for what runs beside the host's threads: 1, 2, … (a thread's number is larger).
  void add_to_row(int row, std::string_view category, std::string_view name, double begin, double end);
  void name_row(int row, std::string_view name);
  /// Names the calling thread in the picture.
  void name_thread(std::string_view name);
  void flush();

 private:
  int thread_number() const;
  void append(const std::string& event);

  fs::path path_;
  UniqueFd fd_;
  int rank_;
  std::mutex mutex_;
  std::string buffer_;
  bool failed_ = false;
};

/// Measures a scope. Without a tracer it costs two comparisons.
class Span {
 public:
  /// `detail`, if any, follows the name after a space.
  Span(Tracer* tracer, std::string_view category, std::string_view name, std::string_view detail = {})
      : tracer_(tracer) {
    if (tracer_ != nullptr) begin(category, name, detail);
  }
  ~Span() {
    if (tracer_ != nullptr) tracer_->add(category_, name_, begin_, now_seconds());
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

 private:
  void begin(std::string_view category, std::string_view name, std::string_view detail);

  Tracer* tracer_;
  std::string category_;
  std::string name_;
  double begin_ = 0;
};

}  // namespace trireme::telemetry
