// SPDX-License-Identifier: GPL-2.0
/*
 * What may be put into the address space of a child: the checks of the calls that map,
 * modify and unmap pages, one element at a time. The sheet's section "Guest physical address
 * space".
 *
 * Of a source page it is asked that the parent has it, not what rights the parent has to it:
 * RAM of a machine that is in no pool; a page that is mapped for a parent that is a child
 * itself; a page of the memory file if the parent is the host. What is no RAM of the parent
 * may be a device's. Such pages can be mapped with NOT_CACHED, which is how /dev/mshv maps
 * device memory, and are left out of the count of lent pages: they cannot be deposited.
 */
#include <linux/align.h>
#include <linux/minmax.h>

#include "child.h"
#include "hv_abi/gpa.h"

#define DEFINED_FLAGS	(HV_MAP_GPA_PERMISSIONS | HV_MAP_GPA_ADJUSTABLE | HV_MAP_GPA_KIND |	\
			 HV_MAP_GPA_NO_OVERLAY | HV_MAP_GPA_NOT_CACHED |			\
			 HV_MAP_GPA_CLEAR_ACCESSED | HV_MAP_GPA_SET_ACCESSED |			\
			 HV_MAP_GPA_CLEAR_DIRTY | HV_MAP_GPA_SET_DIRTY |			\
			 HV_MAP_GPA_DONT_SET_ACCESSED | HV_MAP_GPA_LARGE_PAGE)

/* What of the flags is kept */
#define KEPT_FLAGS	(HV_MAP_GPA_PERMISSIONS | HV_MAP_GPA_ADJUSTABLE | HV_MAP_GPA_KIND |	\
			 HV_MAP_GPA_NO_OVERLAY | HV_MAP_GPA_NOT_CACHED | HV_MAP_GPA_LARGE_PAGE)

static bool both(u32 flags, u32 set, u32 clear)
{
	return (flags & set) && (flags & clear);
}

/**
 * hvp_gpa_check_flags - Check HV_MAP_GPA_FLAGS
 * @flags: From a guest or the host
 *
 * Legal rights are none, R, RX, RW and RWX. Pages executable in one mode alone need MBEC,
 * which is not offered. Bits that mean something only to higher VTLs are reserved here.
 *
 * Return: SUCCESS or INVALID_PARAMETER.
 */
enum hv_status hvp_gpa_check_flags(u32 flags)
{
	u32 rights = flags & HV_MAP_GPA_PERMISSIONS;
	u32 execute = flags & HV_MAP_GPA_EXECUTABLE;

	if ((flags & ~DEFINED_FLAGS) || (rights && !(rights & HV_MAP_GPA_READABLE)) ||
	    (execute && execute != HV_MAP_GPA_EXECUTABLE) ||
	    both(flags, HV_MAP_GPA_SET_ACCESSED, HV_MAP_GPA_CLEAR_ACCESSED) ||
	    both(flags, HV_MAP_GPA_SET_DIRTY, HV_MAP_GPA_CLEAR_DIRTY))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_gpa_check_pages - Check that pages are in a space
 * @limit: First page number beyond the space
 * @gfn: First page, any number
 * @count: Number of pages, which must be some
 *
 * Return: SUCCESS or INVALID_PARAMETER.
 */
enum hv_status hvp_gpa_check_pages(u64 limit, u64 gfn, u64 count)
{
	if (!count || gfn >= limit || count > limit - gfn)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* Pages of one element */
static u64 unit(bool large)
{
	return large ? HV_LARGE_PAGE_PAGES : 1;
}

static enum hv_status check_unit(u64 limit, u64 gfn, u64 count)
{
	return IS_ALIGNED(gfn, count) ? hvp_gpa_check_pages(limit, gfn, count) :
					HV_STATUS_INVALID_PARAMETER;
}

/* First page number beyond the space that sources are in */
static u64 source_limit(const struct hvp_partition *pt)
{
	if (pt->parent && pt->parent->child)
		return pt->parent->child->map.limit;
	if (pt->actor)
		return min(BIT_ULL(pt->actor->pa_bits) >> PAGE_SHIFT, HVP_GPA_MAX_PAGES);
	return HVP_GPA_MAX_PAGES;
}

/* Has the parent these pages, all of them? */
static bool source_present(const struct hvp_partition *pt, u64 source, u64 count)
{
	struct hvp_partition *parent = pt->parent;

	if (!parent)
		return source < pt->child->host_pages && count <= pt->child->host_pages - source;
	if (parent->child)
		return hvp_gpa_map_covers(&parent->child->map, source, count);
	return parent->ops->space_is_ram(parent, source, count);
}

/* Is each of these pages the machine's own to give? */
static enum hv_status check_own(const struct hvp_partition *machine, u64 gfn, u64 count)
{
	u32 state;

	if (!hvp_space_any(machine, gfn, count))
		return HV_STATUS_SUCCESS;
	for (; count--; gfn++) {
		state = hvp_space_state(machine, gfn);
		if (state & HVP_SPACE_DEPOSITED)
			return HV_STATUS_OPERATION_DENIED;
		if (state & HVP_SPACE_IN_USE)
			return HV_STATUS_OBJECT_IN_USE;
	}
	return HV_STATUS_SUCCESS;
}

/* What is not the parent's RAM may be a device's, if none of it is */
static enum hv_status check_device(const struct hvp_partition *pt, u64 source, u64 count,
				   u32 flags)
{
	if (!pt->parent || !(flags & HV_MAP_GPA_NOT_CACHED))
		return HV_STATUS_OPERATION_DENIED;
	for (; count--; source++)
		if (source_present(pt, source, 1))
			return HV_STATUS_OPERATION_DENIED;
	return HV_STATUS_SUCCESS;
}

/* May these pages be mapped? Tells whether they are a device's */
static enum hv_status check_source(const struct hvp_partition *pt, u64 source, u64 count,
				   u32 flags, bool *device)
{
	*device = !source_present(pt, source, count);
	if (*device)
		return check_device(pt, source, count, flags);
	if (!pt->parent || pt->parent->child)
		return HV_STATUS_SUCCESS;
	return check_own(pt->parent, source, count);
}

static void track(struct hvp_gpa_range *range, u32 flags)
{
	if (flags & (HV_MAP_GPA_SET_ACCESSED | HV_MAP_GPA_CLEAR_ACCESSED))
		range->accessed = flags & HV_MAP_GPA_SET_ACCESSED;
	if (flags & (HV_MAP_GPA_SET_DIRTY | HV_MAP_GPA_CLEAR_DIRTY))
		range->dirty = flags & HV_MAP_GPA_SET_DIRTY;
}

/* Flags as they are kept: no-access pages have no rights, whatever was asked for */
static u32 kept_flags(u32 flags)
{
	flags &= KEPT_FLAGS;
	if ((flags & HV_MAP_GPA_KIND) == HV_MAP_GPA_NO_ACCESS)
		flags &= ~HV_MAP_GPA_PERMISSIONS;
	return flags;
}

/**
 * hvp_gpa_map_page - Map a page or a large page of a child
 * @pt: Child, locked
 * @gfn: Page in its space
 * @source: Page in its parent's space; ignored if @flags give a kind without source
 * @flags: HV_MAP_GPA_FLAGS
 *
 * All values may come from a guest. Replaces whatever was mapped. The page counts as not
 * accessed and clean unless @flags say otherwise.
 *
 * Return: SUCCESS; INVALID_PARAMETER for flags, alignment, and pages outside of a space;
 * OPERATION_DENIED if the parent does not have the source or it is deposited; OBJECT_IN_USE;
 * INSUFFICIENT_MEMORY; NO_RESOURCES. On failure nothing has changed.
 */
enum hv_status hvp_gpa_map_page(struct hvp_partition *pt, u64 gfn, u64 source, u32 flags)
{
	struct hvp_gpa_range range = {
		.gfn = gfn,
		.count = unit(flags & HV_MAP_GPA_LARGE_PAGE),
		.source = source,
		.flags = kept_flags(flags),
	};
	enum hv_status status;

	status = hvp_gpa_check_flags(flags);
	if (!status)
		status = check_unit(pt->child->map.limit, gfn, range.count);
	if (!status && !(flags & HV_MAP_GPA_KIND)) {
		status = check_unit(source_limit(pt), source, range.count);
		if (!status)
			status = check_source(pt, source, range.count, flags, &range.device);
	}
	if (status)
		return status;
	track(&range, flags);
	return hvp_gpa_map_set(pt, &range);
}

/*
 * The meaning of a mapped range under new flags. The source stays, so a page without one
 * stays without, and one that has a source is denied access by taking its rights.
 */
static enum hv_status modified(const struct hvp_partition *pt, struct hvp_gpa_range *range,
			       u32 flags)
{
	u32 large = range->flags & HV_MAP_GPA_LARGE_PAGE;
	u32 kind = flags & HV_MAP_GPA_KIND;
	bool sourceless = range->flags & HV_MAP_GPA_KIND;

	if (sourceless && !kind)
		return HV_STATUS_OPERATION_DENIED;
	if (!sourceless && kind && kind != HV_MAP_GPA_NO_ACCESS)
		return HV_STATUS_INVALID_PARAMETER;
	track(range, flags);
	range->flags = (kept_flags(flags) & ~HV_MAP_GPA_LARGE_PAGE) | large;
	if (sourceless)
		return HV_STATUS_SUCCESS;
	range->flags &= ~HV_MAP_GPA_KIND;
	if (!(range->flags & HV_MAP_GPA_PERMISSIONS))
		return HV_STATUS_SUCCESS;
	/* The source may have been deposited while the child could not reach it */
	return check_source(pt, range->source, range->count, flags, &range->device);
}

/* The part of the range with page @gfn that is in @gfn to @end - 1 */
static bool find_part(struct hvp_partition *pt, u64 gfn, u64 end, struct hvp_gpa_range *part)
{
	u64 range_end;

	if (!hvp_gpa_map_find(pt, gfn, part))
		return false;
	range_end = part->gfn + part->count;
	part->source += gfn - part->gfn;
	part->gfn = gfn;
	part->count = min(end, range_end) - gfn;
	return true;
}

/* Of @count pages, each mapped differently perhaps: first see whether all can be modified */
static enum hv_status modify_pages(struct hvp_partition *pt, u64 gfn, u64 count, u32 flags,
				   bool store)
{
	u64 at = gfn, end = gfn + count;
	struct hvp_gpa_range part;
	enum hv_status status;

	for (; at < end; at = part.gfn + part.count) {
		if (!find_part(pt, at, end, &part))
			return HV_STATUS_OPERATION_DENIED;
		status = modified(pt, &part, flags);
		if (!status && store)
			status = hvp_gpa_map_set(pt, &part);
		if (status)
			return status;
	}
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_gpa_modify_page - Change rights and attributes of a page or a large page of a child
 * @pt: Child, locked
 * @gfn: Page in its space
 * @flags: HV_MAP_GPA_FLAGS
 *
 * Of a large page that is made of several ranges a part may have been modified when memory
 * runs out; done again, the call completes.
 *
 * Return: SUCCESS; INVALID_PARAMETER; OPERATION_DENIED if the page is not mapped, or has no
 * source and @flags ask for one; statuses of hvp_gpa_map_page().
 */
enum hv_status hvp_gpa_modify_page(struct hvp_partition *pt, u64 gfn, u32 flags)
{
	u64 count = unit(flags & HV_MAP_GPA_LARGE_PAGE);
	enum hv_status status;

	status = hvp_gpa_check_flags(flags);
	if (!status)
		status = check_unit(pt->child->map.limit, gfn, count);
	if (!status && count > 1)
		status = modify_pages(pt, gfn, count, flags, false);
	return status ?: modify_pages(pt, gfn, count, flags, true);
}

/**
 * hvp_gpa_unmap_page - Unmap a page or a large page of a child, mapped or not
 * @pt: Child, locked
 * @gfn: Page in its space
 * @unmap_flags: HV_UNMAP_GPA_*; nothing is ever precommitted, so that there is nothing to keep
 *
 * Return: SUCCESS; INVALID_PARAMETER; INSUFFICIENT_MEMORY or NO_RESOURCES.
 */
enum hv_status hvp_gpa_unmap_page(struct hvp_partition *pt, u64 gfn, u32 unmap_flags)
{
	u64 count = unit(unmap_flags & HV_UNMAP_GPA_LARGE_PAGE);
	enum hv_status status;

	if (unmap_flags & ~(HV_UNMAP_GPA_KEEP_PRECOMMITTED | HV_UNMAP_GPA_LARGE_PAGE))
		return HV_STATUS_INVALID_PARAMETER;
	status = check_unit(pt->child->map.limit, gfn, count);
	return status ?: hvp_gpa_map_clear(pt, gfn, count);
}

/**
 * hvp_gpa_access_state - Read, then set or clear, what is known of accesses to a page
 * @pt: Child, locked
 * @gfn: Page in its space
 * @flags: HV_ACCESS_STATE_*, legal ones
 * @state: HV_ACCESS_STATE_* before the change; 0 for a page that is not mapped
 *
 * Return: SUCCESS; INVALID_PARAMETER for a page outside the space; INSUFFICIENT_MEMORY;
 * NO_RESOURCES.
 */
enum hv_status hvp_gpa_access_state(struct hvp_partition *pt, u64 gfn, u64 flags, u8 *state)
{
	struct hvp_gpa_range page;
	enum hv_status status;

	*state = 0;
	status = hvp_gpa_check_pages(pt->child->map.limit, gfn, 1);
	if (status || !find_part(pt, gfn, gfn + 1, &page))
		return status;
	if (page.accessed)
		*state |= HV_ACCESS_STATE_ACCESSED;
	if (page.dirty)
		*state |= HV_ACCESS_STATE_DIRTY;
	page.accessed = (page.accessed || (flags & HV_ACCESS_STATE_SET_ACCESSED)) &&
			!(flags & HV_ACCESS_STATE_CLEAR_ACCESSED);
	page.dirty = (page.dirty || (flags & HV_ACCESS_STATE_SET_DIRTY)) &&
		     !(flags & HV_ACCESS_STATE_CLEAR_DIRTY);
	return hvp_gpa_map_set(pt, &page);
}
