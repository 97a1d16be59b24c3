#include "trireme/comm/mpi/mpi_backend.h"

#include <numeric>

#include "trireme/comm/mpi/exchange.h"
#include "trireme/comm/mpi/mpi.h"
#include "trireme/comm/pages.h"
#include "trireme/comm/reduce.h"
#include "trireme/comm/shared/report.h"
#include "trireme/core/environment.h"

namespace trireme::comm::mpi {

namespace {

UniqueComm copy_of(MPI_Comm members) {
  UniqueComm copy;
  check_mpi(MPI_Comm_dup(members, copy.out()), "MPI_Comm_dup");
  MPI_Comm_set_errhandler(copy.get(), MPI_ERRORS_RETURN);
  return copy;
}

}  // namespace

bool available() { return true; }

PlaceOnNode place_on_node() {
  start_mpi();
  const UniqueComm node = ranks_of_node();
  PlaceOnNode place;
  MPI_Comm_rank(node.get(), &place.rank);
  MPI_Comm_size(node.get(), &place.size);
  return place;
}

std::unique_ptr<Communicator> make_world(Seconds timeout, const Decorate& decorate) {
  auto session = std::make_shared<Session>();
  auto backend = std::make_unique<MpiBackend>(std::move(session), MPI_COMM_WORLD, "world", timeout);
  return std::make_unique<QueuedCommunicator>(std::move(backend), "world", decorate);
}

MpiBackend::MpiBackend(std::shared_ptr<Session> session, MPI_Comm members, std::string name, Seconds timeout)
    : session_(std::move(session)),
      collectives_(copy_of(members)),
      pairs_(copy_of(members)),
      name_(std::move(name)),
      timeout_(timeout) {
  board_rows_.fill(-1);
  for (const Op op : {Op::kBarrier, Op::kSend, Op::kRecv})
    bells_[lane_of(op)] = Doorbells::of_lane(row_name(name_, op));
  MPI_Comm_rank(collectives_.get(), &rank_);
  MPI_Comm_size(collectives_.get(), &size_);
  world_ranks_.resize(static_cast<size_t>(size_));
  const int mine = session_->rank();
  check_mpi(MPI_Allgather(&mine, 1, MPI_INT, world_ranks_.data(), 1, MPI_INT, collectives_.get()), "MPI_Allgather");
}

MpiBackend::~MpiBackend() {
  if (!session_->aborted()) return;
  collectives_.release();  // freeing is collective, and peers may be gone
  pairs_.release();
}

bool MpiBackend::supports(Op op, DType dtype, DeviceKind device) const {
  const bool reduces = op == Op::kAllReduce || op == Op::kReduceScatter;
  return device == DeviceKind::kCpu && (!reduces || can_reduce(dtype));
}

std::unique_ptr<Memory> MpiBackend::allocate(Bytes size) { return allocate_pages(size); }

int MpiBackend::bell_of(Op op) const { return bells_[lane_of(op)]; }

std::byte* MpiBackend::scratch(int64_t bytes) {
  if (static_cast<int64_t>(scratch_.size()) < bytes) scratch_.resize(static_cast<size_t>(bytes));
  return scratch_.data();
}

void MpiBackend::run(const Operation& operation) {
  int& row = board_rows_[lane_of(operation.op)];
  if (row < 0) row = session_->writer().add_communicator(row_name(name_, operation.op));
  if (session_->aborted()) throw CommError(session_->cause());
  session_->writer().enter(row, short_name(operation), operation.sequence);
  Exchange exchange(*this, is_pair(operation.op) ? pairs_.get() : collectives_.get(), operation);
  try {
    dispatch(operation, exchange);
  } catch (const std::exception& problem) {
    abort(problem.what());
    exchange.give_up(problem.what());
    throw;
  }
  session_->writer().finish(row, operation.sequence);
}

void MpiBackend::dispatch(const Operation& operation, Exchange& exchange) {
  if (!is_pair(operation.op)) {
    meet(operation, exchange);
    if (!operation.moves_data) return;
  }
  switch (operation.op) {
    case Op::kAllReduce: return all_reduce(operation, exchange);
    case Op::kReduceScatter: return reduce_scatter(operation, exchange);
    case Op::kAllGather: return all_gather(operation, exchange);
    case Op::kAllToAll: return all_to_all(operation, exchange);
    case Op::kBroadcast: return broadcast(operation, exchange);
    case Op::kSend: return send(operation, exchange);
    case Op::kRecv: return recv(operation, exchange);
    case Op::kBarrier: return;
  }
}

void MpiBackend::meet(const Operation& operation, Exchange& exchange) {
  Header* mine = exchange.own<Header>();
  *mine = header_of(operation);
  const auto size = static_cast<size_t>(size_);
  Header* all = exchange.own<Header>(size);
  MPI_Request request;
  check_mpi(MPI_Iallgather(mine, sizeof *mine, MPI_BYTE, all, sizeof *all, MPI_BYTE, exchange.comm(), &request),
            "MPI_Iallgather");
  exchange.add(request, all);
  exchange.finish(Exchange::Messages::kHeaders);
  for (size_t peer = 0; peer < size; ++peer) {
    if (all[peer] == all[0]) continue;
    throw CommError(describe_mismatch(name_, world_ranks_[0], all[0], world_ranks_[peer], all[peer]));
  }
}

std::unique_ptr<BlockingBackend> MpiBackend::split(int color, int key, const std::string& name) {
  UniqueComm members;
  check_mpi(MPI_Comm_split(collectives_.get(), color, key, members.out()), "MPI_Comm_split");
  return std::make_unique<MpiBackend>(session_, members.get(), name, timeout_);
}

CommError MpiBackend::late(const Operation& operation) noexcept {
  std::string report;
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    report += report.empty() ? "" : ". ";
    report +=
        session_->ask(world_ranks_[static_cast<size_t>(peer)], name_, operation, is_waited_for(peer, rank_, operation));
  }
  abort(format("{} was not done within {} s on rank {} of host {}. {}", describe(operation, name_),
               format_fixed(timeout_.count(), 1), session_->rank(), host_name(), report));
  return CommError(session_->cause());
}

}  // namespace trireme::comm::mpi
