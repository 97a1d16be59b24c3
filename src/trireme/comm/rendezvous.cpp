#include "trireme/comm/rendezvous.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <sstream>
#include <thread>
#include <vector>

#include "trireme/comm/shm/shm.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/format.h"

namespace trireme::comm {

namespace {

// Wire format, one line each way, words separated by blanks, no word empty.
//   rank -> rank 0   "trireme-rendezvous-1 JOB GENERATION WORLD RANK BOOT_ID HOST"
//   rank 0 -> rank   "ok PID FD": open /proc/PID/fd/FD, or "refused REASON"
constexpr const char* kGreeting = "trireme-rendezvous-1";

/// What a rank says of itself. The boot id names the running kernel, so it is equal exactly on one host.
struct Introduction {
  std::string greeting, job;
  int generation = 0, world = 0, rank = 0;
  std::string boot_id, host;
};

Introduction introduce(const supervise::RankEnv& env) {
  return {kGreeting, env.job_id, env.generation, env.world.value(), env.rank.value(), host_identity(), host_name()};
}

std::string to_line(const Introduction& who) {
  return format("{} {} {} {} {} {} {}\n", who.greeting, who.job, who.generation, who.world, who.rank, who.boot_id,
                who.host);
}

Introduction parse(const std::string& line) {
  std::istringstream in(line);
  Introduction who;
  in >> who.greeting >> who.job >> who.generation >> who.world >> who.rank >> who.boot_id >> who.host;
  return who;
}

/// Why `self`, rank 0, can't take `other` in; empty: it can.
std::string refusal(const Introduction& self, const Introduction& other) {
  if (other.greeting != kGreeting) return "it is no rank of this version of trireme";
  if (other.job != self.job) return format("it belongs to job {}, this is job {}", other.job, self.job);
  if (other.generation != self.generation) {
    return format("it belongs to restart {}, the job is at restart {}", other.generation, self.generation);
  }
  if (other.world != self.world) return format("its WORLD_SIZE is {}, rank 0 has {}", other.world, self.world);
  return "";
}

std::string read_line(int fd, Deadline deadline) {
  std::string line;
  while (line.find('\n') == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline.at() - Clock::now()).count();
    pollfd wanted{fd, POLLIN, 0};
    char byte;
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) <= 0 || ::read(fd, &byte, 1) != 1) return "";
    line += byte;
  }
  line.pop_back();
  return line;
}

void send_line(int fd, const std::string& line) {
  // A peer that has gone is noticed by its silence; SIGPIPE must not end this rank.
  [[maybe_unused]] const ssize_t sent = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
}

UniqueFd listen_on(int port) {
  UniqueFd listener(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1, off = 0;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<uint16_t>(port));
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), SOMAXCONN) != 0) {
    const char* hint = errno == EADDRINUSE ? "; another job uses it: set MASTER_PORT to a free port on all ranks" : "";
    throw io_error("rank 0 can't listen on port {} of host {}{}", port, host_name(), hint);
  }
  return listener;
}

struct Peer {
  UniqueFd connection;
  Introduction who;
};

[[noreturn]] void refuse_all(const std::vector<Peer>& peers, const std::string& reason) {
  for (const Peer& peer : peers) {
    if (peer.connection.valid()) send_line(peer.connection.get(), "refused " + reason + "\n");
  }
  throw CommError(reason);
}

std::string missing_ranks(const std::vector<Peer>& peers) {
  std::string text;
  for (size_t rank = 1; rank < peers.size(); ++rank) {
    if (!peers[rank].connection.valid()) text += format("{}{}", text.empty() ? "" : ", ", rank);
  }
  return text;
}

/// Waits until every other rank has introduced itself.
std::vector<Peer> gather(const Introduction& self, int port, Deadline deadline) {
  const UniqueFd listener = listen_on(port);
  std::vector<Peer> peers(static_cast<size_t>(self.world));
  for (int present = 1; present < self.world;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline.at() - Clock::now()).count();
    pollfd wanted{listener.get(), POLLIN, 0};
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) <= 0) {
      refuse_all(peers, format("rank 0 on host {} waited for all {} ranks; missing: {}", self.host, self.world,
                               missing_ranks(peers)));
    }
    UniqueFd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const Introduction who = parse(read_line(connection.get(), deadline));
    std::string reason = refusal(self, who);
    const bool known = who.rank > 0 && who.rank < self.world;
    if (reason.empty() && (!known || peers[static_cast<size_t>(who.rank)].connection.valid())) {
      reason = format("rank {} of {} is taken", who.rank, self.world);
    }
    if (!reason.empty()) {
      send_line(connection.get(), format("refused rank {} on host {} can't join: {}\n", who.rank, who.host, reason));
      continue;
    }
    peers[static_cast<size_t>(who.rank)] = {std::move(connection), who};
    ++present;
  }
  return peers;
}

UniqueFd serve(const supervise::RankEnv& env, Deadline deadline) {
  const Introduction self = introduce(env);
  const std::vector<Peer> peers = gather(self, env.master_port, deadline);
  for (size_t rank = 1; rank < peers.size(); ++rank) {
    const Introduction& other = peers[rank].who;
    if (other.boot_id == self.boot_id) continue;
    refuse_all(
        peers,
        format("rank 0 is on host {} and rank {} on host {}: CPU ranks on several hosts need MPI; start them with "
               "mpirun or srun --mpi=pmix",
               self.host, rank, other.host));
  }
  UniqueFd memory = shm::create_memory(env.world.value(), env.generation);
  for (size_t rank = 1; rank < peers.size(); ++rank) {
    send_line(peers[rank].connection.get(), format("ok {} {}\n", ::getpid(), memory.get()));
  }
  // The others open the descriptor through /proc while it is still ours, and say so by closing the connection.
  for (size_t rank = 1; rank < peers.size(); ++rank) read_line(peers[rank].connection.get(), deadline);
  return memory;
}

UniqueFd connect_to(const std::string& host, int port, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  while (true) {
    addrinfo* found = nullptr;
    const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, [](addrinfo* a) {
      if (a) ::freeaddrinfo(a);
    });
    for (const addrinfo* at = found; at; at = at->ai_next) {
      UniqueFd connection(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
      if (connection.valid() && ::connect(connection.get(), at->ai_addr, at->ai_addrlen) == 0) return connection;
    }
    if (deadline.passed()) {
      const std::string why = problem != 0 ? ::gai_strerror(problem) : io_error_from_errno("connect").what();
      throw CommError(
          format("host {} can't reach rank 0 at {}:{} ({}); check MASTER_ADDR and MASTER_PORT, and that rank 0 "
                 "was started",
                 host_name(), host, port, why));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // rank 0 may not listen yet
  }
}

UniqueFd join(const supervise::RankEnv& env, Deadline deadline) {
  const UniqueFd connection = connect_to(env.master_addr, env.master_port, deadline);
  send_line(connection.get(), to_line(introduce(env)));
  // Longer than rank 0 waits for the others, so that its reason arrives.
  const Deadline answer = Deadline::after(Seconds(deadline.at() - Clock::now()) + Seconds(2));
  std::istringstream reply(read_line(connection.get(), answer));
  std::string word;
  reply >> word;
  if (word == "ok") {
    int pid = 0, fd = -1;
    reply >> pid >> fd;
    return open_file(format("/proc/{}/fd/{}", pid, fd), O_RDWR);
  }
  std::string reason;
  std::getline(reply >> std::ws, reason);
  throw CommError(word == "refused" ? reason
                                    : format("rank {} reached {}:{} but got no answer in time from a rank 0 of trireme",
                                             env.rank, env.master_addr, env.master_port));
}

}  // namespace

std::string host_identity() {
  std::string id;
  std::istringstream(read_file("/proc/sys/kernel/random/boot_id")) >> id;
  return id;
}

UniqueFd meet_on_one_host(const supervise::RankEnv& env, Deadline deadline) {
  return env.rank == Rank(0) ? serve(env, deadline) : join(env, deadline);
}

}  // namespace trireme::comm
