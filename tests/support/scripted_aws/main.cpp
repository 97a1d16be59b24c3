// The programs `aws` and `pcluster` of tests: one binary that plays an AWS account out of a folder.
//
// SCRIPTED_AWS names the folder: world.json is the account, script.json the faults (faults.h), calls.jsonl what was
// called. A command that the world lacks goes to the real command line, SCRIPTED_AWS_REAL, at SCRIPTED_AWS_PROXY if
// that is set. Exit codes are those of version 2 of the command line; version 1 has 255 for all of them.
#include <unistd.h>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "commands.h"
#include "faults.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace {

using namespace scripted_aws;
using trireme::env;
using trireme::format;

enum ExitCode { kOk = 0, kPclusterFailed = 1, kUsage = 252, kConfiguration = 253, kServiceError = 254, kOther = 255 };

/// What the caller gets, and what the log says of it.
struct Outcome {
  int exit = kOk;
  std::string out, err, result = "ok";
};

Outcome answered(const Request& request, const Json& answer) {
  Outcome outcome;
  if (!answer.is_null()) outcome.out = answer.dump(request.service == "pcluster" ? 2 : 4) + "\n";
  return outcome;
}

Outcome refused(const Request& request, const AwsError& error) {
  if (request.service == "pcluster") {
    return {kPclusterFailed, Json({{"message", error.what()}}).dump(2) + "\n", "", error.code};
  }
  return {kServiceError, "",
          format("\nAn error occurred ({}) when calling the {} operation: {}\n", error.code,
                 pascal_case(request.operation), error.what()),
          error.code};
}

void log_call(World& world, const Request& request, int call, const Outcome& outcome) {
  std::set<std::string> actions = iam_actions(request);
  actions.insert(world.needed().begin(), world.needed().end());
  const Json line = {{"index", call},
                     {"service", request.service},
                     {"operation", request.operation},
                     {"region", request.region},
                     {"words", request.words},
                     {"parameters", request.without_secrets()},
                     {"input", request.input_without_secrets()},
                     {"result", outcome.result},
                     {"exit", outcome.exit},
                     {"iam", actions}};
  std::ofstream(world.folder() / "calls.jsonl", std::ios::app) << line.dump() << "\n";
}

/// Kills the process that runs this command, as a power cut between two of its steps would.
[[noreturn]] void kill_caller() {
  kill(getppid(), SIGKILL);
  _exit(kOther);
}

/// Runs the real command line in this process's place; returns if there is none.
void hand_over(char** argv) {
  const auto endpoint = env("SCRIPTED_AWS_PROXY"), real = env("SCRIPTED_AWS_REAL");
  if (!endpoint || !real) return;
  trireme::set_env_default("AWS_ENDPOINT_URL", endpoint->c_str());
  execv(real->c_str(), argv);
  throw trireme::io_error("can't run {}", *real);
}

std::string region_of(const Request& request) {
  for (const auto& region : {std::optional(request.region), env("AWS_REGION"), env("AWS_DEFAULT_REGION")}) {
    if (region && !region->empty()) return *region;
  }
  return "";
}

Outcome perform(World& world, const Request& request, Handler handler, int call) {
  pass_time(world, request);
  const Json before = world.contents();
  try {
    strike_before(world, request, call);
    if (!strike(world, request, call, "no_connection").is_null()) {
      return {kOther, "",
              format("\nCould not connect to the endpoint URL: \"https://{}.{}.amazonaws.com/\"\n", request.service,
                     request.region),
              "no connection"};
    }
    Outcome outcome = answered(request, handler(world, request));
    if (!strike(world, request, call, "garbage").is_null()) outcome.out = "<html><body>502 Bad Gateway</body></html>\n";
    return outcome;
  } catch (const AwsError& error) {
    const Json used = world["faults_used"];
    world.restore(before);
    world["faults_used"] = used;
    return refused(request, error);
  } catch (const trireme::UsageError& error) {
    world.restore(before);
    return {kUsage, "", format("\naws: [ERROR]: {}\n", error.what()), "usage"};
  }
}

int run(int argc, char** argv) {
  const std::string program = std::filesystem::path(argv[0]).filename();
  const auto folder = env("SCRIPTED_AWS");
  if (!folder) throw trireme::UsageError("SCRIPTED_AWS names no folder with a world.json");
  Request request = parse_request(program, {argv + 1, argv + argc});
  const Commands commands = all_commands();
  const auto found = commands.find(request.service + "." + request.operation);
  if (found == commands.end()) {
    hand_over(argv);
    throw trireme::UsageError(format("scripted AWS has no {} {}", request.service, request.operation));
  }
  World world(*folder);
  world.tick();
  const int call = world["num_calls"].is_null() ? 1 : world["num_calls"].get<int>() + 1;
  world["num_calls"] = call;
  request.region = region_of(request);
  if (request.region.empty()) {
    std::cerr << "\nYou must specify a region. You can also configure your region by running \"aws configure\".\n";
    return kConfiguration;
  }
  if (request.region != world.region())
    throw trireme::UsageError(format("this world is {}, not {}", world.region(), request.region));

  if (!strike(world, request, call, "kill_before").is_null()) {
    world.save();
    log_call(world, request, call, {kOther, "", "", "killed before"});
    kill_caller();
  }
  Outcome outcome = perform(world, request, found->second, call);
  const Json slow = strike(world, request, call, "slow");
  const bool killed = !strike(world, request, call, "kill_after").is_null();
  if (killed) outcome.result = "killed after";
  world.save();
  log_call(world, request, call, outcome);
  if (killed) kill_caller();
  world.unlock();
  if (!slow.is_null()) std::this_thread::sleep_for(std::chrono::milliseconds(slow.at("ms").get<int>()));
  std::cout << outcome.out << std::flush;
  std::cerr << outcome.err << std::flush;
  return outcome.exit;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const trireme::UsageError& error) {
    std::cerr << "\naws: [ERROR]: " << error.what() << "\n";
    return kUsage;
  } catch (const std::exception& error) {
    std::cerr << "scripted AWS: " << error.what() << "\n";
    return kOther;
  }
}
