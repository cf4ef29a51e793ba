// SPDX-License-Identifier: GPL-2.0
/* The tracepoints' code. */
#include "hypercalls/hypercalls.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
