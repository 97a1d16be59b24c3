#include "trireme/arch/hf_folder.h"

#include <nlohmann/json.hpp>

#include "trireme/formats/hf_weights.h"
#include "trireme/formats/json_file.h"
#include "trireme/formats/new_folder.h"

namespace trireme::arch {

using formats::TensorInfo;

namespace {

void write_weights(const ModelSource& source, const fs::path& folder, DType dtype, int64_t max_shard_bytes) {
  const std::vector<ParameterSpec> parameters = describe(source.config()).parameters();
  std::vector<TensorInfo> tensors;
  for (const ParameterSpec& parameter : parameters) tensors.push_back({parameter.name, dtype, parameter.shape});
  formats::HfWeightsWriter writer(folder, tensors, max_shard_bytes);
  std::vector<float> values;
  std::vector<std::byte> packed;
  for (size_t i = 0; i < parameters.size(); ++i) {
    values.resize(static_cast<size_t>(parameters[i].numel()));
    packed.resize(static_cast<size_t>(tensors[i].num_bytes()));
    source.read(parameters[i], 0, values);
    formats::narrow_from_float(values, dtype, packed);
    writer.write(packed);
  }
  writer.finish();
}

}  // namespace

void write_hf_folder(const ModelSource& source, const fs::path& to, const HfFolderOptions& options) {
  const DType dtype = options.dtype.value_or(source.dtype());
  formats::NewFolder folder(to);
  // The small files first: what is wrong with a tokenizer shows before gigabytes are written.
  write_file_atomic(folder.path() / "config.json", formats::pretty_json(source.hf_config(dtype)));
  for (const auto& [name, text] : source.companion_files()) write_file_atomic(folder.path() / name, text);
  write_weights(source, folder.path(), dtype, options.max_shard_bytes);
  folder.commit();
}

}  // namespace trireme::arch
