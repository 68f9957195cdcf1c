#pragma once
#include <cblas.h>
#include <malloc.h>

// LAPACK's Cholesky factorisation and inverse (Fortran symbols of libopenblas, absent from cblas.h).
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info);

// Large blocks come from the heap and stay there (mallopt's constants are macros): a training step frees
// and takes the same tens of megabytes, and giving them back costs a page fault for every 4 KiB. One heap for
// all threads: the heaps of other threads give back what is free whatever is set here.
static inline void keep_freed_memory(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}
