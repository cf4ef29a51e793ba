/* SPDX-License-Identifier: GPL-2.0 */
/* The events of the event log, which are also what tracepoints call transitions. */
#ifndef HVP_EVENT_LIST_H
#define HVP_EVENT_LIST_H

/* Sources: bits of the mask of HvCallSetEventLogGroupSources, the sheet's "trace groups" */
#define HVP_SOURCE_HYPERCALL	10
#define HVP_SOURCE_INTERCEPT	11
#define HVP_SOURCE_VP		15
#define HVP_SOURCE_SYNIC	16
#define HVP_SOURCE_MAPPING	19
#define HVP_SOURCE_PARTITION	21
#define HVP_SOURCE_MEMORY	26

/*
 * X(name, source, number, what the entry's detail and arguments are). The type of an entry is
 * source << 8 | number. Documentation/event-log.rst is written from this.
 */
#define HVP_EVENTS(X)										\
	X(CALL, HVP_SOURCE_HYPERCALL, 1, "code; result value")					\
	X(INTERCEPT, HVP_SOURCE_INTERCEPT, 1, "message type")					\
	X(VP_CREATED, HVP_SOURCE_VP, 1, "")							\
	X(VP_DELETED, HVP_SOURCE_VP, 2, "")							\
	X(VP_STARTED, HVP_SOURCE_VP, 3, "; RIP")						\
	X(MESSAGE_POSTED, HVP_SOURCE_SYNIC, 1, "connection; message type, status")		\
	X(EVENT_SIGNALED, HVP_SOURCE_SYNIC, 2, "connection; flag, status")			\
	X(MESSAGE_DELIVERED, HVP_SOURCE_SYNIC, 3, "SINT; message type, sender")			\
	X(MAPPED, HVP_SOURCE_MAPPING, 1, "; first page, number of pages")			\
	X(UNMAPPED, HVP_SOURCE_MAPPING, 2, "; first page, number of pages")			\
	X(PARTITION_CREATED, HVP_SOURCE_PARTITION, 1, "; parent")				\
	X(PARTITION_INITIALIZED, HVP_SOURCE_PARTITION, 2, "")					\
	X(PARTITION_FINALIZED, HVP_SOURCE_PARTITION, 3, "")					\
	X(PARTITION_DELETED, HVP_SOURCE_PARTITION, 4, "")					\
	X(DEPOSITED, HVP_SOURCE_MEMORY, 1, "; pages, pages in the pool")			\
	X(WITHDRAWN, HVP_SOURCE_MEMORY, 2, "; pages, pages in the pool")

#define HVP_EVENT_NUMBER(_name, _source, _number, _text)	\
	HVP_EVENT_##_name = (_source) << 8 | (_number),
enum hvp_event { HVP_EVENTS(HVP_EVENT_NUMBER) };

#endif
