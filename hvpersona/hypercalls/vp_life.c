// SPDX-License-Identifier: GPL-2.0
/* Making, deleting and starting virtual processors. */
#include <linux/nospec.h>
#include <linux/string.h>

#include "../child.h"
#include "../events.h"
#include "../hv_abi/vp_state.h"
#include "../lp.h"
#include "hypercalls.h"

/* Any, socket, cluster, L3 cache; a hint, as is the proximity domain */
#define SUBNODE_TYPES	4

/*
 * HvCallCreateVp. Linux leaves padding and subnode id as they were on the page, so neither is
 * looked at. VPs that a root makes for itself are backed by the logical processor that the flags
 * name.
 */
enum hv_status hvp_create_vp(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_create_vp *in = args->in;

	if (in->subnode_type >= SUBNODE_TYPES || !hvp_proximity_valid(in->proximity))
		return HV_STATUS_INVALID_PARAMETER;
	if (args->target == vp->partition)
		return hvp_lp_bind(args->target, in->vp_index, in->flags);
	if (in->flags)
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_child_vp_create(args->target, in->vp_index);
}

/* HvCallDeleteVp; the reserved field is padding */
enum hv_status hvp_delete_vp(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_delete_vp *in = args->in;

	return hvp_child_vp_delete(args->target, in->vp_index);
}

enum hv_status hvp_start_vp(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_start_vp *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;
	u8 vtl;

	status = hvp_target_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_vtl_startable(vp, target, in->target_vtl);
	if (status)
		return status;
	vtl = array_index_nospec(in->target_vtl, HVP_VTLS);
	status = vtl < target->partition->vtls.first ?
		 hvp_vtl_start_below(vp, target, vtl, &in->context) :
		 target->ops->start_vp(vp, target, vtl, &in->context);
	if (!status)
		hvp_tell_vp(target->partition, target->index, vp, HVP_EVENT_VP_STARTED,
			    in->context.rip);
	return status;
}
