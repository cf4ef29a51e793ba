// SPDX-License-Identifier: GPL-2.0
/*
 * A small program for VTL1 that guards a Linux in VTL0: its text and read-only data cannot be written, and
 * the kernel executes nothing but what it could execute when it asked for protection. Loaded by QEMU
 * with Linux and its initrd as modules: -kernel monitor.elf -initrd "vmlinuz COMMAND-LINE,initrd".
 *
 * It begins in VTL0, enables VTL1 for itself, and starts Linux by its 64-bit boot protocol
 * (Documentation/arch/x86/boot.rst of the kernel), with this program's memory taken out of the map. In
 * VTL0 then runs vtl0/vtl0.c, which asks for protection by VTL calls:
 *
 *	RDX	function	R8, R9		R10, R11	result in RDX
 *	1	be on all VPs	number of VPs			HV_STATUS
 *	2	nothing						0
 *	3	protect		text: begin, end	read-only data	HV_STATUS
 *	4	tell		-> R8 refused writes, R9 refused executions, R10 refused reads,
 *				R11 user pages let go
 *
 * It reports what it refuses on port 0x4e9.
 */
#include "vtl.h"

#define PORT		0x4e9
#define OWN_END		0x600000ull	/* of the memory from 1 MiB that is VTL1's */
#define KERNEL		0x1000000ull
#define PAGES		0x40000		/* 1 GiB */

#define REG_CR3		0x00040002
#define REG_RIP		0x00020010
#define REG_EVENT	0x00010004

#define GPA_INTERCEPT	0x80000001
#define READ		1
#define WRITE		2
#define EXECUTE		12
#define ACCESS_READ	0
#define ACCESS_WRITE	1
#define ACCESS_EXECUTE	2

struct mb_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
	u32 mmap_length, mmap_addr;
};

struct mb_module {
	u32 start, end, string, reserved;
};

struct mb_range {
	u32 size;
	u64 base, length;
	u32 type;
} __attribute__((packed));

struct e820 {
	u64 base, length;
	u32 type;
} __attribute__((packed));

static u8 boot_params[PAGE_SIZE] PAGE_ALIGNED;
static char linux_cmdline[2048];
static unsigned int vps = 1;

/* What VTL0 may do with each page; two in a byte */
static u8 rights[PAGES / 2];
static bool protecting;
static u64 refused_writes, refused_executions, refused_reads, user_pages;

static u8 right_of(u64 gfn)
{
	return gfn < PAGES ? rights[gfn / 2] >> gfn % 2 * 4 & 15 : READ | WRITE;
}

static void set_right(u64 gfn, u8 flags)
{
	if (gfn < PAGES)
		rights[gfn / 2] = (rights[gfn / 2] & ~(15 << gfn % 2 * 4)) | flags << gfn % 2 * 4;
}

/* One at a time, on any VP; interrupts are off in VTL1 */
static volatile u32 lock;

static void take_lock(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		pause();
}

static void drop_lock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static u64 get_lower(u32 name)
{
	struct hv_value out = {};

	hv_get_register_of(VTL0_BELOW, name, &out);
	return out.u[0];
}

static u64 set_register(u8 input_vtl, u32 name, u64 value)
{
	return STATUS(hv_set_register_of(input_vtl, name, (struct hv_value){ .u = { value } }));
}

/* Pages that wait for being protected alike */
static struct {
	u64 partition;
	u32 flags;
	u8 vtl, reserved[3];
	u64 pages[256];
} queue;
static unsigned int queued;
static u64 worst;

static void flush(void)
{
	u64 result;

	if (!queued)
		return;
	queue.partition = SELF;
	result = hv_do(MEMORY, 0x000c | REP((u64)queued), &queue, 16 + 8 * queued, NULL, 0);
	if (STATUS(result))
		worst = STATUS(result);
	queued = 0;
}

static void protect(u64 gfn, u8 flags)
{
	if (queued == 256 || queue.flags != flags)
		flush();
	queue.flags = flags;
	queue.pages[queued++] = gfn;
	set_right(gfn, flags);
}

/* VTL0's page tables: what maps an address at which level, 0 if nothing does */
static u64 walk(u64 cr3, u64 va, unsigned int *level)
{
	u64 table = cr3 & PTE_ADDR, entry = 0;

	for (*level = 4; *level; (*level)--) {
		entry = ((u64 *)table)[va >> (12 + 9 * (*level - 1)) & 511];
		if (!(entry & PTE_P))
			return 0;
		if (*level == 1 || (*level < 4 && (entry & PTE_PS)))
			return entry;
		table = entry & PTE_ADDR;
		if (table >= (u64)PAGES * PAGE_SIZE)
			return 0;
	}
	return 0;
}

static u64 gfn_of(u64 cr3, u64 va)
{
	unsigned int level;
	u64 entry = walk(cr3, va, &level), size;

	if (!entry)
		return 0;
	size = 1ull << (12 + 9 * (level - 1));
	return ((entry & PTE_ADDR & ~(size - 1)) | (va & (size - 1))) / PAGE_SIZE;
}

static void protect_range(u64 cr3, u64 from, u64 to, u8 flags)
{
	u64 va, gfn;

	for (va = from & ~(PAGE_SIZE - 1); va < to; va += PAGE_SIZE) {
		gfn = gfn_of(cr3, va);
		if (gfn)
			protect(gfn, flags);
	}
}

/* What else the kernel can execute now: modules, trampolines and the like */
static u64 allow_executable(u64 table, unsigned int level, unsigned int first)
{
	u64 count = 0, entry, gfn, pages;

	for (unsigned int i = first; i < 512; i++) {
		entry = ((u64 *)table)[i];
		if (!(entry & PTE_P) || (entry & PTE_NX))
			continue;
		if (level > 1 && !(level < 4 && (entry & PTE_PS))) {
			if ((entry & PTE_ADDR) < (u64)PAGES * PAGE_SIZE)
				count += allow_executable(entry & PTE_ADDR, level - 1, 0);
			continue;
		}
		pages = 1ull << 9 * (level - 1);
		gfn = (entry & PTE_ADDR) / PAGE_SIZE & ~(pages - 1);
		for (; pages && gfn < PAGES; pages--, gfn++) {
			if (right_of(gfn) != (READ | WRITE))
				continue;
			protect(gfn, READ | WRITE | EXECUTE);
			count++;
		}
	}
	return count;
}

static u64 begin_protecting(struct vtl *v)
{
	u64 cr3 = get_lower(REG_CR3), status, allowed, gfn;

	if (protecting)
		return 1;
	memset(rights, (READ | WRITE) * 0x11, sizeof(rights));
	/* By default memory is data; intercepts come to the assist page */
	status = set_register(0, REG_VSM_CONFIG, 1 | (READ | WRITE) << 1 | BIT(12));
	if (status)
		return status;
	protecting = true;
	protect_range(cr3, v->regs.r8, v->regs.r9, READ | EXECUTE);
	protect_range(cr3, v->regs.r10, v->regs.r11, READ);
	allowed = allow_executable(cr3 & PTE_ADDR, 4, 256);
	for (gfn = 0x100000 / PAGE_SIZE; gfn < OWN_END / PAGE_SIZE; gfn++)
		protect(gfn, 0);
	flush();
	printf("VTL1: protects %lu pages of text, %lu of read-only data; %lu more are executable\n",
	       (u64)((v->regs.r9 - v->regs.r8) / PAGE_SIZE),
	       (u64)((v->regs.r11 - v->regs.r10) / PAGE_SIZE), allowed);
	return worst;
}

/* Moves of general registers: what an attack in this demonstration is made of; 0 for others */
static unsigned int move_length(const u8 *bytes, unsigned int count)
{
	unsigned int n = 0, mod, rm;

	while (n < count && (bytes[n] == 0x66 || bytes[n] >> 4 == 4))
		n++;
	if (n + 2 > count || bytes[n] < 0x88 || bytes[n] > 0x8b)
		return 0;
	mod = bytes[n + 1] >> 6;
	rm = bytes[n + 1] & 7;
	n += 2;
	if (mod == 3)
		return 0;
	if (rm == 4)
		n++;
	if (mod == 1)
		return n + 1;
	return mod == 2 || (!mod && rm == 5) ? n + 4 : n;
}

/* VTL0 gets #GP in place of the instruction */
static void raise_gp(void)
{
	set_register(VTL0_BELOW, REG_EVENT, 1 | 1 << 8 | 13ull << 16);
}

static void refuse(struct vtl *v, u8 access, u64 gpa, u64 rip)
{
	static const char *const names[] = { "read", "write", "execution" };
	unsigned int length = 0;

	printf("VTL1: VP %u: %s of 0x%lx by the instruction at 0x%lx refused\n", v->cpu, names[access], gpa,
	       rip);
	if (access == ACCESS_EXECUTE) {
		refused_executions++;
	} else {
		*(access == ACCESS_WRITE ? &refused_writes : &refused_reads) += 1;
		length = move_length(v->assist->message + 16 + 64, v->assist->message[16 + 44]);
	}
	if (length)
		set_register(VTL0_BELOW, REG_RIP, rip + length);
	else
		raise_gp();
}

static void on_intercept(struct vtl *v)
{
	const u8 *m = v->assist->message;
	u8 access = m[16 + 5], cpl = *(u16 *)(m + 16 + 6) & 3;
	u64 rip = *(u64 *)(m + 16 + 24), gpa = *(u64 *)(m + 16 + 56), gfn = gpa / PAGE_SIZE;
	u8 has = right_of(gfn), wants = access == ACCESS_EXECUTE ? EXECUTE : access == ACCESS_WRITE ? WRITE : READ;

	if (*(u32 *)m != GPA_INTERCEPT || access > ACCESS_EXECUTE) {
		printf("VTL1: message 0x%x\n", *(u32 *)m);
		return;
	}
	/* Another VP was faster */
	if ((has & wants) == wants)
		return;
	/* User mode executes what it likes, but what is read-only stays that */
	if (access == ACCESS_EXECUTE && cpl == 3 && has) {
		protect(gfn, has | EXECUTE);
		flush();
		user_pages++;
		return;
	}
	refuse(v, access, gpa, rip);
}

static u64 be_everywhere(void)
{
	static struct start_in in;
	u64 status;

	for (unsigned int cpu = 1; cpu < vps; cpu++) {
		in = vtl_start(1, cpu);
		status = STATUS(vtl_enable_vp(&in));
		if (status)
			return status;
	}
	return 0;
}

static void on_entry(struct vtl *v, u32 reason);

static void on_call(struct vtl *v)
{
	switch (v->regs.rdx) {
	case 1:
		vps = v->regs.r8 > MAX_CPUS ? MAX_CPUS : v->regs.r8;
		for (unsigned int cpu = 0; cpu < vps; cpu++)
			vtl_of(1, cpu)->on_entry = on_entry;
		v->regs.rdx = be_everywhere();
		break;
	case 2:
		v->regs.rdx = 0;
		break;
	case 3:
		v->regs.rdx = begin_protecting(v);
		break;
	case 4:
		v->regs.r8 = refused_writes;
		v->regs.r9 = refused_executions;
		v->regs.r10 = refused_reads;
		v->regs.r11 = user_pages;
		v->regs.rdx = 0;
		break;
	default:
		v->regs.rdx = ~0ull;
	}
}

/* XMM registers are VTL0's, too, and hypercalls here load some */
static void on_entry(struct vtl *v, u32 reason)
{
	static u8 fx[MAX_CPUS][512] __attribute__((aligned(16)));

	asm volatile("fxsave64 %0" : "=m"(fx[v->cpu]));
	take_lock();
	if (reason == ENTRY_CALL)
		on_call(v);
	else if (reason == ENTRY_INTERCEPT)
		on_intercept(v);
	drop_lock();
	asm volatile("fxrstor64 %0" :: "m"(fx[v->cpu]));
}

static void add_range(struct e820 *map, u8 *count, u64 base, u64 end, u32 type)
{
	if (base < end && *count < 128)
		map[(*count)++] = (struct e820){ base, end - base, type };
}

/* The memory map without what is ours */
static void make_map(const struct mb_info *info)
{
	struct e820 *map = (struct e820 *)(boot_params + 0x2d0);
	u8 *count = boot_params + 0x1e8;
	const struct mb_range *r;

	for (u32 at = 0; at < info->mmap_length; at += r->size + 4) {
		u64 begin, end;

		r = (const struct mb_range *)(u64)(info->mmap_addr + at);
		begin = r->base;
		end = r->base + r->length;
		if (r->type == 1 && begin <= 0x100000 && end > OWN_END) {
			add_range(map, count, 0x100000, OWN_END, 2);
			begin = OWN_END;
		}
		add_range(map, count, begin, end, r->type);
	}
}

/* The module's arguments are the command line, behind its name */
static const char *arguments(const char *s)
{
	while (*s && *s != ' ')
		s++;
	return *s ? s + 1 : s;
}

static u64 load(const struct mb_info *info)
{
	const struct mb_module *mods = (const struct mb_module *)(u64)info->mods_addr;
	u8 *file = (u8 *)(u64)mods[0].start;
	u32 size = mods[0].end - mods[0].start, setup = ((file[0x1f1] ?: 4) + 1) * 512;
	u32 initrd_size = mods[1].end - mods[1].start;
	u64 initrd = (((u64)info->mem_upper << 10) - initrd_size - 0x400000) & ~(PAGE_SIZE - 1);
	const char *args = arguments((const char *)(u64)mods[0].string);

	memcpy(boot_params + 0x1f1, file + 0x1f1, 0x11 + file[0x201]);
	memcpy(linux_cmdline, args, strlen(args) + 1);
	make_map(info);
	boot_params[0x210] = 0xff;
	*(u32 *)(boot_params + 0x218) = initrd;
	*(u32 *)(boot_params + 0x21c) = initrd_size;
	*(u32 *)(boot_params + 0x228) = (u64)linux_cmdline;
	/* The later one first: it may lie where the other goes */
	memcpy((void *)initrd, (void *)(u64)mods[1].start, initrd_size);
	memcpy((void *)KERNEL, file + setup, size - setup);
	return KERNEL + 0x200;
}

void test_main(void)
{
	extern u32 multiboot_info;
	const struct mb_info *info = (const struct mb_info *)(u64)multiboot_info;
	struct start_in in;
	u64 entry;

	out_port = PORT;
	if (info->mods_count != 2) {
		printf("VTL1: no Linux and initrd\n");
		return;
	}
	entry = load(info);
	hv_init();
	vtl_enable(SELF, 1, 0);
	in = vtl_start(1, 0);
	vtl_of(1, 0)->on_entry = on_entry;
	printf("VTL1: enabled: %s\n", hv_status_name(STATUS(vtl_enable_vp(&in))));
	irq_disable();
	asm volatile("jmp *%0" :: "r"(entry), "S"(boot_params));
	__builtin_unreachable();
}
