#pragma once

#include "trireme/model/parts/bound_modules.h"

namespace trireme::model {

/// query [B, S, heads, head_dim] times softplus(w) / softplus(0), w [head_dim]: a learned factor for each element of a
/// head, 1 where w is 0. Source: Praxis' PerDimScale (praxis/layers/attentions.py); its 1 / sqrt(head_dim) is
/// attention's own.
Tensor scale_query(const Tensor& query, const BoundModule& bound);

/// Gradient of the query, from that of what scale_query returned and from `scaled`, what it returned. Adds w's.
Tensor scale_query_backward(const Tensor& dscaled, const Tensor& scaled, const BoundModule& bound);

}  // namespace trireme::model
