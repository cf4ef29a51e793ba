// SPDX-License-Identifier: GPL-2.0
/*
 * Monitored notifications, TLFS 2.0, sections 14.5, 14.8.9 and 14.8.10. A root is the sender and
 * its child gets the events; VP 0 of the root looks when the test says so.
 */
#include <linux/delay.h>
#include <linux/slab.h>

#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/synic/port.h"
#include "fed_child.h"

#define CONNECT		0x0096

#define PAGE		0x28000ULL	/* the monitor page */
#define CHILD_SIEF	0x29000ULL	/* of the root, where the child has its event flags */
#define EVENTS		2		/* the event port and its connection */
#define MONITOR		3		/* the monitor port and its connection */
#define SINT		4
#define LATENCY		1000		/* 100 us */
#define LATENCY_NS	(LATENCY * 100ULL)

/**
 * struct monitor_test - A sender with a monitor page
 * @vm: Sender
 * @child: Receiver
 * @page: The page
 * @ops: The fake's operations with some replaced
 */
struct monitor_test {
	struct fake_vm *vm;
	struct fed_child child;
	struct hv_monitor_page *page;
	struct hvp_backend_ops ops;
};

static enum hv_status make_port(struct monitor_test *t, u32 id, const struct hv_port_info *info)
{
	const struct hv_create_port in = {
		.port = id, .connection_partition = t->vm->pt->id, .info = *info,
	};
	const struct hvp_port_request request = { .in = &in };
	struct hvp_port *port;

	return hvp_port_create(t->vm->pt->instance, t->child.pt, &request, &port);
}

static enum hv_status connect(struct monitor_test *t, u32 id, const struct hv_connection_info *info,
			      bool charged)
{
	const struct hv_connect_port in = {
		.connection = id, .port_partition = t->child.id, .port = id, .info = *info,
	};

	return hvp_port_connect(t->vm->pt->instance, t->vm->pt, &in, charged);
}

static enum hv_status connect_monitor(struct monitor_test *t, u32 id, u64 gpa, bool charged)
{
	const struct hv_connection_info info = { .type = HV_PORT_MONITOR, .monitor_page = gpa };

	return connect(t, id, &info, charged);
}

static enum hv_status disconnect(struct monitor_test *t, u32 id)
{
	return hvp_port_disconnect(t->vm->pt->instance, t->vm->pt, id);
}

static void make_ports(struct kunit *test, struct monitor_test *t)
{
	const struct hv_port_info events = {
		.type = HV_PORT_EVENT, .sint = SINT, .vp = 0, .flag_count = HVP_EVENT_FLAGS,
	};
	const struct hv_port_info monitor = { .type = HV_PORT_MONITOR };
	const struct hv_connection_info info = { .type = HV_PORT_EVENT };

	KUNIT_ASSERT_EQ(test, (u32)make_port(t, EVENTS, &events), 0U);
	KUNIT_ASSERT_EQ(test, (u32)make_port(t, MONITOR, &monitor), 0U);
	KUNIT_ASSERT_EQ(test, (u32)connect(t, EVENTS, &info, false), 0U);
}

static int monitor_init(struct kunit *test)
{
	struct monitor_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	t->page = (void *)(t->vm->ram + PAGE);
	t->ops = fake_ops;
	fed_child_create(t->vm, &t->child, 0);
	fed_child_map(&t->child, 1, CHILD_SIEF >> PAGE_SHIFT,
		      HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE);
	fed_child_set(&t->child, HV_REG_SCONTROL, HV_SYNIC_ENABLE, 0);
	fed_child_set(&t->child, HV_REG_SIEFP, SZ_4K | HV_SYNIC_ENABLE, 0);
	fed_child_set(&t->child, HV_REG_SINT0 + SINT, 0x50, 0);
	make_ports(test, t);
	KUNIT_ASSERT_EQ(test, (u32)connect_monitor(t, MONITOR, PAGE, false), 0U);
	/* Trigger n of group g sets event flag 32 * g + n */
	for (i = 0; i < HV_MONITOR_GROUPS * HV_MONITOR_TRIGGERS; i++) {
		t->page->latency[i / 32][i % 32] = LATENCY;
		t->page->parameter[i / 32][i % 32] = (struct hv_monitor_parameter) {
			.connection = EVENTS, .flag = i,
		};
	}
	t->vm->step = 0;
	t->vm->now = 1000000;
	test->priv = t;
	return 0;
}

static void monitor_exit(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	fake_fail_nth(0);
	if (t)
		fake_vm_destroy(t->vm);
}

static struct hvp_monitor *monitor_of(struct monitor_test *t)
{
	struct hvp_connection *connection = xa_load(&t->vm->pt->connections, MONITOR);

	return connection->monitor;
}

/* Let VP 0 look, some time later */
static void look_after(struct monitor_test *t, u64 ns)
{
	t->vm->now += ns;
	hvp_monitor_due(monitor_of(t));
	hvp_synic_deliver(t->vm->vp);
}

static void trigger(struct monitor_test *t, u32 group, u32 n)
{
	t->page->group[group] = (t->page->group[group] | BIT_ULL(n)) & ~BIT_ULL(32 + n);
}

/* Was event flag @flag set? It is clear then */
static bool signaled(struct monitor_test *t, u32 flag)
{
	unsigned long *flags = (void *)(t->vm->ram + CHILD_SIEF + SINT * 256);

	return test_and_clear_bit(flag, flags);
}

/* Nothing was signaled that signaled() has not been asked for */
static bool all_clear(struct monitor_test *t)
{
	return !memchr_inv(t->vm->ram + CHILD_SIEF, 0, SZ_4K);
}

/* 14.8.9.1: "a notification is deferred by at least the latency specified" */
static void trigger_is_armed_first(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->page->state = BIT(1);
	trigger(t, 1, 7);
	look_after(t, 0);
	KUNIT_EXPECT_EQ(test, t->page->group[1], BIT_ULL(7) | BIT_ULL(32 + 7));
	look_after(t, LATENCY_NS - 1);
	KUNIT_EXPECT_EQ(test, t->page->group[1], BIT_ULL(7) | BIT_ULL(32 + 7));
	KUNIT_EXPECT_TRUE(test, all_clear(t));
	look_after(t, 1);
	KUNIT_EXPECT_EQ(test, t->page->group[1], 0ULL);
	KUNIT_EXPECT_TRUE(test, signaled(t, 32 + 7));
	KUNIT_EXPECT_TRUE(test, all_clear(t));
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

/* "The corresponding bit in the Armed array should be set to 0 whenever" Pending is modified */
static void trigger_that_is_set_again_waits_again(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->page->state = BIT(0);
	trigger(t, 0, 0);
	look_after(t, 0);
	trigger(t, 0, 0);
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_TRUE(test, signaled(t, 0));
	/* Taken back */
	trigger(t, 0, 0);
	look_after(t, 0);
	t->page->group[0] = 0;
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

static void disabled_groups_are_left_alone(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	u32 group, enabled, i;

	for (enabled = 0; enabled < 16; enabled++) {
		/* Reserved bits enable nothing */
		t->page->state = enabled | ~0xfU;
		for (group = 0; group < HV_MONITOR_GROUPS; group++)
			trigger(t, group, 3);
		for (i = 0; i < 2; i++)
			look_after(t, LATENCY_NS);
		for (group = 0; group < HV_MONITOR_GROUPS; group++) {
			KUNIT_EXPECT_EQ(test, signaled(t, 32 * group + 3), !!(enabled & BIT(group)));
			KUNIT_EXPECT_EQ(test, t->page->group[group],
					enabled & BIT(group) ? 0 : BIT_ULL(3));
		}
	}
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

/* 14.8.10: "up to 128 notifications in groups of 32" */
static void all_triggers_work(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	u32 i;

	t->page->state = 0xf;
	for (i = 0; i < 128; i++)
		trigger(t, i / 32, i % 32);
	look_after(t, 0);
	look_after(t, LATENCY_NS);
	for (i = 0; i < 128; i++)
		KUNIT_EXPECT_TRUE_MSG(test, signaled(t, i), "trigger %u", i);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

static void latencies_are_each_triggers_own(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->page->state = BIT(2);
	t->page->latency[2][0] = 0;
	t->page->latency[2][1] = 10;
	t->page->latency[2][31] = U16_MAX;
	trigger(t, 2, 0);
	trigger(t, 2, 1);
	trigger(t, 2, 31);
	look_after(t, 0);
	look_after(t, 0);
	KUNIT_EXPECT_TRUE(test, signaled(t, 64));
	KUNIT_EXPECT_TRUE(test, all_clear(t));
	look_after(t, 1000);
	KUNIT_EXPECT_TRUE(test, signaled(t, 65));
	look_after(t, U16_MAX * 100 - 1001);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
	look_after(t, 1);
	KUNIT_EXPECT_TRUE(test, signaled(t, 95));
}

/* 14.5.3: "the error is discarded and the invocation is treated as a NOP" */
static void errors_are_discarded(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	u32 n;

	t->page->state = BIT(0);
	t->page->parameter[0][0].connection = 77;
	t->page->parameter[0][1].connection = U32_MAX;
	t->page->parameter[0][2].connection = MONITOR;
	t->page->parameter[0][3].flag = U16_MAX;
	for (n = 0; n < 5; n++)
		trigger(t, 0, n);
	look_after(t, 0);
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_EQ(test, t->page->group[0], 0ULL);
	KUNIT_EXPECT_TRUE(test, signaled(t, 4));
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

/* "as if the originating guest had invoked the HvSignalEvent directly": 0x5d needs SignalEvents */
static void sender_needs_the_privilege(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->vm->pt->privileges &= ~HV_PRIV(SIGNAL_EVENTS);
	t->page->state = BIT(0);
	trigger(t, 0, 0);
	look_after(t, 0);
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_EQ(test, t->page->group[0], 0ULL);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

/* The guest changes the group while it is looked at */
static void races_are_tried_again(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->page->state = BIT(0);
	trigger(t, 0, 1);
	t->vm->cmpxchg_races = 3;
	look_after(t, 0);
	KUNIT_EXPECT_EQ(test, t->page->group[0], BIT_ULL(1) | BIT_ULL(33));
	/* ... but not for ever */
	t->vm->cmpxchg_races = 4;
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_EQ(test, t->vm->cmpxchg_races, 0U);
	KUNIT_EXPECT_TRUE(test, all_clear(t));
	look_after(t, 0);
	KUNIT_EXPECT_TRUE(test, signaled(t, 1));
}

static struct monitor_test *hooked;

static int trigger_then_exchange(struct hvp_vp *vp, u64 gpa, u64 old, u64 new, u32 size)
{
	if (gpa == PAGE + offsetof(struct hv_monitor_page, group[0]) &&
	    !(hooked->page->group[0] & BIT_ULL(5)))
		trigger(hooked, 0, 5);
	return fake_ops.cmpxchg_gpa(vp, gpa, old, new, size);
}

static void trigger_set_meanwhile_is_not_lost(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->page->state = BIT(0);
	trigger(t, 0, 1);
	hooked = t;
	t->ops.cmpxchg_gpa = trigger_then_exchange;
	t->vm->vp->ops = &t->ops;
	look_after(t, 0);
	KUNIT_EXPECT_EQ(test, t->page->group[0], 0x22ULL | 0x22ULL << 32);
	t->vm->vp->ops = &fake_ops;
	look_after(t, LATENCY_NS);
	KUNIT_EXPECT_TRUE(test, signaled(t, 1));
	KUNIT_EXPECT_TRUE(test, signaled(t, 5));
}

static int disconnect_then_read(struct hvp_vp *vp, u64 gpa, void *data, u32 size)
{
	if (xa_load(&vp->partition->connections, MONITOR))
		KUNIT_EXPECT_EQ(hooked->vm->test, (u32)disconnect(hooked, MONITOR), 0U);
	return fake_ops.read_gpa(vp, gpa, data, size);
}

/* The connection goes while a VP looks: that may finish and leaves nothing behind */
static void stops_during_a_look(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	t->page->state = BIT(0);
	trigger(t, 0, 1);
	look_after(t, 0);
	hooked = t;
	t->ops.read_gpa = disconnect_then_read;
	t->vm->vp->ops = &t->ops;
	look_after(t, LATENCY_NS);
	t->vm->vp->ops = &fake_ops;
	KUNIT_EXPECT_TRUE(test, signaled(t, 1));
	KUNIT_EXPECT_EQ(test, t->vm->pt->monitor_count, 0U);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->vm->pt->monitors));
	KUNIT_EXPECT_EQ(test, (u32)connect_monitor(t, MONITOR, PAGE, false), 0U);
}

static void page_may_be_missing(struct kunit *test)
{
	static const u64 bad[] = { FAKE_HOLE, FAKE_ROM, 0xfffffffffffff000ULL };
	struct monitor_test *t = test->priv;
	struct hv_monitor_page *rom = (void *)(t->vm->ram + FAKE_ROM);
	u32 i;

	rom->state = 0xf;
	rom->group[0] = 1;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_ASSERT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
		KUNIT_ASSERT_EQ(test, (u32)connect_monitor(t, MONITOR, bad[i], false), 0U);
		look_after(t, 0);
		look_after(t, LATENCY_NS);
	}
	KUNIT_EXPECT_EQ(test, rom->group[0], 1ULL);
	/* Only what can be taken out of the page is signaled, otherwise it would be again and again */
	KUNIT_EXPECT_TRUE(test, all_clear(t));
}

/* 0x96: INVALID_ALIGNMENT; NO_RESOURCES at a limit; the page is the connection partition's */
static void connecting_checks(struct kunit *test)
{
	const struct hv_port_info info = { .type = HV_PORT_MONITOR };
	struct monitor_test *t = test->priv;
	u32 i;

	KUNIT_EXPECT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
	KUNIT_EXPECT_EQ(test, (u32)connect_monitor(t, MONITOR, PAGE + 8, false),
			(u32)HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, (u32)connect_monitor(t, MONITOR, PAGE, false), 0U);
	/* There is one */
	for (i = 1; i <= HVP_MAX_MONITORS; i++) {
		KUNIT_ASSERT_EQ(test, (u32)make_port(t, 100 + i, &info), 0U);
		KUNIT_EXPECT_EQ(test, (u32)connect_monitor(t, 100 + i, PAGE, false),
				i < HVP_MAX_MONITORS ? 0U : HV_STATUS_NO_RESOURCES);
	}
	KUNIT_EXPECT_EQ(test, (u32)disconnect(t, 101), 0U);
	KUNIT_EXPECT_EQ(test, (u32)connect_monitor(t, 100 + HVP_MAX_MONITORS, PAGE, false), 0U);
}

static void pool_pays_for_a_monitor(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	struct hvp_pool *pool = &t->vm->pt->pool;
	u64 before = pool->charged, done;

	KUNIT_ASSERT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
	KUNIT_EXPECT_EQ(test, pool->charged, before);
	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(pool, 8, &done), 0);
	KUNIT_ASSERT_EQ(test, (u32)connect_monitor(t, MONITOR, PAGE, true), 0U);
	/* At least the times of 128 triggers besides the connection */
	KUNIT_EXPECT_GT(test, pool->charged, before + 1024);
	KUNIT_ASSERT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
	KUNIT_EXPECT_EQ(test, pool->charged, before);
	while (hvp_pool_charge(pool, 1024))
		before += 1024;
	KUNIT_EXPECT_EQ(test, (u32)connect_monitor(t, MONITOR, PAGE, true),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, pool->charged, before);
	while (connect_monitor(t, MONITOR, PAGE, true)) {
		hvp_pool_uncharge(pool, 512);
		before -= 512;
	}
	KUNIT_ASSERT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
	KUNIT_EXPECT_EQ(test, pool->charged, before);
}

static void connecting_survives_every_allocation_failure(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	u64 before = t->vm->pt->pool.charged, done;
	u32 nth;

	KUNIT_ASSERT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&t->vm->pt->pool, 8, &done), 0);
	for (nth = 1; nth < 10; nth++) {
		fake_fail_nth(nth);
		if (!connect_monitor(t, MONITOR, PAGE, true))
			break;
		KUNIT_EXPECT_EQ(test, t->vm->pt->pool.charged, before);
		KUNIT_EXPECT_EQ(test, t->vm->pt->monitor_count, 0U);
	}
	KUNIT_EXPECT_FALSE(test, fake_has_failed());
	KUNIT_EXPECT_GE(test, nth, 3U);
}

static void timer_kicks(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	struct fake_vp *fvp = &t->vm->vps[0];
	int kicks;

	/* Nothing enabled: ten times a second, even if nobody looks */
	msleep(350);
	kicks = atomic_read(&fvp->kicks);
	KUNIT_EXPECT_GE(test, kicks, 1);
	KUNIT_EXPECT_LE(test, kicks, 4);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
	hvp_synic_deliver(t->vm->vp);
	/* Enabled: soon after the next look */
	t->page->state = 1;
	look_after(t, 0);
	kicks = atomic_read(&fvp->kicks);
	msleep(50);
	KUNIT_EXPECT_GT(test, atomic_read(&fvp->kicks), kicks);
	KUNIT_ASSERT_EQ(test, (u32)disconnect(t, MONITOR), 0U);
	kicks = atomic_read(&fvp->kicks);
	msleep(250);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), kicks);
}

static void sender_may_have_no_vp(struct kunit *test)
{
	struct monitor_test *t = test->priv;

	hvp_vp_delete_all(t->vm->pt);
	hvp_monitor_due(monitor_of(t));
}

/* Another VP looks already: it is left to that one */
static int look_again_then_read(struct hvp_vp *vp, u64 gpa, void *data, u32 size)
{
	struct hvp_vp *other = hooked->vm->vps[1].vp;

	if (vp == hooked->vm->vp) {
		set_bit(0, &other->synic[0]->monitors);
		hvp_monitor_due(monitor_of(hooked));
		hvp_monitors_deliver(other);
	}
	return fake_ops.read_gpa(vp, gpa, data, size);
}

static void one_vp_looks_at_a_time(struct kunit *test)
{
	struct monitor_test *t = test->priv;
	u32 reads;

	hooked = t;
	t->ops.read_gpa = look_again_then_read;
	t->vm->vp->ops = &t->ops;
	reads = t->vm->reads;
	look_after(t, 0);
	t->vm->vp->ops = &fake_ops;
	/* The state, once */
	KUNIT_EXPECT_EQ(test, t->vm->reads, reads + 1);
}

/* A sender that is a child, and does not run: whoever acts on it looks */
static void actor_looks_for_a_child(struct kunit *test)
{
	const struct hv_port_info port = { .type = HV_PORT_MONITOR };
	struct monitor_test *t = test->priv;
	const struct hv_create_port create = {
		.port = 9, .connection_partition = t->child.id, .info = port,
	};
	const struct hv_connect_port in = {
		.connection = 9, .port_partition = t->vm->pt->id, .port = 9,
		.info = { .type = HV_PORT_MONITOR, .monitor_page = 2 * SZ_4K },
	};
	const struct hvp_port_request request = { .in = &create };
	struct hvp_connection *connection;
	struct hvp_port *made;

	fed_child_map(&t->child, 2, PAGE >> PAGE_SHIFT, HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE);
	KUNIT_ASSERT_EQ(test, (u32)hvp_port_create(t->vm->pt->instance, t->vm->pt, &request, &made),
			0U);
	KUNIT_ASSERT_EQ(test, (u32)hvp_port_connect(t->vm->pt->instance, t->child.pt, &in, true),
			0U);
	t->page->state = BIT(0);
	trigger(t, 0, 0);
	connection = xa_load(&t->child.pt->connections, 9);
	hvp_monitor_due(connection->monitor);
	fed_child_lock(&t->child, t->vm->vp);
	hvp_synic_deliver(t->child.vp);
	fed_child_unlock(&t->child);
	KUNIT_EXPECT_EQ(test, t->page->group[0], 1ULL | 1ULL << 32);
}

static struct kunit_case monitor_cases[] = {
	HVP_CASE(trigger_is_armed_first, 0x005d),
	KUNIT_CASE(trigger_that_is_set_again_waits_again),
	KUNIT_CASE(disabled_groups_are_left_alone),
	KUNIT_CASE(all_triggers_work),
	KUNIT_CASE(latencies_are_each_triggers_own),
	KUNIT_CASE(errors_are_discarded),
	KUNIT_CASE(sender_needs_the_privilege),
	KUNIT_CASE(races_are_tried_again),
	KUNIT_CASE(trigger_set_meanwhile_is_not_lost),
	HVP_CASE(stops_during_a_look, 0x005b),
	KUNIT_CASE(page_may_be_missing),
	HVP_CASE(connecting_checks, 0x0096),
	HVP_CASE(pool_pays_for_a_monitor, 0x0096),
	HVP_CASE(connecting_survives_every_allocation_failure, 0x0096),
	KUNIT_CASE(timer_kicks),
	KUNIT_CASE(sender_may_have_no_vp),
	KUNIT_CASE(one_vp_looks_at_a_time),
	KUNIT_CASE(actor_looks_for_a_child),
	{}
};

static struct kunit_suite monitor_suite = {
	.name = "hvpersona_monitor",
	.init = monitor_init,
	.exit = monitor_exit,
	.test_cases = monitor_cases,
};

kunit_test_suites(&monitor_suite);
