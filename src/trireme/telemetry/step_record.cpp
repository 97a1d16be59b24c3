#include "trireme/telemetry/step_record.h"

#include <nlohmann/json.hpp>

namespace trireme::telemetry {

namespace {

using nlohmann::ordered_json;

double number_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : StepRecord::kUnknown;
}

int64_t integer_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<int64_t>() : 0;
}

}  // namespace

std::string to_json_line(const StepRecord& record) {
  ordered_json object;
  object["step"] = record.step;
  object["loss"] = record.loss;  // the library writes what is not finite as null
  if (record.distill_loss) object["distill_loss"] = *record.distill_loss;
  object["grad_norm"] = record.grad_norm;
  object["lr"] = record.lr;
  object["tokens"] = record.tokens;
  object["tokens_seen"] = record.tokens_seen;
  object["step_seconds"] = record.step_seconds;
  object["data_seconds"] = record.data_seconds;
  object["compute_seconds"] = record.compute_seconds;
  object["comm_seconds"] = record.comm_seconds;
  object["save_seconds"] = record.save_seconds;
  object["tokens_per_second"] = record.tokens_per_second;
  object["tps_per_device"] = record.tps_per_device;
  object["mfu"] = record.mfu;
  object["peak_memory_bytes"] = record.peak_memory_bytes ? ordered_json(*record.peak_memory_bytes) : ordered_json();
  object["skipped"] = record.skipped;
  return object.dump();
}

std::optional<StepRecord> parse_step_record(const std::string& line) {
  const ordered_json object = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || integer_of(object, "step") < 1) return std::nullopt;
  StepRecord record;
  record.step = integer_of(object, "step");
  record.loss = number_of(object, "loss");
  if (object.contains("distill_loss")) record.distill_loss = number_of(object, "distill_loss");
  record.grad_norm = number_of(object, "grad_norm");
  record.lr = number_of(object, "lr");
  record.tokens = integer_of(object, "tokens");
  record.tokens_seen = integer_of(object, "tokens_seen");
  record.step_seconds = number_of(object, "step_seconds");
  record.data_seconds = number_of(object, "data_seconds");
  record.compute_seconds = number_of(object, "compute_seconds");
  record.comm_seconds = number_of(object, "comm_seconds");
  record.save_seconds = number_of(object, "save_seconds");
  record.tokens_per_second = number_of(object, "tokens_per_second");
  record.tps_per_device = number_of(object, "tps_per_device");
  record.mfu = number_of(object, "mfu");
  if (const double peak = number_of(object, "peak_memory_bytes"); peak >= 0) {
    record.peak_memory_bytes = static_cast<int64_t>(peak);
  }
  record.skipped = integer_of(object, "skipped");
  return record;
}

}  // namespace trireme::telemetry
