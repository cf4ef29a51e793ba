// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual trust levels: the sheet's section "Virtual trust levels (VSM)". In these calls a VTL is a
 * plain number.
 */
#include "../hv_abi/vtl.h"
#include "../vtl/vtl.h"
#include "hypercalls.h"

enum hv_status hvp_enable_partition_vtl(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_partition_vtl *in = args->in;

	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_vtl_enable(vp, in->target_vtl, in->flags);
}

/* HvCallDisablePartitionVtl, whose layout is the project's own */
enum hv_status hvp_disable_partition_vtl(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_partition_vtl *in = args->in;

	if (in->flags || memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_vtl_disable(vp, in->target_vtl);
}

enum hv_status hvp_enable_vp_vtl(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_start_vp *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;

	status = hvp_target_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_vtl_enable_vp(vp, target, in->target_vtl, &in->context);
}

/* HvCallDisableVpVtl, whose layout is the project's own */
enum hv_status hvp_disable_vp_vtl(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_disable_vp_vtl *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;

	status = hvp_target_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_vtl_disable_vp(vp, target, in->target_vtl);
}

/* What these two take is where the code sequence in the hypercall page has put it */
enum hv_status hvp_switch_vtl_call(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_vtl_call(vp, *(const u64 *)args->in) ? HVP_STATUS_STAY :
							  HV_STATUS_INVALID_VTL_STATE;
}

enum hv_status hvp_switch_vtl_return(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_vtl_return(vp, *(const u64 *)args->in) ? HVP_STATUS_SKIP :
							    HV_STATUS_INVALID_VTL_STATE;
}
