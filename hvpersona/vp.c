// SPDX-License-Identifier: GPL-2.0
/* Virtual processors: making, finding and deleting them. */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "child.h"
#include "events.h"
#include "hypercalls/hypercalls.h"
#include "intercept.h"
#include "stats/stats.h"
#include "vp_file.h"

/* At worst a child's VP is alone in two nodes of the index of VPs; its pool pays for them */
#define INDEX_COST	(2 * sizeof(struct xa_node))

/* A child's VP has neither counters nor pages for operands: it makes no calls before it runs */
static void child_vp_free(struct hvp_vp *vp)
{
	struct hvp_pool *pool = &vp->partition->pool;

	hvp_synic_free(vp);
	if (vp->file) {
		hvp_intercept_vp_gone(vp);
		hvp_state_pages_unmap(vp);
	}
	hvp_file_destroy(vp);
	hvp_properties_vp_gone(vp);
	hvp_results_vp_gone(vp);
	/* As hvp_cpuid_for_child() charged them */
	hvp_pool_uncharge(pool, hvp_cpuid_cost(vp->cpuid_count));
	kvfree(vp->cpuid);
	hvp_pool_free(pool, vp, sizeof(*vp));
	hvp_pool_uncharge(pool, INDEX_COST);
}

static void vp_free(struct hvp_vp *vp)
{
	if (vp->partition->child) {
		child_vp_free(vp);
		return;
	}
	hvp_synic_free(vp);
	kfree(vp->vtls);
	kvfree(vp->cpuid);
	kfree(vp->counters);
	free_page((unsigned long)vp->output);
	free_page((unsigned long)vp->input);
	kfree(vp);
}

/* Make it findable; -EEXIST if the index is taken */
static int publish(struct hvp_partition *pt, struct hvp_vp *vp)
{
	int err;

	guard(mutex)(&pt->lock);
	err = xa_insert(&pt->vps, vp->index, vp, GFP_KERNEL_ACCOUNT);
	if (!err)
		pt->vp_count++;
	return err == -EBUSY ? -EEXIST : err;
}

/**
 * hvp_vp_create - Make a VP
 * @pt: Its partition
 * @index: VP index
 * @backend: The monitor's data
 *
 * Return: the VP, -EEXIST if the index is taken, -ENOSPC beyond HVP_MAX_VPS, -ENOMEM.
 */
struct hvp_vp *hvp_vp_create(struct hvp_partition *pt, u32 index, void *backend)
{
	struct hvp_vp *vp;
	int err = -ENOMEM;

	if (index >= HVP_MAX_VPS)
		return ERR_PTR(-ENOSPC);
	vp = kzalloc(sizeof(*vp), GFP_KERNEL_ACCOUNT);
	if (!vp)
		return ERR_PTR(-ENOMEM);
	vp->partition = pt;
	vp->ops = pt->ops;
	vp->backend = backend;
	vp->index = index;
	vp->vtl = pt->vtls.first;
	vp->pa_bits = 36;	/* until CPUID says better */
	vp->input = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vp->output = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vp->counters = kcalloc(hvp_hypercall_count + 1, sizeof(*vp->counters), GFP_KERNEL_ACCOUNT);
	if (!vp->input || !vp->output || !vp->counters || hvp_synic_create(vp, vp->vtl))
		goto free;

	err = publish(pt, vp);
	if (err)
		goto free;
	hvp_tell_vp(pt, index, NULL, HVP_EVENT_VP_CREATED, 0);
	return vp;

free:
	vp_free(vp);
	return ERR_PTR(err);
}

/* A VP and the index that the VMM has given it, read once */
struct numbered_vp {
	struct hvp_vp *vp;
	u32 index;
};

/* Store every VP at its index, and nothing elsewhere; @indexes are all of them */
static void rearrange(struct hvp_partition *pt, const struct numbered_vp *vps, u32 count,
		      const unsigned long *indexes)
{
	unsigned long index;
	struct hvp_vp *vp;
	u32 i;

	for_each_set_bit(index, indexes, HVP_MAX_VPS)
		if (xa_reserve(&pt->vps, index, GFP_KERNEL_ACCOUNT))
			goto release;
	for (i = 0; i < count; i++) {
		WRITE_ONCE(vps[i].vp->index, vps[i].index);
		xa_store(&pt->vps, vps[i].index, vps[i].vp, GFP_KERNEL_ACCOUNT);
	}
	xa_for_each(&pt->vps, index, vp)
		if (!test_bit(index, indexes))
			xa_erase(&pt->vps, index);
	return;

release:
	for_each_set_bit(index, indexes, HVP_MAX_VPS)
		xa_release(&pt->vps, index);
}

/**
 * hvp_vp_reindex - Follow the indexes that the VMM has given the VPs of a partition
 * @pt: Partition
 *
 * A VMM numbers VPs after it has made them. If two have the same number, a mistake of
 * the VMM's, or memory is short, all keep the index they had.
 */
void hvp_vp_reindex(struct hvp_partition *pt)
{
	DECLARE_BITMAP(indexes, HVP_MAX_VPS) = {};
	struct numbered_vp *vps;
	bool changed = false;
	unsigned long at;
	struct hvp_vp *vp;
	u32 index, count = 0;

	guard(mutex)(&pt->lock);
	vps = kvmalloc_array(pt->vp_count, sizeof(*vps), GFP_KERNEL_ACCOUNT);
	if (!vps)
		return;
	xa_for_each(&pt->vps, at, vp) {
		index = vp->ops->vp_index(vp);
		if (index >= HVP_MAX_VPS || __test_and_set_bit(index, indexes))
			goto free;
		changed |= index != vp->index;
		vps[count++] = (struct numbered_vp) { vp, index };
	}
	if (changed)
		rearrange(pt, vps, count, indexes);
free:
	kvfree(vps);
}

/* A VP that nobody can find yet */
static enum hv_status child_vp_alloc(struct hvp_partition *pt, u32 index, struct hvp_vp **result)
{
	enum hv_status status;
	struct hvp_vp *vp;
	int err;

	if (!hvp_pool_charge(&pt->pool, INDEX_COST))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	vp = hvp_pool_zalloc(&pt->pool, sizeof(*vp));
	if (IS_ERR(vp)) {
		hvp_pool_uncharge(&pt->pool, INDEX_COST);
		return hvp_pool_status(PTR_ERR(vp));
	}
	vp->partition = pt;
	vp->ops = pt->ops;
	vp->index = index;
	vp->pa_bits = 36;	/* until CPUID says better */
	err = hvp_cpuid_for_child(vp) ?: hvp_synic_create(vp, 0);
	if (err) {
		status = hvp_pool_status(err);
		goto free;
	}
	status = hvp_file_create(vp);
	if (status)
		goto free;
	*result = vp;
	return HV_STATUS_SUCCESS;

free:
	vp_free(vp);
	return status;
}

static enum hv_status child_vp_publish(struct hvp_partition *pt, struct hvp_vp *vp)
{
	u64 reserve = hvp_property_stored(pt, HV_PROPERTY_CPU_RESERVE);

	/* What others reserve stays as it is meanwhile */
	guard(mutex)(&pt->instance->lock);
	if (!hvp_reserve_fits(pt, reserve, pt->vp_count + 1))
		return HV_STATUS_OPERATION_DENIED;
	return publish(pt, vp) ? HV_STATUS_NO_RESOURCES : HV_STATUS_SUCCESS;
}

/**
 * hvp_child_vp_create - Make a VP of a child
 * @pt: Child, its op_lock held
 * @index: VP index, from a guest
 *
 * The VP is charged to the child's pool, and in reset state.
 *
 * Return: SUCCESS; INVALID_VP_INDEX if there is such a VP or cannot be; OPERATION_DENIED if
 * the processor time that the child reserves for each VP is not there; INSUFFICIENT_MEMORY,
 * NO_RESOURCES.
 */
enum hv_status hvp_child_vp_create(struct hvp_partition *pt, u32 index)
{
	enum hv_status status;
	struct hvp_vp *vp;

	lockdep_assert_held(&pt->op_lock);
	if (index >= HVP_MAX_CHILD_VPS || hvp_vp_find(pt, index))
		return HV_STATUS_INVALID_VP_INDEX;
	status = child_vp_alloc(pt, index, &vp);
	if (status)
		return status;
	status = child_vp_publish(pt, vp);
	if (status)
		vp_free(vp);
	else
		hvp_tell_vp(pt, index, pt->actor, HVP_EVENT_VP_CREATED, 0);
	return status;
}

/* Make a VP impossible to find, and let nothing be sent to it any more */
static struct hvp_vp *unpublish(struct hvp_partition *pt, unsigned long index)
{
	struct hvp_vp *vp;

	scoped_guard(mutex, &pt->lock) {
		vp = xa_erase(&pt->vps, index);
		if (vp)
			pt->vp_count--;
	}
	if (vp)
		hvp_synic_stop(vp);
	return vp;
}

/**
 * hvp_child_vp_delete - Delete a VP of a child
 * @pt: Child, its op_lock held
 * @index: VP index, from a guest
 *
 * Return: SUCCESS, INVALID_VP_INDEX if there is no such VP.
 */
enum hv_status hvp_child_vp_delete(struct hvp_partition *pt, u32 index)
{
	struct hvp_vp *vp;

	lockdep_assert_held(&pt->op_lock);
	vp = index < HVP_MAX_CHILD_VPS ? unpublish(pt, index) : NULL;
	if (!vp)
		return HV_STATUS_INVALID_VP_INDEX;
	hvp_stats_object_gone(pt->parent, pt, vp);
	hvp_tell_vp(pt, index, pt->actor, HVP_EVENT_VP_DELETED, 0);
	/* Not later, so that a guest cannot have more than its pool has paid for */
	synchronize_rcu();
	vp_free(vp);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_vp_delete_all - Delete the VPs of a partition
 * @pt: Partition; none of its VPs is in the module
 *
 * On return nobody uses them, nor what the monitor has for them. May sleep.
 */
void hvp_vp_delete_all(struct hvp_partition *pt)
{
	struct hvp_vp *vp, *next;
	unsigned long index;
	LIST_HEAD(gone);

	xa_for_each(&pt->vps, index, vp) {
		vp = unpublish(pt, index);
		if (vp)
			list_add(&vp->gone, &gone);
	}
	if (list_empty(&gone))
		return;
	/* Senders that have found them */
	synchronize_rcu();
	list_for_each_entry_safe(vp, next, &gone, gone)
		vp_free(vp);
}

/**
 * hvp_vp_find - Find a VP by its index
 * @pt: Partition
 * @index: VP index, from a guest
 *
 * The caller is a VP thread of the partition, or holds @pt->lock, of a child @pt->op_lock; or
 * the VP is used under RCU only, as senders do.
 *
 * Return: the VP, or NULL.
 */
struct hvp_vp *hvp_vp_find(struct hvp_partition *pt, u32 index)
{
	return index < HVP_MAX_VPS ? xa_load(&pt->vps, index) : NULL;
}
