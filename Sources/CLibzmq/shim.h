#include <zmq.h>
/* Not in Swift's Glibc module: the access control list of a key file. */
#include <sys/xattr.h>
