// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the vCPU that is in its exit hook: loaded, its FPU state in the processor.
 */
#include <linux/bitfield.h>
#include <asm/apicdef.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/msr-index.h>

#include "binding.h"
#include "../hv_abi/msr.h"
#include "../registers.h"

/* In the order of HV_X64_REGISTER ES to TR */
static const u8 segments[] = {
	VCPU_SREG_ES, VCPU_SREG_CS, VCPU_SREG_SS, VCPU_SREG_DS, VCPU_SREG_FS, VCPU_SREG_GS,
	VCPU_SREG_LDTR, VCPU_SREG_TR,
};

/* Have KVM fetch a register from the VMCS or VMCB that it has not fetched yet */
static void cache_reg(struct kvm_vcpu *vcpu, enum kvm_reg reg)
{
	if (!test_bit(reg, hvp_avail(vcpu)))
		hvp_kvm_op(cache_reg)(vcpu, reg);
}

static void mark_dirty(struct kvm_vcpu *vcpu, enum kvm_reg reg)
{
	__set_bit(reg, hvp_avail(vcpu));
	__set_bit(reg, hvp_dirty(vcpu));
}

unsigned long hvp_kvm_rip(struct kvm_vcpu *vcpu)
{
	cache_reg(vcpu, HVP_RIP);
	return hvp_arch_rip(vcpu);
}

void hvp_kvm_set_rsp(struct kvm_vcpu *vcpu, unsigned long rsp)
{
	vcpu->arch.regs[VCPU_REGS_RSP] = rsp;
	mark_dirty(vcpu, VCPU_REGS_RSP);
}

void hvp_kvm_set_rip(struct kvm_vcpu *vcpu, unsigned long rip)
{
	hvp_arch_rip(vcpu) = rip;
	mark_dirty(vcpu, HVP_RIP);
}

u64 hvp_kvm_read_cr(struct hvp_kvm_vp *kvp, u32 cr)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	switch (cr) {
	case 0:
		hvp_kvm_bookkeeping(kvp);
		cache_reg(vcpu, HVP_CR0);
		return vcpu->arch.cr0;
	case 2:
		return vcpu->arch.cr2;
	case 3:
		hvp_kvm_bookkeeping(kvp);
		cache_reg(vcpu, HVP_CR3);
		return vcpu->arch.cr3;
	case 4:
		cache_reg(vcpu, HVP_CR4);
		return vcpu->arch.cr4;
	default:
		return hvp_kvm_call(kvm_get_cr8)(vcpu);
	}
}

static int write_cr(struct hvp_kvm_vp *kvp, u32 cr, u64 value)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	/* KVM compares with what there was */
	hvp_kvm_bookkeeping(kvp);
	switch (cr) {
	case 0:
		return hvp_kvm_call(kvm_set_cr0)(vcpu, value);
	case 2:
		vcpu->arch.cr2 = value;
		return 0;
	case 3:
		return hvp_kvm_call(kvm_set_cr3)(vcpu, value);
	case 4:
		return hvp_kvm_call(kvm_set_cr4)(vcpu, value);
	default:
		return hvp_kvm_call(kvm_set_cr8)(vcpu, value);
	}
}

/* KVM leaves it to its callers to see whether there is an IA32_TSC_AUX */
static bool has_tsc_aux(struct hvp_vp *vp)
{
	u32 regs[4];

	if (!boot_cpu_has(X86_FEATURE_RDTSCP))
		return false;
	if (hvp_cpuid_lookup(vp, 0x80000001, 0, regs) && (regs[3] & BIT(27)))
		return true;
	return hvp_cpuid_lookup(vp, 7, 0, regs) && (regs[2] & BIT(22));
}

int hvp_kvm_read_msr(struct hvp_kvm_vp *kvp, u32 index, u64 *value)
{
	struct msr_data msr = { .index = index };
	struct kvm_vcpu *vcpu = kvp->vcpu;
	struct hvp_kvm *hk;
	int err;

	if (index == MSR_TSC_AUX && !has_tsc_aux(kvp->vp))
		return 1;
	err = hvp_kvm_op(get_msr)(vcpu, &msr);
	*value = msr.data;
	/* Gone while the VM is being let go, which waits for us */
	hk = READ_ONCE(kvp->vp->partition->backend);
	if (!err && !msr.data && hk && kvp->home == kvp)
		*value = hvp_kvm_unnamed_page(hk, kvp, index);
	return err;
}

/*
 * A write as WRMSR makes it. KVM checks some MSRs before it calls the op that is called
 * here, and those checks are made again: a non-canonical address would fail VM entry.
 */
int hvp_kvm_write_msr(struct hvp_kvm_vp *kvp, u32 index, u64 value)
{
	struct msr_data msr = { .index = index, .data = value };
	struct kvm_vcpu *vcpu = kvp->vcpu;
	int err;

	switch (index) {
	case MSR_KERNEL_GS_BASE:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_IA32_SYSENTER_EIP:
	case MSR_IA32_SYSENTER_ESP:
		if (!hvp_canonical(hvp_kvm_read_cr(kvp, 4), value))
			return 1;
		break;
	case MSR_TSC_AUX:
		if (value >> 32 || !has_tsc_aux(kvp->vp))
			return 1;
		break;
	}
	err = hvp_kvm_op(set_msr)(vcpu, &msr);
	if (!err && index == HV_MSR_HYPERCALL)
		hvp_kvm_write_vtl_code(kvp);
	return err;
}

static void read_segment(struct kvm_vcpu *vcpu, u32 index, struct hv_segment *out)
{
	struct kvm_segment seg;

	hvp_kvm_op(get_segment)(vcpu, &seg, segments[index]);
	out->base = seg.base;
	out->limit = seg.limit;
	out->selector = seg.selector;
	out->attributes = seg.type | seg.s << 4 | seg.dpl << 5 | seg.present << 7 |
			  seg.avl << 12 | seg.l << 13 | seg.db << 14 | seg.g << 15;
	if (seg.unusable)
		out->attributes &= ~BIT(7);
}

/* The active VTL has made a call, so it is at CPL 0; another one may be anywhere */
static int write_segment(struct hvp_kvm_vp *kvp, u32 index, const struct hv_segment *in)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	struct kvm_segment seg;

	if (kvp == kvp->vp->backend &&
	    !hvp_segment_valid_at_cpl0(index, in, vcpu->arch.efer, hvp_kvm_read_cr(kvp, 4)))
		return 1;
	hvp_to_kvm_segment(&seg, in);
	hvp_kvm_op(set_segment)(vcpu, &seg, segments[index]);
	return 0;
}

static void read_table(struct kvm_vcpu *vcpu, u32 index, struct hv_table *out)
{
	struct desc_ptr table = {};

	if (index)
		hvp_kvm_op(get_gdt)(vcpu, &table);
	else
		hvp_kvm_op(get_idt)(vcpu, &table);
	out->limit = table.size;
	out->base = table.address;
}

static int write_table(struct hvp_kvm_vp *kvp, u32 index, const struct hv_table *in)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	struct desc_ptr table = { .size = in->limit, .address = in->base };

	if (!hvp_canonical(hvp_kvm_read_cr(kvp, 4), in->base))
		return 1;
	if (index)
		hvp_kvm_op(set_gdt)(vcpu, &table);
	else
		hvp_kvm_op(set_idt)(vcpu, &table);
	return 0;
}

/* Between these two the guest's FPU state is in the processor's registers */
static void fpu_get(void)
{
	fpregs_lock();
	if (test_thread_flag(TIF_NEED_FPU_LOAD))
		hvp_kvm_call(switch_fpu_return)();
}

static void fpu_put(void)
{
	fpregs_unlock();
}

static void fxsave(struct fxregs_state *fx)
{
	asm volatile("fxsave64 %0" : "=m" (*fx));
}

static void read_fx(struct fxregs_state *fx)
{
	fpu_get();
	fxsave(fx);
	fpu_put();
}

#define HVP_XMM(n) \
	case n: \
		if (write) \
			asm volatile("movdqu %0, %%xmm" #n : : "m" (*(const u8 (*)[16])value)); \
		else \
			asm volatile("movdqu %%xmm" #n ", %0" : "=m" (*(u8 (*)[16])value)); \
		break

static void move_xmm(u32 n, u64 *value, bool write)
{
	switch (n) {
	HVP_XMM(0);
	HVP_XMM(1);
	HVP_XMM(2);
	HVP_XMM(3);
	HVP_XMM(4);
	HVP_XMM(5);
	HVP_XMM(6);
	HVP_XMM(7);
	HVP_XMM(8);
	HVP_XMM(9);
	HVP_XMM(10);
	HVP_XMM(11);
	HVP_XMM(12);
	HVP_XMM(13);
	HVP_XMM(14);
	HVP_XMM(15);
	}
}

void hvp_kvm_read_xmm(struct hvp_vp *vp, u32 first, u32 count, u64 *values)
{
	fpu_get();
	for (; count--; first++, values += 2)
		move_xmm(first, values, false);
	fpu_put();
}

void hvp_kvm_write_xmm(struct hvp_vp *vp, u32 first, u32 count, const u64 *values)
{
	fpu_get();
	for (; count--; first++, values += 2)
		move_xmm(first, (u64 *)values, true);
	fpu_put();
}

static noinline void read_fpu_reg(const struct hvp_reg *reg, union hvp_register_value *value)
{
	struct fxregs_state fx __aligned(16) = {};

	read_fx(&fx);
	switch (reg->kind) {
	case HVP_REG_FPMMX:
		memcpy(value->bytes, (u8 *)fx.st_space + 16 * reg->arg, 10);
		break;
	case HVP_REG_FP_CONTROL:
		/* Control, status, tag, opcode, instruction pointer: as FXSAVE stores them */
		memcpy(value->bytes, &fx, 16);
		value->bytes[5] = 0;
		break;
	default:
		/* Data pointer, MXCSR, MXCSR mask: likewise */
		memcpy(value->bytes, (u8 *)&fx + 16, 16);
	}
}

static noinline int write_fpu_reg(const struct hvp_reg *reg, const union hvp_register_value *value)
{
	struct fxregs_state fx __aligned(16) = {};
	int err = 0;

	fpu_get();
	fxsave(&fx);
	switch (reg->kind) {
	case HVP_REG_FPMMX:
		memcpy((u8 *)fx.st_space + 16 * reg->arg, value->bytes, 10);
		break;
	case HVP_REG_FP_CONTROL:
		memcpy(&fx, value->bytes, 16);
		((u8 *)&fx)[5] = 0;
		break;
	default:
		/* The mask is the processor's; FXRSTOR faults on reserved bits of MXCSR */
		if (value->reg32[2] & ~(fx.mxcsr_mask ? fx.mxcsr_mask : 0xffbf)) {
			err = 1;
			break;
		}
		memcpy((u8 *)&fx + 16, value->bytes, 12);
	}
	if (!err)
		asm volatile("fxrstor64 %0" : : "m" (fx));
	fpu_put();
	return err;
}

static noinline void read_apic_reg(struct kvm_vcpu *vcpu, u32 offset, u64 *value)
{
	struct kvm_lapic_state state;

	hvp_kvm_call(kvm_apic_get_state)(vcpu, &state);
	*value = *(u32 *)(state.regs + (offset & (KVM_APIC_REG_SIZE - 4)));
	if (offset == APIC_ICR)
		*value |= (u64)*(u32 *)(state.regs + APIC_ICR2) << 32;
}

static u64 read_dr(struct kvm_vcpu *vcpu, u32 dr)
{
	switch (dr) {
	case 6:
		return vcpu->arch.dr6;
	case 7:
		return vcpu->arch.dr7;
	default:
		return vcpu->arch.db[array_index_nospec(dr, ARRAY_SIZE(vcpu->arch.db))];
	}
}

/**
 * hvp_kvm_read_reg - Read a register of a VTL
 * @kvp: VTL of a VP, its vCPU loaded; if it is not the active one, not for shared registers
 * @reg: Register
 * @value: Result
 *
 * Return: SUCCESS; INVALID_PARAMETER if this processor or KVM does not have it.
 */
enum hv_status hvp_kvm_read_reg(struct hvp_kvm_vp *kvp, const struct hvp_reg *reg,
				union hvp_register_value *value)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	int err = 0;

	switch (reg->kind) {
	case HVP_REG_GPR:
		if (reg->arg == VCPU_REGS_RSP)
			cache_reg(vcpu, VCPU_REGS_RSP);
		value->low = vcpu->arch.regs[reg->arg];
		break;
	case HVP_REG_RIP:
		value->low = hvp_kvm_rip(vcpu);
		break;
	case HVP_REG_RFLAGS:
		value->low = hvp_kvm_call(kvm_get_rflags)(vcpu);
		break;
	case HVP_REG_CR:
		value->low = hvp_kvm_read_cr(kvp, reg->arg);
		break;
	case HVP_REG_XFEM:
		value->low = vcpu->arch.xcr0;
		break;
	case HVP_REG_DR:
		value->low = read_dr(vcpu, reg->arg);
		break;
	case HVP_REG_SEGMENT:
		read_segment(vcpu, reg->arg, &value->segment);
		break;
	case HVP_REG_TABLE:
		read_table(vcpu, reg->arg, &value->table);
		break;
	case HVP_REG_MSR:
		err = hvp_kvm_read_msr(kvp, reg->arg, &value->low);
		break;
	case HVP_REG_XMM:
		hvp_kvm_read_xmm(kvp->vp, reg->arg, 1, &value->low);
		break;
	case HVP_REG_FPMMX:
	case HVP_REG_FP_CONTROL:
	case HVP_REG_XMM_CONTROL:
		read_fpu_reg(reg, value);
		break;
	case HVP_REG_APIC:
		if (reg->arg == APIC_ID)
			value->low = vcpu->vcpu_id;
		else
			read_apic_reg(vcpu, reg->arg, &value->low);
		break;
	case HVP_REG_INTERRUPT_STATE:
		value->low = (hvp_kvm_op(get_interrupt_shadow)(vcpu) ? BIT(0) : 0) |
			     (hvp_kvm_op(get_nmi_mask)(vcpu) ? BIT(1) : 0);
		break;
	default:
		err = 1;
	}
	/* The register exists, but this processor or KVM does not have it */
	return err ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
}

enum hv_status hvp_kvm_get_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			       union hvp_register_value *value)
{
	return hvp_kvm_read_reg(vp->backend, reg, value);
}

/**
 * hvp_kvm_write_reg - Write a register of a VTL
 * @kvp: As for hvp_kvm_read_reg()
 * @reg: Register
 * @value: Value, from a guest
 *
 * Return: SUCCESS; INVALID_REGISTER_VALUE.
 */
enum hv_status hvp_kvm_write_reg(struct hvp_kvm_vp *kvp, const struct hvp_reg *reg,
				 const union hvp_register_value *value)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u64 low = value->low;
	int err = 0;

	switch (reg->kind) {
	case HVP_REG_GPR:
		vcpu->arch.regs[reg->arg] = low;
		if (reg->arg == VCPU_REGS_RSP)
			mark_dirty(vcpu, VCPU_REGS_RSP);
		break;
	case HVP_REG_RIP:
		err = !hvp_canonical(hvp_kvm_read_cr(kvp, 4), low);
		if (!err)
			hvp_kvm_set_rip(vcpu, low);
		break;
	case HVP_REG_RFLAGS:
		err = (low & ~(u64)HVP_RFLAGS) != 0;
		if (!err)
			hvp_kvm_call(kvm_set_rflags)(vcpu, low | X86_EFLAGS_FIXED);
		break;
	case HVP_REG_CR:
		err = write_cr(kvp, reg->arg, low);
		break;
	case HVP_REG_XFEM:
		err = hvp_kvm_call(__kvm_set_xcr)(vcpu, 0 /* XCR0 */, low);
		break;
	case HVP_REG_DR:
		err = hvp_kvm_call(kvm_set_dr)(vcpu, reg->arg, low);
		break;
	case HVP_REG_SEGMENT:
		hvp_kvm_bookkeeping(kvp);
		err = write_segment(kvp, reg->arg, &value->segment);
		break;
	case HVP_REG_TABLE:
		err = write_table(kvp, reg->arg, &value->table);
		break;
	case HVP_REG_MSR:
		hvp_kvm_bookkeeping(kvp);
		err = hvp_kvm_write_msr(kvp, reg->arg, low);
		break;
	case HVP_REG_XMM:
		hvp_kvm_write_xmm(kvp->vp, reg->arg, 1, &value->low);
		break;
	case HVP_REG_FPMMX:
	case HVP_REG_FP_CONTROL:
	case HVP_REG_XMM_CONTROL:
		err = write_fpu_reg(reg, value);
		break;
	case HVP_REG_APIC:
		err = (low >> 32 && reg->arg != APIC_ICR) ||
		      hvp_kvm_call(kvm_hv_vapic_msr_write)(vcpu, reg->arg, low);
		break;
	case HVP_REG_INTERRUPT_STATE:
		if (low & ~GENMASK_ULL(1, 0)) {
			err = 1;
			break;
		}
		/* An interrupt shadow ends with the instruction that makes this call */
		hvp_kvm_op(set_nmi_mask)(vcpu, low & BIT(1));
		kvm_make_request(KVM_REQ_EVENT, vcpu);
		break;
	default:
		err = 1;
	}
	return err ? HV_STATUS_INVALID_REGISTER_VALUE : HV_STATUS_SUCCESS;
}

enum hv_status hvp_kvm_set_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			       const union hvp_register_value *value)
{
	return hvp_kvm_write_reg(vp->backend, reg, value);
}

/**
 * hvp_kvm_read_paging - As struct hvp_backend_ops.paging, of any VTL
 * @kvp: VTL of a VP, its vCPU loaded
 * @paging: Result
 */
void hvp_kvm_read_paging(struct hvp_kvm_vp *kvp, struct hvp_paging *paging)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	struct hvp_vp *vp = kvp->vp;
	u32 regs[4];

	paging->cr0 = hvp_kvm_read_cr(kvp, 0);
	paging->cr3 = hvp_kvm_read_cr(kvp, 3);
	paging->cr4 = hvp_kvm_read_cr(kvp, 4);
	paging->efer = vcpu->arch.efer;
	paging->rflags = hvp_kvm_call(kvm_get_rflags)(vcpu);
	paging->pat = vcpu->arch.pat;
	paging->cpl = hvp_kvm_op(get_cpl)(vcpu);
	paging->pa_bits = vp->pa_bits;
	hvp_cpuid_lookup(vp, 0x80000001, 0, regs);
	paging->gbpages = regs[3] & BIT(26);
	/* With nested paging the processor reads the PDPTEs from memory as well */
	if (!(paging->efer & EFER_LMA) && (paging->cr4 & X86_CR4_PAE) &&
	    hvp_kvm_read_gpa(vp, paging->cr3 & GENMASK_ULL(31, 5), paging->pdptrs,
			     sizeof(paging->pdptrs)))
		memset(paging->pdptrs, 0, sizeof(paging->pdptrs));
}

void hvp_kvm_paging(struct hvp_vp *vp, struct hvp_paging *paging)
{
	hvp_kvm_read_paging(vp->backend, paging);
}
