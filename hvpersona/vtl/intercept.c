// SPDX-License-Identifier: GPL-2.0
/*
 * Intercepts that go from a VTL to a higher one of the same VP: TLFS, "Secure Intercepts".
 *
 * The higher VTL is entered, and finds the message in its VP assist page if it has asked for that
 * in VsmPartitionConfig, otherwise in the slot of SINT0. The instruction has not been executed.
 */
#include <linux/bitfield.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "../core.h"
#include "../hv_abi/registers.h"
#include "../hv_abi/synic.h"
#include "../hv_abi/translate.h"
#include "../hv_abi/vtl.h"
#include "../reg_checks.h"
#include "../registers.h"
#include "../synic/message.h"
#include "../walk.h"
#include "intercept.h"
#include "register_page.h"

static void get(struct hvp_vp *vp, u32 name, union hvp_register_value *value)
{
	struct hvp_reg reg;

	memset(value, 0, sizeof(*value));
	if (hvp_reg_lookup(name, &reg))
		vp->ops->get_reg(vp, &reg, value);
}

static u64 get64(struct hvp_vp *vp, u32 name)
{
	union hvp_register_value value;

	get(vp, name, &value);
	return value.low;
}

static u16 execution_state(struct hvp_vp *vp, u8 cpl)
{
	u64 cr0 = get64(vp, HV_REG_CR0);
	u16 state = FIELD_PREP(HV_STATE_CPL, cpl) | FIELD_PREP(HV_STATE_VTL, vp->vtl);

	if (cr0 & X86_CR0_PE)
		state |= HV_STATE_CR0_PE;
	if (cr0 & X86_CR0_AM)
		state |= HV_STATE_CR0_AM;
	if (get64(vp, HV_REG_EFER) & HVP_EFER_LMA)
		state |= HV_STATE_EFER_LMA;
	/* Breakpoints 0 to 3, locally or globally */
	if (get64(vp, HV_REG_DR7) & GENMASK(7, 0))
		state |= HV_STATE_DEBUG_ACTIVE;
	if (get64(vp, HV_REG_INTERRUPT_STATE) & HV_INTERRUPT_SHADOW)
		state |= HV_STATE_INTERRUPT_SHADOW;
	return state;
}

static void compose_header(struct hvp_vp *vp, const struct hvp_paging *paging, u8 access,
			   struct hv_intercept_header *header)
{
	union hvp_register_value cs;

	get(vp, HV_REG_CS, &cs);
	header->vp = vp->index;
	header->access = access;
	header->state = execution_state(vp, paging->cpl);
	header->cs = cs.segment;
	header->rip = get64(vp, HV_REG_RIP);
	header->rflags = get64(vp, HV_REG_RFLAGS);
}

/* The instruction as far as it can be read. Return: the number of bytes */
static u8 fetch(struct hvp_vp *vp, const struct hvp_paging *paging, u64 linear, u8 *bytes, u8 size)
{
	struct hvp_walk walk = { .paging = *paging, .flags = HV_TRANSLATE_VALIDATE_EXECUTE };
	u8 done, now;

	for (done = 0; done < size; done += now) {
		walk.gva = (linear + done) & PAGE_MASK;
		now = min_t(u32, size - done, PAGE_SIZE - offset_in_page(linear + done));
		hvp_walk(vp, &walk);
		if (walk.result != HV_TRANSLATE_SUCCESS ||
		    vp->ops->read_gpa(vp, walk.gpa + offset_in_page(linear + done), bytes + done,
				      now))
			break;
	}
	return done;
}

/* Code segments of 64-bit code have no base */
static u64 linear_rip(const struct hvp_paging *paging, const struct hv_intercept_header *header)
{
	if ((paging->efer & HVP_EFER_LMA) && (header->cs.attributes & HVP_SEGMENT_L))
		return header->rip;
	return (u32)(header->rip + header->cs.base);
}

/*
 * Length of an instruction of two bytes, 0x0f and @opcode, with its prefixes, which change nothing; 0
 * if that is not what stands there
 */
static u8 insn_length(struct hvp_vp *vp, const struct hvp_paging *paging,
		      const struct hv_intercept_header *header, u8 opcode)
{
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3 };
	u8 bytes[16], count, i;

	count = fetch(vp, paging, linear_rip(paging, header), bytes, sizeof(bytes));
	for (i = 0; i + 1 < count; i++) {
		if (bytes[i] == 0x0f)
			return bytes[i + 1] == opcode ? i + 2 : 0;
		/* REX */
		if (bytes[i] >> 4 != 4 && !memchr(prefixes, bytes[i], sizeof(prefixes)))
			return 0;
	}
	return 0;
}

/*
 * The header of a message about an instruction; if that is one of two bytes, 0x0f and @opcode, with its
 * length
 */
static void begin(struct hvp_vp *vp, u8 access, u8 opcode, struct hv_intercept_header *header)
{
	struct hvp_paging paging;

	vp->ops->paging(vp, &paging);
	compose_header(vp, &paging, access, header);
	if (opcode)
		header->length_cr8 = FIELD_PREP(HV_HEADER_LENGTH,
						insn_length(vp, &paging, header, opcode));
}

static void deliver(struct hvp_vp *vp, u8 vtl, struct hvp_hv_message *message)
{
	u32 reason = HV_VTL_ENTRY_INTERRUPT;

	hvp_register_page_show(vp, vtl);
	if (READ_ONCE(vp->partition->vtls.config[vtl]) & HV_VSM_USE_INTERCEPT_PAGE) {
		vp->ops->write_assist(vp, vtl, HV_ASSIST_INTERCEPT_MESSAGE, message,
				      sizeof(*message));
		reason = HV_VTL_ENTRY_INTERCEPT;
	} else {
		/* Without a SynIC that takes it there is no message, but the VTL is entered */
		hvp_synic_post_direct(vp->synic[vtl], 0, message);
	}
	vp->ops->switch_vtl(vp, vtl, reason);
}

/**
 * hvp_vtl_memory_intercept - A VTL has accessed a page that a higher one protects
 * @vp: The VP, in its exit
 * @vtl: The higher VTL, which the VP has
 * @access: What it did
 *
 * The higher VTL is active on return.
 */
void hvp_vtl_memory_intercept(struct hvp_vp *vp, u8 vtl, const struct hvp_vtl_access *access)
{
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_GPA_INTERCEPT,
		.size = sizeof(struct hv_memory_intercept),
	};
	struct hv_memory_intercept *payload = (void *)message.payload;
	struct hvp_paging paging;
	u64 linear;

	vp->ops->paging(vp, &paging);
	compose_header(vp, &paging, access->type, &payload->header);
	linear = linear_rip(&paging, &payload->header);
	payload->cache_type = HV_CACHE_TYPE_WRITE_BACK;
	payload->byte_count = fetch(vp, &paging, linear, payload->bytes, sizeof(payload->bytes));
	payload->tpr = get64(vp, HV_REG_CR8);
	payload->gpa = access->gpa;
	if (access->type == HV_ACCESS_EXECUTE || access->gva_valid) {
		payload->info = HV_MEMORY_ACCESS_GVA_VALID | HV_MEMORY_ACCESS_GVA_GPA_VALID;
		payload->gva = access->gva_valid ? access->gva : linear;
	}
	deliver(vp, vtl, &message);
}

/**
 * hvp_vtl_intercepting - Which higher VTL wants to be told of something that a VP does?
 * @vp: The VP
 * @what: HV_VSM_INTERCEPT_*
 *
 * Return: the lowest that the VP has, 0 if none.
 */
u8 hvp_vtl_intercepting(const struct hvp_vp *vp, u64 what)
{
	u32 vtl, enabled = hvp_vtls_of_vp(vp);

	for (vtl = vp->vtl + 1; vtl <= HVP_MAX_VTL; vtl++)
		if ((enabled & BIT(vtl)) && (READ_ONCE(vp->partition->vtls.config[vtl]) & what))
			return vtl;
	return 0;
}

/**
 * hvp_vtl_cpuid_intercept - A VTL has asked CPUID for a leaf that there is not
 * @vp: The VP, in its exit
 * @vtl: The higher VTL that intercepts that, and that the VP has
 * @result: What it would be answered: EAX, EBX, ECX, EDX
 *
 * The higher VTL is active on return.
 */
void hvp_vtl_cpuid_intercept(struct hvp_vp *vp, u8 vtl, const u32 result[4])
{
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_X64_CPUID_INTERCEPT,
		.size = sizeof(struct hv_cpuid_intercept),
	};
	struct hv_cpuid_intercept *payload = (void *)message.payload;

	begin(vp, HV_ACCESS_EXECUTE, 0xa2, &payload->header);
	payload->rax = get64(vp, HV_REG_RAX);
	payload->rcx = get64(vp, HV_REG_RAX + 1);
	payload->rdx = get64(vp, HV_REG_RAX + 2);
	payload->rbx = get64(vp, HV_REG_RAX + 3);
	payload->default_rax = result[0];
	payload->default_rbx = result[1];
	payload->default_rcx = result[2];
	payload->default_rdx = result[3];
	deliver(vp, vtl, &message);
}

/**
 * hvp_vtl_sipi_intercept - A VTL has sent a SIPI that has started nothing
 * @vp: The VP, in its exit
 * @vtl: The higher VTL that intercepts that, and that the VP has
 * @target: Index of the VP that it was for
 * @vector: Its vector
 *
 * TLFS, "InterceptVpStartup". The instruction has been executed. The higher VTL is active on return.
 */
void hvp_vtl_sipi_intercept(struct hvp_vp *vp, u8 vtl, u32 target, u8 vector)
{
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_X64_SIPI_INTERCEPT,
		.size = sizeof(struct hv_sipi_intercept),
	};
	struct hv_sipi_intercept *payload = (void *)message.payload;

	begin(vp, HV_ACCESS_WRITE, 0, &payload->header);
	payload->target = target;
	payload->vector = vector;
	deliver(vp, vtl, &message);
}

/**
 * hvp_vtl_msr_intercept - A VTL accesses an MSR
 * @vp: The VP, in its exit
 * @vtl: The higher VTL that intercepts that, and that the VP has
 * @msr: The MSR
 * @write: Whether it is WRMSR
 *
 * The higher VTL is active on return.
 */
void hvp_vtl_msr_intercept(struct hvp_vp *vp, u8 vtl, u32 msr, bool write)
{
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_X64_MSR_INTERCEPT,
		.size = sizeof(struct hv_msr_intercept),
	};
	struct hv_msr_intercept *payload = (void *)message.payload;

	if (write)
		begin(vp, HV_ACCESS_WRITE, 0x30, &payload->header);
	else
		begin(vp, HV_ACCESS_READ, 0x32, &payload->header);
	payload->msr = msr;
	payload->rdx = get64(vp, HV_REG_RAX + 2);
	payload->rax = get64(vp, HV_REG_RAX);
	deliver(vp, vtl, &message);
}

/**
 * hvp_vtl_register_intercept - A VTL writes a control register
 * @vp: The VP, in its exit; the register is as it was
 * @vtl: The higher VTL that intercepts that, and that the VP has
 * @name: The register
 * @value: What would be written to it
 * @length: Of the instruction, 0 if unknown
 *
 * The higher VTL is active on return.
 */
void hvp_vtl_register_intercept(struct hvp_vp *vp, u8 vtl, u32 name, u64 value, u8 length)
{
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_X64_REGISTER_INTERCEPT,
		.size = sizeof(struct hv_register_intercept),
	};
	struct hv_register_intercept *payload = (void *)message.payload;

	begin(vp, HV_ACCESS_WRITE, 0, &payload->header);
	payload->header.length_cr8 = FIELD_PREP(HV_HEADER_LENGTH, length);
	payload->name = name;
	payload->access.low = value;
	deliver(vp, vtl, &message);
}
