#include "trireme/arch/families/family.h"
#include "trireme/recipe/describe.h"

namespace trireme::recipe {

namespace {

std::vector<std::string> model_types() {
  std::vector<std::string> names;
  for (const arch::Family* family : arch::families()) names.emplace_back(family->model_type);
  return names;
}

void describe_sizes(config::OptionSet& options, arch::ModelConfig& config) {
  options.add("model_type", &config.model_type, "family of the model").choices(model_types());
  options.add("hidden_size", &config.hidden_size, "width of the residual stream; 0: not given").at_least(0);
  options.add("intermediate_size", &config.intermediate_size, "width of the MLP; 0: not given").at_least(0);
  options.add("num_hidden_layers", &config.num_hidden_layers, "number of blocks; 0: not given").at_least(0);
  options.add("num_attention_heads", &config.num_attention_heads, "number of query heads; 0: not given").at_least(0);
  options
      .add("num_key_value_heads", &config.num_key_value_heads,
           "number of key and value heads; 0: as many as query heads")
      .at_least(0);
  options.add("head_dim", &config.head_dim, "size of a head; 0: hidden_size / num_attention_heads").at_least(0);
  options.add("vocab_size", &config.vocab_size, "rows of the embedding; 0: not given").at_least(0);
  options.add("max_position_embeddings", &config.max_position_embeddings, "longest sequence the model is made for")
      .at_least(1)
      .unit("tokens");
  options.add("rms_norm_eps", &config.rms_norm_eps, "added to the mean square in every RMSNorm").above(0).at_most(1);
  options.add("layer_norm_eps", &config.layer_norm_eps, "added to the variance in every LayerNorm").above(0).at_most(1);
  options.add("initializer_range", &config.initializer_range, "standard deviation of initial weights")
      .above(0)
      .at_most(1);
  options.add("tie_word_embeddings", &config.tie_word_embeddings, "the head uses the embedding's weight");
  options.add("sliding_window", &config.sliding_window, "tokens that a query sees, itself included; 0: all before it")
      .at_least(0)
      .unit("tokens");
}

/// What a config.json may ask of training though it is not built.
void describe_dropout(config::OptionSet& options, arch::ModelConfig& config) {
  options.add("dropout", &config.dropout, "of model.from's config.json; only 0 can be trained, set it to train without")
      .at_least(0)
      .below(1);
}

/// Keys that one or two families have.
void describe_family(config::OptionSet& options, arch::ModelConfig& config) {
  options.add("hidden_act", &config.hidden_act,
              "silu, gelu, gelu_new or gelu_pytorch_tanh; empty: the family's activation");
  options.add("use_bias", &config.use_bias, "mpt: linears and norms have biases");
  options.add("attention_bias", &config.attention_bias, "llama: q, k, v and output have biases");
  options.add("mlp_bias", &config.mlp_bias, "llama: gate, up and down have biases");
  options.add("alibi", &config.alibi, "mpt: attention falls off with distance; false: positions are learned");
  options.add("use_parallel_residual", &config.use_parallel_residual,
              "gpt_neox: attention and MLP read the same input; false: one after the other");
  options
      .add("attn_logit_softcapping", &config.attn_logit_softcapping,
           "gemma2, praxis: bound c of scores c tanh(s / c); 0: none")
      .at_least(0);
  options
      .add("final_logit_softcapping", &config.final_logit_softcapping,
           "gemma2, praxis: bound of logits likewise; 0: none")
      .at_least(0);
  options
      .add("query_pre_attn_scalar", &config.query_pre_attn_scalar,
           "gemma2: scores are divided by its square root; 0: head_dim")
      .at_least(0);
  options
      .add("type_vocab_size", &config.type_vocab_size,
           "bert, megatron-bert: rows of the segment table; 0: none, which megatron-bert may have")
      .at_least(0);
  options.add("mask_token_id", &config.mask_token_id, "encoders: token that hides another in training; -1: not known")
      .at_least(-1);
  options.add("token_dropout", &config.token_dropout, "esm: hidden tokens embed as zeros, the others are scaled up");
  options.add("masked_lm_head", &config.masked_lm_head,
              "bert: false is a bare encoder with its pooler, without a loss");
}

void describe_rope(config::OptionSet& options, arch::ModelConfig& config) {
  options.add("rope_theta", &config.rope_theta, "base of the rotary frequencies").above(0);
  options.add("partial_rotary_factor", &config.partial_rotary_factor, "part of a head that rotary embeddings turn")
      .above(0)
      .at_most(1);
  arch::RopeScaling& rope = config.rope_scaling;
  const auto scaled = [&rope] { return rope.rope_type != "default"; };
  const auto llama3 = [&rope] { return rope.rope_type == "llama3"; };
  const std::string only_llama3 = "rope_scaling.rope_type = \"llama3\"";
  options.add("rope_scaling.rope_type", &rope.rope_type, "how rotary frequencies are stretched")
      .choices({"default", "linear", "llama3"});
  options.add("rope_scaling.factor", &rope.factor, "stretch of the context")
      .at_least(1)
      .only_when("rope_scaling.rope_type = \"linear\" or \"llama3\"", scaled);
  options
      .add("rope_scaling.low_freq_factor", &rope.low_freq_factor,
           "wavelengths above original context / this are stretched in full")
      .above(0)
      .only_when(only_llama3, llama3);
  options
      .add("rope_scaling.high_freq_factor", &rope.high_freq_factor,
           "wavelengths below original context / this are left alone")
      .above(0)
      .only_when(only_llama3, llama3);
  options
      .add("rope_scaling.original_max_position_embeddings", &rope.original_max_position_embeddings,
           "context of the model before it was stretched")
      .at_least(1)
      .unit("tokens")
      .only_when(only_llama3, llama3);
}

/// Keys of a Hugging Face config.json that change the model, with the one value that is built.
void describe_fixed(config::OptionSet& options) {
  for (const char* key : {"attention_dropout", "hidden_dropout", "hidden_dropout_prob", "resid_pdrop", "embd_pdrop",
                          "attn_pdrop", "attention_probs_dropout_prob", "classifier_dropout"}) {
    options.add_fixed(key, 0.0, "dropout is not built: only 0 can be trained");
  }
}

}  // namespace

void describe_model(config::OptionSet& options, Model& model) {
  options.section("model",
                  "Sizes in the vocabulary of a Hugging Face config.json. `preset` and `from` give them all; sizes "
                  "written here too take precedence.");
  options.add("from", &model.from, "folder with config.json, and safetensors if weights are loaded");
  options.add("load_weights", &model.load_weights, "start from the folder's safetensors")
      .only_when("model.from", [&model] { return !model.from.empty(); });
  options.add("preset", &model.preset, "name of a known model, for example \"llama3-8b\"");
  describe_sizes(options, model.config);
  describe_rope(options, model.config);
  describe_family(options, model.config);
  describe_dropout(options, model.config);
  describe_fixed(options);
}

void describe_lora(config::OptionSet& options, arch::Lora& lora) {
  options.section("lora",
                  "Train low-rank adapters beside the frozen weights of `model.from`, and save those alone. "
                  "`trireme convert` writes them as PEFT reads them, or merged.");
  const auto on = [&lora] { return lora.on(); };
  options.add("rank", &lora.rank, "rank of each adapter; 0: no adapters, the whole model is trained").at_least(0);
  options.add("alpha", &lora.alpha, "adapters are multiplied by alpha / rank").above(0).only_when("lora.rank > 0", on);
  options
      .add("targets", &lora.targets,
           "linears that get one, by the ends of their names, such as \"q_proj\"; \"all-linear\": all of a block")
      .only_when("lora.rank > 0", on);
  options.add_fixed("dropout", 0.0, "dropout is not built: only 0 can be trained");
}

bool is_model_size(const std::string& name) {
  return name.compare(0, 6, "model.") == 0 && name != "model.from" && name != "model.load_weights" &&
         name != "model.preset";
}

}  // namespace trireme::recipe
