/* The fixed numbers of the proof sprint/1, in the subset that C99, C++ and kernel languages share.
   Source: the proof's page, "Parameters". Everything else here derives from these. */
#ifndef POC_PARAMS_H
#define POC_PARAMS_H

#define POC_TOKENS 16    /* rows of every activation */
#define POC_HEAD_DIM 128 /* columns of one attention head */

/* Legal profiles: layers 1..128; dim and ffn multiples of 128. */
#define POC_MAX_LAYERS 128
#define POC_SIZE_STEP 128
#define POC_MAX_DIM 8192
#define POC_MAX_FFN 32768

/* Tensors of a layer: the number t in a weight stream's nonce. */
#define POC_TENSOR_QKV 0     /* [3 dim][dim]: the rows for q, then k, then v */
#define POC_TENSOR_OUT 1     /* [dim][dim] */
#define POC_TENSOR_GATE_UP 2 /* [2 ffn][dim]: the rows for g, then u */
#define POC_TENSOR_DOWN 3    /* [dim][ffn] */
#define POC_TENSORS 4

/* Gains in sixteenths of the three kinds of product. */
#define POC_GAIN_NARROW 16
#define POC_GAIN_ATTENTION 8
#define POC_GAIN_FFN 11

#define POC_INPUT_SHIFT 5     /* input = decode(byte) * 32 */
#define POC_NORM_GAIN 5242880 /* 40 * 2^17: a normalised row's root mean square is about 40 */

#endif
