#pragma once

#include "backends/cpu/isa/kernels.h"

// The functions of kAvx512Kernels, by the file that holds each. The AMX path has all but the
// products from here.
namespace backends::cpu::avx512 {

void make_weights(const WeightTask& task);                                    // avx512_streams.cpp
void make_input(const poc::InputKey& key, std::size_t dim, std::int16_t* x);  // avx512_streams.cpp
void digest(const std::uint8_t* y, std::size_t dim, poc::Digest& digest);     // avx512_streams.cpp

void product_narrow(const Product& p, std::int8_t* out, std::size_t stride);  // avx512_product.cpp
void product_gate(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                  std::size_t column);                                    // avx512_product.cpp
void product_add(const Product& p, std::int16_t* x, std::size_t stride);  // avx512_product.cpp

void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o);  // avx512_attention.cpp

void norm(const std::int16_t* x, std::size_t rows, std::size_t dim,
          std::uint8_t* y);  // avx512_rows.cpp

}  // namespace backends::cpu::avx512
