#pragma once

// A unit for rates that a person can picture.
namespace poc {

/// What one H100 does end to end, in multiply-accumulates a second: the whole pass from nonce to
/// ticket of the base profile, by the wall clock. Measured 2026-11-26 by `scripts/gpu-check` on an
/// H100 80GB HBM3 (700 W): 647 to 655 TMAC/s with the default group of 2112 nonces, in three runs;
/// their middle. Source: docs/BENCHMARKS.md, "GPUs". As a unit it stays what it is when the kernels
/// get faster.
constexpr double kH100MacPerSecond = 651e12;

/// A rate in H100s: 1.0 is as much as one of them computes of the base profile.
constexpr double h100_equivalents(double mac_per_second) {
  return mac_per_second / kH100MacPerSecond;
}

}  // namespace poc
