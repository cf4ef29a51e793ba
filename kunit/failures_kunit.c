// SPDX-License-Identifier: GPL-2.0
/*
 * Has every allocation of the core failed in some case? Kbuild links this suite last, so that
 * the others have run; alone it has nothing to judge.
 */
#include <kunit/test.h>

#include "fake_failures.h"

#ifndef MODULE

/* The linker's, for any section with such a name */
extern struct hvp_kunit_site __start_hvp_kunit_sites[], __stop_hvp_kunit_sites[];

static void every_allocation_has_failed(struct kunit *test)
{
	struct hvp_kunit_site *site;
	u32 sites = 0, failed = 0;

	for (site = __start_hvp_kunit_sites; site < __stop_hvp_kunit_sites; site++) {
		sites++;
		failed += !!site->failed;
	}
	if (!failed)
		kunit_skip(test, "the other suites have not run");
	kunit_info(test, "%u of %u allocations have failed", failed, sites);
	for (site = __start_hvp_kunit_sites; site < __stop_hvp_kunit_sites; site++)
		KUNIT_EXPECT_NE_MSG(test, site->failed, 0U, "%s:%u", site->file, site->line);
}

#else

/* No linker makes a table of what is in a module */
static void every_allocation_has_failed(struct kunit *test)
{
	kunit_skip(test, "only where the suites are built in");
}

#endif

static struct kunit_case failures_cases[] = {
	KUNIT_CASE(every_allocation_has_failed),
	{}
};

static struct kunit_suite failures_suite = {
	.name = "hvpersona_failures",
	.test_cases = failures_cases,
};

kunit_test_suites(&failures_suite);
