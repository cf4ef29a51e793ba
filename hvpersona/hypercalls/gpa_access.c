// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallReadGpa and HvCallWriteGpa: a parent reaches a few bytes of its child's memory as
 * the child itself would, and learns why not if it cannot.
 *
 * KVM writes overlay pages into the guest's memory, so that they are read and written here like
 * any other page; the local APIC's page is none, and reads as what is mapped there. A page that
 * the parent itself has lost is unmapped to its child.
 */
#include <linux/bitfield.h>
#include <linux/mm.h>

#include "../child.h"
#include "../hv_abi/gpa.h"
#include "../hv_abi/translate.h"
#include "../hv_abi/vp_state.h"
#include "hypercalls.h"

static bool valid_cache_type(u64 type)
{
	switch (type) {
	case HV_CACHE_TYPE_UNCACHED:
	case HV_CACHE_TYPE_WRITE_COMBINED:
	case HV_CACHE_TYPE_WRITE_THROUGH:
	case HV_CACHE_TYPE_WRITE_PROTECTED:
	case HV_CACHE_TYPE_WRITE_BACK:
		return true;
	default:
		return false;
	}
}

static enum hv_status check(struct hvp_vp *vp, const struct hvp_args *args,
			    struct hvp_vp **target)
{
	const struct hv_access_gpa *in = args->in;
	enum hv_status status;

	status = hvp_target_vp(vp, args, in->vp_index, target);
	if (status)
		return status;
	if (!in->bytes || in->bytes > HV_ACCESS_GPA_MAX_BYTES ||
	    offset_in_page(in->gpa) + in->bytes > PAGE_SIZE ||
	    in->gpa >> PAGE_SHIFT >= args->target->child->map.limit ||
	    (in->flags & ~(HV_ACCESS_GPA_CACHE_TYPE | HV_ACCESS_GPA_INPUT_VTL)) ||
	    !valid_cache_type(FIELD_GET(HV_ACCESS_GPA_CACHE_TYPE, in->flags)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_target_vtl_check(vp, args, FIELD_GET(HV_ACCESS_GPA_INPUT_VTL, in->flags));
}

/* What the child's map says of the access, before its parent's memory has a say */
static enum hv_access_gpa_result permitted(struct hvp_partition *pt, u64 gpa, bool write)
{
	struct hvp_gpa_range range;
	u32 right = write ? HV_MAP_GPA_WRITABLE : HV_MAP_GPA_READABLE;

	if (!hvp_gpa_map_find(pt, gpa >> PAGE_SHIFT, &range))
		return HV_ACCESS_GPA_UNMAPPED;
	if ((range.flags & HV_MAP_GPA_KIND) == HV_MAP_GPA_NO_ACCESS || !(range.flags & right))
		return write ? HV_ACCESS_GPA_WRITE_INTERCEPT : HV_ACCESS_GPA_READ_INTERCEPT;
	return HV_ACCESS_GPA_SUCCESS;
}

/* The access counts as the child's own, if its accesses are tracked */
static enum hv_status note(struct hvp_partition *pt, u64 gpa, bool write)
{
	u64 flags = HV_ACCESS_STATE_SET_ACCESSED | (write ? HV_ACCESS_STATE_SET_DIRTY : 0);
	u8 before;

	if (hvp_property_stored(pt, HV_PROPERTY_GPA_PAGE_ACCESS_TRACKING) != 1)
		return HV_STATUS_SUCCESS;
	return hvp_gpa_access_state(pt, gpa >> PAGE_SHIFT, flags, &before);
}

static enum hv_status access_gpa(struct hvp_vp *vp, struct hvp_args *args, bool write)
{
	const struct hv_access_gpa *in = args->in;
	struct hv_access_gpa_out *out = args->out;
	enum hv_status status;
	struct hvp_vp *target;
	int err;

	status = check(vp, args, &target);
	if (status)
		return status;
	out->result = permitted(args->target, in->gpa, write);
	if (out->result != HV_ACCESS_GPA_SUCCESS)
		return HV_STATUS_SUCCESS;
	if (write)
		err = target->ops->write_gpa(target, in->gpa, in->data, in->bytes);
	else
		err = target->ops->read_gpa(target, in->gpa, out->data, in->bytes);
	if (err) {
		out->result = HV_ACCESS_GPA_UNMAPPED;
		return HV_STATUS_SUCCESS;
	}
	return note(args->target, in->gpa, write);
}

enum hv_status hvp_read_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	return access_gpa(vp, args, false);
}

enum hv_status hvp_write_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	return access_gpa(vp, args, true);
}
