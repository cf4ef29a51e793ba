// SPDX-License-Identifier: GPL-2.0
/*
 * A child's memory as its parent reads and writes it. Layouts and rules are those of the
 * sheet's entries 0x0053 and 0x0054, flags of mappings those of its section "Guest physical
 * address space".
 */
#include <linux/string.h>

#include "fed_child.h"

#define READ_GPA	0x0053
#define WRITE_GPA	0x0054

/* Where the parent's pages appear in the child, all in one run of guest physical pages */
#define CHILD_PAGE	0x100ULL
#define GPA		(CHILD_PAGE << PAGE_SHIFT)
#define SOURCE		5
#define SOURCE_AT	(SOURCE * SZ_4K)
#define WRITE_BACK	6ULL

struct access {
	u64 id;
	u32 vp, bytes;
	u64 gpa, flags;
	u8 data[16];
};

struct answer {
	u32 result, rsvd;
	u8 data[16];
};


static void make(struct kunit *test, struct fed_child *child)
{
	fed_child_create(test->priv, child, 0);
	fed_child_map(child, CHILD_PAGE, SOURCE, 0xf);			/* R, W, KX, UX */
	fed_child_map(child, CHILD_PAGE + 1, SOURCE + 1, 0x1);		/* R */
	fed_child_map(child, CHILD_PAGE + 2, 0, 0x10000);		/* NO_ACCESS */
}

static u32 read(struct fed_child *child, const struct access *in, struct answer *out)
{
	return HV_STATUS(fake_call(child->vm, READ_GPA, in, 32, out, sizeof(*out)));
}

static u32 write(struct fed_child *child, const struct access *in, struct answer *out)
{
	return HV_STATUS(fake_call(child->vm, WRITE_GPA, in, sizeof(*in), out, sizeof(*out)));
}

/* Result code at 0, data at 8; bytes beyond the count are zeros */
static void reading_gives_bytes(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA + 0x123, .bytes = 16, .flags = WRITE_BACK };
	struct answer out;
	u8 *ram;
	u32 i;

	make(test, &child);
	in.id = child.id;
	ram = child.vm->ram + SOURCE_AT + 0x123;
	for (i = 0; i < 16; i++)
		ram[i] = 0x40 + i;
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 0U);
	KUNIT_EXPECT_EQ(test, out.rsvd, 0U);
	KUNIT_EXPECT_MEMEQ(test, out.data, ram, 16);

	in.bytes = 3;
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_MEMEQ(test, out.data, ram, 3);
	KUNIT_EXPECT_NULL(test, memchr_inv(out.data + 3, 0, 13));
}

/* The last bytes of a page can be had, the first of the next not with them */
static void accesses_stay_in_a_page(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA + 0xff8, .bytes = 8, .flags = WRITE_BACK };
	struct answer out;

	make(test, &child);
	in.id = child.id;
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	in.bytes = 9;
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), (u32)HV_STATUS_INVALID_PARAMETER);
}

static void writing_changes_the_parents_page(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA + 0x456, .bytes = 5, .flags = WRITE_BACK };
	struct answer out;
	u8 *ram;

	make(test, &child);
	in.id = child.id;
	ram = child.vm->ram + SOURCE_AT + 0x456;
	memset(ram - 1, 0x11, 8);
	memset(in.data, 0x22, sizeof(in.data));
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 0U);
	KUNIT_EXPECT_EQ(test, out.rsvd, 0U);
	/* The output block is 8 bytes */
	KUNIT_EXPECT_EQ(test, out.data[0], FAKE_POISON);
	KUNIT_EXPECT_EQ(test, ram[-1], 0x11);
	KUNIT_EXPECT_NULL(test, memchr_inv(ram, 0x22, 5));
	KUNIT_EXPECT_EQ(test, ram[5], 0x11);
}

/* 0 success, 1 unmapped, 2 read intercept, 3 write intercept; nothing is read or written */
static void result_tells_why_not(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .bytes = 4, .flags = WRITE_BACK };
	struct answer out;
	u32 writes;

	make(test, &child);
	in.id = child.id;
	writes = child.vm->writes;

	in.gpa = GPA + SZ_4K;				/* read only */
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 0U);
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 3U);

	in.gpa = GPA + 2 * SZ_4K;			/* no access */
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 2U);
	KUNIT_EXPECT_NULL(test, memchr_inv(out.data, 0, sizeof(out.data)));
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 3U);

	in.gpa = GPA + 3 * SZ_4K;			/* never mapped */
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 1U);
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 1U);
	/* Six output blocks and nothing else were written */
	KUNIT_EXPECT_EQ(test, child.vm->writes, writes + 6);
}

/* A page that is no longer RAM of the parent is none of the child's */
static void page_that_the_parent_lost_is_unmapped(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA, .bytes = 1, .flags = WRITE_BACK };
	struct answer out;

	make(test, &child);
	in.id = child.id;
	child.vm->access[SOURCE] = 0;
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 1U);
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 1U);
}

static void expect_both(struct fed_child *child, const struct access *in, u32 status)
{
	struct answer out;

	KUNIT_EXPECT_EQ(child->vm->test, read(child, in, &out), status);
	KUNIT_EXPECT_EQ(child->vm->test, write(child, in, &out), status);
}

static void bad_operands_are_rejected(struct kunit *test)
{
	struct fed_child child;
	struct access good = { .gpa = GPA, .bytes = 1, .flags = WRITE_BACK }, in;
	u32 type;

	make(test, &child);
	good.id = child.id;
	in = good;
	in.vp = 1;
	expect_both(&child, &in, HV_STATUS_INVALID_VP_INDEX);
	in.vp = HV_VP_INDEX_SELF;			/* that is no VP of the child */
	expect_both(&child, &in, HV_STATUS_INVALID_VP_INDEX);
	in = good;
	in.bytes = 0;
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in.bytes = 17;
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in.bytes = U32_MAX;
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in = good;
	in.gpa = child.pt->child->map.limit << PAGE_SHIFT;
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in.gpa = U64_MAX;
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in = good;
	in.flags |= BIT_ULL(8);
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in.flags = WRITE_BACK | BIT_ULL(55);
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in.flags = WRITE_BACK | 0x20ULL << 56;		/* reserved in HV_INPUT_VTL */
	expect_both(&child, &in, HV_STATUS_INVALID_PARAMETER);
	in.flags = WRITE_BACK | 0x11ULL << 56;		/* VTL1, which a child does not have */
	expect_both(&child, &in, HV_STATUS_INVALID_VTL_STATE);
	in.flags = WRITE_BACK | 0x10ULL << 56;		/* VTL0 */
	expect_both(&child, &in, HV_STATUS_SUCCESS);
	/* Cache types: 0 UC, 1 WC, 4 WT, 5 WP, 6 WB */
	for (type = 0; type < 256; type++) {
		in.flags = type;
		expect_both(&child, &in, BIT_ULL(type & 63) & 0x73 && type < 64 ?
					 HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER);
	}
}

static void calls_are_for_the_parent_of_an_active_partition(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA, .bytes = 1, .flags = WRITE_BACK };

	make(test, &child);
	in.id = HV_PARTITION_ID_SELF;
	expect_both(&child, &in, HV_STATUS_ACCESS_DENIED);
	in.id = child.id + 1000;
	expect_both(&child, &in, HV_STATUS_INVALID_PARTITION_ID);
	in.id = child.id;
	child.pt->state = HVPERSONA_STATE_FINALIZED;
	expect_both(&child, &in, HV_STATUS_INVALID_PARTITION_STATE);
	child.pt->state = HVPERSONA_STATE_ACTIVE;
	child.vm->pt->privileges = 0;
	child.vm->pt->role = HVPERSONA_ROLE_GUEST;
	expect_both(&child, &in, HV_STATUS_ACCESS_DENIED);
	child.vm->pt->role = HVPERSONA_ROLE_ROOT;
}

/* 32 + 24 and 48 + 8 bytes fit into registers */
static void register_form_works(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA, .bytes = 16, .flags = WRITE_BACK };
	struct answer out = {};

	make(test, &child);
	in.id = child.id;
	memset(in.data, 0x77, sizeof(in.data));
	EXPECT_STATUS(test, fake_call_fast(child.vm, WRITE_GPA, &in, sizeof(in), &out, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, 0U);
	EXPECT_STATUS(test, fake_call_fast(child.vm, READ_GPA, &in, 32, &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, 0U);
	KUNIT_EXPECT_NULL(test, memchr_inv(out.data, 0x77, 16));
}

/* 0x00c9: bit 0 accessed, bit 1 dirty; property 0x00050005 switches the tracking on */
static u8 access_state(struct fed_child *child, u64 page)
{
	const u64 in[] = { child->id, 0, page };
	u8 state = 0xff;

	EXPECT_STATUS(child->vm->test, fake_call(child->vm, 0x00c9 | HV_REPS(1), in, sizeof(in),
						 &state, 1), SUCCESS);
	return state;
}

static void accesses_count_as_the_childs(struct kunit *test)
{
	struct fed_child child;
	struct access in = { .gpa = GPA, .bytes = 8, .flags = WRITE_BACK };
	struct {
		u64 id;
		u32 code, pad;
		u64 value;
	} property = { .code = 0x00050005, .value = 1 };
	struct answer out;

	make(test, &child);
	in.id = child.id;
	property.id = child.id;
	/* Not while nobody asked for it */
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	EXPECT_STATUS(test, fake_call(child.vm, 0x0045, &property, sizeof(property), NULL, 0),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, access_state(&child, CHILD_PAGE), 0);
	KUNIT_EXPECT_EQ(test, read(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, access_state(&child, CHILD_PAGE), 1);
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, access_state(&child, CHILD_PAGE), 3);
	/* An access that did not happen leaves no trace */
	in.gpa = GPA + SZ_4K;
	KUNIT_EXPECT_EQ(test, write(&child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out.result, 3U);
	KUNIT_EXPECT_EQ(test, access_state(&child, CHILD_PAGE + 1), 0);
}

static struct kunit_case gpa_access_cases[] = {
	HVP_CASE(reading_gives_bytes, 0x0053),
	HVP_CASE(accesses_stay_in_a_page, 0x0053, 0x0054),
	HVP_CASE(writing_changes_the_parents_page, 0x0054),
	HVP_CASE(result_tells_why_not, 0x0053, 0x0054),
	HVP_CASE(page_that_the_parent_lost_is_unmapped, 0x0053, 0x0054),
	HVP_CASE(bad_operands_are_rejected, 0x0053, 0x0054),
	HVP_CASE(calls_are_for_the_parent_of_an_active_partition, 0x0053, 0x0054),
	HVP_CASE(accesses_count_as_the_childs, 0x0053, 0x0054, 0x00c9),
	HVP_CASE(register_form_works, 0x0053, 0x0054),
	{}
};

static struct kunit_suite gpa_access_suite = {
	.name = "hvpersona_gpa_access",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = gpa_access_cases,
};

kunit_test_suites(&gpa_access_suite);
