#include "trireme/telemetry/trace.h"

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/core/log.h"

namespace trireme::telemetry {

namespace {

constexpr size_t kFlushBytes = 1 << 16;

std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string microseconds(double seconds) { return format_fixed(seconds * 1e6, 3); }

}  // namespace

fs::path Tracer::path_for(const fs::path& file, Rank rank, WorldSize world) {
  if (world.value() == 1) return file;
  fs::path path = file;
  path.replace_filename(format("{}.rank_{}{}", file.stem().string(), rank, file.extension().string()));
  return path;
}

Tracer::Tracer(const fs::path& path, Rank rank) : path_(path), rank_(rank.value()) {
  if (path.has_parent_path()) make_folders(path.parent_path());
  fd_ = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  buffer_ =
      format("[\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{},\"args\":{\"name\":\"rank {}\"}}", rank_, rank_);
}

Tracer::~Tracer() {
  buffer_ += "\n]\n";
  flush();
}

int Tracer::thread_number() const { return static_cast<int>(::gettid()); }

void Tracer::add(std::string_view category, std::string_view name, double begin, double end) {
  add_to_row(thread_number(), category, name, begin, end);
}

void Tracer::add_to_row(int row, std::string_view category, std::string_view name, double begin, double end) {
  append(format("{\"ph\":\"X\",\"cat\":{},\"name\":{},\"pid\":{},\"tid\":{},\"ts\":{},\"dur\":{}}", quoted(category),
                quoted(name), rank_, row, microseconds(begin), microseconds(end - begin)));
}

void Tracer::name_thread(std::string_view name) { name_row(thread_number(), name); }

void Tracer::name_row(int row, std::string_view name) {
  append(format("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{},\"tid\":{},\"args\":{\"name\":{}}}", rank_, row,
                quoted(name)));
}

void Tracer::append(const std::string& event) {
  bool full;
  {
    const std::lock_guard lock(mutex_);
    buffer_ += ",\n" + event;
    full = buffer_.size() >= kFlushBytes;
  }
  if (full) flush();
}

void Tracer::flush() {
  const std::lock_guard lock(mutex_);
  try {
    if (!failed_) write_all(fd_.get(), buffer_, path_);
  } catch (const IoError& error) {
    failed_ = true;
    log_warning("{}; the trace ends here, the run goes on", error.what());
  }
  buffer_.clear();
}

void Span::begin(std::string_view category, std::string_view name, std::string_view detail) {
  category_ = category;
  name_ = name;
  if (!detail.empty()) name_.append(" ").append(detail);
  begin_ = now_seconds();
}

}  // namespace trireme::telemetry
