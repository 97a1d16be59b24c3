#include "trireme/plan/resolve_teacher.h"

#include <algorithm>
#include <array>

#include "trireme/arch/families/family.h"
#include "trireme/arch/model_source.h"
#include "trireme/core/error.h"
#include "trireme/data/tokenizers/tokenizer_json.h"
#include "trireme/formats/json_view.h"
#include "trireme/recipe/check.h"

namespace trireme::plan {

namespace {

using recipe::Findings;

void check_vocabulary(const recipe::Recipe& recipe, Findings& findings) {
  const int64_t student = recipe.model.config.vocab_size, teacher = recipe.distill.teacher_config.vocab_size;
  const int64_t shared = recipe.distill.vocabulary, most = std::min(student, teacher);
  if (shared == 0 && student != teacher) {
    findings.error("distill.vocabulary",
                   format("is missing: the model has a vocabulary of {}, its teacher of {}", student, teacher),
                   format("set it to the number of leading ids that mean the same in both, at most {}", most));
  } else if (shared > most) {
    findings.error("distill.vocabulary", format("must be at most {}, got {}: the model has a vocabulary of {}, its "
                                                "teacher of {}",
                                                most, shared, student, teacher));
  }
}

/// Teacher and student see the same inputs and predict at the same places.
void check_family(const recipe::Recipe& recipe, Findings& findings) {
  const arch::ModelConfig &student = recipe.model.config, &teacher = recipe.distill.teacher_config;
  const arch::Family &of_student = arch::family_of(student), &of_teacher = arch::family_of(teacher);
  const auto kind = [](const arch::Family& family) { return family.causal ? "a decoder" : "an encoder"; };
  if (of_student.causal != of_teacher.causal) {
    findings.error("distill.teacher",
                   format("{} is a {} model, {}, but the {} model that learns is {}", recipe.distill.teacher,
                          teacher.model_type, kind(of_teacher), student.model_type, kind(of_student)));
  } else if (!of_student.causal && student.mask_token_id != teacher.mask_token_id) {
    findings.error("distill.teacher", format("{} hides tokens behind id {}, the model that learns behind id {}",
                                             recipe.distill.teacher, teacher.mask_token_id, student.mask_token_id));
  }
  if (!teacher.masked_lm_head) {
    findings.error("distill.teacher",
                   format("{} is a bare encoder: it has no projection to a vocabulary", recipe.distill.teacher));
  }
  const bool learned = of_teacher.positions == arch::Positions::kLearned && !teacher.alibi;
  if (learned && recipe.train.seq_len > teacher.max_position_embeddings) {
    findings.error("train.seq_len",
                   format("{} is above the {} positions that the teacher {} has learned", recipe.train.seq_len,
                          teacher.max_position_embeddings, recipe.distill.teacher));
  }
}

/// Null where the model brings none.
std::unique_ptr<data::Tokenizer> tokenizer_of(const arch::ModelSource& source, const std::string& path) {
  const auto files = source.companion_files();
  const auto found = files.find("tokenizer.json");
  if (found == files.end()) return nullptr;
  const std::string name = path + "/tokenizer.json";
  return data::tokenizer_from_json(formats::JsonView(found->second, name), {}, name);
}

/// Empty for an id between others that stands for nothing.
std::string text_of(const data::Tokenizer& tokenizer, int64_t id) {
  const std::array ids = {static_cast<data::TokenId>(id)};
  return id < tokenizer.vocab_size() ? tokenizer.decode(ids) : "";
}

void check_tokenizer(const recipe::Recipe& recipe, const arch::ModelSource& source, Findings& findings) {
  const std::string& path = recipe.distill.teacher;
  const auto of_teacher = tokenizer_of(source, path);
  if (!of_teacher || recipe.data.tokenizer.empty()) {
    findings.warning("distill.teacher",
                     format("nothing shows that {} reads ids as the tokenizer of the data does", path),
                     of_teacher ? "name that tokenizer in data.tokenizer" : "keep a tokenizer.json beside its weights");
    return;
  }
  const auto of_data = data::load_tokenizer(recipe.data.tokenizer);
  if (of_data->identity() == of_teacher->identity()) return;
  const int64_t shared = recipe.distill.vocabulary > 0 ? recipe.distill.vocabulary : recipe.model.config.vocab_size;
  const int64_t last = std::min(shared, std::max(of_data->vocab_size(), of_teacher->vocab_size()));
  for (int64_t id = 0; id < last; ++id) {
    if (text_of(*of_data, id) == text_of(*of_teacher, id)) continue;
    findings.error("distill.teacher",
                   format("{} has another tokenizer than the data: id {} differs from that of {}", path, id,
                          recipe.data.tokenizer),
                   "prepare the data with the teacher's tokenizer, or take a teacher that reads these ids");
    return;
  }
}

}  // namespace

void resolve_teacher(recipe::LoadedRecipe& loaded) {
  recipe::Distill& distill = loaded.recipe.distill;
  const bool resolved = distill.teacher_config.hidden_size > 0;
  if (distill.teacher.empty() || resolved) return;
  Findings findings(loaded);
  try {
    const auto source = arch::open_model_source(distill.teacher);
    distill.teacher_config = source->config();
    if (loaded.diagnostics.has_errors()) return;
    check_vocabulary(loaded.recipe, findings);
    check_family(loaded.recipe, findings);
    check_tokenizer(loaded.recipe, *source, findings);
  } catch (const Error& error) {
    findings.error("distill.teacher", error.what());
  }
}

}  // namespace trireme::plan
