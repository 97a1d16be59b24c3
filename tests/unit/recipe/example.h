#pragma once

#include <string>

namespace trireme::recipe {

/// The shortest recipe that is right; `[train]` is open at its end.
inline const std::string kExample = R"(version = 1
[model]
hidden_size = 64
intermediate_size = 176
num_hidden_layers = 2
num_attention_heads = 4
num_key_value_heads = 2
vocab_size = 256
[data]
train = ["corpus/train"]
[train]
steps = 20
)";

}  // namespace trireme::recipe
