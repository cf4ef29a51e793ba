// SPDX-License-Identifier: GPL-2.0
/*
 * vmm [-v] [-s CPUS] [-a COMMAND-LINE] PROGRAM: a small VMM for the programs of tests/guest,
 * where QEMU would take too long. With -v it asks for KVM's Hyper-V support, as QEMU does for
 * hv-vpindex, hv-time, hv-synic, hv-stimer, hv-runtime and hv-frequencies. The machine is what
 * they need of QEMU's "pc": local and I/O APICs and the PIT of KVM, 64 MiB of memory, a read-only
 * page below 4 GiB, COM1 for output and isa-debug-exit at port 0xf4, whose exit status it has:
 * 2 * value + 1. Its own errors are status 2, and 0 means that it was switched off.
 *
 * It has one device, at ports 0xed0 to 0xee3: with an address and data for a message it interrupts
 * by an irqfd, with address 0 by the level of pin 11, when it is told to.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_SIZE	(64u << 20)
#define ROM_SIZE	0x10000u
#define ROM_GPA		(0x100000000ull - ROM_SIZE)
#define HLT		0xf4
#define TSS_GPA		0xfeffd000u	/* three pages for kvm-intel */
#define BOOT_INFO	0x7000		/* multiboot information, command line behind it */

#define COM1		0x3f8
#define COM1_LSR	(COM1 + 5)
#define LSR_EMPTY	0x60		/* ready for the next character */
#define DEBUG_EXIT	0xf4

/* The device's ports: message address and data; raise, reads whether it is; acknowledge; id */
#define DEVICE_ADDRESS	0xed0
#define DEVICE_DATA	0xed4
#define DEVICE_RAISE	0xed8
#define DEVICE_ACK	0xedc
#define DEVICE_ID	0xee0
#define DEVICE_MAGIC	0x6d6d7600
#define DEVICE_PIN	11
#define DEVICE_GSI	24		/* of its message */
#define IOAPIC_PINS	24

#define MULTIBOOT_MAGIC	0x2badb002
#define MULTIBOOT_MEM	1u
#define MULTIBOOT_CMD	4u

/* Machine check: ten banks, and MCG_CTL */
#define MCG_CAP		(10 | 1 << 8)

#define MAX_CPUID	256
#define MAX_CPUS	8

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define HV_STATUS_INVALID_CONNECTION_ID	18

struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
};

struct vcpu {
	unsigned int id;
	int fd;
	struct kvm_run *run;
};

static uint8_t *memory;
static struct vcpu vcpus[MAX_CPUS];
static unsigned int cpus = 1;
static bool hyperv;
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static struct {
	pthread_mutex_t lock;
	int vm, event;
	uint32_t address, data;
	volatile bool raised;
} device = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void __attribute__((noreturn)) fail(const char *what)
{
	fflush(stdout);
	perror(what);
	_exit(2);
}

static int check(int result, const char *what)
{
	if (result < 0)
		fail(what);
	return result;
}

static void *map(int fd, size_t size, const char *what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		fail(what);
	return p;
}

static void add_memory(int vm, uint32_t slot, uint64_t gpa, void *host, uint64_t size,
		       uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
}

/* Loads a 32-bit ELF image; returns its entry */
static uint32_t load(const char *path)
{
	int fd = check(open(path, O_RDONLY), path);
	Elf32_Ehdr e;
	Elf32_Phdr p;

	if (pread(fd, &e, sizeof(e), 0) != sizeof(e) || memcmp(e.e_ident, ELFMAG, SELFMAG) ||
	    e.e_ident[EI_CLASS] != ELFCLASS32) {
		fprintf(stderr, "vmm: %s is not a 32-bit ELF program\n", path);
		exit(2);
	}
	for (unsigned int i = 0; i < e.e_phnum; i++) {
		if (pread(fd, &p, sizeof(p), e.e_phoff + i * sizeof(p)) != sizeof(p))
			fail(path);
		if (p.p_type != PT_LOAD)
			continue;
		if (p.p_paddr > MEMORY_SIZE || p.p_memsz > MEMORY_SIZE - p.p_paddr ||
		    p.p_filesz > p.p_memsz) {
			fprintf(stderr, "vmm: %s does not fit into memory\n", path);
			exit(2);
		}
		if (pread(fd, memory + p.p_paddr, p.p_filesz, p.p_offset) != (ssize_t)p.p_filesz)
			fail(path);
	}
	close(fd);
	return e.e_entry;
}

static void write_boot_info(const char *program, const char *words)
{
	struct multiboot_info info = {
		.flags = MULTIBOOT_MEM | MULTIBOOT_CMD,
		.mem_lower = 640, .mem_upper = (MEMORY_SIZE >> 10) - 1024,
		.cmdline = BOOT_INFO + sizeof(info),
	};

	memcpy(memory + BOOT_INFO, &info, sizeof(info));
	snprintf((char *)memory + info.cmdline, 1024, "%s %s", program, words);
}

/* Hyper-V leaves from 0x40000000 on: registers as in the specification's feature discovery */
static const struct kvm_cpuid_entry2 hyperv_leaves[] = {
	{ 0x40000000, .eax = 0x40000005, .ebx = 0x7263694d, .ecx = 0x666f736f, .edx = 0x76482074 },
	{ 0x40000001, .eax = 0x31237648 },		/* Hv#1 */
	{ 0x40000002, .eax = 14393, .ebx = 10 << 16 },
	/* Runtime, time, SynIC, timers, hypercalls, VP index, TSC page, frequencies */
	{ 0x40000003, .eax = 0xa6f, .ebx = 0x30, .edx = 0x100 },
	{ 0x40000004, .ebx = 0xffffffff },
	{ 0x40000005, .eax = MAX_CPUS, .ebx = 64 },
};

/* What KVM can do, with the topology of a processor package of single-threaded cores */
static void set_cpuid(int kvm, const struct vcpu *vcpu)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[MAX_CPUID];
	} leaves;
	struct kvm_enable_cap synic = { .cap = KVM_CAP_HYPERV_SYNIC2 };
	unsigned int count = 0;

	leaves.head.nent = MAX_CPUID;
	check(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &leaves), "KVM_GET_SUPPORTED_CPUID");
	for (unsigned int i = 0; i < leaves.head.nent; i++) {
		struct kvm_cpuid_entry2 *e = &leaves.entries[i];

		switch (e->function) {
		case 1:
			e->ebx = (e->ebx & 0xffff) | cpus << 16 | vcpu->id << 24;
			break;
		case 0xb:
		case 0x1f:
			e->edx = vcpu->id;
			break;
		}
		if (!hyperv || (e->function & ~0xffu) != 0x40000000)
			leaves.entries[count++] = *e;
	}
	leaves.head.nent = count;
	if (hyperv && count <= MAX_CPUID - ARRAY_SIZE(hyperv_leaves)) {
		memcpy(leaves.entries + count, hyperv_leaves, sizeof(hyperv_leaves));
		leaves.head.nent += ARRAY_SIZE(hyperv_leaves);
		check(ioctl(vcpu->fd, KVM_ENABLE_CAP, &synic), "KVM_CAP_HYPERV_SYNIC2");
	}
	check(ioctl(vcpu->fd, KVM_SET_CPUID2, &leaves), "KVM_SET_CPUID2");
}

/* 32-bit protected mode, as multiboot has it */
static void set_boot_state(const struct vcpu *vcpu, uint32_t entry)
{
	struct kvm_regs regs = {
		.rax = MULTIBOOT_MAGIC, .rbx = BOOT_INFO, .rip = entry, .rflags = 2,
	};
	struct kvm_segment data = {
		.limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .db = 1, .s = 1,
		.g = 1,
	};
	struct kvm_sregs sregs;

	check(ioctl(vcpu->fd, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = sregs.cs = data;
	sregs.cs.selector = 8;
	sregs.cs.type = 0xb;
	sregs.cr0 |= 1;
	check(ioctl(vcpu->fd, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* As a BIOS leaves the other processors: halted with interrupts off, by the ROM's HLT */
static void set_halted(const struct vcpu *vcpu)
{
	struct kvm_mp_state state = { KVM_MP_STATE_RUNNABLE };

	check(ioctl(vcpu->fd, KVM_SET_MP_STATE, &state), "KVM_SET_MP_STATE");
}

static void __attribute__((noreturn)) leave(const struct vcpu *vcpu, const char *why)
{
	struct kvm_sregs sregs = {};
	struct kvm_regs regs = {};
	unsigned long long detail[2];

	memcpy(detail, &vcpu->run->hw, sizeof(detail));
	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	ioctl(vcpu->fd, KVM_GET_SREGS, &sregs);
	fflush(stdout);
	fprintf(stderr, "vmm: vCPU %u: %s\n"
		"vmm: exit reason %u: 0x%llx 0x%llx\n"
		"vmm: rip 0x%llx cs 0x%x rsp 0x%llx rflags 0x%llx rax 0x%llx rcx 0x%llx\n"
		"vmm: cr0 0x%llx cr2 0x%llx cr3 0x%llx cr4 0x%llx efer 0x%llx\n",
		vcpu->id, why, vcpu->run->exit_reason,
		detail[0], detail[1],
		regs.rip, sregs.cs.selector, regs.rsp, regs.rflags, regs.rax, regs.rcx,
		sregs.cr0, sregs.cr2, sregs.cr3, sregs.cr4, sregs.efer);
	_exit(2);
}

/* The interrupt routing that KVM begins with, as far as programs use it, and the message */
static void route_message(void)
{
	static struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entries[IOAPIC_PINS + 1];
	} routing;
	unsigned int n = 0;

	for (unsigned int i = 0; i < IOAPIC_PINS; i++)
		/* Pin 2 has the PIT, whose number is 0 */
		if (i != 2)
			routing.entries[n++] = (struct kvm_irq_routing_entry) {
				.gsi = i, .type = KVM_IRQ_ROUTING_IRQCHIP,
				.u.irqchip = { KVM_IRQCHIP_IOAPIC, i ? i : 2 },
			};
	if (device.address)
		routing.entries[n++] = (struct kvm_irq_routing_entry) {
			.gsi = DEVICE_GSI, .type = KVM_IRQ_ROUTING_MSI,
			.u.msi = { .address_lo = device.address, .data = device.data },
		};
	routing.head.nr = n;
	check(ioctl(device.vm, KVM_SET_GSI_ROUTING, &routing), "KVM_SET_GSI_ROUTING");
}

static void make_device(int vm)
{
	struct kvm_irqfd irqfd = { .gsi = DEVICE_GSI };

	device.vm = vm;
	route_message();
	device.event = check(eventfd(0, EFD_CLOEXEC), "eventfd");
	irqfd.fd = device.event;
	check(ioctl(vm, KVM_IRQFD, &irqfd), "KVM_IRQFD");
}

static void set_device_pin(bool level)
{
	struct kvm_irq_level pin = { .irq = DEVICE_PIN, .level = level };

	device.raised = level;
	check(ioctl(device.vm, KVM_IRQ_LINE, &pin), "KVM_IRQ_LINE");
}

static void device_write(unsigned int port, uint32_t value)
{
	pthread_mutex_lock(&device.lock);
	switch (port) {
	case DEVICE_DATA:
		device.data = value;
		break;
	case DEVICE_ADDRESS:
		device.address = value;
		route_message();
		break;
	case DEVICE_RAISE:
		if (!device.address)
			set_device_pin(true);
		else if (eventfd_write(device.event, 1))
			fail("eventfd");
		break;
	case DEVICE_ACK:
		if (!device.address)
			set_device_pin(false);
		break;
	}
	pthread_mutex_unlock(&device.lock);
}

static void port_io(struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	uint32_t bytes = run->io.size * run->io.count;
	bool in = run->io.direction == KVM_EXIT_IO_IN;

	if (in) {
		memset(data, run->io.port == COM1_LSR ? LSR_EMPTY : 0xff, bytes);
		if (run->io.port == DEVICE_ID && run->io.size == 4)
			*(uint32_t *)data = DEVICE_MAGIC;
		if (run->io.port == DEVICE_RAISE && run->io.size == 4)
			*(uint32_t *)data = device.raised;
		return;
	}
	if (run->io.port >= DEVICE_ADDRESS && run->io.port < DEVICE_ID && run->io.size == 4) {
		device_write(run->io.port, *(uint32_t *)data);
		return;
	}
	switch (run->io.port) {
	case COM1:
		pthread_mutex_lock(&output);
		fwrite(data, 1, bytes, stdout);
		pthread_mutex_unlock(&output);
		break;
	case DEBUG_EXIT:
		pthread_mutex_lock(&output);
		fflush(stdout);
		_exit(2 * *data + 1);
	}
}

static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	struct kvm_run *run = vcpu->run;

	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, NULL)) {
			/* EAGAIN: it was woken from waiting for INIT or SIPI */
			if (errno == EAGAIN || errno == EINTR)
				continue;
			fail("KVM_RUN");
		}
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			port_io(run);
			break;
		case KVM_EXIT_MMIO:
			/* Nothing is there */
			if (!run->mmio.is_write)
				memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
			break;
		case KVM_EXIT_HYPERV:
			/* Messages and events; SynIC changes concern nobody */
			if (run->hyperv.type == KVM_EXIT_HYPERV_HCALL)
				run->hyperv.u.hcall.result = HV_STATUS_INVALID_CONNECTION_ID;
			break;
		case KVM_EXIT_SYSTEM_EVENT:
			if (run->system_event.type != KVM_SYSTEM_EVENT_SHUTDOWN)
				leave(vcpu, "system event");
			pthread_mutex_lock(&output);
			fflush(stdout);
			_exit(0);
		case KVM_EXIT_SHUTDOWN:
			leave(vcpu, "triple fault");
		case KVM_EXIT_FAIL_ENTRY:
			leave(vcpu, "VM entry failed");
		case KVM_EXIT_INTERNAL_ERROR:
			leave(vcpu, "KVM gives up");
		default:
			leave(vcpu, "unexpected exit");
		}
	}
	return NULL;
}

static void make_machine(int kvm, int vm)
{
	void *rom = map(-1, ROM_SIZE, "memory");
	struct kvm_pit_config pit = {};
	uint64_t mcg_cap = MCG_CAP;

	memory = map(-1, MEMORY_SIZE, "memory");
	memset(rom, HLT, ROM_SIZE);
	check(ioctl(vm, KVM_SET_TSS_ADDR, TSS_GPA), "KVM_SET_TSS_ADDR");
	check(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	check(ioctl(vm, KVM_CREATE_PIT2, &pit), "KVM_CREATE_PIT2");
	make_device(vm);
	add_memory(vm, 0, 0, memory, MEMORY_SIZE, 0);
	add_memory(vm, 1, ROM_GPA, rom, ROM_SIZE, KVM_MEM_READONLY);
	for (unsigned int i = 0; i < cpus; i++) {
		struct vcpu *vcpu = &vcpus[i];
		int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");

		vcpu->id = i;
		vcpu->fd = check(ioctl(vm, KVM_CREATE_VCPU, i), "KVM_CREATE_VCPU");
		vcpu->run = map(vcpu->fd, size, "kvm_run");
		set_cpuid(kvm, vcpu);
		check(ioctl(vcpu->fd, KVM_X86_SETUP_MCE, &mcg_cap), "KVM_X86_SETUP_MCE");
	}
}

int main(int argc, char **argv)
{
	const char *words = "";
	pthread_t thread;
	int kvm, vm, opt;

	while ((opt = getopt(argc, argv, "vs:a:")) != -1) {
		if (opt == 'v')
			hyperv = true;
		else if (opt == 's')
			cpus = strtoul(optarg, NULL, 10);
		else if (opt == 'a')
			words = optarg;
		else
			optind = argc;
	}
	if (optind + 1 != argc || !cpus || cpus > MAX_CPUS) {
		fprintf(stderr, "usage: vmm [-v] [-s CPUS] [-a COMMAND-LINE] PROGRAM\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	make_machine(kvm, vm);
	set_boot_state(&vcpus[0], load(argv[optind]));
	write_boot_info(argv[optind], words);
	for (unsigned int i = 1; i < cpus; i++) {
		set_halted(&vcpus[i]);
		if (pthread_create(&thread, NULL, run_vcpu, &vcpus[i]))
			fail("thread");
	}
	run_vcpu(&vcpus[0]);
}
