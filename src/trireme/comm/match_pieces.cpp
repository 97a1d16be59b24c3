#include "trireme/comm/match_pieces.h"

#include "trireme/comm/header.h"
#include "trireme/core/error.h"

namespace trireme::comm {

namespace {

class MatchedPieces final : public Work::State {
 public:
  MatchedPieces(Communicator& host, Operation& operation)
      : group_(host.name()), rank_(host.rank().value()), comes_(operation.in_counts.size()) {
    matched_ = host.match(operation);
    operation_ = operation;
    const auto as_buffer = [&](std::vector<int64_t>& counts) {
      return Buffer{counts.data(), static_cast<int64_t>(counts.size()), DType::kI64, {}};
    };
    told_ = host.all_to_all(as_buffer(operation_.in_counts), as_buffer(comes_));
  }
  ~MatchedPieces() override {
    try {
      told_.wait();                    // it writes to comes_
    } catch (const std::exception&) {  // the group's cause, which others tell
    }
  }

  bool done() const override { return matched_.done() && told_.done(); }
  void wait() override {
    matched_.wait();
    told_.wait();
    compare();
  }
  void wait_host(Deadline deadline) override {
    matched_.wait_host(deadline);
    told_.wait_host(deadline);
    compare();
  }

 private:
  void compare() const {
    for (size_t peer = 0; peer < comes_.size(); ++peer) {
      if (comes_[peer] == operation_.out_counts[peer]) continue;
      throw CommError(describe_wrong_piece(operation_, group_, static_cast<int>(peer), comes_[peer], rank_,
                                           operation_.out_counts[peer]));
    }
  }

  std::string group_;
  int rank_;
  std::vector<int64_t> comes_;  // from each rank
  Operation operation_;
  Work matched_, told_;
};

}  // namespace

Work match_pieces(Communicator& host, Operation& operation) {
  return Work(std::make_shared<MatchedPieces>(host, operation));
}

}  // namespace trireme::comm
