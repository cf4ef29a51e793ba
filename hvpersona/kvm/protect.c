// SPDX-License-Identifier: GPL-2.0
/*
 * Rights of a machine's own guest pages: what hvp_space_rights() says is put into the
 * nested page tables, and an access that it forbids raises #GP in the guest.
 *
 * Every entry that maps guest memory is made by KVM's make_spte(). ftrace calls us before
 * it, and clearing bits of an argument is all that is needed. It runs under kvm->mmu_lock,
 * so an entry is either made with the new rights or zapped by us afterwards.
 *
 * A page cannot have rights of its own inside a huge page, so KVM is told to use none
 * where a page is restricted (kvm_mmu_gfn_disallow_lpage(), once per 2 MiB). These counts
 * live in the memory slot and vanish when the VMM makes it anew. A huge page with a restricted
 * one in it gets no rights at all then, but KVM 7.3 also makes huge entries out of small ones,
 * past make_spte(): so the first entry that is made with other slots than counted has them
 * counted anew before its vCPU enters the guest, see hvp_kvm_recount().
 */
#include <linux/ftrace.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/srcu.h>
#include <asm/msr-index.h>
#include <asm/svm.h>
#include <asm/vmx.h>

#include "binding.h"
#include "../hv_abi/msr.h"

#define PAGES_PER_REGION	KVM_PAGES_PER_HPAGE(PG_LEVEL_2M)
#define REGIONS_PER_GIB		(KVM_PAGES_PER_HPAGE(PG_LEVEL_1G) / PAGES_PER_REGION)

/* struct kvm_mmu_page is KVM's own; its role is here in all kernels that are served */
#define SHADOW_PAGE_ROLE	36

/* Ignored by make_spte(), which dislikes to be given no access at all */
#define NO_ACCESS		0x100

static DEFINE_MUTEX(spte_hook_lock);
static bool hooked;
/* make_spte(); of that name there must be no other symbol, so not one of ours */
static unsigned long spte_maker __ro_after_init;
static bool enforceable __ro_after_init;

/* What the host's page tables can express: NPT nothing without read, EPT execute at most */
static u32 expressible(u32 rights)
{
	if (rights & HVP_GPA_READ)
		return rights;
	return hvp_vmx ? rights & HVP_GPA_EXECUTE : 0;
}

/**
 * hvp_kvm_looked_up_rights - hvp_kvm_rights() of a machine that has restricted pages
 * @pt: The machine
 * @vtl: VTL
 * @gfn: Page number
 */
u32 hvp_kvm_looked_up_rights(const struct hvp_partition *pt, u8 vtl, u64 gfn)
{
	return expressible(hvp_space_rights(pt, gfn) & hvp_vtl_rights(pt, vtl, gfn));
}

/* Are these pages different from each other, or restricted by what does not treat all alike? */
static bool has_exceptions(const struct hvp_kvm *hk, u64 gfn, u64 count)
{
	return hvp_space_any(hk->partition, gfn, count) ||
	       !hvp_vtl_uniform(hk->partition, hk->vtl, gfn, count);
}

static u32 rights_of_mapping(const struct hvp_kvm *hk, const void *shadow_page, u64 gfn)
{
	const struct hvp_partition *pt = hk->partition;
	union kvm_mmu_page_role role;
	u64 pages;

	memcpy(&role, shadow_page + SHADOW_PAGE_ROLE, sizeof(role));
	if (likely(role.level == PG_LEVEL_4K))
		return hvp_kvm_rights(pt, hk->vtl, gfn);
	if (!hvp_kvm_restricted(pt, hk->vtl))
		return HVP_GPA_ALL;
	pages = role.level == PG_LEVEL_2M ? PAGES_PER_REGION : KVM_PAGES_PER_HPAGE(PG_LEVEL_1G);
	return has_exceptions(hk, round_down(gfn, pages), pages) ? 0 :
	       expressible(hvp_vtl_rights(pt, hk->vtl, gfn));
}

static unsigned long restrict_access(unsigned long access, u32 rights)
{
	if (!(rights & HVP_GPA_READ))
		access &= ~(unsigned long)HVP_ACC_READ;
	if (!(rights & HVP_GPA_WRITE))
		access &= ~(unsigned long)HVP_ACC_WRITE;
	if (!(rights & HVP_GPA_EXECUTE))
		access &= ~(unsigned long)HVP_ACC_EXEC;
	return access | NO_ACCESS;
}

/*
 * What tells whether memory slots are still those of a while ago: grows with each change.
 * 0 while they are being changed.
 */
static u64 slots_generation(struct kvm *kvm)
{
	u64 sum = 0, generation;
	u32 i;

	for (i = 0; i < HVP_ADDRESS_SPACES; i++) {
		generation = READ_ONCE(__kvm_memslots(kvm, i)->generation);
		if (generation & KVM_MEMSLOT_GEN_UPDATE_IN_PROGRESS)
			return 0;
		sum += generation;
	}
	return sum & LONG_MAX;
}

/* Have the regions with restricted pages been counted in other slots than there are now? */
static bool slots_changed(const struct hvp_kvm *hk)
{
	return !xa_empty(&hk->regions) && READ_ONCE(hk->counted) != slots_generation(hk->kvm);
}

/* Before make_spte(vcpu, shadow page, slot, access, gfn, ...) */
static void before_make_spte(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	struct pt_regs *args = hvp_ftrace_args(fregs);
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)args->di;
	struct hvp_kvm *hk;
	u32 rights;
	int idx;

	if (!hvp_kvm_find(vcpu->kvm))
		return;
	/* Its partition goes when nobody is in here */
	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = hvp_kvm_find(vcpu->kvm);
	if (hk) {
		rights = rights_of_mapping(hk, (void *)args->si, args->r8);
		if (unlikely(rights != HVP_GPA_ALL))
			args->cx = restrict_access(args->cx, rights);
		if (unlikely(slots_changed(hk)))
			kvm_make_request(HVP_REQ_PRE_ENTRY, vcpu);
	}
	srcu_read_unlock(&hvp_hook_srcu, idx);
}

static struct ftrace_ops spte_ops = {
	.func = before_make_spte,
	/* Not to be switched off by the sysctl kernel.ftrace_enabled */
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static int hook_make_spte(void)
{
	int err = 0;

	mutex_lock(&spte_hook_lock);
	if (!hooked) {
		err = hvp_kvm_hook(&spte_ops, &spte_maker, 1);
		hooked = !err;
	}
	mutex_unlock(&spte_hook_lock);
	if (err)
		pr_warn_ratelimited("hvpersona: cannot protect guest pages: ftrace error %d\n",
				    err);
	return err ? -EOPNOTSUPP : 0;
}

/**
 * hvp_kvm_protect_exit - Undo what the first restricted page brought; no VM is attached
 */
void hvp_kvm_protect_exit(void)
{
	mutex_lock(&spte_hook_lock);
	if (hooked) {
		hvp_kvm_unhook(&spte_ops, &spte_maker, 1);
		hooked = false;
	}
	mutex_unlock(&spte_hook_lock);
}

static bool vmx_has_execute_only(void)
{
	u32 low, high;

	/* Without it every entry that is there can be read */
	return !rdmsr_safe(MSR_IA32_VMX_EPT_VPID_CAP, &low, &high) &&
	       (low & VMX_EPT_EXECUTE_ONLY_BIT);
}

/**
 * hvp_kvm_protect_init - Find out whether this host can protect guest pages
 *
 * Return: 0, or -ENOENT if KVM lacks what is needed.
 */
int hvp_kvm_protect_init(void)
{
	spte_maker = hvp_kvm_require("make_spte", "protect guest pages");
	if (!spte_maker || hvp_kvm_emulator_init())
		return -ENOENT;
	enforceable = hvp_tdp && (!hvp_vmx || vmx_has_execute_only());
	return 0;
}

/*
 * The slot in which a huge page could cover the region. If a slot begins or ends inside of
 * it no huge page is possible, and it does not matter which is found.
 */
static struct kvm_memory_slot *slot_of_region(struct kvm_memslots *slots, u64 region)
{
	u64 gfn = region * PAGES_PER_REGION;

	return __gfn_to_memslot(slots, gfn) ?:
	       __gfn_to_memslot(slots, gfn + PAGES_PER_REGION - 1);
}

static void count_region(struct kvm *kvm, u64 region, bool restricted)
{
	struct kvm_memory_slot *slot;
	u32 i;

	write_lock(&kvm->mmu_lock);
	for (i = 0; i < HVP_ADDRESS_SPACES; i++) {
		slot = slot_of_region(__kvm_memslots(kvm, i), region);
		if (slot && restricted)
			hvp_kvm_call(kvm_mmu_gfn_disallow_lpage)(slot, region * PAGES_PER_REGION);
		else if (slot)
			hvp_kvm_call(kvm_mmu_gfn_allow_lpage)(slot, region * PAGES_PER_REGION);
	}
	write_unlock(&kvm->mmu_lock);
}

/* Small pages in this region; noted with the slots for which that holds */
static int begin_region(struct hvp_kvm *hk, u64 region)
{
	u64 generation = slots_generation(hk->kvm);
	int err;

	if (xa_empty(&hk->regions))
		WRITE_ONCE(hk->counted, generation);
	err = xa_err(xa_store(&hk->regions, region, xa_mk_value(generation),
			      GFP_KERNEL_ACCOUNT));
	if (!err)
		count_region(hk->kvm, region, true);
	return err;
}

/* If slots have changed our count may be gone: then small pages stay, which does no harm */
static void end_region(struct hvp_kvm *hk, u64 region)
{
	u64 noted = xa_to_value(xa_erase(&hk->regions, region));

	if (noted && noted == slots_generation(hk->kvm))
		count_region(hk->kvm, region, false);
}

/* KVM 6.1 leaves it to its callers to keep the memory slots */
static void zap(struct kvm *kvm, u64 gfn, u64 end)
{
	int idx = srcu_read_lock(&kvm->srcu);

	hvp_kvm_call(kvm_zap_gfn_range)(kvm, gfn, end);
	srcu_read_unlock(&kvm->srcu, idx);
}

/* Does something keep KVM from a huge page here, as it should? If not our count is gone */
static bool region_counts(struct kvm *kvm, u64 region)
{
	const struct kvm_lpage_info *info;
	struct kvm_memory_slot *slot;
	u64 index;
	u32 i;

	for (i = 0; i < HVP_ADDRESS_SPACES; i++) {
		slot = slot_of_region(__kvm_memslots(kvm, i), region);
		if (!slot)
			continue;
		/* The lowest level of huge pages; who keeps it from those keeps it from larger ones */
		index = region - slot->base_gfn / PAGES_PER_REGION;
		info = slot->arch.lpage_info[0];
		if (!READ_ONCE(info[index].disallow_lpage))
			return false;
	}
	return true;
}

/* If slots are being changed again the next entry that is made asks for it again */
static void recount(struct hvp_kvm *hk, unsigned long first, unsigned long last)
{
	int idx = srcu_read_lock(&hk->kvm->srcu);
	u64 generation = slots_generation(hk->kvm);
	unsigned long region;
	void *noted;

	lockdep_assert_held(&hk->protect_lock);
	xa_for_each_range(&hk->regions, region, noted, first, last) {
		if (!generation)
			break;
		if (xa_to_value(noted) != generation && !region_counts(hk->kvm, region)) {
			/* Replacing what is there needs no memory */
			begin_region(hk, region);
			zap(hk->kvm, region * PAGES_PER_REGION, (region + 1) * PAGES_PER_REGION);
		}
		cond_resched();
	}
	if (generation && last == ULONG_MAX)
		WRITE_ONCE(hk->counted, generation);
	srcu_read_unlock(&hk->kvm->srcu, idx);
}

/**
 * hvp_kvm_recount - Note in memory slots that have been made anew where no huge pages may be
 * @hk: VM; in the thread of a vCPU that is about to enter the guest
 */
void hvp_kvm_recount(struct hvp_kvm *hk)
{
	if (likely(!slots_changed(hk)))
		return;
	mutex_lock(&hk->protect_lock);
	if (slots_changed(hk))
		recount(hk, 0, ULONG_MAX);
	mutex_unlock(&hk->protect_lock);
}

/* Bring a region in line with the state of its pages */
static int update_region(struct hvp_kvm *hk, u64 region)
{
	bool any = has_exceptions(hk, region * PAGES_PER_REGION, PAGES_PER_REGION);
	bool noted = xa_load(&hk->regions, region);
	int err = 0, idx;

	lockdep_assert_held(&hk->protect_lock);
	if (any == noted)
		return 0;
	idx = srcu_read_lock(&hk->kvm->srcu);
	if (any)
		err = begin_region(hk, region);
	else
		end_region(hk, region);
	srcu_read_unlock(&hk->kvm->srcu, idx);
	return err;
}

/* The first restricted page of this VM, perhaps of any */
static int begin_protecting(struct hvp_kvm *hk)
{
	int err;

	lockdep_assert_held(&hk->protect_lock);
	if (hk->protecting)
		return 0;
	if (!enforceable)
		return -EOPNOTSUPP;
	err = hook_make_spte();
	if (!err)
		err = hvp_kvm_watch_emulators(hk->kvm);
	WRITE_ONCE(hk->protecting, !err);
	return err;
}

static int apply(struct hvp_kvm *hk, u64 gfn, u64 count)
{
	u64 region = gfn / PAGES_PER_REGION, last = (gfn + count - 1) / PAGES_PER_REGION;
	int err = 0, ret;

	if (hvp_kvm_restricted(hk->partition, hk->vtl))
		err = begin_protecting(hk);
	if (!hk->protecting)
		return err;
	for (; region <= last; region++) {
		ret = update_region(hk, region);
		err = err ?: ret;
		cond_resched();
	}
	/*
	 * Also after an error. The caller takes the change back then; what has been mapped
	 * between is put right by heal().
	 */
	zap(hk->kvm, gfn, gfn + count);
	return err;
}

/* All pages: what is counted, and what is mapped */
static int apply_all(struct hvp_kvm *hk)
{
	unsigned long region;
	void *noted;
	int err = 0;

	if (hvp_kvm_restricted(hk->partition, hk->vtl))
		err = begin_protecting(hk);
	if (!hk->protecting)
		return err;
	xa_for_each(&hk->regions, region, noted) {
		update_region(hk, region);
		cond_resched();
	}
	zap(hk->kvm, 0, BIT_ULL(52 - PAGE_SHIFT));
	return err;
}

/**
 * hvp_kvm_vtl_space_changed - As struct hvp_backend_ops.vtl_space_changed
 * @pt: Machine
 * @vtl: VTL that protects
 * @gfn: First page
 * @count: Number of pages, or HVP_VTL_ALL_PAGES
 *
 * Return: 0, -EOPNOTSUPP, -ENOMEM.
 */
int hvp_kvm_vtl_space_changed(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count)
{
	struct hvp_kvm *home, *hk;
	int idx, err = 0, ret;
	u32 lower;

	/* Keeps them */
	idx = srcu_read_lock(&hvp_hook_srcu);
	home = READ_ONCE(pt->backend);
	for (lower = 0; home && lower < vtl; lower++) {
		/* Pairs with the release in hvp_kvm_add_sibling() */
		hk = smp_load_acquire(&home->vtls[lower]);
		if (!hk)
			continue;
		mutex_lock(&hk->protect_lock);
		ret = count == HVP_VTL_ALL_PAGES ? apply_all(hk) : apply(hk, gfn, count);
		err = err ?: ret;
		mutex_unlock(&hk->protect_lock);
	}
	srcu_read_unlock(&hvp_hook_srcu, idx);
	return err;
}

/**
 * hvp_kvm_space_changed - As struct hvp_backend_ops.space_changed
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages, not 0
 *
 * A machine that is gone has no use for rights, one that was detached got them all back.
 *
 * Return: 0, -EOPNOTSUPP, -ENOMEM.
 */
int hvp_kvm_space_changed(struct hvp_partition *pt, u64 gfn, u64 count)
{
	return hvp_kvm_vtl_space_changed(pt, HVP_VTLS, gfn, count);
}

/**
 * hvp_kvm_protect_sibling - The VM of another VTL is there: what is restricted already is so for it
 * @hk: VM that has not run
 *
 * Return: 0, -EOPNOTSUPP.
 */
int hvp_kvm_protect_sibling(struct hvp_kvm *hk)
{
	int err = 0;

	mutex_lock(&hk->protect_lock);
	if (hvp_kvm_restricted(hk->partition, hk->vtl))
		err = begin_protecting(hk);
	mutex_unlock(&hk->protect_lock);
	return err;
}

/**
 * hvp_kvm_unprotect - Give a VM that lives on all its pages back
 * @hk: VM that is being detached: no exit of it is ours any more
 *
 * On return no vCPU is in an emulation that began with our functions: it may sleep there, for
 * a page of the guest, so that waiting for tasks to sleep, as unloading does, tells nothing.
 * KVM emulates under kvm->srcu, which it leaves before it enters the guest or blocks.
 */
void hvp_kvm_unprotect(struct hvp_kvm *hk)
{
	unsigned long region;
	void *noted;
	int idx;

	mutex_lock(&hk->protect_lock);
	if (hk->protecting)
		hvp_kvm_unwatch_emulators(hk->kvm);
	xa_for_each(&hk->regions, region, noted) {
		idx = srcu_read_lock(&hk->kvm->srcu);
		end_region(hk, region);
		srcu_read_unlock(&hk->kvm->srcu, idx);
		zap(hk->kvm, region * PAGES_PER_REGION, (region + 1) * PAGES_PER_REGION);
		cond_resched();
	}
	WRITE_ONCE(hk->protecting, false);
	mutex_unlock(&hk->protect_lock);
	synchronize_srcu(&hk->kvm->srcu);
}

/*
 * A VP faults again and again on a page that it may use: it was mapped while a change of its
 * rights was under way that was taken back, or a huge page with no rights lies over it as
 * something else that has kept KVM from huge pages is gone, and our count with the old slots.
 */
static noinline void heal(struct hvp_kvm *hk, u64 gfn)
{
	unsigned long first = round_down(gfn / PAGES_PER_REGION, REGIONS_PER_GIB);

	mutex_lock(&hk->protect_lock);
	/* What was restricted before this VM was there */
	update_region(hk, gfn / PAGES_PER_REGION);
	recount(hk, first, first + REGIONS_PER_GIB - 1);
	zap(hk->kvm, gfn, gfn + 1);
	mutex_unlock(&hk->protect_lock);
}

/* Faults on one page in a row are rare, but for what heal() cures */
static void note_fault(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u64 gfn)
{
	if (gfn != kvp->fault_gfn) {
		kvp->fault_gfn = gfn;
		kvp->faults = 0;
	} else if (is_power_of_2(++kvp->faults)) {
		heal(hk, gfn);
	}
}

static u64 vmx_fault_gpa(void)
{
	unsigned long gpa;

	/* The VMCS of a vCPU is loaded whenever its thread runs in its exit handler */
	asm volatile("vmread %1, %0" : "=r" (gpa) : "r" ((unsigned long)GUEST_PHYSICAL_ADDRESS)
		     : "cc");
	return gpa;
}

/* What the access wanted, from the error code of NPT, or the qualification of EPT */
static u32 wanted(u64 info)
{
	if (hvp_vmx)
		return info & HVP_GPA_ALL;
	if (info & PFERR_FETCH_MASK)
		return HVP_GPA_EXECUTE;
	return info & PFERR_WRITE_MASK ? HVP_GPA_WRITE : HVP_GPA_READ;
}

/* EPT tells the linear address of an access, but for those to page tables */
static void intercept(struct hvp_kvm_vp *kvp, u8 vtl, u64 info, u64 gpa)
{
	struct hvp_vtl_access access = { .gpa = gpa };
	u32 rights = wanted(info);
	unsigned long gva;

	access.type = rights & HVP_GPA_EXECUTE ? HV_ACCESS_EXECUTE :
		      rights & HVP_GPA_WRITE ? HV_ACCESS_WRITE : HV_ACCESS_READ;
	if (hvp_vmx && (info & EPT_VIOLATION_GVA_IS_VALID) &&
	    (info & EPT_VIOLATION_GVA_TRANSLATED)) {
		asm volatile("vmread %1, %0" : "=r" (gva)
			     : "r" ((unsigned long)GUEST_LINEAR_ADDRESS) : "cc");
		access.gva = gva;
		access.gva_valid = true;
	}
	hvp_vtl_memory_intercept(kvp->vp, vtl, &access);
}

/**
 * hvp_kvm_denied - The emulator has denied an access, in which a higher VTL is interested
 * @kvp: VTL in its exit hook; its instruction has not been executed
 */
void hvp_kvm_denied(struct hvp_kvm_vp *kvp)
{
	u32 wanted = kvp->denied.type == HV_ACCESS_WRITE ? HVP_GPA_WRITE : HVP_GPA_READ;
	u8 higher = hvp_vtl_denies(kvp->hk->partition, kvp->vtl, gpa_to_gfn(kvp->denied.gpa),
				   wanted, NULL);

	kvp->is_denied = false;
	/* It may be allowed by now: the instruction is executed again */
	if (!higher)
		return;
	if (hvp_vtls_of_vp(kvp->vp) & BIT(higher))
		hvp_vtl_memory_intercept(kvp->vp, higher, &kvp->denied);
	else
		hvp_kvm_call(kvm_queue_exception_e)(kvp->vcpu, GP_VECTOR, 0);
}

/**
 * hvp_kvm_violation - A VP's access to a guest page was stopped by the nested page tables
 * @hk: Its VM, pages of which are or were restricted
 * @kvp: VP, in its exit hook
 * @info: First exit information: error code or qualification
 * @gpa: SVM: the address
 *
 * If a higher VTL denies it, that is entered. A machine has no parent that could handle it: #GP, as
 * Microsoft's hypervisor does to a root that touches the hypervisor's memory. If it hits the delivery
 * of an event, or the page tables, this goes by the processor's rules to a double and a triple fault.
 *
 * Return: whether it was forbidden and has been dealt with; if not it is KVM's.
 */
bool hvp_kvm_violation(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u64 info, u64 gpa)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u64 gfn;
	u8 higher;

	if (hvp_vmx)
		gpa = vmx_fault_gpa();
	else if (info & PFERR_RSVD_MASK)
		return false;
	gfn = gpa_to_gfn(gpa);
	if (!(wanted(info) & ~hvp_kvm_rights(hk->partition, hk->vtl, gfn))) {
		note_fault(hk, kvp, gfn);
		return false;
	}
	hvp_kvm_bookkeeping(kvp);
	higher = hvp_vtl_denies(hk->partition, hk->vtl, gfn, wanted(info), NULL);
	if (higher && (hvp_vtls_of_vp(kvp->vp) & BIT(higher))) {
		intercept(kvp, higher, info, gpa);
		return true;
	}
	hvp_kvm_call(kvm_queue_exception_e)(vcpu, GP_VECTOR, 0);
	return true;
}

/* What KVM does with such a page */
#define ACCESS	(HVP_GPA_READ | HVP_GPA_WRITE)

/* Does this MSR, written so, name a guest page that KVM will write to on its own? */
static bool names_page(u32 msr, u64 data)
{
	switch (msr) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		return data;
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
	case MSR_KVM_STEAL_TIME:
	case MSR_KVM_PV_EOI_EN:
	case MSR_KVM_ASYNC_PF_EN:
	case HV_MSR_HYPERCALL:
	case HV_MSR_REFERENCE_TSC:
	case HV_MSR_VP_ASSIST_PAGE:
	case HV_MSR_SIEFP:
	case HV_MSR_SIMP:
	case HV_MSR_SIRBP:
		return data & 1;
	default:
		return false;
	}
}

/**
 * hvp_kvm_msr_forbidden - Does a WRMSR hand KVM a page that its guest may not touch?
 * @pt: Machine
 * @vtl: VTL
 * @msr: MSR
 * @data: What is written
 */
bool hvp_kvm_msr_forbidden(const struct hvp_partition *pt, u8 vtl, u32 msr, u64 data)
{
	/* Structures of KVM, at most this long, may lie across a page boundary */
	const u64 longest = 64, address = data & ~1ull;

	if (!hvp_kvm_restricted(pt, vtl) || !names_page(msr, data))
		return false;
	return (ACCESS & ~hvp_kvm_rights(pt, vtl, gpa_to_gfn(address))) ||
	       (ACCESS & ~hvp_kvm_rights(pt, vtl, gpa_to_gfn(address + longest - 1)));
}

static bool slots_are_ram(struct kvm_memslots *slots, u64 gfn, u64 count)
{
	u64 end = gfn + count;
	struct kvm_memory_slot *slot;

	while (gfn < end) {
		slot = __gfn_to_memslot(slots, gfn);
		/* KVM's own slots are none of the guest's, nor are those of odd kinds or going */
		if (!slot || slot->id >= KVM_USER_MEM_SLOTS ||
		    (slot->flags & ~KVM_MEM_LOG_DIRTY_PAGES))
			return false;
		gfn = slot->base_gfn + slot->npages;
	}
	return true;
}

/**
 * hvp_kvm_space_is_ram - As struct hvp_backend_ops.space_is_ram
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages
 */
bool hvp_kvm_space_is_ram(struct hvp_partition *pt, u64 gfn, u64 count)
{
	struct hvp_kvm *hk;
	bool ram = false;
	int idx, slots;

	if (count > U64_MAX - gfn)
		return false;
	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = READ_ONCE(pt->backend);
	if (hk) {
		slots = srcu_read_lock(&hk->kvm->srcu);
		ram = slots_are_ram(kvm_memslots(hk->kvm), gfn, count);
		srcu_read_unlock(&hk->kvm->srcu, slots);
	}
	srcu_read_unlock(&hvp_hook_srcu, idx);
	return ram;
}
