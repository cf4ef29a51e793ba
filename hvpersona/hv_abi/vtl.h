/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual trust levels: the sheet's sections "VTL control and VP assist page" and "Virtual trust
 * levels (VSM)".
 */
#ifndef HVP_ABI_VTL_H
#define HVP_ABI_VTL_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "vp.h"

/* Codes that the hypercall page has in it */
#define HV_CALL_VTL_CALL		0x0011
#define HV_CALL_VTL_RETURN		0x0012

/* Why a VTL was entered */
#define HV_VTL_ENTRY_CALL		1
#define HV_VTL_ENTRY_INTERRUPT		2
#define HV_VTL_ENTRY_INTERCEPT		3

/* Offsets in the VP assist page */
#define HV_ASSIST_ENTRY_REASON		8
#define HV_ASSIST_VINA			12
#define HV_ASSIST_RETURN_REGISTERS	16
#define HV_ASSIST_INTERCEPT_MESSAGE	112

/* At HV_ASSIST_RETURN_REGISTERS; of a 32-bit VTL EAX, ECX and EDX instead */
struct hv_vtl_return_registers {
	u64 rax;
	u64 rcx;
};

/* Control input of HvCallVtlReturn */
#define HV_VTL_RETURN_FAST		BIT_ULL(0)

struct hv_partition_vtl {
	u64 partition_id;
	u8 target_vtl;
	u8 flags;
	u8 rsvd[6];
};
static_assert(sizeof(struct hv_partition_vtl) == 16);

#define HV_ENABLE_VTL_MBEC		BIT(0)
#define HV_ENABLE_VTL_SHADOW_STACK	BIT(1)
#define HV_ENABLE_VTL_HVPT		BIT(2)

struct hv_disable_vp_vtl {
	u64 partition_id;
	u32 vp_index;
	u8 target_vtl;
	u8 rsvd[3];
};
static_assert(sizeof(struct hv_disable_vp_vtl) == 16);

/* Header of 0x000c; its elements are page numbers */
struct hv_modify_vtl_protection {
	u64 partition_id;
	u32 map_flags;
	u8 input_vtl;
	u8 rsvd[3];
};
static_assert(sizeof(struct hv_modify_vtl_protection) == 16);

/* Header of 0x00d4; its elements are page numbers */
struct hv_check_vtl_access {
	u64 partition_id;
	u8 input_vtl;
	u8 access;
	u8 rsvd[6];
};
static_assert(sizeof(struct hv_check_vtl_access) == 16);

struct hv_vtl_access {
	u8 result;
	u8 denied;
	u16 intercepting_vtl;
	u32 rsvd;
};
static_assert(sizeof(struct hv_vtl_access) == 8);

#define HV_VTL_ACCESS_ALLOWED		0
#define HV_VTL_ACCESS_INTERCEPT		1

/* VsmCapabilities */
#define HV_VSM_DR6_SHARED		BIT_ULL(0)
#define HV_VSM_MBEC_VTLS		GENMASK_ULL(16, 1)
#define HV_VSM_DENY_LOWER_VTL_STARTUP	BIT_ULL(17)
#define HV_VSM_INTERCEPT_PAGE		BIT_ULL(27)
#define HV_VSM_RETURN_ACTION		BIT_ULL(28)

/* VsmCodePageOffsets */
#define HV_VSM_CALL_OFFSET		GENMASK_ULL(11, 0)
#define HV_VSM_RETURN_OFFSET		GENMASK_ULL(23, 12)

/* VsmPartitionStatus, VsmVpStatus */
#define HV_VSM_PARTITION_VTLS		GENMASK_ULL(15, 0)
#define HV_VSM_PARTITION_MAXIMUM	GENMASK_ULL(19, 16)
#define HV_VSM_VP_ACTIVE		GENMASK_ULL(3, 0)
#define HV_VSM_VP_VTLS			GENMASK_ULL(31, 16)

/* VsmPartitionConfig */
#define HV_VSM_ENABLE_PROTECTION	BIT_ULL(0)
#define HV_VSM_DEFAULT_PROTECTION	GENMASK_ULL(4, 1)
#define HV_VSM_ZERO_ON_RESET		BIT_ULL(5)
#define HV_VSM_DENY_STARTUP		BIT_ULL(6)
#define HV_VSM_INTERCEPT_STARTUP	BIT_ULL(9)
#define HV_VSM_INTERCEPT_CPUID		BIT_ULL(10)
#define HV_VSM_USE_INTERCEPT_PAGE	BIT_ULL(12)

/* VsmVina */
#define HV_VSM_VINA_VECTOR		GENMASK_ULL(7, 0)
#define HV_VSM_VINA_ENABLED		BIT_ULL(8)
#define HV_VSM_VINA_AUTO_RESET		BIT_ULL(9)
#define HV_VSM_VINA_AUTO_EOI		BIT_ULL(10)

/* CrInterceptControl; those of MSRs are in vtl/register_intercept.c */
#define HV_CR_INTERCEPT_CR0_WRITE	BIT_ULL(0)
#define HV_CR_INTERCEPT_CR4_WRITE	BIT_ULL(1)
#define HV_CR_INTERCEPT_XCR0_WRITE	BIT_ULL(2)

#endif
