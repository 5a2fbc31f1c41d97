/*
 * tensor.c - element types and their conversion to float and double.
 *
 * Conversions work on the bits, in integers: the result depends neither on the rounding mode nor on flush-to-zero,
 * which a host program may have set, nor on the CPU.
 */
#include "sst/Runtime/sst_runtime.h"

#include <string.h>

static const struct {
  const char *name;
  size_t bytes;
} dtypes[SST_DTYPE_COUNT] = {
    [SST_DTYPE_F64] = {"F64", 8},   [SST_DTYPE_F32] = {"F32", 4},         [SST_DTYPE_F16] = {"F16", 2},
    [SST_DTYPE_BF16] = {"BF16", 2}, [SST_DTYPE_I64] = {"I64", 8},         [SST_DTYPE_I32] = {"I32", 4},
    [SST_DTYPE_I16] = {"I16", 2},   [SST_DTYPE_I8] = {"I8", 1},           [SST_DTYPE_U64] = {"U64", 8},
    [SST_DTYPE_U32] = {"U32", 4},   [SST_DTYPE_U16] = {"U16", 2},         [SST_DTYPE_U8] = {"U8", 1},
    [SST_DTYPE_BOOL] = {"BOOL", 1}, [SST_DTYPE_F8_E4M3] = {"F8_E4M3", 1}, [SST_DTYPE_F8_E5M2] = {"F8_E5M2", 1},
};

const char *sst_dtype_name(sst_dtype_t dtype) { return (unsigned)dtype < SST_DTYPE_COUNT ? dtypes[dtype].name : "?"; }

size_t sst_dtype_bytes(sst_dtype_t dtype) { return (unsigned)dtype < SST_DTYPE_COUNT ? dtypes[dtype].bytes : 0; }

/** The bits of the float equal to a binary16 number. */
static uint32_t float_from_half(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3ffu;
  if (exponent == 31)
    return sign | 0x7f800000u | fraction << 13;
  if (exponent > 0)
    return sign | (exponent + 112) << 23 | fraction << 13;
  if (fraction == 0)
    return sign;
  /* A subnormal half is a normal float: shift its highest bit to where the implicit one is. */
  exponent = 113;
  while (!(fraction & 0x400u)) {
    fraction <<= 1;
    --exponent;
  }
  return sign | exponent << 23 | (fraction & 0x3ffu) << 13;
}

/** `value >> shift` rounded to nearest, ties to even; `shift` in [1, 63]. */
static uint64_t shift_rounded(uint64_t value, unsigned shift) {
  uint64_t quotient = value >> shift, rest = value & ((UINT64_C(1) << shift) - 1), half = UINT64_C(1) << (shift - 1);
  return quotient + (rest > half || (rest == half && (quotient & 1)));
}

/** The bits of the float nearest to a double. */
static uint32_t float_from_double(uint64_t bits) {
  uint32_t sign = (uint32_t)(bits >> 63) << 31;
  int exponent = (int)(bits >> 52 & 0x7ffu) - 896; /* as a float's biased exponent */
  uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  if (exponent == 0x7ff - 896)
    return sign | 0x7f800000u | (fraction ? 0x400000u | (uint32_t)(fraction >> 29) : 0u);
  if (exponent >= 255)
    return sign | 0x7f800000u;
  /* Rounding up may carry into the exponent, up to infinity: that is the right result. */
  if (exponent > 0)
    return sign | (uint32_t)shift_rounded((uint64_t)exponent << 52 | fraction, 29);
  if (exponent < -24)
    return sign;
  return sign | (uint32_t)shift_rounded(fraction | UINT64_C(1) << 52, (unsigned)(30 - exponent));
}

/** The bits of the double equal to a float. */
static uint64_t double_from_float(uint32_t bits) {
  uint64_t sign = (uint64_t)(bits >> 31) << 63, exponent = bits >> 23 & 0xffu, fraction = bits & 0x7fffffu;
  if (exponent == 0xff)
    return sign | UINT64_C(0x7ff) << 52 | (fraction ? UINT64_C(1) << 51 | fraction << 29 : 0);
  if (exponent > 0)
    return sign | (exponent + 896) << 52 | fraction << 29;
  if (fraction == 0)
    return sign;
  exponent = 897;
  while (!(fraction & 0x800000u)) {
    fraction <<= 1;
    --exponent;
  }
  return sign | exponent << 52 | (fraction & 0x7fffffu) << 29;
}

/** The bits of element `index` as a float; the type is F16 or BF16. */
static uint32_t float_from_16_bits(const sst_tensor_t *tensor, size_t index) {
  uint16_t bits;
  memcpy(&bits, (const char *)tensor->data + index * sizeof bits, sizeof bits);
  return tensor->dtype == SST_DTYPE_F16 ? float_from_half(bits) : (uint32_t)bits << 16;
}

sst_status_t sst_tensor_to_f32(const sst_tensor_t *tensor, float *output) {
  switch (tensor->dtype) {
  case SST_DTYPE_F32:
    if (tensor->bytes > 0)
      memcpy(output, tensor->data, tensor->bytes);
    return SST_STATUS_OK;
  case SST_DTYPE_F16:
  case SST_DTYPE_BF16:
    for (size_t i = 0; i < tensor->elements; ++i) {
      uint32_t bits = float_from_16_bits(tensor, i);
      memcpy(&output[i], &bits, sizeof bits);
    }
    return SST_STATUS_OK;
  case SST_DTYPE_F64:
    for (size_t i = 0; i < tensor->elements; ++i) {
      uint64_t wide;
      memcpy(&wide, (const char *)tensor->data + i * sizeof wide, sizeof wide);
      uint32_t bits = float_from_double(wide);
      memcpy(&output[i], &bits, sizeof bits);
    }
    return SST_STATUS_OK;
  default:
    return SST_STATUS_UNSUPPORTED;
  }
}

sst_status_t sst_tensor_to_f64(const sst_tensor_t *tensor, double *output) {
  switch (tensor->dtype) {
  case SST_DTYPE_F64:
    if (tensor->bytes > 0)
      memcpy(output, tensor->data, tensor->bytes);
    return SST_STATUS_OK;
  case SST_DTYPE_F32:
  case SST_DTYPE_F16:
  case SST_DTYPE_BF16:
    for (size_t i = 0; i < tensor->elements; ++i) {
      uint32_t narrow;
      if (tensor->dtype == SST_DTYPE_F32)
        memcpy(&narrow, (const char *)tensor->data + i * sizeof narrow, sizeof narrow);
      else
        narrow = float_from_16_bits(tensor, i);
      uint64_t bits = double_from_float(narrow);
      memcpy(&output[i], &bits, sizeof bits);
    }
    return SST_STATUS_OK;
  default:
    return SST_STATUS_UNSUPPORTED;
  }
}
