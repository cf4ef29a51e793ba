// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID as VPs see it. What a leaf must hold is in linux-clients.md, "What hvpersona has
 * to answer" (2.3) and "Three KVM traps" (2.2); bits are those of the sheet's section 5.
 */
#include <linux/string.h>

#include "fake_table.h"

enum { EAX, EBX, ECX, EDX };

#define ROOM	64

/* What QEMU gives with -cpu host,hv-vpindex,hv-synic,hv-time,hv-tlbflush,hv-ipi (2.1) */
static const struct hvp_cpuid qemu[] = {
	{ .function = 0x00000000, .regs = { 0x16, 0x68747541, 0x444d4163, 0x69746e65 } },
	{ .function = 0x00000001, .regs = { 0x800f12, 0x800, 0x76d8320b, 0x178bfbff } },
	{ .function = 0x40000000, .regs = { 0x40000005, 0x7263694d, 0x666f736f, 0x76482074 } },
	{ .function = 0x40000001, .regs = { 0x31237648 } },
	{ .function = 0x40000002, .regs = { 0x3839, 0x000a0000 } },
	{ .function = 0x40000003, .regs = { 0x266, 0x30, 0, BIT(3) } },
	{ .function = 0x40000004, .regs = { 0xc04, 0x1fff } },
	{ .function = 0x40000005, .regs = { 0xffffffff, 64 } },
	{ .function = 0x40000100, .regs = { 0x40000101, 0x4b4d564b, 0x564b4d56, 0x4d } },
	{ .function = 0x40000101, .regs = { 0x01007efb } },
	{ .function = 0x80000000, .regs = { 0x8000001f } },
};

/* KVM alone: its leaves at the first base */
static const struct hvp_cpuid kvm_alone[] = {
	{ .function = 0x00000001, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x40000000, .regs = { 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d } },
	{ .function = 0x40000001, .regs = { 0x01007efb } },
	{ .function = 0x80000000, .regs = { 0x8000001f } },
};

/* No hypervisor leaf at all */
static const struct hvp_cpuid bare[] = {
	{ .function = 0x00000001, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x00000007, .indexed = true, .regs = { 5, 6, 7, 8 } },
};

struct table {
	struct hvp_cpuid leaves[ROOM];
	u32 count;
};

static struct table *completed(struct kunit *test, struct hvp_partition *pt,
			       const struct hvp_cpuid *given, u32 count)
{
	struct table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	memcpy(table->leaves, given, count * sizeof(*given));
	table->count = hvp_cpuid_complete(pt, table->leaves, count, ROOM);
	KUNIT_EXPECT_LE(test, table->count, count + HVP_CPUID_EXTRA);
	return table;
}

/* A leaf's registers. The test ends if it is not there, and fails if it is there twice */
static const u32 *leaf(struct kunit *test, const struct table *table, u32 function)
{
	const u32 *regs = NULL;
	u32 i;

	for (i = 0; i < table->count; i++) {
		if (table->leaves[i].function != function)
			continue;
		KUNIT_EXPECT_NULL_MSG(test, regs, "leaf 0x%08x twice", function);
		regs = table->leaves[i].regs;
	}
	KUNIT_ASSERT_NOT_NULL_MSG(test, regs, "leaf 0x%08x", function);
	return regs;
}

static bool has_leaf(const struct table *table, u32 function)
{
	u32 i;

	for (i = 0; i < table->count; i++)
		if (table->leaves[i].function == function)
			return true;
	return false;
}

static void expect_regs(struct kunit *test, const struct table *table, u32 function,
			u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	const u32 *regs = leaf(test, table, function);

	KUNIT_EXPECT_EQ_MSG(test, regs[EAX], eax, "leaf 0x%08x", function);
	KUNIT_EXPECT_EQ_MSG(test, regs[EBX], ebx, "leaf 0x%08x", function);
	KUNIT_EXPECT_EQ_MSG(test, regs[ECX], ecx, "leaf 0x%08x", function);
	KUNIT_EXPECT_EQ_MSG(test, regs[EDX], edx, "leaf 0x%08x", function);
}

/* What every role needs, 2.3 */
static void expect_hyperv(struct kunit *test, const struct table *table)
{
	const u32 *regs;
	u32 function;

	regs = leaf(test, table, 1);
	KUNIT_EXPECT_TRUE(test, regs[ECX] & BIT(31));
	regs = leaf(test, table, 0x40000000);
	KUNIT_EXPECT_GE(test, regs[EAX], 0x40000005);
	KUNIT_EXPECT_LE(test, regs[EAX], 0x4000ffff);
	KUNIT_EXPECT_EQ(test, regs[EBX], 0x7263694d);
	KUNIT_EXPECT_EQ(test, regs[ECX], 0x666f736f);
	KUNIT_EXPECT_EQ(test, regs[EDX], 0x76482074);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000001)[EAX], 0x31237648);
	/* Hypercall and VP index MSRs */
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EAX] & 0x60, 0x60);
	/* 3.4: XMM fast input, and output */
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EDX] & (BIT(4) | BIT(15)),
			BIT(4) | BIT(15));
	/* Not nested, no VMCS enlightenment that was not asked for */
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000004)[EAX] & (BIT(12) | BIT(14)), 0);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000004)[EAX] & 0x220, 0x220);
	/* Leaves up to the maximum exist */
	for (function = 0x40000000; function <= leaf(test, table, 0x40000000)[EAX]; function++)
		leaf(test, table, function);
	expect_regs(test, table, 0x4000000a, 0, 0, 0, 0);
	/* Trap 2: read beyond the maximum */
	for (function = 0x40000080; function <= 0x40000082; function++)
		expect_regs(test, table, function, 0, 0, 0, 0);
	/* Trap 1: no hypervisor at another base */
	for (function = 0x40000100; function < 0x40010000; function += 0x100)
		KUNIT_EXPECT_FALSE(test, has_leaf(table, function));
	KUNIT_EXPECT_FALSE(test, has_leaf(table, 0x40000101));
}

static struct hvp_partition *partition(struct kunit *test, u32 role)
{
	struct hvp_partition *pt = kunit_kzalloc(test, sizeof(*pt), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pt);
	pt->role = role;
	return pt;
}

static void guest_leaves_are_completed(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table = completed(test, pt, qemu, ARRAY_SIZE(qemu));
	const u32 *regs;

	expect_hyperv(test, table);
	/* What the VMM set stays */
	expect_regs(test, table, 0, 0x16, 0x68747541, 0x444d4163, 0x69746e65);
	expect_regs(test, table, 0x80000000, 0x8000001f, 0, 0, 0);
	expect_regs(test, table, 0x40000002, 0x3839, 0x000a0000, 0, 0);
	expect_regs(test, table, 0x40000005, 0xffffffff, 64, 0, 0);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000004)[EBX], 0x1fff);
	/* Runtime, reference counter and TSC, hypercall, VP index, frequencies; SynIC as given */
	regs = leaf(test, table, 0x40000003);
	KUNIT_EXPECT_EQ(test, regs[EAX], BIT(0) | BIT(1) | BIT(2) | BIT(5) | BIT(6) | BIT(9) |
					 BIT(11));
	/* Messages, events, registers, fast output, extended calls, VP start */
	KUNIT_EXPECT_EQ(test, regs[EBX], BIT(4) | BIT(5) | BIT(17) | BIT(19) | BIT(20) | BIT(21));
	KUNIT_EXPECT_EQ(test, regs[ECX], 0);
	KUNIT_EXPECT_TRUE(test, regs[EDX] & BIT(8));
	/* Flush and IPI calls are recommended */
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000004)[EAX], 0xe24);
	KUNIT_EXPECT_EQ(test, pt->privileges, regs[EAX] | (u64)regs[EBX] << 32);
	KUNIT_EXPECT_TRUE(test, pt->xmm_input);
	KUNIT_EXPECT_TRUE(test, pt->xmm_output);
}

/* 2.3: 6.12 guests crash with AccessPartitionId; nothing marks them as root */
static void guest_gets_no_sign_of_a_root(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table = completed(test, pt, qemu, ARRAY_SIZE(qemu));
	u32 ebx = leaf(test, table, 0x40000003)[EBX];

	KUNIT_EXPECT_EQ(test, ebx & (BIT(0) | BIT(1) | BIT(12) | BIT(22)), 0);
}

/* Without hv-synic KVM delivers neither messages nor events */
static void messages_need_the_synic(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table = completed(test, pt, bare, ARRAY_SIZE(bare));

	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EAX] & (BIT(2) | BIT(3)), 0);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EBX] & 0x30, 0);
}

static void root_leaves_are_completed(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_ROOT);
	struct table *table = completed(test, pt, qemu, ARRAY_SIZE(qemu));
	const u32 *regs;

	expect_hyperv(test, table);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000000)[EAX], 0x4000000c);
	/* Builds that /dev/mshv accepts */
	expect_regs(test, table, 0x40000002, 0x6c60, 0x000a0000, 0, 0);
	regs = leaf(test, table, 0x40000003);
	KUNIT_EXPECT_EQ(test, regs[EAX] & 0x266, 0x266);
	KUNIT_EXPECT_EQ(test, regs[EAX] & BIT(15), 0);
	KUNIT_EXPECT_EQ(test, regs[EBX] & 0x11f7, 0x11f7);
	KUNIT_EXPECT_EQ(test, regs[EBX] & BIT(22), 0);
	KUNIT_EXPECT_EQ(test, regs[ECX] & (BIT(9) | BIT(10)), 0);
	KUNIT_EXPECT_EQ(test, pt->privileges, regs[EAX] | (u64)regs[EBX] << 32);
}

/* A root expects AccessTscInvariantControls to be clear whatever the VMM says */
static void root_has_no_tsc_invariant_control(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_ROOT);
	struct hvp_cpuid given[ARRAY_SIZE(qemu)];
	struct table *table;

	memcpy(given, qemu, sizeof(qemu));
	given[5].regs[EAX] |= BIT(15);
	table = completed(test, pt, given, ARRAY_SIZE(given));
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EAX] & BIT(15), 0);
	pt = partition(test, HVPERSONA_ROLE_GUEST);
	table = completed(test, pt, given, ARRAY_SIZE(given));
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EAX] & BIT(15), BIT(15));
}

static void leaves_are_made_without_the_vmms_help(struct kunit *test)
{
	static const struct {
		const struct hvp_cpuid *given;
		u32 count;
	} givens[] = {
		{ kvm_alone, ARRAY_SIZE(kvm_alone) }, { bare, ARRAY_SIZE(bare) },
	};
	u32 i, role;

	for (i = 0; i < ARRAY_SIZE(givens); i++) {
		for (role = HVPERSONA_ROLE_GUEST; role <= HVPERSONA_ROLE_ROOT; role++) {
			struct hvp_partition *pt = partition(test, role);
			struct table *table = completed(test, pt, givens[i].given,
						       givens[i].count);

			expect_hyperv(test, table);
			/* "Never notify": nobody asked for spin wait calls */
			KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000004)[EBX], 0xffffffff);
			/* Limits of zero would keep Linux from having VPs */
			KUNIT_EXPECT_NE(test, leaf(test, table, 0x40000005)[EAX], 0);
			KUNIT_EXPECT_NE(test, leaf(test, table, 0x40000005)[EBX], 0);
		}
	}
}

/* KVM's feature word at 0x40000001 must not be taken for anything of Hyper-V's */
static void kvms_own_leaves_do_not_shine_through(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table = completed(test, pt, kvm_alone, ARRAY_SIZE(kvm_alone));

	expect_regs(test, table, 0x40000001, 0x31237648, 0, 0, 0);
	expect_regs(test, table, 0x80000000, 0x8000001f, 0, 0, 0);
}

/* hv-passthrough: KVM's vendor on Hyper-V's leaves, and syndbg's leaves (2.1) */
static void passed_through_leaves_get_the_right_vendor(struct kunit *test)
{
	static const struct hvp_cpuid given[] = {
		{ .function = 1 },
		{ .function = 0x40000000, .regs = { 0x40000082, 0x756e694c, 0x564b2078,
						     0x7648204d } },	/* "Linux KVM Hv" */
		{ .function = 0x40000001, .regs = { 0x31237648 } },
		{ .function = 0x40000002, .regs = { 0x3839, 0x000a0000 } },
		{ .function = 0x40000003, .regs = { 0x2fff, 0x30, 0, 0x80f28 } },
		{ .function = 0x40000080, .regs = { 0x40000082, 1, 2, 3 } },
		{ .function = 0x40000081, .regs = { 0x31235356 } },
		{ .function = 0x40000082, .regs = { 0xf } },
	};
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table = completed(test, pt, given, ARRAY_SIZE(given));
	u32 function;

	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000000)[EBX], 0x7263694d);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EDX] & 0x80f28, 0x80f28);
	for (function = 0x40000080; function <= 0x40000082; function++)
		expect_regs(test, table, function, 0, 0, 0, 0);
}

/* Trap 2: between the last leaf that the VMM gave and the maximum there must be no gap */
static void maximum_leaf_is_sensible(struct kunit *test)
{
	static const u32 maxima[] = { 0, 1, 0x40000000, 0x40000082, 0x40000fff, 0xffffffff };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(maxima); i++) {
		struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
		struct hvp_cpuid given[ARRAY_SIZE(qemu)];
		struct table *table;
		u32 eax;

		memcpy(given, qemu, sizeof(qemu));
		given[2].regs[EAX] = maxima[i];
		table = completed(test, pt, given, ARRAY_SIZE(given));
		eax = leaf(test, table, 0x40000000)[EAX];
		KUNIT_EXPECT_GE(test, eax, 0x4000000c);
		KUNIT_EXPECT_LT(test, eax, 0x40000100);
	}
}

static void completing_twice_changes_nothing(struct kunit *test)
{
	static const struct {
		const struct hvp_cpuid *given;
		u32 count;
	} givens[] = {
		{ qemu, ARRAY_SIZE(qemu) }, { kvm_alone, ARRAY_SIZE(kvm_alone) },
		{ bare, ARRAY_SIZE(bare) },
	};
	u32 i, role;

	for (i = 0; i < ARRAY_SIZE(givens); i++) {
		for (role = HVPERSONA_ROLE_GUEST; role <= HVPERSONA_ROLE_ROOT; role++) {
			struct hvp_partition *pt = partition(test, role);
			struct table *once, *twice;
			u64 privileges;

			pt->privileges_set = HV_PRIV(ACCESS_GUEST_IDLE_MSR);
			pt->privileges_clear = HV_PRIV(ACCESS_SYNIC_MSRS);
			once = completed(test, pt, givens[i].given, givens[i].count);
			privileges = pt->privileges;
			twice = completed(test, pt, once->leaves, once->count);
			KUNIT_EXPECT_EQ(test, pt->privileges, privileges);
			KUNIT_EXPECT_EQ(test, twice->count, once->count);
			KUNIT_EXPECT_EQ(test, memcmp(twice->leaves, once->leaves,
						     once->count * sizeof(*once->leaves)), 0);
		}
	}
}

static void claimant_adds_and_removes_privileges(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table;

	pt->privileges_set = HV_PRIV(ACCESS_PARTITION_ID) | HV_PRIV(CPU_MANAGEMENT);
	pt->privileges_clear = HV_PRIV(ACCESS_VP_REGISTERS) | HV_PRIV(ACCESS_VP_RUNTIME_MSR);
	table = completed(test, pt, qemu, ARRAY_SIZE(qemu));
	KUNIT_EXPECT_EQ(test, pt->privileges & pt->privileges_set, pt->privileges_set);
	KUNIT_EXPECT_EQ(test, pt->privileges & pt->privileges_clear, 0ULL);
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EBX] & (BIT(1) | BIT(12) | BIT(17)),
			BIT(1) | BIT(12));
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EAX] & BIT(0), 0);
}

/* 5.1: XMM fast output needs the privilege too */
static void fast_output_goes_with_its_privilege(struct kunit *test)
{
	struct hvp_partition *pt = partition(test, HVPERSONA_ROLE_GUEST);
	struct table *table;

	pt->privileges_clear = HV_PRIV(FAST_HYPERCALL_OUTPUT);
	table = completed(test, pt, qemu, ARRAY_SIZE(qemu));
	KUNIT_EXPECT_EQ(test, leaf(test, table, 0x40000003)[EDX] & (BIT(4) | BIT(15)), BIT(4));
	KUNIT_EXPECT_TRUE(test, pt->xmm_input);
	KUNIT_EXPECT_FALSE(test, pt->xmm_output);
}

static void leaves_are_looked_up_by_function_and_index(struct kunit *test)
{
	static const struct hvp_cpuid leaves[] = {
		{ .function = 7, .index = 0, .indexed = true, .regs = { 1, 1, 1, 1 } },
		{ .function = 7, .index = 2, .indexed = true, .regs = { 2, 2, 2, 2 } },
		{ .function = 8, .index = 5, .regs = { 3, 3, 3, 3 } },
	};
	struct fake_vm *vm = test->priv;
	u32 regs[4];

	KUNIT_EXPECT_FALSE(test, hvp_cpuid_lookup(vm->vp, 7, 0, regs));
	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
	KUNIT_EXPECT_TRUE(test, hvp_cpuid_lookup(vm->vp, 7, 2, regs));
	KUNIT_EXPECT_EQ(test, regs[EDX], 2);
	KUNIT_EXPECT_FALSE(test, hvp_cpuid_lookup(vm->vp, 7, 1, regs));
	KUNIT_EXPECT_EQ(test, regs[EDX], 0);
	KUNIT_EXPECT_TRUE(test, hvp_cpuid_lookup(vm->vp, 8, 77, regs));
	KUNIT_EXPECT_EQ(test, regs[EAX], 3);
	KUNIT_EXPECT_FALSE(test, hvp_cpuid_lookup(vm->vps[1].vp, 7, 0, regs));
}

static void failed_publication_keeps_the_old_leaves(struct kunit *test)
{
	const struct hvp_cpuid old = { .function = 1, .regs = { 1 } };
	const struct hvp_cpuid new = { .function = 1, .regs = { 2 } };
	struct fake_vm *vm = test->priv;
	u32 regs[4];

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, &old, 1), 0);
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, hvp_cpuid_publish(vm->vp, &new, 1), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, hvp_cpuid_lookup(vm->vp, 1, 0, regs));
	KUNIT_EXPECT_EQ(test, regs[EAX], 1);
	KUNIT_EXPECT_EQ(test, hvp_cpuid_publish(vm->vp, &new, 1), 0);
	KUNIT_EXPECT_TRUE(test, hvp_cpuid_lookup(vm->vp, 1, 0, regs));
	KUNIT_EXPECT_EQ(test, regs[EAX], 2);
}

static struct kunit_case cpuid_cases[] = {
	KUNIT_CASE(guest_leaves_are_completed),
	KUNIT_CASE(guest_gets_no_sign_of_a_root),
	KUNIT_CASE(messages_need_the_synic),
	KUNIT_CASE(root_leaves_are_completed),
	KUNIT_CASE(root_has_no_tsc_invariant_control),
	KUNIT_CASE(leaves_are_made_without_the_vmms_help),
	KUNIT_CASE(kvms_own_leaves_do_not_shine_through),
	KUNIT_CASE(passed_through_leaves_get_the_right_vendor),
	KUNIT_CASE(maximum_leaf_is_sensible),
	KUNIT_CASE(completing_twice_changes_nothing),
	KUNIT_CASE(claimant_adds_and_removes_privileges),
	KUNIT_CASE(fast_output_goes_with_its_privilege),
	KUNIT_CASE(leaves_are_looked_up_by_function_and_index),
	KUNIT_CASE(failed_publication_keeps_the_old_leaves),
	{}
};

static struct kunit_suite cpuid_suite = {
	.name = "hvpersona_cpuid",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = cpuid_cases,
};

kunit_test_suites(&cpuid_suite);
