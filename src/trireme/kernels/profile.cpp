#include "trireme/kernels/profile.h"

#include "trireme/core/check.h"
#include "trireme/core/clock.h"

namespace trireme::kernels {

namespace {

Profile* g_profile = nullptr;

}  // namespace

std::string_view name_of(Family family) {
  switch (family) {
    case Family::kProducts: return "products";
    case Family::kAttention: return "attention";
    case Family::kLoss: return "loss";
    case Family::kNorms: return "norms";
    case Family::kRotary: return "rotary";
    case Family::kSwiglu: return "swiglu";
    case Family::kEmbedding: return "embedding";
    case Family::kOptimizer: return "optimizer";
  }
  return "unknown";
}

Profile::Profile() {
  TRIREME_CHECK(g_profile == nullptr, "a second Profile");
  g_profile = this;
}
Profile::~Profile() { g_profile = nullptr; }

Profile* Profiled::active() { return g_profile; }

void Profiled::begin(Family family, Work work) {
  count_ = &g_profile->counts_[static_cast<size_t>(family)];
  ++count_->calls;
  count_->work.flops += work.flops;
  count_->work.bytes += work.bytes;
  started_ = thread_cpu_seconds();
}

void Profiled::end() { count_->seconds += thread_cpu_seconds() - started_; }

}  // namespace trireme::kernels
