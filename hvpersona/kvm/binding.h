/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The binding to KVM. This directory is the only one that includes KVM's headers.
 *
 * binding.c  finds KVM's functions and retargets its static calls
 * exit.c     what happens at an exit of an attached VM
 * attach.c   which VMs are attached, from claim or attach to death or detach
 * protect.c  rights of guest pages, put into the nested page tables
 * emulator.c and kept by KVM's instruction emulator
 * redirect.c  device interrupts that go elsewhere
 * sibling.c  a second VM of the VMM's process, run in the vCPU threads of the first
 * vtl.c      higher VTLs, each a sibling: their making, and the switch between them
 * cpuid.c    the CPUID leaves of a vCPU
 * host_cpuid.c  and those that a VM on this host can have
 * memory.c, regs.c, ops.c, start.c, interrupt.c, synic.c, and parts of protect.c   struct
 *            hvp_backend_ops
 */
#ifndef HVP_KVM_BINDING_H
#define HVP_KVM_BINDING_H

#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/static_call.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <asm/kvm_host.h>
#include <asm/svm.h>

#include "compat.h"
#include "sibling.h"
#include "../dispatch.h"
#include "../reg_checks.h"
#include "../stats/stats.h"
#include "../vtl/intercept.h"
#include "../vtl/protect.h"

struct dest_map;

/**
 * struct hvp_kvm_vp - What the binding keeps of one VTL of a VP
 * @vcpu: Its vCPU; valid while the VM is alive
 * @vp: The VP
 * @hk: Its VM
 * @home: The one whose vCPU is the VMM's, of the VTL in which the machine begins; itself if
 *	this is it. In its thread all run
 * @vtl: Its VTL
 * @vtls: Of the home: one for each VTL that the VP has, see vtl.c. Set for good with a release
 * @file: Of a sibling's: the vCPU's file
 * @runner: Of the home: the thread while it is in vtl.c
 * @wanted: Of the home: bit v is set if VTL v was kicked while a lower one was active. Atomic
 * @held: Like @busy, while it may be in vtl.c
 * @leave: It leaves the guest at once when it enters it next
 * @halts: Likewise, and goes on halting, if RIP is still @halt_rip
 * @halt_rip: RIP when it was seen halted
 * @in_call: It has made a VTL call and is still at that instruction; the VTL return steps over it
 * @disabled: The VP does not have the VTL any more; under its vCPU's mutex
 * @wrote_page: Of the home: its VP assist page is dirty
 * @is_denied: @denied is an access of the emulator's for which the VTL is to be left
 * @denied: It
 * @vina_look: An interrupt may have come for a lower VTL of which this one is to be told
 * @is_startup: It has sent a SIPI that was dropped
 * @startup_target: Index of the VP that it was for
 * @startup_vector: Its vector
 * @exiting: Of the home: an exit of the active VTL's is with the VMM
 * @sirbp: HV_MSR_SIRBP, which KVM does not know. Read by others
 * @halted_at: When it was last seen halted by someone who woke it, see synic.c; 0 for never
 * @drowsy: It goes back to sleep when this attempt to enter the guest is given up
 * @power_off: Its guest has switched the machine off
 * @busy: Its thread is in a hook; see hvp_kvm_enter()
 * @booked: hvp_kvm_bookkeeping() has been done for this exit
 * @call: The hypercall being made; here to spare the stack its clearing
 * @active: At its last exit the guest ran that has told who it is
 * @start_pending: 1 from HvCallStartVirtualProcessor until the vCPU has taken @start
 * @start: Context to start with
 * @start_vtl: VTL to start in
 * @begins_above: It is about to start in a higher VTL
 * @unstarted: It has been started in a higher VTL, and waits for being started itself
 * @fault_gfn: Page of its last page fault, while pages of the VM are restricted
 * @faults: Number of faults on it in a row, less one
 */
struct hvp_kvm_vp {
	struct kvm_vcpu *vcpu;
	struct hvp_vp *vp;
	struct hvp_kvm *hk;
	struct hvp_kvm_vp *home;
	struct hvp_kvm_vp *vtls[HVP_VTLS];
	struct file *file;
	struct task_struct *runner;
	unsigned long wanted;
	unsigned long halt_rip;
	u8 vtl;
	bool wrote_page;
	bool held;
	bool leave;
	bool halts;
	bool in_call;
	bool disabled;
	bool is_denied;
	bool exiting;
	struct hvp_vtl_access denied;
	bool vina_look;
	bool is_startup;
	u8 startup_vector;
	u32 startup_target;
	u64 sirbp;
	u64 halted_at;
	bool drowsy;
	bool power_off;
	bool busy;
	bool booked;
	bool active;
	struct hvp_call call;
	atomic_t start_pending;
	struct hvp_initial_vp_context start;
	u8 start_vtl;
	bool begins_above;
	bool unstarted;
	u64 fault_gfn;
	u32 faults;
};

/**
 * struct hvp_kvm - An attached VM
 * @next: Next in its hash bucket
 * @kvm: The VM; no reference: it tells when it dies
 * @partition: Its partition
 * @detached: It is being let go: exits are KVM's again
 * @rcu: For freeing it when no exit of any VM can be looking at it
 * @protect_lock: Serializes changes of what is enforced. Inside attach_lock and struct
 *	hvp_space.lock, outside of kvm->mmu_lock
 * @protecting: Rights of its pages are enforced: one has been restricted since it was
 *	attached. Read without the lock
 * @regions: Regions of 2 MiB in which KVM was told to use small pages; the value is the
 *	generation of its memory slots then
 * @counted: Generation of the slots in which all of them are known to be counted. Read without
 *	the lock
 * @root_pages: The hypervisor's pages of a root: 1 if they are there, -1 if they cannot be, 0 if
 *	nobody has asked; written under kvm->slots_lock
 * @vtl: VTL whose VM it is
 * @home: The VMM's own VM, of the VTL in which the machine begins; itself if this is it
 * @vtls: Of the home: the VM of each VTL that there is. Set for good with a release
 * @has_vtls: It is one of several. Read without a lock
 * @slot_changes: Of the home: changes of its memory slots since there is another VTL
 * @file: Of a sibling: the VM's file
 * @slots: Of a sibling: its memory; under @mirror_lock
 * @mirror_lock: Of a sibling
 * @watched_below: Of the home: lower VTLs than this have MSRs watched
 * @filtered: Accesses to MSRs that hvp_msr_is_taken() names are exits, and not KVM's
 * @release: Of a sibling: lets go of its files
 * @max_vps: Size of @vps
 * @vps: By vcpu_idx
 */
struct hvp_kvm {
	struct hvp_kvm *next;
	struct kvm *kvm;
	struct hvp_partition *partition;
	bool detached;
	struct rcu_head rcu;
	struct mutex protect_lock;
	bool protecting;
	struct xarray regions;
	u64 counted;
	int root_pages;
	u8 vtl;
	bool has_vtls;
	struct hvp_kvm *home;
	struct hvp_kvm *vtls[HVP_VTLS];
	atomic_t slot_changes;
	struct file *file;
	struct hvp_slots slots;
	struct mutex mirror_lock;
	u8 watched_below;
	bool filtered;
	struct work_struct release;
	u32 max_vps;
	struct hvp_kvm_vp *vps[];
};

/*
 * Functions of KVM and of the kernel that are called, with why: KVM exports next to
 * nothing, so each is found by name and called through a static call of ours (a direct
 * call: an indirect one would end at a sealed ENDBR). All must be there.
 *
 * X(name, return type, arguments, purpose)
 */
#define HVP_KVM_FUNCTIONS(X)							\
	X(file_is_kvm, bool, (struct file *), "recognise a VM's descriptor")	\
	X(kvm_skip_emulated_instruction, int, (struct kvm_vcpu *),		\
	  "step over a hypercall instruction")					\
	X(kvm_queue_exception, void, (struct kvm_vcpu *, unsigned int),		\
	  "raise exceptions")							\
	X(kvm_vcpu_read_guest, int,						\
	  (struct kvm_vcpu *, gpa_t, void *, unsigned long), "read hypercall input") \
	X(kvm_vcpu_write_guest, int,						\
	  (struct kvm_vcpu *, gpa_t, const void *, unsigned long),		\
	  "write hypercall output")						\
	X(kvm_vcpu_gfn_to_memslot, struct kvm_memory_slot *,			\
	  (struct kvm_vcpu *, gfn_t), "tell guest RAM from holes")		\
	X(kvm_vcpu_mark_page_dirty, void, (struct kvm_vcpu *, gfn_t),		\
	  "keep dirty logging correct")						\
	X(kvm_make_all_cpus_request, bool, (struct kvm *, unsigned int),	\
	  "flush TLBs of all VPs")						\
	X(kvm_make_vcpus_request_mask, bool,					\
	  (struct kvm *, unsigned int, unsigned long *), "flush TLBs of some VPs") \
	X(kvm_apic_set_irq, int,						\
	  (struct kvm_vcpu *, struct kvm_lapic_irq *, struct dest_map *),	\
	  "send interrupts to VPs")						\
	X(kvm_apic_get_state, int, (struct kvm_vcpu *, struct kvm_lapic_state *), \
	  "read local APICs")							\
	X(kvm_hv_vapic_msr_write, int, (struct kvm_vcpu *, u32, u64),		\
	  "write local APIC registers")						\
	X(kvm_vcpu_on_spin, void, (struct kvm_vcpu *, bool),			\
	  "yield in long spin waits")						\
	X(kvm_set_cr0, int, (struct kvm_vcpu *, unsigned long), "write CR0")	\
	X(kvm_set_cr3, int, (struct kvm_vcpu *, unsigned long), "write CR3")	\
	X(kvm_set_cr4, int, (struct kvm_vcpu *, unsigned long), "write CR4")	\
	X(kvm_set_cr8, int, (struct kvm_vcpu *, unsigned long), "write CR8")	\
	X(kvm_get_cr8, unsigned long, (struct kvm_vcpu *), "read CR8")		\
	X(kvm_set_dr, int, (struct kvm_vcpu *, int, unsigned long),		\
	  "write debug registers")						\
	X(kvm_get_rflags, unsigned long, (struct kvm_vcpu *), "read RFLAGS")	\
	X(kvm_set_rflags, void, (struct kvm_vcpu *, unsigned long), "write RFLAGS") \
	X(__get_sregs, void, (struct kvm_vcpu *, struct kvm_sregs *),		\
	  "start VPs")								\
	X(__set_sregs, int, (struct kvm_vcpu *, struct kvm_sregs *), "start VPs") \
	X(kvm_hv_vcpu_init, int, (struct kvm_vcpu *),				\
	  "switch on KVM's Hyper-V clock and MSRs")				\
	X(kvm_hv_get_msr_common, int, (struct kvm_vcpu *, u32, u64 *, bool),	\
	  "deliver messages")							\
	X(kvm_hv_set_cpuid, void, (struct kvm_vcpu *, bool),			\
	  "switch on KVM's Hyper-V clock and MSRs")				\
	X(__kvm_set_xcr, int, (struct kvm_vcpu *, u32, u64), "write XCR0")	\
	X(switch_fpu_return, void, (void), "reach the guest's XMM registers")	\
	X(kvm_queue_exception_e, void, (struct kvm_vcpu *, unsigned int, u32),	\
	  "raise exceptions")							\
	X(kvm_emulate_halt_noskip, int, (struct kvm_vcpu *), "halt VPs")	\
	X(kvm_arch_vcpu_runnable, int, (struct kvm_vcpu *), "halt VPs")		\
	X(__x86_set_memory_region, void __user *, (struct kvm *, int, gpa_t, u32), \
	  "make the hypervisor's pages of a root")				\
	X(kvm_mmu_gfn_disallow_lpage, void,					\
	  (const struct kvm_memory_slot *, gfn_t), "protect guest pages")	\
	X(kvm_mmu_gfn_allow_lpage, void,					\
	  (const struct kvm_memory_slot *, gfn_t), "protect guest pages")	\
	X(kvm_zap_gfn_range, void, (struct kvm *, gfn_t, gfn_t),		\
	  "protect guest pages")						\
	X(kvm_mmu_gva_to_gpa_read, gpa_t,					\
	  (struct kvm_vcpu *, gva_t, struct x86_exception *),			\
	  "check what the emulator accesses")					\
	X(kvm_mmu_gva_to_gpa_system, gpa_t,					\
	  (struct kvm_vcpu *, gva_t, struct x86_exception *),			\
	  "check what the emulator accesses")					\
	X(emulator_read_std, int,						\
	  (struct x86_emulate_ctxt *, unsigned long, void *, unsigned int,	\
	   struct x86_exception *, bool), "check what the emulator accesses")	\
	X(emulator_write_std, int,						\
	  (struct x86_emulate_ctxt *, unsigned long, void *, unsigned int,	\
	   struct x86_exception *, bool), "check what the emulator accesses")	\
	X(emulator_read_emulated, int,						\
	  (struct x86_emulate_ctxt *, unsigned long, void *, unsigned int,	\
	   struct x86_exception *), "check what the emulator accesses")		\
	X(emulator_write_emulated, int,						\
	  (struct x86_emulate_ctxt *, unsigned long, const void *, unsigned int, \
	   struct x86_exception *), "check what the emulator accesses")		\
	X(emulator_cmpxchg_emulated, int,					\
	  (struct x86_emulate_ctxt *, unsigned long, const void *, const void *, \
	   unsigned int, struct x86_exception *), "check what the emulator accesses") \
	X(kvm_vcpu_reset, void, (struct kvm_vcpu *, bool), "enable VTLs")	\
	X(kvm_get_running_vcpu, struct kvm_vcpu *, (void), "drop INIT and SIPI") \
	X(kvm_cpuid, bool, (struct kvm_vcpu *, u32 *, u32 *, u32 *, u32 *, bool),	\
	  "tell VTLs what CPUID answers")					\
	X(kvm_cpu_has_interrupt, int, (struct kvm_vcpu *), "switch VTLs")	\
	X(kvm_cpu_has_pending_timer, int, (struct kvm_vcpu *), "switch VTLs")	\
	X(kvm_inject_pending_timer_irqs, void, (struct kvm_vcpu *), "switch VTLs") \
	X(kvm_hv_process_stimers, void, (struct kvm_vcpu *), "switch VTLs")	\
	X(kvm_arch_vcpu_ioctl_run, int, (struct kvm_vcpu *), "run VTLs")	\
	X(vcpu_load, void, (struct kvm_vcpu *), "run VTLs")			\
	X(vcpu_put, void, (struct kvm_vcpu *), "run VTLs")			\
	X(fpu_swap_kvm_fpstate, int, (struct fpu_guest *, bool), "run VTLs")	\
	X(kvm_io_bus_write, int,						\
	  (struct kvm_vcpu *, enum kvm_bus, gpa_t, int, const void *), "run VTLs") \
	X(kvm_io_bus_read, int,							\
	  (struct kvm_vcpu *, enum kvm_bus, gpa_t, int, void *), "run VTLs")	\
	X(kvm_lapic_switch_to_sw_timer, void, (struct kvm_vcpu *), "run VTLs")	\
	HVP_KICK_FUNCTION(X)							\
	HVP_TEST_FUNCTIONS(X)

/* One that no KVM has, to see that it is missed: tests/uapi/run.sh */
#ifdef HVP_TEST_MISSING
#define HVP_TEST_FUNCTIONS(X)	X(kvm_no_such_function, void, (void), "test this message")
#else
#define HVP_TEST_FUNCTIONS(X)
#endif

/* Members of kvm_x86_ops that are called */
#define HVP_KVM_OPS(X)		\
	X(get_exit_info)	\
	X(get_cpl)		\
	X(get_cs_db_l_bits)	\
	X(get_segment)		\
	X(set_segment)		\
	X(get_idt)		\
	X(set_idt)		\
	X(get_gdt)		\
	X(set_gdt)		\
	X(get_msr)		\
	X(set_msr)		\
	X(cache_reg)		\
	X(get_interrupt_shadow)	\
	X(set_interrupt_shadow)	\
	X(get_nmi_mask)		\
	X(set_nmi_mask)		\
	X(flush_tlb_guest)

#define HVP_DECLARE_FUNCTION(name, ret, args, purpose)	\
	typedef ret hvp_fn_##name args;			\
	DECLARE_STATIC_CALL(hvp_##name, *(hvp_fn_##name *)NULL);
HVP_KVM_FUNCTIONS(HVP_DECLARE_FUNCTION)

#define HVP_DECLARE_OP(name) \
	DECLARE_STATIC_CALL(hvp_op_##name, *(((struct kvm_x86_ops *)0)->name));
HVP_KVM_OPS(HVP_DECLARE_OP)

#define hvp_kvm_call(name)	static_call(hvp_##name)
#define hvp_kvm_op(name)	static_call(hvp_op_##name)

/*
 * The request whose handler is retargeted to run in a vCPU's thread before its next entry,
 * behind KVM's synthetic timers and before interrupts are injected. KVM uses it where
 * processors log dirty pages, and otherwise for nothing.
 */
#define HVP_REQ_PRE_ENTRY	KVM_REQ_UPDATE_CPU_DIRTY_LOGGING

/* Likewise; who makes it waits until the vCPU has left the guest */
#define HVP_REQ_STOP		(HVP_REQ_PRE_ENTRY | KVM_REQUEST_WAIT)

/* KVM's own implementations of the ops that are retargeted */
DECLARE_STATIC_CALL(hvp_orig_handle_exit, *(((struct kvm_x86_ops *)0)->handle_exit));
DECLARE_STATIC_CALL(hvp_orig_after_set_cpuid,
		    *(((struct kvm_x86_ops *)0)->vcpu_after_set_cpuid));
DECLARE_STATIC_CALL(hvp_orig_pre_entry,
		    *(((struct kvm_x86_ops *)0)->update_cpu_dirty_logging));
DECLARE_STATIC_CALL(hvp_orig_cancel_injection,
		    *(((struct kvm_x86_ops *)0)->cancel_injection));
DECLARE_STATIC_CALL(hvp_orig_vcpu_run, *(((struct kvm_x86_ops *)0)->vcpu_run));
DECLARE_STATIC_CALL(hvp_orig_vcpu_free, *(((struct kvm_x86_ops *)0)->vcpu_free));
DECLARE_STATIC_CALL(hvp_orig_vm_destroy, *(((struct kvm_x86_ops *)0)->vm_destroy));

/* binding.c */
int hvp_binding_init(void);
unsigned long hvp_kvm_lookup(const char *name);
int hvp_kvm_hook(struct ftrace_ops *ops, unsigned long *addresses, u32 count);
void hvp_kvm_unhook(struct ftrace_ops *ops, unsigned long *addresses, u32 count);
unsigned long hvp_kvm_require(const char *name, const char *purpose);
void hvp_binding_exit(void);
void hvp_hooks_get(void);
bool hvp_hooks_tryget(void);
void hvp_hooks_put(void);
bool hvp_hooks_installed(void);
void hvp_hook_entries(void);
long hvp_kvm_create_vm(void);
extern bool hvp_vmx;		/* the host is Intel */
extern bool hvp_tdp;		/* nested paging is in use */
extern bool hvp_pml;		/* processors log dirty pages */
extern struct srcu_struct hvp_hook_srcu;

/* root_pages.c */
u64 hvp_kvm_root_page(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u32 msr);
bool hvp_kvm_set_synic(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u32 msr, u64 data);
u64 hvp_kvm_unnamed_page(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u32 msr);

/* exit.c */
#define HVP_CALL_INSN_SIZE	3
void hvp_kvm_bookkeeping(struct hvp_kvm_vp *kvp);
void hvp_kvm_note_guest(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp);
int hvp_kvm_exit(struct hvp_kvm *hk, struct kvm_vcpu *vcpu,
		 enum exit_fastpath_completion fastpath);
int hvp_handle_exit(struct kvm_vcpu *vcpu, enum exit_fastpath_completion fastpath);

/* stats.c */
#define HVP_EXIT_REASONS	0x100
extern u8 hvp_exit_stats[HVP_EXIT_REASONS];
void hvp_kvm_stats_init(void);
void hvp_kvm_count_details(struct hvp_vp *vp, struct kvm_vcpu *vcpu, u32 reason, u64 info1,
			   u64 info2);
void hvp_kvm_run_time(struct hvp_vp *vp, struct hvp_run_time *time);
void hvp_kvm_space_pages(struct hvp_partition *pt, struct hvp_space_pages *pages);

/* attach.c */
#define HVP_BUCKET_BITS	8
extern struct hvp_kvm *hvp_kvm_buckets[1 << HVP_BUCKET_BITS];
void hvp_after_set_cpuid(struct kvm_vcpu *vcpu);
struct hvp_kvm *hvp_kvm_add_sibling(struct hvp_kvm *home, u8 vtl, struct file *file);
struct hvp_kvm_vp *hvp_kvm_add_vtl(struct hvp_kvm *hk, struct hvp_kvm_vp *home, struct file *file);
void hvp_kvm_drop_sibling(struct hvp_kvm *hk);
void hvp_vcpu_free(struct kvm_vcpu *vcpu);
void hvp_vm_destroy(struct kvm *kvm);

/* protect.c */
int hvp_kvm_protect_init(void);
void hvp_kvm_protect_exit(void);
u32 hvp_kvm_looked_up_rights(const struct hvp_partition *pt, u8 vtl, u64 gfn);
int hvp_kvm_vtl_space_changed(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count);
int hvp_kvm_protect_sibling(struct hvp_kvm *hk);
void hvp_kvm_denied(struct hvp_kvm_vp *kvp);
int hvp_kvm_space_changed(struct hvp_partition *pt, u64 gfn, u64 count);
bool hvp_kvm_space_is_ram(struct hvp_partition *pt, u64 gfn, u64 count);
void hvp_kvm_recount(struct hvp_kvm *hk);
void hvp_kvm_unprotect(struct hvp_kvm *hk);
bool hvp_kvm_violation(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u64 info, u64 gpa);
bool hvp_kvm_msr_forbidden(const struct hvp_partition *pt, u8 vtl, u32 msr, u64 data);

/* redirect.c */
int hvp_kvm_redirect_init(void);
void hvp_kvm_redirect_exit(void);
int hvp_kvm_redirect(struct hvp_partition *pt, bool pin);

/* vtl.c */
int hvp_kvm_vtl_init(void);
void hvp_kvm_vtl_exit(void);
void hvp_kvm_vtl_end(void);
int hvp_kvm_make_vtl(struct hvp_vp *vp, u8 vtl);
void hvp_kvm_reset_vtl(struct hvp_vp *vp, u8 vtl);
enum hv_status hvp_kvm_enable_vp_vtl(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				     const struct hvp_initial_vp_context *context);
enum hv_status hvp_kvm_disable_vp_vtl(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl);
enum hv_status hvp_kvm_get_vtl_reg(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				   union hvp_register_value *value);
enum hv_status hvp_kvm_set_vtl_reg(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				   const union hvp_register_value *value);
bool hvp_kvm_vtl_paging(struct hvp_vp *vp, u8 vtl, struct hvp_paging *paging);
bool hvp_kvm_inject(struct hvp_vp *vp, u8 vtl, const struct hv_exception_event *event);
void hvp_kvm_write_assist(struct hvp_vp *vp, u8 vtl, u32 offset, const void *data, u32 size);
void hvp_kvm_write_vtl_gpa(struct hvp_vp *vp, u8 vtl, u64 gpa, const void *data, u32 size);
void hvp_kvm_switch_vtl(struct hvp_vp *vp, u8 vtl, u32 reason);
void hvp_kvm_return_vtl(struct hvp_vp *vp, u8 vtl, bool fast);
int hvp_kvm_vtl_handle_exit(struct hvp_kvm *hk, struct kvm_vcpu *vcpu,
			    enum exit_fastpath_completion fastpath);
enum exit_fastpath_completion hvp_vcpu_run(struct kvm_vcpu *vcpu, u64 run_flags);
void hvp_kvm_vtl_pre_entry(struct hvp_kvm_vp *kvp);
void hvp_kvm_write_vtl_code(struct hvp_kvm_vp *kvp);
void hvp_kvm_vtls_release(struct hvp_kvm *home);
void hvp_kvm_vtls_stop(struct hvp_kvm *home);

/* emulator.c */
int hvp_kvm_emulator_init(void);
int hvp_kvm_watch_emulator(struct kvm_vcpu *vcpu);
int hvp_kvm_watch_emulators(struct kvm *kvm);
void hvp_kvm_unwatch_emulators(struct kvm *kvm);

/* host_cpuid.c */
int hvp_kvm_host_cpuid_init(void);

/* cpuid.c */
int hvp_kvm_cpuid_apply(struct hvp_kvm_vp *kvp);
bool hvp_kvm_cpuid(struct hvp_kvm_vp *kvp, int *ret);
bool hvp_kvm_intercept_cpuid(struct hvp_kvm_vp *kvp);

/* watch.c */
int hvp_kvm_watch_init(void);
void hvp_kvm_watch_exit(void);
u64 hvp_kvm_watchable_bits(struct hvp_vp *vp, u32 cr);
enum hv_status hvp_kvm_watch_msrs(struct hvp_vp *vp, u8 vtl);
void hvp_kvm_watch_sibling(struct hvp_kvm *hk);
void hvp_kvm_unwatch(struct hvp_kvm *hk);
bool hvp_kvm_watched_msr(struct hvp_kvm_vp *kvp, u32 index, bool write, u64 value);
int hvp_kvm_watched_control(struct hvp_kvm_vp *kvp);

/* start.c */
bool hvp_kvm_waits(const struct hvp_kvm_vp *kvp);
void hvp_pre_entry(struct kvm_vcpu *vcpu);
int hvp_kvm_load_context(struct kvm_vcpu *vcpu, const struct hvp_initial_vp_context *c);
enum hv_status hvp_kvm_start_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				const struct hvp_initial_vp_context *context);

/* synic.c */
void hvp_cancel_injection(struct kvm_vcpu *vcpu);
void hvp_kvm_wake(struct hvp_kvm_vp *kvp);
bool hvp_kvm_event_injected(const struct kvm_vcpu *vcpu);
bool hvp_kvm_sleeps(struct hvp_kvm_vp *kvp);
void hvp_kvm_deliver(struct hvp_kvm_vp *kvp);
bool hvp_kvm_sint(struct hvp_vp *vp, u8 vtl, u32 sint, struct hvp_sint *out);
void hvp_kvm_sint_irq(struct hvp_vp *vp, u8 vtl, u8 vector);
void hvp_kvm_synic_kick(struct hvp_vp *vp, u8 vtl);
u64 hvp_kvm_sirbp(struct hvp_vp *vp);

/* memory.c */
int hvp_kvm_read_gpa(struct hvp_vp *vp, u64 gpa, void *data, u32 size);
int hvp_kvm_write_gpa(struct hvp_vp *vp, u64 gpa, const void *data, u32 size);
int hvp_kvm_cmpxchg_gpa(struct hvp_vp *vp, u64 gpa, u64 old, u64 new, u32 size);
int hvp_kvm_write_own_page(struct hvp_vp *vp, u64 gpa, const u64 *values, u32 count);
u32 hvp_kvm_gpa_access(struct hvp_vp *vp, u64 gpa);

/* regs.c */
void hvp_kvm_read_xmm(struct hvp_vp *vp, u32 first, u32 count, u64 *values);
void hvp_kvm_write_xmm(struct hvp_vp *vp, u32 first, u32 count, const u64 *values);
void hvp_kvm_paging(struct hvp_vp *vp, struct hvp_paging *paging);
void hvp_kvm_read_paging(struct hvp_kvm_vp *kvp, struct hvp_paging *paging);
u64 hvp_kvm_read_cr(struct hvp_kvm_vp *kvp, u32 cr);
int hvp_kvm_read_msr(struct hvp_kvm_vp *kvp, u32 index, u64 *value);
int hvp_kvm_write_msr(struct hvp_kvm_vp *kvp, u32 index, u64 value);
enum hv_status hvp_kvm_get_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			       union hvp_register_value *value);
enum hv_status hvp_kvm_set_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			       const union hvp_register_value *value);
enum hv_status hvp_kvm_read_reg(struct hvp_kvm_vp *kvp, const struct hvp_reg *reg,
				union hvp_register_value *value);
enum hv_status hvp_kvm_write_reg(struct hvp_kvm_vp *kvp, const struct hvp_reg *reg,
				 const union hvp_register_value *value);
unsigned long hvp_kvm_rip(struct kvm_vcpu *vcpu);
void hvp_kvm_set_rsp(struct kvm_vcpu *vcpu, unsigned long rsp);
void hvp_kvm_set_rip(struct kvm_vcpu *vcpu, unsigned long rip);

/* interrupt.c */
enum hv_status hvp_kvm_accept_irq(struct hvp_vp *vp, const struct hvp_interrupt *irq);
int hvp_kvm_priority(struct hvp_vp *vp, u8 vtl);

/* ops.c */
extern const struct hvp_backend_ops hvp_kvm_ops;

static inline struct hvp_kvm **hvp_kvm_bucket(const struct kvm *kvm)
{
	return &hvp_kvm_buckets[hash_ptr((void *)kvm, HVP_BUCKET_BITS)];
}

/*
 * The counter of an exit. Reasons beyond the table are those of nested paging and of AVIC on SVM,
 * which stand in its last entry; VMX has flags in the upper half.
 */
static __always_inline enum hvp_vp_stat hvp_kvm_exit_stat(u32 reason)
{
	return hvp_exit_stats[min_t(u32, (u16)reason, HVP_EXIT_REASONS - 1)];
}

/* The attached VM of @kvm, or NULL. What it returns is there for an RCU-tasks period */
static __always_inline struct hvp_kvm *hvp_kvm_find(const struct kvm *kvm)
{
	struct hvp_kvm *hk = READ_ONCE(*hvp_kvm_bucket(kvm));

	while (hk && hk->kvm != kvm)
		hk = READ_ONCE(hk->next);
	return hk;
}

static inline struct hvp_kvm_vp *hvp_kvm_vp_of(struct hvp_kvm *hk, const struct kvm_vcpu *vcpu)
{
	u32 index = vcpu->vcpu_idx;

	return index < hk->max_vps ? READ_ONCE(hk->vps[index]) : NULL;
}

/* Does anything restrict a VTL of a machine? Any context */
static __always_inline bool hvp_kvm_restricted(const struct hvp_partition *pt, u8 vtl)
{
	return READ_ONCE(pt->space.restricted) || hvp_vtl_protected(pt, vtl);
}

/* What a VTL may do with one of its machine's pages: HVP_GPA_* as they are enforced. Any context */
static __always_inline u32 hvp_kvm_rights(const struct hvp_partition *pt, u8 vtl, u64 gfn)
{
	if (likely(!hvp_kvm_restricted(pt, vtl)))
		return HVP_GPA_ALL;
	return hvp_kvm_looked_up_rights(pt, vtl, gfn);
}

/*
 * Between these two a VP's thread may sleep in a hook and be sure of its VP:
 * hvp_backend_detach() waits for it. Pairs with the barrier there: either we see that the
 * VM is detached, or detaching sees that we are here.
 */
static __always_inline bool hvp_kvm_enter(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp)
{
	WRITE_ONCE(kvp->busy, true);
	/* Pairs with the one in hvp_backend_detach() */
	smp_mb();
	if (likely(!READ_ONCE(hk->detached)))
		return true;
	WRITE_ONCE(kvp->busy, false);
	return false;
}

static __always_inline void hvp_kvm_leave(struct hvp_kvm_vp *kvp)
{
	/* Pairs with the load in hvp_backend_detach() */
	smp_store_release(&kvp->busy, false);
}

static inline void hvp_to_kvm_segment(struct kvm_segment *to, const struct hv_segment *from)
{
	u16 attributes = from->attributes;

	*to = (struct kvm_segment) {
		.base = from->base, .limit = from->limit, .selector = from->selector,
		.type = attributes & 0xf, .s = attributes >> 4 & 1, .dpl = attributes >> 5 & 3,
		.present = attributes >> 7 & 1, .avl = attributes >> 12 & 1,
		.l = attributes >> 13 & 1, .db = attributes >> 14 & 1, .g = attributes >> 15 & 1,
		.unusable = !(attributes >> 7 & 1),
	};
}

/* The vCPU of the active VTL of the calling VP */
static inline struct kvm_vcpu *hvp_vcpu(const struct hvp_vp *vp)
{
	return ((struct hvp_kvm_vp *)vp->backend)->vcpu;
}

/* What any VP has for its active VTL; any context */
static inline struct hvp_kvm_vp *hvp_kvm_active(const struct hvp_vp *vp)
{
	return READ_ONCE(vp->backend);
}

/* What any VP has for the VTL in which its machine begins; any context */
static inline struct hvp_kvm_vp *hvp_kvm_home(const struct hvp_vp *vp)
{
	return ((struct hvp_kvm_vp *)READ_ONCE(vp->backend))->home;
}

/* What any VP has for a VTL, or NULL; any context */
static inline struct hvp_kvm_vp *hvp_kvm_vtl(const struct hvp_vp *vp, u8 vtl)
{
	/* Pairs with the release when it is made */
	return smp_load_acquire(&hvp_kvm_home(vp)->vtls[vtl]);
}

#endif
