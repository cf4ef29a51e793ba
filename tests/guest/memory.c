// SPDX-License-Identifier: GPL-2.0
/*
 * The memory pool (sheet §15.4): what goes in is accounted for and comes out again, each page
 * once. That deposited pages cannot be touched meanwhile is tested elsewhere.
 */
/* run: --role root; smp 1 */
#include "parent.h"

#define RESERVED_PROXIMITY	(BIT(63) | BIT(40))
#define MISSING_NODE		(BIT(63) | 7)

static u64 own;

struct balance {
	u64 available, in_use;
};

static struct balance balance(u64 id)
{
	struct balance b;

	hv_balance(id, 0, &b.available, &b.in_use);
	return b;
}

static u64 sum(u64 id)
{
	struct balance b = balance(id);

	return b.available + b.in_use;
}

/* Lists of all lengths into a child and into the own pool, in both forms */
static void test_deposit(u64 id)
{
	static const u16 lengths[] = { 1, 2, 13, 511 };
	unsigned int count, total = 0;
	u64 in[14], before;

	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		before = sum(id);
		TEST_EQUAL(0x0048, hv_deposit(id, lengths[i]), REP(lengths[i]), "%u pages", lengths[i]);
		TEST_EQUAL(0x004a, sum(id) - before, lengths[i], "%u pages more", lengths[i]);
		total += lengths[i];
	}
	TEST_STATUS(0x0049, hv_withdraw_all(id, &count), NO_RESOURCES, "the end of the pool");
	TEST_EQUAL(0x0049, count, total, "all that were deposited");

	in[0] = id;
	for (unsigned int i = 1; i < 14; i++)
		in[i] = page_take();
	TEST_EQUAL(0x0048, hv_do(REGISTERS, DEPOSIT | REP(13), in, 14 * 8, NULL, 0), REP(13),
		   "13 pages in registers");
	TEST_EQUAL(0x004a, balance(id).available, 13, "13 pages are available");
	for (unsigned int i = 1; i < 14; i++) {
		u64 head[] = { id, 0 }, page = 0;

		TEST_EQUAL(0x0049, hv_do(REGISTERS, WITHDRAW | REP(1), head, 16, &page, 8), REP(1),
			   "a page in registers");
		for (unsigned int j = 1; j < 14; j++)
			if (in[j] == page)
				in[j] = 0;
		page_give(page);
	}
	for (unsigned int i = 1; i < 14; i++)
		total += !!in[i] << 16;
	TEST(0x0049, total < BIT(16), "each of the 13 pages came back");
}

/* Rep start: elements before it were done by an earlier execution */
static void test_start(u64 id)
{
	u64 pages[8], out[8] = {}, head[] = { id, 0 };
	static u64 in[9];

	in[0] = id;
	for (unsigned int i = 0; i < 8; i++)
		in[i + 1] = pages[i] = page_take();
	TEST_EQUAL(0x0048, hv_do(MEMORY, DEPOSIT | REP(8) | START(5), in, sizeof(in), NULL, 0), REP(8),
		   "from element 5 of 8");
	TEST_EQUAL(0x004a, sum(id), 3, "three of eight pages");
	TEST_EQUAL(0x0049, hv_do(MEMORY, WITHDRAW | REP(8) | START(6), head, 16, out, 64), REP(8),
		   "elements 6 and 7 of 8");
	TEST(0x0049, !out[5] && out[6] && out[7] && out[6] != out[7] &&
	     out[6] >= SPARE_PAGES && out[7] >= SPARE_PAGES, "only those are written");
	TEST_EQUAL(0x0049, hv_do(MEMORY, WITHDRAW | REP(8) | START(6), head, 16, out, 64),
		   REP(7) | HV_NO_RESOURCES, "one page is left for element 6");
	for (unsigned int i = 0; i < 8; i++)
		page_give(pages[i]);
	TEST_STATUS(0x0048, hv_do(MEMORY, DEPOSIT, in, sizeof(in), NULL, 0), INVALID_HYPERCALL_INPUT,
		    "no reps");
	TEST_STATUS(0x0049, hv_do(MEMORY, WITHDRAW, head, 16, out, 64), INVALID_HYPERCALL_INPUT, "no reps");
	TEST_STATUS(0x004a, hv_do(MEMORY, BALANCE | REP(1), head, 16, out, 16), INVALID_HYPERCALL_INPUT,
		    "reps of a simple call");
}

/* Pages come back zeroed, whatever was in them, and what else was in memory stays */
static void test_contents(u64 id)
{
	static u64 pages[64], back[64];
	bool zero = true, known = true;

	for (unsigned int i = 0; i < 64; i++) {
		pages[i] = page_take();
		memset(page_address(pages[i]), 0xa0 + i, PAGE_SIZE);
	}
	hv_deposit_list(id, pages, 64);
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, back, 64), REP(64), "64 of 64 pages");
	for (unsigned int i = 0; i < 64; i++) {
		bool found = false;

		for (unsigned int j = 0; j < 64; j++)
			if (pages[j] == back[i]) {
				found = true;
				pages[j] = 0;
			}
		known &= found;
		for (unsigned int j = 0; found && j < PAGE_SIZE; j++)
			zero &= !page_address(back[i])[j];
	}
	TEST(0x0049, known, "the 64 pages that were deposited, each once");
	TEST(0x0049, zero, "pages come back zeroed");
	*page_address(back[0]) = 7;
	TEST(0x0049, *page_address(back[0]) == 7, "and can be used again");
}

/* 512 at a time, as Linux does */
static void test_withdraw(u64 id)
{
	static u64 pages[MAX_WITHDRAW];

	hv_deposit(id, 1100);
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, pages, 512), REP(512), "512 of 1100");
	TEST_EQUAL(0x004a, balance(id).available, 588, "588 are left");
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, pages, 512), REP(512), "512 more");
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, pages, 512), REP(76) | HV_NO_RESOURCES,
		   "the last 76, and the end");
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, pages, 512), HV_NO_RESOURCES, "nothing after the end");
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, pages, 1), HV_NO_RESOURCES, "not even one");
	hv_deposit(id, 76);
	TEST_EQUAL(0x0049, hv_withdraw_list(id, 0, pages, 76), REP(76), "exactly what there is");
}

/* A list with one bad page: those before it are in, those after it are not */
static void bad_page(u64 id, u64 page, const char *what)
{
	u64 pages[5], before = sum(id);

	for (unsigned int i = 0; i < 5; i++)
		pages[i] = i == 2 ? page : page_take();
	TEST_EQUAL(0x0048, hv_deposit_list(id, pages, 5), REP(2) | HV_OPERATION_DENIED, "%s", what);
	TEST_EQUAL(0x004a, sum(id) - before, 2, "%s: only the pages before it", what);
	page_give(pages[3]);
	page_give(pages[4]);
}

static void test_bad_pages(u64 id)
{
	static const struct {
		u64 page;
		const char *what;
	} bad[] = {
		{ HOLE_PAGE, "a page without memory" }, { FAR_PAGE, "a page beyond the address space" },
		{ ~0ull, "page ~0" }, { BIT(52), "page 2^52" }, { 0xfffff, "a page of the BIOS's ROM" },
	};
	u64 page = page_take(), other, v[2];

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		bad_page(id, bad[i].page, bad[i].what);

	hv_deposit_list(id, &page, 1);
	bad_page(id, page, "a page that is in the pool already");
	other = child_create(CREATE_LINUX);
	bad_page(other, page, "a page that is in another pool");
	bad_page(SELF, page, "a page that is in a child's pool, into the own");
	v[0] = page_take();
	v[1] = v[0];
	TEST_EQUAL(0x0048, hv_deposit_list(id, v, 2), REP(1) | HV_OPERATION_DENIED,
		   "the same page twice in a list");
	child_end(other);
}

/* A page that a child can access is not the parent's alone */
static void test_lent(u64 id)
{
	u64 page = CHILD_PAGES;
	unsigned int count;

	WITH_MEMORY(id, hv_create_vp(id, 0));
	hv_deposit(id, 16);
	hv_map(id, 0, page, 4, MAP_LINUX);
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &page, 1), HV_OPERATION_DENIED,
		   "a page that a child has mapped");
	TEST_EQUAL(0x0048, hv_deposit_list(id, &page, 1), HV_OPERATION_DENIED,
		   "into that child's own pool");
	hv_map(id, 0, 0, 1, MAP_NO_ACCESS);
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &page, 1), REP(1), "the child's access is revoked");
	hv_withdraw_all(SELF, &count);
	page++;
	hv_map(id, 0x100, page, 1, MAP_R);
	hv_unmap(id, 1, 1, 0);
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &page, 1), HV_OPERATION_DENIED,
		   "mapped twice, unmapped once");
	hv_unmap(id, 0x100, 1, 0);
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &page, 1), REP(1), "unmapped twice");
	hv_withdraw_all(SELF, &count);
	/* And a page in a pool cannot be mapped */
	page = page_take();
	hv_deposit_list(id, &page, 1);
	TEST_EQUAL(0x004b, hv_map_list(0, id, 0x200, MAP_R, &page, 1), HV_OPERATION_DENIED,
		   "a deposited page cannot be mapped into a child");
	hv_unmap(id, 0, 4, 0);
}

/* Until a call succeeds, one page at a time; and the object gives back what it took */
static void test_retries(u64 id)
{
	unsigned int tries = 0, count;
	struct balance before, after;
	u64 result;

	hv_withdraw_all(id, &count);
	before = balance(id);
	for (result = hv_create_vp(id, 0); STATUS(result) == HV_INSUFFICIENT_MEMORY && tries < 1000;
	     result = hv_create_vp(id, 0)) {
		after = balance(id);
		if (after.available + after.in_use != before.available + before.in_use + tries)
			break;
		hv_deposit(id, 1);
		tries++;
	}
	TEST_EQUAL(0x004e, result, HV_SUCCESS, "a VP, after %u deposits of one page", tries);
	TEST(0x004e, tries > 0, "it needs memory");
	after = balance(id);
	TEST(0x004a, after.in_use > before.in_use, "its pages are in use (%lu of %lu)", after.in_use,
	     after.available + after.in_use);
	hv_withdraw_all(id, &count);
	TEST_EQUAL(0x0049, count, after.available, "no more than what is available");
	TEST_EQUAL(0x004a, balance(id).in_use, after.in_use, "what is in use stays");
	TEST_EQUAL(0x004e, hv_create_vp(id, 1), HV_INSUFFICIENT_MEMORY, "no second VP without memory");
	TEST_EQUAL(0x004f, hv_delete_vp(id, 0), HV_SUCCESS, "VP deleted");
	TEST_EQUAL(0x004a, balance(id).available, tries - after.available,
		   "its pages are available again");
	TEST_EQUAL(0x004a, balance(id).in_use, before.in_use, "nothing more in use than before");
}

/* Objects without end: each costs something, so that the pool is the limit */
static void test_limit(u64 id)
{
	unsigned int vps = 0, count;
	struct balance b;
	u64 result;

	hv_withdraw_all(id, &count);
	hv_deposit(id, 64);
	while (!(result = hv_create_vp(id, vps)) && vps < 4096)
		vps++;
	TEST_STATUS(0x004e, result, INSUFFICIENT_MEMORY, "64 pages are good for %u VPs", vps);
	TEST(0x004e, vps && vps <= 64, "a VP costs a page at least");
	b = balance(id);
	TEST_EQUAL(0x004a, b.available + b.in_use, 64, "64 pages in all");
	for (unsigned int i = 0; i < vps; i++)
		hv_delete_vp(id, i);
	TEST_EQUAL(0x004a, balance(id).available, 64, "64 pages are available again");

	/* Mappings that do not merge cost the child, too */
	hv_withdraw_all(id, &count);
	hv_deposit(id, 1);
	for (count = 0; count < 4096; count++) {
		u64 page = CHILD_PAGES + (count * 7) % 4096;

		result = hv_map_list(0, id, count * 2, MAP_R, &page, 1);
		if (STATUS(result))
			break;
	}
	TEST_EQUAL(0x004b, result, HV_INSUFFICIENT_MEMORY, "a page is good for %u scattered mappings", count);
	for (unsigned int i = 0; i < count; i++)
		hv_unmap(id, i * 2, 1, 0);
	TEST_EQUAL(0x004a, balance(id).available, 1, "and is available again when they are gone");
}

/* The own pool pays for children */
static void test_own(void)
{
	struct create_in in = { CREATE_LINUX, 0, VERSION_21H2, STALE, {}, 0, 0 };
	unsigned int count, tries = 0;
	struct balance b;
	u64 id, result;

	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x004a, balance(SELF).in_use, balance(own).in_use, "SELF is the caller's id");
	for (result = hv_create(MEMORY, &in, &id);
	     STATUS(result) == HV_INSUFFICIENT_MEMORY && tries < 1000;
	     result = hv_create(MEMORY, &in, &id)) {
		hv_deposit(tries & 1 ? own : SELF, 1);
		tries++;
	}
	TEST(0x0040, !result && tries, "a child, after %u deposits of one page", tries);
	b = balance(SELF);
	TEST(0x004a, b.in_use && b.available + b.in_use == tries, "%lu of %u pages are in use", b.in_use,
	     tries);
	child_end(id);
	b = balance(SELF);
	TEST(0x004a, b.available == tries && !b.in_use, "%u pages are available again", tries);
	TEST_STATUS(0x0049, hv_withdraw_all(own, &count), NO_RESOURCES, "own pool by its id");
	TEST_EQUAL(0x0049, count, tries, "all of the own pool");
}

static void test_proximity(u64 id)
{
	u64 page, a, b;

	hv_deposit(id, 2);
	TEST_STATUS(0x0049, hv_withdraw_list(id, RESERVED_PROXIMITY, &page, 1), INVALID_PARAMETER,
		    "reserved proximity flag");
	TEST_STATUS(0x0049, hv_withdraw_list(id, MISSING_NODE, &page, 1), INVALID_PARAMETER,
		    "a node that does not exist");
	TEST_STATUS(0x0049, hv_withdraw_list(id, BIT(63), &page, 1), SUCCESS, "node 0");
	TEST_STATUS(0x004a, hv_balance(id, RESERVED_PROXIMITY, &a, &b), INVALID_PARAMETER,
		    "reserved proximity flag");
	TEST_STATUS(0x004a, hv_balance(id, MISSING_NODE, &a, &b), INVALID_PARAMETER,
		    "a node that does not exist");
	TEST(0x004a, !hv_balance(id, BIT(63) | BIT(32), &a, &b) && a == 1, "node 0, preferred");
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 in[] = { id, 0 }, out[2] = {};

		TEST(0x004a, !hv_do(form, BALANCE, in, 16, out, 16) && out[0] == 1 && !out[1],
		     "one page available, none in use (%s)", FORM_NAME(form));
	}
	hv_withdraw_list(id, 0, &page, 1);
}

/* More than a call may take without letting interrupts in */
static void test_large(u64 id)
{
	unsigned int count;

	TEST_STATUS(0x0048, hv_deposit(id, 5000), SUCCESS, "5000 pages, 511 at a time");
	TEST_EQUAL(0x004a, sum(id), 5000, "5000 pages");
	TEST_STATUS(0x0049, hv_withdraw_all(id, &count), NO_RESOURCES, "5000 pages, 512 at a time");
	TEST_EQUAL(0x0049, count, 5000, "5000 pages came back");
}

void test_main(void)
{
	unsigned int count;
	u64 id;

	hv_init();
	hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &own, 8);
	test_own();

	id = child_create(CREATE_LINUX);
	TEST(0x004a, !sum(id), "the pool of a new child is empty");
	test_deposit(id);
	test_start(id);
	test_contents(id);
	test_withdraw(id);
	test_proximity(id);
	test_bad_pages(id);
	hv_withdraw_all(id, &count);
	test_large(id);
	child_end(id);

	id = child_start(CREATE_LINUX);
	test_retries(id);
	test_limit(id);
	test_lent(id);
	child_end(id);
	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x0049, wrong_pages, 0, "no page was withdrawn that was not deposited");
}
