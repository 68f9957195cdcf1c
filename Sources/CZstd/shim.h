#pragma once
#include <zstd.h>
#include <zstd_errors.h>

// Swift does not import these macros, because each is an expression and not a plain number.
static inline unsigned long long CZstd_contentSizeUnknown(void) { return ZSTD_CONTENTSIZE_UNKNOWN; }
static inline unsigned long long CZstd_contentSizeError(void) { return ZSTD_CONTENTSIZE_ERROR; }
