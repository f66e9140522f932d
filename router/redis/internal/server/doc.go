// Package server is what both transports of router/redis stand on: the connections to one Redis, how its errors are
// read, what is said while it is away, and the names of this process's consumers.
package server
