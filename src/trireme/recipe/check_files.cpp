#include "trireme/core/format.h"
#include "trireme/recipe/check.h"
#include "trireme/recipe/weighted_path.h"

namespace trireme::recipe {

namespace {

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

void check_token_files(const std::string& key, const std::vector<std::string>& sources, Findings& findings) {
  for (const std::string& source : sources) {
    const auto parsed = parse_weighted_path(source);
    if (!parsed) continue;
    for (const char* suffix : {".bin", ".idx"}) {
      const std::string path = parsed->path + suffix;
      if (is_file(path)) continue;
      findings.error(key, format("there is no file {}", path),
                     format("make it: trireme data prepare TEXT --tokenizer TOKENIZER --to {}", parsed->path));
    }
  }
}

}  // namespace

void check_files(LoadedRecipe& loaded) {
  const Recipe& recipe = loaded.recipe;
  Findings findings(loaded);
  check_token_files("data.train", recipe.data.train, findings);
  check_token_files("data.valid", recipe.data.valid, findings);
  const std::string& tokenizer = recipe.data.tokenizer;
  const bool found = tokenizer == "bytes" || tokenizer == "residues" || is_file(tokenizer) ||
                     is_file(fs::path(tokenizer) / "tokenizer.json") ||
                     is_file(fs::path(tokenizer) / "tokenizer.model");
  if (!tokenizer.empty() && !found) {
    findings.error("data.tokenizer", format("there is no file {}", tokenizer),
                   format("make it: trireme data train-tokenizer TEXT --to {}; or use \"bytes\"", tokenizer));
  }
  const fs::path from = recipe.model.from;
  if (!from.empty() && !is_file(from / "config.json")) {
    findings.error("model.from", format("there is no file {}", (from / "config.json").string()),
                   "give a Hugging Face folder, or make one: trireme convert --from FILE.gguf --to DIR");
  }
}

}  // namespace trireme::recipe
