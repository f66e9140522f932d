//go:build unix && !linux

package testenv

import "syscall"

// attributes make a child run as another user. Only Linux can end it together with a dead test binary.
func attributes(as *account, _ syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if as != nil {
		a.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
	return a
}

// childrenOf knows none here: they notice their parent's death by themselves.
func childrenOf(int) []int { return nil }
