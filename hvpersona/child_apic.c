// SPDX-License-Identifier: GPL-2.0
/*
 * The local APICs of a child's VPs, in their files: how an interrupt that the parent asserts
 * is accepted, after the Intel SDM, volume 3, "Advanced Programmable Interrupt Controller".
 *
 * A VP whose state is in its file does not run, so that nothing is delivered here: what is
 * pending is in IRR, HV_REG_PENDING_NMI and struct hvp_child.extint until a processor has the
 * VP. A VP that halts goes on halting until then; it is the processor that wakes.
 */
#include <linux/bitfield.h>
#include <linux/lockdep.h>

#include "child.h"
#include "hv_abi/interrupt.h"
#include "hv_abi/registers.h"
#include "interrupt.h"
#include "reg_checks.h"
#include "vp_file.h"

#define APIC_SOFTWARE_ENABLED	BIT(8)	/* of the spurious interrupt vector register */
#define APIC_ILLEGAL_VECTOR	BIT(6)	/* of the error status register: received one */

#define LVT_VECTOR		GENMASK(7, 0)
#define LVT_MODE		GENMASK(10, 8)	/* as HV_INTERRUPT_* up to EXTINT */
#define LVT_LEVEL		BIT(15)
#define LVT_MASKED		BIT(16)

/* HV_REG_APIC_LEVEL: the level-triggered interrupt that was asserted last. 0: none */
#define LEVEL_VECTOR		GENMASK(7, 0)
#define LEVEL_TYPE		GENMASK(15, 8)	/* HV_INTERRUPT_* + 1 */

static bool is_enabled(struct hvp_vp *vp)
{
	return (hvp_file_get64(vp, HV_REG_APIC_BASE) & HVP_APIC_BASE_ENABLE) &&
	       (hvp_file_get64(vp, HV_REG_APIC_SPURIOUS) & APIC_SOFTWARE_ENABLED);
}

/* One of the 256 bits of ISR, TMR or IRR, whose first name is @name */
static bool test_vector(struct hvp_vp *vp, u32 name, u8 vector)
{
	return hvp_file_place(vp, name)[vector / 32] & BIT_ULL(vector % 32);
}

static void assign_vector(struct hvp_vp *vp, u32 name, u8 vector, bool value)
{
	u64 *word = &hvp_file_place(vp, name)[vector / 32];

	if (value)
		*word |= BIT_ULL(vector % 32);
	else
		*word &= ~BIT_ULL(vector % 32);
}

/**
 * hvp_child_apic_set_irr - A local APIC accepts a fixed interrupt
 * @vp: VP of a child; op_lock is held
 * @vector: Vector, at least 16
 * @level: Level triggered
 *
 * It is lost if the APIC is disabled, by software or altogether.
 */
void hvp_child_apic_set_irr(struct hvp_vp *vp, u8 vector, bool level)
{
	lockdep_assert_held(&vp->partition->op_lock);
	if (!is_enabled(vp))
		return;
	assign_vector(vp, HV_REG_APIC_IRR0, vector, true);
	assign_vector(vp, HV_REG_APIC_TMR0, vector, level);
}

/**
 * hvp_child_priority - The processor priority, for lowest priority interrupts
 * @vp: VP of a child; op_lock is held
 *
 * Return: PPR, or -1 if fixed interrupts are lost.
 */
int hvp_child_priority(struct hvp_vp *vp)
{
	union hvp_register_value ppr = {};

	hvp_file_get(vp, HV_REG_APIC_PPR, &ppr);
	return is_enabled(vp) ? ppr.low : -1;
}

static void raise(struct hvp_vp *vp, u32 type, u8 vector, bool level)
{
	hvp_child_apic_set_irr(vp, vector, level);
	if (level)
		*hvp_file_place(vp, HV_REG_APIC_LEVEL) =
			FIELD_PREP(LEVEL_TYPE, type + 1) | FIELD_PREP(LEVEL_VECTOR, vector);
}

/*
 * TLFS 2.0, "Virtual Interrupt Types": withdrawing a level-triggered interrupt clears its bit
 * in the IRR. No vector is given: it is the one of the last assertion. If that has been
 * acknowledged, or has become an edge-triggered one, there is nothing to take back.
 */
static void withdraw(struct hvp_vp *vp, u32 type)
{
	u64 *last = hvp_file_place(vp, HV_REG_APIC_LEVEL);
	u8 vector = FIELD_GET(LEVEL_VECTOR, *last);

	if (FIELD_GET(LEVEL_TYPE, *last) != type + 1)
		return;
	if (test_vector(vp, HV_REG_APIC_TMR0, vector))
		assign_vector(vp, HV_REG_APIC_IRR0, vector, false);
	*last = 0;
}

static void accept_nmi(struct hvp_vp *vp)
{
	*hvp_file_place(vp, HV_REG_PENDING_NMI) = 1;
}

static void accept_init(struct hvp_vp *vp)
{
	hvp_register_page_load(vp);
	hvp_file_init(vp);
	hvp_register_page_fill(vp);
}

/* Only a processor that waits for it takes a SIPI; others ignore it */
static void accept_sipi(struct hvp_vp *vp, u8 page)
{
	u64 *activity = hvp_file_place(vp, HV_REG_INTERNAL_ACTIVITY);
	union hvp_register_value *cs = (void *)hvp_file_place(vp, HV_REG_CS);

	if (!(*activity & HV_STARTUP_SUSPEND))
		return;
	/* What the parent has left in the register page is older */
	hvp_register_page_load(vp);
	cs->segment.selector = page << 8;
	cs->segment.base = page << 12;
	*hvp_file_place(vp, HV_REG_RIP) = 0;
	*activity &= ~HV_STARTUP_SUSPEND;
	hvp_register_page_fill(vp);
}

/* What has no vector in the IRR, and so nothing to take back */
static void accept_event(struct hvp_vp *vp, const struct hvp_interrupt *irq, u32 type)
{
	if (irq->none)
		return;
	if (type == HV_INTERRUPT_NMI)
		accept_nmi(vp);
	else if (type == HV_INTERRUPT_INIT)
		accept_init(vp);
	else
		accept_sipi(vp, irq->vector);
}

static void accept_lint_fixed(struct hvp_vp *vp, const struct hvp_interrupt *irq, u64 lvt)
{
	u8 vector = FIELD_GET(LVT_VECTOR, lvt);

	if (irq->none)
		withdraw(vp, irq->type);
	else if (vector < 16)
		*hvp_file_place(vp, HV_REG_APIC_ESR) |= APIC_ILLEGAL_VECTOR;
	else
		raise(vp, irq->type, vector, lvt & LVT_LEVEL);
}

/*
 * A pin does what its entry in the local vector table says. Nothing, if that is masked, as all
 * are while the APIC is disabled, or an SMI; ExtINT asks a controller that is the parent's for
 * a vector: the parent has to assert it as HV_INTERRUPT_EXTINT.
 */
static void accept_lint(struct hvp_vp *vp, const struct hvp_interrupt *irq, u32 name)
{
	u64 lvt = hvp_file_get64(vp, name);
	u32 mode = FIELD_GET(LVT_MODE, lvt);

	if (!is_enabled(vp) || (lvt & LVT_MASKED))
		return;
	switch (mode) {
	case HV_INTERRUPT_FIXED:
		accept_lint_fixed(vp, irq, lvt);
		break;
	case HV_INTERRUPT_NMI:
	case HV_INTERRUPT_INIT:
		accept_event(vp, irq, mode);
		break;
	}
}

static void accept_fixed(struct hvp_vp *vp, const struct hvp_interrupt *irq)
{
	if (!irq->none)
		raise(vp, irq->type, irq->vector, irq->level);
	else if (irq->level)
		withdraw(vp, irq->type);
}

/**
 * hvp_child_accept_irq - A local APIC takes an interrupt that is addressed to it
 * @vp: VP of a child; op_lock is held
 * @irq: Interrupt, of any type but ExtINT
 *
 * An interrupt of another vector does not replace one that waits: each has its bit in IRR.
 *
 * Return: SUCCESS; INVALID_PARAMETER for SMIs and remote reads: children have no system
 * management mode, and there is nobody to whom the register that is read could go.
 */
enum hv_status hvp_child_accept_irq(struct hvp_vp *vp, const struct hvp_interrupt *irq)
{
	lockdep_assert_held(&vp->partition->op_lock);
	switch (irq->type) {
	case HV_INTERRUPT_FIXED:
	case HV_INTERRUPT_LOWEST_PRIORITY:
		accept_fixed(vp, irq);
		break;
	case HV_INTERRUPT_NMI:
	case HV_INTERRUPT_INIT:
	case HV_INTERRUPT_SIPI:
		accept_event(vp, irq, irq->type);
		break;
	case HV_INTERRUPT_LINT0:
		accept_lint(vp, irq, HV_REG_APIC_LVT_LINT0);
		break;
	case HV_INTERRUPT_LINT1:
		accept_lint(vp, irq, HV_REG_APIC_LVT_LINT1);
		break;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_child_assert_extint - Assert the external interrupt, or take it back
 * @pt: Child; op_lock is held
 * @irq: Interrupt
 *
 * It goes to VP 0, whatever the state of its APIC.
 *
 * Return: SUCCESS; INVALID_VP_INDEX if there is no VP 0; ACKNOWLEDGED if the processor has taken
 * the last one and the parent has not said that it knows.
 */
enum hv_status hvp_child_assert_extint(struct hvp_partition *pt, const struct hvp_interrupt *irq)
{
	struct hvp_child *child = pt->child;

	lockdep_assert_held(&pt->op_lock);
	if (!hvp_vp_find(pt, 0))
		return HV_STATUS_INVALID_VP_INDEX;
	if (child->extint & HVP_EXTINT_ACKNOWLEDGED)
		return HV_STATUS_ACKNOWLEDGED;
	child->extint = irq->none ? 0 : HVP_EXTINT_ASSERTED | irq->vector;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_child_clear_extint - HvCallClearVirtualInterrupt: the acknowledgment is known
 * @pt: Child; op_lock is held
 *
 * Return: SUCCESS, NOT_ACKNOWLEDGED.
 */
enum hv_status hvp_child_clear_extint(struct hvp_partition *pt)
{
	struct hvp_child *child = pt->child;

	lockdep_assert_held(&pt->op_lock);
	if (!(child->extint & HVP_EXTINT_ACKNOWLEDGED))
		return HV_STATUS_NOT_ACKNOWLEDGED;
	child->extint = 0;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_child_acknowledge_extint - The processor takes the external interrupt
 * @pt: Child; op_lock is held
 *
 * Return: its vector; -1 if none is asserted.
 */
int hvp_child_acknowledge_extint(struct hvp_partition *pt)
{
	struct hvp_child *child = pt->child;
	u8 vector = child->extint;

	lockdep_assert_held(&pt->op_lock);
	if (!(child->extint & HVP_EXTINT_ASSERTED))
		return -1;
	child->extint = HVP_EXTINT_ACKNOWLEDGED;
	return vector;
}
