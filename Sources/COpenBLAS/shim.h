#pragma once
#include <cblas.h>

// LAPACK's Cholesky factorisation and inverse (Fortran symbols of libopenblas, absent from cblas.h).
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info);
