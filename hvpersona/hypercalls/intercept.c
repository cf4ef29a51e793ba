// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallInstallIntercept, HvCallRegisterInterceptResult, HvCallUnregisterInterceptResult and
 * HvCallCheckForIoIntercept: what a parent wants to see of its child, and what it does not.
 */
#include "../intercept.h"
#include "hypercalls.h"

enum hv_status hvp_install_intercept(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_intercept_install(args->target, args->in);
}

/* The MSR form ends before the operands do: the rest of the input means nothing */
enum hv_status hvp_register_intercept_result(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_result_register(args->target, args->in);
}

enum hv_status hvp_unregister_intercept_result(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_result_unregister(args->target, args->in);
}

enum hv_status hvp_check_for_io_intercept(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_check_for_io_intercept *in = args->in;
	enum hv_status status;
	struct hvp_vp *target;

	status = hvp_target_vp(vp, args, in->vp, &target);
	if (status)
		return status;
	status = hvp_target_vtl_check(vp, args, in->vtl);
	if (status)
		return status;
	if ((in->size != 1 && in->size != 2 && in->size != 4) || in->is_write > 1)
		return HV_STATUS_INVALID_PARAMETER;
	*(u8 *)args->out = hvp_intercept_io(args->target, in->port, in->size, in->is_write);
	return HV_STATUS_SUCCESS;
}
