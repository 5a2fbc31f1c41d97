/*
 * emulator-selftest.c - is the emulated AVX-512 CPU a faithful one?
 *
 * Runs each floating-point operation that generated code may use over operands that include NaN, infinity, denormals
 * and both zeros, 8 lanes at a time with AVX2 and 16 at a time with AVX-512, and prints a digest of the results.
 * On a real CPU without AVX-512 only the first column exists; run-selftest.sh requires that the emulator prints the
 * same first column as the real CPU and that both of its columns agree. AVX-512's own instructions (masks, compress,
 * two-source permutes, leading zeros ...) are compared with plain C. Exit status 0 if all of it agrees, 1 if not,
 * 77 if there is no AVX-512 (the first column is still printed).
 *
 * With the argument "speed" it runs ten million vector multiply-adds instead, to be timed by run-v4.sh --verbose.
 */
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COUNT 65536
#define AVX2 __attribute__((target("avx2,fma,f16c"), noinline))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,f16c"), noinline))

static _Alignas(64) float left[COUNT], right[COUNT], addend[COUNT], result[COUNT];
static int failures;

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint32_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 32);
}

/** Half of the operands are near 1, a quarter any bit pattern, the rest special values. */
static float next_operand(void) {
  static const uint32_t special[] = {0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345,
                                     0x7f812345, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x3f800000,
                                     0x4b000001, 0x4f000000, 0xcf000000, 0x33000000};
  uint32_t choice = next_random(), bits = next_random();
  if (choice % 4 < 2)
    bits = (bits & 0x80ffffff) | (0x3f000000u + (bits >> 8 & 0x01000000));
  else if (choice % 4 == 2)
    bits = special[bits % (sizeof special / sizeof special[0])];
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint64_t digest(const void *bytes, size_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < count / 4; ++i) {
    uint32_t word;
    memcpy(&word, (const char *)bytes + 4 * i, sizeof word);
    hash = (hash ^ word) * 0x100000001b3u;
  }
  return hash;
}

/* One operation at both widths: `_mm##W` names become _mm256 or _mm512, V is the vector type, S its full-width suffix.
 */
#define OPERATION(name, expression256, expression512)                                                                  \
  AVX2 static void name##_avx2(void) {                                                                                 \
    for (size_t i = 0; i < COUNT; i += 8) {                                                                            \
      __m256 a = _mm256_load_ps(left + i), b = _mm256_load_ps(right + i), c = _mm256_load_ps(addend + i);              \
      (void)a, (void)b, (void)c;                                                                                       \
      _mm256_store_ps(result + i, expression256);                                                                      \
    }                                                                                                                  \
  }                                                                                                                    \
  AVX512 static void name##_avx512(void) {                                                                             \
    for (size_t i = 0; i < COUNT; i += 16) {                                                                           \
      __m512 a = _mm512_load_ps(left + i), b = _mm512_load_ps(right + i), c = _mm512_load_ps(addend + i);              \
      (void)a, (void)b, (void)c;                                                                                       \
      _mm512_store_ps(result + i, expression512);                                                                      \
    }                                                                                                                  \
  }
#define SAME(name, call) OPERATION(name, _mm256_##call, _mm512_##call)

SAME(add, add_ps(a, b))
SAME(subtract, sub_ps(a, b))
SAME(multiply, mul_ps(a, b))
SAME(divide, div_ps(a, b))
SAME(square_root, sqrt_ps(a))
SAME(multiply_add, fmadd_ps(a, b, c))
SAME(multiply_subtract, fmsub_ps(a, b, c))
SAME(negated_multiply_add, fnmadd_ps(a, b, c))
SAME(minimum, min_ps(a, b))
SAME(maximum, max_ps(a, b))
OPERATION(to_integer, _mm256_castsi256_ps(_mm256_cvtps_epi32(a)), _mm512_castsi512_ps(_mm512_cvtps_epi32(a)))
OPERATION(truncate_to_integer, _mm256_castsi256_ps(_mm256_cvttps_epi32(a)), _mm512_castsi512_ps(_mm512_cvttps_epi32(a)))
OPERATION(from_integer, _mm256_cvtepi32_ps(_mm256_castps_si256(a)), _mm512_cvtepi32_ps(_mm512_castps_si512(a)))
OPERATION(round_to_even, _mm256_round_ps(a, 8), _mm512_roundscale_ps(a, 8))
OPERATION(round_down, _mm256_round_ps(a, 9), _mm512_roundscale_ps(a, 9))
OPERATION(select_less, _mm256_blendv_ps(a, c, _mm256_cmp_ps(a, b, _CMP_LT_OQ)),
          _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), a, c))
OPERATION(select_unordered, _mm256_blendv_ps(a, c, _mm256_cmp_ps(a, b, _CMP_UNORD_Q)),
          _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q), a, c))
OPERATION(from_half, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)((const uint16_t *)left + i))),
          _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)((const uint16_t *)left + i))))
OPERATION(shift_exponent, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23)),
          _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23)))
OPERATION(in_double,
          _mm256_insertf128_ps(
              _mm256_castps128_ps256(_mm256_cvtpd_ps(_mm256_fmadd_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(a)),
                                                                     _mm256_cvtps_pd(_mm256_castps256_ps128(b)),
                                                                     _mm256_cvtps_pd(_mm256_castps256_ps128(c))))),
              _mm256_cvtpd_ps(_mm256_fmadd_pd(_mm256_cvtps_pd(_mm256_extractf128_ps(a, 1)),
                                              _mm256_cvtps_pd(_mm256_extractf128_ps(b, 1)),
                                              _mm256_cvtps_pd(_mm256_extractf128_ps(c, 1)))),
              1),
          _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(_mm512_fmadd_pd(
                                 _mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_castps512_ps256(b)),
                                 _mm512_cvtps_pd(_mm512_castps512_ps256(c))))),
                             _mm512_cvtpd_ps(_mm512_fmadd_pd(_mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1)),
                                                             _mm512_cvtps_pd(_mm512_extractf32x8_ps(b, 1)),
                                                             _mm512_cvtps_pd(_mm512_extractf32x8_ps(c, 1)))),
                             1))

typedef struct {
  const char *name;
  void (*avx2)(void);
  void (*avx512)(void);
} operation_t;

#define ENTRY(name) {#name, name##_avx2, name##_avx512}
static const operation_t operations[] = {ENTRY(add),
                                         ENTRY(subtract),
                                         ENTRY(multiply),
                                         ENTRY(divide),
                                         ENTRY(square_root),
                                         ENTRY(multiply_add),
                                         ENTRY(multiply_subtract),
                                         ENTRY(negated_multiply_add),
                                         ENTRY(minimum),
                                         ENTRY(maximum),
                                         ENTRY(to_integer),
                                         ENTRY(truncate_to_integer),
                                         ENTRY(from_integer),
                                         ENTRY(round_to_even),
                                         ENTRY(round_down),
                                         ENTRY(select_less),
                                         ENTRY(select_unordered),
                                         ENTRY(from_half),
                                         ENTRY(shift_exponent),
                                         ENTRY(in_double)};

static void check(const char *what, int holds) {
  static const char *last;
  if (holds)
    return;
  ++failures;
  if (what != last) /* one line for a run of the same failure */
    fprintf(stderr, "emulator-selftest: error: %s: differs\n", what);
  last = what;
}

static void run_operations(const char *mode, int has_avx512) {
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; ++i) {
    operations[i].avx2();
    uint64_t narrow = digest(result, sizeof result);
    printf("%s %s %016llx\n", mode, operations[i].name, (unsigned long long)narrow);
    if (!has_avx512)
      continue;
    memset(result, 0, sizeof result);
    operations[i].avx512();
    check(operations[i].name, digest(result, sizeof result) == narrow);
  }
}

/** AVX-512F: a masked store, compress, expand, a two-source permute and a masked FMA against plain C. */
AVX512 static void check_foundation(uint16_t mask) {
  float a[16], b[16], got[16], want[32];
  int index[16];
  for (int i = 0; i < 16; ++i) {
    a[i] = (float)(int)next_random();
    b[i] = (float)(int)next_random();
    index[i] = (int)(next_random() % 32);
  }
  /* A prefetch has no effect, not even a fault: generated code prefetches past the end of the weights. */
  _mm_prefetch((const char *)0, _MM_HINT_T0);
  __m512 va = _mm512_loadu_ps(a), vb = _mm512_loadu_ps(b);
  memset(got, 0, sizeof got);
  memset(want, 0, sizeof want);
  _mm512_mask_storeu_ps(got, mask, va);
  for (int i = 0; i < 16; ++i)
    want[i] = mask >> i & 1 ? a[i] : 0;
  check("masked store", memcmp(got, want, sizeof got) == 0);
  _mm512_storeu_ps(got, _mm512_maskz_compress_ps(mask, va));
  memset(want, 0, sizeof want);
  for (int i = 0, at = 0; i < 16; ++i)
    if (mask >> i & 1)
      want[at++] = a[i];
  check("compress", memcmp(got, want, sizeof got) == 0);
  _mm512_storeu_ps(got, _mm512_maskz_expand_ps(mask, va));
  for (int i = 0, at = 0; i < 16; ++i)
    want[i] = mask >> i & 1 ? a[at++] : 0;
  check("expand", memcmp(got, want, sizeof got) == 0);
  _mm512_storeu_ps(got, _mm512_permutex2var_ps(va, _mm512_loadu_si512(index), vb));
  for (int i = 0; i < 16; ++i)
    want[i] = index[i] < 16 ? a[index[i]] : b[index[i] - 16];
  check("permute of two sources", memcmp(got, want, sizeof got) == 0);
  _mm512_storeu_ps(got, _mm512_mask_fmadd_ps(va, mask, vb, _mm512_set1_ps(0.5f)));
  for (int i = 0; i < 16; ++i)
    want[i] = mask >> i & 1 ? __builtin_fmaf(a[i], b[i], 0.5f) : a[i];
  check("masked multiply-add", memcmp(got, want, sizeof got) == 0);
}

/** One instruction of each further part of x86-64-v4: BW, CD, DQ and VL (a register above 15, masked, 256 bits). */
AVX512 static void check_extensions(uint16_t mask) {
  int16_t words[32], words_got[32];
  int32_t keys[16], zeros[16];
  int64_t longs[8], products[8];
  float eight[8], eight_got[8];
  for (int i = 0; i < 32; ++i)
    words[i] = (int16_t)next_random();
  for (int i = 0; i < 16; ++i)
    keys[i] = (int32_t)(next_random() >> next_random() % 32);
  for (int i = 0; i < 8; ++i) {
    longs[i] = (int64_t)next_random() << 32 | next_random();
    eight[i] = (float)(int)next_random();
  }
  uint32_t wide_mask = (uint32_t)mask * 0x10001u;
  __m512i vw = _mm512_loadu_si512(words);
  _mm512_storeu_si512(words_got, _mm512_mask_add_epi16(vw, wide_mask, vw, vw));
  _mm512_storeu_si512(zeros, _mm512_lzcnt_epi32(_mm512_loadu_si512(keys)));
  __m512i vl = _mm512_loadu_si512(longs);
  _mm512_storeu_si512(products, _mm512_mullo_epi64(vl, vl));
  __m256 ve = _mm256_loadu_ps(eight), sum;
  __asm__("vmovaps %1, %%ymm29\n\tkmovb %2, %%k3\n\tvmovaps %1, %%ymm31\n\tvaddps %%ymm29, %%ymm29, %%ymm31%{%%k3%}\n\t"
          "vmovaps %%ymm31, %0"
          : "=x"(sum)
          : "x"(ve), "r"((uint32_t)(uint8_t)mask)
          : "xmm29", "xmm31", "k3");
  _mm256_storeu_ps(eight_got, sum);
  for (int i = 0; i < 32; ++i)
    check("BW: masked add of words", words_got[i] == (int16_t)(wide_mask >> i & 1 ? words[i] * 2 : words[i]));
  for (int i = 0; i < 16; ++i)
    check("CD: leading zeros", zeros[i] == (keys[i] ? __builtin_clz((uint32_t)keys[i]) : 32));
  for (int i = 0; i < 8; ++i) {
    check("DQ: multiply of longs", (uint64_t)products[i] == (uint64_t)longs[i] * (uint64_t)longs[i]);
    check("VL: masked add in ymm31", eight_got[i] == (mask >> i & 1 ? eight[i] + eight[i] : eight[i]));
  }
}

/** Whether the CPU and its XCR0 offer x86-64-v4; also printed, on standard error. */
static int detect_avx512(void) {
  uint32_t eax, ebx, ecx, edx, xcr0 = 0;
  __cpuid(1, eax, ebx, ecx, edx);
  if (ecx >> 27 & 1)
    __asm__("xgetbv" : "=a"(xcr0), "=d"(edx) : "c"(0));
  __cpuid_count(7, 0, eax, ebx, ecx, edx);
  int f = ebx >> 16 & 1, dq = ebx >> 17 & 1, cd = ebx >> 28 & 1, bw = ebx >> 30 & 1, vl = ebx >> 31;
  char brand[49] = {0};
  for (uint32_t i = 0; i < 3; ++i)
    __cpuid(0x80000002u + i, *(uint32_t *)(brand + 16 * i), *(uint32_t *)(brand + 16 * i + 4),
            *(uint32_t *)(brand + 16 * i + 8), *(uint32_t *)(brand + 16 * i + 12));
  fprintf(stderr, "cpu '%s' avx512 f=%d dq=%d cd=%d bw=%d vl=%d xcr0=%#x\n", brand, f, dq, cd, bw, vl, xcr0);
  return f && dq && cd && bw && vl && (xcr0 & 0xe6) == 0xe6;
}

/** A matrix times a vector as generated code does it: a load, a broadcast and an FMA of 16 lanes for each 16 products.
 */
AVX512 static int run_speed(int rounds) {
  __m512 sums[8];
  for (int i = 0; i < 8; ++i)
    sums[i] = _mm512_setzero_ps();
  for (int round = 0; round < rounds; ++round)
    for (size_t at = 0; at + 128 <= COUNT; at += 128) {
      __m512 factor = _mm512_set1_ps(right[at / 128]);
      for (size_t i = 0; i < 8; ++i)
        sums[i] = _mm512_fmadd_ps(_mm512_load_ps(left + at + 16 * i), factor, sums[i]);
    }
  float total = 0;
  for (int i = 0; i < 8; ++i)
    total += _mm512_reduce_add_ps(sums[i]);
  printf("%d vector multiply-adds, sum %a\n", rounds * (COUNT / 16), (double)total);
  return 0;
}

int main(int argc, char **argv) {
  int has_avx512 = detect_avx512();
  if (argc > 1 && strcmp(argv[1], "speed") == 0) {
    for (size_t i = 0; i < COUNT; ++i)
      left[i] = right[i] = (float)(next_random() % 1000) / 1000;
    return has_avx512 ? run_speed(2500) : 77;
  }
  for (size_t i = 0; i < COUNT; ++i) {
    left[i] = next_operand();
    right[i] = next_operand();
    addend[i] = next_operand();
  }
  run_operations("default", has_avx512);
  _mm_setcsr(_mm_getcsr() | 0x8040); /* flush-to-zero, denormals-are-zero */
  run_operations("flush", has_avx512);
  _mm_setcsr(_mm_getcsr() & ~0x8040u);
  if (!has_avx512)
    return 77;
  for (int i = 0; i < 1000; ++i) {
    uint16_t mask = (uint16_t)next_random();
    check_foundation(mask);
    check_extensions(mask);
  }
  fprintf(stderr, "avx512: %d failures\n", failures);
  return failures != 0;
}
