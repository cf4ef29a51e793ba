// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that a parent registers in advance. Layouts and statuses are those of the sheet's
 * entries 0x0091 and 0x0092, flags of 0x00f4 those of its entry; which answer wins is
 * Documentation/design.rst's.
 */
#include <linux/string.h>

#include "../hvpersona/intercept.h"
#include "fed_child.h"

#define REGISTER	0x0091
#define UNREGISTER	0x0092
#define CPUID		0x00f4
#define GET_REGISTERS	0x0050
#define CREATE_VP	0x004e
#define DELETE_VP	0x004f

#define USE_CURRENT	1
#define APPLY		2

#define ANY_VP		0xffffffff
#define LIMIT		512	/* Documentation/design.rst */

enum { EAX, EBX, ECX, EDX };

/* The 64 bytes that Linux sends whatever the type */
struct cpuid_answer {
	u64 id;
	u32 vp, type, leaf, subleaf;
	u8 specific, always;
	u16 padding;
	u32 values[4][2];	/* value and mask */
	u32 padding2;
};

struct msr_answer {
	u64 id;
	u32 vp, type, msr, access, action;
	u32 stale[9];
};

static_assert(sizeof(struct cpuid_answer) == 64 && sizeof(struct msr_answer) == 64);

struct removal {
	u64 id;
	u32 vp, type, first, second;
	u8 specific, padding[3];
} __packed;

static_assert(sizeof(struct removal) == 28);

/* Of both VPs; leaf 0xd with x87, SSE and AVX */
static const struct hvp_cpuid leaves[] = {
	{ .function = 0, .regs = { 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ .function = 1, .regs = { 0x000906ea, 0x05000800, 0x00000001, 0x00000002 } },
	{ .function = 4, .index = 0, .indexed = true, .regs = { 0x121, 0x1, 0x2, 0x3 } },
	{ .function = 4, .index = 1, .indexed = true, .regs = { 0x122, 0x4, 0x5, 0x6 } },
	{ .function = 7, .indexed = true, .regs = { 0, 0x11, 0x22, 0x33 } },
	{ .function = 0xb, .index = 0, .indexed = true, .regs = { 0, 1, 0x100, 5 } },
	{ .function = 0xb, .index = 1, .indexed = true, .regs = { 1, 2, 0x201, 5 } },
	{ .function = 0xd, .indexed = true, .regs = { 0x7, 576, 832, 0 } },
	{ .function = 0xd, .index = 1, .indexed = true, .regs = { 0xf, 0, 0x100, 0 } },
	{ .function = 0xd, .index = 2, .indexed = true, .regs = { 256, 576, 0, 0 } },
	{ .function = 0x40000002, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x40000003, .regs = { 5, 6, 7, 8 } },
	{ .function = 0x80000000, .regs = { 0x80000008 } },
	{ .function = 0x8000001e, .regs = { 5, 6, 7, 8 } },
};

static void give_cpuid(struct kunit *test, struct hvp_vp *vp)
{
	struct hvp_pool *pool = &vp->partition->pool;

	hvp_pool_uncharge(pool, hvp_cpuid_cost(vp->cpuid_count));
	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vp, leaves, ARRAY_SIZE(leaves)), 0);
	KUNIT_ASSERT_TRUE(test, hvp_pool_charge(pool, hvp_cpuid_cost(ARRAY_SIZE(leaves))));
}

static void add_vp(struct kunit *test, struct fed_child *child, u32 index)
{
	const struct hv_create_vp in = { .partition_id = child->id, .vp_index = index };

	EXPECT_STATUS(test, fake_call(child->vm, CREATE_VP, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, hvp_vp_find(child->pt, index));
	give_cpuid(test, hvp_vp_find(child->pt, index));
}

/* A child with VPs 0 and 1 */
static int init(struct kunit *test)
{
	struct fed_child *child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	struct fake_vm *vm;

	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, child, 0);
	give_cpuid(test, child->vp);
	add_vp(test, child, 1);
	test->priv = child;
	return 0;
}

static void end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static u32 answer(struct fed_child *child, const struct cpuid_answer *in)
{
	return HV_STATUS(fake_call(child->vm, REGISTER, in, sizeof(*in), NULL, 0));
}

/* All bits of EAX to EDX become @value and following; @subleaf -1: all subleaves */
static u32 answer_all(struct fed_child *child, u32 vp, u32 leaf, int subleaf, u32 value)
{
	struct cpuid_answer in = {
		.id = child->id, .vp = vp, .type = 2, .leaf = leaf, .subleaf = subleaf,
		.specific = subleaf >= 0, .padding = 0xffff, .padding2 = ~0,
	};
	u32 i;

	for (i = 0; i < 4; i++) {
		in.values[i][0] = value + i;
		in.values[i][1] = ~0;
	}
	return answer(child, &in);
}

static u32 remove(struct fed_child *child, u32 vp, u32 leaf, int subleaf)
{
	const struct removal in = {
		.id = child->id, .vp = vp, .type = 2, .first = leaf, .second = subleaf,
		.specific = subleaf >= 0, .padding = { 0xff, 0xff, 0xff },
	};

	return HV_STATUS(fake_call(child->vm, UNREGISTER, &in, sizeof(in), NULL, 0));
}

static void ask(struct fed_child *child, u32 vp, u32 flags, u32 leaf, u32 subleaf, u32 *regs)
{
	const struct {
		u64 id;
		u32 vp, flags, reserved, padding, eax, ecx;
		u64 xfem, xss;
	} in = { child->id, vp, flags, 0, 0, leaf, subleaf, 7, 0 };

	EXPECT_STATUS(child->vm->test, fake_call(child->vm, CPUID | HV_REPS(1), &in, sizeof(in),
						 regs, 16), SUCCESS);
}

static u32 eax(struct fed_child *child, u32 vp, u32 leaf, u32 subleaf)
{
	u32 regs[4];

	ask(child, vp, APPLY, leaf, subleaf, regs);
	return regs[EAX];
}

static void expect_regs(struct fed_child *child, u32 vp, u32 flags, u32 leaf, u32 subleaf, u32 a,
			u32 b, u32 c, u32 d)
{
	const u32 want[4] = { a, b, c, d };
	u32 regs[4], i;

	ask(child, vp, flags, leaf, subleaf, regs);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ_MSG(child->vm->test, regs[i], want[i], "0x%x.%u, register %u", leaf,
				    subleaf, i);
}

static u64 charged(struct fed_child *child)
{
	return child->pt->pool.charged;
}

static void masked_bits_are_replaced(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct cpuid_answer in = {
		.id = child->id, .vp = ANY_VP, .type = 2, .leaf = 4, .subleaf = 1, .specific = 1,
		.values = { { ~0, 0 }, { 0, 4 }, { 0xff00, 0xf0f0 }, { 0x12345678, ~0 } },
	};

	KUNIT_EXPECT_EQ(test, answer(child, &in), 0U);
	expect_regs(child, 0, APPLY, 4, 1, 0x122, 0, 0xf005, 0x12345678);
	expect_regs(child, 1, APPLY, 4, 1, 0x122, 0, 0xf005, 0x12345678);
	/* Another subleaf, and who does not ask for it */
	expect_regs(child, 0, APPLY, 4, 0, 0x121, 1, 2, 3);
	expect_regs(child, 0, 0, 4, 1, 0x122, 4, 5, 6);
	KUNIT_EXPECT_EQ(test, remove(child, ANY_VP, 4, 1), 0U);
	expect_regs(child, 0, APPLY, 4, 1, 0x122, 4, 5, 6);
}

/* VP before any VP, subleaf before all subleaves */
static void most_specific_answer_wins(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 4, -1, 0x100), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 0, 4, 0), 0x100U);
	KUNIT_EXPECT_EQ(test, eax(child, 0, 4, 99), 0x100U);
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 4, 1, 0x200), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 0, 4, 1), 0x200U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x200U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 0), 0x100U);
	KUNIT_EXPECT_EQ(test, answer_all(child, 1, 4, -1, 0x300), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 0, 4, 1), 0x200U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x300U);
	KUNIT_EXPECT_EQ(test, answer_all(child, 1, 4, 1, 0x400), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x400U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 2), 0x300U);
	/* Again: replaced */
	KUNIT_EXPECT_EQ(test, answer_all(child, 1, 4, 1, 0x500), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x500U);

	KUNIT_EXPECT_EQ(test, remove(child, 1, 4, 1), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x300U);
	KUNIT_EXPECT_EQ(test, remove(child, 1, 4, -1), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x200U);
	KUNIT_EXPECT_EQ(test, remove(child, ANY_VP, 4, 1), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x100U);
	KUNIT_EXPECT_EQ(test, remove(child, ANY_VP, 4, -1), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 1, 4, 1), 0x122U);
}

/* A subleaf of -1 is one like others */
static void all_subleaves_differ_from_the_last(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct cpuid_answer in = {
		.id = child->id, .vp = ANY_VP, .type = 2, .leaf = 4, .subleaf = U32_MAX,
		.specific = 1, .values = { { 0x77, ~0 } },
	};

	KUNIT_EXPECT_EQ(test, answer(child, &in), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 0, 4, U32_MAX), 0x77U);
	KUNIT_EXPECT_EQ(test, eax(child, 0, 4, 0), 0x121U);
	KUNIT_EXPECT_EQ(test, remove(child, ANY_VP, 4, -1), (u32)HV_STATUS_NOT_FOUND);
}

static void answer_for_all_vps_includes_those_to_come(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 1, -1, 0x40), 0U);
	KUNIT_EXPECT_EQ(test, answer_all(child, 2, 1, -1, 0x50), (u32)HV_STATUS_INVALID_VP_INDEX);
	add_vp(test, child, 2);
	KUNIT_EXPECT_EQ(test, eax(child, 2, 1, 0), 0x40U);
	KUNIT_EXPECT_EQ(test, answer_all(child, 2, 1, -1, 0x50), 0U);
	KUNIT_EXPECT_EQ(test, eax(child, 2, 1, 0), 0x50U);
}

/* Answers for a VP go with it */
static void answers_go_with_their_vp(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct hv_delete_vp in = { .partition_id = child->id, .vp_index = 2 };
	u64 before = charged(child);

	add_vp(test, child, 2);
	KUNIT_EXPECT_EQ(test, answer_all(child, 2, 1, -1, 0x50), 0U);
	KUNIT_EXPECT_EQ(test, answer_all(child, 2, 4, 1, 0x50), 0U);
	EXPECT_STATUS(test, fake_call(child->vm, DELETE_VP, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, charged(child), before);
	add_vp(test, child, 2);
	KUNIT_EXPECT_EQ(test, eax(child, 2, 1, 0), 0x906eaU);
}

/* A leaf that the hypervisor has not, below and beyond the maximum */
static void leaves_can_be_added(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 0xc, -1, 0x10), 0U);
	expect_regs(child, 0, APPLY, 0xc, 3, 0x10, 0x11, 0x12, 0x13);
	expect_regs(child, 0, 0, 0xc, 3, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 0x80000021, -1, 0x20), 0U);
	expect_regs(child, 0, APPLY, 0x80000021, 0, 0x20, 0x21, 0x22, 0x23);
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 0x40000082, -1, 0x30), 0U);
	expect_regs(child, 1, APPLY, 0x40000082, 0, 0x30, 0x31, 0x32, 0x33);

	/* With none of its own, no bit is the hypervisor's */
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 0x1f, 0, 0x60), 0U);
	expect_regs(child, 0, APPLY, 0x1f, 0, 0x60, 0x61, 0x62, 0x63);
	expect_regs(child, 0, APPLY, 0x1f, 1, 0xf, 832, 0x100, 0);
}

/* Vendor and maximum are what the parent says: leaves beyond it follow */
static void vendor_and_maximum_follow(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct cpuid_answer in = {
		.id = child->id, .vp = ANY_VP, .type = 2, .leaf = 0,
		.values = { { 0x4, ~0 } },
	};

	/* Intel: as the last basic leaf */
	expect_regs(child, 0, APPLY, 0x20, 0, 7, 832, 832, 0);
	KUNIT_EXPECT_EQ(test, answer(child, &in), 0U);
	expect_regs(child, 0, APPLY, 0x20, 0, 0x121, 1, 2, 3);
	expect_regs(child, 0, 0, 0x20, 0, 7, 832, 832, 0);
	in.values[EBX][0] = 0x68747541;
	in.values[EBX][1] = ~0;
	KUNIT_EXPECT_EQ(test, answer(child, &in), 0U);
	expect_regs(child, 0, APPLY, 0x20, 0, 0, 0, 0, 0);
}

/* What tells of the VP or its state is the hypervisor's, unless it is to be overridden always */
static void bits_that_change_are_kept(struct kunit *test)
{
	static const struct {
		u32 leaf, subleaf, kept[4], own[4];
	} cases[] = {
		{ 1, 0, { 0, 0xff000000, BIT(27) }, { 0x906ea, 0x05000800, 1, 2 } },
		{ 7, 0, { 0, 0, BIT(4) }, { 0, 0x11, 0x22, 0x33 } },
		{ 0xb, 1, { 0, 0, 0, ~0 }, { 1, 2, 0x201, 5 } },
		{ 0xd, 0, { 0, ~0 }, { 7, 832, 832, 0 } },
		{ 0xd, 1, { 0, ~0 }, { 0xf, 832, 0x100, 0 } },
		{ 0xd, 2, {}, { 256, 576, 0, 0 } },
		{ 0x8000001e, 0, { ~0, 0xff, 0xff }, { 5, 6, 7, 8 } },
	};
	struct fed_child *child = test->priv;
	struct cpuid_answer in;
	u32 i, j, want[4], always;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (always = 0; always < 2; always++) {
			in = (struct cpuid_answer) {
				.id = child->id, .vp = 1, .type = 2, .leaf = cases[i].leaf,
				.always = always,
			};
			for (j = 0; j < 4; j++) {
				in.values[j][0] = 0x5a5a5a5a ^ j;
				in.values[j][1] = ~0;
				want[j] = always ? in.values[j][0] :
					  (in.values[j][0] & ~cases[i].kept[j]) |
					  (cases[i].own[j] & cases[i].kept[j]);
			}
			KUNIT_EXPECT_EQ(test, answer(child, &in), 0U);
			expect_regs(child, 1, APPLY, cases[i].leaf, cases[i].subleaf, want[0],
				    want[1], want[2], want[3]);
		}
		KUNIT_EXPECT_EQ(test, remove(child, 1, cases[i].leaf, -1), 0U);
		expect_regs(child, 1, APPLY, cases[i].leaf, cases[i].subleaf, cases[i].own[0],
			    cases[i].own[1], cases[i].own[2], cases[i].own[3]);
	}
}

/* Registers that are made of leaves: the sheet's 7, HypervisorVersion and PrivilegesAndFeatures */
static void registers_made_of_leaves_follow(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct {
		u64 id, vp;
		u32 names[2];
	} in = { child->id, 0, { 0x00000100, 0x00000200 } };
	u32 regs[8];

	EXPECT_STATUS(test, fake_call(child->vm, GET_REGISTERS | HV_REPS(2), &in, sizeof(in), regs,
				      sizeof(regs)), SUCCESS);
	KUNIT_EXPECT_EQ(test, regs[0], 1U);
	KUNIT_EXPECT_EQ(test, regs[7], 8U);
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 0x40000002, -1, 0x70), 0U);
	KUNIT_EXPECT_EQ(test, answer_all(child, 0, 0x40000003, 0, 0x80), 0U);
	EXPECT_STATUS(test, fake_call(child->vm, GET_REGISTERS | HV_REPS(2), &in, sizeof(in), regs,
				      sizeof(regs)), SUCCESS);
	KUNIT_EXPECT_EQ(test, regs[0], 0x70U);
	KUNIT_EXPECT_EQ(test, regs[7], 0x83U);
}

/* What is only told cannot be used, and what is hidden can: CR4.SMEP, which leaf 7 offers */
static void checks_of_registers_do_not_follow(struct kunit *test)
{
	const union hvp_register_value smep = { .low = BIT(20) };
	struct fed_child *child = test->priv;

	KUNIT_EXPECT_EQ(test, answer_all(child, 0, 7, -1, U32_MAX - 3), 0U);
	fed_child_lock(child, NULL);
	KUNIT_EXPECT_NE(test, (u32)hvp_file_set(child->vp, 0x00040003, &smep), 0U);
	fed_child_unlock(child);
}

static u32 answer_msr(struct fed_child *child, u32 vp, u32 msr, u32 access, u32 action)
{
	const struct msr_answer in = {
		child->id, vp, 1, msr, access, action, { ~0, ~0, ~0, ~0, ~0, ~0, ~0, ~0, ~0 },
	};

	return HV_STATUS(fake_call(child->vm, REGISTER, &in, sizeof(in), NULL, 0));
}

static u32 remove_msr(struct fed_child *child, u32 vp, u32 msr, u32 access)
{
	const struct removal in = {
		.id = child->id, .vp = vp, .type = 0xc, .first = msr, .second = access,
		.specific = 0xff, .padding = { 0xff, 0xff, 0xff },
	};

	return HV_STATUS(fake_call(child->vm, UNREGISTER, &in, sizeof(in), NULL, 0));
}

/* The action, -1 if there is none */
static int action(struct fed_child *child, u32 vp, u32 msr, bool write)
{
	u32 action = 99;
	bool found;

	fed_child_lock(child, NULL);
	found = hvp_result_msr(hvp_vp_find(child->pt, vp), msr, write, &action);
	fed_child_unlock(child);
	return found ? action : -1;
}

#define FAULT	0
#define IGNORE	1

static void msr_accesses_have_answers(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child);

	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, false), -1);
	KUNIT_EXPECT_EQ(test, answer_msr(child, ANY_VP, 0x10, 1, IGNORE), 0U);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, false), IGNORE);
	KUNIT_EXPECT_EQ(test, action(child, 1, 0x10, false), IGNORE);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, true), -1);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x11, false), -1);
	KUNIT_EXPECT_EQ(test, answer_msr(child, ANY_VP, 0x10, 2, FAULT), 0U);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, false), IGNORE);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, true), FAULT);
	/* Only to read on VP 1 */
	KUNIT_EXPECT_EQ(test, answer_msr(child, 1, 0x10, 1, FAULT), 0U);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, false), IGNORE);
	KUNIT_EXPECT_EQ(test, action(child, 1, 0x10, false), FAULT);
	KUNIT_EXPECT_EQ(test, answer_msr(child, ANY_VP, 0x10, 3, IGNORE), 0U);
	KUNIT_EXPECT_EQ(test, action(child, 1, 0x10, true), IGNORE);

	KUNIT_EXPECT_EQ(test, remove_msr(child, ANY_VP, 0x10, 1), 0U);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, false), -1);
	KUNIT_EXPECT_EQ(test, action(child, 0, 0x10, true), IGNORE);
	KUNIT_EXPECT_EQ(test, remove_msr(child, ANY_VP, 0x10, 1), (u32)HV_STATUS_NOT_FOUND);
	KUNIT_EXPECT_EQ(test, remove_msr(child, ANY_VP, 0x10, 3), 0U);
	KUNIT_EXPECT_EQ(test, remove_msr(child, ANY_VP, 0x10, 3), (u32)HV_STATUS_NOT_FOUND);
	KUNIT_EXPECT_EQ(test, remove_msr(child, 1, 0x10, 3), 0U);
	KUNIT_EXPECT_EQ(test, action(child, 1, 0x10, false), -1);
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

static void msr_operands_are_checked(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 i;

	for (i = 0; i < 32; i++) {
		KUNIT_EXPECT_EQ(test, answer_msr(child, 0, 1, i, 0),
				i && i < 4 ? 0U : (u32)HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, answer_msr(child, 0, 1, 1, BIT(i)),
				i ? (u32)HV_STATUS_INVALID_PARAMETER : 0U);
		KUNIT_EXPECT_EQ(test, answer_msr(child, 0, 1, 1 | BIT(i), 0),
				i < 2 ? 0U : (u32)HV_STATUS_INVALID_PARAMETER);
	}
	KUNIT_EXPECT_EQ(test, remove_msr(child, 0, 1, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, remove_msr(child, 0, 1, 4), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, remove_msr(child, 0, 2, 1), (u32)HV_STATUS_NOT_FOUND);
}

static void types_and_targets_are_checked(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct cpuid_answer good = { .id = child->id, .vp = 0, .leaf = 1, .subleaf = 1 };
	const struct removal gone = { .id = child->id, .first = 77, .second = 1 };
	struct cpuid_answer in = good;
	struct removal out = gone;
	bool known;
	u64 result;

	for (in.type = 0; in.type < 64; in.type++) {
		known = in.type == 1 || in.type == 2 || in.type == 0xc;
		KUNIT_EXPECT_EQ(test, answer(child, &in),
				known ? 0U : (u32)HV_STATUS_INVALID_PARAMETER);
		out.type = in.type;
		result = fake_call(child->vm, UNREGISTER, &out, sizeof(out), NULL, 0);
		if (known)
			EXPECT_STATUS(test, result, NOT_FOUND);
		else
			EXPECT_STATUS(test, result, INVALID_PARAMETER);
	}
	in.type = 2;
	out.type = 2;
	in.vp = 2;
	out.vp = 2;
	KUNIT_EXPECT_EQ(test, answer(child, &in), (u32)HV_STATUS_INVALID_VP_INDEX);
	EXPECT_STATUS(test, fake_call(child->vm, UNREGISTER, &out, sizeof(out), NULL, 0),
		      INVALID_VP_INDEX);
	in.vp = HV_VP_INDEX_SELF;
	out.vp = HV_VP_INDEX_SELF;
	KUNIT_EXPECT_EQ(test, answer(child, &in), (u32)HV_STATUS_INVALID_VP_INDEX);
	EXPECT_STATUS(test, fake_call(child->vm, UNREGISTER, &out, sizeof(out), NULL, 0),
		      INVALID_VP_INDEX);
	in.id = HV_PARTITION_ID_SELF;
	out.id = HV_PARTITION_ID_SELF;
	KUNIT_EXPECT_EQ(test, answer(child, &in), (u32)HV_STATUS_ACCESS_DENIED);
	EXPECT_STATUS(test, fake_call(child->vm, UNREGISTER, &out, sizeof(out), NULL, 0),
		      ACCESS_DENIED);
	in.id = child->id + 1000;
	out.id = child->id + 1000;
	KUNIT_EXPECT_EQ(test, answer(child, &in), (u32)HV_STATUS_INVALID_PARTITION_ID);
	EXPECT_STATUS(test, fake_call(child->vm, UNREGISTER, &out, sizeof(out), NULL, 0),
		      INVALID_PARTITION_ID);
}

static void register_forms_work(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct cpuid_answer in = {
		.id = child->id, .vp = 1, .type = 2, .leaf = 1,
		.values = { { 0x31, ~0 }, {}, {}, { 0x34, ~0 } },
	};
	const struct removal out = { .id = child->id, .vp = 1, .type = 2, .first = 1 };

	EXPECT_STATUS(test, fake_call_fast(child->vm, REGISTER, &in, sizeof(in), NULL, 0), SUCCESS);
	expect_regs(child, 1, APPLY | USE_CURRENT, 1, 0, 0x31, 0x05000800, 1, 0x34);
	EXPECT_STATUS(test, fake_call_fast(child->vm, UNREGISTER, &out, sizeof(out), NULL, 0),
		      SUCCESS);
	expect_regs(child, 1, APPLY | USE_CURRENT, 1, 0, 0x906ea, 0x05000800, 1, 2);
}

/* Leaves, subleaves and MSRs; of a VP, and of all */
static void lists_have_limits_and_are_charged(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child), done;
	u32 i, vp;

	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&child->pt->pool, 64, &done), 0);
	for (vp = 1; vp; vp = vp == 1 ? ANY_VP : 0) {
		for (i = 0; i < LIMIT; i++) {
			KUNIT_ASSERT_EQ(test, answer_all(child, vp, LIMIT - i, -1, i), 0U);
			KUNIT_ASSERT_EQ(test, answer_all(child, vp, 1000, i, i), 0U);
			KUNIT_ASSERT_EQ(test, answer_msr(child, vp, i, 3, 0), 0U);
		}
		KUNIT_EXPECT_EQ(test, answer_all(child, vp, 0, -1, 0), (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, answer_all(child, vp, 0, 0, 0), (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, answer_msr(child, vp, LIMIT, 3, 0),
				(u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, answer_all(child, vp, LIMIT, -1, 0x4000), 0U);
		KUNIT_EXPECT_EQ(test, eax(child, 1, LIMIT, 0), 0x4000U);
		KUNIT_EXPECT_EQ(test, eax(child, 1, LIMIT / 2, 0), LIMIT / 2U);
		KUNIT_EXPECT_EQ(test, eax(child, 1, 1000, LIMIT - 1), LIMIT - 1U);
	}
	KUNIT_EXPECT_EQ(test, charged(child) - before,
			2 * (2 * hvp_pool_cost(LIMIT * 48) + hvp_pool_cost(LIMIT * 16)));
	for (i = 0; i < LIMIT; i++) {
		KUNIT_EXPECT_EQ(test, remove(child, 1, i + 1, -1), 0U);
		KUNIT_EXPECT_EQ(test, remove(child, 1, 1000, i), 0U);
		KUNIT_EXPECT_EQ(test, remove_msr(child, 1, i, 3), 0U);
	}
	KUNIT_EXPECT_EQ(test, charged(child) - before,
			2 * hvp_pool_cost(LIMIT * 48) + hvp_pool_cost(LIMIT * 16));
	EXPECT_STATUS(test, fake_call(child->vm, 0x0042, &child->id, 8, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, charged(child), 0ULL);
}

static void lack_of_memory_is_told(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child), gfn;

	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, answer_all(child, 0, 1, -1, 0), (u32)HV_STATUS_NO_RESOURCES);
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, answer_msr(child, 0, 1, 1, 0), (u32)HV_STATUS_NO_RESOURCES);
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, charged(child), before);

	while (!hvp_pool_withdraw(&child->pt->pool, child->vm->vp, &gfn))
		;
	hvp_pool_withdraw_host(&child->pt->pool, U64_MAX);
	while (hvp_pool_charge(&child->pt->pool, 8))
		;
	before = charged(child) - before;
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 1, -1, 0),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, answer_all(child, 0, 1, 1, 0), (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, answer_msr(child, 0, 1, 1, 0), (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	hvp_pool_uncharge(&child->pt->pool, before);
	expect_regs(child, 0, APPLY, 1, 0, 0x906ea, 0x05000800, 1, 2);
}

/* Also when it goes without having been finalized */
static void destroying_removes_all(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_ASSERT_EQ(test, answer_all(child, ANY_VP, 1, -1, 0), 0U);
	KUNIT_ASSERT_EQ(test, answer_all(child, 0, 4, 1, 0), 0U);
	KUNIT_ASSERT_EQ(test, answer_msr(child, ANY_VP, 1, 1, 0), 0U);
	fed_child_lock(child, NULL);
	hvp_partition_get(child->pt);
	hvp_child_destroy(child->pt);
	fed_child_unlock(child);
	KUNIT_EXPECT_EQ(test, charged(child), 0ULL);
	hvp_partition_put(child->pt);
}

/* The root has no such answers, the flag means nothing there */
static void machines_have_no_answers(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct fed_child root = { .vm = child->vm, .id = HV_PARTITION_ID_SELF };

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(child->vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
	KUNIT_EXPECT_EQ(test, answer_all(child, ANY_VP, 1, -1, 0x40), 0U);
	expect_regs(&root, 0, APPLY, 1, 0, 0x906ea, 0x05000800, 1, 2);
}

static struct kunit_case results_cases[] = {
	HVP_CASE(masked_bits_are_replaced, 0x0091, 0x0092, 0x00f4),
	HVP_CASE(most_specific_answer_wins, 0x0091, 0x0092, 0x00f4),
	HVP_CASE(all_subleaves_differ_from_the_last, 0x0091, 0x0092, 0x00f4),
	HVP_CASE(answer_for_all_vps_includes_those_to_come, 0x0091, 0x00f4),
	HVP_CASE(answers_go_with_their_vp, 0x004f, 0x0091),
	HVP_CASE(leaves_can_be_added, 0x0091, 0x00f4),
	HVP_CASE(vendor_and_maximum_follow, 0x0091, 0x00f4),
	HVP_CASE(bits_that_change_are_kept, 0x0091, 0x00f4),
	HVP_CASE(registers_made_of_leaves_follow, 0x0050, 0x0091),
	HVP_CASE(checks_of_registers_do_not_follow, 0x0091),
	HVP_CASE(msr_accesses_have_answers, 0x0091, 0x0092),
	HVP_CASE(msr_operands_are_checked, 0x0091, 0x0092),
	HVP_CASE(types_and_targets_are_checked, 0x0091, 0x0092),
	HVP_CASE(register_forms_work, 0x0091, 0x0092),
	HVP_CASE(lists_have_limits_and_are_charged, 0x0091, 0x0092),
	HVP_CASE(lack_of_memory_is_told, 0x0091),
	HVP_CASE(destroying_removes_all, 0x0091),
	HVP_CASE(machines_have_no_answers, 0x00f4),
	{}
};

static struct kunit_suite results_suite = {
	.name = "hvpersona_results",
	.init = init,
	.exit = end,
	.test_cases = results_cases,
};

kunit_test_suites(&results_suite);
