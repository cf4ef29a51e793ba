/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest physical address space and memory pool: flags and operands. The sheet's sections
 * "Memory pool" and "Guest physical address space".
 */
#ifndef HVP_ABI_GPA_H
#define HVP_ABI_GPA_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/* HV_MAP_GPA_FLAGS */
#define HV_MAP_GPA_READABLE		BIT(0)
#define HV_MAP_GPA_WRITABLE		BIT(1)
#define HV_MAP_GPA_KERNEL_EXECUTABLE	BIT(2)
#define HV_MAP_GPA_USER_EXECUTABLE	BIT(3)
#define HV_MAP_GPA_EXECUTABLE		GENMASK(3, 2)
#define HV_MAP_GPA_PERMISSIONS		GENMASK(3, 0)
#define HV_MAP_GPA_ADJUSTABLE		BIT(15)
#define HV_MAP_GPA_NO_ACCESS		(1U << 16)
#define HV_MAP_GPA_ZEROED		(2U << 16)
#define HV_MAP_GPA_ONES			(3U << 16)
#define HV_MAP_GPA_KIND			GENMASK(17, 16)
#define HV_MAP_GPA_NO_OVERLAY		BIT(20)
#define HV_MAP_GPA_NOT_CACHED		BIT(21)
#define HV_MAP_GPA_CLEAR_ACCESSED	BIT(24)
#define HV_MAP_GPA_SET_ACCESSED		BIT(25)
#define HV_MAP_GPA_CLEAR_DIRTY		BIT(26)
#define HV_MAP_GPA_SET_DIRTY		BIT(27)
#define HV_MAP_GPA_DONT_SET_ACCESSED	BIT(28)
#define HV_MAP_GPA_LARGE_PAGE		BIT(31)

#define HV_LARGE_PAGE_PAGES		512

/* HV_UNMAP_GPA_FLAGS, also those of 0x00be and 0x00bf */
#define HV_UNMAP_GPA_KEEP_PRECOMMITTED	BIT(0)
#define HV_UNMAP_GPA_LARGE_PAGE		BIT(1)

/* Flags of 0x00c9 and 0x00ca, and the states that they return */
#define HV_ACCESS_STATE_CLEAR_ACCESSED	BIT_ULL(0)
#define HV_ACCESS_STATE_SET_ACCESSED	BIT_ULL(1)
#define HV_ACCESS_STATE_CLEAR_DIRTY	BIT_ULL(2)
#define HV_ACCESS_STATE_SET_DIRTY	BIT_ULL(3)
#define HV_ACCESS_STATE_ACCESSED	BIT(0)
#define HV_ACCESS_STATE_DIRTY		BIT(1)

/* HV_PROXIMITY_DOMAIN_INFO as one number: domain, flags above */
#define HV_PROXIMITY_DOMAIN		GENMASK_ULL(31, 0)
#define HV_PROXIMITY_PREFERRED		BIT_ULL(32)
#define HV_PROXIMITY_RESERVED		GENMASK_ULL(62, 33)
#define HV_PROXIMITY_VALID		BIT_ULL(63)

/* Header of 0x0048 */
struct hv_deposit_memory {
	u64 partition_id;
};
static_assert(sizeof(struct hv_deposit_memory) == 8);

/* 0x004a, and header of 0x0049 */
struct hv_memory_pool {
	u64 partition_id;
	u64 proximity;
};
static_assert(sizeof(struct hv_memory_pool) == 16);

struct hv_memory_balance {
	u64 available;
	u64 in_use;
};
static_assert(sizeof(struct hv_memory_balance) == 16);

/* Header of 0x004b and 0x004c */
struct hv_map_gpa {
	u64 partition_id;
	u64 gpa_base;
	u32 flags;
	u32 pad;
};
static_assert(sizeof(struct hv_map_gpa) == 24);

/* Header of 0x006e and 0x0090 */
struct hv_map_sparse {
	u64 partition_id;
	u32 flags;
	u32 pad;
};
static_assert(sizeof(struct hv_map_sparse) == 16);

/* Element of 0x006e */
struct hv_sparse_page {
	u64 target;
	u64 source;
};
static_assert(sizeof(struct hv_sparse_page) == 16);

/* Header of 0x00be and 0x00bf */
struct hv_precommit {
	u64 partition_id;
	u32 flags;
	u32 rsvd;
	u64 gpa_base;
};
static_assert(sizeof(struct hv_precommit) == 24);

/* Header of 0x00c9; 0x00ca has no page */
struct hv_access_state {
	u64 partition_id;
	u64 flags;
	u64 gpa_page;
};
static_assert(sizeof(struct hv_access_state) == 24);

/* Header of 0x00d2, 0x00d3, 0x00d7 and 0x00d8 */
struct hv_host_access {
	u32 access;
	u32 flags;
	u64 partition_id;
};
static_assert(sizeof(struct hv_host_access) == 16);

#define HV_HOST_ACCESS_READ		BIT(0)
#define HV_HOST_ACCESS_WRITE		BIT(1)

/* Flags of 0x00d7 and 0x00d8 */
#define HV_HOST_ACCESS_EXCLUSIVE	BIT(0)
#define HV_HOST_ACCESS_SHARED		BIT(1)
#define HV_HOST_ACCESS_LARGE		BIT(2)
#define HV_HOST_ACCESS_HUGE		BIT(3)

#endif
