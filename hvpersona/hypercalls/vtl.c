// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual trust levels: the sheet's section "Virtual trust levels (VSM)". In these calls a VTL is a
 * plain number.
 */
#include "../hv_abi/gpa.h"
#include "../hv_abi/vtl.h"
#include "../vtl/protect.h"
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
	return hvp_vtl_return(vp, *(const u64 *)args->in);
}

/*
 * The VTL is the one whose protections of lower ones change. VTL0 has none, so whoever names it
 * means that its own apply to it.
 */
enum hv_status hvp_modify_vtl_protection_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_modify_vtl_protection *in = args->in;
	enum hv_status status;

	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_input_vtl(vp, in->input_vtl, &args->vtl);
	if (status)
		return status;
	if (!args->vtl)
		args->vtl = vp->vtl;
	return args->vtl ? HV_STATUS_SUCCESS : HV_STATUS_ACCESS_DENIED;
}

/* Pages that follow each other are changed with the first of them */
enum hv_status hvp_modify_vtl_protection(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_modify_vtl_protection *in = args->in;
	const u64 *pages = args->rep_in;
	enum hv_status status;
	u32 count = 1;

	if (args->ahead) {
		args->ahead--;
		return HV_STATUS_SUCCESS;
	}
	while (count < args->reps && pages[count] == pages[0] + count)
		count++;
	status = hvp_vtl_protect(vp->partition, args->vtl, pages[0], count, in->map_flags);
	/* The one that it fails for is found one by one */
	if (status == HV_STATUS_INVALID_PARAMETER && count > 1) {
		count = 1;
		status = hvp_vtl_protect(vp->partition, args->vtl, pages[0], 1, in->map_flags);
	}
	args->ahead = count - 1;
	return status;
}

enum hv_status hvp_check_vtl_access_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_check_vtl_access *in = args->in;

	if ((in->access & ~HV_MAP_GPA_PERMISSIONS) || memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_input_vtl(vp, in->input_vtl, &args->vtl);
}

enum hv_status hvp_check_vtl_access(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_check_vtl_access *in = args->in;
	struct hv_vtl_access *out = args->rep_out;
	u64 gfn = *(const u64 *)args->rep_in;
	u32 wanted = in->access & ~HV_MAP_GPA_USER_EXECUTABLE, denied = 0;

	/* Without mode-based execution control one bit is for both modes */
	if (in->access & HV_MAP_GPA_USER_EXECUTABLE)
		wanted |= HV_MAP_GPA_KERNEL_EXECUTABLE;
	*out = (struct hv_vtl_access) {};
	out->intercepting_vtl = hvp_vtl_denies(vp->partition, args->vtl, gfn, wanted, &denied);
	if (!out->intercepting_vtl)
		return HV_STATUS_SUCCESS;
	if (denied & HV_MAP_GPA_KERNEL_EXECUTABLE)
		denied |= HV_MAP_GPA_USER_EXECUTABLE;
	out->result = HV_VTL_ACCESS_INTERCEPT;
	out->denied = denied & in->access;
	return HV_STATUS_SUCCESS;
}
