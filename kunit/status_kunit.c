// SPDX-License-Identifier: GPL-2.0
/* The errno of a status: what include/uapi/linux/hvpersona.h promises. */
#include <kunit/test.h>
#include <linux/errno.h>

#include "status.h"

/* The header's list, one by one; what is not in it is EIO */
static const struct {
	enum hv_status status;
	int err;
} promised[] = {
	{ HV_STATUS_SUCCESS, 0 },
	{ HV_STATUS_INVALID_PARAMETER, -EINVAL },
	{ HV_STATUS_INVALID_HYPERCALL_INPUT, -EINVAL },
	{ HV_STATUS_INVALID_ALIGNMENT, -EINVAL },
	{ HV_STATUS_INVALID_PROXIMITY_DOMAIN_INFO, -EINVAL },
	{ HV_STATUS_FEATURE_UNAVAILABLE, -EOPNOTSUPP },
	{ HV_STATUS_INVALID_VTL_STATE, -EOPNOTSUPP },
	{ HV_STATUS_INVALID_HYPERCALL_CODE, -EOPNOTSUPP },
	{ HV_STATUS_OBJECT_IN_USE, -EBUSY },
	{ HV_STATUS_INVALID_PARTITION_ID, -ENOENT },
	{ HV_STATUS_INVALID_VP_INDEX, -ENOENT },
	{ HV_STATUS_UNKNOWN_PROPERTY, -ENOENT },
	{ HV_STATUS_UNKNOWN_REGISTER_NAME, -ENOENT },
	{ HV_STATUS_NOT_FOUND, -ENOENT },
	{ HV_STATUS_INVALID_LP_INDEX, -ENOENT },
	{ HV_STATUS_INVALID_PORT_ID, -ENOENT },
	{ HV_STATUS_INVALID_CONNECTION_ID, -ENOENT },
	{ HV_STATUS_INVALID_DEVICE_ID, -ENOENT },
	{ HV_STATUS_INVALID_DEVICE_STATE, -EBADFD },
	{ HV_STATUS_NO_RESOURCES, -ENOSPC },
	{ HV_STATUS_INVALID_PARTITION_STATE, -EBADFD },
	{ HV_STATUS_INVALID_VP_STATE, -EBADFD },
	{ HV_STATUS_INVALID_SYNIC_STATE, -EBADFD },
	{ HV_STATUS_OPERATION_DENIED, -EPERM },
	{ HV_STATUS_ACCESS_DENIED, -EACCES },
	{ HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE, -ERANGE },
	{ HV_STATUS_INVALID_REGISTER_VALUE, -ERANGE },
	{ HV_STATUS_INSUFFICIENT_MEMORY, -ENOBUFS },
	{ HV_STATUS_INSUFFICIENT_ROOT_MEMORY, -ENOBUFS },
	{ HV_STATUS_INSUFFICIENT_BUFFER, -EMSGSIZE },
	{ HV_STATUS_INSUFFICIENT_BUFFERS, -EAGAIN },
	{ HV_STATUS_PARTITION_TOO_DEEP, -ELOOP },
};

static int promise(u32 status)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(promised); i++)
		if (promised[i].status == status)
			return promised[i].err;
	return -EIO;
}

/* All that fit into the result of a hypercall, and one that does not */
static void every_status_has_the_errno_of_the_header(struct kunit *test)
{
	u32 status;

	for (status = 0; status <= 0x10000; status++)
		KUNIT_EXPECT_EQ_MSG(test, hvp_status_errno(status), promise(status),
				    "status 0x%x", status);
}

static struct kunit_case status_cases[] = {
	KUNIT_CASE(every_status_has_the_errno_of_the_header),
	{}
};

static struct kunit_suite status_suite = {
	.name = "hvpersona_status",
	.test_cases = status_cases,
};

kunit_test_suites(&status_suite);
