// SPDX-License-Identifier: GPL-2.0
/* Calls on partitions: life and identity. Their properties are in properties.c */
#include "../child.h"
#include "../events.h"
#include "hypercalls.h"

enum hv_status hvp_create_partition(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hvp_partition *child;
	enum hv_status status;

	status = hvp_child_create(vp->partition, vp->partition->instance, args->in, &child);
	if (status)
		return status;
	*(u64 *)args->out = child->id;
	hvp_tell_partition(child, vp, HVP_EVENT_PARTITION_CREATED);
	hvp_partition_put(child);
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_initialize_partition(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_child_initialize(args->target);
}

enum hv_status hvp_finalize_partition(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_child_finalize(args->target);
}

enum hv_status hvp_delete_partition(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_child_delete(args->target);
}

enum hv_status hvp_next_child(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_next_child *in = args->in;

	return hvp_child_next(vp->partition, in->previous, args->out);
}

enum hv_status hvp_get_partition_id(struct hvp_vp *vp, struct hvp_args *args)
{
	*(u64 *)args->out = vp->partition->id;
	return HV_STATUS_SUCCESS;
}
