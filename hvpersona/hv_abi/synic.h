/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages, the pages of a synthetic interrupt controller, and the operands of the calls that
 * post and signal. The sheet's sections "SynIC pages and messages" and "Ports, messages and
 * events".
 */
#ifndef HVP_ABI_SYNIC_H
#define HVP_ABI_SYNIC_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define HV_MESSAGE_SIZE		256
#define HV_MESSAGE_PAYLOAD	240

/* HV_MESSAGE_TYPE: bit 31 marks those of the hypervisor */
#define HV_MESSAGE_NONE				0x00000000
#define HV_MESSAGE_OF_HYPERVISOR		BIT(31)
#define HV_MESSAGE_UNMAPPED_GPA			0x80000000
#define HV_MESSAGE_GPA_INTERCEPT		0x80000001
#define HV_MESSAGE_TIMER_EXPIRED		0x80000010
#define HV_MESSAGE_INVALID_VP_REGISTER_VALUE	0x80000020
#define HV_MESSAGE_UNRECOVERABLE_EXCEPTION	0x80000021
#define HV_MESSAGE_UNSUPPORTED_FEATURE		0x80000022
#define HV_MESSAGE_OPAQUE_INTERCEPT		0x8000003f
#define HV_MESSAGE_EVENTLOG_BUFFERS_READY	0x80000040
#define HV_MESSAGE_HYPERCALL_INTERCEPT		0x80000050
#define HV_MESSAGE_SYNIC_EVENT_INTERCEPT	0x80000060
#define HV_MESSAGE_SYNIC_SINT_INTERCEPT		0x80000061
#define HV_MESSAGE_SYNIC_SINT_DELIVERABLE	0x80000062
#define HV_MESSAGE_X64_IO_PORT_INTERCEPT	0x80010000
#define HV_MESSAGE_X64_MSR_INTERCEPT		0x80010001
#define HV_MESSAGE_X64_CPUID_INTERCEPT		0x80010002
#define HV_MESSAGE_X64_EXCEPTION_INTERCEPT	0x80010003
#define HV_MESSAGE_X64_APIC_EOI			0x80010004
/* As TLFS has it; Linux calls this number a page request of an IOMMU, see differences.rst */
#define HV_MESSAGE_X64_REGISTER_INTERCEPT	0x80010006
#define HV_MESSAGE_X64_HALT			0x80010007
#define HV_MESSAGE_X64_INTERRUPTION_DELIVERABLE	0x80010008
#define HV_MESSAGE_X64_SIPI_INTERCEPT		0x80010009
#define HV_MESSAGE_X64_APIC_SMI			0x8001000b
#define HV_MESSAGE_X64_APIC_INIT_SIPI		0x8001000d
#define HV_MESSAGE_X64_APIC_WRITE		0x8001000e
#define HV_MESSAGE_X64_EXCEPTION_TRAP		0x80010012

/* flags of a message */
#define HV_MESSAGE_PENDING	BIT(0)	/* another one waits: write EOM */

/* HV_MESSAGE. It is @port for messages of guests, @sender for those of the hypervisor */
struct hvp_hv_message {
	u32 type;
	u8 size;
	u8 flags;
	u16 rsvd;
	union {
		u64 sender;
		u64 port;
	};
	u8 payload[HV_MESSAGE_PAYLOAD];
};
static_assert(sizeof(struct hvp_hv_message) == HV_MESSAGE_SIZE);

/* SCONTROL; SIEFP, SIMP and SIRBP */
#define HV_SYNIC_ENABLE		BIT_ULL(0)
#define HV_SYNIC_PAGE		GENMASK_ULL(63, 12)

/* SINTx */
#define HV_SINT_VECTOR		GENMASK_ULL(7, 0)
#define HV_SINT_MASKED		BIT_ULL(16)
#define HV_SINT_AUTO_EOI	BIT_ULL(17)
#define HV_SINT_POLLING		BIT_ULL(18)
#define HV_SINT_AS_INTERCEPT	BIT_ULL(19)

/* The event ring of a SINT, in the page that SIRBP names */
#define HV_EVENT_RING_ENTRIES	63
struct hvp_event_ring {
	u8 signal_masked;
	u8 ring_full;
	u16 rsvd;
	u32 data[HV_EVENT_RING_ENTRIES];
};
static_assert(sizeof(struct hvp_event_ring) == 256);

/* HvCallPostMessage */
struct hv_post_message {
	u32 connection;
	u32 rsvd;
	u32 type;
	u32 size;
	u8 payload[HV_MESSAGE_PAYLOAD];
};
static_assert(sizeof(struct hv_post_message) == 256);

/* HvCallSignalEvent, HvCallRootSignalEvent */
struct hv_signal_event {
	u32 connection;
	u16 flag;
	u16 rsvd;
};
static_assert(sizeof(struct hv_signal_event) == 8);

/* HvCallPostMessageDirect */
struct hv_post_message_direct {
	u64 partition;
	u32 vp;
	u8 vtl;
	u8 rsvd[3];
	u32 sint;
	u8 message[HV_MESSAGE_SIZE];
	u32 rsvd2;
};
static_assert(sizeof(struct hv_post_message_direct) == 280);

/* HvCallSignalEventDirect */
struct hv_signal_event_direct {
	u64 partition;
	u32 vp;
	u8 vtl;
	u8 sint;
	u16 flag;
};
static_assert(sizeof(struct hv_signal_event_direct) == 16);

struct hv_signal_event_direct_out {
	u8 newly_signaled;
	u8 rsvd[7];
};
static_assert(sizeof(struct hv_signal_event_direct_out) == 8);

/* HvCallNotifyPortRingEmpty */
struct hv_notify_port_ring_empty {
	u32 sint;
	u32 rsvd;
};
static_assert(sizeof(struct hv_notify_port_ring_empty) == 8);

#endif
