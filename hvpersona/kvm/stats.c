// SPDX-License-Identifier: GPL-2.0
/* What KVM and the host know of a VP, and which counter an exit belongs to. */
#include <linux/sched.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>
#include <asm/svm.h>
#include <asm/vmx.h>

#include "binding.h"
#include "../hv_abi/msr.h"

/* Flag beside any exit reason: a bus lock was asserted */
#define VMX_BUS_LOCK	BIT(26)

/* 0 stands for VpOtherInterceptsCount; see also hvp_kvm_count_details() */
static const u8 svm_stats[HVP_EXIT_REASONS] = {
	[SVM_EXIT_READ_CR0 ... SVM_EXIT_WRITE_CR0 + 0xf] = HVP_VpControlRegisterAccessesCount,
	[SVM_EXIT_READ_DR0 ... SVM_EXIT_WRITE_DR0 + 0xf] = HVP_VpDebugRegisterAccessesCount,
	[SVM_EXIT_EXCP_BASE + PF_VECTOR] = HVP_VpPageFaultInterceptsCount,
	[SVM_EXIT_INTR ... SVM_EXIT_SMI] = HVP_VpExternalInterruptsCount,
	[SVM_EXIT_VINTR] = HVP_VpPendingInterruptsCount,
	[SVM_EXIT_CR0_SEL_WRITE] = HVP_VpControlRegisterAccessesCount,
	[SVM_EXIT_RDPMC] = HVP_VpRdpmcInstructionsCount,
	[SVM_EXIT_CPUID] = HVP_VpCpuidInstructionsCount,
	[SVM_EXIT_HLT] = HVP_VpHltInstructionsCount,
	[SVM_EXIT_INVLPG] = HVP_VpPageInvalidationsCount,
	[SVM_EXIT_INVLPGA] = HVP_VpInvVpidAllContextEmulationCount,
	[SVM_EXIT_IOIO] = HVP_VpIoInstructionsCount,
	[SVM_EXIT_MSR] = HVP_VpMsrAccessesCount,
	[SVM_EXIT_VMRUN] = HVP_VpNestedVMEntriesCount,
	[SVM_EXIT_VMMCALL] = HVP_VpHypercallsCount,
	[SVM_EXIT_VMLOAD] = HVP_VpVmloadEmulationCount,
	[SVM_EXIT_VMSAVE] = HVP_VpVmsaveEmulationCount,
	[SVM_EXIT_STGI ... SVM_EXIT_CLGI] = HVP_VpGifInstructionEmulationCount,
	[SVM_EXIT_MONITOR ... SVM_EXIT_MWAIT_COND] = HVP_VpMwaitInstructionsCount,
	[SVM_EXIT_INVPCID] = HVP_VpPageInvalidationsCount,
	[HVP_EXIT_REASONS - 1] = HVP_VpNestedPageFaultInterceptsCount,
};

static const u8 vmx_stats[HVP_EXIT_REASONS] = {
	[EXIT_REASON_EXTERNAL_INTERRUPT] = HVP_VpExternalInterruptsCount,
	[EXIT_REASON_INTERRUPT_WINDOW ... EXIT_REASON_NMI_WINDOW] = HVP_VpPendingInterruptsCount,
	[EXIT_REASON_CPUID] = HVP_VpCpuidInstructionsCount,
	[EXIT_REASON_HLT] = HVP_VpHltInstructionsCount,
	[EXIT_REASON_INVLPG] = HVP_VpPageInvalidationsCount,
	[EXIT_REASON_RDPMC] = HVP_VpRdpmcInstructionsCount,
	[EXIT_REASON_VMCALL] = HVP_VpHypercallsCount,
	[EXIT_REASON_VMCLEAR] = HVP_VpVmclearEmulationCount,
	[EXIT_REASON_VMLAUNCH] = HVP_VpNestedVMEntriesCount,
	[EXIT_REASON_VMPTRLD] = HVP_VpVmptrldEmulationCount,
	[EXIT_REASON_VMPTRST] = HVP_VpVmptrstEmulationCount,
	[EXIT_REASON_VMREAD] = HVP_VpVmreadEmulationCount,
	[EXIT_REASON_VMRESUME] = HVP_VpNestedVMEntriesCount,
	[EXIT_REASON_VMWRITE] = HVP_VpVmwriteEmulationCount,
	[EXIT_REASON_VMOFF] = HVP_VpVmxoffEmulationCount,
	[EXIT_REASON_VMON] = HVP_VpVmxonEmulationCount,
	[EXIT_REASON_CR_ACCESS] = HVP_VpControlRegisterAccessesCount,
	[EXIT_REASON_DR_ACCESS] = HVP_VpDebugRegisterAccessesCount,
	[EXIT_REASON_IO_INSTRUCTION] = HVP_VpIoInstructionsCount,
	[EXIT_REASON_MSR_READ ... EXIT_REASON_MSR_WRITE] = HVP_VpMsrAccessesCount,
	[EXIT_REASON_MWAIT_INSTRUCTION] = HVP_VpMwaitInstructionsCount,
	[EXIT_REASON_MONITOR_INSTRUCTION] = HVP_VpMwaitInstructionsCount,
	[EXIT_REASON_EPT_VIOLATION ... EXIT_REASON_EPT_MISCONFIG] =
		HVP_VpNestedPageFaultInterceptsCount,
	[EXIT_REASON_INVEPT] = HVP_VpInvEptAllContextEmulationCount,
	[EXIT_REASON_INVVPID] = HVP_VpInvVpidAllContextEmulationCount,
	[EXIT_REASON_INVPCID] = HVP_VpPageInvalidationsCount,
};

u8 hvp_exit_stats[HVP_EXIT_REASONS] __ro_after_init;

/**
 * hvp_kvm_stats_init - Choose the table of the host's vendor
 */
void hvp_kvm_stats_init(void)
{
	const u8 *stats = hvp_vmx ? vmx_stats : svm_stats;
	u32 i;

	for (i = 0; i < HVP_EXIT_REASONS; i++)
		hvp_exit_stats[i] = stats[i] ?: HVP_VpOtherInterceptsCount;
}

/* A register of the local APIC, by its offset in the page */
static void count_apic(struct hvp_vp *vp, u32 offset, bool write)
{
	switch (offset) {
	case APIC_TASKPRI:
		hvp_stat_inc(vp, HVP_VpApicTprAccesses);
		break;
	case APIC_EOI:
		if (write)
			hvp_stat_inc(vp, HVP_VpApicEoiAccesses);
		break;
	case APIC_ICR:
		if (write)
			hvp_stat_inc(vp, HVP_VpApicIpisSent);
		break;
	case APIC_SELF_IPI:
		if (write)
			hvp_stat_inc(vp, HVP_VpApicSelfIpisSent);
	}
}

static void count_msr(struct hvp_vp *vp, u32 msr, bool write)
{
	switch (msr) {
	case APIC_BASE_MSR ... APIC_BASE_MSR + 0xff:
		count_apic(vp, (msr - APIC_BASE_MSR) << 4, write);
		break;
	case HV_MSR_EOI:
		count_apic(vp, APIC_EOI, write);
		break;
	case HV_MSR_ICR:
		count_apic(vp, APIC_ICR, write);
		break;
	case HV_MSR_TPR:
		count_apic(vp, APIC_TASKPRI, write);
	}
}

/* @write: as the exit's information tells; if it does not tell it is one */
static void count_apic_page(struct hvp_vp *vp, u64 offset, bool write)
{
	hvp_stat_inc(vp, HVP_VpApicMmioAccesses);
	count_apic(vp, offset & ~0xf, write);
}

/* It was taken for a fault, see hvp_kvm_exit_stat() */
static void correct_avic(struct hvp_vp *vp)
{
	hvp_stat_add(vp, HVP_VpNestedPageFaultInterceptsCount, -1);
	hvp_stat_inc(vp, HVP_VpOtherInterceptsCount);
}

static void count_svm(struct hvp_vp *vp, struct kvm_vcpu *vcpu, u32 reason, u64 info1, u64 info2)
{
	switch (reason) {
	case SVM_EXIT_READ_CR8:
	case SVM_EXIT_WRITE_CR8:
		hvp_stat_inc(vp, HVP_VpApicTprAccesses);
		break;
	case SVM_EXIT_MSR:
		count_msr(vp, vcpu->arch.regs[VCPU_REGS_RCX], info1);
		break;
	case SVM_EXIT_NPF:
		if (info2 >> PAGE_SHIFT == vcpu->arch.apic_base >> PAGE_SHIFT)
			count_apic_page(vp, offset_in_page(info2), info1 & PFERR_WRITE_MASK);
		break;
	case SVM_EXIT_AVIC_INCOMPLETE_IPI:
		correct_avic(vp);
		hvp_stat_inc(vp, HVP_VpApicIpisSent);
		break;
	case SVM_EXIT_AVIC_UNACCELERATED_ACCESS:
		correct_avic(vp);
		count_apic_page(vp, info1 & 0xff0, info1 >> 32 & 1);
	}
}

/* Intel SDM volume 3: exit qualifications of CR accesses and of APIC accesses */
static void count_vmx(struct hvp_vp *vp, struct kvm_vcpu *vcpu, u32 reason, u64 info1)
{
	switch (reason) {
	case EXIT_REASON_CR_ACCESS:
		if ((info1 & 0xf) == 8)
			hvp_stat_inc(vp, HVP_VpApicTprAccesses);
		break;
	case EXIT_REASON_MSR_READ:
	case EXIT_REASON_MSR_WRITE:
		count_msr(vp, vcpu->arch.regs[VCPU_REGS_RCX], reason == EXIT_REASON_MSR_WRITE);
		break;
	case EXIT_REASON_APIC_ACCESS:
		count_apic_page(vp, info1 & 0xfff, (info1 >> 12 & 0xf) == 1);
		break;
	case EXIT_REASON_APIC_WRITE:
		count_apic_page(vp, info1 & 0xfff, true);
		break;
	case EXIT_REASON_TPR_BELOW_THRESHOLD:
		hvp_stat_inc(vp, HVP_VpApicTprAccesses);
		break;
	case EXIT_REASON_EOI_INDUCED:
		hvp_stat_inc(vp, HVP_VpApicEoiAccesses);
	}
}

/**
 * hvp_kvm_count_details - Count what an exit is besides its reason
 * @vp: VP, in its thread
 * @vcpu: Its vCPU
 * @reason: As KVM tells, with VMX's flags
 * @info1: Likewise
 * @info2: Likewise
 */
void hvp_kvm_count_details(struct hvp_vp *vp, struct kvm_vcpu *vcpu, u32 reason, u64 info1,
			   u64 info2)
{
	if (!hvp_vmx) {
		count_svm(vp, vcpu, reason, info1, info2);
		return;
	}
	if ((reason & VMX_BUS_LOCK) || (reason & U16_MAX) == EXIT_REASON_BUS_LOCK)
		hvp_stat_inc(vp, HVP_VpBusLockAcquisitionCount);
	count_vmx(vp, vcpu, reason & U16_MAX, info1);
}

/* In ticks, as the host accounts it; a vCPU that never ran has no thread */
static void add_thread(const struct task_struct *task, struct hvp_run_time *time)
{
	time->guest_ns = READ_ONCE(task->gtime);
	time->host_ns = READ_ONCE(task->stime);
	time->migrations = READ_ONCE(task->se.nr_migrations);
#ifdef CONFIG_SCHED_INFO
	time->waiting_ns = READ_ONCE(task->sched_info.run_delay);
	time->dispatches = READ_ONCE(task->sched_info.pcount);
#endif
}

void hvp_kvm_run_time(struct hvp_vp *vp, struct hvp_run_time *time)
{
	struct kvm_vcpu *vcpu = hvp_kvm_home(vp)->vcpu;
	struct pid *pid = hvp_vcpu_pid(vcpu);
	struct task_struct *task = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;

	*time = (struct hvp_run_time) {
		.halted_ns = READ_ONCE(vcpu->stat.generic.halt_wait_ns) +
			     READ_ONCE(vcpu->stat.generic.halt_poll_success_ns) +
			     READ_ONCE(vcpu->stat.generic.halt_poll_fail_ns),
		.emulated = READ_ONCE(vcpu->stat.insn_emulation),
		.injected = READ_ONCE(vcpu->stat.irq_injections),
		.tsc_khz = vcpu->arch.virtual_tsc_khz,
	};
	if (task) {
		add_thread(task, time);
		put_task_struct(task);
	}
	put_pid(pid);
}

void hvp_kvm_space_pages(struct hvp_partition *pt, struct hvp_space_pages *pages)
{
	const struct hvp_kvm *hk = pt->backend;
	struct kvm_memory_slot *slot;
	u32 i;
	int bkt, idx;

	if (!hk)
		return;
	idx = srcu_read_lock(&hk->kvm->srcu);
	kvm_for_each_memslot(slot, bkt, kvm_memslots(hk->kvm))
		if (slot->id < KVM_USER_MEM_SLOTS)
			pages->total += slot->npages;
	srcu_read_unlock(&hk->kvm->srcu, idx);
	for (i = 0; i < ARRAY_SIZE(pages->size); i++)
		pages->size[i] = atomic64_read(&hk->kvm->stat.pages[i]);
}
