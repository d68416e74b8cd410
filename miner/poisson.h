#pragma once

#include <optional>

namespace miner {

/// A sum of weighted events, each of which comes by itself at random: shares, by their difficulty.
struct WeightedCount {
  double sum = 0;      ///< of the weights
  double squares = 0;  ///< of their squares: the sum's variance
  double largest = 0;  ///< that a single event can weigh, also where none came; 0: not known

  void add(double weight) {
    sum += weight;
    squares += weight * weight;
    if (weight > largest) largest = weight;
  }
  WeightedCount& operator+=(const WeightedCount& more) {
    sum += more.sum;
    squares += more.squares;
    if (more.largest > largest) largest = more.largest;
    return *this;
  }
  bool operator==(const WeightedCount&) const = default;
};

struct Interval {
  double low = 0;
  double high = 0;

  bool holds(double value) const { return low <= value && value <= high; }
  bool operator==(const Interval&) const = default;
};

/// The value below which a gamma variable of this shape (> 0) and scale 1 lies with `probability`
/// (0.001..0.999). Relative error below 1e-6.
double gamma_quantile(double shape, double probability);

/// Two-sided 95 % confidence interval for the expectation of a weighted sum of Poisson counts:
///
///   low = (v/x) G(x^2/v; 0.025)      high = ((v+w^2)/(x+w)) G((x+w)^2/(v+w^2); 0.975)
///
/// with x the sum, v the sum of squares, w the largest weight and G the gamma quantile of scale 1.
/// Source: Fay and Feuer, Confidence intervals for directly standardized rates: a method based on
/// the gamma distribution, Statistics in Medicine 16 (1997) 791-801. With equal weights it is
/// Garwood's exact interval (Biometrika 28 (1936) 437-442); with unequal ones an approximation that
/// errs to the wide side, more so the fewer shares there are and the more one of them weighs.
///
/// Why: a nonce is a share of difficulty D with probability 1/D, whatever the others are. So of N
/// computed nonces the D's of the shares add up to N in expectation, with the variance that v
/// estimates. Nothing when `largest` is not known.
std::optional<Interval> interval_95(const WeightedCount& count);

}  // namespace miner
