// SPDX-License-Identifier: GPL-2.0
/*
 * Pages through which a parent shares a VP's state. Rules are those of the sheet's entries
 * 0x00e1 and 0x00e2 and of linux-clients 6.4 and 6.7, the layout of the register page that of
 * the sheet's section "VP register page".
 */
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../hvpersona/hv_abi/gpa.h"
#include "fed_child.h"

#define MAP		0x00e1
#define UNMAP		0x00e2
#define WITHDRAW	0x0049
#define DEPOSIT		0x0048
#define DELETE_VP	0x004f
#define GET_REGISTERS	0x0050
#define SET_REGISTERS	0x0051
#define TRANSLATE	0x0052
#define START		0x0099

#define REGISTERS	0
#define MESSAGE		1
#define GHCB		2

/* A page of the parent's own */
#define OWN		10

#define RAX		0x00020000
#define RIP		0x00020010
#define RFLAGS		0x00020011
#define XMM0		0x00030000
#define SEGMENTS	0x00060000

struct request {
	u64 id;
	u32 vp;
	u16 type;
	u8 vtl, flags;
	u64 location;
};

static int init(struct kunit *test)
{
	struct fed_child *child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	struct fake_vm *vm;

	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, child, HV_CREATE_INTERCEPT_MESSAGE_PAGE);
	test->priv = child;
	return 0;
}

static void end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static u32 map(struct fed_child *child, const struct request *in, u64 *gfn)
{
	return HV_STATUS(fake_call(child->vm, MAP, in, sizeof(*in), gfn, 8));
}

static u32 unmap(struct fed_child *child, const struct request *in)
{
	return HV_STATUS(fake_call(child->vm, UNMAP, in, 16, NULL, 0));
}

static u32 map_type(struct fed_child *child, u16 type, u64 *gfn)
{
	const struct request in = { .id = child->id, .type = type };

	return map(child, &in, gfn);
}

static u32 unmap_type(struct fed_child *child, u16 type)
{
	const struct request in = { .id = child->id, .type = type };

	return unmap(child, &in);
}

static u32 map_at(struct fed_child *child, u16 type, u64 location)
{
	const struct request in = { .id = child->id, .type = type, .flags = 1,
				    .location = location };
	u64 gfn;
	u32 status = map(child, &in, &gfn);

	if (!status)
		KUNIT_EXPECT_EQ(child->vm->test, gfn, location);
	return status;
}

static u8 *page_at(struct fed_child *child, u64 gfn)
{
	return child->vm->ram + (gfn << PAGE_SHIFT);
}

static u64 read64(struct fed_child *child, u64 gfn, u32 offset)
{
	return get_unaligned((u64 *)(page_at(child, gfn) + offset));
}

static void write64(struct fed_child *child, u64 gfn, u32 offset, u64 value)
{
	put_unaligned(value, (u64 *)(page_at(child, gfn) + offset));
}

static u32 read32(struct fed_child *child, u64 gfn, u32 offset)
{
	return get_unaligned((u32 *)(page_at(child, gfn) + offset));
}

static void write32(struct fed_child *child, u64 gfn, u32 offset, u32 value)
{
	put_unaligned(value, (u32 *)(page_at(child, gfn) + offset));
}

/* The page is one that was deposited, and its depositor may access it as long as it is mapped */
static void page_comes_from_the_childs_pool(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn, other;

	KUNIT_ASSERT_EQ(test, map_type(child, MESSAGE, &gfn), 0U);
	KUNIT_EXPECT_GE(test, gfn, (u64)FED_PAGE);
	KUNIT_EXPECT_LT(test, gfn, (u64)FED_PAGE + FED_PAGES);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(child->vm->pt, gfn), (u32)HVP_GPA_ALL);
	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &other), 0U);
	KUNIT_EXPECT_NE(test, other, gfn);

	KUNIT_ASSERT_EQ(test, unmap_type(child, MESSAGE), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(child->vm->pt, gfn), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(child->vm->pt, other), (u32)HVP_GPA_ALL);
	KUNIT_ASSERT_EQ(test, unmap_type(child, REGISTERS), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(child->vm->pt, other), 0U);
}

/* Withdrawing gives the pages of a pool that are in it, and those that came back */
static u32 withdraw_all(struct fed_child *child)
{
	const u64 in[] = { child->id, 0 };
	u64 out[16], result;

	result = fake_call(child->vm, WITHDRAW | HV_REPS(16), in, sizeof(in), out, sizeof(out));
	KUNIT_EXPECT_EQ(child->vm->test, HV_STATUS(result), (u32)HV_STATUS_NO_RESOURCES);
	return HV_DONE(result);
}

static void pages_go_back_to_the_pool(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;

	KUNIT_ASSERT_EQ(test, map_type(child, MESSAGE, &gfn), 0U);
	KUNIT_EXPECT_EQ(test, withdraw_all(child), FED_PAGES - 1U);
	KUNIT_ASSERT_EQ(test, unmap_type(child, MESSAGE), 0U);
	KUNIT_EXPECT_EQ(test, withdraw_all(child), 1U);
}

/* An empty pool yields the status upon which Linux deposits a page and tries again */
static void empty_pool_is_told(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const u64 deposit[] = { child->id, OWN };
	u64 gfn;

	KUNIT_EXPECT_EQ(test, withdraw_all(child), FED_PAGES + 0U);
	KUNIT_EXPECT_EQ(test, map_type(child, REGISTERS, &gfn), (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(child->vm, DEPOSIT | HV_REPS(1), deposit,
						  sizeof(deposit), NULL, 0)), 0U);
	KUNIT_EXPECT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	KUNIT_EXPECT_EQ(test, gfn, (u64)OWN);
}

static void parent_may_name_the_page(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const u64 deposit[] = { child->id, OWN };

	memset(page_at(child, OWN), FAKE_POISON, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, map_at(child, MESSAGE, OWN), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_state(child->vm->pt, OWN),
			(u32)(HVP_GPA_ALL | HVP_SPACE_IN_USE));
	/* No message */
	KUNIT_EXPECT_NULL(test, memchr_inv(page_at(child, OWN), 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(child->vm, DEPOSIT | HV_REPS(1), deposit,
						  sizeof(deposit), NULL, 0)),
			(u32)HV_STATUS_OBJECT_IN_USE);
	KUNIT_EXPECT_EQ(test, withdraw_all(child), FED_PAGES + 0U);

	KUNIT_ASSERT_EQ(test, unmap_type(child, MESSAGE), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_state(child->vm->pt, OWN), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(child->vm, DEPOSIT | HV_REPS(1), deposit,
						  sizeof(deposit), NULL, 0)), 0U);
}

static void page_that_is_not_free_is_refused(struct kunit *test)
{
	struct fed_child *child = test->priv;
	static const u64 no_ram[] = {
		FAKE_PAGES, FAKE_ROM >> PAGE_SHIFT, BIT_ULL(FAKE_PA_BITS - 12), U64_MAX,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(no_ram); i++)
		KUNIT_EXPECT_EQ(test, map_at(child, MESSAGE, no_ram[i]),
				(u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, map_at(child, MESSAGE, FED_PAGE),			/* deposited */
			(u32)HV_STATUS_OPERATION_DENIED);
	fed_child_map(child, 0x100, OWN + 1, 0xf);				/* lent */
	KUNIT_EXPECT_EQ(test, map_at(child, MESSAGE, OWN + 1), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_ASSERT_EQ(test, map_at(child, MESSAGE, OWN), 0U);
	KUNIT_EXPECT_EQ(test, map_at(child, REGISTERS, OWN), (u32)HV_STATUS_OBJECT_IN_USE);
	KUNIT_EXPECT_EQ(test, map_at(child, REGISTERS, OWN + 2), 0U);
}

static void mapping_and_unmapping_alternate(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;
	u16 type;

	for (type = REGISTERS; type <= MESSAGE; type++) {
		KUNIT_EXPECT_EQ(test, unmap_type(child, type), (u32)HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, map_type(child, type, &gfn), 0U);
		KUNIT_EXPECT_EQ(test, map_type(child, type, &gfn), (u32)HV_STATUS_OPERATION_DENIED);
		KUNIT_EXPECT_EQ(test, map_at(child, type, OWN), (u32)HV_STATUS_OPERATION_DENIED);
		KUNIT_EXPECT_EQ(test, unmap_type(child, type), 0U);
		KUNIT_EXPECT_EQ(test, unmap_type(child, type), (u32)HV_STATUS_INVALID_PARAMETER);
	}
}

/* Both calls must give the same */
static void expect_both(struct fed_child *child, const struct request *in, u32 status)
{
	u64 gfn;

	KUNIT_EXPECT_EQ(child->vm->test, map(child, in, &gfn), status);
	KUNIT_EXPECT_EQ(child->vm->test, gfn, 0xa5a5a5a5a5a5a5a5ULL);
	KUNIT_EXPECT_EQ(child->vm->test, unmap(child, in), status);
}

static void bad_operands_are_rejected(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in = { .id = child->id };
	u64 gfn;

	in.type = GHCB;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.type = 3;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.type = U16_MAX;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in = (struct request) { .id = child->id, .vp = 1 };
	expect_both(child, &in, HV_STATUS_INVALID_VP_INDEX);
	in = (struct request) { .id = child->id, .vtl = 0x20 };
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.vtl = 0x11;
	expect_both(child, &in, HV_STATUS_INVALID_VTL_STATE);
	in = (struct request) { .id = child->id, .flags = 2 };
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in = (struct request) { .id = child->id + 1000 };
	expect_both(child, &in, HV_STATUS_INVALID_PARTITION_ID);
	in.id = HV_PARTITION_ID_SELF;
	expect_both(child, &in, HV_STATUS_ACCESS_DENIED);
	in.id = child->id;
	child->pt->state = HVPERSONA_STATE_CREATED;
	expect_both(child, &in, HV_STATUS_INVALID_PARTITION_STATE);
	child->pt->state = HVPERSONA_STATE_ACTIVE;
	/* Creation flag bit 19 */
	child->pt->child->flags &= ~BIT_ULL(19);
	in.type = MESSAGE;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.type = REGISTERS;
	KUNIT_EXPECT_EQ(test, map(child, &in, &gfn), 0U);
}

static void register_forms_work(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct request in = { .id = child->id, .type = MESSAGE };
	u64 gfn;

	EXPECT_STATUS(test, fake_call_fast(child->vm, MAP, &in, sizeof(in), &gfn, 8), SUCCESS);
	KUNIT_EXPECT_GE(test, gfn, (u64)FED_PAGE);
	EXPECT_STATUS(test, fake_call_fast(child->vm, UNMAP, &in, 16, NULL, 0), SUCCESS);
}

/* A VP that goes, with or without its partition, leaves no page mapped */
static void deleting_a_vp_gives_its_pages_back(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct request vp = { .id = child->id };
	u64 gfn;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	KUNIT_ASSERT_EQ(test, map_at(child, MESSAGE, OWN), 0U);
	EXPECT_STATUS(test, fake_call(child->vm, DELETE_VP, &vp, 16, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(child->vm->pt, gfn), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_state(child->vm->pt, OWN), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, withdraw_all(child), FED_PAGES + 0U);
}

static void destroying_a_child_gives_its_pages_back(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct fake_vm *vm = child->vm;
	u64 gfn;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	KUNIT_ASSERT_EQ(test, map_at(child, MESSAGE, OWN), 0U);
	fed_child_lock(child, NULL);
	hvp_child_destroy(child->pt);
	fed_child_unlock(child);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, FAKE_PAGES));
}

/* A register's value tells which one it is */
static void set_registers(struct fed_child *child)
{
	u32 i;

	for (i = 0; i < 16; i++)
		fed_child_set(child, RAX + i, 0x100 + i, 0);
	fed_child_set(child, RIP, 0x1234567, 0);
	fed_child_set(child, RFLAGS, 0x246, 0);
	for (i = 0; i < 6; i++) {
		fed_child_set(child, XMM0 + i, 0x200 + i, 0x300 + i);
		/* Base; limit, selector, attributes: data or code, present, 32 bits */
		fed_child_set(child, SEGMENTS + i, 0x1000 * i,
			      0xfffffULL | (0x8ULL * i) << 32 | (i == 1 ? 0xc09bULL : 0xc093ULL) << 48);
	}
	fed_child_set(child, 0x00040002, 0x5000, 0);	/* CR3 */
	fed_child_set(child, 0x00040003, 0x20, 0);	/* CR4: PAE */
	fed_child_set(child, 0x00040000, 0x31, 0);	/* CR0: PE, ET, NE */
	fed_child_set(child, 0x00040004, 0x9, 0);	/* CR8 */
	fed_child_set(child, 0x00050005, 0x455, 0);	/* DR7 */
	fed_child_set(child, 0x00010003, 0x2, 0);	/* interrupt state: NMI masked */
	fed_child_set(child, 0x00000002, 0x1, 0);	/* emulation hints */
	fed_child_set(child, 0x00040005, 0x1, 0);	/* XFEM */
}

static void expect_page(struct fed_child *child, u64 gfn)
{
	struct kunit *test = child->vm->test;
	u32 i;

	KUNIT_EXPECT_EQ(test, read32(child, gfn, 0), 0x00010001U);	/* version 1, valid, VTL0 */
	KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);		/* dirty */
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 8 + 8 * i), 0x100ULL + i);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 136), 0x1234567ULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 144), 0x246ULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 152), 0ULL);
	for (i = 0; i < 6; i++) {
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 160 + 16 * i), 0x200ULL + i);
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 168 + 16 * i), 0x300ULL + i);
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 256 + 16 * i), 0x1000ULL * i);
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 264 + 16 * i),
				0xfffffULL | (0x8ULL * i) << 32 |
				(i == 1 ? 0xc09bULL : 0xc093ULL) << 48);
	}
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 352), 0x31ULL);	/* CR0 */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 360), 0x5000ULL);	/* CR3 */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 368), 0x20ULL);	/* CR4 */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 376), 0x9ULL);		/* CR8 */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 384), fed_child_get(child, 0x00080001));
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 392), 0x455ULL);	/* DR7 */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 400), 0ULL);		/* pending interruption */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 408), 0x2ULL);		/* interrupt state */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 416), 0x1ULL);		/* emulation hints */
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 424), 0x1ULL);		/* XFEM */
	KUNIT_EXPECT_NULL(test, memchr_inv(page_at(child, gfn) + 432, 0, PAGE_SIZE - 432));
}

static void register_page_is_filled_when_it_is_mapped(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;

	memset(child->vm->ram + FED_PAGE * SZ_4K, FAKE_POISON, FED_PAGES * SZ_4K);
	set_registers(child);
	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	expect_page(child, gfn);
}

static void load(struct fed_child *child, struct hvp_vp *actor)
{
	fed_child_lock(child, actor);
	hvp_register_page_load(child->vp);
	fed_child_unlock(child);
}

static void fill(struct fed_child *child, struct hvp_vp *actor)
{
	fed_child_lock(child, actor);
	hvp_register_page_fill(child->vp);
	fed_child_unlock(child);
}

/* The parent changes everything and marks one group: that group and no other is taken over */
static void scribble(struct fed_child *child, u64 gfn, u32 dirty)
{
	u32 i;

	for (i = 0; i < 16; i++)
		write64(child, gfn, 8 + 8 * i, 0x1100 + i);
	write64(child, gfn, 136, 0x7654321);
	write64(child, gfn, 144, 0x202);
	for (i = 0; i < 6; i++) {
		write64(child, gfn, 160 + 16 * i, 0x1200 + i);
		write64(child, gfn, 256 + 16 * i, 0x100000 + i);
	}
	for (i = 352; i < 432; i += 8)
		write64(child, gfn, i, 0x77);
	write32(child, gfn, 4, dirty);
}

static void dirty_groups_are_taken_over(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;
	u32 group;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	for (group = 0; group < 6; group++) {
		set_registers(child);
		fill(child, child->vm->vp);
		expect_page(child, gfn);
		scribble(child, gfn, BIT(group));
		load(child, child->vm->vp);
		KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);
		/* The file has it, and the page is as the file: only the group is changed */
		KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX), group == 0 ? 0x1100ULL : 0x100ULL);
		KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX + 4),
				group == 0 ? 0x1104ULL : 0x104ULL);
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 128), group == 0 ? 0x110fULL : 0x10fULL);
		KUNIT_EXPECT_EQ(test, fed_child_get(child, RIP),
				group == 1 ? 0x7654321ULL : 0x1234567ULL);
		KUNIT_EXPECT_EQ(test, fed_child_get(child, XMM0 + 5),
				group == 2 ? 0x1205ULL : 0x205ULL);
		KUNIT_EXPECT_EQ(test, fed_child_get(child, SEGMENTS + 5),
				group == 3 ? 0x100005ULL : 0x5000ULL);
		KUNIT_EXPECT_EQ(test, fed_child_get(child, RFLAGS), group == 4 ? 0x202ULL : 0x246ULL);
		KUNIT_EXPECT_EQ(test, fed_child_get(child, 0x00040000), 0x31ULL);
		KUNIT_EXPECT_EQ(test, read64(child, gfn, 352), 0x31ULL);
	}
}

/* As HvCallSetVpRegisters would refuse them, each by itself */
static void bad_values_are_dropped(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;

	set_registers(child);
	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	scribble(child, gfn, 0x1f);
	write64(child, gfn, 136, BIT_ULL(62));		/* RIP that is not canonical */
	write64(child, gfn, 144, U64_MAX);		/* reserved flags */
	load(child, child->vm->vp);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RIP), 0x1234567ULL);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RFLAGS), 0x246ULL);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX + 15), 0x110fULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 136), 0x1234567ULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 144), 0x246ULL);
	KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);
}

/* Interrupt vectors are the parent's: nobody but an injection takes them away */
static void interrupt_vectors_stay(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	write64(child, gfn, 688, 0x3002);
	write32(child, gfn, 4, 1);
	load(child, child->vm->vp);
	KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 688), 0x3002ULL);
}

/* The host changes registers: the page follows with the parent's next call */
static void host_leaves_the_page_to_the_parent(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 writes;
	u64 gfn;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	writes = child->vm->writes;
	load(child, NULL);
	fed_child_set(child, RAX, 0x4242, 0);
	fill(child, NULL);
	KUNIT_EXPECT_EQ(test, child->vm->writes, writes);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 8), 0ULL);
	load(child, child->vm->vp);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 8), 0x4242ULL);
}

/*
 * A call on registers finds what the page says ("before registers set by 0x51 afterwards"),
 * and the page follows it, also if an element is refused
 */
static void calls_on_registers_know_the_page(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct {
		u64 id, vp;
		u32 names[2];
	} get = { child->id, 0, { RAX, RAX + 1 } };
	const struct {
		u64 id, vp;
		struct { u32 name, pad[3]; u64 value[2]; } elements[2];
	} set = { child->id, 0, { { RAX + 1, {}, { 0x51 } }, { RIP, {}, { BIT_ULL(62) } } } };
	u64 gfn, values[4], result;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	write64(child, gfn, 8, 0xaa);
	write64(child, gfn, 16, 0xcc);
	write32(child, gfn, 4, 1);
	EXPECT_STATUS(test, fake_call(child->vm, GET_REGISTERS | HV_REPS(2), &get, sizeof(get),
				      values, sizeof(values)), SUCCESS);
	KUNIT_EXPECT_EQ(test, values[0], 0xaaULL);
	KUNIT_EXPECT_EQ(test, values[2], 0xccULL);
	KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);

	write64(child, gfn, 8, 0xab);
	write64(child, gfn, 16, 0xcd);
	write32(child, gfn, 4, 1);
	EXPECT_STATUS(test, fake_call(child->vm, SET_REGISTERS | HV_REPS(1), &set, 48, NULL, 0),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX), 0xabULL);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX + 1), 0x51ULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 8), 0xabULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 16), 0x51ULL);

	fed_child_set(child, RAX + 1, 0, 0);
	result = fake_call(child->vm, SET_REGISTERS | HV_REPS(2), &set, sizeof(set), NULL, 0);
	EXPECT_STATUS(test, result, INVALID_REGISTER_VALUE);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1U);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 16), 0x51ULL);
}

/* 0x0052 depends on segments and flags, 0x0099 replaces what the page said before */
static void other_calls_know_the_page_too(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const u64 translate[] = { child->id, 0, 1, 5 };
	const struct hv_start_vp start = {
		.partition_id = child->id,
		.context = { .rip = 0x4321, .rflags = 2, .cr0 = 0x10 },
	};
	u64 gfn, out[2];

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	write64(child, gfn, 136, 0x1234);
	write32(child, gfn, 4, 2);
	EXPECT_STATUS(test, fake_call(child->vm, TRANSLATE, translate, sizeof(translate), out,
				      sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RIP), 0x1234ULL);

	fed_child_set(child, 0x00000004, 1, 0);		/* waits for SIPI */
	write64(child, gfn, 8, 0xaa);
	write64(child, gfn, 136, 0x5678);
	write32(child, gfn, 4, 3);
	EXPECT_STATUS(test, fake_call(child->vm, START, &start, sizeof(start), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX), 0xaaULL);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RIP), 0x4321ULL);
	KUNIT_EXPECT_EQ(test, read64(child, gfn, 136), 0x4321ULL);
	KUNIT_EXPECT_EQ(test, read32(child, gfn, 4), 0U);
}

/* Whichever allocation fails, nothing is mapped, lost or left in use */
static void failure_to_map_leaves_nothing(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 nth, status;
	u64 gfn;

	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = map_type(child, REGISTERS, &gfn);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, unmap_type(child, REGISTERS),
				(u32)HV_STATUS_INVALID_PARAMETER);
	}
	KUNIT_EXPECT_EQ(test, status, 0U);
	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = map_at(child, MESSAGE, OWN);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, hvp_space_state(child->vm->pt, OWN), (u32)HVP_GPA_ALL);
	}
	KUNIT_EXPECT_EQ(test, status, 0U);
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, unmap_type(child, MESSAGE), 0U);
	KUNIT_EXPECT_EQ(test, unmap_type(child, REGISTERS), 0U);
	KUNIT_EXPECT_EQ(test, withdraw_all(child), FED_PAGES + 0U);
}

/* A page that the parent has lost does no harm */
static void lost_page_is_ignored(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn;

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), 0U);
	scribble(child, gfn, 0x1f);
	child->vm->access[gfn] = 0;
	load(child, child->vm->vp);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, RAX), 0ULL);
	KUNIT_EXPECT_EQ(test, unmap_type(child, REGISTERS), 0U);
	/* Nor is one taken that cannot be written */
	child->vm->access[OWN] = HVP_GPA_READ;
	KUNIT_EXPECT_EQ(test, map_at(child, REGISTERS, OWN), (u32)HV_STATUS_OPERATION_DENIED);
}

/* The guest of a machine that is reset leaves nothing behind; the host's pages stay */
static void nothing_outlives_a_reset(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct request own = { .id = child->id, .type = MESSAGE, .location = OWN };
	struct hvp_partition *root = child->vm->pt;
	u64 gfn = 0, host = root->pool.host_count, deposit[] = { HV_PARTITION_ID_SELF, 30, 32 };

	KUNIT_ASSERT_EQ(test, map_type(child, REGISTERS, &gfn), (u32)HV_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, map(child, &own, &gfn), (u32)HV_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, HV_STATUS(fake_call(child->vm, DEPOSIT | HV_REPS(2), deposit,
						  sizeof(deposit), NULL, 0)), 0U);
	fed_child_map(child, 0, 40, HV_MAP_GPA_PERMISSIONS);
	KUNIT_ASSERT_TRUE(test, hvp_space_is_lent(root, 40));
	KUNIT_ASSERT_EQ(test, hvp_space_restrict(root, 50, 1, HVP_GPA_READ), 0);
	KUNIT_ASSERT_EQ(test, hvp_space_restrict(root, 52, 2, 0), 0);

	hvp_partition_reset(root);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(root, 0, HVP_SPACE_PAGES));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(root, 40));
	KUNIT_EXPECT_EQ(test, root->space.restricted, 0UL);
	KUNIT_EXPECT_EQ(test, root->pool.guest_pages, 0ULL);
	KUNIT_EXPECT_EQ(test, root->pool.host_count, host);
	KUNIT_EXPECT_EQ(test, root->pool.charged, 0ULL);
	KUNIT_EXPECT_EQ(test, root->instance->children, 0U);
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 1U);

	/* And the next guest has children of its own */
	fed_child_create(child->vm, child, 0);
	KUNIT_EXPECT_EQ(test, root->instance->children, 1U);
}

static struct kunit_case state_page_cases[] = {
	HVP_CASE(page_comes_from_the_childs_pool, 0x00e1, 0x00e2),
	HVP_CASE(pages_go_back_to_the_pool, 0x00e1, 0x00e2),
	HVP_CASE(empty_pool_is_told, 0x00e1),
	HVP_CASE(parent_may_name_the_page, 0x00e1, 0x00e2),
	HVP_CASE(page_that_is_not_free_is_refused, 0x00e1),
	HVP_CASE(mapping_and_unmapping_alternate, 0x00e1, 0x00e2),
	HVP_CASE(bad_operands_are_rejected, 0x00e1, 0x00e2),
	HVP_CASE(register_forms_work, 0x00e1, 0x00e2),
	HVP_CASE(deleting_a_vp_gives_its_pages_back, 0x00e1),
	HVP_CASE(destroying_a_child_gives_its_pages_back, 0x00e1),
	HVP_CASE(register_page_is_filled_when_it_is_mapped, 0x00e1),
	HVP_CASE(dirty_groups_are_taken_over, 0x00e1),
	HVP_CASE(bad_values_are_dropped, 0x00e1),
	HVP_CASE(interrupt_vectors_stay, 0x00e1),
	HVP_CASE(host_leaves_the_page_to_the_parent, 0x00e1),
	HVP_CASE(calls_on_registers_know_the_page, 0x0050, 0x0051, 0x00e1),
	HVP_CASE(other_calls_know_the_page_too, 0x0052, 0x0099, 0x00e1),
	HVP_CASE(failure_to_map_leaves_nothing, 0x00e1),
	HVP_CASE(lost_page_is_ignored, 0x00e1, 0x00e2),
	HVP_CASE(nothing_outlives_a_reset, 0x0048, 0x004b, 0x00e1),
	{}
};

static struct kunit_suite state_page_suite = {
	.name = "hvpersona_state_page",
	.init = init,
	.exit = end,
	.test_cases = state_page_cases,
};

kunit_test_suites(&state_page_suite);
