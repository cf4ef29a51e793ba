// SPDX-License-Identifier: GPL-2.0
/*
 * What the children of an instance have to share: processor time that is reserved, and debug
 * channels. TLFS 2.0, "CPU Reserve" and "Initializing a Debug Session": reserves of all VPs
 * together do not exceed the logical processors, and a channel has one partition at most.
 *
 * All of it is checked and changed under struct hvp_instance.lock.
 */
#include <linux/cleanup.h>
#include <linux/cpumask.h>
#include <linux/lockdep.h>

#include "properties.h"

/* The processors that an instance's virtual processors can have */
static u64 logical_processors(struct hvp_partition *pt)
{
	struct hvp_partition *root = pt->instance->number ? hvp_root_of(pt) : NULL;

	return root ? READ_ONCE(root->vp_count) : num_online_cpus();
}

static u64 reserved_by(struct hvp_partition *pt)
{
	return hvp_property_stored(pt, HV_PROPERTY_CPU_RESERVE) * READ_ONCE(pt->vp_count);
}

/* What the instance's other children have reserved */
static u64 reserved_by_others(struct hvp_partition *pt)
{
	struct hvp_partition *other;
	unsigned long id;
	u64 total = 0;

	lockdep_assert_held(&pt->instance->lock);
	/* Machines may go any moment, children only with the lock */
	rcu_read_lock();
	xa_for_each(&pt->instance->partitions, id, other)
		if (other != pt && other->child)
			total += reserved_by(other);
	rcu_read_unlock();
	return total;
}

/**
 * hvp_reserve_fits - Is there as much processor time as a child wants to reserve?
 * @pt: Child; the instance's lock is held
 * @reserve: For each of its VPs, in units of 1/0x10000 of a logical processor
 * @vps: Number of its VPs
 */
bool hvp_reserve_fits(struct hvp_partition *pt, u64 reserve, u64 vps)
{
	u64 wanted = reserve * vps;

	/* Who reserves nothing is not in the way, whatever others have */
	return !wanted ||
	       wanted + reserved_by_others(pt) <= logical_processors(pt) * HV_CPU_CAP_MAX;
}

/**
 * hvp_reserve_set - Set what a child reserves for each of its VPs
 * @pt: Child, locked
 * @reserve: At most HV_CPU_CAP_MAX
 *
 * Return: false if there is not so much.
 */
bool hvp_reserve_set(struct hvp_partition *pt, u64 reserve)
{
	guard(mutex)(&pt->instance->lock);
	if (!hvp_reserve_fits(pt, reserve, pt->vp_count))
		return false;
	WRITE_ONCE(*hvp_property_slot(pt, HV_PROPERTY_CPU_RESERVE), reserve);
	return true;
}

static bool channel_taken(struct hvp_partition *pt, u64 channel)
{
	struct hvp_partition *other;
	unsigned long id;
	bool taken = false;

	rcu_read_lock();
	xa_for_each(&pt->instance->partitions, id, other)
		if (other != pt && other->child)
			taken |= hvp_property_stored(other, HV_PROPERTY_DEBUG_CHANNEL_ID) == channel;
	rcu_read_unlock();
	return taken;
}

/**
 * hvp_debug_channel_set - Give a child a debug channel
 * @pt: Child, locked
 * @channel: Number of the channel; 0 is none
 *
 * Return: false if another child has it.
 */
bool hvp_debug_channel_set(struct hvp_partition *pt, u64 channel)
{
	guard(mutex)(&pt->instance->lock);
	if (channel && channel_taken(pt, channel))
		return false;
	WRITE_ONCE(*hvp_property_slot(pt, HV_PROPERTY_DEBUG_CHANNEL_ID), channel);
	return true;
}
