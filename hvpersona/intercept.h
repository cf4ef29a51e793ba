/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intercepts of a child partition: which events of its VPs its parent wants to see, the
 * answers that the parent has registered in advance, the messages that it gets, and how the VP
 * goes on.
 *
 * All of it is under the child's op_lock.
 */
#ifndef HVP_INTERCEPT_H
#define HVP_INTERCEPT_H

#include "core.h"
#include "hv_abi/intercept.h"
#include "hv_abi/synic.h"
#include "synic/message.h"

/**
 * enum hvp_exit_kind - What made a child's VP stop
 * @HVP_EXIT_UNMAPPED_GPA: It accessed an address where nothing is mapped
 * @HVP_EXIT_GPA: It accessed a page without the right to
 * @HVP_EXIT_IO: Port I/O
 * @HVP_EXIT_MSR: RDMSR or WRMSR
 * @HVP_EXIT_CPUID: CPUID
 * @HVP_EXIT_EXCEPTION: An exception
 * @HVP_EXIT_EXCEPTION_TRAP: An exception that is intercepted as a trap
 * @HVP_EXIT_HALT: A HLT that nothing can end
 * @HVP_EXIT_TRIPLE_FAULT: Unrecoverable exception
 * @HVP_EXIT_HYPERCALL: A hypercall that the personality does not know
 * @HVP_EXIT_DELIVERABLE: An interruption can be delivered that was waited for
 * @HVP_EXIT_SINT_DELIVERABLE: A SINT can take a message
 * @HVP_EXIT_SIPI: An INIT or SIPI was sent
 * @HVP_EXIT_APIC_EOI: A level-triggered interrupt was ended
 * @HVP_EXIT_INVALID_REGISTER: A register's value does not let it run
 * @HVP_EXIT_UNSUPPORTED: It used what is not supported
 */
enum hvp_exit_kind {
	HVP_EXIT_UNMAPPED_GPA,
	HVP_EXIT_GPA,
	HVP_EXIT_IO,
	HVP_EXIT_MSR,
	HVP_EXIT_CPUID,
	HVP_EXIT_EXCEPTION,
	HVP_EXIT_EXCEPTION_TRAP,
	HVP_EXIT_HALT,
	HVP_EXIT_TRIPLE_FAULT,
	HVP_EXIT_HYPERCALL,
	HVP_EXIT_DELIVERABLE,
	HVP_EXIT_SINT_DELIVERABLE,
	HVP_EXIT_SIPI,
	HVP_EXIT_APIC_EOI,
	HVP_EXIT_INVALID_REGISTER,
	HVP_EXIT_UNSUPPORTED,
};

/**
 * struct hvp_exit - An exit of a child's VP as the monitor records it
 *
 * Registers are in the VP's file by the time that a message is built.
 *
 * @kind: What it is; the rest as far as it applies
 * @access: HV_ACCESS_*
 * @length: Length of the instruction, 0 if unknown
 * @byte_count: Valid bytes of @bytes
 * @bytes: The instruction
 * @gva: Linear address, if @gva_valid
 * @gpa: Guest physical address
 * @gva_valid: There is a linear address
 * @cache_type: Memory type, as the sheet numbers them
 * @port: I/O port
 * @size: Size of the access in bytes
 * @string: INS or OUTS; the instruction and its registers are told for these alone
 * @rep: With a REP prefix
 * @msr: MSR
 * @cpuid: What the hypervisor would have answered: EAX, EBX, ECX, EDX
 * @vector: Exception, interrupt or SIPI vector
 * @has_error_code: There is an error code
 * @software: INT3, INTO and the like
 * @error_code: It
 * @parameter: CR2 of a page fault; parameter of an unsupported feature
 * @feature: Code of an unsupported feature; type of a deliverable interruption; SINTs
 * @target_vp: VP to which a SIPI goes
 */
struct hvp_exit {
	enum hvp_exit_kind kind;
	u8 access;
	u8 length;
	u8 byte_count;
	u8 bytes[16];
	u64 gva;
	u64 gpa;
	bool gva_valid;
	u32 cache_type;
	u16 port;
	u8 size;
	bool string;
	bool rep;
	u32 msr;
	u32 cpuid[4];
	u32 vector;
	bool has_error_code;
	bool software;
	u32 error_code;
	u64 parameter;
	u32 feature;
	u32 target_vp;
};

/* intercepts.c: what is intercepted. Charged to the child's pool */
enum hv_status hvp_intercept_install(struct hvp_partition *pt,
				     const struct hv_install_intercept *in);
bool hvp_intercept_io(struct hvp_partition *pt, u16 port, u8 size, bool write);
bool hvp_intercept_msr(struct hvp_partition *pt, u32 msr, bool write, bool virtualized);
bool hvp_intercept_cpuid(struct hvp_partition *pt, u32 leaf);
bool hvp_intercept_exception(struct hvp_partition *pt, u8 vector, bool trap);
bool hvp_intercept_other(struct hvp_partition *pt, u32 type, u32 parameter);
void hvp_intercepts_gone(struct hvp_partition *pt);

/* intercept_result.c: answers registered in advance. Charged to the child's pool */
enum hv_status hvp_result_register(struct hvp_partition *pt,
				   const struct hv_register_intercept_result *in);
enum hv_status hvp_result_unregister(struct hvp_partition *pt,
				     const struct hv_unregister_intercept_result *in);
bool hvp_result_cpuid(struct hvp_vp *vp, u32 leaf, u32 subleaf, bool exists, u32 regs[4]);
void hvp_cpuid_seen(struct hvp_vp *vp, u32 leaf, u32 regs[4]);
bool hvp_result_msr(struct hvp_vp *vp, u32 msr, bool write, u32 *action);
void hvp_results_vp_gone(struct hvp_vp *vp);
void hvp_results_gone(struct hvp_partition *pt);

/* intercept_message.c */
void hvp_intercept_message(struct hvp_vp *vp, const struct hvp_exit *exit,
			   struct hvp_hv_message *message);

/**
 * struct hvp_pending_intercept - The intercept at which a child's VP is stopped
 * @vp: The VP
 * @message: What it has stopped for; of type HV_MESSAGE_NONE if it has not
 * @length: Length of the instruction, 0 if unknown
 * @buffer: What its parent gets, in a queue of one of the parent's VPs: @message, or word that
 *	it is in the intercept message page
 * @unsent: In a list, if no VP of the parent can take @buffer yet
 */
struct hvp_pending_intercept {
	struct hvp_vp *vp;
	struct hvp_hv_message message;
	u8 length;
	struct hvp_message buffer;
	struct list_head unsent;
};

/* intercept_deliver.c: stop the VP and tell its parent; let it go on */
void hvp_intercept_vp_init(struct hvp_vp *vp);
void hvp_intercept_vp_gone(struct hvp_vp *vp);
void hvp_intercept_exit(void);
void hvp_intercept_deliver(struct hvp_vp *vp, const struct hvp_exit *exit);
bool hvp_intercept_pending(struct hvp_vp *vp, struct hvp_hv_message *message);
void hvp_intercept_resumed(struct hvp_vp *vp);
enum hv_status hvp_intercept_complete(struct hvp_vp *vp, u32 type, u32 flags);

#endif
