/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that differs between the kernels that are served. What a difference depends
 * on is probed for in the headers by Kbuild (HVP_HAVE_*): stable kernels take changes back,
 * so version numbers tell little.
 */
#ifndef HVP_KVM_COMPAT_H
#define HVP_KVM_COMPAT_H

#include <linux/ftrace.h>
#include <linux/kvm_host.h>
/* cpuid_count() used to be in asm/processor.h */
#ifdef HVP_HAVE_CPUID_API
#include <asm/cpuid/api.h>
#endif

/*
 * KVM's headers bring the kernel's own names of the guest ABI as macros; ours are an
 * enumeration. They come in after this.
 */
#undef HV_ANY_VP
#undef HV_FLUSH_ALL_PROCESSORS
#undef HV_IPI_LOW_VECTOR
#undef HV_MESSAGE_SIZE
#undef HV_MSR_CRASH_CTL
#undef HV_MSR_CRASH_P0
#undef HV_MSR_EOM
#undef HV_MSR_REFERENCE_TSC
#undef HV_MSR_SCONTROL
#undef HV_MSR_SIEFP
#undef HV_MSR_SIMP
#undef HV_MSR_SINT0
#undef HV_MSR_SIRBP
#undef HV_MSR_STIMER0_CONFIG
#undef HV_MSR_SVERSION
#undef HV_MSR_TIME_REF_COUNT
#undef HV_MSR_VP_INDEX
#undef HV_PARTITION_ID_INVALID
#undef HV_PARTITION_ID_SELF
#undef HV_STATUS_ACCESS_DENIED
#undef HV_STATUS_CALL_PENDING
#undef HV_STATUS_INSUFFICIENT_BUFFERS
#undef HV_STATUS_INSUFFICIENT_MEMORY
#undef HV_STATUS_INSUFFICIENT_ROOT_MEMORY
#undef HV_STATUS_INVALID_ALIGNMENT
#undef HV_STATUS_INVALID_CONNECTION_ID
#undef HV_STATUS_INVALID_HYPERCALL_CODE
#undef HV_STATUS_INVALID_HYPERCALL_INPUT
#undef HV_STATUS_INVALID_LP_INDEX
#undef HV_STATUS_INVALID_PARAMETER
#undef HV_STATUS_INVALID_PARTITION_ID
#undef HV_STATUS_INVALID_PARTITION_STATE
#undef HV_STATUS_INVALID_PORT_ID
#undef HV_STATUS_INVALID_REGISTER_VALUE
#undef HV_STATUS_INVALID_VP_INDEX
#undef HV_STATUS_INVALID_VP_STATE
#undef HV_STATUS_NOT_ACKNOWLEDGED
#undef HV_STATUS_NOT_FOUND
#undef HV_STATUS_NO_RESOURCES
#undef HV_STATUS_OPERATION_DENIED
#undef HV_STATUS_OPERATION_FAILED
#undef HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE
#undef HV_STATUS_SUCCESS
#undef HV_STATUS_TIME_OUT
#undef HV_STATUS_UNKNOWN_PROPERTY
#undef HV_STATUS_VTL_ALREADY_ENABLED
#undef HV_VP_INDEX_SELF

/* Only kernels whose KVM has SMM have it */
#ifndef HF_SMM_MASK
#define HF_SMM_MASK		0
#endif

/* The name changed with a parameter: whether to wait until the vCPU has left the guest */
#ifdef HVP_HAVE_KICK_WAIT
#define HVP_KICK_NAME		"__kvm_vcpu_kick"
#define HVP_KICK_FUNCTION(X)							\
	X(__kvm_vcpu_kick, void, (struct kvm_vcpu *, bool), "deliver messages")
#define hvp_kick(vcpu)		hvp_kvm_call(__kvm_vcpu_kick)(vcpu, false)
#else
#define HVP_KICK_NAME		"kvm_vcpu_kick"
#define HVP_KICK_FUNCTION(X)							\
	X(kvm_vcpu_kick, void, (struct kvm_vcpu *), "deliver messages")
#define hvp_kick(vcpu)		hvp_kvm_call(kvm_vcpu_kick)(vcpu)
#endif

/* The register cache: RIP moved out of arch.regs and the bitmaps became real ones */
#ifdef HVP_HAVE_ARCH_RIP
#define HVP_RIP			VCPU_REG_RIP
#define HVP_CR3			VCPU_REG_CR3
#define hvp_arch_rip(vcpu)	((vcpu)->arch.rip)
#define hvp_avail(vcpu)		((vcpu)->arch.regs_avail)
#define hvp_dirty(vcpu)		((vcpu)->arch.regs_dirty)
#else
#define HVP_RIP			VCPU_REGS_RIP
#define HVP_CR3			VCPU_EXREG_CR3
#define hvp_arch_rip(vcpu)	((vcpu)->arch.regs[VCPU_REGS_RIP])
#define hvp_avail(vcpu)		((unsigned long *)&(vcpu)->arch.regs_avail)
#define hvp_dirty(vcpu)		((unsigned long *)&(vcpu)->arch.regs_dirty)
#endif

#ifdef HVP_HAVE_REG_CR0
#define HVP_CR0			VCPU_REG_CR0
#define HVP_CR4			VCPU_REG_CR4
#else
#define HVP_CR0			VCPU_EXREG_CR0
#define HVP_CR4			VCPU_EXREG_CR4
#endif

/*
 * Bits of make_spte()'s access argument, which arch/x86/kvm keeps to itself. To read, NPT has
 * the bit "user" and EPT a bit of its own, which used to be the same; to execute, 7.3 has one
 * for each mode.
 */
#ifdef HVP_HAVE_ACC_READ
#define HVP_ACC_READ		(BIT(0) | (hvp_vmx ? 0 : BIT(2)))
#define HVP_ACC_WRITE		BIT(1)
#define HVP_ACC_EXEC		(BIT(3) | (hvp_vmx ? BIT(2) : 0))
#else
#define HVP_ACC_READ		BIT(2)
#define HVP_ACC_WRITE		BIT(1)
#define HVP_ACC_EXEC		BIT(0)
#endif

/* Has KVM look again which MSRs it leaves to the guest */
#ifdef HVP_HAVE_RECALC_INTERCEPTS
#define HVP_REQ_MSR_INTERCEPTS	KVM_REQ_RECALC_INTERCEPTS
#else
#define HVP_REQ_MSR_INTERCEPTS	KVM_REQ_MSR_FILTER_CHANGED
#endif

/* The registers of a traced function that carry its arguments */
static __always_inline struct pt_regs *hvp_ftrace_args(struct ftrace_regs *fregs)
{
#ifdef HVP_HAVE_ARCH_FTRACE_REGS
	return &arch_ftrace_regs(fregs)->regs;
#else
	return &fregs->regs;
#endif
}

/* Of guest memory; SMM has its own */
#ifdef KVM_MAX_NR_ADDRESS_SPACES
#define HVP_ADDRESS_SPACES	KVM_MAX_NR_ADDRESS_SPACES
#else
#define HVP_ADDRESS_SPACES	KVM_ADDRESS_SPACE_NUM
#endif

/* The thread that runs a vCPU; a reference, or NULL */
static inline struct pid *hvp_vcpu_pid(struct kvm_vcpu *vcpu)
{
	struct pid *pid;

#ifdef HVP_HAVE_PID_LOCK
	read_lock(&vcpu->pid_lock);
	pid = get_pid(vcpu->pid);
	read_unlock(&vcpu->pid_lock);
#else
	rcu_read_lock();
	pid = get_pid(rcu_dereference(vcpu->pid));
	rcu_read_unlock();
#endif
	return pid;
}

#endif
