// The client library of PostgreSQL as it is found on the machine (libpq-dev).
#pragma once
#include <libpq-fe.h>
