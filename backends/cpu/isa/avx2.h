#pragma once

#include "backends/cpu/isa/kernels.h"

// The functions of kAvx2Kernels, by the file that holds each.
namespace backends::cpu::avx2 {

void make_weights(const WeightTask& task);  // avx2_weights.cpp

void product_narrow(const Product& p, std::int8_t* out, std::size_t stride);  // avx2_product.cpp
void product_add(const Product& p, std::int16_t* x, std::size_t stride);      // avx2_product.cpp

void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o);  // avx2_attention.cpp

void norm(const std::int16_t* x, std::size_t rows, std::size_t dim,
          std::uint8_t* y);  // avx2_rows.cpp
void gate(const std::int8_t* g, const std::int8_t* u, std::size_t rows, std::uint8_t* h,
          std::size_t stride);  // avx2_rows.cpp

}  // namespace backends::cpu::avx2
