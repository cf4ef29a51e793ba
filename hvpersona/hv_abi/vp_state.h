/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operands of the calls that make VPs, access their memory and move their state in bulk. The
 * sheet's sections "Virtual processors, registers and VP state" and "Address translation
 * and guest memory access".
 */
#ifndef HVP_ABI_VP_STATE_H
#define HVP_ABI_VP_STATE_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "vp.h"

/* 0x004e */
struct hv_create_vp {
	u64 partition_id;
	u32 vp_index;
	u8 pad[3];
	u8 subnode_type;
	u64 subnode_id;
	u64 proximity;
	u64 flags;
};
static_assert(sizeof(struct hv_create_vp) == 40);
static_assert(offsetof(struct hv_create_vp, subnode_type) == 15);

/* 0x004f */
struct hv_delete_vp {
	u64 partition_id;
	u32 vp_index;
	u32 rsvd;
};
static_assert(sizeof(struct hv_delete_vp) == 16);

/* 0x0053; 0x0054 is followed by 16 bytes of data */
struct hv_access_gpa {
	u64 partition_id;
	u32 vp_index;
	u32 bytes;
	u64 gpa;
	u64 flags;
	u8 data[];
};
static_assert(sizeof(struct hv_access_gpa) == 32);

/* HV_ACCESS_GPA_RESULT, and the data of 0x0053 */
struct hv_access_gpa_out {
	u32 result;
	u32 rsvd;
	u8 data[];
};
static_assert(sizeof(struct hv_access_gpa_out) == 8);

/* Its control flags */
#define HV_ACCESS_GPA_CACHE_TYPE	GENMASK_ULL(7, 0)
#define HV_ACCESS_GPA_INPUT_VTL		GENMASK_ULL(63, 56)
#define HV_ACCESS_GPA_MAX_BYTES		16

#define HV_CACHE_TYPE_WRITE_COMBINED	1
#define HV_CACHE_TYPE_WRITE_THROUGH	4
#define HV_CACHE_TYPE_WRITE_PROTECTED	5

enum hv_access_gpa_result {
	HV_ACCESS_GPA_SUCCESS			= 0,
	HV_ACCESS_GPA_UNMAPPED			= 1,
	HV_ACCESS_GPA_READ_INTERCEPT		= 2,
	HV_ACCESS_GPA_WRITE_INTERCEPT		= 3,
	HV_ACCESS_GPA_ILLEGAL_OVERLAY		= 4,
};

/* 0x00e1, without the last field 0x00e2 */
struct hv_map_vp_state_page {
	u64 partition_id;
	u32 vp_index;
	u16 type;
	u8 input_vtl;
	u8 flags;
	u64 location;
};
static_assert(sizeof(struct hv_map_vp_state_page) == 24);

#define HV_VP_STATE_PAGE_REGISTERS		0
#define HV_VP_STATE_PAGE_INTERCEPT_MESSAGE	1
#define HV_VP_STATE_PAGE_GHCB			2
#define HV_VP_STATE_PAGES			3
#define HV_MAP_VP_STATE_LOCATION_VALID		BIT(0)

/* The VP register page, section "VP register page" */
struct hv_register_page {
	u16 version;
	u8 is_valid;
	u8 vtl;
	u32 dirty;	/* HV_REGISTER_PAGE_DIRTY_* */
	u64 gprs[16];
	u64 rip;
	u64 rflags;
	u64 rsvd;
	union hvp_register_value xmm[6];
	union hvp_register_value segments[6];
	/* Read only from here */
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 cr8;
	u64 efer;
	u64 dr7;
	u64 pending_interruption;
	u64 interrupt_state;
	u64 emulation_hints;
	u64 xfem;
	u8 rsvd2[256];
	/* The parent's: vectors to inject */
	u8 vector_count;
	u8 vectors[7];
};
static_assert(offsetof(struct hv_register_page, dirty) == 4);
static_assert(offsetof(struct hv_register_page, gprs) == 8);
static_assert(offsetof(struct hv_register_page, rip) == 136);
static_assert(offsetof(struct hv_register_page, rflags) == 144);
static_assert(offsetof(struct hv_register_page, xmm) == 160);
static_assert(offsetof(struct hv_register_page, segments) == 256);
static_assert(offsetof(struct hv_register_page, cr0) == 352);
static_assert(offsetof(struct hv_register_page, efer) == 384);
static_assert(offsetof(struct hv_register_page, pending_interruption) == 400);
static_assert(offsetof(struct hv_register_page, xfem) == 424);
static_assert(offsetof(struct hv_register_page, vector_count) == 688);
static_assert(sizeof(struct hv_register_page) == 696);

#define HV_REGISTER_PAGE_VERSION		1
#define HV_REGISTER_PAGE_DIRTY_GPRS		BIT(0)
#define HV_REGISTER_PAGE_DIRTY_RIP		BIT(1)
#define HV_REGISTER_PAGE_DIRTY_XMM		BIT(2)
#define HV_REGISTER_PAGE_DIRTY_SEGMENTS		BIT(3)
#define HV_REGISTER_PAGE_DIRTY_RFLAGS		BIT(4)

/* 0x00e3 and 0x00e4; the variable header follows */
struct hv_vp_state {
	u64 partition_id;
	u32 vp_index;
	u8 input_vtl;
	u8 rsvd[3];
	u32 type;
	u32 rsvd2;
	u64 xsave_flags;
	u64 xsave_states;
};
static_assert(sizeof(struct hv_vp_state) == 40);
static_assert(offsetof(struct hv_vp_state, type) == 16);

#define HV_VP_STATE_LAPIC			0x80000000
#define HV_VP_STATE_XSAVE			0x80000001
#define HV_VP_STATE_SIM_PAGE			0x80000002
#define HV_VP_STATE_SIEF_PAGE			0x80000003
#define HV_VP_STATE_SYNTHETIC_TIMERS		0x00000004
#define HV_VP_STATE_IN_PAGES			BIT(31)

/* HV_X64_INTERRUPT_CONTROLLER_STATE */
struct hv_lapic_state {
	u32 id;
	u32 version;
	u32 ldr;
	u32 dfr;
	u32 spurious;
	u32 isr[8];
	u32 tmr[8];
	u32 irr[8];
	u32 esr;
	u32 icr_high;
	u32 icr_low;
	u32 lvt_timer;
	u32 lvt_thermal;
	u32 lvt_perfmon;
	u32 lvt_lint0;
	u32 lvt_lint1;
	u32 lvt_error;
	u32 lvt_cmci;
	u32 error_status;
	u32 initial_count;
	u32 current_count;
	u32 divide;
	u32 remote_read;
};
static_assert(offsetof(struct hv_lapic_state, isr) == 20);
static_assert(offsetof(struct hv_lapic_state, esr) == 116);
static_assert(offsetof(struct hv_lapic_state, lvt_cmci) == 152);
static_assert(sizeof(struct hv_lapic_state) == 176);

/* HV_STIMER_STATE */
struct hv_stimer_state {
	u32 flags;
	u32 rsvd;
	u64 config;
	u64 count;
	u64 adjustment;
	u64 undelivered_expiration;
};
static_assert(sizeof(struct hv_stimer_state) == 40);

#define HV_STIMERS				4
#define HV_STIMER_UNDELIVERED			BIT(0)

struct hv_stimers_state {
	struct hv_stimer_state timers[HV_STIMERS];
	u64 rsvd[5];
};
static_assert(sizeof(struct hv_stimers_state) == 200);

/* An XSAVE area in the standard format; Intel SDM volume 1, "XSAVE Area" */
struct hv_xsave_area {
	/* As the registers of these names: FpControlStatus, XmmControlStatus, and so on */
	union hvp_register_value fp_control;
	union hvp_register_value xmm_control;
	union hvp_register_value fpmmx[8];
	union hvp_register_value xmm[16];
	u8 rsvd[96];
	/* Header */
	u64 xstate_bv;
	u64 xcomp_bv;
	u64 rsvd2[6];
	u8 extended[];
};
static_assert(offsetof(struct hv_xsave_area, fpmmx) == 32);
static_assert(offsetof(struct hv_xsave_area, xmm) == 160);
static_assert(offsetof(struct hv_xsave_area, xstate_bv) == 512);
static_assert(sizeof(struct hv_xsave_area) == 576);

#define HV_XSTATE_X87				BIT_ULL(0)
#define HV_XSTATE_SSE				BIT_ULL(1)
#define HV_XSTATE_AVX				BIT_ULL(2)
#define HV_XSTATE_LEGACY			(HV_XSTATE_X87 | HV_XSTATE_SSE)

/* 0x00de */
struct hv_request_halt {
	u32 flags;
	u32 rsvd;
};
static_assert(sizeof(struct hv_request_halt) == 8);

#endif
