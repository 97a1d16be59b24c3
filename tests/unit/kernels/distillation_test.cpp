#include <array>

#include "trireme/kernels/linear_cross_entropy.h"
#include "unit/kernels/finite_difference.h"

namespace trireme::kernels {
namespace {

/// Six rows, one of them not counted; 11 ids of the student, 9 of the teacher, 7 in common.
struct Problem {
  Tensor hidden = random_fp64({2, 3, 4});
  Projection projection{random_fp64({11, 4}), random_fp64({11}), 2.5};
  Tensor targets = at::randint(11, {2, 3}, at::kLong);
  Distillation distillation{.teacher = {random_fp64({2, 3, 5}), {random_fp64({9, 5}), random_fp64({9}), 1.5}},
                            .temperature = 2.0,
                            .weight = 0.3,
                            .vocabulary = 7};
  Tensor weight_grad = at::zeros_like(projection.weight);
  Tensor bias_grad = at::zeros_like(projection.bias);
  LossSums sums{at::zeros({}, at::kDouble), at::zeros({2}, at::kDouble), at::zeros({}, at::kDouble)};

  Problem() { targets[1][2] = kIgnoredTarget; }

  Tensor backward(int64_t chunk_rows = 0) {
    for (const Tensor& sum : {sums.total, sums.rows, sums.divergence, weight_grad, bias_grad}) Tensor(sum).zero_();
    const LossGradients gradients{at::scalar_tensor(1.0, at::kDouble), weight_grad, bias_grad, &distillation};
    return linear_cross_entropy(hidden, projection, targets, sums, &gradients, chunk_rows);
  }
  double loss() {
    backward();
    const double square = distillation.temperature * distillation.temperature;
    return (1 - distillation.weight) * sums.total.item<double>() +
           distillation.weight * square * sums.divergence.item<double>();
  }
};

TEST(Distillation, GradientsMatchFiniteDifferences) {
  at::manual_seed(1);
  for (const double weight : {0.0, 0.3, 1.0}) {
    for (const double temperature : {0.5, 1.0, 4.0}) {
      Problem p;
      p.distillation.weight = weight;
      p.distillation.temperature = temperature;
      const Tensor dhidden = p.backward();
      expect_gradients([&] { return p.loss(); }, {p.hidden, p.projection.weight, p.projection.bias},
                       {dhidden, p.weight_grad.clone(), p.bias_grad.clone()});
    }
  }
}

TEST(Distillation, DivergenceIsThatOfTheSharedIds) {
  at::manual_seed(2);
  Problem p;
  p.backward();
  const auto log_softmax = [](const Tensor& rows, const Projection& projection) {
    return (project(rows, projection).slice(-1, 0, 7) / 2.0).log_softmax(-1);
  };
  const Unprojected& teacher = p.distillation.teacher;
  const Tensor log_p = log_softmax(teacher.hidden, teacher.projection), log_q = log_softmax(p.hidden, p.projection);
  const Tensor rows = (log_p.exp() * (log_p - log_q)).sum(-1) * p.targets.ne(kIgnoredTarget);
  EXPECT_NEAR(p.sums.divergence.item<double>(), rows.sum().item<double>(), 1e-12);
}

TEST(Distillation, LossOfTheDataIsReportedAsWithoutATeacher) {
  Problem p;
  p.backward();
  const LossSums plain{at::zeros({}, at::kDouble), at::zeros({2}, at::kDouble)};
  linear_cross_entropy(p.hidden, p.projection, p.targets, plain, nullptr);
  EXPECT_DOUBLE_EQ(p.sums.total.item<double>(), plain.total.item<double>());
  EXPECT_TRUE(at::equal(p.sums.rows, plain.rows));
}

TEST(Distillation, ChunkSizeChangesNothingButRounding) {
  Problem p;
  const Tensor whole = p.backward();
  const Tensor weight_grad = p.weight_grad.clone();
  const double divergence = p.sums.divergence.item<double>();
  for (const int64_t rows : {1, 4}) {
    EXPECT_TRUE(at::allclose(p.backward(rows), whole, 0, 1e-13));
    EXPECT_TRUE(at::allclose(p.weight_grad, weight_grad, 0, 1e-13));
    EXPECT_NEAR(p.sums.divergence.item<double>(), divergence, 1e-12);
  }
}

TEST(Distillation, Bf16FollowsFp64) {
  at::manual_seed(3);
  Problem exact;
  const auto operands = [](Problem& p) {
    Unprojected& teacher = p.distillation.teacher;
    return std::array{&p.hidden, &p.projection.weight, &teacher.hidden, &teacher.projection.weight};
  };
  for (Tensor* values : operands(exact)) *values = values->to(at::kBFloat16).to(at::kDouble);
  Problem narrow = exact;
  for (Tensor* values : operands(narrow)) *values = values->to(at::kBFloat16);
  narrow.weight_grad = at::zeros({11, 4}, at::kFloat);
  narrow.bias_grad = at::zeros({11}, at::kFloat);

  const Tensor expected = exact.backward();
  const double divergence = exact.sums.divergence.item<double>();
  const Tensor got = narrow.backward();  // into the same sums
  EXPECT_TRUE(at::allclose(got.to(at::kDouble), expected, 3e-2, 3e-2));
  EXPECT_TRUE(at::allclose(narrow.weight_grad.to(at::kDouble), exact.weight_grad, 3e-2, 3e-2));
  EXPECT_NEAR(narrow.sums.divergence.item<double>(), divergence, 3e-2);
}

}  // namespace
}  // namespace trireme::kernels
