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
 * HVPERSONA_CLAIM, HVPERSONA_ATTACH, HVPERSONA_PARTITION_CREATE and
 * HVPERSONA_PARTITION_OPEN give a *partition* descriptor. HVPERSONA_PORT_CREATE on a
 * device descriptor gives a *port* descriptor, which is read from and has no ioctls. Ioctl
 * numbers are never used twice.
 *
 * Ioctls with a field ``out_status`` do what a hypercall does. If the hypervisor
 * refuses, ``out_status`` is the HV_STATUS that the hypercall would return, and the
 * ioctl fails with the errno that stands for it below; whenever ``out_status`` is zero,
 * the errno is the kernel's own. The structure of such an ioctl is written back also if
 * it fails, so that ``out_done`` tells how far it got.
 *
 * An errno has one meaning for all ioctls:
 *
 *  - ENOTTY: the descriptor is not of the kind that this ioctl works on, or the
 *    ioctl is unknown to this version of the module.
 *  - E2BIG, EINVAL: the structure has an unknown tail, is too short, or a
 *    reserved field is not zero; EINVAL also for a value outside its range
 *    (HV_STATUS_INVALID_PARAMETER, INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT,
 *    INVALID_PROXIMITY_DOMAIN_INFO).
 *  - EOPNOTSUPP: a flag, role or feature that this kernel, CPU or version of the
 *    module does not offer, or that makes no sense for this kind of partition
 *    (FEATURE_UNAVAILABLE, INVALID_VTL_STATE, INVALID_HYPERCALL_CODE).
 *  - EFAULT: the structure or a buffer it names is not accessible.
 *  - EBADF: a descriptor in the structure is not open.
 *  - EBUSY: the virtual machine is attached already, the calling process has an
 *    unused claim already, or the object has a use that forbids this (OBJECT_IN_USE).
 *  - ENOENT: the object named by number does not exist, or the last one of an
 *    enumeration has been passed (INVALID_PARTITION_ID, INVALID_VP_INDEX,
 *    UNKNOWN_PROPERTY, UNKNOWN_REGISTER_NAME, NOT_FOUND, INVALID_LP_INDEX, INVALID_PORT_ID,
 *    INVALID_CONNECTION_ID, INVALID_DEVICE_ID).
 *  - ENODEV: the virtual machine behind the partition is gone, or the child partition
 *    is deleted.
 *  - ENOSPC: a documented limit is reached, or the hypervisor has no memory of its own
 *    left (NO_RESOURCES).
 *  - ENOMEM: the kernel has no memory left.
 *  - EINTR: a signal arrived; what had been done, if anything, need not be repeated.
 *  - EBADFD: not in this state of the partition, of the virtual processor or of its SynIC
 *    (INVALID_PARTITION_STATE, INVALID_VP_STATE, INVALID_SYNIC_STATE, INVALID_DEVICE_STATE).
 *  - EAGAIN: not now, but soon: the receiver has not taken what was sent before
 *    (INSUFFICIENT_BUFFERS), or there is nothing to read yet.
 *  - EPERM: it is not allowed as things are: children or pages are left, a page is
 *    not free to be used so, processor time is not there to be reserved
 *    (OPERATION_DENIED).
 *  - EACCES: the object does not permit it to anybody (ACCESS_DENIED).
 *  - ERANGE: a property or a register cannot have this value
 *    (PROPERTY_VALUE_OUT_OF_RANGE, INVALID_REGISTER_VALUE).
 *  - ENOBUFS: the memory pool of the partition is too small: deposit, and try again
 *    (INSUFFICIENT_MEMORY, INSUFFICIENT_ROOT_MEMORY).
 *  - EMSGSIZE: a buffer is too small (INSUFFICIENT_BUFFER).
 *  - ELOOP: children of children only so deep (PARTITION_TOO_DEEP).
 *  - EIO: any other HV_STATUS.
 */

#define HVPERSONA_TYPE	0xb7

enum {
	HVPERSONA_CMD_INFO = 0x00,
	HVPERSONA_CMD_CALL_INFO = 0x01,
	HVPERSONA_CMD_CLAIM = 0x02,
	HVPERSONA_CMD_ATTACH = 0x03,
	HVPERSONA_CMD_PARTITION_NEXT = 0x04,
	HVPERSONA_CMD_PARTITION_OPEN = 0x05,
	HVPERSONA_CMD_PARTITION_CREATE = 0x06,
	HVPERSONA_CMD_STATS_OPEN = 0x07,
	HVPERSONA_CMD_LOG_OPEN = 0x08,
	HVPERSONA_CMD_PARTITION_INFO = 0x10,
	HVPERSONA_CMD_PARTITION_DETACH = 0x11,
	HVPERSONA_CMD_VP_INFO = 0x12,
	HVPERSONA_CMD_CALL_STATS = 0x13,
	HVPERSONA_CMD_PARTITION_INITIALIZE = 0x20,
	HVPERSONA_CMD_PARTITION_FINALIZE = 0x21,
	HVPERSONA_CMD_PARTITION_DELETE = 0x22,
	HVPERSONA_CMD_PROPERTY_GET = 0x23,
	HVPERSONA_CMD_PROPERTY_SET = 0x24,
	HVPERSONA_CMD_MEMORY_DEPOSIT = 0x28,
	HVPERSONA_CMD_MEMORY_WITHDRAW = 0x29,
	HVPERSONA_CMD_MEMORY_BALANCE = 0x2a,
	HVPERSONA_CMD_GPA_MAP = 0x30,
	HVPERSONA_CMD_GPA_UNMAP = 0x31,
	HVPERSONA_CMD_GPA_NEXT = 0x32,
	HVPERSONA_CMD_VP_CREATE = 0x38,
	HVPERSONA_CMD_VP_DELETE = 0x39,
	HVPERSONA_CMD_VP_GET_REGISTERS = 0x3a,
	HVPERSONA_CMD_VP_SET_REGISTERS = 0x3b,
	HVPERSONA_CMD_PORT_CREATE = 0x40,
	HVPERSONA_CMD_PORT_DELETE = 0x41,
	HVPERSONA_CMD_PORT_NEXT = 0x42,
	HVPERSONA_CMD_PORT_PROPERTY_GET = 0x43,
	HVPERSONA_CMD_PORT_PROPERTY_SET = 0x44,
	HVPERSONA_CMD_CONNECTION_CREATE = 0x48,
	HVPERSONA_CMD_CONNECTION_DELETE = 0x49,
	HVPERSONA_CMD_CONNECTION_NEXT = 0x4a,
	HVPERSONA_CMD_POST_MESSAGE = 0x4c,
	HVPERSONA_CMD_SIGNAL_EVENT = 0x4d,
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
 * @out_partitions: Number of partitions with a machine and unused claims at present
 * @out_max_partitions: Limit of @out_partitions
 * @out_max_vps: Limit of virtual processors per partition with a machine
 * @out_hooked: 1 while KVM's exit path leads through the module
 * @__reserved: Zero
 * @out_max_children: Limit of child partitions per instance, of any depth
 * @out_max_depth: How deep below a machine or the host a child can be
 * @out_max_child_vps: Limit of virtual processors per child partition
 * @__reserved2: Zero
 * @out_max_ports: Limit of ports per partition, and of the host's
 * @out_max_connections: Limit of connections per partition, and of the host's
 *
 * The fields from @out_max_children on were appended when children came, those from
 * @out_max_ports on when ports came.
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
	__u32 out_max_children;
	__u32 out_max_depth;
	__u32 out_max_child_vps;
	__u32 __reserved2;
	__u32 out_max_ports;
	__u32 out_max_connections;
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
 * @out_own_layout: 1 if no layout of the operands is public and they are the project's own
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
	__u8 out_own_layout;
	__u8 __reserved[7];
	char out_name[HVPERSONA_CALL_NAME_LEN];
};
#define HVPERSONA_CALL_INFO _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CALL_INFO)

/**
 * enum hvpersona_role - What a virtual machine becomes
 * @HVPERSONA_ROLE_GUEST: A child of the host's own instance, as a Hyper-V guest
 * @HVPERSONA_ROLE_ROOT: The root partition of an instance of its own
 * @HVPERSONA_ROLE_CHILD: A child partition; it is created, not claimed or attached
 */
enum hvpersona_role {
	HVPERSONA_ROLE_GUEST	= 0,
	HVPERSONA_ROLE_ROOT	= 1,
	HVPERSONA_ROLE_CHILD	= 2,
};

/**
 * enum hvpersona_claim_flags - Bits of struct hvpersona_claim.flags
 * @HVPERSONA_CLAIM_EVERY_VM: Each virtual machine that the process makes becomes a
 *	partition of its own. Without it the first one uses the claim up.
 * @HVPERSONA_CLAIM_VTL2: Its virtual processors begin in VTL2, as those of a paravisor
 *	do, and have a VTL0 below. Without it they begin in VTL0.
 */
enum hvpersona_claim_flags {
	HVPERSONA_CLAIM_EVERY_VM	= 1 << 0,
	HVPERSONA_CLAIM_VTL2		= 1 << 1,
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
 * @flags: HVPERSONA_CLAIM_VTL2 or zero
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
 * @HVPERSONA_STATE_GONE: Detached, deleted, or the virtual machine died; only open
 *	descriptors still show it
 * @HVPERSONA_STATE_CREATED: A child that has not been initialized yet
 * @HVPERSONA_STATE_FINALIZING: A child that is being finalized
 * @HVPERSONA_STATE_FINALIZED: A child that is finalized: to be deleted
 */
enum hvpersona_partition_state {
	HVPERSONA_STATE_CLAIMED	= 0,
	HVPERSONA_STATE_ACTIVE	= 1,
	HVPERSONA_STATE_GONE	= 2,
	HVPERSONA_STATE_CREATED	= 3,
	HVPERSONA_STATE_FINALIZING = 4,
	HVPERSONA_STATE_FINALIZED = 5,
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
 * @out_pid: Process id of the VMM (or claimant, or who made the child) as seen by the
 *	caller, 0 if gone
 * @out_flags: Bits of enum hvpersona_claim_flags that it was claimed or attached with
 * @__reserved: Zero
 * @out_comm: Command name of that process, NUL terminated
 * @out_parent_handle: Handle of the parent of a child, 0 if that is the host
 * @out_depth: 0 for a machine, 1 for its children and the host's, and so on
 * @out_creation_flags: HV_PARTITION_CREATION_FLAGS of a child
 * @out_pool_available: Free pages of its memory pool
 * @out_pool_in_use: Pages of it that are used
 * @out_mapped_pages: Accessible pages of 4 KiB in the address space of a child
 * @out_large_pages: Of these, pages that are mapped as parts of large pages
 * @out_ranges: Entries of the map that holds them
 * @out_compatibility: Compatibility version of a child
 * @__reserved2: Zero
 * @out_logical_processors: Logical processors of a root: its boot processor and those that it
 *	has added
 * @out_events: Bit e is set if a root has told of event e by HvCallNotifyPartitionEvent since
 *	its machine was reset: 1 debug device available, 2 crash dump, 3 ACPI enabled again,
 *	4 all logical processors started, 5 logical processor indices committed
 * @out_last_event: The last of these events, 0 if there was none
 * @out_last_event_input: Input of that event
 * @out_mapped_irqs: Device interrupts that a root has mapped, equal ones counted once
 * @out_retargeted_irqs: Device interrupts of a machine that go elsewhere than the device says
 * @out_attached_devices: Devices that a root has attached to itself
 * @out_device_domains: Device domains that a root has made
 *
 * The fields from @out_parent_handle on were appended when children came, those from
 * @out_logical_processors on with the root's own calls, those from @out_mapped_irqs on with
 * its devices; those of a child read as zero for a machine and those of a root as zero for others.
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
	__u32 out_parent_handle;
	__u32 out_depth;
	__aligned_u64 out_creation_flags;
	__aligned_u64 out_pool_available;
	__aligned_u64 out_pool_in_use;
	__aligned_u64 out_mapped_pages;
	__aligned_u64 out_large_pages;
	__aligned_u64 out_ranges;
	__u32 out_compatibility;
	__u32 __reserved2;
	__u32 out_logical_processors;
	__u32 out_events;
	__u32 out_last_event;
	__u32 out_last_event_input;
	__u32 out_mapped_irqs;
	__u32 out_retargeted_irqs;
	__u32 out_attached_devices;
	__u32 out_device_domains;
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
 * own Hyper-V MSRs stay available to it. Its children are deleted. Fails with ENODEV if
 * the partition is gone already, EOPNOTSUPP for a child, which is deleted instead.
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
 * A child's VP has no thread and makes no hypercalls before it can be run. Fails with
 * ENOENT if there is no such VP, ENODEV if the partition is gone.
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

/**
 * enum hvpersona_create_flags - Bits of struct hvpersona_partition_create.flags
 * @HVPERSONA_CREATE_KEEP: The child stays when the last descriptor that
 *	HVPERSONA_PARTITION_CREATE returned for it is closed, until somebody deletes it
 */
enum hvpersona_create_flags {
	HVPERSONA_CREATE_KEEP	= 1 << 0,
};

/**
 * struct hvpersona_partition_create - ioctl(HVPERSONA_PARTITION_CREATE) on a device descriptor
 * @size: sizeof(struct hvpersona_partition_create)
 * @flags: Bits of enum hvpersona_create_flags
 * @parent: Handle of the parent: an active machine or child; 0 if the host is the parent
 * @memory_fd: A memfd or another regular file, open for reading and writing, whose pages
 *	stand for the host's pages: page *n* of it is source page *n* of HVPERSONA_GPA_MAP.
 *	-1 for none, which it must be if the host is not the parent
 * @creation_flags: HV_PARTITION_CREATION_FLAGS
 * @compatibility: Compatibility version, for example 0x0609
 * @__reserved: Zero
 * @disabled_features: Processor features to hide from the child, two banks
 * @disabled_xsave: XSAVE features to hide from it
 * @out_status: HV_STATUS if it fails by one
 * @__reserved2: Zero
 *
 * Makes a child partition, as HvCallCreatePartition does. A child of the host is in the
 * host's own instance and is fed by HVPERSONA_MEMORY_DEPOSIT; one of another partition is
 * in its parent's instance and charged to its parent's pool.
 *
 * Returns a partition descriptor (close-on-exec) that owns the child: when its last copy is
 * closed, the child is deleted at once in whatever state it is, unless
 * HVPERSONA_CREATE_KEEP was given. Descriptors from HVPERSONA_PARTITION_OPEN own nothing.
 * A child goes with its parent in any case, and the module cannot be unloaded while the
 * host has one.
 *
 * Fails with ENOENT if there is no such parent, EBADFD if it is not active, EBADF or EINVAL
 * for @memory_fd, EINVAL for a flag or version that is not offered, ELOOP, ENOBUFS, ENOSPC.
 */
struct hvpersona_partition_create {
	__u32 size;
	__u32 flags;
	__u32 parent;
	__s32 memory_fd;
	__aligned_u64 creation_flags;
	__u32 compatibility;
	__u32 __reserved;
	__aligned_u64 disabled_features[2];
	__aligned_u64 disabled_xsave;
	__u32 out_status;
	__u32 __reserved2;
};
#define HVPERSONA_PARTITION_CREATE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_CREATE)

/**
 * enum hvpersona_delete_flags - Bits of struct hvpersona_partition_change.flags
 * @HVPERSONA_DELETE_FORCE: HVPERSONA_PARTITION_DELETE: from any state at once, together with
 *	its children, pages and virtual processors
 */
enum hvpersona_delete_flags {
	HVPERSONA_DELETE_FORCE	= 1 << 0,
};

/**
 * struct hvpersona_partition_change - ioctl(HVPERSONA_PARTITION_INITIALIZE, _FINALIZE,
 *	_DELETE) on a partition descriptor
 * @size: sizeof(struct hvpersona_partition_change)
 * @flags: HVPERSONA_PARTITION_DELETE: bits of enum hvpersona_delete_flags; otherwise zero
 * @out_status: HV_STATUS if it fails by one
 * @__reserved: Zero
 *
 * HVPERSONA_PARTITION_INITIALIZE makes a child active that is created.
 *
 * HVPERSONA_PARTITION_FINALIZE takes virtual processors and address space from an active
 * child. It may take long; after EINTR the child is in state finalizing, and the same ioctl
 * goes on. Fails with EPERM if the child has children.
 *
 * HVPERSONA_PARTITION_DELETE deletes a child that is created or finalized. Fails with EPERM
 * if its pool still has pages, or it has children.
 *
 * All fail with EBADFD in other states than these, EOPNOTSUPP for a partition that is no
 * child, ENODEV if it is deleted.
 */
struct hvpersona_partition_change {
	__u32 size;
	__u32 flags;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_PARTITION_INITIALIZE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_INITIALIZE)
#define HVPERSONA_PARTITION_FINALIZE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_FINALIZE)
#define HVPERSONA_PARTITION_DELETE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PARTITION_DELETE)

/** define HVPERSONA_PROPERTY_MAX - Longest value of a property in bytes. */
#define HVPERSONA_PROPERTY_MAX	4072

/**
 * struct hvpersona_property - ioctl(HVPERSONA_PROPERTY_GET, _SET) on a partition descriptor
 * @size: sizeof(struct hvpersona_property)
 * @code: HV_PARTITION_PROPERTY_CODE
 * @argument: Qualifier of a property that has one, otherwise zero
 * @value: The value of a 64-bit property; of a longer one HVPERSONA_PROPERTY_GET returns the
 *	first 8 bytes
 * @data: Address of a buffer for a longer value, or zero
 * @data_size: Its size. HVPERSONA_PROPERTY_SET: length of the value, a multiple of 8, at most
 *	HVPERSONA_PROPERTY_MAX; 0 if @value is the value
 * @out_data_size: HVPERSONA_PROPERTY_GET: length of the value; at most @data_size bytes of it
 *	are written to @data
 * @out_status: HV_STATUS if it fails by one
 * @__reserved: Zero
 *
 * Reads or writes a property of a child that is created or active, as
 * HvCallGetPartitionProperty and HvCallSetPartitionProperty do, and their Ex forms with
 * @data. Some properties can be set only before HVPERSONA_PARTITION_INITIALIZE.
 *
 * Fails with ENOENT for a property that is not known, ERANGE, EINVAL or EACCES for a value
 * that it cannot have, EBADFD in the wrong state, EOPNOTSUPP for a partition that is no child,
 * ENODEV.
 */
struct hvpersona_property {
	__u32 size;
	__u32 code;
	__aligned_u64 argument;
	__aligned_u64 value;
	__aligned_u64 data;
	__u32 data_size;
	__u32 out_data_size;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_PROPERTY_GET _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PROPERTY_GET)
#define HVPERSONA_PROPERTY_SET _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PROPERTY_SET)

/**
 * struct hvpersona_memory - ioctl(HVPERSONA_MEMORY_DEPOSIT, _WITHDRAW) on a partition descriptor
 * @size: sizeof(struct hvpersona_memory)
 * @flags: Zero
 * @count: Number of pages
 * @out_done: Pages deposited or withdrawn
 * @out_status: HV_STATUS if it fails by one
 * @__reserved: Zero
 *
 * HVPERSONA_MEMORY_DEPOSIT allocates pages of the host, charged to the memory cgroup of
 * the caller, and lends them to the pool of a partition: a child that is created or active,
 * or a machine. HVPERSONA_MEMORY_WITHDRAW frees pages of the host that are in a pool and
 * not used, in any state; fewer than @count if there are no more. Pages that a guest
 * has deposited are not touched.
 *
 * A signal ends them early: with success if @out_done is not zero, otherwise with EINTR.
 * Deposit fails with ENOMEM when no memory is left or the cgroup's limit is reached, EBADFD in
 * the wrong state; both with ENODEV. What @out_done tells stays done.
 */
struct hvpersona_memory {
	__u32 size;
	__u32 flags;
	__aligned_u64 count;
	__aligned_u64 out_done;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_MEMORY_DEPOSIT _IO(HVPERSONA_TYPE, HVPERSONA_CMD_MEMORY_DEPOSIT)
#define HVPERSONA_MEMORY_WITHDRAW _IO(HVPERSONA_TYPE, HVPERSONA_CMD_MEMORY_WITHDRAW)

/**
 * struct hvpersona_memory_balance - ioctl(HVPERSONA_MEMORY_BALANCE) on a partition descriptor
 * @size: sizeof(struct hvpersona_memory_balance)
 * @__reserved: Zero
 * @out_available: Free pages of the pool
 * @out_in_use: Pages that are used
 * @out_host_pages: Pages of the host in the pool, used or not
 * @out_guest_pages: Pages of its parent, or of a root its own, in the pool, used or not
 *
 * Fails with ENODEV.
 */
struct hvpersona_memory_balance {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 out_available;
	__aligned_u64 out_in_use;
	__aligned_u64 out_host_pages;
	__aligned_u64 out_guest_pages;
};
#define HVPERSONA_MEMORY_BALANCE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_MEMORY_BALANCE)

/**
 * struct hvpersona_gpa_map - ioctl(HVPERSONA_GPA_MAP, _UNMAP) on a partition descriptor
 * @size: sizeof(struct hvpersona_gpa_map)
 * @flags: HVPERSONA_GPA_MAP: HV_MAP_GPA_FLAGS; HVPERSONA_GPA_UNMAP: HV_UNMAP_GPA_FLAGS
 * @gpa_page: First page of the child's address space
 * @source_page: HVPERSONA_GPA_MAP: first page of its parent's, or of
 *	struct hvpersona_partition_create.memory_fd; ignored with flags that need no source
 * @count: Number of pages of 4 KiB, also with LARGE_PAGE: then a multiple of 512
 * @out_done: Pages done
 * @out_status: HV_STATUS if it fails by one
 * @__reserved: Zero
 *
 * Maps consecutive pages of an active child to consecutive pages of its parent, or unmaps
 * pages, as HvCallMapGpaPages and HvCallUnmapGpaPages do. On return no virtual processor
 * uses a mapping that was replaced.
 *
 * A signal ends it early: with success if @out_done is not zero, otherwise with EINTR.
 * Fails with EINVAL for flags, alignment or pages beyond either space, EPERM for a source
 * page that is not there or not free, ENOBUFS, EBADFD, EOPNOTSUPP for a partition that is no
 * child, ENODEV. What @out_done tells stays done.
 */
struct hvpersona_gpa_map {
	__u32 size;
	__u32 flags;
	__aligned_u64 gpa_page;
	__aligned_u64 source_page;
	__aligned_u64 count;
	__aligned_u64 out_done;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_GPA_MAP _IO(HVPERSONA_TYPE, HVPERSONA_CMD_GPA_MAP)
#define HVPERSONA_GPA_UNMAP _IO(HVPERSONA_TYPE, HVPERSONA_CMD_GPA_UNMAP)

/**
 * enum hvpersona_gpa_state - Bits of struct hvpersona_gpa_next.out_state
 * @HVPERSONA_GPA_ACCESSED: Accessed, as far as known
 * @HVPERSONA_GPA_DIRTY: Written to, as far as known
 */
enum hvpersona_gpa_state {
	HVPERSONA_GPA_ACCESSED	= 1 << 0,
	HVPERSONA_GPA_DIRTY	= 1 << 1,
};

/**
 * struct hvpersona_gpa_next - ioctl(HVPERSONA_GPA_NEXT) on a partition descriptor
 * @size: sizeof(struct hvpersona_gpa_next)
 * @__reserved: Zero
 * @gpa_page: Page from which to look
 * @out_gpa_page: First page, not below @gpa_page, that is mapped
 * @out_count: Pages from there on that are mapped alike
 * @out_source_page: Source page of the first one; meaningless if @out_flags need none
 * @out_flags: HV_MAP_GPA_FLAGS
 * @out_state: Bits of enum hvpersona_gpa_state
 *
 * Enumerates the ranges of a child's address space, those without access included. Fails
 * with ENOENT after the last one, EOPNOTSUPP for a partition that is no child, ENODEV.
 */
struct hvpersona_gpa_next {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 gpa_page;
	__aligned_u64 out_gpa_page;
	__aligned_u64 out_count;
	__aligned_u64 out_source_page;
	__u32 out_flags;
	__u32 out_state;
};
#define HVPERSONA_GPA_NEXT _IO(HVPERSONA_TYPE, HVPERSONA_CMD_GPA_NEXT)

/**
 * struct hvpersona_vp_change - ioctl(HVPERSONA_VP_CREATE, _DELETE) on a partition descriptor
 * @size: sizeof(struct hvpersona_vp_change)
 * @flags: Zero
 * @vp_index: Index of the virtual processor
 * @out_status: HV_STATUS if it fails by one
 *
 * Makes or deletes a virtual processor of an active child. Fails with ENOENT if there is
 * none with this index, or to make one, if there is one already or the index is beyond
 * struct hvpersona_info.out_max_child_vps; ENOBUFS, ENOSPC, EBADFD, EOPNOTSUPP for a partition
 * that is no child, ENODEV.
 */
struct hvpersona_vp_change {
	__u32 size;
	__u32 flags;
	__u32 vp_index;
	__u32 out_status;
};
#define HVPERSONA_VP_CREATE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_VP_CREATE)
#define HVPERSONA_VP_DELETE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_VP_DELETE)

/**
 * struct hvpersona_register - A register of a virtual processor
 * @name: HV_REGISTER_NAME
 * @__reserved: Zero
 * @value: HV_REGISTER_VALUE, 16 bytes; the rest of a shorter one is zero
 */
struct hvpersona_register {
	__u32 name;
	__u32 __reserved;
	__aligned_u64 value[2];
};

/** define HVPERSONA_MAX_REGISTERS - Most registers in one ioctl. */
#define HVPERSONA_MAX_REGISTERS	512

/**
 * struct hvpersona_vp_registers - ioctl(HVPERSONA_VP_GET_REGISTERS, _SET_REGISTERS) on a
 *	partition descriptor
 * @size: sizeof(struct hvpersona_vp_registers)
 * @vp_index: Index of the virtual processor
 * @registers: Address of an array of struct hvpersona_register
 * @count: Its entries, at most HVPERSONA_MAX_REGISTERS
 * @out_done: Entries that were read or written, from the first on
 * @out_status: HV_STATUS if it fails by one: that of entry @out_done
 * @__reserved: Zero
 *
 * Reads or writes registers of a virtual processor of an active child, in their order, as
 * HvCallGetVpRegisters and HvCallSetVpRegisters do, until one cannot be. Fails with ENOENT if
 * there is no such virtual processor or register (with different @out_status), EINVAL, ERANGE
 * or EACCES for a register that cannot be read or written so, EBADFD, EOPNOTSUPP for a partition
 * that is no child, ENODEV.
 */
struct hvpersona_vp_registers {
	__u32 size;
	__u32 vp_index;
	__aligned_u64 registers;
	__u32 count;
	__u32 out_done;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_VP_GET_REGISTERS _IO(HVPERSONA_TYPE, HVPERSONA_CMD_VP_GET_REGISTERS)
#define HVPERSONA_VP_SET_REGISTERS _IO(HVPERSONA_TYPE, HVPERSONA_CMD_VP_SET_REGISTERS)

/**
 * DOC: Ports and connections
 *
 * A port belongs to the partition that receives, a connection to the one that sends; both
 * are named by 24-bit numbers that whoever makes them chooses. The host takes part as the root
 * of its own instance (number 0, id 1): ioctls on a *device* descriptor are about the host's own
 * ports and connections, the same ioctls on a *partition* descriptor about that partition's.
 * The other end of one is named by its partition's handle, 0 for the host, and has to be in
 * the same instance.
 *
 * The host has no virtual processors: what is sent to one of its ports is read from the
 * descriptor that HVPERSONA_PORT_CREATE returned for it:
 *
 *  - read() on a message port returns HV_MESSAGEs of HVPERSONA_MESSAGE_SIZE bytes in the order in
 *    which they were posted, as many as there are and as the buffer has room for; the
 *    message's origin is the port. A message that is not read occupies one of the port's 16
 *    buffers.
 *  - read() on an event port returns the numbers (16 bits each, ascending) of the flags that were
 *    set since they were read last, as the sender numbers them.
 *  - It waits until there is something; with O_NONBLOCK it fails with EAGAIN. It fails with
 *    EMSGSIZE if the buffer has no room for one message or number, EINTR, EFAULT, and with ENODEV
 *    when the port has been deleted.
 *  - poll() reports POLLIN when there is something to read, POLLHUP and POLLERR when the port has
 *    been deleted.
 *  - When its last copy is closed, the port is deleted.
 *
 * Ports of partitions and all connections stay until they are deleted, or their partition goes
 * or is reset. A connection whose port is deleted stays, but leads nowhere.
 */

/** define HVPERSONA_MESSAGE_SIZE - Size of an HV_MESSAGE as a port's descriptor returns it. */
#define HVPERSONA_MESSAGE_SIZE	256

/** define HVPERSONA_MESSAGE_MAX - Longest payload of a message. */
#define HVPERSONA_MESSAGE_MAX	240

/** define HVPERSONA_ANY_VP - Virtual processor of a port that may be any one. */
#define HVPERSONA_ANY_VP	0xffffffff

/**
 * enum hvpersona_port_type - What goes through a port
 * @HVPERSONA_PORT_MESSAGE: Messages of up to HVPERSONA_MESSAGE_MAX bytes
 * @HVPERSONA_PORT_EVENT: Event flags
 * @HVPERSONA_PORT_MONITOR: Event flags that the hypervisor takes from a monitor page
 * @HVPERSONA_PORT_DOORBELL: Writes of the sender to an address, reported in an event ring
 */
enum hvpersona_port_type {
	HVPERSONA_PORT_MESSAGE	= 1,
	HVPERSONA_PORT_EVENT	= 2,
	HVPERSONA_PORT_MONITOR	= 3,
	HVPERSONA_PORT_DOORBELL	= 4,
};

/**
 * struct hvpersona_port_create - ioctl(HVPERSONA_PORT_CREATE) on a device or partition descriptor
 * @size: sizeof(struct hvpersona_port_create)
 * @flags: Zero
 * @port: Number of the port, below 1 << 24
 * @peer: Handle of the partition that may connect; 0 for the host
 * @type: enum hvpersona_port_type
 * @sint: SINT on which it is received; zero for the host's port and for a monitor port
 * @vp_index: Virtual processor that receives, or HVPERSONA_ANY_VP; likewise
 * @base_flag: Of an event port: the SINT's flag that stands for the sender's flag 0; zero for
 *	the host's port
 * @flag_count: Of an event port: how many flags there are
 * @monitor_page: Of a monitor port: guest physical address of the monitor page
 * @event_fd: Of the host's port: an eventfd that is signaled with each message and with each
 *	flag that was not set, or -1; otherwise -1
 * @vtl: Virtual trust level that receives; zero for the host's port
 * @min_connection_vtl: Lowest virtual trust level that may connect; likewise
 * @__reserved: Zero
 * @out_status: HV_STATUS if it fails by one
 * @__reserved2: Zero
 *
 * Makes a port as HvCallCreatePort does. On a partition descriptor the port belongs to that
 * partition, whose pool pays for it; returns 0. On a device descriptor it belongs to the host,
 * is a message or an event port, and lives as long as the port descriptor (close-on-exec)
 * that is returned.
 *
 * Fails with ENOENT if there is no such peer in the instance, no such virtual processor, or
 * the number is taken or too high (with different @out_status); EINVAL, which may also mean
 * that @event_fd is something else, EBADF if it is not open; EBADFD if one of the partitions is
 * not active, ENOBUFS, ENOSPC, EOPNOTSUPP for a type that the host cannot receive or a @vtl that
 * is not there, ENODEV.
 */
struct hvpersona_port_create {
	__u32 size;
	__u32 flags;
	__u32 port;
	__u32 peer;
	__u32 type;
	__u32 sint;
	__u32 vp_index;
	__u16 base_flag;
	__u16 flag_count;
	__aligned_u64 monitor_page;
	__s32 event_fd;
	__u8 vtl;
	__u8 min_connection_vtl;
	__u16 __reserved;
	__u32 out_status;
	__u32 __reserved2;
};
#define HVPERSONA_PORT_CREATE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PORT_CREATE)

/**
 * struct hvpersona_port_delete - ioctl(HVPERSONA_PORT_DELETE, HVPERSONA_CONNECTION_DELETE) on a
 *	device or partition descriptor
 * @size: sizeof(struct hvpersona_port_delete)
 * @id: Number of the port or of the connection
 * @out_status: HV_STATUS if it fails by one
 * @__reserved: Zero
 *
 * Deletes a port with the messages that nobody has taken, whoever made it, or a connection.
 * Fails with ENOENT, EBADFD, ENODEV.
 */
struct hvpersona_port_delete {
	__u32 size;
	__u32 id;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_PORT_DELETE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PORT_DELETE)
#define HVPERSONA_CONNECTION_DELETE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CONNECTION_DELETE)

/**
 * enum hvpersona_port_state - Bits of struct hvpersona_port_next.out_state and
 *	struct hvpersona_connection_next.out_state
 * @HVPERSONA_PORT_CONNECTED: There is a connection to the port, or the connection leads to one
 */
enum hvpersona_port_state {
	HVPERSONA_PORT_CONNECTED	= 1 << 0,
};

/**
 * struct hvpersona_port_next - ioctl(HVPERSONA_PORT_NEXT) on a device or partition descriptor
 * @size: sizeof(struct hvpersona_port_next)
 * @port: Number from which to look
 * @out_port: The first port with a number not below @port
 * @out_type: enum hvpersona_port_type
 * @out_sint: SINT on which it is received; meaningless for the host's ports
 * @out_vp_index: Virtual processor, or HVPERSONA_ANY_VP; likewise
 * @out_base_flag: Of an event port: first flag of the SINT
 * @out_flag_count: Of an event port: number of flags
 * @out_vtl: Virtual trust level that receives
 * @out_min_connection_vtl: Lowest virtual trust level that may connect
 * @out_preferred_vp: With HVPERSONA_ANY_VP, the virtual processor that is tried first
 * @out_peer: Handle of the partition that may connect; 0 for the host
 * @out_state: Bits of enum hvpersona_port_state
 * @out_connection: Number of the connection, if there is one
 * @out_queued: Buffers in use: messages that have not been taken
 * @__reserved: Zero
 * @out_peer_id: Id of the partition that may connect
 * @out_monitor_page: Of a monitor port: guest physical address of the monitor page
 * @out_posts: Messages accepted since it was made
 *
 * Enumerates the ports of the host or of a partition, whoever made them. Fails with ENOENT
 * after the last one, ENODEV.
 */
struct hvpersona_port_next {
	__u32 size;
	__u32 port;
	__u32 out_port;
	__u32 out_type;
	__u32 out_sint;
	__u32 out_vp_index;
	__u16 out_base_flag;
	__u16 out_flag_count;
	__u16 out_vtl;
	__u16 out_min_connection_vtl;
	__u32 out_preferred_vp;
	__u32 out_peer;
	__u32 out_state;
	__u32 out_connection;
	__u32 out_queued;
	__u32 __reserved;
	__aligned_u64 out_peer_id;
	__aligned_u64 out_monitor_page;
	__aligned_u64 out_posts;
};
#define HVPERSONA_PORT_NEXT _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PORT_NEXT)

/**
 * struct hvpersona_port_property - ioctl(HVPERSONA_PORT_PROPERTY_GET, _SET) on a device or
 *	partition descriptor
 * @size: sizeof(struct hvpersona_port_property)
 * @port: Number of the port
 * @code: HV_PORT_PROPERTY_CODE: 0 for the number of messages accepted, which cannot be set, 1
 *	for the virtual processor that a port for any one tries first
 * @out_status: HV_STATUS if it fails by one
 * @value: The value
 *
 * Reads or writes a property of a port, as HvCallGetPortProperty and HvCallSetPortProperty do.
 * Fails with ENOENT if there is no such port or property, EINVAL for a value that it cannot
 * have, EBADFD, ENODEV.
 */
struct hvpersona_port_property {
	__u32 size;
	__u32 port;
	__u32 code;
	__u32 out_status;
	__aligned_u64 value;
};
#define HVPERSONA_PORT_PROPERTY_GET _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PORT_PROPERTY_GET)
#define HVPERSONA_PORT_PROPERTY_SET _IO(HVPERSONA_TYPE, HVPERSONA_CMD_PORT_PROPERTY_SET)

/**
 * struct hvpersona_connection_create - ioctl(HVPERSONA_CONNECTION_CREATE) on a device or partition
 *	descriptor
 * @size: sizeof(struct hvpersona_connection_create)
 * @flags: Zero
 * @connection: Number of the connection, below 1 << 24
 * @peer: Handle of the partition whose port it leads to; 0 for the host
 * @port: Number of that port
 * @type: enum hvpersona_port_type, that of the port
 * @address: Guest physical address of the monitor page, or of the doorbell; otherwise zero
 * @trigger: Of a doorbell: the value that rings it
 * @doorbell_flags: Of a doorbell: width of the write in bits 2:0 (0 any, 1 to 4 for 1, 2, 4 and 8
 *	bytes), bit 31 if any value rings it; otherwise zero
 * @vtl: Virtual trust level of the sender
 * @__reserved: Zero
 * @out_status: HV_STATUS if it fails by one
 * @__reserved2: Zero
 *
 * Connects a partition, whose pool pays for it, or the host to a port, as HvCallConnectPort
 * does. Fails with ENOENT if there is no such peer in the instance or no such port, the port
 * is connected or for somebody else, or the number is taken or too high (with different
 * @out_status); EINVAL, EACCES for a @vtl below what the port asks for, EOPNOTSUPP for one
 * that is not there or a type that the host cannot send, EBADFD if one of the partitions is not
 * active, ENOBUFS, ENOSPC, ENODEV.
 */
struct hvpersona_connection_create {
	__u32 size;
	__u32 flags;
	__u32 connection;
	__u32 peer;
	__u32 port;
	__u32 type;
	__aligned_u64 address;
	__aligned_u64 trigger;
	__aligned_u64 doorbell_flags;
	__u8 vtl;
	__u8 __reserved[7];
	__u32 out_status;
	__u32 __reserved2;
};
#define HVPERSONA_CONNECTION_CREATE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CONNECTION_CREATE)

/**
 * struct hvpersona_connection_next - ioctl(HVPERSONA_CONNECTION_NEXT) on a device or partition
 *	descriptor
 * @size: sizeof(struct hvpersona_connection_next)
 * @connection: Number from which to look
 * @out_connection: The first connection with a number not below @connection
 * @out_type: enum hvpersona_port_type
 * @out_state: Bits of enum hvpersona_port_state
 * @out_port: Number of the port that it leads to, if there is one
 * @out_peer: Handle of the partition whose port that is; 0 if that is the host
 * @out_vtl: Virtual trust level of the sender
 * @out_peer_id: Id of the partition whose port that is
 * @out_address: Of a monitor connection or a doorbell: its guest physical address
 * @out_trigger: Of a doorbell: the value that rings it
 * @out_doorbell_flags: Of a doorbell: its flags
 *
 * Enumerates the connections of the host or of a partition, whoever made them. Fails with
 * ENOENT after the last one, ENODEV.
 */
struct hvpersona_connection_next {
	__u32 size;
	__u32 connection;
	__u32 out_connection;
	__u32 out_type;
	__u32 out_state;
	__u32 out_port;
	__u32 out_peer;
	__u32 out_vtl;
	__aligned_u64 out_peer_id;
	__aligned_u64 out_address;
	__aligned_u64 out_trigger;
	__aligned_u64 out_doorbell_flags;
};
#define HVPERSONA_CONNECTION_NEXT _IO(HVPERSONA_TYPE, HVPERSONA_CMD_CONNECTION_NEXT)

/**
 * struct hvpersona_post_message - ioctl(HVPERSONA_POST_MESSAGE) on a device descriptor
 * @size: sizeof(struct hvpersona_post_message)
 * @connection: Connection of the host
 * @type: HV_MESSAGE_TYPE; not zero, bit 31 clear
 * @payload_size: Length of the payload, at most HVPERSONA_MESSAGE_MAX
 * @payload: Address of the payload
 * @out_status: HV_STATUS if it fails by one
 * @__reserved: Zero
 *
 * Posts a message, as HvCallPostMessage does. Fails with ENOENT if the host has no such
 * connection, it does not lead to a message port, or the port's virtual processor is gone (with
 * different @out_status), EINVAL, EAGAIN if all buffers of the port are in use, EBADFD if the
 * receiver has its SynIC switched off.
 */
struct hvpersona_post_message {
	__u32 size;
	__u32 connection;
	__u32 type;
	__u32 payload_size;
	__aligned_u64 payload;
	__u32 out_status;
	__u32 __reserved;
};
#define HVPERSONA_POST_MESSAGE _IO(HVPERSONA_TYPE, HVPERSONA_CMD_POST_MESSAGE)

/**
 * struct hvpersona_signal_event - ioctl(HVPERSONA_SIGNAL_EVENT) on a device descriptor
 * @size: sizeof(struct hvpersona_signal_event)
 * @connection: Connection of the host
 * @flag: Number of the flag, below the port's number of flags
 * @__reserved: Zero
 * @out_status: HV_STATUS if it fails by one
 *
 * Sets an event flag, as HvCallSignalEvent does. Fails with ENOENT if the host has no such
 * connection, it does not lead to an event port, or the port's virtual processor is gone (with
 * different @out_status), EINVAL, EBADFD if the receiver has its SynIC switched off or the SINT
 * masked.
 */
struct hvpersona_signal_event {
	__u32 size;
	__u32 connection;
	__u16 flag;
	__u16 __reserved;
	__u32 out_status;
};
#define HVPERSONA_SIGNAL_EVENT _IO(HVPERSONA_TYPE, HVPERSONA_CMD_SIGNAL_EVENT)

/**
 * enum hvpersona_stats_type - Objects that have a statistics page
 * @HVPERSONA_STATS_HYPERVISOR: An instance.
 * @HVPERSONA_STATS_LP: A logical processor of a root.
 * @HVPERSONA_STATS_PARTITION: A partition.
 * @HVPERSONA_STATS_VP: A virtual processor.
 *
 * Numbers are those of the hypervisor's specification.
 */
enum hvpersona_stats_type {
	HVPERSONA_STATS_HYPERVISOR	= 1,
	HVPERSONA_STATS_LP		= 2,
	HVPERSONA_STATS_PARTITION	= 0x10001,
	HVPERSONA_STATS_VP		= 0x10002,
};

/** define HVPERSONA_STATS_COUNTERS - Counters in a statistics page, 64 bits each. */
#define HVPERSONA_STATS_COUNTERS	512

/**
 * struct hvpersona_stats_open - ioctl(HVPERSONA_STATS_OPEN) on a device descriptor
 * @size: sizeof(struct hvpersona_stats_open)
 * @type: enum hvpersona_stats_type
 * @handle: Handle of the partition; of a VP its partition, of an LP the root. Of the hypervisor a
 *	partition in its instance, or 0 for the host's own
 * @index: Index of the LP or VP, otherwise 0
 *
 * Returns a descriptor of a statistics page: HVPERSONA_STATS_COUNTERS numbers of 64 bits,
 * which Documentation/stats-counters.rst explains. Reading gives the values of now. One page can be
 * mapped, shared or private and for reading only; it is written every 100 ms, each counter at once.
 * While a descriptor is open times are counted, too. When the object is gone reading fails with
 * ENODEV, and a mapped page stays as it is.
 *
 * Errors: EINVAL for an unknown type, an index where there is none, or a type that needs a
 * partition; ENOENT if there is no such partition, VP or LP; EOPNOTSUPP for an LP of what is no
 * root; ENODEV if the machine is gone; EINTR; ENOMEM. Of mmap: EINVAL for anything but one page
 * without write and execute permission.
 */
struct hvpersona_stats_open {
	__u32 size;
	__u32 type;
	__u32 handle;
	__u32 index;
};
#define HVPERSONA_STATS_OPEN _IO(HVPERSONA_TYPE, HVPERSONA_CMD_STATS_OPEN)

/** define HVPERSONA_LOG_LOST - Type of an entry that tells how many were lost, in args[0]. */
#define HVPERSONA_LOG_LOST	0xffff

/**
 * struct hvpersona_log_entry - An entry of an event log
 * @context: Index of the VP in whose thread it happened, 0xffffffff if it was the host
 * @entry_size: Size of the entry, 48
 * @type: What happened, see Documentation/event-log.rst, or HVPERSONA_LOG_LOST
 * @time: Reference time of the instance, in units of 100 ns; of the host's own the host's
 *	monotonic time
 * @partition: Id of the partition that it is about
 * @vp: Its VP, or 0xffffffff
 * @detail: As the type says
 * @args: Likewise
 */
struct hvpersona_log_entry {
	__u32 context;
	__u16 entry_size;
	__u16 type;
	__aligned_u64 time;
	__aligned_u64 partition;
	__u32 vp;
	__u32 detail;
	__aligned_u64 args[2];
};

/**
 * struct hvpersona_log_open - ioctl(HVPERSONA_LOG_OPEN) on a device descriptor
 * @size: sizeof(struct hvpersona_log_open)
 * @handle: Handle of a partition in the instance whose log it is; 0 for the host's own
 * @sources: Bit s for events of source s, see Documentation/event-log.rst
 * @entries: Entries that are kept until they are read, rounded up to a power of two, at most 65536;
 *	0 for 1024
 * @__reserved: Zero
 *
 * Returns a descriptor from which struct hvpersona_log_entry are read, as many whole ones as
 * fit; reading waits for the first one unless O_NONBLOCK is set. poll() works. Events that find no
 * room are lost, of which an entry HVPERSONA_LOG_LOST tells. Nobody else's log is affected.
 *
 * Errors: EINVAL for no sources, too many entries, or a reserved field; ENOENT if there is no such
 * partition; ENODEV if it is in no instance any more; ENOMEM. Of read: EINVAL for a buffer smaller
 * than an entry, EAGAIN, EINTR.
 */
struct hvpersona_log_open {
	__u32 size;
	__u32 handle;
	__aligned_u64 sources;
	__u32 entries;
	__u32 __reserved;
};
#define HVPERSONA_LOG_OPEN _IO(HVPERSONA_TYPE, HVPERSONA_CMD_LOG_OPEN)

#endif /* _UAPI_LINUX_HVPERSONA_H */
