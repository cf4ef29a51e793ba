// SPDX-License-Identifier: GPL-2.0
/*
 * The life of child partitions: created, initialized, finalized, deleted, or destroyed at
 * once with the machine that made them.
 *
 * Who is whose child stands in lists under struct hvp_instance.lock; what a child is and
 * has is under its op_lock. A call or an ioctl finds a child, locks it, and looks whether it
 * has been deleted meanwhile.
 */
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/hvpersona.h>

#include "child.h"
#include "events.h"
#include "intercept.h"
#include "stats/stats.h"
#include "synic/port.h"
#include "vp_file.h"

/* Pages of a child's address space that one step of finalizing gives up */
#define PAGES_PER_STEP	65536

/*
 * At worst a child is alone in all nodes of the indexes that it is found by, six bits of the
 * number in each: six nodes for its handle, which has 31 bits, two for its id, which is
 * the lowest that is free.
 */
#define INDEX_COST	(8 * sizeof(struct xa_node))

/* What a child costs the pool of the partition that creates it */
static size_t child_cost(void)
{
	return hvp_pool_cost(sizeof(struct hvp_partition)) +
	       hvp_pool_cost(sizeof(struct hvp_child)) + INDEX_COST;
}

static bool known_version(u32 version)
{
	switch (version) {
	case 0x0605:	/* 19H1 */
	case 0x0607 ... 0x0609:	/* 20H1, 21H1, 21H2 */
	case 0xfe00:	/* prerelease */
	case 0xff00:	/* experiment */
		return true;
	default:
		return false;
	}
}

static enum hv_status check_creation(const struct hv_create_partition *in)
{
	/* Isolated partitions are not offered */
	if ((in->flags & ~HV_CREATE_DEFINED) || in->isolation || !known_version(in->compatibility) ||
	    !hvp_proximity_valid(in->proximity))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static struct list_head *children_of(struct hvp_partition *parent, struct hvp_instance *instance)
{
	return parent ? &parent->children : &instance->host_children;
}

/* The child's objects before anybody can find it */
static struct hvp_partition *child_alloc(struct hvp_partition *parent,
					 const struct hv_create_partition *in)
{
	struct hvp_partition *pt;

	pt = hvp_partition_alloc(HVPERSONA_ROLE_CHILD, 0, 0, 0);
	if (!pt)
		return NULL;
	pt->child = kzalloc(sizeof(*pt->child), GFP_KERNEL_ACCOUNT);
	if (!pt->child) {
		hvp_partition_put(pt);
		return NULL;
	}
	pt->child->flags = in->flags;
	pt->child->compatibility = in->compatibility;
	memcpy(pt->child->disabled_features, in->disabled_features,
	       sizeof(pt->child->disabled_features));
	pt->child->disabled_xsave = in->disabled_xsave;
	hvp_gpa_map_init(&pt->child->map);
	pt->state = HVPERSONA_STATE_CREATED;
	pt->ops = &hvp_child_ops;
	pt->depth = parent ? parent->depth + 1 : 1;
	pt->parent_id = parent ? parent->id : 1;
	if (parent) {
		pt->parent = hvp_partition_get(parent);
		/* Children of children get their memory from the host alone */
		if (!parent->child)
			pt->pool.donor = parent;
	}
	hvp_properties_init(pt);
	return pt;
}

/**
 * hvp_child_free - Free what only a child has, with its last reference
 * @pt: Partition with a child part
 */
void hvp_child_free(struct hvp_partition *pt)
{
	hvp_properties_destroy(pt);
	mtree_destroy(&pt->child->map.tree);
	if (pt->child->memory)
		fput(pt->child->memory);
	kfree(pt->child);
	pt->child = NULL;
	if (pt->parent)
		hvp_partition_put(pt->parent);
}

/* Make it findable and somebody's child, in one step as seen by those who delete parents */
static enum hv_status adopt(struct hvp_partition *pt, struct hvp_partition *parent,
			    struct hvp_instance *instance)
{
	int err;

	guard(mutex)(&instance->lock);
	if (instance->children >= HVP_MAX_CHILDREN || (parent && parent->no_children))
		return HV_STATUS_NO_RESOURCES;
	err = hvp_child_publish(pt, instance);
	if (err)
		return HV_STATUS_NO_RESOURCES;
	instance->children++;
	list_add_tail(&pt->sibling, children_of(parent, instance));
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_child_create - HvCallCreatePartition
 * @parent: Partition whose child it becomes, that cannot go away meanwhile (of a child: its
 *	op_lock is held); NULL if that is the host
 * @instance: The instance of both
 * @in: Input of the call
 * @child: Result, a reference
 *
 * The child is charged to the pool of @parent.
 *
 * Return: SUCCESS, INVALID_PARAMETER, PARTITION_TOO_DEEP, INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_child_create(struct hvp_partition *parent, struct hvp_instance *instance,
				const struct hv_create_partition *in,
				struct hvp_partition **child)
{
	struct hvp_partition *pt;
	enum hv_status status;

	status = check_creation(in);
	if (status)
		return status;
	if (parent && parent->depth >= HVP_MAX_DEPTH)
		return HV_STATUS_PARTITION_TOO_DEEP;
	if (parent && !hvp_pool_charge(&parent->pool, child_cost()))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	pt = child_alloc(parent, in);
	status = pt ? adopt(pt, parent, instance) : HV_STATUS_NO_RESOURCES;
	if (status) {
		if (pt)
			hvp_partition_put(pt);
		if (parent)
			hvp_pool_uncharge(&parent->pool, child_cost());
		return status;
	}
	*child = pt;
	return HV_STATUS_SUCCESS;
}

/* A referenced child of @caller, or NULL */
static struct hvp_partition *find(struct hvp_partition *caller, u64 id, bool *descendant)
{
	struct hvp_partition *pt, *up;

	pt = xa_load(&caller->instance->partitions, id);
	if (!pt || !pt->child)
		return NULL;
	if (pt->parent == caller)
		return refcount_inc_not_zero(&pt->refs) ? pt : NULL;
	for (up = pt->parent; up && up->child; up = up->parent)
		*descendant |= up->parent == caller;
	return NULL;
}

/**
 * hvp_child_find - Find a child by its id
 * @caller: Partition that names it
 * @id: Partition id, from a guest
 * @descendant: Set if it is none of @caller's children but one of their descendants
 *
 * Return: a referenced child of @caller, or NULL. It may be deleted any moment: the caller
 * goes on with hvp_child_lock().
 */
struct hvp_partition *hvp_child_find(struct hvp_partition *caller, u64 id, bool *descendant)
{
	struct hvp_partition *pt;

	*descendant = false;
	if (id > INT_MAX || !caller->instance)
		return NULL;
	rcu_read_lock();
	pt = find(caller, id, descendant);
	rcu_read_unlock();
	return pt;
}

/* Its op_lock is held: has it been deleted meanwhile? */
static struct hvp_partition *begin_act(struct hvp_partition *pt, struct hvp_vp *actor)
{
	if (pt->child->deleted) {
		mutex_unlock(&pt->op_lock);
		hvp_partition_put(pt);
		return NULL;
	}
	pt->actor = actor;
	return pt;
}

/**
 * hvp_child_lock - Act on a child
 * @pt: Child; a reference, taken over in any case
 * @actor: VP of its parent in whose thread this runs; NULL if the host acts
 *
 * Return: @pt for hvp_child_unlock(), or NULL if it has been deleted.
 */
struct hvp_partition *hvp_child_lock(struct hvp_partition *pt, struct hvp_vp *actor)
{
	mutex_lock_nested(&pt->op_lock, pt->depth);
	return begin_act(pt, actor);
}

/**
 * hvp_child_lock_killable - As hvp_child_lock() for the host, unless the task is killed
 * @pt: Child; a reference, taken over in any case
 *
 * A call of the parent's may hold the child for as long as its monitor lets an access to the
 * parent's memory wait.
 *
 * Return: @pt, NULL if it has been deleted, ERR_PTR(-EINTR).
 */
struct hvp_partition *hvp_child_lock_killable(struct hvp_partition *pt)
{
	if (mutex_lock_killable_nested(&pt->op_lock, pt->depth)) {
		hvp_partition_put(pt);
		return ERR_PTR(-EINTR);
	}
	return begin_act(pt, NULL);
}

/**
 * hvp_child_unlock - Undo hvp_child_lock()
 * @pt: Child; the reference is dropped
 */
void hvp_child_unlock(struct hvp_partition *pt)
{
	pt->actor = NULL;
	mutex_unlock(&pt->op_lock);
	hvp_partition_put(pt);
}

static void set_state(struct hvp_partition *pt, u32 state)
{
	lockdep_assert_held(&pt->op_lock);
	WRITE_ONCE(pt->state, state);
}

/**
 * hvp_child_initialize - HvCallInitializePartition
 * @pt: Child in state created
 */
enum hv_status hvp_child_initialize(struct hvp_partition *pt)
{
	set_state(pt, HVPERSONA_STATE_ACTIVE);
	hvp_tell_partition(pt, pt->actor, HVP_EVENT_PARTITION_INITIALIZED);
	return HV_STATUS_SUCCESS;
}

static bool has_children(struct hvp_partition *pt)
{
	guard(mutex)(&pt->instance->lock);
	return !list_empty(&pt->children);
}

/**
 * hvp_child_finalize - HvCallFinalizePartition
 * @pt: Child in state active or finalizing
 *
 * Everything in it goes, in steps: ports, connections and VPs first, then its address space.
 *
 * Return: SUCCESS, HVP_STATUS_AGAIN if there is more to do, OPERATION_DENIED if it has
 * children.
 */
enum hv_status hvp_child_finalize(struct hvp_partition *pt)
{
	if (has_children(pt))
		return HV_STATUS_OPERATION_DENIED;
	set_state(pt, HVPERSONA_STATE_FINALIZING);
	hvp_ports_gone(pt->instance, pt);
	hvp_stats_object_gone(pt->parent, pt, NULL);
	hvp_vp_delete_all(pt);
	hvp_properties_destroy(pt);
	hvp_intercepts_gone(pt);
	hvp_results_gone(pt);
	if (!hvp_gpa_map_teardown(pt, PAGES_PER_STEP))
		return HVP_STATUS_AGAIN;
	set_state(pt, HVPERSONA_STATE_FINALIZED);
	hvp_tell_partition(pt, pt->actor, HVP_EVENT_PARTITION_FINALIZED);
	return HV_STATUS_SUCCESS;
}

/* The child is no longer there: nobody finds it, and who has found it sees that */
static void forget(struct hvp_partition *pt)
{
	struct hvp_instance *instance = pt->instance;

	hvp_tell_partition(pt, pt->actor, HVP_EVENT_PARTITION_DELETED);
	pt->child->deleted = true;
	mutex_lock(&instance->lock);
	list_del_init(&pt->sibling);
	instance->children--;
	hvp_child_unpublish(pt);
	mutex_unlock(&instance->lock);
	if (pt->parent)
		hvp_pool_uncharge(&pt->parent->pool, child_cost());
}

/**
 * hvp_child_delete - HvCallDeletePartition
 * @pt: Child in state created or finalized
 *
 * Return: SUCCESS; OPERATION_DENIED if its pool is not empty or it has children.
 */
enum hv_status hvp_child_delete(struct hvp_partition *pt)
{
	if (has_children(pt) || !hvp_pool_empty(&pt->pool))
		return HV_STATUS_OPERATION_DENIED;
	hvp_stats_object_gone(pt->parent, pt, NULL);
	/* What the host put in */
	hvp_pool_destroy(&pt->pool);
	forget(pt);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_child_destroy - Delete a child in any state at once, with its children
 * @pt: Child, not deleted yet
 *
 * Its pages go back to whom they belong. May take long; sleeps.
 */
void hvp_child_destroy(struct hvp_partition *pt)
{
	lockdep_assert_held(&pt->op_lock);
	hvp_children_gone(pt);
	set_state(pt, HVPERSONA_STATE_FINALIZING);
	hvp_ports_gone(pt->instance, pt);
	hvp_stats_object_gone(pt->parent, pt, NULL);
	hvp_vp_delete_all(pt);
	hvp_properties_destroy(pt);
	hvp_intercepts_gone(pt);
	hvp_results_gone(pt);
	while (!hvp_gpa_map_teardown(pt, PAGES_PER_STEP))
		cond_resched();
	hvp_pool_destroy(&pt->pool);
	forget(pt);
}

static struct hvp_partition *first_child(struct hvp_partition *parent)
{
	struct hvp_partition *pt;

	guard(mutex)(&parent->instance->lock);
	parent->no_children = true;
	pt = list_first_entry_or_null(&parent->children, struct hvp_partition, sibling);
	return pt ? hvp_partition_get(pt) : NULL;
}

/**
 * hvp_children_gone - Destroy all children of a partition that is going
 * @parent: Partition; no child can be made any more
 */
void hvp_children_gone(struct hvp_partition *parent)
{
	struct hvp_partition *pt;

	if (!parent->instance)
		return;
	while ((pt = first_child(parent))) {
		/* Whoever was faster has unlinked it by the time that the lock is free */
		if (hvp_child_lock(pt, NULL)) {
			hvp_child_destroy(pt);
			hvp_child_unlock(pt);
		}
	}
}

/**
 * hvp_children_welcome - Undo hvp_children_gone(): children can be made again
 * @parent: Partition that has been reset
 */
void hvp_children_welcome(struct hvp_partition *parent)
{
	guard(mutex)(&parent->instance->lock);
	parent->no_children = false;
}

/**
 * hvp_child_next - HvCallGetNextChildPartition
 * @parent: Partition that asks for its own children
 * @previous: Id of the child before, 0 to begin
 * @next: Result, 0 at the end
 *
 * Return: SUCCESS, INVALID_PARTITION_ID if @previous is no child of @parent.
 */
enum hv_status hvp_child_next(struct hvp_partition *parent, u64 previous, u64 *next)
{
	struct hvp_partition *pt;
	bool found = !previous;

	*next = 0;
	guard(mutex)(&parent->instance->lock);
	list_for_each_entry(pt, &parent->children, sibling) {
		if (found) {
			*next = pt->id;
			return HV_STATUS_SUCCESS;
		}
		found = pt->id == previous;
	}
	return found ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_ID;
}
