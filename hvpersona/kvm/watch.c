// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to registers that a higher VTL intercepts.
 *
 * A write to a control register leaves the guest, but for bits that KVM lets it change by itself. KVM
 * makes it, so that all that is wrong with it is the guest's to know, and if the higher VTL wants to be
 * told it is taken back. MSRs that KVM leaves to the guest are taken from it as by a filter that a VMM
 * can set, besides which this stands; what nobody intercepts is made here then, for KVM would refuse it.
 */
#include <linux/cleanup.h>
#include <linux/ftrace.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <asm/msr-index.h>

#include "binding.h"
#include "../hv_abi/registers.h"
#include "../vtl/intercept.h"
#include "../vtl/register_intercept.h"

/* For struct hvp_kvm.filtered of all VMs; no other lock is taken for it */
static DEFINE_MUTEX(filter_lock);
static bool hooked;
/* kvm_msr_allowed() */
static unsigned long filter __ro_after_init;

/* As struct hvp_backend_ops.watchable_bits */
u64 hvp_kvm_watchable_bits(struct hvp_vp *vp, u32 cr)
{
	const struct kvm_vcpu *vcpu = hvp_kvm_home(vp)->vcpu;

	if (!hvp_vmx)
		/* A change of these alone is no exit */
		return cr ? ~0ULL : ~(u64)(X86_CR0_TS | X86_CR0_MP);
	return ~(u64)(cr ? vcpu->arch.cr4_guest_owned_bits : vcpu->arch.cr0_guest_owned_bits);
}

static notrace bool not_allowed(void)
{
	return false;
}

/*
 * Before kvm_msr_allowed(vcpu, index, type), which is asked whether a VMM's filter lets the guest have an
 * MSR: for VMs whose MSRs are taken from them it does not come to that.
 */
static void before_allowed(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			   struct ftrace_regs *fregs)
{
	struct pt_regs *regs = hvp_ftrace_args(fregs);
	struct hvp_kvm *hk = hvp_kvm_find(((struct kvm_vcpu *)regs->di)->kvm);

	if (hk && READ_ONCE(hk->filtered) && hvp_msr_is_taken(regs->si))
		regs->ip = (unsigned long)not_allowed;
}

static struct ftrace_ops allowed_ops = {
	.func = before_allowed,
	.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY,
};

static int hook_filter(void)
{
	int err = 0;

	lockdep_assert_held(&filter_lock);
	if (!hooked) {
		err = hvp_kvm_hook(&allowed_ops, &filter, 1);
		hooked = !err;
	}
	return err;
}

/**
 * hvp_kvm_watch_init - Find what taking MSRs from guests needs of KVM
 *
 * Return: 0 or -ENOENT.
 */
int hvp_kvm_watch_init(void)
{
	filter = hvp_kvm_require("kvm_msr_allowed", "see accesses to MSRs");
	return filter ? 0 : -ENOENT;
}

/**
 * hvp_kvm_watch_exit - Undo what the first watch brought; no VM is attached
 */
void hvp_kvm_watch_exit(void)
{
	guard(mutex)(&filter_lock);
	if (hooked)
		hvp_kvm_unhook(&allowed_ops, &filter, 1);
	hooked = false;
}

static void set_filtered(struct hvp_kvm *hk, bool filtered)
{
	WRITE_ONCE(hk->filtered, filtered);
	/* Has KVM ask again before a vCPU enters its guest */
	hvp_kvm_call(kvm_make_all_cpus_request)(hk->kvm, HVP_REQ_MSR_INTERCEPTS);
}

/* As struct hvp_backend_ops.watch_msrs */
enum hv_status hvp_kvm_watch_msrs(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_kvm *home = hvp_kvm_home(vp)->hk, *hk;
	u32 lower;
	int err;

	guard(mutex)(&filter_lock);
	err = hook_filter();
	if (err) {
		pr_warn_ratelimited("hvpersona: MSRs cannot be intercepted: ftrace error %d\n", err);
		return HV_STATUS_OPERATION_DENIED;
	}
	home->watched_below = max(home->watched_below, vtl);
	for (lower = 0; lower < vtl; lower++) {
		/* Pairs with the release in hvp_kvm_add_sibling() */
		hk = smp_load_acquire(&home->vtls[lower]);
		if (hk && !hk->filtered)
			set_filtered(hk, true);
	}
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_kvm_watch_sibling - A machine has a VM for another VTL: what is watched below is watched in it
 * @hk: The VM, which has not run
 */
void hvp_kvm_watch_sibling(struct hvp_kvm *hk)
{
	guard(mutex)(&filter_lock);
	if (hk->vtl < hk->home->watched_below)
		set_filtered(hk, true);
}

/**
 * hvp_kvm_unwatch - A VM that is let go gets its MSRs back
 * @hk: VM whose exits are KVM's again
 */
void hvp_kvm_unwatch(struct hvp_kvm *hk)
{
	guard(mutex)(&filter_lock);
	if (hk->filtered)
		set_filtered(hk, false);
}

/**
 * hvp_kvm_watched_msr - A VTL accesses an MSR: look whether a higher one intercepts that
 * @kvp: VTL in its exit hook
 * @index: MSR
 * @write: Whether it is a write
 * @value: If so, what is written
 *
 * Return: whether it has been dealt with; if not it is KVM's.
 */
bool hvp_kvm_watched_msr(struct hvp_kvm_vp *kvp, u32 index, bool write, u64 value)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u64 old = 0;
	int err;
	u8 vtl;

	if (!READ_ONCE(kvp->hk->filtered) && !hvp_watches_registers(kvp->vp))
		return false;
	if (index == MSR_IA32_MISC_ENABLE)
		old = vcpu->arch.ia32_misc_enable_msr;
	vtl = hvp_msr_interceptor(kvp->vp, index, write, value ^ old);
	if (vtl) {
		hvp_kvm_bookkeeping(kvp);
		hvp_vtl_msr_intercept(kvp->vp, vtl, index, write);
		return true;
	}
	if (!READ_ONCE(kvp->hk->filtered) || !hvp_msr_is_taken(index))
		return false;
	hvp_kvm_bookkeeping(kvp);
	err = write ? hvp_kvm_write_msr(kvp, index, value) : hvp_kvm_read_msr(kvp, index, &value);
	if (err) {
		hvp_kvm_call(kvm_queue_exception_e)(vcpu, GP_VECTOR, 0);
		return true;
	}
	if (!write) {
		vcpu->arch.regs[VCPU_REGS_RAX] = lower_32_bits(value);
		vcpu->arch.regs[VCPU_REGS_RDX] = upper_32_bits(value);
	}
	hvp_kvm_call(kvm_skip_emulated_instruction)(vcpu);
	return true;
}

struct controls {
	u64 cr0, cr4, xcr0;
};

static struct controls read_controls(struct hvp_kvm_vp *kvp)
{
	return (struct controls) {
		.cr0 = hvp_kvm_read_cr(kvp, 0), .cr4 = hvp_kvm_read_cr(kvp, 4),
		.xcr0 = kvp->vcpu->arch.xcr0,
	};
}

/* Which VTL intercepts it? The register, and what was written to it */
static u8 interceptor(struct hvp_vp *vp, const struct controls *old, const struct controls *now,
		      u32 *name, u64 *value)
{
	u8 vtl;

	*name = HV_REG_CR0;
	*value = now->cr0;
	vtl = hvp_control_interceptor(vp, *name, old->cr0 ^ now->cr0);
	if (vtl)
		return vtl;
	*name = HV_REG_CR4;
	*value = now->cr4;
	vtl = hvp_control_interceptor(vp, *name, old->cr4 ^ now->cr4);
	if (vtl || old->xcr0 == now->xcr0)
		return vtl;
	*name = HV_REG_XFEM;
	*value = now->xcr0;
	return hvp_control_interceptor(vp, *name, old->xcr0 ^ now->xcr0);
}

static void take_back(struct hvp_kvm_vp *kvp, const struct controls *old, u32 name)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	if (name == HV_REG_CR0)
		hvp_kvm_call(kvm_set_cr0)(vcpu, old->cr0);
	else if (name == HV_REG_CR4)
		hvp_kvm_call(kvm_set_cr4)(vcpu, old->cr4);
	else
		hvp_kvm_call(__kvm_set_xcr)(vcpu, 0, old->xcr0);
	/* That of a single step, for nothing else follows a write */
	vcpu->arch.exception.pending = false;
}

/**
 * hvp_kvm_watched_control - A VTL writes a control register: look whether a higher one intercepts that
 * @kvp: VTL in its exit hook
 *
 * Return: as kvm_x86_ops.handle_exit.
 */
int hvp_kvm_watched_control(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	struct controls old, now;
	unsigned long rip;
	u64 value;
	u32 name;
	int ret;
	u8 vtl;

	hvp_kvm_bookkeeping(kvp);
	old = read_controls(kvp);
	rip = hvp_kvm_rip(vcpu);
	ret = static_call(hvp_orig_handle_exit)(vcpu, EXIT_FASTPATH_NONE);
	now = read_controls(kvp);
	vtl = ret > 0 ? interceptor(kvp->vp, &old, &now, &name, &value) : 0;
	if (!vtl)
		return ret;
	take_back(kvp, &old, name);
	ret = hvp_kvm_rip(vcpu) - rip;
	hvp_kvm_set_rip(vcpu, rip);
	hvp_vtl_register_intercept(kvp->vp, vtl, name, value, ret > 0 && ret < 16 ? ret : 0);
	return 1;
}
