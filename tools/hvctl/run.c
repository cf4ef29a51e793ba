// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl run: start a program whose virtual machine becomes a partition.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hvctl.h"

/* AccessVsm and AccessVpRegisters; the SynIC is the VMM's to switch on */
#define VSM_PRIVILEGES	(BIT(48) | BIT(49))

/* Role, first VTL and privileges from the options; 0, or an exit status after a message */
int parse_personality(const struct args *args, uint32_t *role, uint32_t *flags, uint64_t *set,
		      uint64_t *clear)
{
	const char *name = args->opt[OPT_ROLE] ?: "guest", *vtl = args->opt[OPT_VTL] ?: "0";

	*set = *clear = 0;
	if (strcmp(vtl, "0") && strcmp(vtl, "2"))
		return usage("a machine cannot begin in VTL %s: it is 0 or 2", vtl);
	*flags = *vtl == '2' ? HVPERSONA_CLAIM_VTL2 : 0;
	if (!strcmp(name, "guest"))
		*role = HVPERSONA_ROLE_GUEST;
	else if (!strcmp(name, "root"))
		*role = HVPERSONA_ROLE_ROOT;
	else
		return usage("unknown role '%s': it is guest or root", name);
	if (args->opt[OPT_PRIVILEGES] && privileges_parse(args->opt[OPT_PRIVILEGES], set, clear))
		return failure;
	/* What has been taken away by name stays so */
	if (args->opt[OPT_VSM] || *flags)
		*set |= VSM_PRIVILEGES & ~*clear;
	return 0;
}

int claim(const struct args *args, int *dev)
{
	static const struct words words[] = {
		{ EBUSY, "this process has a claim already that no virtual machine has used",
		  "hvctl partition list, hvctl detach HANDLE" },
		{ EINVAL, "the module does not know one of the privileges", "privileges by name" },
		{ 0 }
	};
	struct hvpersona_claim claim = { .size = sizeof(claim) };
	uint64_t set, clear;
	int fd;

	if (parse_personality(args, &claim.role, &claim.flags, &set, &clear))
		return -1;
	claim.privileges_set = set;
	claim.privileges_clear = clear;
	if (args->opt[OPT_EVERY_VM])
		claim.flags |= HVPERSONA_CLAIM_EVERY_VM;
	*dev = device_open();
	if (*dev < 0)
		return -1;
	fd = device_ioctl(*dev, HVPERSONA_CLAIM, &claim);
	if (fd < 0)
		fail_errno(words, "claim");
	return fd;
}

int exec_program(char **program)
{
	static const struct words words[] = {
		{ ENOENT, "no such program", NULL },
		{ EACCES, "not an executable program", NULL },
		{ 0 }
	};
	int err;

	execvp(program[0], program);
	err = errno;
	fail_errno(words, "%s", program[0]);
	return err == ENOENT ? EXIT_NO_PROGRAM : EXIT_CANNOT_EXEC;
}

static int run(struct args *args)
{
	int dev, fd;

	if (!args->program)
		return usage("run: which program? (after --)");
	fd = claim(args, &dev);
	if (fd < 0)
		return failure;
	/* The program inherits the claim with this descriptor */
	if (fcntl(fd, F_SETFD, 0) < 0)
		return fail_errno(NULL, "claim");
	return exec_program(args->program);
}

const struct object object_run = {
	"run", "start a program whose virtual machine becomes a partition",
	(const struct command[]) {
		{ NULL, "-- PROGRAM [ARGUMENTS]",
		  "the first VM that the program makes gets the personality before it runs",
		  BIT(OPT_ROLE) | BIT(OPT_PRIVILEGES) | BIT(OPT_VSM) | BIT(OPT_VTL) |
		  BIT(OPT_EVERY_VM), 0, true, run },
		{ 0 }
	}
};
