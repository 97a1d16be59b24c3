#include "trireme/telemetry/event_log.h"

#include <nlohmann/json.hpp>

#include "trireme/core/clock.h"

namespace trireme::telemetry {

void EventLog::write(const std::string& event, const nlohmann::ordered_json& details) {
  nlohmann::ordered_json line = {{"time", utc_timestamp()}, {"event", event}};
  line.update(details);
  file_.append(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace trireme::telemetry
