/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics: the sheet's sections "Statistics" of its reference and of its families. */
#ifndef HVP_HV_ABI_STATS_H
#define HVP_HV_ABI_STATS_H

#include <linux/build_bug.h>
#include <linux/types.h>

enum hvp_stats_type {
	HV_STATS_HYPERVISOR	= 1,
	HV_STATS_LP		= 2,
	HV_STATS_PARTITION	= 0x10001,
	HV_STATS_VP		= 0x10002,
};

enum hvp_stats_area {
	HV_STATS_SELF		= 0,
	HV_STATS_PARENT		= 1,
	HV_STATS_INTERNAL	= 2,
};

/* HV_STATS_OBJECT_IDENTITY */
union hvp_stats_identity {
	struct {
		u8 rsvd[15];
		u8 area;
	} hypervisor;
	struct {
		u32 index;
		u8 rsvd[11];
		u8 area;
	} lp;
	struct {
		u64 id;
		u8 rsvd[7];
		u8 area;
	} partition;
	struct {
		u64 partition;
		u32 index;
		u16 flags;
		u8 rsvd;
		u8 area;
	} vp;
	u64 words[2];
};
static_assert(sizeof(union hvp_stats_identity) == 16);

/* 0x006c and 0x006d; @location only in 0x0131 and in the form of TLFS 2.0 of 0x006c */
struct hvp_stats_page_call {
	u32 type;
	u32 rsvd;
	union hvp_stats_identity identity;
	u64 location;
};
static_assert(sizeof(struct hvp_stats_page_call) == 32);

/* A statistics page: counter i at [i] */
#define HV_STATS_COUNTERS	512

#endif
