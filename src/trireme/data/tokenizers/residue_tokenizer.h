#pragma once

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// The alphabet of ESM-2: a letter is a residue's token, a run of other characters one <unk>, as transformers'
/// EsmTokenizer has it. Source: Lin et al., 2023; the vocab.txt of facebook/esm2_t6_8M_UR50D.
class ResidueTokenizer final : public Tokenizer {
 public:
  ResidueTokenizer();
  std::unique_ptr<Encoder> make_encoder() const override;

 private:
  std::string decode_known(std::span<const TokenId> ids) const override;
};

}  // namespace trireme::data
