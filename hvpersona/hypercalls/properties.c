// SPDX-License-Identifier: GPL-2.0
/* Calls on partition properties. What properties there are is in ../property_table.c */
#include "../child.h"
#include "hypercalls.h"

/* The caller, if it asks for its own partition */
static struct hvp_vp *own(struct hvp_vp *vp, const struct hvp_args *args)
{
	return args->target == vp->partition ? vp : NULL;
}

enum hv_status hvp_get_partition_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_get_property *in = args->in;
	u32 count;

	if (in->code >= HV_PROPERTY_FIRST_LARGE)
		return HV_STATUS_UNKNOWN_PROPERTY;
	return hvp_property_get(args->target, own(vp, args), in->code, 0, args->out, &count);
}

enum hv_status hvp_set_partition_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_set_property *in = args->in;

	if (in->code >= HV_PROPERTY_FIRST_LARGE)
		return HV_STATUS_UNKNOWN_PROPERTY;
	return hvp_property_set(args->target, in->code, 0, &in->value, 1);
}

enum hv_status hvp_get_partition_property_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_get_property_ex *in = args->in;
	enum hv_status status;
	u32 count;

	/* Its row of the table has room for the longest */
	static_assert(HV_PROPERTY_QWORDS * sizeof(u64) == 4072);
	status = hvp_property_get(args->target, own(vp, args), in->code, in->argument, args->out,
				  &count);
	if (!status)
		args->out_size = count * sizeof(u64);
	return status;
}

enum hv_status hvp_set_partition_property_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_get_property_ex *in = args->in;

	return hvp_property_set(args->target, in->code, in->argument, args->var, args->var_count);
}
