/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine as the guest programs see it: processors, traps, interrupts,
 * page tables, and TAP on COM1.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "layout.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ull << (n))
#define GENMASK(h, l)	((~0ull >> (63 - (h))) & (~0ull << (l)))
#define PAGE_SIZE	4096ull
#define PAGE_ALIGNED	__attribute__((aligned(4096)))
#define barrier()	asm volatile("" ::: "memory")
#define pause()		asm volatile("pause" ::: "memory")

/* Instructions */
#define READ_REG(name, insn, type)					\
static inline type name(void)						\
{									\
	type v;								\
	asm volatile(insn : "=r"(v) :: "memory");			\
	return v;							\
}
#define WRITE_REG(name, insn)						\
static inline void name(u64 v)						\
{									\
	asm volatile(insn :: "r"(v) : "memory");			\
}
READ_REG(read_cr0, "mov %%cr0, %0", u64)
READ_REG(read_cr2, "mov %%cr2, %0", u64)
READ_REG(read_cr3, "mov %%cr3, %0", u64)
READ_REG(read_cr4, "mov %%cr4, %0", u64)
READ_REG(read_cr8, "mov %%cr8, %0", u64)
READ_REG(read_dr0, "mov %%dr0, %0", u64)
READ_REG(read_dr1, "mov %%dr1, %0", u64)
READ_REG(read_dr2, "mov %%dr2, %0", u64)
READ_REG(read_dr3, "mov %%dr3, %0", u64)
READ_REG(read_dr6, "mov %%dr6, %0", u64)
READ_REG(read_dr7, "mov %%dr7, %0", u64)
READ_REG(read_cs, "mov %%cs, %0", u64)
READ_REG(read_ds, "mov %%ds, %0", u64)
READ_REG(read_es, "mov %%es, %0", u64)
READ_REG(read_ss, "mov %%ss, %0", u64)
READ_REG(read_fs, "mov %%fs, %0", u64)
READ_REG(read_gs, "mov %%gs, %0", u64)
READ_REG(read_tr, "str %0", u64)
READ_REG(read_ldtr, "sldt %0", u64)
READ_REG(read_flags, "pushfq; pop %0", u64)
WRITE_REG(write_cr0, "mov %0, %%cr0")
WRITE_REG(write_cr2, "mov %0, %%cr2")
WRITE_REG(write_cr3, "mov %0, %%cr3")
WRITE_REG(write_cr4, "mov %0, %%cr4")
WRITE_REG(write_cr8, "mov %0, %%cr8")
WRITE_REG(write_dr0, "mov %0, %%dr0")
WRITE_REG(write_dr1, "mov %0, %%dr1")
WRITE_REG(write_dr2, "mov %0, %%dr2")
WRITE_REG(write_dr3, "mov %0, %%dr3")
WRITE_REG(write_dr6, "mov %0, %%dr6")
WRITE_REG(write_dr7, "mov %0, %%dr7")

struct table_reg {
	u16 limit;
	u64 base;
} __attribute__((packed));

static inline struct table_reg read_gdtr(void)
{
	struct table_reg t;

	asm volatile("sgdt %0" : "=m"(t));
	return t;
}

static inline struct table_reg read_idtr(void)
{
	struct table_reg t;

	asm volatile("sidt %0" : "=m"(t));
	return t;
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	asm volatile("wrmsr" :: "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) :: "memory");
	return (u64)hi << 32 | lo;
}

static inline void outb(u16 port, u8 v)
{
	asm volatile("outb %0, %1" :: "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void invlpg(void *va)
{
	asm volatile("invlpg (%0)" :: "r"(va) : "memory");
}

static inline void irq_enable(void)
{
	asm volatile("sti; nop" ::: "memory");
}

static inline void irq_disable(void)
{
	asm volatile("cli" ::: "memory");
}

/* Enables interrupts and waits for one, as "sti; hlt" */
void halt(void);

static inline bool is_amd(void)
{
	u32 ebx = cpuid(0, 0).ebx;

	return ebx == 0x68747541 || ebx == 0x6f677948;	/* Auth…, Hygo… */
}

static inline unsigned int phys_bits(void)
{
	return cpuid(0x80000008, 0).eax & 0xff;
}

/* Memory and strings */
void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
int strcmp(const char *a, const char *b);
size_t strlen(const char *s);

/* A zeroed page outside the image, for ever. */
void *alloc_page(void);

/* Output */
/* Where it goes: the port of a UART or of a debug console; COM1 */
extern u16 out_port;
void printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * TAP. Every test names the call it covers (NO_CALL: none) as a literal, so
 * that cases.sh can count them: the preprocessor then leaves HV_CASE_0x000b.
 */
#define NO_CALL	(~0u)
bool tap_result(bool ok, unsigned int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool tap_status(unsigned int code, u64 got, unsigned int want, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool tap_equal(unsigned int code, u64 got, u64 want, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void tap_skip(unsigned int code, const char *what, const char *why);
void tap_plan(void);		/* for programs that end the machine themselves */

#ifndef COUNT_CASES
#define TEST(code, condition, ...)	tap_result(condition, code, __VA_ARGS__)
#define TEST_STATUS(code, got, want, ...)	tap_status(code, got, HV_##want, __VA_ARGS__)
#define TEST_EQUAL(code, got, want, ...)	tap_equal(code, got, want, __VA_ARGS__)
/* A table row of tests names its code like this. */
#define CASE(code)	(code)
#else
#define TEST(code, ...)			HV_CASE_##code
#define TEST_STATUS(code, ...)		HV_CASE_##code
#define TEST_EQUAL(code, ...)		HV_CASE_##code
#define CASE(code)			HV_CASE_##code
#endif

/* Traps */
struct fault {
	u64 vector, error, rip, cr2;
};

/* Runs fn(arg); true if it trapped, with the reason in *f. */
bool catch(struct fault *f, void (*fn)(void *), void *arg);
bool rdmsr_safe(u32 msr, u64 *value);
bool wrmsr_safe(u32 msr, u64 value);

/* Interrupts taken, by processor and vector. */
extern volatile u32 irq_count[MAX_CPUS][256];
/* Called by each of them before its EOI, if set. */
extern void (*irq_hook)(unsigned int vector);
extern volatile u32 *apic;
#define APIC_ID		(0x20 / 4)
#define APIC_VERSION	(0x30 / 4)
#define APIC_TPR	(0x80 / 4)
#define APIC_EOI	(0xb0 / 4)
#define APIC_LDR	(0xd0 / 4)
#define APIC_DFR	(0xe0 / 4)
#define APIC_SPIV	(0xf0 / 4)
#define APIC_ISR	(0x100 / 4)
#define APIC_IRR	(0x200 / 4)
#define APIC_ICR	(0x300 / 4)
#define APIC_ICR2	(0x310 / 4)
#define APIC_LVT_TIMER	(0x320 / 4)
#define APIC_LVT_LINT0	(0x350 / 4)
#define APIC_LVT_LINT1	(0x360 / 4)
#define APIC_LVT_ERROR	(0x370 / 4)
#define APIC_TMICT	(0x380 / 4)
#define APIC_TDCR	(0x3e0 / 4)

/* Processors. APIC id, VP index and this index are the same number. */
static inline unsigned int cpu_index(void)
{
	return ((u32)read_tr() - SEL_TSS) / 16;
}

void cpu_init(unsigned int cpu);	/* for entries other than the library's */
void cpu_reset(unsigned int cpu);	/* INIT: it waits for SIPI */
void cpu_start(unsigned int cpu);	/* INIT, SIPI; returns when it idles */
void cpu_run(unsigned int cpu, void (*fn)(void *), void *arg);
void cpu_wait(unsigned int cpu);	/* until its work is done */
void cpu_call(unsigned int cpu, void (*fn)(void *), void *arg);
bool wait_until(volatile u32 *p, u32 value);	/* false: some seconds passed */
void delay(unsigned int ms);
#define TIMEOUT_TICKS	100000000000ull	/* half a minute or more; reached only by failures */

/* Page tables. Flags are the architecture's. */
#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_G		BIT(8)
#define PTE_NX		BIT(63)
#define PTE_ADDR	GENMASK(51, 12)

/* Places free for mappings of the tests: from here to the end of the half. */
#define TEST_VA		0x8000000000ull

/* Maps one page (2 MiB with PTE_PS) and returns its entry. */
u64 *map(u64 va, u64 pa, u64 flags);
/* The entry that maps va at a level (1: 4 KiB, 2: 2 MiB, ...), NULL if none. */
u64 *pte(u64 va, unsigned int level);

/* boot.S */
extern u64 boot_pml4[512];
extern u8 gdt[], idt[], gdt_pointer[], idt_pointer[];
extern u8 insn_vmcall[], insn_vmmcall[];
extern u8 user_vmcall[], user_vmmcall[], user_end[];
extern u8 low_real[], low_real_end[], real_insn[], real_vector[];
void user_enter(u64 rip, u64 rsp, u64 rcx);

/* The program. A word of its command line (QEMU's -append). */
bool cmdline_has(const char *word);
void test_main(void);

#endif
