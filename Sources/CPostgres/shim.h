// Debian keeps libpq's headers in a folder of their own; pkg-config adds it to the search path where it is installed.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
// What `PQsslStruct` gives is OpenSSL's.
#include <openssl/err.h>
#include <openssl/ssl.h>
