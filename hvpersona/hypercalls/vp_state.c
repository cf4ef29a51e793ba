// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallMapVpStatePage, HvCallUnmapVpStatePage, HvCallGetVpState, HvCallSetVpState: operands
 * and the caller's pages. What state is, is vp_state.c's and state_page.c's business.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../child.h"
#include "../vp_file.h"
#include "hypercalls.h"

enum hv_status hvp_map_vp_state_page(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_vp_state_page *in = args->in;
	bool located = in->flags & HV_MAP_VP_STATE_LOCATION_VALID;
	enum hv_status status;
	struct hvp_vp *target;

	status = hvp_target_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	if (in->flags & ~HV_MAP_VP_STATE_LOCATION_VALID)
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_target_vtl_check(vp, args, in->input_vtl);
	if (status)
		return status;
	return hvp_state_page_map(target, in->type, located ? &in->location : NULL, args->out);
}

enum hv_status hvp_unmap_vp_state_page(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_map_vp_state_page *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;

	status = hvp_target_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	/* The flags of mapping are reserved here */
	if (in->flags)
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_target_vtl_check(vp, args, in->input_vtl);
	return status ?: hvp_state_page_unmap(target, in->type);
}

/* Checks that getting and setting share. @size: bytes of the state */
static enum hv_status check(struct hvp_vp *vp, const struct hvp_args *args,
			    struct hvp_vp **target, u32 *size)
{
	const struct hv_vp_state *in = args->in;
	enum hv_status status;

	status = hvp_target_vp(vp, args, in->vp_index, target);
	if (status)
		return status;
	/* A VP of a machine that makes calls is not stopped */
	if (!(*target)->file)
		return HV_STATUS_INVALID_VP_STATE;
	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)) || in->rsvd2)
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_target_vtl_check(vp, args, in->input_vtl);
	if (status)
		return status;
	*size = hvp_vp_state_size(*target, in->type);
	if (!*size || (in->type == HV_VP_STATE_XSAVE && in->xsave_flags))
		return HV_STATUS_INVALID_PARAMETER;
	if ((in->type & HV_VP_STATE_IN_PAGES) && args->var_count < DIV_ROUND_UP(*size, PAGE_SIZE))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* Copy between @data and the caller's pages; pages beyond @size are not touched */
static enum hv_status copy_pages(struct hvp_vp *vp, const u64 *pfns, void *data, u32 size,
				 bool to_caller)
{
	u32 done, step;
	int err;

	for (done = 0; done < size; done += step, pfns++) {
		step = min_t(u32, size - done, PAGE_SIZE);
		if (*pfns >> (vp->pa_bits - PAGE_SHIFT))
			return HV_STATUS_INVALID_PARAMETER;
		if (to_caller)
			err = vp->ops->write_gpa(vp, *pfns << PAGE_SHIFT, data + done, step);
		else
			err = vp->ops->read_gpa(vp, *pfns << PAGE_SHIFT, data + done, step);
		if (err)
			return HV_STATUS_INVALID_PARAMETER;
	}
	return HV_STATUS_SUCCESS;
}

/* Get the state to the caller's pages, or set it from there */
static enum hv_status through_pages(struct hvp_vp *vp, struct hvp_args *args,
				    struct hvp_vp *target, u32 size, bool get)
{
	const struct hv_vp_state *in = args->in;
	enum hv_status status;
	void *data;

	data = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!data)
		return hvp_pool_status(-ENOMEM);
	if (get)
		status = hvp_vp_state_get(target, in->type, in->xsave_states, data);
	else
		status = copy_pages(vp, args->var, data, size, false);
	if (!status && get)
		status = copy_pages(vp, args->var, data, size, true);
	else if (!status)
		status = hvp_vp_state_set(target, in->type, in->xsave_states, data);
	kfree(data);
	return status;
}

enum hv_status hvp_get_vp_state(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_state *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;
	u32 size;

	status = check(vp, args, &target, &size);
	if (status)
		return status;
	if (in->type & HV_VP_STATE_IN_PAGES) {
		args->out_size = 0;
		return through_pages(vp, args, target, size, true);
	}
	if (args->var_count)
		return HV_STATUS_INVALID_PARAMETER;
	args->out_size = size;
	return hvp_vp_state_get(target, in->type, 0, args->out);
}

enum hv_status hvp_set_vp_state(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_state *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;
	u32 size;

	status = check(vp, args, &target, &size);
	if (status)
		return status;
	if (in->type & HV_VP_STATE_IN_PAGES)
		return through_pages(vp, args, target, size, false);
	/* The state itself, rounded up to qwords */
	if (args->var_count != DIV_ROUND_UP(size, sizeof(u64)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_vp_state_set(target, in->type, 0, args->var);
}
