/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operands of the TLB flush and synthetic IPI calls; the sheet's section "TLB maintenance
 * and inter-processor interrupts".
 */
#ifndef HVP_ABI_TLB_H
#define HVP_ABI_TLB_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define HV_FLUSH_ALL_PROCESSORS		BIT_ULL(0)
#define HV_FLUSH_ALL_ADDRESS_SPACES	BIT_ULL(1)
#define HV_FLUSH_NON_GLOBAL_ONLY	BIT_ULL(2)
#define HV_FLUSH_EXTENDED_RANGE		BIT_ULL(3)
#define HV_FLUSH_USE_TARGET_VTL		BIT_ULL(4)
#define HV_FLUSH_TARGET_VTLS		GENMASK_ULL(9, 8)

/* 0x0002, header of 0x0003 */
struct hv_flush {
	u64 address_space;
	u64 flags;
	u64 processor_mask;
};
static_assert(sizeof(struct hv_flush) == 24);

/* 0x0013, header of 0x0014; banks follow */
struct hv_flush_ex {
	u64 address_space;
	u64 flags;
	u64 format;
	u64 valid_banks;
};
static_assert(sizeof(struct hv_flush_ex) == 32);

#define HV_IPI_LOW_VECTOR	0x10

/* 0x000b */
struct hv_send_ipi {
	u32 vector;
	u8 target_vtl;
	u8 flags;
	u16 rsvd;
	u64 processor_mask;
};
static_assert(sizeof(struct hv_send_ipi) == 16);

/* 0x0015; banks follow */
struct hv_send_ipi_ex {
	u32 vector;
	u8 target_vtl;
	u8 flags;
	u16 rsvd;
	u64 format;
	u64 valid_banks;
};
static_assert(sizeof(struct hv_send_ipi_ex) == 24);

/* An element of 0x00b0 for large pages; one for small pages has no reserved bits */
#define HV_GPA_RANGE_LARGE		BIT_ULL(11)
#define HV_GPA_RANGE_LARGE_RESERVED	GENMASK_ULL(20, 13)

/* 0x00af, and the header of 0x00b0 */
struct hv_flush_nested {
	u64 address_space;
	u64 flags;
};
static_assert(sizeof(struct hv_flush_nested) == 16);

#endif
