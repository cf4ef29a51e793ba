// SPDX-License-Identifier: GPL-2.0
/* HvCallTranslateVirtualAddress and its Ex form. */
#include <linux/bitfield.h>

#include "../hv_abi/registers.h"
#include "../vp_file.h"
#include "../vtl/protect.h"
#include "../walk.h"
#include "hypercalls.h"

#define VALIDATE	(HV_TRANSLATE_VALIDATE_READ | HV_TRANSLATE_VALIDATE_WRITE | \
			 HV_TRANSLATE_VALIDATE_EXECUTE)
/* Flags that can be honoured: shadow stacks are not offered */
#define FLAGS		(VALIDATE | HV_TRANSLATE_PRIVILEGE_EXEMPT | HV_TRANSLATE_SET_BITS | \
			 HV_TRANSLATE_SUPERVISOR | HV_TRANSLATE_USER | \
			 HV_TRANSLATE_ENFORCE_SMAP | HV_TRANSLATE_OVERRIDE_SMAP | \
			 HV_TRANSLATE_INPUT_VTL)
/*
 * Of a child's VP besides. Inhibiting TLB flushes of the VP that is calling would only keep
 * the caller from its own flushes.
 */
#define CHILD_FLAGS	(FLAGS | HV_TRANSLATE_TLB_FLUSH_INHIBIT)

/* What the VTL that is asked about could do with the page; the walk was the caller's */
static void apply_protections(const struct hvp_vp *vp, u8 vtl, struct hvp_walk *walk)
{
	u32 rights = hvp_vtl_rights(vp->partition, vtl, walk->gpa >> PAGE_SHIFT);

	if (walk->result != HV_TRANSLATE_SUCCESS)
		return;
	if ((walk->flags & HV_TRANSLATE_VALIDATE_WRITE) && !(rights & HVP_GPA_WRITE))
		walk->result = HV_TRANSLATE_GPA_NO_WRITE_ACCESS;
	else if (((walk->flags & HV_TRANSLATE_VALIDATE_READ) && !(rights & HVP_GPA_READ)) ||
		 ((walk->flags & HV_TRANSLATE_VALIDATE_EXECUTE) && !(rights & HVP_GPA_EXECUTE)))
		walk->result = HV_TRANSLATE_GPA_NO_READ_ACCESS;
}

static enum hv_status translate(struct hvp_vp *vp, struct hvp_args *args, struct hvp_walk *walk)
{
	const struct hv_translate *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;
	u8 vtl;

	status = hvp_accessible_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	status = hvp_target_vtl(vp, args, FIELD_GET(HV_TRANSLATE_INPUT_VTL, in->flags), target, &vtl);
	if (status)
		return status;
	if ((in->flags & ~(target->file ? CHILD_FLAGS : FLAGS)) || !(in->flags & VALIDATE) ||
	    in->gva_page >> (64 - PAGE_SHIFT))
		return HV_STATUS_INVALID_PARAMETER;

	walk->flags = in->flags;
	walk->gva = in->gva_page << PAGE_SHIFT;
	/* The privilege level may be what the parent has left in the register page */
	if (target->file)
		hvp_register_page_load(target);
	if (vtl == target->vtl)
		target->ops->paging(target, &walk->paging);
	else if (!target->ops->vtl_paging(target, vtl, &walk->paging))
		return HVP_STATUS_AGAIN;
	hvp_walk(target, walk);
	if (vtl < target->vtl)
		apply_protections(target, vtl, walk);
	if ((in->flags & HV_TRANSLATE_TLB_FLUSH_INHIBIT) && walk->result == HV_TRANSLATE_SUCCESS)
		*hvp_file_place(target, HV_REG_INTERCEPT_SUSPEND) |= HV_INTERCEPT_TLB_FLUSH_INHIBIT;
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_translate_va(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hv_translate_out *out = args->out;
	struct hvp_walk walk = {};
	enum hv_status status;

	status = translate(vp, args, &walk);
	if (status)
		return status;
	out->result = walk.result;
	out->cache_type = walk.cache_type;
	out->gpa_page = walk.gpa >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;
}

/* The event that the access would have raised */
static void fill_event(struct hv_translate_ex_out *out, const struct hvp_walk *walk)
{
	struct hv_exception_event *exception = &out->exception;
	struct hv_memory_event *memory = &out->memory;

	switch (walk->result) {
	case HV_TRANSLATE_SUCCESS:
		break;
	case HV_TRANSLATE_PAGE_NOT_PRESENT:
	case HV_TRANSLATE_PRIVILEGE_VIOLATION:
	case HV_TRANSLATE_INVALID_PAGE_TABLE_FLAGS:
		exception->type = HV_EVENT_PENDING | HV_EVENT_TYPE_EXCEPTION;
		exception->flags = HV_EVENT_DELIVER_ERROR_CODE;
		exception->vector = walk->canonical ? 14 : 13;	/* #PF, #GP */
		if (walk->canonical) {
			exception->error_code = walk->error_code;
			exception->parameter = walk->gva;
		}
		break;
	default:
		memory->type = HV_EVENT_PENDING | HV_EVENT_TYPE_MEMORY_INTERCEPT;
		memory->flags = HV_EVENT_GLA_VALID;
		if (walk->table)
			memory->flags |= HV_EVENT_CAUSED_BY_GPA_ACCESS;
		if (walk->result == HV_TRANSLATE_GPA_NO_WRITE_ACCESS ||
		    (!walk->table && (walk->flags & HV_TRANSLATE_VALIDATE_WRITE)))
			memory->access_type = HV_INTERCEPT_ACCESS_WRITE;
		else if (!walk->table && (walk->flags & HV_TRANSLATE_VALIDATE_EXECUTE))
			memory->access_type = HV_INTERCEPT_ACCESS_EXECUTE;
		memory->gla = walk->gva;
		memory->gpa = walk->gpa;
	}
}

enum hv_status hvp_translate_va_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hv_translate_ex_out *out = args->out;
	struct hvp_walk walk = {};
	enum hv_status status;

	status = translate(vp, args, &walk);
	if (status)
		return status;
	out->result = walk.result;
	out->cache_type = walk.cache_type;
	out->gpa_page = walk.gpa >> PAGE_SHIFT;
	fill_event(out, &walk);
	return HV_STATUS_SUCCESS;
}
