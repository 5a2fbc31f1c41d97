/*
 * Math.h - elementary functions that a compiler turns into vector code; relative errors around 1e-7.
 */
#ifndef SST_PEERS_MATH_H
#define SST_PEERS_MATH_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace peers {

inline float fastExp(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  float n = __builtin_rintf(x * 1.44269504089f);
  float r = x - n * 0.69314718056f;
  float p = 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  int32_t bits = (int32_t(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, 4);
  return p * power;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + fastExp(-x)); }
inline float silu(float x) { return x * sigmoid(x); }

/// max(x, 0) + log(1 + exp(-|x|)); the logarithm is 2 atanh(u / (2 + u)), whose argument is at most 1/3.
inline float softplus(float x) {
  float u = fastExp(-std::fabs(x)), s = u / (2.0f + u), q = s * s;
  float p = 1.0f / 13;
  p = p * q + 1.0f / 11;
  p = p * q + 1.0f / 9;
  p = p * q + 1.0f / 7;
  p = p * q + 0.2f;
  p = p * q + 1.0f / 3;
  p = p * q + 1.0f;
  return std::max(x, 0.0f) + 2.0f * s * p;
}

/// With erf by formula 7.1.26 of Abramowitz and Stegun.
inline float gelu(float x) {
  float a = std::fabs(x) * 0.70710678f, t = 1.0f / (1.0f + 0.3275911f * a);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float erf = 1.0f - p * t * fastExp(-a * a);
  return 0.5f * x * (1.0f + (x < 0 ? -erf : erf));
}

} // namespace peers

#endif // SST_PEERS_MATH_H
