// SPDX-License-Identifier: GPL-2.0
/* The fake virtual machine monitor. */
#include <linux/slab.h>
#include <linux/string.h>

#include "../hvpersona/backend.h"
#include "../hvpersona/hv_abi/synic.h"
#include "fake_backend.h"
#include "fake_failures.h"
#include "fake_table.h"

static struct fake_vp *fake_of(const struct hvp_vp *vp)
{
	return vp->backend;
}

static struct fake_vm *vm_of(const struct hvp_vp *vp)
{
	return fake_of(vp)->vm;
}

/* Memory at @gpa if its page has @rights and the range stays in it */
static u8 *memory(struct fake_vm *vm, u64 gpa, u32 size, u8 rights)
{
	KUNIT_EXPECT_LE(vm->test, offset_in_page(gpa) + size, PAGE_SIZE);
	if (vm->yields)
		cond_resched();
	if ((rights & HVP_GPA_WRITE) && vm->on_write)
		vm->on_write(vm, gpa);
	if (gpa >= FAKE_HOLE || (vm->access[gpa >> PAGE_SHIFT] & rights) != rights)
		return NULL;
	return vm->ram + gpa;
}

static int read_gpa(struct hvp_vp *vp, u64 gpa, void *data, u32 size)
{
	u8 *from = memory(vm_of(vp), gpa, size, HVP_GPA_READ);

	vm_of(vp)->reads++;
	if (!from)
		return -EFAULT;
	memcpy(data, from, size);
	return 0;
}

static int write_gpa(struct hvp_vp *vp, u64 gpa, const void *data, u32 size)
{
	u8 *to = memory(vm_of(vp), gpa, size, HVP_GPA_WRITE);

	vm_of(vp)->writes++;
	if (!to)
		return -EFAULT;
	memcpy(to, data, size);
	return 0;
}

static int cmpxchg_gpa(struct hvp_vp *vp, u64 gpa, u64 old, u64 new, u32 size)
{
	struct fake_vm *vm = vm_of(vp);
	u8 *at = memory(vm, gpa, size, HVP_GPA_WRITE);
	u64 now;

	KUNIT_EXPECT_TRUE(vm->test, size == 4 || size == 8);
	KUNIT_EXPECT_TRUE(vm->test, IS_ALIGNED(gpa, size));
	if (!at)
		return -EFAULT;
	if (vm->cmpxchg_races) {
		vm->cmpxchg_races--;
		return -EAGAIN;
	}
	/* Threads that play guests are about */
	if (size == 4)
		now = cmpxchg((u32 *)at, (u32)old, (u32)new);
	else
		now = cmpxchg((u64 *)at, old, new);
	if (now != old)
		return -EAGAIN;
	vm->writes++;
	return 0;
}

static u32 gpa_access(struct hvp_vp *vp, u64 gpa)
{
	return gpa < FAKE_HOLE ? vm_of(vp)->access[gpa >> PAGE_SHIFT] : 0;
}

static void read_xmm(struct hvp_vp *vp, u32 first, u32 count, u64 *values)
{
	KUNIT_EXPECT_LE(vm_of(vp)->test, first + count, 6);
	memcpy(values, fake_of(vp)->xmm[first], count * 16);
}

static void write_xmm(struct hvp_vp *vp, u32 first, u32 count, const u64 *values)
{
	KUNIT_EXPECT_LE(vm_of(vp)->test, first + count, 6);
	memcpy(fake_of(vp)->xmm[first], values, count * 16);
}

static void paging(struct hvp_vp *vp, struct hvp_paging *state)
{
	*state = vm_of(vp)->paging;
}

/**
 * fake_reg - The value of a register, made as zero on first use
 * @fvp: VP
 * @kind: enum hvp_reg_kind
 * @arg: Which one of the kind
 *
 * Return: the value; NULL, and the test fails, if there are too many.
 */
union hvp_register_value *fake_reg(struct fake_vp *fvp, u8 kind, u32 arg)
{
	struct fake_reg *reg;
	u32 i;

	for (i = 0; i < fvp->reg_count; i++) {
		reg = &fvp->regs[i];
		if (reg->reg.kind == kind && reg->reg.arg == arg)
			return &reg->value;
	}
	if (fvp->reg_count == FAKE_REGS) {
		KUNIT_FAIL(fvp->vm->test, "more than %u registers", FAKE_REGS);
		return NULL;
	}
	reg = &fvp->regs[fvp->reg_count++];
	reg->reg = (struct hvp_reg) { .kind = kind, .arg = arg };
	reg->value = (union hvp_register_value) {};
	return &reg->value;
}

static enum hv_status get_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			      union hvp_register_value *value)
{
	union hvp_register_value *from;

	if (vm_of(vp)->reg_status)
		return vm_of(vp)->reg_status;
	from = fake_reg(fake_of(vp), reg->kind, reg->arg);
	if (!from)
		return HV_STATUS_OPERATION_FAILED;
	*value = *from;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			      const union hvp_register_value *value)
{
	union hvp_register_value *to;

	if (vm_of(vp)->reg_status)
		return vm_of(vp)->reg_status;
	to = fake_reg(fake_of(vp), reg->kind, reg->arg);
	if (!to)
		return HV_STATUS_OPERATION_FAILED;
	*to = *value;
	return HV_STATUS_SUCCESS;
}

static void record(struct fake_vm *vm, const struct hvp_vp_set *set, unsigned long *targets)
{
	u32 i;

	bitmap_zero(targets, HVP_MAX_VPS);
	for (i = 0; i < vm->vp_count; i++)
		if (hvp_vp_set_has(set, vm->vps[i].index))
			__set_bit(vm->vps[i].index, targets);
}

static void flush_tlb(struct hvp_vp *vp, const struct hvp_vp_set *set)
{
	struct fake_vm *vm = vm_of(vp);

	vm->flushes++;
	record(vm, set, vm->flushed);
}

static void send_ipi(struct hvp_vp *vp, const struct hvp_vp_set *set, u8 vtl, u8 vector)
{
	struct fake_vm *vm = vm_of(vp);

	vm->ipis++;
	vm->ipi_vector = vector;
	vm->ipi_vtl = vtl;
	record(vm, set, vm->ipi_targets);
}

static void spin_wait(struct hvp_vp *vp)
{
	vm_of(vp)->spins++;
}

static enum hv_status start_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
			       const struct hvp_initial_vp_context *context)
{
	struct fake_vm *vm = vm_of(vp);

	vm->starts++;
	if (vm->start_status)
		return vm->start_status;
	vm->started = target;
	vm->started_vtl = vtl;
	vm->context = *context;
	return HV_STATUS_SUCCESS;
}

static u32 vp_index(struct hvp_vp *vp)
{
	return fake_of(vp)->index;
}

static void apic(struct hvp_vp *vp, u8 vtl, struct hvp_apic *state)
{
	*state = fake_of(vp)->apic;
}

static u32 vp_state(struct hvp_vp *vp)
{
	return fake_of(vp)->state;
}

static struct pid *vp_tid(struct hvp_vp *vp)
{
	return NULL;
}

static u64 guest_os_id(struct hvp_vp *vp)
{
	return vm_of(vp)->guest_os_id;
}

/* The clock has no argument that leads to a machine, and only one at a time is used */
static struct fake_vm *clock_vm;

static u64 time_ns(void)
{
	clock_vm->looks++;
	clock_vm->now += clock_vm->step;
	return clock_vm->now;
}

static void halt_vp(struct hvp_vp *vp)
{
	vm_of(vp)->halts++;
}

static void flush_nested(struct hvp_vp *vp)
{
	vm_of(vp)->nested_flushes++;
}

static enum hv_status accept_irq(struct hvp_vp *vp, const struct hvp_interrupt *irq)
{
	struct fake_vm *vm = vm_of(vp);

	vm->irqs++;
	if (vm->irq_status)
		return vm->irq_status;
	vm->irq = *irq;
	__set_bit(vp->index, vm->irq_targets);
	return HV_STATUS_SUCCESS;
}

static int priority(struct hvp_vp *vp, u8 vtl)
{
	return fake_of(vp)->priority;
}

static void run_time(struct hvp_vp *vp, struct hvp_run_time *time)
{
	*time = fake_of(vp)->run_time;
}

static void space_pages(struct hvp_partition *pt, struct hvp_space_pages *pages)
{
	struct fake_vm *vm = pt->backend;

	*pages = vm->space_pages;
}

static int write_own_page(struct hvp_vp *vp, u64 gpa, const u64 *values, u32 count)
{
	struct fake_vm *vm = vm_of(vp);
	u8 *to = memory(vm, gpa, count * sizeof(*values), HVP_GPA_WRITE);

	KUNIT_EXPECT_TRUE(vm->test, IS_ALIGNED(gpa, sizeof(*values)));
	if (!to)
		return -EFAULT;
	memcpy(to, values, count * sizeof(*values));
	return 0;
}

/* MCG_CAP, which nobody writes, MCG_STATUS, and CTL, STATUS, ADDR, MISC of bank 0 */
static int mce_msr(struct hvp_vp *vp, u32 index, u64 *value, bool write)
{
	u32 at = index >= 0x400 ? index - 0x400 + 2 : index - 0x179;

	if (at >= ARRAY_SIZE(fake_of(vp)->mce) || (write && !at))
		return 1;
	if (write)
		fake_of(vp)->mce[at] = *value;
	else
		*value = fake_of(vp)->mce[at];
	return 0;
}

static void power_off(struct hvp_vp *vp)
{
	vm_of(vp)->power_offs++;
}

static int redirect(struct hvp_partition *pt, bool pin)
{
	struct fake_vm *vm = pt->backend;

	vm->redirects++;
	vm->redirected_pins += pin;
	return vm->redirect_error;
}

static void reset_vtl(struct hvp_vp *vp, u8 vtl)
{
	KUNIT_EXPECT_EQ(vm_of(vp)->test, vm_of(vp)->vtl, vtl);
}

static int make_vtl(struct hvp_vp *vp, u8 vtl)
{
	struct fake_vm *vm = vm_of(vp);

	vm->vtl_calls++;
	vm->vtl = vtl;
	return vm->vtl_error;
}

static enum hv_status enable_vp_vtl(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				    const struct hvp_initial_vp_context *context)
{
	struct fake_vm *vm = vm_of(vp);

	vm->vtl_calls++;
	vm->vtl = vtl;
	vm->started = target;
	vm->has_context = context;
	if (context)
		vm->context = *context;
	return vm->vtl_status;
}

static int vtl_space_changed(struct hvp_partition *pt, u8 vtl, u64 gfn, u64 count)
{
	struct fake_vm *vm = pt->backend;

	/* Giving back rights does not fail */
	if (vm->space_error && hvp_vtl_rights(pt, 0, gfn) != HVP_GPA_ALL)
		return vm->space_error;
	vm->space_changes++;
	vm->space_changed_gfn = gfn;
	vm->space_changed_count = count;
	return 0;
}

static void write_assist(struct hvp_vp *vp, u8 vtl, u32 offset, const void *data, u32 size)
{
	struct fake_vm *vm = vm_of(vp);

	KUNIT_ASSERT_LE(vm->test, offset + size, SZ_4K);
	memcpy(vm->assist + offset, data, size);
	vm->vtl_calls++;
}

static void write_vtl_gpa(struct hvp_vp *vp, u8 vtl, u64 gpa, const void *data, u32 size)
{
	fake_write(vm_of(vp), gpa, data, size);
}

/* Without TS and MP of CR0 */
static u64 watchable_bits(struct hvp_vp *vp, u32 cr)
{
	return cr ? ~0ULL : ~0xaULL;
}

static enum hv_status watch_msrs(struct hvp_vp *vp, u8 vtl)
{
	vm_of(vp)->watched = vtl;
	return vm_of(vp)->vtl_status;
}

static enum hv_status disable_vp_vtl(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl)
{
	vm_of(vp)->vtl_calls++;
	return target->vtl != vtl ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VTL_STATE;
}

static void switch_vtl(struct hvp_vp *vp, u8 vtl, u32 reason)
{
	vm_of(vp)->vtl_calls++;
	vm_of(vp)->vtl_reason = reason;
	vp->vtl = vtl;
}

static void return_vtl(struct hvp_vp *vp, u8 vtl, bool fast)
{
	vm_of(vp)->vtl_calls++;
	vm_of(vp)->vtl_fast = fast;
	vp->vtl = vtl;
}

/* Registers of another VTL are apart: their kind tells */
static enum hv_status get_vtl_reg(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				  union hvp_register_value *value)
{
	struct hvp_reg other = *reg;

	other.kind += FAKE_VTL_KINDS * (vtl + 1);
	return get_reg(vp, &other, value);
}

static enum hv_status set_vtl_reg(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				  const union hvp_register_value *value)
{
	struct hvp_reg other = *reg;

	other.kind += FAKE_VTL_KINDS * (vtl + 1);
	return set_reg(vp, &other, value);
}

static bool vtl_paging(struct hvp_vp *vp, u8 vtl, struct hvp_paging *paging)
{
	*paging = vm_of(vp)->vtl_paging;
	return true;
}

static bool inject(struct hvp_vp *vp, u8 vtl, const struct hv_exception_event *event)
{
	vm_of(vp)->injected = *event;
	vm_of(vp)->vtl = vtl;
	vm_of(vp)->vtl_calls++;
	return true;
}

/* All pages that the machine may read and write; a whole, huge space with ram_pages */
static bool space_is_ram(struct hvp_partition *pt, u64 gfn, u64 count)
{
	struct fake_vm *vm = pt->backend;

	if (gfn + count <= vm->ram_pages)
		return true;
	for (; count--; gfn++)
		if (gfn >= FAKE_PAGES ||
		    vm->access[gfn] != (HVP_GPA_READ | HVP_GPA_WRITE))
			return false;
	return true;
}

static int space_changed(struct hvp_partition *pt, u64 gfn, u64 count)
{
	struct fake_vm *vm = pt->backend;

	/* The machine may be gone: its pages go back to nobody */
	if (!vm)
		return 0;
	if (vm->space_error && hvp_space_rights(pt, gfn) != HVP_GPA_ALL)
		return vm->space_error;
	vm->space_changes++;
	vm->space_changed_gfn = gfn;
	vm->space_changed_count = count;
	return 0;
}

static bool sint(struct hvp_vp *vp, u8 vtl, u32 sint, struct hvp_sint *out)
{
	struct fake_vp *fvp = fake_of(vp);

	KUNIT_EXPECT_LT(fvp->vm->test, sint, HVP_SINTS);
	out->control = READ_ONCE(fvp->synic.control);
	out->simp = READ_ONCE(fvp->synic.simp);
	out->siefp = READ_ONCE(fvp->synic.siefp);
	out->sint = READ_ONCE(fvp->sints[sint]);
	return !fvp->no_synic;
}

static void sint_irq(struct hvp_vp *vp, u8 vtl, u8 vector)
{
	struct fake_vp *fvp = fake_of(vp);

	if (fvp->irq_count < FAKE_IRQS)
		fvp->irqs[fvp->irq_count] = vector;
	/* A guest that waits for it finds what it is about */
	smp_store_release(&fvp->irq_count, fvp->irq_count + 1);
	wake_up_all(&fvp->vm->events);
}

/* A kick while it delivers is not lost, but the test has to look after it */
static void synic_kick(struct hvp_vp *vp, u8 vtl)
{
	struct fake_vp *fvp = fake_of(vp);

	atomic_inc(&fvp->kicks);
	wake_up_all(&fvp->vm->events);
	if (!fvp->deliver_at_once || fvp->delivering)
		return;
	fvp->delivering = true;
	hvp_synic_deliver(vp);
	fvp->delivering = false;
}

static u64 sirbp(struct hvp_vp *vp)
{
	return fake_of(vp)->sirbp;
}

/**
 * fake_synic_enable - Enable the SynIC of a VP, its pages and all of its SINTs
 * @fvp: VP; its pages are cleared
 */
void fake_synic_enable(struct fake_vp *fvp)
{
	u32 i;

	fvp->synic.control = HV_SYNIC_ENABLE;
	fvp->synic.simp = FAKE_SIM(fvp->index) | HV_SYNIC_ENABLE;
	fvp->synic.siefp = FAKE_SIEF(fvp->index) | HV_SYNIC_ENABLE;
	memset(fvp->vm->ram + FAKE_SIM(fvp->index), 0, 2 * SZ_4K);
	for (i = 0; i < HVP_SINTS; i++)
		fvp->sints[i] = FAKE_VECTOR(i);
}

const struct hvp_backend_ops fake_ops = {
	.read_gpa = read_gpa,
	.write_gpa = write_gpa,
	.cmpxchg_gpa = cmpxchg_gpa,
	.gpa_access = gpa_access,
	.read_xmm = read_xmm,
	.write_xmm = write_xmm,
	.paging = paging,
	.get_reg = get_reg,
	.set_reg = set_reg,
	.flush_tlb = flush_tlb,
	.send_ipi = send_ipi,
	.spin_wait = spin_wait,
	.start_vp = start_vp,
	.vp_index = vp_index,
	.apic = apic,
	.vp_state = vp_state,
	.vp_tid = vp_tid,
	.guest_os_id = guest_os_id,
	.time_ns = time_ns,
	.halt = halt_vp,
	.flush_nested = flush_nested,
	.accept_irq = accept_irq,
	.priority = priority,
	.run_time = run_time,
	.space_pages = space_pages,
	.write_own_page = write_own_page,
	.mce_msr = mce_msr,
	.power_off = power_off,
	.redirect = redirect,
	.vtl_space_changed = vtl_space_changed,
	.write_assist = write_assist,
	.write_vtl_gpa = write_vtl_gpa,
	.watchable_bits = watchable_bits,
	.watch_msrs = watch_msrs,
	.make_vtl = make_vtl,
	.reset_vtl = reset_vtl,
	.enable_vp_vtl = enable_vp_vtl,
	.disable_vp_vtl = disable_vp_vtl,
	.switch_vtl = switch_vtl,
	.return_vtl = return_vtl,
	.get_vtl_reg = get_vtl_reg,
	.set_vtl_reg = set_vtl_reg,
	.vtl_paging = vtl_paging,
	.inject = inject,
	.space_is_ram = space_is_ram,
	.space_changed = space_changed,
	.sint = sint,
	.sint_irq = sint_irq,
	.synic_kick = synic_kick,
	.sirbp = sirbp,
};

static const struct hvp_cpuid *host_leaves;
static u32 host_leaf_count;

/**
 * fake_host_cpuid - Set what the host offers to virtual machines
 * @leaves: CPUID leaves, to stay where they are; NULL for none
 * @count: Their number
 */
void fake_host_cpuid(const struct hvp_cpuid *leaves, u32 count)
{
	host_leaves = leaves;
	host_leaf_count = count;
}

bool hvp_backend_cpuid(u32 function, u32 index, u32 regs[4])
{
	u32 i;

	for (i = 0; i < host_leaf_count; i++) {
		if (host_leaves[i].function != function ||
		    (host_leaves[i].indexed && host_leaves[i].index != index))
			continue;
		memcpy(regs, host_leaves[i].regs, sizeof(host_leaves[i].regs));
		return true;
	}
	return false;
}

void hvp_backend_clocks(u64 *tsc_hz, u64 *apic_hz)
{
	*tsc_hz = FAKE_TSC_HZ;
	*apic_hz = FAKE_APIC_HZ;
}

/**
 * fake_vp_add - Add a VP to a machine
 * @vm: Machine, which has room for one more
 * @index: VP index; the APIC id is twice that, so that the two cannot be confused
 *
 * Return: the monitor's side of it. The test ends if it cannot be made.
 */
struct fake_vp *fake_vp_add(struct fake_vm *vm, u32 index)
{
	struct fake_vp *fvp = &vm->vps[vm->vp_count];
	u32 i;

	fvp->vm = vm;
	fvp->index = index;
	fvp->apic = (struct hvp_apic) { .id = 2 * index, .enabled = true, .flat = true };
	memset(fvp->xmm, FAKE_POISON, sizeof(fvp->xmm));
	for (i = 0; i < HVP_SINTS; i++)
		fvp->sints[i] = HV_SINT_MASKED;
	fvp->vp = hvp_vp_create(vm->pt, index, fvp);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(vm->test, fvp->vp);
	fvp->vp->pa_bits = FAKE_PA_BITS;
	vm->vp_count++;
	return fvp;
}

/**
 * fake_vm_create_as - Make a machine that is an active partition
 * @test: Test
 * @role: enum hvpersona_role
 * @flags: Of its claim
 * @privileges: What it may do
 * @vps: Number of VPs, with indexes from 0
 */
struct fake_vm *fake_vm_create_as(struct kunit *test, u32 role, u32 flags, u64 privileges, u32 vps)
{
	struct fake_vm *vm;
	u32 i;

	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vm);
	vm->test = test;
	init_waitqueue_head(&vm->events);
	/* Room for a few that tests add */
	vm->vps = kcalloc(vps + FAKE_VPS, sizeof(*vm->vps), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vm->vps);
	vm->ram = kzalloc(FAKE_HOLE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vm->ram);
	memset(vm->access, HVP_GPA_READ | HVP_GPA_WRITE, sizeof(vm->access));
	vm->access[FAKE_ROM >> PAGE_SHIFT] = HVP_GPA_READ;
	vm->step = 1;

	vm->pt = hvp_partition_alloc(role, flags, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, vm->pt);
	KUNIT_ASSERT_EQ(test, hvp_partition_activate(vm->pt, &fake_ops, vm, current), 0);
	vm->pt->privileges = privileges;
	vm->pt->xmm_input = true;
	vm->pt->xmm_output = true;
	for (i = 0; i < vps; i++)
		fake_vp_add(vm, i);
	vm->vp = vps ? vm->vps[0].vp : NULL;
	clock_vm = vm;
	return vm;
}

struct fake_vm *fake_vm_create(struct kunit *test, u32 role, u64 privileges, u32 vps)
{
	return fake_vm_create_as(test, role, 0, privileges, vps);
}

/**
 * fake_vm_destroy - The machine dies
 * @vm: Machine
 */
void fake_vm_destroy(struct fake_vm *vm)
{
	struct hvp_partition *pt = vm->pt;

	hvp_partition_gone(pt);
	hvp_partition_put(pt);
	kfree(vm->ram);
	kfree(vm->vps);
	kfree(vm);
}

/* A guest with every privilege that is not a root's mark, 4 VPs */
int fake_init(struct kunit *test)
{
	test->priv = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
				    HV_PRIVILEGES_DEFINED & ~HV_PRIV(CREATE_PARTITIONS), FAKE_VPS);
	return 0;
}

/* A root partition with every privilege, 4 VPs */
int fake_init_root(struct kunit *test)
{
	test->priv = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	return 0;
}

void fake_exit(struct kunit *test)
{
	fake_fail_nth(0);
	fake_host_cpuid(NULL, 0);
	fake_table_reset();
	if (test->priv)
		fake_vm_destroy(test->priv);
}

void fake_write(struct fake_vm *vm, u64 gpa, const void *data, u32 size)
{
	memcpy(vm->ram + gpa, data, size);
}

void fake_read(struct fake_vm *vm, u64 gpa, void *data, u32 size)
{
	memcpy(data, vm->ram + gpa, size);
}

u64 fake_read64(struct fake_vm *vm, u64 gpa)
{
	u64 value;

	fake_read(vm, gpa, &value, sizeof(value));
	return value;
}

/* One execution of the hypercall instruction by VP 0 */
enum hvp_outcome fake_dispatch(struct fake_vm *vm, struct hvp_call *call)
{
	clock_vm = vm;
	return hvp_dispatch(vm->vp, call);
}

/**
 * fake_call - Make a call in the memory form
 * @vm: Machine; the input goes to FAKE_IN, the output comes from FAKE_OUT
 * @control: Hypercall input value
 * @in: Input block
 * @in_size: Its size
 * @out: Receives the beginning of the output page, FAKE_POISON where nothing was written
 * @out_size: Its size
 */
u64 fake_call(struct fake_vm *vm, u64 control, const void *in, u32 in_size, void *out,
	      u32 out_size)
{
	struct hvp_call call = {
		.control = control,
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};

	fake_write(vm, FAKE_IN, in, in_size);
	memset(vm->ram + FAKE_OUT, FAKE_POISON, PAGE_SIZE);
	KUNIT_EXPECT_EQ(vm->test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	fake_read(vm, FAKE_OUT, out, out_size);
	return call.result;
}

/**
 * fake_call_fast - Make a call in the register form
 * @vm: Machine
 * @control: Hypercall input value without the fast bit
 * @in: Input, placed in RDX, R8, XMM0 to XMM5
 * @in_size: Its size
 * @out: Receives output from the registers behind the input
 * @out_size: Its size
 */
u64 fake_call_fast(struct fake_vm *vm, u64 control, const void *in, u32 in_size, void *out,
		   u32 out_size)
{
	u8 file[HV_FAST_BYTES];
	struct hvp_call call = {
		.control = control | HV_CONTROL_FAST,
		.long_mode = true,
	};

	memset(file, FAKE_POISON, sizeof(file));
	memcpy(file, in, in_size);
	memcpy(call.fast, file, HV_FAST_GPR_BYTES);
	memcpy(vm->vps[0].xmm, file + HV_FAST_GPR_BYTES, HV_FAST_BYTES - HV_FAST_GPR_BYTES);
	KUNIT_EXPECT_EQ(vm->test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	if (call.fast_out)
		memcpy(file, call.fast, HV_FAST_GPR_BYTES);
	memcpy(file + HV_FAST_GPR_BYTES, vm->vps[0].xmm, HV_FAST_BYTES - HV_FAST_GPR_BYTES);
	memcpy(out, file + round_up(in_size, 16), out_size);
	return call.result;
}

static u32 fail_nth;
static bool has_failed;

/**
 * fake_fail_nth - Let an allocation of the core fail
 * @nth: 1 is the next one, 0 is none
 */
void fake_fail_nth(u32 nth)
{
	fail_nth = nth;
	has_failed = false;
}

/* Has the failure asked for come to pass? */
bool fake_has_failed(void)
{
	return has_failed;
}

/**
 * hvp_kunit_fails - Called for each allocation of the core, see interpose.h
 * @site: Where it is
 * @gfp: What must not fail waits for memory, and is not counted
 */
bool hvp_kunit_fails(struct hvp_kunit_site *site, gfp_t gfp)
{
	if ((gfp & __GFP_NOFAIL) || !fail_nth || --fail_nth)
		return false;
	has_failed = true;
	site->failed++;
	return true;
}
