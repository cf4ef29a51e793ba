/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operands of calls on the system, its logical processors and its power: the sheet's section
 * "System, logical processors and power". Layouts that are the project's own say so.
 */
#ifndef HVP_ABI_SYSTEM_H
#define HVP_ABI_SYSTEM_H

#include <linux/build_bug.h>
#include <linux/types.h>

/* System properties. None is written but the sleep states */
enum hvp_system_property {
	HVP_SYSTEM_SLEEP_STATE = 3,
	HVP_SYSTEM_SCHEDULER_TYPE = 15,
	HVP_SYSTEM_DYNAMIC_FEATURE = 21,
	HVP_SYSTEM_DIAGNOSTICS_BUFFERS = 28,
	HVP_SYSTEM_CRASH_DUMP_AREA = 47,
	HVP_SYSTEM_CRASH_DUMP_TRAMPOLINE = 52,
};

/* Arguments of the dynamic processor feature */
#define HVP_FEATURE_MAX_ENCRYPTED	13
#define HVP_FEATURE_SNP_STATUS		16

/* Scheduler types */
#define HVP_SCHEDULER_CORE		3
#define HVP_SCHEDULER_ROOT		4

#define HVP_SLEEP_S5			5
#define HVP_SLEEP_LOCK			6	/* no further registrations */

/* 0x006f */
struct hvp_set_system_property {
	u32 property;
	u32 rsvd;
	union {
		struct {
			u32 state;
			u8 pm1a_slp_typ;
			u8 pm1b_slp_typ;
		} sleep;
		u8 value[64];
	};
};
static_assert(sizeof(struct hvp_set_system_property) == 72);

/* 0x007b */
struct hvp_get_system_property {
	u32 property;
	u32 rsvd;
	u64 argument;
};
static_assert(sizeof(struct hvp_get_system_property) == 16);

/* 0x0076; the proximity domain is a hint */
struct hvp_add_lp {
	u32 lp_index;
	u32 apic_id;
	u64 proximity;
};
static_assert(sizeof(struct hvp_add_lp) == 16);

struct hvp_add_lp_result {
	u64 status;
	u64 substatus[6];
};
static_assert(sizeof(struct hvp_add_lp_result) == 56);

/* 0x0004; what follows the index is padding, as in 0x0077, 0x008a and 0x00ee it is reserved */
struct hvp_lp {
	u32 lp_index;
	u32 rsvd;
};
static_assert(sizeof(struct hvp_lp) == 8);

struct hvp_lp_run_time {
	u64 global_time;	/* 100 ns */
	u64 local_run_time;
	u64 rsvd;
	u64 hypervisor_time;
};
static_assert(sizeof(struct hvp_lp_run_time) == 32);

/* 0x0079 and 0x007a, the project's own */
struct hvp_lp_property {
	u32 lp_index;
	u32 property;
	u64 rsvd;
	u64 value[2];		/* 0x0079 only */
};
static_assert(sizeof(struct hvp_lp_property) == 32);

enum hvp_lp_property_code {
	HVP_LP_APIC_ID = 1,
	HVP_LP_TOPOLOGY = 2,	/* package, core, thread: u16 each */
	HVP_LP_PROXIMITY = 3,
	HVP_LP_STATE = 4,	/* 0 offline, 1 online */
};

/* Header of 0x0088 and 0x0089, the project's own; elements are those of 0x0050 and 0x0051 */
struct hvp_lp_registers {
	u32 lp_index;
	u32 rsvd;
	u64 rsvd2;
};
static_assert(sizeof(struct hvp_lp_registers) == 16);

/* 0x009b and 0x009c, the project's own */
struct hvp_power_property {
	u32 property;
	u32 rsvd;
	u64 argument;
	u64 value;		/* 0x009c only */
};
static_assert(sizeof(struct hvp_power_property) == 24);

enum hvp_power_property_code {
	HVP_POWER_PERFORMANCE_OWNER = 1,
	HVP_POWER_C_STATE_OWNER = 2,
};

#define HVP_POWER_OWNER_ROOT	0

/* 0x0087 */
struct hvp_partition_event {
	u32 event;
	u32 input;
};
static_assert(sizeof(struct hvp_partition_event) == 8);

enum hvp_partition_event_code {
	HVP_EVENT_DEBUG_DEVICE_AVAILABLE = 1,
	HVP_EVENT_ROOT_CRASHDUMP = 2,
	HVP_EVENT_ACPI_REENABLED = 3,
	HVP_EVENT_ALL_LPS_STARTED = 4,
	HVP_EVENT_COMMIT_LP_INDICES = 5,
};

#define HVP_CRASHDUMP_ACTIONS	5	/* none, suspend all VPs, prepare, saved, entry */

#endif
