// SPDX-License-Identifier: GPL-2.0
/* The rest of struct hvp_backend_ops: what one VP does to others. */
#include <linux/bitmap.h>
#include <linux/ktime.h>
#include <asm/apicdef.h>
#include <uapi/linux/hvpersona.h>

#include "binding.h"
#include "../hv_abi/msr.h"

/* Call @fn for each VP of a sparse set that has the VTL; indexes come from the guest */
static void visit_set(struct hvp_partition *pt, const struct hvp_vp_set *set, u8 vtl,
		      void (*fn)(struct kvm_vcpu *vcpu, void *data), void *data)
{
	u64 banks = set->valid_banks, bank;
	struct hvp_kvm_vp *kvp;
	struct hvp_vp *vp;
	u32 i, bit;

	for (i = 0; banks; i++, banks &= banks - 1) {
		for (bank = set->banks[i]; bank; bank &= bank - 1) {
			bit = __ffs64(banks) * 64 + __ffs64(bank);
			vp = hvp_vp_find(pt, bit);
			kvp = vp ? hvp_kvm_vtl(vp, vtl) : NULL;
			if (kvp)
				fn(kvp->vcpu, data);
		}
	}
}

static void add_to_mask(struct kvm_vcpu *vcpu, void *data)
{
	__set_bit(vcpu->vcpu_idx, data);
}

static void flush_self(struct kvm_vcpu *vcpu)
{
	/* With shadow paging more is to be done, and only KVM's request handler does it */
	if (!hvp_tdp) {
		kvm_make_request(KVM_REQ_TLB_FLUSH_GUEST, vcpu);
		return;
	}
	vcpu->stat.tlb_flush++;
	hvp_kvm_op(flush_tlb_guest)(vcpu);
}

/* Does the set name the caller and nobody else? */
static bool only_self(const struct hvp_vp *vp, const struct hvp_vp_set *set)
{
	return !set->all && set->valid_banks == BIT_ULL(vp->index / 64) &&
	       set->banks[0] == BIT_ULL(vp->index % 64);
}

/*
 * A flush request is served in the context that the target has loaded. SVM flushes
 * whenever a nested guest is entered or left, VMX does not: there all contexts are
 * flushed if any target runs a nested guest.
 */
static u32 flush_request(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	if (hvp_vmx)
		kvm_for_each_vcpu(i, vcpu, kvm)
			if (READ_ONCE(vcpu->arch.hflags) & HF_GUEST_MASK)
				return KVM_REQ_TLB_FLUSH;
	return KVM_REQ_TLB_FLUSH_GUEST;
}

static void flush_tlb(struct hvp_vp *vp, const struct hvp_vp_set *set)
{
	struct kvm_vcpu *vcpu = hvp_vcpu(vp);
	struct kvm *kvm = vcpu->kvm;
	DECLARE_BITMAP(mask, KVM_MAX_VCPUS);

	if (only_self(vp, set)) {
		flush_self(vcpu);
		return;
	}
	/* If a vCPU could not be given a VP, for want of memory, its index tells nothing */
	if (set->all || vp->partition->vp_count != atomic_read(&kvm->online_vcpus)) {
		hvp_kvm_call(kvm_make_all_cpus_request)(kvm, flush_request(kvm));
		return;
	}
	bitmap_zero(mask, KVM_MAX_VCPUS);
	visit_set(vp->partition, set, vp->vtl, add_to_mask, mask);
	hvp_kvm_call(kvm_make_vcpus_request_mask)(kvm, flush_request(kvm), mask);
}

static void set_irq(struct kvm_vcpu *vcpu, void *irq)
{
	/* Fails only if the APIC is disabled, where an interrupt is lost on hardware too */
	hvp_kvm_call(kvm_apic_set_irq)(vcpu, irq, NULL);
}

static void send_ipi(struct hvp_vp *vp, const struct hvp_vp_set *set, u8 vtl, u8 vector)
{
	struct kvm_lapic_irq irq = { .delivery_mode = APIC_DM_FIXED, .vector = vector };
	struct hvp_kvm_vp *kvp;
	unsigned long index;
	struct hvp_vp *target;

	if (!set->all) {
		visit_set(vp->partition, set, vtl, set_irq, &irq);
		return;
	}
	xa_for_each(&vp->partition->vps, index, target) {
		kvp = hvp_kvm_vtl(target, vtl);
		if (kvp)
			set_irq(kvp->vcpu, &irq);
	}
}

static void spin_wait(struct hvp_vp *vp)
{
	if (vp->partition->vp_count == 1)
		return;
	/* The caller is in kernel mode, so a VP preempted there may hold its lock */
	hvp_kvm_call(kvm_vcpu_on_spin)(hvp_vcpu(vp), true);
}

static struct kvm_vcpu *home_vcpu(const struct hvp_vp *vp)
{
	return hvp_kvm_home(vp)->vcpu;
}

static u32 vp_index(struct hvp_vp *vp)
{
	struct msr_data msr = { .index = HV_MSR_VP_INDEX, .host_initiated = true };
	struct kvm_vcpu *vcpu = home_vcpu(vp);

	return hvp_kvm_op(get_msr)(vcpu, &msr) ? vcpu->vcpu_idx : msr.data;
}

static noinline void read_apic(struct hvp_vp *vp, u8 vtl, struct hvp_apic *apic)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vtl(vp, vtl);
	struct kvm_lapic_state state;
	struct kvm_vcpu *vcpu;
	u64 base;

	*apic = (struct hvp_apic) {};
	if (!kvp)
		return;
	vcpu = kvp->vcpu;
	base = READ_ONCE(vcpu->arch.apic_base);
	*apic = (struct hvp_apic) {
		.enabled = base & MSR_IA32_APICBASE_ENABLE,
		.x2apic = base & X2APIC_ENABLE,
		.id = vcpu->vcpu_id,
		.ldr = vcpu->vcpu_id >> 4 << 16 | BIT(vcpu->vcpu_id & 0xf),
	};
	if (apic->x2apic)
		return;
	hvp_kvm_call(kvm_apic_get_state)(vcpu, &state);
	apic->ldr = *(u32 *)(state.regs + APIC_LDR);
	apic->flat = *(u32 *)(state.regs + APIC_DFR) >> 28 == 0xf;
	apic->id = *(u32 *)(state.regs + APIC_ID) >> 24;
}

static u32 vp_state(struct hvp_vp *vp)
{
	switch (READ_ONCE(hvp_kvm_active(vp)->vcpu->arch.mp_state)) {
	case KVM_MP_STATE_HALTED:
	case KVM_MP_STATE_AP_RESET_HOLD:
		return HVPERSONA_VP_HALTED;
	case KVM_MP_STATE_UNINITIALIZED:
	case KVM_MP_STATE_INIT_RECEIVED:
	case KVM_MP_STATE_SIPI_RECEIVED:
		return HVPERSONA_VP_WAIT_SIPI;
	case KVM_MP_STATE_STOPPED:
		return HVPERSONA_VP_STOPPED;
	default:
		return HVPERSONA_VP_RUNNABLE;
	}
}

static struct pid *vp_tid(struct hvp_vp *vp)
{
	return hvp_vcpu_pid(home_vcpu(vp));
}

static u64 guest_os_id(struct hvp_vp *vp)
{
	return READ_ONCE(home_vcpu(vp)->kvm->arch.hyperv.hv_guest_os_id);
}

static u64 time_ns(void)
{
	return ktime_get_mono_fast_ns();
}

/* It sleeps when it is about to enter the guest, behind the instruction that called */
static void halt_vp(struct hvp_vp *vp)
{
	struct kvm_vcpu *vcpu = hvp_vcpu(vp);

	/* Nothing would wake it but an NMI */
	if (hvp_kvm_call(kvm_get_rflags)(vcpu) & X86_EFLAGS_IF)
		hvp_kvm_call(kvm_emulate_halt_noskip)(vcpu);
}

/*
 * What is cached of a nested guest's translations is in TLBs and in KVM's shadow of the page
 * tables that the guest keeps for it. SVM looks through the shadow whenever a nested guest is
 * entered, VMX only if told: there the shadow goes.
 */
static void flush_nested(struct hvp_vp *vp)
{
	struct kvm *kvm = hvp_vcpu(vp)->kvm;

	if (hvp_vmx && READ_ONCE(kvm->arch.indirect_shadow_pages))
		hvp_kvm_call(kvm_zap_gfn_range)(kvm, 0, BIT_ULL(52 - PAGE_SHIFT));
	hvp_kvm_call(kvm_make_all_cpus_request)(kvm, KVM_REQ_MMU_SYNC);
	hvp_kvm_call(kvm_make_all_cpus_request)(kvm, KVM_REQ_TLB_FLUSH);
}

/* KVM keeps these in memory, so any thread may ask. The guest's rules hold for what it writes */
static int mce_msr(struct hvp_vp *vp, u32 index, u64 *value, bool write)
{
	struct msr_data msr = { .index = index, .data = *value };
	int err;

	if (write)
		return hvp_kvm_op(set_msr)(home_vcpu(vp), &msr);
	err = hvp_kvm_op(get_msr)(home_vcpu(vp), &msr);
	*value = msr.data;
	return err;
}

/* RIP stays: were the VMM to go on nevertheless, the guest would call again */
static void power_off(struct hvp_vp *vp)
{
	struct hvp_kvm_vp *kvp = vp->backend;

	kvp->power_off = true;
	vp->rip_set = true;
}

const struct hvp_backend_ops hvp_kvm_ops = {
	.read_gpa = hvp_kvm_read_gpa,
	.write_gpa = hvp_kvm_write_gpa,
	.cmpxchg_gpa = hvp_kvm_cmpxchg_gpa,
	.gpa_access = hvp_kvm_gpa_access,
	.read_xmm = hvp_kvm_read_xmm,
	.write_xmm = hvp_kvm_write_xmm,
	.paging = hvp_kvm_paging,
	.get_reg = hvp_kvm_get_reg,
	.set_reg = hvp_kvm_set_reg,
	.flush_tlb = flush_tlb,
	.send_ipi = send_ipi,
	.spin_wait = spin_wait,
	.start_vp = hvp_kvm_start_vp,
	.vp_index = vp_index,
	.apic = read_apic,
	.vp_state = vp_state,
	.vp_tid = vp_tid,
	.guest_os_id = guest_os_id,
	.time_ns = time_ns,
	.halt = halt_vp,
	.flush_nested = flush_nested,
	.space_is_ram = hvp_kvm_space_is_ram,
	.space_changed = hvp_kvm_space_changed,
	.accept_irq = hvp_kvm_accept_irq,
	.priority = hvp_kvm_priority,
	.sint = hvp_kvm_sint,
	.sint_irq = hvp_kvm_sint_irq,
	.synic_kick = hvp_kvm_synic_kick,
	.sirbp = hvp_kvm_sirbp,
	.run_time = hvp_kvm_run_time,
	.space_pages = hvp_kvm_space_pages,
	.write_own_page = hvp_kvm_write_own_page,
	.mce_msr = mce_msr,
	.power_off = power_off,
	.redirect = hvp_kvm_redirect,
	.vtl_space_changed = hvp_kvm_vtl_space_changed,
	.write_assist = hvp_kvm_write_assist,
	.write_vtl_gpa = hvp_kvm_write_vtl_gpa,
	.watchable_bits = hvp_kvm_watchable_bits,
	.watch_msrs = hvp_kvm_watch_msrs,
	.make_vtl = hvp_kvm_make_vtl,
	.reset_vtl = hvp_kvm_reset_vtl,
	.enable_vp_vtl = hvp_kvm_enable_vp_vtl,
	.disable_vp_vtl = hvp_kvm_disable_vp_vtl,
	.switch_vtl = hvp_kvm_switch_vtl,
	.return_vtl = hvp_kvm_return_vtl,
	.get_vtl_reg = hvp_kvm_get_vtl_reg,
	.set_vtl_reg = hvp_kvm_set_vtl_reg,
	.vtl_paging = hvp_kvm_vtl_paging,
	.inject = hvp_kvm_inject,
};
