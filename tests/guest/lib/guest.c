// SPDX-License-Identifier: GPL-2.0
/* Processors, traps, page tables and TAP for the guest programs. */
#include "guest.h"
#include "hv.h"

#define DEBUG_EXIT	0xf4	/* isa-debug-exit */

void *memset(void *p, int c, size_t n)
{
	void *d = p;

	asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;

	asm volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) :: "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

void *alloc_page(void)
{
	extern u8 image_end[];
	static u64 next;
	void *p;

	if (!next)
		next = (u64)image_end;
	p = (void *)next;
	next += PAGE_SIZE;
	return memset(p, 0, PAGE_SIZE);
}

/* Multiboot information: flags at 0, bit 2: command line at 16. */
bool cmdline_has(const char *word)
{
	extern u32 multiboot_info;
	const u32 *info = (const u32 *)(u64)multiboot_info;
	size_t n = strlen(word);
	const char *s;

	if (!info || !(info[0] & BIT(2)))
		return false;
	for (s = (const char *)(u64)info[4]; *s; s++)
		if (!memcmp(s, word, n) && (!s[n] || s[n] == ' '))
			return true;
	return false;
}

/* Output: a line is collected and sent in bursts as long as the UART's FIFO. */
struct out {
	char text[256];
	unsigned int n;
};

static void put(struct out *o, char c)
{
	if (o->n < sizeof(o->text))
		o->text[o->n++] = c;
}

static void put_string(struct out *o, const char *s)
{
	while (*s)
		put(o, *s++);
}

static void put_number(struct out *o, u64 v, unsigned int base, unsigned int width, char fill)
{
	char digits[24];
	unsigned int n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base) || (fill == '0' && n < width && n < sizeof(digits)));
	for (; width > n; width--)
		put(o, fill);
	while (n)
		put(o, digits[--n]);
}

/* %s %c %u %d %x, with l and a width. */
static void format(struct out *o, const char *f, va_list args)
{
	for (; *f; f++) {
		unsigned int width = 0;
		bool wide = false;
		char fill = ' ';
		u64 v;

		if (*f != '%') {
			put(o, *f);
			continue;
		}
		if (*++f == '0')
			fill = '0';
		for (; *f >= '0' && *f <= '9'; f++)
			width = width * 10 + (*f - '0');
		for (; *f == 'l' || *f == 'z'; f++)
			wide = true;
		if (*f == 's') {
			put_string(o, va_arg(args, const char *));
			continue;
		}
		if (*f == '%') {
			put(o, '%');
			continue;
		}
		v = wide ? va_arg(args, u64) : va_arg(args, u32);
		if (*f == 'c') {
			put(o, v);
			continue;
		}
		if (*f == 'd' && (wide ? (int64_t)v : (int32_t)v) < 0) {
			put(o, '-');
			v = wide ? -v : (u32)-v;
		}
		put_number(o, v, *f == 'x' ? 16 : 10, width, fill);
	}
}

u16 out_port = 0x3f8;		/* COM1 */

static void send(struct out *o)
{
	const char *s = o->text;
	u64 left = o->n;

	while (left) {
		u64 burst = left < 16 ? left : 16;

		left -= burst;
		while (!(inb(out_port + 5) & 0x20))
			pause();
		asm volatile("rep outsb" : "+S"(s), "+c"(burst) : "d"(out_port) : "memory");
	}
	o->n = 0;
}

void printf(const char *fmt, ...)
{
	struct out o = { .n = 0 };
	va_list args;

	va_start(args, fmt);
	format(&o, fmt, args);
	va_end(args);
	send(&o);
}

static unsigned int tests, failures;

static void tap_line(struct out *o, bool ok, unsigned int code, const char *fmt, va_list args)
{
	failures += !ok;
	put_string(o, ok ? "ok " : "not ok ");
	put_number(o, ++tests, 10, 0, ' ');
	put_string(o, " - ");
	if (code != NO_CALL) {
		put_string(o, "0x");
		put_number(o, code, 16, 4, '0');
		put(o, ' ');
	}
	format(o, fmt, args);
	put(o, '\n');
}

#define TAP_LINE(ok, code, fmt)	do {				\
	struct out o = { .n = 0 };				\
	va_list args;						\
								\
	va_start(args, fmt);					\
	tap_line(&o, ok, code, fmt, args);			\
	va_end(args);						\
	send(&o);						\
} while (0)

bool tap_result(bool ok, unsigned int code, const char *fmt, ...)
{
	TAP_LINE(ok, code, fmt);
	return ok;
}

bool tap_status(unsigned int code, u64 got, unsigned int want, const char *fmt, ...)
{
	bool ok = (got & 0xffff) == want;

	TAP_LINE(ok, code, fmt);
	if (!ok)
		printf("# expected %s (0x%x), got %s (result 0x%lx)\n", hv_status_name(want),
		       want, hv_status_name(got & 0xffff), got);
	return ok;
}

bool tap_equal(unsigned int code, u64 got, u64 want, const char *fmt, ...)
{
	bool ok = got == want;

	TAP_LINE(ok, code, fmt);
	if (!ok)
		printf("# expected 0x%lx, got 0x%lx\n", want, got);
	return ok;
}

void tap_skip(unsigned int code, const char *what, const char *why)
{
	tap_result(true, code, "%s # SKIP %s", what, why);
}

void tap_plan(void)
{
	printf("1..%u\n", tests);
}

static void __attribute__((noreturn)) leave(void)
{
	tap_plan();
	outb(DEBUG_EXIT, failures ? 1 : 0);
	for (;;)
		asm volatile("cli; hlt");
}

/* Traps and interrupts */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error, rip, cs, rflags, rsp, ss;
};

/* Innermost catch() of each processor. */
static struct {
	struct fault *fault;
	u64 rsp;
} catching[MAX_CPUS];

volatile u32 irq_count[MAX_CPUS][256];
void (*irq_hook)(unsigned int vector);
volatile u32 *apic = (volatile u32 *)0xfee00000;

void catch_begin(struct fault *f, u64 rsp);
void catch_end(void);
void trap(struct trap_frame *t);
void cpu_main(unsigned int cpu);

void catch_begin(struct fault *f, u64 rsp)
{
	catching[cpu_index()].fault = f;
	catching[cpu_index()].rsp = rsp;
}

void catch_end(void)
{
	catching[cpu_index()].fault = NULL;
}

/* Vectors below 32 that no exception uses may be sent as interrupts. */
static bool is_interrupt(u64 vector)
{
	return vector != VEC_USER && (vector >= 32 || (vector >= 22 && vector <= 27) ||
				      vector == 31);
}

void trap(struct trap_frame *t)
{
	extern u8 catch_return[], halt_insn[];
	unsigned int cpu = cpu_index();
	struct fault *f = catching[cpu].fault;

	if (is_interrupt(t->vector)) {
		/*
		 * STI lets no interrupt come before the next instruction. QEMU, which emulates
		 * SVM, forgets that if the processor left the guest between the two (its VMRUN does
		 * not load the interrupt shadow), and halt() would sleep over what it waits for.
		 */
		if (t->rip == (u64)halt_insn)
			t->rip++;
		irq_count[cpu][t->vector]++;
		if (irq_hook)
			irq_hook(t->vector);
		if (t->vector != VEC_SPURIOUS)
			apic[APIC_EOI] = 0;
		return;
	}
	if (!f) {
		printf("# cpu %u: unexpected trap %lu error 0x%lx at 0x%lx, cr2 0x%lx, rsp 0x%lx\n",
		       cpu, t->vector, t->error, t->rip, read_cr2(), t->rsp);
		tap_result(false, NO_CALL, "no unexpected trap");
		leave();
	}
	*f = (struct fault){ t->vector, t->error, t->rip, read_cr2() };
	catching[cpu].fault = NULL;
	t->rip = (u64)catch_return;
	t->rsp = catching[cpu].rsp;
	t->cs = SEL_CODE64;
	t->ss = SEL_DATA;
	t->rflags &= ~0x40500ull;	/* TF, DF, AC off */
	asm volatile("mov %0, %%ds; mov %0, %%es" :: "r"(SEL_DATA));
}

struct msr_access {
	u32 msr;
	u64 value;
};

static void do_rdmsr(void *arg)
{
	struct msr_access *a = arg;

	a->value = rdmsr(a->msr);
}

static void do_wrmsr(void *arg)
{
	struct msr_access *a = arg;

	wrmsr(a->msr, a->value);
}

bool rdmsr_safe(u32 msr, u64 *value)
{
	struct msr_access a = { msr, 0 };
	struct fault f;
	bool ok = !catch(&f, do_rdmsr, &a);

	*value = a.value;
	return ok;
}

bool wrmsr_safe(u32 msr, u64 value)
{
	struct msr_access a = { msr, value };
	struct fault f;

	return !catch(&f, do_wrmsr, &a);
}

/* Processors */
struct tss {
	u32 reserved0;
	u64 rsp[3], reserved1, ist[7], reserved2;
	u16 reserved3, iomap;
} __attribute__((packed));

static struct tss tss[MAX_CPUS];
static u8 trap_stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static volatile u32 cpu_idle[MAX_CPUS];
static struct work {
	void (*volatile fn)(void *);
	void *arg;
} work[MAX_CPUS];

static void idt_init(void)
{
	extern u8 trap_stubs[];
	struct gate {
		u16 low, selector, type, middle;
		u32 high, reserved;
	} *gate = (struct gate *)idt;

	for (unsigned int v = 0; v < 256; v++) {
		u64 stub = (u64)trap_stubs + 16 * v;

		gate[v] = (struct gate){ stub, SEL_CODE64, v == VEC_USER ? 0xee00 : 0x8e00,
					 stub >> 16, stub >> 32, 0 };
	}
}

static void apic_init(void)
{
	apic[APIC_SPIV] = 0x100 | VEC_SPURIOUS;
	apic[APIC_TPR] = 0;
}

void cpu_init(unsigned int cpu)
{
	u64 *desc = (u64 *)(gdt + SEL_TSS + 16 * cpu);
	u64 base = (u64)&tss[cpu];

	if (!cpu) {
		idt_init();
		outb(0x21, 0xff);	/* no interrupts from the PICs */
		outb(0xa1, 0xff);
		outb(out_port + 2, 0x07);	/* FIFO on */
	}
	asm volatile("lidt %0" :: "m"(*idt_pointer));
	tss[cpu].rsp[0] = (u64)trap_stacks[cpu + 1];
	tss[cpu].iomap = sizeof(struct tss);
	desc[0] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
		  (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
	asm volatile("ltr %w0" :: "r"(SEL_TSS + 16 * cpu));
	apic_init();
}

void cpu_main(unsigned int cpu)
{
	if (!cpu) {
		irq_enable();
		test_main();
		leave();
	}
	for (;;) {
		irq_disable();
		while (!work[cpu].fn) {
			cpu_idle[cpu] = 1;
			halt();
			irq_disable();
		}
		irq_enable();
		work[cpu].fn(work[cpu].arg);
		work[cpu].fn = NULL;
	}
}

bool wait_until(volatile u32 *p, u32 value)
{
	u64 start = rdtsc();

	while (*p != value) {
		if (rdtsc() - start > TIMEOUT_TICKS)
			return false;
		pause();
	}
	return true;
}

/* Each access of port 0x80 takes a microsecond or more. */
void delay(unsigned int ms)
{
	for (unsigned int i = 0; i < ms * 100; i++)
		outb(0x80, 0);
}

static void send_ipi(unsigned int cpu, u32 icr)
{
	apic[APIC_ICR2] = cpu << 24;
	apic[APIC_ICR] = icr;
	while (apic[APIC_ICR] & 0x1000)
		pause();
}

void cpu_reset(unsigned int cpu)
{
	send_ipi(cpu, 0x4500);			/* INIT */
	delay(1);
}

void cpu_start(unsigned int cpu)
{
	extern u8 ap_trampoline[], ap_trampoline_end[];

	memcpy((void *)LOW_AP, ap_trampoline, ap_trampoline_end - ap_trampoline);
	cpu_reset(cpu);
	send_ipi(cpu, 0x4600 | LOW_AP >> 12);	/* STARTUP */
	if (!wait_until(&cpu_idle[cpu], 1)) {
		tap_result(false, NO_CALL, "processor %u starts", cpu);
		leave();
	}
}

void cpu_run(unsigned int cpu, void (*fn)(void *), void *arg)
{
	work[cpu].arg = arg;
	barrier();
	work[cpu].fn = fn;
	send_ipi(cpu, 0x4000 | VEC_WORK);
}

void cpu_wait(unsigned int cpu)
{
	u64 start = rdtsc();

	while (work[cpu].fn) {
		if (rdtsc() - start > TIMEOUT_TICKS) {
			tap_result(false, NO_CALL, "processor %u finishes its work", cpu);
			leave();
		}
		pause();
	}
}

void cpu_call(unsigned int cpu, void (*fn)(void *), void *arg)
{
	cpu_run(cpu, fn, arg);
	cpu_wait(cpu);
}

/* Page tables */
u64 *pte(u64 va, unsigned int level)
{
	u64 *table = boot_pml4;

	for (unsigned int l = 4;; l--) {
		u64 *e = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (l == level)
			return e;
		if (!(*e & PTE_P) || (*e & PTE_PS))
			return NULL;
		table = (u64 *)(*e & PTE_ADDR);
	}
}

u64 *map(u64 va, u64 pa, u64 flags)
{
	unsigned int level = flags & PTE_PS ? 2 : 1;
	u64 *e;

	for (unsigned int l = 4; l > level; l--) {
		e = pte(va, l);
		if (!(*e & PTE_P))
			*e = (u64)alloc_page() | PTE_P | PTE_W | PTE_U;
	}
	e = pte(va, level);
	*e = pa | flags;
	invlpg((void *)va);
	return e;
}
