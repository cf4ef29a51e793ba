/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual processor structures: registers, initial context, operands of the register,
 * start, APIC and CPUID calls. The sheet's sections "Value formats" and "Virtual
 * processors, registers and VP state"; TLFS data types of the same names.
 */
#ifndef HVP_ABI_VP_H
#define HVP_ABI_VP_H

#include <linux/build_bug.h>
#include <linux/types.h>

/* HV_X64_SEGMENT_REGISTER */
struct hv_segment {
	u64 base;
	u32 limit;
	u16 selector;
	u16 attributes;	/* type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15 */
};
static_assert(sizeof(struct hv_segment) == 16);

/* HV_X64_TABLE_REGISTER */
struct hv_table {
	u16 rsvd[3];
	u16 limit;
	u64 base;
};
static_assert(sizeof(struct hv_table) == 16);

/* HV_REGISTER_VALUE */
union hvp_register_value {
	struct {
		u64 low;
		u64 high;
	};
	u32 reg32[4];
	u8 bytes[16];
	struct hv_segment segment;
	struct hv_table table;
};
static_assert(sizeof(union hvp_register_value) == 16);

/* HV_INITIAL_VP_CONTEXT */
struct hvp_initial_vp_context {
	u64 rip;
	u64 rsp;
	u64 rflags;
	struct hv_segment cs;
	struct hv_segment ds;
	struct hv_segment es;
	struct hv_segment fs;
	struct hv_segment gs;
	struct hv_segment ss;
	struct hv_segment tr;
	struct hv_segment ldtr;
	struct hv_table idtr;
	struct hv_table gdtr;
	u64 efer;
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 pat;
};
static_assert(sizeof(struct hvp_initial_vp_context) == 224);
static_assert(offsetof(struct hvp_initial_vp_context, idtr) == 152);
static_assert(offsetof(struct hvp_initial_vp_context, efer) == 184);

/* Header of 0x0050 and 0x0051 */
struct hv_vp_registers {
	u64 partition_id;
	u32 vp_index;
	u8 input_vtl;
	u8 rsvd[3];
};
static_assert(sizeof(struct hv_vp_registers) == 16);

/* Element of 0x0051 */
struct hv_set_register {
	u32 name;
	u32 pad[3];
	union hvp_register_value value;
};
static_assert(sizeof(struct hv_set_register) == 32);

/* 0x0099 */
struct hv_start_vp {
	u64 partition_id;
	u32 vp_index;
	u8 target_vtl;
	u8 rsvd[3];
	struct hvp_initial_vp_context context;
};
static_assert(sizeof(struct hv_start_vp) == 240);

/* Header of 0x009a */
struct hv_vp_index_from_apic_id {
	u64 partition_id;
	u8 target_vtl;
	u8 rsvd[7];
};
static_assert(sizeof(struct hv_vp_index_from_apic_id) == 16);

/* 0x00e5 */
struct hv_vp_set_from_mda {
	u64 partition_id;
	u64 destination;
	u8 target_vtl;
	u8 logical;
	u8 rsvd[6];
};
static_assert(sizeof(struct hv_vp_set_from_mda) == 24);

/* Header of 0x00f4 */
struct hv_vp_cpuid_values {
	u64 partition_id;
	u32 vp_index;
	u32 flags;
	u32 rsvd;
	u32 pad;
};
static_assert(sizeof(struct hv_vp_cpuid_values) == 24);

#define HV_VP_CPUID_USE_VP_XFEM_XSS	BIT(0)
#define HV_VP_CPUID_APPLY_REGISTERED	BIT(1)

/* Element of 0x00f4 */
struct hv_vp_cpuid_query {
	u32 eax;
	u32 ecx;
	u64 xfem;
	u64 xss;
};
static_assert(sizeof(struct hv_vp_cpuid_query) == 24);

/* HV_VP_SET */
#define HV_VP_SET_SPARSE_4K	0
#define HV_VP_SET_ALL		1
#define HV_VP_SET_BANKS		64

struct hv_vp_set {
	u64 format;
	u64 valid_banks;
	u64 banks[];
};
static_assert(sizeof(struct hv_vp_set) == 16);

/* HV_VP_ASSIST_PAGE and other VTL structures arrive with the VTL calls */

#endif
