#pragma once

#include "backends/cpu/isa/kernels.h"

// The functions of kAvx2Kernels, by the file that holds each.
namespace backends::cpu::avx2 {

void make_weights(const WeightTask& task);                                    // avx2_streams.cpp
void make_input(const poc::InputKey& key, std::size_t dim, std::int16_t* x);  // avx2_streams.cpp
void digest(const std::uint8_t* y, std::size_t dim, poc::Digest& digest);     // avx2_streams.cpp

void product_narrow(const Product& p, std::int8_t* out, std::size_t stride);  // avx2_product.cpp
void product_gate(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                  std::size_t column);                                    // avx2_product.cpp
void product_add(const Product& p, std::int16_t* x, std::size_t stride);  // avx2_product.cpp

void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o);  // avx2_attention.cpp

void norm(const std::int16_t* x, std::size_t rows, std::size_t dim,
          std::uint8_t* y);  // avx2_rows.cpp

}  // namespace backends::cpu::avx2
