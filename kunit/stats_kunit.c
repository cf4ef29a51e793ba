// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages: who gets which, where they come from, and every counter in them. Rules are
 * those of the sheet's entries 0x006c, 0x006d, 0x0131 and 0x00ee and of linux-clients 6.4 and
 * 6.8, numbers of counters those of the sheet's section "Statistics".
 */
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../hvpersona/lp.h"
#include "../hvpersona/stats/stats.h"
#include "fed_child.h"

#define FLUSH		0x0002
#define FLUSH_LIST	0x0003
#define SPIN		0x0008
#define IPI		0x000b
#define CREATE		0x0040
#define FINALIZE	0x0042
#define DELETE		0x0043
#define DEPOSIT		0x0048
#define WITHDRAW	0x0049
#define BALANCE		0x004a
#define DELETE_VP	0x004f
#define MAP		0x006c
#define UNMAP		0x006d
#define ADD_LP		0x0076
#define REMOVE_LP	0x0077
#define REFRESH		0x00ee
#define MAP2		0x0131

#define HYPERVISOR	1
#define LP		2
#define PARTITION	0x10001
#define VP		0x10002

#define AREA_SELF	0
#define AREA_PARENT	1
#define AREA_INTERNAL	2

#define SELF		HV_PARTITION_ID_SELF

/* Pages that the root deposits, and one that it names */
#define POOL		20
#define OWN		10

/* The block of 0x0131; the others lack the end. The identity is written as bytes, by hand */
struct request {
	u32 type, pad;
	u8 identity[16];
	u64 location;
} __packed;

static struct request hypervisor(void)
{
	return (struct request) { .type = HYPERVISOR };
}

static struct request lp(u32 index)
{
	struct request in = { .type = LP };

	put_unaligned_le32(index, in.identity);
	return in;
}

static struct request partition(u64 id, u8 area)
{
	struct request in = { .type = PARTITION };

	put_unaligned_le64(id, in.identity);
	in.identity[15] = area;
	return in;
}

static struct request vp_of(u64 id, u32 index, u8 area)
{
	struct request in = partition(id, area);

	in.type = VP;
	put_unaligned_le32(index, in.identity + 8);
	return in;
}

static u32 map(struct fake_vm *vm, struct request in, u64 *gfn)
{
	return HV_STATUS(fake_call(vm, MAP, &in, 24, gfn, 8));
}

static u32 unmap(struct fake_vm *vm, struct request in)
{
	return HV_STATUS(fake_call(vm, UNMAP, &in, 24, NULL, 0));
}

static u32 map2(struct fake_vm *vm, struct request in, u64 location)
{
	in.location = location;
	return HV_STATUS(fake_call(vm, MAP2, &in, 32, NULL, 0));
}

#define EXPECT(test, status, expected)	\
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_##expected)
#define ASSERT_OK(test, status)		\
	KUNIT_ASSERT_EQ(test, status, (u32)HV_STATUS_SUCCESS)

static u32 deposit(struct fake_vm *vm, u64 first, u64 count)
{
	u64 in[1 + 40] = { SELF }, i;

	KUNIT_ASSERT_LE(vm->test, count, 40ULL);
	for (i = 0; i < count; i++)
		in[1 + i] = first + i;
	return HV_STATUS(fake_call(vm, DEPOSIT | HV_REPS(count), in, 8 + 8 * count, NULL, 0));
}

/* Counter @number of a mapped page */
static u64 counter(struct fake_vm *vm, u64 gfn, u32 number)
{
	return fake_read64(vm, (gfn << PAGE_SHIFT) + 8 * number);
}

static u64 map_and_read(struct fake_vm *vm, struct request in, u32 number)
{
	u64 gfn, value;

	ASSERT_OK(vm->test, map(vm, in, &gfn));
	value = counter(vm, gfn, number);
	ASSERT_OK(vm->test, unmap(vm, in));
	return value;
}

static int root_init(struct kunit *test)
{
	struct fake_vm *vm;
	int err = fake_init_root(test);
	u32 i;

	if (err)
		return err;
	vm = test->priv;
	for (i = 0; i < vm->vp_count; i++)
		vm->vps[i].apic.id = i;
	ASSERT_OK(test, deposit(vm, POOL, 8));
	return 0;
}

/* Counters of the hypervisor: 1 LPs, 2 partitions, 3 pages, 4 VPs. The rest of the page is zero */
static void hypervisor_page_byte_by_byte(struct kunit *test)
{
	const u64 add[] = { 1ULL << 32 | 5, 0 };	/* LP 5 is APIC id 1 */
	struct fake_vm *vm = test->priv;
	u64 gfn;
	u32 i;

	ASSERT_OK(test, HV_STATUS(fake_call(vm, ADD_LP, add, sizeof(add), NULL, 0)));
	memset(vm->ram + (POOL << PAGE_SHIFT), FAKE_POISON, PAGE_SIZE);
	ASSERT_OK(test, map(vm, hypervisor(), &gfn));
	KUNIT_EXPECT_EQ(test, gfn, (u64)POOL);
	for (i = 0; i < 512; i++) {
		static const u64 expected[] = { 0, 2, 1, 8, FAKE_VPS };
		u64 value = i < ARRAY_SIZE(expected) ? expected[i] : 0;

		KUNIT_EXPECT_EQ_MSG(test, counter(vm, gfn, i), value, "counter %u", i);
	}
	ASSERT_OK(test, unmap(vm, hypervisor()));
}

static void partition_page_byte_by_byte(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn, changes;
	u32 i, area;

	vm->space_pages = (struct hvp_space_pages) { 1000, { 300, 2, 1 } };
	vm->pt->device_count = 3;
	vm->pt->device_interrupt_count = 4;
	for (area = AREA_SELF; area <= AREA_PARENT; area++) {
		ASSERT_OK(test, map(vm, partition(SELF, area), &gfn));
		changes = counter(vm, gfn, 7);
		KUNIT_EXPECT_GE(test, changes, 8ULL);	/* Deposits and the page itself */
		for (i = 0; i < 512; i++) {
			const u64 expected[] = {
				[1] = FAKE_VPS, [5] = 8, [6] = 1000, [7] = changes, [10] = 300,
				[11] = 2, [12] = 1, [18] = 3, [19] = 4, [26] = vm->pt->id,
			};
			u64 value = i < ARRAY_SIZE(expected) ? expected[i] : 0;

			KUNIT_EXPECT_EQ_MSG(test, counter(vm, gfn, i), value, "counter %u", i);
		}
	}
	vm->pt->device_count = 0;
	vm->pt->device_interrupt_count = 0;
}

/* Everything that is counted by event stands where the sheet says; times are in 100 ns */
static void vp_page_byte_by_byte(struct kunit *test)
{
	static const u8 times[] = {
		8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 32, 34, 72, 113, 115, 117, 119, 121, 123,
		125, 127, 133, 137, 159, 161, 163, 177,
	};
	/* From other sources: run times, hypercalls, the host's and the monitor's numbers */
	static const u8 others[] = {
		1, 2, 7, 29, 45, 59, 62, 63, 64, 65, 66, 67, 68, 69, 70, 74, 75, 76, 144, 145, 195,
		196, 197, 198, 203,
	};
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = vm->vps[2].vp;
	u64 gfn;
	u32 i;

	for (i = 0; i < HVP_VP_STATS; i++)
		vp->stats[i] = 100 * (i + 1000);
	ASSERT_OK(test, map(vm, vp_of(SELF, 2, AREA_PARENT), &gfn));
	for (i = 0; i < 512; i++) {
		u64 value = i < HVP_VP_STATS ? 100 * (i + 1000) : 0;

		if (memchr(times, i, sizeof(times)) && i < 256)
			value /= 100;
		if (memchr(others, i, sizeof(others)) && i < 256)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, counter(vm, gfn, i), value, "counter %u", i);
	}
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 70), counter(vm, gfn, 25));
}

static void vp_page_has_what_the_host_knows(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct request in = vp_of(vm->pt->id, 1, AREA_SELF);
	u64 gfn;

	vm->vps[1].run_time = (struct hvp_run_time) {
		.guest_ns = 5550, .host_ns = 1299, .halted_ns = 777, .waiting_ns = 399,
		.dispatches = 11, .migrations = 12, .emulated = 13, .injected = 14,
	};
	ASSERT_OK(test, map(vm, in, &gfn));
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 1), 68ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 2), 12ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 203), 7ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 75), 3ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 74), 11ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 45), 12ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 29), 13ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 59), 14ULL);
}

/* Families of the sheet's chapter 15, and the counter that is called after each */
static void hypercalls_by_kind(struct kunit *test)
{
	static const struct {
		u16 code;
		u8 kind;
	} calls[] = {
		{ 0x0002, 68 }, { 0x0003, 68 }, { 0x0013, 68 }, { 0x0014, 68 },
		{ 0x0004, 63 }, { 0x0009, 63 }, { 0x0076, 63 }, { 0x0077, 63 }, { 0x0079, 63 },
		{ 0x007a, 63 }, { 0x0088, 63 }, { 0x0089, 63 }, { 0x008a, 63 }, { 0x00ee, 63 },
		{ 0x0008, 64 }, { 0x000b, 67 }, { 0x0015, 67 }, { 0x0056, 67 }, { 0x0094, 67 },
		{ 0x000c, 195 }, { 0x000d, 195 }, { 0x000e, 195 }, { 0x000f, 195 }, { 0x0010, 195 },
		{ 0x0011, 195 }, { 0x0012, 195 }, { 0x00d4, 195 },
		{ 0x0048, 198 }, { 0x0049, 198 }, { 0x004a, 198 },
		{ 0x004b, 62 }, { 0x004c, 62 }, { 0x0053, 62 }, { 0x0054, 62 }, { 0x006e, 62 },
		{ 0x0090, 62 }, { 0x00be, 62 }, { 0x00bf, 62 }, { 0x00c9, 62 }, { 0x00ca, 62 },
		{ 0x00d2, 62 }, { 0x00d3, 62 }, { 0x00d7, 62 }, { 0x00d8, 62 },
		{ 0x004e, 69 }, { 0x004f, 69 }, { 0x0050, 69 }, { 0x0051, 69 }, { 0x0052, 69 },
		{ 0x0099, 69 }, { 0x009a, 69 }, { 0x00ac, 69 }, { 0x00c2, 69 }, { 0x00de, 69 },
		{ 0x00e1, 69 }, { 0x00e2, 69 }, { 0x00e3, 69 }, { 0x00e4, 69 }, { 0x00e5, 69 },
		{ 0x00f4, 69 },
		{ 0x005c, 66 }, { 0x005d, 66 }, { 0x008b, 66 }, { 0x00c0, 66 }, { 0x00c1, 66 },
		{ 0x00f3, 66 },
		{ 0x0060, 196 }, { 0x0061, 196 }, { 0x0062, 196 }, { 0x0063, 196 }, { 0x0064, 196 },
		{ 0x0065, 196 }, { 0x0066, 196 }, { 0x0067, 196 }, { 0x0068, 196 },
		{ 0x00af, 144 }, { 0x00b0, 145 },
		{ 0x00b1, 197 }, { 0x00b2, 197 }, { 0x00b3, 197 }, { 0x00b4, 197 }, { 0x00c4, 197 },
		{ 0x00c5, 197 }, { 0x8001, 76 },
	};
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = vm->vps[3].vp;
	u64 expected[HVP_VP_STATS] = {}, gfn, sum = 0;
	u32 row, i;

	for (row = 0; row <= hvp_hypercall_count; row++) {
		u16 code = row < hvp_hypercall_count ? hvp_hypercalls[row].code : 0xffff;
		u8 kind = 65;

		for (i = 0; i < ARRAY_SIZE(calls); i++)
			if (calls[i].code == code)
				kind = calls[i].kind;
		vp->counters[row].calls = row + 1;
		expected[kind] += row + 1;
		sum += row + 1;
	}
	vp->stats[7] = 99999;	/* Exits, which are no calls */
	ASSERT_OK(test, map(vm, vp_of(SELF, 3, AREA_SELF), &gfn));
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 7), sum);
	for (i = 0; i < HVP_VP_STATS; i++)
		if (expected[i])
			KUNIT_EXPECT_EQ_MSG(test, counter(vm, gfn, i), expected[i],
					    "counter %u", i);
}

static void flushes_and_ipis_are_counted(struct kunit *test)
{
	const u64 one_space[] = { 0x1000, 0, 1 }, all_spaces[] = { 0, 2, 1 };
	const u64 non_global[] = { 0x1000, 4, 1 }, list[] = { 0x1000, 0, 1, 0x5000, 0x6000 };
	const u64 wrong[] = { 0x1000, BIT_ULL(40), 1 }, ipi[] = { 0x40, 1 };
	struct fake_vm *vm = test->priv;
	u64 gfn;

	fake_call(vm, FLUSH, one_space, 24, NULL, 0);
	fake_call(vm, FLUSH, all_spaces, 24, NULL, 0);
	fake_call(vm, FLUSH, all_spaces, 24, NULL, 0);
	fake_call(vm, FLUSH, non_global, 24, NULL, 0);
	fake_call(vm, FLUSH, wrong, 24, NULL, 0);
	fake_call(vm, FLUSH_LIST | HV_REPS(2), list, 40, NULL, 0);
	fake_call_fast(vm, IPI, ipi, 16, NULL, 0);
	ASSERT_OK(test, map(vm, vp_of(SELF, 0, AREA_SELF), &gfn));
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 48), 2ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 49), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 50), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 51), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 60), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 68), 6ULL);
	/* Of the partition: entries of lists */
	KUNIT_EXPECT_EQ(test, map_and_read(vm, partition(SELF, AREA_SELF), 8), 2ULL);
}

static void lp_page_byte_by_byte(struct kunit *test)
{
	const u64 add[] = { 2ULL << 32 | 7, 3 };	/* LP 7 is APIC id 2, node 3 */
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = vm->vps[2].vp;
	u64 gfn;
	u32 i;

	ASSERT_OK(test, HV_STATUS(fake_call(vm, ADD_LP, add, sizeof(add), NULL, 0)));
	vm->vps[2].run_time = (struct hvp_run_time) {
		.guest_ns = 3000000, .host_ns = 1000000, .halted_ns = 70000, .dispatches = 11,
		.tsc_khz = 2000000,
	};
	vp->stats[25] = 21;
	vp->stats[15] = 22;
	vp->stats[60] = 23;
	vm->now = vm->pt->since_ns + 123456;
	vm->step = 0;
	ASSERT_OK(test, map(vm, lp(7), &gfn));
	for (i = 0; i < 512; i++) {
		static const u64 expected[] = {
			[1] = 1234, [2] = 40000, [3] = 10000, [4] = 21, [5] = 11, [9] = 23,
			[10] = 22, [13] = 22, [14] = 700, [19] = 2, [22] = 8000000, [23] = 700,
			[28] = 3,
		};
		u64 value = i < ARRAY_SIZE(expected) ? expected[i] : 0;

		KUNIT_EXPECT_EQ_MSG(test, counter(vm, gfn, i), value, "counter %u", i);
	}
}

static u32 refresh(struct fake_vm *vm, u32 index, u32 rsvd)
{
	const u32 in[] = { index, rsvd };

	return HV_STATUS(fake_call_fast(vm, REFRESH, in, sizeof(in), NULL, 0));
}

/* 0x00ee: "Bump 34 and set 35 to the current reference time", 36 and 37 are snapshots */
static void refreshing_takes_a_snapshot(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	vm->step = 0;
	vm->now = vm->pt->since_ns;
	vm->vps[0].run_time.tsc_khz = 1000000;
	ASSERT_OK(test, map(vm, lp(0), &gfn));
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 34), 0ULL);
	vm->now += 5000;
	vm->vps[0].run_time.halted_ns = 600;
	vm->vps[0].run_time.guest_ns = 700;
	EXPECT(test, refresh(vm, 0, 0), SUCCESS);
	/* At once, without waiting for the period */
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 34), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 35), 50ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 36), 6ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 37), 700ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 23), 6ULL);
	vm->vps[0].run_time.halted_ns = 900;
	EXPECT(test, refresh(vm, 0, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 34), 2ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 36), 9ULL);
}

static void refreshing_has_errors(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT(test, refresh(vm, 1, 0), INVALID_LP_INDEX);
	EXPECT(test, refresh(vm, U32_MAX, 0), INVALID_LP_INDEX);
	EXPECT(test, refresh(vm, 0, 1), INVALID_PARAMETER);
	vm->pt->privileges &= ~HV_PRIV(CPU_MANAGEMENT);
	EXPECT(test, refresh(vm, 0, 0), ACCESS_DENIED);
}

static void guest_refreshes_nothing(struct kunit *test)
{
	EXPECT(test, refresh(test->priv, 0, 0), ACCESS_DENIED);
}

/* Linux deposits one page each time that it is told to, and tries again */
static void linux_deposits_until_it_works(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 status, tries = 0;
	u64 gfn;

	while ((status = map(vm, hypervisor(), &gfn)) == HV_STATUS_INSUFFICIENT_MEMORY) {
		KUNIT_ASSERT_LT(test, tries, 4U);
		ASSERT_OK(test, deposit(vm, POOL + tries++, 1));
	}
	EXPECT(test, status, SUCCESS);
	KUNIT_EXPECT_GT(test, tries, 0U);
	KUNIT_EXPECT_GE(test, gfn, (u64)POOL);
	KUNIT_EXPECT_LT(test, gfn, (u64)POOL + tries);
}

/* linux-clients 6.4: an unmapped page goes back to its pool, to be withdrawn */
static void unmapped_page_can_be_withdrawn(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 self = SELF;
	u64 balance[2], pages[8], gfn;
	u64 result;

	ASSERT_OK(test, map(vm, hypervisor(), &gfn));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, BALANCE, &self, 8, balance, 16)));
	KUNIT_EXPECT_LT(test, balance[0], 8ULL);
	ASSERT_OK(test, unmap(vm, hypervisor()));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, BALANCE, &self, 8, balance, 16)));
	KUNIT_EXPECT_EQ(test, balance[0], 8ULL);
	KUNIT_EXPECT_EQ(test, balance[1], 0ULL);
	result = fake_call(vm, WITHDRAW | HV_REPS(8), (u64[]) { SELF, 0 }, 16, pages, 64);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 8U);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, FAKE_PAGES));
}

static void mapped_page_is_read_only(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	ASSERT_OK(test, map(vm, hypervisor(), &gfn));
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfn), HVP_GPA_READ);
	ASSERT_OK(test, unmap(vm, hypervisor()));
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfn), 0U);
	ASSERT_OK(test, map2(vm, hypervisor(), OWN));
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, OWN), HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, counter(vm, OWN, 4), (u64)FAKE_VPS);
	ASSERT_OK(test, unmap(vm, hypervisor()));
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, OWN), HVP_GPA_ALL);
}

static void mapping_is_exclusive(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn, other;

	EXPECT(test, unmap(vm, partition(SELF, AREA_SELF)), OPERATION_DENIED);
	EXPECT(test, map(vm, partition(SELF, AREA_SELF), &gfn), SUCCESS);
	EXPECT(test, map(vm, partition(SELF, AREA_SELF), &other), OPERATION_DENIED);
	/* Whatever it is called */
	EXPECT(test, map(vm, partition(vm->pt->id, AREA_SELF), &other), OPERATION_DENIED);
	EXPECT(test, map2(vm, partition(SELF, AREA_SELF), OWN), OPERATION_DENIED);
	EXPECT(test, map(vm, partition(SELF, AREA_PARENT), &other), SUCCESS);
	KUNIT_EXPECT_NE(test, gfn, other);
	EXPECT(test, unmap(vm, partition(SELF, AREA_SELF)), SUCCESS);
	EXPECT(test, unmap(vm, partition(SELF, AREA_SELF)), OPERATION_DENIED);
	EXPECT(test, unmap(vm, partition(SELF, AREA_PARENT)), SUCCESS);
}

static void locations_that_cannot_be_used(struct kunit *test)
{
	static const u64 wrong[] = {
		FAKE_ROM >> PAGE_SHIFT, FAKE_HOLE >> PAGE_SHIFT, POOL, BIT_ULL(40), U64_MAX,
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT(test, map2(vm, hypervisor(), wrong[i]), INVALID_PARAMETER);
	EXPECT(test, map2(vm, hypervisor(), OWN), SUCCESS);
	EXPECT(test, map2(vm, lp(0), OWN), INVALID_PARAMETER);
}

static void every_reserved_byte_is_checked(struct kunit *test)
{
	const struct {
		struct request in;
		u32 used;	/* bytes of the identity, and from it on the area alone */
	} objects[] = {
		{ hypervisor(), 0 }, { lp(0), 4 }, { partition(SELF, 0), 8 },
		{ vp_of(SELF, 0, 0), 12 },
	};
	struct fake_vm *vm = test->priv;
	struct request in;
	u32 i, at;
	u64 gfn;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		for (at = objects[i].used; at < 15; at++) {
			in = objects[i].in;
			in.identity[at] = 0x80;
			EXPECT(test, map(vm, in, &gfn), INVALID_PARAMETER);
			EXPECT(test, unmap(vm, in), INVALID_PARAMETER);
			EXPECT(test, map2(vm, in, OWN), INVALID_PARAMETER);
		}
		in = objects[i].in;
		in.pad = 1;
		EXPECT(test, map(vm, in, &gfn), INVALID_PARAMETER);
		in = objects[i].in;
		for (at = i < 2 ? AREA_PARENT : AREA_INTERNAL; at < 256; at++) {
			in.identity[15] = at;
			EXPECT(test, map(vm, in, &gfn), INVALID_PARAMETER);
		}
	}
}

static void objects_that_are_not_there(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct request in = hypervisor();
	u64 gfn;
	u32 i;

	EXPECT(test, map(vm, lp(1), &gfn), INVALID_PARAMETER);
	EXPECT(test, map(vm, lp(U32_MAX), &gfn), INVALID_PARAMETER);
	EXPECT(test, map(vm, partition(12345, 0), &gfn), INVALID_PARTITION_ID);
	EXPECT(test, map(vm, partition(0, 0), &gfn), INVALID_PARTITION_ID);
	EXPECT(test, map(vm, vp_of(12345, 0, 0), &gfn), INVALID_PARTITION_ID);
	EXPECT(test, map(vm, vp_of(SELF, FAKE_VPS, 0), &gfn), INVALID_VP_INDEX);
	EXPECT(test, map(vm, vp_of(SELF, U32_MAX, 0), &gfn), INVALID_VP_INDEX);
	EXPECT(test, unmap(vm, vp_of(SELF, FAKE_VPS, 0)), INVALID_VP_INDEX);
	EXPECT(test, unmap(vm, partition(12345, 0)), INVALID_PARTITION_ID);
	for (i = 0; i < 6; i++) {
		static const u32 types[] = { 0, 3, 0x10000, 0x10003, 0x20001, U32_MAX };

		in.type = types[i];
		EXPECT(test, map(vm, in, &gfn), INVALID_PARAMETER);
	}
}

static void privilege_is_needed(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	vm->pt->privileges &= ~HV_PRIV(ACCESS_STATS);
	EXPECT(test, map(vm, hypervisor(), &gfn), ACCESS_DENIED);
	EXPECT(test, map2(vm, partition(SELF, 0), OWN), ACCESS_DENIED);
	EXPECT(test, unmap(vm, partition(SELF, 0)), ACCESS_DENIED);
}

/* Global objects are the root's, local ones also their own partition's */
static void guest_sees_itself_only(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn, done;

	EXPECT(test, map(vm, hypervisor(), &gfn), ACCESS_DENIED);
	EXPECT(test, map(vm, lp(0), &gfn), ACCESS_DENIED);
	EXPECT(test, map(vm, partition(SELF, AREA_SELF), &gfn), INSUFFICIENT_MEMORY);
	EXPECT(test, map2(vm, partition(SELF, AREA_SELF), OWN), INSUFFICIENT_MEMORY);
	/* The host pays, but has no page of the guest to give */
	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&vm->pt->pool, 4, &done), 0);
	EXPECT(test, map2(vm, partition(SELF, AREA_SELF), OWN), SUCCESS);
	KUNIT_EXPECT_EQ(test, counter(vm, OWN, 26), vm->pt->id);
	EXPECT(test, map2(vm, vp_of(SELF, 1, AREA_PARENT), OWN + 1), SUCCESS);
	EXPECT(test, map(vm, vp_of(SELF, 1, AREA_SELF), &gfn), INSUFFICIENT_MEMORY);
}

static void registers_do_as_well(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct request in = vp_of(SELF, 0, AREA_SELF);
	u64 out[2];

	EXPECT(test, HV_STATUS(fake_call_fast(vm, MAP, &in, 24, out, 16)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], (u64)POOL);
	EXPECT(test, HV_STATUS(fake_call_fast(vm, UNMAP, &in, 24, NULL, 0)), SUCCESS);
	in.location = OWN;
	EXPECT(test, HV_STATUS(fake_call_fast(vm, MAP2, &in, 32, NULL, 0)), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, OWN), HVP_GPA_READ);
}

static u32 call_at(struct fake_vm *vm, u64 in, u64 out)
{
	struct hvp_call call = { .control = MAP, .fast = { in, out }, .long_mode = true };

	KUNIT_EXPECT_EQ(vm->test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	return HV_STATUS(call.result);
}

/* The form of TLFS 2.0: no output, and the page in the input. At a page's end it is not there */
static void old_form_names_the_page(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct request in = hypervisor();
	u64 zero, gfn;

	in.location = OWN;
	fake_write(vm, FAKE_IN, &in, sizeof(in));
	zero = fake_read64(vm, 0);
	EXPECT(test, call_at(vm, FAKE_IN, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, 0), zero);
	KUNIT_EXPECT_EQ(test, counter(vm, OWN, 4), (u64)FAKE_VPS);
	ASSERT_OK(test, unmap(vm, hypervisor()));
	/* The same block with output is the new form */
	EXPECT(test, call_at(vm, FAKE_IN, FAKE_OUT), SUCCESS);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, FAKE_OUT), (u64)POOL);
	ASSERT_OK(test, unmap(vm, hypervisor()));
	fake_write(vm, FAKE_IN + SZ_4K - 24, &in, 24);
	EXPECT(test, call_at(vm, FAKE_IN + SZ_4K - 24, FAKE_OUT), SUCCESS);
	gfn = fake_read64(vm, FAKE_OUT);
	KUNIT_EXPECT_EQ(test, gfn, (u64)POOL);
}

static void lp_takes_its_page_along(struct kunit *test)
{
	const u64 add[] = { 1ULL << 32 | 1, 0 }, remove = 1;
	struct fake_vm *vm = test->priv;
	u64 gfn;

	ASSERT_OK(test, HV_STATUS(fake_call(vm, ADD_LP, add, sizeof(add), NULL, 0)));
	ASSERT_OK(test, map(vm, lp(1), &gfn));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, REMOVE_LP, &remove, 8, NULL, 0)));
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfn), 0U);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 0U);
	KUNIT_EXPECT_FALSE(test, hvp_stats_watched(vm->pt));
}

static void reset_takes_all_pages(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	ASSERT_OK(test, map(vm, hypervisor(), &gfn));
	ASSERT_OK(test, map2(vm, lp(0), OWN));
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, FAKE_PAGES));
	KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 0U);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
	KUNIT_EXPECT_FALSE(test, hvp_stats_watched(vm->pt));
	EXPECT(test, map(vm, hypervisor(), &gfn), INSUFFICIENT_MEMORY);
}

/* Pages are written again after the period, a few at a time, all in turn */
static void pages_are_refreshed_in_time(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn[2 * FAKE_VPS], now = 1000000000, period = HVP_STATS_PERIOD_MS * 1000000ULL;
	u32 i, old;

	ASSERT_OK(test, deposit(vm, POOL + 8, 12));
	for (i = 0; i < ARRAY_SIZE(gfn); i++)
		ASSERT_OK(test, map(vm, vp_of(SELF, i / 2, i % 2), &gfn[i]));
	hvp_stats_tick(vm->vp, now);
	for (i = 0; i < FAKE_VPS; i++)
		vm->vps[i].vp->stats[15] = 5;
	hvp_stats_tick(vm->vp, now + period - 1);
	for (i = 0; i < ARRAY_SIZE(gfn); i++)
		KUNIT_EXPECT_EQ(test, counter(vm, gfn[i], 15), 0ULL);
	hvp_stats_tick(vm->vp, now + period);
	for (i = 0, old = 0; i < ARRAY_SIZE(gfn); i++)
		old += !counter(vm, gfn[i], 15);
	KUNIT_EXPECT_EQ(test, old, 0U);
}

static void many_pages_take_several_exits(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn[20], now = 1000000000;
	u32 i, old;

	ASSERT_OK(test, deposit(vm, POOL + 8, 25));
	for (i = 0; i < ARRAY_SIZE(gfn); i++) {
		const u64 add[] = { (u64)(i % 3 + 1) << 32 | (i + 1), 0 };

		/* Three LPs, eight pages of VPs and two of the partition, and the hypervisor's */
		if (i < 3)
			ASSERT_OK(test, HV_STATUS(fake_call(vm, ADD_LP, add, 16, NULL, 0)));
		ASSERT_OK(test, i < 3 ? map(vm, lp(i + 1), &gfn[i]) :
				i < 11 ? map(vm, vp_of(SELF, (i - 3) / 2, i % 2), &gfn[i]) :
				i < 13 ? map(vm, partition(SELF, i % 2), &gfn[i]) :
				i < 14 ? map(vm, hypervisor(), &gfn[i]) :
				i < 15 ? map(vm, lp(0), &gfn[i]) : 0U);
	}
	hvp_stats_tick(vm->vp, now);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.left, 0U);
	/* More than one exit may do */
	vm->pt->stats.count += 10;
	vm->pt->stats.due = 0;
	hvp_stats_tick(vm->vp, now);
	old = vm->pt->stats.left;
	KUNIT_EXPECT_EQ(test, old, 9U);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.due, 0ULL);
	hvp_stats_tick(vm->vp, now);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.left, 0U);
	KUNIT_EXPECT_GT(test, vm->pt->stats.due, now);
	vm->pt->stats.count -= 10;
}

static void times_are_taken_while_somebody_looks(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	KUNIT_EXPECT_FALSE(test, hvp_stats_watched(vm->pt));
	KUNIT_EXPECT_EQ(test, vm->pt->stats.due, U64_MAX);
	ASSERT_OK(test, map(vm, vp_of(SELF, 0, 0), &gfn));
	KUNIT_EXPECT_TRUE(test, hvp_stats_watched(vm->pt));
	ASSERT_OK(test, unmap(vm, vp_of(SELF, 0, 0)));
	KUNIT_EXPECT_FALSE(test, hvp_stats_watched(vm->pt));
	KUNIT_EXPECT_EQ(test, vm->pt->stats.due, U64_MAX);
}

/* Each allocation fails once; nothing is left */
static void shortage_changes_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 nth, status;
	u64 gfn;

	for (nth = 1; ; nth++) {
		KUNIT_ASSERT_LT(test, nth, 20U);
		fake_fail_nth(nth);
		status = map(vm, hypervisor(), &gfn);
		if (!fake_has_failed())
			break;
		fake_fail_nth(0);
		EXPECT(test, status, NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 0U);
		KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
		KUNIT_EXPECT_EQ(test, vm->pt->pool.handed_out, 0ULL);
	}
	fake_fail_nth(0);
	EXPECT(test, status, SUCCESS);
}

/* A page that cannot be written is not mapped */
static void page_that_cannot_be_written(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	vm->access[POOL] = 0;
	EXPECT(test, map(vm, hypervisor(), &gfn), OPERATION_FAILED);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 0U);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.handed_out, 0ULL);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
}

static struct kunit_case root_cases[] = {
	HVP_CASE(hypervisor_page_byte_by_byte, 0x006c),
	HVP_CASE(partition_page_byte_by_byte, 0x006c),
	HVP_CASE(vp_page_byte_by_byte, 0x006c),
	HVP_CASE(vp_page_has_what_the_host_knows, 0x006c),
	HVP_CASE(hypercalls_by_kind, 0x006c),
	HVP_CASE(flushes_and_ipis_are_counted, 0x006c),
	HVP_CASE(lp_page_byte_by_byte, 0x006c),
	HVP_CASE(refreshing_takes_a_snapshot, 0x00ee),
	HVP_CASE(refreshing_has_errors, 0x00ee),
	HVP_CASE(unmapped_page_can_be_withdrawn, 0x006c, 0x006d),
	HVP_CASE(mapped_page_is_read_only, 0x006c, 0x0131),
	HVP_CASE(mapping_is_exclusive, 0x006c, 0x006d, 0x0131),
	HVP_CASE(locations_that_cannot_be_used, 0x0131),
	HVP_CASE(every_reserved_byte_is_checked, 0x006c, 0x006d, 0x0131),
	HVP_CASE(objects_that_are_not_there, 0x006c, 0x006d),
	HVP_CASE(privilege_is_needed, 0x006c, 0x006d, 0x0131),
	HVP_CASE(registers_do_as_well, 0x006c, 0x006d, 0x0131),
	HVP_CASE(old_form_names_the_page, 0x006c),
	HVP_CASE(lp_takes_its_page_along, 0x006c),
	HVP_CASE(reset_takes_all_pages, 0x006c, 0x0131),
	HVP_CASE(pages_are_refreshed_in_time, 0x006c),
	HVP_CASE(many_pages_take_several_exits, 0x006c),
	HVP_CASE(times_are_taken_while_somebody_looks, 0x006c, 0x006d),
	HVP_CASE(shortage_changes_nothing, 0x006c),
	HVP_CASE(page_that_cannot_be_written, 0x006c),
	{}
};

static struct kunit_suite root_suite = {
	.name = "hvpersona_stats",
	.init = root_init,
	.exit = fake_exit,
	.test_cases = root_cases,
};

static struct kunit_case empty_cases[] = {
	HVP_CASE(linux_deposits_until_it_works, 0x006c),
	{}
};

static struct kunit_suite empty_suite = {
	.name = "hvpersona_stats_empty_pool",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = empty_cases,
};

static struct kunit_case guest_cases[] = {
	HVP_CASE(guest_sees_itself_only, 0x006c, 0x0131),
	HVP_CASE(guest_refreshes_nothing, 0x00ee),
	{}
};

static struct kunit_suite guest_suite = {
	.name = "hvpersona_stats_guest",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = guest_cases,
};

/* Of a child: mapped by its parent, from the parent's own pool */

static int child_init(struct kunit *test)
{
	struct fed_child *child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	struct fake_vm *vm;

	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, child, 0);
	ASSERT_OK(test, deposit(vm, POOL, 8));
	test->priv = child;
	return 0;
}

static void child_end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static void child_has_pages_too(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct fake_vm *vm = child->vm;
	u64 gfn;

	fed_child_map(child, 0x100, 40, 3);
	fed_child_map(child, 0x101, 41, 3);
	ASSERT_OK(test, map(vm, partition(child->id, AREA_PARENT), &gfn));
	KUNIT_EXPECT_GE(test, gfn, (u64)POOL);
	/* Otherwise nobody would write it anew */
	KUNIT_EXPECT_TRUE(test, hvp_stats_watched(vm->pt));
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 1), 1ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 5), 64ULL + FED_PAGES);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 6), 2ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 7), 2ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 10), 2ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 11), 0ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 26), child->id);
	child->vp->stats[40] = 6;
	ASSERT_OK(test, map(vm, vp_of(child->id, 0, AREA_PARENT), &gfn));
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 40), 6ULL);
	KUNIT_EXPECT_EQ(test, counter(vm, gfn, 202), 0ULL);	/* linux-clients 6.8 */
	EXPECT(test, map(vm, vp_of(child->id, 1, AREA_PARENT), &gfn), INVALID_VP_INDEX);
	/* The parent has a child, and the hypervisor two partitions */
	KUNIT_EXPECT_EQ(test, map_and_read(vm, partition(SELF, AREA_SELF), 46), 1ULL);
	KUNIT_EXPECT_EQ(test, map_and_read(vm, hypervisor(), 2), 2ULL);
}

static void pages_go_with_the_vp(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const u64 delete[] = { child->id, 0 };
	struct fake_vm *vm = child->vm;
	u64 gfn, other;

	ASSERT_OK(test, map(vm, vp_of(child->id, 0, AREA_SELF), &gfn));
	ASSERT_OK(test, map(vm, partition(child->id, AREA_SELF), &other));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, DELETE_VP, delete, 16, NULL, 0)));
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfn), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, other), HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 1U);
	hvp_stats_tick(vm->vp, U64_MAX - 1);
}

static void pages_go_with_the_child(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct fake_vm *vm = child->vm;
	u64 gfn, other;

	ASSERT_OK(test, map(vm, vp_of(child->id, 0, AREA_SELF), &gfn));
	ASSERT_OK(test, map(vm, partition(child->id, AREA_SELF), &other));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, FINALIZE, &child->id, 8, NULL, 0)));
	KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfn), 0U);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, other), 0U);
	EXPECT(test, map(vm, partition(child->id, AREA_SELF), &gfn), INVALID_PARTITION_STATE);
	EXPECT(test, unmap(vm, partition(child->id, AREA_SELF)), INVALID_PARTITION_STATE);
}

static void child_must_be_active(struct kunit *test)
{
	const struct hv_create_partition create = { .compatibility = 0x0609 };
	struct fed_child *child = test->priv;
	struct fake_vm *vm = child->vm;
	u64 id, gfn;

	ASSERT_OK(test, HV_STATUS(fake_call(vm, CREATE, &create, sizeof(create), &id, 8)));
	EXPECT(test, map(vm, partition(id, AREA_SELF), &gfn), INVALID_PARTITION_STATE);
	EXPECT(test, map2(vm, vp_of(id, 0, AREA_SELF), OWN), INVALID_PARTITION_STATE);
}

/* Also when the host destroys it, and when the machine itself goes with everything mapped */
static void host_destroys_the_child(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct fake_vm *vm = child->vm;
	u64 gfn;

	ASSERT_OK(test, map(vm, vp_of(child->id, 0, AREA_SELF), &gfn));
	ASSERT_OK(test, map(vm, hypervisor(), &gfn));
	fed_child_lock(child, NULL);
	hvp_child_destroy(child->pt);
	fed_child_unlock(child);
	KUNIT_EXPECT_EQ(test, vm->pt->stats.count, 1U);
}

static struct kunit_case child_cases[] = {
	HVP_CASE(child_has_pages_too, 0x006c),
	HVP_CASE(pages_go_with_the_vp, 0x006c),
	HVP_CASE(pages_go_with_the_child, 0x006c, 0x006d),
	HVP_CASE(child_must_be_active, 0x006c, 0x0131),
	HVP_CASE(host_destroys_the_child, 0x006c),
	{}
};

static struct kunit_suite child_suite = {
	.name = "hvpersona_stats_child",
	.init = child_init,
	.exit = child_end,
	.test_cases = child_cases,
};

kunit_test_suites(&root_suite, &empty_suite, &guest_suite, &child_suite);
