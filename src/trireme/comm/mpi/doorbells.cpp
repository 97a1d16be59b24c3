#include "trireme/comm/mpi/doorbells.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "trireme/comm/mpi/calls.h"

namespace trireme::comm::mpi {

int Doorbells::of_lane(const std::string& lane) {
  return 1 + static_cast<int>(std::hash<std::string>{}(lane) % (kBells - 1));
}

Doorbells::Doorbells() {
  int world_size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &world_size);
  bells_.resize(static_cast<size_t>(world_size));

  const UniqueComm node = ranks_of_node();
  int node_size = 0;
  MPI_Comm_size(node.get(), &node_size);
  constexpr MPI_Aint kBytes = sizeof(FutexWord[kBells]) + alignof(FutexWord);  // MPI promises no alignment
  void* own_memory = nullptr;
  check_mpi(MPI_Win_allocate_shared(kBytes, /*disp_unit=*/1, MPI_INFO_NULL, node.get(), &own_memory, &window_),
            "MPI_Win_allocate_shared");

  std::vector<int> world_ranks(static_cast<size_t>(node_size));
  check_mpi(MPI_Allgather(&rank_, 1, MPI_INT, world_ranks.data(), 1, MPI_INT, node.get()), "MPI_Allgather");
  for (int node_rank = 0; node_rank < node_size; ++node_rank) {
    MPI_Aint size = 0;
    int unit = 0;
    void* memory = nullptr;
    check_mpi(MPI_Win_shared_query(window_, node_rank, &size, &unit, &memory), "MPI_Win_shared_query");
    auto bytes = static_cast<size_t>(kBytes);
    // Mappings begin on pages, so that every rank rounds to the same place.
    std::align(alignof(FutexWord), sizeof(FutexWord[kBells]), memory, bytes);
    bells_[static_cast<size_t>(world_ranks[static_cast<size_t>(node_rank)])] = static_cast<FutexWord*>(memory);
  }
  for (int bell = 0; bell < kBells; ++bell) new (&own(bell)) FutexWord{};
  check_mpi(MPI_Barrier(node.get()), "MPI_Barrier");  // nobody rings before
}

Doorbells::~Doorbells() {
  if (window_ != MPI_WIN_NULL) MPI_Win_free(&window_);
}

bool Doorbells::reach_all() const {
  return std::all_of(bells_.begin(), bells_.end(), [](const FutexWord* bells) { return bells != nullptr; });
}

void Doorbells::ring(int world_rank, int bell) noexcept {
  if (reach(world_rank)) comm::ring(bells_[static_cast<size_t>(world_rank)][bell]);
}

void Doorbells::ring_own() noexcept {
  for (int bell = 0; bell < kBells; ++bell) comm::ring(own(bell));
}

}  // namespace trireme::comm::mpi
