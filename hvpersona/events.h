/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens in an instance and is told: each transition has a function here, which fires its
 * tracepoint and writes it to the event log. Both cost a test when nobody looks.
 */
#ifndef HVP_EVENTS_H
#define HVP_EVENTS_H

#include "core.h"
#include "event_list.h"
#include "trace.h"

/* No VP is concerned, or none is the cause */
#define HVP_NO_VP	0xffffffff

/*
 * Write an entry if anybody wants it. @by: VP in whose thread this is, or NULL. Any context;
 * the instance is kept by the caller
 */
static inline void hvp_log_event(struct hvp_instance *instance, struct hvp_vp *by,
				 enum hvp_event event, u64 partition, u32 vp, u32 detail,
				 u64 arg0, u64 arg1)
{
	struct hvp_eventlog_entry entry;

	if (likely(!(READ_ONCE(instance->log.sources) & BIT_ULL(event >> 8))))
		return;
	entry = (struct hvp_eventlog_entry) {
		.partition = partition, .vp = vp, .detail = detail, .args = { arg0, arg1 },
	};
	hvp_log_write(instance, by, event, &entry);
}

/* A partition has got into another state */
static inline void hvp_tell_partition(struct hvp_partition *pt, struct hvp_vp *by,
				      enum hvp_event event)
{
	trace_hvp_partition(pt, event);
	hvp_log_event(pt->instance, by, event, pt->id, HVP_NO_VP, 0, pt->parent_id, 0);
}

/* A VP has been made, started or deleted */
static inline void hvp_tell_vp(struct hvp_partition *pt, u32 index, struct hvp_vp *by,
			       enum hvp_event event, u64 rip)
{
	trace_hvp_vp(pt, index, event);
	hvp_log_event(pt->instance, by, event, pt->id, index, 0, rip, 0);
}

/* A VP has stopped at an intercept; its parent is told */
static inline void hvp_tell_intercept(struct hvp_vp *vp, u32 type)
{
	struct hvp_partition *pt = vp->partition;

	trace_hvp_intercept(vp, type);
	hvp_log_event(pt->instance, pt->actor, HVP_EVENT_INTERCEPT, pt->id, vp->index, type, 0, 0);
}

/*
 * A message was posted or an event signaled through a connection. @pt: sender, NULL for the host.
 * @what: message type or flag
 */
static inline void hvp_tell_sent(struct hvp_instance *instance, struct hvp_partition *pt,
				 struct hvp_vp *by, enum hvp_event event, u32 connection, u32 what,
				 u32 status)
{
	u64 id = pt ? pt->id : 0;

	trace_hvp_message(instance->number, id, by ? by->index : HVP_NO_VP, event, connection, what,
			  status);
	hvp_log_event(instance, by, event, id, by ? by->index : HVP_NO_VP, connection, what, status);
}

/* A message is in its slot. In the thread of the VP, or of the actor on it */
static inline void hvp_tell_delivered(struct hvp_vp *vp, u32 sint, u32 type, u64 sender)
{
	struct hvp_partition *pt = vp->partition;

	trace_hvp_message(pt->instance_number, pt->id, vp->index, HVP_EVENT_MESSAGE_DELIVERED, sint,
			  type, 0);
	hvp_log_event(pt->instance, pt->child ? pt->actor : vp, HVP_EVENT_MESSAGE_DELIVERED, pt->id,
		      vp->index, sint, type, sender);
}

/* Pages have come into a pool or left it */
static inline void hvp_tell_pool(struct hvp_instance *instance, struct hvp_partition *pt,
				 struct hvp_vp *by, enum hvp_event event, u64 pages)
{
	u64 total = READ_ONCE(pt->pool.guest_pages) + READ_ONCE(pt->pool.host_count);

	trace_hvp_pool(pt, event, pages);
	hvp_log_event(instance, by, event, pt->id, HVP_NO_VP, 0, pages, total);
}

/* Pages of a child have been mapped or unmapped */
static inline void hvp_tell_mapping(struct hvp_partition *pt, enum hvp_event event, u64 gfn,
				    u64 count)
{
	hvp_log_event(pt->instance, pt->actor, event, pt->id, HVP_NO_VP, 0, gfn, count);
}

#endif
