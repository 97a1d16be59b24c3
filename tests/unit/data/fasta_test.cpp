#include <gtest/gtest.h>

#include <random>

#include "support/expect_error.h"
#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/documents/document_reader.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {
namespace {

std::vector<std::string> sequences_of(const std::string& text) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "proteins.fasta";
  write_file(path, text);
  const auto documents = open_documents(path.string(), {});
  std::vector<std::string> sequences;
  for (TextPiece piece; documents->next(piece);) {
    EXPECT_EQ(piece.number, static_cast<int64_t>(sequences.size()) + 1);
    sequences.push_back(piece.text);
  }
  return sequences;
}

using Sequences = std::vector<std::string>;

TEST(Fasta, JoinsTheLinesOfASequence) {
  EXPECT_EQ(sequences_of(">a protein\nMKV\nLAX\n>b\nGG\n"), (Sequences{"MKVLAX", "GG"}));
  EXPECT_EQ(sequences_of("\n>a\r\nMK\r\n\r\nV\r\n>empty\n>b\nG"), (Sequences{"MKV", "", "G"}));
  EXPECT_EQ(sequences_of(">only a name"), (Sequences{""}));
}

TEST(Fasta, NamesResiduesWithoutAName) {
  EXPECT_ERROR(FormatError, "proteins.fasta:2: residues before the first line that begins with '>'",
               sequences_of("\nMKV\n>a\nMKV\n"));
}

TEST(Fasta, FuzzedFilesAreReadOrRefused) {
  std::mt19937 dice(7);
  const std::string whole = ">a protein\nMKVLAX\nGG\n>b\r\nMM\n\n>c\nWY";
  for (int i = 0; i < 200 * test::test_scale(); ++i) {
    try {
      for (const std::string& sequence : sequences_of(test::mutate(whole, dice))) {
        EXPECT_LE(sequence.size(), 4 * whole.size());
      }
    } catch (const Error&) {
    }
  }
}

TEST(Residues, HaveTheIdsOfEsm2) {
  const auto tokenizer = load_tokenizer("residues");
  EXPECT_EQ(tokenizer->vocab_size(), 33);
  // As transformers' EsmTokenizer with the vocab.txt of facebook/esm2_t6_8M_UR50D, without <cls> and <eos>.
  EXPECT_EQ(tokenizer->encode("MKVLAXBZUOW.-"),
            (std::vector<TokenId>{20, 15, 7, 4, 5, 24, 25, 27, 26, 28, 22, 29, 30}));
  EXPECT_EQ(tokenizer->encode("mJ*MJ"), (std::vector<TokenId>{3, 20, 3}));
  EXPECT_EQ(tokenizer->encode("M<mask>K", /*allow_special=*/true), (std::vector<TokenId>{20, 32, 15}));
  EXPECT_EQ(tokenizer->encode("M<mask>"), (std::vector<TokenId>{20, 3}));
  EXPECT_EQ(tokenizer->decode(std::vector<TokenId>{0, 20, 15, 32, 2}), "<cls>MK<mask><eos>");
  EXPECT_EQ(tokenizer->bos(), 0);
  EXPECT_EQ(tokenizer->eos(), 2);
}

}  // namespace
}  // namespace trireme::data
