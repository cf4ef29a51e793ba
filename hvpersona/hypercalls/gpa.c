// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on guest physical address spaces: those of children, and what a root may change in
 * its own. Flags are checked once per entry, pages element by element, so that the count of
 * completed reps is exact. Padding is ignored: Linux does not clear it.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "../child.h"
#include "../hv_abi/gpa.h"
#include "hypercalls.h"

/* What 0x004b, 0x006e and 0x0090 may say about pages of the root's own space */
#define OWN_FLAGS	(HV_MAP_GPA_PERMISSIONS | HV_MAP_GPA_ADJUSTABLE | HV_MAP_GPA_NO_ACCESS | \
			 HV_MAP_GPA_LARGE_PAGE)

#define HUGE_PAGE_PAGES	(HV_LARGE_PAGE_PAGES * HV_LARGE_PAGE_PAGES)

static u64 unit(bool large)
{
	return large ? HV_LARGE_PAGE_PAGES : 1;
}

/* First page number beyond the caller's own space */
static u64 own_limit(const struct hvp_vp *vp)
{
	if (vp->partition->child)
		return vp->partition->child->map.limit;
	return min(BIT_ULL(vp->pa_bits) >> PAGE_SHIFT, HVP_GPA_MAX_PAGES);
}

static u64 target_limit(const struct hvp_vp *vp, const struct hvp_args *args)
{
	return args->target == vp->partition ? own_limit(vp) : args->target->child->map.limit;
}

/* The page of this element in a run that begins at @base */
static enum hv_status rep_page(const struct hvp_args *args, u64 base, u64 count, u64 *gfn)
{
	if (check_add_overflow(base, args->rep * count, gfn))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static u32 own_rights(u32 flags)
{
	u32 rights = 0;

	if (flags & HV_MAP_GPA_KIND)
		return 0;
	if (flags & HV_MAP_GPA_READABLE)
		rights |= HVP_GPA_READ;
	if (flags & HV_MAP_GPA_WRITABLE)
		rights |= HVP_GPA_WRITE;
	if (flags & HV_MAP_GPA_EXECUTABLE)
		rights |= HVP_GPA_EXECUTE;
	return rights;
}

/* May the root change its rights to these pages? */
static enum hv_status check_own_pages(struct hvp_partition *pt, u64 gfn, u64 count)
{
	u32 state;
	u64 i;

	if (!pt->ops->space_is_ram(pt, gfn, count))
		return HV_STATUS_OPERATION_DENIED;
	if (!hvp_space_any(pt, gfn, count))
		return HV_STATUS_SUCCESS;
	for (i = 0; i < count; i++) {
		state = hvp_space_state(pt, gfn + i);
		if (state & HVP_SPACE_DEPOSITED)
			return HV_STATUS_OPERATION_DENIED;
		if (state & HVP_SPACE_IN_USE)
			return HV_STATUS_OBJECT_IN_USE;
	}
	return HV_STATUS_SUCCESS;
}

/* The space looks again, under its lock: nobody gets back what is deposited by now */
static enum hv_status set_own_rights(struct hvp_partition *pt, u64 gfn, u64 count, u32 rights)
{
	switch (hvp_space_restrict(pt, gfn, count, rights)) {
	case 0:
		return HV_STATUS_SUCCESS;
	case -ENOSPC:
		return HV_STATUS_INSUFFICIENT_MEMORY;
	case -ENOMEM:
		return HV_STATUS_NO_RESOURCES;
	case -EBUSY:
		return HV_STATUS_OBJECT_IN_USE;
	default:
		return HV_STATUS_OPERATION_DENIED;
	}
}

/* One element of a call by which the root changes its rights in its identity map */
static enum hv_status change_own(struct hvp_vp *vp, u64 gfn, u64 source, u32 flags)
{
	u64 count = unit(flags & HV_MAP_GPA_LARGE_PAGE);
	struct hvp_partition *pt = vp->partition;
	enum hv_status status;

	status = hvp_gpa_check_pages(own_limit(vp), gfn, count);
	if (status || !IS_ALIGNED(gfn, count))
		return HV_STATUS_INVALID_PARAMETER;
	if ((flags & ~OWN_FLAGS) || (!(flags & HV_MAP_GPA_KIND) && source != gfn))
		return HV_STATUS_ACCESS_DENIED;
	status = check_own_pages(pt, gfn, count);
	return status ?: set_own_rights(pt, gfn, count, own_rights(flags));
}

static enum hv_status map(struct hvp_vp *vp, struct hvp_args *args, u64 gfn, u64 source,
			  u32 flags)
{
	if (args->target == vp->partition)
		return change_own(vp, gfn, source, flags);
	return hvp_gpa_map_page(args->target, gfn, source, flags);
}

enum hv_status hvp_map_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_gpa *in = args->in;

	return hvp_gpa_check_flags(in->flags);
}

enum hv_status hvp_map_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_gpa *in = args->in;
	const u64 *source = args->rep_in;
	enum hv_status status;
	u64 gfn;

	status = rep_page(args, in->gpa_base, unit(in->flags & HV_MAP_GPA_LARGE_PAGE), &gfn);
	return status ?: map(vp, args, gfn, *source, in->flags);
}

enum hv_status hvp_unmap_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_unmap_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_gpa *in = args->in;
	enum hv_status status;
	u64 gfn;

	status = rep_page(args, in->gpa_base, unit(in->flags & HV_UNMAP_GPA_LARGE_PAGE), &gfn);
	return status ?: hvp_gpa_unmap_page(args->target, gfn, in->flags);
}

enum hv_status hvp_map_sparse_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_sparse *in = args->in;

	return hvp_gpa_check_flags(in->flags);
}

enum hv_status hvp_map_sparse(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_sparse *in = args->in;
	const struct hv_sparse_page *page = args->rep_in;

	return map(vp, args, page->target, page->source, in->flags);
}

enum hv_status hvp_modify_sparse_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_sparse *in = args->in;

	return hvp_gpa_check_flags(in->flags);
}

enum hv_status hvp_modify_sparse(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_sparse *in = args->in;
	const u64 *gfn = args->rep_in;

	if (args->target == vp->partition)
		return change_own(vp, *gfn, *gfn, in->flags);
	return hvp_gpa_modify_page(args->target, *gfn, in->flags);
}

/*
 * Committing ahead of time. The map needs no structures that could be made before the
 * mapping: its entries depend on the sources. So the two calls check their operands and
 * that is all, which the sheet's entry 0x00be calls a conforming implementation.
 */
enum hv_status hvp_precommit_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_precommit *in = args->in;

	return in->flags & ~HV_UNMAP_GPA_LARGE_PAGE ? HV_STATUS_INVALID_PARAMETER :
						      HV_STATUS_SUCCESS;
}

enum hv_status hvp_precommit_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_precommit *in = args->in;
	u64 count = unit(in->flags & HV_UNMAP_GPA_LARGE_PAGE);
	enum hv_status status;
	u64 gfn;

	status = rep_page(args, in->gpa_base, count, &gfn);
	if (status || !IS_ALIGNED(gfn, count))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_gpa_check_pages(target_limit(vp, args), gfn, count);
}

enum hv_status hvp_uncommit_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_precommit_gpa_prepare(vp, args);
}

enum hv_status hvp_uncommit_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_precommit_gpa(vp, args);
}

/*
 * Accesses are tracked for a partition that has the property. No root can have it: what KVM
 * knows of the accesses of a machine belongs to its VMM. So a root that asks for its own
 * pages learns that tracking is off rather than states that are made up.
 */
static enum hv_status check_tracking(struct hvp_vp *vp, struct hvp_args *args, u64 flags)
{
	const u64 accessed = HV_ACCESS_STATE_CLEAR_ACCESSED | HV_ACCESS_STATE_SET_ACCESSED;
	const u64 dirty = HV_ACCESS_STATE_CLEAR_DIRTY | HV_ACCESS_STATE_SET_DIRTY;

	if ((flags & ~(accessed | dirty)) || (flags & accessed) == accessed ||
	    (flags & dirty) == dirty)
		return HV_STATUS_INVALID_PARAMETER;
	if (args->target == vp->partition ||
	    hvp_property_stored(args->target, HV_PROPERTY_GPA_PAGE_ACCESS_TRACKING) != 1)
		return HV_STATUS_OPERATION_DENIED;
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_access_state_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_access_state *in = args->in;

	return check_tracking(vp, args, in->flags);
}

enum hv_status hvp_access_state(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_access_state *in = args->in;
	enum hv_status status;
	u64 gfn;

	status = rep_page(args, in->gpa_page, 1, &gfn);
	return status ?: hvp_gpa_access_state(args->target, gfn, in->flags, args->rep_out);
}

enum hv_status hvp_access_state_sparse_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_access_state *in = args->in;

	return check_tracking(vp, args, in->flags);
}

enum hv_status hvp_access_state_sparse(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_access_state *in = args->in;
	const u64 *gfn = args->rep_in;

	return hvp_gpa_access_state(args->target, *gfn, in->flags, args->rep_out);
}

/*
 * Host access. Partitions are not isolated from their parent, which may access all of a
 * child's memory at any time. So access is acquired and released without effect. Acquired
 * pages are counted: who has released all has nothing left to release.
 */
static enum hv_status check_host_access(const struct hv_host_access *in)
{
	if ((in->access != HV_HOST_ACCESS_READ &&
	     in->access != (HV_HOST_ACCESS_READ | HV_HOST_ACCESS_WRITE)) || in->flags)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* Is there memory behind the page to have access to? */
static enum hv_status check_backed(struct hvp_partition *pt, u64 gfn)
{
	struct hvp_gpa_range range;

	if (gfn >= pt->child->map.limit)
		return HV_STATUS_INVALID_PARAMETER;
	if (!hvp_gpa_map_find(pt, gfn, &range) || (range.flags & HV_MAP_GPA_KIND))
		return HV_STATUS_OPERATION_DENIED;
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_acquire_gpa_access_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	return check_host_access(args->in);
}

enum hv_status hvp_acquire_gpa_access(struct hvp_vp *vp, struct hvp_args *args)
{
	const u64 *gfn = args->rep_in;
	enum hv_status status;

	status = check_backed(args->target, *gfn);
	if (!status)
		args->target->child->host_acquired++;
	return status;
}

enum hv_status hvp_release_gpa_access_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	return check_host_access(args->in);
}

/* The page may have been unmapped meanwhile: that does not make it less acquired */
enum hv_status hvp_release_gpa_access(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hvp_child *child = args->target->child;
	const u64 *gfn = args->rep_in;

	if (*gfn >= child->map.limit)
		return HV_STATUS_INVALID_PARAMETER;
	if (!child->host_acquired)
		return HV_STATUS_OPERATION_DENIED;
	child->host_acquired--;
	return HV_STATUS_SUCCESS;
}

static u64 spa_pages(const struct hv_host_access *in)
{
	if (in->flags & HV_HOST_ACCESS_HUGE)
		return HUGE_PAGE_PAGES;
	return unit(in->flags & HV_HOST_ACCESS_LARGE);
}

static enum hv_status check_spa_header(const struct hv_host_access *in)
{
	const u32 sharing = HV_HOST_ACCESS_EXCLUSIVE | HV_HOST_ACCESS_SHARED;
	const u32 size = HV_HOST_ACCESS_LARGE | HV_HOST_ACCESS_HUGE;

	if ((in->access & ~(HV_HOST_ACCESS_READ | HV_HOST_ACCESS_WRITE)) ||
	    (in->flags & ~(sharing | size)) || (in->flags & size) == size ||
	    !(in->flags & sharing) || (in->flags & sharing) == sharing)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/*
 * One element of 0x00d7 or 0x00d8. System physical pages are those of the caller's own
 * space, as far as it can tell.
 */
static enum hv_status change_spa_access(struct hvp_vp *vp, const struct hvp_args *args)
{
	u64 count = spa_pages(args->in), gfn = *(const u64 *)args->rep_in;
	struct hvp_partition *pt = vp->partition;
	bool present;

	if (!IS_ALIGNED(gfn, count) || hvp_gpa_check_pages(own_limit(vp), gfn, count))
		return HV_STATUS_INVALID_PARAMETER;
	if (pt->child)
		present = hvp_gpa_map_covers(&pt->child->map, gfn, count);
	else
		present = pt->ops->space_is_ram(pt, gfn, count) && !hvp_space_any(pt, gfn, count);
	return present ? HV_STATUS_SUCCESS : HV_STATUS_OPERATION_DENIED;
}

enum hv_status hvp_acquire_spa_access_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_host_access *in = args->in;
	enum hv_status status;

	status = check_spa_header(in);
	/* Linux names the child only to make pages exclusive to it */
	if (!status && !args->target && !(in->flags & HV_HOST_ACCESS_SHARED))
		return HV_STATUS_INVALID_PARTITION_ID;
	return status;
}

enum hv_status hvp_acquire_spa_access(struct hvp_vp *vp, struct hvp_args *args)
{
	return change_spa_access(vp, args);
}

enum hv_status hvp_release_spa_access_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_host_access *in = args->in;

	return in->access ? HV_STATUS_INVALID_PARAMETER : check_spa_header(in);
}

enum hv_status hvp_release_spa_access(struct hvp_vp *vp, struct hvp_args *args)
{
	return change_spa_access(vp, args);
}
