/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * hvpersona: a Hyper-V hypercall personality for KVM virtual machines.
 */
#ifndef _UAPI_LINUX_HVPERSONA_H
#define _UAPI_LINUX_HVPERSONA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * Every ioctl takes a structure that begins with its own size, written by the
 * caller, so that fields can be appended without breaking older programs:
 *
 *  - a structure longer than the kernel's is accepted if the part that the
 *    kernel does not know is zero, otherwise the ioctl fails with E2BIG;
 *  - a structure shorter than the first version of the ioctl fails with EINVAL;
 *  - fields named ``out_*`` are written by the kernel and ignored on input;
 *  - fields named ``__reserved*`` must be zero.
 *
 * Objects are file descriptors. ``/dev/hvpersona`` gives a *device* descriptor;
 * HVPERSONA_CLAIM, HVPERSONA_ATTACH and HVPERSONA_PARTITION_OPEN give a
 * *partition* descriptor. Ioctl numbers are never used twice.
 *
 * An errno has one meaning for all ioctls:
 *
 *  - ENOTTY: the descriptor is not of the kind that this ioctl works on, or the
 *    ioctl is unknown to this version of the module.
 *  - E2BIG, EINVAL: the structure has an unknown tail, is too short, or a
 *    reserved field is not zero; EINVAL also for a value outside its range.
 *  - EOPNOTSUPP: a flag, role or feature that this kernel, CPU or version of the
 *    module does not offer.
 *  - EFAULT: the structure or a buffer it names is not accessible.
 *  - EBADF: a descriptor in the structure is not open.
 *  - EBUSY: the virtual machine is attached already, or the calling process has
 *    an unused claim already.
 *  - ENOENT: the object named by number does not exist, or the last one of an
 *    enumeration has been passed.
 *  - ENODEV: the virtual machine behind the partition is gone.
 *  - ENOSPC: a documented limit is reached.
 *  - ENOMEM: the kernel has no memory left.
 *  - EINTR: a signal arrived before anything was changed.
 */

#define HVPERSONA_TYPE	0xb7

enum {
	HVPERSONA_CMD_INFO = 0x00,
	HVPERSONA_CMD_CALL_INFO = 0x01,
	HVPERSONA_CMD_CLAIM = 0x02,
	HVPERSONA_CMD_ATTACH = 0x03,
	HVPERSONA_CMD_PARTITION_NEXT = 0x04,
	HVPERSONA_CMD_PARTITION_OPEN = 0x05,
	HVPERSONA_CMD_PARTITION_INFO = 0x10,
	HVPERSONA_CMD_PARTITION_DETACH = 0x11,
	HVPERSONA_CMD_VP_INFO = 0x12,
	HVPERSONA_CMD_CALL_STATS = 0x13,
};

/** define HVPERSONA_API_VERSION - Version of this interface, see struct hvpersona_info. */
#define HVPERSONA_API_VERSION	1

/**
 * enum hvpersona_feature - Bits of struct hvpersona_info.out_features
 * @HVPERSONA_FEATURE_SVM: The host's KVM uses AMD SVM.
 * @HVPERSONA_FEATURE_VMX: The host's KVM uses Intel VMX.
 * @HVPERSONA_FEATURE_HV_TABLE: KVM's own Hyper-V support can be switched on for a
 *	virtual machine whose VMM did not ask for it.
 */
enum hvpersona_feature {
	HVPERSONA_FEATURE_SVM		= 1 << 0,
	HVPERSONA_FEATURE_VMX		= 1 << 1,
	HVPERSONA_FEATURE_HV_TABLE	= 1 << 2,
};

/**
 * struct hvpersona_info - ioctl(HVPERSONA_INFO) on a device descriptor
 * @size: sizeof(struct hvpersona_info)
 * @out_api_version: HVPERSONA_API_VERSION of the module
 * @out_features: Bits of enum hvpersona_feature
 * @out_calls: Number of rows of the hypercall table, see HVPERSONA_CALL_INFO
 * @out_partitions: Number of partitions and unused claims at present
 * @out_max_partitions: Limit of @out_partitions
 * @out_max_vps: Limit of virtual processors per partition
 * @out_hooked: 1 while KVM's exit path leads through the module
 * @__reserved: Zero
 */
struct hvpersona_info {
	__u32 size;
	__u32 out_api_version;
	__u64 out_features;
	__u32 out_calls;
	__u32 out_partitions;
	__u32 out_max_partitions;
	__u32 out_max_vps;
	__u32 out_hooked;
	__u32 __reserved;
};
#define HVPERSONA_INFO _IO(HVPERSONA_TYPE, HVPERSONA_CMD_INFO)

/** define HVPERSONA_CALL_NAME_LEN - Space for a hypercall's name, NUL included. */
#define HVPERSONA_CALL_NAME_LEN	48

/**
 * enum hvpersona_call_service - Who answers a hypercall
 * @HVPERSONA_CALL_NOT_SERVED: Nobody: HV_STATUS_INVALID_HYPERCALL_CODE
 * @HVPERSONA_CALL_SERVED: hvpersona
 * @HVPERSONA_CALL_KVM: Checked and counted by hvpersona, answered by KVM or the VMM
 */
enum hvpersona_call_service {
	HVPERSONA_CALL_NOT_SERVED	= 0,
	HVPERSONA_CALL_SERVED		= 1,
	HVPERSONA_CALL_KVM		= 2,
};

/**
 * enum hvpersona_call_origin - Why a hypercall is in the table
 * @HVPERSONA_ORIGIN_TABLE4: Listed in the paper's Table 4
 * @HVPERSONA_ORIGIN_INVERSE: Inverse of a listed call
 * @HVPERSONA_ORIGIN_COMPANION: Used by real clients next to the listed calls
 */
enum hvpersona_call_origin {
	HVPERSONA_ORIGIN_TABLE4		= 0,
	HVPERSONA_ORIGIN_INVERSE	= 1,
	HVPERSONA_ORIGIN_COMPANION	= 2,
};

/**
 * enum hvpersona_seen - Bits of struct hvpersona_call_info.out_table4
 * @HVPERSONA_SEEN_ROOT_BOOT: The paper saw the call while the root booted
 * @HVPERSONA_SEEN_ROOT_IDLE: ... while the root was idle
 * @HVPERSONA_SEEN_GUEST_BOOT: ... while a guest booted
 * @HVPERSONA_SEEN_GUEST_IDLE: ... while a guest was idle
 *
 * A second set of the same bits, shifted left by 4, marks cells that are
 * unreadable in the paper and hold a guess.
 */
enum hvpersona_seen {
	HVPERSONA_SEEN_ROOT_BOOT	= 1 << 0,
	HVPERSONA_SEEN_ROOT_IDLE	= 1 << 1,
	HVPERSONA_SEEN_GUEST_BOOT	= 1 << 2,
	HVPERSONA_SEEN_GUEST_IDLE	= 1 << 3,
};

/** define HVPERSONA_NO_PRIVILEGE - out_privilege of a call that needs no privilege bit */
#define HVPERSONA_NO_PRIVILEGE	0xff

/**
 * struct hvpersona_call_info - ioctl(HVPERSONA_CALL_INFO) on a device descriptor
 * @size: sizeof(struct hvpersona_call_info)
 * @index: Row of the table, 0 to struct hvpersona_info.out_calls - 1
 * @out_code: Call code
 * @out_service: enum hvpersona_call_service
 * @out_origin: enum hvpersona_call_origin
 * @out_table4: Bits of enum hvpersona_seen
 * @out_privilege: Bit number in HV_PARTITION_PRIVILEGE_MASK, or HVPERSONA_NO_PRIVILEGE
 * @out_rep: 1 for a rep call
 * @out_var_header: 1 if a variable header may follow the fixed input
 * @out_input_size: Fixed input or header, bytes
 * @out_output_size: Fixed output, bytes
 * @out_rep_input_size: Input per rep, bytes
 * @out_rep_output_size: Output per rep, bytes
 * @__reserved: Zero
 * @out_name: Name as the specification spells it, NUL terminated
 *
 * Fails with ENOENT beyond the last row.
 */
struct hvpersona_call_info {
	__u32 size;
	__u32 index;
	__u16 out_code;
	__u8 out_service;
	__u8 out_origin;
	__u8 out_table4;
	__u8 out_privilege;
	__u8 out_rep;
	__u8 out_var_header;
	__u16 out_input_size;
	__u16 out_output_size;
	__u16 out_rep_input_size;
	__u16 out_rep_output_size;
	__u64 __reserved;
	char out_name[HVPERSONA_CALL_NAME_LEN];
};
#define HVPERSONA_CALL_INFO _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CALL_INFO)

/**
 * enum hvpersona_role - What a virtual machine becomes
 * @HVPERSONA_ROLE_GUEST: A child of the host's own instance, as a Hyper-V guest
 * @HVPERSONA_ROLE_ROOT: The root partition of an instance of its own
 */
enum hvpersona_role {
	HVPERSONA_ROLE_GUEST	= 0,
	HVPERSONA_ROLE_ROOT	= 1,
};

/**
 * enum hvpersona_claim_flags - Bits of struct hvpersona_claim.flags
 * @HVPERSONA_CLAIM_EVERY_VM: Each virtual machine that the process makes becomes a
 *	partition of its own. Without it the first one uses the claim up.
 */
enum hvpersona_claim_flags {
	HVPERSONA_CLAIM_EVERY_VM	= 1 << 0,
};

/**
 * struct hvpersona_claim - ioctl(HVPERSONA_CLAIM) on a device descriptor
 * @size: sizeof(struct hvpersona_claim)
 * @flags: Bits of enum hvpersona_claim_flags
 * @role: enum hvpersona_role
 * @__reserved: Zero
 * @privileges_set: Bits to add to the HV_PARTITION_PRIVILEGE_MASK that the role
 *	and the VMM's CPUID give
 * @privileges_clear: Bits to take away from it; a bit must not be in both
 *
 * Claims the next virtual machine that the calling process, or a process that it
 * starts, creates: it becomes a partition when the VMM sets the CPUID leaves of its
 * first virtual processor (KVM_SET_CPUID2), hence before it executes anything.
 *
 * Returns a partition descriptor. It survives execve(2) unless FD_CLOEXEC is set.
 * Closing the last descriptor of a claim that is not used up withdraws the claim;
 * once a virtual machine is attached, closing it has no effect: the partition lives
 * until the virtual machine dies or is detached.
 *
 * Fails with EBUSY if the process has a claim that is not used up, EOPNOTSUPP for
 * an unknown flag or role, EINVAL for a bit both set and cleared, ENOSPC at
 * struct hvpersona_info.out_max_partitions.
 */
struct hvpersona_claim {
	__u32 size;
	__u32 flags;
	__u32 role;
	__u32 __reserved;
	__aligned_u64 privileges_set;
	__aligned_u64 privileges_clear;
};
#define HVPERSONA_CLAIM _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CLAIM)

/**
 * struct hvpersona_attach - ioctl(HVPERSONA_ATTACH) on a device descriptor
 * @size: sizeof(struct hvpersona_attach)
 * @flags: Zero
 * @role: enum hvpersona_role
 * @vm_fd: Descriptor of the virtual machine (KVM_CREATE_VM), open in the caller
 * @privileges_set: As in struct hvpersona_claim
 * @privileges_clear: As in struct hvpersona_claim
 *
 * Attaches a virtual machine that exists, at best before it has run: a guest reads
 * CPUID once at boot. Waits until no virtual processor of it is inside KVM_RUN.
 *
 * Returns a partition descriptor. Fails with EBADF or EINVAL if @vm_fd is not the
 * descriptor of a virtual machine, EBUSY if it is attached, EOPNOTSUPP if its memory
 * or registers are encrypted or it has no in-kernel local APIC, EINTR by a signal
 * while waiting for its virtual processors, ENODEV if it is being destroyed.
 */
struct hvpersona_attach {
	__u32 size;
	__u32 flags;
	__u32 role;
	__s32 vm_fd;
	__aligned_u64 privileges_set;
	__aligned_u64 privileges_clear;
};
#define HVPERSONA_ATTACH _IO(HVPERSONA_TYPE, HVPERSONA_CMD_ATTACH)

/**
 * struct hvpersona_partition_next - ioctl(HVPERSONA_PARTITION_NEXT) on a device descriptor
 * @size: sizeof(struct hvpersona_partition_next)
 * @after: Handle after which to look; 0 to begin
 * @out_handle: The next handle, in ascending order
 * @__reserved: Zero
 *
 * A handle names a partition on this host; unlike a partition id it is unique across
 * instances. Fails with ENOENT after the last one.
 */
struct hvpersona_partition_next {
	__u32 size;
	__u32 after;
	__u32 out_handle;
	__u32 __reserved;
};
#define HVPERSONA_PARTITION_NEXT _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_NEXT)

/**
 * struct hvpersona_partition_open - ioctl(HVPERSONA_PARTITION_OPEN) on a device descriptor
 * @size: sizeof(struct hvpersona_partition_open)
 * @handle: Handle of the partition
 *
 * Returns a partition descriptor (close-on-exec), ENOENT if there is none.
 */
struct hvpersona_partition_open {
	__u32 size;
	__u32 handle;
};
#define HVPERSONA_PARTITION_OPEN _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_OPEN)

/**
 * enum hvpersona_partition_state - Life of a partition as its host sees it
 * @HVPERSONA_STATE_CLAIMED: No virtual machine yet
 * @HVPERSONA_STATE_ACTIVE: Attached
 * @HVPERSONA_STATE_GONE: Detached, or the virtual machine died; only open
 *	descriptors still show it
 */
enum hvpersona_partition_state {
	HVPERSONA_STATE_CLAIMED	= 0,
	HVPERSONA_STATE_ACTIVE	= 1,
	HVPERSONA_STATE_GONE	= 2,
};

/**
 * struct hvpersona_partition_info - ioctl(HVPERSONA_PARTITION_INFO) on a partition descriptor
 * @size: sizeof(struct hvpersona_partition_info)
 * @out_handle: Handle on this host
 * @out_role: enum hvpersona_role
 * @out_state: enum hvpersona_partition_state
 * @out_partition_id: Id inside the instance
 * @out_parent_id: Id of the parent, 0 for a root
 * @out_instance: Number of the instance; 0 is the host's own
 * @out_privileges: HV_PARTITION_PRIVILEGE_MASK
 * @out_guest_os_id: What the guest wrote to HV_X64_MSR_GUEST_OS_ID, 0 if nothing
 * @out_parked_mask: Processors that HvCallParkedVirtualProcessors named last
 * @out_hypercalls: Hypercalls of all its virtual processors
 * @out_uptime_ns: Nanoseconds since it was attached or claimed
 * @out_vps: Number of virtual processors
 * @out_pid: Process id of the VMM (or claimant) as seen by the caller, 0 if gone
 * @out_flags: Bits of enum hvpersona_claim_flags of the claim
 * @__reserved: Zero
 * @out_comm: Command name of that process, NUL terminated
 */
struct hvpersona_partition_info {
	__u32 size;
	__u32 out_handle;
	__u32 out_role;
	__u32 out_state;
	__aligned_u64 out_partition_id;
	__aligned_u64 out_parent_id;
	__aligned_u64 out_instance;
	__aligned_u64 out_privileges;
	__aligned_u64 out_guest_os_id;
	__aligned_u64 out_parked_mask;
	__aligned_u64 out_hypercalls;
	__aligned_u64 out_uptime_ns;
	__u32 out_vps;
	__u32 out_pid;
	__u32 out_flags;
	__u32 __reserved;
	char out_comm[16];
};
#define HVPERSONA_PARTITION_INFO _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_INFO)

/**
 * struct hvpersona_partition_detach - ioctl(HVPERSONA_PARTITION_DETACH) on a partition descriptor
 * @size: sizeof(struct hvpersona_partition_detach)
 * @flags: Zero
 *
 * Withdraws a claim, or detaches the virtual machine: when it returns, no exit of
 * it reaches the module, and CPUID answers what the VMM set. Its virtual processors
 * are not stopped, and a guest that uses the personality will not survive this. KVM's
 * own Hyper-V MSRs stay available to it. Fails with ENODEV if the partition is gone
 * already.
 */
struct hvpersona_partition_detach {
	__u32 size;
	__u32 flags;
};
#define HVPERSONA_PARTITION_DETACH _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_DETACH)

/**
 * enum hvpersona_vp_state - What a virtual processor does
 * @HVPERSONA_VP_RUNNABLE: Runs, or could
 * @HVPERSONA_VP_HALTED: Waits for an interrupt
 * @HVPERSONA_VP_WAIT_SIPI: Not started: waits for INIT, SIPI or HvCallStartVirtualProcessor
 * @HVPERSONA_VP_STOPPED: The VMM has stopped it
 */
enum hvpersona_vp_state {
	HVPERSONA_VP_RUNNABLE	= 0,
	HVPERSONA_VP_HALTED	= 1,
	HVPERSONA_VP_WAIT_SIPI	= 2,
	HVPERSONA_VP_STOPPED	= 3,
};

/**
 * struct hvpersona_vp_info - ioctl(HVPERSONA_VP_INFO) on a partition descriptor
 * @size: sizeof(struct hvpersona_vp_info)
 * @vp_index: Index from which to look
 * @out_vp_index: The first VP with an index not below @vp_index
 * @out_apic_id: Its APIC id
 * @out_state: enum hvpersona_vp_state
 * @out_tid: Thread that ran it last, as seen by the caller, 0 if none
 * @out_hypercalls: Hypercalls it made
 * @out_vtl: Active virtual trust level
 * @__reserved: Zero
 *
 * Fails with ENOENT if there is no such VP, ENODEV if the partition is gone.
 */
struct hvpersona_vp_info {
	__u32 size;
	__u32 vp_index;
	__u32 out_vp_index;
	__u32 out_apic_id;
	__u32 out_state;
	__u32 out_tid;
	__aligned_u64 out_hypercalls;
	__u32 out_vtl;
	__u32 __reserved;
};
#define HVPERSONA_VP_INFO _IO(HVPERSONA_TYPE, HVPERSONA_CMD_VP_INFO)

/** define HVPERSONA_CALL_UNKNOWN - Code under which calls are counted that have no row. */
#define HVPERSONA_CALL_UNKNOWN	0xffff

/**
 * struct hvpersona_call_counters - Counters of one hypercall
 * @code: Call code, or HVPERSONA_CALL_UNKNOWN
 * @last_status: HV_STATUS of the last one that failed, 0 if none did
 * @__reserved: Zero
 * @calls: Completed calls, those passed to KVM included
 * @errors: Those that returned a status other than HV_STATUS_SUCCESS
 * @reps: Elements processed by rep calls
 * @continuations: Times that a rep call was left to be continued
 */
struct hvpersona_call_counters {
	__u16 code;
	__u16 last_status;
	__u32 __reserved;
	__aligned_u64 calls;
	__aligned_u64 errors;
	__aligned_u64 reps;
	__aligned_u64 continuations;
};

/**
 * struct hvpersona_call_stats - ioctl(HVPERSONA_CALL_STATS) on a partition descriptor
 * @size: sizeof(struct hvpersona_call_stats)
 * @capacity: Number of entries that @entries has room for
 * @entries: Address of an array of struct hvpersona_call_counters
 * @out_count: Entries that exist: one per row of the table in its order, then
 *	one for HVPERSONA_CALL_UNKNOWN; at most @capacity of them are written
 * @__reserved: Zero
 *
 * Sums over all virtual processors since the partition was attached. With
 * HVPERSONA_CLAIM_EVERY_VM each virtual machine has its own.
 */
struct hvpersona_call_stats {
	__u32 size;
	__u32 capacity;
	__aligned_u64 entries;
	__u32 out_count;
	__u32 __reserved;
};
#define HVPERSONA_CALL_STATS _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CALL_STATS)

#endif /* _UAPI_LINUX_HVPERSONA_H */
