// The client library of PostgreSQL as it is found on the machine (libpq-dev). Debian's header lies in a folder of its own,
// which pkg-config tells where that is installed.
#pragma once
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
