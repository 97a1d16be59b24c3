#include "trireme/layer/bound_parameter.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"

namespace trireme::layer {

void BoundParameter::lie_at(const at::Tensor& value) {
  if (!value.defined()) {
    variable_.set_data(at::empty({0}, variable_.options().requires_grad(false)));
    if (alias_.defined()) alias_.storage().set_data_ptr_noswap(at::DataPtr(nullptr, alias_.device()));
    return;
  }
  TRIREME_CHECK(value.is_contiguous() && value.sizes() == spec_.shape, "{}: bound to another shape", spec_.name);
  if (!alias_.defined()) alias_ = at::from_blob(value.data_ptr(), value.sizes(), value.options());
  TRIREME_CHECK(alias_.scalar_type() == value.scalar_type(), "{}: bound to another dtype", spec_.name);
  alias_.storage().set_data_ptr_noswap(at::DataPtr(value.data_ptr(), value.device()));
  variable_.set_data(alias_);
}

}  // namespace trireme::layer
