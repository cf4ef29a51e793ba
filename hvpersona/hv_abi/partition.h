/* SPDX-License-Identifier: GPL-2.0 */
/* Partition properties; the sheet's section "Partition properties". */
#ifndef HVP_ABI_PARTITION_H
#define HVP_ABI_PARTITION_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define HV_PROPERTY_PRIVILEGE_FLAGS		0x00010000
#define HV_PROPERTY_SYNTHETIC_FEATURES		0x00010001
#define HV_PROPERTY_SUSPEND			0x00020000
#define HV_PROPERTY_CPU_RESERVE			0x00020001
#define HV_PROPERTY_CPU_CAP			0x00020002
#define HV_PROPERTY_CPU_WEIGHT			0x00020003
#define HV_PROPERTY_TIME_FREEZE			0x00030003
#define HV_PROPERTY_REFERENCE_TIME		0x00030005
#define HV_PROPERTY_PHYSICAL_ADDRESS_BITS	0x00050010
#define HV_PROPERTY_UNIMPLEMENTED_MSR_ACTION	0x00050017
#define HV_PROPERTY_PROCESSOR_VENDOR		0x00060000
#define HV_PROPERTY_XSAVE_FEATURES		0x00060002
#define HV_PROPERTY_CLFLUSH_SIZE		0x00060003
#define HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH	0x00060006
#define HV_PROPERTY_XSAVE_STATES		0x00060007
#define HV_PROPERTY_MAX_XSAVE_DATA_SIZE		0x00060008
#define HV_PROPERTY_PROCESSOR_CLOCK		0x00060009
#define HV_PROPERTY_PROCESSOR_FEATURES0		0x0006000a
#define HV_PROPERTY_PROCESSOR_FEATURES1		0x0006000b
#define HV_PROPERTY_GUEST_OS_ID			0x00070000
#define HV_PROPERTY_VMM_CAPABILITIES		0x00090007
#define HV_PROPERTY_ASSIGNABLE_FEATURES		0x00090009

#define HV_CPU_CAP_MAX				0x10000
#define HV_CPU_WEIGHT_DEFAULT			100

#define HV_PROCESSOR_VENDOR_AMD			0
#define HV_PROCESSOR_VENDOR_INTEL		1
#define HV_PROCESSOR_VENDOR_HYGON		2

/* 0x0044 */
struct hv_get_property {
	u64 partition_id;
	u32 code;
	u32 pad;
};
static_assert(sizeof(struct hv_get_property) == 16);

/* 0x0101 */
struct hv_get_property_ex {
	u64 partition_id;
	u32 code;
	u32 pad;
	u64 argument;
};
static_assert(sizeof(struct hv_get_property_ex) == 24);

/* Values of VmmCapabilities and AssignableSyntheticProcFeatures */
struct hv_property_banks {
	u16 count;
	u16 rsvd[3];
	u64 bank0;
};
static_assert(sizeof(struct hv_property_banks) == 16);

#endif
