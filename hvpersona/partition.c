// SPDX-License-Identifier: GPL-2.0
/*
 * Partitions, claims and instances, and the registry that finds them.
 *
 * A partition is made as a claim (hvp_claim) or for a machine that exists
 * (hvp_partition_create), filled, and published by hvp_partition_activate(). It leaves the
 * registry when its claim is withdrawn or its machine dies, and is freed with its last
 * reference.
 */
#include <linux/cleanup.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/ktime.h>
#include <uapi/linux/hvpersona.h>

#include "child.h"
#include "device.h"
#include "device_domain.h"
#include "device_interrupt.h"
#include "events.h"
#include "intercept.h"
#include "lp.h"
#include "stats/stats.h"
#include "synic/port.h"

/* Protects the variables below and struct hvp_partition.state */
static DEFINE_MUTEX(hvp_registry_lock);
static DEFINE_XARRAY_ALLOC1(hvp_partitions);	/* by handle */
static u32 hvp_partitions_count;
static u32 hvp_last_handle;
static u64 hvp_instances;			/* numbers given out */
static struct hvp_instance *hvp_host;		/* instance 0 */

static struct hvp_instance *instance_create(u64 number)
{
	struct hvp_instance *instance;

	instance = kzalloc(sizeof(*instance), GFP_KERNEL_ACCOUNT);
	if (!instance)
		return NULL;
	instance->number = number;
	xa_init_flags(&instance->partitions, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	mutex_init(&instance->lock);
	INIT_LIST_HEAD(&instance->host_children);
	mutex_init(&instance->ports_lock);
	xa_init_flags(&instance->ports, XA_FLAGS_ACCOUNT);
	xa_init_flags(&instance->connections, XA_FLAGS_ACCOUNT);
	hvp_log_init(&instance->log);
	refcount_set(&instance->refs, 1);
	return instance;
}

/**
 * hvp_instance_put - Drop a reference
 * @instance: Instance or NULL
 */
void hvp_instance_put(struct hvp_instance *instance)
{
	if (instance && refcount_dec_and_test(&instance->refs)) {
		xa_destroy(&instance->connections);
		xa_destroy(&instance->ports);
		xa_destroy(&instance->partitions);
		mutex_destroy(&instance->log.mutex);
		mutex_destroy(&instance->ports_lock);
		mutex_destroy(&instance->lock);
		kfree(instance);
	}
}

/**
 * hvp_host_instance - The host's own instance
 */
struct hvp_instance *hvp_host_instance(void)
{
	return hvp_host;
}

/**
 * hvp_instance_of - The instance of a partition that may be leaving it
 * @pt: Partition
 *
 * Return: a reference, or NULL if it has none (any more).
 */
struct hvp_instance *hvp_instance_of(struct hvp_partition *pt)
{
	guard(mutex)(&hvp_registry_lock);
	if (pt->instance)
		refcount_inc(&pt->instance->refs);
	return pt->instance;
}

/**
 * hvp_registry_init - Make the host's own instance
 *
 * Its root, id 1, is the host itself: no partition of ours. Guests get ids from 2 on.
 *
 * Return: 0 or -ENOMEM.
 */
int hvp_registry_init(void)
{
	hvp_host = instance_create(0);
	if (!hvp_host)
		return -ENOMEM;
	hvp_instances = 1;
	return 0;
}

/**
 * hvp_registry_exit - Undo hvp_registry_init(); no partition is left
 */
void hvp_registry_exit(void)
{
	hvp_intercept_exit();
	WARN_ON(hvp_partitions_count);
	hvp_ports_gone(hvp_host, NULL);
	xa_destroy(&hvp_partitions);
	hvp_instance_put(hvp_host);
}

static void set_owner(struct hvp_partition *pt, struct task_struct *task)
{
	pt->owner = get_task_pid(task, PIDTYPE_TGID);
	get_task_comm(pt->comm, task);
}

/**
 * hvp_partition_alloc - Make a partition that nobody can find yet
 * @role: enum hvpersona_role
 * @flags: enum hvpersona_claim_flags
 * @set: Privileges to add
 * @clear: Privileges to remove
 *
 * Return: a referenced partition, or NULL without memory.
 */
struct hvp_partition *hvp_partition_alloc(u32 role, u32 flags, u64 set, u64 clear)
{
	struct hvp_partition *pt;

	pt = kzalloc(sizeof(*pt), GFP_KERNEL_ACCOUNT);
	if (!pt)
		return NULL;
	refcount_set(&pt->refs, 1);
	mutex_init(&pt->lock);
	mutex_init(&pt->op_lock);
	xa_init_flags(&pt->vps, XA_FLAGS_ACCOUNT);
	xa_init_flags(&pt->ports, XA_FLAGS_ACCOUNT);
	xa_init_flags(&pt->connections, XA_FLAGS_ACCOUNT);
	xa_init_flags(&pt->lps, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&pt->devices);
	INIT_LIST_HEAD(&pt->device_interrupts);
	hvp_redirects_init(&pt->redirects);
	hvp_domains_init(&pt->domains);
	INIT_LIST_HEAD(&pt->monitors);
	mutex_init(&pt->stats.lock);
	INIT_LIST_HEAD(&pt->stats.pages);
	pt->stats.due = U64_MAX;
	INIT_LIST_HEAD(&pt->children);
	INIT_LIST_HEAD(&pt->sibling);
	hvp_pool_init(&pt->pool, role == HVPERSONA_ROLE_CHILD ? NULL : pt);
	hvp_space_init(&pt->space);
	pt->role = role;
	pt->flags = flags;
	hvp_vtls_init(pt);
	pt->privileges_set = set;
	pt->privileges_clear = clear;
	set_owner(pt, current);
	pt->since_ns = ktime_get_ns();
	return pt;
}

/**
 * hvp_partition_put - Drop a reference
 * @pt: Partition
 *
 * May sleep. The last one frees it; its machine has let go of it by then.
 */
void hvp_partition_put(struct hvp_partition *pt)
{
	if (!refcount_dec_and_test(&pt->refs))
		return;
	hvp_vp_delete_all(pt);
	hvp_devices_clear(pt);
	hvp_domains_clear(pt);
	/* Needs the parent, to which its pages go back */
	hvp_pool_destroy(&pt->pool);
	if (pt->child) {
		hvp_child_free(pt);
		hvp_instance_put(pt->instance);
	}
	mutex_destroy(&pt->pool.lock);
	hvp_vtls_destroy(pt);
	hvp_space_destroy(&pt->space);
	hvp_device_interrupts_clear(pt);
	hvp_lps_clear(pt);
	xa_destroy(&pt->connections);
	xa_destroy(&pt->ports);
	xa_destroy(&pt->vps);
	mutex_destroy(&pt->stats.lock);
	mutex_destroy(&pt->op_lock);
	mutex_destroy(&pt->lock);
	put_pid(pt->owner);
	kfree_rcu(pt, rcu);
}

/* List a partition; the registry takes over the caller's reference */
static int publish(struct hvp_partition *pt)
{
	int err;

	lockdep_assert_held(&hvp_registry_lock);
	if (hvp_partitions_count >= HVP_MAX_PARTITIONS)
		return -ENOSPC;
	err = xa_alloc_cyclic(&hvp_partitions, &pt->handle, pt, xa_limit_31b, &hvp_last_handle,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	hvp_partitions_count++;
	return 0;
}

static void unpublish(struct hvp_partition *pt)
{
	lockdep_assert_held(&hvp_registry_lock);
	xa_erase(&hvp_partitions, pt->handle);
	hvp_partitions_count--;
	pt->state = HVPERSONA_STATE_GONE;
	if (pt->instance) {
		xa_erase(&pt->instance->partitions, pt->id);
		hvp_instance_put(pt->instance);
		pt->instance = NULL;
	}
}

/* Does the claim belong to this task's process or to one of its ancestors? */
static bool claims_current(const struct hvp_partition *pt)
{
	struct task_struct *task;
	bool found = false;

	rcu_read_lock();
	/* Up to init, or to the idle task, which is the ancestor of kernel threads */
	for (task = current->group_leader; !found && task->tgid > 1;
	     task = rcu_dereference(task->real_parent)->group_leader)
		found = task_tgid(task) == pt->owner;
	rcu_read_unlock();
	return found;
}

/**
 * hvp_claim - Claim a virtual machine of the current process that does not exist yet
 * @role: enum hvpersona_role
 * @flags: enum hvpersona_claim_flags
 * @set: Privileges to add
 * @clear: Privileges to remove
 *
 * Return: a referenced partition in state CLAIMED, or -ENOMEM, -ENOSPC, -EBUSY.
 */
struct hvp_partition *hvp_claim(u32 role, u32 flags, u64 set, u64 clear)
{
	struct hvp_partition *pt, *other;
	unsigned long handle;
	int err = 0;

	pt = hvp_partition_alloc(role, flags, set, clear);
	if (!pt)
		return ERR_PTR(-ENOMEM);
	pt->state = HVPERSONA_STATE_CLAIMED;

	mutex_lock(&hvp_registry_lock);
	xa_for_each(&hvp_partitions, handle, other) {
		if (other->state == HVPERSONA_STATE_CLAIMED && other->owner == pt->owner)
			err = -EBUSY;
	}
	if (!err)
		err = publish(pt);
	if (!err)
		hvp_partition_get(pt);
	mutex_unlock(&hvp_registry_lock);
	if (err) {
		hvp_partition_put(pt);
		return ERR_PTR(err);
	}
	return pt;
}

/**
 * hvp_claim_for_current - Find the claim that the current process falls under
 *
 * Return: a referenced partition in state CLAIMED, or NULL.
 */
struct hvp_partition *hvp_claim_for_current(void)
{
	struct hvp_partition *pt;
	unsigned long handle;

	guard(mutex)(&hvp_registry_lock);
	xa_for_each(&hvp_partitions, handle, pt) {
		if (pt->state == HVPERSONA_STATE_CLAIMED && claims_current(pt))
			return hvp_partition_get(pt);
	}
	return NULL;
}

/**
 * hvp_partition_create - Make a partition for a machine that exists
 * @claim: Where role, flags and privileges come from
 *
 * Return: a referenced partition that is not listed, or NULL without memory.
 */
struct hvp_partition *hvp_partition_create(const struct hvp_partition *claim)
{
	return hvp_partition_alloc(claim->role, claim->flags, claim->privileges_set,
			       claim->privileges_clear);
}

/**
 * hvp_partition_activate - Give a partition its machine, its instance and its id
 * @pt: A claim, or a partition from hvp_partition_create()
 * @ops: The monitor
 * @backend: Its data
 * @vmm: A task of the process that runs the machine
 *
 * On success the machine holds one reference, taken here, and the registry another.
 *
 * Return: 0, -ENOMEM, -ENOSPC, or -ENOENT if the claim was withdrawn meanwhile.
 */
int hvp_partition_activate(struct hvp_partition *pt, const struct hvp_backend_ops *ops,
			   void *backend, struct task_struct *vmm)
{
	struct hvp_instance *instance;
	u32 id;
	int err;

	guard(mutex)(&hvp_registry_lock);
	if (pt->handle && pt->state != HVPERSONA_STATE_CLAIMED)
		return -ENOENT;

	if (pt->role == HVPERSONA_ROLE_ROOT) {
		instance = instance_create(hvp_instances);
		if (!instance)
			return -ENOMEM;
		hvp_instances++;
	} else {
		instance = hvp_host;
		refcount_inc(&instance->refs);
	}
	/* Id 1 is the root's, and in the host's instance the root is the host */
	err = xa_alloc(&instance->partitions, &id, pt,
		       XA_LIMIT(pt->role == HVPERSONA_ROLE_ROOT ? 1 : 2, INT_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err)
		goto put_instance;
	if (!pt->handle) {
		err = publish(pt);
		if (err)
			goto erase_id;
		hvp_partition_get(pt);
	}
	mutex_lock(&pt->lock);
	put_pid(pt->owner);
	set_owner(pt, vmm);
	pt->since_ns = ktime_get_ns();
	pt->instance = instance;
	pt->instance_number = instance->number;
	pt->id = id;
	pt->parent_id = pt->role == HVPERSONA_ROLE_ROOT ? 0 : 1;
	pt->ops = ops;
	pt->backend = backend;
	pt->state = HVPERSONA_STATE_ACTIVE;
	mutex_unlock(&pt->lock);
	hvp_partition_get(pt);
	hvp_tell_partition(pt, NULL, HVP_EVENT_PARTITION_CREATED);
	return 0;

erase_id:
	xa_erase(&instance->partitions, id);
put_instance:
	hvp_instance_put(instance);
	return err;
}

/**
 * hvp_partition_gone - The machine is no longer there, or no longer ours
 * @pt: An active partition
 *
 * No VP thread is in the module on its behalf. Drops the references of the machine and
 * of the registry.
 */
void hvp_partition_gone(struct hvp_partition *pt)
{
	struct hvp_instance *instance = hvp_instance_of(pt);

	hvp_children_gone(pt);
	hvp_tell_partition(pt, NULL, HVP_EVENT_PARTITION_DELETED);
	hvp_stats_unmap_all(pt);
	hvp_log_clear(pt);
	hvp_devices_clear(pt);
	hvp_domains_clear(pt);
	hvp_pool_destroy(&pt->pool);
	hvp_space_clear_all(pt);
	hvp_vtls_destroy(pt);
	mutex_lock(&hvp_registry_lock);
	unpublish(pt);
	mutex_unlock(&hvp_registry_lock);

	/* The host makes some for it as long as it is active */
	hvp_ports_gone(instance, pt);
	hvp_instance_put(instance);
	hvp_vp_delete_all(pt);
	hvp_partition_put(pt);
	hvp_partition_put(pt);
}

static void reset_synics(struct hvp_partition *pt)
{
	unsigned long index;
	struct hvp_vp *vp;

	/* Nor are VPs renumbered meanwhile */
	guard(mutex)(&pt->lock);
	xa_for_each(&pt->vps, index, vp)
		hvp_synic_reset(vp);
}

/* What a root has told of its platform */
static void reset_platform(struct hvp_partition *pt)
{
	guard(mutex)(&pt->lock);
	WRITE_ONCE(pt->parked_mask, 0);
	WRITE_ONCE(pt->sleep_states, 0);
	pt->events_seen = 0;
	pt->last_event = 0;
	pt->last_event_input = 0;
	hvp_lps_clear(pt);
	hvp_device_interrupts_clear(pt);
	hvp_devices_clear(pt);
	hvp_domains_clear(pt);
}

/**
 * hvp_partition_reset - A machine was reset: what its guest has left behind goes
 * @pt: An active machine; in the thread of one of its VPs, which keeps it
 *
 * What is on its way to its VPs is dropped, its ports, connections and children are destroyed,
 * and all its pages are its own again with full rights: the guest that starts now knows nothing
 * of all that. What the host gave to its pool remains.
 *
 * Pages first, in one go, so that pools have nothing to tell the monitor when they give up
 * theirs one by one; and once more, for state pages that children's VPs put back into pools,
 * and for VPs that did not stop.
 */
void hvp_partition_reset(struct hvp_partition *pt)
{
	hvp_ports_gone(pt->instance, pt);
	reset_synics(pt);
	hvp_space_clear_all(pt);
	hvp_children_gone(pt);
	hvp_stats_unmap_all(pt);
	hvp_log_clear(pt);
	reset_platform(pt);
	hvp_pool_return(&pt->pool);
	hvp_vtls_reset(pt);
	hvp_space_clear_all(pt);
	hvp_children_welcome(pt);
}

/**
 * hvp_child_publish - Give a child its id, its handle, and a place in the registry
 * @pt: Child that nobody can find yet, with state and parent set
 * @instance: Instance
 *
 * On success the registry holds a reference. Takes a reference of @instance for @pt.
 *
 * Return: 0, -ENOMEM, -ENOSPC.
 */
int hvp_child_publish(struct hvp_partition *pt, struct hvp_instance *instance)
{
	u32 id;
	int err;

	guard(mutex)(&hvp_registry_lock);
	/* Reserved first: a lookup finds a child only when nothing can fail any more */
	err = xa_alloc(&instance->partitions, &id, NULL,
		       XA_LIMIT(2, INT_MAX), GFP_KERNEL_ACCOUNT);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;
	err = xa_alloc_cyclic(&hvp_partitions, &pt->handle, pt, xa_limit_31b, &hvp_last_handle,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		xa_release(&instance->partitions, id);
		return err == -EBUSY ? -ENOSPC : err;
	}
	pt->id = id;
	pt->instance = instance;
	pt->instance_number = instance->number;
	refcount_inc(&instance->refs);
	hvp_partition_get(pt);
	xa_store(&instance->partitions, id, pt, GFP_KERNEL_ACCOUNT);
	return 0;
}

/**
 * hvp_child_unpublish - Make a child impossible to find; its id and handle are free
 * @pt: Child; the caller has a reference besides the registry's, which is dropped
 */
void hvp_child_unpublish(struct hvp_partition *pt)
{
	mutex_lock(&hvp_registry_lock);
	xa_erase(&hvp_partitions, pt->handle);
	xa_erase(&pt->instance->partitions, pt->id);
	WRITE_ONCE(pt->state, HVPERSONA_STATE_GONE);
	mutex_unlock(&hvp_registry_lock);
	hvp_partition_put(pt);
}

/**
 * hvp_claim_withdraw - Give a claim up that has not been used
 * @pt: Partition; the caller has a reference
 *
 * Return: 0, or -EBUSY if it is not in state CLAIMED.
 */
int hvp_claim_withdraw(struct hvp_partition *pt)
{
	bool claimed;

	mutex_lock(&hvp_registry_lock);
	claimed = pt->state == HVPERSONA_STATE_CLAIMED;
	if (claimed)
		unpublish(pt);
	mutex_unlock(&hvp_registry_lock);
	if (!claimed)
		return -EBUSY;
	hvp_partition_put(pt);
	return 0;
}

/**
 * hvp_partition_by_handle - Find a partition
 * @handle: Its handle
 *
 * Return: a referenced partition, or NULL.
 */
struct hvp_partition *hvp_partition_by_handle(u32 handle)
{
	struct hvp_partition *pt;

	guard(mutex)(&hvp_registry_lock);
	pt = xa_load(&hvp_partitions, handle);
	return pt ? hvp_partition_get(pt) : NULL;
}

/**
 * hvp_partition_next - Enumerate partitions
 * @after: Handle after which to look
 *
 * Return: the next handle, 0 if there is none.
 */
u32 hvp_partition_next(u32 after)
{
	unsigned long handle = after;

	guard(mutex)(&hvp_registry_lock);
	return xa_find_after(&hvp_partitions, &handle, U32_MAX, XA_PRESENT) ? handle : 0;
}

/**
 * hvp_partition_count - Number of partitions and unused claims
 */
u32 hvp_partition_count(void)
{
	return READ_ONCE(hvp_partitions_count);
}
