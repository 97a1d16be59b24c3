#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "software_tiles.h"
#include "trireme/kernels/cpu/isa.h"
#include "trireme/kernels/cpu/kernel_table.h"

// The loops themselves, for every instruction set that this processor runs, against ATen in fp64.
namespace trireme::kernels::cpu {
namespace {

using at::Tensor;

constexpr double kInf = std::numeric_limits<double>::infinity();
/// Around the lanes of every instruction set, one element, none.
constexpr int64_t kSizes[] = {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 100};

template <class T>
struct Element {
  static constexpr bool kNarrow = !std::is_same_v<T, float>;
  static at::ScalarType type() { return kNarrow ? at::kBFloat16 : at::kFloat; }
  /// Of a result of magnitude 1 that was rounded once.
  static double tolerance() { return kNarrow ? 0x1p-8 : 2e-6; }
  static Tensor random(at::IntArrayRef shape) { return at::randn(shape).to(type()); }
  static const ElementKernels<T>& of(const KernelTable& table) {
    if constexpr (kNarrow)
      return table.bf16;
    else
      return table.fp32;
  }
};

template <class T>
T* data(const Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance, const std::string& what) {
  EXPECT_TRUE(at::allclose(actual.to(at::kDouble), expected.to(at::kDouble), tolerance, tolerance, /*equal_nan=*/true))
      << what << ": off by " << (actual.to(at::kDouble) - expected).abs().max().item<double>();
}

class CpuKernels : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!runs(GetParam())) GTEST_SKIP() << "this processor has no " << name_of(GetParam());
    at::manual_seed(1);
  }
  template <class F>
  void with_both(const F& f) const {
    f(float{}, table_of(GetParam()).fp32);
    f(Bf16{}, table_of(GetParam()).bf16);
  }
};

TEST_P(CpuKernels, RmsNormEqualsFp64) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    using E = Element<T>;
    for (const int64_t width : kSizes) {
      if (width == 0) continue;
      const Tensor x = E::random({3, width}), weight = E::random({width}), y = at::empty_like(x);
      const Tensor rstd = at::empty({3, 1});
      kernels.rms_norm(data<T>(x), data<T>(weight), 1e-5, data<float>(rstd), data<T>(y), 3, width);
      const Tensor wide = x.to(at::kDouble), expected = (wide.square().mean(-1, true) + 1e-5).rsqrt();
      expect_close(rstd, expected, 1e-6, "rstd");
      expect_close(y, wide * expected * weight, 2 * E::tolerance(), "y");
    }
  });
}

TEST_P(CpuKernels, RmsNormBackwardEqualsFp64) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    using E = Element<T>;
    for (const int64_t width : kSizes) {
      if (width == 0) continue;
      const Tensor x = E::random({5, width}), weight = E::random({width}), dy = E::random({5, width});
      const Tensor around = E::random({5, width}), dx = at::empty_like(x), weight_grad = at::empty({width});
      const Tensor wide = x.to(at::kDouble), rstd = (wide.square().mean(-1, true) + 1e-5).rsqrt();
      const Tensor rstd32 = rstd.to(at::kFloat);
      kernels.rms_norm_backward({data<T>(dy), data<T>(x), data<float>(rstd32), data<T>(weight), data<T>(around),
                                 data<T>(dx), data<float>(weight_grad), 5, width});
      const Tensor normed = wide * rstd, g = dy.to(at::kDouble) * weight;
      const Tensor expected = rstd * (g - normed * (g * normed).mean(-1, true)) + around;
      expect_close(dx, expected, 8 * E::tolerance(), "dx");
      expect_close(weight_grad, (dy.to(at::kDouble) * normed).sum(0), 4e-6, "weight_grad");
    }
  });
}

TEST_P(CpuKernels, RotationTurnsPairsAndBack) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    using E = Element<T>;
    for (const int64_t half : kSizes) {
      const Tensor x = E::random({2, 3, 2 * half}), y = x.clone(), angle = at::randn({2, half}, at::kDouble);
      const Tensor cos = angle.cos().to(at::kFloat), sin = angle.sin().to(at::kFloat);
      kernels.rotate(data<T>(y), data<float>(cos), data<float>(sin), 1.0f, 2, 3, half);
      const Tensor a = x.narrow(2, 0, half).to(at::kDouble), b = x.narrow(2, half, half).to(at::kDouble);
      const Tensor c = angle.cos().unsqueeze(1), s = angle.sin().unsqueeze(1);
      expect_close(y, at::cat({a * c - b * s, b * c + a * s}, 2), 2 * E::tolerance(), "rotated");
      kernels.rotate(data<T>(y), data<float>(cos), data<float>(sin), -1.0f, 2, 3, half);
      expect_close(y, x, 4 * E::tolerance(), "rotated back");
    }
  });
}

TEST_P(CpuKernels, SwigluEqualsFp64) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    using E = Element<T>;
    for (const int64_t n : kSizes) {
      const Tensor gate = E::random({n}), up = E::random({n}), dy = E::random({n});
      const Tensor y = at::empty_like(gate), dgate = at::empty_like(gate), dup = at::empty_like(gate);
      kernels.swiglu(data<T>(gate), data<T>(up), data<T>(y), n);
      kernels.swiglu_backward(data<T>(dy), data<T>(gate), data<T>(up), data<T>(dgate), data<T>(dup), n);
      const Tensor g = gate.to(at::kDouble), u = up.to(at::kDouble), d = dy.to(at::kDouble), s = at::sigmoid(g);
      expect_close(y, g * s * u, E::tolerance(), "y");
      expect_close(dup, d * g * s, E::tolerance(), "dup");
      expect_close(dgate, d * u * s * (1 + g * (1 - s)), E::tolerance(), "dgate");
    }
  });
}

TEST_P(CpuKernels, SwigluKeepsInfinitiesAndNan) {
  const Tensor gate = at::tensor({kInf, -200.0, 200.0, std::nan(""), 0.0}, at::kDouble).to(at::kFloat);
  const Tensor y = at::empty_like(gate);
  table_of(GetParam()).fp32.swiglu(data<float>(gate), data<float>(at::ones(5)), data<float>(y), 5);
  EXPECT_EQ(y[0].item<double>(), kInf);
  EXPECT_NEAR(y[1].item<double>(), 0.0, 1e-30);
  EXPECT_EQ(y[2].item<double>(), 200.0);
  EXPECT_TRUE(std::isnan(y[3].item<double>()));
  EXPECT_EQ(y[4].item<double>(), 0.0);
}

/// exp over the whole range of fp32, through softmax_scaled with logsumexp 0 and scale 1.
TEST_P(CpuKernels, ExponentialIsWithinTwoUlp) {
  const auto& kernels = table_of(GetParam()).fp32;
  const Tensor x = at::linspace(-87.3, 88.7, 200001), y = x.clone();
  const int64_t n = x.numel();
  const Tensor zeros = at::zeros({n}), ones = at::ones({n});
  kernels.softmax_scaled({data<float>(y), 1, n, n}, data<float>(zeros), data<float>(ones));
  const Tensor exact = x.to(at::kDouble).exp();
  EXPECT_LT(((y.to(at::kDouble) - exact) / exact).abs().max().item<double>(), 0x1p-22);

  const Tensor edges = at::tensor({kInf, -kInf, std::nan(""), 89.0, -88.0, 0.0}, at::kDouble).to(at::kFloat);
  kernels.softmax_scaled({data<float>(edges), 1, 6, 6}, data<float>(zeros), data<float>(ones));
  expect_close(edges, at::tensor({kInf, 0.0, std::nan(""), kInf, 0.0, 1.0}, at::kDouble), 0, "edges");
}

TEST_P(CpuKernels, SoftmaxExponentialsEqualFp64) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    using E = Element<T>;
    for (const int64_t rows : kSizes) {
      const int64_t vocab = 37, stride = rows + 2;
      const Tensor logits = E::random({vocab, stride}) * 20, exact = logits.to(at::kDouble).narrow(1, 0, rows);
      const Tensor earlier = at::randn({rows}) * 60, largest = earlier.clone(), sum = at::full({rows}, 7.0f);
      const Tensor exponentials = logits.clone();
      kernels.softmax_exponentials({data<T>(exponentials), vocab, rows, stride}, data<float>(largest),
                                   data<float>(sum));
      const Tensor base = at::maximum(std::get<0>(exact.max(0)), earlier.to(at::kDouble));
      EXPECT_TRUE(largest.to(at::kDouble).equal(base));
      expect_close(sum, (exact - base).exp().sum(0), 1e-6, "sum");
      expect_close(exponentials.narrow(1, 0, rows), (exact - base).exp(), E::tolerance(), "exponentials");
      EXPECT_TRUE(exponentials.narrow(1, rows, 2).equal(logits.narrow(1, rows, 2)));
    }
  });
}

TEST_P(CpuKernels, SoftmaxExponentialsKeepInfinitiesAndNan) {
  const Tensor logits = at::tensor({-kInf, 1.0, 1.0, -kInf, 2.0, std::nan("")}, at::kDouble).to(at::kFloat);  // [2, 3]
  const Tensor largest = at::full({3}, -kInf, at::kFloat), sum = at::empty({3});
  table_of(GetParam())
      .fp32.softmax_exponentials({data<float>(logits), 2, 3, 3}, data<float>(largest), data<float>(sum));
  EXPECT_EQ(largest[0].item<double>(), -kInf);
  EXPECT_EQ(sum[0].item<double>(), 0.0);
  EXPECT_EQ(logits[0].item<double>(), 0.0);
  EXPECT_NEAR(sum[1].item<double>(), 1 + std::exp(-1.0), 1e-6);
  EXPECT_TRUE(std::isnan(sum[2].item<double>()));
}

TEST_P(CpuKernels, AddsToFp32) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    for (const int64_t n : kSizes) {
      const Tensor sum = at::randn({n}), x = Element<T>::random({n}), expected = sum + x.to(at::kFloat);
      kernels.add_to_float(data<float>(sum), data<T>(x), n);
      EXPECT_TRUE(sum.equal(expected));
    }
  });
}

TEST_P(CpuKernels, AdamWEqualsFp64) {
  for (const int64_t n : kSizes) {
    const Tensor value = at::randn({n}), m = at::randn({n}), v = at::rand({n}), gradient = at::randn({n});
    const Tensor value64 = value.to(at::kDouble), m64 = m.to(at::kDouble), v64 = v.to(at::kDouble);
    table_of(GetParam())
        .adamw({.value = data<float>(value),
                .exp_avg = data<float>(m),
                .exp_avg_sq = data<float>(v),
                .gradient = data<float>(gradient),
                .count = n,
                .gradient_divisor = 2.0f,
                .beta1 = 0.9f,
                .beta2 = 0.95f,
                .decay_factor = 0.99f,
                .step_size = 0.01f,
                .denominator_scale = 3.0f,
                .eps = 1e-8f});
    const Tensor g = gradient.to(at::kDouble) / 2, average = m64 * 0.9 + g * 0.1, square = v64 * 0.95 + g * g * 0.05;
    expect_close(m, average, 1e-6, "exp_avg");
    expect_close(v, square, 1e-6, "exp_avg_sq");
    expect_close(value, value64 * 0.99 - 0.01 * average / (square.sqrt() * 3 + 1e-8), 1e-6, "value");
  }
}

TEST_P(CpuKernels, SumOfSquaresHasTheBitsOfTheBaseline) {
  for (const int64_t n : kSizes) {
    const Tensor x = at::randn({n});
    const double sum = table_of(GetParam()).sum_of_squares(data<float>(x), n);
    EXPECT_EQ(sum, table_of(Isa::kBaseline).sum_of_squares(data<float>(x), n));
    EXPECT_NEAR(sum, x.to(at::kDouble).square().sum().item<double>(), 1e-12 * (1 + sum));
  }
}

struct Product {
  int64_t m, n, k;
  bool a_transposed, b_transposed, adds, narrow_c;
};

template <class T>
void expect_product(const ProductKernels& kernels, const Product& p) {
  using E = Element<T>;
  const Tensor a = p.a_transposed ? E::random({p.k, p.m}).t() : E::random({p.m, p.k});
  const Tensor b = p.b_transposed ? E::random({p.n, p.k}).t() : E::random({p.k, p.n});
  const Tensor start = at::randn({p.m, p.n}).to(p.narrow_c ? at::kBFloat16 : at::kFloat), c = start.clone();
  Tensor expected = at::mm(a.to(at::kDouble), b.to(at::kDouble));
  if (p.adds) expected += c;
  const Tensor scratch = at::empty({gemm_workspace(p.m, p.n, p.k, p.narrow_c)});
  Gemm call{.m = p.m,
            .n = p.n,
            .k = p.k,
            .a = {a.data_ptr(), p.a_transposed ? 1 : p.k, p.a_transposed ? p.m : 1},
            .b = {b.data_ptr(), p.b_transposed ? p.k : 1, p.b_transposed ? 1 : p.n},
            .c = c.data_ptr(),
            .addend = p.adds ? c.data_ptr() : nullptr,
            .ldc = p.n,
            .c_is_bf16 = p.narrow_c,
            .workspace = data<float>(scratch)};
  kernels.gemm(call);
  const double tolerance = p.narrow_c ? 0x1p-8 : 2e-6 * std::sqrt(static_cast<double>(p.k));
  const std::string what = "product of " + std::to_string(p.m) + "x" + std::to_string(p.k) + "x" + std::to_string(p.n);
  expect_close(c, expected, tolerance, what);

  const Tensor packed = at::empty({gemm_packed_b(p.n, p.k)}), again = start.clone();
  kernels.pack_b(call, data<float>(packed));
  call.packed_b = data<float>(packed);
  call.c = again.data_ptr();
  call.addend = p.adds ? again.data_ptr() : nullptr;
  kernels.gemm(call);
  EXPECT_TRUE(again.equal(c)) << what << " with b packed before";
}

/// Around the sizes of tiles, panels and strips.
template <class T>
void expect_products(const ProductKernels& kernels) {
  for (const auto& [m, n, k] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1},
                                {14, 32, 384},
                                {15, 33, 385},
                                {16, 16, 32},
                                {29, 545, 801},
                                {3, 5, 0},
                                {33, 31, 513},
                                {37, 70, 1601},
                                {64, 64, 64},
                                {81, 48, 1024}})
    for (int bits = 0; bits < 16; ++bits)
      expect_product<T>(kernels, {m, n, k, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
}

TEST_P(CpuKernels, ProductEqualsFp64) {
  with_both([]<class T>(T, const ElementKernels<T>& kernels) {
    if (kernels.product.gemm != nullptr) expect_products<T>(kernels.product);
  });
}

TEST(SoftwareTiles, ProductEqualsFp64) {
  if (software_tiles::kBf16Product.gemm == nullptr || !runs(Isa::kAvx512Bf16)) GTEST_SKIP() << "no AVX-512 BF16";
  at::manual_seed(1);
  expect_products<float>(software_tiles::kFp32Product);
  expect_products<Bf16>(software_tiles::kBf16Product);
}

/// Contiguous a [m, k] and b [k, n] in fp32.
Tensor product_of(const ProductKernels& kernels, const Tensor& a, const Tensor& b) {
  const int64_t m = a.size(0), n = b.size(1), k = a.size(1);
  const Tensor c = at::empty({m, n}), scratch = at::empty({gemm_workspace(m, n, k, false)});
  kernels.gemm({.m = m,
                .n = n,
                .k = k,
                .a = {a.data_ptr(), k, 1},
                .b = {b.data_ptr(), 1, n},
                .c = c.data_ptr(),
                .ldc = n,
                .workspace = data<float>(scratch)});
  return c;
}

/// The error that a sum of k rounded products may have, over the sum of their magnitudes: far below what products of
/// numbers cut to bf16 or TF32 have, for numbers of any size.
TEST_P(CpuKernels, Fp32ProductKeepsTheBitsOfFp32) {
  const ProductKernels& kernels = table_of(GetParam()).fp32.product;
  if (kernels.gemm == nullptr) GTEST_SKIP() << "no product of its own";
  for (const int64_t k : {1, 8, 96, 1000}) {
    const auto any_size = [](at::IntArrayRef shape) {
      return at::randn(shape) * at::exp2(at::randint(-20, 20, shape));
    };
    const Tensor a = any_size({50, k}), b = any_size({k, 70});
    const Tensor wide_a = a.to(at::kDouble), wide_b = b.to(at::kDouble);
    const Tensor error = (product_of(kernels, a, b).to(at::kDouble) - at::mm(wide_a, wide_b)).abs();
    const Tensor magnitude = at::mm(wide_a.abs(), wide_b.abs());
    EXPECT_LT((error / magnitude).max().item<double>(), 0x1p-24 * (2 + std::sqrt(static_cast<double>(k)))) << "k " << k;
  }
}

TEST_P(CpuKernels, Fp32ProductOfInfinitiesAndHugeNumbersIsThatOfFp32) {
  const ProductKernels& kernels = table_of(GetParam()).fp32.product;
  if (kernels.gemm == nullptr) GTEST_SKIP() << "no product of its own";
  const float huge = std::numeric_limits<float>::max();
  for (const bool in_b : {false, true}) {
    Tensor a = at::randn({70, 200}), b = at::randn({200, 90});
    Tensor& x = in_b ? b : a;
    x[3][5] = kInf;
    x[40][70] = -kInf;
    x[50][6] = std::nan("");
    x[60][7] = huge;
    x[61][8] = 2.0f;  // beside infinity in the other operand
    const Tensor c = product_of(kernels, a, b), expected = at::mm(a.to(at::kDouble), b.to(at::kDouble)).to(at::kFloat);
    expect_close(c, expected.to(at::kDouble), 1e-4, in_b ? "in b" : "in a");
  }
}

TEST_P(CpuKernels, ProductKeepsInfinitiesAndNan) {
  const auto gemm = table_of(GetParam()).fp32.product.gemm;
  if (gemm == nullptr) GTEST_SKIP() << "no product of its own";
  const Tensor a = at::tensor({kInf, std::nan(""), 1.0}, at::kDouble).to(at::kFloat), b = at::ones({1}),
               c = at::zeros({3});
  const Tensor scratch = at::empty({gemm_workspace(3, 1, 1, false)});
  gemm({.m = 3,
        .n = 1,
        .k = 1,
        .a = {a.data_ptr(), 1, 1},
        .b = {b.data_ptr(), 1, 1},
        .c = c.data_ptr(),
        .ldc = 1,
        .workspace = data<float>(scratch)});
  EXPECT_EQ(c[0].item<double>(), kInf);
  EXPECT_TRUE(std::isnan(c[1].item<double>()));
  EXPECT_EQ(c[2].item<double>(), 1.0);
}

INSTANTIATE_TEST_SUITE_P(Isas, CpuKernels, testing::ValuesIn(kAllIsas),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace trireme::kernels::cpu
