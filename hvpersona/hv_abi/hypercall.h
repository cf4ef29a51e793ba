/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypercall mechanism: control word, result value, statuses.
 * TLFS, "Hypercall Interface"; statuses from TLFS HV_STATUS and Linux hv_status names.
 */
#ifndef HVP_ABI_HYPERCALL_H
#define HVP_ABI_HYPERCALL_H

#include <linux/bits.h>
#include <linux/types.h>

/* Hypercall input value */
#define HV_CONTROL_CODE			GENMASK_ULL(15, 0)
#define HV_CONTROL_FAST			BIT_ULL(16)
#define HV_CONTROL_VAR_HEADER		GENMASK_ULL(26, 17)	/* qwords */
#define HV_CONTROL_NESTED		BIT_ULL(31)
#define HV_CONTROL_REP_COUNT		GENMASK_ULL(43, 32)
#define HV_CONTROL_REP_START		GENMASK_ULL(59, 48)
#define HV_CONTROL_RESERVED		(GENMASK_ULL(30, 27) | GENMASK_ULL(47, 44) | \
					 GENMASK_ULL(63, 60))

/* Hypercall result value */
#define HV_RESULT_STATUS		GENMASK_ULL(15, 0)
#define HV_RESULT_REPS			GENMASK_ULL(43, 32)

/* Call codes with this bit are extended calls */
#define HV_EXT_CALL_BASE		0x8000

/* The register file of fast calls: RDX, R8 and XMM0 to XMM5 */
#define HV_FAST_GPR_BYTES		16
#define HV_FAST_BYTES			112

#define HV_PARTITION_ID_INVALID		0ULL
#define HV_PARTITION_ID_SELF		(~0ULL)
#define HV_VP_INDEX_SELF		0xfffffffeU
#define HV_ANY_VP			0xffffffffU
#define HV_VP_INDEX_ANY			0xffffffffU

/* HV_INPUT_VTL */
#define HV_INPUT_VTL_TARGET		GENMASK(3, 0)
#define HV_INPUT_VTL_USE_TARGET		BIT(4)
#define HV_INPUT_VTL_RESERVED		GENMASK(7, 5)

/**
 * enum hv_status - HV_STATUS, the outcome of a hypercall as the guest sees it
 *
 * The list is the sheet's section "Status codes".
 */
#define HV_STATUSES(X)						\
	X(SUCCESS,				0x0000)		\
	X(INVALID_HYPERCALL_CODE,		0x0002)		\
	X(INVALID_HYPERCALL_INPUT,		0x0003)		\
	X(INVALID_ALIGNMENT,			0x0004)		\
	X(INVALID_PARAMETER,			0x0005)		\
	X(ACCESS_DENIED,			0x0006)		\
	X(INVALID_PARTITION_STATE,		0x0007)		\
	X(OPERATION_DENIED,			0x0008)		\
	X(UNKNOWN_PROPERTY,			0x0009)		\
	X(PROPERTY_VALUE_OUT_OF_RANGE,		0x000a)		\
	X(INSUFFICIENT_MEMORY,			0x000b)		\
	X(PARTITION_TOO_DEEP,			0x000c)		\
	X(INVALID_PARTITION_ID,			0x000d)		\
	X(INVALID_VP_INDEX,			0x000e)		\
	X(NOT_FOUND,				0x0010)		\
	X(INVALID_PORT_ID,			0x0011)		\
	X(INVALID_CONNECTION_ID,		0x0012)		\
	X(INSUFFICIENT_BUFFERS,			0x0013)		\
	X(NOT_ACKNOWLEDGED,			0x0014)		\
	X(INVALID_VP_STATE,			0x0015)		\
	X(ACKNOWLEDGED,				0x0016)		\
	X(INVALID_SAVE_RESTORE_STATE,		0x0017)		\
	X(INVALID_SYNIC_STATE,			0x0018)		\
	X(OBJECT_IN_USE,			0x0019)		\
	X(INVALID_PROXIMITY_DOMAIN_INFO,	0x001a)		\
	X(NO_DATA,				0x001b)		\
	X(INACTIVE,				0x001c)		\
	X(NO_RESOURCES,				0x001d)		\
	X(FEATURE_UNAVAILABLE,			0x001e)		\
	X(INSUFFICIENT_BUFFER,			0x0033)		\
	X(INSUFFICIENT_DEVICE_DOMAINS,		0x0038)		\
	X(INVALID_LP_INDEX,			0x0041)		\
	X(INVALID_REGISTER_VALUE,		0x0050)		\
	X(INVALID_VTL_STATE,			0x0051)		\
	X(INVALID_DEVICE_ID,			0x0057)		\
	X(INVALID_DEVICE_STATE,			0x0058)		\
	X(DEVICE_ALREADY_IN_DOMAIN,		0x0066)		\
	X(OPERATION_FAILED,			0x0071)		\
	X(INSUFFICIENT_ROOT_MEMORY,		0x0073)		\
	X(EVENT_BUFFER_ALREADY_FREED,		0x0074)		\
	X(TIME_OUT,				0x0078)		\
	X(CALL_PENDING,				0x0079)		\
	X(VTL_ALREADY_ENABLED,			0x0086)		\
	X(UNKNOWN_REGISTER_NAME,		0x0087)

#define HV_STATUS_ENUM(name, value)	HV_STATUS_##name = value,
enum hv_status {
	HV_STATUSES(HV_STATUS_ENUM)
};
#undef HV_STATUS_ENUM

#endif
