// What a product adds up. Three inner loops share all other code; they differ in what a term is,
// and in the one function that multiplies terms and adds them to sums:
//
//   INNER_FP32   a term is one column, as a float. Sums of up to 2048 terms stay below 2^24 (the
//                proof's page), so every sum on the way is an integer that a float holds exactly,
//                and it does not matter whether multiply and add round once or twice
//   INNER_INT    a term is one column, as an int: a 24-bit multiply-add
//   INNER_DOT4   a term is four columns, the signed bytes of a word: one instruction where there is
//                one, by DOT4_KHR, DOT4_AMD, DOT4_NV; DOT4_PLAIN is C

#if defined(INNER_DOT4)

#define TERM_COLUMNS 4
typedef uint packed;  ///< a term in memory
typedef uint term;
typedef ROWS_OF(uint) packed_rows;
typedef ROWS_OF(uint) term_rows;
typedef ROWS_OF(int) sum_rows;
#define TO_TERMS(v) (v)

#elif defined(INNER_FP32)

#define TERM_COLUMNS 1
typedef char packed;
typedef float term;
typedef ROWS_OF(char) packed_rows;
typedef ROWS_OF(float) term_rows;
typedef ROWS_OF(float) sum_rows;
#define TO_TERMS(v) ROWS_OF(convert_float)(v)

#elif defined(INNER_INT)

#define TERM_COLUMNS 1
typedef char packed;
typedef int term;
typedef ROWS_OF(char) packed_rows;
typedef ROWS_OF(int) term_rows;
typedef ROWS_OF(int) sum_rows;
#define TO_TERMS(v) ROWS_OF(convert_int)(v)

#else
#error "one of INNER_FP32, INNER_INT, INNER_DOT4 must be defined"
#endif

#if defined(INNER_DOT4)

/// sum + the four products of the signed bytes of a and b.
#if defined(DOT4_KHR)
int dot4(uint a, uint b, int sum) {
  return sum + dot_4x8packed_ss_int(a, b);
}
#elif defined(DOT4_AMD)
// gfx906, gfx1011 and gfx1030 have one for signed bytes; from gfx11 on each side says what it is.
int dot4(uint a, uint b, int sum) {
#if defined(__GFX11__) || defined(__GFX12__)
  return __builtin_amdgcn_sudot4(true, as_int(a), true, as_int(b), sum, false);
#else
  return __builtin_amdgcn_sdot4(as_int(a), as_int(b), sum, false);
#endif
}
#elif defined(DOT4_NV)
int dot4(uint a, uint b, int sum) {
  int result;
  asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}
#elif defined(DOT4_PLAIN)
int dot4(uint a, uint b, int sum) {
  const char4 x = as_char4(a);
  const char4 y = as_char4(b);
  return sum + x.s0 * y.s0 + x.s1 * y.s1 + x.s2 * y.s2 + x.s3 * y.s3;
}
#else
#error "one of DOT4_KHR, DOT4_AMD, DOT4_NV, DOT4_PLAIN must be defined"
#endif

#if VECTOR != 4
#error "INNER_DOT4 takes VECTOR=4"
#endif
sum_rows multiply_add(term_rows a, term w, sum_rows sums) {
  return (sum_rows)(dot4(a.s0, w, sums.s0), dot4(a.s1, w, sums.s1), dot4(a.s2, w, sums.s2),
                    dot4(a.s3, w, sums.s3));
}

#elif defined(INNER_FP32)

// Written out: compilers know best whether their device is faster with one instruction that rounds
// once, one that rounds twice, or two. Not all of them do for fma() and mad().
#pragma OPENCL FP_CONTRACT ON
sum_rows multiply_add(term_rows a, term w, sum_rows sums) {
  return a * (term_rows)(w) + sums;
}

#else

sum_rows multiply_add(term_rows a, term w, sum_rows sums) {
  return mad24(a, (term_rows)(w), sums);
}

#endif

/// TERM_COLUMNS neighbouring columns, each within -127..127, as they lie in memory.
packed_rows pack_columns(private const int_rows* columns) {
#if TERM_COLUMNS == 4
  return (AS_UINTS(columns[0]) & 0xffU) | (AS_UINTS(columns[1]) & 0xffU) << 8 |
         (AS_UINTS(columns[2]) & 0xffU) << 16 | AS_UINTS(columns[3]) << 24;
#else
  return TO_CHARS(columns[0]);
#endif
}
