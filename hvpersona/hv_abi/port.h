/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operands of the calls on ports and connections, and the monitor page. The sheet's section
 * "Ports, messages and events"; TLFS 2.0 sections 14.8 and 14.9.
 */
#ifndef HVP_ABI_PORT_H
#define HVP_ABI_PORT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define HV_PORT_MESSAGE		1
#define HV_PORT_EVENT		2
#define HV_PORT_MONITOR		3
#define HV_PORT_DOORBELL	4

/* Ids of ports and connections have 24 bits */
#define HV_PORT_ID_MAX		GENMASK(23, 0)
/* Message buffers of a port */
#define HV_PORT_BUFFERS		16

/* HV_PORT_INFO */
struct hv_port_info {
	u32 type;
	u32 rsvd;
	union {
		struct {	/* message, event, doorbell */
			u32 sint;
			u32 vp;
			u16 base_flag;	/* event */
			u16 flag_count;
			u32 rsvd2;
		};
		struct {
			u64 monitor_page;
			u64 rsvd3;
		};
	};
};
static_assert(sizeof(struct hv_port_info) == 24);

/* HV_CONNECTION_INFO */
struct hv_connection_info {
	u32 type;
	u32 rsvd;
	union {
		u64 zero[3];	/* message, event */
		struct {
			u64 monitor_page;
			u64 rsvd2[2];
		};
		struct {
			u64 gpa;	/* doorbell */
			u64 trigger;
			u64 flags;
		};
	};
};
static_assert(sizeof(struct hv_connection_info) == 32);

/* Doorbell flags */
#define HV_DOORBELL_SIZE	GENMASK_ULL(2, 0)	/* 0 any, 1 byte .. 4 qword */
#define HV_DOORBELL_ANY_VALUE	BIT_ULL(31)

/* HvCallCreatePort */
struct hv_create_port {
	u64 partition;
	u32 port;
	u8 vtl;
	u8 min_connection_vtl;
	u16 rsvd;
	u64 connection_partition;
	struct hv_port_info info;
	u64 proximity;
};
static_assert(sizeof(struct hv_create_port) == 56);

/* HvCallConnectPort */
struct hv_connect_port {
	u64 partition;
	u32 connection;
	u8 vtl;
	u8 rsvd;
	u16 rsvd2;
	u64 port_partition;
	u32 port;
	u32 rsvd3;
	struct hv_connection_info info;
	u64 proximity;
};
static_assert(sizeof(struct hv_connect_port) == 72);

/* HvCallDeletePort; HvCallDisconnectPort, whose last word has HV_DISCONNECT_DOORBELL */
struct hv_port_operands {
	u64 partition;
	u32 id;
	u32 flags;
};
static_assert(sizeof(struct hv_port_operands) == 16);
#define HV_DISCONNECT_DOORBELL	BIT(0)

/* HvCallGetPortProperty; HvCallSetPortProperty has a u64 value behind it */
struct hv_port_property {
	u64 partition;
	u32 port;
	u32 rsvd;
	u32 code;
	u32 rsvd2;
};
static_assert(sizeof(struct hv_port_property) == 24);
#define HV_PORT_PROPERTY_POST_COUNT		0
#define HV_PORT_PROPERTY_PREFERRED_TARGET_VP	1

/* HV_MONITOR_PAGE */
#define HV_MONITOR_GROUPS	4
#define HV_MONITOR_TRIGGERS	32	/* of a group */
struct hv_monitor_parameter {
	u32 connection;
	u16 flag;
	u16 rsvd;
};

struct hv_monitor_page {
	u32 state;	/* GroupEnable 3:0, MonitorDisabled 4 */
	u32 rsvd;
	u64 group[HV_MONITOR_GROUPS];	/* Pending 31:0, Armed 63:32 */
	u8 rsvd2[24];
	u32 next_check[HV_MONITOR_GROUPS][HV_MONITOR_TRIGGERS];
	u16 latency[HV_MONITOR_GROUPS][HV_MONITOR_TRIGGERS];	/* 100 ns */
	u8 rsvd3[256];
	struct hv_monitor_parameter parameter[HV_MONITOR_GROUPS][HV_MONITOR_TRIGGERS];
	u8 rsvd4[1984];
};
static_assert(sizeof(struct hv_monitor_page) == 4096);

#endif
