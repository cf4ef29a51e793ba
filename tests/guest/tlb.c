// SPDX-License-Identifier: GPL-2.0
/*
 * TLB flushes (sheet §15.1, §9): after the call the target processor no longer
 * uses a translation that it had cached. Whether the stale translation was
 * visible before depends on the processor and is not asserted.
 */
/* run: --role guest; smp 2 */
/* run: --role guest; smp 2; cpu plain */
/* run: --role root; smp 2 */
#include "hv.h"

#define ALL_PROCESSORS	BIT(0)
#define ALL_SPACES	BIT(1)
#define NON_GLOBAL_ONLY	BIT(2)
#define EXTENDED_RANGES	BIT(3)
#define USE_TARGET_VTL	BIT(4)

#define RANGE_PAGES	4		/* pages at TEST_VA that a case may remap */

/* Any of the four calls: fixed part, banks, list. */
struct request {
	unsigned int code;
	const char *what;
	u64 flags;
	u64 mask;			/* VP mask, or the only bank */
	u64 format, banks;		/* Ex: format and valid bank mask */
	unsigned int var, reps;
	bool foreign_space;		/* an illegal CR3 as address space */
	enum hv_status want;
	unsigned int page;		/* page of the range that is remapped */
};

static bool is_ex(unsigned int code)
{
	return code == FLUSH_SPACE_EX || code == FLUSH_LIST_EX;
}

static u64 request_call(const struct request *r, enum hv_form form)
{
	u64 in[14] = {}, control = r->code;
	unsigned int n = 0;

	in[n++] = r->foreign_space ? 1ull << 60 : read_cr3();
	in[n++] = r->flags;
	if (is_ex(r->code)) {
		in[n++] = r->format;
		in[n++] = r->banks;
		for (unsigned int b = 0; b < r->var; b++)
			in[n++] = b ? 0 : r->mask;
		control |= VAR(r->var);
	} else {
		in[n++] = r->mask;
	}
	if (r->code == FLUSH_LIST || r->code == FLUSH_LIST_EX) {
		/* The first element covers the whole range, the others one page each. */
		for (unsigned int i = 0; i < r->reps; i++)
			in[n++] = i ? TEST_VA + i * PAGE_SIZE : TEST_VA | (RANGE_PAGES - 1);
		control |= REP(r->reps);
	}
	return hv_do(form, control, in, n * 8, NULL, 0);
}

#define SPACE(name, ...)	{ CASE(0x0002), name, __VA_ARGS__ }
#define LIST(name, ...)		{ CASE(0x0003), name, .reps = 1, __VA_ARGS__ }
#define SPACE_EX(name, ...)	{ CASE(0x0013), name, .banks = 1, .var = 1, __VA_ARGS__ }
#define LIST_EX(name, ...)	{ CASE(0x0014), name, .banks = 1, .var = 1, .reps = 1, __VA_ARGS__ }

/* Flushes that must reach VP 1. */
static const struct request effective[] = {
	SPACE("VP 1 of the own space", .mask = 2),
	SPACE("VP 0 and 1", .mask = 3),
	SPACE("mask with VPs that do not exist", .mask = ~0ull),
	SPACE("all processors, mask ignored", .flags = ALL_PROCESSORS),
	SPACE("all spaces, address space ignored", .flags = ALL_SPACES, .mask = 2, .foreign_space = true),
	SPACE("all processors and spaces", .flags = ALL_PROCESSORS | ALL_SPACES),
	SPACE("non-global mappings of VP 1", .flags = NON_GLOBAL_ONLY, .mask = 2),
	LIST("one range of four pages, last page", .mask = 2, .page = 3),
	LIST("one range of four pages, first page", .mask = 3),
	LIST("three ranges", .mask = 2, .reps = 3, .page = 2),
	LIST("all processors", .flags = ALL_PROCESSORS),
	LIST("all spaces", .flags = ALL_SPACES, .mask = 2, .foreign_space = true),
	LIST("mask with VPs that do not exist", .mask = ~1ull),
	SPACE_EX("sparse set of VP 1", .mask = 2),
	SPACE_EX("sparse set of VP 0 and 1", .mask = 3),
	SPACE_EX("all VPs, no bank", .format = VPSET_ALL, .banks = 0, .var = 0),
	SPACE_EX("two banks, the second empty", .mask = 2, .banks = 3, .var = 2),
	SPACE_EX("VPs that do not exist are ignored", .mask = ~0ull, .banks = BIT(0) | BIT(63), .var = 2),
	SPACE_EX("all processors, set ignored", .flags = ALL_PROCESSORS, .mask = 0),
	SPACE_EX("all spaces", .flags = ALL_SPACES, .mask = 2, .foreign_space = true),
	LIST_EX("sparse set of VP 1", .mask = 2, .page = 1),
	LIST_EX("all VPs, no bank", .format = VPSET_ALL, .banks = 0, .var = 0, .page = 2),
	LIST_EX("two banks, three ranges", .mask = 2, .banks = 3, .var = 2, .reps = 3, .page = 3),
	LIST_EX("all spaces", .flags = ALL_SPACES, .mask = 3, .foreign_space = true),
};

/* Calls of which the status says it all. */
static const struct request statuses[] = {
	SPACE("no processor", .want = HV_INVALID_PARAMETER),
	SPACE("illegal address space", .mask = 1, .foreign_space = true, .want = HV_INVALID_PARAMETER),
	SPACE("reserved flag 5", .mask = 1, .flags = BIT(5), .want = HV_INVALID_PARAMETER),
	SPACE("reserved flag 10", .mask = 1, .flags = BIT(10), .want = HV_INVALID_PARAMETER),
	SPACE("reserved flag 63", .mask = 1, .flags = BIT(63), .want = HV_INVALID_PARAMETER),
	LIST("no processor", .want = HV_INVALID_PARAMETER),
	LIST("non-global mappings only", .mask = 1, .flags = NON_GLOBAL_ONLY, .want = HV_INVALID_PARAMETER),
	LIST("illegal address space", .mask = 1, .foreign_space = true, .want = HV_INVALID_PARAMETER),
	LIST("reserved flag 32", .mask = 1, .flags = BIT(32), .want = HV_INVALID_PARAMETER),
	SPACE_EX("unknown set format", .format = 2, .mask = 1, .want = HV_INVALID_PARAMETER),
	SPACE_EX("empty set", .banks = 0, .var = 0, .want = HV_INVALID_PARAMETER),
	SPACE_EX("set whose bank is zero", .banks = 1, .var = 1, .want = HV_INVALID_PARAMETER),
	SPACE_EX("illegal address space", .mask = 1, .foreign_space = true, .want = HV_INVALID_PARAMETER),
	SPACE_EX("reserved flag 5", .mask = 1, .flags = BIT(5), .want = HV_INVALID_PARAMETER),
	SPACE_EX("more banks announced than there are", .mask = 1, .banks = 3, .var = 1, .want = HV_INVALID_HYPERCALL_INPUT),
	SPACE_EX("fewer banks announced than there are", .mask = 1, .banks = 1, .var = 2, .want = HV_INVALID_HYPERCALL_INPUT),
	LIST_EX("unknown set format", .format = ~0ull, .mask = 1, .want = HV_INVALID_PARAMETER),
	LIST_EX("empty set", .banks = 0, .var = 0, .want = HV_INVALID_PARAMETER),
	LIST_EX("non-global mappings only", .mask = 1, .flags = NON_GLOBAL_ONLY, .want = HV_INVALID_PARAMETER),
	LIST_EX("reserved flag 63", .mask = 1, .flags = BIT(63), .want = HV_INVALID_PARAMETER),
	LIST_EX("bank count differs from the set", .mask = 1, .banks = 5, .var = 1, .want = HV_INVALID_HYPERCALL_INPUT),
};

/* VP 1 reads the page until told to stop, then once more. */
static struct {
	volatile u64 *at;
	volatile u32 reading, stop;
	u64 last;
} reader;

static void read_page(void *arg)
{
	u64 sum = 0;

	(void)arg;
	do {
		sum += *reader.at;
		reader.reading = 1;
	} while (!reader.stop);
	reader.last = *reader.at + 0 * sum;
}

static u64 frames[2];	/* each is mapped at all pages of the range in turn */

static void check_effect(const struct request *r, enum hv_form form, u64 global)
{
	unsigned int reps = REPS(REP(r->reps));
	u64 va = TEST_VA + r->page * PAGE_SIZE, result;
	u64 *e = NULL;

	for (unsigned int i = 0; i < RANGE_PAGES; i++) {
		u64 *p = map(TEST_VA + i * PAGE_SIZE, frames[0], PTE_P | PTE_W | global);

		if (i == r->page)
			e = p;
	}
	reader.at = (u64 *)va;
	reader.stop = reader.reading = 0;
	cpu_run(1, read_page, NULL);
	wait_until(&reader.reading, 1);
	*(volatile u64 *)va;			/* cached here, too */
	*e = frames[1] | PTE_P | PTE_W | global;
	result = request_call(r, form);
	reader.stop = 1;
	cpu_wait(1);
	tap_result(result == (r->code == FLUSH_LIST || r->code == FLUSH_LIST_EX ? REP(reps) : 0) &&
		   reader.last == frames[1], r->code, "%s%s: VP 1 sees the new page (%s)", r->what,
		   global ? " (global pages)" : "", FORM_NAME(form));
	if (result & 0xffff)
		printf("# status %s\n", hv_status_name(STATUS(result)));
	else if (reader.last != frames[1])
		printf("# stale translation, result 0x%lx\n", result);
	/* Empty VP 1's TLB for the next case in a way that is not under test. */
	write_cr3(read_cr3());
}

/* The caller's own translation goes away, too. */
static void test_own(unsigned int code)
{
	struct request r = { code, "", .mask = 1, .banks = 1, .var = 1, .reps = 1 };
	u64 *e = map(TEST_VA, frames[0], PTE_P | PTE_W), result;
	volatile u64 *at = (u64 *)TEST_VA;

	*at;
	*e = frames[1] | PTE_P | PTE_W;
	result = request_call(&r, MEMORY);
	tap_result(!STATUS(result) && *at == frames[1], code,
		   "the caller's own translation is gone");
}

void test_main(void)
{
	static const u64 all_banks[4 + 64] = { 0, ALL_SPACES, VPSET_SPARSE, ~0ull, 3 };
	struct request vtl = SPACE("", .mask = 1, .flags = USE_TARGET_VTL | BIT(8));
	struct request ranges = LIST("", .mask = 1, .flags = EXTENDED_RANGES);

	hv_init();
	write_cr4(read_cr4() | BIT(7));		/* global pages */
	cpu_start(1);
	for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++) {
		frames[i] = (u64)alloc_page();
		*(u64 *)frames[i] = frames[i];
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(effective); i++) {
		check_effect(&effective[i], MEMORY, 0);
		check_effect(&effective[i], REGISTERS, 0);
		if (!(effective[i].flags & NON_GLOBAL_ONLY))
			check_effect(&effective[i], MEMORY, PTE_G);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(statuses); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++)
			tap_status(statuses[i].code, request_call(&statuses[i], form), statuses[i].want,
				   "%s (%s)", statuses[i].what, FORM_NAME(form));

	test_own(CASE(0x0002));
	test_own(CASE(0x0003));
	test_own(CASE(0x0013));
	test_own(CASE(0x0014));

	/* Options of features that are not offered are reserved. */
	if (!hv_has(FEATURE_CROSS_VTL_FLUSH))
		TEST_STATUS(0x0002, request_call(&vtl, MEMORY), INVALID_PARAMETER,
			    "cross-VTL flush without the feature");
	if (!hv_has(FEATURE_EXTENDED_RANGES))
		TEST_STATUS(0x0003, request_call(&ranges, MEMORY), INVALID_PARAMETER,
			    "extended ranges without the feature");

	TEST_STATUS(0x0013, hv_do(MEMORY, FLUSH_SPACE_EX | VAR(64), all_banks, sizeof(all_banks), NULL, 0),
		    SUCCESS, "all 64 banks");
}
