// SPDX-License-Identifier: GPL-2.0
/*
 * Intercept messages: what a parent is told of an exit of a child's VP. The sheet's sections
 * "x64 intercept message header" and "Payloads"; what the fields mean says TLFS 2.0, chapter
 * 16.
 */
#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "child.h"
#include "hv_abi/registers.h"
#include "intercept.h"
#include "reg_checks.h"
#include "vp_file.h"

/* DR7: breakpoints 0 to 3 are enabled, locally or globally */
#define DR7_ENABLED	GENMASK(7, 0)

static void get_segment(struct hvp_vp *vp, u32 which, struct hv_segment *segment)
{
	memcpy(segment, hvp_file_place(vp, HV_REG_ES + which), sizeof(*segment));
}

static u8 tpr_class(struct hvp_vp *vp)
{
	return FIELD_GET(GENMASK(7, 4), hvp_file_get64(vp, HV_REG_APIC_TPR));
}

/* The exit came while an interruption was delivered, and it stays pending */
static bool interruption_pending(struct hvp_vp *vp)
{
	return hvp_file_get64(vp, HV_REG_PENDING_INTERRUPTION) & HV_INTERRUPTION_PENDING;
}

static u16 execution_state(struct hvp_vp *vp)
{
	u64 cr0 = hvp_file_get64(vp, HV_REG_CR0);
	u16 state = FIELD_PREP(HV_STATE_CPL, hvp_file_cpl(vp)) |
		    FIELD_PREP(HV_STATE_VTL, vp->vtl);

	if (cr0 & X86_CR0_PE)
		state |= HV_STATE_CR0_PE;
	if (cr0 & X86_CR0_AM)
		state |= HV_STATE_CR0_AM;
	if (hvp_file_get64(vp, HV_REG_EFER) & HVP_EFER_LMA)
		state |= HV_STATE_EFER_LMA;
	if (hvp_file_get64(vp, HV_REG_DR7) & DR7_ENABLED)
		state |= HV_STATE_DEBUG_ACTIVE;
	if (interruption_pending(vp))
		state |= HV_STATE_INTERRUPTION_PENDING;
	if (hvp_file_get64(vp, HV_REG_INTERRUPT_STATE) & HV_INTERRUPT_SHADOW)
		state |= HV_STATE_INTERRUPT_SHADOW;
	return state;
}

static void compose_header(struct hvp_vp *vp, const struct hvp_exit *exit,
			   struct hv_intercept_header *header)
{
	header->vp = vp->index;
	header->length_cr8 = FIELD_PREP(HV_HEADER_LENGTH, min(exit->length, 15));
	/* The VMM of an exo partition is in the parent and may have to know it */
	if (vp->partition->child->flags & HV_CREATE_EXO)
		header->length_cr8 |= FIELD_PREP(HV_HEADER_CR8, tpr_class(vp));
	header->access = exit->access;
	header->state = execution_state(vp);
	get_segment(vp, HVP_CS, &header->cs);
	header->rip = hvp_file_get64(vp, HV_REG_RIP);
	header->rflags = hvp_file_get64(vp, HV_REG_RFLAGS);
}

/* TLFS 2.0: no bytes if the access was made to deliver an interruption */
static u8 get_instruction(struct hvp_vp *vp, const struct hvp_exit *exit, u8 bytes[16])
{
	u8 count = min(exit->byte_count, 16);

	if (interruption_pending(vp))
		return 0;
	memcpy(bytes, exit->bytes, count);
	return count;
}

static void compose_memory(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_memory_intercept *payload = at;

	payload->cache_type = exit->cache_type;
	payload->byte_count = get_instruction(vp, exit, payload->bytes);
	payload->tpr = tpr_class(vp);
	payload->gpa = exit->gpa;
	/* Of an access to a page table there is no linear address */
	if (exit->gva_valid) {
		payload->info = HV_MEMORY_ACCESS_GVA_VALID | HV_MEMORY_ACCESS_GVA_GPA_VALID;
		payload->gva = exit->gva;
	}
}

/* TLFS 2.0: what only a string instruction needs is zero for the others */
static void compose_string_io(struct hvp_vp *vp, const struct hvp_exit *exit,
			      struct hv_io_port_intercept *payload)
{
	payload->info |= HV_IO_ACCESS_STRING;
	if (exit->rep)
		payload->info |= HV_IO_ACCESS_REP;
	payload->byte_count = get_instruction(vp, exit, payload->bytes);
	get_segment(vp, HVP_DS, &payload->ds);
	get_segment(vp, HVP_ES, &payload->es);
	payload->rcx = hvp_file_get64(vp, HV_REG_RCX);
	payload->rsi = hvp_file_get64(vp, HV_REG_RSI);
	payload->rdi = hvp_file_get64(vp, HV_REG_RDI);
}

static void compose_io(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_io_port_intercept *payload = at;

	payload->port = exit->port;
	payload->info = FIELD_PREP(HV_IO_ACCESS_SIZE, exit->size);
	payload->rax = hvp_file_get64(vp, HV_REG_RAX);
	if (exit->string)
		compose_string_io(vp, exit, payload);
}

static void compose_msr(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_msr_intercept *payload = at;

	payload->msr = exit->msr;
	payload->rdx = hvp_file_get64(vp, HV_REG_RDX);
	payload->rax = hvp_file_get64(vp, HV_REG_RAX);
}

static void compose_cpuid(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_cpuid_intercept *payload = at;

	payload->rax = hvp_file_get64(vp, HV_REG_RAX);
	payload->rcx = hvp_file_get64(vp, HV_REG_RCX);
	payload->rdx = hvp_file_get64(vp, HV_REG_RDX);
	payload->rbx = hvp_file_get64(vp, HV_REG_RBX);
	payload->default_rax = exit->cpuid[0];
	payload->default_rbx = exit->cpuid[1];
	payload->default_rcx = exit->cpuid[2];
	payload->default_rdx = exit->cpuid[3];
}

static void compose_exception(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_exception_intercept *payload = at;
	u32 i;

	payload->vector = exit->vector;
	if (exit->has_error_code) {
		payload->info |= HV_EXCEPTION_ERROR_CODE;
		payload->error_code = exit->error_code;
	}
	if (exit->software)
		payload->info |= HV_EXCEPTION_SOFTWARE;
	payload->parameter = exit->parameter;
	payload->byte_count = get_instruction(vp, exit, payload->bytes);
	get_segment(vp, HVP_DS, &payload->ds);
	get_segment(vp, HVP_SS, &payload->ss);
	for (i = 0; i < ARRAY_SIZE(payload->gprs); i++)
		payload->gprs[i] = hvp_file_get64(vp, HV_REG_RAX + i);
}

static void compose_hypercall(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_hypercall_intercept *payload = at;

	payload->rax = hvp_file_get64(vp, HV_REG_RAX);
	payload->rbx = hvp_file_get64(vp, HV_REG_RBX);
	payload->rcx = hvp_file_get64(vp, HV_REG_RCX);
	payload->rdx = hvp_file_get64(vp, HV_REG_RDX);
	payload->r8 = hvp_file_get64(vp, HV_REG_R8);
	payload->rsi = hvp_file_get64(vp, HV_REG_RSI);
	payload->rdi = hvp_file_get64(vp, HV_REG_RDI);
	memcpy(payload->xmm, hvp_file_place(vp, HV_REG_XMM0), sizeof(payload->xmm));
}

static void compose_deliverable(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_interruption_deliverable *payload = at;

	payload->type = exit->feature;
}

static void compose_sint(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_sint_deliverable *payload = at;

	payload->sints = exit->feature;
}

static void compose_sipi(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_sipi_intercept *payload = at;

	payload->target = exit->target_vp;
	payload->vector = exit->vector;
}

static void compose_eoi(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_apic_eoi *payload = at;

	payload->vp = vp->index;
	payload->vector = exit->vector;
}

static void compose_invalid_register(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_invalid_vp_register *payload = at;

	payload->vp = vp->index;
}

static void compose_unsupported(struct hvp_vp *vp, const struct hvp_exit *exit, void *at)
{
	struct hv_unsupported_feature *payload = at;

	payload->vp = vp->index;
	payload->feature = exit->feature;
	payload->parameter = exit->parameter;
}

/**
 * struct message_kind - The message for a kind of exit
 * @type: Message type
 * @size: Size of the payload
 * @header: The payload begins with an intercept header
 * @compose: Fill in the rest of the payload, which is zero; NULL if there is no rest
 */
struct message_kind {
	u32 type;
	u8 size;
	bool header;
	void (*compose)(struct hvp_vp *vp, const struct hvp_exit *exit, void *at);
};

static const struct message_kind kinds[] = {
	[HVP_EXIT_UNMAPPED_GPA] = { HV_MESSAGE_UNMAPPED_GPA,
		sizeof(struct hv_memory_intercept), true, compose_memory },
	[HVP_EXIT_GPA] = { HV_MESSAGE_GPA_INTERCEPT,
		sizeof(struct hv_memory_intercept), true, compose_memory },
	[HVP_EXIT_IO] = { HV_MESSAGE_X64_IO_PORT_INTERCEPT,
		sizeof(struct hv_io_port_intercept), true, compose_io },
	[HVP_EXIT_MSR] = { HV_MESSAGE_X64_MSR_INTERCEPT,
		sizeof(struct hv_msr_intercept), true, compose_msr },
	[HVP_EXIT_CPUID] = { HV_MESSAGE_X64_CPUID_INTERCEPT,
		sizeof(struct hv_cpuid_intercept), true, compose_cpuid },
	[HVP_EXIT_EXCEPTION] = { HV_MESSAGE_X64_EXCEPTION_INTERCEPT,
		sizeof(struct hv_exception_intercept), true, compose_exception },
	[HVP_EXIT_EXCEPTION_TRAP] = { HV_MESSAGE_X64_EXCEPTION_TRAP,
		sizeof(struct hv_exception_intercept), true, compose_exception },
	[HVP_EXIT_HALT] = { HV_MESSAGE_X64_HALT,
		sizeof(struct hv_intercept_header), true, NULL },
	[HVP_EXIT_TRIPLE_FAULT] = { HV_MESSAGE_UNRECOVERABLE_EXCEPTION,
		sizeof(struct hv_intercept_header), true, NULL },
	[HVP_EXIT_HYPERCALL] = { HV_MESSAGE_HYPERCALL_INTERCEPT,
		sizeof(struct hv_hypercall_intercept), true, compose_hypercall },
	[HVP_EXIT_DELIVERABLE] = { HV_MESSAGE_X64_INTERRUPTION_DELIVERABLE,
		sizeof(struct hv_interruption_deliverable), true, compose_deliverable },
	[HVP_EXIT_SINT_DELIVERABLE] = { HV_MESSAGE_SYNIC_SINT_DELIVERABLE,
		sizeof(struct hv_sint_deliverable), true, compose_sint },
	[HVP_EXIT_SIPI] = { HV_MESSAGE_X64_SIPI_INTERCEPT,
		sizeof(struct hv_sipi_intercept), true, compose_sipi },
	[HVP_EXIT_APIC_EOI] = { HV_MESSAGE_X64_APIC_EOI,
		sizeof(struct hv_apic_eoi), false, compose_eoi },
	[HVP_EXIT_INVALID_REGISTER] = { HV_MESSAGE_INVALID_VP_REGISTER_VALUE,
		sizeof(struct hv_invalid_vp_register), false, compose_invalid_register },
	[HVP_EXIT_UNSUPPORTED] = { HV_MESSAGE_UNSUPPORTED_FEATURE,
		sizeof(struct hv_unsupported_feature), false, compose_unsupported },
};
/* Payloads go into the message as they are */
static_assert(IS_ALIGNED(offsetof(struct hvp_hv_message, payload), sizeof(u64)));

/**
 * hvp_intercept_message - Compose the message for an exit
 * @vp: VP of a child; its registers are in its file
 * @exit: What it exited for
 * @message: Result; what it does not use is zero
 */
void hvp_intercept_message(struct hvp_vp *vp, const struct hvp_exit *exit,
			   struct hvp_hv_message *message)
{
	const struct message_kind *kind = &kinds[exit->kind];

	lockdep_assert_held(&vp->partition->op_lock);
	*message = (struct hvp_hv_message) {
		.type = kind->type,
		.size = kind->size,
		.sender = vp->partition->id,
	};
	if (kind->header)
		compose_header(vp, exit, (void *)message->payload);
	if (kind->compose)
		kind->compose(vp, exit, message->payload);
}
