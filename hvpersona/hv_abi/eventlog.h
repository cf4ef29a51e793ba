/* SPDX-License-Identifier: GPL-2.0 */
/* The event log: the sheet's sections "Event-log structures" and "Event log". */
#ifndef HVP_HV_ABI_EVENTLOG_H
#define HVP_HV_ABI_EVENTLOG_H

#include <linux/build_bug.h>
#include <linux/types.h>

enum hvp_eventlog_type {
	HV_EVENTLOG_GLOBAL_SYSTEM_EVENTS	= 0,
	HV_EVENTLOG_LOCAL_DIAGNOSTICS		= 1,
	HV_EVENTLOG_SYSTEM_DIAGNOSTICS		= 2,
	HV_EVENTLOG_TYPES			= 3,
};

enum hvp_eventlog_mode {
	HV_EVENTLOG_REGULAR	= 0,
	HV_EVENTLOG_CIRCULAR	= 1,
};

enum hvp_eventlog_time {
	HV_EVENTLOG_TIME_REFERENCE	= 0,
	HV_EVENTLOG_TIME_TSC		= 1,
	HV_EVENTLOG_TIME_QPC		= 2,
};

enum hvp_eventlog_buffer_state {
	HV_EVENTLOG_STANDBY	= 0,
	HV_EVENTLOG_FREE	= 1,
	HV_EVENTLOG_IN_USE	= 2,
	HV_EVENTLOG_COMPLETE	= 3,
	HV_EVENTLOG_READY	= 4,
};

#define HV_EVENTLOG_MAX_BUFFERS		512
#define HV_EVENTLOG_MAX_PAGES		512
#define HV_EVENTLOG_INDEX_NONE		0xffffffff

/* 0x0060 */
struct hvp_eventlog_initialize {
	u16 type;
	u16 mode;
	u32 max_buffers;
	u32 size;		/* bytes, or up to HV_EVENTLOG_MAX_PAGES pages */
	u32 threshold;
	u32 time_basis;
	u64 system_time;
} __packed;
static_assert(sizeof(struct hvp_eventlog_initialize) == 28);

/* 0x0061 to 0x0065, 0x0067, 0x0068; @proximity in 0x0062 only, @index not in 0x0061 */
struct hvp_eventlog_buffer_call {
	u32 type;
	u32 index;
	u64 proximity;
};
static_assert(sizeof(struct hvp_eventlog_buffer_call) == 16);

/* 0x0066: @groups only if there are any */
struct hvp_eventlog_sources {
	u32 type;
	u32 group_count;
	u64 flags;
	struct {
		u32 id;
		u16 pad;
		u16 count;
		u8 events[256];
	} groups[2];
};
static_assert(sizeof(struct hvp_eventlog_sources) == 544);

#define HV_EVENTLOG_EXTENDED		0x1ULL
#define HV_EVENTLOG_EXTENDED_MODE	0xfeULL

/* The beginning of each buffer */
struct hvp_eventlog_header {
	u32 size;
	u32 index;
	u32 lost;
	u32 reference_count;	/* number of the first event */
	u64 time;
	u64 rsvd[2];
	u16 lp;
	u16 logger;
	u32 state;
	u32 next_offset;
	u32 type;
	u32 next_index;
	u32 lp_sequence;
	u64 rsvd2;
};
static_assert(sizeof(struct hvp_eventlog_header) == 72);

/* An entry. What follows its first 16 bytes is the project's own, see Documentation/event-log.rst */
struct hvp_eventlog_entry {
	u32 context;		/* index of the VP in whose thread it happened */
	u16 size;
	u16 type;		/* enum hvp_event */
	u64 time;
	u64 partition;
	u32 vp;
	u32 detail;
	u64 args[2];
};
static_assert(sizeof(struct hvp_eventlog_entry) == 48);

/* Payload of HV_MESSAGE_EVENTLOG_BUFFERS_READY */
struct hvp_eventlog_ready {
	u32 type;
	u32 index;
};
static_assert(sizeof(struct hvp_eventlog_ready) == 8);

#endif
