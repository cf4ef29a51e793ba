// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallMapStatsPage, HvCallMapStatsPage2, HvCallUnmapStatsPage and
 * HvCallRefreshPerformanceCounters: which object a guest means, and whether it may have it.
 */
#include <linux/string.h>
#include <uapi/linux/hvpersona.h>

#include "../child.h"
#include "../hv_abi/system.h"
#include "../lp.h"
#include "../stats/stats.h"
#include "hypercalls.h"

/* Global objects: those of the root's hypervisor */
static enum hv_status find_global(struct hvp_vp *vp, const struct hvp_stats_page_call *in,
				  struct hvp_stats_object *object)
{
	const union hvp_stats_identity *identity = &in->identity;
	struct hvp_partition *pt = vp->partition;

	if (pt->role != HVPERSONA_ROLE_ROOT)
		return HV_STATUS_ACCESS_DENIED;
	object->partition = pt;
	if (in->type == HV_STATS_HYPERVISOR)
		return memchr_inv(identity->hypervisor.rsvd, 0, sizeof(identity->hypervisor.rsvd)) ?
		       HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
	if (memchr_inv(identity->lp.rsvd, 0, sizeof(identity->lp.rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	object->index = identity->lp.index;
	object->vp = hvp_lp_vp(pt, object->index);
	return object->vp ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

/* Local ones: of the caller's own partition, or of a child of it, which is locked on success */
static enum hv_status find_local(struct hvp_vp *vp, const struct hvp_stats_page_call *in,
				 struct hvp_stats_object *object)
{
	const union hvp_stats_identity *identity = &in->identity;
	bool of_vp = in->type == HV_STATS_VP;
	enum hv_status status;

	if (of_vp ? identity->vp.flags || identity->vp.rsvd :
		    !!memchr_inv(identity->partition.rsvd, 0, sizeof(identity->partition.rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_find_partition(vp, identity->partition.id, &object->partition);
	if (status || !of_vp)
		return status;
	object->index = identity->vp.index;
	object->vp = hvp_vp_find(object->partition, object->index);
	if (object->vp)
		return HV_STATUS_SUCCESS;
	hvp_release_partition(vp, object->partition);
	return HV_STATUS_INVALID_VP_INDEX;
}

static bool is_local(u32 type)
{
	return type == HV_STATS_PARTITION || type == HV_STATS_VP;
}

/* The object of a call, for release(). Global objects have no parent that could look on */
static enum hv_status find(struct hvp_vp *vp, const struct hvp_stats_page_call *in,
			   struct hvp_stats_object *object)
{
	u8 area = in->identity.hypervisor.area;

	*object = (struct hvp_stats_object) { .type = in->type };
	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	switch (in->type) {
	case HV_STATS_HYPERVISOR:
	case HV_STATS_LP:
		return area == HV_STATS_SELF || vp->partition->role != HVPERSONA_ROLE_ROOT ?
		       find_global(vp, in, object) : HV_STATUS_INVALID_PARAMETER;
	case HV_STATS_PARTITION:
	case HV_STATS_VP:
		return area == HV_STATS_SELF || area == HV_STATS_PARENT ?
		       find_local(vp, in, object) : HV_STATUS_INVALID_PARAMETER;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static void release(struct hvp_vp *vp, const struct hvp_stats_object *object)
{
	if (is_local(object->type))
		hvp_release_partition(vp, object->partition);
}

static enum hv_status map(struct hvp_vp *vp, const struct hvp_stats_page_call *in,
			  const u64 *location, u64 *gfn)
{
	struct hvp_stats_object object;
	enum hv_status status;

	status = find(vp, in, &object);
	if (status)
		return status;
	status = hvp_stats_map(vp, &object, in->identity.hypervisor.area, location, gfn);
	release(vp, &object);
	return status;
}

/*
 * In the form of TLFS 2.0 the caller chooses the page and gets no output. It is told from the
 * other one as the sheet proposes: no address for the output, but a page.
 */
enum hv_status hvp_map_stats_page(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_stats_page_call *in = args->in;
	bool old = args->no_output && args->more == sizeof(in->location) && in->location;
	u64 gfn;

	if (old) {
		args->out_size = 0;
		return map(vp, in, &in->location, &gfn);
	}
	return map(vp, in, NULL, args->out);
}

enum hv_status hvp_map_stats_page2(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_stats_page_call *in = args->in;
	u64 gfn;

	return map(vp, in, &in->location, &gfn);
}

enum hv_status hvp_unmap_stats_page(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_stats_page_call *in = args->in;
	struct hvp_stats_object object;
	enum hv_status status;

	status = find(vp, in, &object);
	if (status)
		return status;
	status = hvp_stats_unmap(vp->partition, &object, in->identity.hypervisor.area);
	release(vp, &object);
	return status;
}

enum hv_status hvp_refresh_counters(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp *in = args->in;
	struct hvp_vp *lp;

	lp = hvp_lp_vp(vp->partition, in->lp_index);
	if (!lp)
		return HV_STATUS_INVALID_LP_INDEX;
	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	hvp_stats_refresh_lp(lp, vp->ops->time_ns() - vp->partition->since_ns);
	hvp_stats_update(vp, lp);
	return HV_STATUS_SUCCESS;
}
