/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fake virtual machine monitor: memory, VPs, registers and a clock that tests set up,
 * and a record of what the personality asked for.
 */
#ifndef HVP_KUNIT_FAKE_BACKEND_H
#define HVP_KUNIT_FAKE_BACKEND_H

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/bitfield.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/wait.h>
#include <uapi/linux/hvpersona.h>

#include "../hvpersona/core.h"
#include "../hvpersona/dispatch.h"
#include "../hvpersona/hv_abi/translate.h"
#include "../hvpersona/hypercalls/hypercalls.h"
#include "../hvpersona/interrupt.h"
#include "../hvpersona/registers.h"
#include "../hvpersona/vtl/protect.h"

/* A case and the call codes that it tests, for cases.sh */
#define HVP_CASE(name, codes...)	KUNIT_CASE(name)
/* A case that runs for every row of the table */
#define HVP_CASE_ROWS(name, gen)	KUNIT_CASE_PARAM(name, gen)

/* Guest physical memory: pages of RAM from 0, a read-only page, then nothing */
#define FAKE_PAGES	64
#define FAKE_IN		0x1000ULL
#define FAKE_OUT	0x2000ULL
#define FAKE_TABLES	0x8000ULL	/* for page tables */
#define FAKE_ROM	((FAKE_PAGES - 1) * SZ_4K + 0ULL)
#define FAKE_HOLE	(FAKE_PAGES * SZ_4K + 0ULL)
#define FAKE_PA_BITS	40

/* What unwritten output memory and registers hold */
#define FAKE_POISON	0xa5

#define FAKE_REGS	64
#define FAKE_IRQS	64
#define FAKE_VPS	4

/* Clocks of the host */
#define FAKE_TSC_HZ	2893000000ULL
#define FAKE_APIC_HZ	1000000000ULL

/* Registers of other VTLs have kinds of their own, so many further for each VTL */
#define FAKE_VTL_KINDS	64

struct fake_reg {
	struct hvp_reg reg;
	union hvp_register_value value;
};

/**
 * struct fake_vp - The monitor's side of a VP
 * @vm: Its machine
 * @vp: The personality's side
 * @index: What HV_X64_MSR_VP_INDEX reads
 * @state: enum hvpersona_vp_state
 * @apic: Local APIC
 * @priority: Answer of the priority op
 * @xmm: XMM registers
 * @mce: MSRs of its machine-check architecture: MCG_CAP, MCG_STATUS, and bank 0
 * @run_time: Answer
 * @regs: Registers in order of their first use
 * @reg_count: Number of @regs
 * @no_synic: The monitor has no SynIC for it
 * @synic: Its SynIC's registers but for the SINTs
 * @sints: Those
 * @sirbp: HV_X64_MSR_SIRBP
 * @kicks: Times that it was to deliver
 * @deliver_at_once: It does so when it is kicked, not when the test says
 * @delivering: It is at it
 * @irqs: Vectors of the first interrupts that SINTs raised
 * @irq_count: Number of all of them
 */
struct fake_vp {
	struct fake_vm *vm;
	struct hvp_vp *vp;
	u32 index;
	u32 state;
	struct hvp_apic apic;
	int priority;
	u64 xmm[16][2];
	u64 mce[6];
	struct hvp_run_time run_time;
	struct fake_reg regs[FAKE_REGS];
	u32 reg_count;
	bool no_synic;
	struct hvp_sint synic;
	u64 sints[HVP_SINTS];
	u64 sirbp;
	atomic_t kicks;
	bool deliver_at_once;
	bool delivering;
	u8 irqs[FAKE_IRQS];
	u32 irq_count;
};

/**
 * struct fake_vm - A fake machine and its record
 * @test: The test that it belongs to
 * @pt: Partition
 * @vp: VP 0, the caller
 * @vps: The monitor's side of all VPs, by number of creation
 * @vp_count: Number of @vps
 * @ram: Guest memory, FAKE_PAGES pages
 * @access: HVP_GPA_* of each page, 0 for a hole
 * @paging: Answer of the paging op
 * @now: Clock
 * @step: The clock advances by this much at each look
 * @guest_os_id: Answer
 * @reg_status: If not SUCCESS the answer of the register ops
 * @cmpxchg_races: So many times a compare-and-exchange finds the value changed
 * @looks: Looks at the clock
 * @reads: Reads of guest memory
 * @writes: Writes of guest memory, also by compare-and-exchange
 * @flushes: TLB flushes asked for
 * @flushed: Their targets, by VP index
 * @ipis: IPIs asked for
 * @ipi_vector: Vector of the last
 * @ipi_vtl: Its VTL
 * @ipi_targets: Their targets
 * @spins: Spin waits
 * @starts: VP starts asked for
 * @start_status: Answer to them
 * @started: Target of the last
 * @started_vtl: Its VTL
 * @context: Its context
 * @watched: VTL below which MSRs are watched
 * @has_context: A VTL was enabled with one
 * @halts: Halts asked for
 * @power_offs: Times that it was to be switched off
 * @redirects: Times that the monitor was to ask about interrupts of devices
 * @redirected_pins: Of these, about pins of IOAPICs
 * @redirect_error: Its answer
 * @vtl_calls: Operations on VTLs
 * @vtl: VTL that was enabled last
 * @vtl_error: Answer when a machine is to get a VTL
 * @vtl_status: Answer when a VP is to
 * @vtl_reason: Why a VTL was entered last
 * @injected: Event that a lower VTL got last
 * @vtl_paging: Answer of the vtl_paging op
 * @assist: VP assist page of higher VTLs
 * @vtl_fast: The last return was a fast one
 * @nested_flushes: Flushes of nested translations
 * @irqs: Interrupts that local APICs were given
 * @irq: The last
 * @irq_status: Answer to them
 * @irq_targets: VPs that were given one
 * @ram_pages: Besides @access: pages of RAM from 0 as far as space_is_ram tells
 * @space_pages: Answer
 * @space_error: If not 0: errno with which the monitor refuses to restrict pages
 * @space_changes: Changes of rights that the monitor was told of
 * @space_changed_gfn: First page of the last change
 * @space_changed_count: Number of pages of it
 * @events: Woken by kicks and interrupts
 * @yields: Others may run at each access to memory
 * @on_write: Called before each write or compare-and-exchange, or NULL
 * @stub_calls: Calls of the stub handler, see fake_table.h
 * @stub_status: Its answer
 * @stub_fails_at: If not 0: it fails with @stub_status only at this call, counted from 1
 * @stub_seen: What it found at the beginning of its input
 */
struct fake_vm {
	struct kunit *test;
	struct hvp_partition *pt;
	struct hvp_vp *vp;
	struct fake_vp *vps;
	u32 vp_count;
	u8 *ram;
	u8 access[FAKE_PAGES];
	struct hvp_paging paging;
	u64 now;
	u64 step;
	u64 guest_os_id;
	enum hv_status reg_status;
	u32 cmpxchg_races;
	u32 looks;
	u32 reads;
	u32 writes;
	u32 flushes;
	DECLARE_BITMAP(flushed, HVP_MAX_VPS);
	u32 ipis;
	u8 ipi_vector;
	u8 ipi_vtl;
	DECLARE_BITMAP(ipi_targets, HVP_MAX_VPS);
	u32 spins;
	u32 starts;
	enum hv_status start_status;
	struct hvp_vp *started;
	u8 started_vtl;
	struct hvp_initial_vp_context context;
	u8 watched;
	bool has_context;
	u32 halts;
	u32 power_offs;
	u32 redirects;
	u32 redirected_pins;
	int redirect_error;
	u32 vtl_calls;
	u8 vtl;
	int vtl_error;
	enum hv_status vtl_status;
	u32 vtl_reason;
	bool vtl_fast;
	struct hv_exception_event injected;
	struct hvp_paging vtl_paging;
	u8 assist[SZ_4K];
	u32 nested_flushes;
	u32 irqs;
	struct hvp_interrupt irq;
	enum hv_status irq_status;
	DECLARE_BITMAP(irq_targets, HVP_MAX_VPS);
	u64 ram_pages;
	struct hvp_space_pages space_pages;
	int space_error;
	u32 space_changes;
	u64 space_changed_gfn;
	u64 space_changed_count;
	wait_queue_head_t events;
	bool yields;
	void (*on_write)(struct fake_vm *vm, u64 gpa);
	u32 stub_calls;
	enum hv_status stub_status;
	u32 stub_fails_at;
	u64 stub_seen;
};

extern const struct hvp_backend_ops fake_ops;

/* Machines live until fake_vm_destroy(); those of fake_init() until fake_exit() */
struct fake_vm *fake_vm_create(struct kunit *test, u32 role, u64 privileges, u32 vps);
struct fake_vm *fake_vm_create_as(struct kunit *test, u32 role, u32 flags, u64 privileges, u32 vps);
void fake_vm_destroy(struct fake_vm *vm);
int fake_init(struct kunit *test);
int fake_init_root(struct kunit *test);
void fake_exit(struct kunit *test);
struct fake_vp *fake_vp_add(struct fake_vm *vm, u32 index);

/* The host */
void fake_host_cpuid(const struct hvp_cpuid *leaves, u32 count);

/* Memory */
void fake_write(struct fake_vm *vm, u64 gpa, const void *data, u32 size);
void fake_read(struct fake_vm *vm, u64 gpa, void *data, u32 size);
u64 fake_read64(struct fake_vm *vm, u64 gpa);

/* SynICs: enabled, their pages at FAKE_SIM and FAKE_SIEF of VP 0, unmasked from FAKE_VECTOR on */
#define FAKE_SIM(index)		(0x20000ULL + 2 * SZ_4K * (index))
#define FAKE_SIEF(index)	(FAKE_SIM(index) + SZ_4K)
#define FAKE_VECTOR(sint)	(0x40 + (sint))
void fake_synic_enable(struct fake_vp *fvp);

/* Registers */
union hvp_register_value *fake_reg(struct fake_vp *fvp, u8 kind, u32 arg);

/* Calls. Each returns the result value of a call that is expected to be done */
u64 fake_call(struct fake_vm *vm, u64 control, const void *in, u32 in_size, void *out,
	      u32 out_size);
u64 fake_call_fast(struct fake_vm *vm, u64 control, const void *in, u32 in_size, void *out,
		   u32 out_size);
enum hvp_outcome fake_dispatch(struct fake_vm *vm, struct hvp_call *call);

/* Control words and result values */
#define HV_REPS(count)		FIELD_PREP(HV_CONTROL_REP_COUNT, (u64)(count))
#define HV_START(start)		FIELD_PREP(HV_CONTROL_REP_START, (u64)(start))
#define HV_VAR(qwords)		FIELD_PREP(HV_CONTROL_VAR_HEADER, (u64)(qwords))
#define HV_STATUS(result)	((u32)FIELD_GET(HV_RESULT_STATUS, result))
#define HV_DONE(result)		((u32)FIELD_GET(HV_RESULT_REPS, result))

#define EXPECT_STATUS(test, result, status)	\
	KUNIT_EXPECT_EQ(test, HV_STATUS(result), (u32)HV_STATUS_##status)

/* Allocations of the core: the Nth from now on fails, 0 for none. See interpose.h */
void fake_fail_nth(u32 nth);
bool fake_has_failed(void);

#endif
