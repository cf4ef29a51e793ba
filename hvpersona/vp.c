// SPDX-License-Identifier: GPL-2.0
/* Virtual processors: making, finding and deleting them. */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "core.h"
#include "hypercalls/hypercalls.h"

static void vp_free(struct hvp_vp *vp)
{
	kvfree(vp->cpuid);
	kfree(vp->counters);
	free_page((unsigned long)vp->output);
	free_page((unsigned long)vp->input);
	kfree(vp);
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
	vp->pa_bits = 36;	/* until CPUID says better */
	vp->input = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vp->output = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vp->counters = kcalloc(hvp_hypercall_count + 1, sizeof(*vp->counters), GFP_KERNEL_ACCOUNT);
	if (!vp->input || !vp->output || !vp->counters)
		goto free;

	mutex_lock(&pt->lock);
	err = xa_insert(&pt->vps, index, vp, GFP_KERNEL_ACCOUNT);
	if (!err)
		pt->vp_count++;
	mutex_unlock(&pt->lock);
	if (err) {
		err = err == -EBUSY ? -EEXIST : err;
		goto free;
	}
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

/**
 * hvp_vp_delete_all - Delete the VPs of a partition
 * @pt: Partition; none of its VPs is in the module
 */
void hvp_vp_delete_all(struct hvp_partition *pt)
{
	unsigned long index;
	struct hvp_vp *vp;

	guard(mutex)(&pt->lock);
	xa_for_each(&pt->vps, index, vp) {
		xa_erase(&pt->vps, index);
		vp_free(vp);
	}
	pt->vp_count = 0;
}

/**
 * hvp_vp_find - Find a VP by its index
 * @pt: Partition
 * @index: VP index, from a guest
 *
 * The caller is a VP thread of the partition, or holds @pt->lock.
 *
 * Return: the VP, or NULL.
 */
struct hvp_vp *hvp_vp_find(struct hvp_partition *pt, u32 index)
{
	return index < HVP_MAX_VPS ? xa_load(&pt->vps, index) : NULL;
}
