// The register tile every product is made of: c [rows, NP panels] += a b over a block of k, each
// element one chain of multiply-adds in the order of k.
//
// b is packed in panels of kPanel columns: [k / kStep][kPanel][kStep]. a is read in place: step s
// of row i starts at a + i * a_row + s * a_step. c is f32, [rows][c_row].
#pragma once

#include "dot.h"

namespace r1::kernels::simd {

inline constexpr int kPanel = 2 * kLanes;

template <class T>
struct TileOperands {
  int64_t k = 0;  // of this block
  const T* a = nullptr;
  int64_t a_row = 0, a_step = 0;
  const T* b = nullptr;
  int64_t b_panel = 0;  // elements from one panel to the next
  float* c = nullptr;
  int64_t c_row = 0;
};

template <int Rows, int Panels, class T>
static inline void tile(const TileOperands<T>& o) {
  constexpr int kStep = Dot<T>::kStep;
  Vec acc[Rows][2 * Panels];
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < 2 * Panels; ++j) acc[i][j] = load(o.c + i * o.c_row + j * kLanes);
  const int64_t steps = o.k / kStep;
  const T* a = o.a;
  const T* b = o.b;
  for (int64_t s = 0; s < steps; ++s, a += o.a_step, b += kPanel * kStep) {
    for (int p = 0; p < Panels; ++p) {
      const auto b0 = Dot<T>::load_b(b + p * o.b_panel);
      const auto b1 = Dot<T>::load_b(b + p * o.b_panel + kLanes * kStep);
#pragma GCC unroll 14
      for (int i = 0; i < Rows; ++i) {
        acc[i][2 * p] = Dot<T>::step(a + i * o.a_row, b0, acc[i][2 * p]);
        acc[i][2 * p + 1] = Dot<T>::step(a + i * o.a_row, b1, acc[i][2 * p + 1]);
      }
    }
  }
  if (kStep > 1 && o.k % kStep != 0)
    for (int p = 0; p < Panels; ++p)
      for (int i = 0; i < Rows; ++i)
        for (int j = 0; j < 2; ++j)
          acc[i][2 * p + j] = Dot<T>::last_step(
              a + i * o.a_row, Dot<T>::load_b(b + p * o.b_panel + j * kLanes * kStep),
              acc[i][2 * p + j]);
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < 2 * Panels; ++j) store(o.c + i * o.c_row + j * kLanes, acc[i][j]);
}

// Any number of rows up to kTileRows.
template <class T, int Rows = kTileRows>
static inline void tile_rows(int64_t rows, const TileOperands<T>& o) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return tile<Rows, 1>(o);
    tile_rows<T, Rows - 1>(rows, o);
  }
}

// All rows of a block: c [rows, kPanel] += a b. Rows are split evenly into tiles.
template <class T>
static inline void block_rows(int64_t rows, TileOperands<T> o) {
  const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t begin = rows * t / tiles, end = rows * (t + 1) / tiles;
    TileOperands<T> part = o;
    part.a += begin * o.a_row;
    part.c += begin * o.c_row;
    tile_rows<T>(end - begin, part);
  }
}

// Packs b(k, columns) given row by row, b_row elements apart, into one panel of `k` steps.
template <class T>
static inline void pack_panel(int64_t k, int64_t cols, const T* b, int64_t b_row, T* out) {
  constexpr int kStep = Dot<T>::kStep;
  const Mask low = first_lanes(cols), high = first_lanes(cols - kLanes);
  for (int64_t i = 0; i < k; i += kStep, b += kStep * b_row, out += kPanel * kStep) {
    const T* next = i + 1 < k ? b + b_row : nullptr;
    Dot<T>::pack(b, next, low, out);
    Dot<T>::pack(b + kLanes, next ? next + kLanes : nullptr, high, out + kLanes * kStep);
  }
}

}  // namespace r1::kernels::simd
