#pragma once

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "trireme/data/text_reader.h"

namespace trireme::data {

/// Lends things to tasks, making one only when all are lent: as many as tasks run at once.
template <class T>
class Pool {
 public:
  explicit Pool(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  template <class Use>
  auto with_one(Use use) {
    std::unique_ptr<T> one = take();
    auto result = use(*one);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(one));
    return result;
  }

  /// Everything that is not lent now.
  const std::vector<std::unique_ptr<T>>& idle() const { return free_; }

 private:
  std::unique_ptr<T> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return make_();
    std::unique_ptr<T> one = std::move(free_.back());
    free_.pop_back();
    return one;
  }

  std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

/// How many threads `--workers N` means: 0 is one a core. Throws UsageError when it is negative.
int64_t worker_threads(int64_t workers);

/// Reads batches on this thread, runs `work(batch)` on up to `workers` others at a time, and hands the
/// results to `consume` on this thread in the order of the text, however many workers there are. The first
/// exception ends it.
template <class Result>
void process_text(TextReader& reader, int64_t workers, const std::function<Result(TextBatch)>& work,
                  const std::function<void(Result)>& consume) {
  std::deque<std::future<Result>> running;
  const auto consume_oldest = [&] {
    std::future<Result> oldest = std::move(running.front());
    running.pop_front();
    consume(oldest.get());
  };
  TextBatch batch;
  while (reader.next(batch)) {
    running.push_back(std::async(std::launch::async, work, std::move(batch)));
    if (static_cast<int64_t>(running.size()) >= workers) consume_oldest();
  }
  while (!running.empty()) consume_oldest();
}

/// Nothing but white space.
bool is_blank(std::string_view text);

/// "FILE:LINE", or "FILE: MEMBER" of an archive.
std::string place_of(const TextPiece& piece, const std::string& input);

/// The text of a document: of a JSON object the string under `jsonl_key`, nothing for a blank line. Throws FormatError
/// naming file and line or member.
std::string document_text(TextPiece piece, const std::string& input, const std::string& jsonl_key);

}  // namespace trireme::data
