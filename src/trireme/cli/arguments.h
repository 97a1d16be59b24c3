#pragma once

#include "trireme/config/arguments.h"

namespace trireme::cli {

using config::Argument;
using config::Arguments;

}  // namespace trireme::cli
