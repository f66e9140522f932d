// Package backend turns the URLs of the configuration into a store and a broker, and waits for their servers.
package backend
