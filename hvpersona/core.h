/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of the personality, and the narrow interface to whatever runs virtual
 * machines underneath.
 *
 * An instance is one virtual hypervisor, a partition one virtual machine in it, a VP one
 * virtual processor. Nothing here or in the other files of this directory knows KVM:
 * struct hvp_backend_ops is implemented by kvm/ and by the fake of the KUnit suites.
 *
 * Lock order, outermost first:
 *   struct hvp_partition.op_lock       of a child: one call or ioctl at a time acts on it;
 *                                      a parent's before its child's (subclass: depth); of a
 *                                      machine: one at a time changes its rights to its pages
 *     -> struct hvp_stats.lock         statistics pages of a machine
 *     -> struct hvp_log.mutex          event log buffers of a machine
 *     -> struct hvp_instance.ports_lock ports and connections
 *     -> struct hvp_instance.lock      who is whose child
 *       -> hvp_registry_lock           list of all partitions and claims, instances
 *         -> struct hvp_partition.lock VPs of the partition, CPUID leaves of each VP
 *           -> struct hvp_pool.lock    a pool's account and pages
 *             -> struct hvp_space.lock what became of a machine's own pages
 * Under any of these, spinlocks: struct hvp_rung.lock -> struct hvp_synic.lock -> struct
 * hvp_log.lock and, alone, struct hvp_host_port.lock and struct hvp_monitor.lock.
 * Senders of messages and events find connections, ports and VPs under RCU.
 * A VP's buffers and counters belong to the thread that runs the VP and need no lock.
 */
#ifndef HVP_CORE_H
#define HVP_CORE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "hv_abi/hypercall.h"
#include "hv_abi/privilege.h"
#include "hv_abi/vp.h"
#include "gpa_map.h"
#include "pool.h"
#include "redirect.h"
#include "sorted.h"
#include "space.h"
#include "stats/eventlog.h"
#include "synic/synic.h"
#include "vtl/vtl.h"

/* Limits, documented in Documentation/uapi.rst; HVPERSONA_INFO returns them */
#define HVP_MAX_PARTITIONS	1024	/* attached or claimed machines on the host */
#define HVP_MAX_VPS		4096	/* what an HV_VP_SET can name */
#define HVP_MAX_CHILDREN	255	/* child partitions of an instance, of any depth */
#define HVP_MAX_DEPTH		3	/* children of children of children of a machine */
#define HVP_MAX_CHILD_VPS	256	/* VPs of a child partition */
#define HVP_MAX_DEVICES		1024	/* that a root has attached to itself; and put into domains */
#define HVP_MAX_DEVICE_DOMAINS	64	/* of a root */
#define HVP_MAX_DOMAIN_RUNS	(1 << 20) /* of mapped pages in all of them */
#define HVP_MAX_DEVICE_INTERRUPTS 1024	/* of a machine, that differ; and as many retargeted */

/* Virtual trust levels that a VP can have */
#define HVP_VTLS		3

struct hv_exception_event;
struct hvp_child;
struct hvp_interrupt;
struct hvp_partition;
struct hvp_vp;
struct hvp_reg;

/**
 * struct hvp_vp_set - A set of virtual processors as a guest names it
 * @all: Every VP of the partition; the rest is meaningless then
 * @valid_banks: Bit b is set if the set has a bank for VPs 64 * b to 64 * b + 63
 * @banks: One bitmap per bit of @valid_banks, lowest first; points into the input
 */
struct hvp_vp_set {
	bool all;
	u64 valid_banks;
	const u64 *banks;
};

/**
 * struct hvp_paging - What a page walk has to know of a VP
 * @cr0: CR0
 * @cr3: CR3
 * @cr4: CR4
 * @efer: EFER
 * @rflags: RFLAGS
 * @pat: IA32_PAT
 * @pdptrs: The PDPTE registers, meaningful with PAE paging outside long mode
 * @cpl: Current privilege level
 * @pa_bits: Width of a guest physical address
 * @gbpages: 1 GiB pages are supported
 */
struct hvp_paging {
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u64 rflags;
	u64 pat;
	u64 pdptrs[4];
	u8 cpl;
	u8 pa_bits;
	bool gbpages;
};

/**
 * struct hvp_apic - The addressing state of a VP's local APIC
 * @id: APIC id
 * @ldr: Logical destination register (x2APIC: derived from @id)
 * @flat: Flat model; false means cluster model. Meaningless in x2APIC mode
 * @x2apic: In x2APIC mode
 * @enabled: Enabled by IA32_APIC_BASE
 */
struct hvp_apic {
	u32 id;
	u32 ldr;
	bool flat;
	bool x2apic;
	bool enabled;
};

/**
 * struct hvp_run_time - What the host has accounted for a VP and its thread
 * @guest_ns: Time in the guest, nanoseconds
 * @host_ns: In the host's kernel
 * @halted_ns: Halted
 * @waiting_ns: Waiting for a CPU of the host
 * @dispatches: Times that the host switched to its thread
 * @migrations: Moves between the host's CPUs
 * @emulated: Instructions that the monitor has emulated
 * @injected: Interrupts that it has injected
 * @tsc_khz: Frequency of its TSC
 */
struct hvp_run_time {
	u64 guest_ns;
	u64 host_ns;
	u64 halted_ns;
	u64 waiting_ns;
	u64 dispatches;
	u64 migrations;
	u64 emulated;
	u64 injected;
	u32 tsc_khz;
};

/**
 * struct hvp_space_pages - How large a machine's memory is
 * @total: Its pages
 * @size: What of it is mapped for its VPs, in pages of 4 KiB, 2 MiB and 1 GiB
 */
struct hvp_space_pages {
	u64 total;
	u64 size[3];
};

/* Rights of a guest physical page */
#define HVP_GPA_READ	BIT(0)
#define HVP_GPA_WRITE	BIT(1)
#define HVP_GPA_EXECUTE	BIT(2)
#define HVP_GPA_MAPPED	BIT(3)	/* of a child: there is a page, whatever its rights */
#define HVP_GPA_ALL	(HVP_GPA_READ | HVP_GPA_WRITE | HVP_GPA_EXECUTE)

/**
 * struct hvp_backend_ops - What the personality asks of the virtual machine monitor
 *
 * Unless noted, @vp is the calling VP and the call is made in its thread, outside of
 * the guest, and may sleep.
 *
 * @read_gpa: Copy from guest physical memory, not across a page; -EFAULT if it is no RAM
 * @write_gpa: Copy to guest physical memory, not across a page, and mark it dirty
 * @cmpxchg_gpa: Replace @size (4 or 8) bytes if they equal @old; 0, -EAGAIN if they do
 *	not, -EFAULT. Aligned.
 * @gpa_access: HVP_GPA_READ and HVP_GPA_WRITE as the memory behind @gpa permits, 0 if none
 * @read_xmm: Read XMM registers @first to @first + @count - 1
 * @write_xmm: Write them
 * @paging: Fill @paging
 * @get_reg: Read a register that the backend keeps; a status other than SUCCESS if the
 *	processor or the monitor does not have it
 * @set_reg: Write one, with the checks that the processor makes
 * @flush_tlb: Drop every cached guest translation on the VPs of @set; complete on return
 * @send_ipi: Deliver fixed interrupt @vector to VTL @vtl of the VPs of @set that have it
 * @spin_wait: Yield to a VP that may hold the lock that the caller spins on
 * @start_vp: Let @target, which waits for INIT or SIPI, run from @context in VTL @vtl, which is the
 *	one in which it begins or a higher one that it has. INVALID_VP_STATE if it has been
 *	started
 * @vp_index: The index of any VP, as the guest reads it from HV_X64_MSR_VP_INDEX
 * @apic: Fill @apic for VTL @vtl of any VP of the partition; disabled if there is none
 * @vp_state: enum hvpersona_vp_state of any VP
 * @vp_tid: Thread that ran any VP last; a reference, or NULL
 * @guest_os_id: HV_X64_MSR_GUEST_OS_ID of any VP's partition
 * @time_ns: Monotonic time, for the time budget of rep calls. Any context
 * @halt: The caller halts when its call is done, until an interrupt is deliverable
 * @flush_nested: Drop every cached nested translation on all VPs; complete on return
 * @space_is_ram: Are these pages of the machine @pt all RAM that it may read and write?
 *	Any thread, may sleep
 * @space_changed: The rights that hvp_space_rights() gives for these pages of the machine
 *	@pt have changed: on return no VP and no device model of KVM's uses the old ones.
 *	Any thread, may sleep, but must not wait for other threads in the module: @pt's
 *	space.lock is held, see space.c. Not called when @pt->backend is NULL. 0;
 *	-EOPNOTSUPP if rights cannot be enforced on this host; -ENOMEM. Giving back rights
 *	does not fail
 * @sint: Fill @out with what a sender has to know of a SINT of a VTL of any VP; false if there is
 *	no SynIC. Any context, VP alive under RCU. Values may change at once
 * @sint_irq: Raise the fixed, edge-triggered interrupt @vector at a VTL of the VP itself, as a SINT
 *	does; auto-EOI is the monitor's. In the thread of the VP, or of the actor on it
 * @synic_kick: Have the thread of any VP call hvp_synic_deliver() before the VTL is in the guest
 *	next, at once even if the VP halts. Any context, VP alive under RCU. NULL if the VP has no
 *	thread of its own: whoever acts on the partition delivers
 * @sirbp: HV_X64_MSR_SIRBP of any VP; any context
 * @accept_irq: The local APIC of any VP takes an interrupt addressed to it, of any type but
 *	ExtINT. In the thread of a VP of the partition, or of the actor on it. SUCCESS, also if it is
 *	lost as on a processor; INVALID_PARAMETER or OPERATION_DENIED if the type is not served
 * @priority: Processor priority of a VTL of any VP, for lowest priority interrupts; -1 if its APIC takes
 *	no fixed ones
 * @run_time: What the host has accounted for any VP. Any thread
 * @space_pages: How large a machine's memory is. Any thread
 * @write_own_page: Write @count aligned u64 from @gpa on, each at once, to a page of the caller's machine
 *	that the hypervisor uses, whatever the machine may do with it; 0 or -EFAULT
 * @mce_msr: Read or write an MSR of any VP's machine-check architecture; 0 if it has that MSR and
 *	takes the value
 * @power_off: The machine of the caller is to be switched off: it does not return to the guest
 * @vtl_space_changed: What hvp_vtl_rights() gives VTLs below @vtl for these pages has changed; as
 *	@space_changed. @count HVP_VTL_ALL_PAGES stands for all there are
 * @make_vtl: See to it that the machine of the caller can be given VTL @vtl; may be asked more than
 *	once. 0, -EINTR (to be asked again when the caller has taken its signals), -ENOMEM, or another
 *	errno if the host cannot. Waits for other VPs
 * @reset_vtl: What VPs of VTL @vtl, which has been made, and which none has yet, have in common is as
 *	after reset
 * @enable_vp_vtl: Give any VP of the caller's machine a VTL that the machine has and the VP does
 *	not, to begin with @context, or as after reset if that is NULL; SUCCESS,
 *	INVALID_REGISTER_VALUE, INSUFFICIENT_MEMORY, HVP_STATUS_AGAIN
 * @write_assist: Write to the VP assist page of a VTL of the caller that is not active
 * @watchable_bits: Bits of CR0 or CR4 a change of which by a lower VTL can be intercepted
 * @watch_msrs: From now on accesses of VTLs below @vtl to MSRs for which hvp_msr_is_taken() holds are
 *	seen; SUCCESS or OPERATION_DENIED
 * @write_vtl_gpa: Write to memory as such a VTL does, within a page. What cannot be written is lost
 * @disable_vp_vtl: Take a VTL from a VP; SUCCESS, INVALID_VTL_STATE if it is active there,
 *	HVP_STATUS_AGAIN
 * @get_vtl_reg: As @get_reg, of a VTL of the caller that is not active; not for registers that VTLs
 *	share
 * @set_vtl_reg: As @set_reg, likewise
 * @vtl_paging: As @paging, of a VTL of the caller that is not active; false if not just now
 * @inject: The lower VTL @vtl of the caller gets exception @vector when it goes on, of a page fault
 *	with CR2 @parameter
 * @switch_vtl: The caller goes on in the higher VTL @vtl that it has, entered for @reason; of a call
 *	the lower one stays at its instruction until the VTL returns
 * @return_vtl: The caller goes on in the lower VTL @vtl, with the registers that the higher one has
 *	left in its VP assist page unless @fast. Or it is back in the higher one at once
 * @redirect: Have hvp_redirect_find() asked about interrupts of @pt's devices from now on. With
 *	@pin also EOIs of vectors in redirects.pins, a new one of which is there: on return each VP
 *	reports them to the IOAPICs before it handles an interrupt that comes later. In the thread of a
 *	VP, @pt->lock is held; 0, or an errno if the monitor cannot do it
 */
struct hvp_backend_ops {
	int (*read_gpa)(struct hvp_vp *vp, u64 gpa, void *data, u32 size);
	int (*write_gpa)(struct hvp_vp *vp, u64 gpa, const void *data, u32 size);
	int (*cmpxchg_gpa)(struct hvp_vp *vp, u64 gpa, u64 old, u64 new, u32 size);
	u32 (*gpa_access)(struct hvp_vp *vp, u64 gpa);
	void (*read_xmm)(struct hvp_vp *vp, u32 first, u32 count, u64 *values);
	void (*write_xmm)(struct hvp_vp *vp, u32 first, u32 count, const u64 *values);
	void (*paging)(struct hvp_vp *vp, struct hvp_paging *paging);
	enum hv_status (*get_reg)(struct hvp_vp *vp, const struct hvp_reg *reg,
				  union hvp_register_value *value);
	enum hv_status (*set_reg)(struct hvp_vp *vp, const struct hvp_reg *reg,
				  const union hvp_register_value *value);
	void (*flush_tlb)(struct hvp_vp *vp, const struct hvp_vp_set *set);
	void (*send_ipi)(struct hvp_vp *vp, const struct hvp_vp_set *set, u8 vtl, u8 vector);
	void (*spin_wait)(struct hvp_vp *vp);
	enum hv_status (*start_vp)(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				   const struct hvp_initial_vp_context *context);
	u32 (*vp_index)(struct hvp_vp *vp);
	void (*apic)(struct hvp_vp *vp, u8 vtl, struct hvp_apic *apic);
	u32 (*vp_state)(struct hvp_vp *vp);
	struct pid *(*vp_tid)(struct hvp_vp *vp);
	u64 (*guest_os_id)(struct hvp_vp *vp);
	u64 (*time_ns)(void);
	void (*halt)(struct hvp_vp *vp);
	void (*flush_nested)(struct hvp_vp *vp);
	bool (*space_is_ram)(struct hvp_partition *pt, u64 gfn, u64 count);
	int (*space_changed)(struct hvp_partition *pt, u64 gfn, u64 count);
	bool (*sint)(struct hvp_vp *vp, u8 vtl, u32 sint, struct hvp_sint *out);
	void (*sint_irq)(struct hvp_vp *vp, u8 vtl, u8 vector);
	void (*synic_kick)(struct hvp_vp *vp, u8 vtl);
	u64 (*sirbp)(struct hvp_vp *vp);
	enum hv_status (*accept_irq)(struct hvp_vp *vp, const struct hvp_interrupt *irq);
	int (*priority)(struct hvp_vp *vp, u8 vtl);
	void (*run_time)(struct hvp_vp *vp, struct hvp_run_time *time);
	void (*space_pages)(struct hvp_partition *pt, struct hvp_space_pages *pages);
	int (*write_own_page)(struct hvp_vp *vp, u64 gpa, const u64 *values, u32 count);
	int (*mce_msr)(struct hvp_vp *vp, u32 index, u64 *value, bool write);
	void (*power_off)(struct hvp_vp *vp);
	int (*redirect)(struct hvp_partition *pt, bool pin);
	int (*vtl_space_changed)(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count);
	int (*make_vtl)(struct hvp_vp *vp, u8 vtl);
	void (*reset_vtl)(struct hvp_vp *vp, u8 vtl);
	enum hv_status (*enable_vp_vtl)(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
					const struct hvp_initial_vp_context *context);
	void (*write_assist)(struct hvp_vp *vp, u8 vtl, u32 offset, const void *data, u32 size);
	u64 (*watchable_bits)(struct hvp_vp *vp, u32 cr);
	enum hv_status (*watch_msrs)(struct hvp_vp *vp, u8 vtl);
	void (*write_vtl_gpa)(struct hvp_vp *vp, u8 vtl, u64 gpa, const void *data, u32 size);
	enum hv_status (*disable_vp_vtl)(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl);
	enum hv_status (*get_vtl_reg)(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				      union hvp_register_value *value);
	enum hv_status (*set_vtl_reg)(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				      const union hvp_register_value *value);
	bool (*vtl_paging)(struct hvp_vp *vp, u8 vtl, struct hvp_paging *paging);
	bool (*inject)(struct hvp_vp *vp, u8 vtl, const struct hv_exception_event *event);
	void (*switch_vtl)(struct hvp_vp *vp, u8 vtl, u32 reason);
	void (*return_vtl)(struct hvp_vp *vp, u8 vtl, bool fast);
};

/**
 * struct hvp_instance - One virtual hypervisor
 * @number: 0 is the host's own, whose root is the host itself
 * @partitions: Partitions by id; ids start at 1 in each instance. Looked up under RCU
 * @refs: One per partition
 * @lock: Protects @children, and of each partition children, sibling and no_children
 * @children: Number of child partitions, at most HVP_MAX_CHILDREN
 * @host_children: Children of the host, in order of creation
 * @ports_lock: Makes and deletes ports and connections
 * @ports: Of the host's instance: the host's own ports by id
 * @connections: Likewise its connections
 * @port_count: Number of @ports; under @ports_lock
 * @connection_count: Number of @connections; likewise
 * @log: Its event log
 */
struct hvp_instance {
	u64 number;
	struct xarray partitions;
	refcount_t refs;
	struct mutex lock;
	u32 children;
	struct list_head host_children;
	struct mutex ports_lock;
	struct xarray ports;
	struct xarray connections;
	u32 port_count;
	u32 connection_count;
	struct hvp_log log;
};

/**
 * struct hvp_cpuid - One CPUID leaf as the VP sees it
 * @function: EAX on input
 * @index: ECX on input
 * @indexed: @index matters
 * @regs: EAX, EBX, ECX, EDX
 */
struct hvp_cpuid {
	u32 function;
	u32 index;
	bool indexed;
	u32 regs[4];
};

/**
 * struct hvp_stats - Statistics pages that a machine has mapped, see stats/pages.c
 * @lock: Protects the rest, and writing the pages
 * @pages: The pages; the first one is written next
 * @count: Their number
 * @left: Of these, to be written in the round that is going on
 * @due: When the next round is due, monotonic nanoseconds; U64_MAX if there are none. Read
 *	without @lock
 * @buffer: A page to compose them in, while there are any
 */
struct hvp_stats {
	struct mutex lock;
	struct list_head pages;
	u32 count;
	u32 left;
	u64 due;
	u64 *buffer;
};

/**
 * struct hvp_device_domains - Device domains of a root, see device_domain.c
 * @domains: By number
 * @count: Their number
 * @members: Devices that were put into domains
 * @member_count: Their number
 * @run_count: Runs of mapped pages in all domains
 */
struct hvp_device_domains {
	struct xarray domains;
	u32 count;
	struct list_head members;
	u32 member_count;
	u32 run_count;
};

/**
 * struct hvp_partition - A virtual machine with a personality, a claim for one, or a child
 * @refs: References: descriptors, the registry while listed, the attached machine; of a
 *	child's parent also the child
 * @rcu: For freeing it after lookups under RCU
 * @instance: Its instance; NULL for a claim, and once it is gone
 * @instance_number: Number of that instance, kept
 * @handle: Unique on this host
 * @id: Unique in @instance
 * @parent_id: Id of the parent in @instance, 0 for a root
 * @role: enum hvpersona_role
 * @state: enum hvpersona_partition_state; under hvp_registry_lock, of a child under
 *	@op_lock
 * @flags: enum hvpersona_claim_flags of the claim
 * @privileges_set: Bits that the claimant wants added
 * @privileges_clear: Bits that the claimant wants removed
 * @privileges: HV_PARTITION_PRIVILEGE_MASK, from the CPUID leaves that the VMM set last
 * @xmm_input: XMM fast input is offered (CPUID 0x40000003 EDX)
 * @xmm_output: XMM fast output is offered
 * @ops: The monitor underneath
 * @backend: Its data
 * @lock: Protects @vps against concurrent change, and the CPUID copies of the VPs
 * @vps: VPs by index. Readers in VP threads may use it without @lock: VPs are removed
 *	only when no VP thread of the partition can be in the module
 * @vp_count: Their number
 * @parked_mask: Argument of the last HvCallParkedVirtualProcessors
 * @lps: Of a root: its logical processors but the boot processor by index, see lp.c; changed
 *	under @lock
 * @sleep_states: Of a root: bit s if it has registered sleep state Ss; written under @lock
 * @events_seen: Of a root: bit e if it has told of event e; under @lock
 * @last_event: The last of them
 * @last_event_input: What came with it
 * @device_interrupts: Of a machine: mapped interrupts of its devices; under @lock
 * @device_interrupt_count: Number of different ones
 * @redirects: Of a machine: interrupts of its devices that have been retargeted
 * @devices: Of a root: devices that it has attached to itself; under @lock
 * @device_count: Their number
 * @domains: Of a root: its device domains; under @lock
 * @owner: VMM or claimant
 * @comm: Its name
 * @since_ns: When the claim or the partition was made
 * @parent: Of a child, a reference; NULL if the host is the parent
 * @children: Its children in order of creation; under @instance->lock
 * @sibling: Its place among its parent's children; likewise
 * @no_children: It is going: no child may be made any more; likewise
 * @depth: 0 for a machine, 1 for its children and the host's
 * @op_lock: Of a child: held by whoever acts on it; of a machine: by whoever restricts its pages
 * @actor: Of a child: the VP of @parent on whose behalf @op_lock is held, in whose thread
 *	this runs; NULL if it is the host
 * @pool: Memory given to it
 * @space: Of a machine: what became of its own pages
 * @child: What only a child has; NULL for machines
 * @ports: Its ports by id; changed under @instance->ports_lock, looked up under RCU
 * @connections: Its connections by id; likewise
 * @port_count: Number of @ports; under @instance->ports_lock
 * @connection_count: Number of @connections; likewise
 * @monitors: Its monitor pages, see synic/monitor.c; changed under @instance->ports_lock
 * @monitor_count: Their number
 * @notifications: Times that they made it signal. Atomic
 * @stats: Statistics pages that it has mapped
 * @watchers: Somebody reads its statistics: times are taken. Atomic
 * @vtls: Its VTLs, see vtl/vtl.c
 * @space_changes: Changes of rights and mappings of its pages. Atomic
 */
struct hvp_partition {
	refcount_t refs;
	struct rcu_head rcu;
	struct hvp_instance *instance;
	u64 instance_number;
	u32 handle;
	u64 id;
	u64 parent_id;
	u32 role;
	u32 state;
	u32 flags;
	u64 privileges_set;
	u64 privileges_clear;
	u64 privileges;
	bool xmm_input;
	bool xmm_output;
	const struct hvp_backend_ops *ops;
	void *backend;
	struct mutex lock;
	struct xarray vps;
	u32 vp_count;
	u64 parked_mask;
	struct xarray lps;
	u32 sleep_states;
	u32 events_seen;
	u32 last_event;
	u32 last_event_input;
	struct list_head device_interrupts;
	u32 device_interrupt_count;
	struct hvp_redirects redirects;
	struct list_head devices;
	u32 device_count;
	struct hvp_device_domains domains;
	struct pid *owner;
	char comm[16];
	u64 since_ns;
	struct hvp_partition *parent;
	struct list_head children;
	struct list_head sibling;
	bool no_children;
	u32 depth;
	struct mutex op_lock;
	struct hvp_vp *actor;
	struct hvp_pool pool;
	struct hvp_space space;
	struct hvp_child *child;
	struct xarray ports;
	struct xarray connections;
	u32 port_count;
	u32 connection_count;
	struct list_head monitors;
	u32 monitor_count;
	atomic64_t notifications;
	struct hvp_stats stats;
	atomic_t watchers;
	atomic64_t space_changes;
	struct hvp_partition_vtls vtls;
};

/**
 * struct hvp_counters - Counters of one row of the hypercall table on one VP
 * @calls: Completed calls
 * @errors: Those with a status other than SUCCESS
 * @reps: Elements processed
 * @continuations: Times a rep call was left to be continued
 * @last_status: Last status other than SUCCESS
 */
struct hvp_counters {
	u64 calls;
	u64 errors;
	u64 reps;
	u64 continuations;
	u64 last_status;
};

struct hvp_vp_file;

/**
 * struct hvp_results - Answers that a parent has registered, see intercept_result.c
 * @leaves: To CPUID, whatever the subleaf
 * @subleaves: To CPUID with one subleaf
 * @msrs: To accesses to MSRs
 */
struct hvp_results {
	struct hvp_sorted leaves;
	struct hvp_sorted subleaves;
	struct hvp_sorted msrs;
};

/* Counters that the statistics page of a VP has; the first one is not used */
#define HVP_VP_STATS		213

/**
 * struct hvp_lp_refresh - What HvCallRefreshPerformanceCounters has recorded of an LP
 * @sequence: Number of these calls
 * @reference_time: When, 100 ns
 * @idle: Time halted until then, 100 ns
 * @active_tsc: TSC ticks in which it ran until then
 */
struct hvp_lp_refresh {
	u64 sequence;
	u64 reference_time;
	u64 idle;
	u64 active_tsc;
};

/**
 * struct hvp_vp - A virtual processor
 * @partition: The partition that it belongs to
 * @ops: @partition's, one load nearer
 * @backend: The monitor's data
 * @index: VP index
 * @vtl: Active virtual trust level
 * @vtls: Its VTLs, see vtl/vtl.c; NULL if it has but the first one
 * @pa_bits: Width of a guest physical address
 * @rip_set: The running hypercall wrote RIP: the instruction is not skipped
 * @input: A page for a private copy of a hypercall's input; NULL like @counters
 * @output: A page in which output is built; likewise
 * @cpuid: CPUID leaves; under @partition->lock
 * @cpuid_count: Number of @cpuid
 * @counters: One per row of the table and one for unknown codes. Written by the VP's
 *	thread only. NULL for a child's VP, which makes no calls before it runs
 * @file: Of a child's VP: its registers and state; NULL for a machine's
 * @results: Of a child's VP: answers that its parent has registered for it alone
 * @synic: SynIC of each VTL; NULL for those that are not there
 * @gone: Among those that are freed after a grace period: senders look VPs up under RCU
 * @log_buffer: Of a root's: its local event log buffer in use; under struct hvp_log.lock
 * @refresh: Of a root's: what was recorded of it as an LP
 * @stats: Events by the number of their counter, see stats/stats.h. Written by the VP's thread only
 */
struct hvp_vp {
	struct hvp_partition *partition;
	const struct hvp_backend_ops *ops;
	void *backend;
	u32 index;
	u8 vtl;
	u8 pa_bits;
	bool rip_set;
	struct hvp_vp_vtls *vtls;
	void *input;
	void *output;
	struct hvp_cpuid *cpuid;
	u32 cpuid_count;
	struct hvp_counters *counters;
	struct hvp_vp_file *file;
	struct hvp_results results;
	struct hvp_synic *synic[HVP_VTLS];
	struct list_head gone;
	struct hvp_log_buffer *log_buffer;
	struct hvp_lp_refresh refresh;
	u64 stats[HVP_VP_STATS];
};
/* It fits its slab */
static_assert(sizeof(struct hvp_vp) <= 2048);

/* partition.c */
int hvp_registry_init(void);
void hvp_registry_exit(void);
struct hvp_partition *hvp_partition_alloc(u32 role, u32 flags, u64 set, u64 clear);
int hvp_child_publish(struct hvp_partition *pt, struct hvp_instance *instance);
void hvp_child_unpublish(struct hvp_partition *pt);
struct hvp_instance *hvp_host_instance(void);
struct hvp_instance *hvp_instance_of(struct hvp_partition *pt);
void hvp_instance_put(struct hvp_instance *instance);
struct hvp_partition *hvp_claim(u32 role, u32 flags, u64 set, u64 clear);
struct hvp_partition *hvp_claim_for_current(void);
int hvp_partition_activate(struct hvp_partition *pt, const struct hvp_backend_ops *ops,
			   void *backend, struct task_struct *vmm);
struct hvp_partition *hvp_partition_create(const struct hvp_partition *claim);
void hvp_partition_gone(struct hvp_partition *pt);
void hvp_partition_reset(struct hvp_partition *pt);
int hvp_claim_withdraw(struct hvp_partition *pt);
struct hvp_partition *hvp_partition_by_handle(u32 handle);
u32 hvp_partition_next(u32 after);
u32 hvp_partition_count(void);
void hvp_partition_put(struct hvp_partition *pt);

static inline struct hvp_partition *hvp_partition_get(struct hvp_partition *pt)
{
	refcount_inc(&pt->refs);
	return pt;
}

/*
 * A handler's answer that no guest sees: the work is not done yet, let the guest's
 * interrupts in and have it execute the instruction again.
 */
#define HVP_STATUS_AGAIN	((enum hv_status)0x10000)

/* vp.c */
struct hvp_vp *hvp_vp_create(struct hvp_partition *pt, u32 index, void *backend);
void hvp_vp_reindex(struct hvp_partition *pt);
void hvp_vp_delete_all(struct hvp_partition *pt);
struct hvp_vp *hvp_vp_find(struct hvp_partition *pt, u32 index);

/* SynIC of the VTL in which a VP begins; NULL while it is being made. Ports belong to that VTL */
static inline struct hvp_synic *hvp_first_synic(const struct hvp_vp *vp)
{
	return READ_ONCE(vp->synic[vp->partition->vtls.first]);
}

/* cpuid.c */
int hvp_cpuid_complete(struct hvp_partition *pt, struct hvp_cpuid *table, u32 count, u32 max);
int hvp_cpuid_publish(struct hvp_vp *vp, const struct hvp_cpuid *table, u32 count);
bool hvp_cpuid_lookup(struct hvp_vp *vp, u32 function, u32 index, u32 regs[4]);
/* Leaves that hvp_cpuid_complete() may add */
#define HVP_CPUID_EXTRA		20

#endif
