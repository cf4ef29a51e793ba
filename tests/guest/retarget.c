// SPDX-License-Identifier: GPL-2.0
/*
 * Device interrupts are retargeted while they come (sheet §15.13, 0x007e and 0x007f): messages and
 * level-triggered pins of QEMU's device "edu", which interrupts when it is written to, and the
 * edges of the PIT. A root has mapped them; an ordinary guest says what its device was programmed
 * with, as Linux's and Windows' PCI pass-through do.
 */
/* run: --role root; smp 3; qemu -device edu */
/* run: --role root; smp 3; qemu -device edu -machine kernel-irqchip=split */
/* run: --role guest; smp 3; qemu -device edu */
/* run: --role guest; smp 3; cpu plain; qemu -device edu -machine kernel-irqchip=split */
#include "hv.h"
#include "pci.h"

#define CPUS		3
#define STORM		500

static u32 edu_slot;

static u32 edu_read(u32 reg)
{
	return pci_read(edu_slot, reg);
}

static void edu_write(u32 reg, u32 v)
{
	pci_write(edu_slot, reg, v);
}

/*
 * The device: QEMU's edu, or that of tests/intel/vmm.c, which is not on a bus but has ports of its
 * own, and whose message goes through an irqfd.
 */
#define EDU_STATUS	0x24
#define EDU_RAISE	0x60
#define EDU_ACK		0x64

#define VMM_ADDRESS	0xed0
#define VMM_DATA	0xed4
#define VMM_RAISE	0xed8	/* read: whether it is raised */
#define VMM_ACK		0xedc
#define VMM_ID		0xee0
#define VMM_MAGIC	0x6d6d7600
#define VMM_PIN		11

static volatile u8 *const edu = (volatile u8 *)TEST_VA;
static volatile u32 *const ioapic = (volatile u32 *)(TEST_VA + 0x200000);
static bool is_edu;
static u32 msi;

static void find_msi(void)
{
	for (msi = edu_read(PCI_CAPS) & 0xfc; msi;) {
		if ((edu_read(msi) & 0xff) == 5)
			break;
		msi = edu_read(msi) >> 8 & 0xfc;
	}
}

static bool find_device(void)
{
	edu_slot = pci_find(PCI_EDU);
	if (edu_slot < PCI_SLOTS) {
		edu_write(PCI_COMMAND, PCI_ENABLE);
		map((u64)edu, edu_read(PCI_BAR0) & ~0xfffu, PTE_P | PTE_W);
		find_msi();
		is_edu = true;
		return msi;
	}
	edu_slot = 2;
	return inl(VMM_ID) == VMM_MAGIC;
}

static u64 device_id(void)
{
	return pci_device_id(edu_slot);
}

static u32 device_pin(void)
{
	return is_edu ? edu_read(PCI_LINE) & 0xff : VMM_PIN;
}

static void device_write(u32 reg, u16 port)
{
	if (is_edu)
		*(volatile u32 *)(edu + reg) = 1;
	else
		outl(port, 1);
}

static void device_raise(void)
{
	device_write(EDU_RAISE, VMM_RAISE);
}

static void device_acknowledge(void)
{
	device_write(EDU_ACK, VMM_ACK);
}

static bool device_raised(void)
{
	return is_edu ? *(volatile u32 *)(edu + EDU_STATUS) : inl(VMM_RAISE);
}

static void program_edu(u64 data)
{
	edu_write(msi, edu_read(msi) & ~0x710000u);
	edu_write(PCI_COMMAND, PCI_ENABLE);
	if (!data)
		return;
	edu_write(PCI_COMMAND, PCI_ENABLE | PCI_NO_INTX);
	edu_write(msi + 4, (u32)data);
	edu_write(msi + 8, 0);
	edu_write(msi + 12, data >> 32);
	edu_write(msi, edu_read(msi) | 0x10000);
}

/* Its message, of the form of an interrupt entry; 0 for the pin instead */
static void program_message(u64 data)
{
	if (is_edu) {
		program_edu(data);
		return;
	}
	outl(VMM_DATA, data >> 32);
	outl(VMM_ADDRESS, data);
}

/* The level goes before the EOI */
static u32 level_vector;
static void acknowledge(unsigned int vector)
{
	if (vector == level_vector)
		device_acknowledge();
}

static u32 total(u32 vector)
{
	u32 sum = 0;

	for (int i = 0; i < CPUS; i++)
		sum += irq_count[i][vector];
	return sum;
}

/* Has the device interrupt once: does exactly one interrupt come, and where? */
static bool comes_to(unsigned int cpu, u32 vector)
{
	u32 here = irq_count[cpu][vector], all = total(vector);

	device_raise();
	for (u64 end = rdtsc() + TIMEOUT_TICKS / 10; irq_count[cpu][vector] == here;) {
		if (rdtsc() >= end)
			return false;
		pause();
	}
	delay(2);
	return irq_count[cpu][vector] == here + 1 && total(vector) == all + 1;
}

static void comes_to_all(u32 vector)
{
	u32 before[CPUS];

	for (int i = 0; i < CPUS; i++)
		before[i] = irq_count[i][vector];
	device_raise();
	for (int i = 0; i < CPUS; i++)
		TEST(0x007e, wait_until(&irq_count[i][vector], before[i] + 1), "VP %d gets one", i);
}

struct target_in {
	u64 partition, device, entry[2], reserved;
	u32 vector, flags;
	u64 format, banks, bank;
};

#define MULTICAST	1

static u64 retarget(enum hv_form form, u64 code, u64 device, const u64 *entry, u32 vector, u64 vps,
		    u32 flags)
{
	struct target_in in = {
		.partition = SELF, .device = device, .entry = { entry[0], entry[1] },
		.vector = vector, .flags = 2 | flags, .banks = 1, .bank = vps,
	};

	return hv_do(form, code | VAR(2), &in, sizeof(in), NULL, 0);
}

/* A mask instead of a set: no variable header */
static u64 retarget_mask(u64 device, const u64 *entry, u32 vector, u64 mask)
{
	struct target_in in = {
		.partition = SELF, .device = device, .entry = { entry[0], entry[1] },
		.vector = vector, .format = mask,
	};

	return hv_do(REGISTERS, RETARGET_INTERRUPT, &in, 56, NULL, 0);
}

static u64 map_interrupt(u64 device, u32 vector, u64 vps, u32 level, u64 *entry)
{
	struct {
		u64 partition, device, flags, entry[2];
		u32 type, trigger, count, reserved, vector, target_flags;
		u64 format, banks, bank;
	} in = {
		.partition = SELF, .device = device, .trigger = level, .count = 1,
		.vector = vector, .target_flags = 2, .banks = 1, .bank = vps,
	};
	u64 out[7];
	u64 result = hv_do(MEMORY, MAP_INTERRUPT | VAR(2), &in, sizeof(in), out, sizeof(out));

	entry[0] = out[0];
	entry[1] = out[1];
	return result;
}

static u64 unmap_interrupt(u64 device, const u64 *entry)
{
	struct { u64 partition, device, entry[2]; u32 flags; } in = {
		SELF, device, { entry[0], entry[1] },
	};

	return hv_do(MEMORY, UNMAP_INTERRUPT, &in, 36, NULL, 0);
}

/* Another processor moves an interrupt about, all the time */
static struct mover {
	u64 device, entry[2];
	u32 vector, moves;
	volatile u32 stop, failed;
} mover;

static void keep_moving(void *unused)
{
	(void)unused;
	for (u32 i = 0; !mover.stop; i++) {
		if (STATUS(retarget(REGISTERS, RETARGET_INTERRUPT, mover.device, mover.entry,
				    mover.vector, BIT(i % 2 ? 0 : 2), 0)))
			mover.failed = 1;
		mover.moves++;
	}
}

/* None of them is lost, none comes twice */
static void storm(u64 device, const u64 *entry, u32 vector, const char *what)
{
	u32 before = total(vector), there = irq_count[2][vector], lost = 0;

	mover = (struct mover) { device, { entry[0], entry[1] }, vector };
	cpu_run(1, keep_moving, NULL);
	while (!*(volatile u32 *)&mover.moves)
		pause();
	for (u32 i = 1; i <= STORM && !lost; i++) {
		u64 end = rdtsc() + TIMEOUT_TICKS / 10;

		device_raise();
		while (total(vector) - before < i && !lost) {
			pause();
			lost = rdtsc() > end ? i : 0;
		}
		/* A level that is still there could not be raised */
		while (vector == level_vector && device_raised())
			pause();
	}
	mover.stop = 1;
	cpu_wait(1);
	delay(5);
	TEST_EQUAL(0x007e, lost, 0, "no %s is lost in a storm of retargets", what);
	TEST_EQUAL(0x007e, total(vector) - before, STORM, "none comes twice");
	TEST(0x007e, irq_count[2][vector] > there && irq_count[2][vector] - there < STORM,
	     "they came to both processors");
	TEST(0x007e, !mover.failed && mover.moves > 10, "moved %u times", mover.moves);
}

static void messages_of_a_root(void)
{
	u64 id = device_id(), entry[2], other[2];

	TEST_STATUS(0x007c, map_interrupt(id, 0x60, 7, 0, entry), SUCCESS, "message to any VP");
	program_message(entry[1]);
	TEST(0x007c, comes_to(0, 0x60), "it comes to the first");
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		TEST_STATUS(0x007e, retarget(form, RETARGET_INTERRUPT, id, entry, 0x60, BIT(2), 0),
			    SUCCESS, "to VP 2 (%s)", FORM_NAME(form));
		TEST(0x007e, comes_to(2, 0x60), "it comes there");
		TEST_STATUS(0x007f, retarget(form, RETARGET_ROOT_INTERRUPT, id, entry, 0x60, BIT(1), 0),
			    SUCCESS, "to VP 1 (%s)", FORM_NAME(form));
		TEST(0x007f, comes_to(1, 0x60), "it comes there");
	}
	TEST_STATUS(0x007e, retarget_mask(id, entry, 0x60, BIT(2) | BIT(3)), SUCCESS, "by a mask");
	TEST(0x007e, comes_to(2, 0x60), "it comes to VP 2");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, id, entry, 0x61, BIT(2), 0),
		    INVALID_PARAMETER, "the vector is the mapped one");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, id, entry, 0x60, BIT(5), 0),
		    INVALID_PARAMETER, "no such VP");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, id + 8, entry, 0x60, BIT(2), 0),
		    INVALID_PARAMETER, "not mapped for that device");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, 5, entry, 0x60, BIT(2), 0),
		    INVALID_DEVICE_ID, "logical device");
	TEST(0x007e, comes_to(2, 0x60), "all that changed nothing");
	TEST_STATUS(0x007c, map_interrupt(id + 8, 0x60, 1, 0, other), NO_RESOURCES,
		    "an equal one that may not go there");

	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, id, entry, 0x60, 7, MULTICAST),
		    SUCCESS, "to all");
	comes_to_all(0x60);
	storm(id, entry, 0x60, "message");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, id, entry, 0x60, BIT(2), 0),
		    SUCCESS, "to VP 2");
	TEST_STATUS(0x007d, unmap_interrupt(id, entry), SUCCESS, "unmapped");
	TEST(0x007d, comes_to(0, 0x60), "it comes to where the device says");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, id, entry, 0x60, BIT(2), 0),
		    INVALID_PARAMETER, "not mapped any more");
	program_message(0);
}

#define DEVICE_IOAPIC	(2ull << 62)
#define PIN_PIT		2
#define MASKED		0x10000u

static void set_pin(u32 pin, u64 rte)
{
	ioapic[0] = 0x10 + 2 * pin;
	ioapic[4] = MASKED;
	ioapic[0] = 0x11 + 2 * pin;
	ioapic[4] = rte >> 32;
	ioapic[0] = 0x10 + 2 * pin;
	ioapic[4] = rte;
}

/*
 * A processor that sleeps looks at what has been changed only when the interrupt wakes it; one that
 * is busy has done so before
 */
static volatile u32 busy_over;
static void keep_busy(void *unused)
{
	(void)unused;
	while (!busy_over)
		pause();
}

/* The RTE stays, as it would with remapping hardware: written again it means the same */
static void levels_of_a_root(void)
{
	u32 pin = device_pin();
	u64 entry[2];

	TEST_STATUS(0x007c, map_interrupt(DEVICE_IOAPIC, 0x70, 7, 1, entry), SUCCESS, "pin %u", pin);
	level_vector = 0x70;
	device_acknowledge();
	set_pin(pin, entry[1]);
	for (int i = 0; i < 2; i++)
		TEST(0x007c, comes_to(0, 0x70), "its level comes to VP 0");
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int cpu = 1 + i / 2;
		bool busy = i % 2;

		busy_over = 0;
		if (busy)
			cpu_run(cpu, keep_busy, NULL);
		TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, DEVICE_IOAPIC, entry, 0x70,
					     BIT(cpu), 0), SUCCESS, "to VP %u%s", cpu,
			    busy ? ", which is busy" : "");
		for (int j = 0; j < 3; j++)
			TEST(0x007e, comes_to(cpu, 0x70), "it comes there");
		busy_over = 1;
		if (busy)
			cpu_wait(cpu);
		TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, DEVICE_IOAPIC, entry, 0x70,
					     BIT(0), 0), SUCCESS, "back to VP 0");
		TEST(0x007e, comes_to(0, 0x70), "it comes there");
	}
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, DEVICE_IOAPIC, entry, 0x70, BIT(2), 0),
		    SUCCESS, "to VP 2");
	set_pin(pin, entry[1]);
	TEST(0x007e, comes_to(2, 0x70), "and still when the pin is programmed again");
	busy_over = 0;
	cpu_run(2, keep_busy, NULL);
	storm(DEVICE_IOAPIC, entry, 0x70, "level");
	busy_over = 1;
	cpu_wait(2);
	set_pin(pin, MASKED);
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_IOAPIC, entry), SUCCESS, "unmapped");
	level_vector = 0;
}

static bool ticks_come_to(unsigned int cpu, u32 vector)
{
	u32 before = irq_count[cpu][vector];

	for (u64 end = rdtsc() + TIMEOUT_TICKS / 10; irq_count[cpu][vector] - before < 3;) {
		if (rdtsc() >= end)
			return false;
		pause();
	}
	return true;
}

static void edges_of_a_root(void)
{
	u64 entry[2];
	u32 before;

	TEST_STATUS(0x007c, map_interrupt(DEVICE_IOAPIC, 0x90, 6, 0, entry), SUCCESS, "PIT");
	outb(0x43, 0x34);
	outb(0x40, 1193 & 0xff);
	outb(0x40, 1193 >> 8);
	set_pin(PIN_PIT, entry[1]);
	TEST(0x007c, ticks_come_to(1, 0x90), "ticks come to VP 1");
	TEST_STATUS(0x007f, retarget(MEMORY, RETARGET_ROOT_INTERRUPT, DEVICE_IOAPIC, entry, 0x90,
				     BIT(2), 0), SUCCESS, "to VP 2");
	TEST(0x007f, ticks_come_to(2, 0x90), "they come there");
	before = irq_count[1][0x90];
	ticks_come_to(2, 0x90);
	TEST_EQUAL(0x007f, irq_count[1][0x90], before, "and to VP 1 no more");
	set_pin(PIN_PIT, MASKED);
	TEST_STATUS(0x007d, unmap_interrupt(DEVICE_IOAPIC, entry), SUCCESS, "unmapped");
}

#define LOGICAL_ID	0x12345678ull

static void messages_of_a_guest(void)
{
	/* To VP 1; the second one with logical destination and lowest priority, to VPs 0 and 2 */
	u64 entry[2] = { 1, 0x62ull << 32 | 0xfee01000 };
	u64 logical[2] = { 1, 0x164ull << 32 | 0xfee0500c };
	u64 pin[2] = { 2, 0x62 };

	program_message(entry[1]);
	TEST(NO_CALL, comes_to(1, 0x62), "a message comes to VP 1");
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		TEST_STATUS(0x007e, retarget(form, RETARGET_INTERRUPT, LOGICAL_ID, entry, 0x63, BIT(2),
					     0), SUCCESS, "to VP 2 (%s)", FORM_NAME(form));
		TEST(0x007e, comes_to(2, 0x63), "it comes there with its new vector");
		TEST_STATUS(0x007e, retarget(form, RETARGET_INTERRUPT, LOGICAL_ID, entry, 0x62, BIT(1),
					     0), SUCCESS, "as it was (%s)", FORM_NAME(form));
		TEST(0x007e, comes_to(1, 0x62), "it comes where it came");
	}
	storm(LOGICAL_ID, entry, 0x65, "message");
	program_message(logical[1]);
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, LOGICAL_ID, logical, 0x66, BIT(1), 0),
		    SUCCESS, "one to a logical destination");
	TEST(0x007e, comes_to(1, 0x66), "it comes to VP 1");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, LOGICAL_ID, entry, 0x0f, BIT(1), 0),
		    INVALID_PARAMETER, "vector 15");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, LOGICAL_ID, pin, 0x62, BIT(1), 0),
		    INVALID_PARAMETER, "a pin is no message");
	TEST_STATUS(0x007e, retarget(MEMORY, RETARGET_INTERRUPT, DEVICE_IOAPIC, pin, 0x62, BIT(1), 0),
		    INVALID_DEVICE_ID, "an IOAPIC");
	TEST_STATUS(0x007f, retarget(MEMORY, RETARGET_ROOT_INTERRUPT, LOGICAL_ID, entry, 0x63, BIT(2),
				     0), ACCESS_DENIED, "not the root");
	program_message(0);
}

void test_main(void)
{
	hv_init();
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		cpu_start(cpu);
	irq_hook = acknowledge;
	irq_enable();
	if (!find_device()) {
		printf("not ok - there is a device\n");
		return;
	}
	map((u64)ioapic, 0xfec00000, PTE_P | PTE_W);
	if (!hv_is_root()) {
		messages_of_a_guest();
		return;
	}
	messages_of_a_root();
	levels_of_a_root();
	edges_of_a_root();
}
