// SPDX-License-Identifier: GPL-2.0
/* The book of a root's logical processors. */
#include <linux/bitfield.h>
#include <linux/cleanup.h>

#include "lp.h"
#include "properties.h"

/*
 * What the book has for an index, as the value of an xarray entry: the vCPU is found by its APIC
 * id, since a VMM may renumber VPs.
 */
#define LP_APIC_ID	GENMASK_ULL(31, 0)
#define LP_BOUND	BIT_ULL(32)
#define LP_DOMAIN	GENMASK_ULL(62, 33)

#define MAX_DOMAIN	FIELD_MAX(LP_DOMAIN)

static struct hvp_vp *vp_by_apic_id(struct hvp_partition *pt, u32 id)
{
	struct hvp_apic apic;
	unsigned long index;
	struct hvp_vp *vp;

	xa_for_each(&pt->vps, index, vp) {
		vp->ops->apic(vp, vp->partition->vtls.first, &apic);
		if (apic.id == id)
			return vp;
	}
	return NULL;
}

/* LP 0 is in no book: it backs the VP that the machine boots with */
static struct hvp_vp *boot_vp(struct hvp_partition *pt)
{
	return hvp_vp_find(pt, 0);
}

static bool is_used(struct hvp_partition *pt, struct hvp_vp *vp)
{
	struct hvp_apic apic;
	unsigned long index;
	void *entry;

	if (vp == boot_vp(pt))
		return true;
	vp->ops->apic(vp, vp->partition->vtls.first, &apic);
	xa_for_each(&pt->lps, index, entry)
		if (FIELD_GET(LP_APIC_ID, xa_to_value(entry)) == apic.id)
			return true;
	return false;
}

/**
 * hvp_lp_add - HvCallAddLogicalProcessor
 * @pt: Root partition, in the thread of one of its VPs
 * @index: Index for the new LP
 * @apic_id: APIC id of a vCPU that is no LP yet
 * @proximity: HV_PROXIMITY_DOMAIN_INFO; bits 31:0 the node
 *
 * The book takes at most one node of an xarray per vCPU, from the VMM's memory cgroup.
 *
 * Return: SUCCESS; INVALID_LP_INDEX if the index is out of range or in use; INVALID_PARAMETER for
 * an unknown or used APIC id; INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_lp_add(struct hvp_partition *pt, u32 index, u32 apic_id, u64 proximity)
{
	u64 entry = FIELD_PREP(LP_APIC_ID, apic_id) |
		    FIELD_PREP(LP_DOMAIN, min_t(u64, (u32)proximity, MAX_DOMAIN));
	struct hvp_vp *vp;
	int err;

	if (!index || index >= HVP_MAX_VPS)
		return HV_STATUS_INVALID_LP_INDEX;
	guard(mutex)(&pt->lock);
	if (xa_load(&pt->lps, index))
		return HV_STATUS_INVALID_LP_INDEX;
	vp = vp_by_apic_id(pt, apic_id);
	if (!vp || is_used(pt, vp))
		return HV_STATUS_INVALID_PARAMETER;
	err = xa_insert(&pt->lps, index, xa_mk_value(entry), GFP_KERNEL_ACCOUNT);
	return err ? HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_SUCCESS;
}

/**
 * hvp_lp_remove - HvCallRemoveLogicalProcessor
 * @pt: Root partition
 * @index: LP
 *
 * Return: SUCCESS; INVALID_LP_INDEX; OPERATION_DENIED for LP 0 and for one that backs a VP.
 */
enum hv_status hvp_lp_remove(struct hvp_partition *pt, u32 index)
{
	void *entry;

	if (!index)
		return HV_STATUS_OPERATION_DENIED;
	guard(mutex)(&pt->lock);
	entry = xa_load(&pt->lps, index);
	if (!entry)
		return HV_STATUS_INVALID_LP_INDEX;
	if (xa_to_value(entry) & LP_BOUND)
		return HV_STATUS_OPERATION_DENIED;
	xa_erase(&pt->lps, index);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_lp_bind - HvCallCreateVp of a root on itself
 * @pt: Root partition
 * @vp_index: VP to create: the vCPU that reads this from HV_X64_MSR_VP_INDEX
 * @lp_index: LP that backs it, which is the same vCPU
 *
 * Return: SUCCESS; INVALID_LP_INDEX if there is no such LP; INVALID_VP_INDEX if the VP exists,
 * cannot exist, or is another vCPU than the LP; NO_RESOURCES if the machine has no such vCPU.
 */
enum hv_status hvp_lp_bind(struct hvp_partition *pt, u32 vp_index, u64 lp_index)
{
	struct hvp_vp *vp = hvp_vp_find(pt, vp_index);
	void *entry;
	u64 lp;

	if (vp_index >= HVP_MAX_VPS || (vp && vp == boot_vp(pt)))
		return HV_STATUS_INVALID_VP_INDEX;
	if (!vp)
		return HV_STATUS_NO_RESOURCES;
	guard(mutex)(&pt->lock);
	entry = lp_index < HVP_MAX_VPS ? xa_load(&pt->lps, lp_index) : NULL;
	if (!entry)
		return HV_STATUS_INVALID_LP_INDEX;
	lp = xa_to_value(entry);
	if ((lp & LP_BOUND) || vp_by_apic_id(pt, FIELD_GET(LP_APIC_ID, lp)) != vp)
		return HV_STATUS_INVALID_VP_INDEX;
	/* In the place of an entry, so that nothing is allocated */
	xa_store(&pt->lps, lp_index, xa_mk_value(lp | LP_BOUND), GFP_KERNEL_ACCOUNT);
	return HV_STATUS_SUCCESS;
}

static void *find_entry(struct hvp_partition *pt, u32 index)
{
	return index < HVP_MAX_VPS ? xa_load(&pt->lps, index) : NULL;
}

/**
 * hvp_lp_vp - The vCPU that is an LP
 * @pt: Partition
 * @index: LP
 *
 * Return: the VP; NULL if there is no such LP.
 */
struct hvp_vp *hvp_lp_vp(struct hvp_partition *pt, u32 index)
{
	void *entry;

	if (!index)
		return boot_vp(pt);
	entry = find_entry(pt, index);
	return entry ? vp_by_apic_id(pt, FIELD_GET(LP_APIC_ID, xa_to_value(entry))) : NULL;
}

/**
 * hvp_lp_domain - The proximity domain of an LP
 * @pt: Partition
 * @index: LP
 *
 * Return: what it was added with; 0 for the boot processor, and if there is no such LP.
 */
u32 hvp_lp_domain(struct hvp_partition *pt, u32 index)
{
	void *entry = find_entry(pt, index);

	return entry ? FIELD_GET(LP_DOMAIN, xa_to_value(entry)) : 0;
}

/**
 * hvp_lp_count - Number of LPs
 * @pt: Partition
 */
u32 hvp_lp_count(struct hvp_partition *pt)
{
	unsigned long index;
	u32 count = 1;
	void *entry;

	xa_for_each(&pt->lps, index, entry)
		count++;
	return count;
}

/**
 * hvp_lps_clear - The machine was reset or is going: all LPs but the boot processor go
 * @pt: Partition
 *
 * Otherwise Linux's question whether LP 1 exists would tell it that there is nothing to do.
 */
void hvp_lps_clear(struct hvp_partition *pt)
{
	xa_destroy(&pt->lps);
}
