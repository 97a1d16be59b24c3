#pragma once

#include "trireme/arch/adapter.h"
#include "trireme/arch/model_source.h"

namespace trireme::arch {

/// A model with an adapter merged into its weights: W + alpha / rank B A where one is adapted.
class AdaptedSource : public ModelSource {
 public:
  /// Throws FormatError naming the adapter's tensors that are missing, left over or of a wrong shape.
  AdaptedSource(std::unique_ptr<ModelSource> base, const Adapter& adapter);

  DType dtype() const override { return base_->dtype(); }
  void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const override;
  nlohmann::json hf_config(DType dtype) const override;
  std::map<std::string, std::string> companion_files() const override;

 private:
  /// left [rows, rank], with the scale in it, times right [rank, columns].
  struct Product {
    int64_t rank = 0, columns = 0;
    std::vector<float> left, right;

    void add(int64_t first, std::span<float> out) const;
  };
  Product product(const Adapter::Matrix& a, const Adapter::Matrix& b, double scale) const;

  std::unique_ptr<ModelSource> base_;
  std::map<std::string, Product> products_;  // by the name of the weight they change
  std::map<std::string, std::string> companion_files_;
};

}  // namespace trireme::arch
