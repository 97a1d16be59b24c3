#include "trireme/comm/rendezvous.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <sstream>
#include <thread>
#include <vector>

#include "trireme/comm/shm/shm.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/format.h"
#include "trireme/core/process.h"

namespace trireme::comm {

namespace {

// Wire format, one line each way, words separated by one blank, no word but JOB empty or with blanks in it.
//   rank -> rank 0   "trireme-rendezvous-2 GENERATION WORLD RANK SPACE HOST JOB"
//   rank 0 -> rank   "ok PID FD": open /proc/PID/fd/FD, or "refused REASON"
constexpr const char* kGreeting = "trireme-rendezvous-2";
constexpr size_t kLongestLine = 4096;

/// What a rank says of itself.
struct Introduction {
  std::string greeting;
  int generation = 0, world = 0, rank = 0;
  std::string space;  // process_space(): where it is equal, /proc/PID of one is that of the other
  std::string host, job;
};

Introduction introduce(const supervise::RankEnv& env) {
  return {kGreeting, env.generation, env.world.value(), env.rank.value(), process_space(), host_name(), env.job_id};
}

std::string to_line(const Introduction& who) {
  return format("{} {} {} {} {} {} {}\n", who.greeting, who.generation, who.world, who.rank, who.space, who.host,
                who.job);
}

Introduction parse(const std::string& line) {
  std::istringstream in(line);
  Introduction who;
  in >> who.greeting >> who.generation >> who.world >> who.rank >> who.space >> who.host;
  in.get();
  std::getline(in, who.job);
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

/// Milliseconds until the deadline, for poll(2).
int until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.at() - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000));
}

/// Whether `line` is whole after what has come on `fd`, or will never be: the peer has gone, or says too much. Then it
/// is empty. Blocks unless something has come.
bool read_some(int fd, std::string& line) {
  char text[512];
  const ssize_t n = ::read(fd, text, sizeof text);
  if (n < 0 && errno == EINTR) return false;
  if (n > 0) line.append(text, static_cast<size_t>(n));
  const size_t end = line.find('\n');
  if (n > 0 && end == std::string::npos && line.size() < kLongestLine) return false;
  line.resize(end == std::string::npos ? 0 : end);
  return true;
}

std::string read_line(int fd, Deadline deadline) {
  std::string line;
  while (true) {
    pollfd wanted{fd, POLLIN, 0};
    if (::poll(&wanted, 1, until(deadline)) > 0 && read_some(fd, line)) return line;
    if (deadline.passed()) return "";
  }
}

void send_line(int fd, const std::string& line) {
  // A peer that has gone is noticed by its silence; SIGPIPE must not end this rank.
  [[maybe_unused]] const ssize_t sent = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
}

UniqueFd listen_on(int port) {
  UniqueFd listener(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
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

/// A connection whose introduction has not come in full.
struct Visitor {
  UniqueFd connection;
  std::string line;
};

/// Empty when the one that came has gone again.
UniqueFd accept_from(int listener) {
  UniqueFd connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  for (const int lack : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    if (!connection.valid() && errno == lack) throw io_error("rank 0 on host {} can't take in a rank", host_name());
  }
  return connection;
}

/// Gives the visitor its place among `peers`, or refuses it. Whether it is a rank of this job.
bool take_in(Visitor visitor, const Introduction& self, std::vector<Peer>& peers) {
  const Introduction who = parse(visitor.line);
  std::string reason = refusal(self, who);
  const bool known = who.rank > 0 && who.rank < self.world;
  if (reason.empty() && (!known || peers[static_cast<size_t>(who.rank)].connection.valid())) {
    reason = format("rank {} of {} is taken", who.rank, self.world);
  }
  if (!reason.empty()) {
    send_line(visitor.connection.get(),
              format("refused rank {} on host {} can't join: {}\n", who.rank, who.host, reason));
    return false;
  }
  peers[static_cast<size_t>(who.rank)] = {std::move(visitor.connection), who};
  return true;
}

/// Waits until every other rank has introduced itself, listening to all who connect at once.
std::vector<Peer> gather(const Introduction& self, int port, Deadline deadline) {
  const UniqueFd listener = listen_on(port);
  std::vector<Peer> peers(static_cast<size_t>(self.world));
  std::vector<Visitor> visitors;
  for (int present = 1; present < self.world;) {
    std::vector<pollfd> wanted;
    for (const Visitor& visitor : visitors) wanted.push_back({visitor.connection.get(), POLLIN, 0});
    wanted.push_back({listener.get(), POLLIN, 0});
    ::poll(wanted.data(), wanted.size(), until(deadline));
    for (size_t i = visitors.size(); i-- > 0;) {
      if (wanted[i].revents == 0 || !read_some(visitors[i].connection.get(), visitors[i].line)) continue;
      present += take_in(std::move(visitors[i]), self, peers);
      visitors.erase(visitors.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (wanted.back().revents != 0) {
      if (UniqueFd connection = accept_from(listener.get()); connection.valid())
        visitors.push_back({std::move(connection), ""});
    }
    if (present < self.world && deadline.passed()) {
      refuse_all(peers, format("rank 0 on host {} waited for all {} ranks; missing: {}", self.host, self.world,
                               missing_ranks(peers)));
    }
  }
  return peers;
}

UniqueFd serve(const supervise::RankEnv& env, Deadline deadline) {
  const Introduction self = introduce(env);
  const std::vector<Peer> peers = gather(self, env.master_port, deadline);
  for (size_t rank = 1; rank < peers.size(); ++rank) {
    const Introduction& other = peers[rank].who;
    if (other.space == self.space) continue;
    refuse_all(peers,
               format("rank 0 is on host {} and rank {} on host {}: CPU ranks on several hosts, or in containers "
                      "that don't see one another's processes, need MPI; start them with mpirun or srun "
                      "--mpi=pmix",
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

UniqueFd meet_on_one_host(const supervise::RankEnv& env, Deadline deadline) {
  return env.rank == Rank(0) ? serve(env, deadline) : join(env, deadline);
}

}  // namespace trireme::comm
