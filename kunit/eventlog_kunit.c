// SPDX-License-Identifier: GPL-2.0
/*
 * The event log: groups, the life of buffers, what is written to them, and notifications. Rules
 * are those of the sheet's entries 0x0060 to 0x0068 and of TLFS 2.0, chapter 19 (numbers of
 * sections are its), layouts those of the sheet's section "Event-log structures".
 */
#include <linux/string.h>

#include "../hvpersona/events.h"
#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/stats/stats.h"
#include "fed_child.h"

#define SPIN		0x0008
#define CREATE		0x0040
#define INITIALIZE	0x0041
#define DEPOSIT		0x0048
#define CREATE_VP	0x004e
#define INIT		0x0060
#define EXIT		0x0061
#define CREATE_BUFFER	0x0062
#define DELETE_BUFFER	0x0063
#define MAP		0x0064
#define UNMAP		0x0065
#define SOURCES		0x0066
#define RELEASE		0x0067
#define FLUSH		0x0068

/* Event log types */
#define GLOBAL		0
#define LOCAL		1
#define SYSTEM		2

/* States of buffers */
#define STANDBY		0
#define FREE		1
#define IN_USE		2
#define COMPLETE	3
#define READY		4

#define NONE		0xffffffff

/* Trace groups of the mask */
#define HC		0x400ULL
#define VP		0x8000ULL
#define SYNIC		0x10000ULL
#define AM		0x80000ULL
#define VM		0x200000ULL
#define MM		0x4000000ULL

#define HEADER		72
#define ENTRY		48
#define PER_PAGE	((4096 - HEADER) / ENTRY)

#define POOL		20
#define POOL_PAGES	24

#define EXPECT(test, status, expected)	\
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_##expected)
#define ASSERT_OK(test, status)		\
	KUNIT_ASSERT_EQ(test, status, (u32)HV_STATUS_SUCCESS)

struct init_in {
	u16 type, mode;
	u32 max, size, threshold, basis;
	u64 system_time;
} __packed;

static struct init_in geometry(u16 type, u32 max, u32 threshold)
{
	return (struct init_in) { .type = type, .max = max, .size = 1, .threshold = threshold };
}

static u32 init_group(struct fake_vm *vm, struct init_in in)
{
	return HV_STATUS(fake_call(vm, INIT, &in, sizeof(in), NULL, 0));
}

/* A call that takes a type and an index; 0x0062 also takes a proximity */
static u32 call(struct fake_vm *vm, u16 code, u32 type, u32 index)
{
	const u32 in[4] = { type, index };

	return HV_STATUS(fake_call(vm, code, in, sizeof(in), NULL, 0));
}

static u32 map(struct fake_vm *vm, u32 type, u32 index, u64 *gfns, u32 pages)
{
	const u32 in[2] = { type, index };

	return HV_STATUS(fake_call(vm, MAP, in, sizeof(in), gfns, pages * 8));
}

static u32 set_sources(struct fake_vm *vm, u32 type, u64 mask)
{
	const u64 in[2] = { type, mask };

	return HV_STATUS(fake_call_fast(vm, SOURCES, in, sizeof(in), NULL, 0));
}

/* An event of source VP, from VP 0. Calls that the tests make cause none */
static void do_event(struct fake_vm *vm)
{
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_VP_STARTED, vm->pt->id, 3, 4, 5, 6);
}

static void do_events(struct fake_vm *vm, u32 count)
{
	while (count--)
		do_event(vm);
}

static u32 field(struct fake_vm *vm, u64 gfn, u32 offset)
{
	u32 value;

	fake_read(vm, (gfn << PAGE_SHIFT) + offset, &value, sizeof(value));
	return value;
}

static u32 state(struct fake_vm *vm, u64 gfn)
{
	return field(vm, gfn, 44);
}

static struct hvp_eventlog_entry entry(struct fake_vm *vm, u64 gfn, u32 number)
{
	struct hvp_eventlog_entry value;

	fake_read(vm, (gfn << PAGE_SHIFT) + HEADER + number * ENTRY, &value, sizeof(value));
	return value;
}

/* As at the exit of a VP, when it is time */
static void bring(struct fake_vm *vm)
{
	vm->now += 1000000000;
	hvp_log_work(vm->vp);
}

static void feed(struct fake_vm *vm)
{
	u64 in[1 + POOL_PAGES] = { HV_PARTITION_ID_SELF };
	u32 i;

	for (i = 0; i < POOL_PAGES; i++)
		in[1 + i] = POOL + i;
	ASSERT_OK(vm->test, HV_STATUS(fake_call(vm, DEPOSIT | HV_REPS(POOL_PAGES), in, sizeof(in),
						NULL, 0)));
}

static int init(struct kunit *test)
{
	struct fake_vm *vm;
	int err = fake_init_root(test);
	u64 done;
	u32 i;

	if (err)
		return err;
	vm = test->priv;
	feed(vm);
	/* Kernel memory, so that all guest pages can be handed out */
	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&vm->pt->pool, 64, &done), 0);
	for (i = 0; i < FAKE_VPS; i++)
		fake_synic_enable(&vm->vps[i]);
	return 0;
}

/* A group with buffers of one page that are mapped; pages in @gfns */
static void ready_group(struct fake_vm *vm, struct init_in in, u32 buffers, u64 *gfns)
{
	u32 i;

	ASSERT_OK(vm->test, init_group(vm, in));
	for (i = 0; i < buffers; i++) {
		ASSERT_OK(vm->test, call(vm, CREATE_BUFFER, in.type, i));
		ASSERT_OK(vm->test, map(vm, in.type, i, &gfns[i], 1));
	}
}

static void geometry_is_checked(struct kunit *test)
{
	static const struct {
		struct init_in in;
		u32 status;
	} cases[] = {
		{ { GLOBAL, 0, 1, 1, 1, 0 }, HV_STATUS_SUCCESS },
		{ { GLOBAL, 1, 512, 512, 512, 1 }, HV_STATUS_SUCCESS },
		{ { SYSTEM, 0, 2, 4096, 1, 2 }, HV_STATUS_SUCCESS },
		{ { LOCAL, 0, 2, 512 * 4096, 2, 0, 1 }, HV_STATUS_SUCCESS },
		{ { 3, 0, 1, 1, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { 0xffff, 0, 1, 1, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 2, 1, 1, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 0, 1, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 513, 1, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 1, 0, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 1, 513, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 1, 4097, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 1, 513 * 4096, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 1, 0x80000000, 1, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 4, 1, 0, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 4, 1, 5, 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { GLOBAL, 0, 1, 1, 1, 3 }, HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, init_group(vm, cases[i].in), cases[i].status, "case %u",
				    i);
		if (!cases[i].status)
			EXPECT(test, call(vm, EXIT, cases[i].in.type, 0), SUCCESS);
	}
	/* In registers, the last field of which is not aligned */
	EXPECT(test, HV_STATUS(fake_call_fast(vm, INIT, &cases[0].in, 28, NULL, 0)), SUCCESS);
	EXPECT(test, init_group(vm, cases[0].in), OBJECT_IN_USE);
	EXPECT(test, init_group(vm, cases[2].in), SUCCESS);
}

static void nothing_works_without_a_group(struct kunit *test)
{
	static const u16 codes[] = {
		EXIT, CREATE_BUFFER, DELETE_BUFFER, MAP, UNMAP, RELEASE, FLUSH
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, call(vm, codes[i], GLOBAL, 0),
				    (u32)HV_STATUS_OPERATION_DENIED, "0x%04x", codes[i]);
		KUNIT_EXPECT_EQ_MSG(test, call(vm, codes[i], 3, 0),
				    (u32)HV_STATUS_INVALID_PARAMETER, "0x%04x", codes[i]);
	}
	EXPECT(test, set_sources(vm, GLOBAL, VP), OPERATION_DENIED);
	EXPECT(test, set_sources(vm, 3, VP), INVALID_PARAMETER);
	EXPECT(test, set_sources(vm, NONE, VP), INVALID_PARAMETER);
}

/* The table of 19.1.5: which call is legal in which state, and what it makes of it */
static void state_machine(struct kunit *test)
{
	static const struct {
		u16 code;
		u32 in[5];	/* by state */
	} calls[] = {
		{ MAP, { HV_STATUS_SUCCESS, HV_STATUS_OPERATION_DENIED, HV_STATUS_OPERATION_DENIED,
			 HV_STATUS_OPERATION_DENIED, HV_STATUS_OPERATION_DENIED } },
		{ DELETE_BUFFER, { HV_STATUS_SUCCESS, HV_STATUS_OPERATION_DENIED,
				   HV_STATUS_OPERATION_DENIED, HV_STATUS_OPERATION_DENIED,
				   HV_STATUS_OPERATION_DENIED } },
		{ UNMAP, { HV_STATUS_ACCESS_DENIED, HV_STATUS_SUCCESS, HV_STATUS_ACCESS_DENIED,
			   HV_STATUS_ACCESS_DENIED, HV_STATUS_SUCCESS } },
		{ RELEASE, { HV_STATUS_OPERATION_DENIED, HV_STATUS_EVENT_BUFFER_ALREADY_FREED,
			     HV_STATUS_OPERATION_DENIED, HV_STATUS_OPERATION_DENIED,
			     HV_STATUS_SUCCESS } },
		{ FLUSH, { HV_STATUS_OPERATION_DENIED, HV_STATUS_OPERATION_DENIED,
			   HV_STATUS_SUCCESS, HV_STATUS_SUCCESS, HV_STATUS_OPERATION_DENIED } },
	};
	struct fake_vm *vm = test->priv;
	u32 i, in;
	u64 gfn;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (in = STANDBY; in <= READY; in++) {
			/* Three complete buffers make a notification, so one remains complete */
			ASSERT_OK(test, init_group(vm, geometry(GLOBAL, 4, 3)));
			ASSERT_OK(test, call(vm, CREATE_BUFFER, GLOBAL, 0));
			if (in >= FREE)
				ASSERT_OK(test, map(vm, GLOBAL, 0, &gfn, 1));
			ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
			if (in == COMPLETE)
				do_events(vm, PER_PAGE + 1);
			else if (in == IN_USE || in == READY)
				do_event(vm);
			ASSERT_OK(test, set_sources(vm, GLOBAL, 0));
			if (in == READY)
				ASSERT_OK(test, call(vm, FLUSH, GLOBAL, 0));
			bring(vm);
			if (in >= FREE)
				KUNIT_ASSERT_EQ(test, state(vm, gfn), in);
			KUNIT_EXPECT_EQ_MSG(test, call(vm, calls[i].code, GLOBAL, 0),
					    calls[i].in[in], "0x%04x in state %u", calls[i].code,
					    in);
			hvp_partition_reset(vm->pt);
			KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
			feed(vm);
		}
	}
}

static void indexes_are_checked(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	ASSERT_OK(test, init_group(vm, geometry(SYSTEM, 3, 1)));
	EXPECT(test, call(vm, CREATE_BUFFER, SYSTEM, 3), INVALID_PARAMETER);
	EXPECT(test, call(vm, CREATE_BUFFER, SYSTEM, NONE), INVALID_PARAMETER);
	EXPECT(test, call(vm, CREATE_BUFFER, SYSTEM, 2), SUCCESS);
	EXPECT(test, call(vm, CREATE_BUFFER, SYSTEM, 2), INVALID_PARAMETER);
	EXPECT(test, map(vm, SYSTEM, 1, &gfn, 1), INVALID_PARAMETER);
	EXPECT(test, map(vm, SYSTEM, 3, &gfn, 1), INVALID_PARAMETER);
	EXPECT(test, call(vm, UNMAP, SYSTEM, 0), INVALID_PARAMETER);
	EXPECT(test, call(vm, RELEASE, SYSTEM, NONE), INVALID_PARAMETER);
	EXPECT(test, call(vm, FLUSH, SYSTEM, 1), INVALID_PARAMETER);
	EXPECT(test, call(vm, DELETE_BUFFER, SYSTEM, 1), INVALID_PARAMETER);
	EXPECT(test, call(vm, EXIT, SYSTEM, 0), OPERATION_DENIED);
	EXPECT(test, call(vm, DELETE_BUFFER, SYSTEM, 2), SUCCESS);
	EXPECT(test, set_sources(vm, SYSTEM, VP), SUCCESS);
	EXPECT(test, call(vm, EXIT, SYSTEM, 0), OPERATION_DENIED);
	EXPECT(test, set_sources(vm, SYSTEM, 0), SUCCESS);
	EXPECT(test, call(vm, EXIT, SYSTEM, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
}

/* HV_PROXIMITY_DOMAIN_INFO: there is one domain, 0 */
static void proximity_is_checked(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 required_7[] = { GLOBAL, 7 | 1ULL << 63 };
	const u64 preferred_7[] = { GLOBAL, 7 | 1ULL << 63 | 1ULL << 32 };

	ASSERT_OK(test, init_group(vm, geometry(GLOBAL, 3, 1)));
	EXPECT(test, HV_STATUS(fake_call_fast(vm, CREATE_BUFFER, required_7, 16, NULL, 0)),
	       INVALID_PARAMETER);
	EXPECT(test, HV_STATUS(fake_call_fast(vm, CREATE_BUFFER, preferred_7, 16, NULL, 0)),
	       SUCCESS);
}

static void only_the_root_logs(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	EXPECT(test, init_group(vm, geometry(GLOBAL, 3, 1)), ACCESS_DENIED);
	EXPECT(test, call(vm, EXIT, GLOBAL, 0), ACCESS_DENIED);
	EXPECT(test, call(vm, CREATE_BUFFER, GLOBAL, 0), ACCESS_DENIED);
	EXPECT(test, call(vm, DELETE_BUFFER, GLOBAL, 0), ACCESS_DENIED);
	EXPECT(test, map(vm, GLOBAL, 0, &gfn, 1), ACCESS_DENIED);
	EXPECT(test, call(vm, UNMAP, GLOBAL, 0), ACCESS_DENIED);
	EXPECT(test, set_sources(vm, GLOBAL, VP), ACCESS_DENIED);
	EXPECT(test, call(vm, RELEASE, GLOBAL, 0), ACCESS_DENIED);
	EXPECT(test, call(vm, FLUSH, GLOBAL, 0), ACCESS_DENIED);
}

static void mapped_pages_are_read_only(struct kunit *test)
{
	struct init_in in = geometry(GLOBAL, 2, 1);
	struct fake_vm *vm = test->priv;
	u64 gfns[3];
	u32 i;

	in.size = 3;
	ASSERT_OK(test, init_group(vm, in));
	ASSERT_OK(test, call(vm, CREATE_BUFFER, GLOBAL, 1));
	ASSERT_OK(test, map(vm, GLOBAL, 1, gfns, 3));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, gfns[i], (u64)POOL + i);
		KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfns[i]), HVP_GPA_READ);
	}
	ASSERT_OK(test, call(vm, UNMAP, GLOBAL, 1));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, gfns[i]), 0U);
}

static void header_byte_by_byte(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfns[2];
	u32 i;

	ready_group(vm, geometry(SYSTEM, 2, 2), 2, gfns);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)FREE);
	ASSERT_OK(test, set_sources(vm, SYSTEM, VP));
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000020)->low = 100000;
	bring(vm);
	do_events(vm, 2);
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000020)->low = 200000;
	bring(vm);
	for (i = 0; i < HEADER; i += 4) {
		const u32 expected[HEADER / 4] = {
			[0] = 4096,			/* size */
			[11] = IN_USE,
			[12] = HEADER + 2 * ENTRY,	/* next free byte */
			[13] = SYSTEM,
			[14] = NONE,			/* next buffer */
		};

		/* The time */
		if (i != 16 && i != 20)
			KUNIT_EXPECT_EQ_MSG(test, field(vm, gfns[0], i), expected[i / 4],
					    "byte %u", i);
	}
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)FREE);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[1], 4), 1U);
}

static void entry_byte_by_byte(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_eventlog_entry first, second;
	u64 gfns[2], before;

	/* The clock is set when the group is made */
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000020)->low = 7000000;
	ready_group(vm, geometry(SYSTEM, 2, 2), 2, gfns);
	ASSERT_OK(test, set_sources(vm, SYSTEM, VP));
	before = ktime_get_mono_fast_ns() / 100;
	do_event(vm);
	hvp_log_event(vm->pt->instance, NULL, HVP_EVENT_VP_CREATED, 9, HVP_NO_VP, 0, 0, 0);
	bring(vm);
	first = entry(vm, gfns[0], 0);
	second = entry(vm, gfns[0], 1);
	KUNIT_EXPECT_EQ(test, first.context, 0U);
	KUNIT_EXPECT_EQ(test, first.size, 48);
	KUNIT_EXPECT_EQ(test, first.type, 0x0f03);	/* Bit 15 of the mask, event 3 */
	KUNIT_EXPECT_EQ(test, first.partition, vm->pt->id);
	KUNIT_EXPECT_EQ(test, first.vp, 3U);
	KUNIT_EXPECT_EQ(test, first.detail, 4U);
	KUNIT_EXPECT_EQ(test, first.args[0], 5ULL);
	KUNIT_EXPECT_EQ(test, first.args[1], 6ULL);
	/* In reference time, as far as that goes with a clock that stands still */
	KUNIT_EXPECT_GE(test, first.time, 7000000ULL);
	KUNIT_EXPECT_LE(test, first.time,
			7000000ULL + ktime_get_mono_fast_ns() / 100 - before + 10000000);
	KUNIT_EXPECT_EQ(test, second.context, NONE);
	KUNIT_EXPECT_EQ(test, second.type, 0x0f01);
	KUNIT_EXPECT_GE(test, second.time, first.time);
}

static void time_may_be_the_tsc(struct kunit *test)
{
	struct init_in in = geometry(GLOBAL, 1, 1);
	struct fake_vm *vm = test->priv;
	u64 gfn;

	in.basis = 1;
	ready_group(vm, in, 1, &gfn);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x10)->low = 0x123456789a;
	do_event(vm);
	bring(vm);
	KUNIT_EXPECT_EQ(test, entry(vm, gfn, 0).time, 0x123456789aULL);
}

/* The message at FAKE_SIM of a VP, SINT 0; taken out */
static bool take_message(struct fake_vm *vm, u32 vp, u32 *type, u32 *index)
{
	u64 at = FAKE_SIM(vp), zero = 0;
	u32 head[6];

	hvp_synic_deliver(vm->vps[vp].vp);
	fake_read(vm, at, head, sizeof(head));
	if (!head[0])
		return false;
	KUNIT_EXPECT_EQ(vm->test, head[0], 0x80000040U);
	KUNIT_EXPECT_EQ(vm->test, head[1] & 0xff, 8U);
	*type = head[4];
	*index = head[5];
	fake_write(vm, at, &zero, 4);
	return true;
}

/* 19.1.10, 19.1.11: the list in its order, and the events in theirs */
static void threshold_makes_buffers_ready(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type, index;
	u64 gfns[4];

	ready_group(vm, geometry(SYSTEM, 4, 2), 4, gfns);
	ASSERT_OK(test, set_sources(vm, SYSTEM, VP));
	do_events(vm, PER_PAGE + 1);
	bring(vm);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[0]), (u32)COMPLETE);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)IN_USE);
	KUNIT_EXPECT_FALSE(test, take_message(vm, 0, &type, &index));
	do_events(vm, PER_PAGE);
	/* Enough: without waiting for the period */
	hvp_log_work(vm->vp);
	KUNIT_ASSERT_TRUE(test, take_message(vm, 0, &type, &index));
	KUNIT_EXPECT_EQ(test, type, (u32)SYSTEM);
	KUNIT_EXPECT_EQ(test, index, 0U);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[0]), (u32)READY);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 56), 1U);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)READY);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[1], 56), NONE);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[1], 12), (u32)PER_PAGE);	/* first event's number */
	KUNIT_EXPECT_EQ(test, field(vm, gfns[1], 60), 1U);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[2]), (u32)IN_USE);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 48), HEADER + PER_PAGE * ENTRY);
	/* Released in any order, and used again in that */
	ASSERT_OK(test, call(vm, RELEASE, SYSTEM, 1));
	ASSERT_OK(test, call(vm, RELEASE, SYSTEM, 0));
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)FREE);
	do_events(vm, 2 * PER_PAGE);
	hvp_log_work(vm->vp);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)IN_USE);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[0]), (u32)FREE);
}

static void flush_does_not_wait(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type, index;
	u64 gfns[4];

	ready_group(vm, geometry(GLOBAL, 4, 4), 4, gfns);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	do_events(vm, PER_PAGE + 5);
	ASSERT_OK(test, call(vm, FLUSH, GLOBAL, 1));
	KUNIT_ASSERT_TRUE(test, take_message(vm, 0, &type, &index));
	KUNIT_EXPECT_EQ(test, type, (u32)GLOBAL);
	KUNIT_EXPECT_EQ(test, index, 0U);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 56), 1U);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)READY);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[1], 48), (u32)(HEADER + 5 * ENTRY));
	KUNIT_EXPECT_EQ(test, entry(vm, gfns[1], 4).detail, 4U);
	/* The next event takes a new one */
	do_event(vm);
	bring(vm);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[2]), (u32)IN_USE);
}

/* Full buffers drop and count; the count is told in the next one that is completed */
static void lost_events_are_counted(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_log_group *group = &vm->pt->instance->log.groups[GLOBAL];
	u32 type, index;
	u64 gfns[2];

	ready_group(vm, geometry(GLOBAL, 2, 2), 2, gfns);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	do_events(vm, 2 * PER_PAGE + 7);
	bring(vm);
	KUNIT_EXPECT_EQ(test, group->dropped, 7ULL);
	KUNIT_ASSERT_TRUE(test, take_message(vm, 0, &type, &index));
	ASSERT_OK(test, call(vm, RELEASE, GLOBAL, 0));
	do_events(vm, PER_PAGE + 1);
	bring(vm);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[0]), (u32)COMPLETE);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 8), 7U);
	KUNIT_EXPECT_EQ(test, group->dropped, 8ULL);
	/* What was recorded has no holes in its numbers */
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 12), (u32)(2 * PER_PAGE));
}

static void circular_keeps_the_latest(struct kunit *test)
{
	struct init_in in = geometry(GLOBAL, 3, 1);
	struct fake_vm *vm = test->priv;
	u32 type, index;
	u64 gfns[3];

	in.mode = 1;
	ready_group(vm, in, 3, gfns);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	do_events(vm, 10 * PER_PAGE + 1);
	bring(vm);
	/* No notification but on demand */
	KUNIT_EXPECT_FALSE(test, take_message(vm, 0, &type, &index));
	KUNIT_EXPECT_EQ(test, vm->pt->instance->log.groups[GLOBAL].dropped, 0ULL);
	/* 0 1 2 0 1 2 ...: the eleventh is buffer 1 */
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)IN_USE);
	ASSERT_OK(test, call(vm, FLUSH, GLOBAL, 1));
	KUNIT_ASSERT_TRUE(test, take_message(vm, 0, &type, &index));
	KUNIT_EXPECT_EQ(test, index, 2U);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[2], 56), 0U);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 56), 1U);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[2], 12), (u32)(8 * PER_PAGE));
}

/* 19.1.3: each processor has a buffer of its own */
static void local_buffers_belong_to_processors(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfns[3];
	u32 i;

	ready_group(vm, geometry(LOCAL, 3, 3), 3, gfns);
	ASSERT_OK(test, set_sources(vm, LOCAL, VP));
	for (i = 0; i < 3; i++) {
		do_event(vm);
		hvp_log_event(vm->pt->instance, vm->vps[2].vp, HVP_EVENT_VP_DELETED, 1, 2, 3, 4, 5);
	}
	bring(vm);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 40), 0U);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[1], 40), 2U);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[2]), (u32)FREE);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, entry(vm, gfns[0], i).type, 0x0f03);
		KUNIT_EXPECT_EQ(test, entry(vm, gfns[1], i).type, 0x0f02);
		KUNIT_EXPECT_EQ(test, entry(vm, gfns[1], i).context, 2U);
	}
	/* What the host causes goes to the boot processor */
	hvp_log_event(vm->pt->instance, NULL, HVP_EVENT_VP_CREATED, 1, 2, 3, 4, 5);
	bring(vm);
	KUNIT_EXPECT_EQ(test, entry(vm, gfns[0], 3).type, 0x0f01);
	ASSERT_OK(test, call(vm, FLUSH, LOCAL, 1));
	hvp_log_event(vm->pt->instance, vm->vps[2].vp, HVP_EVENT_VP_DELETED, 1, 2, 3, 4, 5);
	bring(vm);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[2], 40), 2U);
}

static void sources_are_chosen(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfns[2], other;

	ready_group(vm, geometry(GLOBAL, 1, 1), 1, gfns);
	ready_group(vm, geometry(SYSTEM, 1, 1), 1, &other);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VM | MM));
	ASSERT_OK(test, set_sources(vm, SYSTEM, VP));
	do_event(vm);
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_DEPOSITED, 1, 2, 3, 4, 5);
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_MESSAGE_POSTED, 1, 2, 3, 4, 5);
	bring(vm);
	KUNIT_EXPECT_EQ(test, field(vm, gfns[0], 48), (u32)(HEADER + ENTRY));
	KUNIT_EXPECT_EQ(test, entry(vm, gfns[0], 0).type, 0x1a01);
	KUNIT_EXPECT_EQ(test, field(vm, other, 48), (u32)(HEADER + ENTRY));
	KUNIT_EXPECT_EQ(test, entry(vm, other, 0).type, 0x0f03);
	ASSERT_OK(test, set_sources(vm, SYSTEM, 0));
	do_event(vm);
	bring(vm);
	KUNIT_EXPECT_EQ(test, field(vm, other, 48), (u32)(HEADER + ENTRY));
	KUNIT_EXPECT_EQ(test, vm->pt->instance->log.sources, VM | MM);
}

struct sources_in {
	u32 type, count;
	u64 flags;
	struct {
		u32 id;
		u16 pad, count;
		u8 events[256];
	} groups[2];
};

/* The form of later hypervisors: events of up to two sources, one by one */
static void modern_sources(struct kunit *test)
{
	struct sources_in in = { .type = GLOBAL, .count = 2, .flags = 1 };
	struct hvp_call at_end = {
		.control = SOURCES, .fast = { FAKE_IN + SZ_4K - 16, 0 }, .long_mode = true,
	};
	struct fake_vm *vm = test->priv;
	u64 gfn;

	in.groups[0].id = 15;
	in.groups[0].count = 2;
	in.groups[0].events[0] = 1;
	in.groups[0].events[1] = 3;
	in.groups[1].id = 26;		/* all of them */
	ready_group(vm, geometry(GLOBAL, 1, 1), 1, &gfn);
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)), SUCCESS);
	do_event(vm);
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_VP_DELETED, 1, 2, 3, 4, 5);
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_WITHDRAWN, 1, 2, 3, 4, 5);
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_MAPPED, 1, 2, 3, 4, 5);
	bring(vm);
	KUNIT_EXPECT_EQ(test, field(vm, gfn, 48), (u32)(HEADER + 2 * ENTRY));
	KUNIT_EXPECT_EQ(test, entry(vm, gfn, 0).type, 0x0f03);
	KUNIT_EXPECT_EQ(test, entry(vm, gfn, 1).type, 0x1a02);

	in.groups[1].id = 15;		/* twice */
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)),
	       INVALID_PARAMETER);
	in.groups[1].id = 64;
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)),
	       INVALID_PARAMETER);
	in.groups[1].id = 26;
	in.groups[1].count = 257;
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)),
	       INVALID_PARAMETER);
	in.groups[1].count = 256;
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)), SUCCESS);
	in.count = 3;
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)),
	       INVALID_PARAMETER);
	in.count = 1;
	in.flags = 0;			/* groups, but not extended */
	EXPECT(test, HV_STATUS(fake_call(vm, SOURCES, &in, sizeof(in), NULL, 0)),
	       INVALID_PARAMETER);
	in.flags = 1;
	/* The groups are beyond the page, or there is no page */
	fake_write(vm, FAKE_IN + SZ_4K - 16, &in, 16);
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &at_end), (u32)HVP_DONE);
	EXPECT(test, HV_STATUS(at_end.result), INVALID_HYPERCALL_INPUT);
	EXPECT(test, HV_STATUS(fake_call_fast(vm, SOURCES, &in, 16, NULL, 0)),
	       INVALID_HYPERCALL_INPUT);
}

/* A busy slot delays the message, and what follows; nothing is lost */
static void notifications_queue_up(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type, index, busy = 0x1234;
	u64 gfns[4];

	ready_group(vm, geometry(GLOBAL, 4, 1), 4, gfns);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	fake_write(vm, FAKE_SIM(0), &busy, 4);
	do_events(vm, PER_PAGE + 1);
	bring(vm);
	hvp_synic_deliver(vm->vp);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[0]), (u32)READY);
	do_events(vm, PER_PAGE);
	bring(vm);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)COMPLETE);
	busy = 0;
	fake_write(vm, FAKE_SIM(0), &busy, 4);
	KUNIT_ASSERT_TRUE(test, take_message(vm, 0, &type, &index));
	KUNIT_EXPECT_EQ(test, index, 0U);
	hvp_log_work(vm->vp);
	KUNIT_ASSERT_TRUE(test, take_message(vm, 0, &type, &index));
	KUNIT_EXPECT_EQ(test, index, 1U);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[1]), (u32)READY);
}

/* Any VP that has a SynIC does; if none has one, it is tried again */
static void some_processor_takes_the_message(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type, index, i;
	u64 gfns[2];

	for (i = 0; i < FAKE_VPS; i++)
		vm->vps[i].no_synic = true;
	ready_group(vm, geometry(GLOBAL, 2, 1), 2, gfns);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	do_events(vm, PER_PAGE + 1);
	bring(vm);
	KUNIT_EXPECT_EQ(test, state(vm, gfns[0]), (u32)READY);
	vm->vps[3].no_synic = false;
	bring(vm);
	KUNIT_ASSERT_TRUE(test, take_message(vm, 3, &type, &index));
	KUNIT_EXPECT_EQ(test, index, 0U);
}

static void reset_takes_everything(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfns[4];

	ready_group(vm, geometry(GLOBAL, 4, 1), 4, gfns);
	ready_group(vm, geometry(LOCAL, 1, 1), 1, gfns);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VP));
	ASSERT_OK(test, set_sources(vm, LOCAL, VP));
	do_events(vm, 2 * PER_PAGE);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->instance->log.sources, 0ULL);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, FAKE_PAGES));
	KUNIT_EXPECT_FALSE(test, hvp_stats_watched(vm->pt));
	KUNIT_EXPECT_NULL(test, vm->vp->log_buffer);
	do_event(vm);
	feed(vm);
	ready_group(vm, geometry(GLOBAL, 4, 1), 4, gfns);
}

/* The pool pays for buffers, and has the pages; Linux deposits and tries again */
static void pool_pays(struct kunit *test)
{
	struct init_in in = geometry(GLOBAL, 2, 1);
	struct fake_vm *vm = test->priv;
	u64 gfns[POOL_PAGES + 1], charged;

	in.size = POOL_PAGES + 1;
	ASSERT_OK(test, init_group(vm, in));
	ASSERT_OK(test, call(vm, CREATE_BUFFER, GLOBAL, 0));
	KUNIT_EXPECT_GE(test, vm->pt->pool.charged, (POOL_PAGES + 1) * 4096ULL);
	charged = vm->pt->pool.charged;
	EXPECT(test, map(vm, GLOBAL, 0, gfns, POOL_PAGES + 1), INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.handed_out, 0ULL);
	hvp_pool_withdraw_host(&vm->pt->pool, 64);
	EXPECT(test, call(vm, CREATE_BUFFER, GLOBAL, 1), INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, charged);
}

/* Each allocation fails once */
static void shortage_changes_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 nth, status, failures = 0;
	u64 gfn;

	for (nth = 1; ; nth++) {
		fake_fail_nth(nth);
		status = init_group(vm, geometry(GLOBAL, 2, 1));
		if (!status)
			status = call(vm, CREATE_BUFFER, GLOBAL, 0);
		if (!status)
			status = map(vm, GLOBAL, 0, &gfn, 1);
		if (!fake_has_failed())
			break;
		fake_fail_nth(0);
		failures++;
		EXPECT(test, status, NO_RESOURCES);
		hvp_log_clear(vm->pt);
		KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
		KUNIT_EXPECT_EQ(test, vm->pt->pool.handed_out, 0ULL);
	}
	fake_fail_nth(0);
	EXPECT(test, status, SUCCESS);
	KUNIT_EXPECT_GE(test, failures, 4U);
}

/* What really happens is told: a child's life, as its parent's calls bring it about */
static void life_of_a_child_is_logged(struct kunit *test)
{
	static const u16 expected[] = { 0x1501, 0x1502, 0x0f01, 0x0f02, 0x1503, 0x1504 };
	const struct hv_create_partition create = { .compatibility = 0x0609 };
	struct hv_create_vp create_vp = {};
	struct fake_vm *vm = test->priv;
	u64 id, gfn;
	u32 i;

	ready_group(vm, geometry(GLOBAL, 1, 1), 1, &gfn);
	ASSERT_OK(test, set_sources(vm, GLOBAL, VM | VP));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, CREATE, &create, sizeof(create), &id, 8)));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, INITIALIZE, &id, 8, NULL, 0)));
	create_vp.partition_id = id;
	for (i = 0; i < 2; i++) {
		struct hvp_partition *child = xa_load(&vm->pt->instance->partitions, id);
		u64 done;

		KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&child->pool, 16, &done), 0);
	}
	ASSERT_OK(test, HV_STATUS(fake_call(vm, CREATE_VP, &create_vp, sizeof(create_vp), NULL,
					    0)));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, 0x004f, (u64[]) { id, 0 }, 16, NULL, 0)));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, 0x0042, &id, 8, NULL, 0)));
	ASSERT_OK(test, HV_STATUS(fake_call(vm, 0x0043, &id, 8, NULL, 0)));
	bring(vm);
	KUNIT_EXPECT_EQ(test, field(vm, gfn, 48), (u32)(HEADER + ARRAY_SIZE(expected) * ENTRY));
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_EXPECT_EQ(test, entry(vm, gfn, i).type, expected[i]);
		KUNIT_EXPECT_EQ(test, entry(vm, gfn, i).partition, id);
		KUNIT_EXPECT_EQ(test, entry(vm, gfn, i).context, 0U);
	}
}

static void hypercalls_and_memory_are_logged(struct kunit *test)
{
	const u64 deposit[2] = { HV_PARTITION_ID_SELF, POOL + POOL_PAGES };
	struct fake_vm *vm = test->priv;
	struct hvp_eventlog_entry e;
	u64 gfn;

	ready_group(vm, geometry(GLOBAL, 1, 1), 1, &gfn);
	ASSERT_OK(test, set_sources(vm, GLOBAL, HC | MM));
	fake_call_fast(vm, SPIN, (u64[]) { 1, 0 }, 16, NULL, 0);
	ASSERT_OK(test, HV_STATUS(fake_call(vm, DEPOSIT | HV_REPS(1), deposit, 16, NULL, 0)));
	bring(vm);
	/* The call that switches it on is over when it is on */
	e = entry(vm, gfn, 0);
	KUNIT_EXPECT_EQ(test, e.type, 0x0a01);
	KUNIT_EXPECT_EQ(test, e.detail, (u32)SOURCES);
	e = entry(vm, gfn, 1);
	KUNIT_EXPECT_EQ(test, e.detail, (u32)SPIN);
	KUNIT_EXPECT_EQ(test, e.args[0], 0ULL);
	e = entry(vm, gfn, 2);
	KUNIT_EXPECT_EQ(test, e.type, 0x1a01);
	KUNIT_EXPECT_EQ(test, e.args[0], 1ULL);
	KUNIT_EXPECT_EQ(test, e.args[1], 64 + POOL_PAGES + 1ULL);
	e = entry(vm, gfn, 3);
	KUNIT_EXPECT_EQ(test, e.detail, (u32)DEPOSIT);
	KUNIT_EXPECT_EQ(test, e.args[0], 1ULL << 32);
}

/* Readers on the host have a ring each */
static void host_reads_too(struct kunit *test)
{
	struct hvp_eventlog_entry ring[4] = {};
	struct hvp_log_reader reader = { .entries = ring, .size = 4, .sources = VP | VM };
	struct fake_vm *vm = test->priv;
	struct hvp_log *log = &vm->pt->instance->log;

	init_waitqueue_head(&reader.wait);
	hvp_log_reader_add(log, &reader);
	KUNIT_EXPECT_EQ(test, log->sources, VP | VM);
	do_events(vm, 3);
	hvp_log_event(vm->pt->instance, vm->vp, HVP_EVENT_DEPOSITED, 1, 2, 3, 4, 5);
	KUNIT_EXPECT_EQ(test, reader.head, 3U);
	do_events(vm, 3);
	KUNIT_EXPECT_EQ(test, reader.head, 4U);
	KUNIT_EXPECT_EQ(test, reader.lost, 2ULL);
	reader.tail = 4;
	do_event(vm);
	KUNIT_EXPECT_EQ(test, reader.head, 5U);
	KUNIT_EXPECT_EQ(test, ring[0].type, 0x0f03);
	hvp_log_reader_remove(log, &reader);
	KUNIT_EXPECT_EQ(test, log->sources, 0ULL);
	do_event(vm);
	KUNIT_EXPECT_EQ(test, reader.head, 5U);
}

static struct kunit_case root_cases[] = {
	HVP_CASE(geometry_is_checked, 0x0060, 0x0061),
	HVP_CASE(nothing_works_without_a_group, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066,
		 0x0067, 0x0068),
	HVP_CASE(state_machine, 0x0063, 0x0064, 0x0065, 0x0067, 0x0068),
	HVP_CASE(indexes_are_checked, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0067, 0x0068),
	HVP_CASE(proximity_is_checked, 0x0062),
	HVP_CASE(mapped_pages_are_read_only, 0x0064, 0x0065),
	HVP_CASE(header_byte_by_byte, 0x0064, 0x0066),
	HVP_CASE(entry_byte_by_byte, 0x0066),
	HVP_CASE(time_may_be_the_tsc, 0x0060),
	HVP_CASE(threshold_makes_buffers_ready, 0x0060, 0x0067),
	HVP_CASE(flush_does_not_wait, 0x0068),
	HVP_CASE(lost_events_are_counted, 0x0066),
	HVP_CASE(circular_keeps_the_latest, 0x0060),
	HVP_CASE(local_buffers_belong_to_processors, 0x0060),
	HVP_CASE(sources_are_chosen, 0x0066),
	HVP_CASE(modern_sources, 0x0066),
	HVP_CASE(notifications_queue_up, 0x0068),
	HVP_CASE(some_processor_takes_the_message, 0x0066),
	HVP_CASE(reset_takes_everything, 0x0060),
	HVP_CASE(pool_pays, 0x0062, 0x0064),
	HVP_CASE(shortage_changes_nothing, 0x0060, 0x0062, 0x0064),
	HVP_CASE(life_of_a_child_is_logged, 0x0066),
	HVP_CASE(hypercalls_and_memory_are_logged, 0x0066),
	KUNIT_CASE(host_reads_too),
	{}
};

static struct kunit_suite root_suite = {
	.name = "hvpersona_eventlog",
	.init = init,
	.exit = fake_exit,
	.test_cases = root_cases,
};

static struct kunit_case guest_cases[] = {
	HVP_CASE(only_the_root_logs, 0x0060, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067,
		 0x0068),
	{}
};

static struct kunit_suite guest_suite = {
	.name = "hvpersona_eventlog_guest",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = guest_cases,
};

kunit_test_suites(&root_suite, &guest_suite);
