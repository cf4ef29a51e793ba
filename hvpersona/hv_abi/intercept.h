/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intercepts: operands of their calls, and the payloads of intercept messages. The sheet's
 * sections "Intercepts", "x64 intercept message header" and "Payloads".
 */
#ifndef HVP_ABI_INTERCEPT_H
#define HVP_ABI_INTERCEPT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "vp.h"

/* HV_INTERCEPT_TYPE */
#define HV_INTERCEPT_IO_PORT			0x00
#define HV_INTERCEPT_MSR			0x01
#define HV_INTERCEPT_CPUID			0x02
#define HV_INTERCEPT_EXCEPTION			0x03
#define HV_INTERCEPT_MMIO			0x05
#define HV_INTERCEPT_GLOBAL_CPUID		0x06
#define HV_INTERCEPT_APIC_SMI			0x07
#define HV_INTERCEPT_HYPERCALL			0x08
#define HV_INTERCEPT_APIC_INIT_SIPI		0x09
#define HV_INTERCEPT_MICROCODE_MSR		0x0a
#define HV_INTERCEPT_APIC_WRITE			0x0b
#define HV_INTERCEPT_MSR_INDEX			0x0c
#define HV_INTERCEPT_UNKNOWN_CONNECTION		0x0d
#define HV_INTERCEPT_APIC_EOI			0x0e
#define HV_INTERCEPT_UNKNOWN_DEVICE		0x0f
#define HV_INTERCEPT_EXCEPTION_TRAP		0x10
#define HV_INTERCEPT_IO_PORT_RANGE		0x11
#define HV_INTERCEPT_TYPES			0x12
#define HV_INTERCEPT_ANY			0xffffffffU	/* HvCallCompleteIntercept */

/* HV_INTERCEPT_ACCESS_TYPE_MASK */
#define HV_INTERCEPT_READ	BIT(0)
#define HV_INTERCEPT_WRITE	BIT(1)
#define HV_INTERCEPT_EXECUTE	BIT(2)

/* HV_INTERCEPT_ACCESS_TYPE of messages */
#define HV_ACCESS_READ		0
#define HV_ACCESS_WRITE		1
#define HV_ACCESS_EXECUTE	2

/* HvCallInstallIntercept */
struct hv_install_intercept {
	u64 partition;
	u32 access;
	u32 type;
	u64 parameter;
};
static_assert(sizeof(struct hv_install_intercept) == 24);

/* HvCallRegisterInterceptResult */
struct hv_register_intercept_result {
	u64 partition;
	u32 vp;
	u32 type;
	union {
		struct {
			u32 leaf;
			u32 subleaf;
			u8 subleaf_specific;
			u8 always_override;
			u16 rsvd;
			struct {
				u32 value;
				u32 mask;
			} result[4];	/* EAX, EBX, ECX, EDX */
			u32 rsvd2;
		} cpuid;
		struct {
			u32 msr;
			u32 access;	/* HV_INTERCEPT_READ, HV_INTERCEPT_WRITE */
			u32 action;	/* HV_MSR_ACTION_* */
		} msr;
	};
};
static_assert(sizeof(struct hv_register_intercept_result) == 64);
#define HV_MSR_ACTION_FAULT		0	/* #GP */
#define HV_MSR_ACTION_IGNORE		1	/* reads give 0, writes have no effect */

/* HvCallUnregisterInterceptResult */
struct hv_unregister_intercept_result {
	u64 partition;
	u32 vp;
	u32 type;
	u32 first;	/* CPUID leaf; MSR */
	u32 second;	/* subleaf; access */
	u8 subleaf_specific;
	u8 rsvd[3];
} __packed;
static_assert(sizeof(struct hv_unregister_intercept_result) == 28);

/* HvCallCheckForIoIntercept */
struct hv_check_for_io_intercept {
	u64 partition;
	u32 vp;
	u8 vtl;
	u8 rsvd;
	u16 port;
	u8 size;
	u8 is_write;
} __packed;
static_assert(sizeof(struct hv_check_for_io_intercept) == 18);

/* HvCallCompleteIntercept, project-defined */
struct hv_complete_intercept {
	u64 partition;
	u32 vp;
	u8 vtl;
	u8 rsvd[3];
	u32 type;
	u32 flags;
};
static_assert(sizeof(struct hv_complete_intercept) == 24);
#define HV_COMPLETE_ADVANCE_RIP		BIT(0)

/* HV_X64_INTERCEPT_MESSAGE_HEADER */
struct hv_intercept_header {
	u32 vp;
	u8 length_cr8;	/* HV_HEADER_* */
	u8 access;
	u16 state;	/* HV_X64_VP_EXECUTION_STATE, HV_STATE_* */
	struct hv_segment cs;
	u64 rip;
	u64 rflags;
};
static_assert(sizeof(struct hv_intercept_header) == 40);
#define HV_HEADER_LENGTH		GENMASK(3, 0)	/* of the instruction, 0 if unknown */
#define HV_HEADER_CR8			GENMASK(7, 4)
#define HV_STATE_CPL			GENMASK(1, 0)
#define HV_STATE_CR0_PE			BIT(2)
#define HV_STATE_CR0_AM			BIT(3)
#define HV_STATE_EFER_LMA		BIT(4)
#define HV_STATE_DEBUG_ACTIVE		BIT(5)
#define HV_STATE_INTERRUPTION_PENDING	BIT(6)
#define HV_STATE_VTL			GENMASK(10, 7)
#define HV_STATE_ENCLAVE		BIT(11)
#define HV_STATE_INTERRUPT_SHADOW	BIT(12)
#define HV_STATE_VIRTUALIZATION_FAULT	BIT(13)

struct hv_memory_intercept {
	struct hv_intercept_header header;
	u32 cache_type;
	u8 byte_count;
	u8 info;	/* HV_MEMORY_ACCESS_* */
	u8 tpr;
	u8 rsvd;
	u64 gva;
	u64 gpa;
	u8 bytes[16];
};
static_assert(sizeof(struct hv_memory_intercept) == 80);
#define HV_MEMORY_ACCESS_GVA_VALID	BIT(0)
#define HV_MEMORY_ACCESS_GVA_GPA_VALID	BIT(1)

struct hv_io_port_intercept {
	struct hv_intercept_header header;
	u16 port;
	u8 info;	/* size 2:0, string 3, REP 4 */
	u8 byte_count;
	u32 rsvd;
	u64 rax;
	u8 bytes[16];
	struct hv_segment ds;
	struct hv_segment es;
	u64 rcx;
	u64 rsi;
	u64 rdi;
};
static_assert(sizeof(struct hv_io_port_intercept) == 128);
#define HV_IO_ACCESS_SIZE	GENMASK(2, 0)
#define HV_IO_ACCESS_STRING	BIT(3)
#define HV_IO_ACCESS_REP	BIT(4)

struct hv_msr_intercept {
	struct hv_intercept_header header;
	u32 msr;
	u32 rsvd;
	u64 rdx;
	u64 rax;
};
static_assert(sizeof(struct hv_msr_intercept) == 64);

struct hv_register_intercept {
	struct hv_intercept_header header;
	u8 flags;	/* memory operand 0 */
	u8 rsvd[3];
	u32 name;
	union hvp_register_value access;
};
static_assert(sizeof(struct hv_register_intercept) == 64);

struct hv_cpuid_intercept {
	struct hv_intercept_header header;
	u64 rax;
	u64 rcx;
	u64 rdx;
	u64 rbx;
	u64 default_rax;
	u64 default_rcx;
	u64 default_rdx;
	u64 default_rbx;
};
static_assert(sizeof(struct hv_cpuid_intercept) == 104);

struct hv_exception_intercept {
	struct hv_intercept_header header;
	u16 vector;
	u8 info;	/* error code valid 0, software exception 1 */
	u8 byte_count;
	u32 error_code;
	u64 parameter;
	u64 rsvd;
	u8 bytes[16];
	struct hv_segment ds;
	struct hv_segment ss;
	u64 gprs[16];	/* RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15 */
};
static_assert(sizeof(struct hv_exception_intercept) == 240);
#define HV_EXCEPTION_ERROR_CODE	BIT(0)
#define HV_EXCEPTION_SOFTWARE	BIT(1)

struct hv_interruption_deliverable {
	struct hv_intercept_header header;
	u32 type;
	u32 rsvd;
};
static_assert(sizeof(struct hv_interruption_deliverable) == 48);

struct hv_sint_deliverable {
	struct hv_intercept_header header;
	u16 sints;
	u16 rsvd;
	u32 rsvd2;
};
static_assert(sizeof(struct hv_sint_deliverable) == 48);

struct hv_sipi_intercept {
	struct hv_intercept_header header;
	u32 target;
	u32 vector;
};
static_assert(sizeof(struct hv_sipi_intercept) == 48);

struct hv_hypercall_intercept {
	struct hv_intercept_header header;
	u64 rax;
	u64 rbx;
	u64 rcx;
	u64 rdx;
	u64 r8;
	u64 rsi;
	u64 rdi;
	u64 xmm[6][2];
	u32 flags;
	u32 rsvd[3];
};
static_assert(sizeof(struct hv_hypercall_intercept) == 208);

struct hv_apic_eoi {
	u32 vp;
	u32 vector;
};
static_assert(sizeof(struct hv_apic_eoi) == 8);

struct hv_invalid_vp_register {
	u32 vp;
	u32 rsvd;
};
static_assert(sizeof(struct hv_invalid_vp_register) == 8);

struct hv_unsupported_feature {
	u32 vp;
	u32 feature;
	u64 parameter;
};
static_assert(sizeof(struct hv_unsupported_feature) == 16);

struct hv_opaque_intercept {
	u32 vp;
};
static_assert(sizeof(struct hv_opaque_intercept) == 4);

struct hv_sint_intercept {
	u32 sint;
};
static_assert(sizeof(struct hv_sint_intercept) == 4);

#endif
