/* SPDX-License-Identifier: GPL-2.0 */
/* Which allocations of the core there are, and which of them the suites have had fail. */
#ifndef HVP_KUNIT_FAKE_FAILURES_H
#define HVP_KUNIT_FAKE_FAILURES_H

#include <linux/types.h>

/**
 * struct hvp_kunit_site - An allocation in the source of the core
 * @file: File
 * @line: Line
 * @failed: How often it has been made to fail
 */
struct hvp_kunit_site {
	const char *file;
	u32 line;
	u32 failed;
};

bool hvp_kunit_fails(struct hvp_kunit_site *site, gfp_t gfp);

#endif
