/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints. Their fields are a contract with hvctl and with scripts: new ones are
 * added at the end.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hvpersona

#if !defined(HVP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HVP_TRACE_H

#include <linux/tracepoint.h>

#include "dispatch.h"
#include "event_list.h"
#include "hypercalls/calls.h"

#ifndef hvp_call_name
#define HVP_CALL_SYMBOL(_code, _name, ...)	{ _code, #_name },
#define hvp_call_name(code)	\
	__print_symbolic(code, HVP_HYPERCALLS(HVP_CALL_SYMBOL, HVP_CALL_SYMBOL) { -1, "" })
#define HVP_EVENT_SYMBOL(_name, _source, _number, ...)	{ HVP_EVENT_##_name, #_name },
#define hvp_event_name(event)	\
	__print_symbolic(event, HVP_EVENTS(HVP_EVENT_SYMBOL) { -1, "" })
#define HVP_STATUS_SYMBOL(_name, _value)	{ _value, #_name },
#define hvp_status_name(status)	\
	__print_symbolic(status, HV_STATUSES(HVP_STATUS_SYMBOL) { -1, "" })
#endif

TRACE_EVENT(hvp_call,
	TP_PROTO(const struct hvp_vp *vp, const struct hvp_call *call),
	TP_ARGS(vp, call),
	TP_STRUCT__entry(
		__field(u32, handle)
		__field(u64, partition)
		__field(u32, vp)
		__field(u8, vtl)
		__field(u16, code)
		__field(u64, control)
		__field(u64, input)
		__field(u64, output)
	),
	TP_fast_assign(
		__entry->handle = vp->partition->handle;
		__entry->partition = vp->partition->id;
		__entry->vp = vp->index;
		__entry->vtl = vp->vtl;
		__entry->code = call->control & HV_CONTROL_CODE;
		__entry->control = call->control;
		__entry->input = call->fast[0];
		__entry->output = call->fast[1];
	),
	TP_printk("#%u p%lluvp%u vtl%u: 0x%04x %s control 0x%llx in 0x%llx out 0x%llx",
		  __entry->handle, __entry->partition, __entry->vp, __entry->vtl,
		  __entry->code, hvp_call_name(__entry->code), __entry->control,
		  __entry->input, __entry->output)
);

TRACE_EVENT(hvp_call_done,
	TP_PROTO(const struct hvp_vp *vp, u16 code, enum hvp_outcome outcome, u64 result,
		 u64 duration_ns),
	TP_ARGS(vp, code, outcome, result, duration_ns),
	TP_STRUCT__entry(
		__field(u32, handle)
		__field(u64, partition)
		__field(u32, vp)
		__field(u8, vtl)
		__field(u16, code)
		__field(u16, status)
		__field(u16, reps)
		__field(u8, outcome)
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		__entry->handle = vp->partition->handle;
		__entry->partition = vp->partition->id;
		__entry->vp = vp->index;
		__entry->vtl = vp->vtl;
		__entry->code = code;
		__entry->status = outcome == HVP_DONE ? result & HV_RESULT_STATUS : 0;
		__entry->reps = (result & HV_RESULT_REPS) >> 32;
		__entry->outcome = outcome;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("#%u p%lluvp%u vtl%u: 0x%04x %s %s %s reps %u in %llu ns",
		  __entry->handle, __entry->partition, __entry->vp, __entry->vtl,
		  __entry->code, hvp_call_name(__entry->code),
		  __print_symbolic(__entry->outcome, { HVP_DONE, "done" },
				   { HVP_CONTINUE, "continued" }, { HVP_PASS, "to KVM" },
				   { HVP_UD, "#UD" }),
		  hvp_status_name(__entry->status),
		  __entry->reps, __entry->duration_ns)
);

/* A partition has got into another state; event is HVP_EVENT_PARTITION_* */
TRACE_EVENT(hvp_partition,
	TP_PROTO(const struct hvp_partition *pt, u16 event),
	TP_ARGS(pt, event),
	TP_STRUCT__entry(
		__field(u32, handle)
		__field(u64, partition)
		__field(u64, instance)
		__field(u64, parent)
		__field(u32, role)
		__field(u16, event)
	),
	TP_fast_assign(
		__entry->handle = pt->handle;
		__entry->partition = pt->id;
		__entry->instance = pt->instance_number;
		__entry->parent = pt->parent_id;
		__entry->role = pt->role;
		__entry->event = event;
	),
	TP_printk("#%u p%llu of instance %llu, parent p%llu: %s", __entry->handle,
		  __entry->partition, __entry->instance, __entry->parent,
		  hvp_event_name(__entry->event))
);

/* A VP has been made, started or deleted; event is HVP_EVENT_VP_* */
TRACE_EVENT(hvp_vp,
	TP_PROTO(const struct hvp_partition *pt, u32 vp, u16 event),
	TP_ARGS(pt, vp, event),
	TP_STRUCT__entry(
		__field(u32, handle)
		__field(u64, partition)
		__field(u32, vp)
		__field(u16, event)
	),
	TP_fast_assign(
		__entry->handle = pt->handle;
		__entry->partition = pt->id;
		__entry->vp = vp;
		__entry->event = event;
	),
	TP_printk("#%u p%lluvp%u: %s", __entry->handle, __entry->partition, __entry->vp,
		  hvp_event_name(__entry->event))
);

/* A VP has stopped at an intercept; type is that of the message to its parent */
TRACE_EVENT(hvp_intercept,
	TP_PROTO(const struct hvp_vp *vp, u32 type),
	TP_ARGS(vp, type),
	TP_STRUCT__entry(
		__field(u32, handle)
		__field(u64, partition)
		__field(u32, vp)
		__field(u8, vtl)
		__field(u32, type)
	),
	TP_fast_assign(
		__entry->handle = vp->partition->handle;
		__entry->partition = vp->partition->id;
		__entry->vp = vp->index;
		__entry->vtl = vp->vtl;
		__entry->type = type;
	),
	TP_printk("#%u p%lluvp%u vtl%u: message 0x%08x", __entry->handle, __entry->partition,
		  __entry->vp, __entry->vtl, __entry->type)
);

/*
 * MESSAGE_POSTED and EVENT_SIGNALED: by partition (0 is the host) and vp (none is 0xffffffff) on
 * connection "where"; what is the message type or the flag. MESSAGE_DELIVERED: to partition and
 * vp, SINT "where".
 */
TRACE_EVENT(hvp_message,
	TP_PROTO(u64 instance, u64 partition, u32 vp, u16 event, u32 where, u32 what, u32 status),
	TP_ARGS(instance, partition, vp, event, where, what, status),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, partition)
		__field(u32, vp)
		__field(u16, event)
		__field(u32, where)
		__field(u32, what)
		__field(u32, status)
	),
	TP_fast_assign(
		__entry->instance = instance;
		__entry->partition = partition;
		__entry->vp = vp;
		__entry->event = event;
		__entry->where = where;
		__entry->what = what;
		__entry->status = status;
	),
	TP_printk("i%llu p%lluvp%d: %s %u what 0x%x %s", __entry->instance, __entry->partition,
		  (int)__entry->vp, hvp_event_name(__entry->event), __entry->where, __entry->what,
		  hvp_status_name(__entry->status))
);

/* Pages have come into a pool or left it; event is HVP_EVENT_DEPOSITED or _WITHDRAWN */
TRACE_EVENT(hvp_pool,
	TP_PROTO(const struct hvp_partition *pt, u16 event, u64 pages),
	TP_ARGS(pt, event, pages),
	TP_STRUCT__entry(
		__field(u32, handle)
		__field(u64, partition)
		__field(u16, event)
		__field(u64, pages)
		__field(u64, guest_pages)
		__field(u64, host_pages)
		__field(u64, handed_out)
		__field(u64, charged)
	),
	TP_fast_assign(
		__entry->handle = pt->handle;
		__entry->partition = pt->id;
		__entry->event = event;
		__entry->pages = pages;
		__entry->guest_pages = READ_ONCE(pt->pool.guest_pages);
		__entry->host_pages = READ_ONCE(pt->pool.host_count);
		__entry->handed_out = READ_ONCE(pt->pool.handed_out);
		__entry->charged = READ_ONCE(pt->pool.charged);
	),
	TP_printk("#%u p%llu: %s %llu, now %llu + %llu of the host, %llu handed out, %llu bytes charged",
		  __entry->handle, __entry->partition, hvp_event_name(__entry->event), __entry->pages,
		  __entry->guest_pages, __entry->host_pages, __entry->handed_out, __entry->charged)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
