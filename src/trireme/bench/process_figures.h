#pragma once

namespace trireme::bench {

/// Largest resident set of this process so far, in MiB, as getrusage gives it.
double peak_rss_mb();
/// Memory of this process now, shared pages divided among their users, in MiB. Throws IoError without /proc.
double pss_mb();

}  // namespace trireme::bench
