// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of attached VMs: hypercalls in all their forms, and the MSRs that are the
 * personality's own. Everything else, and every exit of other VMs, goes on to KVM.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <asm/msr-index.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include <uapi/linux/hvpersona.h>

#include "binding.h"
#include "../dispatch.h"
#include "../hv_abi/msr.h"
#include "../hv_abi/translate.h"
#include "../vtl/register_intercept.h"
#include "../walk.h"

/* Not a return value of KVM's: the exit is not ours */
#define HVP_NOT_OURS	INT_MIN

enum exit_kind {
	EXIT_OTHER,
	EXIT_HYPERCALL,
	EXIT_UD,
	EXIT_CPUID,
	EXIT_RDMSR,
	EXIT_WRMSR,
	EXIT_PAGE_FAULT,
	EXIT_CONTROL,
};

static __always_inline enum exit_kind svm_exit_kind(u32 reason, u64 info1)
{
	switch (reason) {
	case SVM_EXIT_VMMCALL:
		return EXIT_HYPERCALL;
	case SVM_EXIT_CPUID:
		return EXIT_CPUID;
	case SVM_EXIT_MSR:
		return info1 ? EXIT_WRMSR : EXIT_RDMSR;
	case SVM_EXIT_WRITE_CR0:
	case SVM_EXIT_CR0_SEL_WRITE:
	case SVM_EXIT_WRITE_CR4:
	case SVM_EXIT_XSETBV:
		return EXIT_CONTROL;
	case SVM_EXIT_NPF:
		return EXIT_PAGE_FAULT;
	case SVM_EXIT_EXCP_BASE + UD_VECTOR:
		return EXIT_UD;
	default:
		return EXIT_OTHER;
	}
}

static __always_inline enum exit_kind vmx_exit_kind(u32 reason, u32 intr_info)
{
	if (reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		return EXIT_OTHER;
	/* The upper half has flags, such as for bus locks */
	switch (reason & U16_MAX) {
	case EXIT_REASON_VMCALL:
		return EXIT_HYPERCALL;
	case EXIT_REASON_CPUID:
		return EXIT_CPUID;
	case EXIT_REASON_MSR_READ:
		return EXIT_RDMSR;
	case EXIT_REASON_MSR_WRITE:
		return EXIT_WRMSR;
	case EXIT_REASON_CR_ACCESS:
	case EXIT_REASON_XSETBV:
		return EXIT_CONTROL;
	case EXIT_REASON_EPT_VIOLATION:
		return EXIT_PAGE_FAULT;
	case EXIT_REASON_EXCEPTION_NMI:
		if ((intr_info & (INTR_INFO_INTR_TYPE_MASK | INTR_INFO_VECTOR_MASK)) ==
		    (INTR_TYPE_HARD_EXCEPTION | UD_VECTOR))
			return EXIT_UD;
		return EXIT_OTHER;
	default:
		return EXIT_OTHER;
	}
}

/**
 * hvp_kvm_bookkeeping - Have KVM do what it does at any exit that it is not to handle
 * @kvp: VP in its exit hook
 *
 * SVM copies CR0 and CR3 from the VMCB (before 7.3), so it is due before these are read,
 * and once: a CR3 that was written since is not in the VMCB yet. Of CR0 that concerns TS
 * and MP alone, changes of others are intercepted. VMX flushes the page-modification log,
 * so there it is always due.
 */
void hvp_kvm_bookkeeping(struct hvp_kvm_vp *kvp)
{
	if (kvp->booked)
		return;
	kvp->booked = true;
	static_call(hvp_orig_handle_exit)(kvp->vcpu, EXIT_FASTPATH_EXIT_HANDLED);
}

static bool long_mode(struct kvm_vcpu *vcpu)
{
	int db, l;

	if (!(vcpu->arch.efer & EFER_LMA))
		return false;
	hvp_kvm_op(get_cs_db_l_bits)(vcpu, &db, &l);
	return l;
}

static u64 pair(struct kvm_vcpu *vcpu, int high, int low)
{
	return (u64)(u32)vcpu->arch.regs[high] << 32 | (u32)vcpu->arch.regs[low];
}

static void load_call(struct kvm_vcpu *vcpu, struct hvp_call *call)
{
	unsigned long *regs = vcpu->arch.regs;

	call->long_mode = long_mode(vcpu);
	if (likely(call->long_mode)) {
		call->control = regs[VCPU_REGS_RCX];
		call->fast[0] = regs[VCPU_REGS_RDX];
		call->fast[1] = regs[VCPU_REGS_R8];
		call->saved = regs[VCPU_REGS_RAX];
	} else {
		call->control = pair(vcpu, VCPU_REGS_RDX, VCPU_REGS_RAX);
		call->fast[0] = pair(vcpu, VCPU_REGS_RBX, VCPU_REGS_RCX);
		call->fast[1] = pair(vcpu, VCPU_REGS_RDI, VCPU_REGS_RSI);
		call->saved = pair(vcpu, VCPU_REGS_RDX, VCPU_REGS_RCX);
	}
}

static void store_control(struct kvm_vcpu *vcpu, const struct hvp_call *call)
{
	unsigned long *regs = vcpu->arch.regs;

	if (call->long_mode) {
		regs[VCPU_REGS_RCX] = call->control;
	} else {
		regs[VCPU_REGS_RDX] = upper_32_bits(call->control);
		regs[VCPU_REGS_RAX] = lower_32_bits(call->control);
	}
}

static void store_result(struct kvm_vcpu *vcpu, const struct hvp_call *call)
{
	unsigned long *regs = vcpu->arch.regs;

	if (likely(call->long_mode)) {
		/* The start index has moved if the call was a rep call */
		regs[VCPU_REGS_RCX] = call->control;
		regs[VCPU_REGS_RAX] = call->result;
		if (call->fast_out) {
			regs[VCPU_REGS_RDX] = call->fast[0];
			regs[VCPU_REGS_R8] = call->fast[1];
		}
	} else {
		regs[VCPU_REGS_RDX] = upper_32_bits(call->result);
		regs[VCPU_REGS_RAX] = lower_32_bits(call->result);
	}
}

/*
 * Step over the hypercall instruction. Its length is known, while KVM, on a processor
 * that does not tell it (SVM without NRIPS), decodes the instruction anew. KVM does it where
 * more depends on it than RIP: single-stepping, debugging, and performance counters.
 */
static __always_inline int skip_insn(struct hvp_kvm_vp *kvp, enum exit_kind kind)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	unsigned long rip;

	if (unlikely(kind != EXIT_UD &&
		     (vcpu->arch.pmu.event_count || vcpu->guest_debug ||
		      (hvp_kvm_call(kvm_get_rflags)(vcpu) & X86_EFLAGS_TF)))) {
		hvp_kvm_bookkeeping(kvp);
		return hvp_kvm_call(kvm_skip_emulated_instruction)(vcpu);
	}
	rip = hvp_kvm_rip(vcpu) + HVP_CALL_INSN_SIZE;
	hvp_kvm_set_rip(vcpu, kvp->call.long_mode ? rip : (u32)rip);
	hvp_kvm_op(set_interrupt_shadow)(vcpu, 0);
	return 1;
}

/* The guest does not go on: it has set RIP, or it has switched itself off */
static noinline int rip_was_set(struct hvp_kvm_vp *kvp)
{
	struct kvm_run *run = kvp->vcpu->run;

	if (!kvp->power_off)
		return 1;
	kvp->power_off = false;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = KVM_SYSTEM_EVENT_SHUTDOWN;
	return 0;
}

static __always_inline int handle_hypercall(struct kvm_vcpu *vcpu, struct hvp_kvm_vp *kvp,
					    enum exit_kind kind)
{
	struct hvp_call *call = &kvp->call;
	struct hvp_vp *vp = kvp->vp;

	if (unlikely(hvp_kvm_op(get_cpl)(vcpu) || !(vcpu->arch.cr0 & X86_CR0_PE))) {
		hvp_kvm_call(kvm_queue_exception)(vcpu, UD_VECTOR);
		return 1;
	}
	load_call(vcpu, call);
	switch (hvp_dispatch(vp, call)) {
	case HVP_DONE:
		/* A call that writes the caller's registers writes all but the result */
		store_result(vcpu, call);
		vcpu->stat.hypercalls++;
		return unlikely(vp->rip_set) ? rip_was_set(kvp) : skip_insn(kvp, kind);
	case HVP_CONTINUE:
		store_control(vcpu, call);
		return 1;
	case HVP_SKIP:
		return skip_insn(kvp, kind);
	case HVP_STAY:
		return 1;
	case HVP_UD:
		hvp_kvm_call(kvm_queue_exception)(vcpu, UD_VECTOR);
		return 1;
	default:
		return HVP_NOT_OURS;
	}
}

/*
 * Is the instruction that raised #UD a hypercall instruction of the other vendor? KVM
 * would overwrite it with its own.
 */
static bool foreign_hypercall(struct kvm_vcpu *vcpu, struct hvp_vp *vp)
{
	static const u8 vmcall[] = { 0x0f, 0x01, 0xc1 }, vmmcall[] = { 0x0f, 0x01, 0xd9 };
	struct hvp_walk walk = { .flags = HV_TRANSLATE_VALIDATE_EXECUTE };
	u8 insn[HVP_CALL_INSN_SIZE];
	struct kvm_segment cs;
	u32 done, size;
	u64 linear;

	vp->ops->paging(vp, &walk.paging);
	linear = hvp_kvm_rip(vcpu);
	if (!long_mode(vcpu)) {
		hvp_kvm_op(get_segment)(vcpu, &cs, VCPU_SREG_CS);
		linear = (u32)(linear + cs.base);
	}
	for (done = 0; done < sizeof(insn); done += size) {
		walk.gva = (linear + done) & PAGE_MASK;
		size = min_t(u32, sizeof(insn) - done, PAGE_SIZE - offset_in_page(linear + done));
		hvp_walk(vp, &walk);
		if (walk.result ||
		    vp->ops->read_gpa(vp, walk.gpa + offset_in_page(linear + done), insn + done,
				      size))
			return false;
	}
	return !memcmp(insn, vmcall, sizeof(insn)) || !memcmp(insn, vmmcall, sizeof(insn));
}

/*
 * Who can have doorbells: the root, and whoever makes children. What is in the page is the
 * guest's: Linux brings a zeroed one.
 */
static bool has_event_rings(const struct hvp_partition *pt)
{
	return (pt->role == HVPERSONA_ROLE_ROOT || (pt->privileges & HV_PRIV(CREATE_PARTITIONS))) &&
	       (pt->privileges & HV_PRIV(ACCESS_SYNIC_MSRS));
}

static void return_msr(struct kvm_vcpu *vcpu, u64 value)
{
	vcpu->arch.regs[VCPU_REGS_RAX] = lower_32_bits(value);
	vcpu->arch.regs[VCPU_REGS_RDX] = upper_32_bits(value);
}

/* HV_MSR_SIRBP: the event ring page, which KVM does not know */
static void handle_sirbp(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, bool write)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	if (write) {
		WRITE_ONCE(kvp->sirbp, pair(vcpu, VCPU_REGS_RDX, VCPU_REGS_RAX));
		hvp_rings_reset(kvp->vp);
	} else {
		return_msr(vcpu, kvp->sirbp ?: hvp_kvm_root_page(hk, kvp, HV_MSR_SIRBP));
	}
}

static bool is_synthetic(u32 msr)
{
	return msr >= HV_MSR_GUEST_OS_ID && msr <= HV_MSR_CRASH_CTL;
}

/*
 * MSRs are KVM's but for the event ring page and what a root reads from those that name pages;
 * they may not name pages that the guest has given away.
 */
static int handle_msr(struct hvp_kvm *hk, struct kvm_vcpu *vcpu, struct hvp_kvm_vp *kvp, bool write)
{
	unsigned long *regs = vcpu->arch.regs;
	u32 msr = regs[VCPU_REGS_RCX];
	u64 page;
	int ret;

	if (unlikely(write && hvp_kvm_msr_forbidden(kvp->vp->partition, kvp->vtl,
						    regs[VCPU_REGS_RCX],
						    pair(vcpu, VCPU_REGS_RDX, VCPU_REGS_RAX)))) {
		hvp_kvm_bookkeeping(kvp);
		hvp_kvm_call(kvm_queue_exception_e)(vcpu, GP_VECTOR, 0);
		return 1;
	}
	if (unlikely(READ_ONCE(hk->has_vtls)) &&
	    hvp_kvm_watched_msr(kvp, msr, write, pair(vcpu, VCPU_REGS_RDX, VCPU_REGS_RAX)))
		return 1;
	if (!is_synthetic(msr))
		return HVP_NOT_OURS;
	if (unlikely(write && msr == HV_MSR_HYPERCALL)) {
		ret = static_call(hvp_orig_handle_exit)(vcpu, EXIT_FASTPATH_NONE);
		kvp->booked = true;
		hvp_kvm_write_vtl_code(kvp);
		return ret;
	}
	if (kvp->home != kvp)
		return HVP_NOT_OURS;
	if (msr == HV_MSR_SIRBP && has_event_rings(kvp->vp->partition)) {
		handle_sirbp(hk, kvp, write);
	} else if (write) {
		if (!hvp_kvm_set_synic(hk, kvp, msr, pair(vcpu, VCPU_REGS_RDX, VCPU_REGS_RAX)))
			return HVP_NOT_OURS;
	} else {
		page = hvp_kvm_unnamed_page(hk, kvp, msr);
		if (!page)
			return HVP_NOT_OURS;
		return_msr(vcpu, page);
	}
	hvp_kvm_bookkeeping(kvp);
	return hvp_kvm_call(kvm_skip_emulated_instruction)(vcpu);
}

static bool boots(const struct kvm_vcpu *vcpu)
{
	return vcpu->vcpu_id == vcpu->kvm->arch.bsp_vcpu_id;
}

/*
 * Does the guest run that has told who it is? If it takes that back, as Linux does before it
 * starts another kernel, or if the machine is reset, it does not. A VMM need not reset the
 * MSR (QEMU does not), but the boot processor is in real mode then. It also is in SMM.
 */
static __always_inline bool guest_runs(const struct kvm_vcpu *vcpu, bool identified)
{
	if (likely(!identified || (vcpu->arch.cr0 & X86_CR0_PE)))
		return identified;
	return !boots(vcpu) || (vcpu->arch.hflags & HF_SMM_MASK);
}

/* The VP's first exit since the guest told who it is, or since that is over */
static noinline void set_active(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, bool active)
{
	kvp->active = active;
	/* Of another VTL nothing depends on it */
	if (kvp->home != kvp)
		return;
	if (active) {
		hvp_vp_reindex(hk->partition);
		return;
	}
	WRITE_ONCE(kvp->sirbp, 0);
	hvp_rings_reset(kvp->vp);
	/* Others may notice only when the next guest has started them */
	if (boots(kvp->vcpu))
		hvp_partition_reset(hk->partition);
}

/**
 * hvp_kvm_note_guest - See whether the machine was reset while a VP was with the VMM
 * @hk: VM
 * @kvp: VP, in its thread
 */
void hvp_kvm_note_guest(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	bool runs = guest_runs(vcpu, READ_ONCE(vcpu->kvm->arch.hyperv.hv_guest_os_id));

	if (runs != kvp->active)
		set_active(hk, kvp, runs);
}

/* Count an exit by its reason */
static __always_inline enum hvp_vp_stat count(struct hvp_vp *vp, u32 reason)
{
	enum hvp_vp_stat stat = hvp_kvm_exit_stat(reason);

	if (!HVP_COUNTED)
		return 0;
	hvp_stat_inc(vp, stat);
	return stat;
}

static __always_inline int handle(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp,
				  struct kvm_vcpu *vcpu, enum hvp_vp_stat *stat)
{
	u32 reason, intr_info, error_code;
	u64 info1, info2;
	bool identified, runs;
	enum exit_kind kind;
	int ret;

	kvp->booked = false;
	/* Before the guest has told who it is, hypercall instructions are KVM's */
	identified = READ_ONCE(vcpu->kvm->arch.hyperv.hv_guest_os_id);
	runs = guest_runs(vcpu, identified);
	if (unlikely(runs != kvp->active))
		set_active(hk, kvp, runs);
	hvp_kvm_op(get_exit_info)(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
	*stat = count(kvp->vp, reason);
	kind = hvp_vmx ? vmx_exit_kind(reason, intr_info) : svm_exit_kind(reason, info1);
	switch (kind) {
	case EXIT_HYPERCALL:
	case EXIT_UD:
		if (unlikely(!identified))
			return HVP_NOT_OURS;
		if (unlikely(hvp_vmx || kind == EXIT_UD))
			hvp_kvm_bookkeeping(kvp);
		if (unlikely(kind == EXIT_UD && !foreign_hypercall(vcpu, kvp->vp)))
			return HVP_NOT_OURS;
		return handle_hypercall(vcpu, kvp, kind);
	case EXIT_CPUID:
		if (unlikely(READ_ONCE(hk->has_vtls)) && hvp_kvm_intercept_cpuid(kvp))
			return 1;
		return hvp_kvm_cpuid(kvp, &ret) ? ret : HVP_NOT_OURS;
	case EXIT_RDMSR:
	case EXIT_WRMSR:
		hvp_kvm_count_details(kvp->vp, vcpu, reason, info1, info2);
		return handle_msr(hk, vcpu, kvp, kind == EXIT_WRMSR);
	case EXIT_CONTROL:
		hvp_kvm_count_details(kvp->vp, vcpu, reason, info1, info2);
		if (likely(!READ_ONCE(hk->has_vtls)) || !hvp_watches_registers(kvp->vp))
			return HVP_NOT_OURS;
		return hvp_kvm_watched_control(kvp);
	case EXIT_PAGE_FAULT:
		hvp_kvm_count_details(kvp->vp, vcpu, reason, info1, info2);
		if (likely(!READ_ONCE(hk->protecting)))
			return HVP_NOT_OURS;
		return hvp_kvm_violation(hk, kvp, info1, info2) ? 1 : HVP_NOT_OURS;
	default:
		hvp_kvm_count_details(kvp->vp, vcpu, reason, info1, info2);
		return HVP_NOT_OURS;
	}
}

/*
 * While messages wait for their slot, every exit may be the one that frees it: an EOM, an EOI,
 * a write to a page's MSR. They are looked at again once KVM has handled it.
 */
static __always_inline void look_again(struct kvm_vcpu *vcpu, const struct hvp_synic *synic)
{
	if (unlikely(synic && READ_ONCE(synic->waiting)))
		kvm_make_request(HVP_REQ_PRE_ENTRY, vcpu);
}

/* Somebody reads statistics: take the time of an exit, and look whether pages are due */
static void add_time(struct hvp_vp *vp, enum hvp_vp_stat stat, u64 begin)
{
	u64 now = ktime_get_mono_fast_ns();

	/* Behind each number of exits is their time */
	hvp_stat_add(vp, stat + 1, now - begin);
	hvp_stats_tick(vp, now);
	hvp_log_work(vp);
}

/*
 * An exit of a VM whose statistics somebody reads. Time that KVM takes is counted, too: the VP may
 * have gone meanwhile, so it is looked up anew
 */
static noinline int handle_watched(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp,
				   struct kvm_vcpu *vcpu, enum exit_fastpath_completion fastpath)
{
	u64 begin = ktime_get_mono_fast_ns();
	enum hvp_vp_stat stat;
	int ret;

	ret = handle(hk, kvp, vcpu, &stat);
	look_again(vcpu, kvp->vp->synic[kvp->vtl]);
	if (ret != HVP_NOT_OURS) {
		add_time(kvp->vp, stat, begin);
		hvp_kvm_leave(kvp);
		return ret;
	}
	hvp_kvm_leave(kvp);
	ret = static_call(hvp_orig_handle_exit)(vcpu, fastpath);
	hk = hvp_kvm_find(vcpu->kvm);
	kvp = hk ? hvp_kvm_vp_of(hk, vcpu) : NULL;
	if (kvp && hvp_kvm_enter(hk, kvp)) {
		add_time(kvp->vp, stat, begin);
		hvp_kvm_leave(kvp);
	}
	return ret;
}

/* An exit of an attached VM, outside of KVM's fast paths and of nested guests */
static noinline int handle_attached(struct hvp_kvm *hk, struct kvm_vcpu *vcpu,
				    enum exit_fastpath_completion fastpath)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vp_of(hk, vcpu);
	enum hvp_vp_stat stat;
	int ret;

	if (likely(kvp && hvp_kvm_enter(hk, kvp))) {
		if (unlikely(hvp_stats_watched(hk->partition)))
			return handle_watched(hk, kvp, vcpu, fastpath);
		ret = handle(hk, kvp, vcpu, &stat);
		look_again(vcpu, kvp->vp->synic[kvp->vtl]);
		hvp_kvm_leave(kvp);
		if (ret != HVP_NOT_OURS)
			return ret;
		kvp->booked = true;
	}
	return static_call(hvp_orig_handle_exit)(vcpu, fastpath);
}

/* An exit that KVM has handled already, in the innermost of its loops */
static noinline int handle_fast(struct hvp_kvm *hk, struct kvm_vcpu *vcpu,
				enum exit_fastpath_completion fastpath)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vp_of(hk, vcpu);
	u32 reason, intr_info, error_code;
	u64 info1, info2;

	if (likely(kvp && hvp_kvm_enter(hk, kvp))) {
		hvp_kvm_op(get_exit_info)(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
		count(kvp->vp, reason);
		hvp_kvm_count_details(kvp->vp, vcpu, reason, info1, info2);
		hvp_kvm_leave(kvp);
	}
	return static_call(hvp_orig_handle_exit)(vcpu, fastpath);
}

/**
 * hvp_kvm_exit - An exit of an attached VM
 * @hk: VM
 * @vcpu: vCPU that left the guest
 * @fastpath: Whether KVM has handled the exit already
 *
 * Return: as kvm_x86_ops.handle_exit.
 */
int hvp_kvm_exit(struct hvp_kvm *hk, struct kvm_vcpu *vcpu, enum exit_fastpath_completion fastpath)
{
	if (vcpu->arch.hflags & HF_GUEST_MASK)
		return static_call(hvp_orig_handle_exit)(vcpu, fastpath);
	if (fastpath != EXIT_FASTPATH_NONE)
		return handle_fast(hk, vcpu, fastpath);
	return handle_attached(hk, vcpu, fastpath);
}

/**
 * hvp_handle_exit - Stands where KVM calls kvm_x86_ops.handle_exit
 * @vcpu: vCPU that left the guest
 * @fastpath: Whether KVM has handled the exit already
 *
 * A VM that is not attached pays for one lookup and a jump: no lock, no counter.
 *
 * Return: as kvm_x86_ops.handle_exit.
 */
int hvp_handle_exit(struct kvm_vcpu *vcpu, enum exit_fastpath_completion fastpath)
{
	struct hvp_kvm *hk = hvp_kvm_find(vcpu->kvm);

	if (likely(!hk))
		return static_call(hvp_orig_handle_exit)(vcpu, fastpath);
	if (unlikely(READ_ONCE(hk->has_vtls)))
		return hvp_kvm_vtl_handle_exit(hk, vcpu, fastpath);
	return hvp_kvm_exit(hk, vcpu, fastpath);
}
