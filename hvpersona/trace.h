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
#include "hypercalls/calls.h"

#ifndef hvp_call_name
#define HVP_CALL_SYMBOL(_code, _name, ...)	{ _code, #_name },
#define hvp_call_name(code)	\
	__print_symbolic(code, HVP_HYPERCALLS(HVP_CALL_SYMBOL, HVP_CALL_SYMBOL) { -1, "" })
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

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
