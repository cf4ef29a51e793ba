// SPDX-License-Identifier: GPL-2.0
/* The calls on event logs: operands. What they do is stats/eventlog.c's business. */
#include <linux/bitmap.h>

#include "../core.h"
#include "../stats/eventlog.h"
#include "hypercalls.h"

enum hv_status hvp_initialize_log_group(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_log_group_init(vp, args->in);
}

enum hv_status hvp_finalize_log_group(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;

	return hvp_log_group_exit(vp, in->type);
}

enum hv_status hvp_create_log_buffer(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;

	if (in->type >= HV_EVENTLOG_TYPES || !hvp_proximity_valid(in->proximity))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_log_buffer_create(vp, in->type, in->index);
}

enum hv_status hvp_delete_log_buffer(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;

	return hvp_log_buffer_delete(vp, in->type, in->index);
}

enum hv_status hvp_map_log_buffer(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;
	enum hv_status status;
	u32 count = 0;

	status = hvp_log_buffer_map(vp, in->type, in->index, args->out, &count);
	args->out_size = count * sizeof(u64);
	return status;
}

enum hv_status hvp_unmap_log_buffer(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;

	return hvp_log_buffer_unmap(vp, in->type, in->index);
}

/* One group of the modern form: a source, and the events of it that are wanted; none means all */
static bool add_group(struct hvp_log_filter *filter, u32 number, u32 source, u32 count,
		      const u8 *events)
{
	u32 i;

	if (source >= 64 || count > 256 || (filter->sources & BIT_ULL(source)))
		return false;
	filter->sources |= BIT_ULL(source);
	if (!count)
		return true;
	filter->limited |= BIT_ULL(source);
	filter->limits[number].source = source;
	for (i = 0; i < count; i++)
		__set_bit(events[i], filter->limits[number].events);
	return true;
}

/*
 * The form of TLFS 2.0 has a mask of sources; that of later hypervisors, if there are groups,
 * lists events by source. The mask counts where it is not extended.
 */
enum hv_status hvp_set_log_sources(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_sources *in = args->in;
	struct hvp_log_filter filter = {};
	u32 i;

	if (!in->group_count) {
		filter.sources = in->flags;
		return hvp_log_set_filter(vp, in->type, &filter);
	}
	if (in->group_count > ARRAY_SIZE(in->groups) || !(in->flags & HV_EVENTLOG_EXTENDED))
		return HV_STATUS_INVALID_PARAMETER;
	if (args->more < sizeof(in->groups))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	for (i = 0; i < in->group_count; i++)
		if (!add_group(&filter, i, in->groups[i].id, in->groups[i].count,
			       in->groups[i].events))
			return HV_STATUS_INVALID_PARAMETER;
	return hvp_log_set_filter(vp, in->type, &filter);
}

enum hv_status hvp_release_log_buffer(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;

	return hvp_log_buffer_release(vp, in->type, in->index);
}

enum hv_status hvp_flush_log_buffer(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_eventlog_buffer_call *in = args->in;

	return hvp_log_buffer_flush(vp, in->type, in->index);
}
