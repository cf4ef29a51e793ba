// SPDX-License-Identifier: GPL-2.0
/*
 * A child's guest physical address space (sheet §15.5), checked by what a VP of the child
 * reads and writes there (0x0053, 0x0054) and by what the parent finds in its own pages.
 */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
#include "parent.h"

#define ACCESS_TRACKING	0x00050005
#define SOURCE(n)	(CHILD_PAGES + (n))

static u64 id;			/* the child that most tests use */

static u64 *word(u64 page)
{
	return (u64 *)page_address(page);
}

/* A word at a page of the child; ~0 if it cannot be read */
static u64 child_word(u64 page)
{
	u64 v;

	return child_read(id, page * PAGE_SIZE, &v) == ACCESS_OK ? v : ~0ull;
}

static u32 can_read(u64 page)
{
	u64 v;

	return child_read(id, page * PAGE_SIZE, &v);
}

/* Writes only what can be read, so that nothing is changed by a mere test */
static u32 can_write(u64 page)
{
	u64 v;

	if (child_read(id, page * PAGE_SIZE, &v) != ACCESS_OK)
		v = 0;
	return child_write(id, page * PAGE_SIZE, v);
}

static u64 sparse(u64 control, u64 partition, u32 flags, const u64 *list, unsigned int qwords)
{
	static u64 in[2 + 64];

	in[0] = partition;
	in[1] = flags | (u64)STALE << 32;
	/* 0x0090 calls the same field reserved */
	if ((control & 0xffff) == MODIFY_SPARSE)
		in[1] = flags;
	memcpy(&in[2], list, qwords * 8);
	return hv_do(MEMORY, control, in, 16 + qwords * 8, NULL, 0);
}

static u64 modify(u64 page, u32 flags)
{
	return sparse(MODIFY_SPARSE | REP(1), id, flags, &page, 1);
}

/* The child's page is the parent's page */
static void test_shared(void)
{
	u64 gone = page_take();
	u32 access;
	u8 bytes[16];

	for (unsigned int i = 0; i < 8; i++)
		*word(SOURCE(i)) = 0x1000 + i;
	TEST_EQUAL(0x004b, hv_map(id, 0x10, SOURCE(0), 8, MAP_LINUX), REP(8), "8 pages");
	for (unsigned int i = 0; i < 8; i++)
		TEST_EQUAL(0x004b, child_word(0x10 + i), 0x1000 + i, "page %u", i);
	*word(SOURCE(3)) = 0x77;
	TEST_EQUAL(0x0053, child_word(0x13), 0x77, "the parent's write is seen");
	TEST_EQUAL(0x0054, child_write(id, 0x13008, 0x88), ACCESS_OK, "the child writes");
	TEST_EQUAL(0x0054, word(SOURCE(3))[1], 0x88, "the child's write is seen");
	TEST_EQUAL(0x0053, can_read(0xf), ACCESS_UNMAPPED, "the page before");
	TEST_EQUAL(0x0053, can_read(0x18), ACCESS_UNMAPPED, "the page after");
	TEST_EQUAL(0x0054, can_write(0x18), ACCESS_UNMAPPED, "the page after");

	/* All lengths, to the very end of a page */
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		page_address(SOURCE(4))[i] = i * 7;
	for (u32 n = 1; n <= 16; n++) {
		u64 result = hv_read_gpa(id, 0, 0x15000 - n, n, CACHE_WB, bytes, &access);

		TEST(0x0053, !result && !access && !memcmp(bytes, page_address(SOURCE(5)) - n, n),
		     "the last %u bytes of a page", n);
		memset(bytes, n, 16);
		result = hv_write_gpa(id, 0, 0x14001, n, CACHE_WB, bytes, &access);
		TEST(0x0054, !result && !access && !memcmp(bytes, page_address(SOURCE(4)) + 1, n) &&
		     page_address(SOURCE(4))[n + 1] == (u8)((n + 1) * 7), "%u bytes and no more", n);
	}

	hv_map(id, 0x10, gone, 1, MAP_LINUX);
	TEST_EQUAL(0x004b, hv_map(id, 0x10, SOURCE(20), 1, MAP_LINUX), REP(1), "another source");
	*word(SOURCE(20)) = 0x2020;
	TEST_EQUAL(0x004b, child_word(0x10), 0x2020, "the new source counts");
	TEST_EQUAL(0x004b, child_word(0x11), 0x1001, "the neighbour is the same");
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &gone, 1), REP(1), "the old source is free");

	hv_map(id, 0x80, SOURCE(20), 1, MAP_LINUX);
	child_write(id, 0x80000, 0x3030);
	TEST_EQUAL(0x004b, child_word(0x10), 0x3030, "one source at two places");
	hv_unmap(id, 0x80, 1, 0);
	hv_unmap(id, 0x10, 8, 0);
}

static void test_two_children(void)
{
	u64 first = id, second = child_start(CREATE_LINUX), v = 0;

	WITH_MEMORY(second, hv_create_vp(second, 0));
	TEST_EQUAL(0x004b, hv_map(first, 5, SOURCE(1), 1, MAP_LINUX), REP(1), "into one child");
	TEST_EQUAL(0x004b, hv_map(second, 9, SOURCE(1), 1, MAP_R), REP(1), "and into another");
	child_write(first, 0x5000, 0x4242);
	TEST(0x004b, !child_read(second, 0x9000, &v) && v == 0x4242, "both see the page");
	TEST_EQUAL(0x0053, child_read(second, 0x5000, &v), ACCESS_UNMAPPED, "each has its own space");
	child_end(second);
	TEST_EQUAL(0x0053, child_word(5), 0x4242, "the other one's end changes nothing");
	hv_unmap(first, 5, 1, 0);
}

static const struct rights {
	unsigned int code;
	u32 flags;
	const char *what;
	u32 read, write;		/* results of the accesses */
} rights[] = {
#define RIGHTS(code, flags, what, read, write)	{ CASE(code), flags, what, ACCESS_##read, ACCESS_##write }
	RIGHTS(0x004b, 0, "no rights", NO_READ, NO_WRITE),
	RIGHTS(0x004b, MAP_R, "R", OK, NO_WRITE),
	RIGHTS(0x004b, MAP_R | MAP_W, "RW", OK, OK),
	RIGHTS(0x004b, MAP_R | MAP_X, "RX", OK, NO_WRITE),
	RIGHTS(0x004b, MAP_RWX, "RWX", OK, OK),
	RIGHTS(0x004b, MAP_LINUX, "RWX, adjustable", OK, OK),
	RIGHTS(0x004b, MAP_R | MAP_W | MAP_NOT_CACHED, "RW, not cached", OK, OK),
	RIGHTS(0x004b, MAP_NO_ACCESS, "NO_ACCESS", NO_READ, NO_WRITE),
	RIGHTS(0x004b, MAP_R | MAP_ZEROED, "R, ZEROED", OK, NO_WRITE),
	RIGHTS(0x004b, MAP_R | MAP_ONES, "R, ONES", OK, NO_WRITE),
};

/* Executable in one mode alone (5, 7, 9, 11) needs MBEC, which is not offered */
static void test_rights(void)
{
	static const u8 illegal[] = { 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14 };
	static const u32 reserved[] = { 0x80, 0x100, 0x800, 0x1000, 0x2000, 0x4000, 0x40000, 0x80000,
					0x400000, 0x800000, 0x20000000, 0x40000000 };
	u64 source = SOURCE(2);

	*word(source) = 0x5151;
	for (unsigned int i = 0; i < ARRAY_SIZE(rights); i++) {
		const struct rights *r = &rights[i];

		tap_equal(r->code, hv_map(id, 0x20, source, 1, r->flags), REP(1), "%s: status", r->what);
		tap_equal(r->code, can_read(0x20), r->read, "%s: read", r->what);
		tap_equal(r->code, can_write(0x20), r->write, "%s: write", r->what);
	}
	hv_map(id, 0x20, 0, 1, MAP_R | MAP_ZEROED);
	TEST_EQUAL(0x004b, child_word(0x20), 0, "ZEROED reads zeros");
	hv_map(id, 0x20, 0, 1, MAP_R | MAP_ONES);
	TEST(0x004b, can_read(0x20) == ACCESS_OK && child_word(0x20) == ~0ull, "ONES reads ones");
	TEST_EQUAL(0x004b, *word(source), 0x5151, "the source was never written");
	for (unsigned int i = 0; i < ARRAY_SIZE(illegal); i++)
		TEST_EQUAL(0x004b, hv_map_list(0, id, 0x21, illegal[i], &source, 1), HV_INVALID_PARAMETER,
			   "illegal rights 0x%x", illegal[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++)
		TEST_EQUAL(0x004b, hv_map_list(0, id, 0x21, MAP_R | reserved[i], &source, 1),
			   HV_INVALID_PARAMETER, "reserved flag 0x%08x", reserved[i]);
	TEST_EQUAL(0x004b, can_read(0x21), ACCESS_UNMAPPED, "nothing was mapped by them");
	hv_unmap(id, 0x20, 1, 0);
}

/* Lists with a bad element at 4 of 8: four are done */
static const struct {
	unsigned int code;
	u64 page;
	const char *what;
	enum hv_status want;
} bad_sources[] = {
#define SOURCES(page, what, want)	\
	{ CASE(0x004b), page, what, HV_##want }, { CASE(0x006e), page, what, HV_##want }
	SOURCES(HOLE_PAGE, "no memory", OPERATION_DENIED),
	SOURCES(FAR_PAGE, "beyond the parent's space", INVALID_PARAMETER),
	SOURCES(~0ull, "~0", INVALID_PARAMETER), SOURCES(BIT(52), "2^52", INVALID_PARAMETER),
	SOURCES(0, "deposited", OPERATION_DENIED),
};

static u64 map_with(unsigned int code, const u64 *sources)
{
	u64 list[16];

	if (code == MAP_GPA)
		return hv_map_list(0, id, 0x30, MAP_RWX, sources, 8);
	for (unsigned int i = 0; i < 8; i++) {
		list[2 * i] = 0x30 + i;
		list[2 * i + 1] = sources[i];
	}
	return sparse(MAP_SPARSE | REP(8), id, MAP_RWX, list, 16);
}

static void test_bad_sources(void)
{
	u64 deposited = page_take(), sources[8];

	hv_deposit_list(id, &deposited, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_sources); i++) {
		u64 bad = bad_sources[i].page ?: deposited, result;

		for (unsigned int j = 0; j < 8; j++)
			sources[j] = j == 4 ? bad : SOURCE(j);
		hv_unmap(id, 0x30, 8, 0);
		result = map_with(bad_sources[i].code, sources);
		tap_equal(bad_sources[i].code, result, REP(4) | bad_sources[i].want, "source page: %s",
			  bad_sources[i].what);
		tap_result(can_read(0x33) == ACCESS_OK && can_read(0x34) == ACCESS_UNMAPPED &&
			   can_read(0x35) == ACCESS_UNMAPPED, bad_sources[i].code,
			   "source page %s: those before it are mapped", bad_sources[i].what);
	}
	hv_unmap(id, 0x30, 8, 0);
}

static void test_bad_targets(void)
{
	static const u64 bad[] = { ~0ull, BIT(52), BIT(40), BIT(63) };
	u64 source = SOURCE(0), list[2] = { 0, source }, result;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		TEST_EQUAL(0x004b, hv_map_list(0, id, bad[i], MAP_R, &source, 1), HV_INVALID_PARAMETER,
			   "page 0x%lx", bad[i]);
		list[0] = bad[i];
		TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), id, MAP_R, list, 2), HV_INVALID_PARAMETER,
			   "page 0x%lx", bad[i]);
		TEST_EQUAL(0x0090, modify(bad[i], MAP_R), HV_INVALID_PARAMETER, "page 0x%lx", bad[i]);
		TEST_EQUAL(0x004c, hv_unmap(id, bad[i], 1, 0), HV_INVALID_PARAMETER, "page 0x%lx", bad[i]);
	}
	result = hv_map(id, ~0ull - 1, 0, 4, MAP_NO_ACCESS);
	TEST_EQUAL(0x004b, STATUS(result), HV_INVALID_PARAMETER, "a range that wraps around");
	TEST_STATUS(0x004c, hv_unmap(id, ~0ull - 1, 4, 0), INVALID_PARAMETER, "a range that wraps around");
}

static void test_unmap(void)
{
	static const u32 reserved[] = { 4, 8, 0x80000000 };
	struct {
		u64 partition, page;
		u32 flags, padding;
	} in = { id, 0x40, 0, STALE };

	hv_map(id, 0x40, SOURCE(0), 8, MAP_RWX);
	TEST_EQUAL(0x004c, hv_unmap(id, 0x42, 3, 0), REP(3), "three in the middle");
	TEST(0x004c, can_read(0x41) == ACCESS_OK && can_read(0x42) == ACCESS_UNMAPPED &&
	     can_read(0x44) == ACCESS_UNMAPPED && can_read(0x45) == ACCESS_OK, "three and no more are gone");
	TEST_EQUAL(0x004c, child_word(0x45), *word(SOURCE(5)), "those after it are what they were");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x40, 8, UNMAP_KEEP), REP(8), "some of them unmapped already");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x40, 512, 0), REP(512), "512 that are not mapped");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x40, 4095, 0), REP(4095), "4095 that are not mapped");
	hv_map(id, 0x40, 0, 2, MAP_NO_ACCESS);
	hv_unmap(id, 0x40, 1, 0);
	TEST(0x004c, can_read(0x40) == ACCESS_UNMAPPED && can_read(0x41) == ACCESS_NO_READ,
	     "unmapped is not NO_ACCESS");
	for (enum hv_form form = MEMORY; form < FORMS; form++)
		TEST_EQUAL(0x004c, hv_do(form, UNMAP_GPA | REP(2), &in, 24, NULL, 0), REP(2),
			   "stale padding (%s)", FORM_NAME(form));
	hv_map(id, 0x40, SOURCE(0), 8, MAP_RWX);
	TEST_EQUAL(0x004c, hv_do(MEMORY, UNMAP_GPA | REP(8) | START(6), &in, 24, NULL, 0), REP(8),
		   "the last two of eight");
	TEST(0x004c, can_read(0x40) == ACCESS_OK && can_read(0x45) == ACCESS_OK &&
	     can_read(0x46) == ACCESS_UNMAPPED && can_read(0x47) == ACCESS_UNMAPPED, "only those are gone");
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++)
		TEST_EQUAL(0x004c, hv_unmap(id, 0x40, 1, reserved[i]), HV_INVALID_PARAMETER,
			   "reserved flag 0x%x", reserved[i]);
	TEST_EQUAL(0x004c, hv_unmap(id, 0x40, 0, 0), HV_INVALID_HYPERCALL_INPUT, "no reps");
	hv_unmap(id, 0x40, 8, 0);
}

/* Rep start: the elements after it, at the places that they have in the list */
static void test_start(void)
{
	u64 sources[8];

	for (unsigned int i = 0; i < 8; i++)
		sources[i] = SOURCE(7 - i);
	TEST_EQUAL(0x004b, hv_map_list(START(5), id, 0x50, MAP_RWX, sources, 8), REP(8),
		   "elements 5 to 7 of 8");
	TEST(0x004b, can_read(0x54) == ACCESS_UNMAPPED && child_word(0x55) == *word(SOURCE(2)) &&
	     child_word(0x57) == *word(SOURCE(0)), "only those, at their places");
	TEST_EQUAL(0x004b, hv_map_list(START(8), id, 0x50, MAP_RWX, sources, 8),
		   HV_INVALID_HYPERCALL_INPUT, "start beyond the list");
	hv_unmap(id, 0x50, 8, 0);
	TEST_EQUAL(0x004b, hv_map(id, 0x50, 0, MAX_MAP, MAP_NO_ACCESS), REP(MAX_MAP),
		   "as many as fit a page, without sources");
	TEST(0x004b, can_read(0x50) == ACCESS_NO_READ && can_read(0x50 + 508) == ACCESS_NO_READ &&
	     can_read(0x50 + 509) == ACCESS_UNMAPPED, "and no more");
	hv_unmap(id, 0x50, MAX_UNMAP, 0);
}

static void test_large(void)
{
	u64 large[2] = { SOURCE(0), SOURCE(512) }, odd[2] = { SOURCE(0), SOURCE(513) };

	*word(SOURCE(0)) = 0xa0;
	*word(SOURCE(511)) = 0xa1;
	*word(SOURCE(700)) = 0xa2;
	TEST_EQUAL(0x004b, hv_map_list(0, id, 0x1000, MAP_LINUX | MAP_LARGE, large, 2), REP(2),
		   "two large pages");
	TEST(0x004b, child_word(0x1000) == 0xa0 && child_word(0x11ff) == 0xa1 &&
	     child_word(0x12bc) == 0xa2 && can_read(0x1400) == ACCESS_UNMAPPED, "all of their memory");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x1001, 1, 0), REP(1), "a hole in a large page");
	TEST(0x004c, child_word(0x1000) == 0xa0 && can_read(0x1001) == ACCESS_UNMAPPED &&
	     can_read(0x1002) == ACCESS_OK, "the rest of the large page stays");
	TEST_EQUAL(0x0090, modify(0x11ff, MAP_R), REP(1), "a read-only piece of a large page");
	TEST(0x0090, can_write(0x11ff) == ACCESS_NO_WRITE && can_write(0x11fe) == ACCESS_OK,
	     "the rest can be written");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x1200, 1, UNMAP_LARGE), REP(1), "a large page unmapped");
	TEST(0x004c, can_read(0x1200) == ACCESS_UNMAPPED && can_read(0x13ff) == ACCESS_UNMAPPED &&
	     can_read(0x1100) == ACCESS_OK, "all of it and nothing else");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x1000, 1, UNMAP_LARGE), REP(1), "one with a hole");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x1001, 1, UNMAP_LARGE), HV_INVALID_PARAMETER,
		   "a large page that is not aligned");
	TEST_EQUAL(0x004b, hv_map_list(0, id, 0x1001, MAP_RWX | MAP_LARGE, large, 1), HV_INVALID_PARAMETER,
		   "large page, base not aligned");
	TEST_EQUAL(0x004b, hv_map_list(0, id, 0x1000, MAP_RWX | MAP_LARGE, odd, 2),
		   REP(1) | HV_INVALID_PARAMETER, "large page, second source not aligned");
	large[1] = HOLE_PAGE;
	TEST_EQUAL(0x004b, hv_map_list(0, id, 0x1000, MAP_RWX | MAP_LARGE, large, 2),
		   REP(1) | HV_OPERATION_DENIED, "large page, second source without memory");
	TEST_EQUAL(0x004b, hv_map(id, 0x40000, 0, 509, MAP_NO_ACCESS | MAP_LARGE), REP(509),
		   "1 GiB of NO_ACCESS in one call");
	TEST_EQUAL(0x0053, can_read(0x40000 + 508 * 512 + 511), ACCESS_NO_READ, "to its end");
	TEST_EQUAL(0x004c, hv_unmap(id, 0x40000, 509, UNMAP_LARGE), REP(509), "1 GiB unmapped");
	TEST_EQUAL(0x0053, can_read(0x40000), ACCESS_UNMAPPED, "it is gone");
	hv_unmap(id, 0x1000, 2, UNMAP_LARGE);
}

static void test_sparse(void)
{
	u64 list[] = { 0x60, SOURCE(9), 0x7000, SOURCE(3), 0x62, SOURCE(9), 0x60, SOURCE(4) };

	for (unsigned int i = 0; i < 16; i++)
		*word(SOURCE(i)) = 0x600 + i;
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(4), id, MAP_LINUX, list, 8), REP(4),
		   "four pages, stale padding");
	TEST(0x006e, child_word(0x62) == 0x609 && child_word(0x7000) == 0x603 &&
	     can_read(0x61) == ACCESS_UNMAPPED, "each at its place");
	TEST_EQUAL(0x006e, child_word(0x60), 0x604, "in order: the last one of a page counts");
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), id, MAP_W, list, 2), HV_INVALID_PARAMETER,
		   "illegal rights");
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), id, MAP_R | 0x800, list, 2), HV_INVALID_PARAMETER,
		   "reserved flag");
	list[1] = SOURCE(1);
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), id, MAP_RWX | MAP_LARGE, list, 2),
		   HV_INVALID_PARAMETER, "large page that is not aligned");
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE, id, MAP_RWX, list, 2), HV_INVALID_HYPERCALL_INPUT, "no reps");
	list[0] = 0x1000;
	list[1] = SOURCE(0);
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), id, MAP_RWX | MAP_LARGE, list, 2), REP(1),
		   "a large page");
	TEST_EQUAL(0x006e, child_word(0x100f), 0x60f, "its memory");
	hv_unmap(id, 0x1000, 1, UNMAP_LARGE);
	hv_unmap(id, 0x7000, 1, 0);
	hv_unmap(id, 0x60, 8, 0);
}

static void test_modify(void)
{
	u64 list[] = { 0x60, 0x61, 0x99, 0x62 };

	hv_map(id, 0x60, SOURCE(0), 4, MAP_RWX);
	TEST_EQUAL(0x0090, sparse(MODIFY_SPARSE | REP(4), id, MAP_R, list, 4),
		   REP(2) | HV_OPERATION_DENIED, "the third page is not mapped");
	TEST(0x0090, can_write(0x60) == ACCESS_NO_WRITE && can_write(0x61) == ACCESS_NO_WRITE &&
	     can_write(0x62) == ACCESS_OK, "two are changed");
	TEST_EQUAL(0x0090, child_word(0x61), *word(SOURCE(1)), "the source is the same");
	TEST_EQUAL(0x0090, modify(0x61, MAP_RWX), REP(1), "rights given back");
	TEST_EQUAL(0x0090, can_write(0x61), ACCESS_OK, "and they count");
	TEST_EQUAL(0x0090, modify(0x61, 0), REP(1), "all rights taken");
	TEST(0x0090, can_read(0x61) == ACCESS_NO_READ && can_write(0x61) == ACCESS_NO_WRITE, "no access");
	TEST_EQUAL(0x0090, modify(0x61, MAP_R | MAP_W), REP(1), "rights given again");
	TEST_EQUAL(0x0090, child_word(0x61), *word(SOURCE(1)), "the source is still the same");
	TEST_EQUAL(0x0090, modify(0x61, MAP_W), HV_INVALID_PARAMETER, "illegal rights");
	TEST_EQUAL(0x0090, modify(0x61, MAP_R | 0x800), HV_INVALID_PARAMETER, "reserved flag");
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 in[] = { id, MAP_R, 0x60, 0x61 };

		TEST_EQUAL(0x0090, hv_do(form, MODIFY_SPARSE | REP(2), in, sizeof(in), NULL, 0), REP(2),
			   "two pages (%s)", FORM_NAME(form));
	}
	hv_unmap(id, 0x60, 4, 0);
}

static void test_commit(void)
{
	static const struct {
		u32 code;
		const char *what;
	} both[] = { { CASE(0x00be), "precommit" }, { CASE(0x00bf), "uncommit" } };

	hv_map(id, 0x70, SOURCE(0), 1, MAP_RWX);
	for (unsigned int i = 0; i < ARRAY_SIZE(both); i++) {
		u32 code = both[i].code;
		u64 in[] = { id, 0, 0x70 }, large[] = { id, UNMAP_LARGE, 0x1000 };
		u64 bad[] = { id, 0x10, 0x70 }, far[] = { id, 0, FAR_PAGE }, odd[] = { id, 2, 0x1001 };

		for (enum hv_form form = MEMORY; form < FORMS; form++)
			tap_equal(code, hv_do(form, code | REP(600), in, 24, NULL, 0), REP(600),
				  "%s: 600 pages (%s)", both[i].what, FORM_NAME(form));
		tap_equal(code, hv_do(MEMORY, code | REP(600) | START(599), in, 24, NULL, 0), REP(600),
			  "%s: the last one", both[i].what);
		tap_equal(code, hv_do(MEMORY, code | REP(4), large, 24, NULL, 0), REP(4),
			  "%s: large pages", both[i].what);
		tap_equal(code, hv_do(MEMORY, code | REP(1), odd, 24, NULL, 0), HV_INVALID_PARAMETER,
			  "%s: large page that is not aligned", both[i].what);
		tap_equal(code, hv_do(MEMORY, code | REP(1), bad, 24, NULL, 0), HV_INVALID_PARAMETER,
			  "%s: unknown flag", both[i].what);
		tap_equal(code, hv_do(MEMORY, code | REP(1), far, 24, NULL, 0), HV_INVALID_PARAMETER,
			  "%s: beyond the space", both[i].what);
		tap_result(can_read(0x70) == ACCESS_OK && can_read(0x71) == ACCESS_UNMAPPED, code,
			   "%s: no effect on what the child can access", both[i].what);
	}
	hv_unmap(id, 0x70, 1, 0);
}

#define CLEAR_A	1
#define SET_A	2
#define CLEAR_D	4
#define SET_D	8

static u64 states(u64 flags, u64 page, unsigned int n, u8 *out)
{
	u64 in[] = { id, flags, page };

	return hv_do(MEMORY, ACCESS_STATE | REP(n), in, 24, out, n);
}

static u8 state(u64 flags, u64 page)
{
	u8 v = 0xff;

	return states(flags, page, 1, &v) == REP(1) ? v : 0xff;
}

static void test_access_state(void)
{
	static u8 out[4096];
	u64 in[5] = { id, 0, 0x80, 0x82, 0x81 };
	u8 v[3] = {};

	hv_map(id, 0x80, SOURCE(0), 4, MAP_RWX);
	TEST_EQUAL(0x00c9, states(0, 0x80, 1, out), HV_OPERATION_DENIED, "tracking is off");
	TEST_STATUS(0x0045, hv_set_property(id, ACCESS_TRACKING, 1), SUCCESS, "GpaPageAccessTracking");
	TEST(0x00c9, state(CLEAR_A | CLEAR_D, 0x80) < 4, "some state");
	TEST_EQUAL(0x00c9, state(0, 0x80), 0, "neither accessed nor dirty once that is cleared");
	TEST_EQUAL(0x00c9, state(SET_A, 0x80), 0, "the state is that before the flags");
	TEST_EQUAL(0x00c9, state(SET_D, 0x80), 1, "accessed was set");
	TEST_EQUAL(0x00c9, state(CLEAR_A, 0x80), 3, "dirty was set");
	TEST_EQUAL(0x00c9, state(CLEAR_D, 0x80), 2, "accessed was cleared");
	TEST_EQUAL(0x00c9, state(0, 0x80), 0, "dirty was cleared");
	child_write(id, 0x80000, 1);
	TEST_EQUAL(0x00c9, state(CLEAR_A | CLEAR_D, 0x80) & 2, 2, "a write through 0x0054 is dirty");
	TEST_EQUAL(0x00c9, state(0, 0x80), 0, "cleared again");
	state(SET_A, 0x81);
	state(SET_D, 0x82);
	TEST_EQUAL(0x00ca, hv_do(MEMORY, ACCESS_STATE_SPARSE | REP(3), in, sizeof(in), v, 3), REP(3),
		   "three pages");
	TEST(0x00ca, !(v[0] & 3) && (v[1] & 2) && (v[2] & 1), "states %u %u %u in the list's order", v[0],
	     v[1], v[2]);
	TEST_EQUAL(0x00c9, states(BIT(4), 0x80, 1, out), HV_INVALID_PARAMETER, "reserved flag 4");
	TEST_EQUAL(0x00c9, states(BIT(63), 0x80, 1, out), HV_INVALID_PARAMETER, "reserved flag 63");
	TEST_EQUAL(0x00c9, states(0, FAR_PAGE, 1, out), HV_INVALID_PARAMETER, "beyond the space");
	in[1] = BIT(4);
	TEST_EQUAL(0x00ca, hv_do(MEMORY, ACCESS_STATE_SPARSE | REP(3), in, sizeof(in), v, 3),
		   HV_INVALID_PARAMETER, "reserved flag 4");
	in[1] = 0;
	in[4] = FAR_PAGE;
	TEST_EQUAL(0x00ca, hv_do(MEMORY, ACCESS_STATE_SPARSE | REP(3), in, sizeof(in), v, 3),
		   REP(2) | HV_INVALID_PARAMETER, "third page beyond the space");

	/* As Linux asks for them. 8 large pages, all of the same source */
	for (unsigned int i = 0; i < 8; i++)
		hv_map(id, 0x1000 + i * 512, SOURCE(0), 1, MAP_RWX | MAP_LARGE);
	states(CLEAR_A | CLEAR_D, 0x1000, 4095, out);
	child_write(id, 0x1fee000, 1);
	memset(out, 0x55, sizeof(out));
	TEST_EQUAL(0x00c9, states(0, 0x1000, 4095, out), REP(4095), "4095 states in one call");
	TEST(0x00c9, (out[0xfee] & 2) && !(out[0] & 2) && !(out[0xfed] & 2) && !(out[0xfef] & 2),
	     "the one page that was written is dirty");
	hv_set_property(id, ACCESS_TRACKING, 0);
	TEST_EQUAL(0x00c9, states(0, 0x80, 1, out), HV_OPERATION_DENIED, "tracking is off again");
	hv_unmap(id, 0x1000, 8, UNMAP_LARGE);
	hv_unmap(id, 0x80, 4, 0);
}

/* The flags of a mapping call that set and clear the same states */
static void test_access_flags(void)
{
	hv_set_property(id, ACCESS_TRACKING, 1);
	hv_map(id, 0x80, SOURCE(0), 1, MAP_RWX);
	state(CLEAR_A | CLEAR_D, 0x80);
	TEST_EQUAL(0x0090, modify(0x80, MAP_RWX | 0x02000000), REP(1), "SET_ACCESSED");
	TEST_EQUAL(0x0090, state(0, 0x80), 1, "accessed");
	TEST_EQUAL(0x0090, modify(0x80, MAP_RWX | 0x09000000), REP(1), "SET_DIRTY, CLEAR_ACCESSED");
	TEST_EQUAL(0x0090, state(0, 0x80), 2, "dirty, not accessed");
	TEST_EQUAL(0x0090, modify(0x80, MAP_RWX | 0x04000000), REP(1), "CLEAR_DIRTY");
	TEST_EQUAL(0x0090, state(0, 0x80), 0, "neither");
	hv_set_property(id, ACCESS_TRACKING, 0);
	hv_unmap(id, 0x80, 1, 0);
}

/* Host access: there always is, as children are not isolated */
static const struct {
	unsigned int code;
	const char *what;
	u32 access, flags;
	bool child;			/* names the child; else partition 0 */
	u64 page;
	u64 want;
} host_access[] = {
#define HOST(code, what, ...)	{ CASE(code), what, __VA_ARGS__ }
	HOST(0x00d2, "read", 1, 0, true, 0x90, REP(1)),
	HOST(0x00d2, "read and write", 3, 0, true, 0x91, REP(1)),
	HOST(0x00d2, "a page that is not mapped", 3, 0, true, 0x99, HV_OPERATION_DENIED),
	HOST(0x00d2, "reserved access bit", 5, 0, true, 0x90, HV_INVALID_PARAMETER),
	HOST(0x00d2, "access 0x80000001", 0x80000001, 0, true, 0x90, HV_INVALID_PARAMETER),
	HOST(0x00d2, "a flag", 1, 1, true, 0x90, HV_INVALID_PARAMETER),
	HOST(0x00d2, "partition 0", 1, 0, false, 0x90, HV_INVALID_PARTITION_ID),
	HOST(0x00d3, "what was acquired", 1, 0, true, 0x90, REP(1)),
	HOST(0x00d3, "what was acquired, too", 3, 0, true, 0x91, REP(1)),
	HOST(0x00d3, "what is not acquired any more", 3, 0, true, 0x90, HV_OPERATION_DENIED),
	HOST(0x00d3, "a page that is not mapped", 3, 0, true, 0x99, HV_OPERATION_DENIED),
	HOST(0x00d3, "partition 0", 3, 0, false, 0x90, HV_INVALID_PARTITION_ID),
	HOST(0x00d7, "shared, as Linux does it", 3, 2, false, SOURCE(0), REP(1)),
	HOST(0x00d7, "shared, child named", 3, 2, true, SOURCE(0), REP(1)),
	HOST(0x00d7, "shared, large", 3, 6, false, SOURCE(0), REP(1)),
	HOST(0x00d7, "neither exclusive nor shared", 3, 0, true, SOURCE(0), HV_INVALID_PARAMETER),
	HOST(0x00d7, "exclusive and shared", 3, 3, true, SOURCE(0), HV_INVALID_PARAMETER),
	HOST(0x00d7, "reserved flag", 3, 0x12, false, SOURCE(0), HV_INVALID_PARAMETER),
	HOST(0x00d7, "reserved access bit", 7, 2, false, SOURCE(0), HV_INVALID_PARAMETER),
	HOST(0x00d7, "large page that is not aligned", 3, 6, false, SOURCE(1), HV_INVALID_PARAMETER),
	HOST(0x00d7, "huge page that is not aligned", 3, 10, false, SOURCE(0), HV_INVALID_PARAMETER),
	HOST(0x00d8, "exclusive again, as Linux does it", 0, 1, true, SOURCE(0), REP(1)),
	HOST(0x00d8, "partition 0", 0, 1, false, SOURCE(0), HV_INVALID_PARTITION_ID),
	HOST(0x00d8, "exclusive and shared", 0, 3, true, SOURCE(0), HV_INVALID_PARAMETER),
	HOST(0x00d8, "large page that is not aligned", 0, 5, true, SOURCE(1), HV_INVALID_PARAMETER),
};

static void test_host_access(void)
{
	hv_map(id, 0x90, SOURCE(0), 2, MAP_RWX);
	for (unsigned int i = 0; i < ARRAY_SIZE(host_access); i++) {
		u64 in[] = { host_access[i].access | (u64)host_access[i].flags << 32,
			     host_access[i].child ? id : 0, host_access[i].page };

		tap_equal(host_access[i].code, hv_do(MEMORY, host_access[i].code | REP(1), in, 24, NULL, 0),
			  host_access[i].want, "%s", host_access[i].what);
	}
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 in[] = { 1, id, 0x90, 0x90, 0x99, 0x90 };

		TEST_EQUAL(0x00d2, hv_do(form, ACQUIRE_GPA | REP(4), in, sizeof(in), NULL, 0),
			   REP(2) | HV_OPERATION_DENIED, "two of four (%s)", FORM_NAME(form));
	}
	hv_unmap(id, 0x90, 2, 0);
}

/* For nested hypervisors, of which there are none unless CPUID offers them */
static void test_nested(void)
{
	u64 in[] = { 0x1000, 0, 0x2000 }, flags[] = { 0x1000, 1, 0x2000 };
	bool offered = cpuid(0x40000000, 0).eax >= 0x4000000a && cpuid(0x4000000a, 0).eax & BIT(18);
	u64 space, list;

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		space = hv_do(form, FLUSH_GPA_SPACE, in, 16, NULL, 0);
		list = hv_do(form, FLUSH_GPA_LIST | REP(1), in, 24, NULL, 0);
		TEST(0x00af, offered ? !STATUS(space) : STATUS(space) == HV_INVALID_HYPERCALL_CODE ||
		     STATUS(space) == HV_OPERATION_DENIED, "offered: %u (%s, %s)", offered,
		     hv_status_name(STATUS(space)), FORM_NAME(form));
		TEST(0x00b0, offered ? list == REP(1) : STATUS(list) == HV_INVALID_HYPERCALL_CODE ||
		     STATUS(list) == HV_OPERATION_DENIED, "offered: %u (%s, %s)", offered,
		     hv_status_name(STATUS(list)), FORM_NAME(form));
	}
	space = STATUS(hv_do(MEMORY, FLUSH_GPA_SPACE, flags, 16, NULL, 0));
	list = STATUS(hv_do(MEMORY, FLUSH_GPA_LIST | REP(1), flags, 24, NULL, 0));
	TEST(0x00af, space == HV_INVALID_PARAMETER || (!offered && space), "flags are not zero (%s)",
	     hv_status_name(space));
	TEST(0x00b0, list == HV_INVALID_PARAMETER || (!offered && list), "flags are not zero (%s)",
	     hv_status_name(list));
}

/* The root may change rights of its own pages, which are where they are */
static void test_own(void)
{
	u64 page = page_take(), other = page_take(), list[2] = { page, other };

	/* It pays for what is to be known of its pages */
	hv_deposit(SELF, 1);
	TEST_EQUAL(0x004b, hv_map_list(0, SELF, page, MAP_RWX, &other, 1), HV_ACCESS_DENIED,
		   "itself, not the identity");
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), SELF, MAP_RWX, list, 2), HV_ACCESS_DENIED,
		   "itself, not the identity");
	TEST_EQUAL(0x004b, hv_map_list(0, SELF, page, MAP_R, &page, 1), REP(1), "itself, read only");
	(void)*(volatile u64 *)page_address(page);
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &page, 1), HV_OPERATION_DENIED,
		   "a page that is not RWX for its owner");
	list[1] = page;
	TEST_EQUAL(0x006e, sparse(MAP_SPARSE | REP(1), SELF, MAP_RWX, list, 2), REP(1), "itself, RWX again");
	*word(page) = 1;
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &page, 1), REP(1), "then it can be deposited");
	TEST_STATUS(0x004c, hv_unmap(SELF, other, 1, 0), ACCESS_DENIED, "the root cannot unmap itself");
	hv_withdraw_list(SELF, 0, list, 1);
	page_give(other);
}

void test_main(void)
{
	unsigned int count;

	hv_init();
	id = child_start(CREATE_LINUX);
	hv_deposit(id, 64);
	TEST_STATUS(0x004e, WITH_MEMORY(id, hv_create_vp(id, 0)), SUCCESS, "a VP to look through");
	for (unsigned int i = 0; i < 1024; i++)
		*word(SOURCE(i)) = 0x9000 + i;
	test_shared();
	test_two_children();
	test_rights();
	test_bad_sources();
	test_bad_targets();
	test_unmap();
	test_start();
	test_large();
	test_sparse();
	test_modify();
	test_commit();
	test_access_state();
	test_access_flags();
	test_host_access();
	test_nested();
	TEST_STATUS(0x0043, child_end(id), SUCCESS, "the child ends");
	test_own();
	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x0049, wrong_pages, 0, "no page was withdrawn that was not deposited");
}
