#include "miner/poisson.h"

#include <algorithm>
#include <cmath>

namespace miner {
namespace {

constexpr double kTail = 0.025;
constexpr double kEnough = 1e-15;  // a term of a sum that changes it no more
constexpr int kMostTerms = 2000;   // for shapes below kManyShares a few hundred do
// From this shape on the cube root of a gamma variable is normal to 1e-6.
constexpr double kManyShares = 2000;

/// ln of the gamma function of a > 0. Stirling's series (DLMF 5.11.1) from 10 on, below that by
/// Gamma(a + 1) = a Gamma(a). std::lgamma writes a global.
double log_gamma(double a) {
  double shift = 0;
  for (; a < 10; a += 1) shift += std::log(a);
  const double inverse = 1 / a;
  const double square = inverse * inverse;
  const double series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680))));
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  return (a - 0.5) * std::log(a) - a + kHalfLogTwoPi + series - shift;
}

/// P(a, x) by its power series, DLMF 8.7.1 with 8.2.4; for x below about a + 1.
double lower_by_series(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < kMostTerms && term > sum * kEnough; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * std::exp(a * std::log(x) - x - log_gamma(a));
}

/// Q(a, x) = 1 - P(a, x) by its continued fraction, DLMF 8.9.2, evaluated by Lentz's method.
double upper_by_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double product = d;
  for (int n = 1; n < kMostTerms; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + numerator / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    product *= d * c;
    if (std::abs(d * c - 1) < kEnough) break;
  }
  return product * std::exp(a * std::log(x) - x - log_gamma(a));
}

/// The regularized lower incomplete gamma function P(a, x).
double lower_gamma(double a, double x) {
  if (x <= 0) return 0;
  return x < a + 1 ? lower_by_series(a, x) : 1 - upper_by_fraction(a, x);
}

/// The value below which a standard normal variable lies with this probability: bisection of erfc.
double normal_quantile(double probability) {
  double low = -8;
  double high = 8;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    const bool below = 0.5 * std::erfc(-middle / std::sqrt(2.0)) < probability;
    (below ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// Wilson and Hilferty, The distribution of chi-square, PNAS 17 (1931) 684-688.
double quantile_of_many(double shape, double probability) {
  const double root = 1 - 1 / (9 * shape) + normal_quantile(probability) / (3 * std::sqrt(shape));
  return shape * root * root * root;
}

}  // namespace

double gamma_quantile(double shape, double probability) {
  if (shape >= kManyShares) return quantile_of_many(shape, probability);
  double low = 0;
  double high = shape + 1;
  while (lower_gamma(shape, high) < probability) high *= 2;
  // A relative 2^-50 after 50 halvings, but for shapes near 0, whose quantiles lie near 0.
  for (int i = 0; i < 200 && high - low > high * 1e-12; ++i) {
    const double middle = (low + high) / 2;
    (lower_gamma(shape, middle) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::optional<Interval> interval_95(const WeightedCount& count) {
  const double x = count.sum;
  const double v = count.squares;
  const double w = count.largest;
  if (w <= 0) return std::nullopt;
  Interval interval;
  if (x > 0 && v > 0) interval.low = v / x * gamma_quantile(x * x / v, kTail);
  const double high_scale = (v + w * w) / (x + w);
  interval.high = high_scale * gamma_quantile((x + w) / high_scale, 1 - kTail);
  return interval;
}

}  // namespace miner
