// SPDX-License-Identifier: GPL-2.0
/*
 * VPs of child partitions: made, deleted, their registers before they have ever run, started,
 * translated. Rules are those of the sheet's sections 15.6 and 15.7, names and formats those
 * of its section 7, reset values and reserved bits those of the Intel SDM, volume 3.
 */
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "expected_registers.h"
#include "fake_table.h"
#include "../hvpersona/child.h"
#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/hv_abi/translate.h"
#include "../hvpersona/hv_abi/vp_state.h"
#include "../hvpersona/vp_file.h"

#define CREATE_VP	0x004e
#define DELETE_VP	0x004f
#define GET		0x0050
#define SET		0x0051
#define TRANSLATE	0x0052
#define START		0x0099
#define INDEX		0x009a
#define TRANSLATE_EX	0x00ac
#define HALT		0x00de
#define MDA		0x00e5
#define CPUID		0x00f4

/* CPUID of a processor with long mode, AVX, x2APIC, SMEP, SMAP and PCID, 40-bit addresses */
static const struct hvp_cpuid leaves[] = {
	{ .function = 0, .regs = { 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ .function = 1, .regs = { 0x000906ea, 0, BIT(17) | BIT(21) | BIT(26) | BIT(28),
				   BIT(6) | BIT(24) | BIT(25) } },
	{ .function = 7, .indexed = true, .regs = { 0, BIT(7) | BIT(20) } },
	{ .function = 0xd, .indexed = true, .regs = { 0x7, 576, 832, 0 } },
	{ .function = 0xd, .index = 1, .indexed = true, .regs = { 0xf, 0, 0x100, 0 } },
	{ .function = 0xd, .index = 2, .indexed = true, .regs = { 256, 576, 0, 0 } },
	{ .function = 0x40000002, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x40000003, .regs = { 5, 6, 7, 8 } },
	{ .function = 0x4000000b, .regs = { 9, 10, 11, 12 } },
	{ .function = 0x80000001, .regs = { 0, 0, 0, BIT(11) | BIT(20) | BIT(26) | BIT(29) } },
	{ .function = 0x80000008, .regs = { FAKE_PA_BITS } },
};

static struct hvp_partition *child_of(struct fake_vm *vm)
{
	return list_first_entry_or_null(&vm->pt->children, struct hvp_partition, sibling);
}

static void deposit(struct kunit *test, struct hvp_partition *pt, u64 pages)
{
	u64 done;

	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&pt->pool, pages, &done), 0);
	KUNIT_ASSERT_EQ(test, done, pages);
}

static void make_child(struct kunit *test, u64 pages)
{
	const struct hv_create_partition in = { .compatibility = 0x0607 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	u64 id = 0;

	deposit(test, vm->pt, 16);
	EXPECT_STATUS(test, fake_call(vm, 0x0040, &in, sizeof(in), &id, 8), SUCCESS);
	pt = child_of(vm);
	KUNIT_ASSERT_NOT_NULL(test, pt);
	KUNIT_ASSERT_EQ(test, pt->id, id);
	EXPECT_STATUS(test, fake_call(vm, 0x0041, &id, 8, NULL, 0), SUCCESS);
	deposit(test, pt, pages);
}

static u32 create(struct fake_vm *vm, u32 index)
{
	/* What Linux leaves on the page */
	const struct hv_create_vp in = {
		.partition_id = child_of(vm)->id, .vp_index = index, .pad = { 0xff, 0xff, 0xff },
		.subnode_id = ~0ULL,
	};

	return HV_STATUS(fake_call(vm, CREATE_VP, &in, sizeof(in), NULL, 0));
}

static u32 delete(struct fake_vm *vm, u32 index)
{
	const struct hv_delete_vp in = {
		.partition_id = child_of(vm)->id, .vp_index = index, .rsvd = ~0,
	};

	return HV_STATUS(fake_call(vm, DELETE_VP, &in, sizeof(in), NULL, 0));
}

/* The CPUID above, whatever the parent's makes of it; leaves are charged */
static void give_cpuid(struct kunit *test, struct hvp_vp *vp)
{
	struct hvp_pool *pool = &vp->partition->pool;

	hvp_pool_uncharge(pool, hvp_cpuid_cost(vp->cpuid_count));
	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vp, leaves, ARRAY_SIZE(leaves)), 0);
	KUNIT_ASSERT_TRUE(test, hvp_pool_charge(pool, hvp_cpuid_cost(ARRAY_SIZE(leaves))));
	vp->pa_bits = FAKE_PA_BITS;
}

static struct hvp_vp *make_vp(struct kunit *test, u32 index)
{
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp;

	KUNIT_ASSERT_EQ(test, create(vm, index), 0);
	vp = hvp_vp_find(child_of(vm), index);
	KUNIT_ASSERT_NOT_NULL(test, vp);
	give_cpuid(test, vp);
	return vp;
}

/* An active child with 512 pages in its pool, and VPs 0 and 1 */
static int init_child(struct kunit *test)
{
	struct fake_vm *vm;

	fake_init_root(test);
	vm = test->priv;
	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
	make_child(test, 512);
	make_vp(test, 0);
	make_vp(test, 1);
	return 0;
}

static u32 get(struct fake_vm *vm, u32 index, u32 name, union hvp_register_value *value)
{
	struct {
		struct hv_vp_registers header;
		u32 name;
	} in = { { .partition_id = child_of(vm)->id, .vp_index = index }, name };

	return HV_STATUS(fake_call(vm, GET | HV_REPS(1), &in, 20, value, 16));
}

static u32 set(struct fake_vm *vm, u32 index, u32 name, u64 low, u64 high)
{
	struct {
		struct hv_vp_registers header;
		struct hv_set_register reg;
	} in = {
		{ .partition_id = child_of(vm)->id, .vp_index = index },
		{ .name = name, .pad = { ~0, ~0, ~0 }, .value = { { low, high } } },
	};

	return HV_STATUS(fake_call(vm, SET | HV_REPS(1), &in, sizeof(in), NULL, 0));
}

static void expect_reg(struct kunit *test, u32 index, u32 name, u64 low, u64 high)
{
	union hvp_register_value value;

	KUNIT_EXPECT_EQ_MSG(test, get(test->priv, index, name, &value), 0, "0x%08x", name);
	KUNIT_EXPECT_EQ_MSG(test, value.low, low, "0x%08x", name);
	KUNIT_EXPECT_EQ_MSG(test, value.high, high, "0x%08x", name);
}

static void vps_are_made_and_deleted(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_of(vm);
	union hvp_register_value value;
	u64 charged;

	charged = pt->pool.charged;
	KUNIT_EXPECT_EQ(test, create(vm, 5), 0);
	KUNIT_EXPECT_EQ(test, pt->vp_count, 3);
	KUNIT_EXPECT_GT(test, pt->pool.charged, charged + sizeof(struct hvp_vp));
	KUNIT_EXPECT_EQ(test, create(vm, 5), HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, set(vm, 5, 0x20000, 7, 0), 0);
	KUNIT_EXPECT_EQ(test, delete(vm, 5), 0);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, charged);
	KUNIT_EXPECT_EQ(test, delete(vm, 5), HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, get(vm, 5, 0x20000, &value), HV_STATUS_INVALID_VP_INDEX);
	/* The index can be had again, and nothing of the former VP */
	KUNIT_EXPECT_EQ(test, create(vm, 5), 0);
	expect_reg(test, 5, 0x20000, 0, 0);
}

static void create_checks_its_input(struct kunit *test)
{
	static const struct {
		u32 index;
		u8 subnode;
		u64 flags;
		u16 status;
	} cases[] = {
		{ 2, 0, 0, HV_STATUS_SUCCESS },
		{ 3, 1, 0, HV_STATUS_SUCCESS },		/* socket */
		{ 4, 2, 0, HV_STATUS_SUCCESS },		/* cluster */
		{ 5, 3, 0, HV_STATUS_SUCCESS },		/* L3 cache */
		{ 6, 4, 0, HV_STATUS_INVALID_PARAMETER },
		{ 6, 0xff, 0, HV_STATUS_INVALID_PARAMETER },	/* "invalid" */
		{ 6, 0, 1, HV_STATUS_INVALID_PARAMETER },
		{ 6, 0, 1ULL << 63, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0, 0, HV_STATUS_INVALID_VP_INDEX },	/* is there */
		{ HVP_MAX_CHILD_VPS, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ 4096, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_SELF, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_ANY, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HVP_MAX_CHILD_VPS - 1, 0, 0, HV_STATUS_SUCCESS },
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct hv_create_vp in = {
			.partition_id = child_of(vm)->id, .vp_index = cases[i].index,
			.subnode_type = cases[i].subnode, .flags = cases[i].flags,
		};

		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(fake_call(vm, CREATE_VP, &in, sizeof(in),
							      NULL, 0)),
				    cases[i].status, "case %u", i);
	}
}

/* "Root on itself at boot": its own VPs come with logical processors, see lp_kunit.c */
static void root_needs_lps_for_its_own_vps(struct kunit *test)
{
	struct hv_create_vp in = { .partition_id = HV_PARTITION_ID_SELF, .vp_index = 1,
				   .flags = 1 };
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, fake_call(vm, CREATE_VP, &in, sizeof(in), NULL, 0),
		      INVALID_LP_INDEX);
	in.vp_index = HV_VP_INDEX_SELF;		/* "beyond the implementation limit" */
	EXPECT_STATUS(test, fake_call(vm, CREATE_VP, &in, sizeof(in), NULL, 0),
		      INVALID_VP_INDEX);
	in.vp_index = FAKE_VPS;
	EXPECT_STATUS(test, fake_call(vm, CREATE_VP, &in, sizeof(in), NULL, 0), NO_RESOURCES);
	EXPECT_STATUS(test, fake_call(vm, DELETE_VP, &in, 16, NULL, 0), ACCESS_DENIED);
}

/* "Target's pool too small": the parent deposits and tries again */
static void vp_is_paid_for_by_the_childs_pool(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	u32 i, made = 0;
	u64 charged;

	make_child(test, 1);
	pt = child_of(vm);
	charged = pt->pool.charged;
	for (i = 0; i < 32 && !made; i++) {
		switch (create(vm, 0)) {
		case HV_STATUS_SUCCESS:
			made = i + 1;
			break;
		case HV_STATUS_INSUFFICIENT_MEMORY:
			KUNIT_EXPECT_EQ(test, pt->pool.charged, charged);
			KUNIT_EXPECT_EQ(test, pt->vp_count, 0);
			deposit(test, pt, 1);
			break;
		default:
			KUNIT_FAIL(test, "unexpected status");
		}
	}
	/* Linux deposits 90 pages for each VP */
	KUNIT_EXPECT_GE(test, made, 2);
	KUNIT_EXPECT_LE(test, made, 90);
	KUNIT_EXPECT_EQ(test, create(vm, 1), HV_STATUS_INSUFFICIENT_MEMORY);
}

static void failed_allocation_leaves_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_of(vm);
	u64 charged = pt->pool.charged;
	u32 nth, status;

	for (nth = 1; nth < 32; nth++) {
		fake_fail_nth(nth);
		status = create(vm, 7);
		if (!fake_has_failed())
			break;
		fake_fail_nth(0);
		KUNIT_EXPECT_EQ_MSG(test, status, HV_STATUS_NO_RESOURCES, "allocation %u", nth);
		KUNIT_EXPECT_EQ(test, pt->pool.charged, charged);
		KUNIT_EXPECT_EQ(test, pt->vp_count, 2);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, status, 0);
	KUNIT_EXPECT_GE(test, nth, 4);
}

/* After FINALIZE the VPs are gone and paid back, whatever their number */
static void finalizing_deletes_the_vps(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_of(vm);
	u64 id = pt->id;

	EXPECT_STATUS(test, fake_call(vm, 0x0042, &id, 8, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, pt->vp_count, 0);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
	KUNIT_EXPECT_EQ(test, create(vm, 0), HV_STATUS_INVALID_PARTITION_STATE);
	KUNIT_EXPECT_EQ(test, delete(vm, 0), HV_STATUS_INVALID_PARTITION_STATE);
}

/*
 * Intel SDM volume 3, "IA-32 and Intel 64 Processor States Following Power-up", and "Local
 * APIC State After Power-Up or Reset"; TLFS for synthetic ones. What is not here is 0.
 */
static const struct {
	u32 name;
	u64 low, high;
} reset_state[] = {
	{ 0x00000000, 1, 0 },				/* explicitly suspended, 15.6 */
	{ 0x00000100, 0x200000001, 0x400000003 },	/* CPUID */
	{ 0x00000200, 0x600000005, 0x800000007 },
	{ 0x00000208, 0xa00000009, 0xc0000000b },
	{ 0x00020010, 0xfff0, 0 },			/* RIP */
	{ 0x00020011, 0x2, 0 },				/* RFLAGS */
	{ 0x00030018, 0xff00000040, 0 },		/* FCW 40H, FTW 5555H, abridged: all used */
	{ 0x00030019, 0, 0x0000ffff00001f80 },		/* MXCSR 1F80H */
	{ 0x00040000, 0x60000010, 0 },			/* CR0 */
	{ 0x00040005, 1, 0 },				/* XCR0 */
	{ 0x00041000, 0x60000010, 0 },
	{ 0x00050004, 0xffff0ff0, 0 },			/* DR6 */
	{ 0x00050005, 0x400, 0 },			/* DR7 */
	/* Attributes, selector, limit; base: present, accessed */
	{ 0x00060000, 0, 0x009300000000ffff },
	{ 0x00060001, 0xffff0000, 0x009bf0000000ffff },
	{ 0x00060002, 0, 0x009300000000ffff },
	{ 0x00060003, 0, 0x009300000000ffff },
	{ 0x00060004, 0, 0x009300000000ffff },
	{ 0x00060005, 0, 0x009300000000ffff },
	{ 0x00060006, 0, 0x008200000000ffff },
	{ 0x00060007, 0, 0x008b00000000ffff },
	{ 0x00070000, 0xffff000000000000, 0 },		/* limit */
	{ 0x00070001, 0xffff000000000000, 0 },
	{ 0x00080003, 0xfee00900, 0 },			/* APIC_BASE: enabled, BSP */
	{ 0x00080004, 0x0007040600070406, 0 },		/* PAT */
	{ 0x0008000d, 0x508, 0 },			/* MTRRcap: 8 variable, fixed, WC */
	{ 0x000800a0, 0x1801, 0 },			/* fast strings, no BTS, no PEBS */
	{ 0x00084803, 0x50014, 0 },			/* version 14H, 6 LVT entries */
	{ 0x0008480f, 0xff, 0 },			/* spurious vector */
	{ 0x00084832, 0x10000, 0 },			/* LVT: masked */
	{ 0x00084833, 0x10000, 0 },
	{ 0x00084834, 0x10000, 0 },
	{ 0x00084835, 0x10000, 0 },
	{ 0x00084836, 0x10000, 0 },
	{ 0x00084837, 0x10000, 0 },
	{ 0x000a0011, 1, 0 },				/* SynIC version */
	{ 0x000a1011, 1, 0 },
	{ 0x000d0003, 0x10000, 0 },			/* VTL0 enabled */
	{ 0x000d0004, 0x1, 0 },
};

/* Names whose value is not a matter of the file, or that cannot be read */
static bool is_write_only(u32 name)
{
	static const u32 names[] = {
		0x00080085,				/* PRED_CMD */
		0x0008480b, 0x0008483f, 0x00090010,	/* EOI, self IPI */
		0x000a0014, 0x000a1014,			/* EOM */
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i] == name)
			return true;
	return false;
}

static void expected_reset(u32 name, u64 *low, u64 *high)
{
	u32 i;

	*low = 0;
	*high = 0;
	for (i = 0; i < ARRAY_SIZE(reset_state); i++) {
		if (reset_state[i].name == name) {
			*low = reset_state[i].low;
			*high = reset_state[i].high;
		}
	}
	/* Synthetic interrupt sources are masked */
	if ((name >= 0xa0000 && name <= 0xa000f) || (name >= 0xa1000 && name <= 0xa100f))
		*low = 0x10000;
}

#define FOR_EACH_LISTED(i, name)							\
	for ((i) = 0; (i) < ARRAY_SIZE(expected_registers); (i)++)			\
		for ((name) = expected_registers[i].first;				\
		     (name) <= expected_registers[i].last; (name)++)

static void new_vp_is_in_reset_state(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;
	u64 low, high;
	u32 i, name;

	FOR_EACH_LISTED(i, name) {
		/* Time, and what depends on CPUID at creation and on the parent's clock */
		if (name == 0x90004 || name == 0x20002 || name == 0x240 || name == 0x241)
			continue;
		if (is_write_only(name)) {
			KUNIT_EXPECT_EQ_MSG(test, get(vm, 0, name, &value),
					    HV_STATUS_ACCESS_DENIED, "0x%08x", name);
			continue;
		}
		expected_reset(name, &low, &high);
		expect_reg(test, 0, name, low, high);
	}
}

/* APIC id = VP index; VP 0 is the boot processor, the others wait for INIT and SIPI */
static void other_vps_wait_for_sipi(struct kunit *test)
{
	expect_reg(test, 0, 0x00000004, 0, 0);
	expect_reg(test, 1, 0x00000000, 1, 0);
	expect_reg(test, 1, 0x00000004, 1, 0);		/* startup suspend */
	expect_reg(test, 1, 0x00080003, 0xfee00800, 0);	/* no BSP */
	expect_reg(test, 1, 0x0008000c, 1, 0);
	expect_reg(test, 1, 0x00084802, 1, 0);
	expect_reg(test, 1, 0x00090003, 1, 0);
}

/* TLFS 2.0 10.4.1: the parent can modify the initial APIC id with this register */
static void parent_chooses_the_apic_id(struct kunit *test)
{
	struct {
		struct hv_vp_index_from_apic_id header;
		u32 id;
	} in = { {}, 6 };
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = hvp_vp_find(child_of(vm), 1);
	u32 index = ~0, regs[4];

	in.header.partition_id = child_of(vm)->id;
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x8000c, 6, 0), 0);
	expect_reg(test, 1, 0x8000c, 6, 0);
	expect_reg(test, 1, 0x84802, 6, 0);
	KUNIT_EXPECT_TRUE(test, hvp_cpuid_lookup(vp, 1, 0, regs));
	KUNIT_EXPECT_EQ(test, regs[1] >> 24, 6);
	EXPECT_STATUS(test, fake_call(vm, INDEX | HV_REPS(1), &in, 20, &index, 4), SUCCESS);
	KUNIT_EXPECT_EQ(test, index, 1);
	in.id = 1;
	EXPECT_STATUS(test, fake_call(vm, INDEX | HV_REPS(1), &in, 20, &index, 4),
		      INVALID_PARAMETER);
	/* x2APIC: the logical id follows */
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x80003, 0xfee00c00, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x8000c, 0x23, 0), 0);
	expect_reg(test, 1, 0x8480d, 0x20008, 0);
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x8000c, BIT_ULL(32), 0),
			HV_STATUS_INVALID_REGISTER_VALUE);
	expect_reg(test, 0, 0x8000c, 0, 0);
}

static void clocks_are_the_parents(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000022)->low = 2800000000;
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000023)->low = 200000000;
	make_vp(test, 2);
	expect_reg(test, 0, 0x240, 2800000000, 0);
	expect_reg(test, 2, 0x241, 200000000, 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x240, 1, 0), HV_STATUS_INVALID_PARAMETER);
}

/* What a processor only lets read, and what the hypervisor alone knows */
static bool is_read_only(u32 name)
{
	static const struct {
		u32 first, last;
	} ranges[] = {
		{ 0x100, 0x100 }, { 0x200, 0x208 }, { 0x240, 0x241 },
		{ 0x8000d, 0x8000d },		/* MTRRcap */
		{ 0x80089, 0x80089 },		/* microcode level */
		{ 0x800a2, 0x800b2 },		/* VMX capabilities */
		{ 0x84802, 0x84803 }, { 0x8480a, 0x8480a }, { 0x8480d, 0x8480d },
		{ 0x84810, 0x84827 },		/* ISR, TMR, IRR */
		{ 0x84839, 0x84839 },		/* current count */
		{ 0x90000, 0x90000 }, { 0x90003, 0x90004 }, { 0x90014, 0x90014 },
		{ 0xa0011, 0xa0011 }, { 0xa1011, 0xa1011 },
		{ 0xd0002, 0xd0004 }, { 0xd0006, 0xd0006 }, { 0xd0100, 0xd0100 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (name >= ranges[i].first && name <= ranges[i].last)
			return true;
	return false;
}

/* A value that the register accepts, and that is not the reset value; others take 1 */
static const struct {
	u32 first, last;
	u64 low, high;
} samples[] = {
	{ 0x00000001, 0x00000001, 3, 0 },
	{ 0x00010002, 0x00010002, 0x00310001, 0 },
	{ 0x00010004, 0x00010004, 0x0000000f000e0101, 0x1234567890 },	/* #PF with error code */
	{ 0x00010005, 0x00010005, 0x8877665544332211, 0x1000 },
	{ 0x00010006, 0x00010007, 0x2, 0 },
	{ 0x00010008, 0x00010009, 0x1122334455667788, 0x99aabbccddeeff00 },
	{ 0x00020000, 0x0002000f, 0xfedcba9876543210, 0 },
	{ 0x00020010, 0x00020010, 0xffffffff81000000, 0 },
	{ 0x00020011, 0x00020011, 0x202, 0 },
	{ 0x00030000, 0x0003000f, 0x0123456789abcdef, 0xfedcba9876543210 },
	{ 0x00030010, 0x00030017, 0x8000000000000000, 0x3fff },
	{ 0x00030018, 0x00030018, 0x077300010000037f, 0x1234 },
	{ 0x00030019, 0x00030019, 0x5678, 0x0000ffff00001fa0 },
	{ 0x00040000, 0x00040000, 0x80050033, 0 },
	{ 0x00040001, 0x00040001, 0xffff888000000123, 0 },
	{ 0x00040002, 0x00040002, 0xabcdef000, 0 },
	{ 0x00040003, 0x00040003, 0x3606a0, 0 },
	{ 0x00040004, 0x00040004, 0xf, 0 },
	{ 0x00040005, 0x00040005, 0x7, 0 },
	{ 0x00041000, 0x00041000, 0x80050033, 0 },
	{ 0x00041002, 0x00041002, 0xabcdef000, 0 },
	{ 0x00041003, 0x00041003, 0x6a0, 0 },
	{ 0x00050004, 0x00050004, 0xffff0ff1, 0 },
	{ 0x00050005, 0x00050005, 0x401, 0 },
	{ 0x00060001, 0x00060001, 0, 0xa09b0010ffffffff },
	{ 0x00060002, 0x00060002, 0, 0xc0930018ffffffff },
	{ 0x00060000, 0x00060003, 0, 0xc0930018ffffffff },
	{ 0x00060004, 0x00060005, 0x7f0012345678, 0xc0930000ffffffff },
	{ 0x00060006, 0x00060006, 0xffff888000000000, 0x008200280000000f },
	{ 0x00060007, 0x00060007, 0xfffffe0000003000, 0x008b004000000067 },
	{ 0x00070000, 0x00070001, 0x0fff000000000000, 0xfffffe0000000000 },
	{ 0x00080001, 0x00080001, 0xd01, 0 },
	{ 0x00080002, 0x00080002, 0xffff888000000000, 0 },
	{ 0x00080003, 0x00080003, 0xfee00c00, 0 },
	{ 0x00080004, 0x00080004, 0x0407050600070106, 0 },
	{ 0x00080006, 0x00080007, 0xffffffff81000000, 0 },
	{ 0x00080009, 0x0008000a, 0xffffffff81000000, 0 },
	{ 0x0008000e, 0x0008000e, 0xc06, 0 },
	{ 0x00080010, 0x0008001f, 0x80000006, 0 },
	{ 0x00080040, 0x0008004f, 0xff80000800, 0 },
	{ 0x00080070, 0x0008007a, 0x0606060606060606, 0 },
	{ 0x00080086, 0x00080086, 0x4, 0 },
	{ 0x0008008b, 0x0008008b, 0x100, 0 },
	{ 0x0008008e, 0x00080093, 0xffff888000000ff8, 0 },
	{ 0x00080099, 0x0008009a, 0x40000, 0 },
	{ 0x000800a0, 0x000800a0, 0x1, 0 },
	{ 0x000800b3, 0x000800b3, 0x1000, 0 },
	{ 0x0008480f, 0x0008480f, 0x1ff, 0 },
	{ 0x00084828, 0x00084828, 0, 0 },	/* writing clears it */
	{ 0x00084830, 0x00084830, 0x1000c0041, 0 },
	{ 0x0008483f, 0x0008483f, 0x41, 0 },
	{ 0x000a0000, 0x000a000f, 0x20030, 0 },
	{ 0x000a1000, 0x000a100f, 0x30, 0 },
};

static void sample(u32 name, u64 *low, u64 *high)
{
	u32 i;

	*low = 1;
	*high = 0;
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		if (name >= samples[i].first && name <= samples[i].last) {
			*low = samples[i].low;
			*high = samples[i].high;
			return;
		}
	}
}

static void every_listed_register_is_kept(struct kunit *test)
{
	u32 i, name, listed = 0, status;
	struct fake_vm *vm = test->priv;
	u64 low, high;

	FOR_EACH_LISTED(i, name) {
		listed++;
		sample(name, &low, &high);
		status = set(vm, 1, name, low, high);
		if (is_read_only(name)) {
			KUNIT_EXPECT_EQ_MSG(test, status, HV_STATUS_INVALID_PARAMETER, "0x%08x",
					    name);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, status, 0, "%s 0x%08x", expected_registers[i].name,
				    name);
		if (!is_write_only(name))
			expect_reg(test, 1, name, low, high);
	}
	KUNIT_EXPECT_EQ(test, listed, 403);	/* section 7 */
	/* Each has a place of its own, save what is the same by another name */
	FOR_EACH_LISTED(i, name) {
		if (is_read_only(name) || is_write_only(name))
			continue;
		/* CR0 to CR8 were written again as intermediate ones, ICR, TPR and CR8 likewise */
		if (name == 0x40003 || name == 0x40004 || name == 0x41004 || name == 0x84808 ||
		    name == 0x84830)
			continue;
		sample(name, &low, &high);
		expect_reg(test, 1, name, low, high);
	}
}

static void names_of_one_register_agree(struct kunit *test)
{
	static const struct {
		u32 name, other;
		u64 value, other_value;
	} pairs[] = {
		{ 0x41000, 0x40000, 0x11, 0x11 },		/* CR0 */
		{ 0x41002, 0x40002, 0x5000, 0x5000 },		/* CR3 */
		{ 0x41003, 0x40003, 0x20, 0x20 },		/* CR4 */
		{ 0x41004, 0x40004, 0x5, 0x5 },			/* CR8 */
		{ 0x40004, 0x84808, 0x9, 0x90 },		/* CR8 is TPR[7:4] */
		{ 0x90012, 0x84808, 0x35, 0x35 },		/* synthetic TPR */
		{ 0x84808, 0x41004, 0xa2, 0xa },
		{ 0x90011, 0x84830, 0x40031, 0x40031 },		/* synthetic ICR */
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		KUNIT_EXPECT_EQ_MSG(test, set(vm, 0, pairs[i].name, pairs[i].value, 0), 0,
				    "0x%08x", pairs[i].name);
		expect_reg(test, 0, pairs[i].other, pairs[i].other_value, 0);
	}
}

/* MSRs that TLFS calls partition-wide */
static void partition_wide_registers_are_shared(struct kunit *test)
{
	static const u32 names[] = {
		0x210, 0x215, 0x90001, 0x90002, 0x90017,
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, set(vm, 0, names[i], 0x1000 + i, 0), 0);
		expect_reg(test, 1, names[i], 0x1000 + i, 0);
	}
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x90013, 0x2001, 0), 0);
	expect_reg(test, 1, 0x90013, 0, 0);
}

/* Values that a processor refuses, one register at a time */
static void impossible_values_are_refused(struct kunit *test)
{
	static const struct {
		u32 name;
		u64 low, high;
	} bad[] = {
		{ 0x0, 2 }, { 0x1, 4 }, { 0x2, 4 }, { 0x3, 2 }, { 0x4, 8 },
		{ 0x10002, 0x401 },			/* reserved */
		{ 0x10002, 0x3 },			/* type 1 */
		{ 0x10002, 0x2000000 | 0xe | 1 },	/* type 7 */
		{ 0x10002, 0x1000001 },			/* vector 0x100 */
		{ 0x10002, 0x30005 },			/* NMI with vector 3 */
		{ 0x10002, 0x200007 },			/* exception 32 */
		{ 0x10003, 4 },
		{ 0x10004, 0xf },			/* type 7 */
		{ 0x10004, 0x10 }, { 0x10004, 0x200001 },
		{ 0x10006, 0x40 },
		{ 0x20010, 0x8000000000000000 },	/* not canonical */
		{ 0x20010, 0x0000800000000000 },
		{ 0x20011, 0x400002 }, { 0x20011, 0x100000002 },
		{ 0x30019, 0, 0x10000 },		/* MXCSR */
		{ 0x40000, 0x100000000 }, { 0x40000, 0x80000000 },	/* PG without PE */
		{ 0x40000, 0x20000000 },		/* NW without CD */
		{ 0x40000, 0x40 },
		{ 0x41000, 0x80000000 },
		{ 0x40002, 1ULL << FAKE_PA_BITS }, { 0x40002, 1ULL << 63 },
		{ 0x40003, 0x8000 }, { 0x40003, 0x1000 },	/* no LA57 */
		{ 0x40003, 0x2000 },			/* no VMX */
		{ 0x40003, 1ULL << 32 },
		{ 0x40004, 0x10 },
		{ 0x40005, 0 }, { 0x40005, 5 }, { 0x40005, 0xf }, { 0x40005, 1ULL << 63 | 1 },
		{ 0x50004, 1ULL << 32 }, { 0x50005, 1ULL << 32 },
		{ 0x60000, 0, 0x039300000000ffff },	/* reserved attributes */
		{ 0x60000, 0, 0x009200000000ffff },	/* not accessed */
		{ 0x60000, 0, 0x009900000000ffff },	/* not readable */
		{ 0x60000, 0, 0x008300000000ffff },	/* system segment */
		{ 0x60000, 1ULL << 32, 0x009300000000ffff },
		{ 0x60000, 0, 0x80930000000ffffe },	/* G, limit not to a page */
		{ 0x60000, 0, 0x0093000000100000 },	/* no G, limit of 1 MiB */
		{ 0x60001, 0, 0 },			/* CS is always there */
		{ 0x60001, 0, 0xe09b0010ffffffff },	/* L and D */
		{ 0x60001, 0, 0x009800000000ffff },
		{ 0x60002, 0, 0x009b00000000ffff },	/* SS of code */
		{ 0x60002, 0, 0x009100000000ffff },	/* not writable */
		{ 0x60004, 1ULL << 63, 0x009300000000ffff },
		{ 0x60006, 0, 0x008b00000000ffff }, { 0x60006, 0, 0x008200040000ffff },
		{ 0x60007, 0, 0 }, { 0x60007, 0, 0x008900000000ffff },	/* not busy */
		{ 0x60007, 0, 0x008b00040000ffff },	/* in the LDT */
		{ 0x70000, 0, 1ULL << 63 }, { 0x70001, 0, 0x800000000000 },
		{ 0x80001, 0x2 }, { 0x80001, 0x400 },	/* LMA without LME */
		{ 0x80001, 0x1000 },			/* no SVM */
		{ 0x80002, 1ULL << 63 }, { 0x80006, 1ULL << 63 }, { 0x80009, 1ULL << 63 },
		{ 0x80003, 1ULL << FAKE_PA_BITS }, { 0x80003, 0xfee00a00 },
		{ 0x80003, 0xfee00400 },		/* x2APIC, not enabled */
		{ 0x80003, 0xfee00801 },
		{ 0x80004, 0x0007040600070402 }, { 0x80004, 0x0807040600070406 },
		{ 0x8000e, 0x2 }, { 0x8000e, 0x7 }, { 0x8000e, 0x1006 },
		{ 0x80010, 0x2 }, { 0x80010, 0x106 }, { 0x80010, 1ULL << FAKE_PA_BITS },
		{ 0x80040, 0x400 }, { 0x80047, 1ULL << FAKE_PA_BITS },
		{ 0x80070, 0x0606060306060606 },
		{ 0x8007b, 1ULL << 32 }, { 0x8007d, 0x4 }, { 0x80084, 1ULL << 32 },
		{ 0x80085, 0x2 }, { 0x80088, 0x4 }, { 0x8008b, 0x1 },
		{ 0x8008c, 0x40 }, { 0x8008e, 0x1001 }, { 0x80093, 1ULL << 63 },
		{ 0x84808, 0x100 }, { 0x8480f, 0x2000 }, { 0x84828, 1 }, { 0x84832, 0x80000 },
		{ 0x84835, 0x20000 }, { 0x84838, 1ULL << 32 }, { 0x8483e, 0x4 },
		{ 0x8483f, 0x100 },
		{ 0xa0000, 0xf }, { 0xa1000, 0x2000f },	/* vector below 16, not masked */
		{ 0xd0010, 0x10 }, { 0xe0000, 1ULL << 29 },
	};
	union hvp_register_value before, after;
	struct fake_vm *vm = test->priv;
	bool readable;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		readable = !get(vm, 0, bad[i].name, &before);
		KUNIT_EXPECT_EQ_MSG(test, set(vm, 0, bad[i].name, bad[i].low, bad[i].high),
				    HV_STATUS_INVALID_REGISTER_VALUE, "0x%08x 0x%llx 0x%llx",
				    bad[i].name, bad[i].low, bad[i].high);
		if (!readable)
			continue;
		KUNIT_EXPECT_EQ(test, get(vm, 0, bad[i].name, &after), 0);
		KUNIT_EXPECT_MEMEQ(test, &after, &before, sizeof(before));
	}
}

/* Bits that a processor fixes, bytes that are not there */
static void fixed_bits_are_fixed(struct kunit *test)
{
	static const struct {
		u32 name;
		u64 low, high, read_low, read_high;
	} cases[] = {
		{ 0x20011, 0, 0, 0x2, 0 },
		{ 0x40000, 0x1, 0, 0x11, 0 },			/* ET */
		{ 0x50004, 0, 0, 0xfffe07f0, 0 },
		{ 0x50005, 0xffffffff, 0, 0xffff2fff, 0 },
		{ 0x20000, 1, ~0ULL, 1, 0 },			/* 64 bits */
		{ 0x30010, 1, ~0ULL, 1, 0xffff },		/* 80 bits */
		{ 0x30018, ~0ULL, 2, 0xffff00ffffffffff, 2 },
		{ 0x30019, 0, 0x1f80, 0, 0x0000ffff00001f80 },
		{ 0x70000, ~0ULL, 0x1000, 0xffff000000000000, 0x1000 },
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, set(vm, 0, cases[i].name, cases[i].low, cases[i].high), 0);
		expect_reg(test, 0, cases[i].name, cases[i].read_low, cases[i].read_high);
	}
}

static bool is_listed(u32 name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expected_registers); i++)
		if (name >= expected_registers[i].first && name <= expected_registers[i].last)
			return true;
	return false;
}

/* "Reserved names must be rejected", also those that the file keeps for itself */
static void unlisted_names_are_unknown(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = hvp_vp_find(child_of(vm), 0);
	union hvp_register_value value = {};
	u32 name;

	for (name = 0; name < 0xf0000; name++) {
		if (!(name & 0xfff) && (name & 0xf000) > 0x4000)
			name |= 0xff0;
		if (is_listed(name))
			continue;
		if (hvp_file_get(vp, name, &value) != HV_STATUS_UNKNOWN_REGISTER_NAME ||
		    hvp_file_set(vp, name, &value) != HV_STATUS_UNKNOWN_REGISTER_NAME)
			KUNIT_FAIL(test, "register 0x%08x is kept and not listed", name);
	}
	KUNIT_EXPECT_EQ(test, get(vm, 0, ~0U, &value), HV_STATUS_UNKNOWN_REGISTER_NAME);
	KUNIT_EXPECT_EQ(test, get(vm, 0, 0x80000000, &value), HV_STATUS_UNKNOWN_REGISTER_NAME);
}

/* Linux sets INTERCEPT_SUSPEND, then EXPLICIT_SUSPEND to 0 to run a VP, linux-clients 6.6 */
static void suspension_is_the_parents(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = hvp_vp_find(child_of(vm), 0);

	KUNIT_EXPECT_TRUE(test, hvp_file_stopped(vp));
	KUNIT_EXPECT_EQ(test, vp->ops->vp_state(vp), HVPERSONA_VP_STOPPED);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x0, 0, 0), 0);
	KUNIT_EXPECT_FALSE(test, hvp_file_stopped(vp));
	KUNIT_EXPECT_EQ(test, vp->ops->vp_state(vp), HVPERSONA_VP_RUNNABLE);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x1, 2, 0), 0);	/* TLB flush inhibit alone */
	KUNIT_EXPECT_FALSE(test, hvp_file_stopped(vp));
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x1, 1, 0), 0);
	KUNIT_EXPECT_TRUE(test, hvp_file_stopped(vp));
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x3, 1, 0), 0);
	KUNIT_EXPECT_TRUE(test, hvp_file_stopped(vp));
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x3, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x4, 2, 0), 0);	/* halted */
	KUNIT_EXPECT_EQ(test, vp->ops->vp_state(vp), HVPERSONA_VP_HALTED);
	vp = hvp_vp_find(child_of(vm), 1);
	KUNIT_EXPECT_EQ(test, vp->ops->vp_state(vp), HVPERSONA_VP_WAIT_SIPI);
}

/* Intel SDM volume 3, "Self IPI Register", "EOI Register", "Processor Priority" */
static void apic_registers_act(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = hvp_vp_find(child_of(vm), 0);

	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x8483f, 0x61, 0), 0);
	expect_reg(test, 0, 0x84823, 0, 0);		/* IRR: the APIC is software-disabled */
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x8480f, 0x1ff, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x8483f, 0x61, 0), 0);
	expect_reg(test, 0, 0x84823, 0x2, 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x8483f, 0xf, 0), 0);
	expect_reg(test, 0, 0x84828, 0x20, 0);		/* send illegal vector */
	hvp_file_place(vp, 0x84810)[1] = BIT(3);	/* 0x23 in service */
	hvp_file_place(vp, 0x84810)[7] = BIT(31);	/* and 0xff */
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x84808, 0x31, 0), 0);
	expect_reg(test, 0, 0x8480a, 0xf0, 0);		/* PPR */
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x8480b, 0, 0), 0);
	expect_reg(test, 0, 0x84817, 0, 0);
	expect_reg(test, 0, 0x8480a, 0x31, 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x90010, 0, 0), 0);
	expect_reg(test, 0, 0x84811, 0, 0);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x90010, 0, 0), 0);
}

/* "The failing one and all later ones are not applied" */
static void writes_stop_at_the_first_failure(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct {
		struct hv_vp_registers header;
		struct hv_set_register regs[3];
	} in = { { .partition_id = child_of(vm)->id, .vp_index = 1 }, {
		{ .name = 0x20000, .value.low = 1 },
		{ .name = 0x40000, .value.low = 1ULL << 40 },
		{ .name = 0x20001, .value.low = 3 },
	} };
	u64 result;

	result = fake_call(vm, SET | HV_REPS(3), &in, sizeof(in), NULL, 0);
	EXPECT_STATUS(test, result, INVALID_REGISTER_VALUE);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1);
	expect_reg(test, 1, 0x20000, 1, 0);
	expect_reg(test, 1, 0x20001, 0, 0);
}

/* 15.6: all zero is VTL0 of the child; it has no other */
static void header_is_checked(struct kunit *test)
{
	static const struct {
		u32 index;
		u8 vtl;
		u8 rsvd;	/* 1 + which reserved byte is set */
		u16 status;
	} cases[] = {
		{ 0, 0, 0, HV_STATUS_SUCCESS },
		{ 1, 0, 0, HV_STATUS_SUCCESS },
		{ 2, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ 4096, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_SELF, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_ANY, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ 0, 0x10, 0, HV_STATUS_SUCCESS },
		{ 0, 0x11, 0, HV_STATUS_INVALID_VTL_STATE },
		{ 0, 0x12, 0, HV_STATUS_INVALID_VTL_STATE },
		{ 0, 0x20, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0x91, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0, 1, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0, 3, HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	u64 out[2], result;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct {
			struct hv_vp_registers header;
			struct hv_set_register reg;
		} in = { { .partition_id = child_of(vm)->id, .vp_index = cases[i].index,
			   .input_vtl = cases[i].vtl }, { .name = 0x20000 } };

		if (cases[i].rsvd)
			in.header.rsvd[cases[i].rsvd - 1] = 1;
		result = fake_call(vm, SET | HV_REPS(1), &in, 48, out, 0);
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(result), cases[i].status, "case %u", i);
		result = fake_call(vm, GET | HV_REPS(1), &in, 20, out, 16);
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(result), cases[i].status, "case %u", i);
	}
}

/*
 * 3.4, 3.7: output follows the names in the registers; a list that begins in its middle, or
 * ends there with an error, leaves the registers of the other elements as they were.
 */
static void register_lists_work_in_registers(struct kunit *test)
{
	struct {
		struct hv_vp_registers header;
		u32 names[4];
	} in = { {}, { 0x20000, 0x20001, 0x20002, 0x40000 } };
	const u64 poison = 0xa5a5a5a5a5a5a5a5;
	struct fake_vm *vm = test->priv;
	u64 out[8], result;

	in.header.partition_id = child_of(vm)->id;
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x20001, 0x1111, 0), 0);
	result = fake_call_fast(vm, GET | HV_REPS(4), &in, sizeof(in), out, sizeof(out));
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 4);
	KUNIT_EXPECT_EQ(test, out[2], 0x1111ULL);
	KUNIT_EXPECT_EQ(test, out[6], 0x60000010ULL);

	result = fake_call_fast(vm, GET | HV_REPS(4) | HV_START(3), &in, sizeof(in), out,
				sizeof(out));
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 4);
	KUNIT_EXPECT_EQ(test, out[2], poison);
	KUNIT_EXPECT_EQ(test, out[4], poison);
	KUNIT_EXPECT_EQ(test, out[6], 0x60000010ULL);

	in.names[2] = 0x2f000;
	result = fake_call_fast(vm, GET | HV_REPS(4), &in, sizeof(in), out, sizeof(out));
	EXPECT_STATUS(test, result, UNKNOWN_REGISTER_NAME);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
	KUNIT_EXPECT_EQ(test, out[2], 0x1111ULL);
	KUNIT_EXPECT_EQ(test, out[4], poison);
	/* Five do not fit */
	EXPECT_STATUS(test, fake_call_fast(vm, GET | HV_REPS(5), &in, sizeof(in), out, 0),
		      INVALID_HYPERCALL_INPUT);
}

/* TLFS 2.0 12.4.4: "if paging is disabled [...] translation success is guaranteed" */
static void translation_works_in_registers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_translate in = {
		.partition_id = child_of(vm)->id, .flags = HV_TRANSLATE_VALIDATE_READ,
		.gva_page = 0x12345,
	};
	u64 out[8];

	EXPECT_STATUS(test, fake_call_fast(vm, TRANSLATE, &in, sizeof(in), out, 16), SUCCESS);
	KUNIT_EXPECT_EQ(test, (u32)out[0], HV_TRANSLATE_SUCCESS);
	KUNIT_EXPECT_EQ(test, out[1], 0x12345ULL);
	EXPECT_STATUS(test, fake_call_fast(vm, TRANSLATE_EX, &in, sizeof(in), out, 64), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[2] & 1, 0ULL);	/* no event */
	KUNIT_EXPECT_EQ(test, out[6], 0x12345ULL);
	in.vp_index = HV_VP_INDEX_SELF;
	EXPECT_STATUS(test, fake_call_fast(vm, TRANSLATE, &in, sizeof(in), out, 16),
		      INVALID_VP_INDEX);
}

/* The child's pages: its table pages, data that may be written, and such that may not */
#define CHILD_TABLES	0x100000ULL
#define CHILD_DATA	0x200000ULL
#define CHILD_CODE	0x201000ULL
#define CHILD_ZEROS	0x202000ULL
#define CHILD_ONES	0x203000ULL
#define CHILD_CLOSED	0x204000ULL
#define CHILD_ROM	0x205000ULL	/* mapped with all rights, read-only for the parent */
#define CHILD_HOLE	0x300000ULL
#define PARENT_TABLES	0x8000ULL
#define PARENT_DATA	0xe000ULL

static void map(struct kunit *test, u64 gpa, u64 count, u64 source, u32 flags)
{
	struct fake_vm *vm = test->priv;
	const struct hvp_gpa_range range = {
		.gfn = gpa >> PAGE_SHIFT, .count = count, .source = source >> PAGE_SHIFT,
		.flags = flags,
	};
	struct hvp_partition *pt = child_of(vm);
	enum hv_status status;

	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), vm->vp));
	status = hvp_gpa_map_set(pt, &range);
	hvp_child_unlock(pt);
	KUNIT_ASSERT_EQ(test, status, HV_STATUS_SUCCESS);
}

static void map_all(struct kunit *test)
{
	map(test, CHILD_TABLES, 5, PARENT_TABLES, HV_MAP_GPA_PERMISSIONS);
	map(test, CHILD_DATA, 1, PARENT_DATA, HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE);
	map(test, CHILD_CODE, 1, PARENT_DATA + PAGE_SIZE,
	    HV_MAP_GPA_READABLE | HV_MAP_GPA_EXECUTABLE);
	map(test, CHILD_ZEROS, 1, 0, HV_MAP_GPA_READABLE | HV_MAP_GPA_ZEROED);
	map(test, CHILD_ONES, 1, 0, HV_MAP_GPA_READABLE | HV_MAP_GPA_ONES);
	map(test, CHILD_CLOSED, 1, 0, HV_MAP_GPA_NO_ACCESS);
	map(test, CHILD_ROM, 1, FAKE_ROM, HV_MAP_GPA_PERMISSIONS);
}

/* The ops as the calls on a child use them, with its lock held on behalf of @actor */
static void memory_is_the_parents_with_the_maps_rights(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_of(vm);
	struct hvp_vp *vp = hvp_vp_find(pt, 0);
	u64 value = 0x1122334455667788;

	map_all(test);
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), vm->vp));
	KUNIT_EXPECT_EQ(test, vp->ops->write_gpa(vp, CHILD_DATA + 8, &value, 8), 0);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, PARENT_DATA + 8), value);
	value = 0;
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_DATA + 8, &value, 8), 0);
	KUNIT_EXPECT_EQ(test, value, 0x1122334455667788ULL);
	KUNIT_EXPECT_EQ(test, vp->ops->cmpxchg_gpa(vp, CHILD_DATA + 8, value, 7, 8), 0);
	KUNIT_EXPECT_EQ(test, vp->ops->cmpxchg_gpa(vp, CHILD_DATA + 8, value, 7, 8), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, PARENT_DATA + 8), 7ULL);

	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_CODE, &value, 8), 0);
	KUNIT_EXPECT_EQ(test, vp->ops->write_gpa(vp, CHILD_CODE, &value, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->cmpxchg_gpa(vp, CHILD_CODE, 0, 1, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_ONES, &value, 8), 0);
	KUNIT_EXPECT_EQ(test, value, ~0ULL);
	KUNIT_EXPECT_EQ(test, vp->ops->write_gpa(vp, CHILD_ONES, &value, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_ZEROS, &value, 8), 0);
	KUNIT_EXPECT_EQ(test, value, 0ULL);
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_CLOSED, &value, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_HOLE, &value, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->write_gpa(vp, CHILD_ROM, &value, 8), -EFAULT);

	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_DATA),
			HVP_GPA_MAPPED | HVP_GPA_READ | HVP_GPA_WRITE);
	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_CODE), HVP_GPA_MAPPED | HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_ROM), HVP_GPA_MAPPED | HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_ZEROS), HVP_GPA_MAPPED | HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_CLOSED), HVP_GPA_MAPPED);
	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_HOLE), 0);
	hvp_child_unlock(pt);
}

/* The host has no thread of the parent's: its memory is out of reach */
static void host_does_not_reach_the_parents_memory(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_of(vm);
	struct hvp_vp *vp = hvp_vp_find(pt, 0);
	u64 value = 0;

	map_all(test);
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_DATA, &value, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->write_gpa(vp, CHILD_DATA, &value, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->cmpxchg_gpa(vp, CHILD_DATA, 0, 1, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, vp->ops->gpa_access(vp, CHILD_DATA), HVP_GPA_MAPPED);
	KUNIT_EXPECT_EQ(test, vp->ops->read_gpa(vp, CHILD_ONES, &value, 8), 0);
	hvp_child_unlock(pt);
}

#define READ_IT		0x1ULL
#define WRITE_IT	0x2ULL
#define EXECUTE_IT	0x4ULL
#define SET_BITS	0x10ULL
#define INHIBIT		0x20ULL
#define PTE		0x27ULL		/* P, W, U, A */
#define GVA		0x7f1234567000ULL

/* 4-level tables at CHILD_TABLES: GVA + n pages is the child's page n from CHILD_DATA */
static void enter_long_mode(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 entry;
	u32 i;

	map_all(test);
	for (i = 0; i < 3; i++) {
		entry = (CHILD_TABLES + (i + 1) * PAGE_SIZE) | PTE;
		fake_write(vm, PARENT_TABLES + i * PAGE_SIZE + (GVA >> (39 - 9 * i) & 511) * 8,
			   &entry, 8);
	}
	for (i = 0; i < 6; i++) {
		entry = (CHILD_DATA + i * PAGE_SIZE) | PTE;
		fake_write(vm, PARENT_TABLES + 3 * PAGE_SIZE + ((GVA >> 12 & 511) + i) * 8, &entry,
			   8);
	}
	KUNIT_ASSERT_EQ(test, set(vm, 0, 0x40000, 0x80010033, 0), 0);
	KUNIT_ASSERT_EQ(test, set(vm, 0, 0x40002, CHILD_TABLES, 0), 0);
	KUNIT_ASSERT_EQ(test, set(vm, 0, 0x40003, 0x20, 0), 0);
	KUNIT_ASSERT_EQ(test, set(vm, 0, 0x80001, 0xd01, 0), 0);
}

static void expect_translation(struct kunit *test, u64 flags, u64 gva, u32 result, u64 gpa)
{
	struct fake_vm *vm = test->priv;
	const struct hv_translate in = {
		.partition_id = child_of(vm)->id, .flags = flags, .gva_page = gva >> PAGE_SHIFT,
	};
	struct hv_translate_ex_out ex;
	struct hv_translate_out out;

	EXPECT_STATUS(test, fake_call(vm, TRANSLATE, &in, sizeof(in), &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ_MSG(test, out.result, result, "0x%llx", gva);
	KUNIT_EXPECT_EQ_MSG(test, out.gpa_page, gpa >> PAGE_SHIFT, "0x%llx", gva);
	EXPECT_STATUS(test, fake_call(vm, TRANSLATE_EX, &in, sizeof(in), &ex, sizeof(ex)), SUCCESS);
	KUNIT_EXPECT_EQ_MSG(test, ex.result, result, "0x%llx", gva);
	KUNIT_EXPECT_EQ_MSG(test, ex.gpa_page, gpa >> PAGE_SHIFT, "0x%llx", gva);
}

static void child_is_translated_through_its_own_tables(struct kunit *test)
{
	/* Paging is off after reset */
	expect_translation(test, READ_IT, CHILD_DATA, HV_TRANSLATE_SUCCESS, CHILD_DATA);
	enter_long_mode(test);
	expect_translation(test, READ_IT | WRITE_IT, GVA, HV_TRANSLATE_SUCCESS, CHILD_DATA);
	expect_translation(test, READ_IT | EXECUTE_IT, GVA + 0x1000, HV_TRANSLATE_SUCCESS,
			   CHILD_CODE);
	expect_translation(test, WRITE_IT, GVA + 0x1000, HV_TRANSLATE_GPA_NO_WRITE_ACCESS,
			   CHILD_CODE);
	expect_translation(test, READ_IT, GVA + 0x2000, HV_TRANSLATE_SUCCESS, CHILD_ZEROS);
	expect_translation(test, READ_IT, GVA + 0x4000, HV_TRANSLATE_GPA_NO_READ_ACCESS,
			   CHILD_CLOSED);
	expect_translation(test, WRITE_IT, GVA + 0x5000, HV_TRANSLATE_GPA_NO_WRITE_ACCESS,
			   CHILD_ROM);
}

static void tables_out_of_reach_are_told_of(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	enter_long_mode(test);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x40002, CHILD_HOLE, 0), 0);
	expect_translation(test, READ_IT, 0, HV_TRANSLATE_GPA_UNMAPPED, CHILD_HOLE);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x40002, CHILD_CLOSED, 0), 0);
	expect_translation(test, READ_IT, 0, HV_TRANSLATE_GPA_NO_READ_ACCESS, CHILD_CLOSED);
}

static void translation_sets_bits_in_the_parents_memory(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	enter_long_mode(test);
	expect_translation(test, WRITE_IT | SET_BITS, GVA, HV_TRANSLATE_SUCCESS, CHILD_DATA);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, PARENT_TABLES + 3 * PAGE_SIZE +
					  (GVA >> 12 & 511) * 8),
			CHILD_DATA | PTE | 0x40);
}

/* Flag 0x20: "on success sets TlbFlushInhibit of the VP's HvRegisterInterceptSuspend" */
static void translation_inhibits_tlb_flushes(struct kunit *test)
{
	enter_long_mode(test);
	expect_translation(test, READ_IT | INHIBIT, GVA + 0x4000, HV_TRANSLATE_GPA_NO_READ_ACCESS,
			   CHILD_CLOSED);
	expect_reg(test, 0, 0x1, 0, 0);
	expect_translation(test, READ_IT | INHIBIT, GVA, HV_TRANSLATE_SUCCESS, CHILD_DATA);
	expect_reg(test, 0, 0x1, 2, 0);
	expect_reg(test, 1, 0x1, 0, 0);
}

static void translation_checks_its_input(struct kunit *test)
{
	static const struct {
		u32 index;
		u64 flags;
		u16 status;
	} cases[] = {
		{ 2, READ_IT, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_SELF, READ_IT, HV_STATUS_INVALID_VP_INDEX },
		{ 0, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0, INHIBIT, HV_STATUS_INVALID_PARAMETER },
		{ 0, READ_IT | 0x400, HV_STATUS_INVALID_PARAMETER },
		{ 0, READ_IT | 0x800, HV_STATUS_INVALID_PARAMETER },
		{ 0, READ_IT | 0x11ULL << 56, HV_STATUS_INVALID_VTL_STATE },
		{ 0, READ_IT | 0x10ULL << 56, HV_STATUS_SUCCESS },
		{ 0, READ_IT | 0x20ULL << 56, HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	u64 out[8];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct hv_translate in = {
			.partition_id = child_of(vm)->id, .vp_index = cases[i].index,
			.flags = cases[i].flags, .pad = ~0,
		};

		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(fake_call(vm, TRANSLATE, &in, sizeof(in), out,
							      16)),
				    cases[i].status, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(fake_call(vm, TRANSLATE_EX, &in, sizeof(in),
							      out, 64)),
				    cases[i].status, "case %u", i);
	}
}

/* A context as Linux gives it to its processors: long mode, flat segments */
static void startable(struct hv_start_vp *in, u64 id)
{
	const struct hv_segment data = { .limit = ~0U, .selector = 0x18, .attributes = 0xc093 };

	*in = (struct hv_start_vp) {
		.partition_id = id,
		.vp_index = 1,
		.context = {
			.rip = 0xffffffff81000000, .rsp = 0xffffc90000004000, .rflags = 0x2,
			.cs = { .limit = ~0U, .selector = 0x10, .attributes = 0xa09b },
			.ds = data, .es = data, .fs = data, .gs = data, .ss = data,
			.tr = { .base = 0xfffffe0000003000, .limit = 0x67, .selector = 0x40,
				.attributes = 0x8b },
			.idtr = { .limit = 0xfff, .base = 0xfffffe0000000000 },
			.gdtr = { .limit = 0x7f, .base = 0xfffffe0000001000 },
			.efer = 0xd01, .cr0 = 0x80050033, .cr3 = 0x1000000, .cr4 = 0x6a0,
			.pat = 0x0407050600070106,
		},
	};
}

static u32 start(struct fake_vm *vm, const struct hv_start_vp *in)
{
	return HV_STATUS(fake_call(vm, START, in, sizeof(*in), NULL, 0));
}

static void started_vp_has_the_context(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_start_vp in;

	startable(&in, child_of(vm)->id);
	KUNIT_EXPECT_EQ(test, start(vm, &in), 0);
	expect_reg(test, 1, 0x4, 0, 0);		/* startup suspend is over */
	expect_reg(test, 1, 0x0, 1, 0);		/* explicit suspend is not */
	expect_reg(test, 1, 0x20010, 0xffffffff81000000, 0);
	expect_reg(test, 1, 0x20004, 0xffffc90000004000, 0);
	expect_reg(test, 1, 0x20011, 0x2, 0);
	expect_reg(test, 1, 0x40000, 0x80050033, 0);
	expect_reg(test, 1, 0x40002, 0x1000000, 0);
	expect_reg(test, 1, 0x40003, 0x6a0, 0);
	expect_reg(test, 1, 0x60001, 0, 0xa09b0010ffffffff);
	expect_reg(test, 1, 0x60005, 0, 0xc0930018ffffffff);
	expect_reg(test, 1, 0x60006, 0, 0);
	expect_reg(test, 1, 0x60007, 0xfffffe0000003000, 0x008b004000000067);
	expect_reg(test, 1, 0x70000, 0x0fff000000000000, 0xfffffe0000000000);
	expect_reg(test, 1, 0x70001, 0x007f000000000000, 0xfffffe0000001000);
	expect_reg(test, 1, 0x80001, 0xd01, 0);
	expect_reg(test, 1, 0x80004, 0x0407050600070106, 0);
	/* It cannot be started twice, and VP 0 has been from the beginning */
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VP_STATE);
	in.vp_index = 0;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VP_STATE);
	in.vp_index = 2;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VP_INDEX);
	in.vp_index = 1;
	in.target_vtl = 1;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VTL_STATE);
	in.target_vtl = 0;
	in.rsvd[1] = 1;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->starts, 0);
}

#define AT(field)	offsetof(struct hvp_initial_vp_context, field), \
			sizeof_field(struct hvp_initial_vp_context, field)

static void impossible_contexts_are_refused(struct kunit *test)
{
	static const struct {
		u32 at, size;
		u64 value;
	} cases[] = {
		{ AT(cr0), 0x80000000 },		/* PG without PE */
		{ AT(cr0), 0x80050073 },		/* reserved */
		{ AT(cr4), 0 },				/* long mode without PAE */
		{ AT(cr4), 0x16a0 },			/* no LA57 */
		{ AT(efer), 0x101 },			/* LME and PG without LMA */
		{ AT(efer), 0x1d01 },			/* SVME */
		{ AT(cr3), 1ULL << FAKE_PA_BITS },
		{ AT(rflags), 0 },
		{ AT(rflags), 0x20002 },		/* virtual-8086 mode */
		{ AT(rip), 1ULL << 63 },
		{ AT(idtr.base), 1ULL << 63 },
		{ AT(gdtr.base), 1ULL << 63 },
		{ AT(cs.attributes), 0xe09b },		/* L and D */
		{ AT(cs.attributes), 0xa0fb },		/* DPL 3 */
		{ AT(cs.attributes), 0xc093 },		/* data */
		{ AT(ss.attributes), 0xc0f3 },		/* DPL 3 */
		{ AT(tr.attributes), 0x89 },		/* not busy */
		{ AT(tr.attributes), 0x83 },		/* 16-bit TSS in long mode */
		{ AT(ldtr.attributes), 0x8b },
		{ AT(ds.attributes), 0xc092 },		/* not accessed */
		{ AT(pat), 2 },
	};
	struct fake_vm *vm = test->priv;
	u64 id = child_of(vm)->id;
	struct hv_start_vp in;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		startable(&in, id);
		memcpy((u8 *)&in.context + cases[i].at, &cases[i].value, cases[i].size);
		KUNIT_EXPECT_EQ_MSG(test, start(vm, &in), HV_STATUS_INVALID_REGISTER_VALUE,
				    "case %u", i);
	}
	expect_reg(test, 1, 0x4, 1, 0);
	expect_reg(test, 1, 0x20010, 0xfff0, 0);
}

static void apic_ids_are_vp_indexes(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct {
		struct hv_vp_index_from_apic_id header;
		u32 ids[3];
	} in = { { .partition_id = child_of(vm)->id }, { 9, 1, 2 } };
	u32 out[3];
	u64 result;

	make_vp(test, 9);
	result = fake_call(vm, INDEX | HV_REPS(3), &in, 28, out, sizeof(out));
	EXPECT_STATUS(test, result, INVALID_PARAMETER);	/* no VP 2 */
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
	KUNIT_EXPECT_EQ(test, out[0], 9);
	KUNIT_EXPECT_EQ(test, out[1], 1);
	in.header.target_vtl = 0x11;
	EXPECT_STATUS(test, fake_call(vm, INDEX | HV_REPS(3), &in, 28, out, 4),
		      INVALID_VTL_STATE);
}

/* Intel SDM volume 3, "Logical Destination Mode in x2APIC Mode": cluster 0, bit id */
static void destinations_become_vp_sets(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_vp_set_from_mda in = { .partition_id = child_of(vm)->id, .destination = 1 };
	u64 out[3];

	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[1], 1ULL);
	KUNIT_EXPECT_EQ(test, out[2], 2ULL);
	KUNIT_EXPECT_EQ(test, set(vm, 0, 0x80003, 0xfee00d00, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x80003, 0xfee00c00, 0), 0);
	expect_reg(test, 0, 0x8480d, 0x1, 0);
	expect_reg(test, 1, 0x8480d, 0x2, 0);
	in.logical = 1;
	in.destination = 0x3;
	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[2], 3ULL);
	in.destination = 0x10001;
	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, sizeof(out)),
		      INVALID_PARAMETER);
}

/* 0x00f4, flag bit 0: the VP's XCR0, which leaf 0xd depends on */
static void cpuid_follows_the_vps_xcr0(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct {
		struct hv_vp_cpuid_values header;
		struct hv_vp_cpuid_query query;
	} in = { { .partition_id = child_of(vm)->id, .vp_index = 1, .flags = 1 }, { .eax = 0xd } };
	u32 regs[4];

	EXPECT_STATUS(test, fake_call(vm, CPUID | HV_REPS(1), &in, sizeof(in), regs, 16), SUCCESS);
	KUNIT_EXPECT_EQ(test, regs[1], 576);
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x40005, 7, 0), 0);
	EXPECT_STATUS(test, fake_call(vm, CPUID | HV_REPS(1), &in, sizeof(in), regs, 16), SUCCESS);
	KUNIT_EXPECT_EQ(test, regs[1], 832);
}

/* The FPU's registers lie in the XSAVE area as FXSAVE has them, Intel SDM volume 1 */
static void fpu_registers_are_in_the_xsave_area(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = hvp_vp_find(child_of(vm), 1);
	u64 xmm[4] = {};
	u32 size;
	u8 *area;

	area = hvp_file_xsave(vp, &size);
	KUNIT_ASSERT_GE(test, size, 576);
	KUNIT_EXPECT_EQ(test, *(u64 *)(area + 512), 3ULL);	/* XSTATE_BV */
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x30002, 5, 6), 0);
	KUNIT_EXPECT_EQ(test, *(u64 *)(area + 160 + 2 * 16), 5ULL);
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x30011, 7, 8), 0);
	KUNIT_EXPECT_EQ(test, *(u64 *)(area + 32 + 16), 7ULL);
	KUNIT_EXPECT_EQ(test, set(vm, 1, 0x30018, 0x37f, 0), 0);
	KUNIT_EXPECT_EQ(test, *(u16 *)area, 0x37f);
	vp->ops->read_xmm(vp, 1, 2, xmm);
	KUNIT_EXPECT_EQ(test, xmm[2], 5ULL);
	KUNIT_EXPECT_EQ(test, xmm[3], 6ULL);
	xmm[0] = 0x11;
	vp->ops->write_xmm(vp, 1, 1, xmm);
	expect_reg(test, 1, 0x30001, 0x11, 0);
}

/* 0x00de, project-defined: flags zero, root only */
static void root_halts_its_processor(struct kunit *test)
{
	struct hv_request_halt in = {};
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, fake_call(vm, HALT, &in, 8, NULL, 0), SUCCESS);
	EXPECT_STATUS(test, fake_call_fast(vm, HALT, &in, 8, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->halts, 2);
	in.flags = 1;
	EXPECT_STATUS(test, fake_call(vm, HALT, &in, 8, NULL, 0), INVALID_PARAMETER);
	in = (struct hv_request_halt) { .rsvd = 1 };
	EXPECT_STATUS(test, fake_call(vm, HALT, &in, 8, NULL, 0), INVALID_PARAMETER);
	vm->pt->role = HVPERSONA_ROLE_GUEST;
	EXPECT_STATUS(test, fake_call(vm, HALT, &in, 8, NULL, 0), ACCESS_DENIED);
	vm->pt->role = HVPERSONA_ROLE_ROOT;
	KUNIT_EXPECT_EQ(test, vm->halts, 2);
}

static struct kunit_case child_vp_cases[] = {
	HVP_CASE(vps_are_made_and_deleted, 0x004e, 0x004f),
	HVP_CASE(create_checks_its_input, 0x004e),
	HVP_CASE(root_needs_lps_for_its_own_vps, 0x004e, 0x004f),
	HVP_CASE(failed_allocation_leaves_nothing, 0x004e),
	HVP_CASE(finalizing_deletes_the_vps, 0x004e, 0x004f),
	HVP_CASE(new_vp_is_in_reset_state, 0x004e, 0x0050),
	HVP_CASE(other_vps_wait_for_sipi, 0x004e, 0x0050),
	HVP_CASE(parent_chooses_the_apic_id, 0x0051, 0x009a),
	HVP_CASE(clocks_are_the_parents, 0x0050, 0x0051),
	HVP_CASE(every_listed_register_is_kept, 0x0050, 0x0051),
	HVP_CASE(names_of_one_register_agree, 0x0050, 0x0051),
	HVP_CASE(partition_wide_registers_are_shared, 0x0050, 0x0051),
	HVP_CASE(impossible_values_are_refused, 0x0051),
	HVP_CASE(fixed_bits_are_fixed, 0x0050, 0x0051),
	HVP_CASE(unlisted_names_are_unknown, 0x0050, 0x0051),
	HVP_CASE(suspension_is_the_parents, 0x0051),
	HVP_CASE(apic_registers_act, 0x0050, 0x0051),
	HVP_CASE(writes_stop_at_the_first_failure, 0x0051),
	HVP_CASE(header_is_checked, 0x0050, 0x0051),
	HVP_CASE(register_lists_work_in_registers, 0x0050),
	HVP_CASE(translation_works_in_registers, 0x0052, 0x00ac),
	KUNIT_CASE(memory_is_the_parents_with_the_maps_rights),
	KUNIT_CASE(host_does_not_reach_the_parents_memory),
	HVP_CASE(child_is_translated_through_its_own_tables, 0x0052, 0x00ac),
	HVP_CASE(tables_out_of_reach_are_told_of, 0x0052, 0x00ac),
	HVP_CASE(translation_sets_bits_in_the_parents_memory, 0x0052, 0x00ac),
	HVP_CASE(translation_inhibits_tlb_flushes, 0x0052, 0x00ac),
	HVP_CASE(translation_checks_its_input, 0x0052, 0x00ac),
	HVP_CASE(started_vp_has_the_context, 0x0099),
	HVP_CASE(impossible_contexts_are_refused, 0x0099),
	HVP_CASE(apic_ids_are_vp_indexes, 0x009a),
	HVP_CASE(destinations_become_vp_sets, 0x00e5),
	HVP_CASE(cpuid_follows_the_vps_xcr0, 0x00f4),
	KUNIT_CASE(fpu_registers_are_in_the_xsave_area),
	HVP_CASE(root_halts_its_processor, 0x00de),
	{}
};

static struct kunit_suite child_vp_suite = {
	.name = "hvpersona_child_vp",
	.init = init_child,
	.exit = fake_exit,
	.test_cases = child_vp_cases,
};

static struct kunit_case child_vp_pool_cases[] = {
	HVP_CASE(vp_is_paid_for_by_the_childs_pool, 0x004e),
	{}
};

static struct kunit_suite child_vp_pool_suite = {
	.name = "hvpersona_child_vp_pool",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = child_vp_pool_cases,
};

kunit_test_suites(&child_vp_suite, &child_vp_pool_suite);
