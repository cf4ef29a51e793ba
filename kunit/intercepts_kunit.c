// SPDX-License-Identifier: GPL-2.0
/*
 * What a parent intercepts. Types, access masks and parameters are those of the table in the
 * sheet's section 15.8, statuses those of its entries 0x004d and 0x00ad; that an exo partition
 * begins with all ports intercepted stands in linux-clients.md 6.7.
 */
#include <linux/prandom.h>
#include <linux/string.h>

#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/intercept.h"
#include "fed_child.h"

#define INSTALL		0x004d
#define CHECK_IO	0x00ad

#define R	1
#define W	2
#define X	4

#define IO_PORT		0x00
#define MSR		0x01
#define CPUID_LEAF	0x02
#define EXCEPTION	0x03
#define GLOBAL_CPUID	0x06
#define MICROCODE	0x0a
#define APIC_WRITE	0x0b
#define MSR_INDEX	0x0c
#define TRAP		0x10
#define IO_RANGE	0x11

#define PORTS		0x10000
#define LIMIT		512	/* Documentation/design.rst */

struct install {
	u64 id;
	u32 access, type;
	u64 parameter;
};

struct check_io {
	u64 id;
	u32 vp;
	u8 vtl, padding;
	u16 port;
	u8 size, write;
} __packed;

static int init(struct kunit *test)
{
	struct fed_child *child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	struct fake_vm *vm;

	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, child, 0);
	test->priv = child;
	return 0;
}

static void end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static u32 install(struct fed_child *child, u32 type, u32 access, u64 parameter)
{
	const struct install in = { child->id, access, type, parameter };

	return HV_STATUS(fake_call(child->vm, INSTALL, &in, sizeof(in), NULL, 0));
}

static u32 range(struct fed_child *child, u16 first, u16 last, u32 access)
{
	return install(child, IO_RANGE, access, (u64)last << 16 | first);
}

static u64 charged(struct fed_child *child)
{
	return child->pt->pool.charged;
}

/* Not an exo partition any more, before anything is installed */
static void make_plain(struct fed_child *child)
{
	child->pt->child->flags &= ~HV_CREATE_EXO;
}

/* 0: nobody knows the type. Otherwise bit n: access mask n installs it */
static const struct {
	u8 masks;
	u64 last;
} table[] = {
	[IO_PORT] = { BIT(3), 0xffff },
	[MSR] = { BIT(3), 0 },
	[CPUID_LEAF] = { BIT(4), 0xffffffff },
	[EXCEPTION] = { BIT(4), 31 },
	[GLOBAL_CPUID] = { BIT(4), 0 },
	[0x07] = { BIT(4), 0 },
	[0x08] = { BIT(4), 0 },
	[0x09] = { BIT(4), 0 },
	[MICROCODE] = { BIT(1), 0 },
	[APIC_WRITE] = { BIT(2), 0xffffffff },
	[MSR_INDEX] = { BIT(1) | BIT(2) | BIT(3), 0xffffffff },
	[0x0d] = { BIT(4), 0 },
	[0x0e] = { BIT(2), 0 },
	[0x0f] = { BIT(4), 0 },
	[TRAP] = { BIT(4), 31 },
	[IO_RANGE] = { BIT(1) | BIT(2) | BIT(3), 0xffffffff },
};

static void every_type_has_its_access_masks(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child);
	u32 type, access, want;

	for (type = 0; type < 0x20; type++) {
		for (access = 0; access < 16; access++) {
			want = HV_STATUS_INVALID_PARAMETER;
			if (type < ARRAY_SIZE(table) && table[type].masks &&
			    (!access || (access < 8 && (table[type].masks & BIT(access)))))
				want = HV_STATUS_SUCCESS;
			KUNIT_EXPECT_EQ_MSG(test, install(child, type, access, 0), want,
					    "type 0x%x, access %u", type, access);
		}
		install(child, type, 0, 0);
	}
	for (access = 4; access < 32; access++) {
		KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, BIT(access) | R, 0),
				(u32)HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, install(child, BIT(access + 1), X, 0),
				(u32)HV_STATUS_INVALID_PARAMETER);
	}
	/* Port 0 of an exo partition is intercepted unless that is removed */
	KUNIT_EXPECT_EQ(test, install(child, IO_PORT, R | W, 0), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

static void every_type_has_its_parameters(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 type, access, bit;

	for (type = 0; type < ARRAY_SIZE(table); type++) {
		if (!table[type].masks)
			continue;
		access = __fls(table[type].masks);
		if (type != IO_RANGE)
			KUNIT_EXPECT_EQ_MSG(test, install(child, type, access, table[type].last),
					    0U, "type 0x%x", type);
		for (bit = 0; bit < 64; bit++) {
			if (BIT_ULL(bit) <= table[type].last)
				continue;
			KUNIT_EXPECT_EQ_MSG(test, install(child, type, access, BIT_ULL(bit)),
					    (u32)HV_STATUS_INVALID_PARAMETER, "0x%x, bit %u", type,
					    bit);
			KUNIT_EXPECT_EQ_MSG(test, install(child, type, 0, BIT_ULL(bit)),
					    (u32)HV_STATUS_INVALID_PARAMETER, "0x%x, bit %u", type,
					    bit);
		}
	}
	KUNIT_EXPECT_EQ(test, range(child, 1, 0, R), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, range(child, 0xffff, 0, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, range(child, 0, 0xffff, R), 0U);
	KUNIT_EXPECT_EQ(test, range(child, 0xffff, 0xffff, 0), 0U);
}

/* Both kinds of all vectors as two bitmaps, bit 32 up the traps */
static u64 exceptions(struct fed_child *child)
{
	u64 found = 0;
	u32 i;

	fed_child_lock(child, NULL);
	for (i = 0; i < 64; i++)
		if (hvp_intercept_exception(child->pt, i % 32, i / 32))
			found |= BIT_ULL(i);
	for (i = 32; i < 256; i++) {
		KUNIT_EXPECT_FALSE(child->vm->test, hvp_intercept_exception(child->pt, i, false));
		KUNIT_EXPECT_FALSE(child->vm->test, hvp_intercept_exception(child->pt, i, true));
	}
	fed_child_unlock(child);
	return found;
}

static void exceptions_are_intercepted_by_vector(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 want = 0, before = charged(child);
	u32 i;

	KUNIT_EXPECT_EQ(test, exceptions(child), 0ULL);
	for (i = 0; i < 64; i++) {
		KUNIT_EXPECT_EQ(test, install(child, i / 32 ? TRAP : EXCEPTION, X, i % 32), 0U);
		want |= BIT_ULL(i);
		KUNIT_EXPECT_EQ(test, exceptions(child), want);
	}
	for (i = 0; i < 64; i += 3) {
		KUNIT_EXPECT_EQ(test, install(child, i / 32 ? TRAP : EXCEPTION, 0, i % 32), 0U);
		want &= ~BIT_ULL(i);
		KUNIT_EXPECT_EQ(test, exceptions(child), want);
	}
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

/* Access to an MSR: R and W; bit 2 and up, what is said if the hypervisor knows it */
static u32 msr(struct fed_child *child, u32 index)
{
	u32 found = 0, i;

	fed_child_lock(child, NULL);
	for (i = 0; i < 4; i++)
		if (hvp_intercept_msr(child->pt, index, i & 1, i & 2))
			found |= BIT(i);
	fed_child_unlock(child);
	return found;
}

static void msrs_are_intercepted_by_index_or_all(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child);

	KUNIT_EXPECT_EQ(test, msr(child, 0x10), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, R, 0x10), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, W, 0xc0000080), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, R | W, U32_MAX), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x10), 5U);
	KUNIT_EXPECT_EQ(test, msr(child, 0xc0000080), 10U);
	KUNIT_EXPECT_EQ(test, msr(child, U32_MAX), 15U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x11), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x80000010), 0U);

	/* The other access instead, not as well */
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, W, 0x10), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x10), 10U);

	/* All MSRs are those that the hypervisor does not know */
	KUNIT_EXPECT_EQ(test, install(child, MSR, R | W, 0), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x10), 11U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x11), 3U);
	KUNIT_EXPECT_EQ(test, install(child, MSR, 0, 0), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x11), 0U);

	KUNIT_EXPECT_EQ(test, install(child, MICROCODE, R, 0), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x8b), 5U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x8c), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MICROCODE, 0, 0), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x8b), 0U);

	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, 0x10), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, 0x10), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, U32_MAX), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0x10), 0U);
	KUNIT_EXPECT_EQ(test, msr(child, 0xc0000080), 10U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, 0xc0000080), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

static bool leaf(struct fed_child *child, u32 function)
{
	bool found;

	fed_child_lock(child, NULL);
	found = hvp_intercept_cpuid(child->pt, function);
	fed_child_unlock(child);
	return found;
}

static void cpuid_is_intercepted_by_leaf_or_all(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_EXPECT_EQ(test, install(child, CPUID_LEAF, X, 0x80000008), 0U);
	KUNIT_EXPECT_EQ(test, install(child, CPUID_LEAF, X, 0), 0U);
	KUNIT_EXPECT_TRUE(test, leaf(child, 0));
	KUNIT_EXPECT_TRUE(test, leaf(child, 0x80000008));
	KUNIT_EXPECT_FALSE(test, leaf(child, 8));
	KUNIT_EXPECT_EQ(test, install(child, GLOBAL_CPUID, X, 0), 0U);
	KUNIT_EXPECT_TRUE(test, leaf(child, 8));
	KUNIT_EXPECT_EQ(test, install(child, CPUID_LEAF, 0, 0), 0U);
	KUNIT_EXPECT_TRUE(test, leaf(child, 0));
	KUNIT_EXPECT_EQ(test, install(child, GLOBAL_CPUID, 0, 0), 0U);
	KUNIT_EXPECT_FALSE(test, leaf(child, 0));
	KUNIT_EXPECT_TRUE(test, leaf(child, 0x80000008));
}

static bool other(struct fed_child *child, u32 type, u32 parameter)
{
	bool found;

	fed_child_lock(child, NULL);
	found = hvp_intercept_other(child->pt, type, parameter);
	fed_child_unlock(child);
	return found;
}

static void other_types_are_independent(struct kunit *test)
{
	static const u8 types[] = { 0x06, 0x07, 0x08, 0x09, 0x0d, 0x0e, 0x0f };
	struct fed_child *child = test->priv;
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		KUNIT_EXPECT_EQ(test, install(child, types[i], types[i] == 0x0e ? W : X, 0),
				0U);
		for (j = 0; j < ARRAY_SIZE(types); j++)
			KUNIT_EXPECT_EQ(test, other(child, types[j], 0), i == j);
		KUNIT_EXPECT_EQ(test, install(child, types[i], 0, 0), 0U);
		KUNIT_EXPECT_FALSE(test, other(child, types[i], 0));
	}

	KUNIT_EXPECT_EQ(test, install(child, APIC_WRITE, W, 0x3), 0U);
	KUNIT_EXPECT_EQ(test, install(child, APIC_WRITE, W, 0x80000004), 0U);
	KUNIT_EXPECT_EQ(test, install(child, APIC_WRITE, 0, 0x2), 0U);
	KUNIT_EXPECT_TRUE(test, other(child, APIC_WRITE, 0x1));
	KUNIT_EXPECT_FALSE(test, other(child, APIC_WRITE, 0x2));
	KUNIT_EXPECT_TRUE(test, other(child, APIC_WRITE, 0x4));
	KUNIT_EXPECT_TRUE(test, other(child, APIC_WRITE, 0x80000000));
	KUNIT_EXPECT_FALSE(test, other(child, APIC_WRITE, 0x7ffffffa));
}

/* What each port's access mask should be */
static void model_set(u8 *model, u32 first, u32 last, u8 access)
{
	memset(model + first, access, last - first + 1);
}

static bool model_io(const u8 *model, u32 port, u32 size, bool write)
{
	u32 i;

	for (i = port; i < port + size && i < PORTS; i++)
		if (model[i] & (write ? W : R))
			return true;
	return false;
}

/* Ports @first to @last in every width; the number of differences */
static u32 differences(struct fed_child *child, const u8 *model, u32 first, u32 last)
{
	u32 port, size, write, count = 0;

	fed_child_lock(child, NULL);
	for (port = first; port <= last; port++)
		for (size = 1; size <= 4; size *= 2)
			for (write = 0; write < 2; write++)
				count += hvp_intercept_io(child->pt, port, size, write) !=
					 model_io(model, port, size, write);
	fed_child_unlock(child);
	return count;
}

/* Every two changes one after the other, at the end of the ports */
static void io_exhaustive(struct kunit *test, u8 *model, u8 at_first)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child);
	u32 a, b, change, which[2], i, count = 0;
	struct { u16 first, last; } ranges[10];

	for (a = 0, i = 0; a < 4; a++)
		for (b = a; b < 4; b++, i++) {
			ranges[i].first = PORTS - 4 + a;
			ranges[i].last = PORTS - 4 + b;
		}
	for (change = 0; change < 40 * 40; change++) {
		memset(model, at_first, PORTS);
		which[0] = change / 40;
		which[1] = change % 40;
		for (i = 0; i < 2; i++) {
			a = which[i] / 4;
			KUNIT_ASSERT_EQ(test, range(child, ranges[a].first, ranges[a].last,
						    which[i] % 4), 0U);
			model_set(model, ranges[a].first, ranges[a].last, which[i] % 4);
			count += differences(child, model, PORTS - 8, PORTS - 1);
		}
		KUNIT_ASSERT_EQ(test, range(child, PORTS - 4, PORTS - 1, at_first), 0U);
		KUNIT_ASSERT_EQ(test, charged(child), before);
	}
	KUNIT_EXPECT_EQ(test, count, 0U);
}

static void io_random(struct kunit *test, u8 *model, u8 at_first)
{
	struct fed_child *child = test->priv;
	struct rnd_state rnd;
	u32 i, first, last, access;

	prandom_seed_state(&rnd, 4711 + at_first);
	memset(model, at_first, PORTS);
	for (i = 0; i < 600; i++) {
		first = prandom_u32_state(&rnd) % PORTS;
		last = min_t(u32, first + prandom_u32_state(&rnd) % BIT(1 + i % 15), PORTS - 1);
		access = prandom_u32_state(&rnd) % 4;
		KUNIT_ASSERT_EQ(test, range(child, first, last, access), 0U);
		model_set(model, first, last, access);
		first = prandom_u32_state(&rnd) % PORTS;
		access = prandom_u32_state(&rnd) & 1 ? R | W : 0;
		KUNIT_ASSERT_EQ(test, install(child, IO_PORT, access, first), 0U);
		model_set(model, first, first, access);
		if (i % 60 == 0)
			KUNIT_ASSERT_EQ(test, differences(child, model, 0, PORTS - 1), 0U);
	}
	KUNIT_EXPECT_EQ(test, differences(child, model, 0, PORTS - 1), 0U);
}

static void io_is_as_the_model(struct kunit *test, u8 at_first)
{
	u8 *model = kunit_kzalloc(test, PORTS, GFP_KERNEL);
	struct fed_child *child = test->priv;
	u64 before = charged(child);

	KUNIT_ASSERT_NOT_NULL(test, model);
	memset(model, at_first, PORTS);
	KUNIT_EXPECT_EQ(test, differences(child, model, 0, PORTS - 1), 0U);
	io_exhaustive(test, model, at_first);
	io_random(test, model, at_first);
	KUNIT_EXPECT_EQ(test, charged(child), before + 2 * PORTS / 8);
	KUNIT_EXPECT_EQ(test, range(child, 0, PORTS - 1, at_first), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

static void ports_of_an_exo_partition_are_intercepted(struct kunit *test)
{
	io_is_as_the_model(test, R | W);
}

static void ports_of_others_are_not(struct kunit *test)
{
	make_plain(test->priv);
	io_is_as_the_model(test, 0);
}

/* Each list by itself: full, replaced, emptied */
static void list_has_its_limit(struct kunit *test, u32 type, u32 access)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child);
	u32 i;

	for (i = 0; i < LIMIT; i++)
		KUNIT_ASSERT_EQ(test, install(child, type, access, i * 0x9e3779b1), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before + LIMIT * 16);
	KUNIT_EXPECT_EQ(test, install(child, type, access, 1), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, install(child, type, access, 0), 0U);
	KUNIT_EXPECT_EQ(test, install(child, type, 0, 0), 0U);
	KUNIT_EXPECT_EQ(test, install(child, type, access, 1), 0U);
	KUNIT_EXPECT_EQ(test, install(child, type, 0, 1), 0U);
	for (i = 1; i < LIMIT; i++) {
		KUNIT_EXPECT_EQ(test, install(child, type, 0, i * 0x9e3779b1), 0U);
		KUNIT_EXPECT_EQ(test, charged(child) - before,
				hvp_pool_cost((LIMIT - 1 - i) * 16));
	}
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

static void lists_have_limits_and_are_charged(struct kunit *test)
{
	list_has_its_limit(test, MSR_INDEX, R);
	list_has_its_limit(test, CPUID_LEAF, X);
}

static void empty_pool_is_told(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 gfn, before = charged(child), done;

	while (!hvp_pool_withdraw(&child->pt->pool, child->vm->vp, &gfn))
		;
	hvp_pool_withdraw_host(&child->pt->pool, U64_MAX);
	KUNIT_ASSERT_TRUE(test, hvp_pool_charge(&child->pt->pool, 0));
	while (hvp_pool_charge(&child->pt->pool, 8))
		;
	before = charged(child) - before;
	KUNIT_EXPECT_EQ(test, install(child, IO_PORT, 0, 1), (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, install(child, CPUID_LEAF, X, 1),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, R, 1),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	/* TLFS 2.0, 9.3.1: these never fail so */
	KUNIT_EXPECT_EQ(test, install(child, MSR, R | W, 0), 0U);
	KUNIT_EXPECT_EQ(test, install(child, EXCEPTION, X, 14), 0U);
	/* Nor does what is so already */
	KUNIT_EXPECT_EQ(test, install(child, IO_PORT, R | W, 1), 0U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, 1), 0U);

	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&child->pt->pool, 6, &done), 0);
	KUNIT_EXPECT_EQ(test, install(child, IO_PORT, 0, 1), 0U);
	hvp_pool_uncharge(&child->pt->pool, before);
}

static void failure_changes_nothing(struct kunit *test)
{
	static const struct { u32 type, access; u64 parameter; } cases[] = {
		{ IO_PORT, 0, 0x3f8 }, { MSR_INDEX, R, 5 }, { CPUID_LEAF, X, 7 },
	};
	struct fed_child *child = test->priv;
	u64 before = charged(child);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_fail_nth(1);
		KUNIT_EXPECT_EQ(test, install(child, cases[i].type, cases[i].access,
					      cases[i].parameter), (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_TRUE(test, fake_has_failed());
		KUNIT_EXPECT_EQ(test, charged(child), before);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, msr(child, 5), 0U);
	KUNIT_EXPECT_FALSE(test, leaf(child, 7));
}

/* Removal does not fail; memory that could not be given back then is later */
static void removal_always_works(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 before = charged(child);
	u32 i;

	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_EQ(test, install(child, MSR_INDEX, R, i), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before + 96);
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, 2), 0U);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, charged(child), before + 96);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, msr(child, i), i == 2 ? 0U : 5U);
	KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, 4), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before + hvp_pool_cost(48));
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, install(child, MSR_INDEX, 0, i), 0U);
	KUNIT_EXPECT_EQ(test, charged(child), before);
}

static void finalizing_removes_all(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_ASSERT_EQ(test, install(child, IO_PORT, 0, 0x80), 0U);
	KUNIT_ASSERT_EQ(test, install(child, MSR_INDEX, R, 5), 0U);
	KUNIT_ASSERT_EQ(test, install(child, CPUID_LEAF, X, 5), 0U);
	KUNIT_ASSERT_EQ(test, install(child, EXCEPTION, X, 5), 0U);
	EXPECT_STATUS(test, fake_call(child->vm, 0x0042, &child->id, 8, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, charged(child), 0ULL);
	KUNIT_EXPECT_EQ(test, install(child, EXCEPTION, X, 5),
			(u32)HV_STATUS_INVALID_PARTITION_STATE);
}

/* Also when it goes without having been finalized */
static void destroying_removes_all(struct kunit *test)
{
	struct fed_child *child = test->priv;

	KUNIT_ASSERT_EQ(test, install(child, IO_PORT, 0, 0x80), 0U);
	KUNIT_ASSERT_EQ(test, install(child, MSR_INDEX, R, 5), 0U);
	KUNIT_ASSERT_EQ(test, install(child, CPUID_LEAF, X, 5), 0U);
	fed_child_lock(child, NULL);
	hvp_partition_get(child->pt);
	hvp_child_destroy(child->pt);
	fed_child_unlock(child);
	KUNIT_EXPECT_EQ(test, charged(child), 0ULL);
	hvp_partition_put(child->pt);
}

static u32 check_io(struct fed_child *child, const struct check_io *in, u8 *out)
{
	*out = FAKE_POISON;
	return HV_STATUS(fake_call(child->vm, CHECK_IO, in, sizeof(*in), out, 1));
}

static void io_can_be_checked(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct check_io in = { .id = child->id, .padding = 0xff };
	u32 port, size, write;
	u8 out;

	KUNIT_ASSERT_EQ(test, range(child, 0, 0xffff, 0), 0U);
	KUNIT_ASSERT_EQ(test, range(child, 0x100, 0x101, R), 0U);
	KUNIT_ASSERT_EQ(test, range(child, 0xffff, 0xffff, W), 0U);
	for (port = 0xf8; port < 0x108; port++)
		for (size = 1; size <= 4; size *= 2)
			for (write = 0; write < 2; write++) {
				in.port = port;
				in.size = size;
				in.write = write;
				KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), 0U);
				KUNIT_EXPECT_EQ(test, out, !write && port <= 0x101 &&
						port + size > 0x100);
			}
	in.port = 0xffff;	/* a wide access reaches beyond the last port */
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), 0U);
	KUNIT_EXPECT_EQ(test, out, 1);
	EXPECT_STATUS(test, fake_call_fast(child->vm, CHECK_IO, &in, sizeof(in), &out, 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, out, 1);
}

static void checks_of_io_are_checked(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct check_io good = { .id = child->id, .port = 1, .size = 1 };
	struct check_io in = good;
	u32 i;
	u8 out;

	for (i = 0; i < 256; i++) {
		in = good;
		in.size = i;
		KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), i == 1 || i == 2 || i == 4 ?
				0U : (u32)HV_STATUS_INVALID_PARAMETER);
		in = good;
		in.write = i;
		KUNIT_EXPECT_EQ(test, check_io(child, &in, &out),
				i < 2 ? 0U : (u32)HV_STATUS_INVALID_PARAMETER);
	}
	in = good;
	in.vp = 1;
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), (u32)HV_STATUS_INVALID_VP_INDEX);
	in = good;
	in.vtl = 0x10;
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), 0U);
	in.vtl = 0x11;
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), (u32)HV_STATUS_INVALID_VTL_STATE);
	in.vtl = 0x20;
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), (u32)HV_STATUS_INVALID_PARAMETER);
	in = good;
	in.id = HV_PARTITION_ID_SELF;
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), (u32)HV_STATUS_ACCESS_DENIED);
	in.id = child->id + 1000;
	KUNIT_EXPECT_EQ(test, check_io(child, &in, &out), (u32)HV_STATUS_INVALID_PARTITION_ID);
}

static void installing_is_for_parents(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct install in = { HV_PARTITION_ID_SELF, X, EXCEPTION, 3 };

	EXPECT_STATUS(test, fake_call(child->vm, INSTALL, &in, sizeof(in), NULL, 0), ACCESS_DENIED);
	in.id = child->id + 1000;
	EXPECT_STATUS(test, fake_call(child->vm, INSTALL, &in, sizeof(in), NULL, 0),
		      INVALID_PARTITION_ID);
	in.id = child->id;
	EXPECT_STATUS(test, fake_call_fast(child->vm, INSTALL, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, exceptions(child), 8ULL);
	child->vm->pt->privileges &= ~HV_PRIV(CREATE_PARTITIONS);
	EXPECT_STATUS(test, fake_call(child->vm, INSTALL, &in, sizeof(in), NULL, 0), ACCESS_DENIED);
}

static struct kunit_case intercepts_cases[] = {
	HVP_CASE(every_type_has_its_access_masks, 0x004d),
	HVP_CASE(every_type_has_its_parameters, 0x004d),
	HVP_CASE(exceptions_are_intercepted_by_vector, 0x004d),
	HVP_CASE(msrs_are_intercepted_by_index_or_all, 0x004d),
	HVP_CASE(cpuid_is_intercepted_by_leaf_or_all, 0x004d),
	HVP_CASE(other_types_are_independent, 0x004d),
	HVP_CASE(ports_of_an_exo_partition_are_intercepted, 0x004d),
	HVP_CASE(ports_of_others_are_not, 0x004d),
	HVP_CASE(lists_have_limits_and_are_charged, 0x004d),
	HVP_CASE(empty_pool_is_told, 0x004d),
	HVP_CASE(failure_changes_nothing, 0x004d),
	HVP_CASE(removal_always_works, 0x004d),
	HVP_CASE(finalizing_removes_all, 0x0042, 0x004d),
	HVP_CASE(destroying_removes_all, 0x004d),
	HVP_CASE(io_can_be_checked, 0x00ad),
	HVP_CASE(checks_of_io_are_checked, 0x00ad),
	HVP_CASE(installing_is_for_parents, 0x004d),
	{}
};

static struct kunit_suite intercepts_suite = {
	.name = "hvpersona_intercepts",
	.init = init,
	.exit = end,
	.test_cases = intercepts_cases,
};

kunit_test_suites(&intercepts_suite);
