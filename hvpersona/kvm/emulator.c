// SPDX-License-Identifier: GPL-2.0
/*
 * KVM's instruction emulator reads and writes guest memory by way of the memory slots, past
 * the nested page tables. On VMs with restricted pages it is given our functions for that,
 * which look first whether the guest has the right.
 *
 * They stand in a copy of KVM's table of functions, to which the vCPU's emulator is pointed.
 * The table's layout is KVM's own: entries are recognised by what they point to.
 */
#include <linux/srcu.h>
#include <linux/uaccess.h>

#include "binding.h"

/* X86EMUL_INTERCEPTED: emulation stops without side effects */
#define EMULATION_STOPS		6

/* More than the table has; what follows it is copied and never used */
#define TABLE_WORDS		64

static const void *table[TABLE_WORDS];
static const void *original __ro_after_init;

/* struct x86_emulate_ctxt begins with the vCPU and the table */
struct emulator {
	struct kvm_vcpu *vcpu;
	const void *table;
};

/* Where the guest's address leads; the guest's own faults are left to KVM */
static bool translate(struct kvm_vcpu *vcpu, unsigned long addr, u64 *gpa)
{
	*gpa = hvp_kvm_call(kvm_mmu_gva_to_gpa_read)(vcpu, addr, NULL);
	/* Descriptor tables are accessed as the processor itself does */
	if (*gpa == INVALID_GPA)
		*gpa = hvp_kvm_call(kvm_mmu_gva_to_gpa_system)(vcpu, addr, NULL);
	return *gpa != INVALID_GPA;
}

/* A higher VTL will be told; from here, which may be outside of the exit hook, it cannot be entered */
static void note_denied(struct hvp_kvm *hk, struct kvm_vcpu *vcpu, unsigned long addr, u64 gpa,
			u32 rights)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vp_of(hk, vcpu);

	if (!kvp)
		return;
	kvp->denied = (struct hvp_vtl_access) {
		.type = rights & HVP_GPA_WRITE ? HV_ACCESS_WRITE : HV_ACCESS_READ,
		.gva_valid = true,
		.gva = addr,
		.gpa = gpa,
	};
	kvp->is_denied = true;
	kvm_make_request(HVP_REQ_PRE_ENTRY, vcpu);
}

static bool page_allowed(struct hvp_kvm *hk, struct kvm_vcpu *vcpu, unsigned long addr, u32 rights)
{
	u64 gpa, gfn;

	if (!translate(vcpu, addr, &gpa))
		return true;
	gfn = gpa_to_gfn(gpa);
	if (!(rights & ~hvp_kvm_rights(hk->partition, hk->vtl, gfn)))
		return true;
	if (hvp_vtl_denies(hk->partition, hk->vtl, gfn, rights, NULL))
		note_denied(hk, vcpu, addr, gpa, rights);
	else
		hvp_kvm_call(kvm_queue_exception_e)(vcpu, GP_VECTOR, 0);
	return false;
}

/* Page by page; an access may go on at the beginning of the address space */
static bool has_rights(struct hvp_kvm *hk, struct kvm_vcpu *vcpu, unsigned long addr,
		       unsigned int bytes, u32 rights)
{
	unsigned long last = addr + bytes - 1;

	if (likely(!hvp_kvm_restricted(hk->partition, hk->vtl)) || !bytes)
		return true;
	for (;; addr = (addr | ~PAGE_MASK) + 1) {
		if (!page_allowed(hk, vcpu, addr, rights))
			return false;
		if (!((addr ^ last) & PAGE_MASK))
			return true;
	}
}

/* May the guest do that? If not it gets #GP, or a higher VTL learns of it */
static bool allowed(struct x86_emulate_ctxt *ctxt, unsigned long addr, unsigned int bytes,
		    u32 rights)
{
	struct kvm_vcpu *vcpu = ((struct emulator *)ctxt)->vcpu;
	struct hvp_kvm *hk;
	bool ok;
	int idx;

	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = hvp_kvm_find(vcpu->kvm);
	ok = !hk || has_rights(hk, vcpu, addr, bytes, rights);
	srcu_read_unlock(&hvp_hook_srcu, idx);
	return ok;
}

static int read_std(struct x86_emulate_ctxt *ctxt, unsigned long addr, void *val,
		    unsigned int bytes, struct x86_exception *exception, bool system)
{
	if (!allowed(ctxt, addr, bytes, HVP_GPA_READ))
		return EMULATION_STOPS;
	return hvp_kvm_call(emulator_read_std)(ctxt, addr, val, bytes, exception, system);
}

static int write_std(struct x86_emulate_ctxt *ctxt, unsigned long addr, void *val,
		     unsigned int bytes, struct x86_exception *exception, bool system)
{
	if (!allowed(ctxt, addr, bytes, HVP_GPA_WRITE))
		return EMULATION_STOPS;
	return hvp_kvm_call(emulator_write_std)(ctxt, addr, val, bytes, exception, system);
}

static int read_emulated(struct x86_emulate_ctxt *ctxt, unsigned long addr, void *val,
			 unsigned int bytes, struct x86_exception *exception)
{
	if (!allowed(ctxt, addr, bytes, HVP_GPA_READ))
		return EMULATION_STOPS;
	return hvp_kvm_call(emulator_read_emulated)(ctxt, addr, val, bytes, exception);
}

static int write_emulated(struct x86_emulate_ctxt *ctxt, unsigned long addr, const void *val,
			  unsigned int bytes, struct x86_exception *exception)
{
	if (!allowed(ctxt, addr, bytes, HVP_GPA_WRITE))
		return EMULATION_STOPS;
	return hvp_kvm_call(emulator_write_emulated)(ctxt, addr, val, bytes, exception);
}

static int cmpxchg_emulated(struct x86_emulate_ctxt *ctxt, unsigned long addr, const void *old,
			    const void *new, unsigned int bytes,
			    struct x86_exception *exception)
{
	if (!allowed(ctxt, addr, bytes, HVP_GPA_READ | HVP_GPA_WRITE))
		return EMULATION_STOPS;
	return hvp_kvm_call(emulator_cmpxchg_emulated)(ctxt, addr, old, new, bytes, exception);
}

/* Replace KVM's function @name in the copy */
static bool replace(const char *name, const void *with)
{
	const void *address;
	bool found = false;
	u32 i;

	address = (void *)hvp_kvm_require(name, "check what the emulator accesses");
	for (i = 0; address && i < TABLE_WORDS; i++) {
		if (table[i] == address) {
			table[i] = with;
			found = true;
		}
	}
	return found;
}

/**
 * hvp_kvm_emulator_init - Prepare the table of functions
 *
 * Return: 0 or -ENOENT.
 */
int hvp_kvm_emulator_init(void)
{
	u32 i;

	original = (void *)hvp_kvm_require("emulate_ops", "check what the emulator accesses");
	if (!original)
		return -ENOENT;
	/* The end of the table may be the end of the module's data */
	for (i = 0; i < TABLE_WORDS; i++)
		if (copy_from_kernel_nofault(&table[i], original + i * sizeof(table[0]),
					     sizeof(table[0])))
			break;
	if (!replace("emulator_read_std", read_std) ||
	    !replace("emulator_write_std", write_std) ||
	    !replace("emulator_read_emulated", read_emulated) ||
	    !replace("emulator_write_emulated", write_emulated) ||
	    !replace("emulator_cmpxchg_emulated", cmpxchg_emulated)) {
		pr_err("hvpersona: the emulator of this kernel's KVM is not as expected\n");
		return -ENOENT;
	}
	return 0;
}

/**
 * hvp_kvm_watch_emulator - Have a vCPU's emulator look at the rights of guest pages
 * @vcpu: vCPU; it may be using its emulator
 *
 * Return: 0, or -EOPNOTSUPP if its emulator is not as expected.
 */
int hvp_kvm_watch_emulator(struct kvm_vcpu *vcpu)
{
	struct emulator *emulator = (struct emulator *)vcpu->arch.emulate_ctxt;

	if (emulator->vcpu != vcpu ||
	    (emulator->table != original && emulator->table != table))
		return -EOPNOTSUPP;
	WRITE_ONCE(emulator->table, table);
	return 0;
}

/**
 * hvp_kvm_unwatch_emulators - Undo it for all vCPUs of a VM
 * @kvm: VM
 *
 * A vCPU may be in our functions until kvm->srcu has been waited for.
 */
void hvp_kvm_unwatch_emulators(struct kvm *kvm)
{
	struct emulator *emulator;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		emulator = (struct emulator *)vcpu->arch.emulate_ctxt;
		if (emulator->table == table)
			WRITE_ONCE(emulator->table, original);
	}
}

/**
 * hvp_kvm_watch_emulators - hvp_kvm_watch_emulator() for all vCPUs of a VM
 * @kvm: VM
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int hvp_kvm_watch_emulators(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	int err;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		err = hvp_kvm_watch_emulator(vcpu);
		if (err) {
			hvp_kvm_unwatch_emulators(kvm);
			return err;
		}
	}
	return 0;
}
