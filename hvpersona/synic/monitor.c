// SPDX-License-Identifier: GPL-2.0
/*
 * Monitored notifications: a guest sets bits in a page that it shares with others, and the
 * hypervisor, which looks there from time to time, signals events on its behalf.
 *
 * The page is the sender's. A VP's own thread reads and changes it like all guest memory: a
 * timer says that it is time and kicks a VP of the sender, which looks, signals, and sets the
 * timer again. If nobody looks - the VP is gone meanwhile, or does not run - the timer asks
 * again, at the rate of a page that has no group enabled.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "../core.h"
#include "port.h"

/* What a latency, in 100 ns, is made to be in ns. The upper one: when nothing is enabled */
#define LATENCY_UNIT	100
#define LATENCY_MIN	(100 * NSEC_PER_USEC)
#define LATENCY_MAX	(100 * NSEC_PER_MSEC)

/* A guest that changes a group all the time is looked at again the next time */
#define TRIES		4

/* Bits of struct hvp_monitor.state */
#define DUE		0	/* somebody is to look */
#define BUSY		1	/* somebody does */

/**
 * struct hvp_monitor - A monitor page
 * @link: In struct hvp_partition.monitors
 * @partition: Sender
 * @gpa: Where it has the page
 * @charge: Bytes charged to its pool
 * @refs: The connection, and a VP that looks
 * @state: DUE, BUSY. Atomic
 * @lock: Protects @stopped, and @timer against being set after that
 * @stopped: The connection is going
 * @timer: When to look
 * @fire_at: Of each trigger that the hypervisor has armed, when it may signal. BUSY's
 * @rcu: For freeing it
 */
struct hvp_monitor {
	struct list_head link;
	struct hvp_partition *partition;
	u64 gpa;
	size_t charge;
	refcount_t refs;
	unsigned long state;
	spinlock_t lock;
	bool stopped;
	struct hrtimer timer;
	u64 fire_at[HV_MONITOR_GROUPS][HV_MONITOR_TRIGGERS];
	struct rcu_head rcu;
};

/* A group's part of the page, as read */
struct group {
	u32 number;
	u64 triggers;
	u16 latency[HV_MONITOR_TRIGGERS];
};

#define PENDING(n)	BIT_ULL(n)
#define ARMED(n)	BIT_ULL(32 + (n))

static void monitor_put(struct hvp_monitor *monitor)
{
	if (refcount_dec_and_test(&monitor->refs))
		kfree_rcu(monitor, rcu);
}

static u64 clamp_latency(u16 latency)
{
	return clamp((u64)latency * LATENCY_UNIT, LATENCY_MIN, LATENCY_MAX);
}

static void set_timer(struct hvp_monitor *monitor, u64 ns)
{
	scoped_guard(spinlock_irqsave, &monitor->lock)
		if (!monitor->stopped)
			hrtimer_start(&monitor->timer, ns_to_ktime(ns), HRTIMER_MODE_REL_SOFT);
}

/**
 * hvp_monitor_due - It is time to look at a monitor page
 * @monitor: Monitor
 *
 * Any context.
 */
void hvp_monitor_due(struct hvp_monitor *monitor)
{
	unsigned long index = 0;
	struct hvp_synic *synic;
	struct hvp_vp *vp;

	set_bit(DUE, &monitor->state);
	rcu_read_lock();
	vp = xa_find(&monitor->partition->vps, &index, ULONG_MAX, XA_PRESENT);
	synic = vp ? hvp_first_synic(vp) : NULL;
	if (synic) {
		set_bit(0, &synic->monitors);
		hvp_synic_kick(synic);
	}
	rcu_read_unlock();
}

/* The timer is set before anybody can look and set it to something sooner */
static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct hvp_monitor *monitor = container_of(timer, struct hvp_monitor, timer);

	set_timer(monitor, LATENCY_MAX);
	hvp_monitor_due(monitor);
	return HRTIMER_NORESTART;
}

static void init_timer(struct hrtimer *timer)
{
#ifdef HVP_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	timer->function = expired;
#endif
}

/* A monitor that the partition's pool pays for if it has paid for the connection */
static enum hv_status monitor_alloc(struct hvp_connection *connection,
				    struct hvp_monitor **result)
{
	size_t charge = connection->charge ? hvp_pool_cost(sizeof(struct hvp_monitor)) : 0;
	struct hvp_pool *pool = &connection->partition->pool;
	struct hvp_monitor *monitor;

	if (!hvp_pool_charge(pool, charge))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	monitor = kzalloc(sizeof(*monitor), GFP_KERNEL_ACCOUNT);
	if (!monitor) {
		hvp_pool_uncharge(pool, charge);
		return HV_STATUS_NO_RESOURCES;
	}
	monitor->charge = charge;
	*result = monitor;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_monitor_start - Begin to look at the page of a monitor connection
 * @connection: New connection of a partition; its charge and info are set, and checked
 *
 * Return: SUCCESS; NO_RESOURCES beyond HVP_MAX_MONITORS, or if the host is short of memory;
 * INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_monitor_start(struct hvp_connection *connection)
{
	struct hvp_partition *pt = connection->partition;
	struct hvp_monitor *monitor;
	enum hv_status status;

	if (pt->monitor_count >= HVP_MAX_MONITORS)
		return HV_STATUS_NO_RESOURCES;
	status = monitor_alloc(connection, &monitor);
	if (status)
		return status;
	monitor->partition = pt;
	monitor->gpa = connection->info.monitor_page;
	refcount_set(&monitor->refs, 1);
	spin_lock_init(&monitor->lock);
	init_timer(&monitor->timer);
	connection->monitor = monitor;
	pt->monitor_count++;
	list_add_tail_rcu(&monitor->link, &pt->monitors);
	set_timer(monitor, LATENCY_MAX);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_monitor_stop - Undo hvp_monitor_start()
 * @connection: Connection, with a monitor or without
 *
 * A VP that looks just now may finish, which does not need the connection. May sleep.
 */
void hvp_monitor_stop(struct hvp_connection *connection)
{
	struct hvp_monitor *monitor = connection->monitor;

	if (!monitor)
		return;
	connection->monitor = NULL;
	list_del_rcu(&monitor->link);
	monitor->partition->monitor_count--;
	scoped_guard(spinlock_irqsave, &monitor->lock)
		monitor->stopped = true;
	hrtimer_cancel(&monitor->timer);
	hvp_pool_uncharge(&monitor->partition->pool, monitor->charge);
	monitor_put(monitor);
}

/* Arm what has been pending only since the last look, and tell what has waited long enough */
static u32 examine(struct hvp_monitor *monitor, const struct group *group, u64 now, u64 *triggers)
{
	u64 *fire_at = monitor->fire_at[group->number];
	unsigned long pending = lower_32_bits(group->triggers);
	u32 n, fire = 0;

	*triggers = group->triggers;
	for_each_set_bit(n, &pending, HV_MONITOR_TRIGGERS) {
		if (!(group->triggers & ARMED(n))) {
			*triggers |= ARMED(n);
			fire_at[n] = now + (u64)group->latency[n] * LATENCY_UNIT;
		} else if (now >= fire_at[n]) {
			*triggers &= ~(PENDING(n) | ARMED(n));
			fire |= BIT(n);
		}
	}
	return fire;
}

/* The same in the guest's page. Return the triggers to signal for, which are clear then */
static u32 take(struct hvp_monitor *monitor, struct hvp_vp *vp, struct group *group)
{
	u64 at = monitor->gpa + offsetof(struct hv_monitor_page, group[group->number]);
	u64 now = vp->ops->time_ns(), triggers;
	u32 i, fire;

	for (i = 0; i < TRIES; i++) {
		if (vp->ops->read_gpa(vp, at, &group->triggers, sizeof(group->triggers)))
			return 0;
		fire = examine(monitor, group, now, &triggers);
		if (triggers == group->triggers ||
		    !vp->ops->cmpxchg_gpa(vp, at, group->triggers, triggers, sizeof(triggers)))
			return fire;
	}
	return 0;
}

/* On behalf of the guest, as if it had called. Errors are nobody's business */
static void signal(struct hvp_monitor *monitor, struct hvp_vp *vp, u32 group, u32 n)
{
	struct hvp_partition *pt = monitor->partition;
	u64 at = monitor->gpa + offsetof(struct hv_monitor_page, parameter[group][n]);
	struct hv_monitor_parameter parameter;

	if ((pt->privileges & HV_PRIV(SIGNAL_EVENTS)) &&
	    !vp->ops->read_gpa(vp, at, &parameter, sizeof(parameter))) {
		atomic64_inc(&pt->notifications);
		hvp_signal_event(pt->instance, pt, vp, parameter.connection, parameter.flag);
	}
}

/* Lowest latency of a group, in ns: those specified, and of triggers in use also none at all */
static u64 lowest_latency(const struct group *group)
{
	u64 lowest = LATENCY_MAX;
	u32 n;

	for (n = 0; n < HV_MONITOR_TRIGGERS; n++)
		if (group->latency[n] || (group->triggers & PENDING(n)))
			lowest = min(lowest, clamp_latency(group->latency[n]));
	return lowest;
}

/* One enabled group. Return when to look again, in ns */
static u64 scan_group(struct hvp_monitor *monitor, struct hvp_vp *vp, u32 number)
{
	u64 at = monitor->gpa + offsetof(struct hv_monitor_page, latency[number]);
	struct group group = { .number = number };
	unsigned long fire;
	u32 n;

	if (vp->ops->read_gpa(vp, at, group.latency, sizeof(group.latency)))
		return LATENCY_MAX;
	fire = take(monitor, vp, &group);
	for_each_set_bit(n, &fire, HV_MONITOR_TRIGGERS)
		signal(monitor, vp, number, n);
	return lowest_latency(&group);
}

/* Look at the whole page. Return when to look again, in ns */
static u64 scan(struct hvp_monitor *monitor, struct hvp_vp *vp)
{
	u64 next = LATENCY_MAX;
	unsigned long enabled;
	u32 state, group;

	if (vp->ops->read_gpa(vp, monitor->gpa + offsetof(struct hv_monitor_page, state), &state,
			      sizeof(state)))
		return LATENCY_MAX;
	enabled = state;
	for_each_set_bit(group, &enabled, HV_MONITOR_GROUPS)
		next = min(next, scan_group(monitor, vp, group));
	return next;
}

/* Monitors that are due and that nobody else looks at, with references */
static u32 take_due(struct hvp_partition *pt, struct hvp_monitor **due)
{
	struct hvp_monitor *monitor;
	u32 count = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(monitor, &pt->monitors, link) {
		if (count == HVP_MAX_MONITORS || !test_bit(DUE, &monitor->state) ||
		    test_and_set_bit(BUSY, &monitor->state))
			continue;
		if (refcount_inc_not_zero(&monitor->refs))
			due[count++] = monitor;
	}
	rcu_read_unlock();
	return count;
}

/**
 * hvp_monitors_deliver - Look at the monitor pages that are due
 * @vp: A VP of the sender; this is its thread, or that of whoever acts on it
 */
void hvp_monitors_deliver(struct hvp_vp *vp)
{
	struct hvp_monitor *due[HVP_MAX_MONITORS];
	struct hvp_synic *synic = hvp_first_synic(vp);
	u32 i, count;
	u64 next;

	if (!synic || !READ_ONCE(synic->monitors))
		return;
	clear_bit(0, &synic->monitors);
	/* Before the monitors are looked at: who makes one due meanwhile sets the bit again */
	smp_mb__after_atomic();
	count = take_due(vp->partition, due);
	for (i = 0; i < count; i++) {
		clear_bit(DUE, &due[i]->state);
		next = scan(due[i], vp);
		set_timer(due[i], next);
		clear_bit_unlock(BUSY, &due[i]->state);
		monitor_put(due[i]);
	}
}
