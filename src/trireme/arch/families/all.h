#pragma once

#include "trireme/arch/families/family.h"

namespace trireme::arch {

const Family& llama();
const Family& mistral();
const Family& qwen2();
const Family& qwen3();
const Family& gemma2();
const Family& gpt2();
const Family& gpt_neox();
const Family& mpt();
const Family& bert();
const Family& megatron_bert();
const Family& esm();
const Family& praxis();

}  // namespace trireme::arch
