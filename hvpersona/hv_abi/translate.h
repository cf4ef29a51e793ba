/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operands of HvCallTranslateVirtualAddress and its Ex form; the sheet's sections "Address
 * translation and guest memory access" and "Pending event registers".
 */
#ifndef HVP_ABI_TRANSLATE_H
#define HVP_ABI_TRANSLATE_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/* HV_TRANSLATE_GVA_CONTROL_FLAGS */
#define HV_TRANSLATE_VALIDATE_READ	BIT_ULL(0)
#define HV_TRANSLATE_VALIDATE_WRITE	BIT_ULL(1)
#define HV_TRANSLATE_VALIDATE_EXECUTE	BIT_ULL(2)
#define HV_TRANSLATE_PRIVILEGE_EXEMPT	BIT_ULL(3)
#define HV_TRANSLATE_SET_BITS		BIT_ULL(4)
#define HV_TRANSLATE_TLB_FLUSH_INHIBIT	BIT_ULL(5)
#define HV_TRANSLATE_SUPERVISOR		BIT_ULL(6)
#define HV_TRANSLATE_USER		BIT_ULL(7)
#define HV_TRANSLATE_ENFORCE_SMAP	BIT_ULL(8)
#define HV_TRANSLATE_OVERRIDE_SMAP	BIT_ULL(9)
#define HV_TRANSLATE_SHADOW_STACK	BIT_ULL(10)
#define HV_TRANSLATE_INPUT_VTL		GENMASK_ULL(63, 56)

/* HV_TRANSLATE_GVA_RESULT_CODE */
enum hv_translate_result {
	HV_TRANSLATE_SUCCESS			= 0,
	HV_TRANSLATE_PAGE_NOT_PRESENT		= 1,
	HV_TRANSLATE_PRIVILEGE_VIOLATION	= 2,
	HV_TRANSLATE_INVALID_PAGE_TABLE_FLAGS	= 3,
	HV_TRANSLATE_GPA_UNMAPPED		= 4,
	HV_TRANSLATE_GPA_NO_READ_ACCESS		= 5,
	HV_TRANSLATE_GPA_NO_WRITE_ACCESS	= 6,
};

#define HV_CACHE_TYPE_UNCACHED		0
#define HV_CACHE_TYPE_WRITE_BACK	6

/* 0x0052 and 0x00ac */
struct hv_translate {
	u64 partition_id;
	u32 vp_index;
	u32 pad;
	u64 flags;
	u64 gva_page;
};
static_assert(sizeof(struct hv_translate) == 32);

struct hv_translate_out {
	u32 result;
	u8 cache_type;
	u8 overlay[3];
	u64 gpa_page;
};
static_assert(sizeof(struct hv_translate_out) == 16);

/* HV_X64_PENDING_EXCEPTION_EVENT */
#define HV_EVENT_PENDING		BIT(0)
#define HV_EVENT_TYPE_EXCEPTION		(0 << 1)
#define HV_EVENT_TYPE_MEMORY_INTERCEPT	(1 << 1)
#define HV_EVENT_DELIVER_ERROR_CODE	BIT(0)

struct hv_exception_event {
	u8 type;
	u8 flags;
	u16 vector;
	u32 error_code;
	u64 parameter;
	u64 rsvd[2];
};
static_assert(sizeof(struct hv_exception_event) == 32);

/* HV_X64_PENDING_MEMORY_INTERCEPT_EVENT */
#define HV_EVENT_GLA_VALID		BIT(0)
#define HV_EVENT_CAUSED_BY_GPA_ACCESS	BIT(1)

struct hv_memory_event {
	u8 type;
	u8 target_vtl;
	u8 access_type;
	u8 flags;
	u32 rsvd;
	u64 gla;
	u64 gpa;
	u64 rsvd2;
};
static_assert(sizeof(struct hv_memory_event) == 32);

#define HV_INTERCEPT_ACCESS_READ	0
#define HV_INTERCEPT_ACCESS_WRITE	1
#define HV_INTERCEPT_ACCESS_EXECUTE	2

struct hv_translate_ex_out {
	u32 result;
	u8 cache_type;
	u8 overlay[3];
	u64 rsvd;
	union {
		struct hv_exception_event exception;
		struct hv_memory_event memory;
	};
	u64 gpa_page;
	u64 rsvd2;
};
static_assert(sizeof(struct hv_translate_ex_out) == 64);
static_assert(offsetof(struct hv_translate_ex_out, gpa_page) == 48);

#endif
